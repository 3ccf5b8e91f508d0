//! What a replay of capture times will be like, known before it starts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::units::{counted, duration, exact, millis};

/// Longer pauses are named before a replay starts.
pub const LONG_PAUSE: Duration = Duration::from_secs(600);
/// A replay that takes no longer needs no advice.
const SHORT_ENOUGH: Duration = Duration::from_secs(600);
/// The speeds that are advised.
const SPEEDS: [f64; 9] = [2.0, 5.0, 10.0, 60.0, 600.0, 3_600.0, 86_400.0, 604_800.0, 31_536_000.0];

/// The images of a replay and their times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplayOutline {
    /// How many times as fast as the images were captured.
    pub speed: f64,
    /// Images.
    pub images: u64,
    /// Those whose EXIF data has the time.
    pub by_exif: u64,
    /// Those without such a time, whose file's modification time counts.
    pub by_file_time: u64,
    /// Those whose file system has no modification time either: sent at the start.
    pub without_time: u64,
    /// The first capture.
    pub first_captured_at: Option<jiff::Timestamp>,
    /// The last capture.
    pub last_captured_at: Option<jiff::Timestamp>,
    /// From the first image to the last, in seconds of the run.
    pub takes_s: f64,
    /// Pauses over 10 minutes, in the run.
    pub long_pauses: u64,
    /// The longest pause, in seconds of the run.
    pub longest_pause_s: f64,
    /// Pauses that were shortened.
    pub shortened_pauses: u64,
}

impl ReplayOutline {
    /// From the first image to the last.
    pub fn takes(&self) -> Duration {
        seconds(self.takes_s)
    }

    /// `1,920 images by capture time (1,900 by EXIF, 20 by file time); the replay takes 3 h 12 min at speed 1`, with its pauses.
    pub fn sentence(&self) -> String {
        let Self { by_exif, by_file_time, without_time, .. } = *self;
        let counts = [(by_exif, "by EXIF"), (by_file_time, "by file time"), (without_time, "without a time")];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(images, _)| *images > 0)
            .map(|(images, how)| format!("{} {how}", exact(*images)))
            .collect();
        let images = counted(self.images, "image", "images");
        let mut words = format!("{images} by capture time ({})", counts.join(", "));
        words.push_str(&format!("; the replay takes {} at speed {}", time(self.takes_s), self.speed));
        if self.long_pauses > 0 {
            let pauses = counted(self.long_pauses, "pause", "pauses");
            let longest = duration(seconds(self.longest_pause_s));
            words.push_str(&match self.long_pauses {
                1 => format!(", with 1 pause over 10 min, of {longest}"),
                _ => format!(", with {pauses} over 10 min, the longest {longest}"),
            });
        }
        if self.shortened_pauses > 0 {
            let pauses = counted(self.shortened_pauses, "pause", "pauses");
            words.push_str(&format!(", with {pauses} shortened to {}", time(self.longest_pause_s)));
        }
        words
    }

    /// The sentence, and how the same images take less time.
    pub fn whole_sentence(&self) -> String {
        match self.advice() {
            Some(advice) => format!("{}; {advice}", self.sentence()),
            None => self.sentence(),
        }
    }

    /// How the same images take less time: `speed 60 takes 3 min 12 s`. `None` where they take no more than ten minutes, or
    /// where shortened pauses are what takes the time.
    fn advice(&self) -> Option<String> {
        if self.takes() <= SHORT_ENOUGH || self.shortened_pauses > 0 {
            return None;
        }
        let at = |speed: &f64| seconds(self.takes_s * self.speed / speed);
        let speed = SPEEDS.iter().find(|speed| **speed > self.speed && at(speed) <= SHORT_ENOUGH)?;
        Some(format!("speed {speed} takes {}", duration(at(speed))))
    }
}

fn time(span_s: f64) -> String {
    if span_s > 0.0 && span_s < 1.0 { millis(span_s * 1e3) } else { duration(seconds(span_s)) }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(takes_s: f64) -> ReplayOutline {
        ReplayOutline {
            speed: 1.0,
            images: 1_920,
            by_exif: 1_900,
            by_file_time: 20,
            without_time: 0,
            first_captured_at: None,
            last_captured_at: None,
            takes_s,
            long_pauses: 0,
            longest_pause_s: 30.0,
            shortened_pauses: 0,
        }
    }

    #[test]
    fn a_replay_is_described_before_it_starts() {
        let short = outline(95.0);
        assert_eq!(
            short.sentence(),
            "1,920 images by capture time (1,900 by EXIF, 20 by file time); the replay takes 1 min 35 s at speed 1"
        );
        assert_eq!(short.advice(), None);
        let long = ReplayOutline { long_pauses: 2, longest_pause_s: 3_720.0, ..outline(11_520.0) };
        assert!(
            long.sentence().ends_with(
                "; the replay takes 3 h 12 min at speed 1, with 2 pauses over 10 min, the longest 1 h 2 min"
            ),
            "{}",
            long.sentence()
        );
        assert_eq!(long.advice().as_deref(), Some("speed 60 takes 3 min 12 s"));
        let one = ReplayOutline { long_pauses: 1, longest_pause_s: 660.0, ..outline(700.0) };
        assert!(one.sentence().ends_with(", with 1 pause over 10 min, of 11 min 0 s"), "{}", one.sentence());
    }

    #[test]
    fn shortened_pauses_are_said_and_more_speed_is_not_advised_against_them() {
        let cut = ReplayOutline { longest_pause_s: 10.0, shortened_pauses: 90, by_exif: 0, ..outline(900.0) };
        assert!(
            cut.sentence().ends_with(
                "(20 by file time); the replay takes 15 min 0 s at speed 1, with 90 pauses shortened to 10 s"
            )
        );
        assert_eq!(cut.advice(), None);
        let years = outline(1e12);
        assert_eq!(years.advice(), None, "no speed that is advised suffices");
    }
}
