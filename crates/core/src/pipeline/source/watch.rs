//! New files in the input folder, each once it is completely written.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TrySendError, bounded};
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecursiveMode, Watcher};

use super::SourceError;
use super::scan::Exclusion;

/// Quiet time of a file that was closed after writing, or renamed into the folder.
const SETTLE_CLOSED: Duration = Duration::from_millis(100);
/// Quiet time of a file that was not seen to be closed. Only Linux reports closing: there it means that the writer
/// still has the file open, or that the file was created as a hard link.
const SETTLE_OPEN: Duration = Duration::from_secs(if cfg!(target_os = "linux") { 10 } else { 2 });
/// Quiet time of a file that a walk found shortly after it was written to.
const SETTLE_FOUND: Duration = Duration::from_secs(1);
/// Events that may wait; if there are more, the folder is walked again.
const EVENTS_MAX: usize = 16 * 1024;

/// Watches a folder and its sub-folders.
pub struct FolderWatch {
    events: Receiver<Seen>,
    rescan: Arc<AtomicBool>,
    /// When each file will have been quiet for long enough.
    pending: HashMap<PathBuf, Instant>,
    _watcher: notify::RecommendedWatcher,
}

struct Seen {
    path: PathBuf,
    is_closed: bool,
}

impl FolderWatch {
    /// Watches from now on. A file that arrives while the folder is walked afterwards is found by the walk, here, or by
    /// both.
    ///
    /// # Errors
    /// The folder cannot be watched, for example because the system's limit on watches is reached.
    pub fn start(input: &Path, exclude: &[PathBuf]) -> Result<Self, SourceError> {
        let failed = |source| SourceError::Watch { path: input.to_owned(), source };
        let (sender, events) = bounded(EVENTS_MAX);
        let rescan = Arc::new(AtomicBool::new(false));
        let needs_rescan = Arc::clone(&rescan);
        let exclusion = Exclusion::new(input, exclude);
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let Ok(event) = event else {
                return needs_rescan.store(true, Ordering::Release);
            };
            if event.need_rescan() {
                needs_rescan.store(true, Ordering::Release);
            }
            let Some(is_closed) = closing(&event.kind) else { return };
            for path in event.paths {
                if exclusion.covers(&path) {
                    continue;
                }
                if path.is_dir() {
                    // A new folder may have files already.
                    needs_rescan.store(true, Ordering::Release);
                } else if let Err(TrySendError::Full(_)) = sender.try_send(Seen { path, is_closed }) {
                    needs_rescan.store(true, Ordering::Release);
                }
            }
        })
        .map_err(failed)?;
        watcher.watch(input, RecursiveMode::Recursive).map_err(failed)?;
        Ok(Self { events, rescan, pending: HashMap::new(), _watcher: watcher })
    }

    /// A file that is new or changed and has been quiet since; waits up to `timeout` for one.
    pub fn next_ready(&mut self, timeout: Duration) -> Option<PathBuf> {
        let deadline = Instant::now() + timeout;
        loop {
            while let Ok(seen) = self.events.try_recv() {
                self.note(seen);
            }
            let now = Instant::now();
            let ready = self.pending.iter().find(|&(_, &ready_at)| ready_at <= now);
            if let Some(path) = ready.map(|(path, _)| path.clone()) {
                self.pending.remove(&path);
                return Some(path);
            }
            if now >= deadline {
                return None;
            }
            let next = self.pending.values().copied().min().unwrap_or(deadline).min(deadline);
            if let Ok(seen) = self.events.recv_deadline(next) {
                self.note(seen);
            }
        }
    }

    /// Lets a file wait like one that just changed, since it may still be being written.
    pub fn defer(&mut self, path: PathBuf) {
        self.pending.entry(path).or_insert_with(|| Instant::now() + SETTLE_FOUND);
    }

    /// Whether events were missed, so that the folder must be walked again. Resets the answer.
    pub fn take_rescan_needed(&self) -> bool {
        self.rescan.swap(false, Ordering::AcqRel)
    }

    fn note(&mut self, seen: Seen) {
        let Seen { path, is_closed } = seen;
        self.pending.insert(path, Instant::now() + if is_closed { SETTLE_CLOSED } else { SETTLE_OPEN });
    }
}

/// Whether an event means that a file is complete; `None` for events that do not add to a file.
fn closing(kind: &EventKind) -> Option<bool> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(true),
        EventKind::Modify(ModifyKind::Name(RenameMode::From)) => None,
        EventKind::Modify(ModifyKind::Name(_)) => Some(true),
        EventKind::Modify(ModifyKind::Metadata(_)) => None,
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Any | EventKind::Other => Some(false),
        EventKind::Access(_) | EventKind::Remove(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn files_are_ready_when_they_are_closed_or_renamed_in() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let mut watch = FolderWatch::start(folder.path(), &[folder.path().join("own")]).unwrap();
        let path = folder.path().join("a.png");
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(watch.next_ready(Duration::from_millis(300)), None);
        }
        file.write_all(b"whole").unwrap();
        drop(file);
        assert_eq!(watch.next_ready(PATIENCE), Some(path));
        std::fs::create_dir(folder.path().join("own")).unwrap();
        std::fs::write(folder.path().join("own/x.png"), b"x").unwrap();
        std::fs::write(elsewhere.path().join("b.png"), b"b").unwrap();
        let moved = folder.path().join("b.png");
        std::fs::rename(elsewhere.path().join("b.png"), &moved).unwrap();
        assert_eq!(watch.next_ready(PATIENCE), Some(moved));
    }

    #[test]
    fn a_new_folder_asks_for_a_walk() {
        let folder = tempfile::tempdir().unwrap();
        let mut watch = FolderWatch::start(folder.path(), &[]).unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        let deadline = Instant::now() + PATIENCE;
        while !watch.take_rescan_needed() {
            assert!(Instant::now() < deadline);
            watch.next_ready(Duration::from_millis(20));
        }
    }
}
