//! Lets front ends read what a run has counted at any time, and in more detail than its snapshots.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::report::Outcome;
use crate::lag::LagReading;
use crate::metrics::{LatencyBuckets, RunTotals, Snapshot};
use crate::run::context::RunContext;

/// Reads the engine's latest run, from any thread; never blocks the run.
#[derive(Clone, Default)]
pub struct Observer {
    snapshot: Arc<Mutex<Arc<Snapshot>>>,
    run: Arc<Mutex<Observed>>,
    group_lag: Arc<Mutex<GroupLag>>,
}

/// The offsets of a run's consumer group, which are read only if somebody asks for them.
#[derive(Default)]
struct GroupLag {
    interval: Option<Duration>,
    latest: Option<Arc<LagReading>>,
}

#[derive(Default)]
enum Observed {
    #[default]
    Nothing,
    Running(Arc<RunContext>),
    Ended(Arc<Observation>),
}

/// What a run has counted by one moment.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The run's id, which its records contain.
    pub run_id: String,
    /// How it ended; `None` while it is running.
    pub outcome: Option<Outcome>,
    /// Its counts; of a benchmark only what concerns all of it.
    pub snapshot: Snapshot,
    /// Bytes of the image files handed to the client, each attempt included.
    pub sent_bytes: u64,
    /// Deliveries that failed: sent again, rejected, or left to the next run.
    pub failed_deliveries: u64,
    /// Errors that the Kafka clients reported.
    pub client_errors: u64,
    /// From handing a record to the client to its acknowledgement.
    pub acknowledgement_latency: LatencyBuckets,
    /// From sending to receiving; this run's own records only.
    pub received_latency: LatencyBuckets,
    /// From sending to the image and its row being durable; this run's own records only.
    pub saved_latency: LatencyBuckets,
    /// How often the broker stopped answering.
    pub downtimes: u64,
    /// How long it did not answer, in sum.
    pub downtime: Duration,
    /// What the runs of a benchmark have counted, by configuration.
    pub configurations: BTreeMap<String, RunTotals>,
    /// The offsets of the consumer group of a stream, if they are read ([`Observer::read_group_lag`]).
    pub group_lag: Option<Arc<LagReading>>,
}

impl Observer {
    /// From the next run on, the broker is asked this often for the offsets of the consumer group of a stream.
    pub fn read_group_lag(&self, interval: Duration) {
        self.group_lag.lock().interval = Some(interval);
    }

    pub(super) fn group_lag_interval(&self) -> Option<Duration> {
        self.group_lag.lock().interval
    }

    pub(super) fn note_group_lag(&self, reading: LagReading) {
        self.group_lag.lock().latest = Some(Arc::new(reading));
    }

    /// The latest run as of now; `None` before the first one.
    pub fn observe(&self) -> Option<Arc<Observation>> {
        let context = match &*self.run.lock() {
            Observed::Nothing => return None,
            Observed::Running(context) => Arc::clone(context),
            Observed::Ended(observation) => return Some(Arc::clone(observation)),
        };
        let mut observation = Observation::of(&context);
        observation.snapshot.series = self.snapshot().series.clone();
        observation.group_lag = self.group_lag.lock().latest.clone();
        Some(Arc::new(observation))
    }

    /// The latest snapshot.
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.lock())
    }

    pub(super) fn publish(&self, snapshot: Snapshot) {
        *self.snapshot.lock() = Arc::new(snapshot);
    }

    /// A run begins.
    pub(super) fn begin(&self, context: &Arc<RunContext>) {
        self.group_lag.lock().latest = None;
        *self.run.lock() = Observed::Running(Arc::clone(context));
    }

    /// The run has ended, with these figures.
    pub(super) fn end(&self, context: &RunContext, snapshot: &Snapshot, outcome: &Outcome) {
        let ended = Observation {
            snapshot: snapshot.clone(),
            outcome: Some(outcome.clone()),
            group_lag: self.group_lag.lock().latest.clone(),
            ..Observation::of(context)
        };
        *self.run.lock() = Observed::Ended(Arc::new(ended));
        self.publish(snapshot.clone());
    }
}

impl Observation {
    fn of(context: &RunContext) -> Self {
        let (producer, consumer) = (&context.recorder.producer, &context.recorder.consumer);
        let downtimes = context.reachability.downtimes();
        let failed_deliveries = producer.failed_deliveries.get();
        Self {
            run_id: context.run_id.to_string(),
            outcome: None,
            snapshot: context.snapshot(),
            sent_bytes: producer.sent_bytes.get(),
            failed_deliveries,
            client_errors: context.recorder.client_errors.get(),
            acknowledgement_latency: LatencyBuckets::of(&producer.acknowledgement_latency),
            received_latency: LatencyBuckets::of(&consumer.received_latency),
            saved_latency: LatencyBuckets::of(&consumer.saved_latency),
            downtimes: downtimes.count,
            downtime: downtimes.total,
            configurations: context.totals(),
            group_lag: None,
        }
    }

    /// Images handed to the client whose delivery was neither acknowledged nor given up yet.
    pub fn in_flight(&self) -> u64 {
        let Snapshot { sent, acknowledged, .. } = self.snapshot;
        sent.saturating_sub(acknowledged + self.failed_deliveries)
    }
}
