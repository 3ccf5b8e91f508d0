//! What a broker is started with, and why starting can fail.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Where topics, committed offsets and producer state are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In memory: gone when the broker stops, and never shrunk except by deleting topics.
    Memory,
    /// In files under this folder, which is created where it is missing. One broker serves a folder at a time.
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
    /// Partitions of a topic that is created without saying how many (Kafka's `num.partitions`).
    pub default_partitions: i32,
    /// Whether a metadata request may create a topic (Kafka's `auto.create.topics.enable`).
    pub auto_create_topics: bool,
    /// Connections served at a time; further ones are closed at once (Kafka's `max.connections`).
    pub max_connections: usize,
    /// Memory for requests above 64 KiB that are being read or written down, all connections together, in bytes.
    /// Others wait (Kafka's `queued.max.request.bytes`).
    pub max_request_bytes_in_flight: usize,
    /// A connection on which nothing comes or goes for so long is closed (Kafka's `connections.max.idle.ms`).
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
            max_connections: 1000,
            max_request_bytes_in_flight: 256 * 1024 * 1024,
            connections_max_idle: Duration::from_secs(600),
        }
    }
}

/// Why a broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another broker serves the data folder.
    #[error("another broker already serves the data folder{}: {}", at(.address), .data_dir.display())]
    Locked {
        /// Where the other broker listens, if it has said so.
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
        /// The address asked for.
        address: SocketAddr,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The data folder cannot be read or written.
    #[error("cannot {action}: {source}: {}", .path.display())]
    Storage {
        /// What was tried.
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
