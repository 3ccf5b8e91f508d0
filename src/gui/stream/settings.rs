//! The settings of a stream, as the settings panel has them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::gui::broker::parse_properties;
use crate::gui::folder::{BOXES_FILE, WantedLabels};
use crate::gui::widgets::load_shape::LoadNumbers;
use kafka_image_bench_core::broker::BrokerChoice;
use kafka_image_bench_core::configuration::{Acks, Compression, Configuration, Encoding, FIELDS, Field, RecordKey};
use kafka_image_bench_core::engine::plan::{Mode, StreamPlan};
use kafka_image_bench_core::labels::{LABEL_FORMATS, LabelPlace, LabelRule, LabelsLook};
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

/// Where labels come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelChoice {
    /// What is found in the folder.
    #[default]
    Auto,
    /// The file name up to its first dot.
    Stem,
    /// The folder that holds the image.
    Folder,
    /// The folder of a class, as in ImageNet.
    #[serde(rename = "imagefolder")]
    ImageFolder,
    /// A CSV file.
    Csv,
    /// A COCO file.
    Coco,
    /// A folder of YOLO files.
    Yolo,
    /// A folder of Pascal VOC files.
    Voc,
    /// A folder of LabelMe files.
    #[serde(rename = "labelme")]
    LabelMe,
    /// A CVAT file.
    Cvat,
    /// A Label Studio file.
    #[serde(rename = "labelstudio")]
    LabelStudio,
    /// A VIA file.
    Via,
    /// A folder of KITTI files.
    Kitti,
    /// An Open Images file.
    #[serde(rename = "openimages")]
    OpenImages,
    /// A Datumaro file.
    Datumaro,
    /// Metadata files of Hugging Face.
    #[serde(rename = "hf")]
    HuggingFace,
}

impl LabelChoice {
    /// All, in their order.
    pub const ALL: [Self; 16] = [
        Self::Auto,
        Self::Stem,
        Self::Folder,
        Self::ImageFolder,
        Self::Csv,
        Self::Coco,
        Self::Yolo,
        Self::Voc,
        Self::LabelMe,
        Self::Cvat,
        Self::LabelStudio,
        Self::Via,
        Self::Kitti,
        Self::OpenImages,
        Self::Datumaro,
        Self::HuggingFace,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "automatic",
            Self::Stem => "file name",
            Self::Folder => "folder",
            Self::ImageFolder => "folders of classes",
            Self::Csv => "CSV file",
            Self::Coco => "COCO file",
            Self::Yolo => "YOLO folder",
            Self::Voc => "VOC folder",
            Self::LabelMe => "LabelMe folder",
            Self::Cvat => "CVAT file",
            Self::LabelStudio => "Label Studio file",
            Self::Via => "VIA file",
            Self::Kitti => "KITTI folder",
            Self::OpenImages => "Open Images file",
            Self::Datumaro => "Datumaro file",
            Self::HuggingFace => "Hugging Face metadata",
        }
    }

    /// The name of its format in a label rule.
    fn format_name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Stem => "stem",
            Self::Folder => "folder",
            Self::ImageFolder => "imagefolder",
            Self::Csv => "csv",
            Self::Coco => "coco",
            Self::Yolo => "yolo",
            Self::Voc => "voc",
            Self::LabelMe => "labelme",
            Self::Cvat => "cvat",
            Self::LabelStudio => "labelstudio",
            Self::Via => "via",
            Self::Kitti => "kitti",
            Self::OpenImages => "openimages",
            Self::Datumaro => "datumaro",
            Self::HuggingFace => "hf",
        }
    }

    fn of_format(name: &str) -> Self {
        Self::ALL.into_iter().find(|choice| choice.format_name() == name).unwrap_or_default()
    }

    /// Whether a path belongs to it, and whether that is a folder.
    pub fn wants_path(self) -> Option<PathKind> {
        let format = LABEL_FORMATS.iter().find(|format| format.name == self.format_name())?;
        Some(match format.place? {
            LabelPlace::File => PathKind::File,
            LabelPlace::Folder | LabelPlace::FolderOrFile => PathKind::Folder,
        })
    }
}

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// A file.
    File,
    /// A folder.
    Folder,
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
    /// Where labels come from.
    ///
    /// # Errors
    /// The file or folder of the labels is not chosen yet.
    pub fn label_rule(&self) -> Result<LabelRule, String> {
        let place = match (self.labels.wants_path(), &self.label_path) {
            (None, _) => None,
            (Some(_), Some(path)) => Some(path.clone()),
            (Some(_), None) => {
                return Err(format!("Labels come from a {}, and none is chosen yet", self.labels.name()));
            }
        };
        Ok(LabelRule::new(self.labels.format_name(), place)?.scaling(self.labels_scale))
    }

    /// Where the labels of `folder` come from, as far as it has been looked at.
    ///
    /// # Errors
    /// As [`Self::label_rule`].
    fn label_rule_of(&self, folder: &Path) -> Result<LabelRule, String> {
        let is_looked_at = self.labels_for.as_deref() == Some(folder) && self.is_found();
        match self.labels {
            _ if !self.looks_for_labels() => self.label_rule(),
            // Nothing was found.
            LabelChoice::Auto if is_looked_at => Ok(LabelRule::default()),
            _ if is_looked_at => self.label_rule(),
            _ => Ok(LabelRule::of_what_is_found().scaling(self.labels_scale)),
        }
    }

    /// Whether the labels are those that were found.
    fn is_found(&self) -> bool {
        let found = self.labels_found.as_ref();
        found.is_some_and(|(labels, path)| (*labels, path) == (self.labels, &self.label_path))
    }

    /// Whether labels are looked for when a folder is opened: a person has not chosen them.
    pub fn looks_for_labels(&self) -> bool {
        match self.labels {
            LabelChoice::Auto => true,
            _ if self.labels_chosen => false,
            _ if self.is_found() => true,
            LabelChoice::Stem => true,
            // Earlier versions took them from the folder by the file's name.
            LabelChoice::Coco => self.label_path.as_ref().is_some_and(|path| {
                path.file_name() == Some(BOXES_FILE.as_ref()) && path.parent() == self.labels_for.as_deref()
            }),
            _ => false,
        }
    }

    /// The labels that a folder is opened with.
    pub fn labels_of(&self, folder: &Path) -> WantedLabels {
        let rule = self.label_rule();
        if !self.looks_for_labels() {
            return WantedLabels { rule, preferred: None };
        }
        let is_same_folder = self.labels_for.as_deref() == Some(folder);
        WantedLabels {
            rule: Ok(LabelRule::of_what_is_found().scaling(self.labels_scale)),
            preferred: rule.ok().filter(|rule| is_same_folder && !rule.is_auto()),
        }
    }

    /// Takes labels that were found in `folder`: the ones in use where there are several.
    pub(super) fn follow_folder(&mut self, folder: &Path, look: &LabelsLook, used: &LabelRule) {
        let is_found = look.choices.iter().any(|found| used.is_like(&found.rule));
        match is_found {
            true => self.take_found(used),
            false => {
                (self.labels, self.label_path) = (LabelChoice::Auto, None);
                self.labels_found = look.choices.is_empty().then_some((LabelChoice::Auto, None));
            }
        }
        (self.labels_chosen, self.labels_for) = (false, Some(folder.to_owned()));
    }

    /// Takes labels that were found.
    pub(super) fn take_found(&mut self, rule: &LabelRule) {
        self.labels = LabelChoice::of_format(rule.format().name);
        self.label_path = rule.place().map(Path::to_owned);
        self.labels_found = Some((self.labels, self.label_path.clone()));
        self.labels_chosen = false;
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_image_bench_core::labels::FoundLabels;

    fn rule(text: &str) -> LabelRule {
        text.parse().unwrap()
    }

    /// A folder in which labels of these rules were found.
    fn look(rules: &[&str]) -> LabelsLook {
        let found = |text: &&str| FoundLabels { rule: rule(text), ..FoundLabels::default() };
        LabelsLook { choices: rules.iter().map(found).collect(), remarks: Vec::new() }
    }

    #[test]
    fn a_folder_brings_its_labels_along_until_another_choice_is_made() {
        let (with, other, without) = (Path::new("/with"), Path::new("/other"), Path::new("/without"));
        let mut settings = StreamSettings::default();
        assert!(settings.labels_of(with).rule.unwrap().is_auto());
        settings.follow_folder(with, &look(&["coco:/with/c.json"]), &rule("coco:/with/c.json"));
        assert_eq!(
            (settings.labels, settings.label_path.as_deref()),
            (LabelChoice::Coco, Some(Path::new("/with/c.json")))
        );
        assert_eq!(settings.labels_of(with).preferred, Some(rule("coco:/with/c.json")));
        assert_eq!(settings.labels_of(other).preferred, None);
        settings.follow_folder(other, &look(&["hf:/other"]), &rule("hf:/other"));
        assert_eq!((settings.labels, settings.label_path.as_deref()), (LabelChoice::HuggingFace, Some(other)));
        // Several, of which none is chosen yet.
        settings.follow_folder(other, &look(&["hf:/other", "yolo:/other"]), &rule("stem"));
        assert_eq!((settings.labels, settings.label_path.as_deref()), (LabelChoice::Auto, None));
        settings.follow_folder(without, &look(&[]), &rule("stem"));
        assert_eq!((settings.labels, settings.looks_for_labels()), (LabelChoice::Auto, true));
        settings.labels = LabelChoice::Stem;
        settings.labels_chosen = true;
        assert_eq!(settings.labels_of(with).rule, Ok(rule("stem")));
    }

    #[test]
    fn choices_of_earlier_versions_stay() {
        let chosen = |labels, path: Option<&str>| StreamSettings {
            labels,
            label_path: path.map(PathBuf::from),
            labels_for: Some("/with".into()),
            ..StreamSettings::default()
        };
        assert!(!chosen(LabelChoice::Folder, None).looks_for_labels());
        assert!(!chosen(LabelChoice::Coco, Some("/elsewhere/boxes.json")).looks_for_labels());
        assert!(!chosen(LabelChoice::Csv, Some("/with/labels.csv")).looks_for_labels());
        assert!(chosen(LabelChoice::Stem, None).looks_for_labels());
        assert!(chosen(LabelChoice::Coco, Some("/with/_annotations.coco.json")).looks_for_labels());
    }

    #[test]
    fn every_label_format_can_be_chosen() {
        assert_eq!(LabelChoice::ALL.map(LabelChoice::format_name), LABEL_FORMATS.map(|format| format.name));
    }
}
