//! Values that are accepted or refused, and their effect.

use super::*;
use crate::config::BrokerConfig;

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
fn stored_settings_that_mean_nothing_are_named_and_ignored() {
    let stored = [("color", "blue"), ("retention.ms", "soon"), ("segment.ms", "9")];
    let stored = stored.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(faults(&stored).len(), 2);
    let config = in_force(&stored, &LogConfig::default());
    assert_eq!(config.log, LogConfig { segment_ms: Some(9), ..LogConfig::default() });
}
