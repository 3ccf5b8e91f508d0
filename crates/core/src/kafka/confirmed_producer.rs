//! Sends a group of records and waits until each is acknowledged by all replicas in sync, or refused.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select};
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DeliveryResult, ProducerContext, ThreadedProducer};

use super::client::producer_config;
use super::error::ClientError;
use super::events::{ClientEvents, fatal_reason};
use super::record_fields::RecordFields;
use crate::model::client_settings::ClientSettings;
use crate::run::context::RunContext;
use crate::run::error::RunError;

/// The most records of a group.
pub(crate) const GROUP_MAX: usize = 256;
/// Before a record is offered again that the client has no room for.
const FULL_PAUSE: Duration = Duration::from_millis(2);
/// How long a stop waits for records in flight.
const STOP_PATIENCE: Duration = Duration::from_secs(5);
/// While the broker answers, a record that is not acknowledged for so long never will be.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);
/// Between two checks whether the broker answers.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// A record to send.
pub(crate) struct OutgoingRecord<'a> {
    pub(crate) topic: &'a str,
    /// `None`: the client chooses it.
    pub(crate) partition: Option<i32>,
    /// Milliseconds since 1970-01-01 UTC; `None`: the time of sending.
    pub(crate) timestamp_millis: Option<i64>,
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) fields: &'a RecordFields,
}

/// Partition and offset of an acknowledged record, or why it was refused.
pub(crate) type SendOutcome = Result<(i32, i64), KafkaError>;

/// One thread uses it.
pub(crate) struct ConfirmedProducer {
    client: ThreadedProducer<DeliveryContext>,
    delivered: Receiver<(usize, SendOutcome)>,
    client_errors: Receiver<()>,
    context: Arc<RunContext>,
    /// The number of the next record.
    next: usize,
}

struct DeliveryContext {
    events: ClientEvents,
    delivered: Sender<(usize, SendOutcome)>,
    client_errors: Sender<()>,
}

impl ClientContext for DeliveryContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.events.on_error(&error, reason);
        // It may be a fatal one. One that waits to be looked at is enough.
        let _ = self.client_errors.try_send(());
    }
}

impl ProducerContext for DeliveryContext {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let outcome = match result {
            Ok(message) => Ok((message.partition(), message.offset())),
            Err((error, _)) => Err(error.clone()),
        };
        // Has room for a whole group; after a stop nobody may wait for it.
        let _ = self.delivered.try_send((number, outcome));
    }
}

impl ConfirmedProducer {
    /// For the client that has this `role` in the log.
    pub(crate) fn new(
        context: &Arc<RunContext>,
        bootstrap_servers: &str,
        settings: &ClientSettings,
        message_max_bytes: u64,
        role: &str,
    ) -> Result<Self, ClientError> {
        let config = confirmed_config(producer_config(bootstrap_servers, settings, message_max_bytes));
        let (delivered_sender, delivered) = bounded(GROUP_MAX);
        let (error_sender, client_errors) = bounded(1);
        let delivery = DeliveryContext {
            events: ClientEvents::new(context, role),
            delivered: delivered_sender,
            client_errors: error_sender,
        };
        let client = config
            .create_with_context(delivery)
            .map_err(|source| ClientError::Call { doing: "make the producer", source })?;
        Ok(Self { client, delivered, client_errors, context: Arc::clone(context), next: 0 })
    }

    /// Sends at most [`GROUP_MAX`] records and waits for all of them; while the broker is down that takes as long as the
    /// downtime.
    ///
    /// # Errors
    /// [`RunError::Stopped`], or a client that can send nothing more. Some of the records may have been written.
    pub(crate) fn send(&mut self, records: &[OutgoingRecord<'_>]) -> Result<Vec<SendOutcome>, ClientError> {
        let first = self.next;
        self.next += records.len();
        let mut outcomes: Vec<Option<SendOutcome>> = Vec::with_capacity(records.len());
        for (index, record) in records.iter().enumerate() {
            outcomes.push(self.enqueue(first + index, record)?.err().map(Err));
        }
        let mut left = outcomes.iter().filter(|outcome| outcome.is_none()).count();
        while left > 0 {
            let (number, outcome) = self.next_delivery(|| {
                let open = outcomes.iter().position(Option::is_none);
                open.and_then(|index| records.get(index)).map_or_else(String::new, |record| record.topic.to_owned())
            })?;
            let slot = number.checked_sub(first).and_then(|index| outcomes.get_mut(index));
            // What an interrupted group left is not of this one.
            let Some(slot) = slot.filter(|slot| slot.is_none()) else { continue };
            *slot = Some(outcome);
            left -= 1;
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// The inner error: the client refuses the record.
    fn enqueue(&self, number: usize, record: &OutgoingRecord<'_>) -> Result<Result<(), KafkaError>, ClientError> {
        let mut record: BaseRecord<'_, [u8], [u8], usize> = BaseRecord {
            topic: record.topic,
            partition: record.partition,
            payload: record.value,
            key: record.fields.key.as_deref(),
            timestamp: record.timestamp_millis,
            headers: Some(record.fields.to_owned_headers()),
            delivery_opaque: number,
        };
        loop {
            let (error, refused) = match self.client.send(record) {
                Ok(()) => return Ok(Ok(())),
                Err(refused) => refused,
            };
            match error.rdkafka_error_code() {
                // The client's thread makes room.
                Some(RDKafkaErrorCode::QueueFull) => {
                    if self.context.stop.wait_timeout(FULL_PAUSE) {
                        return Err(RunError::Stopped.into());
                    }
                    record = refused;
                }
                Some(RDKafkaErrorCode::Fatal) => return Err(self.fatal(&error)),
                _ => return Ok(Err(error)),
            }
        }
    }

    /// `topic`: the one of a record that is waited for.
    fn next_delivery(&self, topic: impl Fn() -> String) -> Result<(usize, SendOutcome), ClientError> {
        let mut waiting_since = Instant::now();
        loop {
            select! {
                recv(self.delivered) -> delivered => match delivered {
                    Ok(delivered) => return Ok(delivered),
                    Err(_) => return Err(RunError::Stopped.into()),
                },
                recv(self.client_errors) -> _ => {
                    if let Some(reason) = fatal_reason::<DeliveryContext, _>(&self.client) {
                        return Err(ClientError::FatalProducer { reason });
                    }
                }
                recv(self.context.stop.requested()) -> _ => {
                    let deadline = Instant::now() + STOP_PATIENCE;
                    return self.delivered.recv_deadline(deadline).map_err(|_: RecvTimeoutError| RunError::Stopped.into());
                }
                default(LOOK_INTERVAL) => {}
            }
            if !self.context.reachability.is_up() {
                waiting_since = Instant::now();
            } else if waiting_since.elapsed() >= ANSWER_PATIENCE {
                return Err(unacknowledged(topic()));
            }
        }
    }

    fn fatal(&self, error: &KafkaError) -> ClientError {
        let reason = fatal_reason::<DeliveryContext, _>(&self.client).unwrap_or_else(|| error.to_string());
        ClientError::FatalProducer { reason }
    }
}

/// The client repeats itself without a word, for example where the topic has too few replicas in sync.
fn unacknowledged(topic: String) -> ClientError {
    let reason = format!(
        "a record is not acknowledged for {} s, though the broker answers; are fewer replicas in sync than its \
         min.insync.replicas?",
        ANSWER_PATIENCE.as_secs()
    );
    ClientError::TimedOut { topic, reason }
}

/// Nothing lingers, and an acknowledgement means that all replicas in sync have the record, whatever the run's own producer
/// asks for.
fn confirmed_config(mut config: ClientConfig) -> ClientConfig {
    config
        .remove("request.required.acks")
        .remove("queue.buffering.max.ms")
        .set("acks", "all")
        .set("linger.ms", "0")
        // A batch that is refused is refused as a whole.
        .set("batch.num.messages", "1")
        .set("statistics.interval.ms", "0");
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledgements_are_those_of_all_replicas_whatever_is_set() {
        let given = |properties: &[(&str, &str)]| {
            let properties = properties.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            let settings = ClientSettings { properties, ..ClientSettings::default() };
            let config = confirmed_config(producer_config("localhost:9092", &settings, 1_000_000));
            let native = config.create_native_config().unwrap();
            ["acks", "linger.ms"].map(|name| native.get(name).unwrap())
        };
        assert_eq!(given(&[("acks", "0"), ("linger.ms", "5000")]), ["-1", "0"]);
        let aliases = [("request.required.acks", "1"), ("queue.buffering.max.ms", "900")];
        assert_eq!(given(&aliases), ["-1", "0"]);
        assert_eq!(given(&[]), ["-1", "0"]);
    }
}
