//! The arguments of `check`, `lag`, `reset-offsets` and `browse`.

use std::path::PathBuf;

use clap::Args;

use super::metrics::MetricsArgs;
use super::stream_args::ClientArgs;
use super::value::{self, number};
use kafka_image_bench_core::browse::BrowseFrom;
use kafka_image_bench_core::groups::ResetTo;
use kafka_image_bench_core::query::Query;

/// Arguments of `check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    /// Also check what this user may do with a topic; nothing is created or written
    #[arg(long)]
    pub(super) topic: Option<String>,
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

/// Arguments of `reset-offsets`.
#[derive(Args, Debug)]
pub struct ResetArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    /// The consumer group [default: group.id of --command-config, or image-consumer-group]
    #[arg(long)]
    pub(super) group: Option<String>,
    /// One topic [default: all on which the group has committed]
    #[arg(long)]
    pub(super) topic: Option<String>,
    /// One partition [default: all]
    #[arg(long, value_name = "PARTITION", allow_negative_numbers = true, value_parser = clap::value_parser!(i32).range(0..))]
    pub(super) partition: Option<i32>,
    /// Where the group continues: the first record, the end, an offset of each partition, or a time: 2026-11-24T08:30:00Z, or
    /// without the Z in the local time zone
    #[arg(long, value_name = "first|last|OFFSET|TIME", allow_hyphen_values = true, value_parser = value::reset_to)]
    pub(super) to: ResetTo,
    /// Show what it would repeat and skip, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
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
    /// Only records that match, such as 'label = "boat" and objects.tug >= 2': reads until --count of them are found. All
    /// fields: docs/reference/query.md
    #[arg(long = "where", value_name = "QUERY")]
    pub(super) query: Option<Query>,
    /// Only records that hold no image, and those that the client cannot read: reads until --count of them are found
    #[arg(long)]
    pub(super) damaged_only: bool,
    /// Write the values into this folder: images unchanged, damaged records as .bin; existing files are never
    /// overwritten
    #[arg(long, value_name = "DIR")]
    pub(super) save: Option<PathBuf>,
}
