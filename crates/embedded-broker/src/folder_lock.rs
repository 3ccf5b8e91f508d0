//! One broker per data folder: the lock, and the file with the address of the folder's broker.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::config::StartError;
use crate::files;

const LOCK_FILE: &str = "broker.lock";
const ADDRESS_FILE: &str = "broker.address";
/// Where the previous broker listened, until the next one has written its address.
const PREVIOUS_FILE: &str = "broker.previous";

fn read(path: &Path) -> Option<SocketAddr> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Where the broker listens that serves a data folder now; `None` if no broker does. Nothing is created or written.
pub fn serving_address(data_dir: &Path) -> Option<SocketAddr> {
    let file = File::open(data_dir.join(LOCK_FILE)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => read(&data_dir.join(ADDRESS_FILE)),
        // Closing the file releases the lock.
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

/// The data folder's lock, held as long as this lives.
#[derive(Debug)]
pub(crate) struct FolderLock {
    data_dir: PathBuf,
    /// The address the folder was served on before.
    pub previous: Option<SocketAddr>,
    file: File,
}

impl FolderLock {
    /// Takes the lock of an existing folder. The old address file is moved, so that a process that finds the folder
    /// locked is never sent to the address of an earlier broker.
    pub(crate) fn take(data_dir: &Path) -> Result<Self, StartError> {
        let path = data_dir.join(LOCK_FILE);
        let failed = |action, path: &Path| {
            let path = path.to_owned();
            move |source| StartError::Storage { action, path, source }
        };
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed("open the lock file", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let address = read(&data_dir.join(ADDRESS_FILE));
                return Err(StartError::Locked { address, data_dir: data_dir.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock the data folder", &path)(source)),
        }
        let (address_file, previous_file) = (data_dir.join(ADDRESS_FILE), data_dir.join(PREVIOUS_FILE));
        match std::fs::rename(&address_file, &previous_file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("replace the address file", &address_file)(error));
            }
            _ => {}
        }
        Ok(Self { data_dir: data_dir.to_owned(), previous: read(&previous_file), file })
    }

    /// Writes the address of this broker.
    pub(crate) fn publish(&self, address: SocketAddr) -> Result<(), StartError> {
        let path = self.data_dir.join(ADDRESS_FILE);
        files::replace(&path, format!("{address}\n").as_bytes(), false).map_err(|source| StartError::Storage {
            action: "write the address file",
            path,
            source,
        })
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Closing the file would do, but unlocking takes effect even while a child process still has the handle.
        if let Err(error) = self.file.unlock() {
            tracing::warn!("cannot unlock the data folder: {error}: {}", self.data_dir.display());
        }
    }
}
