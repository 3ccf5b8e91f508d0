//! The run that writes a training set.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Event;
use super::error::EngineError;
use super::services::RunServices;
use crate::export::{ExportPlan, ExportProgress, ExportReport, ExportSource, export_saved, export_topic};
use crate::run::context::RunContext;

/// Time between two events of the progress.
const INTERVAL: Duration = Duration::from_millis(100);

pub(super) fn run(
    context: &Arc<RunContext>,
    plan: &ExportPlan,
    services: &RunServices,
) -> Result<ExportReport, EngineError> {
    plan.check()?;
    let mut last = Instant::now();
    let mut report = |progress: ExportProgress| {
        if last.elapsed() >= INTERVAL {
            last = Instant::now();
            services.outbox.send(Event::Exporting(progress));
        }
    };
    let topic = match &plan.source {
        ExportSource::Folder(work_dir) => {
            return Ok(export_saved(work_dir, &plan.options, &plan.folder, &mut report, &context.stop)?);
        }
        ExportSource::Topic(topic) => topic,
    };
    let broker = services.broker(context, &plan.broker)?;
    let exported = export_topic(
        (&broker.bootstrap_servers, &plan.client),
        (topic, plan.broker_timeout),
        &plan.options,
        &plan.folder,
        &mut report,
        &context.stop,
    );
    broker.stop();
    Ok(exported?)
}
