//! What a front end would notice.

mod benchmark;
mod broker;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::*;
use crate::benchmark::plan::{BenchmarkPlan, RunLength};
use crate::broker::DataPlace;
use plan::StreamPlan;

/// Far longer than anything takes; only a hang reaches this limit.
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
        Self { engine: Engine::start(Arc::new(waker), || {}).unwrap(), wakes, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn send(&self, command: Command) {
        assert!(self.engine.send(command));
    }

    /// Waits for the first event that matches; others are skipped.
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
    serde_json::to_string(results).unwrap()
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

/// Checks that rates times intervals are the totals.
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
