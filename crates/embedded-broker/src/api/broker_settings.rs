//! The broker's settings and limits, under Kafka's names.

use std::time::Duration;

use super::offsets::MAX_NOTE_UNITS;
use crate::config::{BrokerConfig, Storage};
use crate::state::{BROKER_ID, FRAME_MIN_LIMIT_BYTES, State};
use crate::topic_config::{Kind, SETTINGS};
use crate::topics::{CONSUMER_OFFSETS_PARTITIONS, CONSUMER_OFFSETS_SEGMENT_BYTES};

/// A setting of the broker. It does not change while the broker runs.
pub(super) struct BrokerSetting {
    pub name: &'static str,
    pub kind: Kind,
    pub documentation: &'static str,
    pub value: String,
    /// The value unless the broker is started with another; `None` if it is not fixed.
    pub default: Option<String>,
}

/// All settings, by name.
pub(super) fn all(state: &State) -> Vec<BrokerSetting> {
    let unset = BrokerConfig::default();
    let mut settings = locations(state);
    settings.push(frame_limit(state));
    settings.extend(configured(&state.config, &unset));
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

type Shown = fn(&BrokerConfig) -> String;

/// The settings that follow from [`BrokerConfig`], without those that topics inherit, and those that are the same for
/// every broker of this kind.
const CONFIGURED: &[(&str, Kind, Shown, &str)] = &[
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
        "A connection without traffic for this many milliseconds is closed.",
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
    ("broker.id", Kind::Int, |_| BROKER_ID.to_string(), "The broker's id."),
    ("node.id", Kind::Int, |_| BROKER_ID.to_string(), "The broker's id."),
    ("default.replication.factor", Kind::Int, |_| "1".to_owned(), "How many replicas a topic has."),
    ("delete.topic.enable", Kind::Boolean, |_| "true".to_owned(), "Whether topics can be deleted."),
    (
        "offset.metadata.max.bytes",
        Kind::Int,
        |_| MAX_NOTE_UNITS.to_string(),
        "The longest note that is kept with a committed offset.",
    ),
    (
        "offsets.topic.num.partitions",
        Kind::Int,
        |_| CONSUMER_OFFSETS_PARTITIONS.to_string(),
        "How many partitions the topic of committed offsets has, for which they are kept elsewhere.",
    ),
    (
        "offsets.topic.replication.factor",
        Kind::Int,
        |_| "1".to_owned(),
        "How many replicas the topic of committed offsets has.",
    ),
    (
        "offsets.topic.segment.bytes",
        Kind::Int,
        |_| CONSUMER_OFFSETS_SEGMENT_BYTES.to_string(),
        "The size of a segment of the topic of committed offsets, which is empty.",
    ),
];

fn configured(config: &BrokerConfig, unset: &BrokerConfig) -> impl Iterator<Item = BrokerSetting> {
    CONFIGURED.iter().map(|&(name, kind, shown, documentation)| {
        let (value, default) = (shown(config), Some(shown(unset)));
        BrokerSetting { name, kind, documentation, value, default }
    })
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

/// Where the broker listens and where its data is; a broker in memory has no folder.
fn locations(state: &State) -> Vec<BrokerSetting> {
    let located = |name, documentation, value: &str| {
        let value = value.to_owned();
        BrokerSetting { name, kind: Kind::Word, documentation, value, default: None }
    };
    let listener = format!("PLAINTEXT://{}", state.address);
    let mut settings = vec![
        located("advertised.listeners", "Where clients reach the broker.", &listener),
        located("listeners", "Where the broker listens.", &listener),
    ];
    if let Storage::Directory(folder) = &state.config.storage {
        let folder = folder.to_string_lossy();
        settings.extend(["log.dir", "log.dirs"].map(|name| located(name, "The folder that has the data.", &folder)));
    }
    settings
}

fn frame_limit(state: &State) -> BrokerSetting {
    BrokerSetting {
        name: "socket.request.max.bytes",
        kind: Kind::Int,
        documentation: "The longest request that is read, in bytes; it grows with the largest batch of any topic.",
        value: state.frame_limit().to_string(),
        default: Some(FRAME_MIN_LIMIT_BYTES.to_string()),
    }
}
