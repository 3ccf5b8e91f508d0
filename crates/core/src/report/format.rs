//! Numbers as people read them ([`crate::model::units`]), times, and the broker.

use crate::model::broker_kind::BrokerKind;
pub use crate::model::units::{bytes, exact as count, micros, millis, scaled as short, significant, trimmed};
use crate::results::BrokerInfo;

/// `1 run`, `1,234 runs`.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    crate::model::units::counted(number as u64, one, many)
}

/// A time of the results (RFC 3339) to the minute, `2026-11-24 10:15 UTC`; unchanged if it cannot be parsed.
pub fn minute(time: &str) -> String {
    match time.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => time.to_owned(),
    }
}

/// The broker: `Embedded broker 0.1.0`, `Kafka 4.1-IV1, 3 brokers`.
pub fn broker(info: &BrokerInfo) -> String {
    let name = match info.kind {
        BrokerKind::Embedded => "Embedded broker",
        BrokerKind::EmbeddedElsewhere => "Embedded broker of another process",
        BrokerKind::External => "Kafka",
    };
    let version = info.version.as_deref().map_or_else(String::new, |version| format!(" {version}"));
    let size = if info.brokers > 1 { format!(", {} brokers", info.brokers) } else { String::new() };
    format!("{name}{version}{size}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_to_the_minute() {
        assert_eq!(counted(1, "run", "runs"), "1 run");
        assert_eq!([minute("2026-11-24T10:15:59.5Z"), minute("then")], ["2026-11-24 10:15 UTC", "then"]);
    }
}
