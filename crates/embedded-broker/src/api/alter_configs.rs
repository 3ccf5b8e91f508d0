//! Changing the settings of topics, all of them at once or one by one.

use std::collections::{BTreeMap, HashMap};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::alter_configs_response::{AlterConfigsResourceResponse, AlterConfigsResponse};
use kafka_protocol::messages::incremental_alter_configs_request::AlterableConfig;
use kafka_protocol::messages::incremental_alter_configs_response::{
    AlterConfigsResourceResponse as IncrementalResourceResponse, IncrementalAlterConfigsResponse,
};
use kafka_protocol::messages::{AlterConfigsRequest, IncrementalAlterConfigsRequest};
use kafka_protocol::protocol::StrBytes;

use super::configs::{BROKER, TOPIC, check_broker, no_settings};
use super::text;
use crate::files;
use crate::layout::{Fixed, Layout, Structs, Text, always, layout};
use crate::state::State;
use crate::topic_config::{self, Kind, items};
use crate::topics::Refusal;

/// Operations on a setting, by the protocol's numbers.
const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

type Values = BTreeMap<String, String>;

pub(super) const ALTER_CONFIGS: Layout = layout(
    2,
    &[
        always(Structs(&[always(Fixed(1)), always(Text), always(Structs(&[always(Text), always(Text)]))])),
        always(Fixed(1)),
    ],
);

/// Replaces the settings of each topic by the ones given.
pub(super) fn alter_configs(state: &State, asked: AlterConfigsRequest) -> AlterConfigsResponse {
    let validate_only = asked.validate_only;
    let twice = Repeated::of(asked.resources.iter().map(|resource| (resource.resource_type, &resource.resource_name)));
    let responses = asked.resources.into_iter().map(|resource| {
        let (kind, name) = (resource.resource_type, resource.resource_name);
        let given: Vec<_> =
            resource.configs.iter().map(|config| (config.name.as_str(), config.value.as_deref())).collect();
        let altered = twice.check(kind, &name).and_then(|()| check_given(&given)).and_then(|()| {
            let replace = |_: &Values| {
                let given = given.iter().filter_map(|&(name, value)| Some((name.to_owned(), value?.to_owned())));
                topic_config::check_all(&given.collect()).map_err(invalid)
            };
            alter(state, kind, &name, validate_only, given.iter().map(|(name, _)| *name), replace)
        });
        let (code, message) = outcome(altered);
        AlterConfigsResourceResponse::default()
            .with_error_code(code)
            .with_error_message(message)
            .with_resource_type(kind)
            .with_resource_name(name)
    });
    AlterConfigsResponse::default().with_responses(responses.collect())
}

pub(super) const INCREMENTAL_ALTER_CONFIGS: Layout = layout(
    1,
    &[
        always(Structs(&[
            always(Fixed(1)),
            always(Text),
            always(Structs(&[always(Text), always(Fixed(1)), always(Text)])),
        ])),
        always(Fixed(1)),
    ],
);

/// Changes the given settings of each topic and keeps its others.
pub(super) fn incremental_alter_configs(
    state: &State,
    asked: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let validate_only = asked.validate_only;
    let twice = Repeated::of(asked.resources.iter().map(|resource| (resource.resource_type, &resource.resource_name)));
    let responses = asked.resources.into_iter().map(|resource| {
        let (kind, name) = (resource.resource_type, resource.resource_name);
        let given = resource.configs.iter().map(|config| {
            // A deletion needs no value.
            let value = if config.config_operation == DELETE { Some("") } else { config.value.as_deref() };
            (config.name.as_str(), value)
        });
        let given: Vec<_> = given.collect();
        let altered = twice.check(kind, &name).and_then(|()| check_given(&given)).and_then(|()| {
            let change = |present: &Values| changed(state, present, &resource.configs);
            alter(state, kind, &name, validate_only, given.iter().map(|(name, _)| *name), change)
        });
        let (code, message) = outcome(altered);
        IncrementalResourceResponse::default()
            .with_error_code(code)
            .with_error_message(message)
            .with_resource_type(kind)
            .with_resource_name(name)
    });
    IncrementalAlterConfigsResponse::default().with_responses(responses.collect())
}

/// Resources that a request names more than once.
struct Repeated(HashMap<(i8, StrBytes), usize>);

impl Repeated {
    fn of<'a>(resources: impl Iterator<Item = (i8, &'a StrBytes)>) -> Self {
        let mut times = HashMap::new();
        for (kind, name) in resources {
            *times.entry((kind, name.clone())).or_default() += 1;
        }
        Self(times)
    }

    fn check(&self, kind: i8, name: &StrBytes) -> Result<(), Refusal> {
        match self.0.get(&(kind, name.clone())) {
            Some(&times) if times > 1 => {
                Err((ResponseError::InvalidRequest, "Each resource must appear at most once.".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

fn check_given(given: &[(&str, Option<&str>)]) -> Result<(), Refusal> {
    let invalid = |reason: String| Err((ResponseError::InvalidRequest, reason));
    let mut names: Vec<_> = given.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return invalid("Error due to duplicate config keys".to_owned());
    }
    match given.iter().find(|(_, value)| value.is_none()) {
        Some((name, _)) => invalid(format!("Null value not supported for : {}", topic_config::quoted(name))),
        None => Ok(()),
    }
}

fn alter<'a>(
    state: &State,
    kind: i8,
    name: &str,
    validate_only: bool,
    mut keys: impl Iterator<Item = &'a str>,
    change: impl FnOnce(&Values) -> Result<Values, Refusal>,
) -> Result<(), Refusal> {
    match kind {
        TOPIC if name.is_empty() => {
            Err((ResponseError::InvalidRequest, "Default topic resources are not allowed.".to_owned()))
        }
        TOPIC => {
            let topic = files::blocking(|| state.topics.alter(name, validate_only, change))?;
            if !validate_only {
                state.raise_frame_limit(state.max_message_bytes(topic.max_message_bytes()));
                // A flush or retention may be due at once.
                state.wake_flusher();
                tracing::info!("altered the settings of topic {name}");
            }
            Ok(())
        }
        BROKER => {
            if !name.is_empty() {
                check_broker(name)?;
            }
            match keys.next() {
                None => Ok(()),
                Some(key) => {
                    let reason = format!(
                        "Cannot update these configs dynamically: {}; this broker's settings are those it was started \
                         with",
                        topic_config::quoted(key)
                    );
                    Err((ResponseError::InvalidRequest, reason))
                }
            }
        }
        kind => Err(no_settings(kind)),
    }
}

fn changed(state: &State, present: &Values, changes: &[AlterableConfig]) -> Result<Values, Refusal> {
    let mut values = present.clone();
    for change in changes {
        let name = change.name.as_str();
        let value = change.value.as_deref().unwrap_or_default();
        match change.config_operation {
            SET => {
                let value = topic_config::known(name).and_then(|setting| setting.check(value)).map_err(invalid)?;
                values.insert(name.to_owned(), value);
            }
            DELETE => {
                values.remove(name);
            }
            APPEND | SUBTRACT => {
                let setting = topic_config::known(name).ok().filter(|setting| setting.kind == Kind::List);
                let Some(setting) = setting else {
                    let action = if change.config_operation == APPEND { "APPEND" } else { "SUBTRACT" };
                    let name = topic_config::quoted(name);
                    return Err(invalid(format!("Can't {action} to key {name} because its type is not LIST.")));
                };
                let list = values.get(name).cloned().unwrap_or_else(|| setting.default(&state.config));
                let mut list = items(&list);
                if change.config_operation == APPEND {
                    let more: Vec<_> = items(value).into_iter().filter(|item| !list.contains(item)).collect();
                    list.extend(more);
                } else {
                    let fewer = items(value);
                    list.retain(|item| !fewer.contains(item));
                }
                values.insert(name.to_owned(), setting.check(&list.join(",")).map_err(invalid)?);
            }
            operation => {
                return Err((ResponseError::InvalidRequest, format!("Unknown alter config operation {operation}")));
            }
        }
    }
    Ok(values)
}

fn invalid(reason: String) -> Refusal {
    (ResponseError::InvalidConfig, reason)
}

fn outcome(altered: Result<(), Refusal>) -> (i16, Option<StrBytes>) {
    match altered {
        Ok(()) => (0, None),
        Err((error, sentence)) => (error.code(), Some(text(sentence))),
    }
}
