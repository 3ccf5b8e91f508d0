//! How far the consuming side of a run is behind its producing side, by partition.

use std::sync::{Arc, OnceLock};

use super::counter::Counter;

/// Partitions whose lag is reported individually.
const LISTED_MAX: usize = 64;

/// Counts the records of a run that were acknowledged, and those that are finished: one relaxed addition per record.
/// Records that the run did not send are not counted.
///
/// Before [`Self::begin`] nothing is counted and the lag is 0: a run with one side has no lag.
#[derive(Default)]
pub struct LagCounters {
    partitions: OnceLock<Box<[PartitionCounters]>>,
    /// Records whose partition is unknown (acks=0), and those of partitions that were added later.
    unplaced: PartitionCounters,
}

#[derive(Default)]
struct PartitionCounters {
    acknowledged: Counter,
    finished: Counter,
}

impl PartitionCounters {
    fn lag(&self) -> u64 {
        // In this order, so that a record that finishes in between is not counted twice.
        let finished = self.finished.get();
        self.acknowledged.get().saturating_sub(finished)
    }
}

impl LagCounters {
    /// Starts counting, on a topic of `partitions` partitions. A second call changes nothing.
    pub fn begin(&self, partitions: usize) {
        self.partitions.get_or_init(|| (0..partitions).map(|_| PartitionCounters::default()).collect());
    }

    /// A record was acknowledged; `None`: its partition is unknown.
    pub fn acknowledged(&self, partition: Option<i32>) {
        if let Some(counters) = self.of(partition) {
            counters.acknowledged.add_one();
        }
    }

    /// A record of the run has arrived, or never will.
    pub fn finished(&self, partition: i32) {
        if let Some(counters) = self.of(Some(partition)) {
            counters.finished.add_one();
        }
    }

    /// `count` records whose partition is unknown will never arrive.
    pub fn gave_up_unplaced(&self, count: u64) {
        if self.partitions.get().is_some() {
            self.unplaced.finished.add(count);
        }
    }

    /// Records that are acknowledged and not finished.
    pub fn total(&self) -> u64 {
        let all = || self.partitions.get().into_iter().flatten().chain([&self.unplaced]);
        let finished: u64 = all().map(|one| one.finished.get()).sum();
        let acknowledged: u64 = all().map(|one| one.acknowledged.get()).sum();
        acknowledged.saturating_sub(finished)
    }

    /// The same by partition, for the first 64; empty before [`Self::begin`].
    pub fn by_partition(&self) -> Arc<[u64]> {
        self.partitions.get().into_iter().flatten().take(LISTED_MAX).map(PartitionCounters::lag).collect()
    }

    fn of(&self, partition: Option<i32>) -> Option<&PartitionCounters> {
        let partitions = self.partitions.get()?;
        let index = partition.and_then(|partition| usize::try_from(partition).ok());
        Some(index.and_then(|index| partitions.get(index)).unwrap_or(&self.unplaced))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lag_is_counted_by_partition() {
        let lag = LagCounters::default();
        lag.acknowledged(Some(0));
        assert_eq!((lag.total(), lag.by_partition().len()), (0, 0), "a run with one side has none");
        lag.begin(3);
        for partition in [Some(0), Some(0), Some(2), Some(7), None] {
            lag.acknowledged(partition);
        }
        lag.finished(0);
        assert_eq!((lag.total(), &*lag.by_partition()), (4, &[1, 0, 1][..]));
        // Without positions, a record that arrives on any partition counts against what was sent.
        lag.finished(1);
        lag.gave_up_unplaced(1);
        assert_eq!((lag.total(), &*lag.by_partition()), (2, &[1, 0, 1][..]));
    }

    #[test]
    fn only_the_first_partitions_are_listed() {
        let lag = LagCounters::default();
        lag.begin(200);
        lag.acknowledged(Some(150));
        assert_eq!((lag.total(), lag.by_partition().len()), (1, LISTED_MAX));
    }
}
