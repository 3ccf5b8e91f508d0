//! How to start a broker, and why starting can fail.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::log::LogConfig;

/// Where topics, committed offsets and producer state are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In memory: lost when the broker stops.
    Memory,
    /// In files under this folder, which is created if it is missing. One broker serves a folder at a time.
    Directory(PathBuf),
}

/// How to start a [`crate::Broker`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerConfig {
    /// The address to listen on; it must be a loopback address. With port 0 the port the data folder was served on
    /// before is tried first, so that clients find the broker again, then any free port.
    pub listen: SocketAddr,
    /// Where data is kept.
    pub storage: Storage,
    /// Largest record batch accepted, in bytes (Kafka's `message.max.bytes`). A topic's own `max.message.bytes` wins.
    pub message_max_bytes: u32,
    /// Partitions of a topic that is created without a number of them (Kafka's `num.partitions`).
    pub default_partitions: i32,
    /// Whether a metadata request may create a topic (Kafka's `auto.create.topics.enable`).
    pub auto_create_topics: bool,
    /// Bound on the records of all topics together, in bytes; `None` for no bound. A batch that would exceed it is
    /// refused. Indexes and the like are not counted: about a thousandth.
    pub max_data_bytes: Option<u64>,
    /// Interval of the checks for records that the topics' retention no longer keeps (Kafka's
    /// `log.retention.check.interval.ms`).
    pub retention_check_interval: Duration,
    /// A segment is closed when the next batch would make it larger than this (Kafka's `log.segment.bytes`). This and
    /// the following fields apply to topics without such a setting.
    pub log_segment_bytes: u64,
    /// A segment is closed when it is older than this, in milliseconds (Kafka's `log.roll.ms`); `None` for never.
    pub log_roll_ms: Option<u64>,
    /// Closed segments whose newest record is older than this, in milliseconds, are deleted (Kafka's
    /// `log.retention.ms`). `None`, the default, keeps them: no data is deleted unless requested.
    pub log_retention_ms: Option<u64>,
    /// The oldest segments of a partition are deleted while the rest has at least this many bytes (Kafka's
    /// `log.retention.bytes`); `None` keeps them.
    pub log_retention_bytes: Option<u64>,
    /// A log is forced to the disk after this many records (Kafka's `log.flush.interval.messages`); `None` for no
    /// bound.
    pub log_flush_interval_messages: Option<u64>,
    /// A log is forced to the disk after this many milliseconds (Kafka's `log.flush.interval.ms`); `None` for no bound.
    pub log_flush_interval_ms: Option<u64>,
    /// How long the first member of an empty consumer group waits for others, repeated as long as members keep joining
    /// (Kafka's `group.initial.rebalance.delay.ms`).
    pub group_initial_rebalance_delay: Duration,
    /// Shortest session timeout that a member may request (Kafka's `group.min.session.timeout.ms`).
    pub group_min_session_timeout: Duration,
    /// Longest session timeout that a member may request (Kafka's `group.max.session.timeout.ms`).
    pub group_max_session_timeout: Duration,
    /// Most members of a consumer group (Kafka's `group.max.size`).
    pub group_max_size: usize,
    /// Connections served at the same time (Kafka's `max.connections`). Further ones replace unused ones, or are closed
    /// at once.
    pub max_connections: usize,
    /// Memory for requests above 64 KiB that are being read or stored, all connections together, in bytes. It is taken
    /// as the bytes arrive; requests wait while none is free (Kafka's `queued.max.request.bytes`).
    pub max_request_bytes_in_flight: usize,
    /// A connection without traffic for this long is closed (Kafka's `connections.max.idle.ms`).
    pub connections_max_idle: Duration,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            storage: Storage::Memory,
            message_max_bytes: 16 * 1024 * 1024,
            default_partitions: 4,
            auto_create_topics: true,
            max_data_bytes: Some(20 * 1024 * 1024 * 1024),
            retention_check_interval: Duration::from_secs(5 * 60),
            log_segment_bytes: 256 * 1024 * 1024,
            log_roll_ms: None,
            log_retention_ms: None,
            log_retention_bytes: None,
            log_flush_interval_messages: None,
            log_flush_interval_ms: None,
            group_initial_rebalance_delay: Duration::ZERO,
            group_min_session_timeout: Duration::from_secs(6),
            group_max_session_timeout: Duration::from_secs(1800),
            group_max_size: usize::MAX,
            max_connections: 1000,
            max_request_bytes_in_flight: 256 * 1024 * 1024,
            connections_max_idle: Duration::from_secs(600),
        }
    }
}

impl BrokerConfig {
    /// The settings of a partition's log if its topic has none.
    pub(crate) fn log_config(&self) -> LogConfig {
        LogConfig {
            segment_bytes: self.log_segment_bytes,
            segment_ms: self.log_roll_ms,
            retention_ms: self.log_retention_ms,
            retention_bytes: self.log_retention_bytes,
            flush_messages: self.log_flush_interval_messages,
            flush_ms: self.log_flush_interval_ms,
            log_append_time: false,
        }
    }
}

/// Why a broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another broker serves the data folder.
    #[error("another broker already serves the data folder{}: {}", at(.address), .data_dir.display())]
    Locked {
        /// Where the other broker listens, if it has written its address.
        address: Option<SocketAddr>,
        /// The data folder.
        data_dir: PathBuf,
    },
    /// The broker has no access control, so it serves this machine only.
    #[error("the embedded broker listens on loopback addresses only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The requested address.
        address: SocketAddr,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The data folder cannot be read or written.
    #[error("cannot {action}: {source}: {}", .path.display())]
    Storage {
        /// What was attempted.
        action: &'static str,
        /// The file or folder concerned.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
}

fn at(address: &Option<SocketAddr>) -> String {
    address.map(|address| format!(" at {address}")).unwrap_or_default()
}
