//! The images of any topic, page by page, without side effects: no group is joined and nothing is committed.
//!
//! A page ends at the partitions' ends as they were when it was started, so that a producer that never pauses does not
//! delay it. Its memory is bounded by its budget, by what the client prefetches (16 MiB), and by one record.

mod bounds;
mod client;
mod facts;
mod kept;
mod newest;
mod page;
mod partition_shares;
mod record;
mod save;
mod tail;
mod timeline;
mod topic_list;
mod value_kind;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::kafka::error::ClientError;
use crate::model::broker_choice::BrokerChoice;
use crate::model::client_settings::ClientSettings;
use crate::pipeline::sink::SinkError;
use crate::query::{Query, UnknownFacts};
use crate::run::cancellation::Cancellation;
use crate::run::error::{RunEnding, RunFailure, SettingsError};
use crate::trace::Trace;

pub use save::{SavedFiles, save};
pub use tail::{TAIL_BATCH_MAX, TailBatch, tail};
pub use timeline::{Timeline, timeline};
pub use topic_list::{TopicDetails, TopicList, TopicSettings, topic_list};
pub use value_kind::ValueKind;

/// The most records of a page.
pub const COUNT_MAX: usize = 10_000;
/// The default limit for the values that a page keeps, in bytes.
pub const BUDGET_BYTES: usize = 128 * 1024 * 1024;
/// The most that is kept of a damaged record's value, in bytes.
pub const PREVIEW_BYTES: usize = 4 * 1024;

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSummary {
    /// Its name.
    pub name: String,
    /// Its number of partitions.
    pub partitions: i32,
    /// End offsets minus begin offsets, over the partitions that answer: the number of records, or more if the topic is
    /// compacted or has transactions.
    pub records: u64,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowseFrom {
    /// At the first existing records.
    Beginning,
    /// The newest records of the selected partitions, by timestamp.
    Latest,
    /// At this offset of each selected partition.
    Offset(i64),
    /// At the first record of each selected partition that is not older.
    Time(jiff::Timestamp),
}

/// What to read.
#[derive(Clone, Debug, PartialEq)]
pub struct BrowsePlan {
    /// The topic.
    pub topic: String,
    /// One partition; `None`: all.
    pub partition: Option<i32>,
    /// Where to begin.
    pub from: BrowseFrom,
    /// Number of records, 1 to [`COUNT_MAX`]; of those that match, where there is a query.
    pub count: usize,
    /// Which records; `None`: all.
    pub query: Option<Query>,
    /// Only records that hold no image, or that the client cannot read.
    pub only_damaged: bool,
    /// What the page keeps of values.
    pub values: KeptValues,
    /// The limit for the values that the page keeps, in bytes. A single larger record is still kept.
    pub budget_bytes: usize,
    /// How long to wait for an answer of the broker, or for the next record.
    pub timeout: Duration,
}

impl Default for BrowsePlan {
    fn default() -> Self {
        Self {
            topic: "image-data".to_owned(),
            partition: None,
            from: BrowseFrom::Beginning,
            count: 100,
            query: None,
            only_damaged: false,
            values: KeptValues::default(),
            budget_bytes: BUDGET_BYTES,
            timeout: Duration::from_secs(30),
        }
    }
}

/// What a page keeps of the values of its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptValues {
    /// Images, and the beginning of other values.
    #[default]
    Images,
    /// Only what they are: a list of records has room for many of them, however large their values are.
    Nothing,
    /// All of each value, also where it holds an image; and keys and headers up to 64 KiB each.
    Whole,
}

/// The most headers that are kept of a record.
pub const HEADERS_MAX: usize = 64;

/// The beginning of a key or of a header's value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldPreview {
    /// As text on one line, or as `0x…` if it is not text; truncated if it is long.
    pub text: String,
    /// Size of the whole in bytes.
    pub bytes: u64,
}

/// A record, whether it holds an image or not.
#[derive(Clone, Debug, PartialEq)]
pub struct BrowsedRecord {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its timestamp, milliseconds since 1970-01-01 UTC.
    pub timestamp_millis: Option<i64>,
    /// Size of its value in bytes, as transferred.
    pub value_bytes: u64,
    /// The header `file-name`.
    pub file_name: Option<String>,
    /// The header `sent-at-micros`.
    pub sent_at_micros: Option<i64>,
    /// Its key.
    pub key: Option<FieldPreview>,
    /// Its headers in order, at most [`HEADERS_MAX`]; a header may have no value.
    pub headers: Vec<(String, Option<FieldPreview>)>,
    /// Number of headers that are not kept.
    pub more_headers: usize,
    /// `json`, `raw` (an image's bytes with the header `annotation`), or `bare image` (without); `None` if there is no
    /// image.
    pub encoding: Option<&'static str>,
    /// What its value is.
    pub kind: ValueKind,
    /// The image, or why there is none.
    pub content: Result<BrowsedImage, String>,
    /// The beginning of the value of a record without an image, at most [`PREVIEW_BYTES`]; with [`KeptValues::Whole`] the
    /// value of any record, with [`KeptValues::Nothing`] of none.
    pub raw: Option<Arc<[u8]>>,
}

/// The image of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowsedImage {
    /// The image file's own bytes; empty with [`KeptValues::Nothing`].
    pub bytes: Arc<[u8]>,
    /// Its label; empty for a bare image.
    pub annotation: String,
    /// Whether the bytes have the SHA-256 of the header `content-sha256`; `None` without that header.
    pub bytes_as_sent: Option<bool>,
    /// The header `objects`, unchanged.
    pub objects_json: Option<String>,
}

/// The result of reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrowsePage {
    /// The records by partition and offset.
    pub records: Vec<BrowsedRecord>,
    /// Whether no records followed them when the page was started.
    pub end_reached: bool,
    /// Whether the budget excluded records: later ones, or older ones for [`BrowseFrom::Latest`].
    pub cut_by_budget: bool,
    /// Where the next page continues: each partition and its offset.
    pub next: Vec<(i32, i64)>,
    /// Deviations from the request, in whole sentences without a full stop: offsets that do not exist, a broker that
    /// stopped answering.
    pub remarks: Vec<String>,
    /// How many records were compared with the plan's query, and what was not known of them; `None` without a query.
    pub compared: Option<UnknownFacts>,
}

/// A run of the engine that reads records and sends them as events, page by page.
#[derive(Clone, Debug, PartialEq)]
pub struct BrowseRun {
    /// The broker.
    pub broker: BrokerChoice,
    /// The Kafka client's settings.
    pub client: ClientSettings,
    /// What to read.
    pub plan: BrowsePlan,
    /// The folder into which the values are written as files; `None`: they are not written.
    pub save: Option<PathBuf>,
}

impl BrowsePlan {
    /// Whether some records are left out, so that a page may have to read far more than it keeps.
    fn is_selective(&self) -> bool {
        self.query.is_some() || self.only_damaged
    }

    /// Rejects an invalid plan before anything is requested.
    ///
    /// # Errors
    /// The error names the setting and what to do.
    pub fn check(&self) -> Result<(), SettingsError> {
        let refuse = |reason: String| Err(SettingsError(reason));
        if self.topic.is_empty() {
            return refuse("the topic has no name; give one with --topic".to_owned());
        }
        if !(1..=COUNT_MAX).contains(&self.count) {
            return refuse(format!("a page has 1 to {COUNT_MAX} records, not {}", self.count));
        }
        if let Some(partition) = self.partition.filter(|&partition| partition < 0) {
            return refuse(format!("partitions are numbered from 0; there is no partition {partition}"));
        }
        match self.from {
            BrowseFrom::Offset(offset) if offset < 0 => refuse(format!("an offset is 0 or more, not {offset}")),
            _ => Ok(()),
        }
    }
}

/// Topics of the cluster by name, without the internal ones (`__…`).
///
/// # Errors
/// [`ClientError::Unreachable`] with the client's last message, or settings that it rejects.
pub fn topics(
    bootstrap_servers: &str,
    client: &ClientSettings,
    timeout: Duration,
) -> Result<Vec<TopicSummary>, ClientError> {
    bounds::topics(&client::Reader::open(bootstrap_servers, client, timeout, None, &Cancellation::default())?)
}

/// Reads the page that `plan` describes. A stop ends it at once, with [`crate::run::error::RunError::Stopped`].
///
/// # Errors
/// [`ClientError::Topic`] for a topic or a partition that does not exist or may not be read,
/// [`ClientError::Unreachable`] if nothing arrives within the plan's timeout.
pub fn read(
    bootstrap_servers: &str,
    client: &ClientSettings,
    plan: &BrowsePlan,
    stop: &Cancellation,
) -> Result<BrowsePage, ClientError> {
    page::read(bootstrap_servers, client, plan, None, PREVIEW_BYTES, stop)
}

/// Reads the page after the one whose `next` is given; the plan's [`BrowseFrom`] is then ignored.
///
/// # Errors
/// As [`read`].
pub fn read_next(
    bootstrap_servers: &str,
    client: &ClientSettings,
    plan: &BrowsePlan,
    next: &[(i32, i64)],
    stop: &Cancellation,
) -> Result<BrowsePage, ClientError> {
    page::read(bootstrap_servers, client, plan, Some(next), PREVIEW_BYTES, stop)
}

/// Reads the record of `topic` at one partition and offset, with its whole value.
///
/// # Errors
/// As [`read`]; [`ClientError::Topic`] where the record no longer exists.
pub fn read_record(
    bootstrap_servers: &str,
    client: &ClientSettings,
    topic: &str,
    (partition, offset): (i32, i64),
    timeout: Duration,
    stop: &Cancellation,
) -> Result<BrowsedRecord, ClientError> {
    let plan = BrowsePlan {
        topic: topic.to_owned(),
        partition: Some(partition),
        from: BrowseFrom::Offset(offset),
        count: 1,
        values: KeptValues::Whole,
        timeout,
        ..BrowsePlan::default()
    };
    let page = page::read(bootstrap_servers, client, &plan, None, usize::MAX, stop)?;
    page.records.into_iter().find(|record| record.offset == offset).ok_or_else(|| ClientError::Topic {
        topic: topic.to_owned(),
        reason: format!("its partition {partition} no longer has a record at offset {offset}"),
    })
}

/// Why a run that reads records cannot continue.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrowseError {
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Writing the records as files failed.
    #[error(transparent)]
    Save(#[from] SinkError),
}

impl RunFailure for BrowseError {
    fn ending(&self) -> RunEnding {
        match self {
            Self::Client(error) => error.ending(),
            Self::Save(_) => RunEnding::Failed,
        }
    }

    fn trace(&self) -> Option<&Trace> {
        match self {
            Self::Client(error) => error.trace(),
            Self::Save(error) => error.trace(),
        }
    }
}

/// Reads the records of `run`: one page, or several if the budget cuts them short. If they are saved into a folder,
/// damaged records are kept whole.
pub(crate) fn run(
    bootstrap_servers: &str,
    run: &BrowseRun,
    stop: &Cancellation,
    show: impl Fn(BrowsePage, Option<SavedFiles>),
) -> Result<(), BrowseError> {
    let raw_limit_bytes = if run.save.is_some() { usize::MAX } else { PREVIEW_BYTES };
    let mut plan = run.plan.clone();
    let mut next: Option<Vec<(i32, i64)>> = None;
    loop {
        let page = page::read(bootstrap_servers, &run.client, &plan, next.as_deref(), raw_limit_bytes, stop)?;
        let saved = run.save.as_deref().map(|folder| save(&page, &plan.topic, folder)).transpose()?;
        let left = plan.count.saturating_sub(page.records.len());
        let has_more = page.cut_by_budget && plan.from != BrowseFrom::Latest && left > 0;
        next = Some(page.next.clone());
        show(page, saved);
        if !has_more {
            return Ok(());
        }
        plan.count = left;
    }
}
