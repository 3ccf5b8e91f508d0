//! `redrive`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stream::Outcome;

/// What became of dead letters that were to be sent again.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Redrive {
    run_id: String,
    outcome: Outcome,
    /// Why it failed or was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    elapsed_s: f64,
    from: Source,
    to: Option<String>,
    dry_run: bool,
    found: u64,
    selected: u64,
    sent: u64,
    failed: u64,
    already_sent: u64,
    not_selected: u64,
    over_max_redrives: u64,
    without_value: u64,
    letters: Vec<Letter>,
    not_listed: u64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    Folder(String),
    Topic { topic: String, group: String },
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Letter {
    topic: Option<String>,
    partition: Option<i32>,
    offset: Option<i64>,
    name: Option<String>,
    reason: String,
    redrive_count: u32,
    to_topic: Option<String>,
    /// Null if it was not sent.
    to_partition: Option<i32>,
    to_offset: Option<i64>,
    problem: Option<String>,
}
