//! Committing, fetching and deleting offsets of groups.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponse, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::offset_delete_response::{
    OffsetDeleteResponse, OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponse, OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{OffsetCommitRequest, OffsetDeleteRequest, OffsetFetchRequest, TopicName};

use super::text;
use crate::files;
use crate::group::{Committed, Identity};
use crate::layout::{Fixed, Layout, Numbers, Structs, Text, always, layout, since, until};
use crate::state::State;

/// Longest note that is kept with an offset, in UTF-16 units (Kafka's `offset.metadata.max.bytes`).
pub(super) const MAX_NOTE_UNITS: usize = 4096;

/// A partition's number and the outcome of its commit.
type Outcome = (i32, Result<(), ResponseError>);

pub(super) const OFFSET_COMMIT: Layout = layout(
    8,
    &[
        always(Text),
        always(Fixed(4)),
        always(Text),
        since(7, Text),
        until(4, Fixed(8)),
        always(Structs(&[always(Text), always(Structs(&[always(Fixed(12)), since(6, Fixed(4)), always(Text)]))])),
    ],
);

/// Stores the offsets that a group commits.
pub(super) fn offset_commit(state: &State, asked: OffsetCommitRequest) -> OffsetCommitResponse {
    let who = Identity {
        member_id: &asked.member_id,
        instance_id: asked.group_instance_id.as_ref(),
        generation: asked.generation_id_or_member_epoch,
    };
    let allowed = state.groups.may_commit(&asked.group_id, who);
    let time_ms = files::now_ms();
    let mut commits = Vec::new();
    let mut outcomes: Vec<(TopicName, Vec<Outcome>)> = Vec::new();
    for wanted in asked.topics {
        let topic = state.topics.get(&wanted.name);
        let mut partitions = Vec::with_capacity(wanted.partitions.len());
        for partition in wanted.partitions {
            let index = partition.partition_index;
            let note = partition.committed_metadata;
            let outcome = match &topic {
                Some(topic) if topic.partition(index).is_some() => {
                    if allowed.is_err() {
                        allowed
                    } else if note.as_ref().is_some_and(|note| note.encode_utf16().count() > MAX_NOTE_UNITS) {
                        Err(ResponseError::OffsetMetadataTooLarge)
                    } else {
                        let committed = Committed {
                            offset: partition.committed_offset,
                            leader_epoch: partition.committed_leader_epoch,
                            note: Some(note.map(|note| note.to_string()).unwrap_or_default()),
                            time_ms,
                        };
                        commits.push((wanted.name.to_string(), index, committed));
                        Ok(())
                    }
                }
                _ => Err(ResponseError::UnknownTopicOrPartition),
            };
            partitions.push((index, outcome));
        }
        outcomes.push((wanted.name, partitions));
    }
    let stored = store(state, &asked.group_id, commits);
    let topics = outcomes.into_iter().map(|(name, partitions)| {
        let partitions = partitions.into_iter().map(|(index, outcome)| {
            OffsetCommitResponsePartition::default()
                .with_partition_index(index)
                .with_error_code(super::code(&outcome.and(stored)))
        });
        OffsetCommitResponseTopic::default().with_name(name).with_partitions(partitions.collect())
    });
    OffsetCommitResponse::default().with_topics(topics.collect())
}

fn store(state: &State, group: &str, commits: Vec<(String, i32, Committed)>) -> Result<(), ResponseError> {
    if commits.is_empty() {
        return Ok(());
    }
    // In most cases FindCoordinator has created it already.
    state.topics.ensure_consumer_offsets();
    files::blocking(|| state.offsets.commit(group, commits)).map_err(|error| {
        tracing::error!("cannot store committed offsets: {error}");
        ResponseError::CoordinatorNotAvailable
    })?;
    state.wake_flusher();
    Ok(())
}

pub(super) const OFFSET_FETCH: Layout = layout(
    6,
    &[
        until(7, Text),
        until(7, Structs(&[always(Text), always(Numbers)])),
        since(
            8,
            Structs(&[
                always(Text),
                since(9, Text),
                since(9, Fixed(4)),
                always(Structs(&[always(Text), always(Numbers)])),
            ]),
        ),
        since(7, Fixed(1)),
    ],
);

/// The committed offsets of groups: for the given partitions, or for all.
pub(super) fn offset_fetch(state: &State, asked: OffsetFetchRequest, version: i16) -> OffsetFetchResponse {
    if version >= 8 {
        let groups = asked.groups.into_iter().map(|group| {
            let wanted = group.topics.map(|topics| {
                topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect::<Vec<_>>()
            });
            let topics = committed(state, &group.group_id, wanted).into_iter().map(|(name, partitions)| {
                let partitions = partitions.into_iter().map(|(index, found)| {
                    OffsetFetchResponsePartitions::default()
                        .with_partition_index(index)
                        .with_committed_offset(found.offset)
                        .with_committed_leader_epoch(found.leader_epoch)
                        .with_metadata(found.note.map(text))
                });
                OffsetFetchResponseTopics::default().with_name(name).with_partitions(partitions.collect())
            });
            OffsetFetchResponseGroup::default().with_topics(topics.collect()).with_group_id(group.group_id)
        });
        return OffsetFetchResponse::default().with_groups(groups.collect());
    }
    let wanted = asked
        .topics
        .map(|topics| topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect::<Vec<_>>());
    let topics = committed(state, &asked.group_id, wanted).into_iter().map(|(name, partitions)| {
        let partitions = partitions.into_iter().map(|(index, found)| {
            OffsetFetchResponsePartition::default()
                .with_partition_index(index)
                .with_committed_offset(found.offset)
                .with_committed_leader_epoch(if version >= 5 { found.leader_epoch } else { -1 })
                .with_metadata(found.note.map(text))
        });
        OffsetFetchResponseTopic::default().with_name(name).with_partitions(partitions.collect())
    });
    OffsetFetchResponse::default().with_topics(topics.collect())
}

type ByTopic = Vec<(TopicName, Vec<(i32, Committed)>)>;

/// The committed offsets of a group; -1 for a partition without one.
fn committed(state: &State, group: &str, wanted: Option<Vec<(TopicName, Vec<i32>)>>) -> ByTopic {
    let none = Committed { offset: -1, leader_epoch: -1, note: Some(String::new()), time_ms: 0 };
    let Some(wanted) = wanted else {
        let mut topics = ByTopic::new();
        // They are ordered by topic.
        for (topic, index, found) in state.offsets.of_group(group) {
            match topics.last_mut() {
                Some((name, partitions)) if **name == *topic => partitions.push((index, found)),
                _ => topics.push((TopicName(text(topic)), vec![(index, found)])),
            }
        }
        return topics;
    };
    let find = |(name, indexes): (TopicName, Vec<i32>)| {
        let found = |index| (index, state.offsets.get(group, &name, index).unwrap_or_else(|| none.clone()));
        let partitions = indexes.into_iter().map(found).collect();
        (name, partitions)
    };
    wanted.into_iter().map(find).collect()
}

pub(super) const OFFSET_DELETE: Layout =
    layout(i16::MAX, &[always(Text), always(Structs(&[always(Text), always(Structs(&[always(Fixed(4))]))]))]);

/// Deletes a group's committed offsets, unless a member subscribes to their topic.
pub(super) fn offset_delete(state: &State, asked: OffsetDeleteRequest) -> OffsetDeleteResponse {
    let refused = |error: ResponseError| OffsetDeleteResponse::default().with_error_code(error.code());
    if asked.group_id.is_empty() {
        return refused(ResponseError::InvalidGroupId);
    }
    let subscribed = match state.groups.subscribed(&asked.group_id, asked.topics.iter().map(|topic| &**topic.name)) {
        Some(Ok(subscribed)) => subscribed,
        Some(Err(error)) => return refused(error),
        None if state.offsets.has_group(&asked.group_id) => vec![false; asked.topics.len()],
        None => return refused(ResponseError::GroupIdNotFound),
    };
    let mut gone = Vec::new();
    let mut topics = Vec::with_capacity(asked.topics.len());
    for (wanted, is_subscribed) in asked.topics.into_iter().zip(subscribed) {
        let topic = state.topics.get(&wanted.name);
        let mut partitions = Vec::with_capacity(wanted.partitions.len());
        for partition in wanted.partitions {
            let index = partition.partition_index;
            let outcome = if topic.as_ref().is_none_or(|topic| topic.partition(index).is_none()) {
                Err(ResponseError::UnknownTopicOrPartition)
            } else if is_subscribed {
                Err(ResponseError::GroupSubscribedToTopic)
            } else {
                gone.push((wanted.name.to_string(), index));
                Ok(())
            };
            let answer = OffsetDeleteResponsePartition::default().with_partition_index(index);
            partitions.push(answer.with_error_code(super::code(&outcome)));
        }
        topics.push(OffsetDeleteResponseTopic::default().with_name(wanted.name).with_partitions(partitions));
    }
    match files::blocking(|| state.offsets.forget_partitions(&asked.group_id, &gone)) {
        Ok(_) => {
            state.wake_flusher();
            OffsetDeleteResponse::default().with_topics(topics)
        }
        Err(error) => {
            tracing::error!("cannot delete committed offsets: {error}");
            refused(ResponseError::CoordinatorNotAvailable)
        }
    }
}
