//! The runs that are kept, the one that is shown, and the one that it is compared with.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::Context;

use super::groups::{GroupRow, groups_of};
use super::race::ShownRace;
use super::rows::{SortColumn, TableRow, rows_of};
use super::streams::{ShownStream, StreamRuns, show as show_stream};
use crate::gui::paths::{Export, PathPurpose, PathRequest};
use crate::gui::session::Session;
use crate::gui::workers::dialogs::DialogKind;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::report::charts::{self, ChartKind, ChartLook, ChartTheme};
use kafka_image_bench_core::report::figures::{
    CpuCost, LagSeries, LatencyGroup, PartitionShare, PercentileCurve, ThroughputBar, TradeOff, about_rates, cpu_costs,
    lag_over_time, latency_groups, partition_shares, percentile_curves, throughput_bars, trade_offs,
};
use kafka_image_bench_core::report::html::html;
use kafka_image_bench_core::report::ladder_curves::{LadderCurve, ladder_curves};
use kafka_image_bench_core::report::scale::Axes;
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
    store: Option<RunStore>,
    /// The kept runs, newest first.
    pub runs: Vec<KeptRun>,
    /// What is wrong with files among them.
    pub problems: Vec<String>,
    shown: Option<ShownRun>,
    /// The run that others are compared with.
    pub baseline: Option<(KeptRun, Arc<BenchmarkResults>)>,
    /// What may be worse than the baseline, as it is typed: `throughput=-5%,p99=+10%`.
    pub thresholds: String,
    /// By which column the table is sorted, and whether from the top.
    pub sort: (SortColumn, bool),
    /// The run whose name is edited, and the name.
    pub renaming: Option<(PathBuf, String)>,
    /// The run that is deleted once that is confirmed.
    pub deleting: Option<KeptRun>,
    /// What the tab shows.
    pub view: ResultsView,
    /// The streams.
    pub streams: StreamRuns,
    list_job: Option<Job<(Vec<KeptRun>, Vec<String>)>>,
    open_job: Option<Job<Result<OpenedFile, String>>>,
    baseline_job: Option<Job<Result<(KeptRun, BenchmarkResults), String>>>,
    export_job: Option<Job<Result<String, String>>>,
    change_job: Option<Job<Result<(), String>>>,
}

impl ResultsTab {
    /// Of the runs in a folder.
    pub fn new(runs_folder: Option<PathBuf>) -> Self {
        Self {
            view: ResultsView::default(),
            streams: StreamRuns::new(runs_folder.as_deref()),
            store: runs_folder.map(RunStore::new),
            runs: Vec::new(),
            problems: Vec::new(),
            shown: None,
            baseline: None,
            thresholds: String::new(),
            sort: (SortColumn::Order, true),
            renaming: None,
            deleting: None,
            list_job: None,
            open_job: None,
            baseline_job: None,
            export_job: None,
            change_job: None,
        }
    }

    /// The run that is shown.
    pub fn shown(&self) -> Option<&ShownRun> {
        self.shown.as_ref()
    }

    /// Reads the list of kept runs.
    pub fn list_runs(&mut self, ctx: &Context) {
        self.streams.list(ctx);
        let store = self.store.clone();
        self.list_job = store.map(|store| Job::start("runs", ctx, move |_| store.list()));
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

    /// Takes a run as the baseline.
    pub fn set_baseline(&mut self, ctx: &Context, run: Option<KeptRun>) {
        match run {
            None => {
                self.baseline = None;
                if let Some(shown) = &mut self.shown {
                    shown.comparison = None;
                }
            }
            Some(run) => {
                self.baseline_job =
                    Some(Job::start("baseline", ctx, move |_| files::read(&run.path).map(|results| (run, results))));
            }
        }
    }

    /// Gives a kept run a name.
    pub fn rename(&mut self, ctx: &Context, run: KeptRun, name: String) {
        let Some(store) = self.store.clone() else { return };
        self.change_job =
            Some(Job::start("rename", ctx, move |_| store.rename(&run, &name).map_err(|error| error.to_string())));
    }

    /// Deletes a kept run.
    pub fn delete(&mut self, ctx: &Context, run: KeptRun) {
        let Some(store) = self.store.clone() else { return };
        if self.shown.as_ref().is_some_and(|shown| shown.path.as_ref() == Some(&run.path)) {
            self.shown = None;
        }
        if self.baseline.as_ref().is_some_and(|(baseline, _)| baseline.path == run.path) {
            self.set_baseline(ctx, None);
        }
        self.change_job =
            Some(Job::start("delete", ctx, move |_| store.delete(&run).map_err(|error| error.to_string())));
    }

    /// What a file is called by default.
    fn export_name(&self, what: Export) -> String {
        let stamp = self.shown.as_ref().map(|shown| shown.results.started_at.clone()).unwrap_or_default();
        let stamp: String = stamp.chars().take(19).filter(|letter| letter.is_ascii_alphanumeric()).collect();
        match what {
            Export::PerformanceCsv => "kafka_performance_results.csv".to_owned(),
            Export::DetailsCsv => format!("kafka_performance_results-{stamp}.csv"),
            Export::DetailsJson => format!("kafka_performance_results-{stamp}.json"),
            Export::Html => format!("kafka_performance_results-{stamp}.html"),
            Export::ChartsPng | Export::ChartsSvg => String::new(),
            Export::StreamsCsv | Export::StreamJson => self.streams.export_name(what),
        }
    }

    /// Writes something of the shown run.
    pub fn export(&mut self, ctx: &Context, what: Export, path: PathBuf, axes: Axes) {
        if matches!(what, Export::StreamsCsv | Export::StreamJson) {
            return self.streams.export(ctx, what, path);
        }
        let Some(shown) = &self.shown else { return };
        let results = Arc::clone(&shown.results);
        let baseline = self.baseline.as_ref().map(|(_, results)| Arc::clone(results));
        let theme = if ctx.theme() == eframe::egui::Theme::Dark { ChartTheme::Dark } else { ChartTheme::Light };
        let look = ChartLook { theme, axes };
        self.export_job = Some(Job::start("export", ctx, move |_| {
            let written = write(&results, baseline.as_deref(), what, &path, look);
            written.map(|()| path.display().to_string())
        }));
    }

    /// Asks for a file of results to open.
    pub fn ask_run_file(&self, session: &mut Session) {
        session.ask_path(PathRequest {
            purpose: PathPurpose::RunFile,
            title: "Results of a benchmark",
            kind: DialogKind::OpenFile(&["json"]),
            start: Some(session.work_dir.clone()),
            suggested: None,
        });
    }

    /// Asks for the file or folder that a part of the shown run is written to.
    pub fn ask_export(&self, session: &mut Session, what: Export) {
        let (title, kind, name) = match what {
            Export::ChartsPng | Export::ChartsSvg => {
                ("Export the charts into a folder", DialogKind::Folder, "charts".to_owned())
            }
            _ => {
                let name = self.export_name(what);
                ("Export", DialogKind::SaveFile(name.clone()), name)
            }
        };
        session.ask_new_path(PathPurpose::Export(what), title, kind, &name);
    }

    /// Takes what the workers have read.
    pub fn poll(&mut self, session: &mut Session) {
        let (ctx, notices) = (&session.ctx, &mut session.notices);
        self.streams.poll(ctx, notices);
        if let Some(Ok((runs, problems))) = job::take(&mut self.list_job, "the kept runs were listed") {
            (self.runs, self.problems) = (runs, problems);
            if let Some(shown) = &mut self.shown {
                // A run that has just ended is kept by now.
                let id = &shown.results.benchmark_id;
                let of = |run: &&KeptRun| run.path.file_stem().is_some_and(|stem| stem.to_string_lossy() == **id);
                shown.path = shown.path.take().or_else(|| self.runs.iter().find(of).map(|run| run.path.clone()));
            } else if self.open_job.is_none()
                && let Some(newest) = self.runs.first().cloned()
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
                shown.path = shown.path.or_else(|| self.runs.iter().find(of).map(|run| run.path.clone()));
                self.shown = Some(*shown);
            }
            Some(Err(problem)) => notices.error("results", "The results could not be opened", problem),
            None => {}
        }
        match job::take(&mut self.baseline_job, "the baseline was read").map(|result| result.and_then(|read| read)) {
            Some(Ok((run, results))) => {
                let results = Arc::new(results);
                if let Some(shown) = &mut self.shown {
                    shown.comparison = Some(compared(&results, &shown.results));
                }
                self.baseline = Some((run, results));
            }
            Some(Err(problem)) => notices.error("results", "The baseline could not be opened", problem),
            None => {}
        }
        match job::take(&mut self.export_job, "a file was written").map(|result| result.and_then(|written| written)) {
            Some(Ok(path)) => notices.toast(format!("Written: {path}")),
            Some(Err(problem)) => notices.error("export", "The file could not be written", problem),
            None => {}
        }
        match job::take(&mut self.change_job, "the runs were changed").map(|result| result.and_then(|done| done)) {
            Some(Ok(())) => {
                self.list_runs(ctx);
                if let Some(path) = self.shown.as_ref().and_then(|shown| shown.path.clone()) {
                    self.open_path(ctx, path.clone(), Some(path));
                }
            }
            Some(Err(problem)) => notices.error("results", "The run could not be changed", problem),
            None => {}
        }
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

fn write(
    results: &BenchmarkResults,
    baseline: Option<&BenchmarkResults>,
    what: Export,
    path: &std::path::Path,
    look: ChartLook,
) -> Result<(), String> {
    let named = |error: std::io::Error| format!("{error}: {}", path.display());
    let csv = |bytes: std::io::Result<Vec<u8>>| bytes.and_then(|bytes| files::replace(path, &bytes)).map_err(named);
    match what {
        Export::PerformanceCsv => csv(files::performance_csv(results)),
        Export::DetailsCsv => csv(files::details_csv(results)),
        Export::DetailsJson => csv(serde_json::to_vec_pretty(results).map_err(std::io::Error::other)),
        // StreamRuns writes these.
        Export::StreamsCsv | Export::StreamJson => Ok(()),
        Export::Html => {
            let page = html(results, baseline, Margin::default(), look.axes);
            files::replace(path, page.as_bytes()).map_err(named)
        }
        Export::ChartsPng | Export::ChartsSvg => std::fs::create_dir_all(path).map_err(named).and_then(|()| {
            ChartKind::of(results).into_iter().try_for_each(|kind| {
                let (bytes, ending) = match what {
                    Export::ChartsSvg => (charts::svg(results, kind, look).map(String::into_bytes), "svg"),
                    _ => (charts::png(results, kind, look, 2), "png"),
                };
                let file = path.join(format!("{}.{ending}", kind.file_stem()));
                let bytes = bytes.map_err(|error| error.to_string())?;
                files::replace(&file, &bytes).map_err(|error| format!("{error}: {}", file.display()))
            })
        }),
    }
}
