//! One consumer per work folder.

use super::error::{AtPath, SinkError};
use crate::work_dir::{Access, Dir};
use std::fs::{File, TryLockError};
use std::path::Path;

/// An exclusive lock on a work folder; the operating system releases it whenever the process ends.
#[derive(Debug)]
pub(super) struct WorkDirLock {
    _file: File,
}

impl WorkDirLock {
    /// Takes `consumer.lock` in `state`, the state folder of `work_dir`.
    pub(super) fn acquire(work_dir: &Path, state: &Dir) -> Result<Self, SinkError> {
        const NAME: &str = "consumer.lock";
        let path = state.join(NAME);
        let file = state.file(NAME, Access::Create).at("open the lock file", &path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SinkError::WorkDirInUse { work_dir: work_dir.to_owned() }),
            // Some network file systems have no locks; images are saved there all the same.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                tracing::warn!(
                    "the file system cannot lock; make sure that only one consumer uses {}",
                    work_dir.display()
                );
            }
            Err(TryLockError::Error(error)) => return Err(error).at("lock the file", &path),
        }
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_consumer_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let state = Dir::open(dir.path()).unwrap();
        let first = WorkDirLock::acquire(dir.path(), &state).unwrap();
        let refused = WorkDirLock::acquire(dir.path(), &state).unwrap_err();
        assert!(matches!(refused, SinkError::WorkDirInUse { .. }), "{refused}");
        drop(first);
        WorkDirLock::acquire(dir.path(), &state).unwrap();
    }
}
