//! The front end without a window.

mod benchmark;
mod browse;
mod check;
mod compare;
mod completions;
mod dry_run;
mod export;
mod ladder;
mod lag;
mod progress;
mod race;
mod rate;
mod redrive;
mod report;
mod reset;
mod runs;
mod samples;
mod stages;
mod summary;
mod text;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use crate::cli::{Cli, Job, OutputFormat};
use crate::logging;
use crate::observe::{Listening, MetricsServer};
use kafka_image_bench_core::broker::BrokerKind;
use kafka_image_bench_core::engine::plan::{DryRunPlan, Mode, Plan};
use kafka_image_bench_core::engine::report::{Outcome, RunReport};
use kafka_image_bench_core::engine::{Command, Engine, Event};
use kafka_image_bench_core::model::printable::{printable, printable_lines};
use kafka_image_bench_core::verdict::metric::Margin;
use progress::Progress;

const DONE: u8 = 0;
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const MISSED: u8 = 3;
const INTERRUPTED: u8 = 130;
const TICK: Duration = Duration::from_millis(100);

/// Executes the command line, prints the result, and returns the exit code.
pub fn main(cli: Cli) -> ExitCode {
    let _log = logging::start(cli.verbose, logging::NO_LAYER);
    let (format, verbose) = (cli.output_format, cli.verbose);
    let metrics = cli.metrics();
    let (job, notes) = match cli.into_job() {
        Err(error) => return usage(&error.to_string()),
        Ok(job) => job,
    };
    for note in notes {
        tracing::warn!("{note}");
        if format != OutputFormat::Quiet {
            say(&format!("note: {}", printable(&note)));
        }
    }
    let metrics =
        match metrics.map_err(|error| error.to_string()).and_then(|asked| asked.map(Listening::new).transpose()) {
            Err(error) => return usage(&error),
            Ok(metrics) => metrics,
        };
    let result = match job {
        Job::Check(plan) => check::check(&plan, format),
        Job::Samples(args) => samples::write(&args, format),
        Job::Completions(args) => completions::print_for(args.shell),
        Job::Compare(args) => compare::compare_files(&args, format),
        Job::Recommend(args) => compare::recommend_file(&args, format),
        Job::Report(args) => report::write(&args, format),
        Job::Runs(args) => runs::list(&args, format),
        Job::Benchmark { plan, baseline, judging, shows_stages } => {
            match compare::read_baseline(baseline.as_deref(), &plan.configurations) {
                Err(error) => return usage(&error),
                Ok(baseline) => {
                    run(Plan::Benchmark(plan), (format, verbose), judging.margin, metrics).and_then(|(code, report)| {
                        if let (true, OutputFormat::Text, Some((results, _))) =
                            (shows_stages, format, &report.benchmark)
                        {
                            print_text(&format!("\n{}", stages::text(results)));
                        }
                        compare::judge(code, &report, baseline.as_ref(), &judging, format)
                    })
                }
            }
        }
        Job::Run(plan) => run(plan, (format, verbose), Margin::default(), metrics).map(|(code, _)| code),
    };
    match result {
        Ok(DONE) if IS_UNPRINTED.load(Ordering::Acquire) => ExitCode::from(FAILED),
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            tracing::error!("{error:#}");
            say(&format!("error: {error:#}"));
            ExitCode::from(FAILED)
        }
    }
}

fn run(
    plan: Plan,
    (format, verbose): (OutputFormat, u8),
    margin: Margin,
    metrics: Option<Listening>,
) -> anyhow::Result<(u8, RunReport)> {
    let engine = Engine::start(Arc::new(|| {}), || {}).context("the engine cannot be started")?;
    let (is_stopping, interrupted) = stop_on_signal(&engine)?;
    let metrics = metrics.map(|listening| serve_metrics(listening, &plan, &engine, format)).transpose()?;
    let (shown, is_benchmark) = (Shown::of(&plan), matches!(plan, Plan::Benchmark(_)));
    let is_export = matches!(plan, Plan::Export(_));
    if let (Plan::Benchmark(plan) | Plan::DryRun(DryRunPlan::Benchmark(plan)), OutputFormat::Text) = (&plan, format) {
        say(&benchmark::announcement(plan));
    }
    let shows_progress = format == OutputFormat::Text && shown == Shown::Progress;
    // The log and a bar would overwrite each other.
    let draws_bar = verbose == 0 && io::stderr().is_terminal();
    let mode = match &plan {
        Plan::Stream(plan) => plan.mode,
        _ => Mode::default(),
    };
    let progress = Progress::new(shows_progress, draws_bar, mode).of_export(is_export);
    engine.send(Command::Start(plan));
    let (report, has_reader) = follow(&engine, progress, (format, shown), &is_stopping, metrics.as_ref())?;
    if report.outcome != Outcome::Done {
        // What stopped the run does not end the wait after it. A signal from now on does, and one that found the run done.
        let _ = interrupted.try_recv();
    }
    match (format, &report.redrive) {
        // Readings, records, or the address were printed as they came.
        _ if shown == Shown::Events => {}
        (OutputFormat::Json, _) if shown == Shown::Address => {}
        (OutputFormat::Text, _) if is_export => {
            if let Some(export) = &report.export {
                print_text(&export::text(&report, export));
            }
        }
        (OutputFormat::Json, _) if is_export => print(&export::json(&report)?),
        (OutputFormat::Text, Some(redrive)) => print_text(&redrive::text(&report, redrive)),
        (OutputFormat::Json, Some(redrive)) => print(&redrive::json(&report, redrive)?),
        (OutputFormat::Text, None) if report.benchmark.is_some() => print_text(&benchmark::text(&report, margin)),
        (OutputFormat::Text, None) => print_text(&summary::text(&report)),
        (OutputFormat::Json, None) if is_benchmark => print(&benchmark::json(&report)?),
        (OutputFormat::Json, None) => print(&summary::json(&report)?),
        (OutputFormat::Csv | OutputFormat::Quiet, _) => {}
    }
    match &report.outcome {
        Outcome::Failed(reason) | Outcome::Refused(reason) => say(&format!("error: {}", printable(reason))),
        Outcome::Done | Outcome::Stopped => {}
    }
    if let Some(metrics) = metrics {
        metrics.linger(&interrupted);
    }
    // Stopped because the reader of the output went away, not by a person.
    let is_unread = !has_reader && report.outcome == Outcome::Stopped;
    Ok((if is_unread { DONE } else { exit_code(&report) }, report))
}

/// Begins to serve the figures of the run, and prints where.
fn serve_metrics(
    listening: Listening,
    plan: &Plan,
    engine: &Engine,
    format: OutputFormat,
) -> anyhow::Result<MetricsServer> {
    // A port that was chosen is found nowhere else.
    if format != OutputFormat::Quiet || listening.has_chosen_port() {
        listening.announcements().iter().for_each(|line| say(line));
    }
    listening.serve(plan, engine).context("the metrics cannot be served")
}

/// What is printed of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// Its progress, and a summary.
    Progress,
    /// Readings, records or previews, as they come; the run stops when nobody reads them.
    Events,
    /// The address of the broker.
    Address,
}

impl Shown {
    fn of(plan: &Plan) -> Self {
        match plan {
            Plan::Stream(_) | Plan::Benchmark(_) | Plan::Redrive(_) | Plan::Export(_) => Self::Progress,
            Plan::Lag(_) | Plan::Browse(_) | Plan::Reset(_) | Plan::DryRun(_) => Self::Events,
            Plan::Serve(_) => Self::Address,
        }
    }
}

/// Prints the engine's events until the run has ended. Returns the report, and whether the output still has a reader.
fn follow(
    engine: &Engine,
    mut progress: Progress,
    (format, shown): (OutputFormat, Shown),
    is_stopping: &AtomicBool,
    metrics: Option<&MetricsServer>,
) -> anyhow::Result<(RunReport, bool)> {
    let (mut is_announced, mut has_reader) = (false, true);
    let mut lag = lag::LagPrinter::default();
    loop {
        let event = engine.events().recv_timeout(TICK);
        if let (Some(metrics), Ok(event)) = (metrics, &event) {
            metrics.note(event);
        }
        let printed = match event {
            Ok(Event::BrokerReady { kind, bootstrap_servers }) => {
                broker_ready(&progress, format, shown, kind, &bootstrap_servers)
            }
            // No broker is held.
            Ok(Event::BrokerFailed { .. }) => Ok(()),
            // All results come with the report.
            Ok(Event::BenchmarkResults(results)) => {
                progress.results(&results);
                Ok(())
            }
            Ok(Event::Browsed { page, saved }) => browse::show(&page, saved, format)?,
            Ok(Event::Lag(reading)) => lag.show(&reading, format)?,
            Ok(Event::OffsetsReset { plan, is_done }) => reset::show(&plan, is_done, format)?,
            Ok(Event::Exporting(exporting)) => {
                progress.exporting(exporting);
                Ok(())
            }
            Ok(Event::DryRun(found)) => dry_run::show(&found, format)?,
            Ok(Event::Notice(notice)) => {
                if format != OutputFormat::Quiet {
                    progress.notice(&notice);
                }
                Ok(())
            }
            Ok(Event::Finished(report)) => {
                progress.finish();
                return Ok((*report, has_reader));
            }
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => anyhow::bail!("the engine ended unexpectedly; see the log"),
        };
        if printed.is_err() && shown == Shown::Events && std::mem::take(&mut has_reader) {
            engine.stop_handle().stop();
        }
        if is_stopping.load(Ordering::Acquire) && !std::mem::replace(&mut is_announced, true) {
            progress.line("Stopping: finishing what is in flight; Ctrl+C again stops at once");
        }
        progress.show(&engine.snapshot());
    }
}

fn broker_ready(
    progress: &Progress,
    format: OutputFormat,
    shown: Shown,
    kind: BrokerKind,
    bootstrap_servers: &str,
) -> io::Result<()> {
    let line = text::broker_line(kind, bootstrap_servers, shown == Shown::Address);
    match (format, shown) {
        (OutputFormat::Text, Shown::Address) => try_print(&line),
        (OutputFormat::Json, Shown::Address) => {
            try_print(&serde_json::json!({ "kind": kind, "bootstrap_servers": bootstrap_servers }).to_string())
        }
        (OutputFormat::Text, Shown::Progress | Shown::Events) => {
            progress.line(&line);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The first signal stops the run in an orderly way, the second one ends the process. The channel has the first one.
fn stop_on_signal(engine: &Engine) -> anyhow::Result<(Arc<AtomicBool>, Receiver<()>)> {
    let is_stopping = Arc::new(AtomicBool::new(false));
    let (stop, stopping) = (engine.stop_handle(), Arc::clone(&is_stopping));
    let (signal, interrupted) = bounded(1);
    ctrlc::set_handler(move || {
        if stopping.swap(true, Ordering::AcqRel) {
            std::process::exit(i32::from(INTERRUPTED));
        }
        stop.stop();
        let _ = signal.try_send(());
    })
    .context("cannot handle Ctrl+C")?;
    Ok((is_stopping, interrupted))
}

fn exit_code(report: &RunReport) -> u8 {
    match report.outcome {
        Outcome::Done if report.is_complete() && report.failed_runs() == 0 && report.unheld_rates() == 0 => DONE,
        Outcome::Done | Outcome::Failed(_) => FAILED,
        Outcome::Refused(_) => USAGE,
        Outcome::Stopped => INTERRUPTED,
    }
}

/// Prints what `--print-config` asks for.
pub fn print_options(cli: &Cli) -> ExitCode {
    print(cli.effective_options.trim_end());
    ExitCode::from(if IS_UNPRINTED.load(Ordering::Acquire) { FAILED } else { DONE })
}

/// Prints a usage error.
pub fn usage(reason: &str) -> ExitCode {
    tracing::error!("{reason}");
    say(&format!("error: {reason}"));
    ExitCode::from(USAGE)
}

/// Prints text for people on stdout.
fn print_text(text: &str) {
    // Like `print`.
    let _ = try_print_text(text);
}

/// Like [`print_text`], for output that is the only purpose of the run.
///
/// # Errors
/// The reader is gone.
fn try_print_text(text: &str) -> io::Result<()> {
    try_print(&printable_lines(text))
}

/// Prints a line on stdout, unchanged. A reader that went away does not end a run that moves data.
fn print(text: &str) {
    let _ = try_print(text);
}

/// Like [`print`], for output that is the only purpose of the run.
///
/// # Errors
/// The reader is gone.
fn try_print(text: &str) -> io::Result<()> {
    let written = writeln!(io::stdout(), "{text}").and_then(|()| io::stdout().flush());
    if let Err(error) = &written
        && error.kind() != io::ErrorKind::BrokenPipe
        && !IS_UNPRINTED.swap(true, Ordering::AcqRel)
    {
        say(&format!("error: the output cannot be written: {error}"));
    }
    written
}

/// Whether output was lost, other than to a reader that went away.
static IS_UNPRINTED: AtomicBool = AtomicBool::new(false);

/// Prints a line on stderr.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable_lines(text));
}
