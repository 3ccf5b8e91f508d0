//! Durable steps on files and folders.

use super::error::{AtPath, SinkError};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use tempfile::TempPath;

/// Makes the entries of a folder durable. Windows has no such call; NTFS journals them itself.
pub(super) fn sync_dir(dir: &Path) -> Result<(), SinkError> {
    #[cfg(unix)]
    File::open(dir).and_then(|dir| dir.sync_all()).at("sync the folder", dir)?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

/// Creates a folder, with what is missing above it, so that it stays after a power cut.
pub(super) fn create_dir_durably(dir: &Path) -> Result<(), SinkError> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir).at("create the folder", dir)?;
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent),
        _ => sync_dir(Path::new(".")),
    }
}

/// Writes a new temporary file, which is removed when the returned path is dropped.
pub(super) fn write_temp(path: &Path, bytes: &[u8], durably: bool) -> Result<TempPath, SinkError> {
    let mut file = File::create_new(path).at("create the temporary file", path)?;
    let temp = TempPath::try_from_path(path).at("name the temporary file", path)?;
    file.write_all(bytes).at("write the temporary file", path)?;
    if durably {
        file.sync_data().at("write the temporary file to the disk", path)?;
    }
    Ok(temp)
}

/// Removes what a killed run left: the files in `dir` whose name `is_ours`.
pub(super) fn remove_leftovers(dir: &Path, is_ours: impl Fn(&str) -> bool) -> Result<(), SinkError> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.at("list the folder", dir)?,
    };
    for entry in entries {
        let entry = entry.at("list the folder", dir)?;
        if entry.file_name().to_str().is_some_and(&is_ours) {
            fs::remove_file(entry.path()).at("remove the leftover of an earlier run", &entry.path())?;
        }
    }
    Ok(())
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occupant {
    /// Nothing.
    Nothing,
    /// A file with the very same bytes.
    Same,
    /// Something else: other bytes, a folder, a file that may not be read.
    Other,
}

/// Compares what is at `path` with `bytes`; it is read only if its size is the same.
pub(super) fn occupant(path: &Path, bytes: &[u8]) -> Result<Occupant, SinkError> {
    occupant_read(path, bytes.len() as u64, || Ok(bytes))
}

/// Compares what is at `path` with the file at `other`, which has `size_bytes`.
pub(super) fn occupant_file(path: &Path, other: &Path, size_bytes: u64) -> Result<Occupant, SinkError> {
    occupant_read(path, size_bytes, || File::open(other))
}

fn occupant_read<R: Read>(
    path: &Path,
    size_bytes: u64,
    wanted: impl FnOnce() -> io::Result<R>,
) -> Result<Occupant, SinkError> {
    match try_occupant(path, size_bytes, wanted) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(Occupant::Other),
        found => found.at("compare with the file that has this name already", path),
    }
}

fn try_occupant<R: Read>(path: &Path, size_bytes: u64, wanted: impl FnOnce() -> io::Result<R>) -> io::Result<Occupant> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A link that leads nowhere has the name all the same.
            let is_free = fs::symlink_metadata(path).is_err();
            return Ok(if is_free { Occupant::Nothing } else { Occupant::Other });
        }
        metadata => metadata?,
    };
    // Opening something that is no file, such as a named pipe, could wait for ever.
    if !metadata.is_file() || metadata.len() != size_bytes {
        return Ok(Occupant::Other);
    }
    let same = same_content(File::open(path)?, wanted()?)?;
    Ok(if same { Occupant::Same } else { Occupant::Other })
}

fn same_content(mut left: impl Read, mut right: impl Read) -> io::Result<bool> {
    const CHUNK_BYTES: usize = 64 * 1024;
    let (mut a, mut b) = (Vec::with_capacity(CHUNK_BYTES), Vec::with_capacity(CHUNK_BYTES));
    loop {
        a.clear();
        b.clear();
        left.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut a)?;
        right.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut b)?;
        if a != b {
            return Ok(false);
        }
        if a.is_empty() {
            return Ok(true);
        }
    }
}

/// How [`move_to_free_name`] ended.
#[derive(Debug)]
pub(super) enum Moved {
    /// The file has its new name.
    Done,
    /// Something has that name already; the temporary file is where it was.
    Taken(TempPath),
}

/// Gives `temp` the name `to`, in one step, unless something has that name.
pub(super) fn move_to_free_name(temp: TempPath, to: &Path) -> Result<Moved, SinkError> {
    let Err(failure) = temp.persist_noclobber(to) else { return Ok(Moved::Done) };
    let (temp, error) = (failure.path, failure.error);
    // On a case-insensitive file system this also says that the name is there in another case.
    if error.kind() == io::ErrorKind::AlreadyExists || fs::symlink_metadata(to).is_ok() {
        return Ok(Moved::Taken(temp));
    }
    // Outside Linux and macOS the step may need hard links, which FAT and some network drives do not have. The lock
    // leaves only a person's own file to come in between.
    if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported) {
        fs::rename(&temp, to).at("move the finished file", to)?;
        return Ok(Moved::Done);
    }
    Err(error).at("move the finished file", to)
}

/// Syncs a file that somebody else wrote.
pub(super) fn sync_existing(path: &Path) -> Result<(), SinkError> {
    #[cfg(unix)]
    File::open(path).and_then(|file| file.sync_data()).at("write the file to the disk", path)?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("a.png");
        fs::write(&to, "the user's own").unwrap();
        let temp = write_temp(&dir.path().join("1.part"), b"new", true).unwrap();
        let Moved::Taken(temp) = move_to_free_name(temp, &to).unwrap() else { panic!("overwritten") };
        assert_eq!(fs::read_to_string(&to).unwrap(), "the user's own");
        assert!(matches!(move_to_free_name(temp, &dir.path().join("b.png")).unwrap(), Moved::Done));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_dropped_temporary_file_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        drop(write_temp(&dir.path().join("1.part"), b"x", false).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn occupants_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        assert_eq!(occupant(&path, b"abc").unwrap(), Occupant::Nothing);
        fs::write(&path, "abc").unwrap();
        assert_eq!(occupant(&path, b"abc").unwrap(), Occupant::Same);
        assert_eq!(occupant(&path, b"abd").unwrap(), Occupant::Other);
        assert_eq!(occupant(&path, b"abcd").unwrap(), Occupant::Other);
        assert_eq!(occupant(dir.path(), b"abc").unwrap(), Occupant::Other);
        let long = vec![7; 200_000];
        fs::write(&path, &long).unwrap();
        let other = dir.path().join("b");
        fs::write(&other, &long).unwrap();
        assert_eq!(occupant_file(&path, &other, 200_000).unwrap(), Occupant::Same);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_has_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::os::unix::fs::symlink("/nowhere/at/all", &path).unwrap();
        assert_eq!(occupant(&path, b"abc").unwrap(), Occupant::Other);
    }
}
