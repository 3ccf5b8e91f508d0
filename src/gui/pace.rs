//! How much a run may be held up by drawing: how often the window is drawn, and which threads come first.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How soon the window is drawn when it is woken. Without a delay egui draws twice.
const WAKING: Duration = Duration::from_millis(1);
/// The same during a run where the processor draws: a frame takes 50 ms of it then, which the run would miss.
const WAKING_IN_SOFTWARE: Duration = Duration::from_millis(500);

/// How soon the window is drawn for what happens by itself. What a person does is shown at once.
#[derive(Debug, Default)]
pub struct Pace {
    draws_in_software: bool,
    is_running: AtomicBool,
}

impl Pace {
    /// `draws_in_software`: see [`draws_in_software`].
    pub fn new(draws_in_software: bool) -> Self {
        Self { draws_in_software, is_running: AtomicBool::new(false) }
    }

    /// Takes whether a run is running.
    pub fn follow(&self, is_running: bool) {
        self.is_running.store(is_running, Ordering::Relaxed);
    }

    /// After how long a frame is drawn that waits for others to be drawn with it for `gathering`.
    pub fn wait(&self, gathering: Duration) -> Duration {
        let is_costly = self.draws_in_software && self.is_running.load(Ordering::Relaxed);
        gathering.max(if is_costly { WAKING_IN_SOFTWARE } else { WAKING })
    }
}

/// Whether the processor draws, as far as that can be found out: on Linux without a graphics device, or where Mesa is set
/// not to use one (`LIBGL_ALWAYS_SOFTWARE`).
pub fn draws_in_software() -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    let is_set = std::env::var_os("LIBGL_ALWAYS_SOFTWARE").is_some_and(|value| value != "0" && value != "false");
    is_set || !has_device()
}

/// Direct rendering, NVIDIA's own driver, or Windows' graphics in its subsystem for Linux.
fn has_device() -> bool {
    let renders = |entry: io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
    };
    let exists = |path: &str| std::path::Path::new(path).exists();
    std::fs::read_dir("/dev/dri").is_ok_and(|mut entries| entries.any(renders))
        || exists("/dev/nvidiactl")
        || exists("/dev/dxg")
}

/// On Linux this thread, and those that it starts, come after the window's own where there is too little for all.
#[cfg(target_os = "linux")]
pub fn step_back() {
    const NICE: i32 = 15;
    // Of the calling thread: Linux keeps the value by thread.
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!("a thread keeps its priority: {error}");
    }
}

/// Nothing is known here that works by thread: all are equal.
#[cfg(not(target_os = "linux"))]
pub fn step_back() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_run_that_is_drawn_in_software_waits() {
        let gathering = Duration::from_millis(50);
        let pace = Pace::new(true);
        assert_eq!(pace.wait(Duration::ZERO), WAKING);
        assert_eq!(pace.wait(gathering), gathering);
        pace.follow(true);
        assert_eq!(pace.wait(gathering), WAKING_IN_SOFTWARE);
        pace.follow(false);
        assert_eq!(pace.wait(gathering), gathering);
        let pace = Pace::new(false);
        pace.follow(true);
        assert_eq!(pace.wait(Duration::ZERO), WAKING);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_that_steps_back_takes_those_along_that_it_starts() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let start = move || std::thread::Builder::new().spawn(nice).unwrap().join().unwrap();
        let here = nice();
        let behind = std::thread::Builder::new().spawn(move || {
            step_back();
            start()
        });
        assert!(behind.unwrap().join().unwrap() > here);
        assert_eq!(nice(), here);
    }
}
