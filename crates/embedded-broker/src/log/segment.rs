//! A closed segment of a partition's log: its extent and its index.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::index::{Extent, Index};
use super::walk::Walk;
use crate::sync::lock;

/// A segment that takes no more batches.
#[derive(Debug)]
pub(crate) struct Segment {
    pub extent: Extent,
    /// Length of its file: larger than the extent where the end is damaged.
    pub file_bytes: u64,
    /// The index, until it is in its file.
    held: Mutex<Option<Arc<Index>>>,
}

impl Segment {
    /// A segment whose index is in its file, or is kept here until it is.
    pub(crate) fn new(extent: Extent, file_bytes: u64, held: Option<Index>) -> Self {
        Self { extent, file_bytes, held: Mutex::new(held.map(Arc::new)) }
    }

    /// The segment's file: its base offset in twenty digits, so that names sort like offsets.
    pub(crate) fn path(folder: &Path, base_offset: i64) -> PathBuf {
        folder.join(format!("{base_offset:020}.log"))
    }

    /// The index: the one kept here, or from its file, or rebuilt from the batch headers. Reads the disk.
    pub(crate) fn index(&self, folder: &Path, file: &File) -> io::Result<Arc<Index>> {
        let held = lock(&self.held).clone();
        if let Some(index) = held {
            return Ok(index);
        }
        if let Some(index) = Index::read(folder, self.extent.base_offset).filter(|index| index.extent == self.extent) {
            return Ok(Arc::new(index));
        }
        let mut index = Index::new(self.extent.base_offset);
        let mut walk = Walk::new(file, 0, self.extent.size, self.extent.base_offset);
        while let Some((position, header)) = walk.next_sound(|| {})? {
            index.note(&header, position);
        }
        index.extent = self.extent;
        index.searched_bytes = Some(self.file_bytes).filter(|&bytes| bytes > self.extent.size);
        if let Err(error) = index.write(folder) {
            tracing::debug!("cannot write an index: {error}: {}", folder.display());
        }
        Ok(Arc::new(index))
    }

    /// Writes the index's file, unless that has been done.
    pub(crate) fn write_index(&self, folder: &Path) -> io::Result<()> {
        let held = lock(&self.held).clone();
        if let Some(index) = held {
            index.write(folder)?;
            *lock(&self.held) = None;
        }
        Ok(())
    }
}
