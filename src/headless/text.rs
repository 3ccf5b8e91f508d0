//! Numbers and names as people read them.

use std::time::Duration;

use crate::broker::BrokerKind;

/// `1,234`, so that large counts can be read.
pub(super) fn count(number: u64) -> String {
    crate::report::shown::count(number)
}

/// `1 image`, `1,234 images`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Megabytes (10^6 bytes).
pub(super) fn megabytes(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 10.0 { format!("{megabytes:.2} MB") } else { format!("{megabytes:.1} MB") }
}

/// Three significant digits at most, `0.52`, `13.4`, `1,340`.
pub(super) fn rate(per_second: f64) -> String {
    if per_second >= 1000.0 {
        count(per_second.round() as u64)
    } else if per_second >= 100.0 {
        format!("{per_second:.0}")
    } else if per_second >= 10.0 {
        format!("{per_second:.1}")
    } else {
        format!("{per_second:.2}")
    }
}

/// A latency, with the unit that fits.
pub(super) fn latency(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..100_000 => format!("{:.1} ms", micros as f64 / 1e3),
        100_000..1_000_000 => format!("{:.0} ms", micros as f64 / 1e3),
        _ => format!("{:.2} s", micros as f64 / 1e6),
    }
}

/// A time span, `0.52 s`, `13 s`, `2 min 05 s`, `1 h 02 min`.
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

/// What the broker is.
pub(super) fn broker(kind: BrokerKind) -> &'static str {
    match kind {
        BrokerKind::Embedded => "the embedded broker",
        BrokerKind::EmbeddedElsewhere => "the embedded broker of another program",
        BrokerKind::External => "the cluster",
    }
}

/// The first line of a run.
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
        assert_eq!([0, 999, 1000, 1234567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.516, 13.44, 130.13, 1339.6].map(rate), ["0.52", "13.4", "130", "1,340"]);
        assert_eq!([999, 12_345, 120_000, 3_200_000].map(latency), ["999 µs", "12.3 ms", "120 ms", "3.20 s"]);
        assert_eq!(
            [0.516, 13.2, 125.0, 3_700.0, 7_320.0].map(|seconds| span(Duration::from_secs_f64(seconds))),
            ["0.52 s", "13 s", "2 min 05 s", "61 min 40 s", "2 h 02 min"]
        );
        assert_eq!(counted(1, "image", "images"), "1 image");
    }
}
