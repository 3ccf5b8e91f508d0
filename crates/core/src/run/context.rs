//! State that all stages of one run share.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::cancellation::Cancellation;
use super::error::{RunEnding, RunFailure, error_chain};
use super::measured::Measured;
use super::outstanding::{Account, Outstanding};
use super::reachability::Reachability;
use super::thread_times::EndedThreads;
use crate::metrics::{BenchmarkProgress, Gauges, Recorder, RunTotals, SavedFeed, Snapshot};
use crate::model::notice::Notice;
use crate::model::refusal::{RefusalGroup, RefusalKind, Refusals};
use crate::model::replay_outline::ReplayOutline;
use crate::model::run_id::RunId;
use crate::trace;

/// Receives the notices of a run, from any thread; must not block.
pub type NoticeSink = Arc<dyn Fn(Notice) + Send + Sync>;

/// Configurations of a benchmark that get no more runs.
#[derive(Default)]
pub struct Skips(Box<[Cancellation]>);

impl Skips {
    /// Skips none of `configurations` yet.
    pub fn of(configurations: usize) -> Self {
        Self((0..configurations).map(|_| Cancellation::default()).collect())
    }

    /// Skips the configuration at `index`. False: it does not exist.
    pub fn request(&self, index: usize) -> bool {
        let skip = self.of_index(index);
        skip.inspect(|skip| skip.request()).is_some()
    }

    /// Whether the configuration at `index` gets no more runs.
    pub fn contains(&self, index: usize) -> bool {
        self.of_index(index).is_some_and(Cancellation::is_requested)
    }

    /// Requested when the configuration at `index` is skipped; `None`: it does not exist.
    pub fn of_index(&self, index: usize) -> Option<&Cancellation> {
        self.0.get(index)
    }
}

/// Shared by the stages of one run.
pub struct RunContext {
    /// The run's id, which its records carry.
    pub run_id: RunId,
    /// All counters.
    pub recorder: Arc<Recorder>,
    /// What happened to its records.
    pub outstanding: Arc<Outstanding>,
    /// Requested when the stages are to stop.
    pub stop: Cancellation,
    /// Whether the broker answers.
    pub reachability: Reachability,
    /// The progress of a benchmark; `None` for other runs.
    pub benchmark: Mutex<Option<BenchmarkProgress>>,
    /// Configurations of a benchmark that get no more runs.
    pub skips: Skips,
    /// What a replay of capture times is like, once that is known.
    pub replay: OnceLock<ReplayOutline>,
    refusals: Mutex<Refusals>,
    measured: Mutex<Measured>,
    /// The most recently saved images.
    pub saved_feed: SavedFeed,
    /// The processor time of threads of its stages that have ended.
    pub ended_threads: EndedThreads,
    notices: NoticeSink,
    failure: Mutex<Option<Box<dyn RunFailure>>>,
    failed: Cancellation,
}

impl RunContext {
    /// A run that begins now.
    pub fn new(notices: NoticeSink) -> Self {
        let recorder = Arc::new(Recorder::default());
        Self {
            run_id: RunId::new(),
            measured: Mutex::new(Measured::new(Arc::clone(&recorder) as Arc<dyn Gauges>)),
            recorder,
            outstanding: Arc::default(),
            stop: Cancellation::default(),
            reachability: Reachability::default(),
            benchmark: Mutex::new(None),
            skips: Skips::default(),
            replay: OnceLock::new(),
            refusals: Mutex::default(),
            saved_feed: SavedFeed::default(),
            ended_threads: EndedThreads::default(),
            notices,
            failure: Mutex::new(None),
            failed: Cancellation::default(),
        }
    }

    /// The current numbers.
    pub fn snapshot(&self) -> Snapshot {
        let benchmark = self.benchmark.lock().clone();
        let measured = self.measured();
        let Account { own, others, unacknowledged, redelivered } = self.outstanding.account();
        Snapshot {
            acknowledged: own.acknowledged,
            saved: own.saved + others.saved,
            dead_letters: own.dead_letters + others.dead_letters,
            lost: own.lost + others.lost,
            taken_by_others: own.taken_by_others,
            on_topic: own.on_topic,
            foreign: others.sum().saturating_sub(unacknowledged),
            unacknowledged,
            redelivered,
            accounting: own,
            broker_reachable: self.reachability.is_up(),
            stopping: self.stop.is_requested(),
            benchmark,
            lag: measured.lag().total(),
            lag_by_partition: measured.lag().by_partition(),
            latest_saved: self.saved_feed.shared(),
            ..self.recorder.snapshot()
        }
    }

    /// The counters to show: the run's own recorder, or those of the benchmark's current run.
    pub fn measured(&self) -> Arc<dyn Gauges> {
        self.measured.lock().now()
    }

    /// What the runs of a benchmark have counted so far, by configuration.
    pub fn totals(&self) -> BTreeMap<String, RunTotals> {
        self.measured.lock().totals()
    }

    /// Sets the counters of a benchmark's run when it begins; `None`: it has ended.
    pub fn measure(&self, gauges: Option<Arc<dyn Gauges>>) {
        let progress = self.benchmark.lock();
        let configuration = progress.as_ref().filter(|_| gauges.is_some()).map(|run| run.configuration.clone());
        let gauges = gauges.unwrap_or_else(|| Arc::clone(&self.recorder) as Arc<dyn Gauges>);
        self.measured.lock().replace(gauges, configuration);
    }

    /// Sends a notice to the front end and to the log.
    pub fn notify(&self, notice: Notice) {
        if notice.is_warning() {
            tracing::warn!(target: "notice", "{notice}");
        } else {
            tracing::info!(target: "notice", "{notice}");
        }
        self.note_refusal(&notice);
        (self.notices)(notice);
    }

    /// Front ends may miss notices when many come at once; these are kept for the end of the run.
    fn note_refusal(&self, notice: &Notice) {
        match notice {
            Notice::Rejected { name, reason } => {
                self.refusals.lock().add(RefusalKind::NotSent, name.clone(), reason);
            }
            Notice::DeadLetter { topic, partition, offset, reason, .. } => {
                let place = format!("{topic} [{partition}] at offset {offset}");
                self.refusals.lock().add(RefusalKind::DeadLetter, place, reason);
            }
            _ => {}
        }
    }

    /// What was refused so far, by reason.
    pub fn refused(&self) -> Vec<RefusalGroup> {
        self.refusals.lock().groups()
    }

    /// Ends the run because of `error`. The first failure counts, later ones are logged only.
    pub fn fail(&self, error: impl RunFailure) {
        match error.ending() {
            RunEnding::Stopped => tracing::info!("stopped before it began"),
            RunEnding::Refused | RunEnding::Failed => {
                trace::logged_with(error.trace(), || tracing::error!("{}", error_chain(&error)));
            }
        }
        self.failure.lock().get_or_insert_with(|| Box::new(error));
        self.failed.request();
        self.stop.request();
    }

    /// The first failure, if the run failed.
    pub fn take_failure(&self) -> Option<Box<dyn RunFailure>> {
        self.failure.lock().take()
    }

    /// Whether the run failed.
    pub fn has_failed(&self) -> bool {
        self.failed.is_requested()
    }

    /// Requested when the run fails: work that a stopped run would still finish is then abandoned.
    pub fn failed(&self) -> &Cancellation {
        &self.failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::outstanding::{Fate, Origin};

    #[test]
    fn a_run_that_is_stopping_reports_it() {
        let context = RunContext::new(Arc::new(|_| {}));
        assert!(!context.snapshot().stopping);
        context.stop.request();
        assert!(context.snapshot().stopping);
    }

    #[test]
    fn what_comes_back_before_its_acknowledgement_was_sent() {
        let context = RunContext::new(Arc::new(|_| {}));
        let counts = || {
            let snapshot = context.snapshot();
            (snapshot.images_sent(), snapshot.acknowledged, snapshot.saved)
        };
        context.outstanding.acknowledged((0, 0));
        for offset in 0..2 {
            context.outstanding.finished((0, offset), offset, Origin::Own, Fate::Saved);
        }
        assert_eq!(counts(), (2, 1, 2));
        context.outstanding.acknowledged((0, 1));
        assert_eq!(counts(), (2, 2, 2), "it counts once");
        context.outstanding.finished((0, 2), 2, Origin::Foreign, Fate::Saved);
        assert_eq!(counts(), (2, 2, 3), "another run sent this one");
    }

    #[test]
    fn only_existing_configurations_can_be_skipped() {
        let skips = Skips::of(2);
        assert!(skips.request(1) && !skips.request(2));
        assert_eq!([0, 1, 2].map(|index| skips.contains(index)), [false, true, false]);
    }
}
