use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::*;
use crate::benchmark::plan::{BenchmarkPlan, RunLength};
use crate::broker::DataPlace;
use crate::report::results::RunStatus;
use plan::StreamPlan;
use report::Outcome;

/// Far longer than anything takes; only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(120);

const MEMORY: BrokerChoice = BrokerChoice::Embedded(DataPlace::Memory);

/// A front end with a folder of images.
struct Front {
    engine: Engine,
    wakes: Arc<AtomicU64>,
    folder: tempfile::TempDir,
}

impl Front {
    fn new(images: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("input")).unwrap();
        for number in 0..images {
            let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([number, 1, 2]));
            picture.save(folder.path().join(format!("input/image-{number:03}.png"))).unwrap();
        }
        let wakes = Arc::new(AtomicU64::new(0));
        let counting = Arc::clone(&wakes);
        let waker = move || {
            counting.fetch_add(1, Ordering::Relaxed);
        };
        Self { engine: Engine::start(Arc::new(waker)).unwrap(), wakes, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn send(&self, command: Command) {
        assert!(self.engine.send(command));
    }

    /// The first event that is looked for; others are passed over.
    #[track_caller]
    fn hear<T>(&self, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let event = self.engine.events().recv_deadline(deadline).unwrap();
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    #[track_caller]
    fn ready(&self) -> (BrokerKind, String) {
        self.hear(|event| match event {
            Event::BrokerReady { kind, bootstrap_servers } => Some((kind, bootstrap_servers)),
            Event::BrokerFailed { reason } => panic!("{reason}"),
            _ => None,
        })
    }

    #[track_caller]
    fn finished(&self) -> RunReport {
        self.hear(|event| match event {
            Event::Finished(report) => Some(*report),
            _ => None,
        })
    }

    fn stream(&self, work: &str, rate_images_per_s: Option<f64>) -> Plan {
        Plan::Stream(Box::new(StreamPlan {
            broker: MEMORY,
            input: self.path("input"),
            work_dir: self.path(work),
            rate_images_per_s,
            ..StreamPlan::default()
        }))
    }

    fn benchmark(&self, configurations: usize, length: RunLength) -> BenchmarkPlan {
        let mut plan = BenchmarkPlan {
            broker: MEMORY,
            input: self.path("input"),
            work_dir: self.path("work"),
            runs_folder: Some(self.path("runs")),
            length,
            warmup: Duration::ZERO,
            repeats: 1,
            ..BenchmarkPlan::default()
        };
        plan.configurations.truncate(configurations);
        plan
    }

    /// The details in the folder of runs, as text: numbers read from it can differ in their last digit.
    fn kept(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("runs")).unwrap();
        entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
    }
}

fn text(results: &BenchmarkResults) -> String {
    serde_json::to_string_pretty(results).unwrap()
}

fn listens(servers: &str) -> bool {
    std::net::TcpStream::connect(servers).is_ok()
}

#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: it did not come to that");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn runs_share_the_broker_that_is_held() {
    let front = Front::new(60);
    front.send(Command::Hold(MEMORY));
    let (kind, servers) = front.ready();
    assert_eq!(kind, BrokerKind::Embedded);
    for (work, is_first) in [("a", true), ("b", false)] {
        front.send(Command::Start(front.stream(work, Some(40.0))));
        assert_eq!(front.ready().1, servers);
        let report = front.finished();
        assert_eq!((&report.outcome, report.snapshot.saved), (&Outcome::Done, 60));
        // What is in memory is still there: it was not restarted.
        let broker = report.stream.and_then(|stream| stream.broker).unwrap();
        assert_eq!((broker.bootstrap_servers == servers, broker.topic_created), (true, is_first));
        let snapshot = front.engine.snapshot();
        assert_eq!((snapshot.lag, &*snapshot.lag_by_partition, snapshot.stopping), (0, &[0; 4][..], false));
        assert_accounted(&snapshot.series, 60.0);
        assert!(snapshot.series.len() >= 3, "more than a second at 40 images/s");
        assert!(snapshot.series.iter().any(|point| point.p99_micros.is_some()));
        assert!(snapshot.series.iter().all(|point| point.broker_reachable && point.lag <= 60));
    }
    // Asked for once more: the same one answers.
    front.send(Command::Hold(MEMORY));
    assert_eq!(front.ready().1, servers);
    front.send(Command::Release);
    wait_until("it is stopped", || !listens(&servers));
}

/// Rates times intervals are what was done.
#[track_caller]
fn assert_accounted(series: &crate::metrics::Series, images: f64) {
    let (mut before_s, mut sent, mut saved) = (0.0, 0.0, 0.0);
    for point in series.iter() {
        let length_s = point.elapsed_s - before_s;
        assert!(length_s > 0.0);
        before_s = point.elapsed_s;
        sent += point.producer_images_per_s * length_s;
        saved += point.consumer_images_per_s * length_s;
    }
    assert!((sent - images).abs() < 1e-6 && (saved - images).abs() < 1e-6, "{sent} sent, {saved} saved");
}

#[test]
fn a_broker_that_cannot_be_opened_is_told_and_another_can_be_held() {
    let front = Front::new(0);
    let file = front.path("input/no-folder");
    std::fs::write(&file, "x").unwrap();
    front.send(Command::Hold(BrokerChoice::Embedded(DataPlace::Directory(file.join("data")))));
    let reason = front.hear(|event| match event {
        Event::BrokerFailed { reason } => Some(reason),
        _ => None,
    });
    assert!(reason.contains("data folder") && reason.contains("no-folder"), "{reason}");
    // Nobody listens there, and nobody is asked.
    let cluster = BrokerChoice::External { bootstrap_servers: "127.0.0.1:1".to_owned() };
    front.send(Command::Hold(cluster));
    assert_eq!(front.ready(), (BrokerKind::External, "127.0.0.1:1".to_owned()));
    front.send(Command::Hold(MEMORY));
    let (_, servers) = front.ready();
    drop(front);
    assert!(!listens(&servers), "it ends with the engine");
}

#[test]
fn another_broker_waits_for_the_end_of_the_run() {
    let front = Front::new(200);
    front.send(Command::Hold(MEMORY));
    let (_, servers) = front.ready();
    front.send(Command::Start(front.stream("a", Some(10.0))));
    wait_until("images are saved", || front.engine.snapshot().saved > 0);
    front.send(Command::Hold(BrokerChoice::Embedded(DataPlace::Directory(front.path("data")))));
    front.hear(|event| match event {
        Event::Notice(notice) => notice.to_string().contains("when the run has ended").then_some(()),
        _ => None,
    });
    assert!(listens(&servers) && !front.path("data").exists());
    front.send(Command::Stop);
    let report = front.finished();
    assert_eq!(report.outcome, Outcome::Stopped);
    let (kind, new_servers) = front.ready();
    assert!(kind == BrokerKind::Embedded && new_servers != servers && front.path("data").exists());
    assert!(!listens(&servers) && listens(&new_servers));
}

#[test]
fn nobody_is_woken_while_nothing_goes_on() {
    let front = Front::new(1);
    front.send(Command::Hold(MEMORY));
    front.ready();
    front.send(Command::Start(front.stream("a", None)));
    front.finished();
    let wakes = || front.wakes.load(Ordering::Relaxed);
    // The last event comes just before its wake-up.
    wait_until("the last wake-up", || {
        let before = wakes();
        thread::sleep(Duration::from_millis(100));
        before > 0 && wakes() == before
    });
    let before = wakes();
    thread::sleep(Duration::from_millis(1_200));
    assert_eq!(wakes(), before);
}

#[test]
fn results_come_after_each_run_and_are_kept() {
    let front = Front::new(5);
    let plan = front.benchmark(2, RunLength::Images(200));
    front.send(Command::Start(Plan::Benchmark(Box::new(plan.clone()))));
    let runs = |results: &BenchmarkResults| results.configurations.iter().map(|one| one.runs.len()).sum::<usize>();
    let mut told = Vec::new();
    let report = front.hear(|event| match event {
        Event::BenchmarkResults(results) => {
            told.push((runs(&results), results.is_complete));
            None
        }
        Event::Finished(report) => Some(*report),
        _ => None,
    });
    assert_eq!(told, [(1, false), (2, false), (2, true)]);
    assert_eq!(report.outcome, Outcome::Done);
    let (results, files) = report.benchmark.unwrap();
    let kept = front.kept();
    assert!(kept == [text(&results)] && kept == [std::fs::read_to_string(files.details_json).unwrap()]);
    assert_accounted(&report.snapshot.series, 400.0);
    assert!(report.snapshot.series.iter().any(|point| point.p50_micros.is_some()));
    // Another one does not take its place.
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
    assert_eq!((first.runs, first.phase), (3, "measuring"));
    assert!(first.target.is_some_and(|target| (0.0..=1.0).contains(&target)));
    let last = (first.configuration_index + 1) % 3;
    let goes_on = (first.configuration_index + 2) % 3;
    for index in [first.configuration_index, last, 7] {
        front.send(Command::SkipConfiguration(index));
    }
    front.hear(|event| match event {
        Event::Notice(notice) => notice.to_string().contains("configuration 7").then_some(()),
        _ => None,
    });
    let report = front.finished();
    let (results, _) = report.benchmark.unwrap();
    // It was not stopped, but it has not all that was asked for.
    assert_eq!((&report.outcome, results.is_complete), (&Outcome::Done, false));
    let runs = |index: usize| &results.configurations[index].runs;
    assert_eq!((runs(first.configuration_index).len(), runs(last).len(), runs(goes_on).len()), (0, 0, 1));
    assert_eq!(runs(goes_on)[0].status, RunStatus::Ok);
    assert_eq!(report.snapshot.benchmark.map(|progress| (progress.run, progress.runs)), Some((2, 2)));
    // Skipped or not: each record of the run that went on is in the series, which goes over all runs.
    assert!(report.snapshot.series.len() > 4);
}
