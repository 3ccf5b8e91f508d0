//! A folder whose entries are reached by name from its own handle, and never over a link.
//!
//! A work folder may come from someone else: unpacked, shared, written to by others. A link in it, planted where the
//! program writes, would lead its writing and deleting to any file that its user may change. So all that is written,
//! renamed or deleted in a work folder goes through a [`Dir`]: the folder itself may be reached over links, as the
//! person named it; inside it links are refused, by name. On Unix the handle is a file descriptor and each step is
//! relative to it (`openat` with `O_NOFOLLOW`), so that no link can come in between; elsewhere each step looks first.

#[cfg(any(test, not(unix)))]
mod portable;
#[cfg(unix)]
mod unix;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(not(unix))]
use portable::Handle;
#[cfg(unix)]
use unix::Handle;

/// Why a name in a folder is not used.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A symbolic link, or a junction.
    #[error(
        "it is a link, which could lead out of the folder: put the file or folder itself there, or choose another folder"
    )]
    Link,
    /// A file that has another name elsewhere, and would be changed there too.
    #[error(
        "it is a hard link to a file that has another name elsewhere: replace it by a copy, or choose another folder"
    )]
    HardLink,
    /// A pipe, a device, or something else that is neither file nor folder.
    #[error("it is not a regular file: move it away, or choose another folder")]
    NotAFile,
}

impl Refusal {
    /// The refusal that `error` is, if it is one.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(io::ErrorKind::PermissionDenied, refusal)
    }
}

/// What an opened file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading; it must exist.
    Read,
    /// Reading and writing; it must exist.
    Write,
    /// Reading and writing; it is made if it is missing, and nothing is cut off.
    Create,
    /// As [`Access::Create`], and every write goes to the end.
    Append,
}

/// What a name stands for. Links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whether it is a regular file.
    pub is_file: bool,
    /// Whether it is a link.
    pub is_link: bool,
    /// Its size in bytes, where it is a file.
    pub size_bytes: u64,
    /// What identifies it among all other files, where the system has such a thing.
    pub identity: Option<[u64; 2]>,
}

/// An open folder.
#[derive(Debug)]
pub struct Dir {
    handle: Handle,
    path: PathBuf,
}

impl Dir {
    /// Opens a folder as a person named it: links on the way to it are followed.
    ///
    /// # Errors
    /// It is missing, is no folder, or may not be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        Ok(Self { handle: Handle::open(&path)?, path })
    }

    /// The same; the folder is made if it is missing, with what is missing above it, so that it stays after a power
    /// cut.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open_or_create(path: &Path) -> io::Result<Self> {
        if !path.is_dir() {
            std::fs::create_dir_all(path)?;
            if let Some(parent) = std::path::absolute(path)?.parent() {
                Self::open(parent)?.sync()?;
            }
        }
        Self::open(path)
    }

    /// Where it was opened; for messages, and for other programs.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where `name` is; for messages.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Opens the folder `name` in this one.
    ///
    /// # Errors
    /// A [`Refusal`]; it is missing, or is no folder.
    pub fn folder(&self, name: &str) -> io::Result<Self> {
        Ok(Self { handle: self.handle.folder(checked(name)?)?, path: self.join(name) })
    }

    /// The same; it is made if it is missing, so that it stays after a power cut.
    ///
    /// # Errors
    /// A [`Refusal`]; what the file system says.
    pub fn make_folder(&self, name: &str) -> io::Result<Self> {
        match self.folder(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        match self.handle.make_folder(name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.and_then(|()| self.sync())?,
        }
        self.folder(name)
    }

    /// Opens the file `name`.
    ///
    /// # Errors
    /// A [`Refusal`]; what the file system says.
    pub fn file(&self, name: &str, access: Access) -> io::Result<File> {
        self.handle.file(checked(name)?, access)
    }

    /// Makes the file `name`, for writing.
    ///
    /// # Errors
    /// Something has that name; what the file system says.
    pub fn new_file(&self, name: &str) -> io::Result<File> {
        self.handle.new_file(checked(name)?)
    }

    /// What has the name `name`, if anything.
    ///
    /// # Errors
    /// What the file system says.
    pub fn entry(&self, name: &str) -> io::Result<Option<Entry>> {
        match self.handle.entry(checked(name)?) {
            Ok(entry) => Ok(Some(entry)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether there is a file `name`.
    ///
    /// # Errors
    /// A [`Refusal`]; what the file system says.
    pub fn has_file(&self, name: &str) -> io::Result<bool> {
        match self.entry(name)? {
            Some(entry) if entry.is_link => Err(Refusal::Link.into()),
            Some(entry) if !entry.is_file => Err(Refusal::NotAFile.into()),
            entry => Ok(entry.is_some()),
        }
    }

    /// The names of all entries that are Unicode.
    ///
    /// # Errors
    /// What the file system says.
    pub fn names(&self) -> io::Result<Vec<String>> {
        self.handle.names()
    }

    /// Removes the name `name`, be it a file's or a link's; what a link leads to stays.
    ///
    /// # Errors
    /// What the file system says.
    pub fn remove_file(&self, name: &str) -> io::Result<()> {
        self.handle.remove_file(checked(name)?)
    }

    /// Moves a file in one step, over a file that may be there.
    ///
    /// # Errors
    /// What the file system says.
    pub fn rename(&self, name: &str, to: &Self, to_name: &str) -> io::Result<()> {
        self.handle.rename(checked(name)?, &to.handle, checked(to_name)?)
    }

    /// Moves a file in one step.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`]: something has the name. What the file system says.
    pub fn rename_new(&self, name: &str, to: &Self, to_name: &str) -> io::Result<()> {
        self.handle.rename_new(checked(name)?, &to.handle, checked(to_name)?)
    }

    /// Makes the names in it durable. Windows has no such call; NTFS journals them itself.
    ///
    /// # Errors
    /// What the file system says.
    pub fn sync(&self) -> io::Result<()> {
        self.handle.sync()
    }

    /// Writes a whole file in the place of one that may be there, in one step. Its temporary name is in the same
    /// folder: no other one is certain to be on the same file system.
    ///
    /// # Errors
    /// A [`Refusal`]; what the file system says. What was there is then unchanged.
    pub fn replace(&self, name: &str, content: &[u8], durably: bool) -> io::Result<()> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        if self.entry(name)?.is_some_and(|entry| entry.is_link) {
            return Err(Refusal::Link.into());
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let temporary = format!(".{name}.{}-{number}.part", std::process::id());
        // Only a killed process of the same number left it.
        let _ = self.remove_file(&temporary);
        let written = self.new_file(&temporary).and_then(|mut file| {
            file.write_all(content)?;
            if durably { file.sync_all() } else { Ok(()) }
        });
        let replaced = written.and_then(|()| self.rename(&temporary, self, name));
        if replaced.is_err() {
            // The first failure is the one to report.
            let _ = self.remove_file(&temporary);
        }
        replaced
    }
}

/// A name of a single part: no other one stays in its folder.
fn checked(name: &str) -> io::Result<&str> {
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(part)), None) if part == name => Ok(name),
        _ => Err(io::ErrorKind::InvalidFilename.into()),
    }
}

#[cfg(test)]
mod tests;
