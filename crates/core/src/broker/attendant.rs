//! A thread that checks a broker periodically until it is stopped.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use crate::pipeline::PipelineError;
use crate::run::context::RunContext;
use crate::run::stage::spawn_stage;

/// The thread. Dropping this stops the thread without waiting for it.
pub(super) struct Attendant {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Attendant {
    /// Calls `look` now and then after each `pause`, until it returns [`ControlFlow::Break`].
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(super) fn start(
        context: &Arc<RunContext>,
        name: &str,
        pause: Duration,
        mut look: impl FnMut() -> ControlFlow<()> + Send + 'static,
    ) -> Result<Self, PipelineError> {
        let (end, ended) = bounded(0);
        let thread = spawn_stage(context, name, move || {
            while look().is_continue() && ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {}
            Ok(())
        })?;
        Ok(Self { end, thread })
    }

    /// Stops the thread and waits until it has ended.
    pub(super) fn end(self) {
        drop(self.end);
        // A panic has been reported by the thread itself.
        let _ = self.thread.join();
    }
}
