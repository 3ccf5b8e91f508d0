//! `stream`, `produce` and `consume`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::load::ReplayOutline;
use super::run::StageName;

/// The end of a run. Counts are images or records since it began.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Records carry it in the header `run-id`.
    run_id: String,
    outcome: Outcome,
    /// Why it failed or was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(flatten)]
    figures: Figures,
    /// Where the time of the run's own records goes; `docs/results.md` defines the stages.
    stages: Vec<Stage>,
    stream: Option<Facts>,
    /// Always null; `benchmark` prints an object of its own.
    benchmark: Option<()>,
}

/// The numbers of `stream.json`, by the same names.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    elapsed_s: f64,
    scan_finished: bool,
    broker_reachable: bool,
    found: u64,
    found_bytes: u64,
    /// Images that `processed_files.txt` lists.
    already_processed: u64,
    not_images: u64,
    label_files: u64,
    sent: u64,
    acknowledged: u64,
    acknowledged_bytes: u64,
    acknowledged_value_bytes: u64,
    retried: u64,
    rejected: u64,
    /// The partition that got the most acknowledged records; null without records.
    fullest_partition: Option<FullestPartition>,
    /// From the first record handed to the client to the last acknowledgement.
    producer_s: f64,
    producer_images_per_s: f64,
    producer_mb_per_s: f64,
    acknowledgement_latency: Latency,
    /// How long after its time a record was sent; `count` is 0 without a load or a replay.
    lateness: Latency,
    received: u64,
    received_value_bytes: u64,
    saved: u64,
    already_saved: u64,
    relabelled: u64,
    older_labels: u64,
    saved_bytes: u64,
    dead_letters: u64,
    foreign: u64,
    unacknowledged: u64,
    redelivered: u64,
    taken_by_others: u64,
    lost: u64,
    on_topic: u64,
    accounting: Accounting,
    unread: u64,
    offset_resets: u64,
    /// From the first record received to the last one made durable.
    consumer_s: f64,
    consumer_images_per_s: f64,
    consumer_mb_per_s: f64,
    received_latency: Latency,
    saved_latency: Latency,
}

/// How a run ended.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Stopped,
    Failed,
    Refused,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    stage: StageName,
    mean_micros: f64,
    latency: Latency,
}

/// Percentiles; all 0 if `count` is 0.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    count: u64,
    p50_micros: u64,
    p99_micros: u64,
    max_micros: u64,
}

/// What happened to the run's acknowledged records; `acknowledged` is the sum of the others.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Accounting {
    acknowledged: u64,
    saved: u64,
    dead_letters: u64,
    lost: u64,
    taken_by_others: u64,
    on_topic: u64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    mode: Mode,
    /// Null if it was never reached.
    broker: Option<BrokerFacts>,
    topic: String,
    group: String,
    encoding: Encoding,
    key: RecordKey,
    input: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replay: Option<ReplayOutline>,
    work_dir: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels_found: Option<FoundLabels>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<LabelFindings>,
}

/// Labels that were looked for and found, by `--labels auto` or without `--labels`.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FoundLabels {
    /// As `--labels` takes them.
    labels: String,
    sentence: String,
    /// Images that the labels were tried on.
    images: u64,
    images_with_labels: u64,
    objects: u64,
    /// Different classes, or labels.
    classes: u64,
    images_rejected: u64,
    /// Files of the folder that may be images.
    files: u64,
    /// Fewer than `files` in a large folder.
    files_looked_at: u64,
}

/// What labels with boxes had for the images of the run.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LabelFindings {
    format: String,
    labels: String,
    images: u64,
    images_with_objects: u64,
    objects: u64,
    classes: u64,
    /// Images without an entry.
    images_not_found: u64,
    not_found_examples: Vec<String>,
    /// Some names that the labels have.
    entry_examples: Vec<String>,
    /// Some of the classes that have only a number.
    unnamed_classes: Vec<String>,
    /// Images of another size than the labels state.
    other_sizes: u64,
    other_size_example: Option<String>,
    scaled: bool,
    damaged_entries: u64,
    damaged_example: Option<String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Stream,
    Produce,
    Consume,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    Json,
    Raw,
}

/// What the key of a record is.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKey {
    None,
    File,
    Label,
    Folder,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FullestPartition {
    partition: u64,
    records: u64,
    all_records: u64,
    partitions: u64,
    /// `records` over the mean of all partitions; 1 is even.
    skew: f64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerFacts {
    kind: BrokerKind,
    bootstrap_servers: String,
    partitions: u64,
    topic_created: bool,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerKind {
    Embedded,
    EmbeddedElsewhere,
    External,
}
