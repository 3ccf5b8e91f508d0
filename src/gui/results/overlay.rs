//! Two to five kept benchmarks over each other.

use std::path::{Path, PathBuf};

use eframe::egui::Context;

use crate::gui::notices::Notices;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::report::figures::{
    LatencyGroup, PercentileCurve, ThroughputBar, latency_groups, percentile_curves, throughput_bars,
};
use kafka_image_bench_core::results::files::read;

/// The most runs over each other: more colours cannot be distinguished.
pub const RUNS_MAX: usize = 5;

/// A run among those over each other.
pub struct OverlaidRun {
    /// Its name.
    pub name: String,
    /// By configuration.
    pub throughput: Vec<ThroughputBar>,
    /// By configuration.
    pub latency: Vec<LatencyGroup>,
    /// By configuration.
    pub curves: Vec<PercentileCurve>,
}

/// Which runs are chosen, and their figures.
#[derive(Default)]
pub struct Overlay {
    chosen: Vec<PathBuf>,
    /// In the order in which they were chosen; empty until they are read.
    pub runs: Vec<OverlaidRun>,
    /// The configuration whose percentiles are shown.
    pub configuration: Option<String>,
    job: Option<Job<Result<Vec<OverlaidRun>, String>>>,
}

impl Overlay {
    /// Whether a run is chosen; `None`: no more can be.
    pub fn is_chosen(&self, run: &Path) -> Option<bool> {
        let is_chosen = self.chosen.iter().any(|chosen| chosen == run);
        (is_chosen || self.chosen.len() < RUNS_MAX).then_some(is_chosen)
    }

    /// Adds a run, or takes it away.
    pub fn choose(&mut self, ctx: &Context, run: PathBuf, is_chosen: bool) {
        self.chosen.retain(|chosen| *chosen != run);
        if is_chosen && self.chosen.len() < RUNS_MAX {
            self.chosen.push(run);
        }
        self.read(ctx);
    }

    /// Chooses none.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many are chosen.
    pub fn count(&self) -> usize {
        self.chosen.len()
    }

    /// Reads the chosen runs again, those of them that are still there.
    pub fn keep_only(&mut self, ctx: &Context, is_there: impl Fn(&Path) -> bool) {
        let before = self.chosen.len();
        self.chosen.retain(|chosen| is_there(chosen));
        if self.chosen.len() != before {
            self.read(ctx);
        }
    }

    fn read(&mut self, ctx: &Context) {
        let chosen = self.chosen.clone();
        if chosen.len() < 2 {
            (self.runs, self.job) = (Vec::new(), None);
            return;
        }
        let read = move |_: &_| chosen.iter().map(|path| overlaid(path)).collect();
        self.job = Some(Job::start("overlay", ctx, read));
    }

    /// Takes what was read.
    pub fn poll(&mut self, notices: &mut Notices) {
        match job::take(&mut self.job, "runs were read").map(|result| result.and_then(|runs| runs)) {
            Some(Ok(runs)) => self.runs = runs,
            Some(Err(problem)) => notices.error("results", "The runs could not be laid over each other", problem),
            None => {}
        }
    }

    /// The names of all configurations, each once.
    pub fn configurations(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for bar in self.runs.iter().flat_map(|run| &run.throughput) {
            if !names.contains(&bar.name.as_str()) {
                names.push(&bar.name);
            }
        }
        names
    }
}

fn overlaid(path: &Path) -> Result<OverlaidRun, String> {
    let results = read(path)?;
    let started = results.started_at.parse().map_or_else(|_| results.started_at.clone(), crate::gui::format::when);
    Ok(OverlaidRun {
        name: format!("{}, {started}", results.title()),
        throughput: throughput_bars(&results),
        latency: latency_groups(&results),
        curves: percentile_curves(&results),
    })
}
