//! One segment of a partition's log as memory knows it: how far it reaches, and a sparse index into its file.

use std::path::{Path, PathBuf};

use super::batch::BatchHeader;

/// A batch gets an index entry when it begins at least this far behind the previous entry: small batches share an
/// entry (found again by reading this much), large ones have their own.
const INDEX_INTERVAL_BYTES: u64 = 16 * 1024;

/// Where a batch begins.
#[derive(Debug, Clone, Copy)]
struct Entry {
    base_offset: i64,
    position: u64,
    /// Latest timestamp in this batch and those up to the next entry.
    max_timestamp: i64,
}

/// A segment: the batches of one file.
#[derive(Debug)]
pub(crate) struct Segment {
    /// First offset the segment may hold; it names the file.
    pub base_offset: i64,
    /// Offset that follows the last batch.
    pub end_offset: i64,
    /// Bytes of whole batches; the next one begins here.
    pub size: u64,
    /// Latest timestamp of any record; `i64::MIN` while empty.
    pub max_timestamp: i64,
    index: Vec<Entry>,
}

impl Segment {
    /// An empty segment.
    pub(crate) fn new(base_offset: i64) -> Self {
        Self { base_offset, end_offset: base_offset, size: 0, max_timestamp: i64::MIN, index: Vec::new() }
    }

    /// The segment's file: its base offset in twenty digits, so that names sort like offsets.
    pub(crate) fn path(folder: &Path, base_offset: i64) -> PathBuf {
        folder.join(format!("{base_offset:020}.log"))
    }

    /// Takes note of a batch that now follows the last one.
    pub(crate) fn note(&mut self, batch: &BatchHeader) {
        match self.index.last_mut() {
            Some(last) if self.size - last.position < INDEX_INTERVAL_BYTES => {
                last.max_timestamp = last.max_timestamp.max(batch.max_timestamp);
            }
            _ => self.index.push(Entry {
                base_offset: batch.base_offset,
                position: self.size,
                max_timestamp: batch.max_timestamp,
            }),
        }
        self.size += batch.size as u64;
        self.end_offset = batch.next_offset();
        self.max_timestamp = self.max_timestamp.max(batch.max_timestamp);
    }

    /// A batch's position at or before the one that holds `offset`, at most an interval away.
    pub(crate) fn before_offset(&self, offset: i64) -> u64 {
        self.at(self.index.partition_point(|entry| entry.base_offset <= offset))
    }

    /// The last indexed position at or before `position`.
    pub(crate) fn before_position(&self, position: u64) -> u64 {
        self.at(self.index.partition_point(|entry| entry.position <= position))
    }

    fn at(&self, following: usize) -> u64 {
        following.checked_sub(1).and_then(|at| self.index.get(at)).map_or(0, |entry| entry.position)
    }

    /// Where to start looking for the first batch that reaches `timestamp`.
    pub(crate) fn before_timestamp(&self, timestamp: i64) -> Option<u64> {
        self.index.iter().find(|entry| entry.max_timestamp >= timestamp).map(|entry| entry.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(base_offset: i64, size: usize, max_timestamp: i64) -> BatchHeader {
        let mut bytes = [0; 61];
        bytes[..8].copy_from_slice(&base_offset.to_be_bytes());
        bytes[8..12].copy_from_slice(&(i32::try_from(size).unwrap() - 12).to_be_bytes());
        bytes[35..43].copy_from_slice(&max_timestamp.to_be_bytes());
        BatchHeader::parse(&bytes).unwrap()
    }

    #[test]
    fn large_batches_have_an_entry_each_and_small_ones_share() {
        let mut segment = Segment::new(0);
        for offset in 0..10 {
            segment.note(&batch(offset, 20_000, offset));
        }
        assert_eq!(segment.before_offset(7), 140_000);
        assert_eq!(segment.before_position(139_999), 120_000);
        assert_eq!(segment.before_timestamp(9), Some(180_000));
        assert_eq!(segment.before_timestamp(10), None);
        let mut segment = Segment::new(0);
        for offset in 0..1000 {
            segment.note(&batch(offset, 100, offset));
        }
        assert_eq!(segment.index.len(), 7);
        assert_eq!((segment.size, segment.end_offset, segment.max_timestamp), (100_000, 1000, 999));
        assert!(segment.before_offset(170) <= 17_000);
        assert_eq!(segment.before_timestamp(999), Some(6 * 16_400));
    }
}
