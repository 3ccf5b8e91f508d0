//! A partition's checkpoint: the position up to which its log is known to be on the disk and intact, and the producers'
//! state there.
//!
//! A missing or damaged checkpoint costs time at the next start (the whole log is verified), never data.

use std::io;
use std::path::Path;

use bytes::{Buf, BufMut};

use super::producers::Producers;
use crate::files;
use crate::handles::with_free_descriptors;

const FILE: &str = "checkpoint";
const MAGIC: u32 = 0x4542_4331; // "EBC1"

/// The content of a checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// First offset that may be read.
    pub start_offset: i64,
    /// Base offset of the segment that was written to.
    pub segment: i64,
    /// Bytes of that segment that are intact.
    pub position: u64,
    /// Offset of the next batch.
    pub next_offset: i64,
    /// The idempotent producers, as [`Producers::encode`] writes them.
    pub producers: Vec<u8>,
}

impl Checkpoint {
    /// Replaces the checkpoint in a partition's folder; it is on the disk then.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(self.producers.len() + 40);
        bytes.put_u32(MAGIC);
        bytes.put_i64(self.start_offset);
        bytes.put_i64(self.segment);
        bytes.put_u64(self.position);
        bytes.put_i64(self.next_offset);
        bytes.put_slice(&self.producers);
        let crc = crc32c::crc32c(&bytes);
        bytes.put_u32(crc);
        files::replace(&folder.join(FILE), &bytes, true)
    }

    /// Changes the start offset alone, in the existing checkpoint or in one that covers nothing.
    pub(crate) fn move_start(folder: &Path, start_offset: i64) -> io::Result<()> {
        let mut checkpoint = Self::read(folder)?.map_or_else(Self::nothing, |(checkpoint, _)| checkpoint);
        checkpoint.start_offset = start_offset;
        checkpoint.write(folder)
    }

    fn nothing() -> Self {
        let mut producers = Vec::new();
        Producers::default().encode(&mut producers);
        Self { producers, ..Self::default() }
    }

    /// Reads the checkpoint of a folder, with the producers decoded; `None` without a valid one.
    ///
    /// # Errors
    ///
    /// The file cannot be read now.
    pub(crate) fn read(folder: &Path) -> io::Result<Option<(Self, Producers)>> {
        match with_free_descriptors(|| std::fs::read(folder.join(FILE))) {
            Ok(bytes) => Ok(Self::decode(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn decode(bytes: &[u8]) -> Option<(Self, Producers)> {
        let (content, crc) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
        let mut crc = crc;
        if crc32c::crc32c(content) != crc.try_get_u32().ok()? {
            return None;
        }
        let mut content = content;
        if content.try_get_u32().ok()? != MAGIC {
            return None;
        }
        let checkpoint = Self {
            start_offset: content.try_get_i64().ok()?,
            segment: content.try_get_i64().ok()?,
            position: content.try_get_u64().ok()?,
            next_offset: content.try_get_i64().ok()?,
            producers: content.to_vec(),
        };
        let producers = Producers::decode(content)?;
        Some((checkpoint, producers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_back_and_a_damaged_one_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Checkpoint::read(folder.path()).unwrap(), None);
        let mut producers = Vec::new();
        Producers::default().encode(&mut producers);
        let checkpoint = Checkpoint { start_offset: 1, segment: 2, position: 3, next_offset: 4, producers };
        checkpoint.write(folder.path()).unwrap();
        assert_eq!(Checkpoint::read(folder.path()).unwrap(), Some((checkpoint.clone(), Producers::default())));
        Checkpoint::move_start(folder.path(), 3).unwrap();
        let moved = Checkpoint { start_offset: 3, ..checkpoint };
        assert_eq!(Checkpoint::read(folder.path()).unwrap(), Some((moved, Producers::default())));
        let mut bytes = std::fs::read(folder.path().join(FILE)).unwrap();
        bytes[7] ^= 1;
        std::fs::write(folder.path().join(FILE), bytes).unwrap();
        assert_eq!(Checkpoint::read(folder.path()).unwrap(), None);
        Checkpoint::move_start(folder.path(), 9).unwrap();
        let (checkpoint, _) = Checkpoint::read(folder.path()).unwrap().unwrap();
        assert_eq!((checkpoint.start_offset, checkpoint.position, checkpoint.next_offset), (9, 0, 0));
    }
}
