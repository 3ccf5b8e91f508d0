//! What the runs of both modes have in common.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::config::ClientConfig;

use super::configurations::client_settings;
use super::counters::Counters;
use super::plan::{BenchmarkPlan, RunLength};
use super::resources::Resources;
use super::send::IN_FLIGHT_BYTES;
use super::statistics::INTERVAL_MS;
use crate::broker::BrokerKind;
use crate::configuration::Configuration;
use crate::kafka::client::{consumer_config, producer_config};
use crate::kafka::control::TOPIC_MESSAGE_BYTES_MIN;
use crate::pipeline::PipelineError;
use crate::results::{PartitionResult, Remark, RunResult, SecondResult, Throughput};
use crate::run::context::RunContext;

/// A run that is shorter than this, or has fewer records, is labelled as short.
const SHORT: Duration = Duration::from_secs(5);
const FEW_RECORDS: u64 = 1_000;
/// Room that a record needs beside its value.
const RECORD_ROOM_BYTES: u64 = 64 * 1024;

/// One run.
pub(super) struct Setup<'a> {
    pub(super) context: &'a Arc<RunContext>,
    pub(super) plan: &'a BenchmarkPlan,
    pub(super) servers: &'a str,
    pub(super) broker_kind: BrokerKind,
    pub(super) configuration: &'a Configuration,
    /// Its place in the plan.
    pub(super) index: usize,
    pub(super) topic: String,
    pub(super) group: String,
    pub(super) order: u32,
    pub(super) repeat: u32,
    pub(super) rate_per_s: Option<f64>,
    /// When it has sent enough.
    pub(super) length: RunLength,
    /// Largest value of a record, in bytes.
    pub(super) max_value_bytes: u64,
}

impl Setup<'_> {
    /// Partitions of its topic.
    pub(super) fn partitions(&self) -> usize {
        usize::try_from(self.configuration.partitions).unwrap_or(1)
    }

    /// Whether the run is to end now, and leave nothing: the benchmark is stopped, or the configuration skipped.
    pub(super) fn is_stopped(&self) -> bool {
        self.context.stop.is_requested() || self.context.skips.contains(self.index)
    }

    /// How much of the run's length is done, from 0 to 1.
    pub(super) fn target(&self, clock: Duration, acknowledged: u64) -> f64 {
        let part = match self.length {
            RunLength::Duration(duration) => clock.as_secs_f64() / duration.as_secs_f64(),
            RunLength::Images(images) => acknowledged as f64 / images as f64,
        };
        part.clamp(0.0, 1.0)
    }

    /// Says what the run is doing.
    pub(super) fn phase(&self, phase: &'static str) {
        if let Some(progress) = self.context.benchmark.lock().as_mut() {
            progress.phase = phase;
        }
    }

    pub(super) fn failed(&self, reason: &str) -> PipelineError {
        PipelineError::Topic { topic: self.topic.clone(), reason: reason.to_owned() }
    }

    /// What is remarkable about a whole run beside [`Self::remarks`].
    pub(super) fn with_rate_remark(&self, mut result: RunResult) -> RunResult {
        if let (Some(rate), Some(false)) = (result.rate_images_per_s, result.has_held_rate()) {
            let reached = result.producer.images_per_s;
            result.remarks.push(Remark::RateNotHeld { reached: reached.round() as u64, rate: rate.round() as u64 });
        }
        result
    }

    /// What limits the trust in a run.
    pub(super) fn remarks(&self, records: u64, elapsed: Duration, min_value_bytes: usize) -> Vec<Remark> {
        let mut remarks = Vec::new();
        match self.broker_kind {
            BrokerKind::External => {}
            BrokerKind::Embedded => remarks.push(Remark::EmbeddedHere),
            BrokerKind::EmbeddedElsewhere => remarks.push(Remark::EmbeddedElsewhere),
        }
        // A run of five seconds is measured a little shorter: by the time of its last record.
        let is_short = match self.length {
            RunLength::Duration(duration) => duration < SHORT,
            RunLength::Images(_) => elapsed < SHORT,
        };
        if is_short || records < FEW_RECORDS {
            // What was handed over in this time may have been acknowledged much later.
            let sending = match self.length {
                RunLength::Duration(duration) => duration.min(elapsed),
                RunLength::Images(_) => elapsed,
            };
            remarks.push(Remark::Short { records, seconds: sending.as_secs_f64() });
        }
        remarks.extend(self.one_record_a_batch(min_value_bytes as u64));
        remarks
    }

    /// Whether no two records of the run fit into a batch: into `batch.size`, or into `message.max.bytes`, which bounds a batch
    /// as well.
    fn one_record_a_batch(&self, record_bytes: u64) -> Option<Remark> {
        let config = producer_settings(self, self.max_value_bytes);
        let number = |name: &str| config.get(name).and_then(|value| value.parse::<u64>().ok());
        let batch_bytes = number("batch.size").unwrap_or_else(|| self.configuration.batch_size_bytes.into());
        let limit_bytes = number("message.max.bytes").map_or(batch_bytes, |most| most.min(batch_bytes));
        one_record_a_batch(batch_bytes, limit_bytes, record_bytes)
    }
}

/// Beside its value a record takes at least a few bytes of a batch, and the batch a header.
fn one_record_a_batch(batch_bytes: u64, limit_bytes: u64, record_bytes: u64) -> Option<Remark> {
    const RECORD_EXTRA_MIN: u64 = 7;
    const BATCH_EXTRA: u64 = 61;
    let two = BATCH_EXTRA.saturating_add(record_bytes.saturating_add(RECORD_EXTRA_MIN).saturating_mul(2));
    match (record_bytes, two) {
        (record_bytes, _) if batch_bytes <= record_bytes => {
            Some(Remark::BatchBelowRecord { batch_bytes, record_bytes })
        }
        (record_bytes, two) if two > limit_bytes => Some(Remark::OneRecordABatch { limit_bytes, record_bytes }),
        _ => None,
    }
}

pub(super) fn producer_settings(setup: &Setup<'_>, max_value_bytes: u64) -> ClientConfig {
    let settings = client_settings(&setup.plan.client, setup.configuration);
    let mut config = producer_config(setup.servers, &settings, max_value_bytes + RECORD_ROOM_BYTES);
    for (name, value) in [
        ("statistics.interval.ms", INTERVAL_MS.to_owned()),
        ("queue.buffering.max.kbytes", (2 * IN_FLIGHT_BYTES / 1024).to_string()),
        // A record that cannot be sent is a failure of the run, and not waited for without end.
        ("message.timeout.ms", "30000".to_owned()),
    ] {
        if settings.property(name).is_none() {
            config.set(name, value);
        }
    }
    config
}

pub(super) fn consumer_settings(setup: &Setup<'_>) -> ClientConfig {
    let settings = client_settings(&setup.plan.client, setup.configuration);
    let mut config = {
        let record_max_bytes = topic_message_bytes(setup.max_value_bytes);
        consumer_config(setup.servers, &settings, &setup.group, setup.plan.consumers, Some(record_max_bytes))
    };
    // There is nothing to be saved first.
    config.set("enable.auto.offset.store", "true");
    config.set("statistics.interval.ms", INTERVAL_MS);
    config
}

/// Bytes that the run's topic must take in one record.
pub(super) fn topic_message_bytes(max_value_bytes: u64) -> u64 {
    (max_value_bytes + RECORD_ROOM_BYTES).max(TOPIC_MESSAGE_BYTES_MIN)
}

/// Records of the fullest partition over the mean; 1 where there are none.
pub(super) fn skew(partitions: &[PartitionResult]) -> f64 {
    let records = |one: &PartitionResult| (one.end_offset - one.start_offset) as f64;
    let total: f64 = partitions.iter().map(records).sum();
    let most = partitions.iter().map(records).fold(0.0, f64::max);
    if total > 0.0 { most * partitions.len() as f64 / total } else { 1.0 }
}

impl Throughput {
    /// Rates over `elapsed_s` seconds; zero where no time passed.
    pub(super) fn over(elapsed_s: f64, records: u64, payload_bytes: u64, wire_bytes: u64) -> Self {
        let per_second = |amount: f64| if elapsed_s > 0.0 { amount / elapsed_s } else { 0.0 };
        Self {
            elapsed_s,
            images_per_s: per_second(records as f64),
            payload_mb_per_s: per_second(payload_bytes as f64 / 1e6),
            wire_mb_per_s: per_second(wire_bytes as f64 / 1e6),
        }
    }
}

/// Follows a run: second by second, and its largest lag.
pub(super) struct Sampler {
    clock: Duration,
    pub(super) seconds: Vec<SecondResult>,
    pub(super) max_lag: u64,
    /// The largest in the second that has begun.
    second_max_lag: u64,
    before: [u64; 5],
    last_resources: Duration,
}

const RESOURCES_INTERVAL: Duration = Duration::from_millis(100);

impl Sampler {
    /// The clock starts at `now`.
    pub(super) fn start(now: Duration) -> Self {
        Self { clock: now, seconds: Vec::new(), max_lag: 0, second_max_lag: 0, before: [0; 5], last_resources: now }
    }

    pub(super) fn sample(&mut self, setup: &Setup<'_>, counters: &Counters, resources: &mut Resources) {
        let now = counters.now();
        let counts = [
            counters.sent.get(),
            counters.acknowledged.get(),
            counters.acknowledged_bytes.get(),
            counters.received.get(),
            counters.received_bytes.get(),
        ];
        self.note(now, counts, counters.lag());
        if now.saturating_sub(self.last_resources) >= RESOURCES_INTERVAL {
            self.last_resources = now;
            resources.sample();
            if let Some(progress) = setup.context.benchmark.lock().as_mut() {
                progress.clock = now.saturating_sub(self.clock);
                (progress.acknowledged, progress.acknowledged_bytes) = (counts[1], counts[2]);
                progress.received = counts[3];
                progress.target = Some(setup.target(progress.clock, counts[1]));
            }
        }
    }

    /// Closes each second that has passed. What came between two samples counts to the later one.
    pub(super) fn note(&mut self, now: Duration, counts: [u64; 5], lag: u64) {
        self.saw(lag);
        let passed = u32::try_from(now.saturating_sub(self.clock).as_secs()).unwrap_or(u32::MAX);
        while (self.seconds.len() as u32) < passed {
            self.push(counts, lag);
        }
    }

    /// The last, begun second.
    pub(super) fn finish(&mut self, counters: &Counters) {
        let counts = [
            counters.sent.get(),
            counters.acknowledged.get(),
            counters.acknowledged_bytes.get(),
            counters.received.get(),
            counters.received_bytes.get(),
        ];
        self.finish_with(counts, counters.lag());
    }

    pub(super) fn finish_with(&mut self, counts: [u64; 5], lag: u64) {
        self.saw(lag);
        if counts != self.before {
            self.push(counts, lag);
        } else if let Some(last) = self.seconds.last_mut() {
            last.max_lag = last.max_lag.max(self.second_max_lag);
        }
    }

    fn saw(&mut self, lag: u64) {
        self.max_lag = self.max_lag.max(lag);
        self.second_max_lag = self.second_max_lag.max(lag);
    }

    fn push(&mut self, counts: [u64; 5], lag: u64) {
        let mut differences = counts;
        for (difference, before) in differences.iter_mut().zip(self.before) {
            *difference = difference.saturating_sub(before);
        }
        self.before = counts;
        let [sent, acknowledged, acknowledged_bytes, received, received_bytes] = differences;
        let second = self.seconds.len() as u32 + 1;
        self.seconds.push(SecondResult {
            second,
            sent,
            acknowledged,
            acknowledged_bytes,
            received,
            received_bytes,
            lag,
            max_lag: std::mem::replace(&mut self.second_max_lag, lag),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_add_up_to_the_whole() {
        let mut sampler = Sampler::start(Duration::from_secs(10));
        let at = |millis: u64| Duration::from_millis(10_000 + millis);
        sampler.note(at(500), [5, 4, 40, 3, 30], 1);
        sampler.note(at(1_010), [10, 9, 90, 8, 80], 7);
        sampler.note(at(3_010), [30, 30, 300, 20, 200], 2);
        sampler.finish_with([31, 31, 310, 31, 310], 0);
        assert_eq!(sampler.seconds.len(), 4);
        assert_eq!(sampler.seconds.iter().map(|one| one.sent).sum::<u64>(), 31);
        assert_eq!(sampler.seconds.iter().map(|one| one.received_bytes).sum::<u64>(), 310);
        assert_eq!((sampler.seconds[0].acknowledged, sampler.seconds[0].lag, sampler.max_lag), (9, 7, 7));
        assert_eq!(sampler.seconds[2].sent, 0);
    }

    #[test]
    fn the_largest_lag_is_that_of_a_second() {
        let mut sampler = Sampler::start(Duration::ZERO);
        sampler.note(Duration::from_millis(300), [9, 9, 9, 0, 0], 9);
        sampler.note(Duration::from_millis(1_001), [9, 9, 9, 7, 7], 2);
        sampler.note(Duration::from_millis(1_500), [20, 20, 20, 9, 9], 11);
        sampler.note(Duration::from_millis(2_001), [20, 20, 20, 20, 20], 0);
        sampler.note(Duration::from_millis(2_002), [20, 20, 20, 20, 20], 3);
        sampler.finish_with([20, 20, 20, 20, 20], 0);
        let largest: Vec<u64> = sampler.seconds.iter().map(|second| second.max_lag).collect();
        assert_eq!((largest.as_slice(), sampler.max_lag), (&[9, 11][..], 11));
        assert_eq!(sampler.seconds[0].lag, 2);
    }

    #[test]
    fn two_records_that_do_not_fit_are_remarked() {
        assert_eq!(one_record_a_batch(16_384, 16_384, 1_000), None);
        let below = Remark::BatchBelowRecord { batch_bytes: 16_384, record_bytes: 70_000 };
        assert_eq!(one_record_a_batch(16_384, 16_384, 70_000), Some(below));
        let one = |limit_bytes| Some(Remark::OneRecordABatch { limit_bytes, record_bytes: 70_000 });
        assert_eq!(one_record_a_batch(131_072, 131_072, 70_000), one(131_072));
        assert_eq!(
            one_record_a_batch(1_000_000, 139_000, 70_000),
            one(139_000),
            "message.max.bytes bounds batches too"
        );
        assert_eq!(one_record_a_batch(140_100, 140_100, 70_000), None);
    }

    #[test]
    fn skew_is_one_where_all_is_even() {
        let of = |counts: &[i64]| {
            let one = |(partition, &count): (usize, &i64)| PartitionResult {
                partition: partition as i32,
                start_offset: 5,
                end_offset: 5 + count,
            };
            skew(&counts.iter().enumerate().map(one).collect::<Vec<_>>())
        };
        assert_eq!((of(&[3, 3, 3]), of(&[6, 0]), of(&[0, 0])), (1.0, 2.0, 1.0));
    }
}
