//! One consumer group of a run with several.

use serde::{Deserialize, Serialize};

use super::latency::LatencyResult;

/// One consumer group of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupResult {
    /// Its number, from 1.
    pub group: u32,
    /// Acknowledged records that it received, each counted once.
    pub received: u64,
    /// Acknowledged records that it never received.
    pub missing: u64,
    /// Records that it received from two places of the topic.
    pub duplicates: u64,
    /// Records that it received again, after a rebalance or a restart of the broker.
    pub redelivered: u64,
    /// From the first record received to the last.
    pub elapsed_s: f64,
    /// Records received per second.
    pub images_per_s: f64,
    /// Megabytes (10^6 bytes) of image files received per second.
    pub payload_mb_per_s: f64,
    /// From the intended (fixed rate) or actual time of sending to the receipt.
    pub end_to_end_latency: LatencyResult,
    /// Its largest lag.
    pub max_lag: u64,
    /// From the last acknowledgement to its last receipt.
    pub drain_s: f64,
}
