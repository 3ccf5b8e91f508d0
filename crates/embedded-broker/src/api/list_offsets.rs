//! The first and last offset of a partition, and the offset of a timestamp.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderEpochResponse, OffsetForLeaderTopicResult,
};
use kafka_protocol::messages::{ListOffsetsRequest, OffsetForLeaderEpochRequest};

use crate::files;
use crate::layout::{Fixed, Layout, Structs, Text, always, layout, since};
use crate::state::State;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
/// The earliest offset on the local disk: there is no other storage.
const EARLIEST_LOCAL: i64 = -4;
/// The latest offset in tiered storage, which is not available.
const LATEST_TIERED: i64 = -5;
const NONE: (i64, i64) = (-1, -1);

pub(super) const LIST_OFFSETS: Layout = layout(
    6,
    &[
        always(Fixed(4)),
        since(2, Fixed(1)),
        always(Structs(&[always(Text), always(Structs(&[always(Fixed(4)), since(4, Fixed(4)), always(Fixed(8))]))])),
        since(10, Fixed(4)),
    ],
);

pub(super) fn list_offsets(state: &State, asked: ListOffsetsRequest, version: i16) -> ListOffsetsResponse {
    let topics = asked.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let found = match partition.current_leader_epoch {
                epoch if epoch > 0 => Err(ResponseError::UnknownLeaderEpoch),
                epoch if epoch < -1 => Err(ResponseError::FencedLeaderEpoch),
                _ => find(state, &topic.name, partition.partition_index, partition.timestamp, version),
            };
            let (offset, timestamp) = *found.as_ref().unwrap_or(&NONE);
            ListOffsetsPartitionResponse::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(super::code(&found))
                .with_timestamp(timestamp)
                .with_offset(offset)
                .with_leader_epoch(if version >= 4 && offset >= 0 { 0 } else { -1 })
        });
        let partitions = partitions.collect();
        ListOffsetsTopicResponse::default().with_name(topic.name).with_partitions(partitions)
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}

/// An offset and the timestamp of its record, each -1 if missing.
fn find(state: &State, topic: &str, index: i32, timestamp: i64, version: i16) -> Result<(i64, i64), ResponseError> {
    // Before these versions the number has no meaning.
    let first_version = match timestamp {
        MAX_TIMESTAMP => 7,
        EARLIEST_LOCAL => 8,
        LATEST_TIERED => 9,
        _ => 1,
    };
    let topic = state.topics.get(topic).ok_or(ResponseError::UnknownTopicOrPartition)?;
    let partition = topic.partition(index).ok_or(ResponseError::UnknownTopicOrPartition)?;
    let (start_offset, end_offset) = partition.bounds();
    let found = match timestamp {
        _ if version < first_version => return Err(ResponseError::UnsupportedVersion),
        LATEST => return Ok((end_offset, -1)),
        LATEST_TIERED => return Ok(NONE),
        EARLIEST | EARLIEST_LOCAL => return Ok((start_offset, -1)),
        MAX_TIMESTAMP => files::blocking(|| partition.at_max_timestamp()),
        timestamp if timestamp < 0 => return Err(ResponseError::UnsupportedVersion),
        timestamp => files::blocking(|| partition.at_timestamp(timestamp)),
    };
    match found {
        Ok(found) => Ok(found.unwrap_or(NONE)),
        Err(error) => {
            tracing::error!("cannot look up a timestamp: {error}: partition {index} of {}", topic.name);
            Err(ResponseError::KafkaStorageError)
        }
    }
}

pub(super) const OFFSET_FOR_LEADER_EPOCH: Layout =
    layout(4, &[since(3, Fixed(4)), always(Structs(&[always(Text), always(Structs(&[always(Fixed(12))]))]))]);

/// The end of a leader epoch; this broker has only epoch 0.
pub(super) fn offset_for_leader_epoch(
    state: &State,
    asked: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let topics = asked.topics.into_iter().map(|wanted| {
        let topic = state.topics.get(&wanted.topic);
        let partitions = wanted.partitions.iter().map(|wanted| {
            let answer = EpochEndOffset::default().with_partition(wanted.partition);
            let partition = topic.as_ref().and_then(|topic| topic.partition(wanted.partition));
            match partition {
                None => answer.with_error_code(ResponseError::UnknownTopicOrPartition.code()),
                Some(_) if wanted.current_leader_epoch > 0 => {
                    answer.with_error_code(ResponseError::UnknownLeaderEpoch.code())
                }
                Some(partition) if wanted.leader_epoch == 0 => {
                    answer.with_leader_epoch(0).with_end_offset(partition.bounds().1)
                }
                Some(_) => answer.with_leader_epoch(-1).with_end_offset(-1),
            }
        });
        let partitions = partitions.collect();
        OffsetForLeaderTopicResult::default().with_topic(wanted.topic).with_partitions(partitions)
    });
    OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
}
