//! The placement and leaders of replicas: this broker has and leads all of them, so that nothing can be moved and no
//! election is needed.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::alter_partition_reassignments_request::ReassignablePartition;
use kafka_protocol::messages::alter_partition_reassignments_response::{
    ReassignablePartitionResponse, ReassignableTopicResponse,
};
use kafka_protocol::messages::alter_replica_log_dirs_response::{
    AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult,
};
use kafka_protocol::messages::elect_leaders_response::{PartitionResult, ReplicaElectionResult};
use kafka_protocol::messages::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, AlterReplicaLogDirsRequest,
    AlterReplicaLogDirsResponse, ElectLeadersRequest, ElectLeadersResponse, ListPartitionReassignmentsResponse,
    TopicName,
};

use super::text;
use super::topics::check_replicas;
use crate::config::Storage;
use crate::layout::{Fixed, Layout, Numbers, Structs, Text, always, layout, since};
use crate::state::State;
use crate::topics::Refusal;

/// Elections of the preferred leader, or of any replica.
const ELECTION_TYPES: std::ops::RangeInclusive<i8> = 0..=1;

pub(super) const LIST_PARTITION_REASSIGNMENTS: Layout =
    layout(0, &[always(Fixed(4)), always(Structs(&[always(Text), always(Numbers)]))]);

/// No partition is ever being moved to another broker.
pub(super) fn list_partition_reassignments() -> ListPartitionReassignmentsResponse {
    ListPartitionReassignmentsResponse::default().with_error_message(None)
}

pub(super) const ALTER_PARTITION_REASSIGNMENTS: Layout = layout(
    0,
    &[
        always(Fixed(4)),
        since(1, Fixed(1)),
        always(Structs(&[always(Text), always(Structs(&[always(Fixed(4)), always(Numbers)]))])),
    ],
);

/// Partitions may stay where they are; everything else is refused, as by a Kafka of one broker.
pub(super) fn alter_partition_reassignments(
    state: &State,
    asked: AlterPartitionReassignmentsRequest,
) -> AlterPartitionReassignmentsResponse {
    let responses = asked.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let (code, message) = match reassign(state, &topic.name, partition) {
                Ok(()) => (0, None),
                // Kafka has no message for this one.
                Err((error @ ResponseError::NoReassignmentInProgress, _)) => (error.code(), None),
                Err((error, sentence)) => (error.code(), Some(text(sentence))),
            };
            let response = ReassignablePartitionResponse::default().with_partition_index(partition.partition_index);
            response.with_error_code(code).with_error_message(message)
        });
        let partitions = partitions.collect();
        ReassignableTopicResponse::default().with_name(topic.name).with_partitions(partitions)
    });
    let responses = responses.collect();
    AlterPartitionReassignmentsResponse::default()
        .with_allow_replication_factor_change(asked.allow_replication_factor_change)
        .with_error_message(None)
        .with_responses(responses)
}

fn reassign(state: &State, name: &TopicName, asked: &ReassignablePartition) -> Result<(), Refusal> {
    let unknown = |reason| Err((ResponseError::UnknownTopicOrPartition, reason));
    let index = asked.partition_index;
    let Some(topic) = state.topics.get(name) else {
        return unknown(format!("Unable to find a topic named {}.", name.as_str()));
    };
    if topic.partition(index).is_none() {
        return unknown(format!("Unable to find partition {}:{index}.", name.as_str()));
    }
    match &asked.replicas {
        None => Err((ResponseError::NoReassignmentInProgress, String::new())),
        Some(replicas) => check_replicas(replicas),
    }
}

pub(super) const ELECT_LEADERS: Layout =
    layout(2, &[since(1, Fixed(1)), always(Structs(&[always(Text), always(Numbers)])), always(Fixed(4))]);

/// The one replica leads, so that no election is needed.
pub(super) fn elect_leaders(state: &State, asked: ElectLeadersRequest, version: i16) -> ElectLeadersResponse {
    let is_known = version == 0 || ELECTION_TYPES.contains(&asked.election_type);
    let Some(wanted) = asked.topic_partitions else {
        // Where all are requested, partitions that need no election are left out.
        let topics = state.topics.all();
        let results = topics
            .iter()
            .filter(|_| is_known)
            .map(|topic| ReplicaElectionResult::default().with_topic(TopicName(text(topic.name.as_str()))));
        let code = if is_known { 0 } else { ResponseError::InvalidRequest.code() };
        return ElectLeadersResponse::default().with_error_code(code).with_replica_election_results(results.collect());
    };
    let results = wanted.into_iter().map(|wanted| {
        let name = wanted.topic.as_str();
        let topic = state.topics.get(name);
        let partitions = wanted.partitions.into_iter().map(|index| {
            let unknown = ResponseError::UnknownTopicOrPartition;
            let (error, sentence) = match &topic {
                _ if !is_known => {
                    (ResponseError::InvalidRequest, format!("Unknown election type {}", asked.election_type))
                }
                None => (unknown, format!("No such topic as {name}")),
                Some(topic) if topic.partition(index).is_none() => {
                    (unknown, format!("No such partition as {name}-{index}"))
                }
                Some(_) => {
                    (ResponseError::ElectionNotNeeded, "Leader election not needed for topic partition.".to_owned())
                }
            };
            PartitionResult::default()
                .with_partition_id(index)
                .with_error_code(error.code())
                .with_error_message(Some(text(sentence)))
        });
        let partitions = partitions.collect();
        ReplicaElectionResult::default().with_topic(wanted.topic).with_partition_result(partitions)
    });
    let code = if is_known || version == 0 { 0 } else { ResponseError::InvalidRequest.code() };
    ElectLeadersResponse::default().with_replica_election_results(results.collect()).with_error_code(code)
}

pub(super) const ALTER_REPLICA_LOG_DIRS: Layout =
    layout(2, &[always(Structs(&[always(Text), always(Structs(&[always(Text), always(Numbers)]))]))]);

/// A replica may stay in the data folder, the only one.
pub(super) fn alter_replica_log_dirs(state: &State, asked: AlterReplicaLogDirsRequest) -> AlterReplicaLogDirsResponse {
    let own = match &state.config.storage {
        Storage::Memory => None,
        Storage::Directory(folder) => Some(folder.to_string_lossy()),
    };
    let results = asked.dirs.into_iter().flat_map(|dir| {
        let is_own = own.as_ref().is_some_and(|own| **own == *dir.path);
        dir.topics.into_iter().map(move |topic| (is_own, topic))
    });
    let results = results.map(|(is_own, wanted)| {
        let topic = state.topics.get(&wanted.name);
        let partitions = wanted.partitions.into_iter().map(|index| {
            let error = match &topic {
                _ if !is_own => Some(ResponseError::LogDirNotFound),
                Some(topic) if topic.partition(index).is_some() => None,
                _ => Some(ResponseError::UnknownTopicOrPartition),
            };
            let result = AlterReplicaLogDirPartitionResult::default().with_partition_index(index);
            result.with_error_code(error.map_or(0, |error| error.code()))
        });
        let partitions = partitions.collect();
        AlterReplicaLogDirTopicResult::default().with_topic_name(wanted.name).with_partitions(partitions)
    });
    AlterReplicaLogDirsResponse::default().with_results(results.collect())
}
