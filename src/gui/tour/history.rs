//! An invented hour of a stream, so that charts can be measured as they are after an hour.

use std::sync::Arc;

use kafka_image_bench_core::metrics::Snapshot;
use kafka_image_bench_core::metrics::series::{SERIES_INTERVAL, Series, SeriesPoint};

const HOUR_S: f64 = 3_600.0;
const PARTITIONS: usize = 4;

/// The points of an hour.
pub(super) struct History(Series);

impl History {
    /// Rates, latencies and lags that go up and down, over four partitions.
    pub(super) fn of_an_hour() -> Self {
        let count = (HOUR_S / SERIES_INTERVAL.as_secs_f64()) as u32;
        let point = |number: u32| {
            let elapsed_s = f64::from(number) * SERIES_INTERVAL.as_secs_f64();
            let wave = (elapsed_s / 40.0).sin() + 0.3 * (elapsed_s * 3.1).sin();
            let images_per_s = 2_500.0 + 400.0 * wave;
            let lag = (60.0 + 40.0 * wave) as u64;
            SeriesPoint {
                elapsed_s,
                producer_images_per_s: images_per_s + 30.0,
                producer_mb_per_s: images_per_s * 0.08,
                consumer_images_per_s: images_per_s,
                consumer_mb_per_s: images_per_s * 0.08,
                p50_micros: Some((30_000.0 + 9_000.0 * wave) as u64),
                p99_micros: Some((80_000.0 + 20_000.0 * wave) as u64),
                lag,
                lag_by_partition: vec![lag / PARTITIONS as u64; PARTITIONS].into(),
                broker_reachable: true,
            }
        };
        Self((1..=count).map(point).collect())
    }

    /// Puts the hour before the points of a stream.
    pub(super) fn put_before(&self, snapshot: &mut Arc<Snapshot>) {
        let mut series = self.0.clone();
        let now = snapshot.series.iter();
        series.extend(now.map(|point| SeriesPoint { elapsed_s: point.elapsed_s + HOUR_S, ..point.clone() }));
        Arc::make_mut(snapshot).series = series;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_comes_before_what_is_measured() {
        let point = SeriesPoint { elapsed_s: 0.5, lag: 7, ..SeriesPoint::default() };
        let mut snapshot = Arc::new(Snapshot { series: [point].into_iter().collect(), ..Snapshot::default() });
        History::of_an_hour().put_before(&mut snapshot);
        assert_eq!(snapshot.series.len(), 7_201);
        assert_eq!(snapshot.series.last().map(|last| (last.elapsed_s, last.lag)), Some((3_600.5, 7)));
        assert!(snapshot.series.iter().map(|point| point.elapsed_s).is_sorted());
    }
}
