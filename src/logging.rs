//! The log: a file a day in the user's state folder, and stderr on request.

use std::backtrace::Backtrace;
use std::io::Write;
use std::path::PathBuf;

use directories::ProjectDirs;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::gui::log::{LogBuffer, LogLayer};

/// Days that are kept.
const FILES_MAX: usize = 7;
const FILE_PREFIX: &str = "kafka-image-bench";

/// Writes what is left of the log when it is dropped.
pub struct Log {
    _file: Option<WorkerGuard>,
}

/// Begins logging. `verbose` counts the `-v`; the variable `KIB_LOG` overrides the file's level, in the form of
/// tracing's `EnvFilter`.
///
/// The window has the last lines too, where it gives its `buffer`.
pub fn start(verbose: u8, buffer: Option<LogBuffer>) -> Log {
    let stderr_level = match verbose {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    // Notices are printed by the front end itself.
    let stderr_filter = Targets::new().with_default(stderr_level).with_target("notice", LevelFilter::OFF);
    let stderr = fmt::layer().with_writer(std::io::stderr).with_target(verbose > 1).with_filter(stderr_filter);
    let (file, guard) = match open_file() {
        Ok((writer, guard)) => (Some(writer), Some(guard)),
        Err(reason) => {
            if verbose > 0 {
                say(&format!("warning: no log file: {reason}"));
            }
            (None, None)
        }
    };
    let file = file.map(|writer| {
        let filter = EnvFilter::try_from_env("KIB_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
        fmt::layer().with_writer(writer).with_ansi(false).with_thread_names(true).with_filter(filter)
    });
    tracing_subscriber::registry().with(buffer.map(LogLayer)).with(file).with(stderr).init();
    log_panics();
    Log { _file: guard }
}

fn open_file() -> Result<(tracing_appender::non_blocking::NonBlocking, WorkerGuard), String> {
    let folder = folder().ok_or("the user has no home folder")?;
    std::fs::create_dir_all(&folder).map_err(|error| format!("{error}: {}", folder.display()))?;
    let appender = Builder::new()
        .rotation(Rotation::DAILY)
        .filename_prefix(FILE_PREFIX)
        .filename_suffix("log")
        .max_log_files(FILES_MAX)
        .build(&folder)
        .map_err(|error| error.to_string())?;
    Ok(tracing_appender::non_blocking(appender))
}

/// Where the log files are: the state folder, where the system has such a thing.
fn folder() -> Option<PathBuf> {
    let folders = ProjectDirs::from("", "", "kafka-image-bench")?;
    let base = folders.state_dir().unwrap_or_else(|| folders.data_local_dir());
    Some(base.join("logs"))
}

fn say(text: &str) {
    // Nobody is left to hear that stderr is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = Backtrace::force_capture();
        tracing::error!("{panic}\n{backtrace}");
        say(&format!("error: a fault in the program, whose trace stands in the log: {panic}"));
    }));
}
