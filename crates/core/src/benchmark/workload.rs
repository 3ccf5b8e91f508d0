//! The workload of a run: records on their way from a producer to the members of a group.

use std::sync::Arc;
use std::time::Duration;

use super::client_threads::Assigned;
use super::error::BenchmarkError;
use super::statistics::Totals;
use crate::metrics::{Gauges, LatencyHistogram, MeasuredStage, StageTimes};
use crate::model::record_stage::RecordStage;
use crate::results::{LatencyResult, Remark, RunProblem, StageResult, StagesResult};
use crate::run::cancellation::Cancellation;
use crate::run::thread_times::ThreadTime;

/// The producer and the consumers of one run, and their counts. `TransportRun` sends encoded images from memory,
/// `PipelineRun` goes from the folder to the saved file. Both stop and join their threads when they are dropped.
///
/// The recipe calls the methods in this order.
pub(super) trait Workload {
    /// Requested when the run is to end at once: it is stopped, or a part of it has failed. [`Self::finish`] returns
    /// why. Notified of changes that the recipe waits for.
    fn stop(&self) -> &Cancellation;

    /// For the charts of the running benchmark.
    fn gauges(&self) -> Arc<dyn Gauges>;

    /// Time on the clock of the counters.
    fn now(&self) -> Duration;

    /// Waits until the group holds its partitions and the producer is connected. Returns how long the group took; `None`: not
    /// in time, or stopped.
    fn join(&self) -> Option<Duration>;

    /// The client threads of both sides, after [`Self::join`]; `None` if they are not known.
    fn client_threads(&self) -> Option<Assigned>;

    /// Its threads that have ended.
    fn ended_threads(&self) -> Vec<ThreadTime>;

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

    /// The totals of both sides' clients until now; waits for their reports.
    fn client_totals(&self) -> ClientTotals;

    /// Starts sending counted records.
    fn begin(&mut self) -> Result<(), BenchmarkError>;

    /// Whether records are still being sent, or acknowledgements are outstanding.
    fn is_sending(&self) -> bool;

    /// Called after sending; returns its error.
    fn end_sending(&mut self) -> Result<(), BenchmarkError>;

    /// The counts so far.
    fn counts(&self) -> WorkCounts;

    /// Records that are acknowledged and neither received nor abandoned.
    fn left(&self) -> u64;

    /// Stops both sides and waits for their threads.
    ///
    /// # Errors
    /// Why the run failed, if it did.
    fn finish(&mut self) -> Result<(), BenchmarkError>;

    /// The final counts. `stored`: how many records the topic gained since [`Self::begin`].
    fn tally(&self, stored: i64) -> Tally;
}

/// The totals of the producer's client, and of all consumers' clients.
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

/// Counts of a running workload; all except the lag only grow.
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

/// The final counts of a workload.
pub(super) struct Tally {
    pub(super) sent: u64,
    pub(super) acknowledged: u64,
    pub(super) acknowledged_bytes: u64,
    pub(super) failed: u64,
    /// Of several consumer groups the sum, as for what is missing and was delivered again.
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
    /// How late records were handed to the client; `None` if they had no time.
    pub(super) lateness: Option<LatencyResult>,
    /// Each consumer group, if there are several.
    pub(super) groups: Vec<GroupTally>,
    pub(super) stages: Option<StagesResult>,
    /// `None` if it is not counted at the acknowledgement itself; then the last sample before the end of sending has
    /// it.
    pub(super) lag_at_last_acknowledgement: Option<u64>,
    pub(super) errors: u64,
    pub(super) problems: Vec<RunProblem>,
}

/// The final counts of one of several consumer groups.
pub(super) struct GroupTally {
    pub(super) received: u64,
    pub(super) received_bytes: u64,
    pub(super) missing: u64,
    pub(super) duplicates: u64,
    pub(super) redelivered: u64,
    pub(super) span: Duration,
    /// On the clock of [`Workload::now`].
    pub(super) last_received: Duration,
    pub(super) end_to_end_latency: LatencyResult,
    pub(super) max_lag: u64,
}

/// The results of a histogram.
pub(super) fn latencies(recorded: &LatencyHistogram) -> LatencyResult {
    LatencyResult::of(&recorded.snapshot(), recorded.max_micros())
}

/// How late records were; `None` if they had no time.
pub(super) fn lateness(recorded: &LatencyHistogram) -> Option<LatencyResult> {
    Some(latencies(recorded)).filter(|lateness| lateness.count > 0)
}

/// The results of the stages; `None` if there are none.
pub(super) fn stages(measured: &StageTimes) -> Option<StagesResult> {
    let result = |one: MeasuredStage| StageResult {
        stage: one.stage,
        mean_micros: one.mean_micros,
        latency: LatencyResult::of(&one.histogram, one.max_micros),
    };
    let stages: Vec<StageResult> = measured.measured().into_iter().map(result).collect();
    let has_bound = stages.iter().any(|one| one.stage == RecordStage::WireOut);
    let bound = measured.clock_bound().filter(|_| has_bound);
    let clock_bound_micros = bound.map(|bound| u64::try_from(bound.as_micros()).unwrap_or(u64::MAX));
    (!stages.is_empty()).then_some(StagesResult { clock_bound_micros, stages })
}

impl Tally {
    /// Remarks about the counts.
    pub(super) fn remarks(&self) -> impl Iterator<Item = Remark> {
        let duplicates = (self.duplicates > 0).then_some(Remark::Duplicates(self.duplicates));
        let redelivered = (self.redelivered > 0).then_some(Remark::Redelivered(self.redelivered));
        duplicates.into_iter().chain(redelivered)
    }
}
