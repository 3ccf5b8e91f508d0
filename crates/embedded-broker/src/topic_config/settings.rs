//! The table of the settings that a topic may have.

use super::Cleanup;
use super::setting::{Kind, Setting, setting};

/// Largest `max.message.bytes`: a response's length is 31 bits.
const MAX_MESSAGE_LIMIT: i64 = 1024 * 1024 * 1024;
const NO_CLOCK: &str = "this broker does not compare timestamps with its clock";
const NO_TIERED_STORAGE: &str = "this broker has no tiered storage";
const FOREVER: &str = "9223372036854775807";

/// All settings, by name.
pub(crate) const SETTINGS: &[Setting] = &[
    setting("cleanup.policy", Kind::List, |_| "delete".to_owned())
        .inherited("log.cleanup.policy")
        .words(&["compact", "delete"])
        .fully("delete", "logs are not compacted, and records stay whatever their keys")
        .applied_as_words(|config, value| config.cleanup = Cleanup::of(value))
        .documented(
            "What becomes of old segments: delete has them deleted by retention.ms and retention.bytes. compact is \
             accepted, and this broker compacts nothing: every record is kept, also one that a later record with its \
             key replaces.",
        ),
    setting("compression.gzip.level", Kind::Int, |_| "-1".to_owned()).range(-1, 9),
    setting("compression.lz4.level", Kind::Int, |_| "9".to_owned()).range(1, 17),
    setting("compression.type", Kind::Word, |_| "producer".to_owned())
        .inherited("compression.type")
        .words(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])
        .fully("producer", "batches stay as their producers compressed them")
        .documented(
            "How batches are compressed. Every codec is accepted, and this broker keeps each batch as its producer \
             compressed it.",
        ),
    setting("compression.zstd.level", Kind::Int, |_| "3".to_owned()).range(-131_072, 22),
    setting("delete.retention.ms", Kind::Long, |_| "86400000".to_owned()),
    setting("file.delete.delay.ms", Kind::Long, |_| "0".to_owned()),
    setting("flush.messages", Kind::Long, |broker| shown(broker.log_flush_interval_messages, i64::MAX))
        .inherited("log.flush.interval.messages")
        .range(1, i64::MAX)
        .applied(|config, value| config.log.flush_messages = bound(value))
        .documented("After how many records a log is forced to the disk."),
    setting("flush.ms", Kind::Long, |broker| shown(broker.log_flush_interval_ms, i64::MAX))
        .inherited("log.flush.interval.ms")
        .applied(|config, value| config.log.flush_ms = bound(value))
        .documented("After how many milliseconds a log is forced to the disk."),
    setting("follower.replication.throttled.replicas", Kind::List, |_| String::new()),
    setting("index.interval.bytes", Kind::Int, |_| "4096".to_owned()),
    setting("leader.replication.throttled.replicas", Kind::List, |_| String::new()),
    setting("local.retention.bytes", Kind::Long, |_| "-2".to_owned()).range(-2, i64::MAX),
    setting("local.retention.ms", Kind::Long, |_| "-2".to_owned()).range(-2, i64::MAX),
    setting("max.compaction.lag.ms", Kind::Long, |_| i64::MAX.to_string()).range(1, i64::MAX),
    setting("max.message.bytes", Kind::Int, |broker| broker.message_max_bytes.to_string())
        .inherited("message.max.bytes")
        .range(0, MAX_MESSAGE_LIMIT)
        .applied(|config, value| config.max_message_bytes = u32::try_from(value).ok())
        .documented("The largest record batch that is accepted, compressed, in bytes."),
    setting("message.timestamp.after.max.ms", Kind::Long, |_| FOREVER.to_owned())
        .inherited("log.message.timestamp.after.max.ms")
        .only(FOREVER, NO_CLOCK)
        .documented("How far a record's timestamp may lie in the future, in milliseconds."),
    setting("message.timestamp.before.max.ms", Kind::Long, |_| FOREVER.to_owned())
        .inherited("log.message.timestamp.before.max.ms")
        .only(FOREVER, NO_CLOCK)
        .documented("How far a record's timestamp may lie in the past, in milliseconds."),
    setting("message.timestamp.type", Kind::Word, |_| "CreateTime".to_owned())
        .inherited("log.message.timestamp.type")
        .words(&["CreateTime", "LogAppendTime"])
        .applied_as_words(|config, value| config.log.log_append_time = value == "LogAppendTime")
        .documented("Whose time a record's timestamp is: the producer's, or the broker's when the record is appended."),
    setting("min.cleanable.dirty.ratio", Kind::Ratio, |_| "0.5".to_owned()),
    setting("min.compaction.lag.ms", Kind::Long, |_| "0".to_owned()),
    setting("min.insync.replicas", Kind::Int, |_| "1".to_owned())
        .inherited("min.insync.replicas")
        .range(1, i64::MAX)
        .fully("1", "there is one replica, so that producers with acks=all are refused")
        .applied(|config, value| config.min_insync_replicas = value)
        .documented(
            "How many replicas must have a record before it is acknowledged to a producer with acks=all. There is one: \
             with more, such producers get NOT_ENOUGH_REPLICAS.",
        ),
    setting("preallocate", Kind::Boolean, |_| "false".to_owned()),
    setting("remote.log.copy.disable", Kind::Boolean, |_| "false".to_owned())
        .only("false", NO_TIERED_STORAGE)
        .documented("Whether copying to tiered storage is off."),
    setting("remote.log.delete.on.disable", Kind::Boolean, |_| "false".to_owned())
        .only("false", NO_TIERED_STORAGE)
        .documented("Whether turning tiered storage off deletes what is there."),
    setting("remote.storage.enable", Kind::Boolean, |_| "false".to_owned())
        .only("false", NO_TIERED_STORAGE)
        .documented("Whether the topic is in tiered storage."),
    setting("retention.bytes", Kind::Long, |broker| shown(broker.log_retention_bytes, -1))
        .inherited("log.retention.bytes")
        .range(i64::MIN, i64::MAX)
        .applied(|config, value| config.log.retention_bytes = bound(value))
        .documented(
            "A partition's oldest segments are deleted while the rest has at least this many bytes; -1 for no bound.",
        ),
    setting("retention.ms", Kind::Long, |broker| shown(broker.log_retention_ms, -1))
        .inherited("log.retention.ms")
        .range(-1, i64::MAX)
        .applied(|config, value| config.log.retention_ms = bound(value))
        .documented("Segments whose newest record is older than this many milliseconds are deleted; -1 for no bound."),
    setting("segment.bytes", Kind::Int, |broker| broker.log_segment_bytes.to_string())
        .inherited("log.segment.bytes")
        .range(1024 * 1024, i64::MAX)
        .applied(|config, value| config.log.segment_bytes = value.unsigned_abs())
        .documented("A segment is closed when the next batch would make it larger than this."),
    setting("segment.index.bytes", Kind::Int, |_| "10485760".to_owned()).range(4, i64::MAX),
    setting("segment.jitter.ms", Kind::Long, |_| "0".to_owned()),
    setting("segment.ms", Kind::Long, |broker| shown(broker.log_roll_ms, i64::MAX))
        .inherited("log.roll.ms")
        .range(1, i64::MAX)
        .applied(|config, value| config.log.segment_ms = bound(value))
        .documented("A segment is closed when it is older than this many milliseconds."),
    setting("unclean.leader.election.enable", Kind::Boolean, |_| "false".to_owned()),
];

fn shown(bound: Option<u64>, unbounded: i64) -> String {
    bound.map_or(unbounded, |bound| i64::try_from(bound).unwrap_or(i64::MAX)).to_string()
}

fn bound(value: i64) -> Option<u64> {
    u64::try_from(value).ok().filter(|_| value != i64::MAX)
}
