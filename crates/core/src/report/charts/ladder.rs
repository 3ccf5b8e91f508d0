//! Latency against rate.

use super::ChartKind;
use super::axis::Axis;
use super::frame::{Frame, Key, Mark, NO_RUN, empty, frame};
use super::lines::{LINE_WIDTH, axes};
use super::scene::{Anchor, Area, Dash, Ink, SMALL, Scene, Shape, series};
use super::text::Fonts;
use crate::report::format::{millis, short, trimmed};
use crate::report::ladder_curves::{
    LadderCurve, LadderPoint, axes_in_words, has_all_percentiles, ladder_axes, ladder_curves, lines_in_words,
};
use crate::report::scale::Axes;
use crate::results::{BenchmarkResults, StepOutcome};

const DOT: f64 = 4.0;

/// A percentile, and how its line looks.
struct Percentile {
    name: &'static str,
    of: fn(&LadderPoint) -> Option<f64>,
    width: f64,
    dash: Dash,
}

const P99: Percentile = Percentile { name: "p99", of: |point| point.p99_ms, width: LINE_WIDTH, dash: Dash::Solid };
const OTHERS: [Percentile; 2] = [
    Percentile { name: "p50", of: |point| Some(point.p50_ms), width: 1.0, dash: Dash::Long },
    Percentile { name: "p99.9", of: |point| point.p999_ms, width: 1.0, dash: Dash::Short },
];

pub(super) fn ladder(results: &BenchmarkResults, fonts: &Fonts, chosen: Axes) -> Scene {
    let kind = ChartKind::Ladder;
    let curves = ladder_curves(results);
    if curves.is_empty() {
        return empty(results, kind, fonts, NO_RUN);
    }
    let has_all = has_all_percentiles(&curves);
    let percentiles = std::iter::once(&P99).chain(OTHERS.iter().filter(|_| has_all));
    let percentiles: Vec<&Percentile> = percentiles.collect();
    let rates = curves.iter().flat_map(|curve| &curve.points).map(|point| point.images_per_s);
    let x = Axis::fitting(ladder_axes(chosen), rates, 8.0);
    let latencies = curves.iter().flat_map(|curve| &curve.points);
    let latencies = latencies.flat_map(|point| percentiles.iter().filter_map(|one| (one.of)(point)));
    let y = Axis::fitting(ladder_axes(chosen), latencies, 5.0).of_millis();
    let mut frame = frame(results, kind, fonts, &remark(&curves, chosen), &legend(&curves, has_all), 320.0);
    let plot = axes(&mut frame, &x, &y);
    let place = |rate: f64, latency_ms: f64| {
        (plot.x + x.place(rate) * plot.width, plot.bottom() - y.place(latency_ms) * plot.height)
    };
    for (index, curve) in curves.iter().enumerate() {
        // Further configurations than there are colours differ by dashes, as in other charts.
        let (ink, dash) = series(index);
        for one in &percentiles {
            let known = curve.points.iter().filter_map(|point| Some(place(point.images_per_s, (one.of)(point)?)));
            let points: Vec<(f64, f64)> = known.collect();
            let dash = if has_all { one.dash } else { dash };
            let tip = format!("{}, {}", curve.name, one.name);
            frame.scene.shapes.push(Shape::Line { points, width: one.width, ink, dash, tip });
        }
        for point in &curve.points {
            let Some(latency_ms) = point.p99_ms else { continue };
            mark(&mut frame, plot, (curve, point), place(point.images_per_s, latency_ms), ink);
        }
    }
    frame.scene
}

/// A dot, hollow where the rate did not hold, and what was lost.
fn mark(frame: &mut Frame<'_>, plot: Area, (curve, point): (&LadderCurve, &LadderPoint), centre: (f64, f64), ink: Ink) {
    let tip = format!(
        "{}: {} images/s requested, {} achieved; p50 {}, p99 {}; {}",
        curve.name,
        short(point.images_per_s),
        short(point.achieved_images_per_s),
        millis(point.p50_ms),
        point.p99_ms.map_or_else(|| "–".to_owned(), millis),
        point.outcome
    );
    frame.scene.shapes.push(Shape::Dot { centre, radius: DOT, ink, tip });
    if point.outcome != StepOutcome::Held {
        frame.scene.shapes.push(Shape::Dot { centre, radius: DOT - 1.5, ink: Ink::Card, tip: String::new() });
    }
    if point.loss_percent > 0.0 {
        let above = (centre.0, (centre.1 - DOT - 6.0).max(plot.y));
        frame.scene.text(above, format!("{} % lost", short(point.loss_percent)), SMALL, Anchor::Middle);
    }
}

fn remark(curves: &[LadderCurve], chosen: Axes) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let hollow = if points().any(|point| point.outcome != StepOutcome::Held) { "; hollow: did not hold" } else { "" };
    let lost = if points().any(|point| point.loss_percent > 0.0) { "" } else { "; nothing was lost at these rates" };
    let open = if curves.iter().any(|curve| curve.is_lower_bound) { "; ≥: higher rates were not tried" } else { "" };
    format!("End to end, {}; {}{hollow}{open}{lost}", lines_in_words(curves), axes_in_words(chosen))
}

fn legend(curves: &[LadderCurve], has_all: bool) -> Vec<Key> {
    let key = |(index, curve): (usize, &LadderCurve)| {
        let (ink, dash) = series(index);
        let rate = |rate: f64| format!("{} images/s", trimmed(&short(rate)));
        let held = match curve.held_up_to_images_per_s {
            // A legend has little space: the remark explains the sign.
            Some(highest) if curve.is_lower_bound => format!("held ≥ {}", rate(highest)),
            _ => curve.held_in_words(rate),
        };
        let mark = Mark::Line(if has_all { Dash::Solid } else { dash });
        Key { name: format!("{}, {held}", curve.name), ink, mark }
    };
    curves.iter().enumerate().map(key).collect()
}
