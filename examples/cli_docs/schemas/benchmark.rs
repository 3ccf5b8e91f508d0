//! `benchmark`, and the file of its results. `docs/results.md` defines every figure.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::load::{LadderLimits, LadderStep, LoadShape, ReplayOutline};
use super::run::{Latency, Run};
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
