//! File descriptors: a process may open a limited number, and other parts of it need some too.
//!
//! The limit is raised when the first broker starts. Segments' files are kept open in a cache of bounded size and
//! opened again when they are needed; a few descriptors are held in reserve for operations that must not fail when all
//! others are in use.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, Weak};

use crate::sync::lock;

/// The soft limit is not raised beyond this: far more than a broker uses, and some programs try every number.
#[cfg(unix)]
const MOST_DESCRIPTORS: u64 = 65_536;
/// The minimum that macOS grants where its hard limit is "unlimited".
#[cfg(unix)]
const MACOS_DESCRIPTORS: u64 = 10_240;
/// Assumed for systems without such a limit.
#[cfg(not(unix))]
const DESCRIPTORS: usize = 16_384;
/// Maximum files in the cache.
const MOST_CACHED: usize = 4096;
/// Deleting a folder of folders takes three at a time.
#[cfg(unix)]
const RESERVE: usize = 4;

static HANDLES: LazyLock<Handles> = LazyLock::new(|| Handles::new(raise_limit()));

/// All segments' files that the process has open.
#[derive(Debug)]
struct Handles {
    /// Descriptors the process may open.
    limit: usize,
    capacity: usize,
    /// Files that are open: those in the cache, and evicted ones that are still being read.
    open: Arc<AtomicUsize>,
    /// Oldest first; one that was used since goes to the back instead of being closed.
    cached: Mutex<VecDeque<Arc<Handle>>>,
    /// Open files without a purpose; closing them frees descriptors.
    reserve: Mutex<Vec<File>>,
}

/// An open file. It stays open as long as it is held, in the cache or not.
#[derive(Debug)]
pub(crate) struct Handle {
    file: File,
    was_used: AtomicBool,
    open: Arc<AtomicUsize>,
}

impl Deref for Handle {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A file's place in the cache. When this is dropped the file is closed, as soon as no reader uses it.
#[derive(Debug, Default)]
pub(crate) struct Slot(Weak<Handle>);

impl Slot {
    /// The file, if it is still open.
    pub(crate) fn get(&self) -> Option<Arc<Handle>> {
        let handle = self.0.upgrade()?;
        handle.was_used.store(true, Ordering::Relaxed);
        Some(handle)
    }

    /// Opens a file and keeps it in the cache.
    pub(crate) fn open(&mut self, open: impl FnMut() -> io::Result<File>) -> io::Result<Arc<Handle>> {
        Ok(self.put(with_free_descriptors(open)?))
    }

    /// Keeps a file that was opened with [`with_free_descriptors`] in the cache.
    pub(crate) fn put(&mut self, file: File) -> Arc<Handle> {
        let handle = HANDLES.keep(file);
        *self = Self(Arc::downgrade(&handle));
        handle
    }

    /// As [`Self::get`], but without keeping it open.
    pub(crate) fn weak(&self) -> Weak<Handle> {
        Weak::clone(&self.0)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.0.strong_count() > 0 {
            HANDLES.forget(&self.0);
        }
    }
}

/// Raises the limit at the first call; returns how many descriptors the process may open.
pub(crate) fn limit() -> usize {
    HANDLES.limit
}

/// Whether more files are open than the cache may hold, because they are being read.
pub(crate) fn are_crowded() -> bool {
    HANDLES.open.load(Ordering::Relaxed) > HANDLES.capacity
}

/// Runs work that needs descriptors for a short time. If none is free, files in the cache are closed, then the reserve
/// is used. `work` is repeated from the start.
pub(crate) fn with_free_descriptors<T>(mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match work() {
            Err(error) if is_exhausted(&error) => {
                if HANDLES.shrink() == 0 {
                    return HANDLES.with_reserve(work);
                }
            }
            done => return done,
        }
    }
}

/// Runs short work with the descriptors of the reserve.
pub(crate) fn with_reserve<T>(work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    HANDLES.with_reserve(work)
}

/// Closes some of the files in the cache; returns whether there were any.
pub(crate) fn free_descriptors() -> bool {
    HANDLES.shrink() > 0
}

/// Whether an error means that no descriptor is free.
pub(crate) fn is_exhausted(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
    }
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}

impl Handles {
    fn new(limit: usize) -> Self {
        let handles = Self {
            limit,
            capacity: (limit / 4).clamp(8, MOST_CACHED),
            open: Arc::default(),
            cached: Mutex::default(),
            reserve: Mutex::default(),
        };
        refill(&mut lock(&handles.reserve));
        handles
    }

    fn keep(&self, file: File) -> Arc<Handle> {
        self.open.fetch_add(1, Ordering::Relaxed);
        let handle = Arc::new(Handle { file, was_used: AtomicBool::new(false), open: Arc::clone(&self.open) });
        let closed = {
            let mut cached = lock(&self.cached);
            let closed = if cached.len() >= self.capacity { take_unused(&mut cached) } else { None };
            cached.push_back(Arc::clone(&handle));
            closed
        };
        // Closing takes time; it is done outside the lock.
        drop(closed);
        handle
    }

    fn forget(&self, handle: &Weak<Handle>) {
        let mut cached = lock(&self.cached);
        let at = cached.iter().position(|other| std::ptr::eq(Arc::as_ptr(other), handle.as_ptr()));
        let gone = at.and_then(|at| cached.swap_remove_back(at));
        drop(cached);
        drop(gone);
    }

    /// Closes some of the files in the cache; returns how many.
    fn shrink(&self) -> usize {
        let closed: Vec<_> = {
            let mut cached = lock(&self.cached);
            let count = cached.len().div_ceil(4);
            (0..count).filter_map(|_| take_unused(&mut cached)).collect()
        };
        closed.len()
    }

    fn with_reserve<T>(&self, mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        // If the reserve is in use, run without it: this very thread may be using it, around this work.
        let Ok(mut reserve) = self.reserve.try_lock() else { return work() };
        reserve.clear();
        let done = work();
        refill(&mut reserve);
        done
    }
}

/// The oldest file that was not used since it was last considered.
fn take_unused(cached: &mut VecDeque<Arc<Handle>>) -> Option<Arc<Handle>> {
    for _ in 0..cached.len() {
        let first = cached.pop_front()?;
        if !first.was_used.swap(false, Ordering::Relaxed) {
            return Some(first);
        }
        cached.push_back(first);
    }
    cached.pop_front()
}

/// Opens as many descriptors as the reserve should have, or as are available.
fn refill(reserve: &mut Vec<File>) {
    #[cfg(unix)]
    while reserve.len() < RESERVE {
        match File::open("/dev/null") {
            Ok(file) => reserve.push(file),
            Err(_) => break,
        }
    }
    #[cfg(not(unix))]
    reserve.clear();
}

#[cfg(unix)]
fn raise_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let found = getrlimit(Resource::Nofile);
    let most = found.maximum.unwrap_or(u64::MAX).min(MOST_DESCRIPTORS);
    if found.current.is_some_and(|current| current < most) {
        let raised = [most, most.min(MACOS_DESCRIPTORS)].into_iter().find(|&wanted| {
            found.current.is_some_and(|current| current < wanted)
                && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: found.maximum }).is_ok()
        });
        if let (Some(raised), Some(current)) = (raised, found.current) {
            tracing::debug!("the process may open {raised} descriptors, {current} before");
        }
    }
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(MOST_DESCRIPTORS).min(MOST_DESCRIPTORS);
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn raise_limit() -> usize {
    DESCRIPTORS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> File {
        tempfile::tempfile().unwrap()
    }

    #[test]
    fn the_cache_keeps_to_its_size_and_what_was_used_stays() {
        let handles = Handles::new(40);
        assert_eq!(handles.capacity, 10);
        let kept: Vec<_> = (0..10).map(|_| Arc::downgrade(&handles.keep(file()))).collect();
        Slot(Weak::clone(&kept[0])).get().unwrap();
        drop(handles.keep(file()));
        assert!(kept[0].upgrade().is_some() && kept[1].upgrade().is_none());
        assert_eq!(handles.open.load(Ordering::Relaxed), 10);
        // A file that is being read stays open until then.
        let lent = kept[2].upgrade().unwrap();
        for _ in 0..20 {
            drop(handles.keep(file()));
        }
        assert_eq!(handles.open.load(Ordering::Relaxed), 11);
        assert_eq!(lent.metadata().unwrap().len(), 0);
        drop(lent);
        assert_eq!(handles.open.load(Ordering::Relaxed), 10);
        let closed: usize = std::iter::repeat_with(|| handles.shrink()).take_while(|&closed| closed > 0).sum();
        assert_eq!((closed, handles.open.load(Ordering::Relaxed)), (10, 0));
    }

    #[test]
    fn a_file_is_closed_with_its_slot() {
        let mut slot = Slot::default();
        assert!(slot.get().is_none());
        let weak = Arc::downgrade(&slot.open(|| Ok(file())).unwrap());
        assert!(slot.get().is_some());
        slot.put(file());
        assert!(weak.upgrade().is_none());
        let weak = slot.weak();
        drop(slot);
        assert!(weak.upgrade().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn work_that_finds_no_descriptor_gets_one_from_the_cache_or_the_reserve() {
        let exhausted = || io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());
        let handles = Handles::new(40);
        assert_eq!(lock(&handles.reserve).len(), RESERVE);
        let done = handles.with_reserve(|| {
            let held = handles.reserve.try_lock().is_err();
            Ok(held)
        });
        assert!(done.unwrap());
        assert_eq!(lock(&handles.reserve).len(), RESERVE);
        let mut tries = 0;
        let done = with_free_descriptors(|| {
            tries += 1;
            if tries == 1 { Err(exhausted()) } else { Ok(tries) }
        });
        assert_eq!(done.unwrap(), 2);
        assert!(is_exhausted(&with_free_descriptors(|| Err::<(), _>(exhausted())).unwrap_err()));
    }
}
