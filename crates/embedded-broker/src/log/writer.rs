//! The writing side of a partition's log in files: one writer at a time, for which no reader waits.

#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::LogConfig;
use super::batch::{self, BatchHeader, HEADER_BYTES};
use super::checkpoint::Checkpoint;
use super::file_log::FileLog;
use super::index::{Extent, Index};
use super::producers::Producers;
use super::segment::Segment;
use crate::files;
use crate::handles::{Handle, Slot, with_free_descriptors};
use crate::sync::lock;

/// A checkpoint is due after this many bytes, and when a segment is closed: the maximum that the next start verifies.
const CHECKPOINT_BYTES: u64 = 256 * 1024 * 1024;
/// Maximum size of a segment, whatever its settings: positions in an index have 32 bits.
const MAX_SEGMENT_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// How much a flush forces to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flush {
    /// What is due: closed segments, and records older than `flush.ms`.
    Due,
    /// Everything.
    All,
    /// Everything, with a checkpoint, because the broker stops.
    Last,
}

/// What has to be flushed, outside the appender's lock.
#[derive(Debug)]
pub(super) struct Task {
    /// Closed segments' files, with the segments' base offsets.
    closed_files: Vec<(i64, Slot)>,
    /// The same of the active segment, where it is due.
    active_file: Option<(i64, Weak<Handle>)>,
    pub checkpoint: Option<Checkpoint>,
    /// Segments whose index is not in its file yet.
    pub closed: Vec<Arc<Segment>>,
    records: u64,
}

/// The end of a log.
#[derive(Debug)]
pub(super) struct Writer {
    /// The active segment's.
    file: Slot,
    active: Option<Extent>,
    /// Latest timestamp of the active segment's first batch.
    first_timestamp: Option<i64>,
    opened_ms: i64,
    pub next_offset: i64,
    /// A failed write could not be undone: the file is cut before the next one.
    needs_repair: bool,
    /// Whether the active segment has bytes that may not be on the disk yet.
    is_unsynced: bool,
    /// Closed segments' files, with the segments' base offsets.
    unsynced_closed: Vec<(i64, Slot)>,
    unsynced_records: u64,
    unsynced_since: Option<Instant>,
    since_checkpoint: u64,
    /// To be written once the closed segments are on the disk.
    checkpoint: Option<Checkpoint>,
    unindexed: Vec<Arc<Segment>>,
}

/// The result of the recovery, for [`Writer::new`].
#[derive(Debug, Default)]
pub(super) struct Recovered {
    pub active: Option<Extent>,
    pub first_timestamp: Option<i64>,
    pub next_offset: i64,
    /// Base offsets of segments with bytes that no checkpoint covers.
    pub unsynced: Vec<i64>,
    /// Whether there were any.
    pub has_unverified: bool,
}

impl Writer {
    /// Continues at the end of a log.
    pub(super) fn new(recovered: Recovered, producers: &Producers) -> Self {
        let mut writer = Self {
            file: Slot::default(),
            active: recovered.active,
            first_timestamp: recovered.first_timestamp,
            opened_ms: files::now_ms(),
            next_offset: recovered.next_offset,
            needs_repair: false,
            is_unsynced: false,
            unsynced_closed: recovered.unsynced.into_iter().map(|base_offset| (base_offset, Slot::default())).collect(),
            unsynced_records: 0,
            unsynced_since: None,
            since_checkpoint: 0,
            checkpoint: None,
            unindexed: Vec::new(),
        };
        if recovered.has_unverified {
            // They have been verified: the next start need not do it again.
            writer.checkpoint = Some(writer.checkpoint_here(producers));
        }
        writer
    }

    /// Appends a checked batch at the offset in its header, and publishes it to readers. Returns whether the flusher
    /// has something new to do. After an error the log is unchanged.
    pub(super) fn append(
        &mut self,
        log: &FileLog,
        records: &[u8],
        header: &BatchHeader,
        config: &LogConfig,
        producers: &Producers,
    ) -> io::Result<bool> {
        let mut is_news = false;
        if self.needs_repair {
            self.file = Slot::default();
            self.writer(log)?;
            self.needs_repair = false;
            tracing::info!("an unfinished write was undone: {}", log.folder.display());
        }
        if self.is_due_to_close(records.len() as u64, header, config) {
            self.roll(log, producers)?;
            is_news = true;
        }
        let file = self.writer(log)?;
        let Some(active) = &mut self.active else { return Err(io::ErrorKind::NotFound.into()) };
        let stamped = batch::stamped_header(records, header);
        let position = active.size;
        if let Err(error) = write_both(&file, &stamped, &records[HEADER_BYTES..]) {
            // Cut the unfinished batch, or nothing could be appended after it.
            self.needs_repair = cut(&file, position).is_err();
            return Err(error);
        }
        if active.size == 0 {
            self.first_timestamp = Some(header.max_timestamp);
        }
        active.note(header);
        self.next_offset = header.next_offset();
        self.is_unsynced = true;
        self.unsynced_records += u64::try_from(header.count).unwrap_or(0);
        let before = self.since_checkpoint;
        self.since_checkpoint += records.len() as u64;
        is_news |= before < CHECKPOINT_BYTES && self.since_checkpoint >= CHECKPOINT_BYTES;
        if self.unsynced_since.is_none() {
            self.unsynced_since = Some(Instant::now());
            is_news |= config.flush_ms.is_some();
        }
        let mut view = lock(&log.view);
        if let Some(index) = &mut view.active {
            index.note(header, position);
        }
        view.end_offset = self.next_offset;
        Ok(is_news)
    }

    /// Whether a batch begins a new segment.
    fn is_due_to_close(&self, bytes: u64, batch: &BatchHeader, config: &LogConfig) -> bool {
        let Some(active) = self.active else { return true };
        let is_full = active.size + bytes > config.segment_bytes.min(MAX_SEGMENT_BYTES)
            || batch.last_offset().saturating_sub(active.base_offset) > i64::from(i32::MAX);
        // As Kafka: by the records' own clock where they have one.
        let age_ms = match self.first_timestamp {
            Some(first) if first >= 0 => batch.max_timestamp.saturating_sub(first),
            _ => files::now_ms().saturating_sub(self.opened_ms),
        };
        let limit_ms = config.segment_ms.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
        active.size > 0 && (is_full || limit_ms.is_some_and(|limit| age_ms > limit))
    }

    fn roll(&mut self, log: &FileLog, producers: &Producers) -> io::Result<()> {
        let base_offset = self.next_offset;
        let path = Segment::path(&log.folder, base_offset);
        let file = with_free_descriptors(|| OpenOptions::new().write(true).create(true).truncate(false).open(&path))?;
        if file.metadata()?.len() > 0 {
            // Never overwrite existing data.
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.close_active(log, producers);
        self.file.put(file);
        self.active = Some(Extent::empty(base_offset));
        self.first_timestamp = None;
        self.opened_ms = files::now_ms();
        lock(&log.view).active = Some(Index::new(base_offset));
        Ok(())
    }

    /// Closes the active segment; the next batch begins another.
    pub(super) fn close_active(&mut self, log: &FileLog, producers: &Producers) {
        let Some(active) = self.active.take() else { return };
        let file = std::mem::take(&mut self.file);
        if self.is_unsynced {
            self.unsynced_closed.push((active.base_offset, file));
        }
        self.is_unsynced = false;
        self.since_checkpoint = 0;
        self.checkpoint = Some(self.checkpoint_at(self.next_offset, 0, producers));
        let mut view = lock(&log.view);
        if let Some(index) = view.active.take() {
            let segment = Arc::new(Segment::new(index.extent, index.extent.size, Some(index)));
            view.closed.push(Arc::clone(&segment));
            self.unindexed.push(segment);
        }
    }

    /// The active segment's file, ready for the next batch.
    fn writer(&mut self, log: &FileLog) -> io::Result<Arc<Handle>> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let Some(active) = self.active else { return Err(io::ErrorKind::NotFound.into()) };
        let file = open_for_writing(&Segment::path(&log.folder, active.base_offset))?;
        cut(&file, active.size)?;
        Ok(self.file.put(file))
    }

    fn checkpoint_here(&self, producers: &Producers) -> Checkpoint {
        let (segment, position) = self.active.map_or((self.next_offset, 0), |active| (active.base_offset, active.size));
        self.checkpoint_at(segment, position, producers)
    }

    fn checkpoint_at(&self, segment: i64, position: u64, producers: &Producers) -> Checkpoint {
        let mut encoded = Vec::new();
        producers.encode(&mut encoded);
        // The start offset is filled in when the checkpoint is written.
        Checkpoint { start_offset: 0, segment, position, next_offset: self.next_offset, producers: encoded }
    }

    /// Whether at least `limit` records are unflushed, so that an acknowledgement has to wait (`flush.messages`).
    pub(super) fn has_unsynced_records(&self, limit: u64) -> bool {
        self.unsynced_records >= limit.max(1)
    }

    /// When the next flush is due.
    pub(super) fn flush_due(&self, config: &LogConfig) -> Option<Instant> {
        if !self.unsynced_closed.is_empty() || self.checkpoint.is_some() || self.since_checkpoint >= CHECKPOINT_BYTES {
            return Some(Instant::now());
        }
        self.unsynced_since?.checked_add(Duration::from_millis(config.flush_ms?))
    }

    /// The work of a flush; [`Self::flushed`] or [`Self::not_flushed`] ends it.
    pub(super) fn take_task(&mut self, flush: Flush, config: &LogConfig, producers: &Producers) -> Task {
        let is_late = config
            .flush_ms
            .zip(self.unsynced_since)
            .is_some_and(|(limit, since)| since.elapsed() >= Duration::from_millis(limit));
        let is_long = self.since_checkpoint >= CHECKPOINT_BYTES;
        let closed_files = std::mem::take(&mut self.unsynced_closed);
        let mut active_file = None;
        let mut records = 0;
        if flush != Flush::Due || is_late || is_long {
            let active = self.active.map(|active| (active.base_offset, self.file.weak()));
            active_file = active.filter(|_| self.is_unsynced);
            self.is_unsynced = false;
            self.unsynced_since = None;
            records = self.unsynced_records;
        }
        let mut checkpoint = self.checkpoint.take();
        if is_long || (flush == Flush::Last && self.since_checkpoint > 0) {
            checkpoint = Some(self.checkpoint_here(producers));
            self.since_checkpoint = 0;
        }
        Task { closed_files, active_file, checkpoint, closed: std::mem::take(&mut self.unindexed), records }
    }

    /// A task has succeeded.
    pub(super) fn flushed(&mut self, task: &Task) {
        self.unsynced_records -= task.records;
    }

    /// A task has failed and has to be repeated.
    pub(super) fn not_flushed(&mut self, task: Task) {
        self.unsynced_since = self.unsynced_since.or(Some(Instant::now()).filter(|_| task.records > 0));
        self.unsynced_closed.extend(task.closed_files);
        // It may have been closed since; it is opened again in either case.
        self.unsynced_closed.extend(task.active_file.map(|(base_offset, _)| (base_offset, Slot::default())));
        self.checkpoint = self.checkpoint.take().or(task.checkpoint);
        self.unindexed.extend(task.closed);
    }

    /// Releases the files of deleted segments before `offset`: while open, they would keep their space.
    pub(super) fn forget_before(&mut self, offset: i64) {
        self.unsynced_closed.retain(|(base_offset, _)| *base_offset >= offset);
        self.unindexed.retain(|segment| segment.extent.base_offset >= offset);
    }

    /// Closes all files, because the folder is about to be removed.
    pub(super) fn close(&mut self) {
        let gone = Recovered { next_offset: self.next_offset, ..Recovered::default() };
        *self = Self::new(gone, &Producers::default());
    }
}

impl Task {
    /// Flushes the files of segments from `first` on. One that was closed since it was written is opened again: a write
    /// error of the system is reported at the next `fsync`, with whichever handle.
    pub(super) fn sync(&self, folder: &Path, first: i64) -> io::Result<()> {
        let closed = self.closed_files.iter().map(|(base_offset, slot)| (*base_offset, slot.get()));
        let active = self.active_file.iter().map(|(base_offset, file)| (*base_offset, file.upgrade()));
        for (base_offset, file) in closed.chain(active).filter(|(base_offset, _)| *base_offset >= first) {
            match file {
                Some(file) => file.sync_data()?,
                None => open_for_writing(&Segment::path(folder, base_offset))?.sync_data()?,
            }
        }
        Ok(())
    }
}

/// Opens a segment for appending.
pub(super) fn open_for_writing(path: &Path) -> io::Result<File> {
    with_free_descriptors(|| OpenOptions::new().write(true).open(path))
}

/// Cuts the file at a position and seeks to it.
fn cut(mut file: &File, position: u64) -> io::Result<()> {
    match file.metadata()?.len().cmp(&position) {
        std::cmp::Ordering::Less => return Err(io::ErrorKind::UnexpectedEof.into()),
        std::cmp::Ordering::Equal => {}
        std::cmp::Ordering::Greater => file.set_len(position)?,
    }
    file.seek(SeekFrom::Start(position)).map(|_| ())
}

/// Writes a stamped header and the rest of its batch without copying them together.
fn write_both(mut file: &File, header: &[u8], rest: &[u8]) -> io::Result<()> {
    let mut slices = [IoSlice::new(header), IoSlice::new(rest)];
    let mut left = &mut slices[..];
    // Also drops an empty rest.
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match file.write_vectored(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
