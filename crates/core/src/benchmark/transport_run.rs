//! One run of the transport: encoded images from memory, through the broker, to their receipt.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::counters::Counters;
use super::effective;
use super::payloads::Pool;
use super::plan::RunLength;
use super::receive::Receivers;
use super::resources::Resources;
use super::rounds::{Sampler, Setup, consumer_settings, producer_settings, skew};
use super::send::{Sender, Until};
use super::statistics::{ClientStatistics, Totals};
use crate::configuration::Compression;
use crate::kafka::group_state::{GroupProbe, PartitionPosition};
use crate::metrics::Gauges;
use crate::pipeline::PipelineError;
use crate::results::{LatencyResult, PartitionResult, Remark, RunProblem, RunResult, RunStatus, Throughput};

const JOIN_TIMEOUT: Duration = Duration::from_secs(30);
/// With nothing received for so long, what is missing is missing.
const DRAIN_STALLED: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(5);

/// What the measured part of a run left beside its counters.
struct Measured {
    started_at: String,
    sampler: Sampler,
    producer: Totals,
    consumer: Totals,
    before: Vec<PartitionPosition>,
    after: Vec<PartitionPosition>,
    cpu_s: f64,
    peak_memory_bytes: u64,
    rebalance: Duration,
    /// For a backlog: when receiving went on.
    resumed: Option<Duration>,
}

/// `None`: stopped, or skipped, before its end.
pub(super) fn run(setup: &Setup<'_>, pool: &Arc<Pool>) -> Result<Option<RunResult>, PipelineError> {
    let counters = Arc::new(Counters::new(setup.partitions(), setup.plan.backlog));
    setup.context.measure(Some(Arc::clone(&counters) as Arc<dyn Gauges>));
    let consumer_config = consumer_settings(setup);
    let producer_config = producer_settings(setup, pool.max_value_bytes() as u64);
    let receivers = Receivers::start(
        setup.context,
        &consumer_config,
        &setup.topic,
        setup.partitions(),
        setup.plan.consumers,
        &counters,
        pool,
    )?;
    let statistics = Arc::new(ClientStatistics::default());
    let measured =
        Sender::new(setup.context, &producer_config, &setup.topic, &counters, pool, &statistics).and_then(|sender| {
            let offsets = GroupProbe::new(setup.context, &consumer_config)?;
            measure(setup, &counters, sender, &receivers, &statistics, &offsets)
        });
    receivers.stop();
    let Some(measured) = measured? else { return Ok(None) };
    let mut result = account(setup, &counters, measured, pool);
    result.producer_configuration = effective::of_producer(&producer_config);
    result.consumer_configuration = effective::of_consumer(&consumer_config);
    Ok(Some(setup.with_rate_remark(result)))
}

fn measure(
    setup: &Setup<'_>,
    counters: &Counters,
    mut sender: Sender,
    receivers: &Receivers,
    statistics: &ClientStatistics,
    offsets: &GroupProbe,
) -> Result<Option<Measured>, PipelineError> {
    let stopped = || setup.is_stopped();
    setup.phase("joining");
    let joined = wait(JOIN_TIMEOUT, stopped, || receivers.joined_after().is_some());
    sender.warm_up(&stopped);
    if stopped() {
        return Ok(None);
    }
    if !joined {
        return Err(setup.failed("the consumers were not given all partitions within 30 s"));
    }
    setup.phase("probing");
    sender.probe(setup.configuration.partitions)?;
    let probes = u64::try_from(setup.configuration.partitions).unwrap_or(0);
    if !wait(JOIN_TIMEOUT, stopped, || counters.all_received.get() >= probes) {
        return if stopped() { Ok(None) } else { Err(setup.failed("a probe record did not arrive within 30 s")) };
    }
    if !setup.plan.warmup.is_zero() {
        setup.phase("warming up");
        sender.run(Until::Elapsed(setup.plan.warmup), setup.rate_per_s, false, &stopped)?;
        sender.flush(&stopped)?;
        wait(DRAIN_STALLED, stopped, || counters.lag() == 0);
    }
    if setup.plan.backlog {
        receivers.pause(true);
        if !wait(JOIN_TIMEOUT, stopped, || receivers.are_paused()) && !stopped() {
            return Err(setup.failed("the consumers could not be paused"));
        }
    }
    let before = offsets.positions(&setup.topic, setup.partitions())?;
    let (producer_before, consumer_before) = (statistics.settled(), receivers.settled());
    if stopped() {
        return Ok(None);
    }

    setup.phase("measuring");
    let (mut resources, mut sampler) = (Resources::start(), Sampler::start(counters.now()));
    let started_at = jiff::Timestamp::now().to_string();
    let until = match setup.length {
        RunLength::Duration(duration) => Until::Elapsed(duration),
        RunLength::Images(images) => Until::Count(images),
    };
    let sent = thread::scope(|scope| {
        let sending = thread::Builder::new().name("bench-send".to_owned()).spawn_scoped(scope, || {
            sender.run(until, setup.rate_per_s, true, &stopped)?;
            sender.flush(&stopped)
        });
        let sending = sending.map_err(|source| PipelineError::Thread { name: "bench-send".to_owned(), source })?;
        while !sending.is_finished() {
            sampler.sample(setup, counters, &mut resources);
            thread::sleep(TICK);
        }
        sending.join().unwrap_or_else(|_| Err(PipelineError::Panicked { thread: "bench-send".to_owned() }))
    });
    sent?;

    setup.phase("draining");
    let resumed = setup.plan.backlog.then(|| {
        receivers.pause(false);
        counters.now()
    });
    let (mut last_received, mut last_progress) = (counters.received.get(), Instant::now());
    while counters.received.get() < counters.acknowledged.get() && !stopped() {
        sampler.sample(setup, counters, &mut resources);
        thread::sleep(TICK);
        if counters.received.get() != last_received {
            (last_received, last_progress) = (counters.received.get(), Instant::now());
        }
        if last_progress.elapsed() > DRAIN_STALLED {
            break;
        }
    }
    sampler.finish(counters);
    let (cpu_s, peak_memory_bytes) = resources.finish();
    if stopped() {
        return Ok(None);
    }
    setup.phase("accounting");
    Ok(Some(Measured {
        started_at,
        sampler,
        producer: statistics.settled().since(&producer_before),
        consumer: receivers.settled().since(&consumer_before),
        before,
        after: offsets.positions(&setup.topic, setup.partitions())?,
        cpu_s,
        peak_memory_bytes,
        rebalance: receivers.joined_after().unwrap_or_default(),
        resumed,
    }))
}

fn account(setup: &Setup<'_>, counters: &Counters, measured: Measured, pool: &Pool) -> RunResult {
    let (sent, acknowledged, failed) = (counters.sent.get(), counters.acknowledged.get(), counters.failed.get());
    let (received, duplicates) = (counters.received.get(), counters.duplicates.get());
    let partitions: Vec<PartitionResult> = measured
        .before
        .iter()
        .zip(&measured.after)
        .map(|(before, after)| PartitionResult {
            partition: before.partition,
            start_offset: before.high,
            end_offset: after.high,
        })
        .collect();
    let stored: i64 = partitions.iter().map(|one| one.end_offset - one.start_offset).sum();
    let mut problems = Vec::new();
    if sent != acknowledged + failed {
        problems.push(RunProblem::Unaccounted { sent, acknowledged, failed });
    }
    if failed > 0 {
        problems.push(RunProblem::RecordsFailed { failed, first_error: first_error(counters) });
    }
    if received < acknowledged {
        problems.push(RunProblem::NeverCame(acknowledged - received));
    }
    if failed == 0 && stored != i64::try_from(acknowledged + duplicates).unwrap_or(-1) {
        problems.push(RunProblem::OtherNumberStored { acknowledged, stored });
    }
    let mut remarks = setup.remarks(sent, counters.producer_span.elapsed(), pool.min_value_bytes());
    let redelivered = counters.redelivered.get();
    if duplicates > 0 {
        remarks.push(Remark::Duplicates(duplicates));
    }
    if redelivered > 0 {
        remarks.push(Remark::Redelivered(redelivered));
    }
    let last_acknowledged = counters.producer_span.last().unwrap_or_default();
    let last_received = counters.consumer_span.last().unwrap_or_default();
    let producer_s = counters.producer_span.elapsed().as_secs_f64();
    let consumer_s = counters.consumer_span.elapsed().as_secs_f64();
    let (batch_bytes_mean, batch_records_mean) = measured.producer.batch_means();
    let is_compressed = setup.configuration.compression_type != Compression::None;
    RunResult {
        order: setup.order,
        repeat: setup.repeat,
        rate_images_per_s: setup.rate_per_s,
        started_at: measured.started_at,
        topic: setup.topic.clone(),
        status: if problems.is_empty() { RunStatus::Ok } else { RunStatus::Failed },
        problems,
        remarks,
        sent,
        acknowledged,
        failed,
        received,
        missing: acknowledged.saturating_sub(received),
        duplicates,
        redelivered,
        producer: Throughput::over(
            producer_s,
            acknowledged,
            counters.acknowledged_bytes.get(),
            measured.producer.tx_bytes,
        ),
        consumer: Throughput::over(consumer_s, received, counters.received_bytes.get(), measured.consumer.rx_bytes),
        acknowledgement_latency: LatencyResult::of(&counters.acknowledgement_latency),
        end_to_end_latency: match setup.plan.backlog {
            // It would be the time that the records were made to wait.
            true => LatencyResult::default(),
            false => LatencyResult::of(&counters.end_to_end_latency),
        },
        seconds: measured.sampler.seconds,
        lag_at_last_acknowledgement: counters.lag_at_last_acknowledgement.load(Ordering::Relaxed),
        max_lag: measured.sampler.max_lag,
        drain_s: last_received.saturating_sub(measured.resumed.unwrap_or(last_acknowledged)).as_secs_f64(),
        partition_skew: skew(&partitions),
        partitions,
        batch_bytes_mean,
        batch_records_mean,
        client_value_bytes: measured.producer.record_bytes,
        compression_ratio: measured.producer.compression_ratio().filter(|_| is_compressed),
        retries: measured.producer.retries,
        errors: counters.errors.get(),
        cpu_s: measured.cpu_s,
        peak_memory_bytes: measured.peak_memory_bytes,
        rebalance_s: measured.rebalance.as_secs_f64(),
        producer_configuration: Default::default(),
        consumer_configuration: Default::default(),
    }
}

fn first_error(counters: &Counters) -> String {
    counters.first_error.lock().clone().unwrap_or_else(|| "the client gives no reason".to_owned())
}

/// False: it did not come to that in time, or `stopped`.
fn wait(timeout: Duration, stopped: impl Fn() -> bool, holds: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + timeout;
    while !holds() {
        if Instant::now() >= deadline || stopped() {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}
