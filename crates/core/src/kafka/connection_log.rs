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

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// The server's name has an address.
    Address,
    /// TCP is connected.
    Connected,
    /// TLS is established.
    Encrypted,
    /// The broker can be used: it has accepted the user, if it asks for one.
    Up,
}

/// When a connection first came so far, and to which address.
#[derive(Clone, Debug)]
pub struct Milestone {
    /// How far.
    pub reached: Reached,
    /// When the client reported it.
    pub at: Instant,
    /// The address; empty where the message has none.
    pub address: String,
}

/// Keeps the last distinct messages of a client about failed connections.
#[derive(Clone, Default)]
pub struct ConnectionLog(Arc<Mutex<Reports>>);

#[derive(Default)]
struct Reports {
    lines: VecDeque<String>,
    trouble_since: Option<Instant>,
    milestones: Vec<Milestone>,
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

    /// How far any connection has come, in order. Only clients with `debug=broker` report it.
    pub fn milestones(&self) -> Vec<Milestone> {
        self.0.lock().milestones.clone()
    }

    /// Whether a broker can be used.
    pub fn is_up(&self) -> bool {
        self.0.lock().milestones.last().is_some_and(|last| last.reached == Reached::Up)
    }

    fn note(&self, reached: Reached, address: &str) {
        let milestones = &mut self.0.lock().milestones;
        if milestones.last().is_none_or(|last| last.reached < reached) {
            milestones.push(Milestone { reached, at: Instant::now(), address: address.to_owned() });
        }
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
        use RDKafkaLogLevel::{Alert, Critical, Debug, Emerg, Error};
        if let Some((reached, address)) = milestone(facility, message) {
            self.note(reached, address);
        }
        match level {
            Debug => return tracing::trace!("{facility}: {message}"),
            Emerg | Alert | Critical | Error => self.keep(shorten(message)),
            _ if facility == "FAIL" => self.keep(shorten(message)),
            _ => {}
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

/// What a message of librdkafka 2.12 with `debug=broker` reports (`rdkafka_broker.c`, `rdkafka_transport.c`).
fn milestone<'a>(facility: &str, message: &'a str) -> Option<(Reached, &'a str)> {
    match facility {
        "CONNECT" => {
            let of = |words: &str, reached| Some((reached, address_in(message.split_once(words)?.1)));
            of("Connecting to ", Reached::Address).or_else(|| of("Connected to ", Reached::Connected))
        }
        "STATE" => {
            let (from, to) = message.split_once("Broker changed state ")?.1.split_once(" -> ")?;
            match (from, to) {
                (_, "UP") => Some((Reached::Up, "")),
                ("SSL_HANDSHAKE", "APIVERSION_QUERY" | "AUTH_LEGACY" | "AUTH_HANDSHAKE" | "AUTH_REQ") => {
                    Some((Reached::Encrypted, ""))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The address at the beginning of the text, which is written `ipv4#127.0.0.1:9092`.
fn address_in(text: &str) -> &str {
    let address = text.split(' ').next().unwrap_or_default();
    address.split_once('#').map_or(address, |(_, address)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_debug_messages_are_understood() {
        let log = ConnectionLog::default();
        for (facility, message) in [
            ("CONNECT", "[thrd:b:1/bootstrap]: b:1/bootstrap: broker in state TRY_CONNECT connecting"),
            ("CONNECT", "[thrd:x]: sasl_ssl://b:1/bootstrap: Connecting to ipv4#127.0.0.1:1 (sasl_ssl) with socket 7"),
            ("CONNECT", "[thrd:x]: sasl_ssl://b:1/bootstrap: Connected to ipv4#127.0.0.1:1"),
            ("STATE", "[thrd:x]: sasl_ssl://b:1/bootstrap: Broker changed state CONNECT -> SSL_HANDSHAKE"),
            ("STATE", "[thrd:x]: sasl_ssl://b:1/bootstrap: Broker changed state SSL_HANDSHAKE -> DOWN"),
            ("CONNECT", "[thrd:x]: sasl_ssl://b:1/bootstrap: Connecting to ipv6#[::1]:1 (sasl_ssl) with socket 7"),
            ("STATE", "[thrd:x]: sasl_ssl://b:1/bootstrap: Broker changed state SSL_HANDSHAKE -> APIVERSION_QUERY"),
            ("STATE", "[thrd:x]: sasl_ssl://b:1/bootstrap: Broker changed state AUTH_REQ -> UP"),
        ] {
            assert!(!log.is_up());
            log.log(RDKafkaLogLevel::Debug, facility, message);
        }
        let found: Vec<_> = log.milestones().into_iter().map(|one| (one.reached, one.address)).collect();
        let expected = [
            (Reached::Address, "127.0.0.1:1"),
            (Reached::Connected, "127.0.0.1:1"),
            (Reached::Encrypted, ""),
            (Reached::Up, ""),
        ];
        assert_eq!(found, expected.map(|(reached, address)| (reached, address.to_owned())));
        assert!(log.is_up() && log.lines().is_empty());
    }
}
