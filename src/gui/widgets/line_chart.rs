//! Charts of lines over time.

use std::ops::RangeInclusive;

use eframe::egui::{
    Align2, Color32, FontId, Label, PopupAnchor, Rangef, Rect, Response, Role, Stroke, Tooltip, Ui, WidgetInfo,
};
use egui_plot::{Line, PlotPoints, PlotResponse, PlotTransform, Points, Span};

use super::chart::{axis_millis, axis_moment, calm_plot, inner_marks, marks, shrink_axes};
use super::chart_gestures::{by_keys, by_pointer};
use super::chart_heading::{ChartChoices, ChartHeading, chart_heading, chart_id, focus_ring};
use super::chart_table::chart_table;
use super::plot_axis::PlotAxis;
use super::readout::{readout, values_at};
use super::time_view::{Drag, TimeView};
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::LINE_WIDTH;
use kafka_image_bench_core::report::axis_unit::{AxisUnit, Quantity};
use kafka_image_bench_core::report::chart_tables::{self, ChartTable};
use kafka_image_bench_core::report::exact;
use kafka_image_bench_core::report::scale::{Axes, LOGARITHMIC};

/// Up to so many points in a row are marked: a line through one point is not visible.
const FEW_POINTS: usize = 3;
/// Of the x axis, how far from its points a line's values are shown.
const HOVER_REACH: f64 = 0.08;

/// A line of a chart.
pub struct Series {
    /// As the legend has it.
    pub name: String,
    /// Its colour.
    pub color: Color32,
    /// x, rising, and y; a y that is not a number is a gap.
    pub points: Vec<[f64; 2]>,
}

/// A chart of lines.
pub struct LineChart<'a> {
    /// Identifies the chart in its group; also its accessible name.
    pub title: &'a str,
    /// What the chart belongs to. Choices are kept for each group and title.
    pub group: &'a str,
    /// Height of the drawing area in points.
    pub height: f32,
    /// The lines.
    pub series: &'a [Series],
    /// Spans of x that are shaded, with their words.
    pub spans: &'a [(RangeInclusive<f64>, &'a str)],
    /// The whole range of x, in seconds.
    pub x_range: RangeInclusive<f64>,
    /// What y is.
    pub quantity: Quantity,
    /// How the axis of times is divided; other axes begin at 0.
    pub axes: Axes,
    /// Whether a part of the x axis can be chosen.
    pub zooms: bool,
    /// What stands there while there are no points.
    pub empty: &'a str,
}

/// Draws the chart with its title, or its table. Charts with the same `view` are linked; [`TimeView::end_frame`] follows the last one.
pub fn line_chart(ui: &mut Ui, chart: &LineChart<'_>, view: &mut TimeView) {
    let shown = view.shown(&chart.x_range);
    // Another unit is the same chart.
    let id = chart_id(chart.group, chart.title.split(", ").next().unwrap_or_default());
    let before = ChartChoices::of(ui, id);
    let y_axis = YAxis::of(chart, chart.series.iter().filter(|one| before.shows(&one.name)), &shown);
    let legend: Vec<(&str, Color32)> = chart.series.iter().map(|one| (one.name.as_str(), one.color)).collect();
    let title = y_axis.title(chart);
    let of = ChartHeading { chart: id, title: chart.title, shown: &title, legend: &legend, hides: true };
    let choices = chart_heading(ui, &of);
    let series: Vec<&Series> = chart.series.iter().filter(|one| choices.shows(&one.name)).collect();
    if choices.is_table {
        return chart_table(ui, chart.title, &table_of(chart, &series, &shown), chart.height);
    }
    let usual = shrink_axes(ui);
    let PlotResponse { response, transform, .. } = draw(ui, chart, &series, (&shown, y_axis));
    ui.style_mut().text_styles = usual;
    if let Some(pointer) = response.hover_pos() {
        view.point_at(snapped(
            &series,
            transform.value_from_position(pointer).x,
            &transform.bounds().range_x(),
            reach_of(&transform),
        ));
    }
    if chart.zooms {
        by_pointer(ui, &response, &transform, view, &chart.x_range);
    }
    by_keys(ui, &response, view, (&chart.x_range, chart.zooms));
    focus_ring(ui, &response, *transform.frame());
    let moment = over_it(ui, chart, &series, (&response, &transform), view);
    if series.iter().all(|one| one.points.is_empty()) {
        let size = ui.text_style_height(&eframe::egui::TextStyle::Small);
        let (text, tokens) = (empty_text(chart), Tokens::of(ui));
        let font = FontId::proportional(size);
        ui.painter().text(response.rect.center(), Align2::CENTER_CENTER, text, font, tokens.muted);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, in_words(chart, &series, moment.as_deref())));
}

/// What is drawn, number by number.
fn table_of(chart: &LineChart<'_>, series: &[&Series], shown: &RangeInclusive<f64>) -> ChartTable {
    let name = |one: &&Series| format!("{}, {}", one.name, chart.quantity.own_unit());
    let names: Vec<String> = series.iter().map(name).collect();
    let lines = names.iter().zip(series).map(|(name, one)| (name.as_str(), within(&one.points, shown)));
    chart_tables::lines(("time, s", 2), chart.quantity.decimals(), lines)
}

fn empty_text<'a>(chart: &LineChart<'a>) -> &'a str {
    let has_points = chart.series.iter().any(|one| !one.points.is_empty());
    if has_points { "All lines are hidden" } else { chart.empty }
}

/// The axis of the values that are visible.
#[derive(Clone, Copy)]
struct YAxis {
    axis: PlotAxis,
    unit: AxisUnit,
}

impl YAxis {
    fn of<'s>(chart: &LineChart<'_>, series: impl Iterator<Item = &'s Series>, shown: &RangeInclusive<f64>) -> Self {
        let values = series.flat_map(|one| within(&one.points, shown)).map(|point| point[1]);
        let values: Vec<f64> = values.filter(|y| y.is_finite()).collect();
        // Rates and numbers are compared from 0, and often are 0.
        let axes = if chart.quantity == Quantity::Millis { chart.axes } else { Axes::Linear };
        let most = values.iter().copied().fold(0.0, f64::max);
        Self { axis: PlotAxis::of(axes, values.iter().copied()), unit: chart.quantity.unit(most) }
    }

    fn title(self, chart: &LineChart<'_>) -> String {
        // Where values differ much each mark has its own unit.
        match self.axis.is_logarithmic() {
            true => format!("{}, {LOGARITHMIC}", chart.title),
            false => chart.quantity.title_in(chart.title, self.unit),
        }
    }

    fn mark(self, plotted: f64) -> String {
        let value = self.axis.value(plotted);
        if self.axis.is_logarithmic() { axis_millis(value) } else { self.unit.mark(value) }
    }
}

/// The points in a range of x.
fn within<'s>(points: &'s [[f64; 2]], shown: &RangeInclusive<f64>) -> &'s [[f64; 2]] {
    let from = points.partition_point(|point| point[0] < *shown.start());
    let to = points.partition_point(|point| point[0] <= *shown.end());
    points.get(from..to).unwrap_or_default()
}

/// The parts of a line between its gaps.
fn parts(points: &[[f64; 2]]) -> impl Iterator<Item = &[[f64; 2]]> {
    points.split(|point| !point[1].is_finite()).filter(|part| !part.is_empty())
}

fn draw(
    ui: &mut Ui,
    chart: &LineChart<'_>,
    series: &[&Series],
    (shown, y_axis): (&RangeInclusive<f64>, YAxis),
) -> PlotResponse<()> {
    let tokens = Tokens::of(ui);
    let (width, height) = (ui.available_width(), chart.height);
    let is_empty = series.iter().all(|one| one.points.is_empty());
    let (low, high) = y_axis.axis.bounds();
    let plot = calm_plot(chart.title, chart.height, tokens)
        .show_crosshair(false)
        .clamp_grid(is_empty)
        .x_axis_formatter(|mark, shown| axis_moment(mark.value, shown))
        .y_axis_formatter(move |mark, _| y_axis.mark(mark.value))
        .y_axis_min_width(34.0)
        .x_grid_spacer(move |input| inner_marks(&input, marks(width, 90.0)))
        .y_grid_spacer(move |input| y_axis.axis.marks(&input, marks(height, 36.0)));
    plot.show(ui, |plot_ui| {
        plot_ui.set_plot_bounds_x(shown.clone());
        plot_ui.set_plot_bounds_y(low..=high);
        for (range, word) in chart.spans {
            let fill = tokens.warning.gamma_multiply(0.22);
            let span = Span::new(*word, range.clone()).fill(fill).border_width(0.0);
            plot_ui.span(span.label_align(Align2::CENTER_TOP));
        }
        for one in series {
            for part in parts(&one.points) {
                let part: Vec<[f64; 2]> = part.iter().map(|point| [point[0], y_axis.axis.plotted(point[1])]).collect();
                if part.len() <= FEW_POINTS {
                    let points = Points::new(one.name.clone(), part.clone());
                    plot_ui.points(points.radius(2.5).color(one.color));
                }
                let line = Line::new(one.name.clone(), PlotPoints::from(part));
                plot_ui.line(line.color(one.color).width(LINE_WIDTH));
            }
        }
    })
}

/// How far from a point its value is shown, on the x axis.
fn reach_of(transform: &PlotTransform) -> f64 {
    let shown = transform.bounds().range_x();
    (shown.end() - shown.start()).abs() * HOVER_REACH
}

/// The x of the nearest point that is shown, if it is within reach.
fn snapped(series: &[&Series], x: f64, shown: &RangeInclusive<f64>, reach: f64) -> f64 {
    let nearest = series.iter().flat_map(|one| {
        let after = one.points.partition_point(|point| point[0] < x);
        one.points.get(after.saturating_sub(1)..(after + 1).min(one.points.len())).unwrap_or_default()
    });
    let nearest = nearest
        .map(|point| point[0])
        .filter(|at| shown.contains(at))
        .min_by(|a, b| (a - x).abs().total_cmp(&(b - x).abs()));
    nearest.filter(|at| (at - x).abs() <= reach).unwrap_or(x)
}

/// All values at a moment, with all their digits: of each line that reaches there the nearest point.
fn moment_text(chart: &LineChart<'_>, series: &[&Series], at: f64, reach: f64) -> Option<String> {
    let reaches = |one: &&&Series| {
        let ends = one.points.first().zip(one.points.last());
        ends.is_some_and(|(first, last)| (first[0] - reach..=last[0] + reach).contains(&at))
    };
    let lines = series.iter().filter(reaches).map(|one| (one.name.as_str(), one.points.as_slice()));
    // Linked charts name one moment, also where their nearest points are not the same.
    let heading = |_| format!("at {}", exact::seconds(at));
    let mut text = values_at(lines, [at, 0.0], f64::INFINITY, heading, |y| chart.quantity.exact(y))?;
    for (_, word) in chart.spans.iter().filter(|(range, _)| range.contains(&at)) {
        text.push_str(&format!("\n{word}"));
    }
    Some(text)
}

/// Draws the moment that is looked at, here or in a linked chart, and the part that is being chosen. Returns the values of that
/// moment.
fn over_it(
    ui: &Ui,
    chart: &LineChart<'_>,
    series: &[&Series],
    (response, transform): (&Response, &PlotTransform),
    view: &TimeView,
) -> Option<String> {
    let (tokens, frame) = (Tokens::of(ui), *transform.frame());
    let at = view.crosshair()?;
    let x = transform.position_from_point_x(at);
    let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
    if let Some(Drag::Choosing(from)) = view.drag {
        let from = transform.position_from_point_x(from);
        let chosen = Rect::from_x_y_ranges(Rangef::new(from.min(x), from.max(x)), frame.y_range());
        painter.rect_filled(chosen, 0.0, tokens.accent.gamma_multiply(0.18));
    }
    if !frame.x_range().contains(x) {
        return None;
    }
    painter.vline(x, frame.y_range(), Stroke::new(1.0, tokens.muted));
    let text = moment_text(chart, series, at, reach_of(transform))?;
    if response.hover_pos().is_some() {
        let anchor = PopupAnchor::Pointer;
        let tooltip = Tooltip::always_open(ui.ctx().clone(), response.layer_id, response.id, anchor).gap(12.0);
        tooltip.show(|ui| ui.add(Label::new(&text).extend()));
    } else {
        readout(ui, frame, x, &text);
    }
    Some(text)
}

/// For screen readers: the latest values, downtimes, and those of the moment that is looked at.
fn in_words(chart: &LineChart<'_>, series: &[&Series], moment: Option<&str>) -> String {
    let latest = |one: &&Series| {
        let point = one.points.iter().rev().find(|point| point[1].is_finite())?;
        Some(format!("{} {}", one.name, chart.quantity.rounded(point[1])))
    };
    let mut words: Vec<String> = series.iter().filter_map(latest).collect();
    if words.is_empty() {
        words.push(empty_text(chart).to_owned());
    }
    words.extend(chart.spans.iter().map(|(range, word)| {
        format!("{word} from {} to {}", exact::seconds(*range.start()), exact::seconds(*range.end()))
    }));
    words.extend(moment.map(|moment| moment.replace('\n', ", ")));
    format!("Chart: {}. {}", chart.title, words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(series: &[Series]) -> LineChart<'_> {
        LineChart {
            title: "Throughput, images/s",
            group: "test",
            height: 100.0,
            series,
            spans: &[],
            x_range: 0.0..=3.0,
            quantity: Quantity::ImagesPerSecond,
            axes: Axes::Automatic,
            zooms: true,
            empty: "",
        }
    }

    #[test]
    fn a_line_has_parts_between_its_gaps() {
        let points = [[0.0, 1.0], [1.0, 2.0], [2.0, f64::NAN], [3.0, f64::NAN], [4.0, 5.0]];
        let found: Vec<Vec<f64>> = parts(&points).map(|part| part.iter().map(|point| point[0]).collect()).collect();
        assert_eq!(found, [vec![0.0, 1.0], vec![4.0]]);
        assert_eq!(parts(&[[0.0, f64::NAN]]).count(), 0);
    }

    #[test]
    fn the_axis_follows_what_is_visible() {
        let points: Vec<[f64; 2]> = (0..10).map(|x| [f64::from(x), 10_f64.powi(x - 3)]).collect();
        let series = [Series { name: "p99".to_owned(), color: Color32::WHITE, points }];
        let chart = |title, quantity| LineChart { title, quantity, ..chart(&series) };
        let titled = |chart: &LineChart<'_>, shown: RangeInclusive<f64>| {
            let axis = YAxis::of(chart, series.iter(), &shown);
            (axis.title(chart), axis.mark(axis.axis.bounds().0))
        };
        let latency = chart("Latency", Quantity::Millis);
        assert_eq!(titled(&latency, 0.0..=1.0), ("Latency, µs".to_owned(), "0".to_owned()));
        assert_eq!(titled(&latency, 8.0..=9.0).0, "Latency, s");
        assert_eq!(titled(&latency, 0.0..=6.0), ("Latency, logarithmic".to_owned(), "1 µs".to_owned()));
        assert_eq!(titled(&chart("Lag, images", Quantity::Images), 0.0..=9.0).0, "Lag, images");
        assert_eq!(titled(&latency, 20.0..=30.0).0, "Latency, ms", "nothing is visible");
        assert_eq!(within(&series[0].points, &(2.0..=4.0)).len(), 3);
    }

    #[test]
    fn a_downtime_has_no_values_but_its_word() {
        let points = vec![[1.0, 10.0], [2.0, f64::NAN], [3.0, 12.0]];
        let series = [Series { name: "producer".to_owned(), color: Color32::WHITE, points }];
        let chart = LineChart { spans: &[(1.5..=2.5, "broker down")], ..chart(&series) };
        let drawn = [&series[0]];
        let text = moment_text(&chart, &drawn, snapped(&drawn, 2.1, &(0.0..=4.0), 0.5), 0.5).unwrap();
        assert_eq!(text, "at 2.0 s\nproducer: – images/s\nbroker down");
        assert_eq!(
            snapped(&drawn, 2.1, &(2.05..=4.0), 0.5),
            2.1,
            "a point beside the part that is shown is not in sight"
        );
        let words = in_words(&chart, &drawn, Some(&text));
        let expected = "Chart: Throughput, images/s. producer 12.0 images/s, broker down from 1.5 s to 2.5 s, at 2.0 s, producer: – \
                        images/s, broker down";
        assert_eq!(words, expected);
    }
}
