//! The settings of topics: which there are, which values they take, what holds where a topic has none, and what they
//! mean to a partition's log. Names, ranges and refusals are Kafka's; where this broker cannot do what a legal value
//! asks for, the value is refused with a sentence rather than kept and ignored.

use std::collections::BTreeMap;

use crate::config::BrokerConfig;
use crate::log::LogConfig;

/// The setting for the largest batch a topic takes.
pub(crate) const MAX_MESSAGE_BYTES: &str = "max.message.bytes";
/// Largest `max.message.bytes`: a response's length is 31 bits.
pub(crate) const MAX_MESSAGE_LIMIT: u32 = 1024 * 1024 * 1024;
/// Longest name or value that is repeated in a refusal, in characters.
const MAX_QUOTED_CHARS: usize = 200;

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Boolean,
    /// One word of several.
    Word,
    /// A number of 31 bits and a sign.
    Int,
    /// A number of 63 bits and a sign.
    Long,
    /// A number from 0 to 1.
    Ratio,
    /// Items between commas.
    List,
}

impl Kind {
    /// The number the protocol has for it.
    pub(crate) fn code(self) -> i8 {
        match self {
            Self::Boolean => 1,
            Self::Word => 2,
            Self::Int => 3,
            Self::Long => 5,
            Self::Ratio => 6,
            Self::List => 7,
        }
    }
}

/// A setting that a topic may have.
pub(crate) struct Setting {
    /// Its name.
    pub name: &'static str,
    /// The broker's setting that holds where the topic has none.
    pub broker_name: Option<&'static str>,
    /// What a value looks like.
    pub kind: Kind,
    /// A sentence for who asks.
    pub documentation: &'static str,
    /// Least and greatest number.
    range: (i64, i64),
    /// Words that are legal in Kafka.
    words: &'static [&'static str],
    /// The one value this broker can keep to, and why no other.
    only: Option<(&'static str, &'static str)>,
    /// The one value that is all that Kafka makes of it, and what becomes of any other.
    full: Option<(&'static str, &'static str)>,
    /// What holds where the topic has none.
    default: fn(&BrokerConfig) -> String,
    apply: Apply,
}

/// What a value does to a topic's settings.
#[derive(Clone, Copy)]
enum Apply {
    Nothing,
    Number(fn(&mut TopicConfig, i64)),
    Words(fn(&mut TopicConfig, &str)),
}

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

const fn number(
    name: &'static str,
    broker_name: &'static str,
    kind: Kind,
    range: (i64, i64),
    default: fn(&BrokerConfig) -> String,
    apply: fn(&mut TopicConfig, i64),
    documentation: &'static str,
) -> Setting {
    Setting {
        name,
        broker_name: Some(broker_name),
        kind,
        documentation,
        range,
        words: &[],
        only: None,
        full: None,
        default,
        apply: Apply::Number(apply),
    }
}

/// A setting of which only one value can be kept to.
const fn fixed(
    name: &'static str,
    broker_name: Option<&'static str>,
    kind: Kind,
    words: &'static [&'static str],
    default: fn(&BrokerConfig) -> String,
    only: (&'static str, &'static str),
    documentation: &'static str,
) -> Setting {
    let range = (0, i64::MAX);
    Setting {
        name,
        broker_name,
        kind,
        documentation,
        range,
        words,
        only: Some(only),
        full: None,
        default,
        apply: Apply::Nothing,
    }
}

/// A setting that takes some of a few words.
const fn words(
    name: &'static str,
    broker_name: &'static str,
    kind: Kind,
    words: &'static [&'static str],
    default: fn(&BrokerConfig) -> String,
    apply: Apply,
    documentation: &'static str,
) -> Setting {
    let range = (0, i64::MAX);
    Setting {
        name,
        broker_name: Some(broker_name),
        kind,
        documentation,
        range,
        words,
        only: None,
        full: None,
        default,
        apply,
    }
}

/// A setting about something this broker does not have, so that any legal value is as good as another.
const fn idle(name: &'static str, kind: Kind, range: (i64, i64), default: fn(&BrokerConfig) -> String) -> Setting {
    let documentation = "Accepted and shown; it concerns something that this broker does not have.";
    Setting {
        name,
        broker_name: None,
        kind,
        documentation,
        range,
        words: &[],
        only: None,
        full: None,
        default,
        apply: Apply::Nothing,
    }
}

/// All settings, by name.
#[rustfmt::skip]
pub(crate) const SETTINGS: &[Setting] = &[
    Setting { full: Some(("delete", "logs are not compacted, and records stay whatever their keys")),
        ..words("cleanup.policy", "log.cleanup.policy", Kind::List, &["compact", "delete"], |_| "delete".to_owned(),
        Apply::Words(|config, value| config.cleanup = Cleanup::of(value)),
        "What becomes of old segments: delete has them deleted by retention.ms and retention.bytes. compact is accepted, \
         and this broker compacts nothing: every record is kept, also one that a later record with its key replaces.") },
    idle("compression.gzip.level", Kind::Int, (-1, 9), |_| "-1".to_owned()),
    idle("compression.lz4.level", Kind::Int, (1, 17), |_| "9".to_owned()),
    Setting { full: Some(("producer", "batches stay as their producers compressed them")),
        ..words("compression.type", "compression.type", Kind::Word,
        &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"], |_| "producer".to_owned(), Apply::Nothing,
        "How batches are compressed. Every codec is accepted, and this broker keeps each batch as its producer \
         compressed it.") },
    idle("compression.zstd.level", Kind::Int, (-131_072, 22), |_| "3".to_owned()),
    idle("delete.retention.ms", Kind::Long, (0, i64::MAX), |_| "86400000".to_owned()),
    idle("file.delete.delay.ms", Kind::Long, (0, i64::MAX), |_| "0".to_owned()),
    number("flush.messages", "log.flush.interval.messages", Kind::Long, (1, i64::MAX),
        |broker| shown(broker.log_flush_interval_messages, i64::MAX),
        |config, value| config.log.flush_messages = bound(value),
        "After how many records a log is forced to the disk."),
    number("flush.ms", "log.flush.interval.ms", Kind::Long, (0, i64::MAX),
        |broker| shown(broker.log_flush_interval_ms, i64::MAX),
        |config, value| config.log.flush_ms = bound(value),
        "After how many milliseconds a log is forced to the disk."),
    idle("follower.replication.throttled.replicas", Kind::List, (0, 0), |_| String::new()),
    idle("index.interval.bytes", Kind::Int, (0, i64::MAX), |_| "4096".to_owned()),
    idle("leader.replication.throttled.replicas", Kind::List, (0, 0), |_| String::new()),
    idle("local.retention.bytes", Kind::Long, (-2, i64::MAX), |_| "-2".to_owned()),
    idle("local.retention.ms", Kind::Long, (-2, i64::MAX), |_| "-2".to_owned()),
    idle("max.compaction.lag.ms", Kind::Long, (1, i64::MAX), |_| i64::MAX.to_string()),
    number(MAX_MESSAGE_BYTES, "message.max.bytes", Kind::Int, (0, MAX_MESSAGE_LIMIT as i64),
        |broker| broker.message_max_bytes.to_string(),
        |config, value| config.max_message_bytes = u32::try_from(value).ok(),
        "The largest record batch that is accepted, compressed, in bytes."),
    fixed("message.timestamp.after.max.ms", Some("log.message.timestamp.after.max.ms"), Kind::Long, &[],
        |_| i64::MAX.to_string(), ("9223372036854775807", "this broker does not compare timestamps with its clock"),
        "How far a record's timestamp may lie in the future, in milliseconds."),
    fixed("message.timestamp.before.max.ms", Some("log.message.timestamp.before.max.ms"), Kind::Long, &[],
        |_| i64::MAX.to_string(), ("9223372036854775807", "this broker does not compare timestamps with its clock"),
        "How far a record's timestamp may lie in the past, in milliseconds."),
    words("message.timestamp.type", "log.message.timestamp.type", Kind::Word, &["CreateTime", "LogAppendTime"],
        |_| "CreateTime".to_owned(),
        Apply::Words(|config, value| config.log.log_append_time = value == "LogAppendTime"),
        "Whose time a record's timestamp is: the producer's, or the broker's when the record is appended."),
    idle("min.cleanable.dirty.ratio", Kind::Ratio, (0, 1), |_| "0.5".to_owned()),
    idle("min.compaction.lag.ms", Kind::Long, (0, i64::MAX), |_| "0".to_owned()),
    Setting { full: Some(("1", "there is one replica, so that producers with acks=all are refused")),
        ..number("min.insync.replicas", "min.insync.replicas", Kind::Int, (1, i64::MAX), |_| "1".to_owned(),
        |config, value| config.min_insync_replicas = value,
        "How many replicas must have a record before it is acknowledged to a producer with acks=all. There is one: with \
         more, such producers get NOT_ENOUGH_REPLICAS.") },
    idle("preallocate", Kind::Boolean, (0, 0), |_| "false".to_owned()),
    fixed("remote.log.copy.disable", None, Kind::Boolean, &[], |_| "false".to_owned(),
        ("false", "this broker has no tiered storage"), "Whether copying to tiered storage is off."),
    fixed("remote.log.delete.on.disable", None, Kind::Boolean, &[], |_| "false".to_owned(),
        ("false", "this broker has no tiered storage"), "Whether turning tiered storage off deletes what is there."),
    fixed("remote.storage.enable", None, Kind::Boolean, &[], |_| "false".to_owned(),
        ("false", "this broker has no tiered storage"), "Whether the topic is in tiered storage."),
    number("retention.bytes", "log.retention.bytes", Kind::Long, (i64::MIN, i64::MAX),
        |broker| shown(broker.log_retention_bytes, -1),
        |config, value| config.log.retention_bytes = bound(value),
        "A partition's oldest segments are deleted while what stays has at least so many bytes; -1 for no bound."),
    number("retention.ms", "log.retention.ms", Kind::Long, (-1, i64::MAX),
        |broker| shown(broker.log_retention_ms, -1),
        |config, value| config.log.retention_ms = bound(value),
        "Segments whose newest record is older than so many milliseconds are deleted; -1 for no bound."),
    number("segment.bytes", "log.segment.bytes", Kind::Int, (1024 * 1024, i64::MAX),
        |broker| broker.log_segment_bytes.to_string(),
        |config, value| config.log.segment_bytes = value.unsigned_abs(),
        "A segment is closed when the next batch would make it larger than this."),
    idle("segment.index.bytes", Kind::Int, (4, i64::MAX), |_| "10485760".to_owned()),
    idle("segment.jitter.ms", Kind::Long, (0, i64::MAX), |_| "0".to_owned()),
    number("segment.ms", "log.roll.ms", Kind::Long, (1, i64::MAX),
        |broker| shown(broker.log_roll_ms, i64::MAX),
        |config, value| config.log.segment_ms = bound(value),
        "A segment is closed when it is older than so many milliseconds."),
    idle("unclean.leader.election.enable", Kind::Boolean, (0, 0), |_| "false".to_owned()),
];

fn shown(bound: Option<u64>, unbounded: i64) -> String {
    bound.map_or(unbounded, |bound| i64::try_from(bound).unwrap_or(i64::MAX)).to_string()
}

fn bound(value: i64) -> Option<u64> {
    u64::try_from(value).ok().filter(|_| value != i64::MAX)
}

impl Cleanup {
    fn of(value: &str) -> Self {
        let items = items(value);
        Self { deletes: items.contains(&"delete"), compacts: items.contains(&"compact") }
    }
}

impl Setting {
    /// The setting of a name.
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// What holds where a topic has no value of its own.
    pub(crate) fn default(&self, broker: &BrokerConfig) -> String {
        (self.default)(broker)
    }

    /// The value as it is kept, or a sentence about what is wrong with it.
    pub(crate) fn check(&self, value: &str) -> Result<String, String> {
        let checked = self.parse(value.trim()).and_then(|parsed| match self.only {
            Some((only, why)) if parsed != only => Err(format!("{why}, so it can only be {only}")),
            _ => Ok(parsed),
        });
        checked.map_err(|reason| format!("Invalid value {} for configuration {}: {reason}", quoted(value), self.name))
    }

    fn parse(&self, value: &str) -> Result<String, String> {
        match self.kind {
            Kind::Boolean => match value.to_ascii_lowercase() {
                flag if flag == "true" || flag == "false" => Ok(flag),
                _ => Err("Expected value to be either true or false".to_owned()),
            },
            Kind::Word if self.words.contains(&value) => Ok(value.to_owned()),
            Kind::Word => Err(format!("String must be one of: {}", self.words.join(", "))),
            Kind::Int => self.parse_number(value.parse::<i32>().ok().map(i64::from), "INT"),
            Kind::Long => self.parse_number(value.parse().ok(), "LONG"),
            Kind::Ratio => match value.parse::<f64>() {
                Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio.to_string()),
                Ok(_) => Err("Value must lie between 0 and 1".to_owned()),
                Err(_) => Err("Not a number of type DOUBLE".to_owned()),
            },
            Kind::List => self.parse_list(value),
        }
    }

    fn parse_number(&self, parsed: Option<i64>, kind: &str) -> Result<String, String> {
        let (least, greatest) = self.range;
        match parsed {
            None => Err(format!("Not a number of type {kind}")),
            Some(number) if number < least => Err(format!("Value must be at least {least}")),
            Some(number) if number > greatest => Err(format!("Value must be no more than {greatest}")),
            Some(number) => Ok(number.to_string()),
        }
    }

    fn parse_list(&self, value: &str) -> Result<String, String> {
        let mut items = items(value);
        if !self.words.is_empty() {
            items.dedup();
            return match items.iter().all(|item| self.words.contains(item)) {
                true => Ok(items.join(",")),
                false => Err(format!("String must be one of: {}", self.words.join(", "))),
            };
        }
        let is_replica = |item: &&str| {
            item.split_once(':')
                .is_some_and(|(partition, broker)| partition.parse::<u32>().is_ok() && broker.parse::<u32>().is_ok())
        };
        match items == ["*"] || items.iter().all(is_replica) {
            true => Ok(items.join(",")),
            false => Err("it must be the literal '*' or a list of [partitionId]:[brokerId]".to_owned()),
        }
    }
}

/// The items of a list's value.
pub(crate) fn items(value: &str) -> Vec<&str> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// The setting of a name, or a sentence about there being none.
pub(crate) fn known(name: &str) -> Result<&'static Setting, String> {
    Setting::of(name).ok_or_else(|| format!("Unknown topic config name: {}", quoted(name)))
}

/// A client's words, short enough for any response and without line breaks.
pub(crate) fn quoted(words: &str) -> String {
    words.chars().take(MAX_QUOTED_CHARS).map(|each| if each.is_control() { ' ' } else { each }).collect()
}

/// Checks what a client gives a topic; returns the values as they are kept, or a sentence about the first fault.
pub(crate) fn check_all(given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
    given.iter().map(|(name, value)| Ok((name.clone(), known(name)?.check(value)?))).collect()
}

/// What a topic keeps to, given its own settings; those that cannot be kept to count for nothing.
pub(crate) fn in_force(given: &BTreeMap<String, String>, defaults: &LogConfig) -> TopicConfig {
    let mut config = TopicConfig::unset(defaults);
    for (name, value) in given {
        if let Some(setting) = Setting::of(name)
            && let Ok(value) = setting.check(value)
        {
            match setting.apply {
                Apply::Nothing => {}
                Apply::Number(apply) => value.parse().into_iter().for_each(|number| apply(&mut config, number)),
                Apply::Words(apply) => apply(&mut config, &value),
            }
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
        let (full, otherwise) = Setting::of(name)?.full?;
        (value != full).then(|| format!("{name}={value}: {otherwise}"))
    };
    given.iter().filter_map(note).collect()
}

/// Why settings that were stored once count for nothing: a sentence each.
pub(crate) fn faults(given: &BTreeMap<String, String>) -> Vec<String> {
    given.iter().filter_map(|(name, value)| known(name).and_then(|setting| setting.check(value)).err()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str, value: &str) -> String {
        check_all(&BTreeMap::from([(name.to_owned(), value.to_owned())])).unwrap_err()
    }

    #[test]
    fn the_table_is_in_order_and_keeps_its_own_rules() {
        assert!(SETTINGS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for setting in SETTINGS {
            let default = setting.default(&BrokerConfig::default());
            assert_eq!(setting.check(&default).as_deref(), Ok(default.as_str()), "{}", setting.name);
        }
    }

    #[test]
    fn values_are_refused_in_kafkas_words() {
        for (name, value, reason) in [
            ("retention.ms", "-2", "Value must be at least -1"),
            ("retention.ms", "", "Not a number of type LONG"),
            ("retention.ms", "9223372036854775808", "Not a number of type LONG"),
            ("segment.bytes", "1048575", "Value must be at least 1048576"),
            ("segment.bytes", "2147483648", "Not a number of type INT"),
            ("segment.ms", "0", "Value must be at least 1"),
            ("flush.messages", "0", "Value must be at least 1"),
            ("flush.ms", "-1", "Value must be at least 0"),
            ("max.message.bytes", "-1", "Value must be at least 0"),
            ("cleanup.policy", "Delete", "String must be one of: compact, delete"),
            ("compression.type", "x", "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer"),
            ("min.insync.replicas", "0", "Value must be at least 1"),
            ("preallocate", "x", "Expected value to be either true or false"),
        ] {
            assert_eq!(refusal(name, value), format!("Invalid value {value} for configuration {name}: {reason}"));
        }
        assert_eq!(refusal("nope", "1"), "Unknown topic config name: nope");
    }

    #[test]
    fn what_cannot_be_kept_to_is_refused_with_the_reason() {
        for (name, value) in [
            ("message.timestamp.after.max.ms", "1000"),
            ("message.timestamp.before.max.ms", "1000"),
            ("remote.storage.enable", "true"),
        ] {
            assert!(refusal(name, value).contains(": this broker "), "{name}");
        }
        assert!(refusal(&"x\n".repeat(100_000), "1").len() < 300);
    }

    #[test]
    fn values_are_kept_as_they_are_shown_and_reach_the_log() {
        let given = [
            ("retention.ms", " 5 "),
            ("retention.bytes", "-1"),
            ("segment.bytes", "1048576"),
            ("segment.ms", "9223372036854775807"),
            ("flush.messages", "7"),
            ("flush.ms", "0"),
            ("max.message.bytes", "123"),
            ("preallocate", "TRUE"),
            ("cleanup.policy", " delete , delete"),
            ("leader.replication.throttled.replicas", "0:1, 1:1"),
        ];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let kept = check_all(&given).unwrap();
        assert_eq!((kept["retention.ms"].as_str(), kept["preallocate"].as_str()), ("5", "true"));
        assert_eq!(kept["cleanup.policy"], "delete");
        assert_eq!(kept["leader.replication.throttled.replicas"], "0:1,1:1");
        let defaults = BrokerConfig { log_retention_bytes: Some(9), log_roll_ms: Some(9), ..BrokerConfig::default() };
        let config = in_force(&kept, &defaults.log_config());
        let expected = BrokerConfig {
            log_retention_ms: Some(5),
            log_segment_bytes: 1024 * 1024,
            log_flush_interval_messages: Some(7),
            log_flush_interval_ms: Some(0),
            ..BrokerConfig::default()
        };
        assert_eq!(config, TopicConfig { max_message_bytes: Some(123), ..TopicConfig::unset(&expected.log_config()) });
    }

    #[test]
    fn what_is_accepted_and_not_done_is_noted_and_the_rest_is_in_force() {
        let config_of = |given: &[(&str, &str)]| {
            let given = given.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
            let given = check_all(&given).unwrap();
            let defaults = BrokerConfig { log_retention_ms: Some(7), ..BrokerConfig::default() };
            (in_force(&given, &defaults.log_config()), notes(&given))
        };
        let (config, said) = config_of(&[("cleanup.policy", "compact"), ("retention.bytes", "5")]);
        assert_eq!(config.cleanup, Cleanup { deletes: false, compacts: true });
        assert_eq!((config.log.retention_ms, config.log.retention_bytes), (None, None));
        assert!(said.len() == 1 && said[0].starts_with("cleanup.policy=compact: "), "{said:?}");
        let (config, said) = config_of(&[("cleanup.policy", "compact,delete"), ("retention.bytes", "5")]);
        assert_eq!(config.cleanup, Cleanup { deletes: true, compacts: true });
        assert_eq!((config.log.retention_ms, config.log.retention_bytes), (Some(7), Some(5)));
        assert_eq!(said.len(), 1);
        // Neither: as in Kafka, everything stays.
        let (config, _) = config_of(&[("cleanup.policy", "")]);
        assert_eq!((config.cleanup, config.log.retention_ms), (Cleanup { deletes: false, compacts: false }, None));
        let (config, said) = config_of(&[("message.timestamp.type", "LogAppendTime"), ("compression.type", "zstd")]);
        assert!(config.log.log_append_time && said.len() == 1, "{said:?}");
        let (config, said) = config_of(&[("min.insync.replicas", "3")]);
        assert!(config.min_insync_replicas == 3 && said.len() == 1, "{said:?}");
        let as_ever = [("cleanup.policy", "delete"), ("compression.type", "producer"), ("min.insync.replicas", "1")];
        let (config, said) = config_of(&as_ever);
        assert_eq!((config.cleanup, said.len()), (Cleanup { deletes: true, compacts: false }, 0));
    }

    #[test]
    fn stored_settings_that_mean_nothing_are_named_and_passed_over() {
        let stored = [("color", "blue"), ("retention.ms", "soon"), ("segment.ms", "9")];
        let stored = stored.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(faults(&stored).len(), 2);
        let config = in_force(&stored, &LogConfig::default());
        assert_eq!(config.log, LogConfig { segment_ms: Some(9), ..LogConfig::default() });
    }
}
