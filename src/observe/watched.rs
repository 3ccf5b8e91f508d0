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

#[derive(Clone, Default)]
pub(super) struct Reported {
    pub(super) broker: Option<(BrokerKind, String)>,
    pub(super) results: Option<Arc<BenchmarkResults>>,
    pub(super) lag: Option<Arc<LagReading>>,
    /// Seconds since the beginning, and the group's total lag.
    pub(super) lag_over_time: VecDeque<(f64, u64)>,
    /// Nothing more is reported.
    pub(super) has_ended: bool,
}

impl Watched {
    pub(super) fn new(plan: &Plan, observer: Observer) -> Self {
        let (job, labels) = description(plan);
        Self { began: Instant::now(), job, labels, observer, reported: Mutex::default() }
    }

    pub(super) fn note(&self, event: &Event) {
        let mut reported = self.reported.lock();
        match event {
            Event::BrokerReady { kind, bootstrap_servers } => {
                reported.broker = Some((*kind, bootstrap_servers.clone()));
            }
            Event::BenchmarkResults(results) => reported.results = Some(Arc::clone(results)),
            Event::Lag(reading) => {
                if reported.lag_over_time.len() == READINGS_MAX {
                    reported.lag_over_time.pop_front();
                }
                reported.lag_over_time.push_back((self.began.elapsed().as_secs_f64(), reading.total_lag));
                reported.lag = Some(Arc::new(reading.clone()));
            }
            Event::Finished(report) => {
                reported.has_ended = true;
                if let Some((results, _)) = &report.benchmark {
                    reported.results = Some(Arc::new(results.clone()));
                }
            }
            Event::BrokerFailed { .. } | Event::Notice(_) | Event::Browsed { .. } | Event::DryRun(_) => {}
        }
    }

    pub(super) fn observe(&self) -> Option<Arc<Observation>> {
        self.observer.observe()
    }

    pub(super) fn reported(&self) -> Reported {
        self.reported.lock().clone()
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
        Plan::Redrive(_) => (WatchedJob::Other, vec![command("redrive")]),
        Plan::DryRun(_) => (WatchedJob::Other, vec![command("dry-run")]),
    }
}
