//! The front end without a window.

mod benchmark;
mod browse;
mod compare;
mod lag;
mod progress;
mod rate;
mod report;
mod samples;
mod summary;
mod text;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use crossbeam_channel::RecvTimeoutError;

use crate::cli::{Cli, Job, OutputFormat};
use crate::engine::plan::{Mode, Plan};
use crate::engine::report::{Outcome, RunReport};
use crate::engine::{Command, Engine, Event};
use crate::logging;
use crate::model::printable::{printable, printable_lines};
use progress::Progress;

const DONE: u8 = 0;
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const MISSED: u8 = 3;
const INTERRUPTED: u8 = 130;
const TICK: Duration = Duration::from_millis(100);

/// Does what the command line asks, prints it, and says how it ended.
pub fn main(cli: Cli) -> ExitCode {
    let _log = logging::start(cli.verbose, None);
    let (format, verbose) = (cli.output_format, cli.verbose);
    let (job, notes) = match cli.into_job() {
        Err(error) => return usage(&error.to_string()),
        Ok(asked) => asked,
    };
    for note in notes {
        tracing::warn!("{note}");
        if format != OutputFormat::Quiet {
            say(&format!("note: {note}"));
        }
    }
    let result = match job {
        Job::Samples(args) => samples::write(&args, format),
        Job::Compare(args) => compare::compare_files(&args, format),
        Job::Recommend(args) => compare::recommend_file(&args, format),
        Job::Report(args) => report::write(&args, format),
        Job::Benchmark { plan, baseline, threshold } => match compare::read_baseline(baseline.as_deref()) {
            Err(error) => return usage(&error),
            Ok(baseline) => run(Plan::Benchmark(plan), format, verbose).and_then(|(code, report)| {
                compare::judge(code, &report, baseline.as_ref(), threshold.as_ref(), format)
            }),
        },
        Job::Run(plan) => run(plan, format, verbose).map(|(code, _)| code),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            tracing::error!("{error:#}");
            say(&format!("error: {error:#}"));
            ExitCode::from(FAILED)
        }
    }
}

fn run(plan: Plan, format: OutputFormat, verbose: u8) -> anyhow::Result<(u8, RunReport)> {
    let engine = Engine::start(Arc::new(|| {}), || {}).context("the engine does not start")?;
    let is_stopping = stop_on_signal(&engine)?;
    let mode = match &plan {
        Plan::Stream(plan) => Some(plan.mode),
        Plan::Benchmark(plan) => {
            if format == OutputFormat::Text {
                say(&benchmark::announcement(plan));
            }
            Some(Mode::default())
        }
        Plan::Serve(_) | Plan::Lag(_) | Plan::Browse(_) => None,
    };
    let is_told_by_events = matches!(plan, Plan::Lag(_) | Plan::Browse(_));
    let shows_progress = format == OutputFormat::Text && mode.is_some();
    // The log and a bar would write over each other.
    let draws_bar = verbose == 0 && io::stderr().is_terminal();
    let progress = Progress::new(shows_progress, draws_bar, mode.unwrap_or_default());
    engine.send(Command::Start(plan));
    let report = follow(&engine, progress, format, mode, &is_stopping)?;
    match format {
        // Its readings, or records, were all there is.
        _ if is_told_by_events => {}
        OutputFormat::Text if report.benchmark.is_some() => print_text(&benchmark::text(&report)),
        OutputFormat::Text => print_text(&summary::text(&report)),
        OutputFormat::Json => print(&summary::json(&report)?),
        OutputFormat::Csv | OutputFormat::Quiet => {}
    }
    match &report.outcome {
        Outcome::Failed(reason) | Outcome::Refused(reason) => say(&format!("error: {}", printable(reason))),
        Outcome::Done | Outcome::Stopped => {}
    }
    Ok((exit_code(&report), report))
}

/// Prints what the engine tells until the run has ended.
fn follow(
    engine: &Engine,
    mut progress: Progress,
    format: OutputFormat,
    mode: Option<Mode>,
    is_stopping: &AtomicBool,
) -> anyhow::Result<RunReport> {
    let mut told_stopping = false;
    let mut lag = lag::LagPrinter::default();
    loop {
        match engine.events().recv_timeout(TICK) {
            Ok(Event::BrokerReady { kind, bootstrap_servers }) if format == OutputFormat::Text => {
                let line = text::broker_line(kind, &bootstrap_servers, mode.is_none());
                if mode.is_none() { print(&line) } else { progress.line(&line) }
            }
            // Results come with the end, and no broker is held.
            Ok(Event::BrokerReady { .. } | Event::BrokerFailed { .. } | Event::BenchmarkResults(_)) => {}
            Ok(Event::Browsed { page, saved }) => browse::show(&page, saved, format)?,
            Ok(Event::Lag(reading)) => lag.show(&reading, format)?,
            Ok(Event::Notice(notice)) => {
                if format != OutputFormat::Quiet {
                    progress.notice(&notice);
                }
            }
            Ok(Event::Finished(report)) => {
                progress.finish();
                return Ok(*report);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => anyhow::bail!("the engine ended unexpectedly; see the log"),
        }
        if is_stopping.load(Ordering::Acquire) && !std::mem::replace(&mut told_stopping, true) {
            progress.line("Stopping: what is under way is finished first; Ctrl+C again stops at once");
        }
        progress.show(&engine.snapshot());
    }
}

/// The first signal ends the run in good order, the second one the process.
fn stop_on_signal(engine: &Engine) -> anyhow::Result<Arc<AtomicBool>> {
    let is_stopping = Arc::new(AtomicBool::new(false));
    let (stop, stopping) = (engine.stop_handle(), Arc::clone(&is_stopping));
    ctrlc::set_handler(move || {
        if stopping.swap(true, Ordering::AcqRel) {
            std::process::exit(i32::from(INTERRUPTED));
        }
        stop.stop();
    })
    .context("Ctrl+C cannot be listened to")?;
    Ok(is_stopping)
}

fn exit_code(report: &RunReport) -> u8 {
    match report.outcome {
        Outcome::Done if report.is_complete() && report.failed_runs() == 0 && report.unheld_rates() == 0 => DONE,
        Outcome::Done | Outcome::Failed(_) => FAILED,
        Outcome::Refused(_) => USAGE,
        Outcome::Stopped => INTERRUPTED,
    }
}

/// Says what cannot be obeyed.
pub fn usage(reason: &str) -> ExitCode {
    tracing::error!("{reason}");
    say(&format!("error: {reason}"));
    ExitCode::from(USAGE)
}

/// Text for people on stdout.
fn print_text(text: &str) {
    print(&printable_lines(text));
}

/// A line on stdout, as it is. A reader that went away is no reason to stop.
fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// A line on stderr.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable_lines(text));
}
