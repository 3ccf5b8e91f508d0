//! A latency histogram that any number of threads record into without a lock and without waiting.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hdrhistogram::Histogram;

/// Bits of a sub-bucket index: 2,048 sub-buckets keep three significant digits.
const SUB_BUCKET_BITS: u32 = 11;
const HALF_SUB_BUCKETS: usize = 1 << (SUB_BUCKET_BITS - 1);
/// The largest latency that is told apart: one hour, in microseconds. Longer ones count as this.
pub const MAX_MICROS: u64 = 3_600_000_000;
/// Doublings of the first bucket's range until [`MAX_MICROS`] fits.
const BUCKETS: usize = (u64::BITS - MAX_MICROS.leading_zeros()) as usize - SUB_BUCKET_BITS as usize + 1;

/// Latencies from 1 µs to 1 h with three significant digits, in the bucket layout of HDR Histogram
/// (<https://hdrhistogram.github.io/HdrHistogram/>), so that counts carry over unchanged.
///
/// 176 kB; recording is one relaxed atomic addition.
pub struct LatencyHistogram {
    counts: Box<[AtomicU64]>,
    max_micros: AtomicU64,
}

impl Default for LatencyHistogram {
    fn default() -> Self {
        let counts = (0..(BUCKETS + 1) * HALF_SUB_BUCKETS).map(|_| AtomicU64::new(0)).collect();
        Self { counts, max_micros: AtomicU64::new(0) }
    }
}

impl LatencyHistogram {
    /// Counts one latency; less than a microsecond counts as one.
    pub fn record(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(MAX_MICROS).clamp(1, MAX_MICROS);
        self.counts[index_of(micros)].fetch_add(1, Relaxed);
        // A load first: the maximum changes rarely, and a load does not contend.
        if micros > self.max_micros.load(Relaxed) {
            self.max_micros.fetch_max(micros, Relaxed);
        }
    }

    /// A copy of the counts at this moment, for percentiles, merging and serialising.
    pub fn snapshot(&self) -> Histogram<u64> {
        let mut histogram = empty_histogram();
        for (index, count) in self.counts.iter().enumerate() {
            let count = count.load(Relaxed);
            if count > 0 {
                histogram.saturating_record_n(lowest_value_of(index), count);
            }
        }
        histogram
    }

    /// The longest latency so far, exactly, in microseconds; 0 when nothing was recorded.
    pub fn max_micros(&self) -> u64 {
        self.max_micros.load(Relaxed)
    }
}

#[allow(clippy::expect_used)]
fn empty_histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, MAX_MICROS, 3).expect("constant bounds that the crate accepts")
}

/// The slot of `micros`: the first 2,048 values have one each, each later doubling of the range has 1,024.
fn index_of(micros: u64) -> usize {
    let shift = (u64::BITS - micros.leading_zeros()).saturating_sub(SUB_BUCKET_BITS) as usize;
    shift * HALF_SUB_BUCKETS + (micros >> shift) as usize
}

fn lowest_value_of(index: usize) -> u64 {
    let shift = (index / HALF_SUB_BUCKETS).saturating_sub(1);
    ((index - shift * HALF_SUB_BUCKETS) as u64) << shift
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_largest_latency_has_a_slot() {
        let histogram = LatencyHistogram::default();
        histogram.record(Duration::MAX);
        histogram.record(Duration::ZERO);
        let counts = histogram.snapshot();
        assert_eq!((counts.len(), counts.min(), histogram.max_micros()), (2, 1, MAX_MICROS));
    }

    #[test]
    fn threads_lose_nothing() {
        let histogram = LatencyHistogram::default();
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                let histogram = &histogram;
                scope.spawn(move || (0..10_000).for_each(|i| histogram.record(Duration::from_micros(i * 4 + thread))));
            }
        });
        assert_eq!(histogram.snapshot().len(), 40_000);
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference(latencies in prop::collection::vec(1..=MAX_MICROS, 1..200)) {
            let ours = LatencyHistogram::default();
            let mut reference = Histogram::<u64>::new_with_bounds(1, MAX_MICROS, 3).unwrap();
            for &micros in &latencies {
                ours.record(Duration::from_micros(micros));
                reference.record(micros).unwrap();
            }
            let snapshot = ours.snapshot();
            prop_assert_eq!(ours.max_micros(), *latencies.iter().max().unwrap());
            for quantile in [0.0, 0.5, 0.9, 0.99, 0.999, 1.0] {
                let (ours, theirs) = (snapshot.value_at_quantile(quantile), reference.value_at_quantile(quantile));
                prop_assert!(reference.equivalent(ours, theirs), "{} of {}: {}", quantile, theirs, ours);
            }
        }
    }
}
