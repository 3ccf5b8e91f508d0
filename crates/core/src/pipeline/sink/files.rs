//! Temporary files, and files with their names.

use super::error::{AtPath, SinkError};
use crate::work_dir::{Access, Dir};
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

/// A file under a temporary name, removed on drop.
#[derive(Debug)]
pub(crate) struct TempFile {
    dir: Arc<Dir>,
    /// Empty once the file has its final name.
    name: String,
}

impl TempFile {
    /// Writes a new file.
    pub(crate) fn write(dir: &Arc<Dir>, name: &str, bytes: &[u8], durably: bool) -> Result<Self, SinkError> {
        let path = || dir.join(name);
        let mut file = dir.new_file(name).at("create the temporary file", &path())?;
        let temp = Self { dir: Arc::clone(dir), name: name.to_owned() };
        #[cfg(test)]
        super::slow_disk::wait_for(dir.path());
        file.write_all(bytes).at("write the temporary file", &path())?;
        if durably {
            file.sync_data().at("write the temporary file to the disk", &path())?;
        }
        Ok(temp)
    }

    /// Renames it to `name` in its folder, replacing a file of that name.
    pub(super) fn replace(mut self, name: &str) -> io::Result<()> {
        self.dir.rename(&self.name, &self.dir, name)?;
        self.name.clear();
        Ok(())
    }

    /// Opens the file for reading and writing.
    pub(super) fn open(&self) -> io::Result<File> {
        self.dir.file(&self.name, Access::Write)
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            // If that fails, the next start removes it.
            let _ = self.dir.remove_file(&self.name);
        }
    }
}

/// Removes the files in `dir` that a killed run left: those whose name `is_ours`.
pub(super) fn remove_leftovers(dir: &Dir, is_ours: impl Fn(&str) -> bool) -> Result<(), SinkError> {
    for name in dir.names().at("list the folder", dir.path())? {
        if is_ours(&name) {
            dir.remove_file(&name).at("remove the leftover of an earlier run", &dir.join(&name))?;
        }
    }
    Ok(())
}

/// What has a name in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occupant {
    /// Nothing.
    Nothing,
    /// A file with the very same bytes.
    Same,
    /// Something else: other bytes, a folder, a file that may not be read.
    Other,
}

/// Compares the file `name` with `bytes`; it is read only if its size is the same.
pub(super) fn occupant(dir: &Dir, name: &str, bytes: &[u8]) -> Result<Occupant, SinkError> {
    occupant_read(dir, name, bytes.len() as u64, || Ok(bytes))
}

/// Compares the file `name` with a temporary file of `size_bytes`.
pub(super) fn occupant_file(dir: &Dir, name: &str, other: &TempFile, size_bytes: u64) -> Result<Occupant, SinkError> {
    occupant_read(dir, name, size_bytes, || other.open())
}

fn occupant_read<R: Read>(
    dir: &Dir,
    name: &str,
    size_bytes: u64,
    wanted: impl FnOnce() -> io::Result<R>,
) -> Result<Occupant, SinkError> {
    match try_occupant(dir, name, size_bytes, wanted) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(Occupant::Other),
        found => found.at("compare with the file that has this name already", &dir.join(name)),
    }
}

fn try_occupant<R: Read>(
    dir: &Dir,
    name: &str,
    size_bytes: u64,
    wanted: impl FnOnce() -> io::Result<R>,
) -> io::Result<Occupant> {
    match dir.entry(name)? {
        None => Ok(Occupant::Nothing),
        Some(entry) if entry.is_file && entry.size_bytes == size_bytes => {
            let same = same_content(dir.file(name, Access::Read)?, wanted()?)?;
            Ok(if same { Occupant::Same } else { Occupant::Other })
        }
        // A link counts too, wherever it leads.
        Some(_) => Ok(Occupant::Other),
    }
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

/// The result of [`move_to_free_name`].
#[derive(Debug)]
pub(crate) enum Moved {
    /// The file has its new name.
    Done,
    /// The name is taken; the temporary file is unchanged.
    Taken(TempFile),
}

/// Renames `temp` to `name` in `to`, atomically, unless the name is taken.
pub(crate) fn move_to_free_name(mut temp: TempFile, to: &Dir, name: &str) -> Result<Moved, SinkError> {
    let Err(error) = temp.dir.rename_new(&temp.name, to, name) else {
        temp.name.clear();
        return Ok(Moved::Done);
    };
    // On a case-insensitive file system the name may exist in another case.
    if error.kind() == io::ErrorKind::AlreadyExists || to.entry(name).is_ok_and(|entry| entry.is_some()) {
        return Ok(Moved::Taken(temp));
    }
    // Outside Linux and macOS this may need hard links, which FAT and some network drives do not have. Because of the
    // lock, only the user could create a file of that name in between.
    if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported) {
        temp.dir.rename(&temp.name, to, name).at("move the finished file", &to.join(name))?;
        temp.name.clear();
        return Ok(Moved::Done);
    }
    Err(error).at("move the finished file", &to.join(name))
}

/// Syncs a file that another program wrote.
pub(super) fn sync_existing(dir: &Dir, name: &str) -> Result<(), SinkError> {
    #[cfg(unix)]
    dir.file(name, Access::Read).and_then(|file| file.sync_data()).at("write the file to the disk", &dir.join(name))?;
    #[cfg(not(unix))]
    let _ = (dir, name);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn temporary() -> (tempfile::TempDir, Arc<Dir>) {
        let folder = tempfile::tempdir().unwrap();
        let dir = Arc::new(Dir::open(folder.path()).unwrap());
        (folder, dir)
    }

    #[test]
    fn a_taken_name_is_never_overwritten() {
        let (folder, dir) = temporary();
        let to = folder.path().join("a.png");
        fs::write(&to, "the user's own").unwrap();
        let temp = TempFile::write(&dir, "1.part", b"new", true).unwrap();
        let Moved::Taken(temp) = move_to_free_name(temp, &dir, "a.png").unwrap() else { panic!("overwritten") };
        assert_eq!(fs::read_to_string(&to).unwrap(), "the user's own");
        assert!(matches!(move_to_free_name(temp, &dir, "b.png").unwrap(), Moved::Done));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_dropped_temporary_file_is_removed() {
        let (folder, dir) = temporary();
        drop(TempFile::write(&dir, "1.part", b"x", false).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn occupants_are_distinguished() {
        let (folder, dir) = temporary();
        let path = folder.path().join("a");
        assert_eq!(occupant(&dir, "a", b"abc").unwrap(), Occupant::Nothing);
        fs::write(&path, "abc").unwrap();
        assert_eq!(occupant(&dir, "a", b"abc").unwrap(), Occupant::Same);
        assert_eq!(occupant(&dir, "a", b"abd").unwrap(), Occupant::Other);
        assert_eq!(occupant(&dir, "a", b"abcd").unwrap(), Occupant::Other);
        fs::create_dir(folder.path().join("folder")).unwrap();
        assert_eq!(occupant(&dir, "folder", b"abc").unwrap(), Occupant::Other);
        let long = vec![7; 200_000];
        fs::write(&path, &long).unwrap();
        let other = TempFile::write(&dir, "b", &long, false).unwrap();
        assert_eq!(occupant_file(&dir, "a", &other, 200_000).unwrap(), Occupant::Same);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_has_its_name_wherever_it_leads() {
        let (folder, dir) = temporary();
        fs::write(folder.path().join("same"), "abc").unwrap();
        for target in ["/nowhere/at/all", "same"] {
            std::os::unix::fs::symlink(target, folder.path().join("a")).unwrap();
            assert_eq!(occupant(&dir, "a", b"abc").unwrap(), Occupant::Other);
            fs::remove_file(folder.path().join("a")).unwrap();
        }
    }
}
