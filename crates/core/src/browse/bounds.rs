//! Where partitions begin and end.

use std::collections::BTreeMap;

use rdkafka::TopicPartitionList;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::topic_partition_list::Offset;

use super::TopicSummary;
use super::client::Reader;
use crate::kafka::error::ClientError;

/// The bounds of a partition at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) partition: i32,
    /// The first offset that can be read.
    pub(super) low: i64,
    /// The offset that the next record gets.
    pub(super) high: i64,
}

impl Bounds {
    pub(super) fn records(&self) -> u64 {
        u64::try_from(self.high - self.low).unwrap_or(0)
    }
}

/// All topics except internal ones.
pub(super) fn topics(reader: &Reader) -> Result<Vec<TopicSummary>, ClientError> {
    let metadata = reader.metadata()?;
    let mut wanted = TopicPartitionList::new();
    let mut topics: BTreeMap<&str, TopicSummary> = BTreeMap::new();
    for topic in metadata.topics().iter().filter(|topic| !topic.name().starts_with("__") && topic.error().is_none()) {
        let partitions = i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX);
        topics.insert(topic.name(), TopicSummary { name: topic.name().to_owned(), partitions, records: 0 });
        // A partition without a leader would delay the answer for the others.
        for partition in topic.partitions().iter().filter(|partition| partition.leader() >= 0) {
            wanted.add_partition(topic.name(), partition.id());
        }
    }
    for ((topic, _), (low, high)) in both_ends(reader, &wanted)? {
        if let Some(summary) = topics.get_mut(topic.as_str()) {
            summary.records += u64::try_from(high - low).unwrap_or(0);
        }
    }
    Ok(topics.into_values().collect())
}

/// The selected partitions of `topic`, by number.
pub(super) fn of_topic(reader: &Reader, topic: &str, chosen: Option<i32>) -> Result<Vec<Bounds>, ClientError> {
    let refuse = |reason: String| Err(ClientError::Topic { topic: topic.to_owned(), reason });
    let metadata = reader.topic(topic)?;
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    let code = found.and_then(|found| found.error()).map(RDKafkaErrorCode::from);
    if let Some(code @ RDKafkaErrorCode::TopicAuthorizationFailed) = code {
        return Err(ClientError::Denied { what: format!("see the topic {topic}"), code });
    }
    let Some(found) = found.filter(|found| found.error().is_none()) else {
        return refuse("it does not exist".to_owned());
    };
    let mut wanted = TopicPartitionList::new();
    for partition in found.partitions().iter().filter(|one| chosen.is_none_or(|chosen| chosen == one.id())) {
        if partition.leader() < 0 {
            return refuse(format!("no broker leads its partition {}", partition.id()));
        }
        wanted.add_partition(topic, partition.id());
    }
    if let Some(partition) = chosen.filter(|_| wanted.count() == 0) {
        let last = found.partitions().len().saturating_sub(1);
        return refuse(format!("it has the partitions 0 to {last}, and no partition {partition}"));
    }
    let denied = |error: ClientError| error.or_denied(|| format!("read the topic {topic}"));
    let ends = both_ends(reader, &wanted).map_err(denied)?;
    if let Some(missing) = wanted.elements().iter().find(|one| !ends.contains_key(&key(one.topic(), one.partition()))) {
        return refuse(format!("the broker does not report the offsets of its partition {}", missing.partition()));
    }
    Ok(ends.into_iter().map(|((_, partition), (low, high))| Bounds { partition, low, high }).collect())
}

/// The first offset of each partition whose record is not older than `millis`; its end if there is none.
pub(super) fn at_time(
    reader: &Reader,
    topic: &str,
    partitions: &[Bounds],
    millis: i64,
) -> Result<Vec<i64>, ClientError> {
    let mut wanted = TopicPartitionList::with_capacity(partitions.len());
    for one in partitions {
        // Negative times have special meanings; a record cannot have one.
        let asked = wanted.add_partition_offset(topic, one.partition, Offset::Offset(millis.max(0)));
        asked.map_err(|source| ClientError::Call { doing: "find the offsets of a time", source })?;
    }
    let found = reader.offsets(&wanted)?;
    let offset = |one: &Bounds| match found.find_partition(topic, one.partition).map(|found| found.offset()) {
        Some(Offset::Offset(offset)) => offset.clamp(one.low, one.high.max(one.low)),
        _ => one.high,
    };
    Ok(partitions.iter().map(offset).collect())
}

pub(super) type Key = (String, i32);

fn key(topic: &str, partition: i32) -> Key {
    (topic.to_owned(), partition)
}

/// The first and the next offset of every partition that answers.
pub(super) fn both_ends(
    reader: &Reader,
    wanted: &TopicPartitionList,
) -> Result<BTreeMap<Key, (i64, i64)>, ClientError> {
    let (mut ends, first, last) = (BTreeMap::new(), asked(wanted, Offset::Beginning), asked(wanted, Offset::End));
    if wanted.count() == 0 {
        return Ok(ends);
    }
    // The end is requested last, so that it cannot be before the beginning if records are deleted in between.
    let (first, last) = (reader.offsets(&first?)?, reader.offsets(&last?)?);
    for low in first.elements() {
        let high = last.find_partition(low.topic(), low.partition());
        let answered = low.error().is_ok() && high.as_ref().is_some_and(|high| high.error().is_ok());
        if let (true, Offset::Offset(from), Some(Offset::Offset(to))) =
            (answered, low.offset(), high.map(|high| high.offset()))
        {
            ends.insert(key(low.topic(), low.partition()), (from, to.max(from)));
        }
    }
    Ok(ends)
}

fn asked(wanted: &TopicPartitionList, what: Offset) -> Result<TopicPartitionList, ClientError> {
    let mut asked = wanted.clone();
    let failed = |source| ClientError::Call { doing: "read the offsets", source };
    asked.set_all_offsets(what).map_err(failed)?;
    Ok(asked)
}
