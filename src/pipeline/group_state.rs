//! Where a group is on a topic, asked from the outside: without joining it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset;

use super::PipelineError;
use super::client::ClientEvents;
use super::context::RunContext;

const TIMEOUT: Duration = Duration::from_secs(5);
const SETTLE_TIMEOUT: Duration = Duration::from_secs(15);
const SETTLE_PAUSE: Duration = Duration::from_millis(50);

/// Asks for offsets.
pub struct GroupProbe {
    group: String,
    client: BaseConsumer<ClientEvents>,
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
    /// The offset from which the group goes on; `None` where it never committed.
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

    /// By how much the committed offset lies beyond the end: the topic was made anew, or cut short.
    pub fn beyond_end(&self) -> u64 {
        self.committed.map_or(0, |committed| u64::try_from(committed - self.high).unwrap_or(0))
    }
}

/// Where partitions begin and end, by number: one request for each end and broker. Partitions that nobody leads are
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
    pub fn new(context: &Arc<RunContext>, config: &ClientConfig) -> Result<Self, PipelineError> {
        let mut config = config.clone();
        // A static member's name would be taken twice.
        config.remove("group.instance.id");
        let client = config
            .create_with_context(ClientEvents::new(context, "group-probe"))
            .map_err(|source| PipelineError::Kafka { doing: "make the client that asks for offsets", source })?;
        Ok(Self { group: config.get("group.id").unwrap_or_default().to_owned(), client })
    }

    /// Members that the group has beside `own` of them; `None` where the broker does not describe it.
    pub fn other_members(&self, own: usize) -> Option<usize> {
        let described = self.client.fetch_group_list(Some(&self.group), TIMEOUT);
        let described = described.inspect_err(|error| tracing::info!("the group cannot be described: {error}")).ok()?;
        let group = described.groups().iter().find(|group| group.name() == self.group)?;
        Some(group.members().len().saturating_sub(own))
    }

    /// Topics on which the group has committed, with their numbers of partitions, by name.
    pub fn committed_topics(&self) -> Result<Vec<(String, usize)>, PipelineError> {
        let failed = |source| PipelineError::Kafka { doing: "ask for the group's topics", source };
        let metadata = self.client.fetch_metadata(None, TIMEOUT).map_err(failed)?;
        let mut wanted = TopicPartitionList::new();
        for topic in metadata.topics().iter().filter(|topic| !topic.partitions().is_empty()) {
            for partition in topic.partitions() {
                wanted.add_partition(topic.name(), partition.id());
            }
        }
        let committed = self.client.committed_offsets(wanted, TIMEOUT).map_err(failed)?;
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

    /// All `partitions` partitions of `topic`. Leaders and coordinators that are about to be chosen are waited for.
    pub fn positions(&self, topic: &str, partitions: usize) -> Result<Vec<PartitionPosition>, PipelineError> {
        let deadline = Instant::now() + SETTLE_TIMEOUT;
        loop {
            match self.try_positions(topic, partitions) {
                Err(error) if is_passing(&error) && Instant::now() < deadline => std::thread::sleep(SETTLE_PAUSE),
                result => {
                    let doing = "ask for the group's offsets";
                    return result.map_err(|source| PipelineError::Kafka { doing, source });
                }
            }
        }
    }

    fn try_positions(&self, topic: &str, partitions: usize) -> KafkaResult<Vec<PartitionPosition>> {
        let mut wanted = TopicPartitionList::with_capacity(partitions);
        let partitions = i32::try_from(partitions).unwrap_or(i32::MAX);
        wanted.add_partition_range(topic, 0, partitions - 1);
        let committed = self.client.committed_offsets(wanted, TIMEOUT)?;
        (0..partitions)
            .map(|partition| {
                let (low, high) = self.client.fetch_watermarks(topic, partition, TIMEOUT)?;
                let committed = match committed.find_partition(topic, partition).map(|found| found.offset()) {
                    Some(Offset::Offset(offset)) => Some(offset),
                    _ => None,
                };
                Ok(PartitionPosition { partition, low, high, committed })
            })
            .collect()
    }
}

/// Errors of a topic or group that was just made.
fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::NotLeaderForPartition
                | Code::LeaderNotAvailable
                | Code::UnknownTopicOrPartition
                | Code::CoordinatorLoadInProgress
                | Code::CoordinatorNotAvailable
                | Code::NotCoordinator
        )
    )
}
