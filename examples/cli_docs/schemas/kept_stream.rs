//! The file of a stream that is kept, and of `--results`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stream::{Accounting, BrokerFacts, FullestPartition, Latency, Stage};

/// A stream: its settings, its figures, what was refused, and the run over time.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeptStream {
    /// `kafka-image-bench/stream`.
    schema: String,
    schema_version: u32,
    /// Its records carry it in the header `run-id`.
    run_id: String,
    /// The name given in the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    /// RFC 3339, UTC.
    started_at: String,
    finished_at: String,
    program_version: String,
    outcome: KeptOutcome,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// `stream`, `produce` or `consume`.
    mode: String,
    /// Empty for `consume`.
    input: String,
    work_dir: String,
    topic: String,
    group: String,
    broker: BrokerFacts,
    /// What was set; no secret is among it.
    settings: Vec<Setting>,
    figures: Figures,
    stages: Vec<Stage>,
    /// The largest group first.
    refused: Vec<RefusalGroup>,
    series: Series,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum KeptOutcome {
    Done,
    Stopped,
    Failed,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    name: String,
    value: String,
}

/// The numbers of `stream.json`, by the same names.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Figures {
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

/// What was refused for one reason.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct RefusalGroup {
    kind: RefusalKind,
    /// `…` stands for a number that differs among them.
    reason: String,
    count: u64,
    /// At most 10,000 of all groups together.
    entries: Vec<Refusal>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum RefusalKind {
    NotSent,
    DeadLetter,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    /// The image's name in its folder, or the place of the record.
    name: String,
    /// Where it differs from that of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The run over time: columns of equal length, at most 1,200 points. Of a longer run each is the highest of neighbours.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Series {
    /// End of the interval, since the run began.
    elapsed_s: Vec<f64>,
    producer_images_per_s: Vec<f64>,
    producer_mb_per_s: Vec<f64>,
    consumer_images_per_s: Vec<f64>,
    consumer_mb_per_s: Vec<f64>,
    /// Null where no record was saved.
    p50_micros: Vec<Option<u64>>,
    p99_micros: Vec<Option<u64>>,
    /// Acknowledged and not yet saved.
    lag: Vec<u64>,
    broker_reachable: Vec<bool>,
}
