//! The load of a benchmark: ladders, and rates that change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
pub struct LadderStep {
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
