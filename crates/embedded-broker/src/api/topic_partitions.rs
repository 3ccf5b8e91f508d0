//! Topics with their partitions, a page at a time (KIP-966): newer admin clients of Kafka use it instead of Metadata.

use std::collections::BTreeSet;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponse, DescribeTopicPartitionsResponsePartition,
    DescribeTopicPartitionsResponseTopic,
};
use kafka_protocol::messages::{BrokerId, DescribeTopicPartitionsRequest, TopicName};
use uuid::Uuid;

use super::cluster::TOPIC_OPERATIONS;
use super::text;
use crate::layout::{Fixed, Layout, Optional, Structs, Text, always, layout};
use crate::state::{BROKER_ID, State};
use crate::topics::{self, Topic};

/// Maximum partitions in one response (Kafka's `max.request.partition.size.limit`).
const MAX_PARTITIONS: i32 = 2000;

pub(super) const DESCRIBE_TOPIC_PARTITIONS: Layout = layout(
    0,
    &[always(Structs(&[always(Text)])), always(Fixed(4)), always(Optional(&[always(Text), always(Fixed(4))]))],
);

/// The given topics, or all, by name from the cursor on until there are enough partitions; the next page begins at the
/// returned cursor.
pub(super) fn describe_topic_partitions(
    state: &State,
    asked: DescribeTopicPartitionsRequest,
) -> DescribeTopicPartitionsResponse {
    let names_all = asked.topics.is_empty();
    let (first_name, first_index) =
        asked.cursor.map_or((String::new(), 0), |cursor| (cursor.topic_name.to_string(), cursor.partition_index));
    let names: BTreeSet<String> = if names_all {
        state.topics.all().iter().map(|topic| topic.name.clone()).collect()
    } else {
        asked.topics.iter().map(|topic| topic.name.to_string()).collect()
    };
    if first_index < 0 || !(names_all || first_name.is_empty() || names.contains(&first_name)) {
        return refused(&names);
    }
    let mut left = asked.response_partition_limit.clamp(1, MAX_PARTITIONS);
    let mut response = DescribeTopicPartitionsResponse::default();
    for name in names.range(first_name.clone()..) {
        let Some(topic) = state.topics.get(name) else {
            // Where all are described, it has just been deleted.
            if !names_all {
                let missing = failed(name, topics::why_missing(name));
                response.topics.push(missing.with_topic_authorized_operations(TOPIC_OPERATIONS));
            }
            continue;
        };
        let count = topic.partition_count();
        let start = if *name == first_name { first_index } else { 0 };
        let end = count.min(start.saturating_add(left));
        response.topics.push(describe(&topic, start..end));
        if end < count {
            let cursor = Cursor::default().with_topic_name(TopicName(text(name.as_str()))).with_partition_index(end);
            return response.with_next_cursor(Some(cursor));
        }
        left -= (end - start).max(0);
    }
    response
}

fn describe(topic: &Topic, indexes: std::ops::Range<i32>) -> DescribeTopicPartitionsResponseTopic {
    let partitions = indexes.map(|index| {
        DescribeTopicPartitionsResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(BrokerId(BROKER_ID))
            .with_leader_epoch(0)
            .with_replica_nodes(vec![BrokerId(BROKER_ID)])
            .with_isr_nodes(vec![BrokerId(BROKER_ID)])
            .with_eligible_leader_replicas(Some(Vec::new()))
            .with_last_known_elr(Some(Vec::new()))
    });
    DescribeTopicPartitionsResponseTopic::default()
        .with_name(Some(TopicName(text(topic.name.as_str()))))
        .with_topic_id(Uuid::from_u128(topic.id))
        .with_is_internal(topic.is_internal())
        .with_partitions(partitions.collect())
        .with_topic_authorized_operations(TOPIC_OPERATIONS)
}

/// The response to an invalid cursor.
fn refused(names: &BTreeSet<String>) -> DescribeTopicPartitionsResponse {
    let topics = names.iter().map(|name| failed(name, ResponseError::InvalidRequest));
    DescribeTopicPartitionsResponse::default().with_topics(topics.collect())
}

fn failed(name: &str, error: ResponseError) -> DescribeTopicPartitionsResponseTopic {
    DescribeTopicPartitionsResponseTopic::default()
        .with_name(Some(TopicName(text(name))))
        .with_is_internal(topics::is_internal(name))
        .with_error_code(error.code())
}
