//! One run of the whole pipeline: from the folder to the saved file.
//!
//! The images are sent lap after lap under new names, so that each is decoded, written and listed. All that the run
//! writes lies in a folder of its own, which is removed afterwards.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::effective;
use super::plan::RunLength;
use super::resources::Resources;
use super::rounds::{Sampler, Setup, consumer_settings, producer_settings, skew, topic_message_bytes};
use super::statistics::ClientStatistics;
use crate::configuration::Compression;
use crate::kafka::group_state::GroupProbe;
use crate::kafka::record_limit::decoded_bytes_max;
use crate::labels::{LabelRule, Labels};
use crate::metrics::Gauges;
use crate::pipeline::PipelineError;
use crate::pipeline::consumer::{ConsumerSettings, ConsumerStage, FirstOffset};
use crate::pipeline::producer::{Laps, ProducerSettings, ProducerStage, StatisticsSink};
use crate::pipeline::sink::{AtPath, STATE_FOLDER};
use crate::pipeline::source::{ProcessedFiles, SourceError};
use crate::results::{LatencyResult, PartitionResult, RunProblem, RunResult, RunStatus, Throughput};
use crate::run::context::RunContext;
use crate::work_dir::Dir;

const JOIN_TIMEOUT: Duration = Duration::from_secs(30);
const STALLED: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(5);

/// `None`: stopped, or skipped, before its end.
pub(super) fn run(
    setup: &Setup<'_>,
    exclude: &[PathBuf],
    min_value_bytes: usize,
) -> Result<Option<RunResult>, PipelineError> {
    let outputs = tempfile::Builder::new()
        .prefix("benchmark-")
        .tempdir_in(state_folder(setup)?)
        .map_err(PipelineError::Metrics)?;
    // Counters of its own, and notices of the whole benchmark.
    let notices = Arc::clone(setup.context);
    let context = Arc::new(RunContext::new(Arc::new(move |notice| notices.notify(notice))));
    context.recorder.lag.begin(setup.partitions());
    setup.context.measure(Some(Arc::clone(&context.recorder) as Arc<dyn Gauges>));
    let statistics = [Arc::new(ClientStatistics::default()), Arc::new(ClientStatistics::default())];
    let sinks =
        statistics.clone().map(|statistics| -> StatisticsSink { Arc::new(move |raw| statistics.take_raw(raw)) });
    let [producer_sink, consumer_sink] = sinks;
    let (producer_config, consumer_config) = (producer_settings(setup, setup.max_value_bytes), {
        let mut config = consumer_settings(setup);
        config.set("enable.auto.offset.store", "false");
        config
    });
    let outstanding = Arc::clone(&context.outstanding);
    let offsets = GroupProbe::new(&context, &consumer_config)?;
    setup.phase("joining");
    let joining = Instant::now();
    let consumer = ConsumerStage::start(
        &context,
        ConsumerSettings {
            client: consumer_config.clone(),
            topic: setup.topic.clone(),
            members: setup.plan.consumers,
            work_dir: outputs.path().to_owned(),
            record_limit_bytes: decoded_bytes_max(Some(topic_message_bytes(setup.max_value_bytes))),
            first_offset: FirstOffset::default(),
            count: None,
            statistics: Some(consumer_sink),
        },
    )?;
    let input = setup.plan.input.canonicalize().unwrap_or_else(|_| setup.plan.input.clone());
    let producer = ProducerStage::start(
        &context,
        ProducerSettings {
            client: producer_config.clone(),
            topic: setup.topic.clone(),
            record_limit: None,
            encoding: setup.configuration.encoding,
            input: input.clone(),
            exclude: exclude.to_vec(),
            rate_images_per_s: setup.rate_per_s,
            watch: false,
            resend: true,
            laps: Some(match setup.length {
                RunLength::Duration(duration) => Laps::Elapsed(duration),
                RunLength::Images(images) => Laps::Count(images),
            }),
            statistics: Some(producer_sink),
        },
        Labels::open(&LabelRule::default(), &input).map_err(SourceError::from)?,
        ProcessedFiles::open(outputs.path())?,
    )?;
    let stopped = || setup.is_stopped() || context.stop.is_requested();
    let deadline = Instant::now() + JOIN_TIMEOUT;
    while !(consumer.is_assigned() && producer.is_ready()) && Instant::now() < deadline && !stopped() {
        thread::sleep(TICK);
    }
    let rebalance = joining.elapsed();
    let before = offsets.positions(&setup.topic, setup.partitions())?;
    let [producer_before, consumer_before] = [statistics[0].settled(), statistics[1].settled()];

    setup.phase("measuring");
    let recorder = &context.recorder;
    let started_at = jiff::Timestamp::now().to_string();
    let (mut resources, mut sampler) = (Resources::start(), Sampler::start(recorder.since_start()));
    let mut lag_at_last_acknowledgement = 0;
    let mut last_sample = Instant::now();
    producer.begin();
    loop {
        let is_done = producer.is_finished() && (outstanding.count() == 0 || consumer.idle_for() > STALLED);
        let (sent, acknowledged) = (recorder.producer.sent.get(), recorder.producer.acknowledged.get());
        let saved = recorder.consumer.saved.get();
        let lag = acknowledged.saturating_sub(saved);
        if !producer.is_finished() {
            lag_at_last_acknowledgement = lag;
        }
        let (acknowledged_bytes, saved_bytes) =
            (recorder.producer.acknowledged_bytes.get(), recorder.consumer.saved_bytes.get());
        let counts = [sent, acknowledged, acknowledged_bytes, saved, saved_bytes];
        if is_done || stopped() {
            sampler.finish_with(counts, lag);
            break;
        }
        sampler.note(recorder.since_start(), counts, lag);
        if last_sample.elapsed() > Duration::from_millis(100) {
            last_sample = Instant::now();
            resources.sample();
            if let Some(progress) = setup.context.benchmark.lock().as_mut() {
                progress.clock = recorder.producer.span.elapsed();
                (progress.acknowledged, progress.acknowledged_bytes) = (acknowledged, acknowledged_bytes);
                progress.received = saved;
                progress.target = Some(setup.target(progress.clock, acknowledged));
            }
        }
        thread::sleep(TICK);
    }
    let is_stopped = stopped();
    let (cpu_s, peak_memory_bytes) = resources.finish();
    setup.phase("accounting");
    let totals = [statistics[0].settled().since(&producer_before), statistics[1].settled().since(&consumer_before)];
    let after = if is_stopped { Ok(Vec::new()) } else { offsets.positions(&setup.topic, setup.partitions()) };
    context.stop.request();
    producer.join();
    consumer.finish();
    consumer.join();
    if let Some(error) = context.take_failure() {
        return Err(error);
    }
    if is_stopped {
        return Ok(None);
    }

    let snapshot = context.snapshot();
    let partitions: Vec<PartitionResult> = before
        .iter()
        .zip(after?)
        .map(|(before, after)| PartitionResult {
            partition: before.partition,
            start_offset: before.high,
            end_offset: after.high,
        })
        .collect();
    let received = outstanding.finished_count();
    let missing = outstanding.count();
    // What is on the topic beyond the acknowledged is there twice; what came beyond that was delivered again.
    let stored: i64 = partitions.iter().map(|one| one.end_offset - one.start_offset).sum();
    let duplicates = u64::try_from(stored).unwrap_or(0).saturating_sub(snapshot.acknowledged);
    let again = snapshot.received.saturating_sub(received + snapshot.foreign);
    let mut problems = Vec::new();
    if snapshot.rejected > 0 {
        problems.push(RunProblem::Rejected(snapshot.rejected));
    }
    if missing > 0 {
        problems.push(RunProblem::NeverCame(missing));
    }
    if snapshot.dead_letters > 0 {
        problems.push(RunProblem::DeadLetters(snapshot.dead_letters));
    }
    let last = |span: &crate::metrics::recorder::Span| span.last().unwrap_or_default();
    let drain = last(&recorder.consumer.span).saturating_sub(last(&recorder.producer.span));
    let (batch_bytes_mean, batch_records_mean) = totals[0].batch_means();
    let is_compressed = setup.configuration.compression_type != Compression::None;
    let result = RunResult {
        order: setup.order,
        repeat: setup.repeat,
        rate_images_per_s: setup.rate_per_s,
        started_at,
        topic: setup.topic.clone(),
        status: if problems.is_empty() { RunStatus::Ok } else { RunStatus::Failed },
        problems,
        remarks: setup.remarks(snapshot.sent, snapshot.producer_span, min_value_bytes),
        sent: snapshot.sent,
        acknowledged: snapshot.acknowledged,
        failed: snapshot.sent.saturating_sub(snapshot.acknowledged),
        received,
        missing,
        duplicates,
        redelivered: again.saturating_sub(duplicates),
        producer: Throughput::over(
            snapshot.producer_span.as_secs_f64(),
            snapshot.acknowledged,
            snapshot.acknowledged_bytes,
            totals[0].tx_bytes,
        ),
        consumer: Throughput::over(
            snapshot.consumer_span.as_secs_f64(),
            received,
            snapshot.saved_bytes,
            totals[1].rx_bytes,
        ),
        acknowledgement_latency: LatencyResult::of(&recorder.producer.acknowledgement_latency),
        end_to_end_latency: LatencyResult::of(&recorder.consumer.saved_latency),
        seconds: sampler.seconds,
        lag_at_last_acknowledgement,
        max_lag: sampler.max_lag,
        drain_s: drain.as_secs_f64(),
        partition_skew: skew(&partitions),
        partitions,
        batch_bytes_mean,
        batch_records_mean,
        client_value_bytes: totals[0].record_bytes,
        compression_ratio: totals[0].compression_ratio().filter(|_| is_compressed),
        retries: totals[0].retries,
        errors: 0,
        cpu_s,
        peak_memory_bytes,
        rebalance_s: rebalance.as_secs_f64(),
        producer_configuration: effective::of_producer(&producer_config),
        consumer_configuration: effective::of_consumer(&consumer_config),
    };
    Ok(Some(setup.with_rate_remark(result)))
}

/// Beside the results, so that the images go to the disk that the person chose.
fn state_folder(setup: &Setup<'_>) -> Result<PathBuf, PipelineError> {
    let work_dir = &setup.plan.work_dir;
    let folder = Dir::open_or_create(work_dir).at("open the work folder", work_dir)?;
    let state = folder.make_folder(STATE_FOLDER).at("open the folder", &folder.join(STATE_FOLDER))?;
    Ok(state.path().to_owned())
}
