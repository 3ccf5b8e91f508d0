//! What the runs of one configuration of a benchmark have counted together.

use super::latency_buckets::LatencyBuckets;
use super::series_keeper::{Counts, Gauges};

/// Sums over runs, those that were interrupted or failed included; probe and warm-up are left out. They never decrease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunTotals {
    /// Images handed to the client.
    pub sent: u64,
    /// What became of them.
    pub counts: Counts,
    /// Errors that the clients reported.
    pub client_errors: u64,
    /// From sending to the acknowledgement.
    pub acknowledgement_latency: LatencyBuckets,
    /// End to end; empty for a backlog.
    pub latency: LatencyBuckets,
}

impl RunTotals {
    /// Adds what a run has counted so far.
    pub fn add(&mut self, run: &dyn Gauges) {
        let Counts { acknowledged, acknowledged_bytes, finished, finished_bytes } = run.counts();
        self.counts.acknowledged += acknowledged;
        self.counts.acknowledged_bytes += acknowledged_bytes;
        self.counts.finished += finished;
        self.counts.finished_bytes += finished_bytes;
        // After the acknowledged, of which it is never less.
        self.sent += run.sent();
        self.client_errors += run.client_errors();
        self.acknowledgement_latency.add(run.acknowledgement_latency());
        if let Some(latency) = run.latency() {
            self.latency.add(latency);
        }
    }
}
