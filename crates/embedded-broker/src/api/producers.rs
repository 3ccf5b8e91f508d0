//! The idempotent producers of a partition.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_producers_response::{PartitionResponse, ProducerState, TopicResponse};
use kafka_protocol::messages::{DescribeProducersRequest, DescribeProducersResponse, ProducerId, TopicName};

use super::text;
use crate::files;
use crate::layout::{Layout, Numbers, Structs, Text, always, layout};
use crate::state::State;
use crate::topics::{self, Refusal};

pub(super) const DESCRIBE_PRODUCERS: Layout = layout(0, &[always(Structs(&[always(Text), always(Numbers)]))]);

pub(super) fn describe_producers(state: &State, asked: DescribeProducersRequest) -> DescribeProducersResponse {
    let topics = asked.topics.into_iter().map(|wanted| {
        let partitions = wanted.partition_indexes.into_iter().map(|index| {
            let response = PartitionResponse::default().with_partition_index(index);
            match producers(state, &wanted.name, index) {
                Ok(producers) => response.with_error_message(None).with_active_producers(producers),
                Err((error, sentence)) => {
                    response.with_error_code(error.code()).with_error_message(Some(text(sentence)))
                }
            }
        });
        let partitions = partitions.collect();
        TopicResponse::default().with_name(wanted.name).with_partitions(partitions)
    });
    DescribeProducersResponse::default().with_topics(topics.collect())
}

fn producers(state: &State, name: &TopicName, index: i32) -> Result<Vec<ProducerState>, Refusal> {
    topics::check_name(name)?;
    let partition = state.topics.get(name).and_then(|topic| topic.partition(index));
    let unknown = "This server does not host this topic-partition.";
    let partition = partition.ok_or((ResponseError::UnknownTopicOrPartition, unknown.to_owned()))?;
    let active = files::blocking(|| partition.active_producers());
    let described = active.into_iter().map(|producer| {
        ProducerState::default()
            .with_producer_id(ProducerId(producer.id))
            .with_producer_epoch(i32::from(producer.epoch))
            .with_last_sequence(producer.last_sequence)
            .with_last_timestamp(producer.last_timestamp)
            // There are no transactions.
            .with_coordinator_epoch(-1)
            .with_current_txn_start_offset(-1)
    });
    Ok(described.collect())
}
