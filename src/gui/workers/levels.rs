//! The values that a picture of more than 8 bits a sample is shown with.

use std::fmt;

/// The values that are shown as black and as white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// Shown as black.
    pub low: f32,
    /// Shown as white.
    pub high: f32,
}

impl Levels {
    /// How bright a sample is shown.
    pub fn shown(self, sample: f32) -> u8 {
        let share = (sample - self.low) / (self.high - self.low).max(f32::MIN_POSITIVE);
        (share * 255.0).round().clamp(0.0, 255.0) as u8
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.high - self.low < 10.0 { 3 } else { 0 };
        write!(f, "{:.digits$} to {:.digits$}", self.low, self.high)
    }
}
