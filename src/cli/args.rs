//! The arguments, as `clap` reads them and as `--help` shows them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

use super::help;
use super::lists::{CONFIGURATIONS, ListArgs, PresetArg};
use super::metrics::MetricsArgs;
use super::redrive::RedriveArgs;
use super::value::{self, PropertyParser, number};
use kafka_image_bench_core::browse::BrowseFrom;
use kafka_image_bench_core::configuration::{Acks, Compression, Encoding};
use kafka_image_bench_core::labels::LabelRule;
use kafka_image_bench_core::report::charts::ChartTheme;
use kafka_image_bench_core::verdict::metric::Margin;
use kafka_image_bench_core::verdict::recommend::Client;
use kafka_image_bench_core::verdict::threshold::Thresholds;

/// Streams a folder of labelled images through Apache Kafka, saves what arrives with its labels, and measures it.
#[derive(Debug, Parser)]
#[command(
    name = "kafka-image-bench",
    version,
    before_help = help::EXAMPLES,
    after_help = help::EXIT_CODES,
    max_term_width = 110,
    subcommand_help_heading = "Commands (with --headless; without a command: stream)",
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Work without a window
    #[arg(long, global = true)]
    pub headless: bool,

    /// What is printed: text (progress and summary), json (one object at the end; for `lag` and `browse` one per line;
    /// for `broker` its address, at the start), csv (`lag` only), or quiet (errors only)
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub output_format: OutputFormat,

    /// Show the log on stderr: -v for events, -vv for details, -vvv to include the Kafka client's own messages
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    #[cfg(feature = "window")]
    #[command(flatten)]
    pub(super) window: super::window::WindowArgs,

    /// A folder of images to open, or with --headless to stream. In the window also images, which are shown in their folder,
    /// and results of a benchmark (.json, or the .html report)
    #[arg(value_name = "FOLDER|FILE")]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) stream: StreamArgs,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Progress and a summary.
    #[default]
    Text,
    /// One JSON object at the end, on stdout.
    Json,
    /// Rows; only for the command `lag`.
    Csv,
    /// Errors only.
    Quiet,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send the images and save them as they arrive; ends when every image sent has been saved [default]
    #[command(before_help = help::STREAM)]
    Stream(StreamArgs),
    /// Send the images only; ends when all are acknowledged
    #[command(before_help = help::PRODUCE)]
    Produce(ProduceArgs),
    /// Save the images that arrive; runs until stopped, or until --count or --until-idle
    #[command(before_help = help::CONSUME)]
    Consume(ConsumeArgs),
    /// Run the embedded broker alone, in the foreground, until stopped
    #[command(before_help = help::BROKER)]
    Broker(BrokerArgs),
    /// Measure which configuration is fastest for these images
    #[command(before_help = help::BENCHMARK, alias = "monitor")]
    Benchmark(BenchmarkArgs),
    /// Show what became faster or slower between two benchmarks
    #[command(before_help = help::COMPARE)]
    Compare(CompareArgs),
    /// Recommend a configuration from a benchmark, and print its properties
    #[command(before_help = help::RECOMMEND)]
    Recommend(RecommendArgs),
    /// Write a benchmark as an HTML report, and its charts as PNG and SVG
    #[command(before_help = help::REPORT)]
    Report(ReportArgs),
    /// Show how far a consumer group is behind, by partition
    #[command(before_help = help::LAG)]
    Lag(LagArgs),
    /// Show the image records of any topic, without joining a group
    #[command(before_help = help::BROWSE)]
    Browse(BrowseArgs),
    /// Send dead letters again, to the topic that they came from or another
    #[command(before_help = help::REDRIVE)]
    Redrive(RedriveArgs),
    /// Write labelled sample images, for trying things out and for load
    #[command(before_help = help::SAMPLES)]
    Samples(SamplesArgs),
}

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
    pub(super) folder: FolderArgs,
    #[command(flatten)]
    pub(super) metrics: MetricsArgs,
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
    pub(super) folder: FolderArgs,
    #[command(flatten)]
    pub(super) metrics: MetricsArgs,
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
    pub(super) folder: FolderArgs,
    #[command(flatten)]
    pub(super) metrics: MetricsArgs,
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
    /// Where labels come from: stem (the file name up to its first dot), folder (the folder's name), or csv:FILE
    /// (columns image_path and annotation, or other common names). With boxes of the objects on the images, and the
    /// label as with stem: coco:FILE, yolo:DIR (text files, names in classes.txt, obj.names or data.yaml) or voc:DIR
    /// (XML files)
    #[arg(long, value_name = "RULE", default_value = "stem", help_heading = "Producer")]
    pub(super) labels: LabelRule,
    /// How images are encoded: json (base64, as the Python scripts write it) or raw (the file's own bytes)
    #[arg(long, value_name = "ENCODING", default_value = "json", help_heading = "Producer")]
    pub(super) encoding: Encoding,
    /// Also send images that processed_files.txt lists
    #[arg(long, help_heading = "Producer")]
    pub(super) resend: bool,
    /// Keep watching for new files until stopped; each is sent once it is completely written
    #[arg(long, help_heading = "Producer")]
    pub(super) watch: bool,
    /// Send at most this many images per second [default: as fast as possible]
    #[arg(long, value_parser = number, value_name = "IMAGES_PER_S", help_heading = "Producer", allow_hyphen_values = true)]
    pub(super) rate: Option<f64>,
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

/// Where output is written.
#[derive(Args, Debug)]
pub(super) struct FolderArgs {
    /// The folder for output_images/, annotation.csv, the metrics, the dead letters and processed_files.txt [default: the
    /// current folder; in the window the one that was chosen there]
    #[arg(long, value_name = "DIR", help_heading = "Files")]
    pub(super) work_dir: Option<PathBuf>,
}

/// Arguments of `benchmark`.
#[derive(Args, Debug)]
pub struct BenchmarkArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    #[command(flatten)]
    pub(super) metrics: MetricsArgs,
    /// The folder of images; from memory at most 256 MiB of it are sent, sampled evenly [default: Labeled_Images, or else
    /// the installed sample images]
    #[arg(long, value_name = "DIR")]
    pub(super) input: Option<PathBuf>,
    /// A built-in set of configurations [default: standard]
    #[arg(long, value_name = "PRESET", help_heading = CONFIGURATIONS, conflicts_with = "configurations")]
    pub(super) preset: Option<PresetArg>,
    /// A TOML file with [[configuration]] tables and [lists], both with the names of these options
    #[arg(long, value_name = "FILE", help_heading = CONFIGURATIONS)]
    pub(super) configurations: Option<PathBuf>,
    #[command(flatten)]
    pub(super) lists: ListArgs,
    /// transport (encoded beforehand, from memory to receipt) or pipeline (from the folder to the saved file)
    #[arg(long, value_name = "MODE", default_value = "transport", help_heading = METHOD)]
    pub(super) mode: ModeArg,
    /// Consume only after everything was produced, instead of at the same time
    #[arg(long, help_heading = METHOD)]
    pub(super) backlog: bool,
    /// How long each run sends
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "SECONDS", default_value_t = 5.0, help_heading = METHOD)]
    pub(super) duration: f64,
    /// How many images each run sends, instead of --duration
    #[arg(long, value_name = "IMAGES", conflicts_with = "duration", help_heading = METHOD)]
    pub(super) images: Option<u64>,
    /// How long to send before each run's clock starts
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "SECONDS", default_value_t = 1.0, help_heading = METHOD)]
    pub(super) warmup: f64,
    /// Runs of each configuration, interleaved in a random order
    #[arg(long, value_name = "RUNS", default_value_t = 3, help_heading = METHOD)]
    pub(super) repeats: u32,
    /// The same seed gives the same order
    #[arg(long, value_name = "NUMBER", default_value_t = 1, help_heading = METHOD)]
    pub(super) seed: u64,
    /// Send this many images per second; latency is then measured from the intended time of sending
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "IMAGES_PER_S", conflicts_with = "find_max_rate", help_heading = METHOD)]
    pub(super) rate: Option<f64>,
    /// Find the highest rate whose end-to-end p99 stays within --p99-ms, by bisection; replaces --repeats
    #[arg(long, requires = "p99_ms", help_heading = METHOD)]
    pub(super) find_max_rate: bool,
    /// The latency that --find-max-rate must not exceed
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "MS", requires = "find_max_rate", help_heading = METHOD)]
    pub(super) p99_ms: Option<f64>,
    /// Consumers in the consumer group
    #[arg(long, value_name = "MEMBERS", default_value_t = 1, help_heading = METHOD)]
    pub(super) consumers: usize,
    /// Compare with these earlier results, a kafka_performance_results-….json
    #[arg(long, value_name = "RESULTS", help_heading = COMPARISON)]
    pub(super) baseline: Option<PathBuf>,
    /// How much worse than the baseline figures may be, for example throughput=-5%,p99=+10%; exit code 3 if one is
    /// significantly worse (95 % for all together)
    #[arg(long, value_name = "THRESHOLDS", requires = "baseline", help_heading = COMPARISON)]
    pub(super) threshold: Option<Thresholds>,
    /// Apply thresholds to the figures as measured, regardless of noise
    #[arg(long, requires = "threshold", help_heading = COMPARISON)]
    pub(super) strict: bool,
    /// Differences up to this count as equal: "as fast"
    #[arg(long, value_name = "PERCENT", default_value = "3%", help_heading = COMPARISON)]
    pub(super) margin: Margin,
}

/// Arguments of `compare`.
#[derive(Args, Debug)]
pub struct CompareArgs {
    /// A kafka_performance_results-….json
    #[arg(value_name = "BASELINE")]
    pub baseline: PathBuf,
    /// Another one, newer or from other circumstances
    #[arg(value_name = "CANDIDATE")]
    pub candidate: PathBuf,
    /// How much worse figures may be, for example throughput=-5%,p99=+10%; exit code 3 if one is significantly worse
    /// (95 % for all together). Names: throughput, consumer, p50, p99, ack-p50, ack-p99, cpu
    #[arg(long, value_name = "THRESHOLDS")]
    pub threshold: Option<Thresholds>,
    /// Apply thresholds to the figures as measured, regardless of noise
    #[arg(long, requires = "threshold")]
    pub strict: bool,
    /// Differences up to this count as equal: "as fast"
    #[arg(long, value_name = "PERCENT", default_value = "3%")]
    pub margin: Margin,
}

/// Arguments of `recommend`.
#[derive(Args, Debug)]
pub struct RecommendArgs {
    /// A kafka_performance_results-….json
    #[arg(value_name = "RESULTS")]
    pub results: PathBuf,
    /// The client whose properties are printed: librdkafka or java
    #[arg(long = "for", value_name = "CLIENT", default_value = "librdkafka")]
    pub client: Client,
    /// Differences up to this count as equal: "as fast"
    #[arg(long, value_name = "PERCENT", default_value = "3%")]
    pub margin: Margin,
}

/// Arguments of `report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// A kafka_performance_results-….json
    #[arg(value_name = "RESULTS")]
    pub results: PathBuf,
    /// Show the changes from these earlier results
    #[arg(long, value_name = "RESULTS")]
    pub baseline: Option<PathBuf>,
    /// The report, a self-contained HTML file; an existing file is replaced
    #[arg(long, value_name = "FILE", required_unless_present = "charts")]
    pub out: Option<PathBuf>,
    /// Write every chart into this folder, as PNG and as SVG
    #[arg(long, value_name = "DIR")]
    pub charts: Option<PathBuf>,
    /// Theme of the charts in --charts: light or dark; the report uses its reader's
    #[arg(long, value_name = "THEME", default_value = "light", requires = "charts")]
    pub theme: ChartTheme,
    /// Differences up to this count as equal: "as fast"
    #[arg(long, value_name = "PERCENT", default_value = "3%")]
    pub margin: Margin,
}

/// Arguments of `lag`.
#[derive(Args, Debug)]
pub struct LagArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    #[command(flatten)]
    pub(super) metrics: MetricsArgs,
    /// The consumer group [default: group.id of --command-config, or image-consumer-group]
    #[arg(long)]
    pub(super) group: Option<String>,
    /// One topic [default: all on which the group has committed]
    #[arg(long)]
    pub(super) topic: Option<String>,
    /// Show it once, and exit
    #[arg(long)]
    pub(super) once: bool,
    /// Time between two readings
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "SECONDS", default_value_t = 1.0, conflicts_with = "once")]
    pub(super) interval: f64,
}

/// Arguments of `browse`.
#[derive(Args, Debug)]
pub struct BrowseArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    /// The topic
    #[arg(long, default_value = "image-data")]
    pub(super) topic: String,
    /// One partition [default: all]
    #[arg(long, value_name = "PARTITION", allow_negative_numbers = true)]
    pub(super) partition: Option<i32>,
    /// Start at this offset of each partition
    #[arg(long, value_name = "OFFSET", conflicts_with = "from", allow_negative_numbers = true)]
    pub(super) offset: Option<i64>,
    /// Start at the beginning, at the latest records (the newest by timestamp), or at a time: 2026-11-24T08:30:00Z, or
    /// without the Z in the local time zone
    #[arg(long, value_name = "beginning|latest|TIME", value_parser = value::from, default_value = "latest")]
    pub(super) from: BrowseFrom,
    /// How many records, 1 to 10000
    #[arg(long, value_name = "RECORDS", default_value_t = 20)]
    pub(super) count: usize,
    /// Write the values into this folder: images unchanged, damaged records as .bin; existing files are never
    /// overwritten
    #[arg(long, value_name = "DIR")]
    pub(super) save: Option<PathBuf>,
}

const METHOD: &str = "Method";
const COMPARISON: &str = "Comparison";

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ModeArg {
    /// From memory to receipt.
    Transport,
    /// From the folder to the saved file.
    Pipeline,
}

/// Arguments of `broker`.
#[derive(Args, Debug)]
pub struct BrokerArgs {
    /// Where to listen: a loopback address, since the broker has no access control; port 0 chooses a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9092")]
    pub(super) listen: SocketAddr,
    /// Where data is kept, or `memory` [default: in the user's data folder]
    #[arg(long, value_name = "DIR|memory")]
    pub(super) data: Option<PathBuf>,
}

/// Arguments of `samples`.
#[derive(Args, Debug)]
pub struct SamplesArgs {
    /// The folder to write into; existing files are kept
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// How many images
    #[arg(long, value_name = "IMAGES", default_value_t = 192)]
    pub count: u32,
    /// Width in pixels [default: as in Labeled_Images]
    #[arg(long, value_name = "PIXELS")]
    pub width: Option<u32>,
    /// Height in pixels [default: as in Labeled_Images]
    #[arg(long, value_name = "PIXELS")]
    pub height: Option<u32>,
    /// Size of each file in bytes [default: as small as the image allows]
    #[arg(long, value_name = "BYTES")]
    pub size_bytes: Option<u64>,
    /// The same seed gives the same images
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// The date of the first image, which is in its name
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub first_day: Option<Date>,
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
            labels: LabelRule::default(),
            encoding: Encoding::default(),
            resend: false,
            watch: false,
            rate: None,
            partitions: 4,
            batch_size: None,
            linger_ms: None,
            compression_type: None,
            acks: None,
        }
    }
}
