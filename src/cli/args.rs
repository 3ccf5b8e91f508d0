//! The arguments, as `clap` reads them and as `--help` shows them. Those of the larger commands are in `stream_args`,
//! `benchmark_args`, `results_args` and `topic_args`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::civil::Date;

use super::benchmark_args::BenchmarkArgs;
use super::export::ExportArgs;
use super::help;
use super::redrive::RedriveArgs;
use super::results_args::{CompareArgs, RecommendArgs, ReportArgs};
use super::runs_args::RunsArgs;
use super::stream_args::{ConsumeArgs, ProduceArgs, StreamArgs};
use super::topic_args::{BrowseArgs, CheckArgs, LagArgs, ResetArgs};

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
    #[arg(long, global = true, help_heading = help::GENERAL)]
    pub headless: bool,

    /// What is printed: text (progress and summary), json (one object at the end; for `lag` and `browse` one per line;
    /// for `broker` its address, at the start), csv (`lag` only), or quiet (errors only)
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", help_heading = help::GENERAL)]
    pub output_format: OutputFormat,

    /// Show the log on stderr: -v for events, -vv for details, -vvv to include the Kafka client's own messages
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = help::GENERAL)]
    pub verbose: u8,

    /// The configuration file [default: kafka-image-bench.toml in this folder or the nearest one above it; then the
    /// user's], or `none`
    #[arg(long, global = true, value_name = "FILE|none", help_heading = help::GENERAL)]
    pub(super) config: Option<PathBuf>,

    /// Print the effective options as a configuration file, each with where it comes from, and exit
    #[arg(long, global = true, help_heading = help::GENERAL)]
    pub print_config: bool,

    /// What `--print-config` prints.
    #[arg(skip)]
    pub effective_options: String,

    /// Notes about files and variables.
    #[arg(skip)]
    pub(super) notes: Vec<String>,

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
    /// Try a connection to a cluster step by step, and show what fails and what to do
    #[command(before_help = help::CHECK)]
    Check(CheckArgs),
    /// List the benchmarks and streams that the window keeps, by words; keep tags and notes about them
    #[command(before_help = help::RUNS)]
    Runs(RunsArgs),
    /// Show how far a consumer group is behind, by partition
    #[command(before_help = help::LAG)]
    Lag(LagArgs),
    /// Set where a consumer group continues, by partition; it must have no members
    #[command(before_help = help::RESET_OFFSETS)]
    ResetOffsets(ResetArgs),
    /// Show the image records of any topic, without joining a group
    #[command(before_help = help::BROWSE)]
    Browse(BrowseArgs),
    /// Write saved images, or those of a topic, as a training set for other tools
    #[command(before_help = help::EXPORT)]
    Export(ExportArgs),
    /// Send dead letters again, to the topic that they came from or another
    #[command(before_help = help::REDRIVE)]
    Redrive(RedriveArgs),
    /// Write labelled sample images, for trying things out and for load
    #[command(before_help = help::SAMPLES)]
    Samples(SamplesArgs),
    /// Print what lets a shell complete commands and options; needs no --headless
    #[command(before_help = help::COMPLETIONS)]
    Completions(CompletionsArgs),
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

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
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
