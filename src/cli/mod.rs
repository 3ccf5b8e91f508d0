//! The command line: turns arguments into a checked plan.

mod args;
mod argument_checks;
mod benchmark_args;
mod completions;
mod connection;
mod export;
mod folders;
mod help;
mod lists;
mod metrics;
mod plans;
mod redrive;
mod results_args;
mod runs_args;
mod sources;
mod stream_args;
mod topic_args;
mod value;
mod version;
#[cfg(feature = "window")]
mod window;

use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches};

pub use args::{Cli, Command, CompletionsArgs, OutputFormat, SamplesArgs};
use argument_checks::{damaged_property, may_repeat_a_secret, misplaced, not_for_the_window};
pub use completions::completions;
use connection::data_place;
pub use plans::CheckPlan;
use plans::{benchmark, browse, check, consume, lag, reset, stream};
pub use results_args::{CompareArgs, RecommendArgs, ReportArgs};
pub use runs_args::RunsArgs;
use sources::Sources;
use stream_args::{ClientArgs, ProducerArgs, StreamArgs};
#[cfg(feature = "window")]
pub use window::WindowRequest;

use kafka_image_bench_core::benchmark::plan::BenchmarkPlan;
use kafka_image_bench_core::configuration::ConfigurationError;
use kafka_image_bench_core::engine::plan::{DryRunPlan, Mode, Plan, ServePlan};
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
        /// Whether the stages of the records' way are printed.
        shows_stages: bool,
    },
    /// Comparing two results.
    Compare(CompareArgs),
    /// Recommending a configuration from results.
    Recommend(RecommendArgs),
    /// Writing results as a page and as pictures.
    Report(ReportArgs),
    /// Trying a connection.
    Check(Box<CheckPlan>),
    /// Listing kept runs, and keeping notes about them.
    Runs(RunsArgs),
    /// Writing sample images.
    Samples(SamplesArgs),
    /// Printing the completions of a shell.
    Completions(CompletionsArgs),
}

/// How results are judged.
#[derive(Clone, Debug, Default)]
pub struct Judging {
    /// How much worse than a baseline the figures may be, and what every run has to reach.
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

    /// Refuses thresholds against a baseline where there is none.
    fn check_is_absolute(&self, needed: &str) -> Result<(), UsageError> {
        match self.threshold.as_ref().and_then(Thresholds::first_change) {
            Some(change) => Err(UsageError(format!(
                "the threshold {change} is a change against earlier results: it needs {needed}; what every run has to reach reads \
                 p99<50ms"
            ))),
            None => Ok(()),
        }
    }
}

/// The definition of the command line: `--help`, the manual pages, the completions and `docs/reference/cli.md` are made
/// from it.
pub fn command() -> clap::Command {
    Cli::command().mut_subcommands(|command| {
        let usage = help::usage(&command);
        command.override_usage(usage)
    })
}

/// Reads the process's arguments, the configuration files and the variables. For help, the version and unreadable arguments
/// the process ends. `commit` is the one that the program is built from, for `--version`.
///
/// # Errors
/// Options that have no effect, and files or variables that cannot be used.
pub fn parse(commit: Option<&str>) -> Result<Cli, UsageError> {
    if let Some(error) = damaged_property(std::env::args_os()) {
        return Err(error);
    }
    let program = command().long_version(version::long(commit));
    let arguments = help::word_as_option(std::env::args_os().collect());
    let sources = Sources::of_process(&program, arguments)?;
    let matches = match program.clone().try_get_matches_from(&sources.arguments) {
        Ok(matches) => matches,
        Err(error) if may_repeat_a_secret(&error) => return Err(UsageError(value::STRAY.to_owned())),
        Err(error) => refuse(&error, &sources),
    };
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| refuse(&error, &sources));
    if cli.print_config {
        cli.effective_options = sources.print(&program, &matches);
    }
    // To look at the options of a command no window is needed, nor to complete them.
    let only_prints = cli.print_config && cli.command.is_some() || matches!(cli.command, Some(Command::Completions(_)));
    cli.headless |= !cfg!(feature = "window") || only_prints;
    cli.notes = sources.notes;
    if let Some(client) = cli.client_args() {
        client.configured_properties = sources.properties;
    }
    folders::check_words(&cli.paths, !cli.stream.client.properties().1.is_empty())?;
    match misplaced(&matches) {
        Some(error) => Err(error),
        None if cli.headless => Ok(cli),
        None => not_for_the_window(&matches).map_or(Ok(cli), Err),
    }
}

/// Prints help or an error of `clap`, with where the options that it names come from, and ends the process.
fn refuse(error: &clap::Error, sources: &Sources) -> ! {
    // As `clap` does, which has nobody to report to either.
    let _ = error.print();
    if error.use_stderr() {
        let _ = write!(std::io::stderr(), "{}", sources.explanation(&error.to_string()));
    }
    std::process::exit(error.exit_code())
}

impl Cli {
    /// The client's options, if the command has them.
    fn client_args(&mut self) -> Option<&mut ClientArgs> {
        match &mut self.command {
            None => Some(&mut self.stream.client),
            Some(Command::Stream(args)) => Some(&mut args.client),
            Some(Command::Produce(args)) => Some(&mut args.client),
            Some(Command::Consume(args)) => Some(&mut args.client),
            Some(Command::Benchmark(args)) => Some(&mut args.client),
            Some(Command::Check(args)) => Some(&mut args.client),
            Some(Command::Lag(args)) => Some(&mut args.client),
            Some(Command::ResetOffsets(args)) => Some(&mut args.client),
            Some(Command::Browse(args)) => Some(&mut args.client),
            Some(Command::Export(args)) => Some(&mut args.client),
            Some(Command::Redrive(args)) => Some(&mut args.client),
            Some(
                Command::Broker(_)
                | Command::Compare(_)
                | Command::Completions(_)
                | Command::Recommend(_)
                | Command::Report(_)
                | Command::Runs(_)
                | Command::Samples(_),
            ) => None,
        }
    }

    fn is_dry_run(&self) -> bool {
        match &self.command {
            None => self.stream.dry_run.dry_run,
            Some(Command::Stream(args)) => args.dry_run.dry_run,
            Some(Command::Produce(args)) => args.dry_run.dry_run,
            Some(Command::Consume(args)) => args.dry_run.dry_run,
            Some(Command::Benchmark(args)) => args.dry_run.dry_run,
            Some(_) => false,
        }
    }

    /// The job, with every check that needs no broker, and notes for the user about the arguments: sentences without a
    /// full stop.
    ///
    /// # Errors
    /// Options that contradict each other, or that the client rejects.
    pub fn into_job(self) -> Result<(Job, Vec<String>), UsageError> {
        self.check_output_format()?;
        let is_dry_run = self.is_dry_run();
        let mut notes = self.notes;
        let plan = match self.command {
            None => {
                let input = folders::input_of(self.stream.producer.input, &self.paths)?;
                let producer = ProducerArgs { input, ..self.stream.producer };
                stream(Mode::Stream, StreamArgs { producer, ..self.stream }, &mut notes)?
            }
            Some(Command::Stream(args)) => stream(Mode::Stream, args, &mut notes)?,
            Some(Command::Produce(args)) => stream(Mode::Produce, args.into(), &mut notes)?,
            Some(Command::Consume(args)) => consume(args, &mut notes)?,
            Some(Command::Broker(args)) => {
                let data = data_place(args.data.as_deref());
                return Ok((Job::Run(Plan::Serve(ServePlan { listen: args.listen, data })), notes));
            }
            Some(Command::Benchmark(args)) => {
                let (baseline, shows_stages) = (args.baseline.clone(), args.stages);
                let judging = Judging::new(args.threshold.clone(), args.strict, args.margin);
                if baseline.is_none() {
                    judging.check_is_absolute("--baseline, a file of earlier results")?;
                }
                let plan = Box::new(benchmark(args, &mut notes)?);
                plan.check()?;
                if is_dry_run {
                    return Ok((Job::Run(Plan::DryRun(DryRunPlan::Benchmark(plan))), notes));
                }
                return Ok((Job::Benchmark { plan, baseline, judging, shows_stages }, notes));
            }
            Some(Command::Compare(args)) => return Ok((Job::Compare(args), notes)),
            Some(Command::Recommend(args)) => {
                let judging = Judging::new(args.threshold.clone(), false, args.margin);
                judging.check_is_absolute("`compare` with a baseline")?;
                return Ok((Job::Recommend(args), notes));
            }
            Some(Command::Report(args)) => return Ok((Job::Report(args), notes)),
            Some(Command::Check(args)) => return Ok((Job::Check(Box::new(check(args, &mut notes)?)), notes)),
            Some(Command::Runs(args)) => {
                args.check()?;
                return Ok((Job::Runs(args), notes));
            }
            Some(Command::Lag(args)) => {
                return Ok((Job::Run(Plan::Lag(Box::new(lag(args, &mut notes)?))), notes));
            }
            Some(Command::ResetOffsets(args)) => {
                return Ok((Job::Run(Plan::Reset(Box::new(reset(args, &mut notes)?))), notes));
            }
            Some(Command::Browse(args)) => {
                return Ok((Job::Run(Plan::Browse(Box::new(browse(args, &mut notes)?))), notes));
            }
            Some(Command::Export(args)) => {
                return Ok((Job::Run(Plan::Export(Box::new(export::plan(args, &mut notes)?))), notes));
            }
            Some(Command::Redrive(args)) => {
                return Ok((Job::Run(Plan::Redrive(Box::new(redrive::plan(args, &mut notes)?))), notes));
            }
            Some(Command::Samples(args)) => return Ok((Job::Samples(args), notes)),
            Some(Command::Completions(args)) => return Ok((Job::Completions(args), notes)),
        };
        plan.check()?;
        let plan = Box::new(plan);
        let plan = if is_dry_run { Plan::DryRun(DryRunPlan::Stream(plan)) } else { Plan::Stream(plan) };
        Ok((Job::Run(plan), notes))
    }

    /// Not every command prints in every format.
    fn check_output_format(&self) -> Result<(), UsageError> {
        match (self.output_format, &self.command) {
            (OutputFormat::Csv, Some(Command::Lag(_))) => Ok(()),
            (OutputFormat::Csv, _) => Err(UsageError("--output-format csv is only available for `lag`".to_owned())),
            (OutputFormat::Json, Some(Command::Completions(_))) => {
                Err(UsageError("`completions` prints a script for a shell; leave out --output-format json".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
