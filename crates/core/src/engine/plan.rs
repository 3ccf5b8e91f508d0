//! What a run will do, complete and checked before anything starts.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::benchmark::plan::{BenchmarkPlan, RATE_MIN};
use crate::broker::{BrokerChoice, DataPlace};
use crate::browse::BrowseRun;
use crate::configuration::{Encoding, LoadShape, RecordKey};
use crate::export::{ExportPlan, ExportSource};
use crate::groups::ResetRun;
use crate::kafka::check::check_settings;
use crate::kafka::topic_name::topic_problem;
use crate::labels::LabelRule;
use crate::lag::LagPlan;
use crate::model::client_settings::ClientSettings;
use crate::pipeline::consumer::MEMBERS_MAX;
use crate::pipeline::producer::PRODUCERS_MAX;
use crate::pipeline::source::Selection;
use crate::redrive::RedrivePlan;
use crate::results::stream::read_stream;
use crate::run::error::SettingsError;

/// What a run does.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// Sends, receives, or both.
    Stream(Box<StreamPlan>),
    /// Serves the embedded broker until stopped.
    Serve(ServePlan),
    /// Measures configurations.
    Benchmark(Box<BenchmarkPlan>),
    /// Watches a group's lag.
    Lag(Box<LagPlan>),
    /// Reads a topic's records, without a group.
    Browse(Box<BrowseRun>),
    /// Resets the committed offsets of a group.
    Reset(Box<ResetRun>),
    /// Sends dead letters again.
    Redrive(Box<RedrivePlan>),
    /// Writes a training set.
    Export(Box<ExportPlan>),
    /// Finds out what a run would do.
    DryRun(DryRunPlan),
}

/// The run that is only looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum DryRunPlan {
    /// A run of the pipeline.
    Stream(Box<StreamPlan>),
    /// A benchmark.
    Benchmark(Box<BenchmarkPlan>),
}

impl Plan {
    /// Whether the run uses the embedded broker.
    pub fn is_on_embedded_broker(&self) -> bool {
        let broker = match self {
            Self::Stream(plan) => &plan.broker,
            Self::Serve(_) => return true,
            Self::Benchmark(plan) => &plan.broker,
            Self::Lag(plan) => &plan.broker,
            Self::Browse(run) => &run.broker,
            Self::Reset(run) => &run.broker,
            Self::Redrive(plan) => &plan.broker,
            Self::Export(plan) if matches!(plan.source, ExportSource::Folder(_)) => return false,
            Self::Export(plan) => &plan.broker,
            // It starts no broker.
            Self::DryRun(_) => return false,
        };
        matches!(broker, BrokerChoice::Embedded(_))
    }
}

/// Which sides of the pipeline run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Producer and consumer together; ends when every record sent has been saved.
    #[default]
    Stream,
    /// Only the producer; ends when all records are acknowledged.
    Produce,
    /// Only the consumer; runs until stopped, or until its limit.
    Consume,
}

/// A run of the pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamPlan {
    /// Which sides run.
    pub mode: Mode,
    /// The broker.
    pub broker: BrokerChoice,
    /// How long to wait for the broker at the start.
    pub broker_timeout: Duration,
    /// The Kafka client's settings.
    pub client: ClientSettings,
    /// The topic.
    pub topic: String,
    /// The consumer group.
    pub group: String,
    /// Partitions of the topic, if the run creates it.
    pub partitions: i32,
    /// How images are encoded.
    pub encoding: Encoding,
    /// The keys of the records.
    pub key: RecordKey,
    /// Producers that share the images.
    pub producers: usize,
    /// The most images per second.
    pub rate_images_per_s: Option<f64>,
    /// When images are due, in place of a rate.
    pub load_shape: Option<LoadShape>,
    /// The folder of images.
    pub input: PathBuf,
    /// The folder for output and the list of processed files.
    pub work_dir: PathBuf,
    /// Where labels come from.
    pub labels: LabelRule,
    /// Send and save files of any kind, not only images.
    pub any_file: bool,
    /// Keep watching for new files until stopped.
    pub watch: bool,
    /// Also send images that are listed as processed.
    pub resend: bool,
    /// Send only these images, by their listed names, be they listed as processed or not.
    pub only: Option<Arc<BTreeSet<String>>>,
    /// Where the results are kept; `None`: nowhere.
    pub keep: Option<KeepStream>,
    /// Members that join the group.
    pub consumers: usize,
    /// [`Mode::Consume`]: stop after this many records.
    pub count: Option<u64>,
    /// [`Mode::Consume`]: stop when nothing has arrived for this long.
    pub until_idle: Option<Duration>,
    /// A topic for dead letters, besides the work folder; created if it is missing.
    pub dead_letter_topic: Option<String>,
}

/// Where the results of a stream are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeepStream {
    /// In a folder of kept streams, each in a file of its own.
    Folder(PathBuf),
    /// In this file, which is replaced.
    File(PathBuf),
}

/// Only the embedded broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServePlan {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where its data is.
    pub data: DataPlace,
}

impl Default for StreamPlan {
    fn default() -> Self {
        Self {
            mode: Mode::Stream,
            broker: BrokerChoice::Embedded(DataPlace::UserFolder),
            broker_timeout: Duration::from_secs(30),
            client: ClientSettings::default(),
            topic: "image-data".to_owned(),
            group: "image-consumer-group".to_owned(),
            partitions: 4,
            encoding: Encoding::Json,
            key: RecordKey::None,
            producers: 1,
            rate_images_per_s: None,
            load_shape: None,
            input: "Labeled_Images".into(),
            work_dir: ".".into(),
            labels: LabelRule::default(),
            any_file: false,
            watch: false,
            resend: false,
            only: None,
            keep: None,
            consumers: 1,
            count: None,
            until_idle: None,
            dead_letter_topic: None,
        }
    }
}

impl Mode {
    /// Whether the producing side runs.
    pub fn produces(self) -> bool {
        self != Self::Consume
    }

    /// The name of its command.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Produce => "produce",
            Self::Consume => "consume",
        }
    }

    /// Whether the consuming side runs.
    pub fn consumes(self) -> bool {
        self != Self::Produce
    }
}

impl StreamPlan {
    /// Which files of the input folder are sent.
    pub(super) fn selection(&self) -> Selection {
        Selection::new(self.any_file, &self.labels)
    }

    /// Whether the topic ends with the program.
    pub(super) fn is_in_memory(&self) -> bool {
        self.broker == BrokerChoice::Embedded(DataPlace::Memory)
    }

    /// Rejects an invalid plan, before anything is started or written.
    ///
    /// # Errors
    /// The error names the setting and what to do.
    pub fn check(&self) -> Result<(), SettingsError> {
        let refuse = |reason: String| Err(SettingsError(reason));
        if self.topic.is_empty() {
            return refuse("the topic \"\" has no name; give one with --topic".to_owned());
        }
        if let Some(problem) = topic_problem(&self.topic) {
            return refuse(format!("the topic \"{}\" {problem}", self.topic));
        }
        if let Some(dead) = &self.dead_letter_topic {
            let problem = match topic_problem(dead) {
                None if *dead == self.topic => Some("is the topic of the images; its dead letters would be read again"),
                problem => problem,
            };
            if let Some(problem) = problem {
                return refuse(format!("the dead letter topic \"{dead}\" {problem}"));
            }
        }
        if self.group.is_empty() {
            return refuse("the consumer group has no name; give one with --group".to_owned());
        }
        if self.partitions < 1 {
            return refuse(format!("a topic has at least 1 partition, not {}", self.partitions));
        }
        if !(1..=MEMBERS_MAX).contains(&self.consumers) {
            return refuse(format!("the number of consumers is 1 to {MEMBERS_MAX}, not {}", self.consumers));
        }
        if !(1..=PRODUCERS_MAX).contains(&self.producers) {
            return refuse(format!("the number of producers is 1 to {PRODUCERS_MAX}, not {}", self.producers));
        }
        if let Some(rate) = self.rate_images_per_s.filter(|rate| !rate.is_finite() || *rate < RATE_MIN) {
            return refuse(format!("the rate is a number of images per second, {RATE_MIN} or more, not {rate}"));
        }
        if let Some(shape) = self.load_shape {
            shape.check().map_err(SettingsError)?;
            if self.watch {
                return refuse(
                    "images that come later cannot be due by a ramp, by bursts or by a replay; leave out --watch"
                        .to_owned(),
                );
            }
        }
        if self.mode.produces() && !self.input.is_dir() {
            let what = if self.input.exists() { "path is not a folder" } else { "folder does not exist" };
            let input = self.input.display();
            return refuse(format!("the input {what}; give the folder of images with --input: {input}"));
        }
        if let Some((syntax, place)) = self.labels.missing_place() {
            let place = place.display();
            return refuse(format!("label source not found; pass it with --labels {syntax}: {place}"));
        }
        if let Some(KeepStream::File(path)) = &self.keep
            && path.exists()
            && read_stream(path).is_err()
        {
            let path = path.display();
            return refuse(format!("the file of --results exists and holds something else; give another name: {path}"));
        }
        if self.mode != Mode::Stream && self.is_in_memory() {
            return refuse(
                "a broker in memory ends with this process; use --data DIR, or start `broker --data memory` in \
                 another terminal and give its --bootstrap-server"
                    .to_owned(),
            );
        }
        check_settings(&self.client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(change: impl FnOnce(&mut StreamPlan)) -> String {
        let folder = tempfile::tempdir().unwrap();
        let mut plan = StreamPlan { input: folder.path().to_owned(), ..StreamPlan::default() };
        plan.check().unwrap();
        change(&mut plan);
        plan.check().unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_work_is_named() {
        assert!(refusal(|plan| plan.topic = "a b".into()).contains("\"a b\""));
        assert!(refusal(|plan| plan.topic = "..".into()).contains("not allowed"));
        for dead in ["", "a b", "image-data"] {
            let refused = refusal(|plan| plan.dead_letter_topic = Some(dead.into()));
            assert!(refused.starts_with(&format!("the dead letter topic \"{dead}\"")), "{refused}");
        }
        assert!(refusal(|plan| plan.partitions = 0).contains("partition"));
        assert!(refusal(|plan| plan.producers = 65).contains("producers"));
        assert!(refusal(|plan| plan.consumers = 0).contains("consumers"));
        for rate in [f64::NAN, f64::INFINITY, 0.0, -1.0, 1e-300] {
            assert!(refusal(|plan| plan.rate_images_per_s = Some(rate)).contains("rate"));
        }
        assert!(refusal(|plan| plan.input = "/no/such".into()).contains("--input"));
        assert!(refusal(|plan| plan.labels = "csv:/no/such".parse().unwrap()).contains("csv:FILE"));
        assert!(refusal(|plan| plan.labels = "yolo:/no/such".parse().unwrap()).contains("yolo:DIR"));
        assert!(refusal(|plan| plan.client.producer = vec![("compression.type".into(), "zip".into())]).contains("zip"));
        let memory = |plan: &mut StreamPlan| {
            (plan.mode, plan.broker) = (Mode::Produce, BrokerChoice::Embedded(DataPlace::Memory));
        };
        assert!(refusal(memory).contains("--data"));
    }
}
