//! The latest timestamps of a queue's items, so that the first item that reaches a time is found without reading each:
//! timestamps need not rise.
//!
//! Items are numbered in order of arrival. Row 0 has an entry for each; an entry of a higher row has the latest
//! timestamp of 64 entries of the row below.

use std::collections::VecDeque;

const ROWS: usize = 4;
const BLOCK: u64 = 64;

/// Entries with consecutive numbers from `first` on.
#[derive(Debug, Default)]
struct Row {
    first: u64,
    entries: VecDeque<i64>,
}

impl Row {
    fn get(&self, number: u64) -> Option<i64> {
        self.entries.get(usize::try_from(number.checked_sub(self.first)?).ok()?).copied()
    }

    fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// The latest of the entries that share entry `number` of the row above.
    fn latest_in_block(&self, number: u64) -> i64 {
        let block = (number * BLOCK).max(self.first)..((number + 1) * BLOCK).min(self.end());
        block.filter_map(|number| self.get(number)).max().unwrap_or(i64::MIN)
    }
}

/// The timestamps of a queue's items.
#[derive(Debug, Default)]
pub(super) struct LatestTimestamps {
    rows: [Row; ROWS],
    #[cfg(test)]
    looked_at: std::cell::Cell<usize>,
}

impl LatestTimestamps {
    /// Number of the first item, or of the next one where there is none.
    pub(super) fn first(&self) -> u64 {
        self.rows[0].first
    }

    /// Adds an item at the end.
    pub(super) fn push(&mut self, timestamp: i64) {
        let mut number = self.rows[0].end();
        for row in &mut self.rows {
            let is_new = number >= row.end();
            match row.entries.back_mut().filter(|_| !is_new) {
                Some(last) => *last = timestamp.max(*last),
                None => row.entries.push_back(timestamp),
            }
            number /= BLOCK;
        }
    }

    /// Removes `count` items from the front.
    pub(super) fn remove(&mut self, count: usize) {
        let mut first = (self.first() + count as u64).min(self.rows[0].end());
        for at in 0..ROWS {
            let (below, rest) = self.rows.split_at_mut(at);
            let Some(row) = rest.first_mut() else { return };
            row.entries.drain(..(first - row.first).min(row.entries.len() as u64) as usize);
            row.first = first;
            if let (Some(below), Some(front)) = (below.last(), row.entries.front_mut()) {
                // Some of its items may have been removed.
                *front = below.latest_in_block(first);
            }
            first /= BLOCK;
        }
    }

    /// Number of the first item from number `from` on that reaches `timestamp`.
    pub(super) fn reaching(&self, from: u64, timestamp: i64) -> Option<u64> {
        let (mut at, mut number) = (0, from);
        loop {
            if self.entry(at, number)? < timestamp {
                (at, number) = after(at, number);
            } else if at == 0 {
                return Some(number);
            } else {
                at -= 1;
                number = (number * BLOCK).max(self.rows[at].first);
            }
        }
    }

    /// The latest timestamp of the items from number `from` on.
    pub(super) fn latest_from(&self, from: u64) -> Option<i64> {
        let (mut at, mut number, mut latest) = (0, from, None);
        while let Some(found) = self.entry(at, number) {
            latest = latest.max(Some(found));
            (at, number) = after(at, number);
        }
        latest
    }

    fn entry(&self, at: usize, number: u64) -> Option<i64> {
        #[cfg(test)]
        self.looked_at.set(self.looked_at.get() + 1);
        self.rows[at].get(number)
    }
}

/// The entry that follows on another, as high up as possible: its row and number.
fn after(mut at: usize, mut number: u64) -> (usize, u64) {
    number += 1;
    while number.is_multiple_of(BLOCK) && at + 1 < ROWS {
        number /= BLOCK;
        at += 1;
    }
    (at, number)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Push(Vec<i64>),
        Remove(f64),
        Find { from: f64, timestamp: i64 },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => prop::collection::vec(-1..50_i64, 0..700).prop_map(Step::Push),
            1 => (0.0..1.0_f64).prop_map(Step::Remove),
            4 => (0.0..1.0_f64, 0..55_i64).prop_map(|(from, timestamp)| Step::Find { from, timestamp }),
        ];
        prop::collection::vec(step, 1..60)
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_looking_at_each_finds(steps in steps()) {
            let (mut latest, mut model, mut first) = (LatestTimestamps::default(), VecDeque::new(), 0);
            for step in steps {
                match step {
                    Step::Push(timestamps) => {
                        for timestamp in timestamps {
                            latest.push(timestamp);
                            model.push_back(timestamp);
                        }
                    }
                    Step::Remove(share) => {
                        let count = (model.len() as f64 * share * share).ceil() as usize;
                        latest.remove(count);
                        model.drain(..count);
                        first += count;
                    }
                    Step::Find { from, timestamp } => {
                        let from = (model.len() as f64 * from) as usize;
                        let found = model.range(from..).position(|&time| time >= timestamp);
                        let found = found.map(|at| (first + from + at) as u64);
                        prop_assert_eq!(latest.reaching((first + from) as u64, timestamp), found);
                    }
                }
                prop_assert_eq!(latest.first(), first as u64);
                prop_assert_eq!(latest.latest_from(first as u64), model.iter().max().copied());
            }
        }
    }

    #[test]
    fn few_of_many_items_are_looked_at() {
        let mut latest = LatestTimestamps::default();
        let count = 300_000;
        // One far ahead of the others that is removed again makes no difference.
        latest.push(i64::MAX);
        for timestamp in 0..count {
            latest.push(timestamp);
        }
        latest.remove(1);
        for timestamp in [0, 1, 70_000, count - 1, count] {
            latest.looked_at.set(0);
            let found = latest.reaching(latest.first(), timestamp);
            assert_eq!(found, (timestamp < count).then(|| u64::try_from(timestamp).unwrap() + 1));
            let looked_at = latest.looked_at.get();
            assert!(looked_at <= 2 * ROWS * usize::try_from(BLOCK).unwrap(), "{looked_at}");
        }
    }
}
