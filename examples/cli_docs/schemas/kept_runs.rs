//! The output of `runs`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kept_stream::KeptOutcome;
use super::stream::BrokerKind;

/// The kept runs that are found, the newest first.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeptRuns {
    benchmarks: Vec<KeptBenchmark>,
    streams: Vec<FoundStream>,
    /// A sentence for each file that cannot be read.
    problems: Vec<String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct KeptBenchmark {
    /// Its file, which `compare`, `recommend` and `report` take.
    path: String,
    name: String,
    /// RFC 3339, UTC.
    started_at: String,
    /// Including those that failed.
    runs: u64,
    configurations: u64,
    broker_kind: BrokerKind,
    broker_version: Option<String>,
    is_complete: bool,
    tags: Vec<String>,
    note: String,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct FoundStream {
    path: String,
    name: String,
    /// RFC 3339, UTC.
    started_at: String,
    /// Empty for `consume`.
    input: String,
    outcome: KeptOutcome,
    broker_kind: BrokerKind,
    images: u64,
    images_per_s: f64,
    tags: Vec<String>,
    note: String,
}
