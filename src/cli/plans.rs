//! The plan of each command, from its arguments.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::UsageError;
use super::benchmark_args::{BenchmarkArgs, ModeArg};
use super::connection::Connection;
use super::folders;
use super::lists::{ListArgs, PresetArg};
use super::stream_args::{ConsumeArgs, ProducerArgs, StreamArgs};
use super::topic_args::{BrowseArgs, CheckArgs, LagArgs, ResetArgs};
use kafka_image_bench_core::benchmark::plan::{BenchmarkPlan, Pace, RacePlan, RunLength};
use kafka_image_bench_core::broker::BrokerChoice;
use kafka_image_bench_core::browse::{BrowseFrom, BrowsePlan, BrowseRun};
use kafka_image_bench_core::configuration::{self, BenchmarkMode, Burst, Configuration, LoadShape, Ramp, Replay};
use kafka_image_bench_core::engine::plan::{KeepStream, Mode, StreamPlan};
use kafka_image_bench_core::groups::{ResetRequest, ResetRun};
use kafka_image_bench_core::kafka::check::check_settings;
use kafka_image_bench_core::labels::LabelRule;
use kafka_image_bench_core::lag::LagPlan;
use kafka_image_bench_core::model::client_settings::ClientSettings;
use kafka_image_bench_core::results::{LadderLimits, RaceGoal};

pub(super) fn stream(mode: Mode, args: StreamArgs, notes: &mut Vec<String>) -> Result<StreamPlan, UsageError> {
    let StreamArgs { client, topic, producer, consumer, any_file, folder, results, .. } = args;
    let mut connection = Connection::read(&client, &producer)?;
    let group = connection.group(consumer.group);
    notes.append(&mut connection.notes);
    let load_shape = load_shape((producer.ramp, producer.burst), (producer.replay_speed, producer.replay_max_pause));
    let ProducerArgs { partitions, encoding, key, producers, rate, input, labels, labels_scale, watch, resend, .. } =
        producer;
    let labels = labels.unwrap_or_else(|| LabelRule::of_what_is_found().keeping_file_names());
    Ok(StreamPlan {
        mode,
        broker: connection.broker,
        broker_timeout: seconds("--broker-timeout", client.broker_timeout)?,
        client: connection.client,
        topic: topic.topic,
        group,
        partitions,
        encoding,
        key,
        producers,
        rate_images_per_s: rate,
        load_shape,
        input: if mode.produces() { folders::input_or_samples(input, notes)? } else { PathBuf::new() },
        work_dir: folder.work_dir.unwrap_or_else(|| Path::new(".").to_owned()),
        labels: labels.scaling(labels_scale),
        any_file: any_file.any_file,
        watch,
        resend,
        only: None,
        keep: results.results.map(KeepStream::File),
        consumers: consumer.consumers,
        count: None,
        until_idle: None,
        dead_letter_topic: consumer.dead_letter_topic,
    })
}

pub(super) fn consume(args: ConsumeArgs, notes: &mut Vec<String>) -> Result<StreamPlan, UsageError> {
    let ConsumeArgs { client, topic, consumer, any_file, folder, metrics, results, dry_run, count, until_idle } = args;
    let producer = ProducerArgs::default();
    let plan = stream(
        Mode::Consume,
        StreamArgs { client, topic, producer, consumer, any_file, folder, metrics, results, dry_run },
        notes,
    )?;
    let until_idle = until_idle.map(|idle| seconds("--until-idle", idle)).transpose()?;
    Ok(StreamPlan { count, until_idle, ..plan })
}

/// Properties that each configuration sets: an error for `-X`, a note if they are in the file.
fn unused_settings(
    given: &[(String, String)],
    all: &[(String, String)],
    configurations: &[Configuration],
) -> Result<Option<String>, UsageError> {
    let is_measured = |(name, _): &&(String, String)| configurations.iter().any(|one| one.sets(name));
    if let Some((name, _)) = given.iter().find(is_measured) {
        return Err(UsageError(format!(
            "-X {name} is set by each configuration: use the option of that name, --sweep or --configurations instead"
        )));
    }
    let of_file: Vec<&str> = all.iter().filter(is_measured).map(|(name, _)| name.as_str()).collect();
    Ok((!of_file.is_empty()).then(|| {
        format!("Not used from the configuration files, as each configuration sets it: {}", of_file.join(", "))
    }))
}

/// A connection that is tried.
#[derive(Debug)]
pub struct CheckPlan {
    /// The cluster.
    pub bootstrap_servers: String,
    /// The client's properties.
    pub client: ClientSettings,
    /// The topic whose rights are checked.
    pub topic: Option<String>,
    /// How long all of it may take.
    pub timeout: Duration,
}

pub(super) fn check(args: CheckArgs, notes: &mut Vec<String>) -> Result<CheckPlan, UsageError> {
    let mut connection = Connection::read(&args.client, &ProducerArgs::default())?;
    notes.append(&mut connection.notes);
    let BrokerChoice::External { bootstrap_servers } = connection.broker else {
        return Err(UsageError("`check` tries a cluster: give its address with --bootstrap-server".to_owned()));
    };
    if args.topic.as_deref() == Some("") {
        return Err(UsageError("the topic has no name; give one with --topic, or leave it out".to_owned()));
    }
    Ok(CheckPlan {
        bootstrap_servers,
        client: connection.client,
        topic: args.topic,
        timeout: seconds("--broker-timeout", args.client.broker_timeout)?,
    })
}

pub(super) fn lag(args: LagArgs, notes: &mut Vec<String>) -> Result<LagPlan, UsageError> {
    let mut connection = Connection::read(&args.client, &ProducerArgs::default())?;
    let group = connection.group(args.group);
    if group.is_empty() {
        return Err(UsageError("the consumer group has no name; give one with --group".to_owned()));
    }
    if args.topic.as_deref() == Some("") {
        return Err(UsageError("the topic has no name; give one with --topic, or leave it out".to_owned()));
    }
    if !args.once && args.interval < 0.01 {
        return Err(UsageError(format!("--interval is 0.01 s or more, not {}", args.interval)));
    }
    notes.append(&mut connection.notes);
    check_settings(&connection.client)?;
    Ok(LagPlan {
        broker: connection.broker,
        broker_timeout: seconds("--broker-timeout", args.client.broker_timeout)?,
        client: connection.client,
        group,
        topic: args.topic,
        interval: (!args.once).then(|| seconds("--interval", args.interval)).transpose()?,
    })
}

pub(super) fn reset(args: ResetArgs, notes: &mut Vec<String>) -> Result<ResetRun, UsageError> {
    let mut connection = Connection::read(&args.client, &ProducerArgs::default())?;
    let group = connection.group(args.group);
    if group.is_empty() {
        return Err(UsageError("the consumer group has no name; give one with --group".to_owned()));
    }
    if args.topic.as_deref() == Some("") {
        return Err(UsageError("the topic has no name; give one with --topic, or leave it out".to_owned()));
    }
    notes.append(&mut connection.notes);
    check_settings(&connection.client)?;
    Ok(ResetRun {
        broker: connection.broker,
        broker_timeout: seconds("--broker-timeout", args.client.broker_timeout)?,
        client: connection.client,
        request: ResetRequest { group, topic: args.topic, partition: args.partition, to: args.to },
        dry_run: args.dry_run,
    })
}

pub(super) fn browse(args: BrowseArgs, notes: &mut Vec<String>) -> Result<BrowseRun, UsageError> {
    let mut connection = Connection::read(&args.client, &ProducerArgs::default())?;
    notes.append(&mut connection.notes);
    let run = BrowseRun {
        broker: connection.broker,
        client: connection.client,
        plan: BrowsePlan {
            topic: args.topic,
            partition: args.partition,
            from: args.offset.map_or(args.from, BrowseFrom::Offset),
            count: args.count,
            query: args.query,
            only_damaged: args.damaged_only,
            timeout: seconds("--broker-timeout", args.client.broker_timeout)?,
            ..BrowsePlan::default()
        },
        save: args.save,
    };
    run.plan.check()?;
    check_settings(&run.client)?;
    Ok(run)
}

pub(super) fn benchmark(args: BenchmarkArgs, notes: &mut Vec<String>) -> Result<BenchmarkPlan, UsageError> {
    let load_shape = load_shape((args.ramp, args.burst), (args.replay_speed, args.replay_max_pause));
    let pace = match (args.rate, args.p99_ms, load_shape) {
        (_, _, Some(shape)) => Pace::Shaped(shape),
        (_, p99_ms, _) if args.ladder => Pace::Ladder(LadderLimits { top_images_per_s: args.ladder_top, p99_ms }),
        (Some(rate), _, _) => Pace::Fixed(rate),
        (None, Some(p99_ms), _) => Pace::FindMax(p99_ms),
        (None, None, _) => Pace::FullSpeed,
    };
    let race = race(&args, pace)?;
    let ListArgs(lists) = args.lists;
    let configurations = match (args.preset, &args.configurations) {
        (Some(PresetArg(preset)), _) => preset.configurations(),
        (None, Some(file)) => configuration::read_toml(file)?,
        (None, None) if lists.is_empty() => configuration::standard(),
        (None, None) => lists.product()?,
    };
    let mut connection = Connection::read(&args.client, &ProducerArgs::default())?;
    notes.append(&mut connection.notes);
    notes.extend(unused_settings(args.client.properties().1, &connection.client.properties, &configurations)?);
    Ok(BenchmarkPlan {
        broker: connection.broker,
        broker_timeout: seconds("--broker-timeout", args.client.broker_timeout)?,
        client: connection.client,
        configurations,
        input: folders::input_or_samples(args.input, notes)?,
        any_file: args.any_file.any_file,
        work_dir: args.folder.work_dir.unwrap_or_else(|| Path::new(".").to_owned()),
        runs_folder: None,
        mode: match args.mode {
            ModeArg::Transport => BenchmarkMode::Transport,
            ModeArg::Pipeline => BenchmarkMode::Pipeline,
        },
        backlog: args.backlog,
        length: match args.images {
            Some(images) => RunLength::Images(images),
            None => RunLength::Duration(seconds("--duration", args.duration.unwrap_or_default())?),
        },
        // Left out in a replay.
        whole_folder: args.images.is_none() && args.duration.is_none(),
        warmup: seconds("--warmup", args.warmup)?,
        repeats: args.repeats,
        pace,
        race,
        consumers: args.consumers,
        producers: args.producers,
        groups: args.groups,
        seed: args.seed,
        thresholds: args.threshold.as_ref().map(|all| all.limits().to_vec()).unwrap_or_default(),
    })
}

/// The load, if it changes.
fn load_shape(
    (ramp, burst): (Option<Ramp>, Option<Burst>),
    (speed, longest_pause_s): (Option<f64>, Option<f64>),
) -> Option<LoadShape> {
    let replay = speed.map(|speed| LoadShape::Replay(Replay { speed, longest_pause_s }));
    ramp.map(LoadShape::Ramp).or_else(|| burst.map(LoadShape::Burst)).or(replay)
}

/// The race that `--until-decided` asks for.
fn race(args: &BenchmarkArgs, pace: Pace) -> Result<Option<RacePlan>, UsageError> {
    if !args.until_decided {
        let unused = [("--goal", args.goal.is_some()), ("--budget", args.budget.is_some())];
        return match unused.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(UsageError(format!("{option} belongs to a race: add --until-decided"))),
            None => Ok(None),
        };
    }
    let goal = args.goal.unwrap_or(if pace.is_load_given() { RaceGoal::P99 } else { RaceGoal::Throughput });
    let budget = args.budget.map(|minutes| seconds("--budget (in seconds)", 60.0 * minutes)).transpose()?;
    Ok(Some(RacePlan { goal, budget, margin: args.margin }))
}

/// Longer than any useful wait, and small enough to add to any clock.
const SECONDS_MAX: f64 = 1e8;

pub(super) fn seconds(option: &str, seconds: f64) -> Result<Duration, UsageError> {
    let refused = || UsageError(format!("{option} is a number of seconds from 0 to {SECONDS_MAX}, not {seconds}"));
    match Duration::try_from_secs_f64(seconds) {
        Ok(span) if seconds <= SECONDS_MAX => Ok(span),
        _ => Err(refused()),
    }
}
