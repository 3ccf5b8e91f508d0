//! The images of any topic, page by page, without a trace: no group is joined and nothing is committed.
//!
//! A page ends at the partitions' ends as they were when it was begun, so that a producer that never pauses does not
//! hold it up. Its memory is bounded by its budget, by what the client fetches ahead (16 MiB), and by one record.

mod allot;
mod bounds;
mod client;
mod newest;
mod page;
mod record;
mod save;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::broker::BrokerChoice;
use crate::kafka::error::ClientError;
use crate::model::client_settings::ClientSettings;
use crate::pipeline::PipelineError;
use crate::run::cancellation::Cancellation;

pub use save::{SavedFiles, save};

/// Records of one page at most.
pub const COUNT_MAX: usize = 10_000;
/// What a page keeps of values, in bytes, unless another limit is given.
pub const BUDGET_BYTES: usize = 128 * 1024 * 1024;
/// What is kept of a damaged record's value, in bytes.
pub const PREVIEW_BYTES: usize = 4 * 1024;

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSummary {
    /// Its name.
    pub name: String,
    /// Its number of partitions.
    pub partitions: i32,
    /// End offsets less begin offsets, over the partitions that answer: the number of records, or more where the topic
    /// is compacted or was written in transactions.
    pub records: u64,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowseFrom {
    /// At the first records that there are.
    Beginning,
    /// The newest records over the chosen partitions, by timestamp.
    Latest,
    /// At this offset of each chosen partition.
    Offset(i64),
    /// At the first record of each chosen partition that is not older.
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
    /// Records of the page, 1 to [`COUNT_MAX`].
    pub count: usize,
    /// What the page keeps of values, in bytes. A single record that is larger is kept all the same.
    pub budget_bytes: usize,
    /// For how long an answer of the broker, or the next record, is waited for.
    pub timeout: Duration,
}

impl Default for BrowsePlan {
    fn default() -> Self {
        Self {
            topic: "image-data".to_owned(),
            partition: None,
            from: BrowseFrom::Beginning,
            count: 100,
            budget_bytes: BUDGET_BYTES,
            timeout: Duration::from_secs(30),
        }
    }
}

/// Headers that are kept of a record.
pub const HEADERS_MAX: usize = 64;

/// The beginning of a key or of a header's value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldPreview {
    /// As text on one line, or as `0x…` where it is no text; cut where it is long.
    pub text: String,
    /// Bytes of the whole.
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
    /// Bytes of its value, as it travels.
    pub value_bytes: u64,
    /// The header `file-name`.
    pub file_name: Option<String>,
    /// The header `sent-at-micros`.
    pub sent_at_micros: Option<i64>,
    /// Its key.
    pub key: Option<FieldPreview>,
    /// Its headers in their order, at most [`HEADERS_MAX`]; a header may have no value.
    pub headers: Vec<(String, Option<FieldPreview>)>,
    /// Headers that are not kept.
    pub more_headers: usize,
    /// `json`, `raw` (an image's bytes with the header `annotation`), or `bare image` (without); `None` where there is no
    /// image.
    pub encoding: Option<&'static str>,
    /// The image, or why there is none.
    pub content: Result<BrowsedImage, String>,
    /// The beginning of the value of a record without an image, at most [`PREVIEW_BYTES`].
    pub raw: Option<Arc<[u8]>>,
}

/// The image of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowsedImage {
    /// The image file's own bytes.
    pub bytes: Arc<[u8]>,
    /// Its label; empty for a bare image.
    pub annotation: String,
    /// Whether the bytes have the SHA-256 of the header `content-sha256`; `None` without that header.
    pub bytes_as_sent: Option<bool>,
    /// The header `objects`, as it is.
    pub objects_json: Option<String>,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrowsePage {
    /// The records by partition and offset.
    pub records: Vec<BrowsedRecord>,
    /// Whether nothing was waiting after them when the page was begun.
    pub end_reached: bool,
    /// Whether the budget kept records out: later ones, or of [`BrowseFrom::Latest`] older ones.
    pub cut_by_budget: bool,
    /// Where the next page goes on: each partition and its offset.
    pub next: Vec<(i32, i64)>,
    /// What was not as asked for, in whole sentences without a full stop: offsets that do not exist, a broker that fell
    /// silent on the way.
    pub remarks: Vec<String>,
}

/// A run of the engine that reads records and tells them as events, page by page.
#[derive(Clone, Debug, PartialEq)]
pub struct BrowseRun {
    /// The broker.
    pub broker: BrokerChoice,
    /// The Kafka client's settings.
    pub client: ClientSettings,
    /// What to read.
    pub plan: BrowsePlan,
    /// Where the values are written as files; `None`: nowhere.
    pub save: Option<PathBuf>,
}

impl BrowsePlan {
    /// Refuses what cannot work, before anything is asked for.
    ///
    /// # Errors
    /// [`ClientError::Settings`] names the setting and what to do.
    pub fn check(&self) -> Result<(), ClientError> {
        let refuse = |reason: String| Err(ClientError::Settings(reason));
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
/// [`ClientError::Unreachable`] with what the client reported last, or settings that it refuses.
pub fn topics(
    bootstrap_servers: &str,
    client: &ClientSettings,
    timeout: Duration,
) -> Result<Vec<TopicSummary>, ClientError> {
    bounds::topics(&client::Reader::open(bootstrap_servers, client, timeout, None, &Cancellation::default())?)
}

/// Reads the page that `plan` describes. Stopping ends it at once, with [`crate::run::error::RunError::Stopped`].
///
/// # Errors
/// [`ClientError::Topic`] for a topic or a partition that is not there or may not be read,
/// [`ClientError::Unreachable`] when nothing comes for the plan's timeout.
pub fn read(
    bootstrap_servers: &str,
    client: &ClientSettings,
    plan: &BrowsePlan,
    stop: &Cancellation,
) -> Result<BrowsePage, ClientError> {
    page::read(bootstrap_servers, client, plan, None, PREVIEW_BYTES, stop)
}

/// Reads the page after the one whose `next` is given; the plan's [`BrowseFrom`] does not matter then.
///
/// # Errors
/// As of [`read`].
pub fn read_on(
    bootstrap_servers: &str,
    client: &ClientSettings,
    plan: &BrowsePlan,
    next: &[(i32, i64)],
    stop: &Cancellation,
) -> Result<BrowsePage, ClientError> {
    page::read(bootstrap_servers, client, plan, Some(next), PREVIEW_BYTES, stop)
}

/// Reads what `run` asks for: one page, or several where the budget cuts them. With a folder to save into, damaged
/// records are kept whole.
///
/// # Errors
/// As of [`read`], and what the folder refuses.
pub fn run(
    bootstrap_servers: &str,
    run: &BrowseRun,
    stop: &Cancellation,
    tell: impl Fn(BrowsePage, Option<SavedFiles>),
) -> Result<(), PipelineError> {
    let raw_limit_bytes = if run.save.is_some() { usize::MAX } else { PREVIEW_BYTES };
    let mut plan = run.plan.clone();
    let mut next: Option<Vec<(i32, i64)>> = None;
    loop {
        let page = page::read(bootstrap_servers, &run.client, &plan, next.as_deref(), raw_limit_bytes, stop)?;
        let saved = run.save.as_deref().map(|folder| save(&page, &plan.topic, folder)).transpose()?;
        let left = plan.count.saturating_sub(page.records.len());
        let goes_on = page.cut_by_budget && plan.from != BrowseFrom::Latest && left > 0;
        next = Some(page.next.clone());
        tell(page, saved);
        if !goes_on {
            return Ok(());
        }
        plan.count = left;
    }
}
