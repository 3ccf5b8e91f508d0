//! Numbers with units, and times.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::field::FieldKind;

/// A unit, and how many bytes or microseconds it is.
#[derive(Debug, PartialEq)]
pub(super) struct Unit {
    pub(super) name: &'static str,
    pub(super) kind: FieldKind,
    factor: f64,
}

/// The units; the first one of a kind needs not be written for 0.
pub(super) const UNITS: [Unit; 12] = [
    unit("B", FieldKind::Bytes, 1.0),
    unit("kB", FieldKind::Bytes, 1e3),
    unit("MB", FieldKind::Bytes, 1e6),
    unit("GB", FieldKind::Bytes, 1e9),
    unit("KiB", FieldKind::Bytes, 1024.0),
    unit("MiB", FieldKind::Bytes, 1_048_576.0),
    unit("GiB", FieldKind::Bytes, 1_073_741_824.0),
    unit("us", FieldKind::Duration, 1.0),
    unit("ms", FieldKind::Duration, 1e3),
    unit("s", FieldKind::Duration, 1e6),
    unit("min", FieldKind::Duration, 60e6),
    unit("h", FieldKind::Duration, 3_600e6),
];

const fn unit(name: &'static str, kind: FieldKind, factor: f64) -> Unit {
    Unit { name, kind, factor }
}

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Amount {
    number: f64,
    unit: &'static Unit,
}

impl Amount {
    /// Reads `500kB` or `1.5s`. Bytes need no unit, and nothing needs one for 0.
    pub(super) fn read(text: &str, kind: FieldKind) -> Option<Self> {
        let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
        let number: f64 = text[..end].parse().ok().filter(|number: &f64| number.is_finite())?;
        let mut units = UNITS.iter().filter(|unit| unit.kind == kind);
        let unit = match text[end..].trim() {
            "" if kind == FieldKind::Bytes || number == 0.0 => units.next()?,
            "µs" | "μs" if kind == FieldKind::Duration => units.next()?,
            name => units.find(|unit| unit.name.eq_ignore_ascii_case(name))?,
        };
        Some(Self { number, unit })
    }

    /// In bytes or microseconds.
    pub(super) fn value(self) -> f64 {
        let value = self.number * self.unit.factor;
        // 0.07 ms are 70 µs, and not 70.00000000000001.
        if (value - value.round()).abs() < value * 1e-9 { value.round() } else { value }
    }
}

/// Whether a word is a unit of its own, as in `50 ms`.
pub(super) fn is_unit(word: &str) -> bool {
    matches!(word, "µs" | "μs") || UNITS.iter().any(|unit| unit.name.eq_ignore_ascii_case(word))
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, self.unit.name)
    }
}

/// A time. It is as long as it is exact: `2026-11-24` is the whole day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    text: String,
    /// Microseconds since 1970-01-01 UTC.
    pub(super) begin: i64,
    /// The end, which is not part of it.
    pub(super) end: i64,
}

impl Moment {
    /// Reads `2026-11-24`, `2026-11-24T08:30`, or with seconds, a fraction, `Z` or an offset. Without these it is the time
    /// of `zone`.
    pub(super) fn read(text: &str, zone: &TimeZone) -> Option<Self> {
        let text = text.trim().replacen(' ', "T", 1);
        let Some((date, clock)) = text.split_once(['T', 't']) else {
            let date: Date = is_date(&text).then(|| text.parse().ok())??;
            let begin = zone.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()?;
            let next = date.checked_add(Span::new().days(1)).ok()?;
            let end = zone.to_timestamp(next.to_datetime(jiff::civil::Time::midnight())).ok()?;
            return Some(Self { text, begin: begin.as_microsecond(), end: end.as_microsecond() });
        };
        let (clock, offset) = clock.split_at(clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len()));
        let length = match clock.len() {
            5 => 60_000_000,
            8 => 1_000_000,
            10..=15 if clock.as_bytes()[8] == b'.' => 10_i64.pow(15 - clock.len() as u32),
            _ => return None,
        };
        if !is_date(date) {
            return None;
        }
        let begin = match offset {
            "" => zone.to_timestamp(text.parse::<DateTime>().ok()?).ok()?,
            _ => text.parse::<Timestamp>().ok()?,
        };
        let begin = begin.as_microsecond();
        Some(Self { begin, end: begin.checked_add(length)?, text })
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
