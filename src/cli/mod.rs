//! The command line: turns arguments into a checked plan.

mod args;
mod connection;
mod folders;
mod help;
mod lists;
mod metrics;
mod redrive;
mod value;
#[cfg(feature = "window")]
mod window;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};

use args::{
    BenchmarkArgs, BrowseArgs, ConsumeArgs, ConsumerArgs, LagArgs, ModeArg, ProduceArgs, ProducerArgs, StreamArgs,
};
pub use args::{Cli, Command, CompareArgs, OutputFormat, RecommendArgs, ReportArgs, SamplesArgs};
#[cfg(feature = "window")]
pub use window::WindowRequest;

use connection::{Connection, data_place};
use lists::{ListArgs, PresetArg};

use kafka_image_bench_core::benchmark::plan::{BenchmarkPlan, Pace, RunLength};
use kafka_image_bench_core::browse::{BrowseFrom, BrowsePlan, BrowseRun};
use kafka_image_bench_core::configuration::{self, BenchmarkMode, Configuration, ConfigurationError};
use kafka_image_bench_core::engine::plan::{Mode, Plan, ServePlan, StreamPlan};
use kafka_image_bench_core::kafka::check::check_settings;
use kafka_image_bench_core::lag::LagPlan;
use kafka_image_bench_core::run::error::SettingsError;
use kafka_image_bench_core::verdict::metric::Margin;
use kafka_image_bench_core::verdict::threshold::{Rule, Thresholds};

/// Arguments that cannot be used.
#[derive(Debug)]
pub struct UsageError(String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<SettingsError> for UsageError {
    fn from(error: SettingsError) -> Self {
        Self(error.to_string())
    }
}

impl From<ConfigurationError> for UsageError {
    fn from(error: ConfigurationError) -> Self {
        Self(error.to_string())
    }
}

/// The job that the arguments describe.
#[derive(Debug)]
pub enum Job {
    /// A run of the engine.
    Run(Plan),
    /// A benchmark, optionally compared with earlier results.
    Benchmark {
        /// What to measure.
        plan: Box<BenchmarkPlan>,
        /// Earlier results.
        baseline: Option<PathBuf>,
        /// How the results are judged.
        judging: Judging,
    },
    /// Comparing two results.
    Compare(CompareArgs),
    /// Recommending a configuration from results.
    Recommend(RecommendArgs),
    /// Writing results as a page and as pictures.
    Report(ReportArgs),
    /// Writing sample images.
    Samples(SamplesArgs),
}

/// How results are judged.
#[derive(Clone, Debug, Default)]
pub struct Judging {
    /// How much worse than a baseline the figures may be.
    pub threshold: Option<Thresholds>,
    /// When a threshold counts as missed.
    pub rule: Rule,
    /// Differences that count as equal.
    pub margin: Margin,
}

impl Judging {
    /// Builds it from the options.
    pub fn new(threshold: Option<Thresholds>, is_strict: bool, margin: Margin) -> Self {
        Self { threshold, rule: if is_strict { Rule::Strict } else { Rule::Certain }, margin }
    }
}

/// Arguments that every command takes, before or after its name.
const GLOBAL: [&str; 3] = ["headless", "output_format", "verbose"];

/// Reads the process's arguments. For help, the version and unreadable arguments `clap` exits the process.
///
/// # Errors
/// Options that have no effect.
pub fn parse() -> Result<Cli, UsageError> {
    if let Some(error) = damaged_property(std::env::args_os()) {
        return Err(error);
    }
    let matches = match Cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) if may_repeat_a_secret(&error) => return Err(UsageError(value::STRAY.to_owned())),
        Err(error) => error.exit(),
    };
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let cli = Cli { headless: cli.headless || !cfg!(feature = "window"), ..cli };
    folders::check_words(&cli.paths, !cli.stream.client.properties.is_empty())?;
    match misplaced(&matches) {
        Some(error) => Err(error),
        None if cli.headless => Ok(cli),
        None => not_for_the_window(&matches).map_or(Ok(cli), Err),
    }
}

/// A word next to `-X` that belongs to no option can be part of a property's value; `clap` would repeat it.
fn may_repeat_a_secret(error: &clap::Error) -> bool {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let argument = error.get(ContextKind::InvalidArg);
    let is_option = matches!(argument, Some(ContextValue::String(argument)) if argument.starts_with("--"));
    let has_property = std::env::args_os().any(|argument| {
        let argument = argument.to_string_lossy();
        argument.starts_with('-') && !argument.starts_with("--") && argument.contains('X')
    });
    matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand) && !is_option && has_property
}

/// `-X` without its `=`. `clap` would repeat the word after it, which may be a password.
fn damaged_property(arguments: impl Iterator<Item = OsString>) -> Option<UsageError> {
    let mut arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        let Some(rest) = argument.strip_prefix("-X") else { continue };
        // `-X=name=value` is also accepted.
        let rest = rest.strip_prefix('=').filter(|rest| rest.contains('=')).unwrap_or(rest);
        let property = if rest.is_empty() { arguments.next()? } else { rest.to_owned() };
        if property.find('=').is_none_or(|place| place == 0) {
            return Some(UsageError(value::NO_PROPERTY.to_owned()));
        }
    }
    None
}

/// Options that the window takes; all others are settings in the window.
const WINDOW: [&str; 8] =
    ["bootstrap_server", "data", "command_config", "properties", "input", "work_dir", "paths", "new_window"];

fn not_for_the_window(matches: &ArgMatches) -> Option<UsageError> {
    if let Some(command) = matches.subcommand_name() {
        return Some(UsageError(format!("{command} works without a window: add --headless")));
    }
    let id = matches.ids().find(|id| {
        let name = id.as_str();
        let is_taken = WINDOW.contains(&name) || matches!(name, "verbose" | "tour" | "tour_part" | "headless");
        !is_taken && matches.value_source(name) == Some(ValueSource::CommandLine)
    })?;
    let definition = Cli::command();
    let argument = definition.get_arguments().find(|argument| argument.get_id() == id)?;
    let option = argument.get_long().map(|long| format!("--{long}")).unwrap_or_default();
    Some(UsageError(match id.as_str().starts_with("metrics") {
        true => format!("{option} needs --headless: it is for runs without a window"),
        false => format!("{option} needs --headless; in the window it is a setting"),
    }))
}

/// The first option of `stream` that is given before another command, where it would have no effect.
fn misplaced(matches: &ArgMatches) -> Option<UsageError> {
    let command = matches.subcommand_name()?;
    let id = matches.ids().find(|id| {
        !GLOBAL.contains(&id.as_str()) && matches.value_source(id.as_str()) == Some(ValueSource::CommandLine)
    })?;
    let definition = Cli::command();
    let argument = definition.get_arguments().find(|argument| argument.get_id() == id)?;
    if id == "paths" {
        return Some(UsageError(format!("the folder belongs after the command: {command} --input DIR")));
    }
    let option = argument.get_long().map(|long| format!("--{long}")).unwrap_or_else(|| "-X".to_owned());
    Some(UsageError(format!("{option} belongs after the command: {command} {option} …")))
}

impl Cli {
    /// The job, with every check that needs no broker, and notes for the user about the arguments: sentences without a
    /// full stop.
    ///
    /// # Errors
    /// Options that contradict each other, or that the client rejects.
    pub fn into_job(self) -> Result<(Job, Vec<String>), UsageError> {
        if self.output_format == OutputFormat::Csv && !matches!(self.command, Some(Command::Lag(_))) {
            return Err(UsageError("--output-format csv is only available for `lag`".to_owned()));
        }
        let mut notes = Vec::new();
        let plan = match self.command {
            None => {
                let input = folders::input_of(self.stream.producer.input, &self.paths)?;
                let producer = ProducerArgs { input, ..self.stream.producer };
                stream(Mode::Stream, StreamArgs { producer, ..self.stream }, &mut notes)?
            }
            Some(Command::Stream(args)) => stream(Mode::Stream, args, &mut notes)?,
            Some(Command::Produce(ProduceArgs { client, topic, producer, folder, metrics })) => {
                let consumer = ConsumerArgs::default();
                stream(Mode::Produce, StreamArgs { client, topic, producer, consumer, folder, metrics }, &mut notes)?
            }
            Some(Command::Consume(args)) => consume(args, &mut notes)?,
            Some(Command::Broker(args)) => {
                let data = data_place(args.data.as_deref());
                return Ok((Job::Run(Plan::Serve(ServePlan { listen: args.listen, data })), notes));
            }
            Some(Command::Benchmark(args)) => {
                let baseline = args.baseline.clone();
                let judging = Judging::new(args.threshold.clone(), args.strict, args.margin);
                let plan = Box::new(benchmark(args, &mut notes)?);
                plan.check()?;
                return Ok((Job::Benchmark { plan, baseline, judging }, notes));
            }
            Some(Command::Compare(args)) => return Ok((Job::Compare(args), notes)),
            Some(Command::Recommend(args)) => return Ok((Job::Recommend(args), notes)),
            Some(Command::Report(args)) => return Ok((Job::Report(args), notes)),
            Some(Command::Lag(args)) => {
                return Ok((Job::Run(Plan::Lag(Box::new(lag(args, &mut notes)?))), notes));
            }
            Some(Command::Browse(args)) => {
                return Ok((Job::Run(Plan::Browse(Box::new(browse(args, &mut notes)?))), notes));
            }
            Some(Command::Redrive(args)) => {
                return Ok((Job::Run(Plan::Redrive(Box::new(redrive::plan(args, &mut notes)?))), notes));
            }
            Some(Command::Samples(args)) => return Ok((Job::Samples(args), notes)),
        };
        plan.check()?;
        Ok((Job::Run(Plan::Stream(Box::new(plan))), notes))
    }
}

fn stream(mode: Mode, args: StreamArgs, notes: &mut Vec<String>) -> Result<StreamPlan, UsageError> {
    let StreamArgs { client, topic, producer, consumer, folder, .. } = args;
    let mut connection = Connection::read(&client, &producer)?;
    let group = connection.group(consumer.group);
    notes.append(&mut connection.notes);
    let ProducerArgs { partitions, encoding, rate, input, labels, watch, resend, .. } = producer;
    Ok(StreamPlan {
        mode,
        broker: connection.broker,
        broker_timeout: seconds("--broker-timeout", client.broker_timeout)?,
        client: connection.client,
        topic: topic.topic,
        group,
        partitions,
        encoding,
        rate_images_per_s: rate,
        input: if mode.produces() { folders::input_or_samples(input, notes)? } else { PathBuf::new() },
        work_dir: folder.work_dir.unwrap_or_else(|| Path::new(".").to_owned()),
        labels,
        watch,
        resend,
        consumers: consumer.consumers,
        count: None,
        until_idle: None,
        dead_letter_topic: consumer.dead_letter_topic,
    })
}

fn consume(args: ConsumeArgs, notes: &mut Vec<String>) -> Result<StreamPlan, UsageError> {
    let ConsumeArgs { client, topic, consumer, folder, metrics, count, until_idle } = args;
    let producer = ProducerArgs::default();
    let plan = stream(Mode::Consume, StreamArgs { client, topic, producer, consumer, folder, metrics }, notes)?;
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
    Ok((!of_file.is_empty())
        .then(|| format!("Not used from the command config, as each configuration sets it: {}", of_file.join(", "))))
}

fn lag(args: LagArgs, notes: &mut Vec<String>) -> Result<LagPlan, UsageError> {
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

fn browse(args: BrowseArgs, notes: &mut Vec<String>) -> Result<BrowseRun, UsageError> {
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
            timeout: seconds("--broker-timeout", args.client.broker_timeout)?,
            ..BrowsePlan::default()
        },
        save: args.save,
    };
    run.plan.check()?;
    check_settings(&run.client)?;
    Ok(run)
}

fn benchmark(args: BenchmarkArgs, notes: &mut Vec<String>) -> Result<BenchmarkPlan, UsageError> {
    let ListArgs(lists) = args.lists;
    let configurations = match (args.preset, &args.configurations) {
        (Some(PresetArg(preset)), _) => preset.configurations(),
        (None, Some(file)) => configuration::read_toml(file)?,
        (None, None) if lists.is_empty() => configuration::standard(),
        (None, None) => lists.product()?,
    };
    let mut connection = Connection::read(&args.client, &ProducerArgs::default())?;
    notes.append(&mut connection.notes);
    notes.extend(unused_settings(&args.client.properties, &connection.client.properties, &configurations)?);
    Ok(BenchmarkPlan {
        broker: connection.broker,
        broker_timeout: seconds("--broker-timeout", args.client.broker_timeout)?,
        client: connection.client,
        configurations,
        input: folders::input_or_samples(args.input, notes)?,
        work_dir: args.folder.work_dir.unwrap_or_else(|| Path::new(".").to_owned()),
        runs_folder: None,
        mode: match args.mode {
            ModeArg::Transport => BenchmarkMode::Transport,
            ModeArg::Pipeline => BenchmarkMode::Pipeline,
        },
        backlog: args.backlog,
        length: match args.images {
            Some(images) => RunLength::Images(images),
            None => RunLength::Duration(seconds("--duration", args.duration)?),
        },
        warmup: seconds("--warmup", args.warmup)?,
        repeats: args.repeats,
        pace: match (args.rate, args.p99_ms) {
            (Some(rate), _) => Pace::Fixed(rate),
            (None, Some(p99_ms)) => Pace::FindMax(p99_ms),
            (None, None) => Pace::FullSpeed,
        },
        consumers: args.consumers,
        seed: args.seed,
    })
}

/// Longer than any useful wait, and small enough to add to any clock.
const SECONDS_MAX: f64 = 1e8;

fn seconds(option: &str, seconds: f64) -> Result<Duration, UsageError> {
    let refused = || UsageError(format!("{option} is a number of seconds from 0 to {SECONDS_MAX}, not {seconds}"));
    match Duration::try_from_secs_f64(seconds) {
        Ok(span) if seconds <= SECONDS_MAX => Ok(span),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_image_bench_core::broker::BrokerChoice;
    use kafka_image_bench_core::redrive::{REDRIVE_GROUP, RedriveSource};

    fn job(arguments: &[&str]) -> Result<Job, String> {
        let all = std::iter::once("kafka-image-bench").chain(arguments.iter().copied());
        if let Some(error) = damaged_property(arguments.iter().map(OsString::from)) {
            return Err(error.to_string());
        }
        let matches = Cli::command().try_get_matches_from(all).map_err(|error| error.to_string())?;
        if let Some(error) = misplaced(&matches) {
            return Err(error.to_string());
        }
        let job = Cli::from_arg_matches(&matches).unwrap().into_job();
        job.map(|(job, _)| job).map_err(|error| error.to_string())
    }

    fn plan(arguments: &[&str]) -> StreamPlan {
        match job(arguments).unwrap() {
            Job::Run(Plan::Stream(plan)) => *plan,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn letters_come_from_a_folder_or_a_topic() {
        let plan = |arguments: &[&str]| match job(&[&["redrive"], arguments].concat()) {
            Ok(Job::Run(Plan::Redrive(plan))) => Ok(plan.source),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        };
        assert_eq!(plan(&[]), Ok(RedriveSource::Folder(".".into())));
        let group = REDRIVE_GROUP.to_owned();
        assert_eq!(plan(&["--dead-letter-topic", "d"]), Ok(RedriveSource::Topic { topic: "d".to_owned(), group }));
        for (refused, part) in [
            (&["--from", "/no/such"][..], "--from"),
            (&["--from", ".", "--dead-letter-topic", "d"], "--dead-letter-topic"),
            (&["--group", "g"], "--dead-letter-topic"),
            (&["--dead-letter-topic", "d", "--topic", "d"], "--topic"),
            (&["--where", "size=3"], "reason"),
            (&["--count", "0"], "--count"),
            (&["--data", "memory"], "--data"),
        ] {
            let error = plan(refused).unwrap_err();
            assert!(error.contains(part), "{refused:?}: {error}");
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn defaults_are_those_of_the_plan() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().to_str().unwrap();
        let expected = StreamPlan { input: input.into(), ..StreamPlan::default() };
        assert_eq!(plan(&["--headless", "--input", input]), expected);
        assert_eq!(plan(&["--headless", "stream", "--input", input]), expected);
    }

    #[test]
    fn options_win_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("client.properties");
        std::fs::write(&file, "linger.ms=7\nbootstrap.servers=elsewhere\ncompression.codec=gzip\n").unwrap();
        let (input, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
        let plan = plan(&["produce", "--input", input, "--command-config", file, "--compression-type", "lz4"]);
        assert_eq!(plan.client.properties, [("linger.ms".to_owned(), "7".to_owned())]);
        assert_eq!(plan.client.of_producer().property("compression.type"), Some("lz4"));
        assert_eq!(plan.broker, BrokerChoice::External { bootstrap_servers: "elsewhere:9092".to_owned() });
    }

    #[test]
    fn contradictions_are_named() {
        let refused = |arguments: &[&str]| job(arguments).unwrap_err();
        assert!(refused(&["consume", "--data", "x", "--bootstrap-server", "y:1"]).contains("--data"));
        assert!(refused(&["--topic", "t", "consume"]).contains("consume --topic"));
        assert!(refused(&["--linger-ms", "1", "-X", "linger.ms=2"]).contains("--linger-ms"));
        assert!(refused(&["consume", "-X", "bootstrap.servers=x:1"]).contains("--bootstrap-server"));
        assert!(refused(&["consume", "-X", "linger"]).contains("name=value"));
        assert!(refused(&["consume", "--until-idle", "-1"]).contains("--until-idle"));
        assert!(refused(&["--acks", "2"]).contains("acks"));
        assert!(refused(&["--encoding", "xml"]).contains("json"));
        assert!(refused(&["consume", "-X", "metadata.broker.list=x:1"]).contains("--bootstrap-server"));
    }

    #[test]
    fn lists_and_properties_are_combined() {
        let folder = tempfile::tempdir().unwrap();
        let input = ["benchmark", "--input", folder.path().to_str().unwrap()];
        let configurations = |options: &[&str]| -> Result<Vec<Configuration>, String> {
            match job(&[&input[..], options].concat())? {
                Job::Benchmark { plan, .. } => Ok(plan.configurations),
                other => panic!("{other:?}"),
            }
        };
        let sweep = ["--sweep", "consumer.fetch.min.bytes=1,1000000", "--sweep=topic.min.insync.replicas=1,2"];
        let all = configurations(&[&sweep[..], &["--linger-ms", "0,5"]].concat()).unwrap();
        assert_eq!(all.len(), 8);
        assert_eq!(all[1].name, "1000000/0/none/consumer.fetch.min.bytes=1/topic.min.insync.replicas=2");
        let shared = ["-X", "socket.keepalive.enable=true", "--sweep", "producer.retries=1,2"];
        assert_eq!(configurations(&shared).unwrap().len(), 2);
        for (options, word) in [
            (&["--sweep", "producer.linger.ms=1"][..], "--linger-ms"),
            (&["--sweep", "consumer.linger.ms=1"], "not a property of the consumer"),
            (&["--sweep", "consumer.fetch.min.bites=1"], "fetch.min.bites"),
            (&["--sweep", "consumer.fetch.min.bytes=many"], "fetch.min.bytes=many"),
            (&["--sweep", "consumer.enable.auto.commit=true"], "enable.auto.commit"),
            (&["--sweep", "topic.max.message.bytes=1"], "max.message.bytes"),
            (&["--sweep", "topic.min.insync.replicas=0"], "min.insync.replicas"),
            (&["--sweep", "fetch.min.bytes=1"], "begins with"),
            (&["--sweep", "consumer.fetch.min.bytes"], "NAME=VALUE"),
            (&["--sweep", "consumer.fetch.min.bytes=1", "-X", "fetch.min.bytes=2"], "--sweep"),
            (&["--sweep", "consumer.fetch.min.bytes=1,1"], "twice"),
            (&["--sweep", "consumer.fetch.min.bytes=1", "--preset", "encodings"], "--preset"),
        ] {
            let refused = configurations(options).unwrap_err();
            assert!(refused.contains(word), "{refused}");
        }
    }

    #[test]
    fn numbers_that_are_none_are_refused_everywhere() {
        let commands: [&[&str]; 8] = [
            &["stream", "--linger-ms"],
            &["stream", "--rate"],
            &["stream", "--broker-timeout"],
            &["consume", "--until-idle"],
            &["benchmark", "--linger-ms"],
            &["benchmark", "--duration"],
            &["benchmark", "--warmup"],
            &["lag", "--interval"],
        ];
        let folder = tempfile::tempdir().unwrap();
        let input = ["--input", folder.path().to_str().unwrap()];
        for command in commands {
            for number in ["NaN", "inf", "-inf", "-1", "1e999", "x", ""] {
                let input = if matches!(command[0], "stream" | "benchmark") { &input[..] } else { &[] };
                let refused = job(&[command, &[number], input].concat()).unwrap_err();
                assert!(refused.contains(command[1]), "{command:?} {number}: {refused}");
            }
        }
        assert!(job(&["lag", "--broker-timeout", "1e300"]).unwrap_err().contains("--broker-timeout"));
        for linger in ["nan", "inf", "-5"] {
            let refused = job(&["stream", "-X", &format!("linger.ms={linger}"), input[0], input[1]]).unwrap_err();
            assert!(refused.contains("linger.ms"), "{refused}");
        }
    }

    #[test]
    fn a_property_without_its_sign_is_not_repeated() {
        for arguments in
            [&["-X", "hunter2"][..], &["-X", "sasl.password", "hunter2"], &["-X", "=hunter2"], &["-Xhunter2"]]
        {
            let refused = job(arguments).unwrap_err();
            assert!(!refused.contains("hunter2") && refused.contains("name=value"), "{refused}");
        }
    }
}
