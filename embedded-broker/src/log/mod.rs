//! A partition: its log, the producers that write to it, and the fetches that wait for it.

pub(crate) mod batch;
mod checkpoint;
mod file_log;
mod memory_log;
mod producers;
mod recovery;
mod segment;
mod walk;

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

use bytes::Bytes;
use kafka_protocol::ResponseError;
use tokio::sync::Notify;

use crate::files::{self, lock};
use batch::{BatchHeader, Refusal};
use file_log::{FileLog, Flush};
use memory_log::MemoryLog;
use producers::{Producers, Verdict};

/// A piece of a response: bytes at hand, or bytes that are read while the response is sent.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// In memory.
    Bytes(Bytes),
    /// In a file whose bytes at this place never change.
    File {
        /// The segment.
        file: Arc<File>,
        /// Where the bytes begin.
        position: u64,
        /// How many they are.
        length: usize,
    },
}

/// Whole batches to answer a fetch with.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    /// The batches, in order.
    pub parts: Vec<Part>,
    /// Their length.
    pub bytes: usize,
    /// There is a batch, but it exceeds the limit for the first one.
    pub withheld: bool,
}

/// What is answered to a read: the records and the log's bounds.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The records.
    pub slice: Slice,
    /// First offset that may be read.
    pub start_offset: i64,
    /// Offset of the next record to come.
    pub end_offset: i64,
}

/// Where a batch was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Appended {
    /// Offset of its first record.
    pub base_offset: i64,
    /// First offset that may be read.
    pub start_offset: i64,
}

#[derive(Debug)]
enum Store {
    Files(Box<FileLog>),
    Memory(MemoryLog),
}

#[derive(Debug)]
struct Inner {
    store: Store,
    producers: Producers,
    deleted: bool,
}

/// One partition of a topic.
#[derive(Debug)]
pub(crate) struct Partition {
    inner: Mutex<Inner>,
    waiters: Mutex<Vec<Weak<Notify>>>,
    /// Wakes the flusher.
    dirty: Arc<Notify>,
}

impl Partition {
    /// Opens the partition in a folder, or makes one in memory. `dirty` is notified when there is something to flush.
    pub(crate) fn open(folder: Option<PathBuf>, dirty: Arc<Notify>) -> io::Result<Self> {
        let (store, producers) = match folder {
            Some(folder) => {
                let (log, producers) = FileLog::open(folder)?;
                (Store::Files(Box::new(log)), producers)
            }
            None => (Store::Memory(MemoryLog::default()), Producers::default()),
        };
        let inner = Inner { store, producers, deleted: false };
        Ok(Self { inner: Mutex::new(inner), waiters: Mutex::default(), dirty })
    }

    /// Appends a batch that [`batch::validate`] has accepted; a duplicate is answered with where it already is.
    pub(crate) fn append(&self, records: &Bytes, mut header: BatchHeader) -> Result<Appended, Refusal> {
        let appended = {
            let mut inner = lock(&self.inner);
            let inner = &mut *inner;
            if inner.deleted {
                return Err((ResponseError::UnknownTopicOrPartition, "the topic was deleted"));
            }
            let (start_offset, base_offset) = inner.store.bounds();
            if let Verdict::Duplicate(base_offset) = inner.producers.check(&header)? {
                return Ok(Appended { base_offset, start_offset });
            }
            header.base_offset = base_offset;
            match &mut inner.store {
                Store::Files(log) => log.append(records, &header).map_err(|error| {
                    tracing::error!("cannot append to a log: {error}: {}", log.folder.display());
                    (ResponseError::KafkaStorageError, "the log cannot be written")
                })?,
                Store::Memory(log) => log.append(records, &header),
            }
            inner.producers.record(&header, files::now_ms());
            Appended { base_offset, start_offset }
        };
        self.dirty.notify_one();
        self.wake();
        Ok(appended)
    }

    /// First offset that may be read, and the offset of the next record to come.
    pub(crate) fn bounds(&self) -> (i64, i64) {
        lock(&self.inner).store.bounds()
    }

    /// Reads whole batches from `offset` on: as many as fit `max_bytes`, but at least one where that fits
    /// `first_max_bytes`.
    pub(crate) fn read(&self, offset: i64, max_bytes: usize, first_max_bytes: usize) -> Result<Reading, ResponseError> {
        let failed = |error: io::Error| {
            tracing::error!("cannot read from a log: {error}");
            ResponseError::KafkaStorageError
        };
        let (search, start_offset, end_offset) = {
            let mut inner = lock(&self.inner);
            if inner.deleted {
                return Err(ResponseError::UnknownTopicOrPartition);
            }
            let (start_offset, end_offset) = inner.store.bounds();
            if offset < start_offset || offset > end_offset {
                return Err(ResponseError::OffsetOutOfRange);
            }
            if offset == end_offset {
                return Ok(Reading { slice: Slice::default(), start_offset, end_offset });
            }
            match &mut inner.store {
                Store::Files(log) => (log.find(offset, max_bytes).map_err(failed)?, start_offset, end_offset),
                Store::Memory(log) => {
                    let slice = log.read(offset, max_bytes, first_max_bytes);
                    return Ok(Reading { slice, start_offset, end_offset });
                }
            }
        };
        let slice = match search {
            Some(search) => search.run(max_bytes, first_max_bytes).map_err(failed)?,
            None => Slice::default(),
        };
        Ok(Reading { slice, start_offset, end_offset })
    }

    /// The first record at or after `timestamp`, as (offset, timestamp).
    pub(crate) fn at_timestamp(&self, timestamp: i64) -> io::Result<Option<(i64, i64)>> {
        let search = match &mut lock(&self.inner).store {
            Store::Files(log) => log.find_timestamp(timestamp)?,
            Store::Memory(log) => return Ok(log.at_timestamp(timestamp)),
        };
        search.map_or(Ok(None), |search| search.run())
    }

    /// The first record with the latest timestamp, as (offset, timestamp).
    pub(crate) fn at_max_timestamp(&self) -> io::Result<Option<(i64, i64)>> {
        let latest = match &lock(&self.inner).store {
            Store::Files(log) => log.max_timestamp(),
            Store::Memory(log) => log.max_timestamp(),
        };
        latest.map_or(Ok(None), |latest| self.at_timestamp(latest))
    }

    /// Forgets records before `offset`; returns the first offset that may be read then.
    pub(crate) fn delete_before(&self, offset: i64) -> Result<i64, ResponseError> {
        let mut inner = lock(&self.inner);
        let inner = &mut *inner;
        let (start_offset, end_offset) = inner.store.bounds();
        if offset > end_offset || offset < -1 {
            return Err(ResponseError::OffsetOutOfRange);
        }
        let offset = if offset == -1 { end_offset } else { offset.max(start_offset) };
        match &mut inner.store {
            Store::Files(log) => log.delete_before(offset, &inner.producers).map_err(|error| {
                tracing::error!("cannot delete records: {error}: {}", log.folder.display());
                ResponseError::KafkaStorageError
            })?,
            Store::Memory(log) => log.delete_before(offset),
        }
        Ok(offset)
    }

    /// Forces what was appended to the disk; `last` leaves a checkpoint too.
    pub(crate) fn flush(&self, last: bool) -> io::Result<()> {
        let flush: Option<Flush> = {
            let mut inner = lock(&self.inner);
            let Inner { store, producers, deleted } = &mut *inner;
            match store {
                Store::Files(log) if !*deleted => log.flush(producers, last),
                _ => None,
            }
        };
        flush.map_or(Ok(()), Flush::run)
    }

    /// Lets go of the files, for the topic is being deleted; waiting fetches are told.
    pub(crate) fn delete(&self) {
        {
            let mut inner = lock(&self.inner);
            inner.deleted = true;
            match &mut inner.store {
                Store::Files(log) => log.close(),
                Store::Memory(log) => *log = MemoryLog::default(),
            }
        }
        self.wake();
    }

    /// Has `waiter` notified at the next change. Check for records after this call, not before.
    pub(crate) fn register(&self, waiter: &Arc<Notify>) {
        lock(&self.waiters).push(Arc::downgrade(waiter));
    }

    /// Ends what [`Self::register`] began.
    pub(crate) fn unregister(&self, waiter: &Arc<Notify>) {
        lock(&self.waiters).retain(|other| other.strong_count() > 0 && !std::ptr::eq(other.as_ptr(), Arc::as_ptr(waiter)));
    }

    fn wake(&self) {
        let waiters = std::mem::take(&mut *lock(&self.waiters));
        for waiter in waiters.iter().filter_map(Weak::upgrade) {
            waiter.notify_one();
        }
    }
}

impl Store {
    fn bounds(&self) -> (i64, i64) {
        match self {
            Self::Files(log) => (log.start_offset, log.next_offset),
            Self::Memory(log) => (log.start_offset, log.next_offset),
        }
    }
}
