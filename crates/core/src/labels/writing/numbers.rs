//! Numbers as they are written.

use serde::{Serialize, Serializer};

/// A number of pixels: whole ones without a fraction, others as short as they can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Px(pub(super) f32);

impl Px {
    fn whole(self) -> Option<i64> {
        // Exact below 2^24.
        (self.0.fract() == 0.0 && self.0.abs() < 16_777_216.0).then_some(self.0 as i64)
    }
}

impl Serialize for Px {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.whole() {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.serialize_f32(self.0),
        }
    }
}

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.whole() {
            Some(whole) => whole.fmt(f),
            None => self.0.fmt(f),
        }
    }
}

/// Pixels as a part of a side, with the digits that hundredths of a pixel of the largest images need.
pub(super) fn fraction(pixels: f64, side_px: u32) -> String {
    decimal(pixels / f64::from(side_px.max(1)), 8)
}

/// A number with this many digits after the point, without the zeros at its end.
pub(super) fn decimal(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if matches!(short, "" | "-0") { "0".to_owned() } else { short.to_owned() }
}
