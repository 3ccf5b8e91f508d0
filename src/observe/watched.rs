//! What is known about the run that is served.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use kafka_image_bench_core::configuration::BenchmarkMode;
use kafka_image_bench_core::engine::plan::{Mode, Plan};
use kafka_image_bench_core::engine::{Event, Observation, Observer};
use kafka_image_bench_core::lag::LagReading;
use kafka_image_bench_core::model::broker_kind::BrokerKind;
use kafka_image_bench_core::report::time_lines::TimeLine;
use kafka_image_bench_core::results::BenchmarkResults;

/// Readings of a group's lag that are kept for the chart.
const READINGS_MAX: usize = 36_000;

/// The run, and what its events have reported.
pub(super) struct Watched {
    pub(super) began: Instant,
    pub(super) job: WatchedJob,
    /// Names and values that identify the run, for the metrics and the page.
    pub(super) labels: Vec<(&'static str, String)>,
    observer: Observer,
    reported: Mutex<Reported>,
    /// Seconds since the beginning, and the group's total lag.
    lag_over_time: Mutex<VecDeque<(f64, u64)>>,
}

/// What the run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WatchedJob {
    Stream(Mode),
    Benchmark(BenchmarkMode),
    Lag,
    /// Nothing that has figures of its own.
    Other,
}

/// Cheap to copy.
#[derive(Clone, Default)]
pub(super) struct Reported {
    pub(super) broker: Option<(BrokerKind, String)>,
    pub(super) results: Option<Arc<BenchmarkResults>>,
    pub(super) lag: Option<Arc<LagReading>>,
    /// Nothing more is reported.
    pub(super) has_ended: bool,
}

impl Watched {
    pub(super) fn new(plan: &Plan, observer: Observer) -> Self {
        let (job, labels) = description(plan);
        let (reported, lag_over_time) = (Mutex::default(), Mutex::default());
        Self { began: Instant::now(), job, labels, observer, reported, lag_over_time }
    }

    pub(super) fn note(&self, event: &Event) {
        let mut reported = self.reported.lock();
        match event {
            Event::BrokerReady { kind, bootstrap_servers } => {
                reported.broker = Some((*kind, bootstrap_servers.clone()));
            }
            Event::BenchmarkResults(results) => reported.results = Some(Arc::clone(results)),
            Event::Lag(reading) => {
                reported.lag = Some(Arc::new(reading.clone()));
                self.note_lag(reading.total_lag);
            }
            Event::Finished(report) => {
                reported.has_ended = true;
                if let Some((results, _)) = &report.benchmark {
                    reported.results = Some(Arc::new(results.clone()));
                }
            }
            Event::OffsetsReset { .. }
            | Event::BrokerFailed { .. }
            | Event::Notice(_)
            | Event::Browsed { .. }
            | Event::DryRun(_)
            | Event::Exporting(_) => {}
        }
    }

    fn note_lag(&self, total_lag: u64) {
        let mut readings = self.lag_over_time.lock();
        if readings.len() == READINGS_MAX {
            readings.pop_front();
        }
        readings.push_back((self.began.elapsed().as_secs_f64(), total_lag));
    }

    pub(super) fn observe(&self) -> Option<Arc<Observation>> {
        self.observer.observe()
    }

    pub(super) fn reported(&self) -> Reported {
        self.reported.lock().clone()
    }

    /// The group's total lag over time, as a line of a chart.
    pub(super) fn lag_line(&self) -> TimeLine {
        let readings = self.lag_over_time.lock();
        TimeLine::new("lag", readings.iter().map(|&(at_s, lag)| (at_s, Some(lag as f64))))
    }
}

fn description(plan: &Plan) -> (WatchedJob, Vec<(&'static str, String)>) {
    let command = |name: &str| ("command", name.to_owned());
    match plan {
        Plan::Stream(plan) => {
            let name = match plan.mode {
                Mode::Stream => "stream",
                Mode::Produce => "produce",
                Mode::Consume => "consume",
            };
            let mut labels = vec![command(name), ("topic", plan.topic.clone())];
            if plan.mode.consumes() {
                labels.push(("consumergroup", plan.group.clone()));
            }
            if plan.mode.produces() {
                labels.push(("encoding", plan.encoding.to_string()));
            }
            (WatchedJob::Stream(plan.mode), labels)
        }
        Plan::Benchmark(plan) => {
            (WatchedJob::Benchmark(plan.mode), vec![command("benchmark"), ("mode", plan.mode.to_string())])
        }
        Plan::Lag(plan) => {
            let mut labels = vec![command("lag"), ("consumergroup", plan.group.clone())];
            labels.extend(plan.topic.clone().map(|topic| ("topic", topic)));
            (WatchedJob::Lag, labels)
        }
        Plan::Serve(_) => (WatchedJob::Other, vec![command("broker")]),
        Plan::Browse(_) => (WatchedJob::Other, vec![command("browse")]),
        Plan::Reset(_) => (WatchedJob::Other, vec![command("reset-offsets")]),
        Plan::Export(_) => (WatchedJob::Other, vec![command("export")]),
        Plan::Redrive(_) => (WatchedJob::Other, vec![command("redrive")]),
        Plan::DryRun(_) => (WatchedJob::Other, vec![command("dry-run")]),
    }
}
