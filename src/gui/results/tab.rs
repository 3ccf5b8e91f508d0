//! The runs that are kept, the one that is shown, and the one that it is compared with.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::Context;

use super::differences::Differences;
use super::groups::{GroupRow, groups_of};
use super::kept_list::KeptList;
use super::notes_editor::NotesEditor;
use super::overlay::Overlay;
use super::race::ShownRace;
use super::rows::{SortColumn, TableRow, rows_of};
use super::settings::{Exported, ResultsSettings};
use super::streams::{ShownStream, StreamRuns, show as show_stream};
use crate::gui::notices::Notices;
use crate::gui::session::Session;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::report::figures::{
    CpuCost, LagSeries, LatencyGroup, PartitionShare, PercentileCurve, ThroughputBar, TradeOff, about_rates, cpu_costs,
    lag_over_time, latency_groups, partition_shares, percentile_curves, throughput_bars, trade_offs,
};
use kafka_image_bench_core::report::ladder_curves::{LadderCurve, ladder_curves};
use kafka_image_bench_core::report::waterfall::{Waterfall, waterfalls};
use kafka_image_bench_core::results::BenchmarkResults;
use kafka_image_bench_core::results::files;
use kafka_image_bench_core::results::store::{KeptRun, RunStore};
use kafka_image_bench_core::verdict::compare::{Comparison, compare};
use kafka_image_bench_core::verdict::limits::{self, LimitOutcome};
use kafka_image_bench_core::verdict::metric::Margin;
use kafka_image_bench_core::verdict::recommend::{Recommendation, recommend};

/// A run, and all that is drawn of it.
pub struct ShownRun {
    /// The run.
    pub results: Arc<BenchmarkResults>,
    /// Its file among the kept ones.
    pub path: Option<PathBuf>,
    /// Rows of the table.
    pub rows: Vec<TableRow>,
    /// Consumer groups, if there were several.
    pub groups: Vec<GroupRow>,
    /// Which configuration to take.
    pub recommendation: Option<Recommendation>,
    /// How what every run had to reach came out.
    pub limits: Vec<LimitOutcome>,
    /// What a race found.
    pub race: Option<ShownRace>,
    /// Against the baseline.
    pub comparison: Option<Result<Comparison, String>>,
    /// For the charts.
    pub throughput: Vec<ThroughputBar>,
    /// At which rates they are, where each configuration has its own.
    pub about_rates: Option<&'static str>,
    /// For the charts.
    pub latency: Vec<LatencyGroup>,
    /// For the charts.
    pub percentiles: Vec<PercentileCurve>,
    /// For the charts.
    pub trade_offs: Vec<TradeOff>,
    /// For the charts.
    pub stages: Vec<Waterfall>,
    /// For the charts.
    pub lag: Vec<LagSeries>,
    /// For the charts.
    pub partitions: Vec<PartitionShare>,
    /// For the charts.
    pub cpu: Vec<CpuCost>,
    /// For the charts; empty unless rates were measured step by step.
    pub ladder: Vec<LadderCurve>,
}

/// What the tab shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResultsView {
    /// Benchmarks.
    #[default]
    Benchmarks,
    /// Streams.
    Streams,
}

/// What a file holds.
enum OpenedFile {
    Benchmark(Box<ShownRun>),
    Stream(Box<ShownStream>),
}

/// The tab Results.
pub struct ResultsTab {
    /// What is remembered between launches.
    pub settings: ResultsSettings,
    /// The kept runs.
    pub runs: KeptList<KeptRun>,
    pub(super) shown: Option<ShownRun>,
    /// The run that others are compared with.
    pub baseline: Option<(KeptRun, Arc<BenchmarkResults>)>,
    /// What may be worse than the baseline, as it is typed: `throughput=-5%,p99=+10%`.
    pub thresholds: String,
    /// By which column the table is sorted, and whether from the top.
    pub sort: (SortColumn, bool),
    /// What the tab shows.
    pub view: ResultsView,
    /// The streams.
    pub streams: StreamRuns,
    open_job: Option<Job<Result<OpenedFile, String>>>,
    baseline_job: Option<Job<Result<(KeptRun, BenchmarkResults), String>>>,
    pub(super) export_job: Option<Job<Result<Exported, String>>>,
    pub(super) notes: NotesEditor,
    pub(super) differences: Differences,
    pub(super) overlay: Overlay,
}

impl ResultsTab {
    /// Of the runs in a folder.
    pub fn new(runs_folder: Option<PathBuf>, settings: ResultsSettings) -> Self {
        Self {
            view: ResultsView::default(),
            streams: StreamRuns::new(runs_folder.as_deref(), settings.stream_baseline.clone()),
            settings,
            runs: KeptList::new(runs_folder.map(RunStore::new)),
            shown: None,
            baseline: None,
            thresholds: String::new(),
            sort: (SortColumn::Order, true),
            open_job: None,
            baseline_job: None,
            export_job: None,
            notes: NotesEditor::default(),
            differences: Differences::default(),
            overlay: Overlay::default(),
        }
    }

    /// What is remembered between launches.
    pub fn to_remember(&self) -> ResultsSettings {
        ResultsSettings { stream_baseline: self.streams.pinned.clone(), ..self.settings.clone() }
    }

    /// The run that is shown.
    pub fn shown(&self) -> Option<&ShownRun> {
        self.shown.as_ref()
    }

    /// Reads the list of kept runs.
    pub fn list_runs(&mut self, ctx: &Context) {
        self.streams.list(ctx);
        self.runs.list(ctx);
    }

    /// Shows what a benchmark has just found.
    pub fn show_finished(&mut self, ctx: &Context, results: Arc<BenchmarkResults>) {
        let baseline = self.baseline.as_ref().map(|(_, results)| Arc::clone(results));
        self.open_job = Some(Job::start("results", ctx, move |_| {
            Ok(OpenedFile::Benchmark(Box::new(show(results, None, baseline.as_deref()))))
        }));
        self.list_runs(ctx);
    }

    /// Opens a kept run.
    pub fn open_run(&mut self, ctx: &Context, run: KeptRun) {
        self.open_path(ctx, run.path.clone(), Some(run.path));
    }

    /// Opens a run from any file.
    pub fn open_file(&mut self, ctx: &Context, path: PathBuf) {
        self.open_path(ctx, path, None);
    }

    fn open_path(&mut self, ctx: &Context, path: PathBuf, kept: Option<PathBuf>) {
        let baseline = self.baseline.as_ref().map(|(_, results)| Arc::clone(results));
        self.open_job = Some(Job::start("results", ctx, move |_| {
            if kept.is_none()
                && let Ok(stream) = show_stream(path.clone())
            {
                return Ok(OpenedFile::Stream(Box::new(stream)));
            }
            let shown = files::read(&path).map(|results| show(Arc::new(results), kept, baseline.as_deref()))?;
            Ok(OpenedFile::Benchmark(Box::new(shown)))
        }));
    }

    /// Shows the kept streams, and the one in this file.
    pub fn show_streams(&mut self, ctx: &Context, path: Option<PathBuf>) {
        self.view = ResultsView::Streams;
        if let Some(path) = path {
            self.streams.open(ctx, path);
        }
    }

    /// Pins a run as the baseline, until another one is or none.
    pub fn set_baseline(&mut self, ctx: &Context, run: Option<KeptRun>) {
        self.settings.baseline = run.as_ref().map(|run| run.path.clone());
        match run {
            None => {
                (self.baseline, self.baseline_job) = (None, None);
                if let Some(shown) = &mut self.shown {
                    shown.comparison = None;
                }
                self.follow_baseline(ctx);
            }
            Some(run) => {
                self.baseline_job =
                    Some(Job::start("baseline", ctx, move |_| files::read(&run.path).map(|results| (run, results))));
            }
        }
    }

    /// Reads the baseline that was pinned in an earlier launch, once it is listed.
    fn restore_baseline(&mut self, ctx: &Context) {
        let is_known = self.baseline.is_some() || self.baseline_job.is_some();
        let pinned = self.settings.baseline.as_deref().filter(|_| !is_known);
        if let Some(run) = pinned.and_then(|path| self.runs.of_path(path)).cloned() {
            self.set_baseline(ctx, Some(run));
        }
    }

    /// Compares every run with the baseline.
    fn follow_baseline(&mut self, ctx: &Context) {
        let baseline = self.baseline.as_ref().map(|(run, results)| (run.path.as_path(), results));
        self.differences.follow(ctx, baseline, &self.runs.all);
    }

    /// Deletes a kept run.
    pub fn delete(&mut self, ctx: &Context, run: KeptRun) {
        if self.shown.as_ref().is_some_and(|shown| shown.path.as_ref() == Some(&run.path)) {
            self.shown = None;
        }
        if self.baseline.as_ref().is_some_and(|(baseline, _)| baseline.path == run.path) {
            self.set_baseline(ctx, None);
        }
        self.overlay.keep_only(ctx, |path| path != run.path);
        self.runs.delete(ctx, run);
    }

    /// Shows the notes about the shown run, and keeps what was typed about the one before.
    fn follow_notes(&mut self, ctx: &Context) {
        let path = self.shown.as_ref().and_then(|shown| shown.path.as_deref());
        let run = path.and_then(|path| self.runs.of_path(path));
        if let Some((path, notes)) = run.and_then(|run| self.notes.show(&run.path, &run.notes)) {
            self.runs.note(ctx, &path, notes);
        }
    }

    /// The kept run that is shown.
    pub(super) fn shown_kept(&self) -> Option<&KeptRun> {
        self.runs.of_path(self.shown.as_ref()?.path.as_deref()?)
    }

    /// Takes what the workers have read.
    pub fn poll(&mut self, session: &mut Session) {
        let (ctx, notices) = (&session.ctx, &mut session.notices);
        if let Some(written) = self.streams.poll(ctx, notices) {
            self.take_export(written, notices);
        }
        if self.runs.poll_list() {
            self.restore_baseline(ctx);
            self.follow_baseline(ctx);
            self.overlay.keep_only(ctx, |path| self.runs.of_path(path).is_some());
            if let Some(shown) = &mut self.shown {
                // A run that has just ended is kept by now.
                let id = &shown.results.benchmark_id;
                let of = |run: &&KeptRun| run.path.file_stem().is_some_and(|stem| stem.to_string_lossy() == **id);
                shown.path = shown.path.take().or_else(|| self.runs.all.iter().find(of).map(|run| run.path.clone()));
            } else if self.open_job.is_none()
                && let Some(newest) = self.runs.all.first().cloned()
            {
                self.open_run(ctx, newest);
            }
        }
        match job::take(&mut self.open_job, "the results were read").map(|result| result.and_then(|shown| shown)) {
            Some(Ok(OpenedFile::Stream(stream))) => {
                self.view = ResultsView::Streams;
                self.streams.show(*stream);
            }
            Some(Ok(OpenedFile::Benchmark(mut shown))) => {
                let id = shown.results.benchmark_id.clone();
                let of = |run: &&KeptRun| run.path.file_stem().is_some_and(|stem| stem.to_string_lossy() == *id);
                shown.path = shown.path.or_else(|| self.runs.all.iter().find(of).map(|run| run.path.clone()));
                // The baseline may have been read while the run was.
                if let (None, Some((_, baseline))) = (&shown.comparison, &self.baseline) {
                    shown.comparison = Some(compared(baseline, &shown.results));
                }
                self.shown = Some(*shown);
            }
            Some(Err(problem)) => notices.error("results", "The results could not be opened", problem),
            None => {}
        }
        self.poll_baseline(ctx, notices);
        match job::take(&mut self.export_job, "a file was written").map(|result| result.and_then(|written| written)) {
            Some(Ok(written)) => self.take_export(written, notices),
            Some(Err(problem)) => notices.error("export", "The file could not be written", problem),
            None => {}
        }
        self.overlay.poll(notices);
        self.follow_notes(ctx);
        if self.runs.poll_change(ctx, notices)
            && let Some(path) = self.shown.as_ref().and_then(|shown| shown.path.clone())
        {
            self.open_path(ctx, path.clone(), Some(path));
        }
    }
}

impl ResultsTab {
    fn poll_baseline(&mut self, ctx: &Context, notices: &mut Notices) {
        match job::take(&mut self.baseline_job, "the baseline was read").map(|result| result.and_then(|read| read)) {
            Some(Ok((run, results))) => {
                let results = Arc::new(results);
                if let Some(shown) = &mut self.shown {
                    shown.comparison = Some(compared(&results, &shown.results));
                }
                self.baseline = Some((run, results));
                self.follow_baseline(ctx);
            }
            Some(Err(problem)) => {
                self.settings.baseline = None;
                notices.error("results", "The baseline could not be opened", problem);
            }
            None => {}
        }
        if self.differences.poll() {
            self.follow_baseline(ctx);
        }
    }

    fn take_export(&mut self, written: Exported, notices: &mut Notices) {
        notices.toast(format!("Written: {}", written.path.display()));
        self.settings.remember_export(written);
    }

    /// How a run differs from the baseline, and whether it is the baseline.
    pub(super) fn baseline_mark(&self, run: &KeptRun) -> (bool, Option<String>) {
        let is_pinned = self.settings.baseline.as_deref() == Some(run.path.as_path());
        (is_pinned, self.differences.of(run).map(str::to_owned))
    }
}

fn show(results: Arc<BenchmarkResults>, path: Option<PathBuf>, baseline: Option<&BenchmarkResults>) -> ShownRun {
    ShownRun {
        rows: rows_of(&results),
        limits: limits::check(&results, &results.method.thresholds),
        race: ShownRace::of(&results),
        recommendation: recommend(&results, Margin::default()).ok(),
        comparison: baseline.map(|baseline| compared(baseline, &results)),
        throughput: throughput_bars(&results),
        about_rates: about_rates(&results),
        latency: latency_groups(&results),
        groups: groups_of(&results),
        percentiles: percentile_curves(&results),
        trade_offs: trade_offs(&results),
        stages: waterfalls(&results),
        lag: lag_over_time(&results),
        partitions: partition_shares(&results),
        cpu: cpu_costs(&results),
        ladder: ladder_curves(&results),
        path,
        results,
    }
}

fn compared(baseline: &BenchmarkResults, results: &BenchmarkResults) -> Result<Comparison, String> {
    compare(baseline, results, Margin::default()).map_err(|error| error.to_string())
}
