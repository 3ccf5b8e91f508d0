//! A stream over time, as its file holds it: a column for each value.

use serde::{Deserialize, Serialize};

use crate::metrics::{Series, SeriesPoint};

/// Points that a file holds; of a longer run, each is the highest of neighbours.
const POINTS_MAX: usize = 1_200;

/// Columns of equal length, one value a point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StreamSeries {
    /// End of the interval, in seconds since the run began.
    pub elapsed_s: Vec<f64>,
    /// Images acknowledged per second.
    pub producer_images_per_s: Vec<f64>,
    /// Megabytes (10^6) of image files acknowledged per second.
    pub producer_mb_per_s: Vec<f64>,
    /// Images saved per second.
    pub consumer_images_per_s: Vec<f64>,
    /// Megabytes (10^6) of image files saved per second.
    pub consumer_mb_per_s: Vec<f64>,
    /// Median end-to-end latency; `null` where no record was saved.
    pub p50_micros: Vec<Option<u64>>,
    /// The 99th percentile of the same.
    pub p99_micros: Vec<Option<u64>>,
    /// Records acknowledged and not yet saved.
    pub lag: Vec<u64>,
    /// Whether the broker was answering, as far as is known.
    pub broker_reachable: Vec<bool>,
}

impl StreamSeries {
    /// Of a run's series.
    pub fn of(series: &Series) -> Self {
        let group = series.len().div_ceil(POINTS_MAX).max(1);
        let mut points: Vec<SeriesPoint> = Vec::with_capacity(series.len().min(POINTS_MAX));
        for (index, point) in series.iter().enumerate() {
            match points.last_mut() {
                Some(last) if index % group != 0 => combine(last, point),
                _ => points.push(point.clone()),
            }
        }
        let mut columns = Self::default();
        points.iter().for_each(|point| columns.push(point));
        columns
    }

    fn push(&mut self, point: &SeriesPoint) {
        self.elapsed_s.push(point.elapsed_s);
        self.producer_images_per_s.push(point.producer_images_per_s);
        self.producer_mb_per_s.push(point.producer_mb_per_s);
        self.consumer_images_per_s.push(point.consumer_images_per_s);
        self.consumer_mb_per_s.push(point.consumer_mb_per_s);
        self.p50_micros.push(point.p50_micros);
        self.p99_micros.push(point.p99_micros);
        self.lag.push(point.lag);
        self.broker_reachable.push(point.broker_reachable);
    }

    /// As a series, for charts. A column that is too short ends it.
    pub fn to_series(&self) -> Series {
        let point = |index: usize| {
            Some(SeriesPoint {
                elapsed_s: *self.elapsed_s.get(index)?,
                producer_images_per_s: *self.producer_images_per_s.get(index)?,
                producer_mb_per_s: *self.producer_mb_per_s.get(index)?,
                consumer_images_per_s: *self.consumer_images_per_s.get(index)?,
                consumer_mb_per_s: *self.consumer_mb_per_s.get(index)?,
                p50_micros: *self.p50_micros.get(index)?,
                p99_micros: *self.p99_micros.get(index)?,
                lag: *self.lag.get(index)?,
                lag_by_partition: Default::default(),
                broker_reachable: *self.broker_reachable.get(index)?,
            })
        };
        (0..self.elapsed_s.len()).map_while(point).collect()
    }
}

/// Adds a later point of the same group.
fn combine(into: &mut SeriesPoint, later: &SeriesPoint) {
    into.elapsed_s = later.elapsed_s;
    into.producer_images_per_s = into.producer_images_per_s.max(later.producer_images_per_s);
    into.producer_mb_per_s = into.producer_mb_per_s.max(later.producer_mb_per_s);
    into.consumer_images_per_s = into.consumer_images_per_s.max(later.consumer_images_per_s);
    into.consumer_mb_per_s = into.consumer_mb_per_s.max(later.consumer_mb_per_s);
    into.p50_micros = into.p50_micros.max(later.p50_micros);
    into.p99_micros = into.p99_micros.max(later.p99_micros);
    into.lag = into.lag.max(later.lag);
    into.broker_reachable &= later.broker_reachable;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_its_peaks_and_its_downtimes() {
        let point = |index: usize| SeriesPoint {
            elapsed_s: index as f64,
            lag: if index == 4_321 { 99 } else { 1 },
            p99_micros: (index == 7).then_some(5),
            broker_reachable: index != 6_000,
            ..SeriesPoint::default()
        };
        let kept = StreamSeries::of(&(0..10_000).map(point).collect());
        assert!(kept.elapsed_s.len() <= POINTS_MAX, "{}", kept.elapsed_s.len());
        assert_eq!(kept.lag.iter().filter(|lag| **lag == 99).count(), 1);
        assert_eq!(kept.p99_micros.iter().flatten().collect::<Vec<_>>(), [&5]);
        assert_eq!(kept.broker_reachable.iter().filter(|is_up| !**is_up).count(), 1);
        assert_eq!(kept.elapsed_s.last(), Some(&9_999.0));
        assert_eq!(StreamSeries::of(&kept.to_series()), kept);
    }
}
