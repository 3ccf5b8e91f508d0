//! The consuming side: records, images, files, offsets.
//!
//! ```text
//! broker ══> member × n ──> worker × 8 ──> save ──> output_images/, annotation.csv, dead_letters/
//!              ^   poll       decode, write    │ rows, once a group
//!              └───────── tracker <────────────┘ finished: store the offset, commit
//! ```
//!
//! An offset is stored only when everything before it on its partition is durable, so that the next run receives what
//! is missing, however the program ends.

mod dead_letter_topic;
mod delivery;
mod letter_order;
mod member;
mod member_context;
mod prepare;
mod save;
mod saved_batch;
mod start;
mod stuck;
mod tracker;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::bounded;
use parking_lot::Mutex;
use rdkafka::config::ClientConfig;

use super::PipelineError;
use super::producer::StatisticsSink;
use super::sink::{DeadLetters, ImageRecords, ImageStore};
use super::source::SentNames;
use crate::model::client_settings::ClientSettings;
use crate::run::byte_budget::ByteBudget;
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;
use crate::run::stage::Stage;
use dead_letter_topic::DeadLetterTopic;
use save::DeadLetterSinks;
use saved_batch::SavedBatch;

pub use start::FirstOffset;
pub use stuck::Unread;

/// Memory that records may take between the client's queue and the disk.
const BUDGET_BYTES: u64 = 48 * 1024 * 1024;
/// Threads that decode and write, over all members. They mostly wait for the disk.
const WORKERS: usize = 8;
/// The most members in one process.
pub const MEMBERS_MAX: usize = 64;
/// Prepared records that may wait for the saving thread.
const PREPARED_MAX: usize = 512;

/// Settings of the consuming side.
pub struct ConsumerSettings {
    /// The client's properties, including the group.
    pub client: ClientConfig,
    /// The topic, which exists.
    pub topic: String,
    /// The number of members that join the group.
    pub members: usize,
    /// Where the outputs go.
    pub work_dir: PathBuf,
    /// Records with a larger value, in bytes, go to the dead letters undecoded.
    pub record_limit_bytes: usize,
    /// Where to begin on a partition without a committed offset.
    pub first_offset: FirstOffset,
    /// Save files of any kind, not only images.
    pub any_file: bool,
    /// Stop after this many records.
    pub count: Option<u64>,
    /// Receives the clients' statistics.
    pub statistics: Option<StatisticsSink>,
    /// Where dead letters go besides the work folder.
    pub dead_letter_topic: Option<DeadLetterTopicSettings>,
    /// The names of the images that this run sends.
    pub sent_names: Option<Arc<SentNames>>,
}

/// A topic for dead letters; it exists.
#[derive(Clone)]
pub struct DeadLetterTopicSettings {
    /// Its name.
    pub topic: String,
    /// The cluster.
    pub bootstrap_servers: String,
    /// The run's client settings.
    pub client: ClientSettings,
    /// The largest record that it takes.
    pub message_max_bytes: u64,
}

/// The running stage. Dropping it is [`ConsumerStage::finish`] and [`ConsumerStage::join`].
pub struct ConsumerStage {
    shared: Arc<Shared>,
    stage: Stage,
}

/// Shared by the stage's threads.
struct Shared {
    context: Arc<RunContext>,
    /// Stops this stage, with its run or alone.
    stop: Cancellation,
    settings: ConsumerSettings,
    store: ImageStore,
    budget: Arc<ByteBudget>,
    taken: AtomicU64,
    is_assigned: AtomicBool,
    last_activity_nanos: AtomicU64,
    /// The number of the last position check that was requested.
    checks_wanted: AtomicU64,
    checked: Mutex<Checked>,
    /// Unreadable batches that were skipped.
    skipped: AtomicU64,
}

/// The members' results of the position check `number`.
#[derive(Default)]
struct Checked {
    number: u64,
    answers: usize,
    unread: Vec<Unread>,
}

impl Shared {
    fn is_over(&self) -> bool {
        self.stop.is_requested() || self.count_is_reached()
    }

    fn count_is_reached(&self) -> bool {
        self.settings.count.is_some_and(|count| self.taken.load(Ordering::Acquire) >= count)
    }

    /// Claims one of the records that `count` allows.
    fn take_one(&self) -> bool {
        let Some(count) = self.settings.count else { return true };
        let next = |taken| (taken < count).then_some(taken + 1);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).is_ok()
    }

    /// A member's result of the position check `number`.
    fn answer_check(&self, number: u64, unread: Vec<Unread>) {
        let mut checked = self.checked.lock();
        if checked.number == number {
            checked.answers += 1;
            checked.unread.extend(unread);
        }
    }

    /// Whether images are listed as sent when their records are settled.
    fn lists_settled(&self) -> bool {
        self.settings.sent_names.as_ref().is_some_and(|names| names.is_for_settled())
    }

    fn note_activity(&self) {
        let nanos = u64::try_from(self.context.recorder.since_start().as_nanos()).unwrap_or(u64::MAX);
        self.last_activity_nanos.fetch_max(nanos, Ordering::AcqRel);
    }
}

impl ConsumerStage {
    /// Opens the outputs in the work folder and starts the stage's threads.
    pub fn start(context: &Arc<RunContext>, settings: ConsumerSettings) -> Result<Self, PipelineError> {
        let (store, committer) = ImageStore::open(&settings.work_dir)?;
        let group = settings.client.get("group.id").unwrap_or_default();
        let topic = settings.dead_letter_topic.as_ref().map(|topic| DeadLetterTopic::open(context, topic, group));
        let dead_letters =
            DeadLetterSinks { folder: DeadLetters::open(&settings.work_dir)?, topic: topic.transpose()? };
        let batch = SavedBatch::new(ImageRecords::open(&store)?, &settings.topic);
        let members = settings.members.max(1);
        // Before the channels, so that an early return drops their ends before it waits for the threads.
        let mut stage = Stage::new(context);
        let shared = Arc::new(Shared {
            context: Arc::clone(context),
            stop: stage.cancellation().clone(),
            settings,
            store,
            budget: ByteBudget::new(BUDGET_BYTES),
            taken: AtomicU64::new(0),
            is_assigned: AtomicBool::new(false),
            last_activity_nanos: AtomicU64::new(0),
            checks_wanted: AtomicU64::new(0),
            checked: Mutex::default(),
            skipped: AtomicU64::new(0),
        });
        let (prepared_sender, prepared) = bounded(PREPARED_MAX);
        let saving = Arc::clone(&shared);
        stage.spawn("save", move || save::run(&saving, committer, batch, dead_letters, &prepared))?;
        let workers = (WORKERS / members).max(2);
        for index in 1..=members {
            let (shared, prepared) = (Arc::clone(&shared), prepared_sender.clone());
            let name = format!("consumer-{index}");
            stage.spawn(name.clone(), move || member::run(&shared, &name, workers, prepared))?;
        }
        Ok(Self { shared, stage })
    }

    /// Whether a member has its assignment, which may be empty.
    pub fn is_assigned(&self) -> bool {
        self.shared.is_assigned.load(Ordering::Acquire)
    }

    /// Time since a partition was assigned, or a record received or saved.
    pub fn idle_for(&self) -> Duration {
        let last = Duration::from_nanos(self.shared.last_activity_nanos.load(Ordering::Acquire));
        self.shared.context.recorder.since_start().saturating_sub(last)
    }

    /// Restarts the idle time, while the broker does not answer.
    pub fn note_activity(&self) {
        self.shared.note_activity();
    }

    /// Requests a position check: the members compare their positions with the ends of their partitions, skip what
    /// cannot be read, and count what was deleted. Returns what is left to read; `None` until all members are done:
    /// then call it again. The next call after a result requests a new check.
    pub fn unread(&self) -> Option<Vec<Unread>> {
        let mut checked = self.shared.checked.lock();
        let wanted = self.shared.checks_wanted.load(Ordering::Acquire);
        if checked.number < wanted || wanted == 0 {
            *checked = Checked { number: wanted + 1, ..Checked::default() };
            self.shared.checks_wanted.store(wanted + 1, Ordering::Release);
            return None;
        }
        if checked.answers < self.shared.settings.members.max(1) {
            return None;
        }
        let unread = std::mem::take(&mut checked.unread);
        checked.number = 0;
        Some(unread)
    }

    /// Asks the members to finish the records that they have, commit, and leave the group.
    pub fn finish(&self) {
        self.shared.stop.request();
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
