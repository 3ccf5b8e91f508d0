//! Numbers and names as people read them.

use std::time::Duration;

use kafka_image_bench_core::broker::BrokerKind;

use kafka_image_bench_core::model::units::significant;
pub(super) use kafka_image_bench_core::model::units::{counted, exact as count, micros as latency};

/// Megabytes (10^6 bytes).
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{} MB", rate(bytes as f64 / 1e6))
}

/// Three significant digits, and all digits from a thousand on: `0.520`, `13.4`, `1,340`.
pub(super) fn rate(per_second: f64) -> String {
    if per_second >= 999.5 { count(per_second.round() as u64) } else { significant(per_second) }
}

/// A time span: `0.52 s`, `13 s`, `2 min 05 s`, `1 h 02 min`.
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    if seconds < 9.95 {
        format!("{seconds:.2} s")
    } else if seconds < 119.5 {
        format!("{seconds:.0} s")
    } else if seconds < 7_199.5 {
        let whole = seconds.round() as u64;
        format!("{} min {:02} s", whole / 60, whole % 60)
    } else {
        let minutes = (seconds / 60.0).round() as u64;
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    }
}

/// The kind of broker.
pub(super) fn broker(kind: BrokerKind) -> &'static str {
    match kind {
        BrokerKind::Embedded => "the embedded broker",
        BrokerKind::EmbeddedElsewhere => "the embedded broker of another program",
        BrokerKind::External => "the cluster",
    }
}

/// The line on the broker at the beginning of a run.
pub(super) fn broker_line(kind: BrokerKind, bootstrap_servers: &str, stands_alone: bool) -> String {
    if stands_alone {
        format!("The embedded broker listens on {bootstrap_servers}; Ctrl+C stops it")
    } else {
        format!("Using {} at {bootstrap_servers}", broker(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0.516, 13.44, 130.13, 1339.6].map(rate), ["0.516", "13.4", "130", "1,340"]);
        assert_eq!(
            [0.516, 13.2, 125.0, 3_700.0, 7_320.0].map(|seconds| span(Duration::from_secs_f64(seconds))),
            ["0.52 s", "13 s", "2 min 05 s", "61 min 40 s", "2 h 02 min"]
        );
    }
}
