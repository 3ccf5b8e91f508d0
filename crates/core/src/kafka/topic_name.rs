//! Kafka's rules for the names of topics.

/// Why no topic can have this name, to follow it; `None`: one can
/// (<https://kafka.apache.org/documentation/#topicconfigs>, `Topic.validate`).
pub(crate) fn topic_problem(topic: &str) -> Option<&'static str> {
    if topic.is_empty() {
        Some("has no name")
    } else if topic.len() > 249 {
        Some("is longer than 249 characters")
    } else if matches!(topic, "." | "..") {
        Some("is not allowed as a name")
    } else if !topic.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')) {
        Some("has characters other than letters, digits, '.', '_' and '-'")
    } else {
        None
    }
}
