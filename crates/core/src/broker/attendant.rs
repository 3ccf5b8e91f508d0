//! A thread that looks after a broker, again and again, until it is ended.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use crate::pipeline::PipelineError;
use crate::run::context::RunContext;
use crate::run::stage::spawn_stage;

/// The thread. Dropping it ends it too, and does not wait for that.
pub(super) struct Attendant {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Attendant {
    /// Looks now, and after each `pause`, until `look` breaks off.
    ///
    /// # Errors
    /// The system has no thread.
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

    /// Returns when the thread has ended.
    pub(super) fn end(self) {
        drop(self.end);
        // A panic has been reported by the thread itself.
        let _ = self.thread.join();
    }
}
