//! The maintenance of a partition's log: flushes, retention, deletion.

use std::io;
use std::sync::Arc;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering;
use std::time::{Instant, UNIX_EPOCH};

use kafka_protocol::ResponseError;

use super::{Appender, Log, Partition};
use crate::files;
use crate::log::checkpoint::Checkpoint;
use crate::log::file_log::FileLog;
use crate::log::index::{Extent, Index};
use crate::log::segment::Segment;
use crate::log::writer::{Flush, Task};
use crate::log::{LogConfig, recovery};
use crate::sync::lock;

/// Work left for the next holder of the lock.
#[derive(Debug, Default)]
pub(super) struct Upkeep {
    /// Base offsets of deleted segments whose files could not be removed yet.
    leftovers: Vec<i64>,
}

type Held<'a> = MutexGuard<'a, Upkeep>;

impl Partition {
    /// Flushes what is due; with `last` everything, and writes a checkpoint. Returns when the next flush is due.
    pub(crate) fn flush(&self, last: bool) -> io::Result<Option<Instant>> {
        let upkeep = lock(&self.upkeep);
        if !self.is_deleted.load(Ordering::Relaxed) {
            self.run_flush(&upkeep, if last { Flush::Last } else { Flush::Due }, None)?;
        }
        drop(upkeep);
        Ok(self.flush_due())
    }

    /// When the next flush is due.
    pub(crate) fn flush_due(&self) -> Option<Instant> {
        let appender = lock(&self.appender);
        appender.writer.as_ref().and_then(|writer| writer.flush_due(&appender.config))
    }

    /// The caller holds the upkeep's lock. Where the log is about to begin at `new_start`, the new start is on the disk
    /// afterwards, together with the producers' state of the segments to be deleted; the segments themselves need not
    /// be.
    pub(super) fn run_flush(&self, _held: &Held<'_>, flush: Flush, new_start: Option<i64>) -> io::Result<()> {
        let Log::Files(log) = &self.log else { return Ok(()) };
        let task = {
            let mut appender = lock(&self.appender);
            let Appender { producers, config, writer } = &mut *appender;
            let Some(writer) = writer else { return Ok(()) };
            writer.take_task(flush, config, producers)
        };
        let done = run(log, &task, flush, new_start);
        let mut appender = lock(&self.appender);
        if let Some(writer) = &mut appender.writer {
            match &done {
                Ok(()) => writer.flushed(&task),
                Err(_) => writer.not_flushed(task),
            }
        }
        done
    }

    /// Deletes the records before `offset`, or all where it is -1; returns the new first offset.
    pub(crate) fn delete_before(&self, offset: i64) -> Result<i64, ResponseError> {
        let mut upkeep = lock(&self.upkeep);
        if self.is_deleted.load(Ordering::Relaxed) {
            return Err(ResponseError::UnknownTopicOrPartition);
        }
        let (start_offset, end_offset) = self.bounds();
        if offset > end_offset || offset < -1 {
            return Err(ResponseError::OffsetOutOfRange);
        }
        let offset = if offset == -1 { end_offset } else { offset.max(start_offset) };
        match &self.log {
            Log::Files(log) => {
                self.close_active_before(log, offset);
                self.move_start(log, &mut upkeep, offset).map_err(|error| {
                    tracing::error!("cannot delete records: {error}: {}", log.folder.display());
                    ResponseError::KafkaStorageError
                })?;
            }
            Log::Memory(log) => {
                let freed = lock(log).delete_before(offset);
                self.shared.release(freed);
            }
        }
        Ok(offset)
    }

    /// Deletes what the settings no longer keep, as of `now_ms` (milliseconds since 1970).
    pub(crate) fn retain(&self, now_ms: i64) -> io::Result<()> {
        let mut upkeep = lock(&self.upkeep);
        if self.is_deleted.load(Ordering::Relaxed) {
            return Ok(());
        }
        let config = lock(&self.appender).config.clone();
        match &self.log {
            Log::Files(log) => {
                remove_leftovers(log, &mut upkeep);
                let (start_offset, _) = log.bounds();
                let keep_from = first_kept(log, &config, now_ms);
                if keep_from > start_offset {
                    tracing::info!("deleting records before offset {keep_from}: {}", log.folder.display());
                    self.close_active_before(log, keep_from);
                    self.move_start(log, &mut upkeep, keep_from)?;
                }
            }
            Log::Memory(log) => {
                let freed = lock(log).retain(&config, now_ms);
                self.shared.release(freed);
            }
        }
        Ok(())
    }

    /// Removes segments before the log's start that still exist.
    pub(super) fn remove_deleted(&self) {
        let Log::Files(log) = &self.log else { return };
        let (start_offset, _) = log.bounds();
        let is_gone = |segment: &Arc<Segment>| segment.extent.end_offset <= start_offset;
        if !lock(&log.view).closed.first().is_some_and(is_gone) {
            return;
        }
        if let Err(error) = self.move_start(log, &mut lock(&self.upkeep), start_offset) {
            tracing::warn!("deleted segments cannot be removed yet: {error}: {}", log.folder.display());
        }
    }

    /// Closes the active segment where all of it lies before `offset`.
    fn close_active_before(&self, log: &FileLog, offset: i64) {
        let mut appender = lock(&self.appender);
        let Appender { producers, writer, .. } = &mut *appender;
        let active = lock(&log.view).active.as_ref().map(|index| index.extent);
        if let Some(writer) = writer
            && active.is_some_and(|active| active.size > 0 && active.end_offset <= offset)
        {
            writer.close_active(log, producers);
            self.shared.notify_one();
        }
    }

    /// Moves the log's start and removes the segments before it. The start is on the disk before they are removed.
    fn move_start(&self, log: &FileLog, upkeep: &mut Held<'_>, offset: i64) -> io::Result<()> {
        if let Err(error) = self.run_flush(upkeep, Flush::Due, Some(offset)) {
            // On a full disk removing some of the segments frees space for the checkpoint. As long as one segment is
            // left, its name shows the next start where the log begins.
            let last = {
                let view = lock(&log.view);
                let spared = usize::from(view.active.is_none());
                let before = view.closed.iter().rev().skip(spared).find(|segment| segment.extent.end_offset <= offset);
                before.map(|segment| segment.extent.end_offset)
            };
            let Some(last) = last.filter(|_| error.kind() == io::ErrorKind::StorageFull) else { return Err(error) };
            self.remove_before(log, upkeep, last);
            self.run_flush(upkeep, Flush::Due, Some(offset))?;
        }
        self.remove_before(log, upkeep, offset);
        // Fetches below the start get their error now.
        self.wake();
        Ok(())
    }

    /// Hides records before `offset` from readers and removes the segments that lie before it.
    fn remove_before(&self, log: &FileLog, upkeep: &mut Upkeep, offset: i64) {
        let gone: Vec<Arc<Segment>> = {
            let mut view = lock(&log.view);
            view.start_offset = view.start_offset.max(offset);
            let count = view.closed.partition_point(|segment| segment.extent.end_offset <= offset);
            view.closed.drain(..count).collect()
        };
        if let Some(last) = gone.last() {
            log.close_before(last.extent.end_offset);
            if let Some(writer) = &mut lock(&self.appender).writer {
                writer.forget_before(last.extent.end_offset);
            }
        }
        for segment in &gone {
            self.shared.release(segment.file_bytes);
            upkeep.leftovers.push(segment.extent.base_offset);
        }
        remove_leftovers(log, upkeep);
    }

    /// Closes the files because the topic is being deleted; waiting fetches wake.
    pub(crate) fn delete(&self) {
        {
            let _upkeep = lock(&self.upkeep);
            let mut appender = lock(&self.appender);
            self.is_deleted.store(true, Ordering::Relaxed);
            if let Some(writer) = &mut appender.writer {
                writer.close();
            }
            let freed = match &self.log {
                Log::Files(log) => {
                    let (closed, active) = {
                        let mut view = lock(&log.view);
                        (std::mem::take(&mut view.closed), view.active.take())
                    };
                    log.close_before(i64::MAX);
                    closed.iter().map(|segment| segment.file_bytes).chain(active.map(|index| index.extent.size)).sum()
                }
                Log::Memory(log) => lock(log).clear(),
            };
            self.shared.release(freed);
        }
        self.wake();
    }
}

/// Flushes the bytes that are kept, then writes the indexes, and the checkpoint that covers all of it.
fn run(log: &FileLog, task: &Task, flush: Flush, new_start: Option<i64>) -> io::Result<()> {
    let start_offset = new_start.unwrap_or(log.bounds().0);
    let first = lock(&log.view).base_beyond(start_offset);
    if let Some(first) = first {
        task.sync(&log.folder, first)?;
    }
    let closed = task.closed.iter().filter(|segment| segment.extent.end_offset > start_offset);
    let mut indexed = closed.into_iter().try_for_each(|segment| segment.write_index(&log.folder));
    if flush == Flush::Last {
        let active: Option<Index> = lock(&log.view).active.clone();
        if let Some(index) = active
            && Index::read_head(&log.folder, index.extent.base_offset) != Some((index.extent, None))
        {
            indexed = indexed.and(index.write(&log.folder));
        }
    }
    if let Err(error) = indexed {
        // It is rebuilt from the segment when needed.
        tracing::warn!("cannot write an index: {error}: {}", log.folder.display());
    }
    if let Some(checkpoint) = &task.checkpoint {
        files::sync_folder(&log.folder)?;
        Checkpoint { start_offset, ..checkpoint.clone() }.write(&log.folder)?;
    } else if new_start.is_some() {
        Checkpoint::move_start(&log.folder, start_offset)?;
    }
    Ok(())
}

/// The first offset that the settings keep: Kafka's rules, whole segments, first the bound on bytes, then that on age.
fn first_kept(log: &FileLog, config: &LogConfig, now_ms: i64) -> i64 {
    let (segments, start_offset) = {
        let view = lock(&log.view);
        let closed = view.closed.iter().map(|segment| (segment.extent, segment.file_bytes));
        let active = view.active.as_ref().map(|index| (index.extent, index.extent.size));
        (closed.chain(active.filter(|active| active.1 > 0)).collect::<Vec<_>>(), view.start_offset)
    };
    let total: u64 = segments.iter().map(|(_, bytes)| bytes).sum();
    let mut excess = config.retention_bytes.map_or(0, |limit| total.saturating_sub(limit));
    let mut keep_from = start_offset;
    for (extent, bytes) in &segments {
        if excess < *bytes && !config.is_expired(newest_ms(log, extent, config, now_ms), now_ms) {
            break;
        }
        excess = excess.saturating_sub(*bytes);
        keep_from = extent.end_offset;
    }
    keep_from
}

/// The time of a segment's newest record; without timestamps, as in Kafka, that of its file.
fn newest_ms(log: &FileLog, extent: &Extent, config: &LogConfig, now_ms: i64) -> i64 {
    if extent.max_timestamp >= 0 || config.retention_ms.is_none() {
        return extent.max_timestamp;
    }
    let modified = std::fs::metadata(Segment::path(&log.folder, extent.base_offset)).and_then(|file| file.modified());
    let since = modified.ok().and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
    since.map_or(now_ms, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Removes the files of deleted segments. On some systems an open file cannot be removed: this is retried later.
fn remove_leftovers(log: &FileLog, upkeep: &mut Upkeep) {
    upkeep.leftovers.retain(|&base_offset| match recovery::remove(&log.folder, base_offset) {
        Ok(()) => false,
        Err(error) => {
            tracing::warn!("a deleted segment cannot be removed yet: {error}: {}", log.folder.display());
            true
        }
    });
}
