use super::*;
use crate::configuration::BenchmarkMode;
use crate::engine::report::Outcome;
use crate::model::record_stage::RecordStage;
use crate::pipeline::sink::slow_disk;
use crate::results::RunStatus;

#[test]
fn results_come_after_each_run_and_are_kept() {
    let front = Front::new(5);
    let plan = front.benchmark(2, RunLength::Images(200));
    front.send(Command::Start(Plan::Benchmark(Box::new(plan.clone()))));
    let runs = |results: &BenchmarkResults| results.configurations.iter().map(|one| one.runs.len()).sum::<usize>();
    let mut shown = Vec::new();
    let report = front.hear(|event| match event {
        Event::BenchmarkResults(results) => {
            shown.push((runs(&results), results.is_complete));
            None
        }
        Event::Finished(report) => Some(*report),
        _ => None,
    });
    assert_eq!(shown, [(1, false), (2, false), (2, true)]);
    assert_eq!(report.outcome, Outcome::Done);
    let (results, files) = report.benchmark.unwrap();
    let kept = front.kept();
    assert!(kept == [text(&results)]);
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(value(&kept[0]), value(&std::fs::read_to_string(files.details_json).unwrap()));
    assert_accounted(&report.snapshot.series, 400.0);
    assert!(report.snapshot.series.iter().any(|point| point.p50_micros.is_some()));
    // Another benchmark does not replace it.
    front.send(Command::Start(Plan::Benchmark(Box::new(plan))));
    front.finished();
    assert_eq!(front.kept().len(), 2);
}

#[test]
fn a_benchmark_that_is_stopped_keeps_what_is_finished() {
    let front = Front::new(5);
    let mut plan = front.benchmark(1, RunLength::Duration(Duration::from_millis(300)));
    plan.repeats = 500;
    front.send(Command::Start(Plan::Benchmark(Box::new(plan))));
    front.hear(|event| matches!(event, Event::BenchmarkResults(_)).then_some(()));
    front.send(Command::Stop);
    let report = front.finished();
    let (results, _) = report.benchmark.unwrap();
    assert_eq!((&report.outcome, results.is_complete), (&Outcome::Stopped, false));
    assert!(!results.configurations[0].runs.is_empty());
    assert!(front.kept() == [text(&results)]);
}

#[test]
fn a_configuration_that_is_skipped_gets_no_more_runs() {
    let front = Front::new(5);
    let plan = front.benchmark(3, RunLength::Duration(Duration::from_secs(2)));
    front.send(Command::Start(Plan::Benchmark(Box::new(plan))));
    let progress = || front.engine.snapshot().benchmark.clone().unwrap_or_default();
    wait_until("the first run is measured", || progress().target.is_some());
    let first = progress();
    assert_eq!((first.runs, first.phase), (Some(3), "measuring"));
    assert!(first.target.is_some_and(|target| (0.0..=1.0).contains(&target)));
    let last = (first.configuration_index + 1) % 3;
    let continued = (first.configuration_index + 2) % 3;
    for index in [first.configuration_index, last, 7] {
        front.send(Command::SkipConfiguration(index));
    }
    front.hear(|event| match event {
        Event::Notice(notice) => notice.to_string().contains("configuration 7").then_some(()),
        _ => None,
    });
    let report = front.finished();
    let (results, _) = report.benchmark.unwrap();
    // It was not stopped, but requested runs are missing.
    assert_eq!((&report.outcome, results.is_complete), (&Outcome::Done, false));
    let runs = |index: usize| &results.configurations[index].runs;
    assert_eq!((runs(first.configuration_index).len(), runs(last).len(), runs(continued).len()), (0, 0, 1));
    assert_eq!(runs(continued)[0].status, RunStatus::Ok);
    assert_eq!(report.snapshot.benchmark.map(|progress| (progress.run, progress.runs)), Some((2, Some(2))));
    // The series covers all runs.
    assert!(report.snapshot.series.len() > 4);
}

#[test]
fn the_whole_pipeline_is_followed_and_skipped_likewise() {
    let front = Front::new(20);
    let mut plan = front.benchmark(1, RunLength::Images(100));
    plan.mode = BenchmarkMode::Pipeline;
    front.send(Command::Start(Plan::Benchmark(Box::new(plan.clone()))));
    let report = front.finished();
    assert_eq!(report.outcome, Outcome::Done);
    assert_accounted(&report.snapshot.series, 100.0);
    assert!(report.snapshot.series.iter().any(|point| point.p99_micros.is_some()));
    assert_eq!(report.snapshot.lag, 0);
    plan.length = RunLength::Duration(Duration::from_secs(3_600));
    front.send(Command::Start(Plan::Benchmark(Box::new(plan))));
    // Until the second run measures, the snapshot is the first one's, which received too.
    wait_until("images are saved, and their lag is counted", || {
        let snapshot = front.engine.snapshot();
        let has_received = snapshot.benchmark.as_ref().is_some_and(|progress| progress.received > 0);
        has_received && snapshot.lag_by_partition.len() == 4
    });
    front.send(Command::SkipConfiguration(0));
    let report = front.finished();
    assert_eq!((report.outcome, report.benchmark.is_none()), (Outcome::Done, true));
}

#[test]
fn a_slow_disk_appears_where_images_are_written() {
    let front = Front::new(10);
    let mut plan = front.benchmark(1, RunLength::Images(60));
    plan.mode = BenchmarkMode::Pipeline;
    // Eight threads write: they keep up.
    plan.pace = crate::benchmark::plan::Pace::Fixed(40.0);
    let medians = |plan: &BenchmarkPlan| -> std::collections::BTreeMap<RecordStage, u64> {
        front.send(Command::Start(Plan::Benchmark(Box::new(plan.clone()))));
        let (results, _) = front.finished().benchmark.unwrap();
        let stages = results.configurations[0].stages().unwrap();
        stages.stages.iter().map(|one| (one.stage, one.latency.p50_micros / 1_000)).collect()
    };
    let before = medians(&plan);
    std::fs::create_dir_all(front.path("slow")).unwrap();
    slow_disk::slow_down(&front.path("slow"), Duration::from_millis(60));
    plan.work_dir = front.path("slow");
    let after = medians(&plan);
    // Other work on the machine delays the stages of both runs, so that only the difference is compared.
    let more = |stage: &RecordStage| after[stage].saturating_sub(before[stage]);
    assert!(after[&RecordStage::Write] >= 55, "{before:?} {after:?}");
    for stage in after.keys().filter(|stage| **stage != RecordStage::Write) {
        // Commits wait for the client's interval.
        let most = if *stage == RecordStage::Commit { 300 } else { more(&RecordStage::Write) / 2 };
        assert!(more(stage) <= most, "{stage:?}: {before:?} {after:?}");
    }
}
