//! The settings of topics: which there are, which values they take, what holds where a topic has none, and what they
//! mean to a partition's log. Names, ranges and refusals are Kafka's; where this broker cannot do what a legal value
//! asks for, the value is refused with a reason rather than kept and ignored.

mod setting;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::log::LogConfig;
pub(crate) use setting::{Kind, Setting, items, quoted};
pub(crate) use settings::SETTINGS;

/// What becomes of old records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cleanup {
    /// They are deleted by time and size, and when a client asks for it.
    pub deletes: bool,
    /// A record replaces those before it with the same key, if Kafka had it; every record needs a key.
    pub compacts: bool,
}

/// A topic's settings as its partitions keep to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicConfig {
    /// What the logs keep to.
    pub log: LogConfig,
    /// The topic's own limit for a batch, if it was given one.
    pub max_message_bytes: Option<u32>,
    /// What becomes of old records.
    pub cleanup: Cleanup,
    /// How many replicas must have a record before a producer with acks=all hears of it.
    pub min_insync_replicas: i64,
}

impl TopicConfig {
    /// That of a topic without settings.
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

/// The setting of a name, or a sentence about there being none.
pub(crate) fn known(name: &str) -> Result<&'static Setting, String> {
    SETTINGS
        .iter()
        .find(|setting| setting.name == name)
        .ok_or_else(|| format!("Unknown topic config name: {}", quoted(name)))
}

/// Checks what a client gives a topic; returns the values as they are kept, or a sentence about the first fault.
pub(crate) fn check_all(given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
    given.iter().map(|(name, value)| Ok((name.clone(), known(name)?.check(value)?))).collect()
}

/// What a topic keeps to, given its own settings; those that cannot be kept to count for nothing.
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

/// What a topic was given that is accepted and not done as in Kafka: a sentence each.
pub(crate) fn notes(given: &BTreeMap<String, String>) -> Vec<String> {
    let note = |(name, value): (&String, &String)| {
        let (full, otherwise) = known(name).ok()?.full?;
        (value != full).then(|| format!("{name}={value}: {otherwise}"))
    };
    given.iter().filter_map(note).collect()
}

/// Why settings that were stored once count for nothing: a sentence each.
pub(crate) fn faults(given: &BTreeMap<String, String>) -> Vec<String> {
    given.iter().filter_map(|(name, value)| known(name).and_then(|setting| setting.check(value)).err()).collect()
}
