//! Which letters of a partition of a dead letter topic were sent, as the group of the redrive commits it.
//!
//! The committed offset says that everything before it is done. What was sent beyond it, since only some letters were
//! selected, is in the note that Kafka keeps with a committed offset: `redriven 3-5,9-9`, distances from that offset, both
//! ends included.

use std::ops::Range;

use crate::run::offset_ranges::OffsetRanges;

const PREFIX: &str = "redriven ";
/// Kafka keeps 4,096 characters (`offset.metadata.max.bytes`).
const NOTE_CHARS_MAX: usize = 4_000;

/// The letters of one partition that are done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SentOffsets {
    committed: i64,
    done: OffsetRanges,
}

/// The note would be too long.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooScattered;

impl SentOffsets {
    /// From what is committed; a note of another program counts as none.
    pub(super) fn read(committed: i64, note: &str) -> Self {
        let mut done = OffsetRanges::default();
        let parts = note.strip_prefix(PREFIX).unwrap_or_default().split(',');
        for (from, to) in parts.filter_map(|part| part.split_once('-')) {
            if let (Ok(from), Ok(to)) = (from.parse::<i64>(), to.parse::<i64>())
                && let (Some(from), Some(to)) = (committed.checked_add(from), committed.checked_add(to))
            {
                done.insert(from..to.saturating_add(1));
            }
        }
        Self { committed, done }
    }

    pub(super) fn contains(&self, offset: i64) -> bool {
        offset < self.committed || self.done.contains(offset)
    }

    pub(super) fn add(&mut self, range: Range<i64>) {
        self.done.insert(range);
        self.committed = self.done.first_missing(self.committed);
    }

    /// The first offset that is not done.
    pub(super) fn next(&self) -> i64 {
        self.committed
    }

    /// What is committed beside [`Self::next`].
    pub(super) fn note(&self) -> Result<String, TooScattered> {
        let beyond = self.done.ranges().filter(|range| range.start > self.committed);
        let parts: Vec<String> = beyond
            .map(|range| format!("{}-{}", range.start - self.committed, range.end - 1 - self.committed))
            .collect();
        if parts.is_empty() {
            return Ok(String::new());
        }
        let note = format!("{PREFIX}{}", parts.join(","));
        if note.len() <= NOTE_CHARS_MAX { Ok(note) } else { Err(TooScattered) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_committed_offset_follows_what_is_done() {
        let mut sent = SentOffsets::read(5, "");
        assert!(sent.contains(4) && !sent.contains(5));
        sent.add(8..11);
        sent.add(14..15);
        assert_eq!((sent.next(), sent.note().unwrap().as_str()), (5, "redriven 3-5,9-9"));
        sent.add(5..8);
        assert_eq!((sent.next(), sent.note().unwrap().as_str()), (11, "redriven 3-3"));
        sent.add(11..14);
        assert_eq!((sent.next(), sent.note().unwrap().as_str()), (15, ""));
    }

    #[test]
    fn notes_of_others_are_ignored() {
        for note in ["", "redriven", "redriven x-y,3", "something-else 1-2", "redriven 9223372036854775807-1"] {
            let sent = SentOffsets::read(5, note);
            assert_eq!((sent.next(), sent.note()), (5, Ok(String::new())), "{note}");
        }
    }

    #[test]
    fn what_does_not_fit_into_a_note_is_noticed() {
        let mut sent = SentOffsets::default();
        (1..2_000).for_each(|number| sent.add(number * 2..number * 2 + 1));
        assert_eq!(sent.note(), Err(TooScattered));
    }

    proptest! {
        #[test]
        fn what_is_committed_comes_back(
            committed in 0..50_i64,
            added in proptest::collection::vec((0..200_i64, 1..5_i64), 0..30),
        ) {
            let mut sent = SentOffsets::read(committed, "");
            added.iter().for_each(|&(start, length)| sent.add(start..start + length));
            let back = SentOffsets::read(sent.next(), &sent.note().unwrap());
            for offset in 0..220 {
                let expected = offset < committed || added.iter().any(|&(start, length)| (start..start + length).contains(&offset));
                prop_assert_eq!(back.contains(offset), expected);
                prop_assert_eq!(sent.contains(offset), expected);
            }
        }
    }
}
