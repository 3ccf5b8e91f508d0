//! Latency and loss against rate, for charts.

use crate::results::{BenchmarkResults, ConfigurationResult, LadderStep, StepOutcome};

/// The ladder of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct LadderCurve {
    /// Its name.
    pub name: String,
    /// From the lowest rate up; steps without a latency are left out.
    pub points: Vec<LadderPoint>,
}

/// A step of a ladder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LadderPoint {
    /// The requested rate, images per second.
    pub images_per_s: f64,
    /// The achieved rate, images per second.
    pub achieved_images_per_s: f64,
    /// The 50th percentile of the end-to-end latency, milliseconds.
    pub p50_ms: f64,
    /// The 99th percentile; `None` with fewer than 100 latencies.
    pub p99_ms: Option<f64>,
    /// The 99.9th percentile; `None` with fewer than 1,000 latencies.
    pub p999_ms: Option<f64>,
    /// Records lost, in percent of those sent.
    pub loss_percent: f64,
    /// Whether the rate held.
    pub outcome: StepOutcome,
}

impl LadderPoint {
    fn of(step: &LadderStep) -> Self {
        let ms = |micros: u64| micros as f64 / 1e3;
        Self {
            images_per_s: step.rate_images_per_s,
            achieved_images_per_s: step.achieved_images_per_s,
            p50_ms: ms(step.p50_micros),
            p99_ms: step.p99().map(ms),
            p999_ms: step.p999().map(ms),
            loss_percent: step.loss_percent(),
            outcome: step.outcome,
        }
    }
}

/// The ladders of a benchmark; none if it has no steps with a latency.
pub fn ladder_curves(results: &BenchmarkResults) -> Vec<LadderCurve> {
    let curve = |one: &ConfigurationResult| {
        let measured = one.ladder.iter().filter(|step| step.latencies > 0 && step.p50_micros > 0);
        LadderCurve { name: one.configuration.name.clone(), points: measured.map(LadderPoint::of).collect() }
    };
    let curves = results.configurations.iter().map(curve);
    curves.filter(|curve| !curve.points.is_empty()).collect()
}
