//! The dead letter topic of a stream, and the run that sends dead letters again.

use std::sync::Arc;

use parking_lot::Mutex;

use super::error::EngineError;
use super::plan::StreamPlan;
use super::services::RunServices;
use crate::kafka::control::{Control, TOPIC_MESSAGE_BYTES_MIN, TopicMetadata};
use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::pipeline::consumer::DeadLetterTopicSettings;
use crate::redrive::{self, RedrivePlan, RedriveReport};
use crate::run::context::RunContext;

/// Partitions of a dead letter topic that a run creates, as in Kafka Connect.
const PARTITIONS: i32 = 1;
/// What a dead letter takes more than its record: the headers that describe it.
const DESCRIPTION_BYTES: u64 = 64 * 1024;
/// The client passes on records up to this size at least: whether a compressed one fits, only the broker knows.
const LOCAL_LIMIT_BYTES: u64 = 64 * 1024 * 1024;

/// Creates the dead letter topic, or uses the existing one; `topic` is the one that the letters come from.
pub(super) fn ready_topic(
    context: &RunContext,
    plan: &StreamPlan,
    bootstrap_servers: &str,
    control: &Control,
    topic: &TopicMetadata,
) -> Result<Option<DeadLetterTopicSettings>, PipelineError> {
    let Some(name) = plan.dead_letter_topic.as_ref().filter(|_| plan.mode.consumes()) else { return Ok(None) };
    let needed = topic.max_message_bytes.unwrap_or(0).saturating_add(DESCRIPTION_BYTES);
    let created_with = || Ok::<_, PipelineError>(needed.clamp(TOPIC_MESSAGE_BYTES_MIN, i32::MAX as u64));
    let found = control.ensure_topic(name, PARTITIONS, &[], created_with)?;
    if found.created {
        context.notify(Notice::info(format!("Created the dead letter topic {name}")));
    }
    Ok(Some(DeadLetterTopicSettings {
        topic: name.clone(),
        bootstrap_servers: bootstrap_servers.to_owned(),
        client: plan.client.clone(),
        message_max_bytes: found.max_message_bytes.unwrap_or(0).max(LOCAL_LIMIT_BYTES),
    }))
}

/// Sends dead letters again; what became of them is left in `report`.
pub(super) fn redrive(
    context: &Arc<RunContext>,
    plan: &RedrivePlan,
    services: &RunServices,
    report: &Mutex<Option<RedriveReport>>,
) -> Result<(), EngineError> {
    // First: also a redrive that never begins is reported as one.
    *report.lock() = Some(RedriveReport::new(plan));
    plan.check()?;
    let broker = services.broker(context, &plan.broker)?;
    let result = redrive::run(context, plan, &broker.bootstrap_servers, &services.runtime, report);
    broker.stop();
    Ok(result?)
}
