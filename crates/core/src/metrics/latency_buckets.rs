//! Latencies in a few fixed buckets, for monitoring systems that take no whole histogram.

use super::histogram::LatencyHistogram;

/// The highest latency of each bucket, in microseconds; what takes longer is in a last one.
pub const BOUNDS_MICROS: [u64; 18] = [
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    300_000_000,
    1_800_000_000,
];

/// Counts by bucket, and the sum of all latencies, both from values with the three significant digits of
/// [`LatencyHistogram`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LatencyBuckets {
    counts: [u64; BOUNDS_MICROS.len() + 1],
    sum_micros: u64,
}

impl LatencyBuckets {
    /// What `latencies` has recorded so far.
    pub fn of(latencies: &LatencyHistogram) -> Self {
        let mut buckets = Self::default();
        buckets.add(latencies);
        buckets
    }

    /// Adds what `latencies` has recorded so far.
    pub fn add(&mut self, latencies: &LatencyHistogram) {
        latencies.for_each(|micros, count| {
            self.counts[BOUNDS_MICROS.partition_point(|&bound| bound < micros)] += count;
            self.sum_micros = self.sum_micros.saturating_add(micros.saturating_mul(count));
        });
    }

    /// How many latencies there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of all latencies, in seconds.
    pub fn sum_s(&self) -> f64 {
        self.sum_micros as f64 / 1e6
    }

    /// The highest latency of each bucket in seconds, and its count alone; the last bucket has no highest.
    pub fn by_bound_s(&self) -> impl Iterator<Item = (f64, u64)> {
        let bounds = BOUNDS_MICROS.iter().map(|&micros| micros as f64 / 1e6).chain([f64::INFINITY]);
        bounds.zip(self.counts)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_latency_is_in_the_first_bucket_that_holds_it() {
        let histogram = LatencyHistogram::default();
        let micros = [1, 500, 501, 1_999, 2_000, 900_000, 5_100_000, 3_600_000_000];
        micros.iter().for_each(|&micros| histogram.record(Duration::from_micros(micros)));
        let buckets = LatencyBuckets::of(&histogram);
        let filled: Vec<(f64, u64)> = buckets.by_bound_s().filter(|(_, count)| *count > 0).collect();
        let expected = [(0.000_5, 2), (0.001, 1), (0.002, 2), (1.0, 1), (10.0, 1), (f64::INFINITY, 1)];
        assert_eq!(filled, expected);
        let exact_s = micros.iter().sum::<u64>() as f64 / 1e6;
        assert!((buckets.sum_s() / exact_s - 1.0).abs() < 0.001, "{} {exact_s}", buckets.sum_s());
    }

    #[test]
    fn adding_keeps_all_counts() {
        let histogram = LatencyHistogram::default();
        (1..=10_000).for_each(|millis| histogram.record(Duration::from_millis(millis)));
        let mut twice = LatencyBuckets::of(&histogram);
        twice.add(&histogram);
        assert_eq!((LatencyBuckets::of(&histogram).count(), twice.count()), (10_000, 20_000));
        assert!(BOUNDS_MICROS.is_sorted());
    }
}
