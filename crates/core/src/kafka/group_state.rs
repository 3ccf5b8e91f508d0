//! The offsets of a group on a topic, queried without joining the group.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::Offset;

use super::client::PROBE_TOPIC;
use super::error::{ClientError, is_denial};
use super::events::ClientEvents;
use super::patience::Patience;
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;

const TIMEOUT: Duration = Duration::from_secs(5);
/// The most client events that are searched after a failure.
const EVENTS_MAX: usize = 64;
const SETTLE_TIMEOUT: Duration = Duration::from_secs(15);
const SETTLE_PAUSE: Duration = Duration::from_millis(50);

/// Queries offsets.
pub struct GroupProbe {
    group: String,
    client: BaseConsumer<ClientEvents>,
    stop: Cancellation,
}

/// The offsets of one partition at about the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionPosition {
    /// Its number.
    pub partition: i32,
    /// The first offset that can be read.
    pub low: i64,
    /// The offset that the next record gets.
    pub high: i64,
    /// The group's committed offset; `None` if it never committed.
    pub committed: Option<i64>,
}

impl PartitionPosition {
    /// Records between the group and `end`.
    pub fn lag_to(&self, end: i64) -> u64 {
        // A committed offset beyond the end is invalid: a consumer then begins at the start.
        let from = self.committed.filter(|&offset| offset <= self.high).unwrap_or(self.low).max(self.low);
        u64::try_from(end - from).unwrap_or(0)
    }

    /// Offsets that were deleted before the group read them.
    pub fn lost(&self) -> u64 {
        self.committed.map_or(0, |committed| u64::try_from(self.low - committed).unwrap_or(0))
    }

    /// How far the committed offset is beyond the end: the topic was recreated or truncated.
    pub fn beyond_end(&self) -> u64 {
        self.committed.map_or(0, |committed| u64::try_from(committed - self.high).unwrap_or(0))
    }
}

/// First and end offset of partitions by number: two requests per broker. Partitions without a leader are left out.
///
/// # Errors
/// The client's error, also after `timeout`.
pub fn bounds_of<C: ConsumerContext>(
    client: &BaseConsumer<C>,
    topic: &str,
    partitions: &[i32],
    timeout: Duration,
) -> KafkaResult<HashMap<i32, Range<i64>>> {
    if partitions.is_empty() {
        return Ok(HashMap::new());
    }
    let ask = |what: Offset| -> KafkaResult<TopicPartitionList> {
        let mut wanted = TopicPartitionList::with_capacity(partitions.len());
        for &partition in partitions {
            wanted.add_partition_offset(topic, partition, what)?;
        }
        client.offsets_for_times(wanted, timeout)
    };
    // The end is queried last: otherwise records that are deleted meanwhile could put the beginning behind the end.
    let (first, last) = (ask(Offset::Beginning)?, ask(Offset::End)?);
    let mut bounds = HashMap::with_capacity(partitions.len());
    for low in first.elements() {
        let high = last.find_partition(topic, low.partition()).filter(|high| high.error().is_ok());
        if let (Ok(()), Offset::Offset(from), Some(Offset::Offset(to))) =
            (low.error(), low.offset(), high.map(|high| high.offset()))
        {
            bounds.insert(low.partition(), from..to.max(from));
        }
    }
    Ok(bounds)
}

impl GroupProbe {
    /// For the group in `config`, a consumer's configuration.
    pub fn new(context: &Arc<RunContext>, config: &ClientConfig) -> Result<Self, ClientError> {
        let mut config = config.clone();
        // Two clients must not have the same static member's name.
        config.remove("group.instance.id");
        // The end of the log, including records of open transactions.
        config.set("isolation.level", "read_uncommitted");
        let client = config
            .create_with_context(ClientEvents::new(context, "group-probe"))
            .map_err(|source| ClientError::Call { doing: "create the client that reads offsets", source })?;
        Ok(Self { group: config.get("group.id").unwrap_or_default().to_owned(), client, stop: context.stop.clone() })
    }

    /// The number of the group's members minus `own`; `None` if the broker does not describe the group.
    pub fn other_members(&self, own: usize) -> Option<usize> {
        let described = self.client.fetch_group_list(Some(&self.group), TIMEOUT);
        let described = described.inspect_err(|error| tracing::info!("the group cannot be described: {error}")).ok()?;
        let group = described.groups().iter().find(|group| group.name() == self.group)?;
        Some(group.members().len().saturating_sub(own))
    }

    /// The topics on which the group has committed offsets, by name, with their numbers of partitions.
    ///
    /// # Errors
    /// [`ClientError::Denied`], and time-outs.
    pub fn committed_topics(&self, patience: &Patience) -> Result<Vec<(String, usize)>, ClientError> {
        patience.retry(|attempt| self.try_committed_topics(attempt))
    }

    fn try_committed_topics(&self, timeout: Duration) -> Result<Vec<(String, usize)>, ClientError> {
        let what = || format!("see the consumer group {}", self.group);
        let failed = |source| self.failed("ask for the group's topics", source, what);
        let metadata = self.client.fetch_metadata(None, timeout).map_err(failed)?;
        let mut wanted = TopicPartitionList::new();
        // Without a topic no request would be sent, and missing permission would not be detected.
        wanted.add_partition(PROBE_TOPIC, 0);
        for topic in metadata.topics().iter().filter(|topic| !topic.partitions().is_empty()) {
            for partition in topic.partitions() {
                wanted.add_partition(topic.name(), partition.id());
            }
        }
        let committed = self.client.committed_offsets(wanted, timeout).map_err(failed)?;
        let mut topics: Vec<(String, usize)> = metadata
            .topics()
            .iter()
            .filter(|topic| {
                let of_topic = committed.elements_for_topic(topic.name());
                of_topic.iter().any(|element| matches!(element.offset(), Offset::Offset(_)))
            })
            .map(|topic| (topic.name().to_owned(), topic.partitions().len()))
            .collect();
        topics.sort();
        Ok(topics)
    }

    /// All `partitions` partitions of `topic`, retried as `patience` allows.
    pub fn positions_at_start(
        &self,
        patience: &Patience,
        topic: &str,
        partitions: usize,
    ) -> Result<Vec<PartitionPosition>, ClientError> {
        patience.retry(|attempt| self.try_positions(topic, partitions, attempt))
    }

    /// All `partitions` partitions of `topic`. Waits while leaders and coordinators are being elected.
    pub fn positions(&self, topic: &str, partitions: usize) -> Result<Vec<PartitionPosition>, ClientError> {
        let deadline = Instant::now() + SETTLE_TIMEOUT;
        loop {
            match self.try_positions(topic, partitions, TIMEOUT) {
                Err(error) if error.is_passing() && Instant::now() < deadline => {
                    if self.stop.wait_timeout(SETTLE_PAUSE) {
                        return Err(error);
                    }
                }
                result => return result,
            }
        }
    }

    fn reading(&self, topic: &str) -> String {
        format!("read the topic {topic} as the consumer group {}", self.group)
    }

    fn try_positions(
        &self,
        topic: &str,
        partitions: usize,
        timeout: Duration,
    ) -> Result<Vec<PartitionPosition>, ClientError> {
        let asked = self.ask_positions(topic, partitions, timeout);
        asked.map_err(|source| self.failed("ask for the group's offsets", source, || self.reading(topic)))
    }

    /// The reason why a request about the group failed. Missing permission for the group is found in the client's
    /// events only; the call itself times out.
    fn failed(&self, doing: &'static str, source: KafkaError, what: impl Fn() -> String) -> ClientError {
        let events = std::iter::from_fn(|| self.client.poll(Duration::ZERO)).take(EVENTS_MAX);
        let denials = events.filter_map(|event| event.err()?.rdkafka_error_code()).filter(|code| is_denial(*code));
        match denials.last() {
            Some(code) => ClientError::Denied { what: what(), code },
            None => ClientError::Call { doing, source }.or_denied(what),
        }
    }

    fn ask_positions(&self, topic: &str, partitions: usize, timeout: Duration) -> KafkaResult<Vec<PartitionPosition>> {
        let mut wanted = TopicPartitionList::with_capacity(partitions);
        let partitions = i32::try_from(partitions).unwrap_or(i32::MAX);
        wanted.add_partition_range(topic, 0, partitions - 1);
        let committed = self.client.committed_offsets(wanted, timeout)?;
        (0..partitions)
            .map(|partition| {
                let (low, high) = self.client.fetch_watermarks(topic, partition, timeout)?;
                let committed = match committed.find_partition(topic, partition).map(|found| found.offset()) {
                    Some(Offset::Offset(offset)) => Some(offset),
                    _ => None,
                };
                Ok(PartitionPosition { partition, low, high, committed })
            })
            .collect()
    }
}
