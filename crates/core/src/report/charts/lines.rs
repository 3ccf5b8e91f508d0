//! Lines: latency by percentile, lag over time.

use super::ChartKind;
use super::axis::Axis;
use super::frame::{Frame, Key, Mark, NO_RUN, empty, frame, left_out, no_latency};
use super::scene::{Anchor, Area, Ink, SMALL, Scene, Shape, TextStyle, series};
use super::text::Fonts;
use crate::report::figures::{lag_over_time, percentile_curves};
use crate::report::format::count;
use crate::report::scale::Axes;
use crate::results::BenchmarkResults;

pub(super) const LINE_WIDTH: f64 = 1.8;
const TICK: TextStyle = TextStyle { size: 12.0, ..SMALL };

struct Line {
    name: String,
    points: Vec<(f64, f64)>,
}

pub(super) fn percentiles(results: &BenchmarkResults, fonts: &Fonts, axes: Axes) -> Scene {
    let kind = ChartKind::Percentiles;
    let curves = percentile_curves(results);
    if curves.is_empty() {
        return empty(results, kind, fonts, no_latency(results));
    }
    let last = curves.iter().filter_map(|curve| curve.points.last()).map(|point| point.nines).fold(1.0, f64::max);
    let marks = [(0.0, "0 %"), (0.5_f64.log10().abs(), "50 %"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %")];
    let mut ticks: Vec<(f64, String)> = marks.map(|(at, label)| (at, label.to_owned())).to_vec();
    ticks.extend((4..=9).map(|nines| (f64::from(nines), format!("99.{} %", "9".repeat(nines as usize - 2)))));
    ticks.retain(|(at, _)| *at <= last);
    let values = curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.latency_ms));
    let y = Axis::fitting(axes, values, 5.0).of_millis();
    let lines = curves
        .iter()
        .map(|curve| Line {
            name: curve.name.clone(),
            points: curve.points.iter().map(|point| (point.nines, point.latency_ms)).collect(),
        })
        .collect();
    let scale = if y.is_logarithmic() { "; the latency axis is logarithmic" } else { "" };
    let remark =
        format!("So many images in 100 took no longer; the line ends at the longest{scale}{}", left_out(results));
    draw(results, kind, fonts, &remark, lines, &Axis::marked(last, ticks), &y)
}

pub(super) fn lag(results: &BenchmarkResults, fonts: &Fonts) -> Scene {
    let kind = ChartKind::Lag;
    let all = lag_over_time(results);
    if all.is_empty() {
        return empty(results, kind, fonts, NO_RUN);
    }
    let lines: Vec<Line> = all
        .into_iter()
        .map(|one| Line {
            name: format!("{}, largest {}", one.name, count(one.largest)),
            points: one.points.iter().map(|&[x, y]| (x, y)).collect(),
        })
        .collect();
    let most = |of: fn(&(f64, f64)) -> f64| lines.iter().flat_map(|line| &line.points).map(of).fold(0.0, f64::max);
    let (seconds, records) = (most(|point| point.0), most(|point| point.1));
    let mut x = Axis::linear(seconds, 8.0);
    // The series has one point per second.
    x.ticks.retain(|(at, _)| at.fract() == 0.0);
    x.ticks.iter_mut().for_each(|(_, label)| label.push_str(" s"));
    // Lag is counted in whole records.
    let y = Axis::linear(records.max(4.0), 4.0);
    let remark = format!(
        "Acknowledged and not yet received, the most of each second, in the run with the most{}",
        left_out(results)
    );
    draw(results, kind, fonts, &remark, lines, &x, &y)
}

fn draw(
    results: &BenchmarkResults,
    kind: ChartKind,
    fonts: &Fonts,
    remark: &str,
    lines: Vec<Line>,
    x: &Axis,
    y: &Axis,
) -> Scene {
    let legend: Vec<Key> = lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let (ink, dash) = series(index);
            Key { name: line.name.clone(), ink, mark: Mark::Line(dash) }
        })
        .collect();
    let mut frame = frame(results, kind, fonts, remark, &legend, 320.0);
    let plot = axes(&mut frame, x, y);
    for (index, line) in lines.into_iter().enumerate() {
        let (ink, dash) = series(index);
        let place = |(at_x, at_y): (f64, f64)| {
            (plot.x + x.place(at_x) * plot.width, plot.bottom() - y.place(at_y) * plot.height)
        };
        let points = line.points.into_iter().map(place).collect();
        frame.scene.shapes.push(Shape::Line { points, width: LINE_WIDTH, ink, dash, tip: line.name });
    }
    frame.scene
}

/// Draws the marks of both axes, with horizontal grid lines. Returns where the figures go.
pub(super) fn axes(frame: &mut Frame<'_>, x: &Axis, y: &Axis) -> Area {
    let widest = y.ticks.iter().map(|(_, label)| frame.fonts.width(label, TICK)).fold(0.0, f64::max) * 1.05;
    let left = frame.area.x + widest + 10.0;
    // Half the label of the last mark extends to the right, and half a line above.
    let plot = Area {
        x: left,
        y: frame.area.y + 8.0,
        width: frame.area.right() - left - 22.0,
        height: frame.area.height - 36.0,
    };
    // A logarithmic axis may have no mark at its low end.
    let foot = plot.bottom().round() + 0.5;
    frame.scene.rule((plot.x, foot), (plot.right(), foot), 1.0, Ink::Grid);
    for (value, label) in &y.ticks {
        let at = (plot.bottom() - y.place(*value) * plot.height).round() + 0.5;
        frame.scene.rule((plot.x, at), (plot.right(), at), 1.0, Ink::Grid);
        frame.scene.text_centred((plot.x - 10.0, at), label.as_str(), TICK, Anchor::End);
    }
    let mut free_from = f64::NEG_INFINITY;
    for (value, label) in &x.ticks {
        let at = plot.x + x.place(*value) * plot.width;
        let half = frame.fonts.width(label, TICK) / 2.0;
        if at - half < free_from {
            continue;
        }
        free_from = at + half + 8.0;
        frame.scene.text((at, plot.bottom() + 22.0), label.as_str(), TICK, Anchor::Middle);
    }
    plot
}
