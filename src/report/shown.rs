//! Numbers as people read them: three significant digits.

use super::results::BrokerInfo;

/// `0.0123`, `4.70`, `13.4`, `318`, `1.41k`, `2.50M`.
pub fn short(value: f64) -> String {
    let size = value.abs();
    // Where rounding reaches the next unit, it is shown in that.
    match size {
        _ if !value.is_finite() => "–".to_owned(),
        0.0 => "0".to_owned(),
        999_500.0.. => format!("{}M", digits(value / 1e6)),
        999.5.. => format!("{}k", digits(value / 1e3)),
        _ => digits(value),
    }
}

fn digits(value: f64) -> String {
    match value.abs() {
        99.95.. => format!("{value:.0}"),
        9.995.. => format!("{value:.1}"),
        0.0995.. => format!("{value:.2}"),
        0.00995.. => format!("{value:.3}"),
        _ => format!("{value:.4}"),
    }
}

/// `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 run`, `1,234 runs`.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as u64), if number == 1 { one } else { many })
}

/// `512 B`, `79.3 kB`, `15.2 MB`, `4.10 GB`, in powers of ten.
pub fn bytes(bytes: f64) -> String {
    match bytes {
        999_500_000.0.. => format!("{} GB", digits(bytes / 1e9)),
        999_500.0.. => format!("{} MB", digits(bytes / 1e6)),
        999.5.. => format!("{} kB", digits(bytes / 1e3)),
        _ => format!("{bytes:.0} B"),
    }
}

/// A time of the results (RFC 3339) to the minute, `2026-11-24 10:15 UTC`; unchanged where it is none.
pub fn minute(time: &str) -> String {
    match time.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => time.to_owned(),
    }
}

/// The broker, `Embedded broker 0.1.0`, `Kafka 4.1-IV1, 3 brokers`.
pub fn broker(info: &BrokerInfo) -> String {
    let name = match info.kind.as_str() {
        "embedded" => "Embedded broker",
        "embedded_elsewhere" => "Embedded broker of another process",
        _ => "Kafka",
    };
    let version = info.version.as_deref().map_or_else(String::new, |version| format!(" {version}"));
    let size = if info.brokers > 1 { format!(", {} brokers", info.brokers) } else { String::new() };
    format!("{name}{version}{size}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_significant() {
        let shown = [0.0, 0.012_34, 0.616, 4.7, 13.44, 130.13, 999.4, 999.6, 1_412.0, 999_600.0, 2.5e6].map(short);
        let expected = ["0", "0.012", "0.62", "4.70", "13.4", "130", "999", "1.00k", "1.41k", "1.00M", "2.50M"];
        assert_eq!(shown, expected);
        assert_eq!([f64::NAN, f64::INFINITY].map(short), ["–", "–"]);
        assert_eq!([512.0, 79_312.0, 15.2e6, 4.1e9].map(bytes), ["512 B", "79.3 kB", "15.2 MB", "4.10 GB"]);
        assert_eq!((count(1_234_567), counted(1, "run", "runs")), ("1,234,567".to_owned(), "1 run".to_owned()));
        assert_eq!([minute("2026-11-24T10:15:59.5Z"), minute("then")], ["2026-11-24 10:15 UTC", "then"]);
    }
}
