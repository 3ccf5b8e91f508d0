//! Removes the folders of deleted topics. One with many partitions is removed in the background, because it takes
//! longer than a client waits; what is left when the broker stops is removed at the next start.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};

use crate::REMOVER_THREADS;
use crate::handles::with_free_descriptors;
use crate::sync::lock;

/// A folder with this file is being removed, whatever else it holds.
pub(crate) const DELETED_FILE: &str = "deleted";
/// Folders with more partitions than this are removed in the background.
const MANY_PARTITIONS: usize = 64;

/// Folders that are being removed.
#[derive(Debug, Default)]
pub(crate) struct Removals {
    threads: Mutex<Vec<JoinHandle<()>>>,
    is_ending: Arc<AtomicBool>,
}

impl Removals {
    /// Removes the folder of a topic that is marked as deleted.
    pub(crate) fn remove(&self, folder: &Path, partitions: usize) {
        if partitions <= MANY_PARTITIONS || self.start(folder.to_owned()).is_err() {
            remove_folder(folder, &self.is_ending);
        }
    }

    fn start(&self, folder: PathBuf) -> io::Result<()> {
        let mut threads = lock(&self.threads);
        threads.retain(|thread| !thread.is_finished());
        let is_ending = Arc::clone(&self.is_ending);
        let remove = move || remove_folder(&folder, &is_ending);
        threads.push(Builder::new().name(REMOVER_THREADS.to_owned()).spawn(remove)?);
        Ok(())
    }

    /// Interrupts removals, so that the files are no longer touched.
    pub(crate) fn end(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
        for thread in std::mem::take(&mut *lock(&self.threads)) {
            if thread.join().is_err() {
                tracing::error!("the removal of a deleted topic's files ended with a panic");
            }
        }
    }
}

impl Drop for Removals {
    fn drop(&mut self) {
        self.end();
    }
}

/// Removes a deleted topic's folder. If it is still being read, the next start finds the mark and tries again.
pub(crate) fn remove_folder(folder: &Path, is_ending: &AtomicBool) {
    // The mark is removed last: a half removed folder without it would look like a damaged topic.
    let remove = || -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if is_ending.load(Ordering::Relaxed) {
                return Ok(());
            }
            if path.is_dir() {
                std::fs::remove_dir_all(&path)?;
            } else if path.file_name().is_some_and(|name| name != DELETED_FILE) {
                std::fs::remove_file(&path)?;
            }
        }
        std::fs::remove_dir_all(folder)
    };
    if let Err(error) = with_free_descriptors(remove) {
        tracing::warn!("a deleted topic's files stay until the next start: {error}: {}", folder.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removal_that_is_interrupted_leaves_the_mark() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let topic = folder.path().join(name);
            for partition in ["0", "1"] {
                std::fs::create_dir_all(topic.join(partition)).unwrap();
            }
            std::fs::write(topic.join(DELETED_FILE), b"").unwrap();
            topic
        };
        let removals = Removals::default();
        let (few, many) = (make("few"), make("many"));
        removals.remove(&few, 2);
        assert!(!few.exists());
        removals.remove(&many, MANY_PARTITIONS + 1);
        removals.end();
        assert!(!many.exists() || many.join(DELETED_FILE).exists());
        let late = make("late");
        removals.remove(&late, MANY_PARTITIONS + 1);
        removals.end();
        assert!(late.join(DELETED_FILE).exists() && late.join("0").exists());
    }
}
