//! Where a group is on a topic, asked from the outside: without joining it.

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
/// Events of the client that are looked through after a failure.
const EVENTS_MAX: usize = 64;
const SETTLE_TIMEOUT: Duration = Duration::from_secs(15);
const SETTLE_PAUSE: Duration = Duration::from_millis(50);

/// Asks for offsets.
pub struct GroupProbe {
    group: String,
    client: BaseConsumer<ClientEvents>,
    stop: Cancellation,
}

/// One partition, at about one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionPosition {
    /// Its number.
    pub partition: i32,
    /// The first offset that can be read.
    pub low: i64,
    /// The offset that the next record gets.
    pub high: i64,
    /// The offset from which the group continues; `None` where it never committed.
    pub committed: Option<i64>,
}

impl PartitionPosition {
    /// Records between the group and `end`.
    pub fn lag_to(&self, end: i64) -> u64 {
        // Beyond the end nothing can be read: a consumer begins at the start.
        let from = self.committed.filter(|&offset| offset <= self.high).unwrap_or(self.low).max(self.low);
        u64::try_from(end - from).unwrap_or(0)
    }

    /// Offsets that were deleted before the group read them.
    pub fn lost(&self) -> u64 {
        self.committed.map_or(0, |committed| u64::try_from(self.low - committed).unwrap_or(0))
    }

    /// By how much the committed offset lies beyond the end: the topic was recreated, or truncated.
    pub fn beyond_end(&self) -> u64 {
        self.committed.map_or(0, |committed| u64::try_from(committed - self.high).unwrap_or(0))
    }
}

/// Where partitions begin and end, by number: one request for each end and broker. Partitions without a leader are
/// left out.
///
/// # Errors
/// What the client reports, also after `timeout`.
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
    // The end is asked for last: what is deleted meanwhile makes no end before a beginning.
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
    /// For the group that `config`, a consumer's, names.
    pub fn new(context: &Arc<RunContext>, config: &ClientConfig) -> Result<Self, ClientError> {
        let mut config = config.clone();
        // A static member's name would be taken twice.
        config.remove("group.instance.id");
        // The end of the log: what an open transaction holds back counts as well.
        config.set("isolation.level", "read_uncommitted");
        let client = config
            .create_with_context(ClientEvents::new(context, "group-probe"))
            .map_err(|source| ClientError::Call { doing: "make the client that asks for offsets", source })?;
        Ok(Self { group: config.get("group.id").unwrap_or_default().to_owned(), client, stop: context.stop.clone() })
    }

    /// Members that the group has besides `own` of them; `None` where the broker does not describe it.
    pub fn other_members(&self, own: usize) -> Option<usize> {
        let described = self.client.fetch_group_list(Some(&self.group), TIMEOUT);
        let described = described.inspect_err(|error| tracing::info!("the group cannot be described: {error}")).ok()?;
        let group = described.groups().iter().find(|group| group.name() == self.group)?;
        Some(group.members().len().saturating_sub(own))
    }

    /// Topics on which the group has committed, with their numbers of partitions, by name.
    ///
    /// # Errors
    /// [`ClientError::Denied`], and what the broker does not answer in time.
    pub fn committed_topics(&self, patience: &Patience) -> Result<Vec<(String, usize)>, ClientError> {
        patience.retry(|attempt| self.try_committed_topics(attempt))
    }

    fn try_committed_topics(&self, timeout: Duration) -> Result<Vec<(String, usize)>, ClientError> {
        let what = || format!("see the consumer group {}", self.group);
        let failed = |source| self.failed("ask for the group's topics", source, what);
        let metadata = self.client.fetch_metadata(None, timeout).map_err(failed)?;
        let mut wanted = TopicPartitionList::new();
        // Without a topic the group would not be asked, and not be found to be forbidden.
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

    /// All `partitions` partitions of `topic`, asked for as long as `patience` has.
    pub fn positions_at_start(
        &self,
        patience: &Patience,
        topic: &str,
        partitions: usize,
    ) -> Result<Vec<PartitionPosition>, ClientError> {
        patience.retry(|attempt| self.try_positions(topic, partitions, attempt))
    }

    /// All `partitions` partitions of `topic`. Leaders and coordinators that are about to be chosen are waited for.
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

    /// Why a question about the group failed. That the group is forbidden is reported to the client alone, which continues to ask.
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
