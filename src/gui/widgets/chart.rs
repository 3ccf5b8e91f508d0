//! Charts of lines and points, in the calm look of the window.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use eframe::egui::{
    Align, Align2, Color32, FontId, Id, Layout, Rangef, RichText, Role, Stroke, TextStyle, Ui, Vec2, WidgetInfo,
};
use egui_plot::{GridInput, GridMark, HoverPosition, Line, LineStyle, Plot, PlotPoint, PlotPoints, Points, Span};

use super::card::heading;
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::{CAPTION_SIZE, LINE_WIDTH};

/// Below this many points each is marked.
const FEW_POINTS: usize = 4;
/// Of the numbers of axes.
const AXIS_SIZE: f32 = 11.0;

/// A line of a chart.
pub struct Series {
    /// As the legend has it.
    pub name: String,
    /// Its colour.
    pub color: Color32,
    /// x and y; a y that is no number is a gap.
    pub points: Vec<[f64; 2]>,
}

/// A chart of lines.
pub struct LineChart<'a> {
    /// Tells charts apart, and the accessible name.
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
    let names: Vec<String> = chart.series.iter().map(|one| one.name.clone()).collect();
    let mut plot = calm_plot(chart.title, chart.height, tokens)
        .x_axis_formatter(move |mark, _| x_text(mark.value))
        .y_axis_formatter(|mark, _| axis_number(mark.value))
        .y_axis_min_width(34.0)
        .include_y(0.0)
        .include_y(if top > 0.0 { top * 1.08 } else { 1.0 })
        .include_x(*chart.x_range.start())
        .include_x(*chart.x_range.end())
        .x_grid_spacer(move |input| inner_marks(&input, marks(width, 90.0)))
        .y_grid_spacer(move |input| few_marks(&input, marks(height, 36.0)))
        .label_formatter(move |position| match position {
            HoverPosition::NearDataPoint { plot_name, position, .. } if names.iter().any(|name| name == plot_name) => {
                Some(format!("{plot_name}: {} at {}", y_text(position.y), x_text(position.x)))
            }
            _ => None,
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

/// A point of a scatter chart.
pub struct Dot {
    /// What it stands for.
    pub name: String,
    /// Where it is.
    pub at: [f64; 2],
    /// Whether it is marked.
    pub is_marked: bool,
}

/// Dots, and a dashed line through the marked ones.
pub fn scatter_chart(
    ui: &mut Ui,
    title: &str,
    height: f32,
    dots: &[Dot],
    x_text: fn(f64) -> String,
    y_text: fn(f64) -> String,
) {
    let tokens = Tokens::of(ui);
    title_and_legend(ui, title, &[("Pareto front", tokens.series[2]), ("others", tokens.series[0])]);
    let top = |axis: usize| dots.iter().map(|dot| dot.at[axis]).fold(0.0, f64::max) * 1.1;
    let named: Vec<(String, [f64; 2])> = dots.iter().map(|dot| (dot.name.clone(), dot.at)).collect();
    let width = ui.available_width();
    let usual = shrink_axes(ui);
    let response = calm_plot(title, height, tokens)
        .x_axis_formatter(|mark, _| axis_number(mark.value))
        .y_axis_formatter(|mark, _| axis_number(mark.value))
        .y_axis_min_width(34.0)
        .include_x(0.0)
        .include_y(0.0)
        .include_x(top(0).max(1e-9))
        .include_y(top(1).max(1e-9))
        .x_grid_spacer(move |input| inner_marks(&input, marks(width, 90.0)))
        .y_grid_spacer(move |input| few_marks(&input, marks(height, 36.0)))
        .label_formatter(move |position| match position {
            HoverPosition::NearDataPoint { position, .. } => {
                let name = nearest(&named, position);
                Some(format!("{name}\n{}, {}", y_text(position.y), x_text(position.x)))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |plot_ui| {
            let mut front: Vec<[f64; 2]> = dots.iter().filter(|dot| dot.is_marked).map(|dot| dot.at).collect();
            front.sort_by(|a, b| a[0].total_cmp(&b[0]));
            if front.len() > 1 {
                let line = Line::new("", front).color(tokens.series[2]).width(1.0);
                plot_ui.line(line.style(LineStyle::dashed_dense()).allow_hover(false));
            }
            for (is_marked, color) in [(false, tokens.series[0]), (true, tokens.series[2])] {
                let points: Vec<[f64; 2]> =
                    dots.iter().filter(|dot| dot.is_marked == is_marked).map(|dot| dot.at).collect();
                plot_ui
                    .points(Points::new(if is_marked { "front" } else { "others" }, points).radius(5.5).color(color));
            }
        })
        .response;
    ui.style_mut().text_styles = usual;
    let text = format!("Chart: {title}. {} configurations", dots.len());
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
}

fn nearest(dots: &[(String, [f64; 2])], to: &PlotPoint) -> String {
    let distance = |at: [f64; 2]| (at[0] - to.x).abs() + (at[1] - to.y).abs();
    let found = dots.iter().min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)));
    found.map(|(name, _)| name.clone()).unwrap_or_default()
}

/// Makes the numbers of axes small; the result is what the text styles were.
pub fn shrink_axes(ui: &mut Ui) -> BTreeMap<TextStyle, FontId> {
    let usual = ui.style().text_styles.clone();
    ui.style_mut().text_styles.insert(TextStyle::Body, FontId::proportional(AXIS_SIZE));
    usual
}

/// Horizontal lines only, nothing to drag, no box.
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
        .show_x(false)
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
    let text = format::scaled(value);
    match text.find('.') {
        None => text,
        Some(_) => {
            let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
            let (digits, suffix) = text.split_at(split);
            format!("{}{suffix}", digits.trim_end_matches('0').trim_end_matches('.'))
        }
    }
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
    fn axes_have_round_numbers() {
        let marks = |low, high| -> Vec<f64> {
            let input = GridInput { bounds: (low, high), base_step_size: 1.0 };
            few_marks(&input, 4).into_iter().map(|mark| mark.value).collect()
        };
        assert_eq!(marks(0.0, 1_800.0), [0.0, 500.0, 1_000.0, 1_500.0]);
        assert_eq!(marks(0.0, 0.9), [0.0, 0.5]);
        assert!(marks(0.0, 0.0).is_empty() && marks(f64::NAN, 1.0).is_empty());
        assert_eq!((axis_number(1_500.0).as_str(), axis_number(20.0).as_str()), ("1.5k", "20"));
        assert_eq!((axis_seconds(90.0).as_str(), axis_seconds(600.0).as_str()), ("90 s", "10 min"));
    }
}
