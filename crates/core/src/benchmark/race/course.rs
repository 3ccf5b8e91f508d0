//! The course of a race: from the plan to its rules, from runs to its figures, and from what it found to the results.

use std::time::Duration;

use super::super::plan::{BenchmarkPlan, LANES_MAX, RacePlan};
use super::CUT;
use crate::configuration::{Configuration, FIELDS};
use crate::results::{RaceCandidate, RaceDrop, RaceDropReason, RaceEnd, RaceGoal, RaceNoise, RaceResult, RunResult};
use crate::verdict::metric::Metric;
use crate::verdict::race::{Dropped, Ending, Exit, Race, Rules};
use crate::verdict::race_text::loss_metric as metric;

pub(super) fn rules(plan: &BenchmarkPlan, race: RacePlan) -> Rules {
    Rules {
        candidates: plan.configurations.len(),
        figures: if race.goal == RaceGoal::Balanced { 2 } else { 1 },
        margin: race.margin.log(metric(race.goal)),
        budget_s: plan.race_budget().as_secs_f64(),
        is_sliced: plan.is_sliced(),
        batch: LANES_MAX,
        seed: plan.seed,
    }
}

/// The figures that the goal compares: logarithms, the larger the better. `None` if the run has none.
pub(super) fn figures(goal: RaceGoal, run: &RunResult) -> Option<Vec<f64>> {
    let cost = |value: f64| (value > 0.0 && value.is_finite()).then(|| -value.ln());
    let rate = || Some(Metric::Throughput.of(run)?.ln());
    let p99 = || cost(Metric::P99.of(run)?);
    match goal {
        RaceGoal::Throughput => Some(vec![rate()?]),
        RaceGoal::P99 => Some(vec![p99()?]),
        RaceGoal::Cpu => Some(vec![cost(Metric::Cpu.of(run)?)?]),
        RaceGoal::Bytes => {
            // By byte of the images, since slices do not all send the same ones.
            let payload = run.producer.payload_mb_per_s;
            Some(vec![cost(run.producer.wire_mb_per_s / payload).filter(|_| payload > 0.0)?])
        }
        RaceGoal::Balanced => Some(vec![rate()?, p99()?]),
    }
}

/// The course so far.
pub(super) fn course(race: &Race, plan: RacePlan, benchmark: &BenchmarkPlan, elapsed: Duration) -> RaceResult {
    let percent = |loss: f64| metric(plan.goal).loss_percent(loss.max(0.0));
    let found = race.found();
    let choice = found.map(|found| found.leader);
    let expected = |index: usize| found?.expected_loss(index).map(percent);
    let is_as_good = |index: &usize| expected(*index).is_some_and(|loss| loss <= plan.margin.percent());
    let as_good: Vec<usize> = race.field().filter(is_as_good).collect();
    let simplest = as_good.iter().copied().min_by_key(|&index| (changes(&benchmark.configurations[index]), index));
    let candidate = |index: usize| {
        let loss = found.and_then(|found| found.loss(index));
        RaceCandidate {
            loss_percent: loss.map(|(loss, _)| percent(loss)),
            loss_interval_percent: loss.map(|(_, (low, high))| (percent(low), percent(high))),
            chance_percent: found.and_then(|found| found.chance(index)).map(|chance| 100.0 * chance),
            dropped: race.dropped(index).map(drop_of),
        }
    };
    let spread = |deviation: f64| 100.0 * deviation.exp_m1();
    RaceResult {
        goal: plan.goal,
        margin_percent: plan.margin.percent(),
        budget_s: benchmark.race_budget().as_secs_f64(),
        slice_s: race.length_s(),
        cut_s: benchmark.is_sliced().then(|| CUT.as_secs_f64()),
        rounds: race.rounds(),
        elapsed_s: elapsed.as_secs_f64(),
        full_s: benchmark.full_estimate().map(|full| full.as_secs_f64()),
        noise: race.noise().map(|noise| RaceNoise {
            own_percent: spread(noise.own),
            drift_percent: spread(noise.drift),
            drift_lasts_s: noise.drift_lasts_s,
        }),
        ended: race.ending().map(|ending| match ending {
            Ending::Decided => RaceEnd::Decided,
            Ending::OutOfTime => RaceEnd::Budget,
            Ending::NothingLeft => RaceEnd::NothingLeft,
        }),
        choice,
        expected_loss_percent: choice.and_then(expected),
        as_good,
        simplest,
        candidates: (0..benchmark.configurations.len()).map(candidate).collect(),
    }
}

/// How many fields and properties differ from the defaults.
fn changes(configuration: &Configuration) -> usize {
    let defaults = Configuration::default();
    let fields = FIELDS.iter().filter(|field| field.get(configuration) != field.get(&defaults)).count();
    fields + configuration.properties.len()
}

fn drop_of(dropped: Dropped) -> RaceDrop {
    let (reason, behind) = match dropped.exit {
        Exit::Beaten { behind } => (RaceDropReason::Worse, Some(behind)),
        Exit::Halved { behind } => (RaceDropReason::Halved, Some(behind)),
        Exit::Failed => (RaceDropReason::Failed, None),
        Exit::Skipped => (RaceDropReason::Skipped, None),
        Exit::LeftOut => (RaceDropReason::LeftOut, None),
    };
    RaceDrop { round: dropped.round, at_s: dropped.at_s, reason, factor: behind.map(f64::exp) }
}
