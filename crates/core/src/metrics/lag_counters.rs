//! How far the consuming side of a run is behind its producing side, by partition.

use std::sync::{Arc, OnceLock};

use super::counter::Counter;

/// Partitions whose lag is reported individually.
const LISTED_MAX: usize = 64;

/// Counts the records of a run that were acknowledged, and those that are finished: one relaxed addition per record.
/// Records that the run did not send are not counted. Of several consumer groups the slowest determines the lag.
///
/// Before [`Self::begin`] nothing is counted and the lag is 0: a run with one side has no lag.
#[derive(Default)]
pub struct LagCounters {
    /// The last one counts records whose partition is unknown (acks=0), and those of partitions that were added later.
    partitions: OnceLock<Box<[PartitionCounters]>>,
}

struct PartitionCounters {
    acknowledged: Counter,
    /// By consumer group.
    finished: Box<[Counter]>,
}

impl PartitionCounters {
    fn new(groups: usize) -> Self {
        Self { acknowledged: Counter::default(), finished: (0..groups).map(|_| Counter::default()).collect() }
    }

    fn lag(&self) -> u64 {
        // In this order, so that a record that finishes in between is not counted twice.
        let finished = self.finished.iter().map(Counter::get).min().unwrap_or(0);
        self.acknowledged.get().saturating_sub(finished)
    }
}

impl LagCounters {
    /// Starts counting, on a topic of `partitions` partitions. A second call changes nothing.
    pub fn begin(&self, partitions: usize) {
        self.begin_groups(partitions, 1);
    }

    /// The same for several groups, each of which receives every record.
    pub fn begin_groups(&self, partitions: usize, groups: usize) {
        self.partitions.get_or_init(|| (0..=partitions).map(|_| PartitionCounters::new(groups)).collect());
    }

    /// A record was acknowledged; `None`: its partition is unknown.
    pub fn acknowledged(&self, partition: Option<i32>) {
        if let Some(counters) = self.of(partition) {
            counters.acknowledged.add_one();
        }
    }

    /// A record of the run has arrived, or never will.
    pub fn finished(&self, partition: i32) {
        self.finished_by(0, partition);
    }

    /// The same for the consumer group of this index.
    pub fn finished_by(&self, group: usize, partition: i32) {
        if let Some(finished) = self.of(Some(partition)).and_then(|counters| counters.finished.get(group)) {
            finished.add_one();
        }
    }

    /// `count` records whose partition is unknown will never arrive.
    pub fn gave_up_unplaced(&self, count: u64) {
        self.of(None).into_iter().flat_map(|unplaced| &unplaced.finished).for_each(|finished| finished.add(count));
    }

    /// Records that are acknowledged and not finished.
    pub fn total(&self) -> u64 {
        let Some(all) = self.partitions.get() else { return 0 };
        let groups = all.first().map_or(0, |one| one.finished.len());
        let finished_by = |group: usize| all.iter().filter_map(|one| Some(one.finished.get(group)?.get())).sum::<u64>();
        let finished = (0..groups).map(finished_by).min().unwrap_or(0);
        let acknowledged: u64 = all.iter().map(|one| one.acknowledged.get()).sum();
        acknowledged.saturating_sub(finished)
    }

    /// The same by partition, for the first 64; empty before [`Self::begin`].
    pub fn by_partition(&self) -> Arc<[u64]> {
        let placed = self.partitions.get().and_then(|all| all.split_last()).map_or(&[][..], |(_, placed)| placed);
        placed.iter().take(LISTED_MAX).map(PartitionCounters::lag).collect()
    }

    fn of(&self, partition: Option<i32>) -> Option<&PartitionCounters> {
        let (unplaced, partitions) = self.partitions.get()?.split_last()?;
        let index = partition.and_then(|partition| usize::try_from(partition).ok());
        Some(index.and_then(|index| partitions.get(index)).unwrap_or(unplaced))
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
    fn the_slowest_group_determines_the_lag() {
        let lag = LagCounters::default();
        lag.begin_groups(2, 2);
        (0..5).for_each(|number| lag.acknowledged(Some(number % 2)));
        for (group, partition) in [(0, 0), (0, 0), (0, 0), (0, 1), (1, 1), (1, 1)] {
            lag.finished_by(group, partition);
        }
        assert_eq!((lag.total(), &*lag.by_partition()), (3, &[3, 1][..]));
    }

    #[test]
    fn only_the_first_partitions_are_listed() {
        let lag = LagCounters::default();
        lag.begin(200);
        lag.acknowledged(Some(150));
        assert_eq!((lag.total(), lag.by_partition().len()), (1, LISTED_MAX));
    }
}
