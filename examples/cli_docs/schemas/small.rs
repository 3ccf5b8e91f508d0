//! The outputs of the other commands.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::benchmark::{Configuration, Mode};
use super::load::{LadderLimits, LoadShape, ReplayOutline};
use super::stream::{BrokerKind, Encoding, FoundLabels, LabelFindings, RecordKey};

/// One line, when the broker listens.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    kind: BrokerKind,
    bootstrap_servers: String,
}

/// One line for each record.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BrowsedRecord {
    partition: i32,
    offset: i64,
    /// UTC.
    time: Option<String>,
    value_bytes: u64,
    file_name: Option<String>,
    sent_at_micros: Option<i64>,
    encoding: Option<String>,
    annotation: Option<String>,
    content_type: Option<String>,
    width_px: Option<u32>,
    height_px: Option<u32>,
    image_bytes: Option<u64>,
    bytes_as_sent: Option<bool>,
    /// The header `objects`; text where it is not JSON.
    objects: Option<Value>,
    /// Why the record holds no image.
    damage: Option<String>,
}

/// How far a connection came.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    bootstrap_servers: String,
    /// Whether every step passed or was not needed.
    connected: bool,
    /// Those that have ended, in their order; the last one may have failed.
    steps: Vec<CheckedStep>,
    /// By number, as `1 at host:port`.
    brokers: Option<Vec<String>>,
    /// Topics that this user may see, without internal ones.
    topics: Option<u64>,
    version: Option<String>,
    cluster_id: Option<String>,
    problem: Option<CheckProblem>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct CheckedStep {
    step: CheckStep,
    state: StepState,
    /// What was found, why it is not needed, or what failed.
    found: String,
    elapsed_s: f64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum CheckStep {
    Properties,
    Resolve,
    Connect,
    Tls,
    SignIn,
    Metadata,
    Brokers,
    Topic,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum StepState {
    Passed,
    Skipped,
    Failed,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct CheckProblem {
    summary: String,
    what_to_do: String,
    detail: String,
}

/// One line for each reading.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LagReading {
    at: String,
    group: String,
    partitions: Vec<PartitionLag>,
    total_lag: u64,
    consumed_per_s: Option<f64>,
    produced_per_s: Option<f64>,
    left_s: Option<f64>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct PartitionLag {
    topic: String,
    partition: i32,
    committed_offset: Option<i64>,
    end_offset: i64,
    lag: Option<u64>,
    log_start_offset: i64,
    lost: u64,
    beyond_end: u64,
}

/// What a reset of a consumer group's offsets does.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OffsetsReset {
    group: String,
    /// Whether it was done; false for a dry run.
    done: bool,
    repeats: u64,
    skips: u64,
    partitions: Vec<PartitionReset>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct PartitionReset {
    topic: String,
    partition: i32,
    committed_offset: Option<i64>,
    new_offset: i64,
    log_start_offset: i64,
    end_offset: i64,
    repeats: Option<u64>,
    skips: Option<u64>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    written: u32,
    already_there: u32,
    total_bytes: u64,
    folder: String,
}

/// The files that were written.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    files: Vec<String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    compared: Vec<Compared>,
    only_baseline: Vec<String>,
    only_candidate: Vec<String>,
    warnings: Vec<String>,
    margin_percent: f64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Compared {
    configuration: Configuration,
    changes: Vec<Change>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Change {
    metric: Metric,
    baseline: Option<f64>,
    candidate: Option<f64>,
    change_percent: Option<f64>,
    interval_percent: Option<(f64, f64)>,
    verdict: Verdict,
    more_rounds: Option<u32>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum Metric {
    Throughput,
    Consumer,
    P50,
    P99,
    AckP50,
    AckP99,
    Cpu,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Faster,
    Slower,
    AsFast,
    Undecided,
    NotInBaseline,
    NotMeasured,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recommendation {
    throughput: Option<Choice>,
    latency: Option<Choice>,
    balanced: Option<Choice>,
    /// What a race (--until-decided) found, instead of these three.
    race: Option<RaceChoice>,
    open: Vec<Open>,
    cautions: Vec<String>,
    rate_images_per_s: Option<f64>,
    max_image_bytes: u64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct RaceChoice {
    goal: super::race::Goal,
    configuration: Option<Configuration>,
    is_certain: bool,
    expected_loss_percent: Option<f64>,
    as_good: Vec<String>,
    simplest: Option<Configuration>,
    sentences: Vec<String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    configuration: Configuration,
    reason: String,
    is_certain: bool,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Open {
    aim: Aim,
    reason: String,
    more_rounds: Option<u32>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum Aim {
    Balanced,
    Throughput,
    Latency,
}

/// What a run would do: `--dry-run` of stream, produce, consume and benchmark.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DryRun {
    command: String,
    broker: BrokerPreview,
    topic: Option<TopicPreview>,
    send: Option<SendPreview>,
    receive: Option<ReceivePreview>,
    measure: Option<MeasurePreview>,
    work_dir: String,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct BrokerPreview {
    kind: BrokerKind,
    /// Null for an embedded broker that the run would start.
    bootstrap_servers: Option<String>,
    data: Option<String>,
    brokers: Option<u64>,
}

/// What is null is not known, since no broker was asked.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct TopicPreview {
    name: String,
    exists: Option<bool>,
    is_created: Option<bool>,
    partitions: Option<u64>,
    max_message_bytes: Option<u64>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct SendPreview {
    input: String,
    encoding: Encoding,
    key: RecordKey,
    images: u64,
    image_bytes: u64,
    record_bytes_max: u64,
    sent_before: u64,
    without_label: u64,
    too_large: Option<u64>,
    not_images: u64,
    /// Of these, how many there are of each kind that has a name, such as `HEIC`, `DICOM` or `damaged JPEG`.
    other_formats: BTreeMap<String, u64>,
    label_files: u64,
    /// Links and pointers of git-annex, Git LFS and DVC, and broken links, that stand for images whose content is not here.
    content_missing: u64,
    unreadable: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels_found: Option<FoundLabels>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<LabelFindings>,
    rate_images_per_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    load_shape: Option<LoadShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replay: Option<ReplayOutline>,
    watches: bool,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct ReceivePreview {
    group: String,
    consumers: u64,
    has_committed: Option<bool>,
    waiting: Option<u64>,
    count: Option<u64>,
    until_idle_s: Option<f64>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct RacePreview {
    goal: super::race::Goal,
    margin_percent: f64,
    budget_s: f64,
    is_sliced: bool,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct MeasurePreview {
    mode: Mode,
    configurations: Vec<String>,
    runs: u32,
    runs_per_configuration: u32,
    /// Only of a race.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    race: Option<RacePreview>,
    duration_s: Option<f64>,
    images_per_run: Option<u64>,
    rate_images_per_s: Option<f64>,
    find_max_p99_ms: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ladder: Option<LadderLimits>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    load_shape: Option<LoadShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replay: Option<ReplayOutline>,
    estimate_s: Option<f64>,
    input: String,
    producers: u64,
    groups: u64,
    consumers: u64,
    images: u64,
    folder_images: u64,
    folder_bytes: u64,
    mean_image_bytes: f64,
}
