//! The course of a race in the results of a benchmark.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Race {
    goal: Goal,
    margin_percent: f64,
    budget_s: f64,
    slice_s: Option<f64>,
    cut_s: Option<f64>,
    rounds: u32,
    elapsed_s: f64,
    full_s: Option<f64>,
    noise: Option<Noise>,
    /// null while it runs, and if it was stopped.
    ended: Option<End>,
    /// Index of the configuration to take.
    choice: Option<u64>,
    expected_loss_percent: Option<f64>,
    as_good: Vec<u64>,
    simplest: Option<u64>,
    /// One for each configuration, in their order.
    candidates: Vec<Candidate>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    Throughput,
    P99,
    Cpu,
    Bytes,
    Balanced,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Noise {
    own_percent: f64,
    drift_percent: f64,
    drift_lasts_s: f64,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Decided,
    Budget,
    NothingLeft,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Candidate {
    loss_percent: Option<f64>,
    loss_interval_percent: Option<(f64, f64)>,
    chance_percent: Option<f64>,
    dropped: Option<Drop>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Drop {
    round: u32,
    at_s: f64,
    reason: Reason,
    factor: Option<f64>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum Reason {
    Worse,
    Halved,
    Failed,
    Skipped,
    LeftOut,
}
