//! The settings of topics: their names, values and defaults, and what they mean to a partition's log. Names, ranges and
//! refusals are Kafka's; a legal value that this broker does not support is refused with a reason rather than kept and
//! ignored.

mod setting;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::log::LogConfig;
pub(crate) use setting::{Kind, Setting, items, quoted};
pub(crate) use settings::SETTINGS;

/// What happens with old records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cleanup {
    /// They are deleted by time and size, and at a client's request.
    pub deletes: bool,
    /// In Kafka a record would replace earlier ones with the same key; every record needs a key.
    pub compacts: bool,
}

/// The configuration that follows from a topic's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicConfig {
    pub log: LogConfig,
    /// The topic's own limit for a batch, if it was given one.
    pub max_message_bytes: Option<u32>,
    /// What happens with old records.
    pub cleanup: Cleanup,
    /// How many replicas must have a record before it is acknowledged to a producer with acks=all.
    pub min_insync_replicas: i64,
}

impl TopicConfig {
    /// The configuration of a topic without settings.
    fn unset(log: &LogConfig) -> Self {
        Self {
            log: log.clone(),
            max_message_bytes: None,
            cleanup: Cleanup { deletes: true, compacts: false },
            min_insync_replicas: 1,
        }
    }
}

impl Cleanup {
    fn of(value: &str) -> Self {
        let items = items(value);
        Self { deletes: items.contains(&"delete"), compacts: items.contains(&"compact") }
    }
}

/// The setting of a name, or a message that it is unknown.
pub(crate) fn known(name: &str) -> Result<&'static Setting, String> {
    SETTINGS
        .iter()
        .find(|setting| setting.name == name)
        .ok_or_else(|| format!("Unknown topic config name: {}", quoted(name)))
}

/// Checks the settings that a client gives a topic; returns the values as they are kept, or a message about the first
/// invalid one.
pub(crate) fn check_all(given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
    given.iter().map(|(name, value)| Ok((name.clone(), known(name)?.check(value)?))).collect()
}

/// The configuration that follows from a topic's own settings; invalid ones are ignored.
pub(crate) fn in_force(given: &BTreeMap<String, String>, defaults: &LogConfig) -> TopicConfig {
    let mut config = TopicConfig::unset(defaults);
    for (name, value) in given {
        if let Ok(setting) = known(name)
            && let Ok(value) = setting.check(value)
        {
            setting.apply(&mut config, &value);
        }
    }
    if !config.cleanup.deletes {
        // As in Kafka: retention is for topics whose policy is to delete.
        config.log.retention_ms = None;
        config.log.retention_bytes = None;
    }
    config
}

/// A sentence for each setting that is accepted without its effect in Kafka.
pub(crate) fn notes(given: &BTreeMap<String, String>) -> Vec<String> {
    let note = |(name, value): (&String, &String)| {
        let (full, otherwise) = known(name).ok()?.full?;
        (value != full).then(|| format!("{name}={value}: {otherwise}"))
    };
    given.iter().filter_map(note).collect()
}

/// A sentence for each stored setting that is ignored.
pub(crate) fn faults(given: &BTreeMap<String, String>) -> Vec<String> {
    given.iter().filter_map(|(name, value)| known(name).and_then(|setting| setting.check(value)).err()).collect()
}
