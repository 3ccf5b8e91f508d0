//! The properties of topics (Kafka 4.1, and some of earlier versions), as far as a name or a value can be rejected without a
//! broker. Clients do not know them.

/// Values that a property takes.
enum Values {
    Whole {
        min: i64,
        max: i64,
    },
    Share,
    Flag,
    OneOf(&'static [&'static str]),
    AnyOf(&'static [&'static str]),
    Text,
    /// The program sets it, for this reason.
    Fixed(&'static str),
}

use Values::{AnyOf, Fixed, Flag, OneOf, Share, Text, Whole};

const INT_MAX: i64 = i32::MAX as i64;

const fn from(min: i64) -> Values {
    Whole { min, max: i64::MAX }
}

const fn int_from(min: i64) -> Values {
    Whole { min, max: INT_MAX }
}

/// The limits allow the values of all versions: a broker may reject more.
const PROPERTIES: [(&str, Values); 34] = [
    ("cleanup.policy", AnyOf(&["compact", "delete"])),
    ("compression.gzip.level", Whole { min: -1, max: 9 }),
    ("compression.lz4.level", Whole { min: 1, max: 17 }),
    ("compression.type", OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])),
    ("compression.zstd.level", Whole { min: -131_072, max: 22 }),
    ("delete.retention.ms", from(0)),
    ("file.delete.delay.ms", from(0)),
    ("flush.messages", from(1)),
    ("flush.ms", from(0)),
    ("follower.replication.throttled.replicas", Text),
    ("index.interval.bytes", int_from(0)),
    ("leader.replication.throttled.replicas", Text),
    ("local.retention.bytes", from(-2)),
    ("local.retention.ms", from(-2)),
    ("max.compaction.lag.ms", from(1)),
    ("max.message.bytes", Fixed("it follows from the largest image")),
    ("message.downconversion.enable", Flag),
    ("message.timestamp.after.max.ms", from(0)),
    ("message.timestamp.before.max.ms", from(0)),
    ("message.timestamp.difference.max.ms", from(0)),
    ("message.timestamp.type", OneOf(&["CreateTime", "LogAppendTime"])),
    ("min.cleanable.dirty.ratio", Share),
    ("min.compaction.lag.ms", from(0)),
    ("min.insync.replicas", int_from(1)),
    ("preallocate", Flag),
    ("remote.storage.enable", Flag),
    // Not a topic's setting, but given when it is created.
    (REPLICATION_FACTOR, Whole { min: 1, max: i16::MAX as i64 }),
    ("retention.bytes", from(-1)),
    ("retention.ms", from(-1)),
    ("segment.bytes", int_from(14)),
    ("segment.index.bytes", int_from(4)),
    ("segment.jitter.ms", from(0)),
    ("segment.ms", from(1)),
    ("unclean.leader.election.enable", Flag),
];

/// Replicas of each partition, which is chosen when a topic is created.
pub const REPLICATION_FACTOR: &str = "replication.factor";

fn values(name: &str) -> Result<&'static Values, String> {
    static TABLE: [(&str, Values); 34] = PROPERTIES;
    let found = TABLE.iter().find(|(known, _)| *known == name);
    found.map(|(_, values)| values).ok_or_else(|| format!("there is no property {name} of topics"))
}

pub(super) fn check_name(name: &str) -> Result<(), String> {
    match values(name)? {
        Fixed(reason) => Err(format!("topic.{name} cannot be varied: {reason}")),
        _ => Ok(()),
    }
}

pub(super) fn check(name: &str, value: &str) -> Result<(), String> {
    let is_flag = |text: &str| matches!(text, "true" | "false");
    let (is_valid, valid) = match values(name)? {
        Whole { min, max } => {
            let range = if *max == i64::MAX { format!("{min} or more") } else { format!("from {min} to {max}") };
            let is_within = value.parse::<i64>().is_ok_and(|number| (*min..=*max).contains(&number));
            (is_within, format!("a whole number, {range}"))
        }
        Share => (value.parse::<f64>().is_ok_and(|share| (0.0..=1.0).contains(&share)), "from 0 to 1".to_owned()),
        Flag => (is_flag(value), "true or false".to_owned()),
        OneOf(names) => (names.contains(&value), format!("one of {}", names.join(", "))),
        AnyOf(names) => (value.split(',').all(|one| names.contains(&one.trim())), format!("of {}", names.join(", "))),
        Text => return Ok(()),
        Fixed(_) => return check_name(name),
    };
    if is_valid { Ok(()) } else { Err(format!("topic.{name} cannot be \"{value}\": it is {valid}")) }
}
