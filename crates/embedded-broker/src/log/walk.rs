//! Walks the batch headers of a segment file without reading the records between them.

use std::fs::File;
use std::io;

use super::batch::{BatchHeader, HEADER_BYTES};
use crate::files;

/// Read ahead while batches are small; a header alone is read where they are large.
const WINDOW_BYTES: u64 = 16 * 1024;
/// A batch below this size is small.
const SMALL_BATCH_BYTES: usize = 4 * 1024;
/// Read at once during a search behind damage.
const SEARCH_BYTES: u64 = 256 * 1024;
/// Position of the message format in a header.
const MAGIC_AT: usize = 16;

#[cfg(test)]
thread_local! {
    /// How often this thread has searched behind damage.
    pub(crate) static SEARCHES: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// The batches of a file from a position on.
pub(crate) struct Walk<'a> {
    file: &'a File,
    position: u64,
    end: u64,
    next_offset: i64,
    window: Vec<u8>,
    window_at: u64,
    read_ahead: bool,
}

impl<'a> Walk<'a> {
    /// Walks from `position`, where a batch begins, to `end`. Offsets begin at `from_offset`, and only rise.
    pub(crate) fn new(file: &'a File, position: u64, end: u64, from_offset: i64) -> Self {
        let next_offset = from_offset.max(0);
        Self { file, position, end, next_offset, window: Vec::new(), window_at: 0, read_ahead: false }
    }

    /// Where the next batch begins.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Continues at another position, where a batch begins.
    pub(crate) fn jump(&mut self, position: u64) {
        self.position = position;
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
        let header = &self.window[(position - self.window_at) as usize..];
        let Some(header) = self.plausible(header, position) else { return Ok(None) };
        self.position += header.size as u64;
        self.next_offset = header.next_offset();
        self.read_ahead = header.size < SMALL_BATCH_BYTES;
        Ok(Some((position, header)))
    }

    /// The next batch, after damage too; `None` if none follows. Calls `on_damage` when damage is skipped.
    pub(crate) fn next_sound(&mut self, on_damage: impl FnOnce()) -> io::Result<Option<(u64, BatchHeader)>> {
        if let Some(found) = self.next()? {
            return Ok(Some(found));
        }
        if self.position >= self.end {
            return Ok(None);
        }
        on_damage();
        match self.search()? {
            Some(position) => {
                self.jump(position);
                self.next()
            }
            None => Ok(None),
        }
    }

    /// Searches for an intact batch after the position, where none begins.
    pub(crate) fn search(&self) -> io::Result<Option<u64>> {
        #[cfg(test)]
        SEARCHES.set(SEARCHES.get() + 1);
        let mut from = self.position + 1;
        let mut window = Vec::new();
        let mut content = Vec::new();
        while self.end.saturating_sub(from) >= HEADER_BYTES as u64 {
            window.resize(SEARCH_BYTES.min(self.end - from) as usize, 0);
            files::read_exact_at(self.file, &mut window, from)?;
            for (at, header) in window.windows(HEADER_BYTES).enumerate() {
                let position = from + at as u64;
                // This byte rules out most positions.
                if header[MAGIC_AT] != 2 {
                    continue;
                }
                let Some(header) = self.plausible(header, position) else { continue };
                content.resize(header.size, 0);
                files::read_exact_at(self.file, &mut content, position)?;
                if header.is_intact(&content) {
                    return Ok(Some(position));
                }
            }
            from += (window.len() - HEADER_BYTES + 1) as u64;
        }
        Ok(None)
    }

    /// The header at a position, where it may be that of the next batch.
    fn plausible(&self, header: &[u8], position: u64) -> Option<BatchHeader> {
        BatchHeader::parse(header).filter(|header| {
            header.magic == 2
                && header.last_offset_delta >= 0
                && header.base_offset >= self.next_offset
                && header.size as u64 <= self.end - position
        })
    }
}
