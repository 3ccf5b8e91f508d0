//! A folder of kept results: one file each, named after its id.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use super::notes::{Notes, delete_notes, write_notes};

/// A folder with one results file per run. Clones share its lock, so that none undoes what another writes.
#[derive(Clone, Debug)]
pub(super) struct KeptFolder {
    folder: PathBuf,
    writing: Arc<Mutex<()>>,
}

impl KeptFolder {
    /// Nothing is read or written yet.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, writing: Arc::default() }
    }

    /// While this is held, nothing else is written.
    pub(super) fn lock(&self) -> MutexGuard<'_, ()> {
        self.writing.lock()
    }

    /// What `read` makes of each file, and one sentence for each that cannot be read.
    pub(super) fn read_all<T>(&self, mut read: impl FnMut(PathBuf) -> Result<T, String>) -> (Vec<T>, Vec<String>) {
        let (mut runs, mut problems) = (Vec::new(), Vec::new());
        let paths = std::fs::read_dir(&self.folder).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<PathBuf>>>()
        });
        let paths = paths.unwrap_or_else(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                // Nothing has been kept yet.
                return Vec::new();
            }
            problems.push(format!("the kept runs cannot be listed ({error}): {}", self.folder.display()));
            Vec::new()
        });
        for path in paths.into_iter().filter(|path| is_results_file(path)) {
            match read(path) {
                Ok(run) => runs.push(run),
                Err(problem) => problems.push(problem),
            }
        }
        (runs, problems)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.folder
    }

    /// The file of the run `id`.
    ///
    /// # Errors
    /// The id is not usable as a file name.
    pub(super) fn file_of(&self, id: &str) -> io::Result<PathBuf> {
        // Results come from anywhere, so their id must not lead out of the folder.
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        if id.is_empty() || id.len() > 100 || !id.chars().all(is_plain) {
            let reason = format!("the results cannot be kept: their id is not usable as a file name: {id:?}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        Ok(self.folder.join(format!("{id}.json")))
    }

    /// The file of `path`, if it is a results file directly in the folder.
    pub(super) fn own(&self, path: &Path) -> io::Result<PathBuf> {
        let refused = || {
            let reason = format!("this is not a kept run: {}", path.display());
            io::Error::new(io::ErrorKind::InvalidInput, reason)
        };
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(refused()) };
        let is_here = std::fs::canonicalize(parent)? == std::fs::canonicalize(&self.folder)?;
        if is_here && is_results_file(path) { Ok(self.folder.join(name)) } else { Err(refused()) }
    }

    /// Keeps notes about the run in a file of the folder, beside it.
    ///
    /// # Errors
    /// It is not one of this folder, or the notes cannot be written.
    pub(super) fn note(&self, path: &Path, notes: &Notes) -> io::Result<()> {
        let path = self.own(path)?;
        let _writing = self.lock();
        write_notes(&path, notes)
    }

    /// Deletes a file of the folder, and the notes about it.
    ///
    /// # Errors
    /// It is not one of this folder, or cannot be deleted.
    pub(super) fn delete(&self, path: &Path) -> io::Result<()> {
        let path = self.own(path)?;
        let _writing = self.lock();
        std::fs::remove_file(&path)?;
        delete_notes(&path)
    }
}

fn is_results_file(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "json")
}
