//! Latency against rate, with both axes logarithmic.

use eframe::egui::{Color32, Role, Ui, WidgetInfo};
use egui_plot::{GridInput, GridMark, Line, LineStyle, PlotPoints, Points};

use crate::gui::format;
use crate::gui::format::shortened;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::LINE_WIDTH;
use crate::gui::widgets::card::caption;
use crate::gui::widgets::chart::{
    axis_millis, axis_number, calm_plot, grown, place_of, shrink_axes, title_and_legend, values_at,
};
use kafka_image_bench_core::report::ladder_curves::{LadderCurve, LadderPoint};
use kafka_image_bench_core::results::StepOutcome;

const TITLE: &str = "Latency against rate";
const HEIGHT: f32 = 260.0;
/// How far from the pointer a step may be whose values are shown, in powers of ten.
const REACH: f64 = 0.08;
/// With more configurations only the 99th percentile is drawn.
const ALL_PERCENTILES_MAX: usize = 3;

/// A line through the steps of a configuration, in powers of ten.
struct PercentileLine {
    name: String,
    color: Color32,
    style: LineStyle,
    width: f32,
    points: Vec<[f64; 2]>,
}

/// Draws the ladders of a benchmark.
pub fn ladder_chart(ui: &mut Ui, curves: &[LadderCurve]) {
    let tokens = Tokens::of(ui);
    let names: Vec<String> = curves.iter().map(|curve| shortened(&curve.name, 30)).collect();
    let legend: Vec<(&str, Color32)> =
        names.iter().enumerate().map(|(index, name)| (name.as_str(), tokens.series_color(index))).collect();
    title_and_legend(ui, TITLE, &legend);
    let lines = lines(curves, tokens);
    let held = |is_held: bool| -> Vec<(Color32, Vec<[f64; 2]>)> {
        let is_one = move |point: &&LadderPoint| (point.outcome == StepOutcome::Held) == is_held;
        let of = |(index, curve): (usize, &LadderCurve)| {
            let points = curve.points.iter().filter(is_one).filter_map(|point| place(point, |point| point.p99_ms));
            (tokens.series_color(index), points.collect())
        };
        curves.iter().enumerate().map(of).collect()
    };
    let usual = shrink_axes(ui);
    let response = calm_plot(TITLE, grown(ui, HEIGHT), tokens)
        .set_margin_fraction([0.03, 0.06].into())
        .y_axis_min_width(34.0)
        .x_axis_formatter(|mark, _| axis_number(round(mark.value)))
        .y_axis_formatter(|mark, _| axis_millis(round(mark.value)))
        .x_grid_spacer(log_marks)
        .y_grid_spacer(log_marks)
        .label_formatter(|position| {
            let at = lines.iter().map(|line| (line.name.as_str(), line.points.as_slice()));
            let heading = |power| format!("at {}", format::images_per_s(10_f64.powf(power)));
            values_at(at, place_of(position), REACH, heading, |power| format::millis(10_f64.powf(power)))
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
    caption(ui, note(curves));
    let said: Vec<String> = curves.iter().map(summary).collect();
    let text = format!("Chart: {TITLE}. {}", said.join("; "));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
}

fn lines(curves: &[LadderCurve], tokens: &Tokens) -> Vec<PercentileLine> {
    let has_all = curves.len() <= ALL_PERCENTILES_MAX;
    type Of = fn(&LadderPoint) -> Option<f64>;
    let percentiles: [(&str, Of, LineStyle, f32); 3] = [
        ("p99", |point| point.p99_ms, LineStyle::Solid, LINE_WIDTH),
        ("p50", |point| Some(point.p50_ms), LineStyle::dashed_loose(), 1.0),
        ("p99.9", |point| point.p999_ms, LineStyle::dotted_dense(), 1.0),
    ];
    let used = if has_all { &percentiles[..] } else { &percentiles[..1] };
    let line = |(index, curve): (usize, &LadderCurve)| -> Vec<PercentileLine> {
        used.iter()
            .map(|&(percentile, of, style, width)| PercentileLine {
                name: format!("{} {percentile}", shortened(&curve.name, 30)),
                color: tokens.series_color(index),
                style,
                width,
                points: curve.points.iter().filter_map(|point| place(point, of)).collect(),
            })
            .collect()
    };
    curves.iter().enumerate().flat_map(line).collect()
}

fn place(point: &LadderPoint, of: fn(&LadderPoint) -> Option<f64>) -> Option<[f64; 2]> {
    let latency_ms = of(point).filter(|latency_ms| *latency_ms > 0.0)?;
    Some([point.images_per_s.log10(), latency_ms.log10()])
}

fn note(curves: &[LadderCurve]) -> String {
    let lines = if curves.len() <= ALL_PERCENTILES_MAX { "p99 solid, p50 dashed, p99.9 dotted" } else { "p99" };
    let lost = curves.iter().flat_map(|curve| curve.points.iter().map(move |point| (curve, point)));
    let lost = lost.filter(|(_, point)| point.loss_percent > 0.0);
    let lost: Vec<String> = lost
        .map(|(curve, point)| {
            let rate = format::images_per_s(point.images_per_s);
            format!("{} lost {:.2} % at {rate}", curve.name, point.loss_percent)
        })
        .collect();
    let lost = if lost.is_empty() { "nothing was lost at these rates".to_owned() } else { lost.join(", ") };
    format!("End to end, {lines}; both axes are logarithmic; hollow: the rate did not hold; {lost}")
}

/// For screen readers: `batches held up to 1.20k images/s`.
fn summary(curve: &LadderCurve) -> String {
    let held = curve.points.iter().take_while(|point| point.outcome == StepOutcome::Held).last();
    match held {
        Some(point) => format!("{} held up to {}", curve.name, format::images_per_s(point.images_per_s)),
        None => format!("{}: no step held", curve.name),
    }
}

/// Ten to this power, without what is lost on the way.
fn round(power: f64) -> f64 {
    let value = 10_f64.powf(power);
    let unit = 10_f64.powf(power.floor() - 2.0);
    (value / unit).round() * unit
}

/// 1, 2 and 5 of each power of ten; on a wide axis the powers alone.
fn log_marks(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    if !(high - low).is_finite() || high - low > 15.0 {
        return Vec::new();
    }
    let steps = if high - low > 3.0 { &[1.0][..] } else { &[1.0, 2.0, 5.0][..] };
    (low.floor() as i32..=high.ceil() as i32)
        .flat_map(|power| steps.iter().map(move |step| f64::from(power) + f64::log10(*step)))
        .filter(|at| (low..=high).contains(at))
        // All of them get a number.
        .map(|value| GridMark { value, step_size: 1.0 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_numbers() {
        let marks = |bounds| -> Vec<String> {
            let marks = log_marks(GridInput { bounds, base_step_size: 1.0 });
            marks.into_iter().map(|mark| axis_number(round(mark.value))).collect()
        };
        assert_eq!(marks((0.9, 3.1)), ["10", "20", "50", "100", "200", "500", "1k"]);
        assert_eq!(marks((-0.5, 3.5)), ["1", "10", "100", "1k"]);
        assert!(marks((f64::NAN, 1.0)).is_empty());
    }
}
