//! A partition's log in files: segments that are only ever appended to.

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::batch::{self, BatchHeader, HEADER_BYTES};
use super::checkpoint::Checkpoint;
use super::producers::Producers;
use super::recovery;
use super::segment::Segment;
use super::walk::Walk;
use super::{Part, Slice};
use crate::files;

/// A segment is closed when the next batch would make it larger than this.
const SEGMENT_BYTES: u64 = if cfg!(test) { 64 * 1024 } else { 256 * 1024 * 1024 };
/// A checkpoint is due after this many bytes: the most that the next start verifies.
const CHECKPOINT_BYTES: u64 = 64 * 1024 * 1024;

/// The log of one partition.
#[derive(Debug)]
pub(crate) struct FileLog {
    pub(super) folder: PathBuf,
    /// Ascending; the last one is written to.
    pub(super) segments: Vec<Segment>,
    /// The last segment takes no more batches: what follows its readable part is damaged.
    pub(super) sealed: bool,
    pub(super) start_offset: i64,
    pub(super) next_offset: i64,
    writer: Option<Arc<File>>,
    /// The segment read last. Readers have handles of their own: positional reads move the cursor on some systems.
    reader: Option<(i64, Arc<File>)>,
    /// Files with bytes that may not be on the disk yet.
    unsynced: Vec<Arc<File>>,
    since_checkpoint: u64,
    checkpoint_due: bool,
    failure: Option<&'static str>,
}

/// What the flusher does outside the partition's lock.
#[derive(Debug)]
pub(crate) struct Flush {
    files: Vec<Arc<File>>,
    checkpoint: Option<Checkpoint>,
    folder: PathBuf,
}

impl Flush {
    /// Forces the bytes to the disk, then writes the checkpoint that vouches for them.
    pub(crate) fn run(self) -> io::Result<()> {
        for file in &self.files {
            file.sync_data()?;
        }
        if let Some(checkpoint) = self.checkpoint {
            files::sync_folder(&self.folder)?;
            checkpoint.write(&self.folder)?;
        }
        Ok(())
    }
}

/// A stretch of a segment file in which a batch is looked for.
struct Stretch {
    file: Arc<File>,
    position: u64,
    end: u64,
}

impl FileLog {
    /// Opens the log in a folder, creating it where it is missing; a torn tail is cut.
    pub(crate) fn open(folder: PathBuf) -> io::Result<(Self, Producers)> {
        std::fs::create_dir_all(&folder)?;
        let mut log = Self {
            folder,
            segments: Vec::new(),
            sealed: false,
            start_offset: 0,
            next_offset: 0,
            writer: None,
            reader: None,
            unsynced: Vec::new(),
            since_checkpoint: 0,
            checkpoint_due: false,
            failure: None,
        };
        let (producers, unverified) = recovery::recover(&mut log)?;
        log.since_checkpoint = unverified;
        Ok((log, producers))
    }

    /// Appends a checked batch, whose header says where it belongs.
    pub(crate) fn append(&mut self, records: &[u8], header: &BatchHeader) -> io::Result<()> {
        if let Some(reason) = self.failure {
            return Err(io::Error::other(reason));
        }
        let is_full = |segment: &Segment| segment.size > 0 && segment.size + records.len() as u64 > SEGMENT_BYTES;
        if self.sealed || self.segments.last().is_none_or(is_full) {
            self.roll()?;
        }
        let writer = self.writer()?;
        let Some(segment) = self.segments.last_mut() else { return Err(io::ErrorKind::NotFound.into()) };
        let stamped = batch::stamped_header(records, header.base_offset);
        if let Err(error) = write_both(&writer, &stamped, &records[HEADER_BYTES..]) {
            // What was written of the batch goes away, or nothing could be appended behind it.
            let undone = writer.set_len(segment.size).and_then(|()| (&*writer).seek(SeekFrom::Start(segment.size)));
            if undone.is_err() {
                self.failure = Some("an earlier write failed and could not be undone");
            }
            return Err(error);
        }
        segment.note(header);
        self.next_offset = header.next_offset();
        self.since_checkpoint += records.len() as u64;
        if !self.unsynced.iter().any(|file| Arc::ptr_eq(file, &writer)) {
            self.unsynced.push(writer);
        }
        Ok(())
    }

    fn roll(&mut self) -> io::Result<()> {
        let base_offset = self.next_offset;
        let path = Segment::path(&self.folder, base_offset);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        if file.metadata()?.len() > 0 {
            // Whatever it holds, it is not for this log to overwrite.
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.writer = Some(Arc::new(file));
        self.segments.push(Segment::new(base_offset));
        self.sealed = false;
        self.checkpoint_due = true;
        Ok(())
    }

    fn writer(&mut self) -> io::Result<Arc<File>> {
        if let Some(writer) = &self.writer {
            return Ok(Arc::clone(writer));
        }
        let Some(segment) = self.segments.last() else { return Err(io::ErrorKind::NotFound.into()) };
        let mut file = OpenOptions::new().write(true).open(Segment::path(&self.folder, segment.base_offset))?;
        file.seek(SeekFrom::Start(segment.size))?;
        let file = Arc::new(file);
        self.writer = Some(Arc::clone(&file));
        Ok(file)
    }

    fn reader(&mut self, base_offset: i64) -> io::Result<Arc<File>> {
        match &self.reader {
            Some((base, file)) if *base == base_offset => Ok(Arc::clone(file)),
            _ => {
                let file = Arc::new(File::open(Segment::path(&self.folder, base_offset))?);
                self.reader = Some((base_offset, Arc::clone(&file)));
                Ok(file)
            }
        }
    }

    /// Prepares reading from `offset` on. The search in the file runs later, outside the partition's lock.
    pub(crate) fn find(&mut self, offset: i64, max_bytes: usize) -> io::Result<Option<Search>> {
        let at = self.segments.partition_point(|segment| segment.end_offset <= offset);
        let Some(segment) = self.segments.get(at) else { return Ok(None) };
        let position = segment.before_offset(offset);
        let skip_to = segment.before_position(position.saturating_add(max_bytes as u64));
        let (base, end) = (segment.base_offset, segment.size);
        let stretch = Stretch { file: self.reader(base)?, position, end };
        Ok(Some(Search { stretch, offset, skip_to }))
    }

    /// Prepares looking for the first record at or after `timestamp`.
    pub(crate) fn find_timestamp(&mut self, timestamp: i64) -> io::Result<Option<TimeSearch>> {
        let start_offset = self.start_offset;
        let found = self.segments.iter().find_map(|segment| {
            let can_match = segment.max_timestamp >= timestamp && segment.end_offset > start_offset;
            let position = segment.before_timestamp(timestamp).filter(|_| can_match)?;
            Some((segment.base_offset, position, segment.size))
        });
        let Some((base, position, end)) = found else { return Ok(None) };
        let stretch = Stretch { file: self.reader(base)?, position, end };
        Ok(Some(TimeSearch { stretch, timestamp, start_offset }))
    }

    /// Latest timestamp of any record.
    pub(crate) fn max_timestamp(&self) -> Option<i64> {
        self.segments.iter().map(|segment| segment.max_timestamp).max().filter(|&latest| latest > i64::MIN)
    }

    /// Forgets records before `offset` and removes segments that hold nothing else.
    pub(crate) fn delete_before(&mut self, offset: i64, producers: &Producers) -> io::Result<()> {
        self.start_offset = self.start_offset.max(offset);
        for file in self.unsynced.drain(..) {
            file.sync_data()?;
        }
        self.checkpoint(producers).write(&self.folder)?;
        let closed = self.segments.len().saturating_sub(1);
        let gone = self.segments[..closed].iter().take_while(|segment| segment.end_offset <= offset).count();
        self.reader = None;
        for segment in self.segments.drain(..gone) {
            std::fs::remove_file(Segment::path(&self.folder, segment.base_offset))?;
        }
        Ok(())
    }

    fn checkpoint(&self, producers: &Producers) -> Checkpoint {
        let last = self.segments.last();
        let mut encoded = Vec::new();
        producers.encode(&mut encoded);
        Checkpoint {
            start_offset: self.start_offset,
            segment: last.map_or(0, |segment| segment.base_offset),
            position: last.map_or(0, |segment| segment.size),
            next_offset: self.next_offset,
            producers: encoded,
        }
    }

    /// What is to be forced to the disk; `last` asks for a checkpoint too, where anything came since the previous one.
    pub(crate) fn flush(&mut self, producers: &Producers, last: bool) -> Option<Flush> {
        let due =
            self.checkpoint_due || self.since_checkpoint >= CHECKPOINT_BYTES || (last && self.since_checkpoint > 0);
        if self.unsynced.is_empty() && !due {
            return None;
        }
        let checkpoint = due.then(|| self.checkpoint(producers));
        if due {
            self.since_checkpoint = 0;
            self.checkpoint_due = false;
        }
        Some(Flush { files: std::mem::take(&mut self.unsynced), checkpoint, folder: self.folder.clone() })
    }

    /// Lets go of every file, for the folder is about to be removed.
    pub(crate) fn close(&mut self) {
        self.failure = Some("the topic was deleted");
        self.writer = None;
        self.reader = None;
        self.unsynced.clear();
        self.segments.clear();
    }
}

/// A prepared search for the batches to answer a fetch with.
pub(crate) struct Search {
    stretch: Stretch,
    offset: i64,
    skip_to: u64,
}

impl Search {
    /// Whole batches from the one that holds the offset on: as many as fit `max_bytes`, but at least one if that fits
    /// `first_max_bytes`.
    pub(crate) fn run(self, max_bytes: usize, first_max_bytes: usize) -> io::Result<Slice> {
        let Stretch { file, position, end } = self.stretch;
        let mut walk = Walk::new(&file, position, end);
        let first = loop {
            match walk.next()? {
                Some((_, header)) if header.last_offset() < self.offset => {}
                Some(found) => break found,
                None => return Ok(Slice::default()),
            }
        };
        let (start, header) = first;
        if header.size > first_max_bytes {
            return Ok(Slice { parts: Vec::new(), bytes: 0, withheld: true });
        }
        let mut stop = start + header.size as u64;
        let limit = start.saturating_add(max_bytes as u64);
        if self.skip_to > stop && self.skip_to <= limit {
            // Every indexed position is the end of the batch before it.
            stop = self.skip_to;
            walk = Walk::new(&file, stop, end);
        }
        while let Some((at, header)) = walk.next()? {
            if at + header.size as u64 > limit {
                break;
            }
            stop = at + header.size as u64;
        }
        let bytes = (stop - start) as usize;
        Ok(Slice { parts: vec![Part::File { file, position: start, length: bytes }], bytes, withheld: false })
    }
}

/// A prepared search for a record by its timestamp.
pub(crate) struct TimeSearch {
    stretch: Stretch,
    timestamp: i64,
    start_offset: i64,
}

impl TimeSearch {
    /// The record's offset and timestamp.
    pub(crate) fn run(self) -> io::Result<Option<(i64, i64)>> {
        let Stretch { file, position, end } = self.stretch;
        let mut walk = Walk::new(&file, position, end);
        while let Some((at, header)) = walk.next()? {
            if header.max_timestamp < self.timestamp || header.last_offset() < self.start_offset {
                continue;
            }
            let mut bytes = vec![0; header.size];
            files::read_exact_at(&file, &mut bytes, at)?;
            if let Some((offset, timestamp)) = batch::first_record_at(&bytes, self.timestamp) {
                return Ok(Some((offset.max(self.start_offset), timestamp)));
            }
        }
        Ok(None)
    }
}

/// Writes a stamped header and the rest of its batch without copying them together.
fn write_both(mut file: &File, header: &[u8], rest: &[u8]) -> io::Result<()> {
    let mut slices = [IoSlice::new(header), IoSlice::new(rest)];
    let mut left = &mut slices[..];
    // Also drops a rest without bytes.
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
