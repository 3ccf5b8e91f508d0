//! Where a group is on a topic, asked from the outside: without joining it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
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
        let from = self.committed.unwrap_or(self.low).max(self.low);
        u64::try_from(end - from).unwrap_or(0)
    }
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
        Ok(Self { client })
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
