//! Committed offsets: in memory, and in a file that is appended to and rewritten when most of it is outdated.
//!
//! An entry is `length u32, CRC-32C u32, content`; the content is a kind (1 commit, 2 forget), the group, the topic, the
//! partition and, for a commit, offset, leader epoch, time and note. Strings are `length u32, bytes`; big endian.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::{Buf, BufMut};

use crate::files::{self, lock};

/// A file below this size is not worth rewriting.
const COMPACT_BYTES: u64 = 4 * 1024 * 1024;
/// Room for an entry in the estimate of how much of the file is outdated.
const ENTRY_BYTES: u64 = 128;
const COMMIT: u8 = 1;
const FORGET: u8 = 2;

/// What a consumer has committed for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Committed {
    /// The next offset to read.
    pub offset: i64,
    /// The leader epoch the consumer saw, or -1.
    pub leader_epoch: i32,
    /// The consumer's own note.
    pub note: Option<String>,
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
}

type Key = (String, i32);
type ByGroup = HashMap<String, BTreeMap<Key, Committed>>;

#[derive(Debug)]
struct OffsetsFile {
    path: PathBuf,
    file: Arc<File>,
    size: u64,
    unsynced: bool,
}

#[derive(Debug)]
struct Inner {
    groups: ByGroup,
    file: Option<OffsetsFile>,
}

/// The committed offsets of all groups.
#[derive(Debug)]
pub(crate) struct Offsets(Mutex<Inner>);

impl Offsets {
    /// Reads the file, cutting an unfinished entry; without a path offsets live as long as the broker.
    pub(crate) fn open(path: Option<PathBuf>) -> io::Result<Self> {
        let mut groups = ByGroup::new();
        let file = path.map(|path| open_file(path, &mut groups)).transpose()?;
        let mut inner = Inner { groups, file };
        inner.compact_if_due()?;
        Ok(Self(Mutex::new(inner)))
    }

    /// Stores what a group commits: for each topic and partition.
    pub(crate) fn commit(&self, group: &str, commits: Vec<(String, i32, Committed)>) -> io::Result<()> {
        let mut inner = lock(&self.0);
        let mut bytes = Vec::new();
        for (topic, partition, committed) in &commits {
            encode(&mut bytes, group, topic, *partition, Some(committed));
        }
        inner.append(&bytes)?;
        let of_group = inner.groups.entry(group.to_owned()).or_default();
        for (topic, partition, committed) in commits {
            of_group.insert((topic, partition), committed);
        }
        inner.compact_if_due()
    }

    /// What a group has committed for a partition.
    pub(crate) fn get(&self, group: &str, topic: &str, partition: i32) -> Option<Committed> {
        lock(&self.0).groups.get(group)?.get(&(topic.to_owned(), partition)).cloned()
    }

    /// All that a group has committed.
    pub(crate) fn of_group(&self, group: &str) -> Vec<(String, i32, Committed)> {
        let inner = lock(&self.0);
        let listed = |(key, committed): (&Key, &Committed)| (key.0.clone(), key.1, committed.clone());
        inner.groups.get(group).map(|offsets| offsets.iter().map(listed).collect()).unwrap_or_default()
    }

    /// The groups that have committed anything.
    pub(crate) fn groups(&self) -> Vec<String> {
        lock(&self.0).groups.keys().cloned().collect()
    }

    /// Forgets a group; says whether there was one.
    pub(crate) fn forget_group(&self, group: &str) -> io::Result<bool> {
        self.forget(|name, _| name == group)
    }

    /// Forgets what any group has committed for a topic that is gone.
    pub(crate) fn forget_topic(&self, topic: &str) -> io::Result<bool> {
        self.forget(|_, key| key.0 == topic)
    }

    fn forget(&self, is_gone: impl Fn(&str, &Key) -> bool) -> io::Result<bool> {
        let mut inner = lock(&self.0);
        let mut bytes = Vec::new();
        for (group, offsets) in &inner.groups {
            for key in offsets.keys().filter(|key| is_gone(group, key)) {
                encode(&mut bytes, group, &key.0, key.1, None);
            }
        }
        if bytes.is_empty() {
            return Ok(false);
        }
        inner.append(&bytes)?;
        inner.groups.retain(|group, offsets| {
            offsets.retain(|key, _| !is_gone(group, key));
            !offsets.is_empty()
        });
        Ok(true)
    }

    /// Forces the file to the disk.
    pub(crate) fn flush(&self) -> io::Result<()> {
        let unsynced = {
            let mut inner = lock(&self.0);
            let written = inner.file.as_mut().filter(|file| file.unsynced);
            written.map(|file| {
                file.unsynced = false;
                Arc::clone(&file.file)
            })
        };
        unsynced.map_or(Ok(()), |file| file.sync_data())
    }
}

impl Inner {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if let Err(error) = (&*file.file).write_all(bytes) {
            // A half written entry would hide those after it.
            file.file.set_len(file.size)?;
            (&*file.file).seek(SeekFrom::Start(file.size))?;
            return Err(error);
        }
        file.size += bytes.len() as u64;
        file.unsynced = true;
        Ok(())
    }

    fn compact_if_due(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let entries: usize = self.groups.values().map(BTreeMap::len).sum();
        if file.size < COMPACT_BYTES || file.size < 4 * ENTRY_BYTES * entries as u64 {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for (group, offsets) in &self.groups {
            for ((topic, partition), committed) in offsets {
                encode(&mut bytes, group, topic, *partition, Some(committed));
            }
        }
        files::replace(&file.path, &bytes, true)?;
        (file.file, file.size) = (open_at(&file.path, bytes.len() as u64)?, bytes.len() as u64);
        Ok(())
    }
}

fn open_at(path: &Path, position: u64) -> io::Result<Arc<File>> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    file.seek(SeekFrom::Start(position))?;
    Ok(Arc::new(file))
}

fn open_file(path: PathBuf, groups: &mut ByGroup) -> io::Result<OffsetsFile> {
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut rest = &bytes[..];
    while let Some(after) = read_entry(rest, groups) {
        rest = after;
    }
    let size = (bytes.len() - rest.len()) as u64;
    let file = open_at(&path, size)?;
    if !rest.is_empty() {
        tracing::warn!("cutting {} bytes of an unfinished write: {}", rest.len(), path.display());
        file.set_len(size)?;
    }
    Ok(OffsetsFile { path, file, size, unsynced: false })
}

fn encode(out: &mut Vec<u8>, group: &str, topic: &str, partition: i32, committed: Option<&Committed>) {
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

/// Applies the first entry and returns what follows it; `None` where no whole entry is.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: i64) -> Committed {
        Committed { offset, leader_epoch: -1, note: Some("note".to_owned()), time_ms: 1 }
    }

    #[test]
    fn commits_survive_reopening_and_an_unfinished_entry_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("offsets");
        let offsets = Offsets::open(Some(path.clone())).unwrap();
        offsets.commit("group", vec![("images".to_owned(), 0, at(5)), ("gone".to_owned(), 0, at(1))]).unwrap();
        offsets.commit("group", vec![("images".to_owned(), 0, at(7))]).unwrap();
        offsets.commit("other", vec![("images".to_owned(), 1, at(9))]).unwrap();
        assert!(offsets.forget_topic("gone").unwrap());
        assert!(offsets.forget_group("other").unwrap());
        assert!(!offsets.forget_group("other").unwrap());
        drop(offsets);
        let whole = std::fs::metadata(&path).unwrap().len();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&[0, 0, 0, 90, 1, 2]).unwrap();
        let offsets = Offsets::open(Some(path.clone())).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), whole);
        assert_eq!(offsets.get("group", "images", 0), Some(at(7)));
        assert_eq!(offsets.get("group", "gone", 0), None);
        assert_eq!(offsets.groups(), ["group"]);
    }

    #[test]
    fn the_file_is_rewritten_when_most_of_it_is_outdated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("offsets");
        let offsets = Offsets::open(Some(path.clone())).unwrap();
        let many = |offset| (0..1000).map(|partition| ("images".to_owned(), partition, at(offset))).collect();
        for offset in 0..100 {
            offsets.commit("group", many(offset)).unwrap();
        }
        assert!(std::fs::metadata(&path).unwrap().len() < COMPACT_BYTES);
        assert_eq!(Offsets::open(Some(path)).unwrap().get("group", "images", 999), Some(at(99)));
    }
}
