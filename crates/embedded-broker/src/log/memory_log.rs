//! A partition's log in memory: the batches as they were sent, with stamped headers.

use std::collections::VecDeque;

use bytes::Bytes;

use super::batch::{self, BatchHeader, HEADER_BYTES};
use super::latest_timestamps::LatestTimestamps;
use super::{LogConfig, Part, Slice, records};

#[derive(Debug, Clone)]
struct Stored {
    header: BatchHeader,
    stamped: Bytes,
    rest: Bytes,
}

impl Stored {
    fn whole(&self) -> Vec<u8> {
        [&self.stamped[..], &self.rest[..]].concat()
    }
}

/// The log of one partition.
#[derive(Debug, Default)]
pub(super) struct MemoryLog {
    batches: VecDeque<Stored>,
    /// Each batch's latest timestamp.
    latest: LatestTimestamps,
    pub start_offset: i64,
    pub next_offset: i64,
    bytes: u64,
}

impl MemoryLog {
    /// Appends a checked batch at the offset in its header.
    pub(super) fn append(&mut self, records: &Bytes, header: &BatchHeader) {
        self.batches.push_back(Stored {
            header: *header,
            stamped: Bytes::copy_from_slice(&batch::stamped_header(records, header)),
            rest: records.slice(HEADER_BYTES..),
        });
        self.latest.push(header.max_timestamp);
        self.next_offset = header.next_offset();
        self.bytes += header.size as u64;
    }

    /// Whole batches from the one that holds `offset` on, with the limits of [`super::Partition::read`].
    pub(super) fn read(&self, offset: i64, max_bytes: usize, first_max_bytes: usize) -> Slice {
        let mut slice = Slice::default();
        let first = self.batches.partition_point(|stored| stored.header.last_offset() < offset);
        for stored in self.batches.range(first..) {
            let limit = if slice.bytes == 0 { max_bytes.max(first_max_bytes) } else { max_bytes };
            if slice.bytes + stored.header.size > limit {
                slice.withheld = slice.bytes == 0;
                break;
            }
            slice.bytes += stored.header.size;
            slice.parts.extend([Part::Bytes(stored.stamped.clone()), Part::Bytes(stored.rest.clone())]);
        }
        slice
    }

    /// The first batch from number `from` on (0 for all) that may have a record at or after `timestamp`, and the number
    /// that follows on it.
    pub(super) fn reaching(&self, from: u64, timestamp: i64) -> Option<(Candidate, u64)> {
        let number = self.latest.reaching(from.max(self.latest.first()), timestamp)?;
        let stored = self.batches.get(usize::try_from(number - self.latest.first()).ok()?)?;
        Some((Candidate { stored: stored.clone(), timestamp, start_offset: self.start_offset }, number + 1))
    }

    /// Latest timestamp of any record.
    pub(super) fn latest_timestamp(&self) -> Option<i64> {
        // Deleted records of the first batch do not count.
        let cut = self.batches.front().filter(|first| first.header.base_offset < self.start_offset);
        let whole = self.latest.latest_from(self.latest.first() + u64::from(cut.is_some()));
        let cut = cut.and_then(|stored| records::latest_from(&stored.whole(), self.start_offset));
        whole.max(cut).filter(|&latest| latest >= 0)
    }

    /// Deletes the records before `offset`; returns the number of bytes freed.
    pub(super) fn delete_before(&mut self, offset: i64) -> u64 {
        self.start_offset = self.start_offset.max(offset);
        let before = self.bytes;
        let count = self.batches.partition_point(|stored| stored.header.next_offset() <= offset);
        self.bytes -= self.batches.drain(..count).map(|stored| stored.header.size as u64).sum::<u64>();
        self.latest.remove(count);
        before - self.bytes
    }

    /// Deletes what the settings no longer keep, batch by batch; returns the number of bytes freed.
    pub(super) fn retain(&mut self, config: &LogConfig, now_ms: i64) -> u64 {
        let mut excess = config.retention_bytes.map_or(0, |limit| self.bytes.saturating_sub(limit));
        let mut offset = self.start_offset;
        for Stored { header, .. } in &self.batches {
            let is_old = header.max_timestamp >= 0 && config.is_expired(header.max_timestamp, now_ms);
            if excess < header.size as u64 && !is_old {
                break;
            }
            excess = excess.saturating_sub(header.size as u64);
            offset = header.next_offset();
        }
        self.delete_before(offset)
    }

    /// Deletes everything; returns the number of bytes freed.
    pub(super) fn clear(&mut self) -> u64 {
        self.latest.remove(self.batches.len());
        self.batches.clear();
        std::mem::take(&mut self.bytes)
    }
}

/// A batch that may have the record of a timestamp.
pub(super) struct Candidate {
    stored: Stored,
    timestamp: i64,
    start_offset: i64,
}

impl Candidate {
    /// The record's offset and timestamp, if this batch has it. Decompresses it, which takes time.
    pub(super) fn find(&self) -> Option<(i64, i64)> {
        records::first_at(&self.stored.whole(), self.timestamp, self.start_offset)
    }
}
