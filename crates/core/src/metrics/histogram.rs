//! A latency histogram that any number of threads record into without locking or waiting.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hdrhistogram::Histogram;

/// Bits of a sub-bucket index: 2,048 sub-buckets keep three significant digits.
const SUB_BUCKET_BITS: u32 = 11;
const HALF_SUB_BUCKETS: usize = 1 << (SUB_BUCKET_BITS - 1);
/// The largest latency that is recorded exactly: one hour, in microseconds. Longer ones are counted as one hour.
pub const MAX_MICROS: u64 = 3_600_000_000;
/// Doublings of the first bucket's range until [`MAX_MICROS`] fits.
const BUCKETS: usize = (u64::BITS - MAX_MICROS.leading_zeros()) as usize - SUB_BUCKET_BITS as usize + 1;
const SLOTS: usize = (BUCKETS + 1) * HALF_SUB_BUCKETS;

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
        let counts = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { counts, max_micros: AtomicU64::new(0) }
    }
}

impl LatencyHistogram {
    /// Counts one latency; less than a microsecond counts as one microsecond.
    pub fn record(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(MAX_MICROS).clamp(1, MAX_MICROS);
        self.counts[index_of(micros)].fetch_add(1, Relaxed);
        // Load first: the maximum changes rarely, and a load does not contend.
        if micros > self.max_micros.load(Relaxed) {
            self.max_micros.fetch_max(micros, Relaxed);
        }
    }

    /// Forgets all latencies.
    pub(crate) fn clear(&self) {
        self.counts.iter().for_each(|count| count.store(0, Relaxed));
        self.max_micros.store(0, Relaxed);
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

    /// Calls `take` with each latency that was recorded, in microseconds with three significant digits, and with how
    /// often.
    pub fn for_each(&self, mut take: impl FnMut(u64, u64)) {
        for (index, count) in self.counts.iter().enumerate() {
            let count = count.load(Relaxed);
            if count > 0 {
                take(lowest_value_of(index).midpoint(highest_value_of(index)), count);
            }
        }
    }

    /// Adds to `window` what was recorded since the last call. A window has one reader, and belongs to one histogram
    /// until [`LatencyWindow::forget`].
    pub fn read_window(&self, window: &mut LatencyWindow) {
        window.limit_micros = window.limit_micros.max(self.max_micros());
        let slots = self.counts.iter().zip(&mut window.seen).zip(&mut window.counts);
        for ((count, seen), counted) in slots {
            let count = count.load(Relaxed);
            let new = count.saturating_sub(*seen);
            *counted += new;
            window.total += new;
            *seen = count;
        }
    }

    /// The longest latency so far, exactly, in microseconds; 0 when nothing was recorded.
    pub fn max_micros(&self) -> u64 {
        self.max_micros.load(Relaxed)
    }
}

/// The latencies between two readings of a [`LatencyHistogram`], in reused memory: 352 kB.
pub struct LatencyWindow {
    /// The histogram's counts at the last reading.
    seen: Box<[u64]>,
    counts: Box<[u64]>,
    total: u64,
    /// The longest latency so far: the highest value of a bucket can be larger than it.
    limit_micros: u64,
}

impl Default for LatencyWindow {
    fn default() -> Self {
        let none = || vec![0; SLOTS].into_boxed_slice();
        Self { seen: none(), counts: none(), total: 0, limit_micros: 0 }
    }
}

impl LatencyWindow {
    /// Starts a new window.
    pub fn clear(&mut self) {
        if self.total > 0 {
            self.counts.fill(0);
            self.total = 0;
        }
    }

    /// Prepares for another histogram, which is read from its beginning.
    pub fn forget(&mut self) {
        self.seen.fill(0);
        self.limit_micros = 0;
    }

    /// The latency that `percent` in 100 of the window did not exceed, in microseconds; `None` if it is empty.
    pub fn percentile_micros(&self, percent: u64) -> Option<u64> {
        let wanted = (self.total.saturating_mul(percent)).div_ceil(100).max(1);
        let mut passed = 0;
        let slot = self.counts.iter().position(|count| {
            passed += count;
            passed >= wanted
        })?;
        Some(highest_value_of(slot).min(self.limit_micros))
    }
}

#[allow(clippy::expect_used)]
fn empty_histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, MAX_MICROS, 3).expect("constant bounds that the crate accepts")
}

/// The slot of `micros`: the first 2,048 values have one slot each, each further doubling of the range has 1,024.
fn index_of(micros: u64) -> usize {
    let shift = (u64::BITS - micros.leading_zeros()).saturating_sub(SUB_BUCKET_BITS) as usize;
    shift * HALF_SUB_BUCKETS + (micros >> shift) as usize
}

fn lowest_value_of(index: usize) -> u64 {
    let shift = (index / HALF_SUB_BUCKETS).saturating_sub(1);
    ((index - shift * HALF_SUB_BUCKETS) as u64) << shift
}

fn highest_value_of(index: usize) -> u64 {
    let shift = (index / HALF_SUB_BUCKETS).saturating_sub(1);
    lowest_value_of(index) + (1 << shift) - 1
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
        fn a_window_is_what_came_since_the_last(
            before in prop::collection::vec(1..=MAX_MICROS, 0..100),
            since in prop::collection::vec(1..=MAX_MICROS, 0..100),
        ) {
            let record = |histogram: &LatencyHistogram, latencies: &[u64]| {
                latencies.iter().for_each(|&micros| histogram.record(Duration::from_micros(micros)));
            };
            let (all, of_window) = (LatencyHistogram::default(), LatencyHistogram::default());
            let mut window = LatencyWindow::default();
            record(&all, &before);
            all.read_window(&mut window);
            window.clear();
            record(&all, &since);
            all.read_window(&mut window);
            record(&of_window, &since);
            let reference = of_window.snapshot();
            for percent in [1, 50, 99, 100] {
                let wanted = (!since.is_empty()).then(|| {
                    reference.value_at_quantile(percent as f64 / 100.0).min(all.max_micros())
                });
                prop_assert_eq!(window.percentile_micros(percent), wanted);
            }
        }

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
