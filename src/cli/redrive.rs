//! The command `redrive`.

use std::path::PathBuf;

use clap::Args;

use super::UsageError;
use super::connection::Connection;
use super::plans::seconds;
use super::stream_args::{ClientArgs, ProducerArgs};
use kafka_image_bench_core::broker::{BrokerChoice, DataPlace};
use kafka_image_bench_core::redrive::{Condition, REDRIVE_GROUP, RedrivePlan, RedriveSource};

/// Arguments of `redrive`.
#[derive(Args, Debug)]
pub struct RedriveArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    /// The work folder whose dead_letters.csv lists the letters [default: the current folder]
    #[arg(long, value_name = "DIR", conflicts_with = "dead_letter_topic")]
    from: Option<PathBuf>,
    /// Read the letters from this topic instead: one of --dead-letter-topic, or of a Kafka Connect connector
    #[arg(long, value_name = "TOPIC")]
    dead_letter_topic: Option<String>,
    /// The consumer group whose offsets record which letters of --dead-letter-topic were sent
    #[arg(long, default_value = REDRIVE_GROUP, requires = "dead_letter_topic")]
    group: String,
    /// The topic to send to [default: the topic that each record came from]
    #[arg(long)]
    topic: Option<String>,
    /// Only letters that meet this condition; may be repeated, then all must be met. Fields: reason and name (of the
    /// image) contain the value; topic, partition and offset (also 10-20) are those that the record came from
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    conditions: Vec<Condition>,
    /// Send at most this many letters
    #[arg(long, value_name = "LETTERS", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Leave out letters that were sent again this many times, by their header redrive-count
    #[arg(long, value_name = "TIMES")]
    max_redrives: Option<u32>,
    /// Also send letters that were sent again before
    #[arg(long)]
    again: bool,
    /// Show what would be sent, without sending it
    #[arg(long)]
    dry_run: bool,
}

/// The plan of the command.
///
/// # Errors
/// Options that contradict each other, or that the client rejects.
pub(super) fn plan(args: RedriveArgs, notes: &mut Vec<String>) -> Result<RedrivePlan, UsageError> {
    let mut connection = Connection::read(&args.client, &ProducerArgs::default())?;
    notes.append(&mut connection.notes);
    if connection.broker == BrokerChoice::Embedded(DataPlace::Memory) {
        let advice = "a broker in memory begins without topics; give --data DIR or a --bootstrap-server";
        return Err(UsageError(advice.to_owned()));
    }
    let plan = RedrivePlan {
        broker: connection.broker,
        broker_timeout: seconds("--broker-timeout", args.client.broker_timeout)?,
        client: connection.client,
        source: match args.dead_letter_topic {
            Some(topic) => RedriveSource::Topic { topic, group: args.group },
            None => RedriveSource::Folder(args.from.unwrap_or_else(|| ".".into())),
        },
        to: args.topic,
        conditions: args.conditions,
        count: args.count,
        max_redrives: args.max_redrives,
        again: args.again,
        dry_run: args.dry_run,
    };
    plan.check()?;
    Ok(plan)
}
