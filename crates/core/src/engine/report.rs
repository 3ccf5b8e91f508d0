//! How a run ended.

use std::path::PathBuf;

use serde::Serialize;

use super::plan::Mode;
use crate::broker::BrokerKind;
use crate::configuration::Encoding;
use crate::metrics::Snapshot;
use crate::results::files::ResultFiles;
use crate::results::{BenchmarkResults, RunStatus};

/// The end of a run.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// The run's name, which its records carry.
    pub run_id: String,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The final numbers.
    #[serde(flatten)]
    pub snapshot: Snapshot,
    /// What a run of the pipeline was, as far as it came.
    pub stream: Option<StreamFacts>,
    /// What a benchmark found, as far as it came, and the files that keep it.
    pub benchmark: Option<(BenchmarkResults, ResultFiles)>,
}

/// What a run of the pipeline was.
#[derive(Clone, Debug, Serialize)]
pub struct StreamFacts {
    /// Which sides ran.
    pub mode: Mode,
    /// What the broker was; `None` where it was never reached.
    pub broker: Option<BrokerFacts>,
    /// The topic.
    pub topic: String,
    /// The consumer group.
    pub group: String,
    /// How images travelled.
    pub encoding: Encoding,
    /// The folder of images.
    pub input: PathBuf,
    /// Where the outputs are.
    pub work_dir: PathBuf,
}

/// The broker that a run used.
#[derive(Clone, Debug, Serialize)]
pub struct BrokerFacts {
    /// What it was.
    pub kind: BrokerKind,
    /// Where it was.
    pub bootstrap_servers: String,
    /// Partitions of the topic.
    pub partitions: usize,
    /// Whether the run made the topic.
    pub topic_created: bool,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "snake_case")]
pub enum Outcome {
    /// All was done.
    Done,
    /// It was stopped before its end; nothing is lost.
    Stopped,
    /// It could not go on, for this reason.
    Failed(String),
    /// It never began: a setting cannot work.
    Refused(String),
}

impl RunReport {
    /// Images and records that did not make it: rejected, dead, lost, or left unread.
    pub fn losses(&self) -> u64 {
        let Snapshot { rejected, dead_letters, lost, unread, .. } = self.snapshot;
        rejected + dead_letters + lost + unread
    }

    /// Whether all went as asked for: nothing is missing, and the group went on where it had been.
    pub fn is_complete(&self) -> bool {
        self.losses() == 0 && self.snapshot.offset_resets == 0
    }

    /// Runs of a benchmark that did not reach the rate that was asked for; trials for the highest rate are none of these.
    pub fn unheld_rates(&self) -> usize {
        let Some((results, _)) = &self.benchmark else { return 0 };
        if results.method.rate_images_per_s.is_none() {
            return 0;
        }
        let runs = results.configurations.iter().flat_map(|one| &one.runs);
        runs.filter(|run| run.has_held_rate() == Some(false)).count()
    }

    /// Runs of a benchmark whose figures do not count.
    pub fn failed_runs(&self) -> usize {
        let Some((results, _)) = &self.benchmark else { return 0 };
        let runs = results.configurations.iter().flat_map(|one| &one.runs);
        runs.filter(|run| run.status == RunStatus::Failed).count()
    }
}
