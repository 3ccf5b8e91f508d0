//! One consumer a work folder.

use super::error::{AtPath, SinkError};
use super::{STATE_FOLDER, files};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// An exclusive lock on a work folder; the operating system releases it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct WorkDirLock {
    _file: File,
}

impl WorkDirLock {
    /// Takes `.kafka-image-bench/consumer.lock` in `work_dir`, which must exist.
    pub(super) fn acquire(work_dir: &Path) -> Result<Self, SinkError> {
        let state_dir = work_dir.join(STATE_FOLDER);
        files::create_dir_durably(&state_dir)?;
        let path = state_dir.join("consumer.lock");
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(&path).at("open the lock file", &path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SinkError::WorkDirInUse { work_dir: work_dir.to_owned() }),
            // Some network file systems know no locks. Refusing to save there would help nobody.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                tracing::warn!("the file system cannot lock; see that only one consumer uses {}", work_dir.display());
            }
            Err(TryLockError::Error(error)) => return Err(error).at("lock the file", &path),
        }
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_second_consumer_is_told_to_choose_another_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = WorkDirLock::acquire(dir.path()).unwrap();
        let refused = WorkDirLock::acquire(dir.path()).unwrap_err();
        assert!(matches!(refused, SinkError::WorkDirInUse { .. }), "{refused}");
        drop(first);
        WorkDirLock::acquire(dir.path()).unwrap();
    }
}
