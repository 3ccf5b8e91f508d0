//! The newest records over several partitions, without reading many more.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::BrowsedRecord;
use super::bounds::{Bounds, at_time};
use super::client::Reader;
use crate::kafka::error::ClientError;

/// The most requests for the offsets of a time.
const QUESTIONS_MAX: usize = 40;

/// Offsets from which at least `count` records follow, and few more: the newest by timestamp are among them.
///
/// The last `count` of every partition would always be enough, but far too many on a topic with many partitions. So a
/// binary search finds the time after which about as many records arrived; each step is one small request.
pub(super) fn starts(
    reader: &Reader,
    topic: &str,
    partitions: &[Bounds],
    count: usize,
) -> Result<Vec<i64>, ClientError> {
    let count = count as u64;
    let last = |one: &Bounds| one.high.saturating_sub_unsigned(count).max(one.low);
    let mut starts: Vec<i64> = partitions.iter().map(last).collect();
    let sum = |starts: &[i64]| -> u64 {
        partitions.iter().zip(starts).map(|(one, start)| u64::try_from(one.high - start).unwrap_or(0)).sum()
    };
    // Fewer than `count` records are later than `too_late`.
    let (mut early, mut too_late) = (0, jiff::Timestamp::now().as_millisecond());
    let mut step_millis = 1_000;
    for _ in 0..QUESTIONS_MAX {
        if sum(&starts) <= count + count / 4 || too_late - early <= 1 {
            break;
        }
        let time = match early {
            0 => (too_late - step_millis).max(1),
            _ => early + (too_late - early) / 2,
        };
        step_millis = step_millis.saturating_mul(4);
        let found = at_time(reader, topic, partitions, time)?;
        if sum(&found) >= count {
            early = time;
            starts = starts.iter().zip(found).map(|(&start, found)| start.max(found)).collect();
        } else {
            too_late = time;
        }
    }
    Ok(starts)
}

/// Keeps the newest records.
pub(super) struct Newest {
    count: usize,
    budget_bytes: usize,
    kept_bytes: usize,
    heap: BinaryHeap<Reverse<Ranked>>,
    pub(super) cut_by_budget: bool,
}

struct Ranked(BrowsedRecord);

impl Ranked {
    fn rank(&self) -> (i64, i64, i32) {
        (self.0.timestamp_millis.unwrap_or(-1), self.0.offset, self.0.partition)
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl Newest {
    pub(super) fn new(count: usize, budget_bytes: usize) -> Self {
        Self { count, budget_bytes, kept_bytes: 0, heap: BinaryHeap::new(), cut_by_budget: false }
    }

    pub(super) fn add(&mut self, record: BrowsedRecord) {
        self.kept_bytes += record.kept_bytes();
        self.heap.push(Reverse(Ranked(record)));
        while self.heap.len() > self.count || (self.kept_bytes > self.budget_bytes && self.heap.len() > 1) {
            self.cut_by_budget |= self.heap.len() <= self.count;
            let Some(Reverse(Ranked(oldest))) = self.heap.pop() else { return };
            self.kept_bytes -= oldest.kept_bytes();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }

    pub(super) fn into_records(self) -> Vec<BrowsedRecord> {
        self.heap.into_iter().map(|Reverse(Ranked(record))| record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browse::ValueKind;

    fn record(partition: i32, offset: i64, timestamp_millis: i64, size_bytes: usize) -> BrowsedRecord {
        BrowsedRecord {
            partition,
            offset,
            timestamp_millis: Some(timestamp_millis),
            value_bytes: size_bytes as u64,
            file_name: None,
            sent_at_micros: None,
            key: None,
            headers: Vec::new(),
            more_headers: 0,
            encoding: None,
            kind: ValueKind::Binary,
            content: Err("none".to_owned()),
            raw: Some(vec![0; size_bytes].into()),
        }
    }

    fn offsets(newest: Newest) -> Vec<(i32, i64)> {
        let mut found: Vec<_> = newest.into_records().iter().map(|one| (one.partition, one.offset)).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn the_newest_stay_whatever_the_order() {
        let mut newest = Newest::new(3, 1_000);
        for one in [record(0, 0, 50, 1), record(0, 1, 60, 1), record(1, 0, 10, 1), record(1, 1, 55, 1)] {
            newest.add(one);
        }
        assert!(!newest.cut_by_budget);
        assert_eq!(offsets(newest), [(0, 0), (0, 1), (1, 1)]);
    }

    #[test]
    fn the_budget_gives_up_the_oldest_but_never_the_last() {
        let mut newest = Newest::new(10, 100);
        for offset in 0..5 {
            newest.add(record(0, offset, offset, 40));
        }
        assert!(newest.cut_by_budget);
        newest.add(record(0, 5, 5, 500));
        assert_eq!(offsets(newest), [(0, 5)]);
    }
}
