//! Describing the settings of topics and of the broker.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::DescribeConfigsRequest;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResponse, DescribeConfigsResult, DescribeConfigsSynonym,
};

use super::broker_settings::{self, BrokerSetting};
use super::text;
use crate::config::BrokerConfig;
use crate::layout::{Fixed, Layout, Structs, Text, Texts, always, layout, since};
use crate::state::{BROKER_ID, State};
use crate::topic_config::{Kind, SETTINGS};
use crate::topics::{self, Refusal};

/// The protocol's numbers for the types of resources.
pub(super) const TOPIC: i8 = 2;
pub(super) const BROKER: i8 = 4;
pub(super) const BROKER_LOGGER: i8 = 8;
pub(super) const CLIENT_METRICS: i8 = 16;
pub(super) const GROUP: i8 = 32;
/// Where a setting comes from: the topic, the broker, or the default.
const SOURCE_TOPIC: i8 = 1;
const SOURCE_BROKER: i8 = 4;
const SOURCE_DEFAULT: i8 = 5;

/// One setting in force.
pub(super) struct Described {
    pub name: &'static str,
    pub value: String,
    pub source: i8,
    pub read_only: bool,
    kind: Kind,
    documentation: &'static str,
    /// The values in order of precedence, beginning with the one in force: name, value, source.
    synonyms: Vec<(&'static str, String, i8)>,
}

/// All settings of a topic: its own, or else the inherited values.
pub(super) fn topic_settings(broker: &BrokerConfig, given: &BTreeMap<String, String>) -> Vec<Described> {
    let unset = BrokerConfig::default();
    let settings = SETTINGS.iter().map(|setting| {
        let mut synonyms = Vec::new();
        if let Some(value) = given.get(setting.name).and_then(|value| setting.check(value).ok()) {
            synonyms.push((setting.name, value, SOURCE_TOPIC));
        }
        let (configured, default) = (setting.default(broker), setting.default(&unset));
        let inherited_name = setting.broker_name.unwrap_or(setting.name);
        if configured != default {
            synonyms.push((inherited_name, configured, SOURCE_BROKER));
        }
        synonyms.push((inherited_name, default, SOURCE_DEFAULT));
        described(setting.name, setting.kind, setting.documentation, false, synonyms)
    });
    settings.collect()
}

fn described(
    name: &'static str,
    kind: Kind,
    documentation: &'static str,
    read_only: bool,
    synonyms: Vec<(&'static str, String, i8)>,
) -> Described {
    let (value, source) = match synonyms.first() {
        Some((_, value, source)) => (value.clone(), *source),
        None => (String::new(), SOURCE_DEFAULT),
    };
    Described { name, value, source, read_only, kind, documentation, synonyms }
}

fn broker_settings(state: &State) -> Vec<Described> {
    let described_as = |setting: BrokerSetting| {
        let BrokerSetting { name, kind, documentation, value, default } = setting;
        let mut synonyms: Vec<_> = default.into_iter().map(|default| (name, default, SOURCE_DEFAULT)).collect();
        if synonyms.first().is_none_or(|(_, default, _)| *default != value) {
            synonyms.insert(0, (name, value, SOURCE_BROKER));
        }
        described(name, kind, documentation, true, synonyms)
    };
    broker_settings::all(state).into_iter().map(described_as).collect()
}

pub(super) const DESCRIBE_CONFIGS: Layout = layout(
    4,
    &[always(Structs(&[always(Fixed(1)), always(Text), always(Texts)])), always(Fixed(1)), since(3, Fixed(1))],
);

pub(super) fn describe_configs(state: &State, asked: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let (with_synonyms, with_documentation) = (asked.include_synonyms, asked.include_documentation);
    let results = asked.resources.into_iter().map(|resource| {
        let settings = settings_of(state, &resource);
        let result = DescribeConfigsResult::default().with_resource_type(resource.resource_type);
        let result = result.with_resource_name(resource.resource_name);
        let settings = match settings {
            Ok(settings) => settings,
            Err((error, sentence)) => {
                return result.with_error_code(error.code()).with_error_message(Some(text(sentence)));
            }
        };
        let wanted = resource.configuration_keys;
        let is_wanted = |described: &Described| {
            wanted.as_ref().is_none_or(|keys| keys.iter().any(|key| key.as_str() == described.name))
        };
        let configs = settings.into_iter().filter(is_wanted);
        let configs = configs.map(|described| answer(described, with_synonyms, with_documentation));
        result.with_error_message(None).with_configs(configs.collect())
    });
    DescribeConfigsResponse::default().with_results(results.collect())
}

fn settings_of(state: &State, asked: &DescribeConfigsResource) -> Result<Vec<Described>, Refusal> {
    match asked.resource_type {
        TOPIC => {
            topics::check_name(&asked.resource_name)?;
            let topic = state.topics.get(&asked.resource_name);
            let topic = topic.ok_or_else(|| topics::unknown(&asked.resource_name))?;
            Ok(topic_settings(&state.config, &topic.configs()))
        }
        // An empty name asks for the dynamic defaults of all brokers: there are none.
        BROKER if asked.resource_name.is_empty() => Ok(Vec::new()),
        BROKER => {
            check_broker(&asked.resource_name)?;
            Ok(broker_settings(state))
        }
        // Kafka's settings of groups, loggers and client metrics are about features that are not available here: there
        // are none to show.
        GROUP if asked.resource_name.is_empty() => Err(nameless("Group name must not be empty")),
        CLIENT_METRICS if asked.resource_name.is_empty() => {
            Err(nameless("Client metrics subscription name must not be empty"))
        }
        BROKER_LOGGER if asked.resource_name.is_empty() => Err(nameless("Broker id must not be empty")),
        BROKER_LOGGER => check_broker(&asked.resource_name).map(|()| Vec::new()),
        GROUP | CLIENT_METRICS => Ok(Vec::new()),
        kind => Err(no_settings(kind)),
    }
}

fn nameless(reason: &str) -> Refusal {
    (ResponseError::InvalidRequest, reason.to_owned())
}

/// Whether a resource's name is this broker's.
pub(super) fn check_broker(name: &str) -> Result<(), Refusal> {
    let reason = match name.parse::<i32>() {
        Ok(BROKER_ID) => return Ok(()),
        Ok(id) => format!("Unexpected broker id, expected {BROKER_ID}, but received {id}"),
        Err(_) => "Node id must be an integer".to_owned(),
    };
    Err((ResponseError::InvalidRequest, reason))
}

/// The refusal for a type of resource that has no settings on this broker.
pub(super) fn no_settings(kind: i8) -> Refusal {
    (ResponseError::InvalidRequest, format!("Only topics and brokers have settings here, not resource type {kind}"))
}

fn answer(described: Described, with_synonyms: bool, with_documentation: bool) -> DescribeConfigsResourceResult {
    let synonyms = described.synonyms.into_iter().filter(|_| with_synonyms).map(|(name, value, source)| {
        DescribeConfigsSynonym::default().with_name(text(name)).with_value(Some(text(value))).with_source(source)
    });
    DescribeConfigsResourceResult::default()
        .with_name(text(described.name))
        .with_value(Some(text(described.value)))
        .with_read_only(described.read_only)
        .with_config_source(described.source)
        .with_synonyms(synonyms.collect())
        .with_config_type(described.kind.code())
        .with_documentation(with_documentation.then(|| text(described.documentation)))
}
