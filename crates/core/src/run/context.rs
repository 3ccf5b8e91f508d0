//! What all stages of one run share.

use std::sync::Arc;

use parking_lot::Mutex;

use super::cancellation::Cancellation;
use super::error::{RunEnding, RunFailure, error_chain};
use super::outstanding::{Account, Outstanding};
use super::reachability::Reachability;
use crate::metrics::{BenchmarkProgress, Gauges, Recorder, SavedFeed, Snapshot};
use crate::model::notice::Notice;
use crate::model::run_id::RunId;
use crate::trace;

/// Takes what a run reports, from any thread; must return at once.
pub type NoticeSink = Arc<dyn Fn(Notice) + Send + Sync>;

/// Configurations of a benchmark that get no more runs.
#[derive(Default)]
pub struct Skips(Box<[Cancellation]>);

impl Skips {
    /// None of `configurations` yet.
    pub fn of(configurations: usize) -> Self {
        Self((0..configurations).map(|_| Cancellation::default()).collect())
    }

    /// The configuration at `index` gets no more runs. False: there is none.
    pub fn request(&self, index: usize) -> bool {
        let skip = self.of_index(index);
        skip.inspect(|skip| skip.request()).is_some()
    }

    /// Whether the configuration at `index` gets no more runs.
    pub fn contains(&self, index: usize) -> bool {
        self.of_index(index).is_some_and(Cancellation::is_requested)
    }

    /// Requested when the configuration at `index` gets no more runs; `None`: there is none.
    pub fn of_index(&self, index: usize) -> Option<&Cancellation> {
        self.0.get(index)
    }
}

/// Shared by the stages of one run.
pub struct RunContext {
    /// The run's name, which its records carry.
    pub run_id: RunId,
    /// Where everything is counted.
    pub recorder: Arc<Recorder>,
    /// What became of its records.
    pub outstanding: Arc<Outstanding>,
    /// Asks its stages to stop.
    pub stop: Cancellation,
    /// Whether the broker answers.
    pub reachability: Reachability,
    /// Where a benchmark is, if this is one.
    pub benchmark: Mutex<Option<BenchmarkProgress>>,
    /// Configurations of a benchmark that get no more runs.
    pub skips: Skips,
    measured: Mutex<Arc<dyn Gauges>>,
    /// The images saved last.
    pub saved_feed: SavedFeed,
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
            measured: Mutex::new(Arc::clone(&recorder) as Arc<dyn Gauges>),
            recorder,
            outstanding: Arc::default(),
            stop: Cancellation::default(),
            reachability: Reachability::default(),
            benchmark: Mutex::new(None),
            skips: Skips::default(),
            saved_feed: SavedFeed::default(),
            notices,
            failure: Mutex::new(None),
            failed: Cancellation::default(),
        }
    }

    /// The numbers of this moment.
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

    /// What is measured now: the run's own recorder, unless a benchmark's run counts for itself.
    pub fn measured(&self) -> Arc<dyn Gauges> {
        Arc::clone(&self.measured.lock())
    }

    /// A benchmark's run begins, which counts for itself; `None`: it has ended.
    pub fn measure(&self, gauges: Option<Arc<dyn Gauges>>) {
        *self.measured.lock() = gauges.unwrap_or_else(|| Arc::clone(&self.recorder) as Arc<dyn Gauges>);
    }

    /// Reports something to the person, and to the log.
    pub fn notify(&self, notice: Notice) {
        if notice.is_warning() {
            tracing::warn!(target: "notice", "{notice}");
        } else {
            tracing::info!(target: "notice", "{notice}");
        }
        (self.notices)(notice);
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

    /// Why the run failed, if it did.
    pub fn take_failure(&self) -> Option<Box<dyn RunFailure>> {
        self.failure.lock().take()
    }

    /// Whether the run failed.
    pub fn has_failed(&self) -> bool {
        self.failed.is_requested()
    }

    /// Requested when the run fails: what a run that is merely stopped still finishes is then given up.
    pub fn failed(&self) -> &Cancellation {
        &self.failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_was_asked_to_stop_says_so() {
        let context = RunContext::new(Arc::new(|_| {}));
        assert!(!context.snapshot().stopping);
        context.stop.request();
        assert!(context.snapshot().stopping);
    }

    #[test]
    fn only_what_there_is_can_be_skipped() {
        let skips = Skips::of(2);
        assert!(skips.request(1) && !skips.request(2));
        assert_eq!([0, 1, 2].map(|index| skips.contains(index)), [false, true, false]);
    }
}
