//! Names of topics: which are legal, and which the broker keeps for itself.

use kafka_protocol::ResponseError;

use super::Refusal;

/// Longest name of a topic.
const MAX_NAME_BYTES: usize = 249;

/// The topic in which Kafka keeps committed offsets. Here they are kept elsewhere: the topic exists because clients and
/// tools expect it, and is empty.
pub(crate) const CONSUMER_OFFSETS: &str = "__consumer_offsets";
/// Its partitions (Kafka's `offsets.topic.num.partitions`).
pub(crate) const CONSUMER_OFFSETS_PARTITIONS: i32 = 1;
/// The size of its segments (Kafka's `offsets.topic.segment.bytes`).
pub(crate) const CONSUMER_OFFSETS_SEGMENT_BYTES: u64 = 100 * 1024 * 1024;

/// Whether the topic of this name is the broker's own, to which clients cannot write.
pub(crate) fn is_internal(name: &str) -> bool {
    name == CONSUMER_OFFSETS
}

/// The refusal for a topic that does not exist.
pub(crate) fn unknown(name: &str) -> Refusal {
    (ResponseError::UnknownTopicOrPartition, format!("The topic '{name}' does not exist."))
}

/// The broker's own topic cannot be changed: committed offsets do not depend on it.
pub(super) fn check_not_internal(name: &str) -> Result<(), Refusal> {
    if is_internal(name) {
        return Err((
            ResponseError::InvalidRequest,
            format!("{name} is the broker's own topic and cannot be changed."),
        ));
    }
    Ok(())
}

/// Why the topic of this name is missing: it was not created, or cannot be.
pub(crate) fn why_missing(name: &str) -> ResponseError {
    check_name(name).map_or_else(|(error, _)| error, |()| ResponseError::UnknownTopicOrPartition)
}

/// Kafka's rules for names.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let reason = match name {
        "" => "the empty string is not allowed".to_owned(),
        "." | ".." => format!("'{name}' is not allowed"),
        _ if name.len() > MAX_NAME_BYTES => {
            format!("its length of {} bytes exceeds the longest allowed, {MAX_NAME_BYTES}", name.len())
        }
        _ if name.bytes().all(is_legal) => return Ok(()),
        _ => format!("'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"),
    };
    Err((ResponseError::InvalidTopicException, format!("Topic name is invalid: {reason}")))
}
