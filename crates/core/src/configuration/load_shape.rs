//! Loads that change over time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::replay::Replay;
use crate::model::units::{counted, images_per_s, scaled, trimmed};

/// The lowest rate, in images per second: about one image a day. The pauses of much lower rates are too long for a
/// clock.
pub const RATE_MIN: f64 = 0.000_01;
const RATE_MAX: f64 = 1e9;
const SECONDS_MAX: f64 = 1e8;

/// When images are due, in place of a constant rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadShape {
    /// A rate that changes evenly, and then stays.
    Ramp(Ramp),
    /// Many images at once, again and again.
    Burst(Burst),
    /// The distances in time at which the images were captured.
    Replay(Replay),
}

/// A rate that changes evenly, and then stays: `10..500/60`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ramp {
    /// The rate at the start.
    pub from_images_per_s: f64,
    /// The rate at the end, and from there on.
    pub to_images_per_s: f64,
    /// How long it changes.
    pub seconds: f64,
}

/// Many images at once, again and again: `50/10`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Burst {
    /// Images of a burst.
    pub images: u64,
    /// From the start of one to the start of the next.
    pub period_s: f64,
}

impl LoadShape {
    /// The same number of images in each second.
    pub(crate) fn constant(images_per_s: f64) -> Self {
        Self::Ramp(Ramp { from_images_per_s: images_per_s, to_images_per_s: images_per_s, seconds: 1.0 })
    }

    /// When image `number`, from 0, is due after the start; `None` where that depends on the images.
    pub(crate) fn due(&self, number: u64) -> Option<Duration> {
        let seconds = match self {
            Self::Ramp(ramp) => ramp.due_s(number as f64),
            Self::Burst(burst) => (number / burst.images.max(1)) as f64 * burst.period_s,
            Self::Replay(_) => return None,
        };
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }

    /// How long this many images take; `None` where that depends on the images.
    pub fn span(&self, images: u64) -> Option<Duration> {
        self.due(images)
    }

    /// The replay, if it is one.
    pub fn replay(&self) -> Option<Replay> {
        if let Self::Replay(replay) = self { Some(*replay) } else { None }
    }

    /// Whether it can be sent; otherwise why not.
    ///
    /// # Errors
    /// A number is out of its range.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Ramp(ramp) => ramp.check(),
            Self::Burst(burst) => burst.check(),
            Self::Replay(replay) => replay.check(),
        }
    }
}

impl Ramp {
    /// The number of images due after t seconds is from·t + (to − from)·t² / 2·seconds. This is its inverse.
    fn due_s(&self, number: f64) -> f64 {
        let (from, to) = (self.from_images_per_s, self.to_images_per_s);
        let in_ramp = f64::midpoint(from, to) * self.seconds;
        if number >= in_ramp {
            return self.seconds + (number - in_ramp) / to;
        }
        if number <= 0.0 {
            return 0.0;
        }
        let change = (to - from) / self.seconds;
        // In this form nothing is lost where both rates are nearly equal.
        2.0 * number / (from + (from * from + 2.0 * change * number).max(0.0).sqrt())
    }

    fn check(&self) -> Result<(), String> {
        let Self { from_images_per_s: from, to_images_per_s: to, seconds } = *self;
        if !(0.0..=RATE_MAX).contains(&from) || !(RATE_MIN..=RATE_MAX).contains(&to) {
            return Err(format!(
                "a ramp goes from 0 or more images per second to {RATE_MIN} or more, not {from} to {to}"
            ));
        }
        if !(seconds > 0.0 && seconds <= SECONDS_MAX) {
            return Err(format!("a ramp takes more than 0 and at most {SECONDS_MAX} s, not {seconds}"));
        }
        Ok(())
    }
}

impl Burst {
    fn check(&self) -> Result<(), String> {
        if self.images == 0 {
            return Err("a burst has 1 image or more, not 0".to_owned());
        }
        if !(self.period_s > 0.0 && self.period_s <= SECONDS_MAX) {
            return Err(format!("bursts are more than 0 and at most {SECONDS_MAX} s apart, not {}", self.period_s));
        }
        Ok(())
    }
}

impl FromStr for Ramp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (rates, seconds) = text.split_once('/')?;
            let (from, to) = rates.split_once("..")?;
            Some(Self {
                from_images_per_s: from.trim().parse().ok()?,
                to_images_per_s: to.trim().parse().ok()?,
                seconds: seconds_of(seconds)?,
            })
        };
        let ramp = read().ok_or_else(|| {
            format!("a ramp is FROM..TO/SECONDS in images per second, such as 10..500/60, not \"{text}\"")
        })?;
        ramp.check().map(|()| ramp)
    }
}

impl FromStr for Burst {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (images, period) = text.split_once('/')?;
            Some(Self { images: images.trim().parse().ok()?, period_s: seconds_of(period)? })
        };
        let burst = read().ok_or_else(|| format!("bursts are IMAGES/SECONDS, such as 50/10, not \"{text}\""))?;
        burst.check().map(|()| burst)
    }
}

/// `60` or `60s`.
fn seconds_of(text: &str) -> Option<f64> {
    text.trim().trim_end_matches('s').trim_end().parse().ok()
}

impl fmt::Display for LoadShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ramp(Ramp { from_images_per_s, to_images_per_s, seconds }) => {
                let from = trimmed(&scaled(*from_images_per_s));
                write!(f, "a ramp from {from} to {} in {seconds} s", images_per_s(*to_images_per_s))
            }
            Self::Burst(Burst { images, period_s }) => {
                write!(f, "bursts of {} every {period_s} s", counted(*images, "image", "images"))
            }
            Self::Replay(replay) => write!(f, "{replay}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(text: &str) -> LoadShape {
        LoadShape::Ramp(text.parse().unwrap())
    }

    /// Images due before `seconds`.
    fn due_before(shape: LoadShape, seconds: f64) -> usize {
        (0..).take_while(|number| shape.due(*number).unwrap().as_secs_f64() < seconds).count()
    }

    #[test]
    fn a_ramp_has_the_area_under_its_rate_and_then_stays() {
        for (text, seconds, expected) in [
            ("0..100/10", 10.0, 500.0),
            ("0..100/10", 5.0, 125.0),
            ("10..100/10", 10.0, 550.0),
            ("100..10/10", 10.0, 550.0),
            ("100..10/10", 20.0, 650.0),
            ("0..100/10", 12.0, 700.0),
            ("50..50/10", 7.0, 350.0),
            ("50..50.0000001/10s", 7.0, 350.0),
            ("5000..0.001/1", 1.0, 2_500.0),
        ] {
            let found = due_before(ramp(text), seconds) as f64;
            assert!((found - expected).abs() <= 1.0, "{text} after {seconds} s: {found}, not {expected}");
            let due: Vec<Duration> = (0..expected as u64).map(|number| ramp(text).due(number).unwrap()).collect();
            assert!(due[0] == Duration::ZERO && due.is_sorted(), "{text}");
        }
    }

    #[test]
    fn a_burst_is_due_at_once_and_the_next_a_period_later() {
        let burst = LoadShape::Burst("50/10".parse().unwrap());
        let due = [0, 49, 50, 99, 100].map(|number| burst.due(number).unwrap().as_secs());
        assert_eq!(due, [0, 0, 10, 10, 20]);
        assert_eq!(
            (burst.span(100), burst.to_string().as_str()),
            (Some(Duration::from_secs(20)), "bursts of 50 images every 10 s")
        );
        assert_eq!(ramp("10..500/60").to_string(), "a ramp from 10 to 500 images/s in 60 s");
    }

    #[test]
    fn a_constant_load_is_due_at_equal_distances() {
        let due = [0, 1, 2, 80, 400].map(|number| LoadShape::constant(40.0).due(number).unwrap());
        assert_eq!(due.map(|due| due.as_micros()), [0, 25_000, 50_000, 2_000_000, 10_000_000]);
    }

    #[test]
    fn what_is_no_shape_is_refused_with_an_example() {
        for wrong in
            ["", "10", "10..500", "10/60", "a..b/60", "10..500/0", "10..0/60", "-1..5/60", "NaN..5/60", "1..inf/5"]
        {
            let refused = wrong.parse::<Ramp>().unwrap_err();
            assert!(refused.contains("ramp"), "{refused}");
        }
        for wrong in ["", "50", "50/", "0/10", "5/0", "5.5/10", "5/-1", "5/NaN"] {
            assert!(wrong.parse::<Burst>().unwrap_err().contains("burst"), "{wrong}");
        }
        let text = serde_json::to_string(&ramp("1..2/3")).unwrap();
        assert_eq!(text, r#"{"ramp":{"from_images_per_s":1.0,"to_images_per_s":2.0,"seconds":3.0}}"#);
        assert_eq!(serde_json::from_str::<LoadShape>(&text).unwrap(), ramp("1..2/3"));
    }
}
