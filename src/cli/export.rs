//! The command `export`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::UsageError;
use super::connection::Connection;
use super::plans::seconds;
use super::stream_args::{ClientArgs, ProducerArgs};
use kafka_image_bench_core::broker::{BrokerChoice, DataPlace};
use kafka_image_bench_core::export::{ExportOptions, ExportPlan, ExportSource, Split};
use kafka_image_bench_core::labels::{SET_FORMATS, SetFormat, YoloTask};
use kafka_image_bench_core::query::Query;

/// Arguments of `export`.
#[derive(Args, Debug)]
pub struct ExportArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    /// The folder of the set: new, or empty
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The format of the set
    #[arg(long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(SET_FORMATS.map(|format| format.name)))]
    to: String,
    /// The work folder whose saved images are exported [default: the current folder]; not used with --topic
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// Export the records of this topic instead, all that are on it, without joining a group
    #[arg(long)]
    topic: Option<String>,
    /// Only images that match, such as: label = "boat" and objects.tug >= 2; see the reference of queries
    #[arg(long = "where", value_name = "QUERY")]
    query: Option<Query>,
    /// Divide the images for training, validation and testing by these percentages [default: all are for training]
    #[arg(long, value_name = "TRAIN/VAL/TEST")]
    split: Option<Split>,
    /// Which images --split puts where: the same seed divides the same images in the same way
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// What YOLO's labels are for: detect, segment, pose or obb [default: what keeps most of the objects whole]
    #[arg(long, value_name = "TASK")]
    task: Option<YoloTask>,
    /// Copy images, also where a hard link would do
    #[arg(long)]
    copy: bool,
}

/// The plan of the command.
///
/// # Errors
/// Options that contradict each other, or that the client rejects.
pub(super) fn plan(args: ExportArgs, notes: &mut Vec<String>) -> Result<ExportPlan, UsageError> {
    let mut connection = Connection::read(&args.client, &ProducerArgs::default())?;
    notes.append(&mut connection.notes);
    if args.topic.is_none() && args.client.bootstrap_server.is_some() {
        notes.push("The saved images are exported; to export the records of a cluster, name their --topic".to_owned());
    }
    let source = match args.topic {
        Some(topic) => ExportSource::Topic(topic),
        None => ExportSource::Folder(args.work_dir.unwrap_or_else(|| ".".into())),
    };
    if matches!(source, ExportSource::Topic(_)) && connection.broker == BrokerChoice::Embedded(DataPlace::Memory) {
        let advice = "a broker in memory begins without topics; give --data DIR or a --bootstrap-server";
        return Err(UsageError(advice.to_owned()));
    }
    let format = SetFormat::named(&args.to).ok_or_else(|| UsageError(format!("unknown format: {}", args.to)))?;
    let plan = ExportPlan {
        source,
        broker: connection.broker,
        broker_timeout: seconds("--broker-timeout", args.client.broker_timeout)?,
        client: connection.client,
        options: ExportOptions {
            format,
            split: args.split,
            seed: args.seed,
            yolo_task: args.task,
            copy: args.copy,
            query: args.query,
            only: None,
        },
        folder: args.folder,
    };
    plan.check()?;
    Ok(plan)
}
