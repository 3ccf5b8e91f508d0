//! The file of a stream that is kept, and of `--results`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stream::{BrokerFacts, Figures, Stage};

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
pub enum KeptOutcome {
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
