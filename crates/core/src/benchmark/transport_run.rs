//! The transport: encoded images from memory, through the broker, to their receipt.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::counters::Counters;
use super::error::BenchmarkError;
use super::payloads::Pool;
use super::plan::RunLength;
use super::receive::Receivers;
use super::send::{Sender, Until};
use super::setup::RunSetup;
use super::statistics::ClientStatistics;
use super::workload::{ClientTotals, Tally, WorkCounts, Workload, latencies};
use crate::kafka::error::ClientError;
use crate::metrics::Gauges;
use crate::results::{LatencyResult, RunProblem};
use crate::run::cancellation::{Cancellation, Wait};
use crate::run::error::RunError;

const JOIN_TIMEOUT: Duration = Duration::from_secs(30);
/// After this long without a record, the rest of the warm-up is abandoned.
const WARM_UP_STALLED: Duration = Duration::from_secs(10);
const SENDING: &str = "bench-send";

/// One run of the transport.
pub(super) struct TransportRun {
    topic: String,
    partitions: i32,
    is_backlog: bool,
    rate_per_s: Option<f64>,
    until: Until,
    /// Stops this run's threads.
    stop: Cancellation,
    counters: Arc<Counters>,
    statistics: Arc<ClientStatistics>,
    sender: Arc<Sender>,
    sending: Option<JoinHandle<Result<(), ClientError>>>,
    has_sent: Arc<AtomicBool>,
    /// `None` when it has ended.
    receivers: Option<Receivers>,
}

impl TransportRun {
    /// Starts the consumers and creates the producer; nothing is sent yet.
    pub(super) fn start(setup: &RunSetup<'_>, pool: &Arc<Pool>) -> Result<Self, BenchmarkError> {
        let run = setup.run;
        let stop = Cancellation::child_of(&[&run.stop]);
        let counters = Arc::new(Counters::new(run.partitions(), setup.plan.backlog, &stop));
        let receivers = Receivers::start(setup, &counters, pool, &stop)?;
        let statistics = Arc::new(ClientStatistics::default());
        let sender = Sender::new(setup, &counters, pool, &statistics, &stop)?;
        Ok(Self {
            topic: run.name.clone(),
            partitions: run.configuration.partitions,
            is_backlog: setup.plan.backlog,
            rate_per_s: run.rate_per_s,
            until: match run.length {
                RunLength::Duration(duration) => Until::Elapsed(duration),
                RunLength::Images(images) => Until::Count(images),
            },
            stop,
            counters,
            statistics,
            sender: Arc::new(sender),
            sending: None,
            has_sent: Arc::default(),
            receivers: Some(receivers),
        })
    }

    fn timed_out(&self, reason: &str) -> BenchmarkError {
        ClientError::TimedOut { topic: self.topic.clone(), reason: reason.to_owned() }.into()
    }
}

impl Workload for TransportRun {
    fn stop(&self) -> &Cancellation {
        &self.stop
    }

    fn gauges(&self) -> Arc<dyn Gauges> {
        Arc::clone(&self.counters) as Arc<dyn Gauges>
    }

    fn now(&self) -> Duration {
        self.counters.now()
    }

    fn join(&self) -> Option<Duration> {
        let deadline = Instant::now() + JOIN_TIMEOUT;
        let joined_after = || self.receivers.as_ref().and_then(Receivers::joined_after);
        self.stop.wait_until(Some(deadline), || joined_after().is_some());
        self.sender.connect(deadline);
        joined_after()
    }

    fn has_uncounted(&self) -> bool {
        true
    }

    fn probe(&self) -> Result<(), BenchmarkError> {
        self.sender.probe(self.partitions)?;
        let probes = u64::try_from(self.partitions).unwrap_or(0);
        match self.counters.wait_received(probes, Instant::now() + JOIN_TIMEOUT) {
            Wait::TimedOut => Err(self.timed_out("a probe record did not arrive within 30 s")),
            Wait::Met | Wait::Cancelled => Ok(()),
        }
    }

    fn warm_up(&self, span: Duration) -> Result<(), BenchmarkError> {
        self.sender.run(Until::Elapsed(span), self.rate_per_s, false)?;
        self.sender.flush()?;
        self.counters.wait_received(self.counters.all_acknowledged.get(), Instant::now() + WARM_UP_STALLED);
        Ok(())
    }

    fn pause(&self) -> Result<(), BenchmarkError> {
        let Some(receivers) = &self.receivers else { return Ok(()) };
        receivers.pause(true);
        match self.stop.wait_until(Some(Instant::now() + JOIN_TIMEOUT), || receivers.are_paused()) {
            Wait::TimedOut => Err(self.timed_out("the consumers could not be paused")),
            Wait::Met | Wait::Cancelled => Ok(()),
        }
    }

    fn resume(&self) {
        if let Some(receivers) = &self.receivers {
            receivers.pause(false);
        }
    }

    fn client_totals(&self) -> ClientTotals {
        let consumer = self.receivers.as_ref().map(Receivers::settled).unwrap_or_default();
        ClientTotals { producer: self.statistics.settled(&self.stop), consumer }
    }

    fn begin(&mut self) -> Result<(), BenchmarkError> {
        let (sender, until, rate_per_s) = (Arc::clone(&self.sender), self.until, self.rate_per_s);
        let end = EndOfSending { has_sent: Arc::clone(&self.has_sent), stop: self.stop.clone() };
        let thread = thread::Builder::new().name(SENDING.to_owned()).spawn(move || {
            let _end = end;
            sender.run(until, rate_per_s, true)?;
            sender.flush()
        });
        self.sending = Some(thread.map_err(|source| RunError::Thread { name: SENDING.to_owned(), source })?);
        Ok(())
    }

    fn is_sending(&self) -> bool {
        !self.has_sent.load(Ordering::Acquire)
    }

    fn end_sending(&mut self) -> Result<(), BenchmarkError> {
        let Some(sending) = self.sending.take() else { return Ok(()) };
        let sent = sending.join().map_err(|_| RunError::Panicked { thread: SENDING.to_owned() });
        self.counters.notify_when_drained();
        Ok(sent??)
    }

    fn counts(&self) -> WorkCounts {
        let counters = &self.counters;
        WorkCounts {
            sent: counters.sent.get(),
            acknowledged: counters.acknowledged.get(),
            acknowledged_bytes: counters.acknowledged_bytes.get(),
            received: counters.received.get(),
            received_bytes: counters.received_bytes.get(),
            lag: counters.lag(),
        }
    }

    fn left(&self) -> u64 {
        self.counters.acknowledged.get().saturating_sub(self.counters.received.get())
    }

    fn finish(&mut self) -> Result<(), BenchmarkError> {
        self.stop.request();
        // Dropping them leaves the group.
        self.receivers = None;
        self.end_sending()
    }

    fn tally(&self, stored: i64) -> Tally {
        let counters = &self.counters;
        let WorkCounts { sent, acknowledged, acknowledged_bytes, received, received_bytes, .. } = self.counts();
        Tally {
            sent,
            acknowledged,
            acknowledged_bytes,
            failed: counters.failed.get(),
            received,
            received_bytes,
            missing: acknowledged.saturating_sub(received),
            duplicates: counters.duplicates.get(),
            redelivered: counters.redelivered.get(),
            producer_span: counters.producer_span.elapsed(),
            consumer_span: counters.consumer_span.elapsed(),
            last_acknowledged: counters.producer_span.last().unwrap_or_default(),
            last_received: counters.consumer_span.last().unwrap_or_default(),
            acknowledgement_latency: latencies(&counters.acknowledgement_latency),
            end_to_end_latency: match self.is_backlog {
                // It would be the time that the records had to wait.
                true => LatencyResult::default(),
                false => latencies(&counters.end_to_end_latency),
            },
            lag_at_last_acknowledgement: Some(counters.lag_at_last_acknowledgement.load(Ordering::Relaxed)),
            errors: counters.errors.get(),
            problems: problems(counters, stored),
        }
    }
}

impl Drop for TransportRun {
    fn drop(&mut self) {
        // Errors were reported before.
        let _ = self.finish();
    }
}

/// Notifies waiting threads that sending has ended, also after a panic.
struct EndOfSending {
    has_sent: Arc<AtomicBool>,
    stop: Cancellation,
}

impl Drop for EndOfSending {
    fn drop(&mut self) {
        self.has_sent.store(true, Ordering::Release);
        self.stop.notify();
    }
}

/// Contradictions in the counts of a run whose topic has gained `stored` records.
fn problems(counters: &Counters, stored: i64) -> Vec<RunProblem> {
    let (sent, acknowledged, failed) = (counters.sent.get(), counters.acknowledged.get(), counters.failed.get());
    let (received, duplicates) = (counters.received.get(), counters.duplicates.get());
    let mut problems = Vec::new();
    if sent != acknowledged + failed {
        problems.push(RunProblem::Unaccounted { sent, acknowledged, failed });
    }
    if failed > 0 {
        let first = counters.first_error.lock().clone();
        let first_error = first.unwrap_or_else(|| "the client reported no reason".to_owned());
        problems.push(RunProblem::RecordsFailed { failed, first_error });
    }
    if received < acknowledged {
        problems.push(RunProblem::NeverCame(acknowledged - received));
    }
    if failed == 0 && stored != i64::try_from(acknowledged + duplicates).unwrap_or(-1) {
        problems.push(RunProblem::OtherNumberStored { acknowledged, stored });
    }
    problems
}
