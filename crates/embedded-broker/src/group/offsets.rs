//! Committed offsets: in memory, and in a file where there is one.
//!
//! Two locks: the file's, held during writes, and the map's, never held during disk access. Entries are written first
//! and published afterwards, under the file's lock, so that both have the same order.

mod file;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use super::machine::EMPTY_RETENTION;
use crate::sync::lock;
use file::OffsetsFile;

/// A committed offset of one partition.
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

/// Topic and partition.
type Key = (String, i32);
type ByGroup = HashMap<String, BTreeMap<Key, Committed>>;

/// The committed offsets of all groups.
#[derive(Debug)]
pub(crate) struct Offsets {
    file: Mutex<Option<OffsetsFile>>,
    groups: Mutex<ByGroup>,
    /// Groups whose last offset was deleted, and when: they stay known for a while, as groups whose last member has
    /// left.
    emptied: Mutex<HashMap<String, Instant>>,
}

impl Offsets {
    /// Reads the file, cutting an unfinished entry; without a path offsets live as long as the broker.
    pub(crate) fn open(path: Option<PathBuf>) -> io::Result<Self> {
        let mut groups = ByGroup::new();
        let file = path.map(|path| OffsetsFile::open(path, &mut groups)).transpose()?;
        Ok(Self { file: Mutex::new(file), groups: Mutex::new(groups), emptied: Mutex::default() })
    }

    /// Stores what a group commits: for each topic and partition. Blocks on the disk. After an error nothing of it is
    /// stored.
    pub(crate) fn commit(&self, group: &str, commits: Vec<(String, i32, Committed)>) -> io::Result<()> {
        let mut bytes = Vec::new();
        for (topic, partition, committed) in &commits {
            file::encode(&mut bytes, group, topic, *partition, Some(committed));
        }
        let mut file = lock(&self.file);
        if let Some(file) = file.as_mut() {
            file.append(&bytes)?;
        }
        lock(&self.emptied).remove(group);
        let mut groups = lock(&self.groups);
        let of_group = groups.entry(group.to_owned()).or_default();
        for (topic, partition, committed) in commits {
            of_group.insert((topic, partition), committed);
        }
        Ok(())
    }

    /// What a group has committed for a partition.
    pub(crate) fn get(&self, group: &str, topic: &str, partition: i32) -> Option<Committed> {
        lock(&self.groups).get(group)?.get(&(topic.to_owned(), partition)).cloned()
    }

    /// All committed offsets of a group, ordered by topic.
    pub(crate) fn of_group(&self, group: &str) -> Vec<(String, i32, Committed)> {
        let groups = lock(&self.groups);
        let listed = |(key, committed): (&Key, &Committed)| (key.0.clone(), key.1, committed.clone());
        groups.get(group).map(|offsets| offsets.iter().map(listed).collect()).unwrap_or_default()
    }

    /// Whether a group has committed anything, or had until recently.
    pub(crate) fn has_group(&self, group: &str) -> bool {
        let has_offsets = lock(&self.groups).contains_key(group);
        has_offsets || lock(&self.emptied).get(group).is_some_and(is_recent)
    }

    /// The groups that have committed anything, or had until recently.
    pub(crate) fn groups(&self) -> Vec<String> {
        let mut groups: Vec<_> = lock(&self.groups).keys().cloned().collect();
        let emptied = lock(&self.emptied);
        groups.extend(emptied.iter().filter(|(_, since)| is_recent(since)).map(|(group, _)| group.clone()));
        groups
    }

    /// Deletes a group; returns whether there was one. Blocks on the disk.
    pub(crate) fn forget_group(&self, group: &str) -> io::Result<bool> {
        let had_offsets = self.forget(|name, _| name == group)?;
        let was_emptied = lock(&self.emptied).remove(group).as_ref().is_some_and(is_recent);
        Ok(had_offsets || was_emptied)
    }

    /// Deletes all committed offsets of a deleted topic. Blocks on the disk.
    pub(crate) fn forget_topic(&self, topic: &str) -> io::Result<bool> {
        self.forget(|_, key| key.0 == topic)
    }

    /// Deletes a group's committed offsets of these topics and partitions. Blocks on the disk.
    pub(crate) fn forget_partitions(&self, group: &str, gone: &[Key]) -> io::Result<bool> {
        self.forget(|name, key| name == group && gone.contains(key))
    }

    // Of the locks on the maps, that on the emptied groups is taken first.
    fn forget(&self, is_gone: impl Fn(&str, &Key) -> bool) -> io::Result<bool> {
        let mut file = lock(&self.file);
        let mut bytes = Vec::new();
        for (group, offsets) in &*lock(&self.groups) {
            for key in offsets.keys().filter(|key| is_gone(group, key)) {
                file::encode(&mut bytes, group, &key.0, key.1, None);
            }
        }
        if bytes.is_empty() {
            return Ok(false);
        }
        if let Some(file) = file.as_mut() {
            file.append(&bytes)?;
        }
        let mut emptied = lock(&self.emptied);
        emptied.retain(|_, since| is_recent(since));
        lock(&self.groups).retain(|group, offsets| {
            offsets.retain(|key, _| !is_gone(group, key));
            if offsets.is_empty() {
                emptied.insert(group.clone(), Instant::now());
            }
            !offsets.is_empty()
        });
        Ok(true)
    }

    /// Flushes the file, and rewrites it where most of it is outdated; offsets can be read and committed during that.
    /// One call at a time.
    pub(crate) fn flush(&self) -> io::Result<()> {
        let Some(unsynced) = lock(&self.file).as_mut().and_then(OffsetsFile::take_unsynced) else { return Ok(()) };
        if let Err(error) = unsynced.sync_data() {
            if let Some(file) = lock(&self.file).as_mut() {
                file.unsynced = true;
            }
            return Err(error);
        }
        self.compact_if_due()
    }

    fn compact_if_due(&self) -> io::Result<()> {
        let (rewrite, bytes) = {
            let file = lock(&self.file);
            let Some(file) = file.as_ref() else { return Ok(()) };
            let groups = lock(&self.groups);
            if !file.is_worth_rewriting(groups.values().map(BTreeMap::len).sum()) {
                return Ok(());
            }
            let mut bytes = Vec::new();
            for (group, offsets) in &*groups {
                for ((topic, partition), committed) in offsets {
                    file::encode(&mut bytes, group, topic, *partition, Some(committed));
                }
            }
            (file.rewrite(), bytes)
        };
        let rewritten = rewrite.write(&bytes)?;
        match lock(&self.file).as_mut() {
            Some(file) => file.replace(rewritten),
            None => Ok(()),
        }
    }
}

/// Whether a group that was emptied at this time is still known.
fn is_recent(since: &Instant) -> bool {
    since.elapsed() < EMPTY_RETENTION
}

#[cfg(test)]
mod tests {
    use std::fs::{File, OpenOptions};
    use std::io::Write;
    use std::path::Path;

    use super::file::COMPACT_BYTES;
    use super::*;

    fn at(offset: i64) -> Committed {
        Committed { offset, leader_epoch: -1, note: Some("note".to_owned()), time_ms: 1 }
    }

    fn one(topic: &str, partition: i32, offset: i64) -> Vec<(String, i32, Committed)> {
        vec![(topic.to_owned(), partition, at(offset))]
    }

    fn size(path: &Path) -> u64 {
        std::fs::metadata(path).unwrap().len()
    }

    #[test]
    fn commits_survive_reopening_and_an_unfinished_entry_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("offsets");
        let offsets = Offsets::open(Some(path.clone())).unwrap();
        offsets.commit("group", vec![("images".to_owned(), 0, at(5)), ("gone".to_owned(), 0, at(1))]).unwrap();
        offsets.commit("group", one("images", 0, 7)).unwrap();
        offsets.commit("group", one("images", 1, 8)).unwrap();
        offsets.commit("other", one("images", 1, 9)).unwrap();
        assert!(offsets.forget_topic("gone").unwrap());
        assert!(offsets.forget_group("other").unwrap());
        assert!(!offsets.has_group("other") && !offsets.forget_group("other").unwrap());
        let gone = [("images".to_owned(), 1), ("images".to_owned(), 2)];
        assert!(!offsets.forget_partitions("other", &gone).unwrap());
        assert!(offsets.forget_partitions("group", &gone).unwrap());
        drop(offsets);
        let whole = size(&path);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&[0, 0, 0, 90, 1, 2]).unwrap();
        let offsets = Offsets::open(Some(path.clone())).unwrap();
        assert_eq!(size(&path), whole);
        assert_eq!(offsets.of_group("group"), one("images", 0, 7));
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
        assert!(size(&path) > COMPACT_BYTES);
        offsets.flush().unwrap();
        let rewritten = size(&path);
        assert!(rewritten < COMPACT_BYTES);
        offsets.commit("group", one("images", 5, 1234)).unwrap();
        assert!(size(&path) > rewritten);
        let reopened = Offsets::open(Some(path)).unwrap();
        assert_eq!(reopened.of_group("group"), offsets.of_group("group"));
        assert_eq!(reopened.get("group", "images", 999), Some(at(99)));
        assert_eq!(reopened.get("group", "images", 5), Some(at(1234)));
    }

    #[test]
    fn what_is_committed_during_a_rewrite_is_in_the_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("offsets");
        let offsets = Offsets::open(Some(path.clone())).unwrap();
        offsets.commit("group", one("images", 0, 1)).unwrap();
        offsets.commit("group", one("images", 0, 2)).unwrap();
        let rewrite = lock(&offsets.file).as_ref().unwrap().rewrite();
        let mut bytes = Vec::new();
        file::encode(&mut bytes, "group", "images", 0, Some(&at(2)));
        offsets.commit("other", one("images", 3, 3)).unwrap();
        let rewritten = rewrite.write(&bytes).unwrap();
        offsets.commit("group", one("images", 0, 4)).unwrap();
        lock(&offsets.file).as_mut().unwrap().replace(rewritten).unwrap();
        offsets.commit("group", one("images", 1, 5)).unwrap();
        let reopened = Offsets::open(Some(path)).unwrap();
        assert_eq!(reopened.get("group", "images", 0), Some(at(4)));
        assert_eq!(reopened.get("group", "images", 1), Some(at(5)));
        assert_eq!(reopened.get("other", "images", 3), Some(at(3)));
    }

    #[test]
    fn a_write_that_fails_stores_nothing_and_spoils_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("offsets");
        let offsets = Offsets::open(Some(path.clone())).unwrap();
        offsets.commit("group", one("images", 0, 1)).unwrap();
        // A handle that cannot be written to, with the file left half written as by a full disk.
        let whole = lock(&offsets.file).as_mut().unwrap().swap_handle(File::open(&path).unwrap());
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&[0, 0, 0, 90, 1, 2]).unwrap();
        assert!(offsets.commit("group", one("images", 0, 2)).is_err());
        assert!(offsets.forget_group("group").is_err());
        assert_eq!(offsets.get("group", "images", 0), Some(at(1)));
        lock(&offsets.file).as_mut().unwrap().swap_handle(whole);
        offsets.commit("group", one("images", 1, 3)).unwrap();
        let reopened = Offsets::open(Some(path)).unwrap();
        assert_eq!(reopened.get("group", "images", 0), Some(at(1)));
        assert_eq!(reopened.get("group", "images", 1), Some(at(3)));
    }
}
