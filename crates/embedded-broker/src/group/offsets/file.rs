//! The file of committed offsets: entries that are appended; rewritten when most are outdated.
//!
//! An entry is `length u32, CRC-32C u32, content`; the content is a kind (1 commit, 2 forget), the group, the topic,
//! the partition and, for a commit, offset, leader epoch, time and note. Strings are `length u32, bytes`; big endian.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Buf, BufMut};

use super::{ByGroup, Committed};
use crate::files;
use crate::handles::with_free_descriptors;

/// A file below this size is not worth rewriting.
pub(super) const COMPACT_BYTES: u64 = 4 * 1024 * 1024;
/// The size of an entry in the estimate of how much of the file is outdated.
const ENTRY_BYTES: u64 = 128;
const COMMIT: u8 = 1;
const FORGET: u8 = 2;

/// The file, open for appending.
#[derive(Debug)]
pub(super) struct OffsetsFile {
    path: PathBuf,
    file: Arc<File>,
    /// Length of its whole entries.
    size: u64,
    /// Some of it may not be on the disk yet.
    pub unsynced: bool,
    /// There may be half an entry behind `size`, which would hide those after it.
    is_spoilt: bool,
}

/// A new version of the file that is being written next to it.
#[derive(Debug)]
pub(super) struct Rewrite {
    path: PathBuf,
    /// Length of the old file's entries that are in the new one.
    covered: u64,
}

/// A new version of the file that is on the disk.
#[derive(Debug)]
pub(super) struct Rewritten {
    rewrite: Rewrite,
    file: File,
    size: u64,
}

impl OffsetsFile {
    /// Reads the file and cuts an unfinished entry at its end.
    pub(super) fn open(path: PathBuf, groups: &mut ByGroup) -> io::Result<Self> {
        let bytes = match with_free_descriptors(|| std::fs::read(&path)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut rest = &bytes[..];
        while let Some(after) = read_entry(rest, groups) {
            rest = after;
        }
        let size = (bytes.len() - rest.len()) as u64;
        let mut file = with_free_descriptors(|| {
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)
        })?;
        if !rest.is_empty() {
            tracing::warn!("cutting {} bytes of an unfinished write: {}", rest.len(), path.display());
            file.set_len(size)?;
        }
        file.seek(SeekFrom::Start(size))?;
        // What an earlier process wrote may be in the page cache only.
        Ok(Self { path, file: Arc::new(file), size, unsynced: size > 0, is_spoilt: false })
    }

    /// Appends whole entries; after an error none of them is in the file.
    pub(super) fn append(&mut self, entries: &[u8]) -> io::Result<()> {
        self.mend()?;
        if let Err(error) = (&*self.file).write_all(entries) {
            self.is_spoilt = true;
            if let Err(error) = self.mend() {
                tracing::warn!("cannot cut an unfinished write yet: {error}: {}", self.path.display());
            }
            return Err(error);
        }
        self.size += entries.len() as u64;
        self.unsynced = true;
        Ok(())
    }

    fn mend(&mut self) -> io::Result<()> {
        if self.is_spoilt {
            self.file.set_len(self.size)?;
            (&*self.file).seek(SeekFrom::Start(self.size))?;
            self.is_spoilt = false;
        }
        Ok(())
    }

    /// The file, if it has to be flushed.
    pub(super) fn take_unsynced(&mut self) -> Option<Arc<File>> {
        std::mem::take(&mut self.unsynced).then(|| Arc::clone(&self.file))
    }

    /// Whether most of the file is outdated; `offsets`: the number of committed offsets.
    pub(super) fn is_worth_rewriting(&self, offsets: usize) -> bool {
        self.size >= COMPACT_BYTES && self.size >= 4 * ENTRY_BYTES * offsets as u64
    }

    /// Begins a new version of the file, for what is committed now.
    pub(super) fn rewrite(&self) -> Rewrite {
        Rewrite { path: self.path.with_extension("tmp"), covered: self.size }
    }

    /// Replaces the file by a new version, with what was appended since.
    pub(super) fn replace(&mut self, new: Rewritten) -> io::Result<()> {
        let Rewritten { rewrite, mut file, size } = new;
        let length = usize::try_from(self.size.saturating_sub(rewrite.covered)).map_err(io::Error::other)?;
        let mut since = vec![0; length];
        // Where reading moves the position that is written at, the next append sets it again.
        self.is_spoilt = true;
        files::read_exact_at(&self.file, &mut since, rewrite.covered)?;
        let size = size + length as u64;
        if length > 0 {
            file.write_all(&since)?;
            file.sync_data()?;
        }
        std::fs::rename(&rewrite.path, &self.path)?;
        // From here on the old file is unused.
        (self.file, self.size, self.unsynced, self.is_spoilt) = (Arc::new(file), size, false, false);
        self.path.parent().map_or(Ok(()), files::sync_folder)
    }

    #[cfg(test)]
    pub(super) fn swap_handle(&mut self, file: File) -> File {
        let old = std::mem::replace(&mut self.file, Arc::new(file));
        Arc::try_unwrap(old).unwrap()
    }
}

impl Rewrite {
    /// Writes what is committed, and forces it to the disk.
    pub(super) fn write(self, entries: &[u8]) -> io::Result<Rewritten> {
        let mut file = with_free_descriptors(|| {
            OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&self.path)
        })?;
        file.write_all(entries)?;
        file.sync_all()?;
        Ok(Rewritten { rewrite: self, file, size: entries.len() as u64 })
    }
}

/// Encodes an entry: a commit, or its deletion.
pub(super) fn encode(out: &mut Vec<u8>, group: &str, topic: &str, partition: i32, committed: Option<&Committed>) {
    let mut content = Vec::with_capacity(64 + group.len() + topic.len());
    content.put_u8(if committed.is_some() { COMMIT } else { FORGET });
    for text in [group, topic] {
        put_string(&mut content, text);
    }
    content.put_i32(partition);
    if let Some(committed) = committed {
        content.put_i64(committed.offset);
        content.put_i32(committed.leader_epoch);
        content.put_i64(committed.time_ms);
        content.put_u8(u8::from(committed.note.is_some()));
        put_string(&mut content, committed.note.as_deref().unwrap_or_default());
    }
    out.put_u32(u32::try_from(content.len()).unwrap_or(u32::MAX));
    out.put_u32(crc32c::crc32c(&content));
    out.put_slice(&content);
}

fn put_string(out: &mut Vec<u8>, text: &str) {
    out.put_u32(u32::try_from(text.len()).unwrap_or(u32::MAX));
    out.put_slice(text.as_bytes());
}

/// Applies the first entry and returns what follows it; `None` without a whole entry.
fn read_entry<'a>(mut bytes: &'a [u8], groups: &mut ByGroup) -> Option<&'a [u8]> {
    let length = bytes.try_get_u32().ok()? as usize;
    let crc = bytes.try_get_u32().ok()?;
    let (mut content, rest) = bytes.split_at_checked(length)?;
    if crc32c::crc32c(content) != crc {
        return None;
    }
    let kind = content.try_get_u8().ok()?;
    let group = get_string(&mut content)?;
    let key = (get_string(&mut content)?, content.try_get_i32().ok()?);
    if kind == COMMIT {
        let (offset, leader_epoch) = (content.try_get_i64().ok()?, content.try_get_i32().ok()?);
        let time_ms = content.try_get_i64().ok()?;
        let has_note = content.try_get_u8().ok()? == 1;
        let note = Some(get_string(&mut content)?).filter(|_| has_note);
        let committed = Committed { offset, leader_epoch, note, time_ms };
        groups.entry(group).or_default().insert(key, committed);
    } else if let Some(offsets) = groups.get_mut(&group) {
        offsets.remove(&key);
        if offsets.is_empty() {
            groups.remove(&group);
        }
    }
    Some(rest)
}

fn get_string(bytes: &mut &[u8]) -> Option<String> {
    let length = bytes.try_get_u32().ok()? as usize;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok()
}
