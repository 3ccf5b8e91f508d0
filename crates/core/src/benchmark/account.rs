//! The result of a run that was measured.

use std::time::Duration;

use super::sampler::Samples;
use super::setup::RunSetup;
use super::workload::{ClientTotals, GroupTally, Tally};
use super::{effective, remarks};
use crate::broker::BrokerKind;
use crate::configuration::Compression;
use crate::kafka::group_state::PartitionPosition;
use crate::metrics;
use crate::results::{GroupResult, PartitionResult, RunResult, RunStatus, Throughput};

/// The measurements of a run, in addition to its workload's counts.
pub(super) struct Measured {
    pub(super) started_at: String,
    pub(super) samples: Samples,
    pub(super) clients: ClientTotals,
    pub(super) partitions: Vec<PartitionResult>,
    /// Bytes that the topic's logs have gained, on all brokers; `None` if they cannot be known.
    pub(super) log_bytes: Option<u64>,
    /// From joining the group to the assignment.
    pub(super) joined_after: Duration,
    /// The lag in the last sample before the end of sending.
    pub(super) sending_lag: u64,
    /// For a backlog: when receiving was resumed.
    pub(super) resumed: Option<Duration>,
}

/// The end offsets of the topic's partitions before and after.
pub(super) fn partitions(before: &[PartitionPosition], after: &[PartitionPosition]) -> Vec<PartitionResult> {
    let both = before.iter().zip(after);
    both.map(|(before, after)| PartitionResult {
        partition: before.partition,
        start_offset: before.high,
        end_offset: after.high,
    })
    .collect()
}

/// Records that the partitions gained.
pub(super) fn stored(partitions: &[PartitionResult]) -> i64 {
    partitions.iter().map(|one| one.end_offset - one.start_offset).sum()
}

/// The result of a run.
pub(super) fn result(setup: &RunSetup<'_>, measured: Measured, tally: Tally) -> RunResult {
    let Measured { started_at, samples, clients, partitions, log_bytes, joined_after, sending_lag, resumed } = measured;
    let run = setup.run;
    let mut remarks = remarks::of_run(setup, tally.sent, tally.producer_span);
    remarks.extend(tally.remarks());
    let drain_begin = resumed.unwrap_or(tally.last_acknowledged);
    let drain = tally.last_received.saturating_sub(drain_begin);
    let groups = (1..).zip(tally.groups).map(|(number, group)| group_result(number, group, drain_begin)).collect();
    let (batch_bytes_mean, batch_records_mean) = clients.producer.batch_means();
    let is_compressed = run.configuration.compression_type != Compression::None;
    let producer =
        throughput(tally.producer_span, tally.acknowledged, tally.acknowledged_bytes, clients.producer.tx_bytes);
    let consumer = throughput(tally.consumer_span, tally.received, tally.received_bytes, clients.consumer.rx_bytes);
    let mut result = RunResult {
        order: run.order,
        repeat: run.repeat,
        rate_images_per_s: run.rate_per_s,
        started_at,
        topic: run.name.clone(),
        status: if tally.problems.is_empty() { RunStatus::Ok } else { RunStatus::Failed },
        problems: tally.problems,
        remarks,
        missed_thresholds: Vec::new(),
        sent: tally.sent,
        acknowledged: tally.acknowledged,
        failed: tally.failed,
        received: tally.received,
        missing: tally.missing,
        duplicates: tally.duplicates,
        redelivered: tally.redelivered,
        producer,
        consumer,
        acknowledgement_latency: tally.acknowledgement_latency,
        end_to_end_latency: tally.end_to_end_latency,
        lateness: tally.lateness,
        groups,
        stages: tally.stages,
        seconds: samples.seconds,
        lag_at_last_acknowledgement: tally.lag_at_last_acknowledgement.unwrap_or(sending_lag),
        max_lag: samples.max_lag,
        drain_s: drain.as_secs_f64(),
        partition_skew: skew(&partitions),
        partitions,
        batch_bytes_mean,
        batch_records_mean,
        client_value_bytes: clients.producer.record_bytes,
        compression_ratio: clients.producer.compression_ratio().filter(|_| is_compressed),
        retries: clients.producer.retries,
        errors: tally.errors,
        cpu_s: samples.used.cpu_s,
        broker_cpu_s: samples.used.broker_cpu_s.filter(|_| setup.broker_kind == BrokerKind::Embedded),
        producer_cpu_s: samples.used.producer_cpu_s,
        consumer_cpu_s: samples.used.consumer_cpu_s,
        log_bytes,
        peak_memory_bytes: samples.used.peak_memory_bytes,
        rebalance_s: joined_after.as_secs_f64(),
        // Known when its topic is gone.
        whole_s: None,
        producer_configuration: effective::of_producer(&setup.producer, setup.run.configuration),
        consumer_configuration: effective::of_consumer(&setup.consumer, setup.run.configuration),
    };
    result.remarks.extend(remarks::of_rate(&result));
    result
}

fn group_result(number: u32, tally: GroupTally, drain_begin: Duration) -> GroupResult {
    let Throughput { elapsed_s, images_per_s, payload_mb_per_s, .. } =
        throughput(tally.span, tally.received, tally.received_bytes, 0);
    GroupResult {
        group: number,
        received: tally.received,
        missing: tally.missing,
        duplicates: tally.duplicates,
        redelivered: tally.redelivered,
        elapsed_s,
        images_per_s,
        payload_mb_per_s,
        end_to_end_latency: tally.end_to_end_latency,
        max_lag: tally.max_lag,
        drain_s: tally.last_received.saturating_sub(drain_begin).as_secs_f64(),
    }
}

/// Rates over `span`; zero if that is zero.
fn throughput(span: Duration, records: u64, payload_bytes: u64, wire_bytes: u64) -> Throughput {
    let elapsed_s = span.as_secs_f64();
    let per_second = |amount: f64| if elapsed_s > 0.0 { amount / elapsed_s } else { 0.0 };
    Throughput {
        elapsed_s,
        images_per_s: per_second(records as f64),
        payload_mb_per_s: per_second(payload_bytes as f64 / 1e6),
        wire_mb_per_s: per_second(wire_bytes as f64 / 1e6),
    }
}

/// Records of the fullest partition divided by the mean; 1 without records.
fn skew(partitions: &[PartitionResult]) -> f64 {
    let records = |one: &PartitionResult| u64::try_from(one.end_offset - one.start_offset).unwrap_or(0);
    metrics::skew(&partitions.iter().map(records).collect::<Vec<_>>()).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
