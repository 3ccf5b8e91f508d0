//! The settings of topics and of the broker, for who asks. They are given when a topic is created and stay.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::DescribeConfigsRequest;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResponse, DescribeConfigsResult,
};

use super::text;
use crate::state::{BROKER_ID, State};
use crate::topics::MAX_MESSAGE_BYTES;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
/// Where a setting comes from: given with the topic, given with the broker, or neither.
const SOURCE_TOPIC: i8 = 1;
const SOURCE_BROKER: i8 = 4;
const SOURCE_DEFAULT: i8 = 5;

/// One setting in force.
pub(super) struct Setting {
    pub name: String,
    pub value: String,
    pub source: i8,
}

/// A topic's settings: those it was given, and what holds where it was given none.
pub(super) fn topic_settings(state: &State, given: &BTreeMap<String, String>) -> Vec<Setting> {
    let defaults = [
        (MAX_MESSAGE_BYTES, state.max_message_bytes(None).to_string(), SOURCE_BROKER),
        ("cleanup.policy", "delete".to_owned(), SOURCE_DEFAULT),
        ("compression.type", "producer".to_owned(), SOURCE_DEFAULT),
        ("message.timestamp.type", "CreateTime".to_owned(), SOURCE_DEFAULT),
        ("min.insync.replicas", "1".to_owned(), SOURCE_DEFAULT),
        ("retention.bytes", "-1".to_owned(), SOURCE_DEFAULT),
        ("retention.ms", "-1".to_owned(), SOURCE_DEFAULT),
    ];
    let given_settings =
        given.iter().map(|(name, value)| Setting { name: name.clone(), value: value.clone(), source: SOURCE_TOPIC });
    let defaults = defaults.into_iter().filter(|(name, ..)| !given.contains_key(*name));
    let defaults = defaults.map(|(name, value, source)| Setting { name: name.to_owned(), value, source });
    given_settings.chain(defaults).collect()
}

fn broker_settings(state: &State) -> Vec<Setting> {
    [
        ("message.max.bytes", state.max_message_bytes(None).to_string()),
        ("num.partitions", state.default_partitions.to_string()),
        ("auto.create.topics.enable", state.auto_create_topics.to_string()),
        ("default.replication.factor", "1".to_owned()),
    ]
    .map(|(name, value)| Setting { name: name.to_owned(), value, source: SOURCE_BROKER })
    .into()
}

/// Answers for each topic or broker.
pub(super) fn describe_configs(state: &State, asked: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let results = asked.resources.into_iter().map(|resource| describe(state, resource));
    DescribeConfigsResponse::default().with_results(results.collect())
}

fn describe(state: &State, asked: DescribeConfigsResource) -> DescribeConfigsResult {
    let settings = match asked.resource_type {
        TOPIC => match state.topics.get(&asked.resource_name) {
            Some(topic) => Ok(topic_settings(state, topic.configs())),
            None => Err((ResponseError::UnknownTopicOrPartition, "no such topic")),
        },
        // An empty name asks for what holds for all brokers.
        BROKER if asked.resource_name.is_empty() || *asked.resource_name == *BROKER_ID.to_string() => {
            Ok(broker_settings(state))
        }
        BROKER => Err((ResponseError::InvalidRequest, "no such broker")),
        _ => Err((ResponseError::InvalidRequest, "only topics and brokers have settings")),
    };
    let result = DescribeConfigsResult::default().with_resource_type(asked.resource_type);
    let result = result.with_resource_name(asked.resource_name);
    let settings = match settings {
        Ok(settings) => settings,
        Err((error, sentence)) => {
            return result.with_error_code(error.code()).with_error_message(Some(text(sentence)));
        }
    };
    let wanted = asked.configuration_keys;
    let is_wanted =
        |setting: &Setting| wanted.as_ref().is_none_or(|keys| keys.iter().any(|key| key.as_str() == setting.name));
    let configs = settings.into_iter().filter(is_wanted).map(|setting| {
        DescribeConfigsResourceResult::default()
            .with_name(text(setting.name))
            .with_value(Some(text(setting.value)))
            .with_read_only(true)
            .with_config_source(setting.source)
            .with_documentation(None)
    });
    result.with_error_message(None).with_configs(configs.collect())
}
