//! Walks the batch headers of a segment file without reading the records between them.

use std::fs::File;
use std::io;

use super::batch::{BatchHeader, HEADER_BYTES};
use crate::files;

/// Read ahead while batches are small; a header alone is read where they are large.
const WINDOW_BYTES: u64 = 16 * 1024;
/// A batch below this size is small.
const SMALL_BATCH_BYTES: usize = 4 * 1024;

/// The batches of a file from a position on.
pub(crate) struct Walk<'a> {
    file: &'a File,
    position: u64,
    end: u64,
    window: Vec<u8>,
    window_at: u64,
    read_ahead: bool,
}

impl<'a> Walk<'a> {
    /// Walks from `position`, where a batch begins, to `end`.
    pub(crate) fn new(file: &'a File, position: u64, end: u64) -> Self {
        Self { file, position, end, window: Vec::new(), window_at: 0, read_ahead: false }
    }

    /// The next batch: its position and header. `None` at the end, and where no whole batch of format v2 follows.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, BatchHeader)>> {
        let position = self.position;
        if self.end.saturating_sub(position) < HEADER_BYTES as u64 {
            return Ok(None);
        }
        let window_end = self.window_at + self.window.len() as u64;
        if position < self.window_at || position + HEADER_BYTES as u64 > window_end {
            let length = if self.read_ahead { WINDOW_BYTES.min(self.end - position) } else { HEADER_BYTES as u64 };
            self.window.resize(length as usize, 0);
            self.window_at = position;
            files::read_exact_at(self.file, &mut self.window, position)?;
        }
        let Some(header) = BatchHeader::parse(&self.window[(position - self.window_at) as usize..]) else {
            return Ok(None);
        };
        let is_whole = header.magic == 2
            && header.last_offset_delta >= 0
            && header.base_offset >= 0
            && header.size as u64 <= self.end - position;
        if !is_whole {
            return Ok(None);
        }
        self.position += header.size as u64;
        self.read_ahead = header.size < SMALL_BATCH_BYTES;
        Ok(Some((position, header)))
    }
}
