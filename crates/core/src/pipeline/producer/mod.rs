//! The producing side: folder, labels, records, acknowledgements.
//!
//! ```text
//! feed ──> encode × n ──> send × m ══> broker
//!            ^                       │ delivery reports
//!            └──── failed ──────── ledger ──> processed_files.txt
//! ```
//!
//! Every image found has a [`Ticket`] until its fate is certain: listed as processed, or rejected. The stage is
//! finished when the folder has been walked and no ticket is left.
//!
//! With a rate or a load, `send` waits before each record, in the order in which the encoders finish. In a replay each
//! image has its own time: the feed hands it on shortly before, and `send` sorts what the encoders have finished by time.

mod due_queue;
mod encode;
mod feed;
mod ledger;
mod pace;
mod replay;
mod seen_names;
mod send;
mod ticket;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use rdkafka::config::ClientConfig;
use rdkafka::error::RDKafkaErrorCode;

use super::PipelineError;
use super::source::{Candidate, Selection, SentNames};
use crate::configuration::{Encoding, LoadShape, RecordKey};
use crate::kafka::error::ClientError;
use crate::kafka::record_limit::RecordLimit;
use crate::labels::{LabelFindings, Labels};
use crate::run::byte_budget::{ByteBudget, BytePermit};
use crate::run::cancellation::{Cancellation, Subscription};
use crate::run::context::RunContext;
use crate::run::stage::Stage;
pub(crate) use encode::record_bytes_max;
use send::RecordSender;
use ticket::{OpenTickets, Ticket};

/// Memory for images in flight, from reading the file to the acknowledgement.
const BUDGET_BYTES: u64 = 96 * 1024 * 1024;
/// Overhead of a record; keeps the number of small records in flight within the client's queue.
const RECORD_OVERHEAD_BYTES: u64 = 2 * 1024;
const ENCODERS: usize = 3;
/// The most clients that send in one process.
pub const PRODUCERS_MAX: usize = 64;

/// Settings of the producing side.
pub struct ProducerSettings {
    /// The client's properties.
    pub client: ClientConfig,
    /// The topic, which exists.
    pub topic: String,
    /// The largest record that is sent; `None`: the client's limit.
    pub record_limit: Option<RecordLimit>,
    /// How images are encoded.
    pub encoding: Encoding,
    /// The keys of the records.
    pub key: RecordKey,
    /// The folder of images.
    pub input: PathBuf,
    /// Paths in the input folder that are not walked: the program's own outputs.
    pub exclude: Vec<PathBuf>,
    /// Which files of the folder are sent.
    pub selection: Selection,
    /// Clients that share the images.
    pub producers: usize,
    /// The most images per second, of all clients together.
    pub rate_images_per_s: Option<f64>,
    /// When images are due, in place of a rate: from then on their latency runs.
    pub load_shape: Option<LoadShape>,
    /// Continue with new files until stopped.
    pub watch: bool,
    /// Also send images that are listed as processed.
    pub resend: bool,
    /// Send only these images, by their listed names, be they listed as processed or not.
    pub only: Option<Arc<BTreeSet<String>>>,
    /// Send the folder repeatedly, for measuring.
    pub laps: Option<Laps>,
    /// Receives the client's statistics.
    pub statistics: Option<StatisticsSink>,
}

/// How long the folder is sent repeatedly. From the second lap on, names contain the lap's number, so that each image
/// is saved as a new one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Laps {
    /// For this time since sending began.
    Elapsed(Duration),
    /// This many images.
    Count(u64),
}

/// Receives a client's statistics as JSON, on the client's thread.
pub type StatisticsSink = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// The running stage. Dropping it stops it and waits for its threads.
pub struct ProducerStage {
    shared: Arc<Shared>,
    stage: Stage,
}

/// An image on its way through the stage.
struct Work {
    candidate: Candidate,
    attempt: u32,
    ticket: Ticket,
    /// When it is due in a replay, on the recorder's clock.
    due: Option<Duration>,
}

/// An image as a record.
struct Encoded {
    work: Work,
    annotation: String,
    image_bytes: u64,
    content_sha256: [u8; 32],
    objects: Option<ObjectsHeaders>,
    value: Vec<u8>,
    permit: BytePermit,
    /// How long reading took, and what was done apart from it.
    times: [Duration; 2],
}

/// The headers of the objects on an image.
struct ObjectsHeaders {
    /// `objects`.
    json: String,
    /// `objects-frame`.
    frame_json: String,
}

/// Shared by the stage's threads.
struct Shared {
    context: Arc<RunContext>,
    /// Stops this stage, with its run or alone.
    stop: Cancellation,
    /// Requested with `stop`, or when all images are settled.
    over: Cancellation,
    /// Wakes waits for the stage's end.
    _end_wakes_run: Subscription,
    settings: ProducerSettings,
    labels: Labels,
    sent_names: Arc<SentNames>,
    tickets: Arc<OpenTickets>,
    budget: Arc<ByteBudget>,
    /// Clients that are not connected yet, or have no producer id.
    unready: AtomicUsize,
    began: OnceLock<Instant>,
    /// The time of the first record, from which a load counts.
    load_began: OnceLock<Duration>,
}

impl Shared {
    /// Whether all images are settled, or the stage is stopping.
    fn is_over(&self) -> bool {
        self.over.is_requested()
    }

    /// Ends the run: this user may not write to the topic. No image is rejected, and the next run sends the rest.
    fn deny(&self, code: RDKafkaErrorCode) {
        if !self.context.has_failed() {
            let what = format!("write to the topic {}", self.settings.topic);
            self.context.fail(ClientError::Denied { what, code });
        }
    }

    fn reject(&self, work: Work, reason: &str) {
        let name = work.candidate.listed_name;
        self.context.recorder.producer.rejected.add_one();
        self.context.notify(crate::model::notice::Notice::Rejected { name, reason: reason.to_owned() });
        drop(work.ticket);
    }
}

impl ProducerStage {
    /// Starts the stage's threads. Nothing is sent before [`Self::begin`].
    pub fn start(
        context: &Arc<RunContext>,
        settings: ProducerSettings,
        labels: Labels,
        sent_names: Arc<SentNames>,
    ) -> Result<Self, PipelineError> {
        // Before the channels, so that an early return drops their ends before it waits for the threads.
        let mut stage = Stage::new(context);
        let over = Cancellation::child_of(&[stage.cancellation()]);
        let run = context.stop.clone();
        let shared = Arc::new(Shared {
            context: Arc::clone(context),
            stop: stage.cancellation().clone(),
            _end_wakes_run: over.on_request(move || run.notify()),
            unready: AtomicUsize::new(settings.producers),
            settings,
            labels,
            sent_names,
            tickets: Arc::new(OpenTickets::new(&over)),
            over,
            budget: ByteBudget::new(BUDGET_BYTES),
            began: OnceLock::new(),
            load_began: OnceLock::new(),
        });
        report_returned(context, &shared.sent_names.returned());
        let (work_sender, work) = bounded(64);
        let (encoded_sender, encoded) = bounded(64);
        // The budget keeps the records in flight below this, so that the client's callback never waits.
        let in_flight_max = usize::try_from(BUDGET_BYTES / RECORD_OVERHEAD_BYTES).unwrap_or(usize::MAX);
        let (delivered_sender, delivered) = bounded(in_flight_max);

        let (feeding, feed_to) = (Arc::clone(&shared), work_sender.clone());
        stage.spawn("source", move || feed::run(&feeding, &feed_to))?;
        for index in 0..ENCODERS {
            let (shared, work, encoded) = (Arc::clone(&shared), work.clone(), encoded_sender.clone());
            stage.spawn(format!("encode-{index}"), move || -> Result<(), PipelineError> {
                encode::run(&shared, &work, &encoded);
                Ok(())
            })?;
        }
        for index in 0..shared.settings.producers {
            let name = if index == 0 { "send".to_owned() } else { format!("send-{}", index + 1) };
            let sender = RecordSender::new(&shared, index, &delivered_sender);
            let encoded = encoded.clone();
            stage.spawn(name, move || sender.run(&encoded))?;
        }
        drop((encoded, delivered_sender));
        let settling = Arc::clone(&shared);
        stage.spawn("ledger", move || ledger::run(&settling, &delivered, &work_sender))?;
        Ok(Self { shared, stage })
    }

    /// Whether the clients are connected and have their producer ids, so that records are sent without delay.
    pub fn is_ready(&self) -> bool {
        self.shared.unready.load(Ordering::Acquire) == 0
    }

    /// Begins sending.
    pub fn begin(&self) {
        self.shared.began.get_or_init(Instant::now);
        self.shared.over.notify();
    }

    /// Whether every image found has been acknowledged and listed, or rejected, and the folder has been walked.
    pub fn is_finished(&self) -> bool {
        self.shared.tickets.all_settled()
    }

    /// What the labels had for the images so far; `None`: they have no objects.
    pub fn label_findings(&self) -> Option<LabelFindings> {
        self.shared.labels.findings()
    }

    /// Whether all threads have ended.
    pub fn has_ended(&self) -> bool {
        self.stage.has_ended()
    }

    /// Waits for the threads to end.
    pub fn join(self) {
        self.stage.join();
    }
}

/// Reports the images that are sent again because their records could not be read.
fn report_returned(context: &RunContext, returned: &[String]) {
    const NAMED_MAX: usize = 10;
    if returned.is_empty() {
        return;
    }
    let mut names = returned.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if returned.len() > NAMED_MAX {
        names.push_str(&format!(" and {} more, which are in the log", returned.len() - NAMED_MAX));
        returned.iter().for_each(|name| tracing::info!("sent again after a dead letter: {name}"));
    }
    let images = if returned.len() == 1 { "1 image".to_owned() } else { format!("{} images", returned.len()) };
    context.notify(crate::model::notice::Notice::warning(format!(
        "{images} will be sent again, because the records sent before became dead letters: {names}"
    )));
}
