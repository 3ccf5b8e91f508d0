//! The figures of a run that absolute thresholds are about, and whether the run keeps them.

use super::latency::LatencyResult;
use super::limit::{Limit, LimitMetric, MissedLimit, PERCENT, Unit};
use super::run::{RunResult, RunStatus};

impl LimitMetric {
    /// The figure of a run: images per second, microseconds, images, milliseconds of processor time, or bytes. `None` if the
    /// run has none.
    fn of(self, run: &RunResult) -> Option<f64> {
        let slowest = |figure: fn(&LatencyResult) -> u64| {
            let groups = run.groups.iter().map(|group| &group.end_to_end_latency);
            let all = groups.chain([&run.end_to_end_latency]).filter(|latency| latency.count > 0);
            all.map(figure).max().map(|micros| micros as f64)
        };
        let ack = &run.acknowledgement_latency;
        let acknowledged = |micros: u64| (ack.count > 0).then_some(micros as f64);
        match self {
            Self::Throughput => Some(run.producer.images_per_s),
            Self::Consumer => {
                let groups = run.groups.iter().map(|group| group.images_per_s).min_by(f64::total_cmp);
                Some(groups.unwrap_or(run.consumer.images_per_s))
            }
            Self::P50 => slowest(|latency| latency.p50_micros),
            Self::P95 => slowest(|latency| latency.p95_micros),
            Self::P99 => slowest(|latency| latency.p99_micros),
            Self::P999 => slowest(|latency| latency.p999_micros),
            Self::AckP50 => acknowledged(ack.p50_micros),
            Self::AckP99 => acknowledged(ack.p99_micros),
            Self::Loss => (run.sent > 0).then(|| lost(run) as f64),
            Self::Lag => Some(run.max_lag as f64),
            Self::Cpu => run.cpu_ms_per_image(),
            Self::CpuProducer => run.producer_cpu_ms_per_image(),
            Self::CpuConsumer => run.consumer_cpu_ms_per_image(),
            Self::Bytes => run.sent_bytes_per_image(),
            Self::Disk => run.log_bytes_per_image(),
        }
    }
}

/// Records that failed, or that the group which missed most did not receive.
fn lost(run: &RunResult) -> u64 {
    run.failed + run.groups.iter().map(|group| group.missing).max().unwrap_or(run.missing)
}

impl Limit {
    /// The figure of a run that counts, in the threshold's unit; of one that failed, only how many records it lost. `None` if it
    /// has none.
    pub fn measured(&self, run: &RunResult) -> Option<f64> {
        let Unit(name, factor) = self.unit;
        if name == PERCENT {
            return (run.sent > 0).then(|| 100.0 * lost(run) as f64 / run.sent as f64);
        }
        self.metric().of(run).filter(|figure| figure.is_finite()).map(|figure| figure / factor)
    }

    /// Whether a run can be checked: of one that failed, only that it lost records is known.
    pub fn applies_to(&self, run: &RunResult) -> bool {
        run.status == RunStatus::Ok || (self.metric() == LimitMetric::Loss && lost(run) > 0)
    }

    /// How a run misses it; a figure that could not be measured is a miss. `None`: the run keeps it, or cannot be checked.
    pub fn missed_by(&self, run: &RunResult) -> Option<MissedLimit> {
        let measured = self.measured(run);
        let is_kept = measured.is_some_and(|measured| self.allows(measured));
        (self.applies_to(run) && !is_kept).then_some(MissedLimit { threshold: *self, measured })
    }
}
