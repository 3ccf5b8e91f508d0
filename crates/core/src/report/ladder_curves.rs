//! Latency and loss against rate, for charts.

use super::figures::milliseconds;
use super::scale::Axes;
use crate::results::{BenchmarkResults, ConfigurationResult, LadderStep, StepOutcome, held_in_words, highest_held};

/// With more configurations only the 99th percentile is drawn.
const ALL_PERCENTILES_MAX: usize = 3;

/// The ladder of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct LadderCurve {
    /// Its name.
    pub name: String,
    /// From the lowest rate up; steps without a latency are left out.
    pub points: Vec<LadderPoint>,
    /// The highest rate that held, below all that did not, images per second; `None` if no step held.
    pub held_up_to_images_per_s: Option<f64>,
    /// Whether higher rates were not tried.
    pub is_lower_bound: bool,
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

impl LadderCurve {
    /// What was found, with the rate as `shown`: `held up to 500 images/s`.
    pub fn held_in_words(&self, shown: impl FnOnce(f64) -> String) -> String {
        held_in_words(self.held_up_to_images_per_s.map(shown), self.is_lower_bound)
    }
}

impl LadderPoint {
    fn of(step: &LadderStep) -> Self {
        Self {
            images_per_s: step.rate_images_per_s,
            achieved_images_per_s: step.achieved_images_per_s,
            p50_ms: milliseconds(step.p50_micros),
            p99_ms: step.p99().map(milliseconds),
            p999_ms: step.p999().map(milliseconds),
            loss_percent: step.loss_percent(),
            outcome: step.outcome,
        }
    }
}

/// The ladders of a benchmark; none if it has no steps with a latency.
pub fn ladder_curves(results: &BenchmarkResults) -> Vec<LadderCurve> {
    let curve = |one: &ConfigurationResult| {
        let measured = one.ladder.iter().filter(|step| step.latencies > 0 && step.p50_micros > 0);
        LadderCurve {
            name: one.configuration.name.clone(),
            points: measured.map(LadderPoint::of).collect(),
            held_up_to_images_per_s: Some(highest_held(&one.ladder)).filter(|rate| *rate > 0.0),
            is_lower_bound: one.max_rate_is_lower_bound,
        }
    };
    let curves = results.configurations.iter().map(curve);
    curves.filter(|curve| !curve.points.is_empty()).collect()
}

/// Whether all percentiles are drawn.
pub fn has_all_percentiles(curves: &[LadderCurve]) -> bool {
    curves.len() <= ALL_PERCENTILES_MAX
}

/// The axes of a chart of ladders: logarithmic unless linear ones are chosen, since rates and latencies of a ladder span orders of
/// magnitude.
pub fn ladder_axes(chosen: Axes) -> Axes {
    match chosen {
        Axes::Automatic | Axes::Logarithmic => Axes::Logarithmic,
        Axes::Linear => Axes::Linear,
    }
}

/// How the axes are divided, for the text above a chart.
pub fn axes_in_words(chosen: Axes) -> &'static str {
    if ladder_axes(chosen) == Axes::Linear { "both axes begin at 0" } else { "both axes are logarithmic" }
}

/// Which line is which percentile.
pub fn lines_in_words(curves: &[LadderCurve]) -> &'static str {
    if has_all_percentiles(curves) { "p99 solid, p50 dashed, p99.9 dotted" } else { "p99" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::testing::ladders;

    #[test]
    fn nothing_holds_above_a_step_without_a_latency() {
        let mut all = ladders(&["one", "other"]);
        assert_eq!(ladder_curves(&all)[0].held_up_to_images_per_s, Some(500.0));
        // Its runs failed, so that the line has no point there.
        let step = &mut all.configurations[0].ladder[0];
        (step.latencies, step.outcome) = (0, StepOutcome::Failed);
        let curves = ladder_curves(&all);
        assert_eq!((curves[0].points.len(), curves[0].held_up_to_images_per_s), (2, None));
    }
}
