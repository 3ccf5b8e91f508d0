//! The schema of a kept stream. `docs/results.md` explains every field.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::stream_series::StreamSeries;
use crate::metrics::{Snapshot, StageSummary};
use crate::model::broker_kind::BrokerKind;
use crate::model::refusal::RefusalGroup;

/// The name that the file of a stream carries.
pub const STREAM_SCHEMA: &str = "kafka-image-bench/stream";
/// Increased when a field changes its meaning or is removed, not when one is added.
pub const STREAM_SCHEMA_VERSION: u32 = 1;

/// A run of the pipeline: its figures, and the circumstances.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamResults {
    /// [`STREAM_SCHEMA`].
    pub schema: String,
    /// [`STREAM_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The run's id, which its records contain.
    pub run_id: String,
    /// The name given by a person; most streams have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// When it ended, RFC 3339, UTC.
    pub finished_at: String,
    /// Version of this program.
    pub program_version: String,
    /// How it ended.
    pub outcome: StreamOutcome,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `stream`, `produce` or `consume`.
    pub mode: String,
    /// The folder of images.
    pub input: String,
    /// The folder of the output.
    pub work_dir: String,
    /// The topic.
    pub topic: String,
    /// The consumer group.
    pub group: String,
    /// The broker.
    pub broker: StreamBroker,
    /// What was set, in the order in which it is shown. No secret is among it.
    pub settings: Vec<StreamSetting>,
    /// The final numbers.
    pub figures: StreamFigures,
    /// The stages of its records' way.
    pub stages: Vec<StageSummary>,
    /// What was not sent and what went to the dead letters, by reason, the largest group first.
    pub refused: Vec<RefusalGroup>,
    /// The run over time.
    pub series: StreamSeries,
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamOutcome {
    /// Everything was done.
    Done,
    /// It was stopped before its end.
    Stopped,
    /// It could not continue.
    Failed,
}

impl StreamOutcome {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// The broker of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamBroker {
    /// Its kind.
    pub kind: BrokerKind,
    /// Its address.
    pub bootstrap_servers: String,
    /// Partitions of the topic.
    pub partitions: usize,
    /// Whether the run created the topic.
    pub topic_created: bool,
}

/// A setting of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamSetting {
    /// Its name: Kafka's, where it has one.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The numbers that `stream --output-format json` prints.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamFigures {
    /// Counts, times and latencies.
    #[serde(flatten)]
    pub snapshot: Snapshot,
    /// Images acknowledged per second, over the producer's span.
    pub producer_images_per_s: f64,
    /// Megabytes (10^6) of image files acknowledged per second.
    pub producer_mb_per_s: f64,
    /// Images saved per second, over the consumer's span.
    pub consumer_images_per_s: f64,
    /// Megabytes (10^6) of image files saved per second.
    pub consumer_mb_per_s: f64,
}

impl StreamFigures {
    /// Of the last numbers of a run.
    pub fn of(snapshot: &Snapshot) -> Self {
        Self {
            producer_images_per_s: snapshot.producer_images_per_s(),
            producer_mb_per_s: snapshot.producer_mb_per_s(),
            consumer_images_per_s: snapshot.consumer_images_per_s(),
            consumer_mb_per_s: snapshot.consumer_mb_per_s(),
            snapshot: snapshot.clone(),
        }
    }
}

impl StreamResults {
    /// The name given by a person, otherwise the folder's: `Labeled_Images`, `Labeled_Images, send only`.
    pub fn title(&self) -> String {
        title(self.display_name.as_deref(), &self.mode, &self.input, &self.topic)
    }
}

/// The title of a stream with these facts.
pub(super) fn title(display_name: Option<&str>, mode: &str, input: &str, topic: &str) -> String {
    if let Some(name) = display_name {
        return name.to_owned();
    }
    let folder = || Path::new(input).file_name().map_or_else(|| input.to_owned(), |name| name.to_string_lossy().into());
    match mode {
        "consume" => format!("{topic}, receive only"),
        "produce" => format!("{}, send only", folder()),
        _ => folder(),
    }
}

/// Reads the file of a stream.
///
/// # Errors
/// It cannot be read, is not the file of a stream, or was written by a later version of this program.
pub fn read_stream(path: &Path) -> Result<StreamResults, String> {
    let refuse = |reason: String| format!("{reason}: {}", path.display());
    let bytes = std::fs::read(path).map_err(|error| refuse(format!("the results cannot be read ({error})")))?;
    let value: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| refuse(format!("this is not a results file ({error})")))?;
    if value["schema"] != STREAM_SCHEMA {
        return Err(refuse("this file does not hold the results of a stream".to_owned()));
    }
    let version = value["schema_version"].as_u64().unwrap_or(0);
    if version > u64::from(STREAM_SCHEMA_VERSION) {
        return Err(refuse(format!("the results were written by a later program (schema version {version})")));
    }
    serde_json::from_value(value).map_err(|error| refuse(format!("the results are damaged ({error})")))
}
