//! Folders by path: each step checks for links first.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::{Access, Entry, Refusal};

/// A folder.
#[derive(Debug)]
pub(super) struct Handle(PathBuf);

impl Handle {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if !fs::metadata(path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self(path.to_owned()))
    }

    pub(super) fn folder(&self, name: &str) -> io::Result<Self> {
        self.refuse_link(name)?;
        Self::open(&self.0.join(name))
    }

    pub(super) fn make_folder(&self, name: &str) -> io::Result<()> {
        fs::create_dir(self.0.join(name))
    }

    pub(super) fn file(&self, name: &str, access: Access) -> io::Result<File> {
        self.refuse_link(name)?;
        let mut options = OpenOptions::new();
        options.read(true);
        match access {
            Access::Read => &mut options,
            Access::Write => options.write(true),
            Access::Create => options.write(true).create(true).truncate(false),
            Access::Append => options.append(true).create(true),
        };
        let file = options.open(self.0.join(name))?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(Refusal::NotAFile.into()) }
    }

    pub(super) fn new_file(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    pub(super) fn entry(&self, name: &str) -> io::Result<Entry> {
        let found = fs::symlink_metadata(self.0.join(name))?;
        Ok(Entry {
            is_file: found.is_file(),
            is_link: found.is_symlink(),
            size_bytes: if found.is_file() { found.len() } else { 0 },
            identity: None,
        })
    }

    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    pub(super) fn remove_file(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    pub(super) fn rename(&self, name: &str, to: &Self, to_name: &str) -> io::Result<()> {
        fs::rename(self.0.join(name), to.0.join(to_name))
    }

    pub(super) fn rename_new(&self, name: &str, to: &Self, to_name: &str) -> io::Result<()> {
        let moved = TempPath::try_from_path(self.0.join(name))?.persist_noclobber(to.0.join(to_name));
        moved.map_err(|refused| {
            // Keep the file; only its new name was refused.
            let _ = refused.path.keep();
            refused.error
        })
    }

    /// Windows has no such call; NTFS journals names itself.
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn refuse_link(&self, name: &str) -> io::Result<()> {
        match self.entry(name) {
            Ok(entry) if entry.is_link => Err(Refusal::Link.into()),
            _ => Ok(()),
        }
    }
}
