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

    /// Of all points of a series, as [`TimeLine::within`].
    pub fn of_series(name: &str, series: &Series, value: impl Fn(&SeriesPoint) -> Option<f64>) -> Self {
        Self::within(name, series, (0.0, f64::INFINITY), value)
    }

    /// Of the points of a series from one second to another, with the one before and the one after. The line is interrupted where
    /// the broker did not answer, and only there: other intervals without a value are those in which no image was finished. Of
    /// neighbours that are too many the highest stands for all, where it was.
    pub fn within(
        name: &str,
        series: &Series,
        (from_s, to_s): (f64, f64),
        value: impl Fn(&SeriesPoint) -> Option<f64>,
    ) -> Self {
        let (mut points, mut before) = (Vec::new(), None);
        for point in series.iter() {
            let reading = match value(point) {
                _ if !point.broker_reachable => (point.elapsed_s, None),
                Some(value) => (point.elapsed_s, Some(value)),
                None => continue,
            };
            if reading.0 < from_s {
                before = Some(reading);
                continue;
            }
            points.extend(before.take());
            points.push(reading);
            if reading.0 > to_s {
                break;
            }
        }
        points.extend(before);
        Self { name: name.to_owned(), points: thinned(points) }
    }
}

/// The highest of each group of neighbours; a group does not reach over the end of a gap.
fn thinned(points: Vec<(f64, Option<f64>)>) -> Vec<(f64, Option<f64>)> {
    let group = points.len().div_ceil(POINTS_MAX).max(1);
    let mut thinned: Vec<(f64, Option<f64>)> = Vec::with_capacity(points.len() / group + 1);
    let mut in_group = 0;
    for point in points {
        match thinned.last_mut() {
            Some(last) if in_group < group && last.1.is_some() == point.1.is_some() => {
                if point.1 > last.1 {
                    *last = point;
                }
                in_group += 1;
            }
            _ => {
                thinned.push(point);
                in_group = 1;
            }
        }
    }
    thinned
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

    fn series(points: impl Iterator<Item = (f64, u64, bool)>) -> Series {
        let point = |(elapsed_s, lag, broker_reachable)| SeriesPoint {
            elapsed_s,
            lag,
            broker_reachable,
            p50_micros: (lag != 5).then_some(lag),
            ..SeriesPoint::default()
        };
        points.map(point).collect()
    }

    #[test]
    fn a_line_is_interrupted_by_a_downtime_and_by_nothing_else() {
        let all =
            series([(1.0, 4, true), (2.0, 5, true), (3.0, 6, false), (4.0, 7, false), (5.0, 8, true)].into_iter());
        let line = TimeLine::within("p50", &all, (0.0, 9.0), |point| point.p50_micros.map(|micros| micros as f64));
        assert_eq!(line.points, [(1.0, Some(4.0)), (3.0, None), (4.0, None), (5.0, Some(8.0))]);
    }

    #[test]
    fn a_part_of_a_line_reaches_beyond_its_ends() {
        let all = series((0..2_000).map(|second| (f64::from(second), u64::from(second == 1_234), second != 1_300)));
        let points = |from, to| TimeLine::within("lag", &all, (from, to), |point| Some(point.lag as f64)).points;
        assert_eq!(points(10.5, 12.0).iter().map(|point| point.0).collect::<Vec<_>>(), [10.0, 11.0, 12.0, 13.0]);
        let whole = points(0.0, 2_000.0);
        assert!(whole.len() <= POINTS_MAX + 2 && whole.contains(&(1_234.0, Some(1.0))), "{}", whole.len());
        assert_eq!(whole.iter().filter(|point| point.1.is_none()).collect::<Vec<_>>(), [&(1_300.0, None)]);
        // In a shorter part nothing is left out.
        assert_eq!(points(1_000.0, 1_400.0).len(), 403);
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
