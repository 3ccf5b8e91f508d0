//! One run of the pipeline, from the broker to the metrics files.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::Event;
use super::ending::{Ending, Leftovers};
use super::figures::Figures;
use super::means::Means;
use super::plan::{Mode, ServePlan, StreamPlan};
use super::report::{BrokerFacts, StreamFacts};
use crate::benchmark::plan::BenchmarkPlan;
use crate::benchmark::{self, SharedResults};
use crate::broker::{self, BrokerHandle, BrokerKind};
use crate::kafka::client::{consumer_config, producer_config};
use crate::kafka::control::{Control, TOPIC_MESSAGE_BYTES_MIN, TopicMetadata};
use crate::kafka::downtime::while_watched;
use crate::kafka::group_state::GroupProbe;
use crate::kafka::patience::Patience;
use crate::kafka::record_limit::{PRODUCER_BYTES_DEFAULT, RecordLimit, decoded_bytes_max};
use crate::labels::Labels;
use crate::lag::{self, LagPlan};
use crate::model::notice::Notice;
use crate::model::objects::OBJECTS_JSON_BYTES_MAX;
use crate::pipeline::PipelineError;
use crate::pipeline::codec::SentHeaders;
use crate::pipeline::consumer::{ConsumerSettings, ConsumerStage, FirstOffset};
use crate::pipeline::outputs::{check_writable, own_outputs};
use crate::pipeline::producer::{ProducerSettings, ProducerStage};
use crate::pipeline::source::{ProcessedFiles, SourceError, largest_image_bytes};
use crate::results::BenchmarkResults;
use crate::run::cancellation::Wait;
use crate::run::context::RunContext;
use crate::run::error::RunError;

/// The highest `max.message.bytes` of a topic that a run creates.
const TOPIC_MESSAGE_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Sending starts when both sides are ready, so that joining the group does not count as latency; or after this time.
const JOIN_PATIENCE: Duration = Duration::from_secs(15);
/// Time between two checks of what depends on the clock.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// Runs `plan`; the facts about it are left in `facts`.
pub(super) fn run(
    context: &Arc<RunContext>,
    plan: &StreamPlan,
    means: &Means,
    facts: &Mutex<Option<StreamFacts>>,
) -> Result<(), PipelineError> {
    plan.check()?;
    *facts.lock() = Some(StreamFacts {
        mode: plan.mode,
        broker: None,
        topic: plan.topic.clone(),
        group: plan.group.clone(),
        encoding: plan.encoding,
        input: plan.input.clone(),
        work_dir: plan.work_dir.clone(),
    });
    check_writable(&plan.work_dir)?;
    let broker = means.broker(context, &plan.broker)?;
    let result = with_broker(context, plan, &means.runtime, &broker, |topic| {
        if let Some(facts) = facts.lock().as_mut() {
            facts.broker = Some(BrokerFacts {
                kind: broker.kind,
                bootstrap_servers: broker.bootstrap_servers.clone(),
                partitions: topic.partitions,
                topic_created: topic.created,
            });
        }
    });
    broker.stop();
    result
}

/// Serves the embedded broker until the run is stopped.
pub(super) fn serve(context: &Arc<RunContext>, plan: &ServePlan, means: &Means) -> Result<(), PipelineError> {
    let broker = broker::serve(plan.listen, &plan.data, &means.runtime)?;
    means.outbox.tell(Event::BrokerReady { kind: broker.kind, bootstrap_servers: broker.bootstrap_servers.clone() });
    context.stop.wait();
    broker.stop();
    Ok(())
}

/// Runs a benchmark; its results are left in `results`.
pub(super) fn measure(
    context: &Arc<RunContext>,
    plan: &BenchmarkPlan,
    means: &Means,
    results: &SharedResults,
) -> Result<(), PipelineError> {
    plan.check()?;
    check_writable(&plan.work_dir)?;
    let broker = means.broker(context, &plan.broker)?;
    // If there is no space for the event: the next one contains everything, and so does the report.
    let show = |results: Arc<BenchmarkResults>| means.outbox.offer(Event::BenchmarkResults(results));
    let result = benchmark::run(context, plan, &broker, &means.runtime, results, &show);
    broker.stop();
    result
}

/// Watches a group's lag; each reading is an event.
pub(super) fn watch_lag(context: &Arc<RunContext>, plan: &LagPlan, means: &Means) -> Result<(), PipelineError> {
    let broker = means.held.borrow_or_open(context, &plan.broker, &means.runtime)?;
    let result = lag::watch(context, plan, &broker.bootstrap_servers, &means.runtime, |reading| {
        means.outbox.tell(Event::Lag(reading));
    });
    broker.stop();
    Ok(result?)
}

fn with_broker(
    context: &Arc<RunContext>,
    plan: &StreamPlan,
    runtime: &Handle,
    broker: &BrokerHandle,
    found: impl FnOnce(&TopicMetadata),
) -> Result<(), PipelineError> {
    let servers = &broker.bootstrap_servers;
    let control = Control::new(context, servers, &plan.client, plan.broker_timeout, runtime.clone())?;
    let control = Arc::new(control);
    control.wait_until_reachable()?;
    let topic = ready_topic(context, plan, &control, broker.kind)?;
    found(&topic);

    let mut figures = Figures::new(context, plan);
    let patience = control.patience();
    let result = while_watched(context, &control, || stages(context, plan, servers, patience, &topic, &mut figures));
    // Write the figures also if the run failed.
    let written = figures.finish();
    result.and(written)
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
    let topic = control.ensure_topic(&plan.topic, plan.partitions, &[], || -> Result<u64, PipelineError> {
        let largest = match plan.mode.produces() {
            true => largest_record_bytes(plan)?,
            false => 0,
        };
        Ok(largest.clamp(TOPIC_MESSAGE_BYTES_MIN, TOPIC_MESSAGE_BYTES_MAX))
    })?;
    let wanted = usize::try_from(plan.partitions).unwrap_or(0);
    if !topic.created && topic.partitions != wanted {
        tracing::info!("the topic {} has {} partitions, not {wanted}: used unchanged", plan.topic, topic.partitions);
    }
    Ok(topic)
}

/// The record size for the largest image of the input, with space for names, labels and boxes.
fn largest_record_bytes(plan: &StreamPlan) -> Result<u64, PipelineError> {
    const ROOM_BYTES: u64 = 64 * 1024;
    let image_bytes = largest_image_bytes(&plan.input, &own_outputs(&plan.work_dir))?;
    let objects_bytes = if plan.labels.has_objects() { OBJECTS_JSON_BYTES_MAX as u64 } else { 0 };
    let value_bytes = plan.encoding.encoded_len_max(image_bytes, 0);
    Ok(value_bytes + SentHeaders::len_max("", None) + ROOM_BYTES + objects_bytes)
}

fn stages(
    context: &Arc<RunContext>,
    plan: &StreamPlan,
    servers: &str,
    patience: &Patience,
    topic: &TopicMetadata,
    figures: &mut Figures<'_>,
) -> Result<(), PipelineError> {
    // Opened first, so that an unusable folder is reported before anything is sent.
    let producer_inputs = match plan.mode.produces() {
        true => Some((
            Labels::open(&plan.labels, &plan.input).map_err(SourceError::from)?,
            ProcessedFiles::open(&plan.work_dir)?,
        )),
        false => None,
    };
    let mut ending = None;
    let mut consumer = None;
    if plan.mode.consumes() {
        let client = consumer_config(servers, &plan.client, &plan.group, plan.consumers, topic.max_message_bytes);
        // Queried before anything is sent: a group that starts at the end starts here.
        let probe = GroupProbe::new(context, &client)?;
        let positions = probe.positions_at_start(patience, &plan.topic, topic.partitions)?;
        let ends = || positions.iter().map(|position| (position.partition, position.high)).collect();
        let first_offset = FirstOffset::of(&client, ends);
        if plan.mode == Mode::Stream {
            context.recorder.lag.begin(topic.partitions);
            let reads_from_start = first_offset == FirstOffset::Earliest;
            ending = Some(Ending::new(probe, &plan.topic, plan.consumers, &positions, reads_from_start));
        }
        let settings = ConsumerSettings {
            client,
            topic: plan.topic.clone(),
            members: plan.consumers,
            work_dir: plan.work_dir.clone(),
            record_limit_bytes: decoded_bytes_max(topic.max_message_bytes),
            first_offset,
            count: plan.count,
            statistics: None,
        };
        consumer = Some(ConsumerStage::start(context, settings)?);
    }
    let producer = match producer_inputs {
        None => None,
        Some((labels, processed)) => {
            let message_max_bytes = topic.max_message_bytes.unwrap_or(PRODUCER_BYTES_DEFAULT);
            let settings = ProducerSettings {
                client: producer_config(servers, &plan.client, message_max_bytes),
                topic: plan.topic.clone(),
                record_limit: Some(RecordLimit::in_force(&plan.client, &plan.topic, topic.max_message_bytes)),
                encoding: plan.encoding,
                input: plan.input.canonicalize().unwrap_or_else(|_| plan.input.clone()),
                exclude: own_outputs(&plan.work_dir),
                rate_images_per_s: plan.rate_images_per_s,
                watch: plan.watch,
                resend: plan.resend,
                laps: None,
                statistics: None,
            };
            Some(ProducerStage::start(context, settings, labels, processed)?)
        }
    };
    if let Some(producer) = &producer {
        wait_until_ready(context, producer, consumer.as_ref());
        producer.begin();
    }
    follow(context, plan, producer.as_ref(), consumer.as_ref(), ending, figures);
    if let Some(producer) = producer {
        producer.join();
    }
    if let Some(consumer) = consumer {
        consumer.finish();
        consumer.join();
    }
    if plan.mode == Mode::Stream {
        tell_what_is_left(context);
    }
    Ok(())
}

/// Reports the images that a run leaves on the topic if it ends before they are saved; the next run finds them there.
fn tell_what_is_left(context: &RunContext) {
    let message = match context.outstanding.count() {
        0 => return,
        1 => "1 acknowledged image is left on the topic, not saved; the next run saves it".to_owned(),
        left => format!("{left} acknowledged images are left on the topic, not saved; the next run saves them"),
    };
    context.notify(Notice::warning(message));
}

/// Waits until the run is finished, or stopping.
fn follow(
    context: &RunContext,
    plan: &StreamPlan,
    producer: Option<&ProducerStage>,
    consumer: Option<&ConsumerStage>,
    mut ending: Option<Ending>,
    figures: &mut Figures<'_>,
) {
    let mut leftovers = Leftovers::default();
    let mut is_done = || {
        let all_sent = producer.is_none_or(ProducerStage::is_finished);
        match (consumer, &mut ending) {
            (None, _) => all_sent,
            (Some(consumer), Some(ending)) => all_sent && ending.is_reached(context, consumer),
            (Some(consumer), None) => consumer.has_ended() || is_idle(context, plan, consumer, &mut leftovers),
        }
    };
    loop {
        figures.keep_up();
        // The stages wake this wait when they have done something; idle times and figures depend on the clock.
        match context.stop.wait_until(Some(Instant::now() + LOOK_INTERVAL), &mut is_done) {
            Wait::TimedOut => {}
            Wait::Met | Wait::Cancelled => return,
        }
    }
}

/// Whether nothing has arrived for long enough, and the records left on the topic are known.
fn is_idle(context: &RunContext, plan: &StreamPlan, consumer: &ConsumerStage, leftovers: &mut Leftovers) -> bool {
    let Some(patience) = plan.until_idle else { return false };
    if !context.reachability.is_up() || !consumer.is_assigned() {
        consumer.note_activity();
        return false;
    }
    if consumer.idle_for() < patience {
        leftovers.forget();
        return false;
    }
    leftovers.are_named(context, consumer, &plan.topic)
}

fn wait_until_ready(context: &RunContext, producer: &ProducerStage, consumer: Option<&ConsumerStage>) {
    let joined = || consumer.is_none_or(ConsumerStage::is_assigned);
    let is_ready = || producer.is_finished() || (joined() && producer.is_ready());
    let deadline = Instant::now() + JOIN_PATIENCE;
    if context.stop.wait_until(Some(deadline), is_ready) == Wait::TimedOut && !joined() {
        let message = "The consumer has no partitions yet; sending starts without it";
        context.notify(Notice::warning(message));
    }
}
