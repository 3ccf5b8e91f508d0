//! The engine, and the current run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::Context;

use super::broker::BrokerSettings;
use super::format;
use super::pace::{Pace, step_back};
use super::workers::job::{Job, Progress};
use kafka_image_bench_core::engine::plan::{Plan, StreamPlan};
use kafka_image_bench_core::engine::report::{Outcome, RunReport};
use kafka_image_bench_core::engine::{Command, Engine};
use kafka_image_bench_core::metrics::Snapshot;
use kafka_image_bench_core::results::{BenchmarkResults, RunStatus};

/// The engine and what it does.
pub struct RunState {
    engine: Option<Engine>,
    /// The current run.
    pub activity: Option<Activity>,
    /// The numbers of the current run, or of the last one.
    pub snapshot: Arc<Snapshot>,
    /// The numbers of the current stream, or of the last one.
    pub stream: Arc<Snapshot>,
    /// The broker of the current run, or of the last one.
    pub broker: BrokerSettings,
    /// Where that stream saves, or saved: Save to may have been changed since.
    pub stream_dir: PathBuf,
    /// How the last run ended, where it was a benchmark.
    pub last_benchmark: Option<BenchmarkEnd>,
    /// How the last stream ended.
    pub last_stream: Option<Arc<RunReport>>,
    /// The plan of the current stream, or of the last one.
    pub stream_plan: Option<Box<StreamPlan>>,
    /// Images that the folder had for it, if they were counted before the start.
    pub expected: Option<u64>,
    /// How the last run ended, where it sent dead letters again, and what it did.
    pub last_redrive: Option<(Outcome, String)>,
    /// Whether the run was asked to stop.
    pub is_stopping: bool,
    /// What a benchmark has measured so far.
    pub results: Option<Arc<BenchmarkResults>>,
    /// The run that is checked before it starts.
    starting: Option<StartingRun>,
    /// The numbers that the engine reported before the run began: the last run's, until it reports newer ones.
    before: Arc<Snapshot>,
}

/// A run whose plan is being checked.
struct StartingRun {
    plan: Plan,
    activity: Activity,
    broker: BrokerSettings,
    check: Job<Result<(), String>>,
}

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub enum Activity {
    /// Of the pipeline.
    Stream(Box<StreamPlan>),
    /// Of a benchmark: the rows of the table that take part, in the plan's order.
    Benchmark {
        /// Index of each row in the table.
        rows: Vec<usize>,
        /// Runs in all.
        runs: u32,
        /// Runs of each row.
        runs_per_row: u32,
    },
    /// Watching a group's lag.
    Lag,
    /// Sending dead letters again.
    Redrive,
}

/// Makes the folder that the outputs of a run go to.
///
/// # Errors
/// A sentence about why it cannot be made.
pub fn prepare(work_dir: &Path) -> Result<(), String> {
    std::fs::create_dir_all(work_dir).map_err(|error| {
        format!("The output folder cannot be created ({error}); choose another: {}", work_dir.display())
    })
}

/// How a benchmark ended.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchmarkEnd {
    /// How.
    pub outcome: Outcome,
    /// Runs that have ended, those that failed included.
    pub runs_made: usize,
    /// Those of them that failed.
    pub runs_failed: usize,
    /// Runs that were planned; at most in a search.
    pub runs: u32,
    /// Whether what holds decided how many runs there are.
    pub is_search: bool,
    /// Whether it was a race, which plans no number of runs.
    pub is_race: bool,
    /// How long it took.
    pub elapsed: Duration,
}

impl BenchmarkEnd {
    /// Of a report, and the number of runs that were planned.
    pub fn of(report: &RunReport, runs: u32) -> Self {
        let results = report.benchmark.as_ref().map(|(results, _)| results);
        let all = || results.iter().flat_map(|results| &results.configurations).flat_map(|one| &one.runs);
        Self {
            outcome: report.outcome.clone(),
            runs_made: all().count(),
            runs_failed: all().filter(|run| run.status == RunStatus::Failed).count(),
            runs,
            is_search: results.is_some_and(|results| results.method.is_search()),
            is_race: results.is_some_and(|results| results.race.is_some()),
            elapsed: report.snapshot.elapsed,
        }
    }

    /// What was made of how many: `benchmark: 14 of 15 runs, 1 failed`, `race: 31 measurements`.
    pub fn made_text(&self) -> String {
        let made = self.runs_made as u64;
        let failed = match self.runs_failed {
            0 => String::new(),
            failed => format!(", {} failed", format::count(failed as u64)),
        };
        match (self.is_race, self.is_search && self.outcome == Outcome::Done) {
            (true, _) => format!("race: {}{failed}", format::counted(made, "measurement", "measurements")),
            // What a search planned was the most that it might need.
            (false, true) => format!("benchmark: {}{failed}", format::counted(made, "run", "runs")),
            (false, false) => format!("benchmark: {}{failed}", self.of_planned()),
        }
    }

    /// `5 of 15 runs`, `5 of at most 48 runs`.
    pub fn of_planned(&self) -> String {
        let most = if self.is_search { "at most " } else { "" };
        let runs = format::counted(self.runs.into(), "run", "runs");
        format!("{} of {most}{runs}", format::count(self.runs_made as u64))
    }
}

impl RunState {
    /// Starts the engine, which wakes the window.
    ///
    /// # Errors
    /// The system starts no threads.
    pub fn start(ctx: &Context, pace: &Arc<Pace>) -> std::io::Result<Self> {
        let (ctx, pace) = (ctx.clone(), Arc::clone(pace));
        let waker = Arc::new(move || ctx.request_repaint_after(pace.wait(Duration::ZERO)));
        let engine = Engine::start(waker, step_back)?;
        Ok(Self { engine: Some(engine), ..Self::without_engine() })
    }

    /// Where no engine is available.
    pub fn without_engine() -> Self {
        Self {
            engine: None,
            activity: None,
            snapshot: Arc::default(),
            stream: Arc::default(),
            broker: BrokerSettings::default(),
            stream_dir: PathBuf::new(),
            last_benchmark: None,
            last_stream: None,
            stream_plan: None,
            expected: None,
            last_redrive: None,
            is_stopping: false,
            results: None,
            starting: None,
            before: Arc::default(),
        }
    }

    /// The engine.
    pub fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    /// Sends a command. False: there is no engine, or it has too much to do.
    pub fn send(&self, command: Command) -> bool {
        self.engine.as_ref().is_some_and(|engine| engine.send(command))
    }

    /// Checks a plan in a thread, and starts its run in [`Self::poll_start`] if the check passes.
    pub fn start_checked(
        &mut self,
        ctx: &Context,
        (plan, activity): (Plan, Activity),
        broker: &BrokerSettings,
        check: impl FnOnce() -> Result<(), String> + Send + 'static,
    ) {
        if !self.is_running() {
            let check = Job::start("plan-check", ctx, move |_| check());
            self.starting = Some(StartingRun { plan, activity, broker: broker.clone(), check });
        }
    }

    /// Starts the run whose check has passed. The result, once there is one: the run has started, or why it has not.
    pub fn poll_start(&mut self) -> Option<Result<(), String>> {
        let checked = match self.starting.as_ref()?.check.poll() {
            Progress::Running => return None,
            Progress::Done(checked) => checked,
            Progress::Lost => Err("Internal error while the settings were checked; see the log".to_owned()),
        };
        let StartingRun { plan, activity, broker, .. } = self.starting.take()?;
        Some(checked.and_then(|()| match self.begin(plan, activity, &broker) {
            true => Ok(()),
            false => Err("The engine is busy; try again in a moment".to_owned()),
        }))
    }

    /// Whether a plan is being checked.
    pub fn is_checking(&self) -> bool {
        self.starting.is_some()
    }

    /// Starts a run. False: the engine did not take it.
    pub fn begin(&mut self, plan: Plan, activity: Activity, broker: &BrokerSettings) -> bool {
        let before = self.engine.as_ref().map(Engine::snapshot);
        if self.is_running() || !self.send(Command::Start(plan)) {
            return false;
        }
        self.before = before.unwrap_or_default();
        self.broker.clone_from(broker);
        self.is_stopping = false;
        self.last_redrive = None;
        self.snapshot = Arc::default();
        match &activity {
            Activity::Stream(plan) => {
                self.stream_dir.clone_from(&plan.work_dir);
                self.stream_plan = Some(plan.clone());
                self.last_benchmark = None;
                self.last_stream = None;
                self.stream = Arc::default();
            }
            Activity::Benchmark { .. } => {
                self.last_benchmark = None;
                self.results = None;
            }
            Activity::Lag | Activity::Redrive => {}
        }
        self.activity = Some(activity);
        true
    }

    /// Takes the run's latest numbers.
    pub fn follow(&mut self) {
        let Some(snapshot) = self.engine.as_ref().map(Engine::snapshot) else { return };
        if self.activity.is_none() || Arc::ptr_eq(&snapshot, &self.before) {
            return;
        }
        if self.is_streaming() {
            self.stream = Arc::clone(&snapshot);
        }
        self.snapshot = snapshot;
    }

    /// Asks the run to end.
    pub fn stop(&mut self) {
        if self.starting.take().is_some() {
            // Nothing has started yet.
            return;
        }
        if self.activity.is_some() && self.send(Command::Stop) {
            self.is_stopping = true;
        }
    }

    /// Whether a run is running, or is checked before it starts.
    pub fn is_running(&self) -> bool {
        self.activity.is_some() || self.starting.is_some()
    }

    /// Whether the pipeline runs.
    pub fn is_streaming(&self) -> bool {
        matches!(self.activity, Some(Activity::Stream(_)))
    }

    /// Whether a benchmark runs.
    pub fn is_benchmarking(&self) -> bool {
        matches!(self.activity, Some(Activity::Benchmark { .. }))
    }

    /// Ends the engine in good order, and waits for that, but no longer than `patience`. False: it has not ended.
    pub fn shut_down(&mut self, patience: Duration) -> bool {
        self.engine.take().is_none_or(|engine| engine.end_within(patience))
    }
}
