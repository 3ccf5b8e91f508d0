//! Hands records to the client, and waits at the end for those in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, after, bounded, never, select};
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, PurgeConfig, ThreadedProducer};

use super::due_queue::DueQueue;
use super::pace::Pacing;
use super::{Encoded, Shared, Work};
use crate::kafka::error::{ClientError, is_denial};
use crate::kafka::events::{ClientEvents, fatal_reason};
use crate::kafka::record_fields::append_millis;
use crate::kafka::statistics::WayStatistics;
use crate::metrics::SentRecord;
use crate::model::notice::Notice;
use crate::model::record_stage::RecordStage;
use crate::pipeline::PipelineError;
use crate::pipeline::codec::SentHeaders;
use crate::run::byte_budget::BytePermit;
use crate::run::outstanding::Position;

/// The pause before a record is sent again when the client's queue is full.
const FULL_PAUSE: Duration = Duration::from_millis(2);
/// After being stopped, records in flight are waited for while the broker answers, and this long when it does not.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// Data that a record carries to its delivery report.
pub(super) struct InFlight {
    pub(super) work: Work,
    pub(super) image_bytes: u64,
    pub(super) value_bytes: u64,
    sent_at: Duration,
    permit: BytePermit,
    times: [Duration; 2],
}

/// A delivery report.
pub(super) struct Delivered {
    pub(super) work: Work,
    pub(super) image_bytes: u64,
    pub(super) value_bytes: u64,
    /// The record's position, or why it was not delivered; `None`: the position is not reported (acks=0).
    pub(super) outcome: Result<Option<Position>, KafkaError>,
}

type Client = ThreadedProducer<DeliveryContext>;

/// Sends its share of the records, with a client of its own.
pub(super) struct RecordSender {
    shared: Arc<Shared>,
    delivered: Sender<Delivered>,
    state: Arc<ClientState>,
    /// Its place among the senders.
    index: usize,
}

/// What a client and its successors have in common.
struct ClientState {
    /// Full while an error of the client has not been checked yet.
    errors: (Sender<()>, Receiver<()>),
    is_ready: AtomicBool,
}

struct DeliveryContext {
    events: ClientEvents,
    shared: Arc<Shared>,
    delivered: Sender<Delivered>,
    state: Arc<ClientState>,
    /// Its place among the senders.
    index: usize,
}

impl ClientState {
    /// The client is connected and has its producer id.
    fn set_ready(&self, shared: &Shared) {
        if !self.is_ready.swap(true, Ordering::AcqRel) {
            shared.unready.fetch_sub(1, Ordering::AcqRel);
            shared.context.stop.notify();
        }
    }
}

impl ClientContext for DeliveryContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.events.on_error(&error, reason);
        // It may be fatal. One pending check is enough.
        let _ = self.state.errors.0.try_send(());
        self.shared.over.notify();
    }

    fn stats_raw(&self, statistics: &[u8]) {
        if let Some(sink) = &self.shared.settings.statistics {
            sink(statistics);
        }
        let Some(report) = WayStatistics::read(statistics) else { return };
        self.shared.context.recorder.stages.reported(self.index, report.round_trip());
        if report.has_producer_id() {
            self.state.set_ready(&self.shared);
        }
    }
}

impl ProducerContext for DeliveryContext {
    type DeliveryOpaque = Box<InFlight>;

    fn delivery(&self, result: &DeliveryResult<'_>, in_flight: Box<InFlight>) {
        let InFlight { work, image_bytes, value_bytes, sent_at, permit, times } = *in_flight;
        let recorder = &self.shared.context.recorder;
        let outcome = match result {
            Ok(message) => {
                let now = recorder.since_start();
                recorder.producer.acknowledgement_latency.record(now.saturating_sub(sent_at));
                recorder.producer.span.extend(now);
                recorder.producer.by_partition.acknowledged(message.partition());
                let [read, encode] = times;
                recorder.stages.record(RecordStage::Read, read);
                recorder.stages.record(RecordStage::Encode, encode);
                let record = SentRecord {
                    is_counted: true,
                    position: (message.partition(), message.offset()),
                    handed_over: sent_at,
                    acknowledged: now,
                    append_millis: append_millis(message.timestamp()),
                };
                recorder.stages.acknowledged(self.index, record);
                Ok((message.offset() >= 0).then(|| (message.partition(), message.offset())))
            }
            Err((error, _)) => Err(error.clone()),
        };
        drop(permit);
        // The ledger lives as long as the client; if it has failed, the run is ending anyway.
        let _ = self.delivered.send(Delivered { work, image_bytes, value_bytes, outcome });
    }
}

impl RecordSender {
    pub(super) fn new(shared: &Arc<Shared>, index: usize, delivered: &Sender<Delivered>) -> Self {
        let state = Arc::new(ClientState { errors: bounded(1), is_ready: AtomicBool::new(false) });
        Self { shared: Arc::clone(shared), delivered: delivered.clone(), state, index }
    }

    pub(super) fn run(self, encoded: &Receiver<Encoded>) -> Result<(), PipelineError> {
        let shared = &*self.shared;
        let mut client = self.make_client()?;
        self.warm_up(&client);
        while shared.began.get().is_none() && !shared.is_over() {
            client = self.renew_if_fatal(client)?;
            self.warm_up(&client);
        }
        let client = self.send_all(encoded, client)?;
        wait_for_in_flight(shared, &client);
        // The client's final figures come with its next report; a measured run is stopped after that.
        if shared.settings.statistics.is_some() {
            shared.stop.wait();
        }
        Ok(())
    }

    /// Sends what comes until all images are settled. Returns the client in use.
    fn send_all(&self, encoded: &Receiver<Encoded>, mut client: Client) -> Result<Client, PipelineError> {
        let shared = &*self.shared;
        let mut pacing = Pacing::of(shared, self.index);
        let mut waiting = DueQueue::default();
        while !shared.is_over() {
            select! {
                recv(encoded) -> record => match record {
                    Ok(record) => match record.work.due {
                        Some(due) => waiting.push(due, record),
                        None => {
                            let Some(due) = pacing.wait(shared) else { break };
                            client = self.renew_if_fatal(client)?;
                            send(shared, &client, record, due);
                        }
                    },
                    Err(_) => break,
                },
                recv(self.state.errors.1) -> _ => client = self.renew_if_fatal(client)?,
                recv(shared.over.requested()) -> _ => break,
                recv(time_of(shared, waiting.next_due())) -> _ => {}
            };
            while let Some(record) = waiting.pop(shared.context.recorder.since_start()) {
                client = self.renew_if_fatal(client)?;
                let due = record.work.due;
                send(shared, &client, record, due);
            }
        }
        Ok(client)
    }

    fn make_client(&self) -> Result<Client, PipelineError> {
        let shared = &self.shared;
        let role = match shared.settings.producers {
            1 => "producer".to_owned(),
            _ => format!("producer {}", self.index + 1),
        };
        let context = DeliveryContext {
            events: ClientEvents::new(&shared.context, &role),
            shared: Arc::clone(shared),
            delivered: self.delivered.clone(),
            state: Arc::clone(&self.state),
            index: self.index,
        };
        let made = shared.settings.client.create_with_context(context);
        Ok(made.map_err(|source| ClientError::Call { doing: "create the producer", source })?)
    }

    /// Connects before the first record, so that its latency does not include connecting, and waits until sending begins.
    fn warm_up(&self, client: &Client) {
        let shared = &*self.shared;
        // If this fails, sending connects by itself.
        let _ = client.client().fetch_metadata(Some(&shared.settings.topic), Duration::from_secs(5));
        if shared.settings.client.get("enable.idempotence") != Some("true") {
            self.state.set_ready(shared);
        }
        // A producer that is not permitted to get an id fails here.
        let has_begun_or_failed =
            || shared.began.get().is_some() || fatal_reason::<DeliveryContext, _>(client).is_some();
        shared.over.wait_until(None, has_begun_or_failed);
    }

    /// After a fatal error an idempotent producer rejects everything. Its records are returned as failed, and sent again by
    /// its successor.
    fn renew_if_fatal(&self, client: Client) -> Result<Client, PipelineError> {
        let Some(reason) = fatal_reason::<DeliveryContext, _>(&client) else { return Ok(client) };
        if let Some((code, _)) = client.client().fatal_error().filter(|(code, _)| is_denial(*code)) {
            let what = format!("write to the topic {} as an idempotent producer", self.shared.settings.topic);
            return Err(ClientError::Denied { what, code }.into());
        }
        self.shared.context.notify(Notice::warning(format!("The producer is restarted after a fatal error: {reason}")));
        client.purge(PurgeConfig::default().queue().inflight());
        drop(client);
        self.make_client()
    }
}

/// Has a message when it is this time on the recorder's clock.
fn time_of(shared: &Shared, due: Option<Duration>) -> Receiver<Instant> {
    due.map_or_else(never, |due| after(due.saturating_sub(shared.context.recorder.since_start())))
}

/// `due`: when it was to be sent, from which its latency runs; `None`: now.
fn send(shared: &Shared, client: &Client, record: Encoded, due: Option<Duration>) {
    let Encoded { work, annotation, image_bytes, content_sha256, objects, value, permit, times } = record;
    let recorder = &shared.context.recorder;
    let now = recorder.since_start();
    let late = due.map_or(Duration::ZERO, |due| now.saturating_sub(due));
    let now = now.saturating_sub(late);
    let sent_at = SystemTime::now().checked_sub(late).unwrap_or(UNIX_EPOCH);
    let sent_at_micros = sent_at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
    let headers = SentHeaders {
        file_name: &work.candidate.listed_name,
        content_type: work.candidate.content.content_type(),
        content_sha256: &content_sha256,
        sent_at_micros: i64::try_from(sent_at_micros).unwrap_or(i64::MAX),
        sent_monotonic_nanos: u64::try_from(now.as_nanos()).unwrap_or(u64::MAX),
        run_id: shared.context.run_id.as_str(),
        annotation: shared.settings.encoding.has_label_in_header().then_some(&*annotation),
        objects: objects.as_ref().map(|objects| objects.json.as_str()),
        objects_frame: objects.as_ref().map(|objects| objects.frame_json.as_str()),
    }
    .to_owned_headers();
    // A record that is sent again is late because its delivery failed, not because of the schedule.
    let is_first = work.attempt == 1;
    let key = shared.settings.key.of(&work.candidate.listed_name, &annotation).map(str::to_owned);
    let in_flight =
        Box::new(InFlight { work, image_bytes, value_bytes: value.len() as u64, sent_at: now, permit, times });
    let mut record: BaseRecord<'_, str, [u8], Box<InFlight>> =
        BaseRecord::with_opaque_to(&shared.settings.topic, in_flight).payload(&value[..]).headers(headers);
    record.key = key.as_deref();
    loop {
        let (error, refused) = match client.send(record) {
            Ok(()) => {
                recorder.producer.span.open(now);
                recorder.producer.sent.add_one();
                recorder.producer.sent_bytes.add(image_bytes);
                if let Some(due) = due.filter(|_| is_first) {
                    recorder.producer.lateness.record(recorder.since_start().saturating_sub(due));
                }
                return;
            }
            Err(refused) => refused,
        };
        match error.rdkafka_error_code() {
            // The client's own queue is full; its thread empties it.
            Some(RDKafkaErrorCode::QueueFull) if !shared.stop.is_requested() => {
                shared.stop.wait_timeout(FULL_PAUSE);
                record = refused;
            }
            Some(RDKafkaErrorCode::QueueFull) => return,
            Some(code) if is_denial(code) => return shared.deny(code),
            Some(code) => return shared.reject(refused.delivery_opaque.work, &code.to_string()),
            None => return shared.reject(refused.delivery_opaque.work, &error.to_string()),
        }
    }
}

fn wait_for_in_flight(shared: &Shared, client: &Client) {
    let started = Instant::now();
    let patience = || match shared.context.reachability.down_for() {
        Some(_) => started.elapsed() < STOP_PATIENCE,
        None => true,
    };
    while client.in_flight_count() > 0 && fatal_reason::<DeliveryContext, _>(client).is_none() {
        if !patience() {
            let left = client.in_flight_count();
            shared.context.notify(Notice::warning(format!(
                "{left} images were still in flight and are not acknowledged: the next run sends them again"
            )));
            return;
        }
        // Sends lingering records at once.
        let _ = client.flush(Duration::from_millis(100));
    }
}
