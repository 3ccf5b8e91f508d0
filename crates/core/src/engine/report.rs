//! How a run ended.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Serialize;

use super::plan::Mode;
use crate::broker::BrokerKind;
use crate::configuration::{Encoding, RecordKey};
use crate::export::ExportReport;
use crate::labels::{FoundLabels, LabelFindings};
use crate::metrics::{Snapshot, StageSummary};
use crate::model::refusal::{RefusalGroup, RefusalKind};
use crate::model::replay_outline::ReplayOutline;
use crate::redrive::RedriveReport;
use crate::results::files::ResultFiles;
use crate::results::{BenchmarkResults, RunStatus};

/// The end of a run.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// The run's id, which its records contain.
    pub run_id: String,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The final numbers.
    #[serde(flatten)]
    pub snapshot: Snapshot,
    /// The stages of its records' way; empty for a benchmark, whose results have them.
    pub stages: Vec<StageSummary>,
    /// Facts about a run of the pipeline, as far as it got.
    pub stream: Option<StreamFacts>,
    /// What became of dead letters that were to be sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive: Option<RedriveReport>,
    /// What was not sent and what went to the dead letters, by reason, the largest group first.
    #[serde(skip)]
    pub refused: Vec<RefusalGroup>,
    /// Where the results of a stream are kept.
    #[serde(skip)]
    pub kept: Option<PathBuf>,
    /// What became of an export; `None`: there was none, or it left nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export: Option<ExportReport>,
    /// The results of a benchmark, as far as it got, and their files.
    pub benchmark: Option<(BenchmarkResults, ResultFiles)>,
}

/// Facts about a run of the pipeline.
#[derive(Clone, Debug, Serialize)]
pub struct StreamFacts {
    /// Which sides ran.
    pub mode: Mode,
    /// The broker; `None` if it was never reached.
    pub broker: Option<BrokerFacts>,
    /// The topic.
    pub topic: String,
    /// The consumer group.
    pub group: String,
    /// How images were encoded.
    pub encoding: Encoding,
    /// What the keys of the records were.
    pub key: RecordKey,
    /// The folder of images.
    pub input: PathBuf,
    /// What the replay of capture times was like, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayOutline>,
    /// The folder of the output.
    pub work_dir: PathBuf,
    /// The labels that were looked for and found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels_found: Option<FoundLabels>,
    /// What the labels had for the images, if they can have objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<LabelFindings>,
    /// Whether the broker, and what is left on the topic, ends with this process.
    #[serde(skip)]
    pub is_in_memory: bool,
}

/// The broker that a run used.
#[derive(Clone, Debug, Serialize)]
pub struct BrokerFacts {
    /// Its kind.
    pub kind: BrokerKind,
    /// Its address.
    pub bootstrap_servers: String,
    /// Partitions of the topic.
    pub partitions: usize,
    /// Whether the run created the topic.
    pub topic_created: bool,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "snake_case")]
pub enum Outcome {
    /// Everything was done.
    Done,
    /// It was stopped before its end; nothing is lost.
    Stopped,
    /// It could not continue, for this reason.
    Failed(String),
    /// It never started: a setting is invalid.
    Refused(String),
}

impl RunReport {
    /// Images and records that were not saved: rejected, dead-lettered, lost, or left unread.
    pub fn losses(&self) -> u64 {
        let Snapshot { rejected, dead_letters, lost, unread, .. } = self.snapshot;
        rejected + dead_letters + lost + unread
    }

    /// The images that were not sent, as far as their names are kept.
    pub fn unsent(&self) -> BTreeSet<String> {
        let groups = self.refused.iter().filter(|group| group.kind == RefusalKind::NotSent);
        groups.flat_map(|group| &group.entries).map(|entry| entry.name.clone()).collect()
    }

    /// Whether the run was complete: nothing is missing, the group continued at its position, and every selected dead letter
    /// was sent.
    pub fn is_complete(&self) -> bool {
        let all_sent = self.redrive.as_ref().is_none_or(|redrive| redrive.failed == 0);
        self.losses() == 0 && self.snapshot.offset_resets == 0 && all_sent
    }

    /// Runs of a benchmark that did not reach the requested rate, not counting trials for the highest rate.
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
