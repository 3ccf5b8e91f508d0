//! The processor time of this process's threads, where the system reports it: on Linux.
//!
//! A thread that has ended is not listed any more; the threads of stages note their time themselves when they end
//! ([`EndedThreads`]).

#[cfg(target_os = "linux")]
use std::path::Path;

use parking_lot::Mutex;

/// A thread, and its processor time since it started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadTime {
    /// Its number, which the system may give again after its end.
    pub tid: u32,
    /// Its name, cut to 15 bytes.
    pub name: String,
    /// In user mode and in the kernel.
    pub nanos: u64,
}

/// All threads of this process; `None` if the system does not report them. (`sysinfo` reads a single thread from `/proc/TID`,
/// where Linux reports the time of the whole process.)
#[cfg(target_os = "linux")]
pub fn all() -> Option<Vec<ThreadTime>> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?.filter_map(Result::ok);
    // A thread may have ended since it was listed.
    Some(threads.filter_map(|thread| ThreadTime::read(&thread.path())).collect())
}

#[cfg(not(target_os = "linux"))]
pub fn all() -> Option<Vec<ThreadTime>> {
    None
}

/// The thread that calls it.
#[cfg(target_os = "linux")]
fn own() -> Option<ThreadTime> {
    ThreadTime::read(Path::new("/proc/thread-self"))
}

#[cfg(not(target_os = "linux"))]
fn own() -> Option<ThreadTime> {
    None
}

#[cfg(target_os = "linux")]
impl ThreadTime {
    /// Reads a thread's files in this folder. Its `schedstat`, where the kernel has it, counts nanoseconds; `stat` counts
    /// hundredths of a second, in which a thread that often does a little has none.
    fn read(folder: &Path) -> Option<Self> {
        let time = Self::parse(&std::fs::read_to_string(folder.join("stat")).ok()?)?;
        let exact = std::fs::read_to_string(folder.join("schedstat")).ok();
        let exact = exact.and_then(|exact| exact.split_ascii_whitespace().next()?.parse().ok());
        Some(Self { nanos: exact.unwrap_or(time.nanos), ..time })
    }

    /// Reads a thread's `stat` (proc_pid_stat(5)): `7 (name) S 1 …`, with the time in user mode and in the kernel as the 12th and
    /// 13th field after the name, in hundredths of a second on all architectures.
    fn parse(stat: &str) -> Option<Self> {
        let (before, after) = stat.rsplit_once(')')?;
        let (tid, name) = before.split_once('(')?;
        let mut times = after.split_ascii_whitespace().skip(11);
        let mut time = || times.next()?.parse::<u64>().ok();
        Some(Self { tid: tid.trim().parse().ok()?, name: name.to_owned(), nanos: 10_000_000 * (time()? + time()?) })
    }
}

/// The most threads that are noted; a run has far fewer.
const ENDED_MAX: usize = 4_096;

/// Threads that have ended, with the time that they took.
#[derive(Default)]
pub struct EndedThreads(Mutex<Vec<ThreadTime>>);

impl EndedThreads {
    /// Notes the thread that calls it, which is about to end.
    pub fn note_own(&self) {
        let Some(time) = own() else { return };
        let mut ended = self.0.lock();
        if ended.len() < ENDED_MAX {
            ended.push(time);
        }
    }

    /// Forgets those that ended before something is measured.
    pub fn clear(&self) {
        self.0.lock().clear();
    }

    /// All that were noted.
    pub fn all(&self) -> Vec<ThreadTime> {
        self.0.lock().clone()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_may_have_any_name() {
        let stat = "12 (a) b) (c) S 1 2 3 4 -1 6 7 8 9 10 33 4 0 0 20 0 2";
        assert_eq!(
            ThreadTime::parse(stat),
            Some(ThreadTime { tid: 12, name: "a) b) (c".to_owned(), nanos: 370_000_000 })
        );
        assert_eq!(ThreadTime::parse("12 (cut) S 1 2"), None);
    }

    #[test]
    fn a_thread_that_ended_is_known_by_what_it_noted() {
        let ended = EndedThreads::default();
        let thread = std::thread::Builder::new().name("notes-itself".to_owned());
        std::thread::scope(|scope| {
            thread.spawn_scoped(scope, || ended.note_own()).unwrap();
        });
        let [noted] = &ended.all()[..] else { panic!("{:?}", ended.all()) };
        assert_eq!(noted.name, "notes-itself");
    }
}
