//! A run of a benchmark.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All 0 if `count` is 0.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
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
pub struct Run {
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
    /// From before its topic was made until it was deleted; absent in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    whole_s: Option<f64>,
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
