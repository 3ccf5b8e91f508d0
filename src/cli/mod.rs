//! The command line: turns arguments into a checked plan.

mod args;
mod argument_checks;
mod benchmark_args;
mod connection;
mod folders;
mod help;
mod lists;
mod metrics;
mod plans;
mod redrive;
mod results_args;
mod stream_args;
mod topic_args;
mod value;
#[cfg(feature = "window")]
mod window;

use std::fmt;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches};

pub use args::{Cli, Command, OutputFormat, SamplesArgs};
use argument_checks::{damaged_property, may_repeat_a_secret, misplaced, not_for_the_window};
use connection::data_place;
use plans::{benchmark, browse, consume, lag, stream};
pub use results_args::{CompareArgs, RecommendArgs, ReportArgs};
use stream_args::{ConsumerArgs, ProduceArgs, ProducerArgs, StreamArgs};
#[cfg(feature = "window")]
pub use window::WindowRequest;

use kafka_image_bench_core::benchmark::plan::BenchmarkPlan;
use kafka_image_bench_core::configuration::ConfigurationError;
use kafka_image_bench_core::engine::plan::{Mode, Plan, ServePlan};
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

/// The definition of the command line: `--help`, the manual pages, the completions and `docs/reference/cli.md` are made
/// from it.
pub fn command() -> clap::Command {
    Cli::command()
}

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

#[cfg(test)]
mod tests;
