//! A folder whose entries are accessed by name relative to an open handle, and never through links.
//!
//! A work folder may come from someone else: unpacked, shared, written to by others. A link in it, planted where the
//! program writes, would redirect writing and deleting to any file that the user may change. So everything that is
//! written, renamed or deleted in a work folder goes through a [`Dir`]. The folder itself may be reached through links,
//! as the user named it; links inside it are refused, with their name. On Unix the handle is a file descriptor and each
//! step is relative to it (`openat` with `O_NOFOLLOW`), so that no link can be added in between; elsewhere each step
//! checks for a link first.

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

/// Why an entry of a folder is not used.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A symbolic link, or a junction.
    #[error(
        "it is a link, which could lead out of the folder: put the file or folder itself there, or choose another folder"
    )]
    Link,
    /// A file that has another name elsewhere; writing to it would change it there too.
    #[error(
        "it is a hard link to a file that has another name elsewhere: replace it by a copy, or choose another folder"
    )]
    HardLink,
    /// A pipe, a device, or anything else that is neither a file nor a folder.
    #[error("it is not a regular file: move it away, or choose another folder")]
    NotAFile,
}

impl Refusal {
    /// The [`Refusal`] inside of `error`, if any.
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
    /// Reading and writing; it is created if it is missing, and never truncated.
    Create,
    /// Like [`Access::Create`], and every write appends.
    Append,
}

/// What a name refers to. Links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whether it is a regular file.
    pub is_file: bool,
    /// Whether it is a link.
    pub is_link: bool,
    /// Its size in bytes; 0 if it is not a file.
    pub size_bytes: u64,
    /// A unique identity of the file, if the system has one.
    pub identity: Option<[u64; 2]>,
}

/// An open folder.
#[derive(Debug)]
pub struct Dir {
    handle: Handle,
    path: PathBuf,
}

impl Dir {
    /// Opens a folder by a path from the user: links in the path are followed.
    ///
    /// # Errors
    /// It is missing, is not a folder, or access is denied.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        Ok(Self { handle: Handle::open(&path)?, path })
    }

    /// Like [`Self::open`]; the folder and its missing parents are created durably, so that they survive a power cut.
    ///
    /// # Errors
    /// I/O errors.
    pub fn open_or_create(path: &Path) -> io::Result<Self> {
        if !path.is_dir() {
            std::fs::create_dir_all(path)?;
            if let Some(parent) = std::path::absolute(path)?.parent() {
                Self::open(parent)?.sync()?;
            }
        }
        Self::open(path)
    }

    /// The path by which it was opened; for messages, and for other programs.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of `name`; for messages.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Opens the folder `name` in this one.
    ///
    /// # Errors
    /// A [`Refusal`]; it is missing, or is not a folder.
    pub fn folder(&self, name: &str) -> io::Result<Self> {
        Ok(Self { handle: self.handle.folder(checked(name)?)?, path: self.join(name) })
    }

    /// The same; the folder is created durably if it is missing, so that it survives a power cut.
    ///
    /// # Errors
    /// A [`Refusal`], or I/O errors.
    pub fn make_folder(&self, name: &str) -> io::Result<Self> {
        match self.folder(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        match self.new_folder(name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.folder(name),
            made => made,
        }
    }

    /// Creates the folder `name` durably. Of several calls at the same time one succeeds.
    ///
    /// # Errors
    /// The name exists already, or other I/O errors.
    pub fn new_folder(&self, name: &str) -> io::Result<Self> {
        self.handle.make_folder(checked(name)?)?;
        self.sync()?;
        self.folder(name)
    }

    /// Opens the file `name`.
    ///
    /// # Errors
    /// A [`Refusal`], or I/O errors.
    pub fn file(&self, name: &str, access: Access) -> io::Result<File> {
        self.handle.file(checked(name)?, access)
    }

    /// Creates the file `name`, for writing.
    ///
    /// # Errors
    /// The name exists already, or other I/O errors.
    pub fn new_file(&self, name: &str) -> io::Result<File> {
        self.handle.new_file(checked(name)?)
    }

    /// Looks up `name`; `None` if it does not exist.
    ///
    /// # Errors
    /// I/O errors.
    pub fn entry(&self, name: &str) -> io::Result<Option<Entry>> {
        match self.handle.entry(checked(name)?) {
            Ok(entry) => Ok(Some(entry)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the file `name` exists.
    ///
    /// # Errors
    /// A [`Refusal`], or I/O errors.
    pub fn has_file(&self, name: &str) -> io::Result<bool> {
        match self.entry(name)? {
            Some(entry) if entry.is_link => Err(Refusal::Link.into()),
            Some(entry) if !entry.is_file => Err(Refusal::NotAFile.into()),
            entry => Ok(entry.is_some()),
        }
    }

    /// The names of all entries whose name is Unicode.
    ///
    /// # Errors
    /// I/O errors.
    pub fn names(&self) -> io::Result<Vec<String>> {
        self.handle.names()
    }

    /// Removes the file or link `name`; the target of a link is not touched.
    ///
    /// # Errors
    /// I/O errors.
    pub fn remove_file(&self, name: &str) -> io::Result<()> {
        self.handle.remove_file(checked(name)?)
    }

    /// Moves a file atomically, replacing an existing one.
    ///
    /// # Errors
    /// I/O errors.
    pub fn rename(&self, name: &str, to: &Self, to_name: &str) -> io::Result<()> {
        self.handle.rename(checked(name)?, &to.handle, checked(to_name)?)
    }

    /// Moves a file without replacing an existing one.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`]: the name is in use. Other I/O errors.
    pub fn rename_new(&self, name: &str, to: &Self, to_name: &str) -> io::Result<()> {
        self.handle.rename_new(checked(name)?, &to.handle, checked(to_name)?)
    }

    /// Makes the names in the folder durable. Windows has no such call; NTFS journals them itself.
    ///
    /// # Errors
    /// I/O errors.
    pub fn sync(&self) -> io::Result<()> {
        self.handle.sync()
    }

    /// Writes a whole file atomically, replacing an existing one. The temporary file is in the same folder: no other
    /// folder is certain to be on the same file system.
    ///
    /// # Errors
    /// A [`Refusal`], or I/O errors. An existing file is then unchanged.
    pub fn replace(&self, name: &str, content: &[u8], durably: bool) -> io::Result<()> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        if self.entry(name)?.is_some_and(|entry| entry.is_link) {
            return Err(Refusal::Link.into());
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let temporary = format!(".{name}.{}-{number}.part", std::process::id());
        // Only a killed process with the same process id can have left it.
        let _ = self.remove_file(&temporary);
        let written = self.new_file(&temporary).and_then(|mut file| {
            file.write_all(content)?;
            if durably { file.sync_all() } else { Ok(()) }
        });
        let replaced = written.and_then(|()| self.rename(&temporary, self, name));
        if replaced.is_err() {
            // The first error is the one to report.
            let _ = self.remove_file(&temporary);
        }
        replaced
    }
}

/// Checks that `name` is a single path component: anything else could leave the folder.
fn checked(name: &str) -> io::Result<&str> {
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(part)), None) if part == name => Ok(name),
        _ => Err(io::ErrorKind::InvalidFilename.into()),
    }
}

#[cfg(test)]
mod tests;
