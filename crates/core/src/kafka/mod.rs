//! The Kafka clients: settings, events, administration, group offsets, and their problems in plain words.

pub mod check;
pub(crate) mod check_step;
pub(crate) mod client;
pub(crate) mod closing;
pub(crate) mod confirmed_producer;
pub(crate) mod connection_log;
pub(crate) mod control;
pub(crate) mod downtime;
pub mod error;
pub(crate) mod events;
pub(crate) mod group_state;
pub(crate) mod inspector;
pub(crate) mod listener;
pub(crate) mod log_size;
pub(crate) mod patience;
pub(crate) mod problem;
pub mod properties;
pub mod readable_headers;
pub(crate) mod record_fields;
pub(crate) mod record_limit;
pub(crate) mod statistics;
pub(crate) mod topic_name;

/// The Kafka client's name and version.
pub fn client_version() -> String {
    format!("librdkafka {}", rdkafka::util::get_rdkafka_version().1)
}
