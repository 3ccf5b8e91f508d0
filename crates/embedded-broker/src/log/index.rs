//! The sparse index into a segment: from offsets and timestamps to positions, in memory and in a separate file.
//!
//! ```text
//! magic u32, base offset i64, end offset i64, bytes indexed u64, latest timestamp i64, entries u32, CRC-32C u32,
//! entries (offset minus the base u32, position u32, latest timestamp so far i64), their CRC-32C u32
//! ```
//!
//! If a segment's file is longer than its readable part, it begins with another magic, and has the file's length before
//! the head's CRC: no other batch was found up to there, so the search is not repeated.
//!
//! A missing or damaged file costs time (the segment's batch headers are read again), never data.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use bytes::{Buf, BufMut};

use super::batch::BatchHeader;
use crate::files;
use crate::handles::with_free_descriptors;

/// A batch gets an index entry when it begins at least this far behind the previous entry: small batches share an
/// entry (found again by reading this much), large ones have their own.
const INTERVAL_BYTES: u64 = 16 * 1024;
const MAGIC: u32 = 0x4542_4931; // "EBI1"
const MAGIC_DAMAGED: u32 = 0x4542_4932; // "EBI2"
const DAMAGED_HEAD_BYTES: usize = HEAD_BYTES + 8;
const HEAD_BYTES: usize = 44;
const ENTRY_BYTES: usize = 16;
const CRC_BYTES: usize = 4;

/// Where a batch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    /// Its base offset less the segment's.
    relative_offset: u32,
    position: u32,
    /// Latest timestamp of the segment from its start to the next entry: never less than the entry's before.
    max_timestamp: i64,
}

/// How far a segment reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// First offset the segment may hold; it names the file.
    pub base_offset: i64,
    /// Offset that follows the last batch.
    pub end_offset: i64,
    /// Bytes of whole batches; the next one begins here.
    pub size: u64,
    /// Latest timestamp of any record; `i64::MIN` while empty.
    pub max_timestamp: i64,
}

impl Extent {
    /// An empty segment's.
    pub(crate) fn empty(base_offset: i64) -> Self {
        Self { base_offset, end_offset: base_offset, size: 0, max_timestamp: i64::MIN }
    }

    /// Adds a batch that now follows the last one.
    pub(crate) fn note(&mut self, batch: &BatchHeader) {
        self.size += batch.size as u64;
        self.end_offset = batch.next_offset();
        self.max_timestamp = self.max_timestamp.max(batch.max_timestamp);
    }
}

/// The index of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    /// What is indexed.
    pub extent: Extent,
    /// Length of a segment's file that has nothing readable behind the extent.
    pub searched_bytes: Option<u64>,
    entries: Vec<Entry>,
}

impl Index {
    /// An empty segment's.
    pub(crate) fn new(base_offset: i64) -> Self {
        Self { extent: Extent::empty(base_offset), searched_bytes: None, entries: Vec::new() }
    }

    /// The index's file, next to the segment's.
    pub(crate) fn path(folder: &Path, base_offset: i64) -> PathBuf {
        folder.join(format!("{base_offset:020}.index"))
    }

    /// Adds a batch that begins at `position`, after the last one.
    pub(crate) fn note(&mut self, batch: &BatchHeader, position: u64) {
        self.extent.size = position;
        self.extent.note(batch);
        let max_timestamp = self.extent.max_timestamp;
        match self.entries.last_mut() {
            Some(last) if position - u64::from(last.position) < INTERVAL_BYTES => last.max_timestamp = max_timestamp,
            last => {
                let relative_offset = u32::try_from(batch.base_offset - self.extent.base_offset);
                match (relative_offset, u32::try_from(position)) {
                    (Ok(relative_offset), Ok(position)) => {
                        self.entries.push(Entry { relative_offset, position, max_timestamp });
                    }
                    // Segments are closed long before; one from elsewhere is read from its last entry on.
                    _ => {
                        if let Some(last) = last {
                            last.max_timestamp = max_timestamp;
                        }
                    }
                }
            }
        }
    }

    /// A batch's position at or before the one that holds `offset`, at most an interval away.
    pub(crate) fn before_offset(&self, offset: i64) -> u64 {
        let relative = offset.saturating_sub(self.extent.base_offset);
        self.at(self.entries.partition_point(|entry| i64::from(entry.relative_offset) <= relative))
    }

    /// The last indexed position at or before `position`.
    pub(crate) fn before_position(&self, position: u64) -> u64 {
        self.at(self.entries.partition_point(|entry| u64::from(entry.position) <= position))
    }

    /// Where to start looking for the first batch that reaches `timestamp`; `None` if none does.
    pub(crate) fn before_timestamp(&self, timestamp: i64) -> Option<u64> {
        let at = self.entries.partition_point(|entry| entry.max_timestamp < timestamp);
        self.entries.get(at).map(|entry| u64::from(entry.position))
    }

    fn at(&self, following: usize) -> u64 {
        let entry = following.checked_sub(1).and_then(|at| self.entries.get(at));
        entry.map_or(0, |entry| u64::from(entry.position))
    }

    /// Writes the index's file.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(DAMAGED_HEAD_BYTES + self.entries.len() * ENTRY_BYTES + CRC_BYTES);
        bytes.put_u32(if self.searched_bytes.is_some() { MAGIC_DAMAGED } else { MAGIC });
        bytes.put_i64(self.extent.base_offset);
        bytes.put_i64(self.extent.end_offset);
        bytes.put_u64(self.extent.size);
        bytes.put_i64(self.extent.max_timestamp);
        bytes.put_u32(u32::try_from(self.entries.len()).map_err(io::Error::other)?);
        if let Some(searched_bytes) = self.searched_bytes {
            bytes.put_u64(searched_bytes);
        }
        let crc = crc32c::crc32c(&bytes);
        bytes.put_u32(crc);
        let entries_at = bytes.len();
        for entry in &self.entries {
            bytes.put_u32(entry.relative_offset);
            bytes.put_u32(entry.position);
            bytes.put_i64(entry.max_timestamp);
        }
        let crc = crc32c::crc32c(&bytes[entries_at..]);
        bytes.put_u32(crc);
        files::replace(&Self::path(folder, self.extent.base_offset), &bytes, false)
    }

    /// Reads the head of a segment's index file: how far the segment reaches, and the length of its file where that is
    /// known to be more; `None` without a valid one.
    pub(crate) fn read_head(folder: &Path, base_offset: i64) -> Option<(Extent, Option<u64>)> {
        let file = with_free_descriptors(|| File::open(Self::path(folder, base_offset))).ok()?;
        let length = usize::try_from(file.metadata().ok()?.len()).ok()?;
        let mut head = [0; DAMAGED_HEAD_BYTES];
        let head = &mut head[..length.min(DAMAGED_HEAD_BYTES)];
        files::read_exact_at(&file, head, 0).ok()?;
        let head = Head::decode(head)?;
        let is_whole = length == head.bytes + head.entries.checked_mul(ENTRY_BYTES)? + CRC_BYTES;
        (is_whole && head.extent.base_offset == base_offset).then_some((head.extent, head.searched_bytes))
    }

    /// Reads a segment's index file; `None` without a valid one.
    pub(crate) fn read(folder: &Path, base_offset: i64) -> Option<Self> {
        let bytes = with_free_descriptors(|| std::fs::read(Self::path(folder, base_offset))).ok()?;
        let Head { extent, searched_bytes, entries: count, bytes: at } = Head::decode(&bytes)?;
        let rest = bytes.get(at..)?;
        let (mut content, mut crc) = rest.split_at_checked(count.checked_mul(ENTRY_BYTES)?)?;
        let is_sound = crc.len() == CRC_BYTES && crc32c::crc32c(content) == crc.get_u32();
        if !is_sound || extent.base_offset != base_offset {
            return None;
        }
        let mut entries = Vec::with_capacity(count);
        while content.has_remaining() {
            entries.push(Entry {
                relative_offset: content.try_get_u32().ok()?,
                position: content.try_get_u32().ok()?,
                max_timestamp: content.try_get_i64().ok()?,
            });
        }
        Some(Self { extent, searched_bytes, entries })
    }
}

/// The part before the entries.
struct Head {
    extent: Extent,
    searched_bytes: Option<u64>,
    entries: usize,
    /// Its length.
    bytes: usize,
}

impl Head {
    fn decode(file: &[u8]) -> Option<Self> {
        let mut rest = file;
        let (is_damaged, bytes) = match rest.try_get_u32().ok()? {
            MAGIC => (false, HEAD_BYTES),
            MAGIC_DAMAGED => (true, DAMAGED_HEAD_BYTES),
            _ => return None,
        };
        let extent = Extent {
            base_offset: rest.try_get_i64().ok()?,
            end_offset: rest.try_get_i64().ok()?,
            size: rest.try_get_u64().ok()?,
            max_timestamp: rest.try_get_i64().ok()?,
        };
        let entries = rest.try_get_u32().ok()? as usize;
        let searched_bytes = if is_damaged { Some(rest.try_get_u64().ok()?) } else { None };
        let crc = crc32c::crc32c(file.get(..bytes - CRC_BYTES)?);
        (rest.try_get_u32().ok()? == crc).then_some(Self { extent, searched_bytes, entries, bytes })
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

    fn index(batches: impl Iterator<Item = BatchHeader>, base_offset: i64) -> Index {
        let mut index = Index::new(base_offset);
        for batch in batches {
            index.note(&batch, index.extent.size);
        }
        index
    }

    #[test]
    fn large_batches_have_an_entry_each_and_small_ones_share() {
        let large = index((0..10).map(|offset| batch(offset, 20_000, offset)), 0);
        assert_eq!(large.before_offset(7), 140_000);
        assert_eq!(large.before_position(139_999), 120_000);
        assert_eq!(large.before_timestamp(9), Some(180_000));
        assert_eq!(large.before_timestamp(10), None);
        let small = index((0..1000).map(|offset| batch(offset, 100, offset)), 0);
        assert_eq!(small.entries.len(), 7);
        assert_eq!(small.extent, Extent { base_offset: 0, end_offset: 1000, size: 100_000, max_timestamp: 999 });
        assert!(small.before_offset(170) <= 17_000);
        assert_eq!(small.before_timestamp(999), Some(6 * 16_400));
    }

    #[test]
    fn a_timestamp_is_found_where_it_first_occurs_though_later_ones_are_smaller() {
        let times = [5, 3, 9, 1, 9, 2, 12, 4];
        let index = index((0..).zip(times).map(|(offset, time)| batch(offset, 20_000, time)), 0);
        for (timestamp, expected) in [(0, 0), (5, 0), (6, 2), (9, 2), (10, 6), (12, 6)] {
            assert_eq!(index.before_timestamp(timestamp), Some(expected * 20_000), "{timestamp}");
        }
        assert_eq!(index.before_timestamp(13), None);
    }

    #[test]
    fn an_index_is_read_back_and_a_damaged_one_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let index = index((70..76).map(|offset| batch(offset, 20_000, offset)), 70);
        assert_eq!(Index::read_head(folder.path(), 70), None);
        for searched_bytes in [Some(130_000), None] {
            let index = Index { searched_bytes, ..index.clone() };
            index.write(folder.path()).unwrap();
            assert_eq!(Index::read_head(folder.path(), 70), Some((index.extent, searched_bytes)));
            assert_eq!(Index::read(folder.path(), 70), Some(index));
        }
        let path = Index::path(folder.path(), 70);
        let sound = std::fs::read(&path).unwrap();
        for at in 0..sound.len() {
            let mut damaged = sound.clone();
            damaged[at] ^= 0x10;
            std::fs::write(&path, &damaged).unwrap();
            assert_eq!(Index::read(folder.path(), 70), None, "byte {at}");
            assert_eq!(Index::read_head(folder.path(), 70).is_none(), at < HEAD_BYTES, "byte {at}");
            std::fs::write(&path, &sound[..at]).unwrap();
            assert_eq!((Index::read(folder.path(), 70), Index::read_head(folder.path(), 70)), (None, None));
        }
        std::fs::rename(&path, Index::path(folder.path(), 71)).unwrap();
        assert_eq!((Index::read(folder.path(), 71), Index::read_head(folder.path(), 71)), (None, None));
    }
}
