//! One run of a benchmark, as the details file holds it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::group_result::GroupResult;
use super::latency::LatencyResult;
use super::limit::MissedLimit;
use super::problem::RunProblem;
use super::remark::Remark;
use super::stages::StagesResult;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Every record is accounted for.
    Ok,
    /// Records are missing, or the run could not be finished: its figures do not count.
    Failed,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// Its place in the order of all runs, from 1.
    pub order: u32,
    /// Which repeat of its configuration it is, from 1.
    pub repeat: u32,
    /// The requested rate, images per second; `null` at full speed.
    pub rate_images_per_s: Option<f64>,
    /// When its clock started, RFC 3339, UTC.
    pub started_at: String,
    /// Its topic, deleted afterwards.
    pub topic: String,
    /// How it ended.
    pub status: RunStatus,
    /// Why it failed; empty if it did not.
    pub problems: Vec<RunProblem>,
    /// What limits the trust in it, such as a short run, or a batch size without effect.
    pub remarks: Vec<Remark>,
    /// The absolute thresholds that it missed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed_thresholds: Vec<MissedLimit>,

    /// Records handed to the client after the clock started.
    pub sent: u64,
    /// Of these, acknowledged.
    pub acknowledged: u64,
    /// Of these, failed for good.
    pub failed: u64,
    /// Acknowledged records that the consumer received, each counted once; of several groups the sum.
    pub received: u64,
    /// Acknowledged records that never arrived; of several groups the sum.
    pub missing: u64,
    /// Records that are on the topic more than once.
    pub duplicates: u64,
    /// Records that are on the topic once and were received again, after a rebalance or a restart of the broker.
    #[serde(default)]
    pub redelivered: u64,

    /// From sending the first record to the last acknowledgement.
    pub producer: Throughput,
    /// From the first record received to the last; in pipeline mode to the last made durable. All groups together.
    pub consumer: Throughput,
    /// From the intended (fixed rate) or actual time of sending to the acknowledgement.
    pub acknowledgement_latency: LatencyResult,
    /// From the intended (fixed rate) or actual time of sending to the receipt; in pipeline mode to being durable.
    pub end_to_end_latency: LatencyResult,
    /// How long after its time each record was handed to the client, with a rate, a load or a replay; absent at full speed,
    /// and in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lateness: Option<LatencyResult>,
    /// Each consumer group by itself, if there were several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupResult>,
    /// How long the stages of the records' way took; absent in files of earlier versions, and without acknowledgements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<StagesResult>,
    /// What happened in each second since the clock started.
    pub seconds: Vec<SecondResult>,

    /// Records acknowledged and not yet received when the last one was acknowledged.
    pub lag_at_last_acknowledgement: u64,
    /// The largest lag; of several groups that of the slowest.
    pub max_lag: u64,
    /// From the last acknowledgement to the last receipt.
    pub drain_s: f64,
    /// Records by partition, from its offsets before and after.
    pub partitions: Vec<PartitionResult>,
    /// Records of the fullest partition over the mean; 1 is even.
    pub partition_skew: f64,

    /// Mean bytes of a batch as sent, compressed, from the client's statistics.
    pub batch_bytes_mean: f64,
    /// Mean records of a batch, from the client's statistics.
    pub batch_records_mean: f64,
    /// Bytes of the records' values as the client counts them (`txmsg_bytes`), before compression.
    pub client_value_bytes: u64,
    /// Bytes of the records before compression over bytes of the batches; `null` where nothing was compressed.
    pub compression_ratio: Option<f64>,
    /// Requests that the client sent again.
    pub retries: u64,
    /// Errors that the client reported.
    pub errors: u64,
    /// Processor time of this process, an embedded broker included.
    pub cpu_s: f64,
    /// Of this, the processor time of an embedded broker in this process; `null` where there is none, or where the system does
    /// not report threads.
    #[serde(default)]
    pub broker_cpu_s: Option<f64>,
    /// Of `cpu_s`, the processor time of the producers' threads, those of their clients included; `null` where the system does not
    /// report threads, or where a thread of a client cannot be assigned.
    #[serde(default)]
    pub producer_cpu_s: Option<f64>,
    /// The same of the consumers' threads, of all groups together.
    #[serde(default)]
    pub consumer_cpu_s: Option<f64>,
    /// Bytes that the logs of the run's topic gained on the disks of all brokers, replicas included; `null` where the brokers
    /// cannot be asked, or keep records in memory.
    #[serde(default)]
    pub log_bytes: Option<u64>,
    /// Peak of this process's resident memory, an embedded broker included.
    pub peak_memory_bytes: u64,
    /// From joining the group to the assignment; not part of any other time.
    pub rebalance_s: f64,
    /// From before its topic was made until it was deleted; absent in files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_s: Option<f64>,

    /// The producer's properties in force, defaults included, secrets left out.
    pub producer_configuration: BTreeMap<String, String>,
    /// The consumer's properties in force, defaults included, secrets left out.
    pub consumer_configuration: BTreeMap<String, String>,
}

/// The throughput of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// The time that the rates refer to.
    pub elapsed_s: f64,
    /// Records per second.
    pub images_per_s: f64,
    /// Megabytes (10^6 bytes) of image files per second.
    pub payload_mb_per_s: f64,
    /// Megabytes (10^6 bytes) per second between client and broker, protocol and compression included.
    pub wire_mb_per_s: f64,
}

/// One second of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondResult {
    /// Seconds since the clock started, at its end.
    pub second: u32,
    /// Records handed to the client in it.
    pub sent: u64,
    /// Records acknowledged in it.
    pub acknowledged: u64,
    /// Bytes of the image files of these.
    pub acknowledged_bytes: u64,
    /// Records received in it.
    pub received: u64,
    /// Bytes of the image files of these.
    pub received_bytes: u64,
    /// Records acknowledged and not received at its end.
    pub lag: u64,
    /// The largest lag in it; 0 in the files of earlier versions, which do not have it.
    #[serde(default)]
    pub max_lag: u64,
}

/// One partition of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionResult {
    /// Its number.
    pub partition: i32,
    /// Its end offset when the clock started: probe and warm-up.
    pub start_offset: i64,
    /// Its end offset at the end.
    pub end_offset: i64,
}

/// A rate counts as held if at least this share of it is reached.
const RATE_REACHED: f64 = 0.98;

impl RunResult {
    /// Whether the requested rate was reached; `None` at full speed, and for a run that failed.
    ///
    /// If the rate is too high, records are increasingly late: the last one by about twice the median. So a rate was not held
    /// if the end was late by more than the median plus 2 % of the schedule, and the median was late by half of that. A pause
    /// of the machine near the end delays only the last records.
    pub(crate) fn has_held_rate(&self) -> Option<bool> {
        let rate = self.rate_images_per_s.filter(|_| self.status == RunStatus::Ok)?;
        let scheduled_s = self.acknowledged as f64 / rate;
        let late_s = self.acknowledgement_latency.p50_micros as f64 / 1e6;
        let tolerance_s = scheduled_s * (1.0 / RATE_REACHED - 1.0);
        let has_kept_time =
            self.producer.elapsed_s <= scheduled_s + tolerance_s + late_s || late_s <= tolerance_s / 2.0;
        Some(self.acknowledged > 0 && (has_kept_time || self.producer.images_per_s >= RATE_REACHED * rate))
    }

    /// Why it failed, in one line; empty if it did not.
    pub fn problem_text(&self) -> String {
        self.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    /// A run that could not be measured.
    pub fn failed() -> Self {
        Self {
            order: 0,
            repeat: 0,
            rate_images_per_s: None,
            started_at: jiff::Timestamp::now().to_string(),
            topic: String::new(),
            status: RunStatus::Failed,
            problems: Vec::new(),
            remarks: Vec::new(),
            missed_thresholds: Vec::new(),
            sent: 0,
            acknowledged: 0,
            failed: 0,
            received: 0,
            missing: 0,
            duplicates: 0,
            redelivered: 0,
            producer: Throughput::default(),
            consumer: Throughput::default(),
            acknowledgement_latency: LatencyResult::default(),
            end_to_end_latency: LatencyResult::default(),
            lateness: None,
            groups: Vec::new(),
            stages: None,
            seconds: Vec::new(),
            lag_at_last_acknowledgement: 0,
            max_lag: 0,
            drain_s: 0.0,
            partitions: Vec::new(),
            partition_skew: 1.0,
            batch_bytes_mean: 0.0,
            batch_records_mean: 0.0,
            client_value_bytes: 0,
            compression_ratio: None,
            retries: 0,
            errors: 0,
            cpu_s: 0.0,
            broker_cpu_s: None,
            producer_cpu_s: None,
            consumer_cpu_s: None,
            log_bytes: None,
            peak_memory_bytes: 0,
            rebalance_s: 0.0,
            whole_s: None,
            producer_configuration: BTreeMap::new(),
            consumer_configuration: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_held_where_records_do_not_fall_behind() {
        let run = |rate, acknowledged: u64, elapsed_s, p50_micros| {
            let mut run = RunResult { status: RunStatus::Ok, rate_images_per_s: rate, ..RunResult::failed() };
            run.acknowledged = acknowledged;
            run.producer.elapsed_s = elapsed_s;
            run.producer.images_per_s = acknowledged as f64 / elapsed_s;
            run.acknowledgement_latency.p50_micros = p50_micros;
            run.has_held_rate()
        };
        assert_eq!(run(None, 1_000, 5.0, 1_000), None, "full speed promises nothing");
        assert_eq!(run(Some(200.0), 1_000, 5.01, 2_000), Some(true));
        assert_eq!(run(Some(200.0), 1_000, 5.3, 2_000), Some(true), "a pause near the end");
        assert_eq!(run(Some(200.0), 100, 0.56, 55_000), Some(true), "a short run with a long linger.ms");
        assert_eq!(run(Some(200.0), 1_000, 5.3, 150_000), Some(false), "5 % too fast");
        assert_eq!(run(Some(10_000.0), 50_000, 15.1, 5_000_000), Some(false));
        let failed = RunResult { rate_images_per_s: Some(1.0), ..RunResult::failed() };
        assert_eq!(failed.has_held_rate(), None);
    }
}
