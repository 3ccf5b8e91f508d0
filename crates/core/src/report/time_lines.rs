//! The figures of a run over time, for charts: of a series of any length at most [`POINTS_MAX`] points a line.

use crate::metrics::{Series, SeriesPoint};

/// Points of a line: more cannot be distinguished.
pub const POINTS_MAX: usize = 600;

/// The unit of a chart's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A rate.
    PerSecond,
    /// A time, in milliseconds.
    Millis,
    /// A number of records.
    Records,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeLine {
    /// What it shows.
    pub name: String,
    /// Seconds since the run began, and the value; `None` where there is none.
    pub points: Vec<(f64, Option<f64>)>,
}

impl TimeLine {
    /// Neighbours are combined into the highest of them where there are too many.
    pub fn new(name: &str, points: impl ExactSizeIterator<Item = (f64, Option<f64>)>) -> Self {
        let group = points.len().div_ceil(POINTS_MAX).max(1);
        let mut thinned: Vec<(f64, Option<f64>)> = Vec::with_capacity(points.len() / group + 1);
        for (index, (elapsed_s, value)) in points.enumerate() {
            match thinned.last_mut() {
                Some(last) if index % group != 0 => {
                    let highest = last.1.zip(value).map_or(last.1.or(value), |(one, other)| Some(one.max(other)));
                    *last = (elapsed_s, highest);
                }
                _ => thinned.push((elapsed_s, value)),
            }
        }
        Self { name: name.to_owned(), points: thinned }
    }

    /// Of the points of a series.
    pub fn of_series(name: &str, series: &Series, value: impl Fn(&SeriesPoint) -> Option<f64>) -> Self {
        let points: Vec<(f64, Option<f64>)> = series.iter().map(|point| (point.elapsed_s, value(point))).collect();
        Self::new(name, points.into_iter())
    }
}

/// When the broker did not answer, from and to, in seconds since the run began.
pub fn downtimes(series: &Series) -> Vec<(f64, f64)> {
    let (mut found, mut from, mut before) = (Vec::new(), None, 0.0);
    for point in series.iter() {
        match (point.broker_reachable, from) {
            (false, None) => from = Some(before),
            (true, Some(began)) => {
                found.push((began, before));
                from = None;
            }
            _ => {}
        }
        before = point.elapsed_s;
    }
    found.extend(from.map(|began| (began, before)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_keep_their_highest_values() {
        let peak = 4_321;
        let value = |index: usize| Some(if index == peak { 99.0 } else { 1.0 });
        let line = TimeLine::new("lag", (0..10_000_usize).map(|index| (index as f64, value(index))));
        assert!(line.points.len() <= POINTS_MAX, "{}", line.points.len());
        assert_eq!(line.points.iter().filter(|(_, value)| *value == Some(99.0)).count(), 1);
        assert_eq!(line.points.last().map(|(elapsed_s, _)| *elapsed_s), Some(9_999.0));
        let gap = TimeLine::new("p99", [(1.0, None), (2.0, Some(3.0))].into_iter());
        assert_eq!(gap.points, [(1.0, None), (2.0, Some(3.0))]);
    }

    #[test]
    fn downtimes_run_from_the_last_answer_to_the_next() {
        let series: Series = [(1.0, true), (2.0, false), (3.0, false), (4.0, true), (5.0, false)]
            .map(|(elapsed_s, broker_reachable)| SeriesPoint { elapsed_s, broker_reachable, ..SeriesPoint::default() })
            .into_iter()
            .collect();
        assert_eq!(downtimes(&series), [(1.0, 3.0), (4.0, 5.0)]);
    }
}
