//! The command line: arguments in, a checked plan out.

mod args;
mod help;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};

use args::{
    BenchmarkArgs, BrowseArgs, ClientArgs, ConsumeArgs, ConsumerArgs, FolderArgs, ModeArg, ProduceArgs, ProducerArgs,
    StreamArgs,
};
pub use args::{Cli, Command, CompareArgs, OutputFormat, RecommendArgs, ReportArgs, SamplesArgs};

use crate::benchmark::configurations::{self, Lists};
use crate::benchmark::plan::{BenchmarkMode, BenchmarkPlan, Pace, RunLength};
use crate::broker::{BrokerChoice, DataPlace};
use crate::browse::{BrowseFrom, BrowsePlan, BrowseRun};
use crate::engine::plan::{Mode, Plan, ServePlan, StreamPlan};
use crate::gui::tour::TourWish;
use crate::lag::LagPlan;
use crate::model::client_settings::ClientSettings;
use crate::pipeline::PipelineError;
use crate::pipeline::client::{check_fixed, check_settings};
use crate::pipeline::properties;
use crate::verdict::threshold::Thresholds;

/// A command line that cannot be obeyed.
#[derive(Debug)]
pub struct UsageError(String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<PipelineError> for UsageError {
    fn from(error: PipelineError) -> Self {
        Self(error.to_string())
    }
}

/// What the arguments ask for.
#[derive(Debug)]
pub enum Job {
    /// A run of the engine.
    Run(Plan),
    /// A benchmark, to be compared with earlier results.
    Benchmark {
        /// What to measure.
        plan: Box<BenchmarkPlan>,
        /// Earlier results.
        baseline: Option<PathBuf>,
        /// What is allowed against them.
        threshold: Option<Thresholds>,
    },
    /// Comparing two results.
    Compare(CompareArgs),
    /// Choosing from results.
    Recommend(RecommendArgs),
    /// Results as a page and as pictures.
    Report(ReportArgs),
    /// Writing sample images.
    Samples(SamplesArgs),
}

/// Arguments that belong to every command, before or after its name.
const GLOBAL: [&str; 3] = ["headless", "output_format", "verbose"];

/// Reads the process's arguments. Help, the version and what cannot be read end the process, as `clap` does it.
///
/// # Errors
/// Options where they have no effect.
pub fn parse() -> Result<Cli, UsageError> {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match misplaced(&matches) {
        Some(error) => Err(error),
        None if cli.headless => Ok(cli),
        None => not_for_the_window(&matches).map_or(Ok(cli), Err),
    }
}

/// Options that the window takes; all others it has as settings.
const WINDOW: [&str; 6] = ["bootstrap_server", "data", "command_config", "properties", "input", "work_dir"];

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
    Some(UsageError(format!("{option} is for --headless; in the window it is a setting")))
}

/// The first option of `stream` that stands before another command, where it would be passed over.
fn misplaced(matches: &ArgMatches) -> Option<UsageError> {
    let command = matches.subcommand_name()?;
    let id = matches.ids().find(|id| {
        !GLOBAL.contains(&id.as_str()) && matches.value_source(id.as_str()) == Some(ValueSource::CommandLine)
    })?;
    let definition = Cli::command();
    let argument = definition.get_arguments().find(|argument| argument.get_id() == id)?;
    let option = argument.get_long().map(|long| format!("--{long}")).unwrap_or_else(|| "-X".to_owned());
    Some(UsageError(format!("{option} belongs after the command: {command} {option} …")))
}

/// What the command line asks of the window.
#[derive(Debug)]
pub struct WindowWishes {
    /// The folder of images.
    pub folder: Option<PathBuf>,
    /// Where outputs go.
    pub work_dir: Option<PathBuf>,
    /// Where the embedded broker's data is.
    pub data: DataPlace,
    /// A cluster, and the client's properties.
    pub cluster: Option<(String, Vec<(String, String)>)>,
    /// A tour.
    pub tour: Option<TourWish>,
}

impl Cli {
    /// What the window is to begin with.
    ///
    /// # Errors
    /// Options that contradict each other, or that the client refuses.
    pub fn into_window(self) -> Result<WindowWishes, UsageError> {
        let given = |path: PathBuf, usual: &str| (path != Path::new(usual)).then_some(path);
        let stream = self.stream;
        let cluster = match broker_choice(&stream.client)? {
            BrokerChoice::External { bootstrap_servers } => {
                Some((bootstrap_servers, client_settings(&stream.client, &ProducerArgs::default())?.properties))
            }
            BrokerChoice::Embedded(_) => None,
        };
        let folder = given(stream.producer.input, "Labeled_Images");
        if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(UsageError(format!("the input folder does not exist: {}", folder.display())));
        }
        Ok(WindowWishes {
            folder,
            work_dir: given(stream.folder.work_dir, "."),
            data: data_place(stream.client.data.as_deref()),
            cluster,
            tour: self.tour.map(|folder| TourWish { folder, part: self.tour_part }),
        })
    }

    /// The job, with everything that can be checked without a broker checked.
    ///
    /// # Errors
    /// Options that contradict each other, or that the client refuses.
    pub fn into_job(self) -> Result<Job, UsageError> {
        if self.output_format == OutputFormat::Csv && !matches!(self.command, Some(Command::Lag(_))) {
            return Err(UsageError("--output-format csv is for lag; other commands print text or json".to_owned()));
        }
        let plan = match self.command {
            None => stream(Mode::Stream, self.stream)?,
            Some(Command::Stream(args)) => stream(Mode::Stream, args)?,
            Some(Command::Produce(ProduceArgs { client, topic, producer, folder })) => {
                let consumer = ConsumerArgs::default();
                stream(Mode::Produce, StreamArgs { client, topic, producer, consumer, folder })?
            }
            Some(Command::Consume(args)) => consume(args)?,
            Some(Command::Broker(args)) => {
                let data = data_place(args.data.as_deref());
                return Ok(Job::Run(Plan::Serve(ServePlan { listen: args.listen, data })));
            }
            Some(Command::Benchmark(args)) => {
                let (baseline, threshold) = (args.baseline.clone(), args.threshold.clone());
                let plan = Box::new(benchmark(args)?);
                plan.check()?;
                return Ok(Job::Benchmark { plan, baseline, threshold });
            }
            Some(Command::Compare(args)) => return Ok(Job::Compare(args)),
            Some(Command::Recommend(args)) => return Ok(Job::Recommend(args)),
            Some(Command::Report(args)) => return Ok(Job::Report(args)),
            Some(Command::Lag(args)) => {
                return Ok(Job::Run(Plan::Lag(Box::new(LagPlan {
                    broker: broker_choice(&args.client)?,
                    broker_timeout: seconds("--broker-timeout", args.client.broker_timeout)?,
                    client: client_settings(&args.client, &ProducerArgs::default())?,
                    group: args.group,
                    topic: args.topic,
                    interval: (!args.once).then(|| seconds("--interval", args.interval)).transpose()?,
                }))));
            }
            Some(Command::Browse(args)) => return Ok(Job::Run(Plan::Browse(Box::new(browse(args)?)))),
            Some(Command::Samples(args)) => return Ok(Job::Samples(args)),
        };
        plan.check()?;
        Ok(Job::Run(Plan::Stream(Box::new(plan))))
    }
}

fn stream(mode: Mode, args: StreamArgs) -> Result<StreamPlan, UsageError> {
    let StreamArgs { client, topic, producer, consumer, folder } = args;
    let settings = client_settings(&client, &producer)?;
    let ProducerArgs { partitions, encoding, rate, input, labels, watch, resend, .. } = producer;
    let ConsumerArgs { group, consumers } = consumer;
    let FolderArgs { work_dir } = folder;
    let broker = broker_choice(&client)?;
    let broker_timeout = seconds("--broker-timeout", client.broker_timeout)?;
    Ok(StreamPlan {
        mode,
        broker,
        broker_timeout,
        client: settings,
        topic: topic.topic,
        group,
        partitions,
        encoding,
        rate_images_per_s: rate,
        input,
        work_dir,
        labels,
        watch,
        resend,
        consumers,
        count: None,
        until_idle: None,
    })
}

fn consume(args: ConsumeArgs) -> Result<StreamPlan, UsageError> {
    let ConsumeArgs { client, topic, consumer, folder, count, until_idle } = args;
    let producer = ProducerArgs::default();
    let plan = stream(Mode::Consume, StreamArgs { client, topic, producer, consumer, folder })?;
    let until_idle = until_idle.map(|idle| seconds("--until-idle", idle)).transpose()?;
    Ok(StreamPlan { count, until_idle, ..plan })
}

fn browse(args: BrowseArgs) -> Result<BrowseRun, UsageError> {
    let run = BrowseRun {
        broker: broker_choice(&args.client)?,
        client: client_settings(&args.client, &ProducerArgs::default())?,
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

fn benchmark(args: BenchmarkArgs) -> Result<BenchmarkPlan, UsageError> {
    let lists = Lists {
        batch_size: args.batch_size,
        linger_ms: args.linger_ms,
        compression_type: args.compression_type,
        acks: args.acks,
        partitions: args.partitions,
        encoding: args.encoding,
    };
    let configurations = match (args.preset, &args.configurations) {
        (Some(preset), _) => configurations::preset(preset),
        (None, Some(file)) => configurations::read_toml(file)?,
        (None, None) if lists.is_empty() => configurations::standard(),
        (None, None) => lists.product()?,
    };
    Ok(BenchmarkPlan {
        broker: broker_choice(&args.client)?,
        broker_timeout: seconds("--broker-timeout", args.client.broker_timeout)?,
        client: client_settings(&args.client, &ProducerArgs::default())?,
        configurations,
        input: args.input,
        work_dir: args.folder.work_dir,
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

fn broker_choice(client: &ClientArgs) -> Result<BrokerChoice, UsageError> {
    // An empty variable is as good as none.
    let servers = client.bootstrap_server.as_deref().map(str::trim).filter(|servers| !servers.is_empty());
    match (servers, client.data.as_deref()) {
        (Some(_), Some(_)) => Err(UsageError(
            "--data is the embedded broker's folder, and --bootstrap-server names another broker: give one of the two \
             (KAFKA_BOOTSTRAP_SERVERS counts as --bootstrap-server)"
                .to_owned(),
        )),
        (Some(servers), None) => Ok(BrokerChoice::External { bootstrap_servers: servers.to_owned() }),
        (None, data) => Ok(BrokerChoice::Embedded(data_place(data))),
    }
}

fn data_place(data: Option<&Path>) -> DataPlace {
    match data {
        None => DataPlace::UserFolder,
        Some(data) if data == Path::new("memory") => DataPlace::Memory,
        Some(data) => DataPlace::Directory(data.to_owned()),
    }
}

/// Properties that have an option of their own, with librdkafka's other names for them.
const NAMED: [(&str, &[&str]); 4] = [
    ("--batch-size", &["batch.size"]),
    ("--linger-ms", &["linger.ms", "queue.buffering.max.ms"]),
    ("--compression-type", &["compression.type", "compression.codec"]),
    ("--acks", &["acks", "request.required.acks"]),
];

/// Options over -X over the file.
fn client_settings(client: &ClientArgs, producer: &ProducerArgs) -> Result<ClientSettings, UsageError> {
    check_fixed(&client.properties)?;
    let given = [
        producer.batch_size.is_some(),
        producer.linger_ms.is_some(),
        producer.compression_type.is_some(),
        producer.acks.is_some(),
    ];
    let mut properties = match &client.command_config {
        Some(file) => properties::read(file)?,
        None => Vec::new(),
    };
    // The file may serve other programs too, and name their servers.
    properties.retain(|(name, _)| name != "bootstrap.servers" && name != "group.id");
    for ((option, names), is_given) in NAMED.into_iter().zip(given) {
        if !is_given {
            continue;
        }
        if let Some((name, _)) = client.properties.iter().find(|(name, _)| names.contains(&name.as_str())) {
            return Err(UsageError(format!("{option} and -X {name} set the same property: give one of the two")));
        }
        properties.retain(|(name, _)| !names.contains(&name.as_str()));
    }
    properties.extend(client.properties.iter().cloned());
    Ok(ClientSettings {
        properties,
        batch_size_bytes: producer.batch_size,
        linger_ms: producer.linger_ms,
        compression_type: producer.compression_type.clone(),
        acks: producer.acks.clone(),
    })
}

fn seconds(option: &str, seconds: f64) -> Result<Duration, UsageError> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| UsageError(format!("{option} is a number of seconds, 0 or more, not {seconds}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(arguments: &[&str]) -> Result<Job, String> {
        let all = std::iter::once("kafka-image-bench").chain(arguments.iter().copied());
        let matches = Cli::command().try_get_matches_from(all).map_err(|error| error.to_string())?;
        if let Some(error) = misplaced(&matches) {
            return Err(error.to_string());
        }
        Cli::from_arg_matches(&matches).unwrap().into_job().map_err(|error| error.to_string())
    }

    fn plan(arguments: &[&str]) -> StreamPlan {
        match job(arguments).unwrap() {
            Job::Run(Plan::Stream(plan)) => *plan,
            other => panic!("{other:?}"),
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
        std::fs::write(&file, "linger.ms=7\nbootstrap.servers=elsewhere:1\ncompression.codec=gzip\n").unwrap();
        let (input, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
        let plan = plan(&["produce", "--input", input, "--command-config", file, "--compression-type", "lz4"]);
        assert_eq!(plan.client.properties, [("linger.ms".to_owned(), "7".to_owned())]);
        assert_eq!(plan.client.compression_type.as_deref(), Some("lz4"));
        assert_eq!(plan.broker, BrokerChoice::Embedded(DataPlace::UserFolder));
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
    }
}
