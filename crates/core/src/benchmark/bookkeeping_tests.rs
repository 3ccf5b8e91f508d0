use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::benchmark::description;
use crate::benchmark::payloads;
use crate::benchmark::plan::BenchmarkPlan;
use crate::broker::BrokerKind;
use crate::configuration::standard;
use crate::metrics::LatencyHistogram;
use crate::results::PartitionResult;

/// A result as large as that of a run of five seconds.
pub(in crate::benchmark) fn run_like(order: u32, status: RunStatus) -> RunResult {
    let histogram = LatencyHistogram::default();
    let mut state = u64::from(order) + 1;
    for _ in 0..5_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
        histogram.record(Duration::from_micros((3_000.0 * (1.0 / (1.0 - uniform)).powf(0.7)) as u64));
    }
    let latency = LatencyResult::of(&histogram.snapshot(), histogram.max_micros());
    let properties: BTreeMap<String, String> =
        (0..27).map(|number| (format!("some.property.of.the.client.{number}"), "1000000".to_owned())).collect();
    RunResult {
        order,
        status,
        topic: format!("kib-bench-0123456789abcdef-{order}"),
        acknowledgement_latency: latency.clone(),
        end_to_end_latency: latency,
        seconds: vec![Default::default(); 5],
        partitions: vec![PartitionResult { partition: 0, start_offset: 0, end_offset: 9 }; 4],
        producer_configuration: properties.clone(),
        consumer_configuration: properties,
        ..RunResult::failed()
    }
}

/// Results without runs of a plan with this many configurations.
pub(in crate::benchmark) fn empty_results(folder: &Path, configurations: usize) -> BenchmarkResults {
    std::fs::write(folder.join("a.gif"), b"GIF89a\x01\x00\x01\x00\x00\x00\x00;").unwrap();
    let configurations = vec![standard()[0].clone(); configurations];
    let plan = BenchmarkPlan { input: folder.to_owned(), configurations, ..BenchmarkPlan::default() };
    let chosen = payloads::choose(&plan.input, &[], plan.selection(), payloads::POOL_BYTES, None).unwrap();
    description::results(&plan, BrokerKind::Embedded, (1, None), &chosen, jiff::Timestamp::now())
}

/// Where a benchmark's results go.
struct Kept<'a> {
    folder: &'a Path,
    context: RunContext,
    shared: SharedResults,
    files: ResultFiles,
}

impl<'a> Kept<'a> {
    fn new(folder: &'a Path) -> Self {
        let files = ResultFiles::in_folder(&folder.join("work"), jiff::Timestamp::now());
        let context = RunContext::new(Arc::new(|_| {}));
        Self { folder, context, shared: SharedResults::default(), files }
    }

    fn bookkeeping(&self, configurations: usize) -> Bookkeeping<'_> {
        let store = open_store(&self.context, Some(&self.folder.join("runs")));
        let results = empty_results(self.folder, configurations);
        Bookkeeping::new(&self.context, results, self.files.clone(), store, (&self.shared, &|_| {}))
    }

    fn written(&self) -> usize {
        let Ok(results) = files::read(&self.files.details_json) else { return 0 };
        results.configurations.iter().map(|one| one.runs.len()).sum()
    }
}

#[test]
fn latencies_that_are_merged_as_they_come_are_those_of_all_runs() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::new(folder.path());
    let mut bookkeeping = kept.bookkeeping(2);
    for order in 1..=8 {
        let status = if order % 4 == 0 { RunStatus::Failed } else { RunStatus::Ok };
        bookkeeping.add(order as usize % 2, run_like(order, status), None).unwrap();
    }
    for one in &bookkeeping.results.configurations {
        let counted = one.representative_runs();
        let merged = LatencyResult::merged(counted.iter().map(|run| &run.end_to_end_latency));
        assert!(merged.count > 0 && one.end_to_end_latency == merged && one.acknowledgement_latency == merged);
    }
    // In a search only the trials at the highest rate count.
    let mut bookkeeping = kept.bookkeeping(1);
    for (order, rate, max_rate) in [(1, 100.0, 0.0), (2, 50.0, 50.0), (3, 75.0, 75.0), (4, 75.0, 75.0)] {
        let run = RunResult { rate_images_per_s: Some(rate), ..run_like(order, RunStatus::Ok) };
        bookkeeping.add(0, run, Some(max_rate)).unwrap();
    }
    let one = &bookkeeping.results.configurations[0];
    let merged = LatencyResult::merged(one.runs[2..].iter().map(|run| &run.end_to_end_latency));
    assert!(one.end_to_end_latency == merged && one.max_rate_images_per_s == Some(75.0));
}

#[test]
fn results_are_written_after_each_run_and_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::new(folder.path());
    let mut bookkeeping = kept.bookkeeping(1);
    bookkeeping.add(0, run_like(1, RunStatus::Ok), None).unwrap();
    assert_eq!(kept.written(), 1);
    // While writing has used its share of the time, results wait for a later run, the end, or a panic.
    bookkeeping.write_from = Instant::now() + Duration::from_secs(3_600);
    bookkeeping.add(0, run_like(2, RunStatus::Ok), None).unwrap();
    assert_eq!(kept.written(), 1);
    bookkeeping.write_from = Instant::now();
    bookkeeping.add(0, run_like(3, RunStatus::Ok), None).unwrap();
    assert_eq!(kept.written(), 3);
    bookkeeping.write_from = Instant::now() + Duration::from_secs(3_600);
    bookkeeping.add(0, run_like(4, RunStatus::Ok), None).unwrap();
    drop(bookkeeping);
    assert_eq!(kept.written(), 4);
    kept.bookkeeping(1).finish(true).unwrap();
    assert_eq!(kept.written(), 4, "without a run nothing is written");
    let shown = kept.shared.lock().take().unwrap().0;
    assert_eq!(shown.configurations[0].runs.len(), 4);
}

#[test]
fn writing_takes_a_twentieth_of_the_time_at_most() {
    let began = Instant::now();
    let took = Duration::from_millis(100);
    assert_eq!(next_time(began, took), began + Duration::from_secs(2));
}

/// A front end that holds what it is shown makes each change copy all results.
#[test]
fn results_that_take_long_to_copy_are_shown_seldom_but_after_each_round_and_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::new(folder.path());
    let held = Mutex::new(Vec::new());
    let show = |results: Arc<BenchmarkResults>| held.lock().push(results);
    let results = empty_results(folder.path(), 1);
    let mut bookkeeping = Bookkeeping::new(&kept.context, results, kept.files.clone(), None, (&kept.shared, &show));
    let runs = || held.lock().iter().map(|shown| shown.configurations[0].runs.len()).collect::<Vec<_>>();
    bookkeeping.add(0, run_like(1, RunStatus::Ok), None).unwrap();
    bookkeeping.show_from = Instant::now();
    bookkeeping.add(0, run_like(2, RunStatus::Ok), None).unwrap();
    assert!(runs() == [1, 2] && bookkeeping.copying > Duration::ZERO);
    bookkeeping.show_from = Instant::now() + Duration::from_secs(3_600);
    bookkeeping.add(0, run_like(3, RunStatus::Ok), None).unwrap();
    assert_eq!(runs(), [1, 2]);
    let race = RaceResult { rounds: 1, ..crate::results::testing::race().race.unwrap() };
    bookkeeping.set_race(race.clone());
    assert_eq!(runs(), [1, 2, 3]);
    bookkeeping.show_from = Instant::now() + Duration::from_secs(3_600);
    bookkeeping.set_race(race);
    bookkeeping.add(0, run_like(4, RunStatus::Ok), None).unwrap();
    assert_eq!(kept.shared.lock().as_ref().unwrap().0.configurations[0].runs.len(), 4, "what ends now has all");
    bookkeeping.finish(true).unwrap();
    assert_eq!(runs(), [1, 2, 3, 4]);
}

/// `cargo test --workspace --lib -- --ignored --nocapture bookkeeping_of_three_thousand_runs`
#[test]
#[ignore = "prints how long the bookkeeping of a large benchmark takes"]
fn bookkeeping_of_three_thousand_runs() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::new(folder.path());
    let mut bookkeeping = kept.bookkeeping(1_000);
    let template = run_like(1, RunStatus::Ok);
    let (began, mut adding) = (Instant::now(), Duration::ZERO);
    for number in 0..3_000 {
        let run = RunResult { order: number + 1, ..template.clone() };
        let adds = Instant::now();
        // Without the files, whose time is bounded by its share.
        bookkeeping.change(|results| add_run(&mut results.configurations[number as usize % 1_000], run, None));
        adding += adds.elapsed();
    }
    let last = Instant::now();
    bookkeeping.write().unwrap();
    println!("{adding:?} for 3,000 runs (test {:?}); all files once {:?}", began.elapsed(), last.elapsed());
}
