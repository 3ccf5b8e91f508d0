//! How each kept benchmark differs from the baseline, in few words.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::Context;

use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::results::BenchmarkResults;
use kafka_image_bench_core::results::files::read;
use kafka_image_bench_core::results::store::KeptRun;
use kafka_image_bench_core::verdict::compare::{Metric, compare};
use kafka_image_bench_core::verdict::metric::Margin;

/// A run with so many measurements: those of a benchmark that runs become more.
type Measured = (PathBuf, usize);

/// The differences that are known.
#[derive(Default)]
pub struct Differences {
    baseline: Option<PathBuf>,
    known: HashMap<Measured, String>,
    job: Option<Job<Vec<(Measured, String)>>>,
}

impl Differences {
    /// Works out what is not known of these runs. Reads their files in a job.
    pub fn follow(&mut self, ctx: &Context, baseline: Option<(&Path, &Arc<BenchmarkResults>)>, all: &[KeptRun]) {
        let Some((path, results)) = baseline else {
            *self = Self::default();
            return;
        };
        if self.baseline.as_deref() != Some(path) {
            *self = Self { baseline: Some(path.to_owned()), ..Self::default() };
        }
        if self.job.is_some() {
            return;
        }
        let measured = all.iter().filter(|run| run.path != path).map(|run| (run.path.clone(), run.runs));
        let missing: Vec<Measured> = measured.filter(|one| !self.known.contains_key(one)).collect();
        if missing.is_empty() {
            return;
        }
        let results = Arc::clone(results);
        self.job = Some(Job::start("differences", ctx, move |stop| {
            let wanted = missing.into_iter().take_while(|_| !stop.is_requested());
            wanted.map(|one| (one.clone(), difference(&results, &one.0))).collect()
        }));
    }

    /// Takes what was worked out. True: there is something new.
    pub fn poll(&mut self) -> bool {
        let Some(Ok(found)) = job::take(&mut self.job, "runs were compared") else { return false };
        self.known.extend(found);
        true
    }

    /// How a run differs, once that is known.
    pub fn of(&self, run: &KeptRun) -> Option<&str> {
        self.known.get(&(run.path.clone(), run.runs)).map(String::as_str)
    }
}

fn difference(baseline: &BenchmarkResults, path: &Path) -> String {
    let Ok(results) = read(path) else { return "not readable".to_owned() };
    let metric = if results.method.has_free_rate() { Metric::Throughput } else { Metric::P99 };
    match compare(baseline, &results, Margin::default()) {
        Ok(comparison) => comparison.in_short(metric),
        Err(_) => "no configuration in common".to_owned(),
    }
}
