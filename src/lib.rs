//! Kafka Image Bench.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod metrics;
pub mod model;
pub mod pipeline;
