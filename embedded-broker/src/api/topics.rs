//! Creating, enlarging, emptying and deleting topics.

use std::collections::{BTreeMap, HashSet};

use kafka_protocol::ResponseError;
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
    CreatePartitionsRequest, CreateTopicsRequest, DeleteRecordsRequest, DeleteTopicsRequest, TopicName,
};
use uuid::Uuid;

use super::{configs, text};
use crate::files;
use crate::state::State;
use crate::topics::Refusal;

/// First version whose response describes the topic.
const FIRST_VERSION_WITH_CONFIGS: i16 = 5;

/// Creates each topic asked for.
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
            Err((ResponseError::InvalidRequest, "the topic is named twice".to_owned()))
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
    let refused = |error, sentence: &str| Err((error, sentence.to_owned()));
    let partitions = if asked.assignments.is_empty() {
        if !matches!(asked.replication_factor, -1 | 1) {
            return refused(ResponseError::InvalidReplicationFactor, "there is one broker, so one replica");
        }
        if asked.num_partitions == -1 { state.default_partitions } else { asked.num_partitions }
    } else {
        let own = kafka_protocol::messages::BrokerId(crate::state::BROKER_ID);
        let mut indexes: Vec<_> = asked.assignments.iter().map(|assignment| assignment.partition_index).collect();
        indexes.sort_unstable();
        let is_complete = indexes.iter().zip(0..).all(|(&index, expected)| index == expected);
        if !is_complete || asked.assignments.iter().any(|assignment| assignment.broker_ids != [own]) {
            return refused(ResponseError::InvalidReplicaAssignment, "there is one broker, so one replica");
        }
        i32::try_from(indexes.len()).unwrap_or(i32::MAX)
    };
    let given: BTreeMap<_, _> = asked
        .configs
        .iter()
        .filter_map(|config| Some((config.name.to_string(), config.value.as_ref()?.to_string())))
        .collect();
    let id = if validate_only {
        state.topics.check(&asked.name, partitions, &given)?;
        0
    } else {
        let topic = state.topics.create(&asked.name, partitions, given.clone())?;
        state.make_room_for(state.max_message_bytes(topic.max_message_bytes()));
        tracing::info!("created topic {} with {partitions} partitions", topic.name);
        topic.id
    };
    let described = configs::topic_settings(state, &given).into_iter().map(|setting| {
        CreatableTopicConfigs::default()
            .with_name(text(setting.name))
            .with_value(Some(text(setting.value)))
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

/// Deletes each topic asked for, with its records and what groups have committed for it.
pub(super) fn delete_topics(state: &State, asked: DeleteTopicsRequest, version: i16) -> DeleteTopicsResponse {
    let named = asked.topic_names.into_iter().map(|name| DeleteTopicState::default().with_name(Some(name)));
    let responses = asked.topics.into_iter().chain(named).map(|topic| {
        let found = match &topic.name {
            Some(name) => Ok(name.clone()),
            None => match state.topics.get_by_id(topic.topic_id.as_u128()) {
                Some(found) => Ok(TopicName(text(found.name.as_str()))),
                None => Err((ResponseError::UnknownTopicId, "no topic has this id".to_owned())),
            },
        };
        let id = found.as_ref().ok().and_then(|name| state.topics.get(name)).map(|topic| Uuid::from_u128(topic.id));
        let deleted = found.clone().and_then(|name| files::blocking(|| delete(state, &name)));
        let (code, message) = match deleted {
            Ok(()) => (0, None),
            Err((error, sentence)) => (error.code(), Some(text(sentence))),
        };
        DeletableTopicResult::default()
            .with_name(found.ok())
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
        tracing::error!("cannot forget the committed offsets of a deleted topic: {error}: {name}");
    }
    state.dirty.notify_one();
    Ok(())
}

/// Adds partitions.
pub(super) fn create_partitions(state: &State, asked: CreatePartitionsRequest) -> CreatePartitionsResponse {
    let validate_only = asked.validate_only;
    let results = asked.topics.into_iter().map(|topic| {
        let grown = files::blocking(|| state.topics.grow(&topic.name, topic.count, validate_only));
        let (code, message) = match grown {
            Ok(()) => (0, None),
            Err((error, sentence)) => (error.code(), Some(text(sentence))),
        };
        CreatePartitionsTopicResult::default().with_name(topic.name).with_error_code(code).with_error_message(message)
    });
    CreatePartitionsResponse::default().with_results(results.collect())
}

/// Forgets records before given offsets.
pub(super) fn delete_records(state: &State, asked: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let topics = asked.topics.into_iter().map(|wanted| {
        let topic = state.topics.get(&wanted.name);
        let partitions = wanted.partitions.iter().map(|wanted| {
            let partition = topic.as_ref().and_then(|topic| topic.partition(wanted.partition_index));
            let deleted = match partition {
                Some(partition) => files::blocking(|| partition.delete_before(wanted.offset)),
                None => Err(ResponseError::UnknownTopicOrPartition),
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
