//! A partition: its log, the producers that write to it, and the fetches that wait for it.

pub(crate) mod batch;
mod checkpoint;
mod config;
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
pub(crate) use config::LogConfig;
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
    config: LogConfig,
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
    pub(crate) fn open(folder: Option<PathBuf>, dirty: Arc<Notify>, config: LogConfig) -> io::Result<Self> {
        let (store, producers) = match folder {
            Some(folder) => {
                let (log, producers) = FileLog::open(folder)?;
                (Store::Files(Box::new(log)), producers)
            }
            None => (Store::Memory(MemoryLog::default()), Producers::default()),
        };
        let inner = Inner { store, producers, config, deleted: false };
        Ok(Self { inner: Mutex::new(inner), waiters: Mutex::default(), dirty })
    }

    /// Keeps to other settings from now on.
    pub(crate) fn configure(&self, config: LogConfig) {
        lock(&self.inner).config = config;
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
            let Inner { store, producers, deleted, .. } = &mut *inner;
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
        let mut waiters = lock(&self.waiters);
        if !waiters.iter().any(|other| is_same(other, waiter)) {
            waiters.push(Arc::downgrade(waiter));
        }
    }

    /// Ends what [`Self::register`] began.
    pub(crate) fn unregister(&self, waiter: &Arc<Notify>) {
        lock(&self.waiters).retain(|other| !is_same(other, waiter));
    }

    fn wake(&self) {
        let waiters = std::mem::take(&mut *lock(&self.waiters));
        for waiter in waiters.iter().filter_map(Weak::upgrade) {
            waiter.notify_one();
        }
    }
}

fn is_same(registered: &Weak<Notify>, waiter: &Arc<Notify>) -> bool {
    std::ptr::eq(registered.as_ptr(), Arc::as_ptr(waiter))
}

impl Store {
    fn bounds(&self) -> (i64, i64) {
        match self {
            Self::Files(log) => (log.start_offset, log.next_offset),
            Self::Memory(log) => (log.start_offset, log.next_offset),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::segment::Segment;
    use super::*;

    /// A batch of one record, as far as the log looks into it.
    fn batch(size: usize, timestamp: i64) -> (Bytes, BatchHeader) {
        let mut bytes = vec![0; size];
        bytes[8..12].copy_from_slice(&i32::try_from(size - 12).unwrap().to_be_bytes());
        bytes[16] = 2;
        bytes[27..35].copy_from_slice(&timestamp.to_be_bytes());
        bytes[35..43].copy_from_slice(&timestamp.to_be_bytes());
        bytes[43..57].fill(0xff);
        bytes[57..61].copy_from_slice(&1_i32.to_be_bytes());
        bytes[61..].fill(u8::try_from(timestamp % 251).unwrap());
        let crc = crc32c::crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        let bytes = Bytes::from(bytes);
        let header = batch::validate(&bytes).unwrap();
        (bytes, header)
    }

    fn content(slice: &Slice) -> Vec<u8> {
        let mut all = Vec::new();
        for part in &slice.parts {
            match part {
                Part::Bytes(bytes) => all.extend_from_slice(bytes),
                Part::File { file, position, length } => {
                    let mut bytes = vec![0; *length];
                    files::read_exact_at(file, &mut bytes, *position).unwrap();
                    all.extend_from_slice(&bytes);
                }
            }
        }
        assert_eq!(all.len(), slice.bytes);
        all
    }

    fn segments(folder: &Path) -> usize {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_str().unwrap().ends_with(".log")).count()
    }

    #[test]
    fn segments_serve_every_offset_also_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Partition::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default()).unwrap();
        let memory = Partition::open(None, Arc::default(), LogConfig::default()).unwrap();
        let mut on_disk = open();
        // Small batches, large ones, and one larger than a segment.
        let sizes: Vec<_> = (0..100_usize).map(|at| if at == 60 { 100_000 } else { 61 + at * at % 7000 }).collect();
        for (timestamp, &size) in (0..).zip(&sizes) {
            let (bytes, header) = batch(size, timestamp);
            let expected = Appended { base_offset: timestamp, start_offset: 0 };
            assert_eq!(on_disk.append(&bytes, header), Ok(expected));
            assert_eq!(memory.append(&bytes, header), Ok(expected));
        }
        assert!(segments(folder.path()) > 3);
        for reopened in [false, true] {
            if reopened {
                on_disk.flush(true).unwrap();
                drop(on_disk);
                on_disk = open();
            }
            for (offset, &size) in (0..).zip(&sizes) {
                let one = on_disk.read(offset, 0, usize::MAX).unwrap();
                assert_eq!(content(&one.slice), content(&memory.read(offset, 0, usize::MAX).unwrap().slice));
                assert_eq!((one.slice.bytes, one.start_offset, one.end_offset), (size, 0, 100));
                assert!(on_disk.read(offset, 0, size - 1).unwrap().slice.withheld);
                // As much as fits, in whole batches, up to the segment's end.
                for limit in [1000, 5000, 20_000] {
                    let many = content(&on_disk.read(offset, limit, usize::MAX).unwrap().slice);
                    let all = content(&memory.read(offset, limit, usize::MAX).unwrap().slice);
                    assert!(all.starts_with(&many) && many.len() >= size, "{offset} {limit}");
                }
            }
            assert_eq!(on_disk.at_timestamp(60).unwrap(), memory.at_timestamp(60).unwrap());
            assert_eq!(on_disk.read(100, 1, 1).unwrap().slice.bytes, 0);
            assert_eq!(on_disk.read(101, 1, 1).unwrap_err(), ResponseError::OffsetOutOfRange);
        }
        let before = segments(folder.path());
        assert_eq!(on_disk.delete_before(70), Ok(70));
        assert!(segments(folder.path()) < before);
        assert_eq!(on_disk.read(69, 1, 1).unwrap_err(), ResponseError::OffsetOutOfRange);
        drop(on_disk);
        assert_eq!(open().bounds(), (70, 100));
    }

    #[test]
    fn a_file_in_the_way_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let partition = Partition::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default()).unwrap();
        let foreign = Segment::path(folder.path(), 0);
        std::fs::write(&foreign, b"something").unwrap();
        let (bytes, header) = batch(100, 0);
        assert_eq!(partition.append(&bytes, header).unwrap_err().0, ResponseError::KafkaStorageError);
        assert_eq!(std::fs::read(&foreign).unwrap(), b"something");
    }

    #[test]
    fn waiters_are_registered_once_and_forgotten() {
        let partition = Partition::open(None, Arc::default(), LogConfig::default()).unwrap();
        let waiter = Arc::<Notify>::default();
        partition.register(&waiter);
        partition.register(&waiter);
        assert_eq!(lock(&partition.waiters).len(), 1);
        partition.unregister(&waiter);
        assert!(lock(&partition.waiters).is_empty());
    }
}
