//! The end of a race's budget, which interrupts what is being measured then.

use std::sync::Arc;
use std::time::Instant;

use crate::run::cancellation::{Cancellation, Wait};
use crate::run::context::RunContext;
use crate::run::error::RunError;
use crate::run::stage::Stage;

/// Requests `reached` at this instant, unless the stage that is returned is dropped before, or the run stops.
pub(super) fn request_at(
    context: &Arc<RunContext>,
    instant: Instant,
    reached: &Cancellation,
) -> Result<Stage, RunError> {
    let mut stage = Stage::new(context);
    let (stop, reached) = (stage.cancellation().clone(), reached.clone());
    stage.spawn("bench-budget", move || -> Result<(), RunError> {
        if stop.wait_until(Some(instant), || false) == Wait::TimedOut {
            reached.request();
        }
        Ok(())
    })?;
    Ok(stage)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_deadline_requests_unless_it_is_dropped_before() {
        let context = Arc::new(RunContext::new(Arc::new(|_| {})));
        let reached = Cancellation::default();
        let soon = request_at(&context, Instant::now() + Duration::from_millis(5), &reached).unwrap();
        reached.wait();
        drop(soon);
        let reached = Cancellation::default();
        drop(request_at(&context, Instant::now() + Duration::from_secs(3_600), &reached).unwrap());
        assert!(!reached.is_requested());
    }
}
