//! Times as people write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A time with its time zone, `2026-11-24T08:30:00Z`, or without one in that of this computer, `2026-11-24 14:03`. `None`: it
/// is not a time.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let local = || TimeZone::system().to_timestamp(text.parse::<DateTime>().ok()?).ok();
    text.parse::<Timestamp>().ok().or_else(local)
}
