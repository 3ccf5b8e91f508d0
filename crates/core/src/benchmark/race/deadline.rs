//! The end of a race's budget, which interrupts what is being measured then.

use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::run::cancellation::{Cancellation, Wait};
use crate::run::error::RunError;

const THREAD: &str = "bench-budget";

/// Requests a cancellation at an instant. When it is dropped, it does not any more, and its thread has ended.
pub(super) struct Deadline {
    is_dropped: Cancellation,
    thread: Option<JoinHandle<()>>,
}

impl Deadline {
    /// Requests `reached` at this instant.
    pub(super) fn at(instant: Instant, reached: &Cancellation) -> Result<Self, RunError> {
        let is_dropped = Cancellation::default();
        let (waiting, reached) = (is_dropped.clone(), reached.clone());
        let thread = thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
            if waiting.wait_until(Some(instant), || false) == Wait::TimedOut {
                reached.request();
            }
        });
        let thread = thread.map_err(|source| RunError::Thread { name: THREAD.to_owned(), source })?;
        Ok(Self { is_dropped, thread: Some(thread) })
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.is_dropped.request();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread {THREAD} panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_deadline_requests_unless_it_is_dropped_before() {
        let reached = Cancellation::default();
        let soon = Deadline::at(Instant::now() + Duration::from_millis(5), &reached).unwrap();
        reached.wait();
        drop(soon);
        let reached = Cancellation::default();
        drop(Deadline::at(Instant::now() + Duration::from_secs(3_600), &reached).unwrap());
        assert!(!reached.is_requested());
    }
}
