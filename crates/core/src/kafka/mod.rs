//! The Kafka clients: settings, events, administration, group offsets, and what they report in plain words.

pub mod check;
pub mod client;
pub mod closing;
pub mod connection_log;
pub mod control;
pub mod downtime;
pub mod error;
pub mod events;
pub mod group_state;
pub mod inspector;
mod listener;
pub mod patience;
pub mod problem;
pub mod properties;
pub mod record_limit;
