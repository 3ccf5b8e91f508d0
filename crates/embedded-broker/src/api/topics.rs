//! Creating, enlarging, emptying and deleting topics.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_partitions_response::{CreatePartitionsResponse, CreatePartitionsTopicResult};
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::{
    CreatableTopicConfigs, CreatableTopicResult, CreateTopicsResponse,
};
use kafka_protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsResponse, DeleteRecordsTopicResult,
};
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::delete_topics_response::{DeletableTopicResult, DeleteTopicsResponse};
use kafka_protocol::messages::{
    BrokerId, CreatePartitionsRequest, CreateTopicsRequest, DeleteRecordsRequest, DeleteTopicsRequest, TopicName,
};
use uuid::Uuid;

use super::{configs, text};
use crate::files;
use crate::layout::{Fixed, Layout, Numbers, Structs, Text, Texts, always, layout, since, until};
use crate::state::{BROKER_ID, State};
use crate::topic_config;
use crate::topics::Refusal;

/// First version whose response describes the topic.
const FIRST_VERSION_WITH_CONFIGS: i16 = 5;

pub(super) const CREATE_TOPICS: Layout = layout(
    5,
    &[
        always(Structs(&[
            always(Text),
            always(Fixed(6)),
            always(Structs(&[always(Fixed(4)), always(Numbers)])),
            always(Structs(&[always(Text), always(Text)])),
        ])),
        always(Fixed(5)),
    ],
);

pub(super) fn create_topics(state: &State, asked: CreateTopicsRequest, version: i16) -> CreateTopicsResponse {
    let (mut seen, mut twice) = (HashSet::new(), HashSet::new());
    for topic in &asked.topics {
        if !seen.insert(topic.name.clone()) {
            twice.insert(topic.name.clone());
        }
    }
    let validate_only = asked.validate_only;
    let results = asked.topics.into_iter().map(|topic| {
        let name = topic.name.clone();
        let created = if twice.contains(&name) {
            Err((ResponseError::InvalidRequest, "Duplicate topic name.".to_owned()))
        } else {
            files::blocking(|| create(state, topic, validate_only, version))
        };
        created.unwrap_or_else(|(error, sentence)| {
            CreatableTopicResult::default()
                .with_name(name)
                .with_error_code(error.code())
                .with_error_message(Some(text(sentence)))
        })
    });
    CreateTopicsResponse::default().with_topics(results.collect())
}

fn create(
    state: &State,
    asked: CreatableTopic,
    validate_only: bool,
    version: i16,
) -> Result<CreatableTopicResult, Refusal> {
    let partitions = partitions_of(state, &asked)?;
    let mut given = BTreeMap::new();
    for config in &asked.configs {
        let Some(value) = &config.value else {
            let name = topic_config::quoted(&config.name);
            let reason = format!("Null value not supported for topic configs: {name}");
            return Err((ResponseError::InvalidConfig, reason));
        };
        given.insert(config.name.to_string(), value.to_string());
    }
    let (id, given) = if validate_only {
        (0, Arc::new(state.topics.check(&asked.name, partitions, &given)?))
    } else {
        let topic = state.topics.create(&asked.name, partitions, &given)?;
        state.raise_frame_limit(state.max_message_bytes(topic.max_message_bytes()));
        tracing::info!("created topic {} with {partitions} partitions", topic.name);
        (topic.id, topic.configs())
    };
    let described = configs::topic_settings(&state.config, &given).into_iter().map(|setting| {
        CreatableTopicConfigs::default()
            .with_name(text(setting.name))
            .with_value(Some(text(setting.value)))
            .with_read_only(setting.read_only)
            .with_config_source(setting.source)
    });
    let result = CreatableTopicResult::default()
        .with_topic_id(Uuid::from_u128(id))
        .with_name(asked.name)
        .with_error_message(None);
    if version < FIRST_VERSION_WITH_CONFIGS {
        return Ok(result);
    }
    Ok(result.with_num_partitions(partitions).with_replication_factor(1).with_configs(Some(described.collect())))
}

/// The number of partitions of a new topic.
fn partitions_of(state: &State, asked: &CreatableTopic) -> Result<i32, Refusal> {
    let refused = |error, sentence: &str| Err((error, sentence.to_owned()));
    if asked.assignments.is_empty() {
        return match asked.replication_factor {
            -1 | 1 if asked.num_partitions == -1 => Ok(state.config.default_partitions),
            -1 | 1 => Ok(asked.num_partitions),
            factor if factor < 1 => refused(
                ResponseError::InvalidReplicationFactor,
                "Replication factor must be larger than 0, or -1 to use the default value.",
            ),
            factor => {
                let reason = format!(
                    "Unable to replicate the partition {factor} time(s): The target replication factor of {factor} \
                     cannot be reached because only 1 broker(s) are registered."
                );
                Err((ResponseError::InvalidReplicationFactor, reason))
            }
        };
    }
    if asked.num_partitions != -1 {
        let reason = "A manual partition assignment was specified, but numPartitions was not set to -1.";
        return refused(ResponseError::InvalidRequest, reason);
    }
    if asked.replication_factor != -1 {
        let reason = "A manual partition assignment was specified, but replication factor was not set to -1.";
        return refused(ResponseError::InvalidRequest, reason);
    }
    let mut indexes: Vec<_> = asked.assignments.iter().map(|assignment| assignment.partition_index).collect();
    indexes.sort_unstable();
    if !indexes.iter().zip(0..).all(|(&index, expected)| index == expected) {
        let reason = "partitions should be a consecutive 0-based integer sequence";
        return refused(ResponseError::InvalidReplicaAssignment, reason);
    }
    for assignment in &asked.assignments {
        check_replicas(&assignment.broker_ids)?;
    }
    Ok(i32::try_from(indexes.len()).unwrap_or(i32::MAX))
}

/// Whether a client's choice of replicas for a partition is possible: this broker, and no other.
pub(super) fn check_replicas(broker_ids: &[BrokerId]) -> Result<(), Refusal> {
    let reason = match broker_ids {
        [BrokerId(BROKER_ID)] => return Ok(()),
        [] => "The manual partition assignment includes an empty replica list.".to_owned(),
        _ => match broker_ids.iter().find(|id| id.0 != BROKER_ID) {
            Some(id) => {
                format!("The manual partition assignment includes broker {}, but no such broker is registered.", id.0)
            }
            None => format!("The manual partition assignment includes the broker {BROKER_ID} more than once."),
        },
    };
    Err((ResponseError::InvalidReplicaAssignment, reason))
}

pub(super) const DELETE_TOPICS: Layout =
    layout(4, &[until(5, Texts), since(6, Structs(&[always(Text), always(Fixed(16))])), always(Fixed(4))]);

/// Deletes topics with their records and committed offsets.
pub(super) fn delete_topics(state: &State, asked: DeleteTopicsRequest, version: i16) -> DeleteTopicsResponse {
    let named = asked.topic_names.into_iter().map(|name| DeleteTopicState::default().with_name(Some(name)));
    let wanted: Vec<_> = asked.topics.into_iter().chain(named).collect();
    let mut times = HashMap::<_, usize>::new();
    for topic in &wanted {
        *times.entry((topic.name.clone(), topic.topic_id)).or_default() += 1;
    }
    let responses = wanted.into_iter().map(|topic| {
        let is_repeated = times.get(&(topic.name.clone(), topic.topic_id)).is_some_and(|&times| times > 1);
        let invalid = |reason: &str| Err((ResponseError::InvalidRequest, reason.to_owned()));
        let found = match &topic.name {
            _ if is_repeated => invalid("Duplicate topic name or id."),
            Some(_) if !topic.topic_id.is_nil() => invalid("You may not specify both topic name and topic id."),
            Some(name) => Ok(name.clone()),
            None if topic.topic_id.is_nil() => invalid("Neither topic name nor id were specified."),
            None => match state.topics.get_by_id(topic.topic_id.as_u128()) {
                Some(found) => Ok(TopicName(text(found.name.as_str()))),
                None => Err((ResponseError::UnknownTopicId, "This server does not host this topic ID.".to_owned())),
            },
        };
        let id = found.as_ref().ok().and_then(|name| state.topics.get(name)).map(|topic| Uuid::from_u128(topic.id));
        let deleted = found.clone().and_then(|name| files::blocking(|| delete(state, &name)));
        let (code, message) = match deleted {
            Ok(()) => (0, None),
            Err((error, sentence)) => (error.code(), Some(text(sentence))),
        };
        DeletableTopicResult::default()
            .with_name(found.ok().or(topic.name))
            .with_topic_id(id.unwrap_or(topic.topic_id))
            .with_error_code(code)
            .with_error_message(message.filter(|_| version >= 5))
    });
    DeleteTopicsResponse::default().with_responses(responses.collect())
}

fn delete(state: &State, name: &str) -> Result<(), Refusal> {
    state.topics.delete(name)?;
    tracing::info!("deleted topic {name}");
    if let Err(error) = state.offsets.forget_topic(name) {
        tracing::error!("cannot delete the committed offsets of a deleted topic: {error}: {name}");
    }
    state.wake_flusher();
    Ok(())
}

pub(super) const CREATE_PARTITIONS: Layout = layout(
    2,
    &[always(Structs(&[always(Text), always(Fixed(4)), always(Structs(&[always(Numbers)]))])), always(Fixed(5))],
);

pub(super) fn create_partitions(state: &State, asked: CreatePartitionsRequest) -> CreatePartitionsResponse {
    let validate_only = asked.validate_only;
    let mut times = HashMap::<_, usize>::new();
    for topic in &asked.topics {
        *times.entry(topic.name.clone()).or_default() += 1;
    }
    let results = asked.topics.into_iter().map(|topic| {
        let grown = if times.get(&topic.name).is_some_and(|&times| times > 1) {
            Err((ResponseError::InvalidRequest, "Duplicate topic name.".to_owned()))
        } else {
            files::blocking(|| grow(state, &topic, validate_only))
        };
        let (code, message) = match grown {
            Ok(()) => (0, None),
            Err((error, sentence)) => (error.code(), Some(text(sentence))),
        };
        CreatePartitionsTopicResult::default().with_name(topic.name).with_error_code(code).with_error_message(message)
    });
    CreatePartitionsResponse::default().with_results(results.collect())
}

fn grow(state: &State, asked: &CreatePartitionsTopic, validate_only: bool) -> Result<(), Refusal> {
    let assignments = asked.assignments.as_deref();
    for assignment in assignments.unwrap_or_default() {
        check_replicas(&assignment.broker_ids)?;
    }
    state.topics.grow(&asked.name, asked.count, assignments.map(<[_]>::len), validate_only)
}

pub(super) const DELETE_RECORDS: Layout =
    layout(2, &[always(Structs(&[always(Text), always(Structs(&[always(Fixed(12))]))])), always(Fixed(4))]);

/// Deletes the records before given offsets.
pub(super) fn delete_records(state: &State, asked: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let topics = asked.topics.into_iter().map(|wanted| {
        let topic = state.topics.get(&wanted.name);
        let partitions = wanted.partitions.iter().map(|wanted| {
            let partition = topic.as_ref().and_then(|topic| topic.partition(wanted.partition_index));
            let deleted = match (&topic, partition) {
                (Some(topic), _) if topic.is_internal() => Err(ResponseError::InvalidTopicException),
                // As in Kafka: records can be deleted only where the policy allows to delete.
                (Some(topic), Some(_)) if !topic.cleanup().deletes => Err(ResponseError::PolicyViolation),
                (_, Some(partition)) => files::blocking(|| partition.delete_before(wanted.offset)),
                (_, None) => Err(ResponseError::UnknownTopicOrPartition),
            };
            DeleteRecordsPartitionResult::default()
                .with_partition_index(wanted.partition_index)
                .with_error_code(super::code(&deleted))
                .with_low_watermark(deleted.unwrap_or(-1))
        });
        let partitions = partitions.collect();
        DeleteRecordsTopicResult::default().with_name(wanted.name).with_partitions(partitions)
    });
    DeleteRecordsResponse::default().with_topics(topics.collect())
}
