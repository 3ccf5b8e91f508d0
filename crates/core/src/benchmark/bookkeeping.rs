//! The results of a benchmark while it runs: merged as they come, shown, and written.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::error::BenchmarkError;
use crate::model::notice::Notice;
use crate::results::files::{self, ResultFiles};
use crate::results::store::RunStore;
use crate::results::{
    BenchmarkResults, ConfigurationResult, LadderStep, LatencyResult, RaceResult, RunResult, RunStatus, highest_held,
    is_open_above, steps_of,
};
use crate::run::context::RunContext;

/// The results of a benchmark for the front end, also if it was stopped.
pub type SharedResults = Arc<Mutex<Option<(Arc<BenchmarkResults>, ResultFiles)>>>;

/// Receives the results so far, after each run.
pub type ResultsSink<'a> = &'a dyn Fn(Arc<BenchmarkResults>);

/// Files are written after each run, but take at most one part in this many of the time. They contain all runs, so
/// writing takes longer with each run; with a thousand configurations they have tens of megabytes. The same holds for copies
/// of the results, which are made where a front end keeps those that it was shown.
const SHARE: u32 = 20;

/// Keeps the results of one benchmark.
pub(super) struct Bookkeeping<'a> {
    context: &'a RunContext,
    results: Arc<BenchmarkResults>,
    files: ResultFiles,
    /// The folder of kept runs; `None` without one, or if it could not be written.
    kept_runs: Option<RunStore>,
    shared: &'a SharedResults,
    show: ResultsSink<'a>,
    /// What a copy of the results took, which is made where a front end holds those that it was shown.
    copying: Duration,
    /// A front end is shown nothing before this time, unless a round has ended.
    show_from: Instant,
    /// The files are not written before this time.
    write_from: Instant,
    /// Whether there are results that are not in the files.
    is_unwritten: bool,
}

impl<'a> Bookkeeping<'a> {
    pub(super) fn new(
        context: &'a RunContext,
        results: BenchmarkResults,
        files: ResultFiles,
        kept_runs: Option<RunStore>,
        (shared, show): (&'a SharedResults, ResultsSink<'a>),
    ) -> Self {
        let now = Instant::now();
        Self {
            context,
            results: Arc::new(results),
            files,
            kept_runs,
            shared,
            show,
            copying: Duration::ZERO,
            show_from: now,
            write_from: now,
            is_unwritten: false,
        }
    }

    pub(super) fn benchmark_id(&self) -> &str {
        &self.results.benchmark_id
    }

    /// Runs of the configuration at `index`.
    pub(super) fn runs(&self, index: usize) -> &[RunResult] {
        &self.results.configurations[index].runs
    }

    /// The steps of the ladder of the configuration at `index`.
    pub(super) fn steps(&self, index: usize) -> &[LadderStep] {
        &self.results.configurations[index].ladder
    }

    /// Adds a run of the configuration at `index`. `max_rate_per_s`: the highest rate found so far, in a search for it.
    pub(super) fn add(
        &mut self,
        index: usize,
        run: RunResult,
        max_rate_per_s: Option<f64>,
    ) -> Result<(), BenchmarkError> {
        self.change(|results| add_run(&mut results.configurations[index], run, max_rate_per_s));
        self.write_if_due()
    }

    fn write_if_due(&mut self) -> Result<(), BenchmarkError> {
        if Instant::now() < self.write_from { Ok(()) } else { self.write() }
    }

    /// Takes the course of a race so far.
    pub(super) fn set_race(&mut self, race: RaceResult) {
        // Each round is shown.
        if self.results.race.as_ref().is_none_or(|known| known.rounds != race.rounds) {
            self.show_from = Instant::now();
        }
        self.change(|results| {
            if race.slice_s.is_some() {
                (results.method.duration_s, results.method.images) = (race.slice_s, None);
                results.method.warmup_s = race.cut_s.unwrap_or_default();
            }
            let most = results.configurations.iter().map(|one| one.runs.len()).max().unwrap_or(0);
            results.method.repeats = u32::try_from(most).unwrap_or(u32::MAX);
            results.race = Some(race);
        });
    }

    /// The benchmark has ended.
    pub(super) fn finish(mut self, is_complete: bool) -> Result<(), BenchmarkError> {
        self.show_from = Instant::now();
        if self.results.configurations.iter().all(|one| one.runs.is_empty()) {
            return Ok(());
        }
        self.change(|results| results.is_complete = is_complete);
        self.write()
    }

    /// Adds a run of the configuration at `index` to its ladder.
    pub(super) fn add_to_ladder(
        &mut self,
        index: usize,
        run: RunResult,
        p99_limit_ms: Option<f64>,
    ) -> Result<(), BenchmarkError> {
        self.change(|results| {
            let one = &mut results.configurations[index];
            one.runs.push(run);
            one.ladder = steps_of(&one.runs, p99_limit_ms);
            one.max_rate_images_per_s = Some(highest_held(&one.ladder));
            one.max_rate_is_lower_bound = is_open_above(&one.ladder);
            merge_counted(one);
        });
        self.write_if_due()
    }

    fn change(&mut self, change: impl FnOnce(&mut BenchmarkResults)) {
        // Released first, so that nothing is copied unless a front end holds the results.
        *self.shared.lock() = None;
        let (began, is_held) = (Instant::now(), Arc::strong_count(&self.results) > 1);
        let results = Arc::make_mut(&mut self.results);
        if is_held {
            self.copying = began.elapsed();
        }
        change(results);
        results.finished_at = jiff::Timestamp::now().to_string();
        self.is_unwritten = true;
        self.show_if_due();
    }

    /// What is shown may be copied at the next change: that, too, takes a share of the time only.
    fn show_if_due(&mut self) {
        let now = Instant::now();
        *self.shared.lock() = Some((Arc::clone(&self.results), self.files.clone()));
        if now >= self.show_from {
            self.show_from = next_time(now, self.copying);
            (self.show)(Arc::clone(&self.results));
        }
    }

    fn write(&mut self) -> Result<(), BenchmarkError> {
        let began = Instant::now();
        self.is_unwritten = false;
        if let Some(store) = &self.kept_runs
            && let Err(error) = store.keep(&self.results)
        {
            warn_not_kept(self.context, &error);
            // Reported once.
            self.kept_runs = None;
        }
        let written = files::write(&self.files, &self.results).map_err(BenchmarkError::Results);
        self.write_from = next_time(began, began.elapsed());
        written
    }
}

impl Drop for Bookkeeping<'_> {
    fn drop(&mut self) {
        // After a panic.
        if self.is_unwritten
            && let Err(error) = self.write()
        {
            tracing::error!("the last results could not be written: {error}");
        }
    }
}

fn next_time(began: Instant, took: Duration) -> Instant {
    began + took * SHARE
}

/// Adds a run to its configuration, and its latencies to the merged ones if it counts.
fn add_run(one: &mut ConfigurationResult, run: RunResult, max_rate_per_s: Option<f64>) {
    if max_rate_per_s.is_none() {
        if run.status == RunStatus::Ok {
            let add =
                |sum: &mut LatencyResult, run: &LatencyResult| *sum = LatencyResult::merged([&*sum, run].into_iter());
            add(&mut one.acknowledgement_latency, &run.acknowledgement_latency);
            add(&mut one.end_to_end_latency, &run.end_to_end_latency);
        }
        one.runs.push(run);
        return;
    }
    // The highest rate determines which trials count; a configuration has few of them.
    one.max_rate_images_per_s = max_rate_per_s;
    one.runs.push(run);
    merge_counted(one);
}

/// The latencies of the runs at the highest rate that held.
fn merge_counted(one: &mut ConfigurationResult) {
    let counted = one.representative_runs();
    let acknowledgement = LatencyResult::merged(counted.iter().map(|run| &run.acknowledgement_latency));
    let end_to_end = LatencyResult::merged(counted.iter().map(|run| &run.end_to_end_latency));
    (one.acknowledgement_latency, one.end_to_end_latency) = (acknowledgement, end_to_end);
}

/// Opens the folder of kept runs, if one is configured.
pub(super) fn open_store(context: &RunContext, folder: Option<&std::path::Path>) -> Option<RunStore> {
    match RunStore::open(folder?.to_owned()) {
        Ok(store) => Some(store),
        Err(error) => {
            warn_not_kept(context, &error);
            None
        }
    }
}

fn warn_not_kept(context: &RunContext, error: &io::Error) {
    context.notify(Notice::warning(format!(
        "The benchmark cannot be kept in the list of runs ({error}); its results are still written to the work folder"
    )));
}

#[cfg(test)]
#[path = "bookkeeping_tests.rs"]
pub(super) mod tests;
