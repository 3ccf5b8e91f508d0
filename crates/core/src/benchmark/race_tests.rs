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

/// The other one cannot be measured: nothing is left to compare.
#[test]
fn one_alone_ends_the_race_without_a_decision() {
    let made = make(&race_of(2, RaceGoal::Throughput), |run| match run.index {
        0 => measured(run, noisy(run, 100.0), 1_000),
        _ => Ok(RunEnd::Failed(ClientError::NoAnswer.into())),
    });
    made.outcome.as_ref().unwrap();
    let race = course(&made);
    assert!(race.is_lone() && race.rounds == 1 && made.is_complete(), "{race:?}");
    assert_eq!((race.ended, race.choice), (Some(RaceEnd::NothingLeft), Some(0)));
}

/// The third run would never end by itself.
#[test]
fn the_end_of_the_budget_interrupts_what_is_measured_then() {
    let budget = Duration::from_secs(1);
    let race = Some(RacePlan { goal: RaceGoal::P99, budget: Some(budget), ..RacePlan::default() });
    let plan = BenchmarkPlan { race, pace: Pace::Fixed(40.0), ..plan(2, 3) };
    let made = make(&plan, |run| {
        if run.order > 2 {
            run.stop.wait();
            return Ok(RunEnd::Interrupted);
        }
        measured(run, 40.0, 1_000)
    });
    made.outcome.as_ref().unwrap();
    assert_eq!(made.orders().iter().map(Vec::len).sum::<usize>(), 2, "what was interrupted is not kept");
    let race = course(&made);
    assert_eq!((race.ended, race.budget_s), (Some(RaceEnd::Budget), 1.0));
    assert!(race.elapsed_s == 1.0 && !made.context.stop.is_requested(), "{}", race.elapsed_s);
}

/// A race has no number of runs; the others have one, of which searches need fewer.
#[test]
fn progress_counts_what_is_planned() {
    let texts = |plan: &BenchmarkPlan| {
        let mut all = Vec::new();
        make(plan, |run| {
            let progress = run.context.benchmark.lock().clone().unwrap();
            all.push(format!("{}: {}", progress.run_text(), progress.repeat_text()));
            let latency = if run.rate_per_s.is_some_and(|rate| rate > 100.0) { 90_000 } else { 1_000 };
            let RunEnd::Measured(mut one) = measured(run, run.rate_per_s.unwrap_or(1_000.0), latency)? else {
                unreachable!()
            };
            (one.sent, one.received, one.producer.elapsed_s) = (10_000, 10_000, 10_000.0 / one.producer.images_per_s);
            Ok(RunEnd::Measured(one))
        })
        .outcome
        .unwrap();
        all
    };
    let repeated = texts(&plan(2, 2));
    assert_eq!((repeated[0].as_str(), repeated[3].as_str()), ("1 of 4: repeat 1 of 2", "4 of 4: repeat 2 of 2"));
    let race = texts(&race_of(2, RaceGoal::Throughput));
    assert!(race[0] == "1: measurement 1" && race.iter().all(|text| !text.contains(" of ")), "{race:?}");
    let ladder = texts(&BenchmarkPlan { pace: Pace::Ladder(LadderLimits::default()), ..plan(2, 1) });
    assert_eq!(
        ladder[..3],
        [
            "1 of at most 48: its run 1 of at most 24",
            "2 of at most 48: its run 1 of at most 24",
            "3 of at most 48: its run 2 of at most 24"
        ]
    );
    // Of the first configuration no more trials come than it had.
    let search = texts(&BenchmarkPlan { pace: Pace::FindMax(20.0), ..plan(2, 1) });
    let first =
        search.iter().position(|text| text.ends_with(": trial 1 of at most 16") && !text.starts_with("1 ")).unwrap();
    assert!(search[0].starts_with("1 of at most 32: ") && first < 16, "{search:?}");
    assert!(search[first].starts_with(&format!("{} of at most {}: ", first + 1, first + 16)), "{search:?}");
}

/// `cargo test --workspace --lib -- --ignored --nocapture bookkeeping_of_a_race_of_four_thousand`
#[test]
#[ignore = "prints how long the bookkeeping of a large race takes"]
fn bookkeeping_of_a_race_of_four_thousand() {
    let plan = BenchmarkPlan { configurations: vec![standard()[0].clone(); 4_000], ..race_of(1, RaceGoal::Throughput) };
    let template = crate::benchmark::bookkeeping::tests::run_like(1, RunStatus::Ok);
    let (mut slices, mut measuring, mut longest) = (0_u32, Duration::ZERO, Duration::ZERO);
    let (began, mut ended) = (Instant::now(), None::<Instant>);
    let made = make(&plan, |run| {
        longest = longest.max(ended.map_or(Duration::ZERO, |ended| ended.elapsed()));
        let begun = Instant::now();
        let mut one = Box::new(RunResult { order: run.order, repeat: run.repeat, ..template.clone() });
        one.producer.images_per_s = noisy(run, 1_000.0 * (1.0 + (run.index * 37 % 4_000) as f64 / 4_000.0));
        (slices, measuring) = (slices + 1, measuring + begun.elapsed());
        ended = Some(Instant::now());
        Ok(RunEnd::Measured(one))
    });
    made.outcome.as_ref().unwrap();
    let around = (began.elapsed() - measuring) / slices;
    println!("{slices} slices, {around:?} around each, {longest:?} at most; {:?}", course(&made).ended);
}
