//! A thread that checks a broker periodically.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use crate::run::context::RunContext;
use crate::run::error::RunError;
use crate::run::stage::Stage;

/// The thread. Dropping this stops the thread and waits until it has ended.
pub(super) struct Attendant(#[expect(dead_code, reason = "kept for its drop")] Stage);

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
    ) -> Result<Self, RunError> {
        // It ends with its broker, which the last stages of a stopped run still need.
        let mut stage = Stage::outliving(context);
        let end = stage.cancellation().clone();
        stage.spawn(name, move || -> Result<(), RunError> {
            while look().is_continue() && !end.wait_timeout(pause) {}
            Ok(())
        })?;
        Ok(Self(stage))
    }
}
