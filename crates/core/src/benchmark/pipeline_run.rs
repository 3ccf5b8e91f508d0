//! The whole pipeline: from the folder to the saved file.
//!
//! The images are sent lap after lap under new names, so that each is decoded, written and listed. The run writes into
//! a temporary folder, which is removed afterwards.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tempfile::TempDir;

use super::client_threads::{Assigned, ClientThreads};
use super::error::BenchmarkError;
use super::plan::{BenchmarkPlan, RunLength};
use super::setup::RunSetup;
use super::statistics::ClientStatistics;
use super::workload::{ClientTotals, Tally, WorkCounts, Workload, latencies, lateness, stages};
use crate::configuration::LoadShape;
use crate::kafka::record_limit::decoded_bytes_max;
use crate::labels::{LabelRule, Labels};
use crate::metrics::recorder::Span;
use crate::metrics::{Gauges, Recorder, Snapshot};
use crate::pipeline::PipelineError;
use crate::pipeline::consumer::{ConsumerSettings, ConsumerStage, FirstOffset};
use crate::pipeline::producer::{Laps, ProducerSettings, ProducerStage, StatisticsSink};
use crate::pipeline::sink::{AtPath, STATE_FOLDER, SinkError};
use crate::pipeline::source::{ListedOnce, ProcessedFiles, SentNames, SourceError};
use crate::results::RunProblem;
use crate::run::cancellation::{Cancellation, Wait};
use crate::run::context::RunContext;
use crate::run::thread_times::ThreadTime;
use crate::work_dir::Dir;

const JOIN_TIMEOUT: Duration = Duration::from_secs(30);

/// One run of the pipeline.
pub(super) struct PipelineRun {
    /// Has its own counters; its notices are those of the whole benchmark.
    context: Arc<RunContext>,
    began: Instant,
    producer_statistics: Arc<ClientStatistics>,
    consumer_statistics: Arc<ClientStatistics>,
    /// The stages are `None` before they start and when they have ended.
    producer: Option<ProducerStage>,
    consumer: Option<ConsumerStage>,
    client_threads: Mutex<ClientThreads>,
    /// Clients of each side.
    clients: (usize, usize),
    /// Removed last.
    outputs: TempDir,
}

impl PipelineRun {
    /// Starts both stages; nothing is sent yet.
    pub(super) fn start(setup: &RunSetup<'_>, exclude: &[PathBuf]) -> Result<Self, BenchmarkError> {
        let outputs = tempfile::Builder::new()
            .prefix("benchmark-")
            .tempdir_in(state_folder(setup.plan)?)
            .map_err(BenchmarkError::TemporaryFolder)?;
        let notices = Arc::clone(setup.run.context);
        let mut context = RunContext::new(Arc::new(move |notice| notices.notify(notice)));
        context.stop = Cancellation::child_of(&[&setup.run.stop]);
        context.recorder.lag.begin(setup.run.partitions());
        let mut started = Self {
            context: Arc::new(context),
            began: Instant::now(),
            producer_statistics: Arc::default(),
            consumer_statistics: Arc::default(),
            producer: None,
            consumer: None,
            client_threads: Mutex::new(ClientThreads::before_clients()),
            clients: (setup.plan.producers, setup.plan.consumers),
            outputs,
        };
        // From here on, an early return drops and thereby stops what has been started. In this order, which
        // shows whose threads those of librdkafka are.
        started.start_producer(setup, exclude)?;
        started.connect_producer();
        started.began = Instant::now();
        started.start_consumer(setup)?;
        Ok(started)
    }

    fn start_consumer(&mut self, setup: &RunSetup<'_>) -> Result<(), BenchmarkError> {
        let settings = ConsumerSettings {
            client: setup.consumer.clone(),
            topic: setup.run.name.clone(),
            members: setup.plan.consumers,
            work_dir: self.outputs.path().to_owned(),
            record_limit_bytes: decoded_bytes_max(Some(setup.topic_message_bytes())),
            first_offset: FirstOffset::default(),
            any_file: setup.plan.any_file,
            count: None,
            statistics: Some(sink(&self.consumer_statistics)),
            dead_letter_topic: None,
            sent_names: None,
        };
        self.consumer = Some(ConsumerStage::start(&self.context, settings)?);
        Ok(())
    }

    fn start_producer(&mut self, setup: &RunSetup<'_>, exclude: &[PathBuf]) -> Result<(), BenchmarkError> {
        let (run, plan) = (setup.run, setup.plan);
        let input = plan.input.canonicalize().unwrap_or_else(|_| plan.input.clone());
        let settings = ProducerSettings {
            client: setup.producer.clone(),
            topic: run.name.clone(),
            record_limit: None,
            encoding: run.configuration.encoding,
            key: run.configuration.key,
            input: input.clone(),
            exclude: exclude.to_vec(),
            selection: plan.selection(),
            producers: plan.producers,
            rate_images_per_s: None,
            // As in transport mode: what is late is caught up, and latency counts from when it was due.
            load_shape: run.rate_per_s.map(LoadShape::constant).or_else(|| plan.pace.load_shape()),
            watch: false,
            resend: true,
            only: None,
            laps: Some(match run.length {
                RunLength::Duration(duration) => Laps::Elapsed(duration),
                RunLength::Images(images) => Laps::Count(images),
            }),
            statistics: Some(sink(&self.producer_statistics)),
        };
        let labels = Labels::open(&LabelRule::default(), &input).map_err(SourceError::from)?;
        let list = ProcessedFiles::open(self.outputs.path())?;
        let names = Arc::new(SentNames::new(list, ListedOnce::Acknowledged));
        self.producer = Some(ProducerStage::start(&self.context, settings, labels, names)?);
        Ok(())
    }

    /// Waits until the producer is connected; if it is not in time, joining fails too.
    fn connect_producer(&self) {
        let is_ready = || self.producer.as_ref().is_none_or(ProducerStage::is_ready);
        self.context.stop.wait_until(Some(Instant::now() + JOIN_TIMEOUT), is_ready);
        self.client_threads.lock().producers_connected();
    }

    fn recorder(&self) -> &Recorder {
        &self.context.recorder
    }

    /// Stops both stages and waits for their threads.
    fn end(&mut self) {
        self.context.stop.request();
        if let Some(producer) = self.producer.take() {
            producer.join();
        }
        if let Some(consumer) = self.consumer.take() {
            consumer.finish();
            consumer.join();
        }
    }
}

impl Workload for PipelineRun {
    fn stop(&self) -> &Cancellation {
        &self.context.stop
    }

    fn gauges(&self) -> Arc<dyn Gauges> {
        Arc::clone(&self.context.recorder) as Arc<dyn Gauges>
    }

    fn now(&self) -> Duration {
        self.recorder().since_start()
    }

    fn join(&self) -> Option<Duration> {
        let (Some(producer), Some(consumer)) = (&self.producer, &self.consumer) else { return None };
        let deadline = Instant::now() + JOIN_TIMEOUT;
        let joined = || consumer.is_assigned() && producer.is_ready();
        let waited = self.context.stop.wait_until(Some(deadline), joined);
        self.client_threads.lock().consumers_joined();
        (waited == Wait::Met).then(|| self.began.elapsed())
    }

    fn client_threads(&self) -> Option<Assigned> {
        let (producers, consumers) = self.clients;
        self.client_threads.lock().assigned(producers, consumers)
    }

    fn ended_threads(&self) -> Vec<ThreadTime> {
        self.context.ended_threads.all()
    }

    fn client_totals(&self) -> ClientTotals {
        let stop = &self.context.stop;
        ClientTotals {
            producer: self.producer_statistics.settled(stop),
            consumer: self.consumer_statistics.settled(stop),
        }
    }

    fn begin(&mut self) -> Result<(), BenchmarkError> {
        if let Some(producer) = &self.producer {
            producer.begin();
        }
        Ok(())
    }

    fn is_sending(&self) -> bool {
        self.producer.as_ref().is_some_and(|producer| !producer.is_finished())
    }

    fn end_sending(&mut self) -> Result<(), BenchmarkError> {
        Ok(())
    }

    fn counts(&self) -> WorkCounts {
        let Recorder { producer, consumer, .. } = self.recorder();
        // In this order, so that a record that is saved in between is not counted as received only.
        let (acknowledged, received) = (producer.acknowledged.get(), consumer.saved.get());
        WorkCounts {
            sent: producer.sent.get(),
            acknowledged,
            acknowledged_bytes: producer.acknowledged_bytes.get(),
            received,
            received_bytes: consumer.saved_bytes.get(),
            lag: acknowledged.saturating_sub(received),
        }
    }

    fn left(&self) -> u64 {
        self.context.outstanding.count()
    }

    fn finish(&mut self) -> Result<(), BenchmarkError> {
        self.end();
        self.context.take_failure().map_or(Ok(()), |failure| Err(PipelineError::from(failure).into()))
    }

    fn tally(&self, stored: i64) -> Tally {
        let recorder = self.recorder();
        let snapshot = self.context.snapshot();
        let (received, missing) = (self.context.outstanding.finished_count(), self.context.outstanding.count());
        // Records on the topic beyond the acknowledged ones are duplicates; received records beyond those were
        // delivered again.
        let duplicates = u64::try_from(stored).unwrap_or(0).saturating_sub(snapshot.acknowledged);
        let again = snapshot.received.saturating_sub(received + snapshot.foreign);
        let last = |span: &Span| span.last().unwrap_or_default();
        Tally {
            sent: snapshot.sent,
            acknowledged: snapshot.acknowledged,
            acknowledged_bytes: snapshot.acknowledged_bytes,
            failed: snapshot.sent.saturating_sub(snapshot.acknowledged),
            received,
            received_bytes: snapshot.saved_bytes,
            missing,
            duplicates,
            redelivered: again.saturating_sub(duplicates),
            producer_span: snapshot.producer_span,
            consumer_span: snapshot.consumer_span,
            last_acknowledged: last(&recorder.producer.span),
            last_received: last(&recorder.consumer.span),
            acknowledgement_latency: latencies(&recorder.producer.acknowledgement_latency),
            end_to_end_latency: latencies(&recorder.consumer.saved_latency),
            lateness: lateness(&recorder.producer.lateness),
            groups: Vec::new(),
            stages: stages(&recorder.stages),
            lag_at_last_acknowledgement: None,
            errors: 0,
            problems: problems(&snapshot, missing),
        }
    }
}

impl Drop for PipelineRun {
    fn drop(&mut self) {
        self.end();
    }
}

fn problems(snapshot: &Snapshot, missing: u64) -> Vec<RunProblem> {
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
    problems
}

fn sink(statistics: &Arc<ClientStatistics>) -> StatisticsSink {
    let statistics = Arc::clone(statistics);
    Arc::new(move |raw| statistics.take_raw(raw))
}

/// In the work folder, so that the images go to the disk that the user chose.
fn state_folder(plan: &BenchmarkPlan) -> Result<PathBuf, SinkError> {
    let work_dir: &Path = &plan.work_dir;
    let folder = Dir::open_or_create(work_dir).at("open the work folder", work_dir)?;
    let state = folder.make_folder(STATE_FOLDER).at("open the folder", &folder.join(STATE_FOLDER))?;
    Ok(state.path().to_owned())
}
