//! Sending images at the distances in time at which they were captured.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Beyond these no schedule is meaningful: a second becomes three hours, or thirty years become one.
const SPEEDS: std::ops::RangeInclusive<f64> = 1e-4..=1e9;
const PAUSE_MAX_S: f64 = 1e8;

/// Images are due at the distances in time of their captures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    /// How many times as fast as the images were captured.
    pub speed: f64,
    /// Longer pauses between two images, in seconds of the run, are shortened to this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_pause_s: Option<f64>,
}

impl Replay {
    /// What a distance between two captures is in the replay, and whether it was shortened.
    pub(crate) fn pause(&self, captured_s: f64) -> (Duration, bool) {
        let seconds = captured_s / self.speed;
        let (seconds, is_shortened) = match self.longest_pause_s {
            Some(longest_s) if seconds > longest_s => (longest_s, true),
            _ => (seconds, false),
        };
        (Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX), is_shortened)
    }

    /// Whether it can be sent; otherwise why not.
    ///
    /// # Errors
    /// A number is out of its range.
    pub(super) fn check(&self) -> Result<(), String> {
        if !SPEEDS.contains(&self.speed) {
            let (least, most) = (SPEEDS.start(), SPEEDS.end());
            return Err(format!("the speed of a replay is {least} to {most}, not {}", self.speed));
        }
        match self.longest_pause_s {
            Some(pause_s) if !(pause_s > 0.0 && pause_s <= PAUSE_MAX_S) => {
                Err(format!("the longest pause of a replay is more than 0 and at most {PAUSE_MAX_S} s, not {pause_s}"))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a replay of the capture times at speed {}", self.speed)?;
        match self.longest_pause_s {
            Some(pause_s) => write!(f, ", with pauses of at most {pause_s} s"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_divided_by_the_speed_and_then_shortened() {
        let replay = Replay { speed: 60.0, longest_pause_s: Some(10.0) };
        assert_eq!(replay.pause(90.0), (Duration::from_millis(1_500), false));
        assert_eq!(replay.pause(600.0), (Duration::from_secs(10), false));
        assert_eq!(replay.pause(601.0), (Duration::from_secs(10), true));
        assert_eq!(replay.to_string(), "a replay of the capture times at speed 60, with pauses of at most 10 s");
        let slow = Replay { speed: 0.5, longest_pause_s: None };
        assert_eq!(slow.pause(90.0), (Duration::from_secs(180), false));
        assert_eq!(slow.to_string(), "a replay of the capture times at speed 0.5");
    }

    #[test]
    fn what_cannot_be_replayed_is_refused() {
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9] {
            let refused = Replay { speed, longest_pause_s: None }.check().unwrap_err();
            assert!(refused.contains("speed"), "{refused}");
        }
        for pause in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let refused = Replay { speed: 1.0, longest_pause_s: Some(pause) }.check().unwrap_err();
            assert!(refused.contains("pause"), "{refused}");
        }
        assert_eq!(Replay { speed: 60.0, longest_pause_s: Some(0.5) }.check(), Ok(()));
    }
}
