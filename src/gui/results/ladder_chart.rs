//! Latency against rate.

use eframe::egui::{Color32, Role, Ui, WidgetInfo};
use egui_plot::{Line, LineStyle, PlotPoints, Points};

use crate::gui::format;
use crate::gui::format::shortened;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::LINE_WIDTH;
use crate::gui::widgets::card::caption;
use crate::gui::widgets::chart::{axis_millis, axis_number, calm_plot, grown, marks, shrink_axes};
use crate::gui::widgets::chart_heading::title_and_switches;
use crate::gui::widgets::chart_table::chart_table;
use crate::gui::widgets::plot_axis::PlotAxis;
use crate::gui::widgets::readout::{place_of, values_at};
use kafka_image_bench_core::report::chart_tables;
use kafka_image_bench_core::report::exact;
use kafka_image_bench_core::report::ladder_curves::{
    LadderCurve, LadderPoint, axes_in_words, has_all_percentiles, ladder_axes, lines_in_words,
};
use kafka_image_bench_core::report::scale::Axes;
use kafka_image_bench_core::results::StepOutcome;

const TITLE: &str = "Latency against rate";
const HEIGHT: f32 = 260.0;
/// How far from the pointer a step may be whose values are shown, in parts of the axis.
const REACH: f64 = 0.06;

/// A percentile of a step, milliseconds.
type Percentile = fn(&LadderPoint) -> Option<f64>;

/// Both axes.
#[derive(Clone, Copy)]
struct PlotAxes {
    rate: PlotAxis,
    latency: PlotAxis,
}

/// A line through the steps of a configuration, as the plot has them.
struct PercentileLine {
    name: String,
    color: Color32,
    style: LineStyle,
    width: f32,
    points: Vec<[f64; 2]>,
}

/// Draws the ladders of a benchmark.
pub fn ladder_chart(ui: &mut Ui, curves: &[LadderCurve], chosen: Axes) {
    let tokens = Tokens::of(ui);
    let names: Vec<String> = curves.iter().map(|curve| shortened(&curve.name, 30)).collect();
    let legend: Vec<(&str, Color32)> =
        names.iter().enumerate().map(|(index, name)| (name.as_str(), tokens.series_color(index))).collect();
    let choices = title_and_switches(ui, TITLE, &legend);
    if choices.is_table {
        return chart_table(ui, TITLE, &chart_tables::ladder(curves), grown(ui, HEIGHT));
    }
    let plot_axes = PlotAxes::of(curves, chosen);
    let PlotAxes { rate: x_axis, latency: y_axis } = plot_axes;
    let is_shown = |index: usize| names.get(index).is_some_and(|name| choices.shows(name));
    let lines = lines(curves, plot_axes, tokens, is_shown);
    let held = |is_held: bool| -> Vec<(Color32, Vec<[f64; 2]>)> {
        let is_one = move |point: &&LadderPoint| (point.outcome == StepOutcome::Held) == is_held;
        let of = |(index, curve): (usize, &LadderCurve)| {
            let points =
                curve.points.iter().filter(is_one).filter_map(|point| plot_axes.place(point, |point| point.p99_ms));
            (tokens.series_color(index), points.collect())
        };
        curves.iter().enumerate().filter(|(index, _)| is_shown(*index)).map(of).collect()
    };
    let reach = REACH * (x_axis.bounds().1 - x_axis.bounds().0);
    let usual = shrink_axes(ui);
    let (width, height) = (ui.available_width(), grown(ui, HEIGHT));
    let response = calm_plot(TITLE, height, tokens)
        // Dots at the ends are not cut, and their marks have room.
        .set_margin_fraction([0.03, 0.06].into())
        .include_x(x_axis.bounds().0)
        .include_x(x_axis.bounds().1)
        .include_y(y_axis.bounds().0)
        .include_y(y_axis.bounds().1)
        .y_axis_min_width(34.0)
        .x_axis_formatter(move |mark, _| axis_number(x_axis.value(mark.value)))
        .y_axis_formatter(move |mark, _| axis_millis(y_axis.value(mark.value)))
        .x_grid_spacer(move |input| x_axis.marks(&input, marks(width, 60.0)))
        .y_grid_spacer(move |input| y_axis.marks(&input, marks(height, 36.0)))
        .label_formatter(|position| {
            let at = lines.iter().map(|line| (line.name.as_str(), line.points.as_slice()));
            let heading = |at| format!("at {}", exact::images_per_s(x_axis.value(at)));
            values_at(at, place_of(position), reach, heading, |at| exact::millis(y_axis.value(at)))
        })
        .show(ui, |plot_ui| {
            for line in &lines {
                let drawn = Line::new(line.name.clone(), PlotPoints::from(line.points.clone()));
                plot_ui.line(drawn.color(line.color).width(line.width).style(line.style));
            }
            for (is_held, radius) in [(true, 3.5), (false, 4.0)] {
                for (color, points) in held(is_held) {
                    // No name: they are the points of the lines.
                    plot_ui
                        .points(Points::new("", points).color(color).filled(is_held).radius(radius).allow_hover(false));
                }
            }
        })
        .response;
    ui.style_mut().text_styles = usual;
    caption(ui, note(curves, chosen));
    let said: Vec<String> = curves.iter().map(summary).collect();
    let text = format!("Chart: {TITLE}. {}", said.join("; "));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
}

fn lines(
    curves: &[LadderCurve],
    axes: PlotAxes,
    tokens: &Tokens,
    is_shown: impl Fn(usize) -> bool,
) -> Vec<PercentileLine> {
    let percentiles: [(&str, Percentile, LineStyle, f32); 3] = [
        ("p99", |point| point.p99_ms, LineStyle::Solid, LINE_WIDTH),
        ("p50", |point| Some(point.p50_ms), LineStyle::dashed_loose(), 1.0),
        ("p99.9", |point| point.p999_ms, LineStyle::dotted_dense(), 1.0),
    ];
    let used = if has_all_percentiles(curves) { &percentiles[..] } else { &percentiles[..1] };
    let line = |(index, curve): (usize, &LadderCurve)| -> Vec<PercentileLine> {
        used.iter()
            .map(|&(percentile, of, style, width)| PercentileLine {
                name: format!("{} {percentile}", shortened(&curve.name, 30)),
                color: tokens.series_color(index),
                style,
                width,
                points: curve.points.iter().filter_map(|point| axes.place(point, of)).collect(),
            })
            .collect()
    };
    curves.iter().enumerate().filter(|(index, _)| is_shown(*index)).flat_map(line).collect()
}

impl PlotAxes {
    fn of(curves: &[LadderCurve], chosen: Axes) -> Self {
        let axes = ladder_axes(chosen);
        let points = || curves.iter().flat_map(|curve| &curve.points);
        let drawn = has_all_percentiles(curves);
        let latencies = points().flat_map(move |point| {
            let others = [Some(point.p50_ms), point.p999_ms].into_iter().filter(move |_| drawn);
            others.chain([point.p99_ms]).flatten()
        });
        Self {
            rate: PlotAxis::of(axes, points().map(|point| point.images_per_s)),
            latency: PlotAxis::of(axes, latencies),
        }
    }

    fn place(self, point: &LadderPoint, of: Percentile) -> Option<[f64; 2]> {
        let latency_ms = of(point).filter(|latency_ms| *latency_ms > 0.0)?;
        Some([self.rate.plotted(point.images_per_s), self.latency.plotted(latency_ms)])
    }
}

fn note(curves: &[LadderCurve], chosen: Axes) -> String {
    let lost = curves.iter().flat_map(|curve| curve.points.iter().map(move |point| (curve, point)));
    let lost = lost.filter(|(_, point)| point.loss_percent > 0.0);
    let lost: Vec<String> = lost
        .map(|(curve, point)| {
            let rate = format::images_per_s(point.images_per_s);
            format!("{} lost {:.2} % at {rate}", curve.name, point.loss_percent)
        })
        .collect();
    let lost = if lost.is_empty() { "nothing was lost at these rates".to_owned() } else { lost.join(", ") };
    let (lines, axes) = (lines_in_words(curves), axes_in_words(chosen));
    format!("End to end, {lines}; {axes}; hollow: the rate did not hold; {lost}")
}

/// For the legend and screen readers: `batches: held up to 1.20k images/s`.
fn summary(curve: &LadderCurve) -> String {
    format!("{}: {}", curve.name, curve.held_in_words(format::images_per_s))
}
