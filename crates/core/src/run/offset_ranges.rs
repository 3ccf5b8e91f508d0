//! Offsets of one partition, kept as ranges: records finish nearly in order, so that few ranges are needed.

use std::collections::BTreeMap;
use std::ops::Range;

/// A set of offsets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetRanges(BTreeMap<i64, i64>);

impl OffsetRanges {
    /// Whether `offset` is in the set.
    pub fn contains(&self, offset: i64) -> bool {
        self.0.range(..=offset).next_back().is_some_and(|(_, &end)| offset < end)
    }

    /// Adds a range, and merges it with those that it touches.
    pub fn insert(&mut self, range: Range<i64>) {
        let Range { mut start, mut end } = range;
        if start >= end {
            return;
        }
        // From the last range that begins within, downwards: only adjacent ranges touch the new one.
        while let Some((&from, &to)) = self.0.range(..=end).next_back().filter(|&(_, &to)| to >= start) {
            self.0.remove(&from);
            (start, end) = (start.min(from), end.max(to));
        }
        self.0.insert(start, end);
    }

    /// Removes a range; returns how many of its offsets were in the set.
    pub fn remove(&mut self, range: Range<i64>) -> u64 {
        let mut removed = 0;
        while range.start < range.end
            && let Some((&start, &end)) = self.0.range(..range.end).next_back().filter(|&(_, &end)| end > range.start)
        {
            self.0.remove(&start);
            if end > range.end {
                self.0.insert(range.end, end);
            }
            if start < range.start {
                self.0.insert(start, range.start);
            }
            removed += end.min(range.end).abs_diff(start.max(range.start));
        }
        removed
    }

    /// The ranges, ascending; none touches another.
    pub fn ranges(&self) -> impl Iterator<Item = Range<i64>> {
        self.0.iter().map(|(&start, &end)| start..end)
    }

    /// The first offset from `offset` on that is not in the set.
    pub fn first_missing(&self, offset: i64) -> i64 {
        let before = self.0.range(..=offset).next_back();
        before.map_or(offset, |(_, &end)| end.max(offset))
    }

    /// All offsets, ascending.
    pub fn offsets(&self) -> impl Iterator<Item = i64> {
        self.0.iter().flat_map(|(&start, &end)| start..end)
    }

    /// The parts of `range` that are not in the set, ascending.
    pub fn missing_in(&self, range: Range<i64>) -> Vec<Range<i64>> {
        let mut missing = Vec::new();
        let mut from = range.start;
        let before = self.0.range(..=range.start).next_back();
        for (&start, &end) in before.into_iter().chain(self.0.range(range.start + 1..range.end.max(range.start + 1))) {
            if start > from {
                missing.push(from..start.min(range.end));
            }
            from = from.max(end);
        }
        if from < range.end {
            missing.push(from..range.end);
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_set_of_single_offsets(
            changes in proptest::collection::vec((0..60_i64, 0..9_i64, proptest::bool::weighted(0.7)), 0..40),
            asked in (0..60_i64, 0..30_i64),
        ) {
            let (mut ranges, mut model) = (OffsetRanges::default(), BTreeSet::new());
            for (start, length, is_added) in changes {
                let range = start..start + length;
                if is_added {
                    ranges.insert(range.clone());
                    model.extend(range);
                } else {
                    let removed = range.clone().filter(|offset| model.remove(offset)).count() as u64;
                    prop_assert_eq!(ranges.remove(range), removed);
                }
            }
            prop_assert!(ranges.offsets().eq(model.iter().copied()));
            prop_assert!(ranges.ranges().flatten().eq(model.iter().copied()));
            for offset in -1..80 {
                prop_assert_eq!(ranges.contains(offset), model.contains(&offset));
                let first_missing = (offset..).find(|offset| !model.contains(offset)).unwrap();
                prop_assert_eq!(ranges.first_missing(offset), first_missing);
            }
            let asked = asked.0..asked.0 + asked.1;
            let missing: Vec<i64> = ranges.missing_in(asked.clone()).into_iter().flatten().collect();
            let expected: Vec<i64> = asked.filter(|offset| !model.contains(offset)).collect();
            prop_assert_eq!(missing, expected);
            let mut last_end = i64::MIN;
            for (&start, &end) in &ranges.0 {
                prop_assert!(start > last_end && start < end, "{:?}", ranges);
                last_end = end;
            }
        }
    }
}
