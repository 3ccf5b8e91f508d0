//! How a run ended.

use std::path::PathBuf;

use serde::Serialize;

use super::plan::Mode;
use crate::broker::BrokerKind;
use crate::metrics::Snapshot;
use crate::pipeline::codec::Encoding;

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
    /// What it was, as far as it came; `None` for a broker that stood alone.
    pub stream: Option<StreamFacts>,
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
    /// Images and records that did not make it: rejected, dead or lost.
    pub fn losses(&self) -> u64 {
        self.snapshot.rejected + self.snapshot.dead_letters + self.snapshot.lost
    }
}
