//! The log: one file per day in the user's state folder, and stderr on request.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use directories::ProjectDirs;
use parking_lot::Mutex;
use tracing::{Event, Level, Subscriber};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use kafka_image_bench_core::kafka::readable_headers::is_panic_expected;
use kafka_image_bench_core::model::printable::printable_lines;
use kafka_image_bench_core::trace;

/// Number of daily files that are kept.
const FILES_MAX: usize = 7;
const FILE_PREFIX: &str = "kafka-image-bench";

/// Writes the rest of the log when it is dropped.
pub struct Log {
    _file: Option<WorkerGuard>,
}

/// For a front end that does not show log lines.
pub const NO_LAYER: Option<tracing_subscriber::layer::Identity> = None;

/// Starts logging. `verbose` counts the `-v`; the variable `KIB_LOG` overrides the file's level: a level, or a list of
/// `target=level`.
///
/// `shown` also receives the events, for a front end that shows them.
pub fn start(verbose: u8, shown: Option<impl Layer<Registry> + Send + Sync>) -> Log {
    let stderr_level = match verbose {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    // Notices are printed by the front end itself.
    let stderr_filter = Targets::new().with_default(stderr_level).with_target("notice", LevelFilter::OFF);
    // A closed stderr is no reason to stop, and errors of the log itself cannot be reported anywhere else.
    let stderr = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(is_coloured())
        .log_internal_errors(false)
        .with_target(verbose > 1)
        .with_filter(stderr_filter);
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
        let filter = file_filter(std::env::var("KIB_LOG").ok().as_deref());
        let lines = FileLines::new(fmt::format().with_ansi(false).with_thread_names(true));
        fmt::layer()
            .event_format(lines)
            .with_writer(writer)
            .with_ansi(false)
            .log_internal_errors(false)
            .with_filter(filter)
    });
    tracing_subscriber::registry().with(shown).with(file).with(stderr).init();
    log_panics();
    Log { _file: guard }
}

/// Which events go to the file; an invalid value counts as not given.
fn file_filter(given: Option<&str>) -> Targets {
    given
        .filter(|given| !given.trim().is_empty())
        .and_then(|given| given.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
}

/// Colours are for terminals, unless the user has turned them off (<https://no-color.org>).
fn is_coloured() -> bool {
    let is_declined = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !is_declined
}

fn open_file() -> Result<(tracing_appender::non_blocking::NonBlocking, WorkerGuard), String> {
    let folder = folder().ok_or("no home folder was found")?;
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

/// The folder of the log files: the state folder, if the system has one.
fn folder() -> Option<PathBuf> {
    let folders = ProjectDirs::from("", "", "kafka-image-bench")?;
    let base = folders.state_dir().unwrap_or_else(|| folders.data_local_dir());
    Some(base.join("logs"))
}

fn say(text: &str) {
    // If stderr is closed, there is nowhere to report it.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if is_panic_expected() {
            return;
        }
        tracing::error!("{panic}");
        say(&printable_lines(&format!("error: internal error; see the log for the backtrace: {panic}")));
    }));
}

/// Backtraces per [`TRACES_SPAN`], at most: looking up names takes milliseconds, and an error may repeat rapidly.
const TRACES_MAX: u32 = 10;
const TRACES_SPAN: Duration = Duration::from_secs(1);

/// The lines of the log file. An event's first line begins with its time, all others with spaces, so that no name or
/// message can pass for an event. Errors have their backtrace.
struct FileLines<F> {
    line: F,
    /// When the current span began, and the backtraces since.
    traces: Mutex<(Instant, u32)>,
}

impl<F> FileLines<F> {
    fn new(line: F) -> Self {
        Self { line, traces: Mutex::new((Instant::now(), 0)) }
    }

    fn takes_trace(&self) -> bool {
        let mut traces = self.traces.lock();
        if traces.0.elapsed() >= TRACES_SPAN {
            *traces = (Instant::now(), 0);
        }
        traces.1 += 1;
        traces.1 <= TRACES_MAX
    }
}

impl<S, N, F> FormatEvent<S, N> for FileLines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let mut text = String::new();
        self.line.format_event(context, Writer::new(&mut text), event)?;
        text.truncate(text.trim_end().len());
        if *event.metadata().level() == Level::ERROR {
            match self.takes_trace() {
                true => write!(text, "\n{}", trace::of_event())?,
                false => write!(text, "\n(no backtrace: there were more than {TRACES_MAX} errors in this second)")?,
            }
        }
        let mut lines = text.lines();
        writeln!(writer, "{}", printable_lines(lines.next().unwrap_or_default()))?;
        for line in lines {
            writeln!(writer, "    {}", printable_lines(line))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;
    use kafka_image_bench_core::trace::Trace;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Kept {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    fn logged(log: impl FnOnce()) -> String {
        let kept = Kept::default();
        let lines = FileLines::new(fmt::format().with_ansi(false));
        let layer = fmt::layer().event_format(lines).with_ansi(false).with_writer(kept.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let bytes = kept.0.lock().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_level_of_the_file_can_be_given_by_target() {
        let filter = file_filter(Some("warn,kafka_image_bench_core=debug"));
        assert!(filter.would_enable("kafka_image_bench_core::engine", &Level::DEBUG));
        assert!(filter.would_enable("winit", &Level::WARN) && !filter.would_enable("winit", &Level::INFO));
        assert!(file_filter(Some("debug")).would_enable("any", &Level::DEBUG));
        for none in [None, Some(""), Some("a=b=c")] {
            let filter = file_filter(none);
            assert!(filter.would_enable("any", &Level::INFO) && !filter.would_enable("any", &Level::DEBUG), "{none:?}");
        }
    }

    #[inline(never)]
    fn place_of_the_error() -> Trace {
        // Without this the call is a jump, and the frame is missing in an optimised build.
        std::hint::black_box(Trace::capture())
    }

    #[inline(never)]
    fn place_of_the_event() {
        tracing::error!("the second");
        std::hint::black_box(());
    }

    #[test]
    fn errors_have_their_backtrace_and_others_have_none() {
        let text = logged(|| {
            tracing::warn!("a warning");
            let trace = place_of_the_error();
            trace::logged_with(Some(&trace), || tracing::error!("the first"));
            place_of_the_event();
        });
        let [before, first, second] = text.split(" ERROR ").collect::<Vec<_>>()[..] else { panic!("{text}") };
        assert!(before.contains("a warning") && before.lines().count() == 2, "{text}");
        assert!(first.contains("the first") && first.contains("place_of_the_error"), "{first}");
        assert!(second.contains("the second") && second.contains("place_of_the_event"), "{second}");
        assert!(!second.contains("place_of_the_error"), "{second}");
    }

    #[test]
    fn no_name_passes_for_a_line_of_the_log() {
        let name = "a\n2026-11-27T00:00:00.000000Z ERROR forged\x1b[2J\u{202e}";
        let text = logged(|| tracing::info!("not an image: {name}"));
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with("    2026"), "{text}");
        assert!(!text.contains(['\x1b', '\u{202e}']), "{text}");
    }

    #[test]
    fn a_flood_of_errors_costs_few_backtraces() {
        let text = logged(|| (0..100).for_each(|number| tracing::error!("error {number}")));
        assert!(text.contains("error 99") && text.matches("(no backtrace").count() >= 80, "{}", text.len());
    }
}
