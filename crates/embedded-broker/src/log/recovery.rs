//! Opens a partition's log: reads what the last checkpoint covers from its index, verifies the rest, and cuts an
//! unfinished write at the end.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::file_log::{FileLog, View};
use super::index::{Extent, Index};
use super::producers::Producers;
use super::segment::Segment;
use super::walk::Walk;
use super::writer::{self, Recovered, Writer};
use crate::files;
use crate::handles::with_free_descriptors;

/// A log that was opened.
pub(super) struct Opened {
    pub log: FileLog,
    pub writer: Writer,
    pub producers: Producers,
    /// Bytes of all segments.
    pub bytes: u64,
}

/// The intact part of one segment.
struct Scanned {
    extent: Extent,
    /// Missing where the index's file has it.
    index: Option<Index>,
    /// Length of the file.
    length: u64,
    /// Latest timestamp of the first batch.
    first_timestamp: Option<i64>,
    /// Whether it has batches that no checkpoint covers.
    has_unverified: bool,
}

/// Opens the log in a folder, creating it where it is missing.
pub(super) fn open(folder: PathBuf) -> io::Result<Opened> {
    std::fs::create_dir_all(&folder)?;
    let (checkpoint, producers) = Checkpoint::read(&folder)?.unwrap_or_default();
    let view = View { closed: Vec::new(), active: None, start_offset: checkpoint.start_offset, end_offset: 0 };
    let bases = segment_bases(&folder)?;
    let mut recovery = Recovery { folder, checkpoint, producers, view, recovered: Recovered::default(), bytes: 0 };
    for (at, &base_offset) in bases.iter().enumerate() {
        recovery.add_segment(base_offset, at + 1 == bases.len())?;
    }
    Ok(recovery.finish())
}

/// A log that is being opened, segment by segment.
struct Recovery {
    folder: PathBuf,
    checkpoint: Checkpoint,
    producers: Producers,
    view: View,
    recovered: Recovered,
    bytes: u64,
}

impl Recovery {
    fn add_segment(&mut self, base_offset: i64, is_last: bool) -> io::Result<()> {
        let path = Segment::path(&self.folder, base_offset);
        if base_offset < self.recovered.next_offset {
            tracing::error!("skipping a segment that overlaps the one before: {}", path.display());
            return Ok(());
        }
        let known = match base_offset.cmp(&self.checkpoint.segment) {
            std::cmp::Ordering::Less => u64::MAX,
            std::cmp::Ordering::Equal => self.checkpoint.position,
            std::cmp::Ordering::Greater => 0,
        };
        let mut scanned = scan(&self.folder, base_offset, known, is_last, &mut self.producers)?;
        let extent = scanned.extent;
        self.recovered.next_offset = extent.end_offset;
        self.recovered.has_unverified |= scanned.has_unverified;
        if extent.end_offset <= self.checkpoint.start_offset && scanned.length > 0 {
            // Deleted, but the file was still in use or the process ended first: it is removed when its producers'
            // state is on the disk.
            self.bytes += scanned.length;
            self.view.closed.push(Arc::new(Segment::new(extent, scanned.length, scanned.index)));
            return Ok(());
        }
        let is_torn = extent.size < scanned.length;
        let is_closed = !is_last || (is_torn && is_sealed(&extent, known, is_last));
        if is_torn {
            mend_end(&path, &mut scanned, is_closed)?;
        }
        if scanned.has_unverified {
            // It is in the page cache; a checkpoint must not cover it before it is on the disk too.
            self.recovered.unsynced.push(base_offset);
        }
        self.bytes += scanned.length;
        if !is_closed {
            self.recovered.active = Some(extent);
            self.recovered.first_timestamp = scanned.first_timestamp;
            self.view.active = scanned.index;
        } else {
            // Written once, so that the next start need not read the batch headers again.
            let held = scanned.index.filter(|index| index.write(&self.folder).is_err());
            self.view.closed.push(Arc::new(Segment::new(extent, scanned.length, held)));
        }
        Ok(())
    }

    fn finish(mut self) -> Opened {
        let checkpoint = &self.checkpoint;
        if self.recovered.next_offset < checkpoint.next_offset {
            // Offsets that were assigned once are not reused.
            if checkpoint.start_offset < checkpoint.next_offset {
                let folder = self.folder.display();
                tracing::error!("records before offset {} are missing: {folder}", checkpoint.next_offset);
            }
            self.recovered.next_offset = checkpoint.next_offset;
            self.close_active();
        }
        if self.recovered.next_offset < self.view.start_offset {
            self.recovered.next_offset = self.view.start_offset;
            self.close_active();
        }
        let view = &mut self.view;
        let first = view.closed.first().map(|segment| segment.extent.base_offset);
        let first = first.or(view.active.as_ref().map(|index| index.extent.base_offset));
        if let Some(first) = first {
            // On a full disk segments are removed without a new checkpoint.
            view.start_offset = view.start_offset.max(first);
        }
        view.end_offset = self.recovered.next_offset;
        self.producers.expire(files::now_ms());
        let writer = Writer::new(self.recovered, &self.producers);
        Opened { log: FileLog::new(self.folder, self.view), writer, producers: self.producers, bytes: self.bytes }
    }

    /// Lets the next batch begin another segment.
    fn close_active(&mut self) {
        self.recovered.active = None;
        if let Some(index) = self.view.active.take() {
            let segment = Segment::new(index.extent, index.extent.size, Some(index));
            self.view.closed.push(Arc::new(segment));
        }
    }
}

/// Cuts what cannot be read at a segment's end, or notes that nothing else is there where the segment is closed.
fn mend_end(path: &Path, scanned: &mut Scanned, is_closed: bool) -> io::Result<()> {
    let cut = scanned.length - scanned.extent.size;
    if is_closed {
        if let Some(index) = &mut scanned.index {
            index.searched_bytes = Some(scanned.length);
        }
        tracing::error!("{cut} bytes cannot be read and are left alone: {}", path.display());
    } else {
        tracing::warn!("cutting {cut} bytes of an unfinished write: {}", path.display());
        writer::open_for_writing(path)?.set_len(scanned.extent.size)?;
        scanned.length = scanned.extent.size;
    }
    Ok(())
}

/// Whether unreadable bytes at a segment's end are kept: after the checkpoint they may be an unfinished write; before
/// it they are damage, and the data after the damage may still be useful.
fn is_sealed(extent: &Extent, known: u64, is_last: bool) -> bool {
    !is_last || extent.size < known
}

/// Removes a segment's file and its index's.
pub(super) fn remove(folder: &Path, base_offset: i64) -> io::Result<()> {
    for path in [Index::path(folder, base_offset), Segment::path(folder, base_offset)] {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn segment_bases(folder: &Path) -> io::Result<Vec<i64>> {
    let mut bases = Vec::new();
    let mut indexes = Vec::new();
    for entry in with_free_descriptors(|| std::fs::read_dir(folder))? {
        let name = entry?.file_name();
        let base = |suffix| -> Option<i64> {
            let digits = name.to_str()?.strip_suffix(suffix)?;
            digits.parse().ok().filter(|_: &i64| digits.len() == 20)
        };
        bases.extend(base(".log"));
        indexes.extend(base(".index"));
    }
    bases.sort_unstable();
    for index in indexes.into_iter().filter(|index| bases.binary_search(index).is_err()) {
        // Its segment was deleted.
        remove(folder, index)?;
    }
    Ok(bases)
}

/// Reads the intact part of one segment; the first `known` bytes are not verified again, and not read where the index
/// covers them.
fn scan(folder: &Path, base: i64, known: u64, is_last: bool, producers: &mut Producers) -> io::Result<Scanned> {
    let path = Segment::path(folder, base);
    let file = with_free_descriptors(|| File::open(&path))?;
    let length = file.metadata()?.len();
    let head = Index::read_head(folder, base);
    let is_covered = |extent: &Extent| !is_last && extent.size == length && known >= length;
    // An earlier search found nothing after the damage at its end, and the file has not changed since.
    let is_searched = |(extent, searched): &(Extent, Option<u64>)| {
        *searched == Some(length) && known >= extent.size && is_sealed(extent, known, is_last)
    };
    if let Some((extent, _)) = head.filter(|head| is_covered(&head.0) || is_searched(head)) {
        return Ok(Scanned { extent, index: None, length, first_timestamp: None, has_unverified: false });
    }
    let usable = |index: &Index| index.extent.size <= length && index.extent.size <= known;
    let mut index = Index::read(folder, base).filter(usable).unwrap_or_else(|| Index::new(base));
    index.searched_bytes = None;
    let mut first_timestamp = Walk::new(&file, 0, length, base).next()?.map(|(_, header)| header.max_timestamp);
    let mut walk = Walk::new(&file, index.extent.size, length, index.extent.end_offset);
    let mut content = Vec::new();
    loop {
        let found = match walk.next()? {
            Some((position, header)) if position >= known => {
                content.resize(header.size, 0);
                files::read_exact_at(&file, &mut content, position)?;
                header.is_intact(&content).then_some((position, header)).ok_or(position)
            }
            Some(found) => Ok(found),
            None => Err(walk.position()),
        };
        match found {
            Ok((position, header)) => {
                if position >= known {
                    producers.record(&header, files::now_ms());
                }
                first_timestamp.get_or_insert(header.max_timestamp);
                index.note(&header, position);
            }
            Err(position) => {
                walk.jump(position);
                // An unfinished write at the end of the log is cut; elsewhere batches after the damage are kept.
                let behind = if position < length && (!is_last || position < known) { walk.search()? } else { None };
                let Some(behind) = behind else { break };
                tracing::error!("{} bytes at {position} cannot be read: {}", behind - position, path.display());
                walk.jump(behind);
            }
        }
    }
    let has_unverified = index.extent.size > known;
    Ok(Scanned { extent: index.extent, index: Some(index), length, first_timestamp, has_unverified })
}
