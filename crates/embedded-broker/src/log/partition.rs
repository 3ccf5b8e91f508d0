//! A partition: one appender at a time, any number of readers that do not wait for it, and the fetches that wait for
//! records.
//!
//! Locks are taken in this order: upkeep, appender, the readers' view. The view's is never held over the disk.

mod upkeep;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

use bytes::Bytes;
use kafka_protocol::ResponseError;
use tokio::sync::Notify;

use super::batch::{BatchHeader, HEADER_BYTES};
use super::file_log::FileLog;
use super::memory_log::MemoryLog;
use super::producers::{ActiveProducer, Producers, Verdict};
use super::recovery;
use super::writer::{Flush, Writer};
use super::{Appended, LogConfig, LogSpace, Part, Reading, Refused, Slice};
use crate::files;
use crate::sync::lock;
use upkeep::Upkeep;

#[derive(Debug)]
pub(super) enum Log {
    Files(Box<FileLog>),
    Memory(Box<Mutex<MemoryLog>>),
}

/// The state for appending.
#[derive(Debug)]
pub(super) struct Appender {
    pub producers: Producers,
    pub config: LogConfig,
    /// Of a log in files.
    pub writer: Option<Writer>,
}

/// One partition of a topic.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(super) appender: Mutex<Appender>,
    pub(super) log: Log,
    /// Held while the log is flushed, truncated at its start, or deleted: one at a time.
    upkeep: Mutex<Upkeep>,
    pub(super) is_deleted: AtomicBool,
    pub(super) waiters: Mutex<Vec<Weak<Notify>>>,
    pub(super) shared: Arc<LogSpace>,
}

impl Partition {
    /// Opens the partition in a folder, or creates one in memory. `shared` is notified when a flush is due.
    pub(crate) fn open(folder: Option<PathBuf>, shared: Arc<LogSpace>, config: LogConfig) -> io::Result<Self> {
        let (log, writer, producers) = match folder {
            Some(folder) => {
                let opened = recovery::open(folder)?;
                shared.add(opened.bytes);
                (Log::Files(Box::new(opened.log)), Some(opened.writer), opened.producers)
            }
            None => (Log::Memory(Box::default()), None, Producers::default()),
        };
        let partition = Self {
            appender: Mutex::new(Appender { producers, config, writer }),
            log,
            upkeep: Mutex::default(),
            is_deleted: AtomicBool::new(false),
            waiters: Mutex::default(),
            shared,
        };
        partition.remove_deleted();
        if partition.flush_due().is_some() {
            // Batches that were just verified need no further verification.
            partition.shared.notify_one();
        }
        Ok(partition)
    }

    /// Applies other settings.
    pub(crate) fn configure(&self, config: LogConfig) {
        lock(&self.appender).config = config;
        // A shorter `flush.ms` may be due at once.
        self.shared.notify_one();
    }

    /// Appends a batch that [`super::batch::validate`] has accepted; for a duplicate it returns where the batch already
    /// is. Where `flush.messages` demands it, the batch is on the disk when this returns.
    pub(crate) fn append(&self, records: &Bytes, mut header: BatchHeader) -> Result<Appended, Refused> {
        let (appended, is_flush_due) = {
            let mut appender = lock(&self.appender);
            let appended = self.append_in_turn(&mut appender, records, &mut header)?;
            let Appender { config, writer, .. } = &*appender;
            let limit = config.flush_messages.zip(writer.as_ref());
            (appended, limit.is_some_and(|(limit, writer)| writer.has_unsynced_records(limit)))
        };
        self.wake();
        if is_flush_due {
            // For a duplicate too: its first acknowledgement may have failed right here.
            self.flush_all().map_err(|error| {
                tracing::error!("cannot force a log to the disk: {error}");
                Refused::from(format!("the log cannot be forced to the disk: {error}"))
            })?;
        }
        Ok(appended)
    }

    fn append_in_turn(
        &self,
        appender: &mut Appender,
        records: &Bytes,
        header: &mut BatchHeader,
    ) -> Result<Appended, Refused> {
        if self.is_deleted.load(Ordering::Relaxed) {
            return Err((ResponseError::UnknownTopicOrPartition, "the topic was deleted").into());
        }
        let (start_offset, base_offset) = self.bounds();
        let stamps = appender.config.log_append_time;
        if let Verdict::Duplicate(base_offset) = appender.producers.check(header)? {
            let append_time = if stamps { self.timestamp_of_batch(base_offset) } else { None };
            return Ok(Appended { base_offset, start_offset, append_time });
        }
        header.base_offset = base_offset;
        // Read under the lock, so that later records have no earlier time.
        let append_time = stamps.then(files::now_ms);
        header.set_time(records, append_time)?;
        let bytes = records.len() as u64;
        self.shared.reserve(bytes)?;
        match (&self.log, &mut appender.writer) {
            (Log::Files(log), Some(writer)) => {
                match writer.append(log, records, header, &appender.config, &appender.producers) {
                    Ok(is_news) => {
                        if is_news {
                            self.shared.notify_one();
                        }
                    }
                    Err(error) => {
                        self.shared.release(bytes);
                        return Err(self.shared.write_failed(&error, bytes).into());
                    }
                }
            }
            (Log::Memory(log), _) => lock(log).append(records, header),
            (Log::Files(_), None) => return Err("the log has no writer".to_owned().into()),
        }
        self.shared.written(bytes);
        appender.producers.record(header, files::now_ms());
        Ok(Appended { base_offset, start_offset, append_time })
    }

    /// Latest timestamp of the batch that begins at an offset; `None` if it is deleted or cannot be read.
    fn timestamp_of_batch(&self, base_offset: i64) -> Option<i64> {
        let found = self.read(base_offset, HEADER_BYTES, usize::MAX).ok()?;
        let header = match found.slice.parts.first()? {
            Part::Bytes(bytes) => BatchHeader::parse(bytes),
            Part::File { file, position, .. } => {
                let mut bytes = [0; HEADER_BYTES];
                files::read_exact_at(file, &mut bytes, *position).ok()?;
                BatchHeader::parse(&bytes)
            }
        };
        header.filter(|header| header.base_offset == base_offset).map(|header| header.max_timestamp)
    }

    /// The producers that have written recently. Blocks on the disk.
    pub(crate) fn active_producers(&self) -> Vec<ActiveProducer> {
        let mut active = lock(&self.appender).producers.active();
        for producer in &mut active {
            producer.last_timestamp = self.timestamp_of_batch(producer.base_offset).unwrap_or(producer.last_timestamp);
        }
        active
    }

    /// First offset that may be read, and the offset of the next record.
    pub(crate) fn bounds(&self) -> (i64, i64) {
        match &self.log {
            Log::Files(log) => log.bounds(),
            Log::Memory(log) => {
                let log = lock(log);
                (log.start_offset, log.next_offset)
            }
        }
    }

    /// Reads whole batches from `offset` on: as many as fit `max_bytes`, but at least one where that fits
    /// `first_max_bytes`.
    pub(crate) fn read(&self, offset: i64, max_bytes: usize, first_max_bytes: usize) -> Result<Reading, ResponseError> {
        if self.is_deleted.load(Ordering::Relaxed) {
            return Err(ResponseError::UnknownTopicOrPartition);
        }
        match &self.log {
            Log::Files(log) => log.read(offset, max_bytes, first_max_bytes),
            Log::Memory(log) => {
                let log = lock(log);
                let (start_offset, end_offset) = (log.start_offset, log.next_offset);
                if offset < start_offset || offset > end_offset {
                    return Err(ResponseError::OffsetOutOfRange);
                }
                let is_at_end = offset == end_offset;
                let slice = if is_at_end { Slice::default() } else { log.read(offset, max_bytes, first_max_bytes) };
                Ok(Reading { slice, start_offset, end_offset, is_behind: false })
            }
        }
    }

    /// The first record at or after `timestamp`, as (offset, timestamp).
    pub(crate) fn at_timestamp(&self, timestamp: i64) -> io::Result<Option<(i64, i64)>> {
        match &self.log {
            Log::Files(log) => log.at_timestamp(timestamp),
            Log::Memory(log) => {
                let mut from = 0;
                loop {
                    // The log is not locked while a batch is decompressed.
                    let candidate = lock(log).reaching(from, timestamp);
                    let Some((candidate, next)) = candidate else { return Ok(None) };
                    if let Some(found) = candidate.find() {
                        return Ok(Some(found));
                    }
                    from = next;
                }
            }
        }
    }

    /// The first record with the latest timestamp, as (offset, timestamp).
    pub(crate) fn at_max_timestamp(&self) -> io::Result<Option<(i64, i64)>> {
        let latest = match &self.log {
            Log::Files(log) => log.latest_timestamp()?,
            Log::Memory(log) => lock(log).latest_timestamp(),
        };
        latest.map_or(Ok(None), |latest| self.at_timestamp(latest))
    }

    /// Forces what was appended to the disk.
    pub(super) fn flush_all(&self) -> io::Result<()> {
        let upkeep = lock(&self.upkeep);
        // Most likely the previous holder of the lock has flushed these records too.
        if lock(&self.appender).writer.as_ref().is_some_and(|writer| writer.has_unsynced_records(1)) {
            self.run_flush(&upkeep, Flush::All, None)?;
        }
        Ok(())
    }

    /// Notifies `waiter` at the next change. Check for records after this call, not before.
    pub(crate) fn register(&self, waiter: &Arc<Notify>) {
        let mut waiters = lock(&self.waiters);
        if !waiters.iter().any(|other| is_same(other, waiter)) {
            waiters.push(Arc::downgrade(waiter));
        }
    }

    /// Reverts [`Self::register`].
    pub(crate) fn unregister(&self, waiter: &Arc<Notify>) {
        lock(&self.waiters).retain(|other| !is_same(other, waiter));
    }

    pub(super) fn wake(&self) {
        let waiters = std::mem::take(&mut *lock(&self.waiters));
        for waiter in waiters.iter().filter_map(Weak::upgrade) {
            waiter.notify_one();
        }
    }
}

fn is_same(registered: &Weak<Notify>, waiter: &Arc<Notify>) -> bool {
    std::ptr::eq(registered.as_ptr(), Arc::as_ptr(waiter))
}
