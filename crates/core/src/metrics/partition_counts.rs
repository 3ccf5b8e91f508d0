//! How records spread over the partitions.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::counter::Counter;

/// Counts the acknowledged records of a run by partition: one relaxed addition per record. Before [`Self::begin`] nothing
/// is counted.
#[derive(Default)]
pub struct PartitionCounts {
    partitions: OnceLock<Box<[Counter]>>,
}

/// The partition that got the most records.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FullestPartition {
    /// Its number.
    pub partition: usize,
    /// Its records.
    pub records: u64,
    /// The records of all partitions.
    pub all_records: u64,
    /// The number of partitions.
    pub partitions: usize,
    /// Its records over the mean of all partitions; 1 is even.
    pub skew: f64,
}

/// The records of the fullest partition over the mean of all; `None` without records.
pub(crate) fn skew(records: &[u64]) -> Option<f64> {
    let all: u64 = records.iter().sum();
    let most = records.iter().max().filter(|_| all > 0)?;
    Some(*most as f64 * records.len() as f64 / all as f64)
}

impl PartitionCounts {
    /// Starts counting, on a topic of `partitions` partitions. A second call changes nothing.
    pub fn begin(&self, partitions: usize) {
        self.partitions.get_or_init(|| (0..partitions).map(|_| Counter::default()).collect());
    }

    /// A record was acknowledged. Partitions that were added later are not counted.
    pub fn acknowledged(&self, partition: i32) {
        let index = usize::try_from(partition).ok();
        if let Some(count) = self.partitions.get().zip(index).and_then(|(all, index)| all.get(index)) {
            count.add_one();
        }
    }

    /// The fullest one, of several the first; `None` without records.
    pub fn fullest(&self) -> Option<FullestPartition> {
        let counts: Vec<u64> = self.partitions.get()?.iter().map(Counter::get).collect();
        let all_records: u64 = counts.iter().sum();
        let (partition, &records) = counts.iter().enumerate().rev().max_by_key(|(_, records)| **records)?;
        let skew = skew(&counts)?;
        Some(FullestPartition { partition, records, all_records, partitions: counts.len(), skew })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_partition_is_compared_with_an_even_share() {
        let counts = PartitionCounts::default();
        counts.acknowledged(0);
        assert_eq!(counts.fullest(), None, "nothing is counted before the partitions are known");
        counts.begin(4);
        assert_eq!(counts.fullest(), None);
        for partition in [2, 2, 2, 0, 3, 7, -1, 3, 3, 1] {
            counts.acknowledged(partition);
        }
        let fullest = FullestPartition { partition: 2, records: 3, all_records: 8, partitions: 4, skew: 1.5 };
        assert_eq!(counts.fullest(), Some(fullest));
    }
}
