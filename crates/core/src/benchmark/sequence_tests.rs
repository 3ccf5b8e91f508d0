use std::cell::RefCell;

use super::super::bookkeeping::{SharedResults, tests::empty_results};
use super::*;
use crate::configuration::standard;
use crate::kafka::error::ClientError;
use crate::results::files::ResultFiles;
use crate::results::{BenchmarkResults, Limit, MissedLimit};
use crate::run::context::Skips;
use crate::run::error::RunError;

/// A function in the place of the broker, called for each run.
struct StandIn<F>(F);

impl<F: FnMut(&BenchmarkRun<'_>) -> Result<RunEnd, BenchmarkError>> MeasureRun for StandIn<F> {
    fn measure(&mut self, run: &BenchmarkRun<'_>) -> Result<RunEnd, BenchmarkError> {
        (self.0)(run)
    }
}

/// A run with this rate, in images per second, and this latency.
fn measured(run: &BenchmarkRun<'_>, images_per_s: f64, latency_micros: u64) -> Result<RunEnd, BenchmarkError> {
    let mut result = RunResult {
        order: run.order,
        repeat: run.repeat,
        rate_images_per_s: run.rate_per_s,
        status: RunStatus::Ok,
        topic: run.name.clone(),
        ..RunResult::failed()
    };
    result.producer.images_per_s = images_per_s;
    let latency = &mut result.end_to_end_latency;
    (latency.count, latency.p50_micros, latency.p99_micros) = (10_000, latency_micros, latency_micros);
    Ok(RunEnd::Measured(Box::new(result)))
}

/// The results of a benchmark.
struct Made {
    outcome: Result<(), BenchmarkError>,
    /// `None` if nothing was measured.
    results: Option<BenchmarkResults>,
    notices: Vec<String>,
    context: Arc<RunContext>,
}

impl Made {
    /// Orders of the runs of each configuration.
    fn orders(&self) -> Vec<Vec<u32>> {
        let configurations = &self.results.as_ref().unwrap().configurations;
        configurations.iter().map(|one| one.runs.iter().map(|run| run.order).collect()).collect()
    }

    fn is_complete(&self) -> bool {
        self.results.as_ref().unwrap().is_complete
    }
}

fn plan(configurations: usize, repeats: u32) -> BenchmarkPlan {
    let configurations = standard().into_iter().take(configurations).collect();
    BenchmarkPlan { configurations, repeats, ..BenchmarkPlan::default() }
}

/// Makes the runs of `plan` without a broker.
fn make(plan: &BenchmarkPlan, stand_in: impl FnMut(&BenchmarkRun<'_>) -> Result<RunEnd, BenchmarkError>) -> Made {
    let folder = tempfile::tempdir().unwrap();
    let notices = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let noticed = Arc::clone(&notices);
    let mut context = RunContext::new(Arc::new(move |notice| noticed.lock().push(notice.to_string())));
    context.skips = Skips::of(plan.configurations.len());
    let (context, shared) = (Arc::new(context), SharedResults::default());
    let results = empty_results(folder.path(), plan.configurations.len());
    let files = ResultFiles::in_folder(&folder.path().join("work"), jiff::Timestamp::now());
    // A front end holds what it was shown last.
    let shown = parking_lot::Mutex::new(None);
    let show = |results: Arc<BenchmarkResults>| *shown.lock() = Some(results);
    let bookkeeping = Bookkeeping::new(&context, results, files, None, (&shared, &show));
    let outcome = RunSequence::new(&context, plan, &mut StandIn(stand_in), bookkeeping).make();
    drop(shown);
    let results = shared.lock().take().map(|(results, _)| Arc::unwrap_or_clone(results));
    let notices = notices.lock().clone();
    Made { outcome, results, notices, context }
}

#[test]
fn every_configuration_runs_once_a_round_in_the_order_of_the_seed() {
    let plan = plan(3, 4);
    let mut asked = Vec::new();
    let made = make(&plan, |run| {
        asked.push(run.index);
        let progress = run.context.benchmark.lock().clone().unwrap();
        assert_eq!((progress.run, progress.runs, progress.repeat), (run.order, Some(12), run.repeat));
        assert!(progress.left.is_some() && run.name.ends_with(&format!("-{}", run.order)), "{}", run.name);
        measured(run, 100.0, 1_000)
    });
    made.outcome.as_ref().unwrap();
    assert_eq!(asked, interleaved(3, 4, plan.seed));
    let mut orders: Vec<u32> = made.orders().concat();
    orders.sort_unstable();
    assert!(orders.iter().copied().eq(1..=12) && made.is_complete());
    for one in &made.results.as_ref().unwrap().configurations {
        assert_eq!(one.runs.iter().map(|run| run.repeat).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }
}

#[test]
fn a_fixed_rate_is_that_of_all_runs() {
    let plan = BenchmarkPlan { pace: Pace::Fixed(40.0), ..plan(2, 2) };
    let mut rates = Vec::new();
    make(&plan, |run| {
        rates.push((run.rate_per_s, run.length));
        measured(run, 40.0, 1_000)
    })
    .outcome
    .unwrap();
    assert_eq!(rates, [(Some(40.0), plan.length); 4]);
}

#[test]
fn a_run_that_fails_is_kept_and_the_others_are_made() {
    let made = make(&plan(2, 2), |run| match run.order {
        2 => Ok(RunEnd::Failed(ClientError::Topic { topic: run.name.clone(), reason: "on purpose".to_owned() }.into())),
        _ => measured(run, 100.0, 1_000),
    });
    made.outcome.as_ref().unwrap();
    let runs: Vec<&RunResult> =
        made.results.iter().flat_map(|all| &all.configurations).flat_map(|one| &one.runs).collect();
    let failed: Vec<&&RunResult> = runs.iter().filter(|run| run.status == RunStatus::Failed).collect();
    assert_eq!((runs.len(), failed.len(), failed[0].order), (4, 1, 2));
    assert!(failed[0].problem_text().contains("on purpose") && !failed[0].topic.is_empty(), "{:?}", failed[0].problems);
    assert!(made.notices.len() == 1 && made.notices[0].contains("on purpose"), "{:?}", made.notices);
    assert!(made.is_complete());
}

#[test]
fn an_error_after_which_nothing_can_be_measured_ends_the_benchmark() {
    let made = make(&plan(2, 2), |run| match run.order {
        3 => Err(RunError::Panicked { thread: "bench-send".to_owned() }.into()),
        _ => measured(run, 100.0, 1_000),
    });
    assert!(matches!(made.outcome, Err(BenchmarkError::Run(RunError::Panicked { .. }))));
    assert_eq!(made.orders().concat().len(), 2);
    assert!(!made.is_complete());
}

#[test]
fn a_stop_ends_the_run_and_the_benchmark() {
    let made = make(&plan(2, 2), |run| {
        if run.order < 3 {
            return measured(run, 100.0, 1_000);
        }
        assert!(!run.stop.is_requested());
        run.context.stop.request();
        assert!(run.stop.is_requested(), "a stop of the benchmark is one of its run");
        Ok(RunEnd::Interrupted)
    });
    made.outcome.as_ref().unwrap();
    assert_eq!(made.orders().concat().len(), 2);
    assert!(!made.is_complete());
    let nothing = make(&plan(1, 1), |run| {
        run.context.stop.request();
        Ok(RunEnd::Interrupted)
    });
    assert!(nothing.outcome.is_ok() && nothing.results.is_none());
}

#[test]
fn a_skipped_configuration_gets_no_more_runs() {
    let asked = RefCell::new(Vec::new());
    let plan = plan(3, 3);
    let made = make(&plan, |run| {
        asked.borrow_mut().push(run.index);
        // The run is ended, and earlier results of its configuration are kept.
        if run.order == 5 {
            assert!(run.context.skips.request(run.index) && run.stop.is_requested());
            return Ok(RunEnd::Interrupted);
        }
        assert!(!run.stop.is_requested());
        measured(run, 100.0, 1_000)
    });
    made.outcome.as_ref().unwrap();
    let skipped = interleaved(3, 3, plan.seed)[4];
    let runs: Vec<usize> = made.orders().iter().map(Vec::len).collect();
    let expected: Vec<usize> = (0..3).map(|index| if index == skipped { 1 } else { 3 }).collect();
    assert_eq!((runs, asked.borrow().len()), (expected, 8));
    assert!(!made.is_complete());
    let progress = made.context.benchmark.lock().clone().unwrap();
    assert_eq!((progress.run, progress.runs), (8, Some(8)));
}

#[test]
fn the_highest_rate_is_looked_for_with_each_configuration() {
    let limit_ms = 20.0;
    let plan = BenchmarkPlan { pace: Pace::FindMax(limit_ms), ..plan(3, 1) };
    // Images per second at full speed, and up to which rate the latency holds; the last one never does.
    let systems = [(1_000.0, 2_000.0), (3_000.0, 700.0), (500.0, 0.0)];
    let made = make(&plan, |run| {
        let (full, holds) = systems[run.index];
        let rate = run.rate_per_s.unwrap_or(full);
        assert!(rate <= full && run.repeat <= plan.runs_per_configuration());
        measured(run, rate, if rate <= holds { 5_000 } else { 90_000 })
    });
    made.outcome.as_ref().unwrap();
    let configurations = &made.results.as_ref().unwrap().configurations;
    let found: Vec<f64> = configurations.iter().map(|one| one.max_rate_images_per_s.unwrap()).collect();
    assert_eq!((found[0], found[2]), (1_000.0, 0.0));
    assert!((600.0..=700.0).contains(&found[1]), "{found:?}");
    // One configuration after the other.
    let orders = made.orders().concat();
    assert!(orders.iter().copied().eq(1..=orders.len() as u32), "{orders:?}");
    assert!(made.notices.len() == 1 && made.notices[0].contains("no rate that was tried"), "{:?}", made.notices);
    assert!(made.is_complete());
}

#[test]
fn a_search_without_a_run_that_can_be_measured_says_so() {
    let plan = BenchmarkPlan { pace: Pace::FindMax(20.0), ..plan(2, 1) };
    let made = make(&plan, |run| match run.index {
        0 => Ok(RunEnd::Failed(ClientError::NoAnswer.into())),
        _ => measured(run, 100.0, 1_000),
    });
    made.outcome.as_ref().unwrap();
    let configurations = &made.results.as_ref().unwrap().configurations;
    assert_eq!(configurations[0].max_rate_images_per_s, Some(0.0));
    assert_eq!(configurations[1].max_rate_images_per_s, Some(100.0), "the next one is searched all the same");
    assert!(made.notices.last().unwrap().contains("no rate could be tried"), "{:?}", made.notices);
}

#[test]
fn ladders_are_climbed_side_by_side_until_a_rate_does_not_hold() {
    let limits = LadderLimits { top_images_per_s: None, p99_ms: Some(20.0) };
    let plan = BenchmarkPlan { pace: Pace::Ladder(limits), ..plan(3, 1) };
    // Images per second at full speed, and up to which rate the latency holds; the last one never does.
    let systems = [(1_000.0, 2_000.0), (3_000.0, 700.0), (500.0, 0.0)];
    let made = make(&plan, |run| {
        let (full, holds) = systems[run.index];
        let rate = run.rate_per_s.unwrap_or(full);
        assert!(run.context.benchmark.lock().as_ref().unwrap().left.is_none(), "the number of runs is not known");
        let RunEnd::Measured(mut one) = measured(run, rate.min(full), if rate <= holds { 5_000 } else { 15_000 })?
        else {
            unreachable!()
        };
        (one.sent, one.received) = (10_000, 10_000);
        one.producer.elapsed_s = 10_000.0 / rate.min(full);
        one.end_to_end_latency.p99_micros *= 2;
        Ok(RunEnd::Measured(one))
    });
    made.outcome.as_ref().unwrap();
    let configurations = &made.results.as_ref().unwrap().configurations;
    let highest: Vec<f64> = configurations.iter().map(|one| one.max_rate_images_per_s.unwrap()).collect();
    // The first is limited by its throughput alone, to within 5 %.
    assert!((1_000.0..=1_050.0).contains(&highest[0]) && (660.0..=700.0).contains(&highest[1]), "{highest:?}");
    assert_eq!((highest[2], configurations[2].ladder.len()), (0.0, 1));
    for one in &configurations[..2] {
        let rates: Vec<f64> = one.ladder.iter().map(|step| step.rate_images_per_s).collect();
        assert!(rates.len() >= 6 && rates.is_sorted() && rates[0] == systems_tenth(one.runs[0].producer.images_per_s));
        assert_eq!(
            one.ladder.iter().map(|step| step.runs).sum::<u32>() + 1,
            one.runs.len() as u32,
            "full speed is no step"
        );
        assert!(one.representative_runs().iter().all(|run| run.rate_images_per_s == one.max_rate_images_per_s));
    }
    assert_eq!(made.orders().iter().map(|orders| orders[0]).collect::<Vec<_>>(), [1, 2, 3], "in turn");
    assert!(made.notices.len() == 1 && made.notices[0].contains("above the limit of 20 ms"), "{:?}", made.notices);
    assert!(made.is_complete());
}

fn systems_tenth(full: f64) -> f64 {
    (full / 10.0).round()
}

#[test]
fn the_first_run_that_misses_a_threshold_is_the_last() {
    let limits: Vec<Limit> = ["throughput>=50", "p99<5ms"].map(|text| text.parse().unwrap()).to_vec();
    let plan = BenchmarkPlan { thresholds: limits.clone(), ..plan(2, 3) };
    let made_with =
        |missing: u32| make(&plan, |run| measured(run, 100.0, if run.order == missing { 7_000 } else { 4_000 }));
    let made = made_with(3);
    made.outcome.as_ref().unwrap();
    let runs: Vec<&RunResult> =
        made.results.iter().flat_map(|all| &all.configurations).flat_map(|one| &one.runs).collect();
    assert_eq!((runs.len(), made.is_complete()), (3, false));
    let missed = |order| &runs.iter().find(|run| run.order == order).unwrap().missed_thresholds;
    assert_eq!(missed(3), &[MissedLimit { threshold: limits[1], measured: Some(7.0) }]);
    assert!(missed(1).is_empty() && missed(2).is_empty());
    // After the last of all runs, nothing is left out.
    for (missing, runs, is_complete) in [(6, 6, true), (7, 6, true), (1, 1, false)] {
        let made = made_with(missing);
        assert_eq!((made.orders().concat().len(), made.is_complete()), (runs, is_complete), "{missing}");
    }
}

#[test]
fn a_run_that_loses_records_misses_its_threshold() {
    let plan = BenchmarkPlan { thresholds: vec!["loss=0".parse().unwrap()], ..plan(2, 2) };
    let made = make(&plan, |run| {
        let RunEnd::Measured(mut one) = measured(run, 100.0, 1_000)? else { unreachable!() };
        (one.sent, one.acknowledged) = (10, 10);
        if run.order == 2 {
            (one.missing, one.status) = (1, RunStatus::Failed);
        }
        Ok(RunEnd::Measured(one))
    });
    made.outcome.as_ref().unwrap();
    assert_eq!(made.orders().concat().len(), 2);
    // One that could not be measured fails, and the others are made.
    let made = make(&plan, |run| {
        Ok(RunEnd::Failed(ClientError::Topic { topic: run.name.clone(), reason: "gone".to_owned() }.into()))
    });
    assert_eq!(made.orders().concat().len(), 4);
}

#[path = "race_tests.rs"]
mod race;
