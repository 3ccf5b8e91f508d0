//! `processed_files.txt`: what was acknowledged, one name a line.

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::SourceError;
use crate::pipeline::sink::STATE_FOLDER;

/// The list's name in the work folder.
pub const PROCESSED_FILES: &str = "processed_files.txt";

/// The names that need not be sent again.
///
/// While it is open for writing, the marker `.kafka-image-bench/producer.dirty` says so. Only when a killed run
/// left that marker is a last line without its line end taken for torn, and cut off: its image is sent once more.
/// Without the marker, such a line was written by a person or a script, and counts.
#[derive(Debug)]
pub struct ProcessedFiles {
    path: PathBuf,
    marker: PathBuf,
    // Fingerprints, so that a million names take 30 MB.
    names: HashSet<u128>,
    file: Option<File>,
    needs_line_end: bool,
    // Cleared while the file may end in a torn line.
    is_whole: bool,
    _lock: File,
}

impl ProcessedFiles {
    /// Reads the list in `work_dir` and keeps other producers from writing to it. A missing list is an empty one;
    /// it is created with the first name.
    ///
    /// # Errors
    /// Another producer has it, or the file system refuses.
    pub fn open(work_dir: &Path) -> Result<Self, SourceError> {
        let path = work_dir.join(PROCESSED_FILES);
        let state_folder = work_dir.join(STATE_FOLDER);
        let refused = |source| SourceError::Processed { path: path.clone(), source };
        std::fs::create_dir_all(&state_folder).map_err(refused)?;
        let lock = take_lock(work_dir, &state_folder.join("producer.lock"), refused)?;
        let marker = state_folder.join("producer.dirty");
        if marker.exists() {
            cut_torn_line(&path).map_err(refused)?;
        }
        let (names, needs_line_end) = read_names(&path).map_err(refused)?;
        Ok(Self { path, marker, names, file: None, needs_line_end, is_whole: true, _lock: lock })
    }

    /// Whether `name` is listed.
    pub fn contains(&self, name: &str) -> bool {
        self.names.contains(&fingerprint(name.as_bytes()))
    }

    /// Names in the list.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether the list has no names.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Adds names; when it returns, they are on the disk.
    ///
    /// # Errors
    /// The file system refuses. What was written of these names is then taken back, and none counts as listed.
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
            closed => closed.insert(open_for_appending(&self.path, &self.marker)?),
        };
        let len_before = file.metadata()?.len();
        if let Err(error) = file.write_all(lines.as_bytes()).and_then(|()| file.sync_data()) {
            // Should this fail too, the marker stays and has the next start cut the torn line.
            self.is_whole &= file.set_len(len_before).is_ok();
            return Err(error);
        }
        self.needs_line_end = false;
        self.names.extend(names.iter().map(|name| fingerprint(name.as_bytes())));
        Ok(())
    }
}

impl Drop for ProcessedFiles {
    /// Says that every line is whole.
    fn drop(&mut self) {
        // If the marker stays, the next start only looks for a torn line.
        if self.file.take().is_some() && self.is_whole {
            let _ = std::fs::remove_file(&self.marker);
        }
    }
}

fn take_lock(work_dir: &Path, path: &Path, refused: impl Fn(io::Error) -> SourceError) -> Result<File, SourceError> {
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(&refused)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(SourceError::WorkDirInUse { work_dir: work_dir.to_owned() }),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
            tracing::warn!("the file system cannot lock; see that only one producer uses {}", work_dir.display());
            Ok(lock)
        }
        Err(TryLockError::Error(error)) => Err(refused(error)),
    }
}

fn open_for_appending(path: &Path, marker: &Path) -> io::Result<File> {
    File::create(marker)?.sync_all()?;
    let is_new = !path.exists();
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    if is_new {
        sync_folder_of(path)?;
    }
    Ok(file)
}

/// Makes a new file's name durable. Windows has no such call; NTFS journals names itself.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn read_names(path: &Path) -> io::Result<(HashSet<u128>, bool)> {
    let file = match File::open(path) {
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
            name = name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name);
        }
        if !name.is_empty() {
            names.insert(fingerprint(name));
        }
        line.clear();
    }
    Ok((names, needs_line_end))
}

fn cut_torn_line(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
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
        tracing::warn!("{} ended in a torn line of {} bytes, which is cut off", path.display(), whole - end);
        file.set_len(end)?;
        file.sync_data()?;
    }
    Ok(())
}

/// Half a SHA-256 tells names apart. White space at the end does not count: lists made by hand have it.
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
        let marker = list.marker.clone();
        drop(list);
        // As after a kill in the middle of a write.
        File::create(marker).unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"b.pn").unwrap();
        let list = ProcessedFiles::open(folder.path()).unwrap();
        assert_eq!((list.len(), list.contains("a.png")), (1, true));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a.png\n");
    }

    #[test]
    fn a_second_producer_is_told_to_choose_another_folder() {
        let folder = tempfile::tempdir().unwrap();
        let _first = ProcessedFiles::open(folder.path()).unwrap();
        let refused = ProcessedFiles::open(folder.path()).unwrap_err();
        assert!(refused.to_string().contains("--work-dir"), "{refused}");
    }
}
