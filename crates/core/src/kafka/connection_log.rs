//! The messages of a client without a run: the reason why it cannot connect is found nowhere else.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::events::shorten;

/// The most lines that are kept.
const LINES_MAX: usize = 16;

/// Keeps the last distinct messages of a client about failed connections.
#[derive(Clone, Default)]
pub struct ConnectionLog(Arc<Mutex<Reports>>);

#[derive(Default)]
struct Reports {
    lines: VecDeque<String>,
    trouble_since: Option<Instant>,
}

impl ConnectionLog {
    /// The messages, oldest first, without repetitions.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().lines.iter().cloned().collect()
    }

    /// The last message.
    pub fn last(&self) -> Option<String> {
        self.0.lock().lines.back().cloned()
    }

    /// How long none of the bootstrap servers has been usable; `None` if one may be. The client has reported that all
    /// brokers are down, which it does not for TLS failures, or has reported a failure for each server. It keeps trying
    /// in any case.
    pub fn in_trouble_for(&self, bootstrap_servers: &str) -> Option<Duration> {
        let mut reports = self.0.lock();
        let complained = |server: &str| reports.lines.iter().any(|line| line.contains(server));
        if reports.trouble_since.is_none() && bootstrap_servers.split(',').all(|server| complained(server.trim())) {
            reports.trouble_since = Some(Instant::now());
        }
        reports.trouble_since.map(|since| since.elapsed())
    }

    fn keep(&self, line: &str) {
        let lines = &mut self.0.lock().lines;
        lines.retain(|known| known != line);
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }
}

impl ClientContext for ConnectionLog {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        use RDKafkaLogLevel::{Alert, Critical, Emerg, Error};
        if facility == "FAIL" || matches!(level, Emerg | Alert | Critical | Error) {
            self.keep(shorten(message));
        }
        tracing::debug!("{facility}: {message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!("{error}: {reason}");
        match error.rdkafka_error_code() {
            // This message only counts the brokers; the cause was reported before it.
            Some(RDKafkaErrorCode::AllBrokersDown) => {
                self.0.lock().trouble_since.get_or_insert_with(Instant::now);
            }
            // Not an error.
            Some(RDKafkaErrorCode::PartitionEOF) => {}
            _ => self.keep(shorten(reason)),
        }
    }
}

impl ConsumerContext for ConnectionLog {}
