//! How far the consuming side of a run is behind its producing side, by partition.

use std::sync::{Arc, OnceLock};

use super::counter::Counter;

/// Partitions whose lag is told one by one.
const TOLD_MAX: usize = 64;

/// Counts what a run had acknowledged and what of it is finished: one relaxed addition a record each. Records that the
/// run did not send are no part of it.
///
/// Nothing is counted, and the lag is 0, before [`Self::begin`]: a run with one side only has no lag of its own.
#[derive(Default)]
pub struct LagCounters {
    partitions: OnceLock<Box<[PartitionCounters]>>,
    /// Records whose partition nobody told (acks=0), and those of partitions that came later.
    unplaced: PartitionCounters,
}

#[derive(Default)]
struct PartitionCounters {
    acknowledged: Counter,
    finished: Counter,
}

impl PartitionCounters {
    fn lag(&self) -> u64 {
        // In this order, so that a record that comes in between does not count twice.
        let finished = self.finished.get();
        self.acknowledged.get().saturating_sub(finished)
    }
}

impl LagCounters {
    /// Counting begins, on a topic of so many partitions. A second call changes nothing.
    pub fn begin(&self, partitions: usize) {
        self.partitions.get_or_init(|| (0..partitions).map(|_| PartitionCounters::default()).collect());
    }

    /// A record was acknowledged; `None`: nobody tells on which partition.
    pub fn acknowledged(&self, partition: Option<i32>) {
        if let Some(counters) = self.of(partition) {
            counters.acknowledged.add_one();
        }
    }

    /// A record of the run came, or will never come.
    pub fn finished(&self, partition: i32) {
        if let Some(counters) = self.of(Some(partition)) {
            counters.finished.add_one();
        }
    }

    /// `count` records whose partition nobody told will never come.
    pub fn gave_up_unplaced(&self, count: u64) {
        if self.partitions.get().is_some() {
            self.unplaced.finished.add(count);
        }
    }

    /// Records acknowledged and not finished.
    pub fn total(&self) -> u64 {
        let all = || self.partitions.get().into_iter().flatten().chain([&self.unplaced]);
        let finished: u64 = all().map(|one| one.finished.get()).sum();
        let acknowledged: u64 = all().map(|one| one.acknowledged.get()).sum();
        acknowledged.saturating_sub(finished)
    }

    /// The same by partition, of the first 64; empty before counting began.
    pub fn by_partition(&self) -> Arc<[u64]> {
        self.partitions.get().into_iter().flatten().take(TOLD_MAX).map(PartitionCounters::lag).collect()
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
        // Without positions, what comes on any partition counts against what was sent.
        lag.finished(1);
        lag.gave_up_unplaced(1);
        assert_eq!((lag.total(), &*lag.by_partition()), (2, &[1, 0, 1][..]));
    }

    #[test]
    fn of_many_partitions_the_first_are_told() {
        let lag = LagCounters::default();
        lag.begin(200);
        lag.acknowledged(Some(150));
        assert_eq!((lag.total(), lag.by_partition().len()), (1, TOLD_MAX));
    }
}
