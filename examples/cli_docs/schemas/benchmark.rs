//! `benchmark`, and the file of its results. `docs/results.md` defines every figure.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stream::{BrokerKind, Encoding, Outcome, RecordKey};

/// The end of a benchmark. `compare`, `recommend` and `report` read it as they read the file.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    outcome: Ending,
    /// Null if no run was begun.
    files: Option<Files>,
    /// Null if no run was begun.
    results: Option<Results>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Ending {
    outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Files {
    performance_csv: String,
    details_json: String,
    details_csv: String,
    /// Only of a ladder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ladder_csv: Option<String>,
}

/// A file kafka_performance_results-….json.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    schema: String,
    schema_version: u32,
    benchmark_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    started_at: String,
    finished_at: String,
    is_complete: bool,
    program_version: String,
    client_version: String,
    broker: Broker,
    machine: Machine,
    payloads: Payloads,
    method: Method,
    configurations: Vec<ConfigurationResult>,
    /// Of a race (--until-decided).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    race: Option<super::race::Race>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Broker {
    kind: BrokerKind,
    version: Option<String>,
    brokers: u64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    cpu: String,
    cores: u64,
    memory_bytes: u64,
    os: String,
    kernel: String,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Payloads {
    input: String,
    folder_images: u64,
    folder_bytes: u64,
    pool_images: u64,
    min_bytes: u64,
    mean_bytes: f64,
    p95_bytes: u64,
    max_bytes: u64,
    /// Whether files of any kind were sent, not only images.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    any_file: bool,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Method {
    mode: Mode,
    backlog: bool,
    duration_s: Option<f64>,
    images: Option<u64>,
    warmup_s: f64,
    repeats: u32,
    rate_images_per_s: Option<f64>,
    max_rate_p99_ms: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ladder: Option<LadderLimits>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    load_shape: Option<LoadShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replay: Option<ReplayOutline>,
    consumers: u64,
    producers: u64,
    groups: u64,
    seed: u64,
    /// What every run had to reach, such as p99<50ms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    thresholds: Vec<String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Transport,
    Pipeline,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct ConfigurationResult {
    configuration: Configuration,
    max_rate_images_per_s: Option<f64>,
    /// True where every step of the ladder held; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    max_rate_is_lower_bound: bool,
    /// Only of a ladder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ladder: Vec<LadderStep>,
    acknowledgement_latency: Latency,
    end_to_end_latency: Latency,
    runs: Vec<Run>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LadderLimits {
    top_images_per_s: Option<f64>,
    p99_ms: Option<f64>,
}

/// A load that changes over time.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadShape {
    Ramp(Ramp),
    Burst(Burst),
    Replay(Replay),
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    from_images_per_s: f64,
    to_images_per_s: f64,
    seconds: f64,
}

/// The images are due at the distances in time of their captures.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    speed: f64,
    /// Longer pauses were shortened to this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    longest_pause_s: Option<f64>,
}

/// The images of a replay and their times.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayOutline {
    speed: f64,
    images: u64,
    /// By EXIF data.
    by_exif: u64,
    /// By the file's modification time.
    by_file_time: u64,
    /// Sent at the start.
    without_time: u64,
    first_captured_at: Option<String>,
    last_captured_at: Option<String>,
    /// From the first image to the last.
    takes_s: f64,
    /// Over 10 minutes.
    long_pauses: u64,
    longest_pause_s: f64,
    shortened_pauses: u64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    images: u64,
    period_s: f64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct LadderStep {
    rate_images_per_s: f64,
    achieved_images_per_s: f64,
    runs: u32,
    latencies: u64,
    p50_micros: u64,
    p99_micros: u64,
    p999_micros: u64,
    sent: u64,
    lost: u64,
    outcome: StepOutcome,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum StepOutcome {
    Held,
    RateNotAchieved,
    LatencyAboveLimit,
    RecordsLost,
    Failed,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    name: String,
    batch_size_bytes: u32,
    linger_ms: f64,
    compression_type: Compression,
    acks: Acks,
    partitions: i32,
    encoding: Encoding,
    key: RecordKey,
    /// Other properties by their keys, such as `consumer.fetch.min.bytes`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum Compression {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

#[derive(Deserialize, JsonSchema, Serialize)]
enum Acks {
    #[serde(rename = "all")]
    All,
    #[serde(rename = "1")]
    One,
    #[serde(rename = "0")]
    Zero,
}

/// All 0 if `count` is 0.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Latency {
    count: u64,
    p50_micros: u64,
    p90_micros: u64,
    p95_micros: u64,
    p99_micros: u64,
    p999_micros: u64,
    max_micros: u64,
    /// An HDR histogram (V2, deflated) in base64.
    histogram_v2: String,
}

/// How long the stages of the records' way took.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Stages {
    /// By how much the instant of appending can be wrong; null where it is not known.
    clock_bound_micros: Option<u64>,
    stages: Vec<Stage>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Stage {
    stage: StageName,
    mean_micros: f64,
    latency: Latency,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StageName {
    Read,
    Encode,
    Client,
    WireOut,
    WireIn,
    ClientAndWire,
    Queue,
    Decode,
    Write,
    Durable,
    Acknowledge,
    Commit,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Run {
    order: u32,
    repeat: u32,
    rate_images_per_s: Option<f64>,
    started_at: String,
    topic: String,
    status: Status,
    problems: Vec<String>,
    remarks: Vec<String>,
    /// The thresholds of the method that the run missed; absent if it kept all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missed_thresholds: Vec<MissedThreshold>,
    sent: u64,
    acknowledged: u64,
    failed: u64,
    received: u64,
    missing: u64,
    duplicates: u64,
    redelivered: u64,
    producer: Throughput,
    consumer: Throughput,
    acknowledgement_latency: Latency,
    end_to_end_latency: Latency,
    /// How long after its time a record was sent; absent at full speed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lateness: Option<Latency>,
    /// Absent with one consumer group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<Group>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stages: Option<Stages>,
    seconds: Vec<Second>,
    lag_at_last_acknowledgement: u64,
    max_lag: u64,
    drain_s: f64,
    partitions: Vec<Partition>,
    partition_skew: f64,
    batch_bytes_mean: f64,
    batch_records_mean: f64,
    client_value_bytes: u64,
    compression_ratio: Option<f64>,
    retries: u64,
    errors: u64,
    cpu_s: f64,
    broker_cpu_s: Option<f64>,
    producer_cpu_s: Option<f64>,
    consumer_cpu_s: Option<f64>,
    log_bytes: Option<u64>,
    peak_memory_bytes: u64,
    rebalance_s: f64,
    producer_configuration: BTreeMap<String, String>,
    consumer_configuration: BTreeMap<String, String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct MissedThreshold {
    threshold: String,
    /// In the unit of the threshold; null if it could not be measured.
    measured: Option<f64>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Group {
    group: u32,
    received: u64,
    missing: u64,
    duplicates: u64,
    redelivered: u64,
    elapsed_s: f64,
    images_per_s: f64,
    payload_mb_per_s: f64,
    end_to_end_latency: Latency,
    max_lag: u64,
    drain_s: f64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    Failed,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Throughput {
    elapsed_s: f64,
    images_per_s: f64,
    payload_mb_per_s: f64,
    wire_mb_per_s: f64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Second {
    second: u32,
    sent: u64,
    acknowledged: u64,
    acknowledged_bytes: u64,
    received: u64,
    received_bytes: u64,
    lag: u64,
    max_lag: u64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Partition {
    partition: i32,
    start_offset: i64,
    end_offset: i64,
}
