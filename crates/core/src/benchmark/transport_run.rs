//! The transport: encoded images from memory, through the broker, to their receipt.

mod tally;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::client_threads::{Assigned, ClientThreads};
use super::counters::Counters;
use super::error::BenchmarkError;
use super::payloads::{Playback, Pool};
use super::plan::RunLength;
use super::receive::Receivers;
use super::send::{Schedule, Sender, Share, Until};
use super::setup::RunSetup;
use super::statistics::{ClientStatistics, Totals};
use super::workload::{ClientTotals, Tally, WorkCounts, Workload};
use crate::kafka::error::ClientError;
use crate::metrics::Gauges;
use crate::run::cancellation::{Cancellation, Wait};
use crate::run::error::RunError;
use crate::run::thread_times::{EndedThreads, ThreadTime};

const JOIN_TIMEOUT: Duration = Duration::from_secs(30);
/// After this long without a record, the rest of the warm-up is abandoned.
const WARM_UP_STALLED: Duration = Duration::from_secs(10);
const SENDING: &str = "bench-send";

type SendingThread = JoinHandle<Result<(), ClientError>>;

/// One run of the transport.
pub(super) struct TransportRun {
    topic: String,
    partitions: i32,
    schedule: Schedule,
    until: Until,
    /// Stops this run's threads.
    stop: Cancellation,
    counters: Arc<Counters>,
    statistics: Arc<ClientStatistics>,
    /// The producers.
    senders: Vec<Arc<Sender>>,
    threads: Vec<SendingThread>,
    /// Producers that have not sent their share yet.
    sending: Arc<AtomicUsize>,
    /// A consumer group each; empty when they have ended.
    receivers: Vec<Receivers>,
    client_threads: Mutex<ClientThreads>,
    /// Sending threads that have ended.
    ended: Arc<EndedThreads>,
    /// Members of all groups.
    members: usize,
}

impl TransportRun {
    /// Connects the producers and starts the consumers; nothing is sent yet. In this order, which shows whose
    /// threads those of librdkafka are.
    pub(super) fn start(
        setup: &RunSetup<'_>,
        pool: &Arc<Pool>,
        playback: Option<&Arc<Playback>>,
    ) -> Result<Self, BenchmarkError> {
        let run = setup.run;
        let stop = Cancellation::child_of(&[&run.stop]);
        let counters = Arc::new(Counters::new((run.partitions(), setup.plan.groups), setup.plan.backlog, &stop));
        let mut client_threads = ClientThreads::before_clients();
        let statistics = Arc::new(ClientStatistics::default());
        let (next, producers) = (Arc::default(), setup.plan.producers);
        let sender = |index: usize| {
            let share = (Share { index, producers }, &next);
            Sender::new(setup, &counters, pool, &statistics, share, &stop).map(Arc::new)
        };
        let senders = (0..producers).map(sender).collect::<Result<Vec<_>, _>>()?;
        let deadline = Instant::now() + JOIN_TIMEOUT;
        senders.iter().for_each(|sender| sender.connect(deadline));
        client_threads.producers_connected();
        let groups = 0..setup.plan.groups;
        let receivers = groups.map(|group| Receivers::start(setup, group, &counters, pool, &stop));
        let receivers = receivers.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            topic: run.name.clone(),
            partitions: run.configuration.partitions,
            schedule: match (run.rate_per_s, playback, setup.plan.pace.load_shape()) {
                (Some(rate_per_s), ..) => Schedule::Constant(rate_per_s),
                (None, Some(playback), _) => Schedule::Replayed(Arc::clone(playback)),
                (None, None, Some(shape)) => Schedule::Shaped(shape),
                (None, None, None) => Schedule::FullSpeed,
            },
            until: match run.length {
                RunLength::Duration(duration) => Until::Elapsed(duration),
                RunLength::Images(images) => Until::Count(images),
            },
            stop,
            counters,
            statistics,
            sending: Arc::new(AtomicUsize::new(senders.len())),
            senders,
            threads: Vec::new(),
            receivers,
            client_threads: Mutex::new(client_threads),
            ended: Arc::default(),
            members: setup.plan.members(),
        })
    }

    /// A thread for each producer, which sends its share.
    fn start_sending(
        &self,
        until: Until,
        schedule: &Schedule,
        is_counted: bool,
    ) -> Result<Vec<SendingThread>, BenchmarkError> {
        self.sending.store(self.senders.len(), Ordering::Release);
        let mut threads = Vec::new();
        for (index, sender) in self.senders.iter().enumerate() {
            let (sender, schedule) = (Arc::clone(sender), schedule.clone());
            let (sending, ended) = (Arc::clone(&self.sending), Arc::clone(&self.ended));
            let end = EndOfSending { sending, ended, stop: self.stop.clone() };
            let name = if index == 0 { SENDING.to_owned() } else { format!("{SENDING}-{}", index + 1) };
            let thread = thread::Builder::new().name(name.clone()).spawn(move || {
                let _end = end;
                sender.run(until, &schedule, is_counted)?;
                sender.flush()
            });
            match thread {
                Ok(thread) => threads.push(thread),
                Err(source) => {
                    self.stop.request();
                    join_all(threads)?;
                    return Err(RunError::Thread { name, source }.into());
                }
            }
        }
        Ok(threads)
    }

    /// Begins another slice with the same clients, when everything of the one before has been received. Of what it sends in
    /// `span`, the part after `cut` counts for the rate.
    pub(super) fn next_slice(&mut self, cut: Duration, span: Duration) {
        self.counters.begin_slice();
        let now = self.counters.now();
        self.counters.window.set(now, now + cut, now + span);
        self.until = Until::Elapsed(span);
    }

    /// The rate in the part of the slice that counts, in images per second, and how long that was; `None` if too little was
    /// acknowledged in it.
    pub(super) fn slice_rate(&self) -> Option<(f64, Duration)> {
        self.counters.window.rate()
    }

    /// The totals in the clients' latest reports: nothing is waited for.
    pub(super) fn current_totals(&self) -> ClientTotals {
        let groups = self.receivers.iter().map(Receivers::current);
        let consumer = groups.fold(Totals::default(), |sum, group| sum.plus(&group));
        ClientTotals { producer: self.statistics.current(), consumer }
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
        // The slowest group's, once all have joined.
        let joined_after = || {
            let all: Option<Vec<Duration>> = self.receivers.iter().map(Receivers::joined_after).collect();
            all?.into_iter().max()
        };
        self.stop.wait_until(Some(deadline), || joined_after().is_some());
        self.client_threads.lock().consumers_joined();
        joined_after()
    }

    fn client_threads(&self) -> Option<Assigned> {
        self.client_threads.lock().assigned(self.senders.len(), self.members)
    }

    fn ended_threads(&self) -> Vec<ThreadTime> {
        self.ended.all()
    }

    fn has_uncounted(&self) -> bool {
        true
    }

    fn probe(&self) -> Result<(), BenchmarkError> {
        // By each producer, so that none connects while it is measured.
        self.senders.iter().try_for_each(|sender| sender.probe(self.partitions))?;
        let probes = u64::try_from(self.partitions).unwrap_or(0) * self.senders.len() as u64;
        match self.counters.wait_received(probes, Instant::now() + JOIN_TIMEOUT) {
            Wait::TimedOut => Err(self.timed_out("a probe record did not arrive within 30 s")),
            Wait::Met | Wait::Cancelled => Ok(()),
        }
    }

    fn warm_up(&self, span: Duration) -> Result<(), BenchmarkError> {
        let schedule = match &self.schedule {
            // It may begin with a long pause.
            Schedule::Replayed(_) => &Schedule::FullSpeed,
            schedule => schedule,
        };
        join_all(self.start_sending(Until::Elapsed(span), schedule, false)?)?;
        self.counters.wait_received(self.counters.all_acknowledged.get(), Instant::now() + WARM_UP_STALLED);
        Ok(())
    }

    fn pause(&self) -> Result<(), BenchmarkError> {
        self.receivers.iter().for_each(|group| group.pause(true));
        let are_paused = || self.receivers.iter().all(Receivers::are_paused);
        match self.stop.wait_until(Some(Instant::now() + JOIN_TIMEOUT), are_paused) {
            Wait::TimedOut => Err(self.timed_out("the consumers could not be paused")),
            Wait::Met | Wait::Cancelled => Ok(()),
        }
    }

    fn resume(&self) {
        self.receivers.iter().for_each(|group| group.pause(false));
    }

    fn client_totals(&self) -> ClientTotals {
        let groups = self.receivers.iter().map(Receivers::settled);
        let consumer = groups.fold(Totals::default(), |sum, group| sum.plus(&group));
        ClientTotals { producer: self.statistics.settled(&self.stop), consumer }
    }

    fn begin(&mut self) -> Result<(), BenchmarkError> {
        // Those of the warm-up, and of earlier slices.
        self.ended.clear();
        self.threads = self.start_sending(self.until, &self.schedule, true)?;
        Ok(())
    }

    fn is_sending(&self) -> bool {
        self.sending.load(Ordering::Acquire) > 0
    }

    fn end_sending(&mut self) -> Result<(), BenchmarkError> {
        if self.threads.is_empty() {
            return Ok(());
        }
        let sent = join_all(std::mem::take(&mut self.threads));
        self.counters.notify_when_drained();
        sent
    }

    fn counts(&self) -> WorkCounts {
        let counters = &self.counters;
        counters.sample_lags();
        WorkCounts {
            sent: counters.sent.get(),
            acknowledged: counters.acknowledged.get(),
            acknowledged_bytes: counters.acknowledged_bytes.get(),
            received: counters.all_received(),
            received_bytes: counters.all_received_bytes(),
            lag: counters.lag(),
        }
    }

    fn left(&self) -> u64 {
        self.counters.missing()
    }

    fn finish(&mut self) -> Result<(), BenchmarkError> {
        self.stop.request();
        // Dropping them leaves the group.
        self.receivers.clear();
        self.end_sending()
    }

    fn tally(&self, stored: i64) -> Tally {
        tally::tally(&self.counters, self.counts(), stored)
    }
}

impl Drop for TransportRun {
    fn drop(&mut self) {
        // Errors were reported before.
        let _ = self.finish();
    }
}

/// Waits for the threads of all producers, and returns the first error.
fn join_all(threads: Vec<SendingThread>) -> Result<(), BenchmarkError> {
    let join = |thread: SendingThread| {
        let name = thread.thread().name().unwrap_or(SENDING).to_owned();
        thread.join().map_err(|_| RunError::Panicked { thread: name })
    };
    let all: Vec<_> = threads.into_iter().map(join).collect();
    all.into_iter().try_for_each(|sent| Ok(sent??))
}

/// Dropped by a sending thread: notes its processor time, and notifies waiting threads that it has sent its share, also after a
/// panic.
struct EndOfSending {
    sending: Arc<AtomicUsize>,
    ended: Arc<EndedThreads>,
    stop: Cancellation,
}

impl Drop for EndOfSending {
    fn drop(&mut self) {
        self.ended.note_own();
        self.sending.fetch_sub(1, Ordering::AcqRel);
        self.stop.notify();
    }
}
