//! What a user may do with a topic, as far as a broker reports it without anything being changed.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::Offset;
use rdkafka::{ClientConfig, TopicPartitionList};

use super::wait_for;
use crate::kafka::closing;
use crate::kafka::connection_log::ConnectionLog;
use crate::kafka::error::is_denial;
use crate::kafka::problem::ConnectionProblem;
use crate::model::run_id::RunId;
use crate::model::units::counted;
use crate::run::cancellation::Cancellation;

const POLL: Duration = Duration::from_millis(50);
/// The longest wait for the answer to a read.
const READ_PATIENCE: Duration = Duration::from_secs(3);
const CLOSING_PATIENCE: Duration = Duration::from_millis(300);

/// The clients that ask.
pub(super) struct Asking<'a> {
    pub(super) client: &'a BaseConsumer<ConnectionLog>,
    pub(super) admin: &'a AdminClient<ConnectionLog>,
    pub(super) config: &'a ClientConfig,
    pub(super) deadline: Instant,
    pub(super) stop: &'a Cancellation,
}

/// Whether `topic` may be seen, created where it does not exist, and read, in a sentence. Nobody can ask whether it may be
/// written without writing.
///
/// # Errors
/// A right is missing.
pub(super) fn topic_rights(asking: &Asking<'_>, topic: &str) -> Result<String, ConnectionProblem> {
    use RDKafkaErrorCode as Code;
    let metadata =
        asking.client.fetch_metadata(Some(topic), asking.left()).map_err(|error| no_answer(topic, &error))?;
    while asking.client.poll(Duration::ZERO).is_some() {}
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    match found.map(|found| (found.partitions().len(), found.error().map(Code::from))) {
        Some((partitions, None)) if partitions > 0 => {
            let partitions = counted(partitions as u64, "partition", "partitions");
            let read = match may_read(asking, topic)? {
                true => "reading is allowed",
                false => "reading was not answered in time",
            };
            Ok(format!("{partitions}; {read}; writing shows with the first record"))
        }
        Some((_, Some(code))) if is_denial(code) => Err(ConnectionProblem::stated(
            format!("This user may not see the topic {topic}"),
            "Have an ACL added that allows Describe, Read and Write on the topic",
            code.to_string(),
        )),
        None | Some((_, None | Some(Code::UnknownTopicOrPartition | Code::UnknownTopic))) => may_create(asking, topic),
        Some((_, Some(code))) => Err(unusable(topic, code)),
    }
}

/// Has the broker check the creation of the topic, without creating it.
fn may_create(asking: &Asking<'_>, topic: &str) -> Result<String, ConnectionProblem> {
    let new_topic = NewTopic::new(topic, 1, TopicReplication::Fixed(-1));
    let left = asking.left();
    let options = AdminOptions::new().validate_only(true).request_timeout(Some(left)).operation_timeout(Some(left));
    let checked = wait_for(asking.admin.create_topics([&new_topic], &options));
    match checked.map_err(|error| no_answer(topic, &error))?.into_iter().next() {
        None | Some(Ok(_)) => Ok("it does not exist yet; this user may create it".to_owned()),
        Some(Err((_, code))) if is_denial(code) => Err(ConnectionProblem::stated(
            format!("The topic {topic} does not exist, and this user may not create it"),
            "Have the topic created, or an ACL added that allows Create on it",
            code.to_string(),
        )),
        Some(Err((_, code))) => Err(unusable(topic, code)),
    }
}

/// Reads at the end of the first partition, without a group. False: no answer in time.
fn may_read(asking: &Asking<'_>, topic: &str) -> Result<bool, ConnectionProblem> {
    let mut config = asking.config.clone();
    config
        // Nothing joins it and nothing is committed; the client needs the name.
        .set("group.id", format!("kafka-image-bench-check-{}", RunId::new()))
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("fetch.wait.max.ms", "50");
    let failed = |error: KafkaError| ConnectionProblem::refused_setting(error.to_string());
    let reader: BaseConsumer<ConnectionLog> = config.create_with_context(ConnectionLog::default()).map_err(failed)?;
    let mut assignment = TopicPartitionList::with_capacity(1);
    assignment.add_partition_offset(topic, 0, Offset::End).map_err(failed)?;
    reader.assign(&assignment).map_err(failed)?;
    let deadline = asking.deadline.min(Instant::now() + READ_PATIENCE);
    let mut result = Ok(false);
    while Instant::now() < deadline && !asking.stop.is_requested() {
        match reader.poll(POLL) {
            Some(Err(KafkaError::PartitionEOF(_))) => result = Ok(true),
            Some(Ok(record)) if record.topic() == topic => result = Ok(true),
            Some(Err(error)) if error.rdkafka_error_code().is_some_and(denies_topic) => {
                result = Err(ConnectionProblem::stated(
                    format!("This user may not read the topic {topic}"),
                    "Have an ACL added that allows Read on the topic",
                    error.to_string(),
                ));
            }
            Some(_) | None => continue,
        }
        break;
    }
    closing::close("check", reader, || CLOSING_PATIENCE);
    result
}

/// The check is not about its own group: only denials of the topic count.
fn denies_topic(code: RDKafkaErrorCode) -> bool {
    code == RDKafkaErrorCode::TopicAuthorizationFailed
}

fn no_answer(topic: &str, error: &KafkaError) -> ConnectionProblem {
    let what = "Try again; if it stays so, look at the broker's log";
    ConnectionProblem::stated(format!("The broker did not describe the topic {topic}"), what, error.to_string())
}

fn unusable(topic: &str, code: RDKafkaErrorCode) -> ConnectionProblem {
    let what = "Check the topic's name, and the policies of the cluster";
    ConnectionProblem::stated(format!("The topic {topic} cannot be used: {code}"), what, String::new())
}

impl Asking<'_> {
    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).max(super::FIRST_WAIT)
    }
}
