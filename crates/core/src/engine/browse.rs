//! One run that reads a topic's records.

use std::sync::Arc;

use super::Event;
use super::error::EngineError;
use super::services::RunServices;
use crate::browse::{self, BrowseRun};
use crate::kafka::check::check_settings;
use crate::pipeline::outputs::check_writable;
use crate::run::context::RunContext;

/// Reads the records of `run`; each page is an event.
pub(super) fn run(context: &Arc<RunContext>, run: &BrowseRun, services: &RunServices) -> Result<(), EngineError> {
    run.plan.check()?;
    check_settings(&run.client)?;
    if let Some(folder) = &run.save {
        check_writable(folder)?;
    }
    let broker = services.broker(context, &run.broker)?;
    let result = browse::run(&broker.bootstrap_servers, run, &context.stop, |page, saved| {
        services.outbox.send(Event::Browsed { page: Box::new(page), saved });
    });
    broker.stop();
    Ok(result?)
}
