//! Numbers as the window writes them: three significant digits and a unit.

use std::time::Duration;

/// `84`, `1.24k`, `61.2k`, `3.10M`: counts below a thousand are exact.
pub fn count(number: u64) -> String {
    if number < 1_000 { number.to_string() } else { scaled(number as f64) }
}

/// `1,234,567`: exact, for hovering and tables.
pub fn exact(number: u64) -> String {
    crate::report::shown::count(number)
}

/// Three significant digits: `0.032`, `4.70`, `128`, `1.45k`.
pub fn scaled(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = value.abs();
    let (divisor, suffix) = match size {
        size if size >= 999_500_000.0 => (1e9, "G"),
        size if size >= 999_500.0 => (1e6, "M"),
        size if size >= 999.5 => (1e3, "k"),
        _ => (1.0, ""),
    };
    format!("{}{suffix}", three_digits(value / divisor))
}

fn three_digits(value: f64) -> String {
    let size = value.abs();
    match size {
        0.0 => "0".to_owned(),
        size if size >= 99.95 => format!("{value:.0}"),
        size if size >= 9.995 => format!("{value:.1}"),
        size if size >= 0.9995 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// `1.24k images/s`.
pub fn images_per_s(value: f64) -> String {
    format!("{} images/s", scaled(value))
}

/// `128 MB/s`, of megabytes (10^6) a second.
pub fn mb_per_s(value: f64) -> String {
    if value >= 999.5 { format!("{} GB/s", three_digits(value / 1e3)) } else { format!("{} MB/s", three_digits(value)) }
}

/// `15.1 MB`: powers of ten, as files are counted by most systems.
pub fn bytes(bytes: u64) -> String {
    let value = bytes as f64;
    match value {
        value if value < 999.5 => format!("{bytes} B"),
        value if value < 999_500.0 => format!("{} kB", three_digits(value / 1e3)),
        value if value < 999_500_000.0 => format!("{} MB", three_digits(value / 1e6)),
        value if value < 999_500_000_000.0 => format!("{} GB", three_digits(value / 1e9)),
        _ => format!("{} TB", three_digits(value / 1e12)),
    }
}

/// The number and the unit of a latency: `("4.70", "ms")`.
pub fn latency(micros: u64) -> (String, &'static str) {
    let value = micros as f64;
    match micros {
        0..1_000 => (micros.to_string(), "µs"),
        1_000..1_000_000 => (three_digits(value / 1e3), "ms"),
        _ => (three_digits(value / 1e6), "s"),
    }
}

/// `4.70 ms`.
pub fn latency_text(micros: u64) -> String {
    let (number, unit) = latency(micros);
    format!("{number} {unit}")
}

/// `24 s`, `4 min 12 s`, `2 h 5 min`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let seconds = seconds.round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// `1 image`, `192 images`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {many}", count(number)) }
}

/// A time of the wall clock, microseconds since 1970, as the person's clock shows it: `14:03:07.123`.
pub fn clock(micros: i64) -> String {
    let Ok(time) = jiff::Timestamp::from_microsecond(micros) else { return "–".to_owned() };
    time.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S.%3f").to_string()
}

/// The end of a long name is what tells it apart, and its beginning where it is.
pub fn shortened(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most / 3).collect();
    let tail: String = text.chars().skip(length - (most - most / 3 - 1)).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_significant_digits() {
        let cases = [(0.0, "0"), (0.0321, "0.032"), (4.7, "4.70"), (84.25, "84.2"), (128.4, "128"), (999.4, "999")];
        for (value, text) in cases {
            assert_eq!(scaled(value), text);
        }
        assert_eq!((scaled(999.7).as_str(), scaled(1_240.0).as_str()), ("1.00k", "1.24k"));
        assert_eq!((scaled(999_600.0).as_str(), scaled(f64::NAN).as_str()), ("1.00M", "–"));
        assert_eq!((count(999).as_str(), count(61_234).as_str()), ("999", "61.2k"));
        assert_eq!((exact(1_234_567).as_str(), exact(12).as_str()), ("1,234,567", "12"));
    }

    #[test]
    fn units_change_where_they_should() {
        assert_eq!(
            (bytes(15_100_000).as_str(), bytes(999).as_str(), bytes(999_700).as_str()),
            ("15.1 MB", "999 B", "1.00 MB")
        );
        assert_eq!((latency_text(4_700).as_str(), latency_text(999).as_str()), ("4.70 ms", "999 µs"));
        assert_eq!((mb_per_s(128.0).as_str(), mb_per_s(1_450.0).as_str()), ("128 MB/s", "1.45 GB/s"));
        let texts = [1, 24, 252, 7_500].map(|seconds| duration(Duration::from_secs(seconds)));
        assert_eq!(texts, ["1.0 s", "24 s", "4 min 12 s", "2 h 5 min"]);
    }
}
