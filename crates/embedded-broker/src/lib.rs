//! A small durable single-node log server that speaks Kafka's protocol, in process, on the loopback interface.
//!
//! ```text
//! connection ─> layout (is the request well formed?) ─> api (a file a family) ─┬─> topics ─> log (segments | memory)
//!                                                                              └─> group (members, committed offsets)
//! ```
//!
//! * [`Broker::start`] opens the storage, takes the data folder's lock and listens; [`Broker::shutdown`] flushes and
//!   stops it.
//! * Record batches are stored as they are sent: only base offset and leader epoch, which lie outside the CRC, are
//!   written.
//! * A produce request is acknowledged once its bytes are in the page cache; `fsync` follows when a segment is closed,
//!   when the broker stops, and when a topic's settings demand it.
//!
//! The crate's README describes its purpose, its limits and the storage format.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod api;
mod broker;
mod config;
mod connection;
mod connections;
mod files;
mod flusher;
mod folder_lock;
mod group;
mod handles;
mod layout;
mod log;
mod memory;
mod producer_ids;
#[cfg(test)]
mod random;
mod send;
mod state;
mod stats;
mod sync;
mod topic_config;
mod topics;
mod traffic;

pub use broker::Broker;
pub use config::{BrokerConfig, StartError, Storage};
pub use folder_lock::serving_address;
pub use stats::Stats;

/// Names of the threads that a broker starts besides those of its runtime.
pub const THREAD_NAMES: [&str; 2] = [FLUSHER_THREADS, REMOVER_THREADS];
const FLUSHER_THREADS: &str = "log-flusher";
const REMOVER_THREADS: &str = "topic-remover";
