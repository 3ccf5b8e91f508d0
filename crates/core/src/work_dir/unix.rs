//! Folders by file descriptor.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags};

use super::{Access, Entry, Refusal};

/// An open folder.
#[derive(Debug)]
pub(super) struct Handle(OwnedFd);

impl Handle {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let folder = File::open(path)?;
        if !folder.metadata()?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self(folder.into()))
    }

    pub(super) fn folder(&self, name: &str) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = fs::openat(&self.0, name, flags, Mode::empty());
        opened.map(Self).map_err(|error| self.refused(name, error.into()))
    }

    pub(super) fn make_folder(&self, name: &str) -> io::Result<()> {
        Ok(fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o777))?)
    }

    pub(super) fn file(&self, name: &str, access: Access) -> io::Result<File> {
        let wanted = match access {
            Access::Read => OFlags::RDONLY,
            Access::Write => OFlags::RDWR,
            Access::Create => OFlags::RDWR | OFlags::CREATE,
            Access::Append => OFlags::RDWR | OFlags::CREATE | OFlags::APPEND,
        };
        // Opening a pipe would block until its other end is opened.
        let flags = wanted | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = fs::openat(&self.0, name, flags, Mode::from_raw_mode(0o666))
            .map(File::from)
            .map_err(|error| self.refused(name, error.into()))?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            Err(io::ErrorKind::IsADirectory.into())
        } else if !metadata.is_file() {
            Err(Refusal::NotAFile.into())
        } else if access != Access::Read && metadata.nlink() > 1 {
            Err(Refusal::HardLink.into())
        } else {
            Ok(file)
        }
    }

    pub(super) fn new_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(fs::openat(&self.0, name, flags, Mode::from_raw_mode(0o666))?.into())
    }

    // The types of these fields differ between systems.
    #[allow(clippy::unnecessary_cast, clippy::cast_sign_loss, clippy::cast_lossless)]
    pub(super) fn entry(&self, name: &str) -> io::Result<Entry> {
        let found = fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let kind = FileType::from_raw_mode(found.st_mode);
        Ok(Entry {
            is_file: kind == FileType::RegularFile,
            is_link: kind == FileType::Symlink,
            size_bytes: u64::try_from(found.st_size).unwrap_or(0),
            identity: Some([found.st_dev as u64, found.st_ino as u64]),
        })
    }

    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::Dir::read_from(&self.0)? {
            if let Ok(name) = entry?.file_name().to_str()
                && !matches!(name, "." | "..")
            {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    pub(super) fn remove_file(&self, name: &str) -> io::Result<()> {
        Ok(fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    pub(super) fn rename(&self, name: &str, to: &Self, to_name: &str) -> io::Result<()> {
        Ok(fs::renameat(&self.0, name, &to.0, to_name)?)
    }

    pub(super) fn rename_new(&self, name: &str, to: &Self, to_name: &str) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        match fs::renameat_with(&self.0, name, &to.0, to_name, fs::RenameFlags::NOREPLACE) {
            // File systems and kernels that do not support it.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {}
            moved => return Ok(moved?),
        }
        fs::linkat(&self.0, name, &to.0, to_name, AtFlags::empty())?;
        self.remove_file(name)
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(fs::fsync(&self.0)?)
    }

    /// Systems report a link that was not followed with different errors.
    fn refused(&self, name: &str, error: io::Error) -> io::Error {
        match self.entry(name) {
            Ok(entry) if entry.is_link => Refusal::Link.into(),
            _ => error,
        }
    }
}
