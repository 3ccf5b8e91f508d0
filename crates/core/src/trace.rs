//! Where an error was created, for the log file.
//!
//! The log file has the backtrace of each error; people see only the sentence. An error that keeps a [`Trace`] from its
//! creation is logged with that one, any other with the backtrace of the place that logs it.

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::fmt;

thread_local! {
    /// The backtrace of the error that this thread is logging.
    static LOGGED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The stack at the time when an error was created. Cheap: names are looked up when it is written.
pub struct Trace(Box<Backtrace>);

impl Trace {
    /// The stack of the caller.
    pub fn capture() -> Self {
        Self(Box::new(Backtrace::force_capture()))
    }
}

impl fmt::Debug for Trace {
    /// Omits the frames: they are for the log file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace")
    }
}

/// Runs `log` and attaches `trace` to the event that it logs.
pub fn logged_with(trace: Option<&Trace>, log: impl FnOnce()) {
    LOGGED.set(trace.map(|trace| trace.0.to_string()));
    log();
    LOGGED.set(None);
}

/// The backtrace for the event that this thread is logging.
pub fn of_event() -> String {
    LOGGED.with_borrow(Clone::clone).unwrap_or_else(|| Backtrace::force_capture().to_string())
}
