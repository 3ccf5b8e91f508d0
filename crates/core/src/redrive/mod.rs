//! Sends dead letters again: to the topic that they came from, or another.
//!
//! A record is sent with its own key, value and headers; the header `redrive-count` says how often that was done. Letters are
//! sent in groups. Only when a group is acknowledged by all replicas in sync is it marked as sent: in
//! `dead_letters_sent.csv`, or for a dead letter topic by the offsets of a consumer group. So a letter is sent once, and a
//! crash in between leaves at most a duplicate. Nothing is deleted.

mod folder;
mod letter;
mod positions;
mod selection;
mod send;
mod sent_offsets;
mod targets;
mod topic;
mod topic_lock;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use tokio::runtime::Handle;

use crate::broker::BrokerChoice;
use crate::kafka::check::check_settings;
use crate::kafka::control::Control;
use crate::kafka::downtime::while_watched;
use crate::kafka::error::ClientError;
use crate::kafka::topic_name::topic_problem;
use crate::model::client_settings::ClientSettings;
use crate::pipeline::PipelineError;
use crate::run::context::RunContext;
use crate::run::error::SettingsError;
use folder::FolderLetters;
use letter::LetterSource;
use positions::TopicPlace;
pub use selection::Condition;
use topic::TopicLetters;

/// The consumer group whose offsets say which letters of a topic were sent.
pub const REDRIVE_GROUP: &str = "kafka-image-bench-redrive";
/// The most letters that a report lists.
pub const LETTERS_LISTED_MAX: usize = 10_000;

/// Where dead letters are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RedriveSource {
    /// In this work folder.
    Folder(PathBuf),
    /// On a dead letter topic.
    Topic {
        /// Its name.
        topic: String,
        /// The consumer group whose offsets say what was sent.
        group: String,
    },
}

/// What to send again.
#[derive(Clone, Debug, PartialEq)]
pub struct RedrivePlan {
    /// The broker.
    pub broker: BrokerChoice,
    /// How long to wait for the broker at the start, and for the next letter of a topic.
    pub broker_timeout: Duration,
    /// The Kafka client's settings.
    pub client: ClientSettings,
    /// Where the letters are.
    pub source: RedriveSource,
    /// The topic to send to; `None`: the one that each letter came from.
    pub to: Option<String>,
    /// Conditions that a letter has to meet.
    pub conditions: Vec<Condition>,
    /// Send at most so many.
    pub count: Option<u64>,
    /// Leave out letters that were sent again so many times.
    pub max_redrives: Option<u32>,
    /// Also letters that are marked as sent.
    pub again: bool,
    /// Only report what would be sent.
    pub dry_run: bool,
}

/// What became of dead letters that were to be sent again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RedriveReport {
    /// Where they were.
    pub from: RedriveSource,
    /// The topic that was asked for.
    pub to: Option<String>,
    /// Whether nothing was to be sent.
    pub dry_run: bool,
    /// Letters that were looked at.
    pub found: u64,
    /// Letters to send.
    pub selected: u64,
    /// Letters that were sent, acknowledged, and marked as sent.
    pub sent: u64,
    /// Letters that could not be sent.
    pub failed: u64,
    /// Letters that were sent before.
    pub already_sent: u64,
    /// Letters that do not meet the conditions.
    pub not_selected: u64,
    /// Letters that were sent again as often as allowed.
    pub over_max_redrives: u64,
    /// Letters without a value: their batch could not be read, so there is nothing to send.
    pub without_value: u64,
    /// The letters that were selected or have no value, in their order; at most [`LETTERS_LISTED_MAX`].
    pub letters: Vec<RedrivenLetter>,
    /// Letters that are not listed.
    pub not_listed: u64,
}

/// One dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RedrivenLetter {
    /// Where the record came from; `null` where the letter does not name it.
    pub topic: Option<String>,
    /// The partition there.
    pub partition: Option<i32>,
    /// The offset there.
    pub offset: Option<i64>,
    /// The name of the image.
    pub name: Option<String>,
    /// Why it became a dead letter.
    pub reason: String,
    /// How often it was sent again, with this time.
    pub redrive_count: u32,
    /// The topic that it is sent to.
    pub to_topic: Option<String>,
    /// Where it is now; `null` if it was not sent.
    pub to_partition: Option<i32>,
    /// The offset there.
    pub to_offset: Option<i64>,
    /// Why it was not sent.
    pub problem: Option<String>,
}

impl RedrivePlan {
    /// Rejects an invalid plan before anything is started.
    ///
    /// # Errors
    /// The error names the setting and what to do.
    pub fn check(&self) -> Result<(), SettingsError> {
        let refuse = |reason: String| Err(SettingsError(reason));
        let bad =
            |what: &str, name: &str| topic_problem(name).map(|problem| format!("the {what} \"{name}\" {problem}"));
        match &self.source {
            RedriveSource::Folder(folder) if !folder.is_dir() => {
                let what = if folder.exists() { "path is not a folder" } else { "folder does not exist" };
                let folder = folder.display();
                return refuse(format!("the {what}; give the one that has dead_letters.csv with --from: {folder}"));
            }
            RedriveSource::Folder(_) => {}
            RedriveSource::Topic { topic, group } => {
                if let Some(problem) = bad("dead letter topic", topic) {
                    return refuse(problem);
                }
                if group.is_empty() {
                    return refuse("the consumer group has no name; give one with --group".to_owned());
                }
                if self.to.as_ref() == Some(topic) {
                    return refuse(format!("{topic} is the dead letter topic itself; give another --topic"));
                }
            }
        }
        if let Some(problem) = self.to.as_deref().and_then(|to| bad("topic", to)) {
            return refuse(problem);
        }
        if self.count == Some(0) {
            return refuse("--count is 1 or more".to_owned());
        }
        check_settings(&self.client)
    }
}

/// Sends what `plan` asks for; the result so far is in `report`, also after a failure.
///
/// # Errors
/// What ends the run. A single letter that cannot be sent is counted instead.
pub(crate) fn run(
    context: &Arc<RunContext>,
    plan: &RedrivePlan,
    servers: &str,
    runtime: &Handle,
    report: &Mutex<Option<RedriveReport>>,
) -> Result<(), PipelineError> {
    let control = Arc::new(Control::new(context, servers, &plan.client, plan.broker_timeout, runtime.clone())?);
    control.wait_until_reachable()?;
    while_watched(context, &control, || {
        let mut source = open(context, plan, servers, &control)?;
        let sent = send::all(context, plan, servers, &control, &mut *source, report);
        // What was passed over is noted also after a failure.
        let finished = source.finish();
        sent.and(finished)
    })
}

fn open<'a>(
    context: &Arc<RunContext>,
    plan: &'a RedrivePlan,
    servers: &str,
    control: &Control,
) -> Result<Box<dyn LetterSource + 'a>, PipelineError> {
    let writes = !plan.dry_run;
    match &plan.source {
        RedriveSource::Folder(folder) => {
            Ok(Box::new(FolderLetters::open(folder, &plan.conditions, plan.again, writes)?))
        }
        RedriveSource::Topic { topic, group } => {
            let Some(metadata) = control.existing_topic(topic)? else {
                return Err(ClientError::Topic { topic: topic.clone(), reason: "it does not exist".to_owned() }.into());
            };
            let place = TopicPlace { topic, group, metadata: &metadata };
            let patience = (control.patience(), plan.broker_timeout);
            let letters = TopicLetters::open(
                context,
                (servers, &plan.client),
                patience,
                &place,
                &plan.conditions,
                (plan.again, writes),
            )?;
            Ok(Box::new(letters))
        }
    }
}

impl RedriveReport {
    /// Of a redrive that has not begun.
    pub(crate) fn new(plan: &RedrivePlan) -> Self {
        Self {
            from: plan.source.clone(),
            to: plan.to.clone(),
            dry_run: plan.dry_run,
            found: 0,
            selected: 0,
            sent: 0,
            failed: 0,
            already_sent: 0,
            not_selected: 0,
            over_max_redrives: 0,
            without_value: 0,
            letters: Vec::new(),
            not_listed: 0,
        }
    }
}
