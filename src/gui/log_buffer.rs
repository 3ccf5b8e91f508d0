//! The last lines of the log, kept for the window.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use kafka_image_bench_core::model::notice::Notice;
use kafka_image_bench_core::model::printable::printable_lines;

/// The targets whose events are shown.
const OWN_TARGETS: [&str; 4] = ["kafka_image_bench", "kafka_image_bench_core", "embedded_broker", "sample_images"];
/// Lines that are kept.
const LINES_MAX: usize = 5_000;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When, microseconds since 1970.
    pub at_micros: i64,
    /// Its level.
    pub level: Level,
    /// Its text.
    pub text: String,
}

/// The lines, shared by whoever writes and whoever shows.
#[derive(Clone, Default)]
pub struct LogBuffer(Arc<Mutex<(VecDeque<LogLine>, u64)>>);

impl LogBuffer {
    /// Adds a line; the oldest goes where there are too many.
    pub fn add(&self, level: Level, text: String) {
        let text = printable_lines(&text).into_owned();
        let line = LogLine { at_micros: jiff::Timestamp::now().as_microsecond(), level, text };
        let mut lines = self.0.lock();
        if lines.0.len() == LINES_MAX {
            lines.0.pop_front();
        }
        lines.0.push_back(line);
        lines.1 += 1;
    }

    /// Adds what a run reports.
    pub fn add_notice(&self, notice: &Notice) {
        self.add(if notice.is_warning() { Level::WARN } else { Level::INFO }, notice.to_string());
    }

    /// The lines that came after the first `seen` ones, and how many there were in all.
    pub fn since(&self, seen: u64) -> (Vec<LogLine>, u64) {
        let lines = self.0.lock();
        let new = usize::try_from(lines.1.saturating_sub(seen)).unwrap_or(usize::MAX).min(lines.0.len());
        (lines.0.iter().skip(lines.0.len() - new).cloned().collect(), lines.1)
    }
}

/// Puts log events into the buffer. Notices are added by the window itself.
pub struct LogLayer(pub LogBuffer);

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let metadata = event.metadata();
        let is_own = OWN_TARGETS.iter().any(|own| metadata.target().starts_with(own));
        // Events of libraries are for the log file; only their errors are shown.
        let most = if is_own { Level::INFO } else { Level::ERROR };
        if metadata.target() == "notice" || *metadata.level() > most {
            return;
        }
        let mut text = Message::default();
        event.record(&mut text);
        self.0.add(*metadata.level(), text.0);
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let space = if self.0.is_empty() { "" } else { " " };
        // Writing into a String does not fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{space}{value:?}"),
            name => write!(self.0, "{space}{name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept() {
        let buffer = LogBuffer::default();
        for number in 0..LINES_MAX + 10 {
            buffer.add(Level::INFO, number.to_string());
        }
        let (lines, seen) = buffer.since(0);
        assert_eq!((lines.len(), seen, lines[0].text.as_str()), (LINES_MAX, LINES_MAX as u64 + 10, "10"));
        buffer.add(Level::WARN, "new".to_owned());
        let (lines, _) = buffer.since(seen);
        assert_eq!((lines.len(), lines[0].level), (1, Level::WARN));
    }
}
