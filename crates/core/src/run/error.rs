//! Errors that end a run, and how the run ends because of them.

use std::any::Any;
use std::error::Error;
use std::io;

use crate::trace::Trace;

/// An error that can end a run. Each layer has its own.
pub trait RunFailure: Error + Any + Send + Sync {
    /// How the run ends.
    fn ending(&self) -> RunEnding {
        RunEnding::Failed
    }

    /// Where the error was created, if it keeps that.
    fn trace(&self) -> Option<&Trace> {
        None
    }
}

/// How a run ends because of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnding {
    /// It was stopped before it began.
    Stopped,
    /// A setting was rejected.
    Refused,
    /// It could not continue.
    Failed,
}

/// A setting, or a combination of settings, that is rejected before anything starts. The text names it and says what to
/// do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub String);

impl RunFailure for SettingsError {
    fn ending(&self) -> RunEnding {
        RunEnding::Refused
    }
}

/// Errors that every kind of run can have.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The user stopped the run before it began.
    #[error("stopped")]
    Stopped,
    /// The system could not start a thread.
    #[error("cannot start the thread {name}")]
    Thread {
        /// Its name.
        name: String,
        /// The system's error.
        source: io::Error,
    },
    /// A bug in the program.
    #[error("internal error in the thread {thread}; see the log for the backtrace")]
    Panicked {
        /// Its name.
        thread: String,
    },
}

impl RunFailure for RunError {
    fn ending(&self) -> RunEnding {
        match self {
            Self::Stopped => RunEnding::Stopped,
            Self::Thread { .. } | Self::Panicked { .. } => RunEnding::Failed,
        }
    }
}

/// An error with all its causes, in one line.
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Some errors repeat their cause in their own text.
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}
