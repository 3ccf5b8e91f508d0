//! A partition's log in memory: the batches as they came, with their headers stamped.

use std::collections::VecDeque;

use bytes::Bytes;

use super::batch::{self, BatchHeader, HEADER_BYTES};
use super::{Part, Slice};

#[derive(Debug)]
struct Stored {
    header: BatchHeader,
    stamped: Bytes,
    rest: Bytes,
}

/// The log of one partition.
#[derive(Debug, Default)]
pub(crate) struct MemoryLog {
    batches: VecDeque<Stored>,
    pub(super) start_offset: i64,
    pub(super) next_offset: i64,
}

impl MemoryLog {
    /// Appends a checked batch, whose header says where it belongs.
    pub(crate) fn append(&mut self, records: &Bytes, header: &BatchHeader) {
        self.batches.push_back(Stored {
            header: *header,
            stamped: Bytes::copy_from_slice(&batch::stamped_header(records, header.base_offset)),
            rest: records.slice(HEADER_BYTES..),
        });
        self.next_offset = header.next_offset();
    }

    /// Whole batches from the one that holds `offset` on, limited as [`super::Partition::read`] says.
    pub(crate) fn read(&self, offset: i64, max_bytes: usize, first_max_bytes: usize) -> Slice {
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

    /// The first record at or after `timestamp`, as (offset, timestamp).
    pub(crate) fn at_timestamp(&self, timestamp: i64) -> Option<(i64, i64)> {
        self.batches.iter().filter(|stored| stored.header.max_timestamp >= timestamp).find_map(|stored| {
            let whole = [&stored.stamped[..], &stored.rest[..]].concat();
            batch::first_record_at(&whole, timestamp).map(|(offset, time)| (offset.max(self.start_offset), time))
        })
    }

    /// Latest timestamp of any record.
    pub(crate) fn max_timestamp(&self) -> Option<i64> {
        self.batches.iter().map(|stored| stored.header.max_timestamp).max()
    }

    /// Forgets records before `offset`.
    pub(crate) fn delete_before(&mut self, offset: i64) {
        self.start_offset = self.start_offset.max(offset);
        while self.batches.front().is_some_and(|stored| stored.header.next_offset() <= offset) {
            self.batches.pop_front();
        }
    }
}
