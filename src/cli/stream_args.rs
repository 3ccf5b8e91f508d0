//! The arguments of `stream`, `produce` and `consume`, and those that other commands share with them.

use std::path::PathBuf;

use clap::Args;

use super::metrics::MetricsArgs;
use super::value::{PropertyParser, number};
use kafka_image_bench_core::configuration::{Acks, Burst, Compression, Encoding, Ramp, RecordKey};
use kafka_image_bench_core::labels::LabelRule;

/// Arguments of `stream`.
#[derive(Args, Debug)]
pub struct StreamArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    #[command(flatten)]
    pub(super) topic: TopicArgs,
    #[command(flatten)]
    pub(super) producer: ProducerArgs,
    #[command(flatten)]
    pub(super) consumer: ConsumerArgs,
    #[command(flatten)]
    pub(super) any_file: AnyFileArgs,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    #[command(flatten)]
    pub(super) metrics: MetricsArgs,
    #[command(flatten)]
    pub(super) results: ResultsArgs,
    #[command(flatten)]
    pub(super) dry_run: DryRunArgs,
}

/// Arguments of `produce`.
#[derive(Args, Debug)]
pub struct ProduceArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    #[command(flatten)]
    pub(super) topic: TopicArgs,
    #[command(flatten)]
    pub(super) producer: ProducerArgs,
    #[command(flatten)]
    pub(super) any_file: AnyFileArgs,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    #[command(flatten)]
    pub(super) metrics: MetricsArgs,
    #[command(flatten)]
    pub(super) results: ResultsArgs,
    #[command(flatten)]
    pub(super) dry_run: DryRunArgs,
}

/// Arguments of `consume`.
#[derive(Args, Debug)]
pub struct ConsumeArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    #[command(flatten)]
    pub(super) topic: TopicArgs,
    #[command(flatten)]
    pub(super) consumer: ConsumerArgs,
    #[command(flatten)]
    pub(super) any_file: AnyFileArgs,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    #[command(flatten)]
    pub(super) metrics: MetricsArgs,
    #[command(flatten)]
    pub(super) results: ResultsArgs,
    #[command(flatten)]
    pub(super) dry_run: DryRunArgs,
    /// Stop after this many records
    #[arg(long, value_name = "RECORDS", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Consumer")]
    pub(super) count: Option<u64>,
    /// Stop when nothing has arrived for this long; broker downtime does not count
    #[arg(long, value_parser = number, value_name = "SECONDS", help_heading = "Consumer", allow_hyphen_values = true)]
    pub(super) until_idle: Option<f64>,
}

/// The broker, and how to connect to it.
#[derive(Args, Debug, Default)]
pub(super) struct ClientArgs {
    /// The cluster, as host:port, several separated by commas [default: bootstrap.servers of --command-config, or the
    /// embedded broker]
    #[arg(long, value_name = "HOST:PORT", env = "KAFKA_BOOTSTRAP_SERVERS", help_heading = "Broker")]
    pub(super) bootstrap_server: Option<String>,
    /// The embedded broker's data folder, or `memory` [default: in the user's data folder]
    #[arg(long, value_name = "DIR|memory", help_heading = "Broker")]
    pub(super) data: Option<PathBuf>,
    /// How long to wait for the broker at the start
    #[arg(
        long, value_parser = number,
        value_name = "SECONDS",
        default_value_t = 30.0,
        help_heading = "Broker",
        allow_hyphen_values = true
    )]
    pub(super) broker_timeout: f64,
    /// A file of client properties (the cluster, security and others), Java's or librdkafka's. Credentials can also be
    /// given as the variables KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, KAFKA_SSL_KEY_PASSWORD and
    /// KAFKA_SSL_KEYSTORE_PASSWORD
    #[arg(long, value_name = "FILE", help_heading = "Broker")]
    pub(super) command_config: Option<PathBuf>,
    /// Any librdkafka property; may be repeated. Other users of this computer can see it: do not use it for passwords
    #[arg(short = 'X', value_name = "NAME=VALUE", value_parser = PropertyParser, help_heading = "Broker")]
    pub(super) properties: Vec<(String, String)>,
    /// How many of them, the first ones, come from a file or a variable: the command line's own stand behind them.
    #[arg(skip)]
    pub(super) configured_properties: usize,
}

/// A name and a value.
type Property = (String, String);

impl ClientArgs {
    /// The properties of files and variables, and those of the command line.
    pub(super) fn properties(&self) -> (&[Property], &[Property]) {
        self.properties.split_at(self.configured_properties.min(self.properties.len()))
    }
}

/// The topic.
#[derive(Args, Debug)]
pub(super) struct TopicArgs {
    /// The topic; created if it is missing, with a record limit that fits the largest image
    #[arg(long, default_value = "image-data", help_heading = "Broker")]
    pub(super) topic: String,
}

/// What to send, and how.
#[derive(Args, Debug)]
pub(super) struct ProducerArgs {
    /// The folder of images, including its sub-folders [default: Labeled_Images, or else the installed sample images]
    #[arg(long, value_name = "DIR", help_heading = "Producer")]
    pub(super) input: Option<PathBuf>,
    /// Where labels come from: auto (looks in the folder and beside it, prints what it finds, and refuses to choose
    /// between several), stem (the file name up to its first dot), folder (the folder's name), imagefolder (the folder
    /// below train, val or test, or below the input), csv:FILE (columns image_path and annotation, or other common
    /// names) or hf:DIR (metadata.csv or metadata.jsonl of Hugging Face). With boxes of the objects on the images, and
    /// the label as with stem: coco:FILE, yolo:DIR (text files, names in classes.txt, obj.names or data.yaml), voc:DIR
    /// (XML files), labelme:DIR (JSON files), cvat:FILE (CVAT for images or video), labelstudio:FILE (JSON or JSON-MIN),
    /// via:FILE (CSV, JSON or project), kitti:DIR (text files), openimages:FILE (CSV, with class descriptions beside it)
    /// or datumaro:FILE [default: stem, and boxes that are found as with auto]
    #[arg(long, value_name = "RULE", help_heading = "Producer")]
    pub(super) labels: Option<LabelRule>,
    /// Scale the boxes of labels that state another size than the image has; without it such images are only reported
    #[arg(long, help_heading = "Producer")]
    pub(super) labels_scale: bool,
    /// How images are encoded: json (base64, as the Python scripts write it) or raw (the file's own bytes)
    #[arg(long, value_name = "ENCODING", default_value = "json", help_heading = "Producer")]
    pub(super) encoding: Encoding,
    /// The key of a record: none, file (the image's path in the input folder), label, or folder (the image's folder);
    /// records with equal keys go to the same partition
    #[arg(long, value_name = "KEY", default_value = "none", help_heading = "Producer")]
    pub(super) key: RecordKey,
    /// Also send images that processed_files.txt lists
    #[arg(long, help_heading = "Producer")]
    pub(super) resend: bool,
    /// Keep watching for new files until stopped; each is sent once it is completely written
    #[arg(long, help_heading = "Producer")]
    pub(super) watch: bool,
    /// Producers that share the images
    #[arg(long, value_name = "PRODUCERS", default_value_t = 1, help_heading = "Producer")]
    pub(super) producers: usize,
    /// Send at most this many images per second [default: as fast as possible]
    #[arg(long, value_parser = number, value_name = "IMAGES_PER_S", help_heading = "Producer", allow_hyphen_values = true)]
    pub(super) rate: Option<f64>,
    /// Let the rate rise or fall evenly, and then stay, such as 10..500/60; latency is then measured from the intended time
    /// of sending
    #[arg(long, value_name = "FROM..TO/SECONDS", conflicts_with_all = ["rate", "watch"], help_heading = "Producer")]
    pub(super) ramp: Option<Ramp>,
    /// Send so many images at once, again and again, such as 50/10; latency is then measured from the intended time of
    /// sending
    #[arg(long, value_name = "IMAGES/SECONDS", conflicts_with_all = ["rate", "watch", "ramp"], help_heading = "Producer")]
    pub(super) burst: Option<Burst>,
    /// Replay the capture times of the images (EXIF, or else the file's modification time) so many times as fast, such as 1
    /// or 60; latency is then measured from the intended time of sending
    #[arg(long, value_parser = number, value_name = "SPEED", conflicts_with_all = ["rate", "watch", "ramp", "burst"], help_heading = "Producer", allow_hyphen_values = true)]
    pub(super) replay_speed: Option<f64>,
    /// Shorten longer pauses of a replay to this
    #[arg(long, value_parser = number, value_name = "SECONDS", requires = "replay_speed", help_heading = "Producer", allow_hyphen_values = true)]
    pub(super) replay_max_pause: Option<f64>,
    /// Partitions of the topic, if it is created
    #[arg(
        long,
        value_name = "PARTITIONS",
        default_value_t = 4,
        help_heading = "Producer",
        allow_negative_numbers = true
    )]
    pub(super) partitions: i32,
    /// batch.size, in bytes of one partition's records; no effect below the size of one image [default: 1000000]
    #[arg(long, value_name = "BYTES", help_heading = "Producer")]
    pub(super) batch_size: Option<u32>,
    /// linger.ms, how long to wait for a batch to fill, in milliseconds [default: 5]
    #[arg(long, value_parser = number, value_name = "MS", help_heading = "Producer", allow_hyphen_values = true)]
    pub(super) linger_ms: Option<f64>,
    /// compression.type: none, gzip, snappy, lz4 or zstd [default: none]
    #[arg(long, value_name = "TYPE", help_heading = "Producer")]
    pub(super) compression_type: Option<Compression>,
    /// acks: all (idempotent), 1, or 0 (nothing is confirmed) [default: all]
    #[arg(long, value_name = "ACKS", help_heading = "Producer", allow_hyphen_values = true)]
    pub(super) acks: Option<Acks>,
}

impl ProducerArgs {
    /// The client's properties that options set.
    pub(super) fn properties(&self) -> Vec<(&'static str, String)> {
        let given = [
            ("batch.size", self.batch_size.map(|bytes| bytes.to_string())),
            ("linger.ms", self.linger_ms.map(|linger| linger.to_string())),
            ("compression.type", self.compression_type.map(|compression| compression.to_string())),
            ("acks", self.acks.map(|acks| acks.to_string())),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// The consumer group.
#[derive(Args, Debug)]
pub(super) struct ConsumerArgs {
    /// The consumer group [default: group.id of --command-config, or image-consumer-group]
    #[arg(long, help_heading = "Consumer")]
    pub(super) group: Option<String>,
    /// Consumers to join the group with
    #[arg(long, value_name = "MEMBERS", default_value_t = 1, help_heading = "Consumer")]
    pub(super) consumers: usize,
    /// Also write dead letters to this topic, as Kafka Connect does, before their offsets are committed; created if it
    /// is missing
    #[arg(long, value_name = "TOPIC", help_heading = "Consumer")]
    pub(super) dead_letter_topic: Option<String>,
}

/// Which files are sent and saved.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct AnyFileArgs {
    /// Send and save files of any kind, not only images: HEIC, DICOM, NumPy arrays, documents; each under its own name,
    /// with its media type. The consumer needs this too, or they become dead letters
    #[arg(long, help_heading = "Files")]
    pub(super) any_file: bool,
}

/// Whether anything is done.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct DryRunArgs {
    /// Show what would be sent, received or measured, and exit: nothing is created, written, sent or committed
    #[arg(long, help_heading = "Files")]
    pub(super) dry_run: bool,
}

/// Where output is written.
#[derive(Args, Debug)]
pub(super) struct FolderArgs {
    /// The folder for output_images/, annotation.csv, the metrics, the dead letters and processed_files.txt [default: the
    /// current folder; in the window the one that was chosen there]
    #[arg(long, value_name = "DIR", help_heading = "Files")]
    pub(super) work_dir: Option<PathBuf>,
}

/// Where the results of the run are written.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct ResultsArgs {
    /// Also write the results of the run to this file, as JSON: its settings and figures, what was refused and why, and the
    /// run over time. The window opens such a file
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub(super) results: Option<PathBuf>,
}

/// A stream that only sends: its consumer is not used.
impl From<ProduceArgs> for StreamArgs {
    fn from(args: ProduceArgs) -> Self {
        let ProduceArgs { client, topic, producer, any_file, folder, metrics, results, dry_run } = args;
        let consumer = ConsumerArgs::default();
        Self { client, topic, producer, consumer, any_file, folder, metrics, results, dry_run }
    }
}

impl Default for ConsumerArgs {
    fn default() -> Self {
        Self { group: None, consumers: 1, dead_letter_topic: None }
    }
}

impl Default for ProducerArgs {
    fn default() -> Self {
        Self {
            input: None,
            labels: None,
            labels_scale: false,
            encoding: Encoding::default(),
            key: RecordKey::default(),
            resend: false,
            watch: false,
            producers: 1,
            rate: None,
            ramp: None,
            burst: None,
            replay_speed: None,
            replay_max_pause: None,
            partitions: 4,
            batch_size: None,
            linger_ms: None,
            compression_type: None,
            acks: None,
        }
    }
}
