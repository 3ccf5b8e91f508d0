//! One run that resets the offsets of a group.

use std::sync::Arc;

use super::Event;
use super::error::EngineError;
use super::services::RunServices;
use crate::groups::{GroupAccess, ResetRun, apply_reset, plan_reset};
use crate::run::context::RunContext;

/// Looks at what the reset does, does it unless it is a dry run, and reports it.
pub(super) fn run(context: &Arc<RunContext>, run: &ResetRun, services: &RunServices) -> Result<(), EngineError> {
    let broker = services.broker(context, &run.broker)?;
    let access = GroupAccess {
        bootstrap_servers: broker.bootstrap_servers.clone(),
        client: run.client.clone(),
        timeout: run.broker_timeout,
    };
    let plan = plan_reset(&access, &run.request, &context.stop);
    let done = plan.and_then(|plan| {
        if !run.dry_run {
            apply_reset(&access, &plan, &context.stop)?;
        }
        services.outbox.send(Event::OffsetsReset { plan: Box::new(plan), is_done: !run.dry_run });
        Ok(())
    });
    broker.stop();
    Ok(done?)
}
