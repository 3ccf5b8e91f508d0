//! One consumer per work folder, and one redrive.

use super::error::{AtPath, SinkError};
use crate::work_dir::{Access, Dir};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// An exclusive lock on a work folder; the operating system releases it whenever the process ends.
#[derive(Debug)]
pub(super) struct WorkDirLock {
    _file: File,
}

impl WorkDirLock {
    /// Takes `consumer.lock` in `state`, the state folder of `work_dir`.
    pub(super) fn acquire(work_dir: &Path, state: &Dir) -> Result<Self, SinkError> {
        Self::take(work_dir, state, "consumer.lock", |work_dir| SinkError::WorkDirInUse { work_dir })
    }

    /// Takes `redrive.lock`: a consumer may save into the folder while its dead letters are sent again.
    pub(super) fn acquire_for_redrive(work_dir: &Path, state: &Dir) -> Result<Self, SinkError> {
        Self::take(work_dir, state, "redrive.lock", |work_dir| SinkError::RedriveInUse { work_dir })
    }

    fn take(
        work_dir: &Path,
        state: &Dir,
        name: &str,
        in_use: impl FnOnce(PathBuf) -> SinkError,
    ) -> Result<Self, SinkError> {
        let path = state.join(name);
        let file = state.file(name, Access::Create).at("open the lock file", &path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(work_dir.to_owned())),
            // Some network file systems have no locks; the folder is used there all the same.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                tracing::warn!(
                    "the file system cannot lock; make sure that only one program takes {name} in {}",
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
