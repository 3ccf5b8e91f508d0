//! The settings of a partition's log: the topic's as numbers, or the broker's where the topic has none.

/// A log's settings. Named after Kafka's topic settings; `None` if there is no bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogConfig {
    /// A segment is closed when the next batch would make it larger than this (`segment.bytes`).
    pub segment_bytes: u64,
    /// A segment is closed when its first record is older than this and another comes (`segment.ms`).
    pub segment_ms: Option<u64>,
    /// Closed segments whose newest record is older than this are deleted (`retention.ms`).
    pub retention_ms: Option<u64>,
    /// The oldest segments are deleted while the rest is at least this large (`retention.bytes`).
    pub retention_bytes: Option<u64>,
    /// Flushed after this many records (`flush.messages`).
    pub flush_messages: Option<u64>,
    /// Flushed after this time (`flush.ms`).
    pub flush_ms: Option<u64>,
    /// Records get the time at which they are appended (`message.timestamp.type`), rather than keep the producer's.
    pub log_append_time: bool,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            segment_bytes: if cfg!(test) { 64 * 1024 } else { 256 * 1024 * 1024 },
            segment_ms: None,
            retention_ms: None,
            retention_bytes: None,
            flush_messages: None,
            flush_ms: None,
            log_append_time: false,
        }
    }
}

impl LogConfig {
    /// Whether records of a time (milliseconds since 1970) have expired.
    pub(crate) fn is_expired(&self, timestamp: i64, now_ms: i64) -> bool {
        let age_ms = now_ms.saturating_sub(timestamp);
        self.retention_ms.is_some_and(|limit| age_ms > i64::try_from(limit).unwrap_or(i64::MAX))
    }
}
