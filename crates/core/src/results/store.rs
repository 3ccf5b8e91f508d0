//! The runs that are kept between launches: a folder with one results file per benchmark.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::files::{read, replace};
use super::kept_folder::KeptFolder;
use super::notes::{Notes, read_notes};
use super::run_search::{RunFacts, RunIndex, configuration_text};
use super::run_times::RunTimes;
use super::schema::{BenchmarkResults, ConfigurationResult};
use super::summary::Summary;
use crate::configuration::BenchmarkMode;
use crate::model::broker_kind::BrokerKind;
use crate::model::units::{counted, scaled};

/// A folder of results. Clones share its lock, so that none undoes what another writes.
#[derive(Clone, Debug)]
pub struct RunStore {
    folder: KeptFolder,
}

/// What a list of the runs shows; [`read`] has everything.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRun {
    /// Its file.
    pub path: PathBuf,
    /// The name given by a person, otherwise a description: `5 configurations`.
    pub name: String,
    /// When it began.
    pub started_at: jiff::Timestamp,
    /// Configurations, also those without a run.
    pub configurations: usize,
    /// Runs, including those that failed.
    pub runs: usize,
    /// The kind of its broker.
    pub broker_kind: BrokerKind,
    /// The broker's version, if it reports one.
    pub broker_version: Option<String>,
    /// Whether all runs were made.
    pub is_complete: bool,
    /// The fastest configuration, and its images per second; `None` if no run counts, and at a fixed rate.
    pub best: Option<(String, f64)>,
    /// What a person noted about it.
    pub notes: Notes,
    /// What it is found by.
    pub index: RunIndex,
}

impl RunStore {
    /// The store in `folder`, which is created when a run is kept; nothing is read or written yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder: KeptFolder::new(folder) }
    }

    /// Opens the store in `folder`, and creates the folder.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self::new(folder))
    }

    /// The runs, newest first, and one sentence for each file that cannot be read.
    pub fn list(&self) -> (Vec<KeptRun>, Vec<String>) {
        // Notes that cannot be read do not hide their run.
        let mut unread = Vec::new();
        let (mut runs, mut problems) =
            self.folder.read_all(|path| read(&path).and_then(|results| kept(path, &results, &mut unread)));
        problems.extend(unread);
        runs.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.path.cmp(&b.path)));
        problems.sort();
        (runs, problems)
    }

    /// Stores a benchmark, or replaces what is stored of it, and returns its file. A name given by a person stays.
    ///
    /// # Errors
    /// The benchmark's id is not usable, or the file cannot be written.
    pub fn keep(&self, results: &BenchmarkResults) -> io::Result<PathBuf> {
        let path = self.folder.file_of(&results.benchmark_id)?;
        let _writing = self.folder.lock();
        match known_name(&path).filter(|_| results.display_name.is_none()) {
            None => write(&path, results)?,
            display_name => write(&path, &BenchmarkResults { display_name, ..results.clone() })?,
        }
        Ok(path)
    }

    /// Renames a run; an empty name removes the name.
    ///
    /// # Errors
    /// Its file is not in this store, cannot be read, or cannot be written.
    pub fn rename(&self, run: &KeptRun, name: &str) -> io::Result<()> {
        let path = self.folder.own(&run.path)?;
        let _writing = self.folder.lock();
        let mut results = read(&path).map_err(io::Error::other)?;
        results.display_name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        write(&path, &results)
    }

    /// Keeps notes about a run, beside its file.
    ///
    /// # Errors
    /// Its file is not in this store, or the notes cannot be written.
    pub fn note(&self, run: &KeptRun, notes: &Notes) -> io::Result<()> {
        self.folder.note(&run.path, notes)
    }

    /// What the runs of the newest benchmarks took.
    pub fn times(&self) -> RunTimes {
        RunTimes::in_folder(self.folder.path(), "")
    }

    /// Deletes a run's file, and the notes about it.
    ///
    /// # Errors
    /// It is not in this store, or cannot be deleted.
    pub fn delete(&self, run: &KeptRun) -> io::Result<()> {
        self.folder.delete(&run.path)
    }
}

/// The name that a person gave to the benchmark of a file; nothing else is read, as the file is replaced after each run.
fn known_name(path: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        display_name: Option<String>,
    }
    let file = std::fs::read(path).ok()?;
    serde_json::from_slice::<Named>(&file).ok()?.display_name
}

fn write(path: &Path, results: &BenchmarkResults) -> io::Result<()> {
    replace(path, &serde_json::to_vec(results).map_err(io::Error::other)?)
}

fn kept(path: PathBuf, results: &BenchmarkResults, unread: &mut Vec<String>) -> Result<KeptRun, String> {
    let started_at = results
        .started_at
        .parse()
        .map_err(|error| format!("the results have no valid start time ({error}): {}", path.display()))?;
    let has_free_rate = results.method.has_free_rate();
    let rate = |one: &ConfigurationResult| Some((one.configuration.name.clone(), Summary::of(one)?.images_per_s));
    let rates = results.configurations.iter().filter(|_| has_free_rate).filter_map(rate);
    let notes = read_notes(&path).unwrap_or_else(|problem| {
        unread.push(problem);
        Notes::default()
    });
    let name = results.title();
    let index = RunIndex::of(&RunFacts {
        name: &name,
        folder: &results.payloads.input,
        broker: &broker_text(results),
        notes: &notes,
        started_at,
        configuration: configuration_text(results.configurations.iter().map(|one| &one.configuration)),
    });
    Ok(KeptRun {
        path,
        name,
        notes,
        index,
        started_at,
        configurations: results.configurations.len(),
        runs: results.configurations.iter().map(|one| one.runs.len()).sum(),
        broker_kind: results.broker.kind,
        broker_version: results.broker.version.clone(),
        is_complete: results.is_complete,
        best: rates.max_by(|a, b| a.1.total_cmp(&b.1)),
    })
}

/// The kind of the broker and its version.
fn broker_text(results: &BenchmarkResults) -> String {
    let kafka = if results.broker.kind == BrokerKind::External { " kafka" } else { "" };
    format!("{}{kafka} {}", results.broker.kind, results.broker.version.as_deref().unwrap_or_default())
}

impl BenchmarkResults {
    /// The name given by a person, otherwise a description: `5 configurations, pipeline`.
    pub fn title(&self) -> String {
        if let Some(name) = &self.display_name {
            return name.clone();
        }
        let mut title = match self.configurations.as_slice() {
            [one] => one.configuration.name.clone(),
            all => counted(all.len() as u64, "configuration", "configurations"),
        };
        if self.method.mode == BenchmarkMode::Pipeline {
            title.push_str(", pipeline");
        }
        if self.method.backlog {
            title.push_str(", backlog");
        }
        match (self.method.rate_images_per_s, self.method.max_rate_p99_ms) {
            (Some(rate), _) => title.push_str(&format!(", {} images/s", scaled(rate))),
            (None, Some(p99_ms)) => title.push_str(&format!(", highest rate within {p99_ms} ms")),
            (None, None) if self.method.load_shape.is_some() => {
                title.push_str(&format!(", {}", self.method.pace_text()))
            }
            (None, None) if self.method.ladder.is_some() => title.push_str(", latency against rate"),
            (None, None) => {}
        }
        title
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
