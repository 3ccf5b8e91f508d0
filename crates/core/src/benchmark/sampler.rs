//! Samples a run: its seconds, its largest lag, and its processor time and memory.

use std::time::Duration;

use super::client_threads::Assigned;
use super::resources::{Resources, Used};
use super::run::BenchmarkRun;
use super::workload::WorkCounts;
use crate::results::SecondResult;
use crate::run::thread_times::ThreadTime;

/// Time between two samples of the process's memory, and two updates of front ends.
const RESOURCES_INTERVAL: Duration = Duration::from_millis(100);

/// Samples of a run.
pub(super) struct Sampler {
    /// The time at which the clock started.
    started: Duration,
    seconds: Vec<SecondResult>,
    max_lag: u64,
    /// The largest lag in the current second.
    second_max_lag: u64,
    /// The counts at the end of the last second.
    before: WorkCounts,
    resources: Resources,
    resources_read: Duration,
}

/// The results of the samples.
pub(super) struct Samples {
    pub(super) seconds: Vec<SecondResult>,
    pub(super) max_lag: u64,
    pub(super) used: Used,
}

impl Sampler {
    /// The clock starts at `now`.
    pub(super) fn start(now: Duration, client_threads: Option<Assigned>) -> Self {
        Self {
            started: now,
            seconds: Vec::new(),
            max_lag: 0,
            second_max_lag: 0,
            before: WorkCounts::default(),
            resources: Resources::start(client_threads),
            resources_read: now,
        }
    }

    /// Takes a sample, and shows it from time to time.
    pub(super) fn sample(&mut self, run: &BenchmarkRun<'_>, now: Duration, counts: WorkCounts) {
        self.note(now, counts);
        if now.saturating_sub(self.resources_read) < RESOURCES_INTERVAL {
            return;
        }
        self.resources_read = now;
        self.resources.sample();
        if let Some(progress) = run.context.benchmark.lock().as_mut() {
            progress.clock = now.saturating_sub(self.started);
            (progress.acknowledged, progress.acknowledged_bytes) = (counts.acknowledged, counts.acknowledged_bytes);
            progress.received = counts.received;
            progress.target = Some(run.target(progress.clock, counts.acknowledged));
        }
    }

    /// Ends each second that has passed. Records between two samples count for the later one.
    fn note(&mut self, now: Duration, counts: WorkCounts) {
        self.note_lag(counts.lag);
        let passed = u32::try_from(now.saturating_sub(self.started).as_secs()).unwrap_or(u32::MAX);
        while (self.seconds.len() as u32) < passed {
            self.close_second(counts);
        }
    }

    /// Ends the current second. `ended`: threads of the run that have ended.
    pub(super) fn finish(mut self, counts: WorkCounts, ended: &[ThreadTime]) -> Samples {
        self.note_lag(counts.lag);
        if (WorkCounts { lag: self.before.lag, ..counts }) != self.before {
            self.close_second(counts);
        } else if let Some(last) = self.seconds.last_mut() {
            last.max_lag = last.max_lag.max(self.second_max_lag);
        }
        Samples { seconds: self.seconds, max_lag: self.max_lag, used: self.resources.finish(ended) }
    }

    fn note_lag(&mut self, lag: u64) {
        self.max_lag = self.max_lag.max(lag);
        self.second_max_lag = self.second_max_lag.max(lag);
    }

    fn close_second(&mut self, counts: WorkCounts) {
        let before = std::mem::replace(&mut self.before, counts);
        self.seconds.push(SecondResult {
            second: self.seconds.len() as u32 + 1,
            sent: counts.sent.saturating_sub(before.sent),
            acknowledged: counts.acknowledged.saturating_sub(before.acknowledged),
            acknowledged_bytes: counts.acknowledged_bytes.saturating_sub(before.acknowledged_bytes),
            received: counts.received.saturating_sub(before.received),
            received_bytes: counts.received_bytes.saturating_sub(before.received_bytes),
            lag: counts.lag,
            max_lag: std::mem::replace(&mut self.second_max_lag, counts.lag),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts([sent, acknowledged, acknowledged_bytes, received, received_bytes]: [u64; 5], lag: u64) -> WorkCounts {
        WorkCounts { sent, acknowledged, acknowledged_bytes, received, received_bytes, lag }
    }

    #[test]
    fn seconds_add_up_to_the_whole() {
        let mut sampler = Sampler::start(Duration::from_secs(10), None);
        let at = |millis: u64| Duration::from_millis(10_000 + millis);
        sampler.note(at(500), counts([5, 4, 40, 3, 30], 1));
        sampler.note(at(1_010), counts([10, 9, 90, 8, 80], 7));
        sampler.note(at(3_010), counts([30, 30, 300, 20, 200], 2));
        let Samples { seconds, max_lag, .. } = sampler.finish(counts([31, 31, 310, 31, 310], 0), &[]);
        assert_eq!(seconds.len(), 4);
        assert_eq!(seconds.iter().map(|one| one.sent).sum::<u64>(), 31);
        assert_eq!(seconds.iter().map(|one| one.received_bytes).sum::<u64>(), 310);
        assert_eq!((seconds[0].acknowledged, seconds[0].lag, max_lag), (9, 7, 7));
        assert_eq!(seconds[2].sent, 0);
    }

    #[test]
    fn the_largest_lag_is_that_of_a_second() {
        let mut sampler = Sampler::start(Duration::ZERO, None);
        sampler.note(Duration::from_millis(300), counts([9, 9, 9, 0, 0], 9));
        sampler.note(Duration::from_millis(1_001), counts([9, 9, 9, 7, 7], 2));
        sampler.note(Duration::from_millis(1_500), counts([20, 20, 20, 9, 9], 11));
        sampler.note(Duration::from_millis(2_001), counts([20, 20, 20, 20, 20], 0));
        sampler.note(Duration::from_millis(2_002), counts([20, 20, 20, 20, 20], 3));
        let Samples { seconds, max_lag, .. } = sampler.finish(counts([20, 20, 20, 20, 20], 0), &[]);
        let largest: Vec<u64> = seconds.iter().map(|second| second.max_lag).collect();
        assert_eq!((largest.as_slice(), max_lag), (&[9, 11][..], 11));
        assert_eq!(seconds[0].lag, 2);
    }
}
