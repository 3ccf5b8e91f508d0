//! Values with all the digits that are known of them, for what stands under the pointer and in tables.

/// `1,234.6 images/s`.
pub fn images_per_s(value: f64) -> String {
    with_unit(value, 1, "images/s")
}

/// `98.765 MB/s`.
pub fn mb_per_s(value: f64) -> String {
    with_unit(value, 3, "MB/s")
}

/// `1,234.567 ms`.
pub fn millis(value: f64) -> String {
    with_unit(value, 3, "ms")
}

/// `0.1234 ms`: of processor time.
pub(super) fn processor_millis(value: f64) -> String {
    with_unit(value, 4, "ms")
}

/// With the second to one decimal: `12.5 s`, `3 min 20.5 s`, `1 h 3 min 20.5 s`.
pub fn seconds(value: f64) -> String {
    let tenths = (value.max(0.0) * 10.0).round() as u64;
    let (minutes, rest) = (tenths / 600, (tenths % 600) as f64 / 10.0);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{rest:.1} s"),
        (0, minutes) => format!("{minutes} min {rest:.1} s"),
        (hours, minutes) => format!("{hours} h {minutes} min {rest:.1} s"),
    }
}

fn with_unit(value: f64, decimals: usize, unit: &str) -> String {
    if value.is_finite() { format!("{} {unit}", grouped(value, decimals)) } else { format!("– {unit}") }
}

/// With a thousands separator, and so many decimals.
pub(super) fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    match whole.parse() {
        Ok(whole) if rest.is_empty() => crate::model::units::exact(whole),
        Ok(whole) => format!("{}.{rest}", crate::model::units::exact(whole)),
        Err(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_is_left_out() {
        assert_eq!(images_per_s(1_234.56), "1,234.6 images/s");
        assert_eq!([millis(0.0471), millis(1_282.050_4)], ["0.047 ms", "1,282.050 ms"]);
        assert_eq!((mb_per_s(98.7654), mb_per_s(f64::NAN)), ("98.765 MB/s".to_owned(), "– MB/s".to_owned()));
        assert_eq!([grouped(f64::NAN, 1), grouped(1_234.6, 0), grouped(-2.5, 1)], ["NaN", "1,235", "-2.5"]);
        assert_eq!(
            [0.0, 59.96, 200.5, 3_800.5].map(seconds),
            ["0.0 s", "1 min 0.0 s", "3 min 20.5 s", "1 h 3 min 20.5 s"]
        );
    }
}
