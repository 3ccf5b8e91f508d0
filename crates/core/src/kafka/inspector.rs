//! Finds out why no record is received from an offset.
//!
//! A client that reads many partitions reports errors without the partition, and requests a batch that it cannot decode
//! over and over. The inspector reads a single partition from one offset at a time, so that an error belongs to that
//! offset. It joins no group and commits nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::Offset;

use super::closing;
use super::events::shorten;
use crate::model::run_id::RunId;

const POLL: Duration = Duration::from_millis(20);
/// The longest wait for a record or an error at an offset.
const PATIENCE: Duration = Duration::from_secs(20);
const CLOSING_PATIENCE: Duration = Duration::from_millis(500);
/// This many incomplete responses in a row count as unreadable. librdkafka doubles the requested size each time, from 1
/// MiB to 1 GiB, and then repeats the request without an error.
const PARTIAL_ANSWERS: i64 = 16;
/// The most offsets that are tried one by one if the client does not report the batch.
const SINGLE_STEPS: i64 = 64;

/// A range of offsets whose records cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The first offset.
    pub from: i64,
    /// The offset after the last one: the first readable one, or the partition's end.
    pub to: i64,
    /// The reason.
    pub reason: String,
}

/// What was found at an offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The next record is at this offset.
    Record(i64),
    /// Only offsets without records follow: transaction markers, or compacted records.
    End,
    /// The client cannot read it.
    Unreadable {
        /// The first offset of its batch, if the client reports it.
        batch_offset: Option<i64>,
        /// What the client reports.
        reason: String,
    },
    /// No answer in time.
    Silence,
}

/// Reads single offsets of one topic.
pub struct Inspector {
    topic: String,
    reports: Reports,
    // `None` only while it is being closed.
    client: Option<BaseConsumer<Reports>>,
}

impl Inspector {
    /// For `topic`, with the properties of the consumer that receives nothing.
    ///
    /// # Errors
    /// The client rejects a property.
    pub fn open(config: &ClientConfig, topic: &str) -> KafkaResult<Self> {
        let mut config = config.clone();
        config.remove("group.instance.id");
        config
            .set("group.id", format!("kafka-image-bench-inspector-{}", RunId::new()))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("allow.auto.create.topics", "false")
            .set("auto.offset.reset", "error")
            .set("statistics.interval.ms", "100")
            .set("fetch.error.backoff.ms", "10")
            // One batch is enough.
            .set("queued.max.messages.kbytes", "1024");
        let reports = Reports::default();
        let client = config.create_with_context(reports.clone())?;
        Ok(Self { topic: topic.to_owned(), reports, client: Some(client) })
    }

    /// Finds out what is at `offset` of `partition`. `give_up` is called at every poll.
    pub fn look(&self, partition: i32, offset: i64, give_up: &dyn Fn() -> bool) -> KafkaResult<Finding> {
        let Some(client) = &self.client else { return Ok(Finding::Silence) };
        let mut assignment = TopicPartitionList::with_capacity(1);
        assignment.add_partition_offset(&self.topic, partition, Offset::Offset(offset))?;
        client.assign(&assignment)?;
        self.reports.forget();
        let started = Instant::now();
        while started.elapsed() < PATIENCE && !give_up() {
            match client.poll(POLL) {
                Some(Ok(message)) if message.partition() == partition && message.offset() >= offset => {
                    return Ok(Finding::Record(message.offset()));
                }
                Some(Err(KafkaError::PartitionEOF(of))) if of == partition => return Ok(Finding::End),
                Some(Err(error)) if is_unreadable(&error) => {
                    let reason = self.reports.take_reason().unwrap_or_else(|| error.to_string());
                    return Ok(Finding::Unreadable { batch_offset: batch_offset(&reason), reason });
                }
                Some(Err(error)) => tracing::debug!("while looking at offset {offset} of {partition}: {error}"),
                Some(Ok(_)) | None => {}
            }
            if let Some(reason) = self.reports.silent_reason() {
                return Ok(Finding::Unreadable { batch_offset: None, reason });
            }
        }
        Ok(Finding::Silence)
    }

    /// The unreadable range that begins at `from`; `end` is the partition's end offset. `Err`: what was found instead.
    pub fn damage_at(
        &self,
        partition: i32,
        from: i64,
        end: i64,
        give_up: &dyn Fn() -> bool,
    ) -> KafkaResult<Result<Damage, Finding>> {
        let (batch, reason) = match self.look(partition, from, give_up)? {
            Finding::Unreadable { batch_offset, reason } => (batch_offset, reason),
            other => return Ok(Err(other)),
        };
        // True for offsets of the same batch, false after its last one.
        let is_same = |offset: i64| -> KafkaResult<Option<bool>> {
            Ok(match self.look(partition, offset, give_up)? {
                Finding::Unreadable { batch_offset, .. } => Some(batch_offset == batch),
                Finding::Record(_) | Finding::End => Some(false),
                Finding::Silence => None,
            })
        };
        let (mut bad, mut good) = (from, end.max(from + 1));
        let mut step = 1;
        while bad + step < good {
            match is_same(bad + step)? {
                Some(true) => bad += step,
                Some(false) => good = bad + step,
                None => return Ok(Err(Finding::Silence)),
            }
            if batch.is_some() || bad - from >= SINGLE_STEPS {
                step *= 2;
            }
        }
        while bad + 1 < good {
            let middle = bad + (good - bad) / 2;
            match is_same(middle)? {
                Some(true) => bad = middle,
                Some(false) => good = middle,
                None => return Ok(Err(Finding::Silence)),
            }
        }
        Ok(Ok(Damage { from, to: good, reason }))
    }
}

impl Drop for Inspector {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            closing::close("inspector", client, || CLOSING_PATIENCE);
        }
    }
}

/// Whether the requested records cause the error, so that it recurs with every attempt.
pub fn is_unreadable(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(error, KafkaError::MessageConsumption(_))
        && matches!(
            error.rdkafka_error_code(),
            Some(
                Code::BadMessage
                    | Code::BadCompression
                    | Code::NotImplemented
                    | Code::CriticalSystemResource
                    | Code::InvalidMessage
                    | Code::InvalidMessageSize
                    | Code::InvalidRecord
                    | Code::MessageSizeTooLarge
                    | Code::UnsupportedCompressionType
                    | Code::UnsupportedForMessageFormat
            )
        )
}

/// The first offset of the batch, from librdkafka's messages (rdkafka_msgset_reader.c). "Message at offset … might be
/// too large" has the requested offset instead.
pub fn batch_offset(reason: &str) -> Option<i64> {
    if reason.contains("might be too large") {
        return None;
    }
    let marks = ["of message at ", "MessageSet at offset ", "at offset "];
    let rest = marks.iter().find_map(|mark| reason.split_once(mark)).map(|(_, rest)| rest)?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// What the inspecting client reports in addition to its events.
#[derive(Clone, Default)]
struct Reports(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    reason: Option<String>,
    too_large: Option<String>,
    partial_answers: i64,
    partial_at_start: Option<i64>,
}

impl Reports {
    fn forget(&self) {
        let mut state = self.0.lock();
        *state = State { partial_answers: state.partial_answers, ..State::default() };
    }

    fn take_reason(&self) -> Option<String> {
        self.0.lock().reason.take()
    }

    /// The reason why no record is received, if the client does not report it as an error.
    fn silent_reason(&self) -> Option<String> {
        let state = self.0.lock();
        if let Some(reason) = &state.too_large {
            return Some(reason.clone());
        }
        let partial = state.partial_answers - state.partial_at_start?;
        (partial >= PARTIAL_ANSWERS).then(|| "the client finds no whole record in its batch".to_owned())
    }
}

impl ClientContext for Reports {
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!("inspector: {facility}: {message}");
        // The response is never accepted: the client closes the connection and repeats the request.
        if message.contains("receive.message.max.bytes") || message.contains("Invalid frame size") {
            self.0.lock().too_large = Some(shorten(message).to_owned());
        }
    }

    fn error(&self, _error: KafkaError, reason: &str) {
        if reason.contains("receive.message.max.bytes") && !reason.contains("might be too large") {
            self.0.lock().too_large = Some(shorten(reason).to_owned());
        }
        self.0.lock().reason = Some(shorten(reason).to_owned());
    }

    fn stats_raw(&self, statistics: &[u8]) {
        let statistics: Option<serde_json::Value> = serde_json::from_slice(statistics).ok();
        let brokers = statistics.as_ref().and_then(|all| all.get("brokers")?.as_object());
        let partial_of = |broker: &serde_json::Value| broker.get("rxpartial").and_then(serde_json::Value::as_i64);
        let partial_answers = brokers.into_iter().flat_map(|all| all.values()).filter_map(partial_of).sum();
        let mut state = self.0.lock();
        state.partial_answers = partial_answers;
        state.partial_at_start.get_or_insert(partial_answers);
    }
}

impl ConsumerContext for Reports {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_sentences_name_the_batch() {
        let of = batch_offset;
        assert_eq!(of("Decompression (codec 0x4) of message at 120 of 57 bytes failed: Local: Invalid"), Some(120));
        assert_eq!(
            of("MessageSet at offset 7 (91 bytes) failed CRC32C check (original 0x1 != calculated 0x2)"),
            Some(7)
        );
        assert_eq!(of("Unsupported Message(Set) MagicByte 3 at offset 5"), Some(5));
        assert_eq!(of("Message at offset 9 might be too large to fetch, try increasing receive"), None);
        assert_eq!(of("Fetch from broker 1 failed"), None);
    }
}
