//! What the broker was started with and how it behaves, under Kafka's names.

use std::time::Duration;

use super::offsets::MAX_NOTE_UNITS;
use crate::config::{BrokerConfig, Storage};
use crate::state::{BROKER_ID, FRAME_MIN_LIMIT_BYTES, State};
use crate::topic_config::{Kind, SETTINGS};
use crate::topics::{CONSUMER_OFFSETS_PARTITIONS, CONSUMER_OFFSETS_SEGMENT_BYTES};

/// A setting of the broker. Nothing of it changes while the broker runs.
pub(super) struct BrokerSetting {
    pub name: &'static str,
    pub kind: Kind,
    pub documentation: &'static str,
    pub value: String,
    /// What it is where the broker was not told otherwise; `None` where that cannot be said.
    pub default: Option<String>,
}

/// All settings, by name.
pub(super) fn all(state: &State) -> Vec<BrokerSetting> {
    let unset = BrokerConfig::default();
    let mut settings = started_with(&state.config, &unset);
    settings.extend(whereabouts(state));
    settings.extend(fixed());
    settings.extend(SETTINGS.iter().filter_map(|setting| {
        Some(BrokerSetting {
            name: setting.broker_name?,
            kind: setting.kind,
            documentation: setting.documentation,
            value: setting.default(&state.config),
            default: Some(setting.default(&unset)),
        })
    }));
    settings.sort_by_key(|setting| setting.name);
    settings
}

/// What [`BrokerConfig`] says, but for what topics inherit.
fn started_with(config: &BrokerConfig, unset: &BrokerConfig) -> Vec<BrokerSetting> {
    type Shown = fn(&BrokerConfig) -> String;
    let settings: [(&str, Kind, Shown, &str); 11] = [
        (
            "auto.create.topics.enable",
            Kind::Boolean,
            |config| config.auto_create_topics.to_string(),
            "Whether asking for a topic that does not exist may create it.",
        ),
        (
            "connections.max.idle.ms",
            Kind::Long,
            |config| millis(config.connections_max_idle),
            "A connection on which nothing comes or goes for so many milliseconds is closed.",
        ),
        (
            "group.initial.rebalance.delay.ms",
            Kind::Int,
            |config| millis(config.group_initial_rebalance_delay),
            "How many milliseconds the first member of an empty group waits for others.",
        ),
        (
            "group.max.session.timeout.ms",
            Kind::Int,
            |config| millis(config.group_max_session_timeout),
            "The longest session timeout that a member of a group may ask for, in milliseconds.",
        ),
        (
            "group.max.size",
            Kind::Int,
            |config| i32::try_from(config.group_max_size).unwrap_or(i32::MAX).to_string(),
            "The most members of a group.",
        ),
        (
            "group.min.session.timeout.ms",
            Kind::Int,
            |config| millis(config.group_min_session_timeout),
            "The shortest session timeout that a member of a group may ask for, in milliseconds.",
        ),
        (
            "log.retention.check.interval.ms",
            Kind::Long,
            |config| millis(config.retention_check_interval),
            "After how many milliseconds records are looked for that are no longer to be kept.",
        ),
        (
            "max.connections",
            Kind::Int,
            |config| i32::try_from(config.max_connections).unwrap_or(i32::MAX).to_string(),
            "The most connections that are served at a time.",
        ),
        (
            "num.partitions",
            Kind::Int,
            |config| config.default_partitions.to_string(),
            "How many partitions a topic gets that is created without saying how many.",
        ),
        (
            "queued.max.request.bytes",
            Kind::Long,
            |config| i64::try_from(config.max_request_bytes_in_flight).unwrap_or(i64::MAX).to_string(),
            "How many bytes the larger requests of all connections may take together.",
        ),
        (
            "group.coordinator.rebalance.protocols",
            Kind::List,
            |_| "classic".to_owned(),
            "The protocols of groups that are offered.",
        ),
    ];
    let shown = |(name, kind, shown, documentation): (_, _, Shown, _)| BrokerSetting {
        name,
        kind,
        documentation,
        value: shown(config),
        default: Some(shown(unset)),
    };
    settings.into_iter().map(shown).collect()
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

/// Where the broker listens and where its data is; a broker in memory has no folder.
fn whereabouts(state: &State) -> Vec<BrokerSetting> {
    let listener = format!("PLAINTEXT://{}", state.address);
    let setting = |name, documentation, value: String| BrokerSetting {
        name,
        kind: Kind::Word,
        documentation,
        value,
        default: None,
    };
    let mut settings = vec![
        setting("advertised.listeners", "Where clients reach the broker.", listener.clone()),
        setting("listeners", "Where the broker listens.", listener),
        BrokerSetting {
            name: "socket.request.max.bytes",
            kind: Kind::Int,
            documentation: "The longest request that is read, in bytes; it grows with the largest batch of any topic.",
            value: state.frame_limit().to_string(),
            default: Some(FRAME_MIN_LIMIT_BYTES.to_string()),
        },
    ];
    if let Storage::Directory(folder) = &state.config.storage {
        let folder = folder.to_string_lossy().into_owned();
        for name in ["log.dir", "log.dirs"] {
            settings.push(setting(name, "The folder that has the data.", folder.clone()));
        }
    }
    settings
}

/// What is the same for each broker of this kind.
fn fixed() -> impl Iterator<Item = BrokerSetting> {
    let id = BROKER_ID.to_string();
    let settings = [
        ("broker.id", Kind::Int, "The broker's id.", id.clone()),
        ("node.id", Kind::Int, "The broker's id.", id),
        ("default.replication.factor", Kind::Int, "How many replicas a topic has.", "1".to_owned()),
        ("delete.topic.enable", Kind::Boolean, "Whether topics can be deleted.", "true".to_owned()),
        (
            "offset.metadata.max.bytes",
            Kind::Int,
            "The longest note that is kept with a committed offset.",
            MAX_NOTE_UNITS.to_string(),
        ),
        (
            "offsets.topic.num.partitions",
            Kind::Int,
            "How many partitions the topic of committed offsets has, for which they are kept elsewhere.",
            CONSUMER_OFFSETS_PARTITIONS.to_string(),
        ),
        (
            "offsets.topic.replication.factor",
            Kind::Int,
            "How many replicas the topic of committed offsets has.",
            "1".to_owned(),
        ),
        (
            "offsets.topic.segment.bytes",
            Kind::Int,
            "The size of a segment of the topic of committed offsets, which is empty.",
            CONSUMER_OFFSETS_SEGMENT_BYTES.to_string(),
        ),
    ];
    settings.into_iter().map(|(name, kind, documentation, value)| BrokerSetting {
        name,
        kind,
        documentation,
        default: Some(value.clone()),
        value,
    })
}
