//! What is measured: records on their way from a producer to the members of a group.

use std::sync::Arc;
use std::time::Duration;

use super::error::BenchmarkError;
use super::statistics::Totals;
use crate::metrics::{Gauges, LatencyHistogram};
use crate::results::{LatencyResult, Remark, RunProblem};
use crate::run::cancellation::Cancellation;

/// The producer and the consumers of one run, and what they count. `TransportRun` sends encoded images from memory,
/// `PipelineRun` goes from the folder to the saved file. Both stop and join their threads when they are dropped.
///
/// The recipe calls the methods in this order.
pub(super) trait Workload {
    /// Requested when the run is to end at once: it is stopped, or a part of it has failed. [`Self::finish`] returns why.
    /// Notified of the changes that the recipe waits for.
    fn stop(&self) -> &Cancellation;

    /// For the charts of the running benchmark.
    fn gauges(&self) -> Arc<dyn Gauges>;

    /// Time on the clock of the counters.
    fn now(&self) -> Duration;

    /// Waits until the group holds its partitions and the producer is connected. Returns how long the group took; `None`: not
    /// in time, or stopped.
    fn join(&self) -> Option<Duration>;

    /// Whether it can send records that are not counted, as [`Self::probe`] and [`Self::warm_up`] do.
    fn has_uncounted(&self) -> bool {
        false
    }

    /// Sends a record to each partition and waits until it is received.
    fn probe(&self) -> Result<(), BenchmarkError> {
        Ok(())
    }

    /// Sends for this time, and waits until everything is received.
    fn warm_up(&self, _span: Duration) -> Result<(), BenchmarkError> {
        Ok(())
    }

    /// For a backlog: the consumers stay in the group and receive nothing.
    fn pause(&self) -> Result<(), BenchmarkError> {
        Ok(())
    }

    /// Ends [`Self::pause`].
    fn resume(&self) {}

    /// What the clients of both sides have counted until now; waits for their reports.
    fn client_totals(&self) -> ClientTotals;

    /// Starts sending what is counted.
    fn begin(&mut self) -> Result<(), BenchmarkError>;

    /// Whether records are still sent, or their acknowledgements outstanding.
    fn is_sending(&self) -> bool;

    /// To be called after sending: returns why it failed, if it did.
    fn end_sending(&mut self) -> Result<(), BenchmarkError>;

    /// The counts so far.
    fn counts(&self) -> WorkCounts;

    /// Records that are acknowledged and neither received nor given up.
    fn left(&self) -> u64;

    /// Stops both sides and waits for their threads.
    ///
    /// # Errors
    /// Why the run failed, if it did.
    fn finish(&mut self) -> Result<(), BenchmarkError>;

    /// What was counted in all. `stored`: how many records the topic gained since [`Self::begin`].
    fn tally(&self, stored: i64) -> Tally;
}

/// Of the producer's client, and of those of all consumers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ClientTotals {
    pub(super) producer: Totals,
    pub(super) consumer: Totals,
}

impl ClientTotals {
    /// What came since `before`.
    pub(super) fn since(&self, before: &Self) -> Self {
        Self { producer: self.producer.since(&before.producer), consumer: self.consumer.since(&before.consumer) }
    }
}

/// Counts of a running workload; they only grow, but for the lag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WorkCounts {
    pub(super) sent: u64,
    pub(super) acknowledged: u64,
    pub(super) acknowledged_bytes: u64,
    /// In pipeline mode: saved.
    pub(super) received: u64,
    pub(super) received_bytes: u64,
    /// Records acknowledged and not received.
    pub(super) lag: u64,
}

/// What a workload has counted when it has ended.
pub(super) struct Tally {
    pub(super) sent: u64,
    pub(super) acknowledged: u64,
    pub(super) acknowledged_bytes: u64,
    pub(super) failed: u64,
    pub(super) received: u64,
    pub(super) received_bytes: u64,
    pub(super) missing: u64,
    pub(super) duplicates: u64,
    pub(super) redelivered: u64,
    /// From the first record handed over to the last acknowledgement.
    pub(super) producer_span: Duration,
    pub(super) consumer_span: Duration,
    /// On the clock of [`Workload::now`].
    pub(super) last_acknowledged: Duration,
    pub(super) last_received: Duration,
    pub(super) acknowledgement_latency: LatencyResult,
    pub(super) end_to_end_latency: LatencyResult,
    /// `None` where it is not counted at the acknowledgement itself; the last sample before the end of sending has it then.
    pub(super) lag_at_last_acknowledgement: Option<u64>,
    pub(super) errors: u64,
    pub(super) problems: Vec<RunProblem>,
}

/// What a histogram has recorded.
pub(super) fn latencies(recorded: &LatencyHistogram) -> LatencyResult {
    LatencyResult::of(&recorded.snapshot(), recorded.max_micros())
}

impl Tally {
    /// What limits the trust in the counts.
    pub(super) fn remarks(&self) -> impl Iterator<Item = Remark> {
        let duplicates = (self.duplicates > 0).then_some(Remark::Duplicates(self.duplicates));
        let redelivered = (self.redelivered > 0).then_some(Remark::Redelivered(self.redelivered));
        duplicates.into_iter().chain(redelivered)
    }
}
