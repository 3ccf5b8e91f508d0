//! Races without a broker.

use super::*;
use crate::benchmark::plan::RacePlan;
use crate::results::{RaceDropReason, RaceEnd, RaceGoal, RaceResult};

fn race_of(configurations: usize, goal: RaceGoal) -> BenchmarkPlan {
    let race = Some(RacePlan { goal, ..RacePlan::default() });
    BenchmarkPlan { race, ..plan(configurations, 3) }
}

fn course(made: &Made) -> &RaceResult {
    made.results.as_ref().unwrap().race.as_ref().unwrap()
}

/// A rate that differs by a few per cent from run to run.
fn noisy(run: &BenchmarkRun<'_>, images_per_s: f64) -> f64 {
    images_per_s * (1.0 + 0.01 * f64::from(run.order * 7 % 5))
}

#[test]
fn what_is_slower_is_dropped_and_the_rest_is_measured_until_one_can_be_taken() {
    let rates = [1_000.0, 700.0, 50.0, 1_010.0];
    let made = make(&race_of(4, RaceGoal::Throughput), |run| {
        let progress = run.context.benchmark.lock().clone().unwrap();
        assert!(run.cut.is_some() && progress.round.is_some() && progress.left.is_some());
        measured(run, noisy(run, rates[run.index]), 1_000)
    });
    made.outcome.as_ref().unwrap();
    let race = course(&made);
    assert_eq!(race.ended, Some(RaceEnd::Decided));
    assert!(matches!(race.choice, Some(0 | 3)) && race.as_good.contains(&race.choice.unwrap()), "{race:?}");
    assert!(race.expected_loss_percent.unwrap() < 3.0 && made.is_complete(), "{race:?}");
    let dropped = race.candidates[2].dropped.unwrap();
    assert!(dropped.round == 1 && dropped.reason == RaceDropReason::Worse, "{dropped:?}");
    assert!((15.0..30.0).contains(&dropped.factor.unwrap()), "{dropped:?}");
    let runs: Vec<usize> = made.orders().iter().map(Vec::len).collect();
    assert!(runs[2] == 2 && runs[0] >= 2, "twice in the first round, and never again: {runs:?}");
    let method = &made.results.as_ref().unwrap().method;
    assert_eq!((method.repeats as usize, method.duration_s), (*runs.iter().max().unwrap(), race.slice_s));
}

#[test]
fn latencies_are_raced_in_whole_runs_at_the_rate() {
    let plan = BenchmarkPlan { pace: Pace::Fixed(40.0), ..race_of(2, RaceGoal::P99) };
    let latencies = [90_000.0, 5_000.0];
    let made = make(&plan, |run| {
        assert!(run.cut.is_none() && run.rate_per_s == Some(40.0) && run.length == plan.length);
        measured(run, 40.0, noisy(run, latencies[run.index]) as u64)
    });
    let race = course(&made);
    assert_eq!((race.choice, race.slice_s, race.ended), (Some(1), None, Some(RaceEnd::Decided)));
    assert_eq!(made.results.as_ref().unwrap().method.duration_s, Some(5.0));
}

#[test]
fn what_fails_or_is_skipped_is_out_of_the_race() {
    let made = make(&race_of(4, RaceGoal::Throughput), |run| match run.index {
        1 => Ok(RunEnd::Failed(ClientError::NoAnswer.into())),
        2 => {
            assert!(run.context.skips.request(2));
            Ok(RunEnd::Interrupted)
        }
        _ => measured(run, noisy(run, 100.0 + run.index as f64), 1_000),
    });
    made.outcome.as_ref().unwrap();
    let race = course(&made);
    let reason = |index: usize| race.candidates[index].dropped.map(|dropped| dropped.reason);
    assert_eq!((reason(1), reason(2)), (Some(RaceDropReason::Failed), Some(RaceDropReason::Skipped)));
    assert_eq!(race.ended, Some(RaceEnd::Decided));
    assert!(!made.is_complete(), "one was skipped");
}

#[test]
fn a_stop_keeps_what_is_known() {
    let made = make(&race_of(2, RaceGoal::Throughput), |run| {
        if run.order < 4 {
            return measured(run, noisy(run, 100.0), 1_000);
        }
        run.context.stop.request();
        Ok(RunEnd::Interrupted)
    });
    made.outcome.as_ref().unwrap();
    let race = course(&made);
    assert!(race.ended.is_none() && race.choice.is_some() && !made.is_complete(), "{race:?}");
}

#[test]
fn a_race_in_which_nothing_can_be_measured_ends() {
    let made = make(&race_of(2, RaceGoal::Cpu), |_| Ok(RunEnd::Failed(ClientError::NoAnswer.into())));
    made.outcome.as_ref().unwrap();
    assert_eq!((course(&made).ended, course(&made).choice), (Some(RaceEnd::NothingLeft), None));
    assert!(!made.is_complete());
}
