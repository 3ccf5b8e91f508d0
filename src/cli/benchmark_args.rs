//! The arguments of `benchmark`.

use std::path::PathBuf;

use clap::builder::ArgPredicate;
use clap::{Args, ValueEnum};

use super::lists::{CONFIGURATIONS, ListArgs, PresetArg};
use super::metrics::MetricsArgs;
use super::stream_args::{AnyFileArgs, ClientArgs, DryRunArgs, FolderArgs};
use super::value::number;
use kafka_image_bench_core::configuration::{Burst, Ramp};
use kafka_image_bench_core::results::RaceGoal;
use kafka_image_bench_core::verdict::metric::Margin;
use kafka_image_bench_core::verdict::threshold::Thresholds;

const METHOD: &str = "Method";
const RACE: &str = "Race";
const COMPARISON: &str = "Comparison";
/// Options that choose rates by what holds.
pub(super) const SEARCH: &str = "search";

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ModeArg {
    /// From memory to receipt.
    Transport,
    /// From the folder to the saved file.
    Pipeline,
}

/// Arguments of `benchmark`.
#[derive(Args, Debug)]
pub struct BenchmarkArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    #[command(flatten)]
    pub(super) any_file: AnyFileArgs,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    #[command(flatten)]
    pub(super) metrics: MetricsArgs,
    #[command(flatten)]
    pub(super) dry_run: DryRunArgs,
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
    /// How long each run sends; without it a replay sends each image of the folder once
    #[arg(
        long,
        value_parser = number,
        allow_hyphen_values = true,
        value_name = "SECONDS",
        default_value = "5",
        default_value_if("replay_speed", ArgPredicate::IsPresent, None),
        help_heading = METHOD
    )]
    pub(super) duration: Option<f64>,
    /// How many images each run sends, instead of --duration
    #[arg(long, value_name = "IMAGES", conflicts_with = "duration", help_heading = METHOD)]
    pub(super) images: Option<u64>,
    /// How long to send before each run's clock starts
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "SECONDS", default_value_t = 1.0, help_heading = METHOD)]
    pub(super) warmup: f64,
    /// Runs of each configuration, interleaved in a random order
    #[arg(long, value_name = "RUNS", default_value_t = 3, help_heading = METHOD)]
    pub(super) repeats: u32,
    /// Race: measure in turns, drop what is certainly slower, and stop when one can be taken; replaces --repeats
    #[arg(long, conflicts_with_all = ["repeats", "find_max_rate", "ladder", "baseline"], help_heading = RACE)]
    pub(super) until_decided: bool,
    /// What the race compares: throughput, p99 (at a given load), cpu and bytes (per image), or balanced
    /// (throughput and p99) [default: throughput, and p99 at a given load]
    #[arg(long, value_name = "GOAL", help_heading = RACE)]
    pub(super) goal: Option<RaceGoal>,
    /// The most that measuring may take [default: less than half of what --repeats 3 takes, and less than a third with more
    /// than 24 configurations; two thirds where whole runs are compared]
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "MINUTES", help_heading = RACE)]
    pub(super) budget: Option<f64>,
    /// The same seed gives the same order
    #[arg(long, value_name = "NUMBER", default_value_t = 1, help_heading = METHOD)]
    pub(super) seed: u64,
    /// Send this many images per second; latency is then measured from the intended time of sending
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "IMAGES_PER_S", conflicts_with = "find_max_rate", help_heading = METHOD)]
    pub(super) rate: Option<f64>,
    /// Let the rate rise or fall evenly, and then stay, such as 10..500/60; latency is then measured from the intended time
    /// of sending
    #[arg(long, value_name = "FROM..TO/SECONDS", conflicts_with_all = ["rate", SEARCH], help_heading = METHOD)]
    pub(super) ramp: Option<Ramp>,
    /// Send so many images at once, again and again, such as 50/10; latency is then measured from the intended time of
    /// sending
    #[arg(long, value_name = "IMAGES/SECONDS", conflicts_with_all = ["rate", "ramp", SEARCH], help_heading = METHOD)]
    pub(super) burst: Option<Burst>,
    /// Replay the capture times of the images (EXIF, or else the file's modification time) so many times as fast, such as 1
    /// or 60; latency is then measured from the intended time of sending
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "SPEED", conflicts_with_all = ["rate", "ramp", "burst", SEARCH], help_heading = METHOD)]
    pub(super) replay_speed: Option<f64>,
    /// Shorten longer pauses of a replay to this
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "SECONDS", requires = "replay_speed", help_heading = METHOD)]
    pub(super) replay_max_pause: Option<f64>,
    /// Find the highest rate whose end-to-end p99 stays within --p99-ms, by bisection; replaces --repeats
    #[arg(long, requires = "p99_ms", group = SEARCH, help_heading = METHOD)]
    pub(super) find_max_rate: bool,
    /// Latency and loss against rate: from a tenth of the highest rate up until less than 99.5 % of a rate is achieved,
    /// records are lost, or p99 exceeds --p99-ms; more rates where the curve bends; replaces --repeats
    #[arg(long, group = SEARCH, conflicts_with_all = ["rate", "find_max_rate", "backlog"], help_heading = METHOD)]
    pub(super) ladder: bool,
    /// The highest rate of --ladder [default: found by a run at full speed, and beyond if it holds]
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "IMAGES_PER_S", requires = "ladder", help_heading = METHOD)]
    pub(super) ladder_top: Option<f64>,
    /// The latency that --find-max-rate must not exceed, and that ends --ladder
    #[arg(long, value_parser = number, allow_hyphen_values = true, value_name = "MS", requires = SEARCH, help_heading = METHOD)]
    pub(super) p99_ms: Option<f64>,
    /// Consumers in each consumer group
    #[arg(long, value_name = "MEMBERS", default_value_t = 1, help_heading = METHOD)]
    pub(super) consumers: usize,
    /// Producers that share the images; --rate is that of all together
    #[arg(long, value_name = "PRODUCERS", default_value_t = 1, help_heading = METHOD)]
    pub(super) producers: usize,
    /// Consumer groups: each receives every record, and is accounted for by itself
    #[arg(long, value_name = "GROUPS", default_value_t = 1, help_heading = METHOD)]
    pub(super) groups: usize,
    /// Also print where the time goes: read, encode, client, network, decode, write and so on, by configuration
    #[arg(long, help_heading = METHOD)]
    pub(super) stages: bool,
    /// Compare with these earlier results, a kafka_performance_results-….json
    #[arg(long, value_name = "RESULTS", help_heading = COMPARISON)]
    pub(super) baseline: Option<PathBuf>,
    /// What every run has to reach, for example p99<50ms,throughput>=500,loss=0: the first run that misses one ends the
    /// benchmark; and how much worse than --baseline figures may be, for example throughput=-5%,p99=+10%: missed if one is
    /// significantly worse (95 % for all together). Exit code 3 if one is missed. Names: throughput, consumer, p50, p95, p99,
    /// p99.9, ack-p50, ack-p99, loss, lag, cpu, cpu-producer, cpu-consumer, bytes, disk
    #[arg(long, value_name = "THRESHOLDS", help_heading = COMPARISON)]
    pub(super) threshold: Option<Thresholds>,
    /// Apply thresholds against a baseline to the figures as measured, regardless of noise
    #[arg(long, requires = "threshold", help_heading = COMPARISON)]
    pub(super) strict: bool,
    /// Differences up to this count as equal: "as fast"
    #[arg(long, value_name = "PERCENT", default_value = "3%", help_heading = COMPARISON)]
    pub(super) margin: Margin,
}
