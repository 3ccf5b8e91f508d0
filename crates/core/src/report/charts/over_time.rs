//! A run over time: one or more lines from its beginning to now.

use super::axis::Axis;
use super::frame::{Heading, Key, Mark, framed};
use super::lines::{LINE_WIDTH, axes};
use super::scene::{Anchor, Area, Dash, Ink, NOTE, Scene, Shape, series};
use super::text::Fonts;
use crate::report::scale::Axes;
use crate::report::time_lines::{TimeLine, Unit};

/// Lower than a benchmark's charts: a page shows several of them at once.
const HEIGHT: f64 = 340.0;
const FIGURES: f64 = 180.0;

/// A chart whose horizontal axis is the time since the run began.
pub struct TimeChart<'a> {
    /// Its heading.
    pub title: &'a str,
    /// What the lines show, in a sentence without a full stop.
    pub remark: &'a str,
    /// What is drawn.
    pub lines: &'a [TimeLine],
    /// The unit of the vertical axis.
    pub unit: Unit,
    /// When the broker did not answer, from and to, in seconds.
    pub downtimes: &'a [(f64, f64)],
}

pub(super) fn scene(chart: &TimeChart<'_>, fonts: &Fonts) -> Scene {
    let mut legend: Vec<Key> = Vec::new();
    for (index, line) in chart.lines.iter().enumerate() {
        let (ink, dash) = series(index);
        legend.push(Key { name: line.name.clone(), ink, mark: Mark::Line(dash) });
    }
    if !chart.downtimes.is_empty() {
        legend.push(Key { name: "the broker did not answer".to_owned(), ink: Ink::Grid, mark: Mark::Area });
    }
    let heading = Heading { title: chart.title, remark: chart.remark, facts: "", height: HEIGHT };
    let mut frame = framed(&heading, fonts, &legend, FIGURES);
    let points = || chart.lines.iter().flat_map(|line| &line.points);
    let values = points().filter_map(|(_, value)| *value);
    if values.clone().next().is_none() {
        let middle = (frame.area.x + frame.area.width / 2.0, frame.area.y + frame.area.height / 2.0);
        frame.scene.text(middle, "Nothing measured yet", NOTE, Anchor::Middle);
        return frame.scene;
    }
    let (x, seconds_per_mark) = time_axis(points().map(|(elapsed_s, _)| *elapsed_s).fold(0.0, f64::max));
    let y = match chart.unit {
        Unit::Millis => Axis::fitting(Axes::Automatic, values, 4.0).of_millis(),
        Unit::PerSecond => Axis::linear(values.fold(0.0, f64::max), 4.0),
        // Counted in whole records.
        Unit::Records => Axis::linear(values.fold(4.0, f64::max), 4.0),
    };
    let plot = axes(&mut frame, &x, &y);
    let at_x = |elapsed_s: f64| plot.x + x.place(elapsed_s / seconds_per_mark) * plot.width;
    for &(from, to) in chart.downtimes {
        let area = Area { x: at_x(from), width: (at_x(to) - at_x(from)).max(2.0), ..plot };
        let tip = "the broker did not answer".to_owned();
        frame.scene.shapes.push(Shape::Bar { area, radius: 0.0, ink: Ink::Grid, opacity: 0.8, tip });
    }
    let at_y = |value: f64| plot.bottom() - y.place(value) * plot.height;
    for (index, line) in chart.lines.iter().enumerate() {
        let look = series(index);
        for part in line.points.split(|(_, value)| value.is_none()) {
            let place = |(elapsed_s, value): &(f64, Option<f64>)| Some((at_x(*elapsed_s), at_y((*value)?)));
            let points: Vec<(f64, f64)> = part.iter().filter_map(place).collect();
            frame.scene.shapes.extend(shape(points, look, &line.name));
        }
    }
    frame.scene
}

/// A line through the points; a dot if there is only one.
fn shape(points: Vec<(f64, f64)>, (ink, dash): (Ink, Dash), name: &str) -> Option<Shape> {
    let tip = name.to_owned();
    match points.as_slice() {
        [] => None,
        &[centre] => Some(Shape::Dot { centre, radius: LINE_WIDTH, ink, tip }),
        _ => Some(Shape::Line { points, width: LINE_WIDTH, ink, dash, tip }),
    }
}

/// From 0 to `most_s` seconds, in seconds, minutes or hours; and how many seconds its unit has.
fn time_axis(most_s: f64) -> (Axis, f64) {
    let (unit_s, name) = match most_s {
        7_200.0.. => (3_600.0, "h"),
        120.0.. => (60.0, "min"),
        _ => (1.0, "s"),
    };
    let most = (most_s / unit_s).max(0.1);
    let mut ticks = Axis::linear(most, 8.0).ticks;
    // The lines reach to the right end, which need not be a round figure.
    ticks.retain(|(at, _)| *at <= most);
    ticks.iter_mut().for_each(|(_, label)| *label = format!("{label} {name}"));
    (Axis::marked(most, ticks), unit_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(points: Vec<(f64, Option<f64>)>, downtimes: &[(f64, f64)]) -> Scene {
        let lines = [TimeLine { name: "p99".to_owned(), points }];
        let chart = TimeChart { title: "Latency", remark: "", lines: &lines, unit: Unit::Millis, downtimes };
        scene(&chart, &Fonts::new().unwrap())
    }

    fn named<'a>(scene: &'a Scene, name: &str) -> Vec<&'a Shape> {
        let is_named = |shape: &&Shape| match shape {
            Shape::Bar { tip, .. } | Shape::Line { tip, .. } | Shape::Dot { tip, .. } => tip == name,
            Shape::Text { .. } => false,
        };
        scene.shapes.iter().filter(is_named).collect()
    }

    #[test]
    fn a_line_is_interrupted_where_nothing_was_measured() {
        let scene = drawn(vec![(1.0, Some(5.0)), (2.0, Some(6.0)), (3.0, None), (4.0, Some(7.0))], &[(2.0, 3.5)]);
        let parts = named(&scene, "p99");
        assert!(matches!(parts[..], [Shape::Line { .. }, Shape::Dot { .. }]), "{}", parts.len());
        assert_eq!(named(&scene, "the broker did not answer").len(), 1);
    }

    #[test]
    fn without_values_a_chart_says_so() {
        let scene = drawn(vec![(1.0, None)], &[]);
        let is_said = |shape: &Shape| matches!(shape, Shape::Text { text, .. } if text == "Nothing measured yet");
        assert!(scene.shapes.iter().any(is_said));
    }

    #[test]
    fn long_runs_have_minutes_and_hours() {
        let last = |most_s| time_axis(most_s).0.ticks.last().map(|(_, label)| label.clone());
        assert_eq!([60.0, 600.0, 36_000.0].map(last).map(Option::unwrap), ["60 s", "10 min", "10 h"]);
    }
}
