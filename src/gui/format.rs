//! Numbers as the window writes them ([`kafka_image_bench_core::model::units`]), times of the wall clock, and names that are too long.

use kafka_image_bench_core::model::printable::printable_lines;
use kafka_image_bench_core::model::written_time;

pub use kafka_image_bench_core::model::units::{
    count, counted as counted_exactly, counted_short as counted, duration, exact, images_per_s, latency, mb_per_s,
    micros as latency_text, millis, scaled, significant, trimmed,
};

/// `15.1 MB`: powers of ten, as files are counted by most systems.
pub fn bytes(bytes: u64) -> String {
    kafka_image_bench_core::model::units::bytes(bytes as f64)
}

/// A time of the wall clock, microseconds since 1970, as the person's clock shows it: `14:03:07.123`.
pub fn clock(micros: i64) -> String {
    let Ok(time) = jiff::Timestamp::from_microsecond(micros) else { return "–".to_owned() };
    time.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S.%3f").to_string()
}

/// A time of the person's clock, `2026-11-24 14:03`, or RFC 3339.
///
/// # Errors
/// What a time looks like.
pub fn parse_time(text: &str) -> Result<jiff::Timestamp, String> {
    let text = text.trim();
    written_time::parse_time(text).ok_or_else(|| format!("A time looks like 2026-11-24 14:03, not \"{text}\""))
}

/// `today 09:41`, `yesterday 17:03`, `2026-11-03 08:15`.
pub fn when(at: jiff::Timestamp) -> String {
    let zoned = at.to_zoned_datetime(jiff::tz::TimeZone::system());
    let today = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::system()).date();
    let day = match zoned.date() {
        day if day == today => "today".to_owned(),
        day if today.yesterday().is_ok_and(|yesterday| yesterday == day) => "yesterday".to_owned(),
        day => day.to_string(),
    };
    format!("{day} {}", zoned.strftime("%H:%M"))
}

/// Keeps the end of a long name, which differs from others, and its beginning, where it is. Invisible characters are
/// written out.
pub fn shortened(text: &str, most: usize) -> String {
    let text = &*printable_lines(text);
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most / 3).collect();
    let tail: String = text.chars().skip(length - (most - most / 3 - 1)).collect();
    format!("{head}…{tail}")
}
