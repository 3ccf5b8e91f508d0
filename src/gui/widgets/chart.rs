//! Charts of lines and points, in the calm look of the window.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use eframe::egui::{
    Align, Align2, Color32, FontId, Id, Layout, Rangef, RichText, Role, Stroke, TextStyle, Ui, Vec2, WidgetInfo,
};
use egui_plot::{GridInput, GridMark, HoverPosition, Line, Plot, PlotPoints, Points, Span};

use super::card::heading;
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::{CAPTION_SIZE, LINE_WIDTH};

/// Below this many points each is marked.
const FEW_POINTS: usize = 4;
/// Of the x axis, how far from the pointer a point may be whose value is shown.
const HOVER_REACH: f64 = 0.08;
/// Lines whose values are shown on hover.
const HOVER_LINES_MAX: usize = 12;
/// Up to this height of the window charts have their usual size.
const USUAL_WINDOW_HEIGHT: f32 = 800.0;
/// Of the numbers of axes.
const AXIS_SIZE: f32 = 11.0;

/// A line of a chart.
pub struct Series {
    /// As the legend has it.
    pub name: String,
    /// Its colour.
    pub color: Color32,
    /// x and y; a y that is not a number is a gap.
    pub points: Vec<[f64; 2]>,
}

/// A chart of lines.
pub struct LineChart<'a> {
    /// Identifies the chart; also its accessible name.
    pub title: &'a str,
    /// Height of the drawing area in points.
    pub height: f32,
    /// The lines.
    pub series: &'a [Series],
    /// Spans of x that are shaded, with their words.
    pub spans: &'a [(RangeInclusive<f64>, &'a str)],
    /// Charts with the same name share their x axis.
    pub linked: Option<&'a str>,
    /// The range of x that is shown, at least.
    pub x_range: RangeInclusive<f64>,
    /// What x is, as the axis writes it.
    pub x_text: fn(f64) -> String,
    /// What y is, on hover.
    pub y_text: fn(f64) -> String,
    /// A mark of the y axis.
    pub y_mark: fn(f64) -> String,
    /// What stands there while there are no points.
    pub empty: &'a str,
}

/// The title with the legend beside it.
pub fn title_and_legend(ui: &mut Ui, title: &str, legend: &[(&str, Color32)]) {
    let tokens = Tokens::of(ui);
    let painter = ui.painter().clone();
    let measure = |text: &str, font: FontId| painter.layout_no_wrap(text.to_owned(), font, tokens.text).size().x;
    // A square of 8, 4 to its name, and 10 to the next one.
    let names: f32 = legend.iter().map(|(name, _)| measure(name, FontId::proportional(CAPTION_SIZE)) + 22.0).sum();
    let room = ui.available_width() - measure(title, crate::gui::theme::semibold(14.0)) + 6.0;
    if names > room {
        // Long names have lines of their own.
        heading(ui, title);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = Vec2::new(4.0, 2.0);
            for (name, color) in legend {
                // A square stays with its name.
                if ui.available_size_before_wrap().x < measure(name, FontId::proportional(CAPTION_SIZE)) + 14.0 {
                    ui.end_row();
                }
                let (rect, _) = ui.allocate_exact_size(Vec2::splat(8.0), eframe::egui::Sense::hover());
                ui.painter().rect_filled(rect, 2.0, *color);
                ui.label(RichText::new(*name).size(CAPTION_SIZE).color(tokens.muted));
                ui.add_space(6.0);
            }
        });
        return;
    }
    ui.horizontal(|ui| {
        heading(ui, title);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            for (name, color) in legend.iter().rev() {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 4.0;
                    // From right to left.
                    let text = RichText::new(*name).size(CAPTION_SIZE).color(tokens.muted);
                    ui.add(eframe::egui::Label::new(text).extend());
                    let (rect, _) = ui.allocate_exact_size(Vec2::splat(8.0), eframe::egui::Sense::hover());
                    ui.painter().rect_filled(rect, 2.0, *color);
                });
            }
        });
    });
}

/// Draws the chart with its title.
pub fn line_chart(ui: &mut Ui, chart: &LineChart<'_>) {
    let tokens = Tokens::of(ui);
    let legend: Vec<(&str, Color32)> = chart.series.iter().map(|one| (one.name.as_str(), one.color)).collect();
    title_and_legend(ui, chart.title, &legend);
    let is_empty = chart.series.iter().all(|one| one.points.is_empty());
    let text_size = ui.text_style_height(&eframe::egui::TextStyle::Small);
    let top = chart.series.iter().flat_map(|one| &one.points).map(|point| point[1]).filter(|y| y.is_finite());
    let top = top.fold(0.0, f64::max);
    let (width, height) = (ui.available_width(), chart.height);
    let y_text = chart.y_text;
    let x_text = chart.x_text;
    let y_mark = chart.y_mark;
    let reach = (chart.x_range.end() - chart.x_range.start()).abs() * HOVER_REACH;
    let mut plot = calm_plot(chart.title, chart.height, tokens)
        .x_axis_formatter(move |mark, _| x_text(mark.value))
        .y_axis_formatter(move |mark, _| y_mark(mark.value))
        .y_axis_min_width(34.0)
        .include_y(0.0)
        .include_y(if top > 0.0 { top * 1.08 } else { 1.0 })
        .include_x(*chart.x_range.start())
        .include_x(*chart.x_range.end())
        .x_grid_spacer(move |input| inner_marks(&input, marks(width, 90.0)))
        .y_grid_spacer(move |input| few_marks(&input, marks(height, 36.0)))
        .label_formatter(move |position| {
            let at = place_of(position);
            let lines = chart.series.iter().map(|one| (one.name.as_str(), one.points.as_slice()));
            let mut text = values_at(lines, at, reach, |x| format!("at {}", x_text(x)), y_text)?;
            for (_, word) in chart.spans.iter().filter(|(range, _)| range.contains(&at[0])) {
                text.push_str(&format!("\n{word}"));
            }
            Some(text)
        });
    if let Some(group) = chart.linked {
        plot = plot.link_axis(Id::unique(group), [true, false]).link_cursor(Id::unique(group), [true, false]);
    }
    let usual = shrink_axes(ui);
    let response = plot
        .show(ui, |plot_ui| {
            for (range, word) in chart.spans {
                let fill = tokens.warning.gamma_multiply(0.22);
                plot_ui
                    .span(Span::new(*word, range.clone()).fill(fill).border_width(0.0).label_align(Align2::CENTER_TOP));
            }
            for one in chart.series {
                let points = PlotPoints::from(one.points.clone());
                plot_ui.line(Line::new(one.name.clone(), points).color(one.color).width(LINE_WIDTH));
                if one.points.len() < FEW_POINTS {
                    // A line through one point is not to be seen.
                    let points = Points::new(one.name.clone(), one.points.clone());
                    plot_ui.points(points.radius(2.5).color(one.color));
                }
            }
        })
        .response;
    ui.style_mut().text_styles = usual;
    if is_empty {
        ui.painter().text(
            response.rect.center(),
            Align2::CENTER_CENTER,
            chart.empty,
            eframe::egui::FontId::proportional(text_size),
            tokens.muted,
        );
    }
    let last: Vec<String> =
        chart.series.iter().filter_map(|one| Some(format!("{} {}", one.name, y_text(one.points.last()?[1])))).collect();
    let text = format!("Chart: {}. {}", chart.title, if is_empty { chart.empty.to_owned() } else { last.join(", ") });
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
}

/// Where the pointer is; on the nearest point, if there is one.
pub fn place_of(position: &HoverPosition<'_>) -> [f64; 2] {
    match position {
        HoverPosition::NearDataPoint { position, .. } | HoverPosition::Elsewhere { position } => {
            [position.x, position.y]
        }
    }
}

/// What all lines are at the pointer's x: of each the nearest point, where there is one not further than `reach`. The
/// first line says which x that is.
pub fn values_at<'s>(
    lines: impl Iterator<Item = (&'s str, &'s [[f64; 2]])>,
    [x, y]: [f64; 2],
    reach: f64,
    heading: impl Fn(f64) -> String,
    value: impl Fn(f64) -> String,
) -> Option<String> {
    let mut found: Vec<(&str, [f64; 2])> = lines
        .filter_map(|(name, points)| {
            let after = points.partition_point(|point| point[0] < x);
            let around = points.get(after.saturating_sub(1)..(after + 1).min(points.len()))?;
            let distance = |point: &[f64; 2]| (point[0] - x).abs();
            let nearest = around.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
            (distance(nearest) <= reach).then_some((name, *nearest))
        })
        .collect();
    let at = found.iter().map(|(_, point)| point[0]).min_by(|a, b| (a - x).abs().total_cmp(&(b - x).abs()))?;
    let left_out = found.len().saturating_sub(HOVER_LINES_MAX);
    if left_out > 0 {
        // Those that the pointer is nearest to.
        found.sort_by(|a, b| (a.1[1] - y).abs().total_cmp(&(b.1[1] - y).abs()));
        found.truncate(HOVER_LINES_MAX);
    }
    let mut text = heading(at);
    for (name, point) in found {
        text.push_str(&format!("\n{name}: {}", value(point[1])));
    }
    if left_out > 0 {
        text.push_str(&format!("\nand {}", format::counted(left_out as u64, "further line", "further lines")));
    }
    Some(text)
}

/// A chart's height in a window of this size: on a large screen a chart is worth more of it.
pub fn grown(ui: &Ui, height: f32) -> f32 {
    height * growth(ui.ctx().content_rect().height())
}

fn growth(window_height: f32) -> f32 {
    (window_height / USUAL_WINDOW_HEIGHT).clamp(1.0, 2.6)
}

/// Makes the numbers of axes small; the result is what the text styles were.
pub fn shrink_axes(ui: &mut Ui) -> BTreeMap<TextStyle, FontId> {
    let usual = ui.style().text_styles.clone();
    ui.style_mut().text_styles.insert(TextStyle::Body, FontId::proportional(AXIS_SIZE));
    usual
}

/// Horizontal lines only, nothing to drag, no box; a vertical line follows the pointer. (egui_plot shows nothing on hover
/// where neither `show_x` nor `show_y` is set.)
pub fn calm_plot<'a>(id: &str, height: f32, tokens: &Tokens) -> Plot<'a> {
    Plot::new(id)
        .height(height)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .show_background(false)
        .show_grid([false, true])
        .grid_color(tokens.grid)
        .grid_fade(0.0)
        .grid_spacing(Rangef::new(1.0, 2.0))
        .show_x(true)
        .show_y(false)
        .set_margin_fraction(Vec2::ZERO)
        .clamp_grid(true)
        .cursor_color(tokens.muted)
}

/// How many marks have room, `each` points apart.
pub fn marks(room: f32, each: f32) -> usize {
    (room / each).floor().max(1.0) as usize
}

/// Without those at the ends, whose texts would leave the chart.
pub fn inner_marks(input: &GridInput, wanted: usize) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let edge = (high - low) * 0.04;
    few_marks(input, wanted).into_iter().filter(|mark| mark.value > low + edge && mark.value < high - edge).collect()
}

/// At most about `wanted` round marks.
pub fn few_marks(input: &GridInput, wanted: usize) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let step = round_step((high - low) / wanted as f64);
    if !step.is_finite() || step <= 0.0 {
        return Vec::new();
    }
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last.min(first + 50)).map(|index| GridMark { value: index as f64 * step, step_size: step }).collect()
}

/// The next of 1, 2, 5 × 10^n.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.abs().log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough * 0.999).unwrap_or(10.0);
    step * power
}

/// As an axis writes it: no more digits than needed.
pub fn axis_number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    format::trimmed(&format::scaled(value))
}

/// Milliseconds on an axis, with the unit that fits: `500 ms`, `1.5 s`.
pub fn axis_millis(ms: f64) -> String {
    if ms == 0.0 { "0".to_owned() } else { format::trimmed(&format::millis(ms)) }
}

/// Seconds on an axis: `45 s`, `3 min`, `1.5 h`.
pub fn axis_seconds(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 180.0 => format!("{} s", axis_number(seconds)),
        seconds if seconds < 7_200.0 => format!("{} min", axis_number(seconds / 60.0)),
        _ => format!("{} h", axis_number(seconds / 3_600.0)),
    }
}

/// A stroke of the grid.
pub fn grid_stroke(tokens: &Tokens) -> Stroke {
    Stroke::new(1.0, tokens.grid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_hover_every_line_has_its_value() {
        let (first, second) = ([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]], [[0.0, 9.0], [1.0, f64::NAN]]);
        let at = |x: f64| {
            let lines = [("first", &first[..]), ("second", &second[..])];
            values_at(lines.into_iter(), [x, 0.0], 0.6, |x| format!("at {x}"), format::images_per_s)
        };
        assert_eq!(at(0.1).unwrap(), "at 0\nfirst: 1.00 images/s\nsecond: 9.00 images/s");
        assert_eq!(at(0.9).unwrap(), "at 1\nfirst: 2.00 images/s\nsecond: – images/s");
        assert_eq!(at(2.4).unwrap(), "at 2\nfirst: 3.00 images/s");
        assert_eq!(at(9.0), None);
        let many: Vec<(String, [[f64; 2]; 1])> =
            (0..40).map(|y| (format!("line {y}"), [[0.0, f64::from(y)]])).collect();
        let lines = many.iter().map(|(name, points)| (name.as_str(), &points[..]));
        let text = values_at(lines, [0.0, 20.0], 1.0, |_| String::new(), format::scaled).unwrap();
        assert!(text.contains("line 20: 20.0") && text.ends_with("and 28 further lines"), "{text}");
    }

    #[test]
    fn charts_grow_with_the_window() {
        assert_eq!([600.0, 800.0].map(growth), [1.0, 1.0]);
        assert!(growth(1_080.0) > 1.3 && growth(2_160.0) > 2.5 && growth(9_000.0) < 3.0);
    }

    #[test]
    fn axes_have_round_numbers() {
        let marks = |low, high| -> Vec<f64> {
            let input = GridInput { bounds: (low, high), base_step_size: 1.0 };
            few_marks(&input, 4).into_iter().map(|mark| mark.value).collect()
        };
        assert_eq!(marks(0.0, 1_800.0), [0.0, 500.0, 1_000.0, 1_500.0]);
        assert_eq!(marks(0.0, 0.9), [0.0, 0.5]);
        assert!(marks(0.0, 0.0).is_empty() && marks(f64::NAN, 1.0).is_empty());
        assert_eq!((axis_number(1_500.0).as_str(), axis_number(20.0).as_str()), ("1.5k", "20"));
        assert_eq!([0.0, 500.0, 1_500.0, 4_000.0].map(axis_millis), ["0", "500 ms", "1.5 s", "4 s"]);
        assert_eq!((axis_seconds(90.0).as_str(), axis_seconds(600.0).as_str()), ("90 s", "10 min"));
    }
}
