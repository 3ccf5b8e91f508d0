//! Numbers with their units for display: three significant digits, and the unit that fits the size.
//!
//! The window, the terminal, charts and reports all write numbers with these functions.

use std::time::Duration;

/// Three significant digits without a unit: `0.0123`, `4.70`, `13.4`, `318`, `1447`; `–` if it is not a number.
pub fn significant(value: f64) -> String {
    let size = value.abs();
    // Each bound is where rounding reaches the next power of ten.
    match size {
        _ if !value.is_finite() => "–".to_owned(),
        0.0 => "0".to_owned(),
        99.95.. => format!("{value:.0}"),
        9.995.. => format!("{value:.1}"),
        0.9995.. => format!("{value:.2}"),
        0.099_95.. => format!("{value:.3}"),
        0.009_995.. => format!("{value:.4}"),
        0.000_1.. => format!("{value:.5}"),
        _ => format!("{value:.1e}"),
    }
}

/// Like [`significant`], with `k`, `M` or `G` from a thousand on: `128`, `1.45k`. For counts and rates, whose units have no
/// prefixes; times and bytes have [`millis`] and [`bytes`].
pub fn scaled(value: f64) -> String {
    let (divisor, suffix) = match value.abs() {
        _ if !value.is_finite() => (1.0, ""),
        999_500_000.0.. => (1e9, "G"),
        999_500.0.. => (1e6, "M"),
        999.5.. => (1e3, "k"),
        _ => (1.0, ""),
    };
    format!("{}{suffix}", significant(value / divisor))
}

/// `84`, `1.24k`, `61.2k`: exact below a thousand.
pub fn count(number: u64) -> String {
    if number < 1_000 { number.to_string() } else { scaled(number as f64) }
}

/// `1,234,567`: exact.
pub fn exact(number: u64) -> String {
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

/// `1 image`, `1,234 images`: exact, with the noun in singular or plural.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", exact(number), if number == 1 { one } else { many })
}

/// Like [`counted`], shortened from a thousand on: `1.24k images`.
pub fn counted_short(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `512 B`, `79.3 kB`, `15.1 MB`, `4.10 GB`, in powers of ten.
pub fn bytes(bytes: f64) -> String {
    match bytes {
        999_500_000_000.0.. => format!("{} TB", significant(bytes / 1e12)),
        999_500_000.0.. => format!("{} GB", significant(bytes / 1e9)),
        999_500.0.. => format!("{} MB", significant(bytes / 1e6)),
        999.5.. => format!("{} kB", significant(bytes / 1e3)),
        _ => format!("{bytes:.0} B"),
    }
}

/// `128 MB/s`, `1.45 GB/s`, of megabytes (10^6 bytes) per second.
pub fn mb_per_s(value: f64) -> String {
    if value >= 999.5 { format!("{} GB/s", significant(value / 1e3)) } else { format!("{} MB/s", significant(value)) }
}

/// `1.24k images/s`.
pub fn images_per_s(value: f64) -> String {
    format!("{} images/s", scaled(value))
}

/// The number and the unit of a time in microseconds: `("999", "µs")`, `("4.70", "ms")`, `("1.28", "s")`; from two
/// minutes on `("2 min 5 s", "")`.
pub fn latency(micros: u64) -> (String, &'static str) {
    let value = micros as f64;
    match micros {
        0..1_000 => (micros.to_string(), "µs"),
        1_000..999_500 => (significant(value / 1e3), "ms"),
        999_500..120_000_000 => (significant(value / 1e6), "s"),
        _ => (duration(Duration::from_micros(micros)), ""),
    }
}

/// `4.70 ms`, of microseconds.
pub fn micros(micros: u64) -> String {
    let (number, unit) = latency(micros);
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

/// `4.70 ms`, `1.28 s`, `250 µs`, of milliseconds; `–` if it is not a number.
pub fn millis(value: f64) -> String {
    match value {
        _ if !value.is_finite() => "–".to_owned(),
        0.0 => "0 ms".to_owned(),
        // Below a microsecond, such as small costs.
        _ if value.abs() < 0.000_999_5 => format!("{} ns", significant(value * 1e6)),
        _ if value.abs() < 0.999_5 => format!("{} µs", significant(value * 1e3)),
        _ => micros((value.max(0.0) * 1e3).round() as u64),
    }
}

/// `1.0 s`, `24 s`, `4 min 12 s`, `2 h 5 min`: for times that are waited for.
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

/// Removes zeros at the end of the fraction, whatever unit follows: `1.50k` becomes `1.5k`, `2.00 s` becomes `2 s`. For
/// axes.
pub fn trimmed(text: &str) -> String {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '.' | '-')).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    match digits.contains('.') {
        true => format!("{}{unit}", digits.trim_end_matches('0').trim_end_matches('.')),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_significant() {
        let shown = [0.0, 0.012_34, 0.000_5, 0.616, 4.7, 9.996, 13.44, 130.13, 999.4].map(significant);
        assert_eq!(shown, ["0", "0.0123", "0.00050", "0.616", "4.70", "10.0", "13.4", "130", "999"]);
        let shown = [999.6, 1_412.0, 61_234.0, 999_600.0, 2.5e6, 1.234e9].map(scaled);
        assert_eq!(shown, ["1.00k", "1.41k", "61.2k", "1.00M", "2.50M", "1.23G"]);
        assert_eq!([f64::NAN, f64::INFINITY].map(scaled), ["–", "–"]);
        assert_eq!([0, 999, 1_000, 61_234].map(count), ["0", "999", "1.00k", "61.2k"]);
        assert_eq!([0, 999, 1_000, 1_234_567].map(exact), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn units_follow_the_size() {
        assert_eq!(
            [1.0, 999.0, 79_312.0, 999_700.0, 4.1e9].map(bytes),
            ["1 B", "999 B", "79.3 kB", "1.00 MB", "4.10 GB"]
        );
        assert_eq!([128.0, 1_450.0].map(mb_per_s), ["128 MB/s", "1.45 GB/s"]);
        let shown = [0, 999, 4_700, 12_345, 999_700, 1_282_050, 61_000_000, 125_000_000].map(micros);
        assert_eq!(shown, ["0 µs", "999 µs", "4.70 ms", "12.3 ms", "1.00 s", "1.28 s", "61.0 s", "2 min 5 s"]);
        let shown = [0.0, 0.000_5, 0.032, 0.9997, 4.7, 1_282.05, 4_000.0].map(millis);
        assert_eq!(shown, ["0 ms", "500 ns", "32.0 µs", "1.00 ms", "4.70 ms", "1.28 s", "4.00 s"]);
        let shown = [1, 24, 252, 7_500].map(|seconds| duration(Duration::from_secs(seconds)));
        assert_eq!(shown, ["1.0 s", "24 s", "4 min 12 s", "2 h 5 min"]);
    }

    #[test]
    fn nouns_follow_their_number() {
        let shown = [0, 1, 2, 1_240].map(|number| counted(number, "repeat", "repeats"));
        assert_eq!(shown, ["0 repeats", "1 repeat", "2 repeats", "1,240 repeats"]);
        assert_eq!(counted_short(1_240, "image", "images"), "1.24k images");
    }

    #[test]
    fn axes_have_no_idle_zeros() {
        let shown = ["1.50k", "2.00 s", "500 ms", "0.200", "100", "10.0 µs", "–"].map(trimmed);
        assert_eq!(shown, ["1.5k", "2 s", "500 ms", "0.2", "100", "10 µs", "–"]);
    }
}
