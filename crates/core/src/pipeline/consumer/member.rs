//! One member of the consumer group, on its own thread.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded, select};
use parking_lot::Mutex;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};

use super::Shared;
use super::member_context::{Client, MemberContext};
use super::prepare::{self, ReceivedRecord};
use super::save::PreparedRecord;
use super::start;
use super::stuck::Stuck;
use super::tracker::Tracker;
use crate::kafka::closing;
use crate::kafka::error::ClientError;
use crate::kafka::events::ClientEvents;
use crate::kafka::inspector::is_unreadable;
use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::run::error::RunError;
use crate::run::stage::guarded;

const POLL: Duration = Duration::from_millis(50);
/// How long the member waits at the end until received records are saved. Only a hanging disk takes longer.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(60);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long it waits for the broker at the end, if that does not answer.
const GONE_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) fn run(
    shared: &Arc<Shared>,
    name: &str,
    workers: usize,
    prepared: Sender<PreparedRecord>,
) -> Result<(), PipelineError> {
    let tracker = Arc::new(Tracker::default());
    let context = MemberContext {
        name: name.to_owned(),
        events: ClientEvents::new(&shared.context, name),
        shared: Arc::clone(shared),
        tracker: Arc::clone(&tracker),
        last_error: Mutex::default(),
    };
    let mut config = shared.settings.client.clone();
    shared.settings.first_offset.fit_client(&mut config);
    let client: Client = config
        .create_with_context(context)
        .map_err(|source| ClientError::Call { doing: "create the consumer", source })?;
    client
        .subscribe(&[&shared.settings.topic])
        .map_err(|source| ClientError::Call { doing: "subscribe to the topic", source })?;
    let result = thread::scope(|scope| {
        let (received_sender, received) = bounded(2 * workers);
        for index in 1..=workers {
            let (received, prepared, tracker) = (received.clone(), prepared.clone(), Arc::clone(&tracker));
            let worker_name = format!("{name}-save-{index}");
            thread::Builder::new()
                .name(worker_name.clone())
                .spawn_scoped(scope, move || {
                    guarded(&shared.context, &worker_name, || prepare::run(shared, &tracker, &received, &prepared));
                })
                .map_err(|source| RunError::Thread { name: format!("{name}-save-{index}"), source })?;
        }
        // This sender ends with receiving: then only the workers feed the saving thread, which ends after them.
        receive(shared, &client, &tracker, received_sender, Stuck::new(shared, &client, &tracker, prepared))
    });
    finish(shared, &client, &tracker);
    closing::close(name, client, || patience(shared));
    result
}

/// Polls until the run is over. The workers then have all received records.
fn receive<'a>(
    shared: &Shared,
    client: &'a Client,
    tracker: &Arc<Tracker>,
    received: Sender<ReceivedRecord<'a>>,
    mut stuck: Stuck<'_>,
) -> Result<(), PipelineError> {
    let mut reported = HashSet::new();
    while !shared.is_over() {
        let polled = client.poll(POLL);
        client.context().store_offsets(client);
        let continues = match polled {
            None => true,
            Some(Ok(message)) => hand_on(shared, tracker, message, &received, &mut stuck),
            Some(Err(error)) if is_unreadable(&error) => {
                let reason = client.context().last_error.lock().take();
                if !stuck.on_unreadable(reason.as_deref()) {
                    on_error(shared, &error, &mut reported)?;
                }
                true
            }
            Some(Err(error)) => {
                on_error(shared, &error, &mut reported)?;
                true
            }
        };
        stuck.tick();
        if !continues {
            break;
        }
    }
    Ok(())
}

/// False: the run is over, and the record was not handed on.
fn hand_on<'a>(
    shared: &Shared,
    tracker: &Arc<Tracker>,
    message: BorrowedMessage<'a>,
    received: &Sender<ReceivedRecord<'a>>,
    stuck: &mut Stuck<'_>,
) -> bool {
    let recorder = &shared.context.recorder;
    let received_at = recorder.since_start();
    let received_at_micros = jiff::Timestamp::now().as_microsecond();
    let size_bytes = message.payload_len() as u64;
    // The record, and the image decoded from it.
    let Some(permit) = shared.budget.acquire(2 * size_bytes, &shared.stop) else { return false };
    if !shared.take_one() {
        return false;
    }
    recorder.consumer.received.add_one();
    recorder.consumer.received_value_bytes.add(size_bytes);
    recorder.consumer.span.open(received_at);
    shared.note_activity();
    if let Some(expected) = tracker.expects_later_than(message.partition(), message.offset()) {
        // Records that are still being saved belong to the log before it was recreated.
        tracker.wait_until_drained(DRAIN_TIMEOUT, &shared.stop);
        start::report_went_back(shared, message.partition(), expected, message.offset());
    }
    let tag = tracker.received(message.partition(), message.offset());
    if tag.expected < tag.offset {
        stuck.on_gap(tag.partition, tag.expected..tag.offset);
    }
    let record = ReceivedRecord { message, tag, received_at, received_at_micros, permit };
    select! {
        send(received, record) -> sent => sent.is_ok(),
        // After a failure the workers may have ended; until then received records are saved.
        recv(shared.context.failed().requested()) -> _ => false,
    }
}

fn on_error(shared: &Shared, error: &KafkaError, reported: &mut HashSet<String>) -> Result<(), PipelineError> {
    let code = error.rdkafka_error_code();
    let topic = &shared.settings.topic;
    match code {
        Some(
            RDKafkaErrorCode::AllBrokersDown | RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::Resolve,
        ) => {
            let reason = shared.context.reachability.last_reason();
            shared.context.reachability.raise_alarm(reason.as_deref().unwrap_or("no connection"));
            return Ok(());
        }
        Some(code @ RDKafkaErrorCode::TopicAuthorizationFailed) => {
            return Err(ClientError::Denied { what: format!("read the topic {topic}"), code }.into());
        }
        Some(code @ RDKafkaErrorCode::GroupAuthorizationFailed) => {
            let group = shared.settings.client.get("group.id").unwrap_or_default();
            return Err(ClientError::Denied { what: format!("join the consumer group {group}"), code }.into());
        }
        Some(RDKafkaErrorCode::AutoOffsetReset) => {
            let reason =
                "the group has no offset on it that can be read, and auto.offset.reset=error forbids to choose \
                          another"
                    .to_owned();
            return Err(ClientError::Topic { topic: topic.clone(), reason }.into());
        }
        _ => {}
    }
    if let KafkaError::MessageConsumptionFatal(_) = error {
        return Err(ClientError::Call { doing: "continue to consume", source: error.clone() }.into());
    }
    // The client repeats its errors; the user is informed once.
    let reason = code.map_or_else(|| error.to_string(), |code| code.to_string());
    if reported.insert(reason.clone()) {
        shared.context.notify(Notice::warning(format!("The consumer of {topic} reports: {reason}; retrying")));
    }
    Ok(())
}

/// Waits until received records are saved, and stores the last offsets.
fn finish(shared: &Shared, client: &Client, tracker: &Arc<Tracker>) {
    let context = client.context();
    if !tracker.wait_until_drained(DRAIN_TIMEOUT, shared.context.failed()) {
        tracing::warn!("{}: not all that was received could be saved; it will be received again", context.name);
    }
    context.store_offsets(client);
}

fn patience(shared: &Shared) -> Duration {
    if shared.context.reachability.is_up() { CLOSE_TIMEOUT } else { GONE_TIMEOUT }
}
