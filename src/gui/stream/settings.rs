//! The settings of a stream, as the settings panel has them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::label_choice::LabelChoice;
use crate::gui::broker::parse_properties;
use crate::gui::widgets::load_shape::LoadNumbers;
use kafka_image_bench_core::broker::BrokerChoice;
use kafka_image_bench_core::configuration::{Acks, Compression, Configuration, Encoding, FIELDS, Field, RecordKey};
use kafka_image_bench_core::engine::plan::{Mode, StreamPlan};
use kafka_image_bench_core::model::client_settings::ClientSettings;

/// Fields of configurations that the tab has controls for.
const SET_BY_TAB: [&str; 4] = ["batch_size_bytes", "linger_ms", "compression_type", "acks"];

/// The settings of the tab Stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamSettings {
    /// Both sides, or one.
    pub sides: Sides,
    /// How images travel.
    pub encoding: Encoding,
    /// The keys of the records.
    pub key: RecordKey,
    /// `batch.size`.
    pub batch_size_bytes: u32,
    /// `linger.ms`.
    pub linger_ms: f64,
    /// `compression.type`.
    pub compression_type: Compression,
    /// `acks`.
    pub acks: Acks,
    /// Partitions of a topic that the run makes.
    pub partitions: i32,
    /// Producers that share the images.
    pub producers: usize,
    /// Images a second; 0 for as fast as it goes.
    pub rate_images_per_s: f64,
    /// A rate limit, or a load that changes.
    pub pace: StreamPace,
    /// Of a ramp, of bursts and of a replay.
    pub load: LoadNumbers,
    /// Files of any kind, not only images.
    pub any_file: bool,
    /// Go on with new files.
    pub watch: bool,
    /// Where labels come from.
    pub labels: LabelChoice,
    /// Whether boxes for another size than the image's are scaled to it.
    pub labels_scale: bool,
    /// The file or folder of the labels, where they come from one.
    pub label_path: Option<PathBuf>,
    /// The folder that they were chosen for.
    pub labels_for: Option<PathBuf>,
    /// What of `labels` and `label_path` was found in that folder; other labels were chosen.
    pub labels_found: Option<(LabelChoice, Option<PathBuf>)>,
    /// Whether a person chose them here.
    pub labels_chosen: bool,
    /// Members of the consumer group.
    pub consumers: usize,
    /// The topic.
    pub topic: String,
    /// The consumer group.
    pub group: String,
    /// The consumer alone stops after this many records; 0 for no such end.
    pub count: u64,
    /// The consumer alone stops when nothing has come for this long; 0 for no such end.
    pub until_idle_s: f64,
    /// The topic for dead letters, besides the folder; empty for none.
    pub dead_letter_topic: String,
    /// How long to wait for the broker at the start.
    pub broker_timeout_s: f64,
    /// Further properties of the client, one `name=value` a line.
    pub properties: String,
}

/// How fast is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamPace {
    /// As fast as possible, or at most at a rate.
    #[default]
    Limit,
    /// At a rate that rises or falls.
    Ramp,
    /// Many images at once, again and again.
    Bursts,
    /// At the distances in time of the captures.
    Replay,
}

impl StreamPace {
    /// All, in their order.
    pub const ALL: [Self; 4] = [Self::Limit, Self::Ramp, Self::Bursts, Self::Replay];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Limit => "rate limit",
            Self::Ramp => "ramp",
            Self::Bursts => "bursts",
            Self::Replay => "replay",
        }
    }
}

/// Which sides of the pipeline run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// Producer and consumer.
    #[default]
    Both,
    /// The producer alone.
    Produce,
    /// The consumer alone.
    Consume,
}

impl Sides {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Both, Self::Produce, Self::Consume];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Both => "send and receive",
            Self::Produce => "send only",
            Self::Consume => "receive only",
        }
    }
}

impl Default for StreamSettings {
    fn default() -> Self {
        let usual = Configuration::default();
        let plan = StreamPlan::default();
        Self {
            sides: Sides::Both,
            encoding: usual.encoding,
            key: usual.key,
            batch_size_bytes: usual.batch_size_bytes,
            linger_ms: usual.linger_ms,
            compression_type: usual.compression_type,
            acks: usual.acks,
            partitions: plan.partitions,
            producers: plan.producers,
            rate_images_per_s: 0.0,
            pace: StreamPace::Limit,
            load: LoadNumbers::default(),
            any_file: false,
            watch: false,
            labels: LabelChoice::Auto,
            labels_scale: false,
            label_path: None,
            labels_for: None,
            labels_found: None,
            labels_chosen: false,
            consumers: plan.consumers,
            topic: plan.topic,
            group: plan.group,
            count: 0,
            until_idle_s: 0.0,
            dead_letter_topic: String::new(),
            broker_timeout_s: plan.broker_timeout.as_secs_f64(),
            properties: String::new(),
        }
    }
}

impl StreamSettings {
    /// What the tab sets, unless it is among the further `properties`.
    fn producer_properties(&self, properties: &[(String, String)]) -> Vec<(String, String)> {
        let one = Configuration {
            batch_size_bytes: self.batch_size_bytes,
            linger_ms: self.linger_ms,
            compression_type: self.compression_type,
            acks: self.acks,
            ..Configuration::default()
        };
        let is_given = |field: &&Field| properties.iter().any(|(name, _)| field.client_names.contains(&name.as_str()));
        let of_tab = FIELDS.iter().filter(|field| SET_BY_TAB.contains(&field.key) && !is_given(field));
        of_tab.filter_map(|field| Some((field.property()?.to_owned(), field.get(&one)))).collect()
    }

    /// The run.
    ///
    /// # Errors
    /// A setting is missing or wrong; the text says which.
    pub fn plan(
        &self,
        broker: BrokerChoice,
        properties: Vec<(String, String)>,
        folder: &Path,
        work_dir: &Path,
        resend: bool,
    ) -> Result<StreamPlan, String> {
        let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let consumes_only = self.sides == Sides::Consume;
        let mut properties = properties;
        properties.extend(parse_properties(&self.properties)?);
        Ok(StreamPlan {
            mode: match self.sides {
                Sides::Both => Mode::Stream,
                Sides::Produce => Mode::Produce,
                Sides::Consume => Mode::Consume,
            },
            broker,
            broker_timeout: seconds(self.broker_timeout_s),
            client: ClientSettings {
                producer: self.producer_properties(&properties),
                properties,
                ..Default::default()
            },
            topic: self.topic.trim().to_owned(),
            group: self.group.trim().to_owned(),
            partitions: self.partitions,
            encoding: self.encoding,
            key: self.key,
            producers: self.producers,
            rate_images_per_s: Some(self.rate_images_per_s)
                .filter(|rate| *rate > 0.0 && self.pace == StreamPace::Limit),
            load_shape: match self.pace {
                StreamPace::Limit => None,
                StreamPace::Ramp => Some(self.load.ramp()),
                StreamPace::Bursts => Some(self.load.burst()),
                StreamPace::Replay => Some(self.load.replay()),
            },
            input: folder.to_owned(),
            work_dir: work_dir.to_owned(),
            labels: self.label_rule_of(folder)?,
            any_file: self.any_file,
            watch: self.watch,
            resend,
            only: None,
            keep: None,
            consumers: self.consumers,
            count: Some(self.count).filter(|&count| consumes_only && count > 0),
            until_idle: Some(self.until_idle_s).filter(|&idle_s| consumes_only && idle_s > 0.0).map(seconds),
            dead_letter_topic: Some(self.dead_letter_topic.trim().to_owned()).filter(|topic| !topic.is_empty()),
        })
    }
}
