//! The runs of the engine, but for browsing: each opens its broker, and stops it at the end.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::Event;
use super::dead_letters;
use super::error::EngineError;
use super::figures::Figures;
use super::found_labels::{KnownLabels, settle};
use super::plan::{Mode, ServePlan, StreamPlan};
use super::report::{BrokerFacts, StreamFacts};
use super::services::RunServices;
use super::stages::Stream;
use crate::benchmark::plan::BenchmarkPlan;
use crate::benchmark::{self, SharedResults};
use crate::broker::{self, BrokerHandle, BrokerKind};
use crate::kafka::control::{Control, TOPIC_MESSAGE_BYTES_MIN, TopicMetadata};
use crate::kafka::downtime::while_watched;
use crate::lag::{self, LagPlan};
use crate::model::notice::Notice;
use crate::model::objects::OBJECTS_JSON_BYTES_MAX;
use crate::pipeline::PipelineError;
use crate::pipeline::codec::SentHeaders;
use crate::pipeline::outputs::{check_writable, own_outputs};
use crate::pipeline::source::{SourceError, largest_image_bytes};
use crate::results::BenchmarkResults;
use crate::run::context::RunContext;
use crate::run::error::RunError;
use crate::run::stage::Stage;

/// The highest `max.message.bytes` of a topic that a run creates.
const TOPIC_MESSAGE_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// Runs `plan`; the facts about it are left in `facts`.
pub(super) fn run(
    context: &Arc<RunContext>,
    plan: &StreamPlan,
    services: &RunServices,
    facts: &Mutex<Option<StreamFacts>>,
) -> Result<(), EngineError> {
    plan.check()?;
    let KnownLabels { plan, found, sentences } = settle(context, plan)?;
    let plan = &*plan;
    sentences.into_iter().for_each(|sentence| context.notify(Notice::info(sentence)));
    *facts.lock() = Some(StreamFacts {
        mode: plan.mode,
        broker: None,
        topic: plan.topic.clone(),
        group: plan.group.clone(),
        encoding: plan.encoding,
        key: plan.key,
        input: plan.input.clone(),
        replay: None,
        work_dir: plan.work_dir.clone(),
        labels_found: found,
        labels: None,
        is_in_memory: plan.is_in_memory(),
    });
    check_writable(&plan.work_dir)?;
    let broker = services.broker(context, &plan.broker)?;
    let result = with_broker(context, plan, services, &broker, facts, |topic| {
        if let Some(facts) = facts.lock().as_mut() {
            facts.broker = Some(BrokerFacts {
                kind: broker.kind,
                bootstrap_servers: broker.bootstrap_servers.clone(),
                partitions: topic.partitions,
                topic_created: topic.created,
            });
        }
    });
    if let Some(facts) = facts.lock().as_mut() {
        facts.replay = context.replay.get().cloned();
    }
    broker.stop();
    Ok(result?)
}

/// Serves the embedded broker until the run is stopped.
pub(super) fn serve(context: &Arc<RunContext>, plan: &ServePlan, services: &RunServices) -> Result<(), EngineError> {
    let broker = broker::serve(plan.listen, &plan.data, &services.runtime)?;
    services.outbox.send(Event::BrokerReady { kind: broker.kind, bootstrap_servers: broker.bootstrap_servers.clone() });
    context.stop.wait();
    broker.stop();
    Ok(())
}

/// Runs a benchmark; its results are left in `results`.
pub(super) fn measure(
    context: &Arc<RunContext>,
    plan: &BenchmarkPlan,
    services: &RunServices,
    results: &SharedResults,
) -> Result<(), EngineError> {
    plan.check()?;
    check_writable(&plan.work_dir)?;
    let broker = services.broker(context, &plan.broker)?;
    // If there is no space for the event: the next one contains everything, and so does the report.
    let show = |results: Arc<BenchmarkResults>| services.outbox.offer(Event::BenchmarkResults(results));
    let result = benchmark::run(context, plan, &broker, &services.runtime, results, &show);
    broker.stop();
    Ok(result?)
}

/// Watches a group's lag; each reading is an event.
pub(super) fn watch_lag(context: &Arc<RunContext>, plan: &LagPlan, services: &RunServices) -> Result<(), EngineError> {
    let broker = services.held.borrow_or_open(context, &plan.broker, &services.runtime)?;
    let result = lag::watch(context, plan, &broker.bootstrap_servers, &services.runtime, |reading| {
        services.outbox.send(Event::Lag(reading));
    });
    broker.stop();
    Ok(result?)
}

fn with_broker(
    context: &Arc<RunContext>,
    plan: &StreamPlan,
    services: &RunServices,
    broker: &BrokerHandle,
    facts: &Mutex<Option<StreamFacts>>,
    found: impl FnOnce(&TopicMetadata),
) -> Result<(), PipelineError> {
    let servers = &broker.bootstrap_servers;
    let control = Control::new(context, servers, &plan.client, plan.broker_timeout, services.runtime.clone())?;
    let control = Arc::new(control);
    control.wait_until_reachable()?;
    let topic = ready_topic(context, plan, &control, broker.kind)?;
    found(&topic);

    let dead_letter_topic = dead_letters::ready_topic(context, plan, servers, &control, &topic)?;

    let mut figures = Figures::new(context, plan);
    let group_lag = watch_group_lag(context, plan, services, servers)?;
    let stream =
        Stream { context, plan, servers, patience: control.patience(), topic: &topic, dead_letter_topic, facts };
    let result = while_watched(context, &control, || stream.run(&mut figures));
    // Reads it once more, after the last commit.
    drop(group_lag);
    // Write the figures also if the run failed.
    let written = figures.finish();
    result.and(written.map_err(PipelineError::from))
}

/// Reads the offsets of the run's consumer group, if somebody observes them.
fn watch_group_lag(
    context: &Arc<RunContext>,
    plan: &StreamPlan,
    services: &RunServices,
    servers: &str,
) -> Result<Option<Stage>, RunError> {
    let Some(interval) = services.observer.group_lag_interval().filter(|_| plan.mode.consumes()) else {
        return Ok(None);
    };
    let observer = services.observer.clone();
    let watch = LagPlan {
        broker: plan.broker.clone(),
        broker_timeout: plan.broker_timeout,
        client: plan.client.clone(),
        group: plan.group.clone(),
        topic: Some(plan.topic.clone()),
        interval: Some(interval),
    };
    let report = move |reading| observer.note_group_lag(reading);
    lag::beside(context, watch, servers, &services.runtime, report).map(Some)
}

/// Creates the topic, or uses the existing one.
fn ready_topic(
    context: &Arc<RunContext>,
    plan: &StreamPlan,
    control: &Control,
    kind: BrokerKind,
) -> Result<TopicMetadata, PipelineError> {
    if plan.mode == Mode::Consume && kind == BrokerKind::External {
        // On a cluster the topics are their owner's responsibility: a consumer creates none.
        let mut is_reported = false;
        while control.partitions(&plan.topic)?.is_none() {
            if !std::mem::replace(&mut is_reported, true) {
                context.notify(Notice::warning(format!(
                    "The topic {} does not exist yet; waiting for a producer to create it",
                    plan.topic
                )));
            }
            if context.stop.wait_timeout(Duration::from_secs(1)) {
                return Err(RunError::Stopped.into());
            }
        }
    }
    let topic = control.ensure_topic(&plan.topic, plan.partitions, &[], || new_topic_bytes(plan))?;
    let wanted = usize::try_from(plan.partitions).unwrap_or(0);
    if !topic.created && topic.partitions != wanted {
        tracing::info!("the topic {} has {} partitions, not {wanted}: used unchanged", plan.topic, topic.partitions);
    }
    Ok(topic)
}

/// The `max.message.bytes` of a topic that the run creates.
pub(super) fn new_topic_bytes(plan: &StreamPlan) -> Result<u64, PipelineError> {
    let largest = match plan.mode.produces() {
        true => largest_record_bytes(plan)?,
        false => 0,
    };
    Ok(largest.clamp(TOPIC_MESSAGE_BYTES_MIN, TOPIC_MESSAGE_BYTES_MAX))
}

/// The record size for the largest image of the input, with space for names, labels and boxes.
fn largest_record_bytes(plan: &StreamPlan) -> Result<u64, SourceError> {
    const NAMES_BYTES: u64 = 64 * 1024;
    let image_bytes = largest_image_bytes(&plan.input, &own_outputs(&plan.work_dir), plan.selection())?;
    let objects_bytes = if plan.labels.has_objects() { OBJECTS_JSON_BYTES_MAX as u64 } else { 0 };
    let value_bytes = plan.encoding.encoded_len_max(image_bytes, 0);
    Ok(value_bytes + SentHeaders::len_max("", None) + NAMES_BYTES + objects_bytes)
}
