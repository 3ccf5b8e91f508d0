//! `processed_files.txt`: the names of acknowledged images, one per line.

use std::collections::{BTreeSet, HashSet};
use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::SourceError;
use crate::pipeline::sink::{
    DEAD_LETTER_NAMES, PRODUCER_LOCK, STATE_FOLDER, dead_letter_names, take_dead_letter_names,
};
use crate::work_dir::{Access, Dir};

/// The list's name in the work folder.
pub const PROCESSED_FILES: &str = "processed_files.txt";
const MARKER: &str = "producer.dirty";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The names of images that need not be sent again.
///
/// The marker `.kafka-image-bench/producer.dirty` exists while the list is open for writing. If a killed run left it, a
/// last line without line end is torn and is cut off, so that its image is sent once more. Without the marker, such a
/// line was written by the user or a script, and counts.
///
/// A name whose record became a dead letter in the same work folder is removed, since its image was not saved.
#[derive(Debug)]
pub struct ProcessedFiles {
    work: Dir,
    state: Dir,
    /// Fingerprints, so that a million names take 30 MB.
    names: HashSet<u128>,
    returned: Vec<String>,
    file: Option<File>,
    needs_line_end: bool,
    /// `false` while the file may end in a torn line.
    is_whole: bool,
    _lock: File,
}

impl ProcessedFiles {
    /// Reads the list in `work_dir` and locks it against other producers. A missing list counts as empty; it is created
    /// with the first name.
    ///
    /// # Errors
    /// Another producer uses it, the list or its marker is a link, or the file system refuses.
    pub fn open(work_dir: &Path) -> Result<Self, SourceError> {
        let refused = |path: &Path| {
            let path = path.to_owned();
            move |source| SourceError::Processed { path, source }
        };
        let work = Dir::open_or_create(work_dir).map_err(refused(work_dir))?;
        let state = work.make_folder(STATE_FOLDER).map_err(refused(&work.join(STATE_FOLDER)))?;
        let lock = take_lock(&work, &state)?;
        let path = work.join(PROCESSED_FILES);
        if state.has_file(MARKER).map_err(refused(&state.join(MARKER)))? {
            cut_torn_line(&work).map_err(refused(&path))?;
        }
        let (names, needs_line_end) = read_names(&work).map_err(refused(&path))?;
        let (file, is_whole) = (None, true);
        let mut list = Self { work, state, names, returned: Vec::new(), file, needs_line_end, is_whole, _lock: lock };
        let returned = list.state.join(DEAD_LETTER_NAMES);
        list.remove_returned().map_err(refused(&returned))?;
        Ok(list)
    }

    /// Names that were removed on opening, because their records became dead letters.
    pub fn returned(&self) -> &[String] {
        &self.returned
    }

    /// Removes the names of images whose records became dead letters.
    fn remove_returned(&mut self) -> io::Result<()> {
        let (work, known) = (&self.work, &mut self.names);
        let mut returned = Vec::new();
        take_dead_letter_names(&self.state, |names| {
            returned = names.into_iter().filter(|name| known.contains(&fingerprint(name.as_bytes()))).collect();
            if returned.is_empty() {
                return Ok(());
            }
            let gone: HashSet<u128> = returned.iter().map(|name| fingerprint(name.as_bytes())).collect();
            let mut text = Vec::new();
            work.file(PROCESSED_FILES, Access::Read)?.read_to_end(&mut text)?;
            let name_of = |line: &'_ [u8]| fingerprint(line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line));
            let kept: Vec<u8> = text
                .split_inclusive(|&byte| byte == b'\n')
                .filter(|line| !gone.contains(&name_of(line)))
                .flatten()
                .copied()
                .collect();
            work.replace(PROCESSED_FILES, &kept, true)?;
            work.sync()?;
            known.retain(|name| !gone.contains(name));
            Ok(())
        })?;
        self.needs_line_end &= returned.is_empty() || !ends_with_line_end(work)?;
        self.returned = returned;
        Ok(())
    }

    /// Whether `name` is listed.
    pub fn contains(&self, name: &str) -> bool {
        self.names.contains(&fingerprint(name.as_bytes()))
    }

    /// The number of names.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are no names.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Adds names durably.
    ///
    /// # Errors
    /// The file system refuses. None of the names is listed then, and what was written of them is taken back.
    pub fn append_durably(&mut self, names: &[String]) -> io::Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let mut lines = String::new();
        if self.needs_line_end {
            lines.push('\n');
        }
        for name in names {
            lines.push_str(name);
            lines.push('\n');
        }
        let file = match &mut self.file {
            Some(file) => file,
            closed => closed.insert(open_for_appending(&self.work, &self.state)?),
        };
        let len_before = file.metadata()?.len();
        if let Err(error) = file.write_all(lines.as_bytes()).and_then(|()| file.sync_data()) {
            // If this fails too, the marker stays, and the next start cuts off the torn line.
            self.is_whole &= file.set_len(len_before).is_ok();
            return Err(error);
        }
        self.needs_line_end = false;
        self.names.extend(names.iter().map(|name| fingerprint(name.as_bytes())));
        Ok(())
    }
}

impl Drop for ProcessedFiles {
    /// Removes the marker if every line is whole.
    fn drop(&mut self) {
        // If that fails, the next start only looks for a torn line.
        if self.file.take().is_some() && self.is_whole {
            let _ = self.state.remove_file(MARKER);
        }
    }
}

/// The list as a run would find it, read without changing anything.
#[derive(Debug, Default)]
pub struct ProcessedNames(HashSet<u128>);

impl ProcessedNames {
    /// Reads the list in `work_dir`. A missing folder or list counts as empty.
    ///
    /// # Errors
    /// The list is a link, or the file system refuses.
    pub fn read(work_dir: &Path) -> Result<Self, SourceError> {
        let path = work_dir.join(PROCESSED_FILES);
        Self::read_unchanged(work_dir).map_err(|source| SourceError::Processed { path, source })
    }

    fn read_unchanged(work_dir: &Path) -> io::Result<Self> {
        let missing = |error: io::Error| if error.kind() == io::ErrorKind::NotFound { Ok(None) } else { Err(error) };
        let Some(work) = Dir::open(work_dir).map(Some).or_else(missing)? else { return Ok(Self::default()) };
        let state = work.folder(STATE_FOLDER).map(Some).or_else(missing)?;
        let is_torn = state.as_ref().map_or(Ok(false), |state| state.has_file(MARKER))?;
        let mut names = read_lines(&work, is_torn)?.0;
        for name in state.as_ref().map_or_else(|| Ok(BTreeSet::new()), dead_letter_names)? {
            names.remove(&fingerprint(name.as_bytes()));
        }
        Ok(Self(names))
    }

    /// Whether `name` is listed.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(&fingerprint(name.as_bytes()))
    }
}

fn take_lock(work: &Dir, state: &Dir) -> Result<File, SourceError> {
    let refused = |source| SourceError::Processed { path: state.join(PRODUCER_LOCK), source };
    let lock = state.file(PRODUCER_LOCK, Access::Create).map_err(refused)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(SourceError::WorkDirInUse { work_dir: work.path().to_owned() }),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
            let folder = work.path().display();
            tracing::warn!("the file system cannot lock; make sure that only one producer uses {folder}");
            Ok(lock)
        }
        Err(TryLockError::Error(error)) => Err(refused(error)),
    }
}

fn open_for_appending(work: &Dir, state: &Dir) -> io::Result<File> {
    state.file(MARKER, Access::Create)?.sync_all()?;
    let is_new = !work.has_file(PROCESSED_FILES)?;
    let file = work.file(PROCESSED_FILES, Access::Append)?;
    if is_new {
        work.sync()?;
    }
    Ok(file)
}

fn ends_with_line_end(work: &Dir) -> io::Result<bool> {
    let mut file = work.file(PROCESSED_FILES, Access::Read)?;
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn read_names(work: &Dir) -> io::Result<(HashSet<u128>, bool)> {
    read_lines(work, false)
}

/// The names, and whether the last line has no end. `is_torn`: such a line does not count.
fn read_lines(work: &Dir, is_torn: bool) -> io::Result<(HashSet<u128>, bool)> {
    let file = match work.file(PROCESSED_FILES, Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((HashSet::new(), false)),
        file => file?,
    };
    let mut reader = BufReader::new(file);
    let mut names = HashSet::new();
    let mut line = Vec::new();
    let mut needs_line_end = false;
    let mut is_first = true;
    while reader.read_until(b'\n', &mut line)? > 0 {
        needs_line_end = line.last() != Some(&b'\n');
        let mut name = line.trim_ascii_end();
        if std::mem::take(&mut is_first) {
            name = name.strip_prefix(BYTE_ORDER_MARK).unwrap_or(name);
        }
        let counts = !(is_torn && needs_line_end);
        if counts && !name.is_empty() {
            names.insert(fingerprint(name));
        }
        line.clear();
    }
    Ok((names, needs_line_end))
}

fn cut_torn_line(work: &Dir) -> io::Result<()> {
    let mut file = match work.file(PROCESSED_FILES, Access::Write) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let mut end = file.metadata()?.len();
    let whole = end;
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(4096);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        (&file).take(end - start).read_to_end(&mut block)?;
        if let Some(index) = block.iter().rposition(|&byte| byte == b'\n') {
            end = start + index as u64 + 1;
            break;
        }
        end = start;
    }
    if end < whole {
        let path = work.join(PROCESSED_FILES);
        tracing::warn!("{} ended in a torn line of {} bytes, which is cut off", path.display(), whole - end);
        file.set_len(end)?;
        file.sync_data()?;
    }
    Ok(())
}

/// Half of the SHA-256 of a name. White space at the end does not count, since lists made by hand have it.
fn fingerprint(name: &[u8]) -> u128 {
    let digest: [u8; 32] = Sha256::digest(name.trim_ascii_end()).into();
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    u128::from_be_bytes(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn what_is_appended_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut list = ProcessedFiles::open(folder.path()).unwrap();
        assert!(list.is_empty() && !folder.path().join(PROCESSED_FILES).exists());
        list.append_durably(&names(&["a.png", "sub/日.png"])).unwrap();
        drop(list);
        let list = ProcessedFiles::open(folder.path()).unwrap();
        assert!(list.contains("a.png") && list.contains("sub/日.png") && !list.contains("b.png"));
        let text = std::fs::read_to_string(folder.path().join(PROCESSED_FILES)).unwrap();
        assert_eq!(text, "a.png\nsub/日.png\n");
    }

    #[test]
    fn a_list_from_elsewhere_keeps_its_last_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PROCESSED_FILES);
        std::fs::write(&path, "\u{feff}a.png\r\nb.png").unwrap();
        let mut list = ProcessedFiles::open(folder.path()).unwrap();
        assert!(list.contains("a.png") && list.contains("b.png"));
        list.append_durably(&names(&["c.png"])).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "\u{feff}a.png\r\nb.png\nc.png\n");
    }

    #[test]
    fn a_killed_run_loses_only_its_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PROCESSED_FILES);
        let mut list = ProcessedFiles::open(folder.path()).unwrap();
        list.append_durably(&names(&["a.png"])).unwrap();
        drop(list);
        // As after a kill in the middle of a write.
        File::create(folder.path().join(STATE_FOLDER).join(MARKER)).unwrap();
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"b.pn").unwrap();
        let list = ProcessedFiles::open(folder.path()).unwrap();
        assert_eq!((list.len(), list.contains("a.png")), (1, true));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a.png\n");
    }

    #[test]
    fn reading_alone_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let has = |name: &str| ProcessedNames::read(folder.path()).unwrap().contains(name);
        assert!(!has("a.png") && !ProcessedNames::read(&folder.path().join("missing")).unwrap().contains("a.png"));
        let path = folder.path().join(PROCESSED_FILES);
        let mut list = ProcessedFiles::open(folder.path()).unwrap();
        list.append_durably(&names(&["a.png", "c.png"])).unwrap();
        drop(list);
        let state = folder.path().join(STATE_FOLDER);
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"b.png").unwrap();
        assert!(has("a.png") && has("b.png"));
        // As after a kill in the middle of a write, and with a dead letter.
        File::create(state.join(MARKER)).unwrap();
        std::fs::write(state.join(DEAD_LETTER_NAMES), "c.png\n").unwrap();
        assert!(has("a.png") && !has("b.png") && !has("c.png"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a.png\nc.png\nb.png");
        let list = ProcessedFiles::open(folder.path()).unwrap();
        assert!(list.contains("a.png") && !list.contains("b.png") && !list.contains("c.png"));
    }

    #[test]
    fn a_second_producer_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let _first = ProcessedFiles::open(folder.path()).unwrap();
        let refused = ProcessedFiles::open(folder.path()).unwrap_err();
        assert!(refused.to_string().contains("--work-dir"), "{refused}");
    }

    #[test]
    fn a_name_of_a_dead_letter_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PROCESSED_FILES);
        std::fs::write(&path, "\u{feff}a.png\r\nb.png\nc.png").unwrap();
        let mut list = ProcessedFiles::open(folder.path()).unwrap();
        assert!(list.returned().is_empty());
        std::fs::write(folder.path().join(STATE_FOLDER).join("dead-letter-names.txt"), "c.png\na.png\nother.png\n")
            .unwrap();
        drop(list);
        list = ProcessedFiles::open(folder.path()).unwrap();
        assert_eq!(list.returned(), ["a.png", "c.png"]);
        assert!(list.contains("b.png") && !list.contains("a.png") && !list.contains("c.png"));
        list.append_durably(&names(&["c.png"])).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "b.png\nc.png\n");
        drop(list);
        list = ProcessedFiles::open(folder.path()).unwrap();
        assert!(list.returned().is_empty() && list.contains("c.png"));
    }
}
