//! The steps of a ladder: latency and loss against rate.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::latency::LatencyResult;
use super::median::median;
use super::run::{RunResult, RunStatus};
use crate::model::units::images_per_s;

/// Bounds of a ladder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LadderLimits {
    /// The highest rate, images per second; `None`: beyond the throughput of a run at full speed, until a step does not hold.
    pub top_images_per_s: Option<f64>,
    /// A step whose 99th percentile of the end-to-end latency is above this many milliseconds does not hold.
    pub p99_ms: Option<f64>,
}

impl fmt::Display for LadderLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rising rates")?;
        if let Some(rate) = self.top_images_per_s {
            write!(f, " up to {}", images_per_s(rate))?;
        }
        if let Some(p99_ms) = self.p99_ms {
            write!(f, " within {p99_ms} ms")?;
        }
        Ok(())
    }
}

/// All runs of a configuration at one rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LadderStep {
    /// The requested rate, images per second.
    pub rate_images_per_s: f64,
    /// The median of the runs' achieved rates, see [`RunResult::achieved_images_per_s`]; 0 without a run that counts.
    pub achieved_images_per_s: f64,
    /// Runs at this rate.
    pub runs: u32,
    /// End-to-end latencies of the runs that count, histograms added: how many there are.
    pub latencies: u64,
    /// Their 50th percentile.
    pub p50_micros: u64,
    /// Their 99th percentile.
    pub p99_micros: u64,
    /// Their 99.9th percentile.
    pub p999_micros: u64,
    /// Records sent in all runs.
    pub sent: u64,
    /// Of these, failed for good or acknowledged and never received.
    pub lost: u64,
    /// Whether the rate held, or why it did not.
    pub outcome: StepOutcome,
}

/// Whether a rate held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// In most of its runs the rate was achieved, within the latency if one was given, and nothing was lost.
    Held,
    /// Less than 99.5 % of the rate was achieved.
    RateNotAchieved,
    /// The 99th percentile of the latency is above the limit.
    LatencyAboveLimit,
    /// Records were lost.
    RecordsLost,
    /// The run could not be measured.
    Failed,
}

/// A step holds if at least this part of its rate is achieved.
const ACHIEVED: f64 = 0.995;
/// A last latency above this part of the run is not taken for a usual one, however long others took.
const GROWTH_MAX: f64 = 0.02;

impl StepOutcome {
    /// Judges one run at a rate.
    pub(crate) fn of_run(run: &RunResult, p99_limit_ms: Option<f64>) -> Self {
        if run.failed + run.missing > 0 {
            return Self::RecordsLost;
        }
        let (Some(rate), Some(achieved)) = (run.rate_images_per_s, run.achieved_images_per_s()) else {
            return Self::Failed;
        };
        if achieved < ACHIEVED * rate {
            return Self::RateNotAchieved;
        }
        let p99_ms = run.end_to_end_latency.p99_micros as f64 / 1e3;
        if p99_limit_ms.is_some_and(|limit_ms| p99_ms > limit_ms) { Self::LatencyAboveLimit } else { Self::Held }
    }
}

impl fmt::Display for StepOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "held",
            Self::RateNotAchieved => "rate not achieved",
            Self::LatencyAboveLimit => "p99 above the limit",
            Self::RecordsLost => "records lost",
            Self::Failed => "failed",
        })
    }
}

impl LadderStep {
    /// Combines the runs at one rate, of which there is at least one.
    fn of(rate_images_per_s: f64, runs: &[&RunResult], p99_limit_ms: Option<f64>) -> Self {
        let good: Vec<&RunResult> = runs.iter().copied().filter(|run| run.status == RunStatus::Ok).collect();
        let latency = LatencyResult::merged(good.iter().map(|run| &run.end_to_end_latency));
        let achieved: Vec<f64> = good.iter().filter_map(|run| run.achieved_images_per_s()).collect();
        let outcomes: Vec<StepOutcome> = runs.iter().map(|run| StepOutcome::of_run(run, p99_limit_ms)).collect();
        let held = outcomes.iter().filter(|outcome| **outcome == StepOutcome::Held).count();
        let other = outcomes.iter().rev().find(|outcome| **outcome != StepOutcome::Held);
        Self {
            rate_images_per_s,
            achieved_images_per_s: if achieved.is_empty() { 0.0 } else { median(&achieved) },
            runs: u32::try_from(runs.len()).unwrap_or(u32::MAX),
            latencies: latency.count,
            p50_micros: latency.p50_micros,
            p99_micros: latency.p99_micros,
            p999_micros: latency.p999_micros,
            sent: runs.iter().map(|run| run.sent).sum(),
            lost: runs.iter().map(|run| run.failed + run.missing).sum(),
            outcome: other.copied().filter(|_| 2 * held <= runs.len()).unwrap_or(StepOutcome::Held),
        }
    }

    /// Records lost of those sent, in percent.
    pub fn loss_percent(&self) -> f64 {
        if self.sent == 0 { 0.0 } else { 100.0 * self.lost as f64 / self.sent as f64 }
    }

    /// The 99th percentile, if there are 100 latencies or more; it would be the longest otherwise.
    pub fn p99(&self) -> Option<u64> {
        (self.latencies >= 100).then_some(self.p99_micros)
    }

    /// The 99.9th percentile, if there are 1,000 latencies or more.
    pub fn p999(&self) -> Option<u64> {
        (self.latencies >= 1_000).then_some(self.p999_micros)
    }
}

/// The steps of the runs of a configuration that had a rate, from the lowest rate up.
pub(crate) fn steps_of(runs: &[RunResult], p99_limit_ms: Option<f64>) -> Vec<LadderStep> {
    let mut rates: Vec<f64> = runs.iter().filter_map(|run| run.rate_images_per_s).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let step = |rate: f64| {
        let of_rate: Vec<&RunResult> = runs.iter().filter(|run| run.rate_images_per_s == Some(rate)).collect();
        LadderStep::of(rate, &of_rate, p99_limit_ms)
    };
    rates.into_iter().map(step).collect()
}

/// The highest rate that held, of those below the lowest that did not; 0 without one.
pub(crate) fn highest_held(steps: &[LadderStep]) -> f64 {
    let held = steps.iter().take_while(|step| step.outcome == StepOutcome::Held);
    held.last().map_or(0.0, |step| step.rate_images_per_s)
}

/// Whether nothing that was tried did not hold, so that rates above the highest may hold too.
pub(crate) fn is_open_above(steps: &[LadderStep]) -> bool {
    !steps.is_empty() && steps.iter().all(|step| step.outcome == StepOutcome::Held)
}

/// What a ladder found, of its highest rate as it is shown: `held up to 500 images/s`.
pub fn held_in_words(highest: Option<String>, is_lower_bound: bool) -> String {
    match highest {
        Some(rate) if is_lower_bound => format!("held up to {rate}, the highest rate tried"),
        Some(rate) => format!("held up to {rate}"),
        None => "no step held".to_owned(),
    }
}

impl RunResult {
    /// Images per second that arrived at a requested rate; `None` at full speed, for a run that does not count, and without
    /// end-to-end latencies.
    ///
    /// Images over the time from the first intended sending to the last receipt, plus one interval, less the latency that is
    /// usual: that of the last image, where the queue did not grow, and else the median.
    pub fn achieved_images_per_s(&self) -> Option<f64> {
        let rate = self.rate_images_per_s.filter(|_| self.status == RunStatus::Ok && self.received > 0)?;
        let latency = Some(&self.end_to_end_latency).filter(|latency| latency.count > 0)?;
        let seconds = |micros: u64| micros as f64 / 1e6;
        let scheduled_s = self.received as f64 / rate;
        let elapsed_s = self.producer.elapsed_s + self.drain_s + 1.0 / rate;
        let last_s = elapsed_s - scheduled_s;
        // A queue that grows makes the last images the slowest.
        let is_usual = last_s <= seconds(latency.p99_micros).min(GROWTH_MAX * scheduled_s);
        let usual_s = if is_usual { last_s } else { seconds(latency.p50_micros) };
        (elapsed_s > usual_s).then(|| self.received as f64 / (elapsed_s - usual_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `seconds` at `rate`, of a system that takes `capacity` images per second.
    fn run(rate: f64, capacity: f64, seconds: f64) -> RunResult {
        let records = (rate * seconds) as u64;
        let longest_s = 0.002 + (seconds * rate / capacity - seconds).max(0.0);
        let mut run = RunResult { status: RunStatus::Ok, rate_images_per_s: Some(rate), ..RunResult::failed() };
        (run.sent, run.acknowledged, run.received) = (records, records, records);
        run.producer.elapsed_s = (records - 1) as f64 / rate + longest_s;
        run.end_to_end_latency.count = records;
        let median_micros = 1e6 * f64::midpoint(0.002, longest_s);
        (run.end_to_end_latency.p50_micros, run.end_to_end_latency.p99_micros) =
            (median_micros as u64, (0.99e6 * longest_s) as u64);
        run
    }

    #[test]
    fn one_percent_above_the_capacity_is_seen_and_the_last_latency_is_not_mistaken_for_it() {
        for rate in [50.0, 100.0, 1_000.0] {
            let of = |rate: f64, limit| StepOutcome::of_run(&run(rate, 1_000.0, 5.0), limit);
            assert_eq!(of(rate, None), StepOutcome::Held, "{rate}");
            assert_eq!(of(rate, Some(1.0)), StepOutcome::LatencyAboveLimit);
            assert_eq!(of(1_015.0, None), StepOutcome::RateNotAchieved);
        }
        // 100 ms of latency at a low rate are no shortfall.
        let mut slow = run(100.0, 1_000.0, 5.0);
        slow.producer.elapsed_s += 0.1;
        (slow.end_to_end_latency.p50_micros, slow.end_to_end_latency.p99_micros) = (102_000, 110_000);
        assert_eq!(StepOutcome::of_run(&slow, None), StepOutcome::Held);
        // Nor is a last image that waited longer than most for its batch.
        let mut lingering = run(100.0, 1_000.0, 5.0);
        lingering.producer.elapsed_s += 0.04;
        (lingering.end_to_end_latency.p50_micros, lingering.end_to_end_latency.p99_micros) = (10_000, 45_000);
        assert_eq!(StepOutcome::of_run(&lingering, None), StepOutcome::Held);
        // A consumer that falls behind is.
        let late = RunResult { drain_s: 0.5, ..run(100.0, 1_000.0, 5.0) };
        assert_eq!(StepOutcome::of_run(&late, None), StepOutcome::RateNotAchieved);
        let lossy = RunResult { failed: 3, status: RunStatus::Failed, ..run(100.0, 1_000.0, 5.0) };
        assert_eq!(StepOutcome::of_run(&lossy, None), StepOutcome::RecordsLost);
        assert_eq!(run(100.0, 1_000.0, 5.0).achieved_images_per_s().map(f64::round), Some(100.0));
        assert_eq!(RunResult { rate_images_per_s: None, ..run(9.0, 90.0, 5.0) }.achieved_images_per_s(), None);
    }

    #[test]
    fn a_step_is_all_runs_at_its_rate_and_most_of_them_decide() {
        let spoilt = RunResult { drain_s: 0.5, ..run(100.0, 1_000.0, 5.0) };
        let lossy = RunResult { missing: 5, status: RunStatus::Failed, ..run(900.0, 1_000.0, 5.0) };
        let full = RunResult { rate_images_per_s: None, ..run(990.0, 1_000.0, 5.0) };
        let mut runs = vec![full, lossy, run(100.0, 1_000.0, 5.0), spoilt, run(500.0, 1_000.0, 5.0)];
        let steps = steps_of(&runs, None);
        let rates: Vec<f64> = steps.iter().map(|step| step.rate_images_per_s).collect();
        assert_eq!(rates, [100.0, 500.0, 900.0]);
        assert_eq!(steps[0].outcome, StepOutcome::RateNotAchieved, "one of two is not most");
        assert_eq!(
            (steps[0].runs, steps[1].outcome, steps[2].outcome),
            (2, StepOutcome::Held, StepOutcome::RecordsLost)
        );
        assert!((steps[2].loss_percent() - 100.0 * 5.0 / 4_500.0).abs() < 1e-9 && steps[2].latencies == 0);
        assert_eq!(highest_held(&steps), 0.0, "nothing holds above a rate that does not");
        assert!(!is_open_above(&steps) && !is_open_above(&[]) && is_open_above(&steps[1..2]));
        runs.push(run(100.0, 1_000.0, 5.0));
        let steps = steps_of(&runs, None);
        assert_eq!((steps[0].outcome, steps[0].runs, highest_held(&steps)), (StepOutcome::Held, 3, 500.0));
        assert_eq!((steps[0].p99(), steps[0].p999()), (None, None), "no histogram, no percentiles");
    }
}
