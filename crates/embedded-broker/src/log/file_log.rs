//! The reading side of a partition's log in files. Its lock is held for lookups, never during disk access.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use kafka_protocol::ResponseError;

use super::batch::BatchHeader;
use super::index::{Extent, Index};
use super::records;
use super::segment::Segment;
use super::walk::Walk;
use super::{Part, Reading, Slice};
use crate::files;
use crate::handles::{Handle, Slot};
use crate::sync::lock;

/// Segments kept ready for reading: some consumers are at the end, some behind.
const READY_SEGMENTS: usize = 3;
/// How often a lookup is repeated when the segment is deleted before it is opened.
const LOOK_UPS: usize = 5;

/// The readable part of a log.
#[derive(Debug)]
pub(super) struct View {
    /// Ascending.
    pub closed: Vec<Arc<Segment>>,
    /// The segment that is written to: what has been written.
    pub active: Option<Index>,
    /// First offset that may be read.
    pub start_offset: i64,
    /// Offset of the next record.
    pub end_offset: i64,
}

impl View {
    /// Base offset of the first segment that reaches beyond `offset`.
    pub(super) fn base_beyond(&self, offset: i64) -> Option<i64> {
        self.place(offset, |_| true).map(|place| match place {
            Place::Closed(segment) => segment.extent.base_offset,
            Place::Active(index) => index.extent.base_offset,
        })
    }

    /// The first segment that reaches beyond `offset` and that `is_wanted`.
    fn place(&self, offset: i64, is_wanted: impl Fn(&Extent) -> bool) -> Option<Place<'_>> {
        let at = self.closed.partition_point(|segment| segment.extent.end_offset <= offset);
        let closed = self.closed[at..].iter().find(|segment| is_wanted(&segment.extent)).map(Place::Closed);
        let is_beyond = |index: &&Index| index.extent.end_offset > offset && is_wanted(&index.extent);
        closed.or_else(|| self.active.as_ref().filter(is_beyond).map(Place::Active))
    }
}

enum Place<'a> {
    Closed(&'a Arc<Segment>),
    Active(&'a Index),
}

/// A stretch of a segment, looked up: where reading begins and may skip to.
struct Stretch {
    file: Arc<Handle>,
    extent: Extent,
    is_closed: bool,
    position: u64,
    skip_to: u64,
}

/// Positions to begin at and to skip to.
type Positions = (u64, u64);

/// A recently read segment. Readers have separate handles: positional reads move the cursor on some systems.
#[derive(Debug)]
struct Ready {
    base_offset: i64,
    slot: Slot,
    /// A closed segment's.
    index: Option<Arc<Index>>,
}

/// A segment open for reading.
struct Open {
    file: Arc<Handle>,
    /// A closed segment's.
    index: Option<Arc<Index>>,
}

/// The log of one partition as readers see it.
#[derive(Debug)]
pub(super) struct FileLog {
    pub folder: PathBuf,
    pub view: Mutex<View>,
    /// The segments read last, the latest at the end.
    ready: Mutex<Vec<Ready>>,
    damage_reported: AtomicBool,
}

impl FileLog {
    /// A log in a folder.
    pub(super) fn new(folder: PathBuf, view: View) -> Self {
        Self { folder, view: Mutex::new(view), ready: Mutex::default(), damage_reported: AtomicBool::new(false) }
    }

    /// First offset that may be read, and the offset of the next record to come.
    pub(super) fn bounds(&self) -> (i64, i64) {
        let view = lock(&self.view);
        (view.start_offset, view.end_offset)
    }

    /// Whole batches, as [`super::Partition::read`] returns them.
    pub(super) fn read(&self, offset: i64, max: usize, first_max: usize) -> Result<Reading, ResponseError> {
        let (mut from, mut look_ups, mut is_closed) = (offset, 0, false);
        loop {
            let (start_offset, end_offset) = self.bounds();
            if offset < start_offset || offset > end_offset {
                return Err(ResponseError::OffsetOutOfRange);
            }
            if max == 0 && first_max == 0 {
                // No batch fits: no file needs to be opened.
                let slice = Slice { withheld: offset < end_offset, ..Slice::default() };
                return Ok(Reading { slice, start_offset, end_offset, is_behind: false });
            }
            let positions = |index: &Index| {
                let position = index.before_offset(offset);
                Some((position, index.before_position(position.saturating_add(max as u64))))
            };
            let found = self.look_up(from, |_| true, positions).and_then(|stretch| match stretch {
                Some(stretch) => {
                    (from, is_closed) = (stretch.extent.end_offset, stretch.is_closed);
                    self.slice(stretch, offset, max, first_max)
                }
                None => Ok(Some(Slice::default())),
            });
            match found {
                Ok(Some(slice)) => {
                    // Read again: the records never reach beyond the end that is returned with them.
                    let (start_offset, end_offset) = self.bounds();
                    let is_behind = is_closed && from < end_offset && slice.bytes > 0;
                    return Ok(Reading { slice, start_offset, end_offset, is_behind });
                }
                // The rest of that segment cannot be read: continue with the next.
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound && look_ups < LOOK_UPS => look_ups += 1,
                Err(error) => {
                    tracing::error!("cannot read from a log: {error}: {}", self.folder.display());
                    return Err(ResponseError::KafkaStorageError);
                }
            }
        }
    }

    /// The first record at or after `timestamp`, as (offset, timestamp).
    pub(super) fn at_timestamp(&self, timestamp: i64) -> io::Result<Option<(i64, i64)>> {
        let mut from = i64::MIN;
        let mut look_ups = 0;
        loop {
            let (start_offset, _) = self.bounds();
            let positions = |index: &Index| {
                let position = index.before_timestamp(timestamp)?.max(index.before_offset(start_offset));
                Some((position, 0))
            };
            let can_match = |extent: &Extent| extent.max_timestamp >= timestamp;
            let found = self.look_up(from.max(start_offset), can_match, positions).and_then(|stretch| match stretch {
                Some(stretch) => {
                    from = stretch.extent.end_offset;
                    self.record_in(&stretch, timestamp, start_offset).map(|found| found.map(Some))
                }
                None => Ok(Some(None)),
            });
            match found {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound && look_ups < LOOK_UPS => look_ups += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Latest timestamp of any record.
    pub(super) fn latest_timestamp(&self) -> io::Result<Option<i64>> {
        let (start_offset, whole, cut) = {
            let view = lock(&self.view);
            let extents = view.closed.iter().map(|segment| segment.extent);
            let extents = extents.chain(view.active.as_ref().map(|index| index.extent));
            let start_offset = view.start_offset;
            let (cut, whole): (Vec<_>, Vec<_>) = extents
                .filter(|extent| extent.end_offset > start_offset)
                .partition(|extent| extent.base_offset < start_offset);
            (start_offset, whole.iter().map(|extent| extent.max_timestamp).max(), cut)
        };
        let mut latest = whole;
        // Deleted records in a segment that still exists do not count.
        if !cut.is_empty() {
            let is_cut = |extent: &Extent| extent.base_offset < start_offset;
            let positions = |index: &Index| Some((index.before_offset(start_offset), 0));
            if let Some(stretch) = self.look_up(start_offset, is_cut, positions)? {
                latest = latest.max(self.latest_in(&stretch, start_offset)?);
            }
        }
        Ok(latest.filter(|&latest| latest >= 0))
    }

    /// Closes the files of segments before `offset`.
    pub(super) fn close_before(&self, offset: i64) {
        let gone: Vec<_> = lock(&self.ready).extract_if(.., |ready| ready.base_offset < offset).collect();
        drop(gone);
    }

    /// Looks up the first segment that reaches beyond `offset` and `is_wanted`, and where to read in it.
    fn look_up(
        &self,
        offset: i64,
        is_wanted: impl Fn(&Extent) -> bool,
        positions: impl Fn(&Index) -> Option<Positions>,
    ) -> io::Result<Option<Stretch>> {
        enum Found {
            Closed(Arc<Segment>),
            Active(Extent, Option<Positions>),
        }
        let found = match lock(&self.view).place(offset, is_wanted) {
            None => return Ok(None),
            Some(Place::Closed(segment)) => Found::Closed(Arc::clone(segment)),
            Some(Place::Active(index)) => Found::Active(index.extent, positions(index)),
        };
        let is_closed = matches!(found, Found::Closed(_));
        let (extent, open, positions) = match found {
            Found::Closed(segment) => {
                let open = self.open(segment.extent.base_offset, Some(&segment))?;
                let positions = open.index.as_deref().and_then(positions);
                (segment.extent, open, positions)
            }
            Found::Active(extent, positions) => (extent, self.open(extent.base_offset, None)?, positions),
        };
        // Without a position there is nothing in this segment, so only its end is left to read.
        let (position, skip_to) = positions.unwrap_or((extent.size, 0));
        Ok(Some(Stretch { file: Arc::clone(&open.file), extent, is_closed, position, skip_to }))
    }

    /// Opens a segment, unless it is open. Its index is read once, however often the file is closed in between.
    fn open(&self, base_offset: i64, closed: Option<&Segment>) -> io::Result<Open> {
        let mut index = None;
        {
            let mut ready = lock(&self.ready);
            let fits = |ready: &Ready| ready.base_offset == base_offset && (closed.is_none() || ready.index.is_some());
            if let Some(at) = ready.iter().position(fits) {
                ready[at..].rotate_left(1);
                index = ready.last().and_then(|found| found.index.clone());
                if let Some(file) = ready.last().and_then(|found| found.slot.get()) {
                    return Ok(Open { file, index });
                }
            }
        }
        let mut slot = Slot::default();
        let file = slot.open(|| File::open(Segment::path(&self.folder, base_offset)))?;
        if let Some(segment) = closed.filter(|_| index.is_none()) {
            index = Some(segment.index(&self.folder, &file)?);
        }
        let opened = Open { file, index: index.clone() };
        let dropped: Vec<_> = {
            let mut ready = lock(&self.ready);
            let mut dropped: Vec<_> = ready.extract_if(.., |other| other.base_offset == base_offset).collect();
            ready.push(Ready { base_offset, slot, index });
            let surplus = ready.len().saturating_sub(READY_SEGMENTS);
            dropped.extend(ready.drain(..surplus));
            dropped
        };
        drop(dropped);
        // A handle to a file that has since been deleted would keep its space.
        let first = {
            let view = lock(&self.view);
            let active = view.active.as_ref().map(|index| index.extent.base_offset);
            view.closed.first().map(|segment| segment.extent.base_offset).or(active)
        };
        if first.is_none_or(|first| base_offset < first) {
            self.close_before(first.unwrap_or(i64::MAX));
        }
        Ok(opened)
    }

    fn report_damage(&self, extent: &Extent, position: u64) {
        if !self.damage_reported.swap(true, Ordering::Relaxed) {
            let path = Segment::path(&self.folder, extent.base_offset);
            tracing::error!("the data at byte {position} cannot be read and is skipped: {}", path.display());
        }
    }

    fn next(&self, walk: &mut Walk<'_>, extent: &Extent) -> io::Result<Option<(u64, BatchHeader)>> {
        let position = walk.position();
        walk.next_sound(|| self.report_damage(extent, position))
    }

    /// Whole batches from the one that holds the offset on: as many as fit `max_bytes`, but at least one if that fits
    /// `first_max_bytes`. `None` if the stretch has none.
    fn slice(
        &self,
        stretch: Stretch,
        offset: i64,
        max_bytes: usize,
        first_max_bytes: usize,
    ) -> io::Result<Option<Slice>> {
        let Stretch { file, extent, position, skip_to, .. } = stretch;
        let mut walk = Walk::new(&file, position, extent.size, extent.base_offset);
        let (start, first) = loop {
            match self.next(&mut walk, &extent)? {
                Some((_, header)) if header.last_offset() < offset => {}
                Some(found) => break found,
                None => return Ok(None),
            }
        };
        if first.size > first_max_bytes {
            return Ok(Some(Slice { parts: Vec::new(), bytes: 0, withheld: true }));
        }
        let mut stop = start + first.size as u64;
        let limit = start.saturating_add(max_bytes as u64);
        if skip_to > stop && skip_to <= limit {
            // Every indexed position is the end of the batch before it.
            stop = skip_to;
            walk.jump(stop);
        }
        while let Some((at, header)) = walk.next()? {
            if at + header.size as u64 > limit {
                break;
            }
            stop = at + header.size as u64;
        }
        let bytes = (stop - start) as usize;
        Ok(Some(Slice { parts: vec![Part::File { file, position: start, length: bytes }], bytes, withheld: false }))
    }

    /// The first record at or after both `timestamp` and `start_offset` in a stretch.
    fn record_in(&self, stretch: &Stretch, timestamp: i64, start_offset: i64) -> io::Result<Option<(i64, i64)>> {
        let Stretch { file, extent, position, .. } = stretch;
        let mut walk = Walk::new(file, *position, extent.size, extent.base_offset);
        while let Some((at, header)) = self.next(&mut walk, extent)? {
            if header.max_timestamp < timestamp || header.last_offset() < start_offset {
                continue;
            }
            if let Some(found) = records::first_at(&read_batch(file, at, &header)?, timestamp, start_offset) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn latest_in(&self, stretch: &Stretch, start_offset: i64) -> io::Result<Option<i64>> {
        let Stretch { file, extent, position, .. } = stretch;
        let mut walk = Walk::new(file, *position, extent.size, extent.base_offset);
        let mut latest = None;
        while let Some((at, header)) = self.next(&mut walk, extent)? {
            if header.base_offset >= start_offset {
                latest = latest.max(Some(header.max_timestamp));
            } else if header.last_offset() >= start_offset {
                latest = latest.max(records::latest_from(&read_batch(file, at, &header)?, start_offset));
            }
        }
        Ok(latest)
    }
}

fn read_batch(file: &File, position: u64, header: &BatchHeader) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; header.size];
    files::read_exact_at(file, &mut bytes, position)?;
    Ok(bytes)
}
