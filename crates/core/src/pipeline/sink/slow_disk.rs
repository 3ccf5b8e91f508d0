//! Slow disks, for tests.

use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;

static SLOW: Mutex<Vec<(PathBuf, Duration)>> = Mutex::new(Vec::new());

/// From now on, writing a file below `folder` takes this much longer.
pub(crate) fn slow_down(folder: &Path, by: Duration) {
    SLOW.lock().push((folder.canonicalize().unwrap(), by));
}

pub(super) fn wait_for(folder: &Path) {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let by = SLOW.lock().iter().find(|(slow, _)| folder.starts_with(slow)).map(|(_, by)| *by);
    if let Some(by) = by {
        std::thread::sleep(by);
    }
}
