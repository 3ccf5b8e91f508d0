//! The ladder: which rate to measure next, so that latency against rate is a curve, with more points where it bends.
//!
//! Rates rise from a tenth of the highest until one does not hold. As one run proves little, a rate is abandoned by the best
//! of three runs, or by one that leaves no doubt. Then the steps around the knee get others in between.

use super::plan::{LADDER_RUNS, RunLength};
use super::rate_search::trial_length;
use crate::results::{LadderLimits, RunResult, RunStatus, StepOutcome};

/// The first steps, as parts of the highest rate.
const PARTS: [f64; 8] = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0];
/// Further steps where the highest rate was found by one run at full speed: it may have been a slow one.
const BEYOND: [f64; 4] = [1.1, 1.25, 1.4, 1.6];
/// Below this part of the rate no disturbance explains what was achieved.
const ACHIEVED_FAR: f64 = 0.9;
/// Between the highest rate that holds and the lowest that does not, steps are added until they differ by this part.
const PRECISION: f64 = 0.05;
/// Where the 99th percentile rises by this factor from one step to the next, a step is added in between.
const BEND: f64 = 2.0;
/// Unless the rates differ by less than this part.
const BEND_APART: f64 = 0.1;
/// Runs at full speed, if the first cannot be measured.
const FULL_SPEED_RUNS: u32 = 2;

/// The ladder of one configuration.
pub(super) struct Ladder {
    limits: LadderLimits,
    /// The highest rate; `None`: not found yet.
    top: Option<f64>,
    full_speed_runs: u32,
    /// From the lowest rate up.
    steps: Vec<Step>,
    runs: u32,
}

struct Step {
    rate: f64,
    held: u32,
    missed: u32,
    missed_by_far: bool,
    /// 99th percentile of the last run, microseconds.
    p99_micros: u64,
}

impl Step {
    fn is_given_up(&self) -> bool {
        self.missed_by_far || self.missed >= 2
    }

    /// Whether another run is needed to decide.
    fn is_open(&self) -> bool {
        !self.is_given_up() && self.missed > 0 && self.held < 2
    }
}

/// What to measure next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rung {
    /// A run at full speed, to find the highest rate.
    FullSpeed,
    /// A run at this rate, in images per second.
    At(f64),
    /// Nothing is left to measure.
    Done,
}

impl Rung {
    /// Images per second; `None` at full speed.
    pub(super) fn rate(self) -> Option<f64> {
        match self {
            Self::At(rate) => Some(rate),
            Self::FullSpeed | Self::Done => None,
        }
    }
}

impl Ladder {
    pub(super) fn new(limits: LadderLimits) -> Self {
        Self { limits, top: limits.top_images_per_s, full_speed_runs: 0, steps: Vec::new(), runs: 0 }
    }

    /// What to measure next.
    pub(super) fn next(&self) -> Rung {
        if self.runs >= LADDER_RUNS {
            return Rung::Done;
        }
        let Some(top) = self.top else {
            return if self.full_speed_runs < FULL_SPEED_RUNS { Rung::FullSpeed } else { Rung::Done };
        };
        if let Some(open) = self.steps.iter().find(|step| step.is_open()) {
            return Rung::At(open.rate);
        }
        let rate = match self.steps.iter().position(Step::is_given_up) {
            None => self.step_above(top).or_else(|| self.bend(self.steps.len())),
            Some(0) => None,
            Some(first) => self.last_gap(first).or_else(|| self.bend(first)),
        };
        rate.map_or(Rung::Done, Rung::At)
    }

    /// Records a run of what [`Self::next`] returned.
    pub(super) fn note(&mut self, rung: Rung, run: &RunResult) {
        self.runs += 1;
        let Some(rate) = rung.rate() else {
            self.full_speed_runs += 1;
            let reached = run.producer.images_per_s;
            self.top = (run.status == RunStatus::Ok && reached > 0.0).then(|| rounded(reached));
            return;
        };
        let at = self.steps.partition_point(|step| step.rate < rate);
        if self.steps.get(at).is_none_or(|step| step.rate != rate) {
            let step = Step { rate, held: 0, missed: 0, missed_by_far: false, p99_micros: 0 };
            self.steps.insert(at, step);
        }
        let step = &mut self.steps[at];
        step.p99_micros = run.end_to_end_latency.p99_micros;
        match StepOutcome::of_run(run, self.limits.p99_ms) {
            StepOutcome::Held => step.held += 1,
            _ => {
                step.missed += 1;
                // A rate that has held is not out of reach: a disturbance explains this run.
                step.missed_by_far |= step.held == 0 && is_far(run, rate, self.limits.p99_ms);
            }
        }
    }

    /// The length of a run: enough records for a 99th percentile.
    pub(super) fn run_length(length: RunLength, rung: Rung) -> RunLength {
        match rung {
            Rung::At(rate) => trial_length(length, rate),
            Rung::FullSpeed | Rung::Done => length,
        }
    }

    /// The next of the first steps.
    fn step_above(&self, top: f64) -> Option<f64> {
        let highest = self.steps.last().map_or(0.0, |step| step.rate);
        let beyond = if self.limits.top_images_per_s.is_none() { &BEYOND[..] } else { &[] };
        // The last of the first steps is exactly what was given.
        let mut rates = PARTS.iter().chain(beyond).map(|part| if *part == 1.0 { top } else { rounded(part * top) });
        rates.find(|rate| *rate > highest)
    }

    /// Between the highest rate that holds and the lowest that does not, `first`.
    fn last_gap(&self, first: usize) -> Option<f64> {
        let (low, high) = (self.steps[first - 1].rate, self.steps[first].rate);
        (high > low * (1.0 + PRECISION)).then(|| between(low, high))?
    }

    /// Where the latency rises most among the first `count` steps, all of which hold.
    fn bend(&self, count: usize) -> Option<f64> {
        let pairs = self.steps[..count].windows(2).filter(|pair| pair[1].rate > pair[0].rate * (1.0 + BEND_APART));
        let rise = |pair: &[Step]| pair[1].p99_micros as f64 / pair[0].p99_micros.max(1) as f64;
        let bends = pairs.filter(|pair| rise(pair) >= BEND);
        let steepest = bends.max_by(|a, b| rise(a).total_cmp(&rise(b)))?;
        between(steepest[0].rate, steepest[1].rate)
    }
}

/// Whether no short disturbance explains that a run did not hold.
fn is_far(run: &RunResult, rate: f64, p99_limit_ms: Option<f64>) -> bool {
    let is_slow = run.achieved_images_per_s().is_some_and(|achieved| achieved < ACHIEVED_FAR * rate);
    // If most records are late, the queues grow.
    let is_late = p99_limit_ms.is_some_and(|limit_ms| run.end_to_end_latency.p50_micros as f64 > 1e3 * limit_ms);
    run.status == RunStatus::Ok && (is_slow || is_late)
}

/// A readable rate between two others, if there is one.
fn between(low: f64, high: f64) -> Option<f64> {
    let rate = rounded((low * high).sqrt());
    (rate > low && rate < high).then_some(rate)
}

/// Three significant digits.
fn rounded(rate: f64) -> f64 {
    let unit = 10_f64.powf(rate.log10().floor() - 2.0);
    let digits = (rate / unit).round() * unit;
    if digits.is_finite() && digits > 0.0 { digits } else { rate }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A run of a system that takes `capacity` images per second, where the latency doubles as it gets near.
    fn run(rung: Rung, capacity: f64) -> RunResult {
        let rate = rung.rate().unwrap_or(capacity);
        let mut run = RunResult { status: RunStatus::Ok, rate_images_per_s: rung.rate(), ..RunResult::failed() };
        let records = 10_000_u64;
        let achieved = rate.min(capacity);
        (run.sent, run.received, run.producer.images_per_s) = (records, records, achieved);
        let idle_s = 0.002 / (1.0 - (rate / capacity).min(0.999));
        run.producer.elapsed_s = records as f64 / achieved + idle_s - 1.0 / rate;
        let latency = &mut run.end_to_end_latency;
        let micros = (1e6 * idle_s) as u64;
        (latency.count, latency.p50_micros, latency.p99_micros) = (records, micros, 3 * micros);
        run
    }

    fn climb(limits: LadderLimits, mut measure: impl FnMut(Rung) -> RunResult) -> Vec<Rung> {
        let (mut ladder, mut made) = (Ladder::new(limits), Vec::new());
        loop {
            let rung = ladder.next();
            if rung == Rung::Done {
                return made;
            }
            made.push(rung);
            assert!(made.len() <= LADDER_RUNS as usize, "{made:?}");
            ladder.note(rung, &measure(rung));
        }
    }

    fn rates(made: &[Rung]) -> Vec<f64> {
        made.iter().filter_map(|rung| rung.rate()).collect()
    }

    #[test]
    fn rates_rise_from_a_tenth_and_are_finer_at_the_knee() {
        let made = climb(LadderLimits::default(), |rung| run(rung, 1_000.0));
        assert_eq!(made[0], Rung::FullSpeed);
        let mut rates = rates(&made);
        assert_eq!(rates[..9], [100.0, 200.0, 350.0, 500.0, 650.0, 800.0, 900.0, 1_000.0, 1_100.0]);
        assert!(rates.iter().all(|rate| *rate <= 1_100.0), "{rates:?}");
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        let gap = |from: f64, to: f64| {
            let inside: Vec<f64> = rates.iter().copied().filter(|rate| (from..=to).contains(rate)).collect();
            inside.windows(2).map(|pair| pair[1] / pair[0]).fold(1.0, f64::max)
        };
        assert!(gap(900.0, 1_100.0) < 1.12 && gap(100.0, 500.0) > 1.4, "{rates:?}");
        // The highest rate that holds and the lowest that does not are near each other.
        assert!(rates.iter().any(|rate| (1_000.0..=1_060.0).contains(rate) && *rate > 1_000.0), "{rates:?}");
    }

    #[test]
    fn a_given_highest_rate_is_not_exceeded_and_needs_no_run_at_full_speed() {
        let limits = LadderLimits { top_images_per_s: Some(400.0), p99_ms: None };
        let made = climb(limits, |rung| run(rung, 10_000.0));
        assert_eq!(rates(&made), [40.0, 80.0, 140.0, 200.0, 260.0, 320.0, 360.0, 400.0]);
        assert_eq!(rates(&made).len(), made.len());
    }

    #[test]
    fn a_latency_above_the_limit_ends_the_climb() {
        // p99 = 6 ms / (1 − rate / capacity): 30 ms at 800 of 1,000.
        let limits = LadderLimits { top_images_per_s: None, p99_ms: Some(30.5) };
        let rates = rates(&climb(limits, |rung| run(rung, 1_000.0)));
        let highest = rates.iter().copied().fold(0.0, f64::max);
        assert_eq!(highest, 900.0, "{rates:?}");
        assert!(rates.iter().any(|rate| *rate > 800.0 && *rate < 850.0), "{rates:?}");
    }

    #[test]
    fn one_disturbed_run_changes_nothing() {
        let steady = rates(&climb(LadderLimits::default(), |rung| run(rung, 1_000.0)));
        let is_spoilt = std::cell::Cell::new(false);
        let spoilt = climb(LadderLimits::default(), |rung| {
            let mut one = run(rung, 1_000.0);
            if rung == Rung::At(350.0) && !is_spoilt.replace(true) {
                one.producer.elapsed_s *= 1.05;
            }
            one
        });
        let spoilt = rates(&spoilt);
        assert_eq!(spoilt.iter().filter(|rate| **rate == 350.0).count(), 3, "the best of three: {spoilt:?}");
        let mut unique = spoilt;
        unique.dedup();
        assert_eq!(unique[..9], steady[..9]);
    }

    #[test]
    fn what_cannot_be_measured_ends_without_endless_tries() {
        assert_eq!(climb(LadderLimits::default(), |_| RunResult::failed()), [Rung::FullSpeed; 2]);
        let limits = LadderLimits { top_images_per_s: Some(100.0), p99_ms: None };
        assert_eq!(climb(limits, |_| RunResult::failed()), [Rung::At(10.0); 2], "the lowest does not hold");
        let limits = LadderLimits { top_images_per_s: Some(100.0), p99_ms: Some(0.001) };
        assert_eq!(climb(limits, |rung| run(rung, 1_000.0)), [Rung::At(10.0)], "no doubt");
    }

    #[test]
    fn runs_are_long_enough_for_a_percentile() {
        let five = RunLength::Duration(Duration::from_secs(5));
        assert_eq!(Ladder::run_length(five, Rung::At(1_000.0)), five);
        assert_eq!(Ladder::run_length(five, Rung::At(50.0)), RunLength::Duration(Duration::from_secs(10)));
        assert_eq!(Ladder::run_length(five, Rung::FullSpeed), five);
        assert_eq!(
            [1_234.4, 0.0123, 99.96].map(rounded).map(|rate| (rate * 1e4).round()),
            [12_300_000.0, 123.0, 1_000_000.0]
        );
    }
}
