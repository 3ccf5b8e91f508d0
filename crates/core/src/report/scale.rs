//! The scales of all charts, in the window and in files: linear from 0, or logarithmic.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Values that differ by more than this factor are shown on a logarithmic axis, unless a person decides otherwise.
pub const LINEAR_SPAN_MAX: f64 = 30.0;
/// Appended to the text above a chart with a logarithmic axis, which is easily missed.
pub const LOGARITHMIC: &str = "logarithmic";
/// Bars reach below their smallest value by at least this factor, so that it is visible.
const FOOT: f64 = 1.5;

/// Which axes charts have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axes {
    /// Logarithmic where values differ by more than [`LINEAR_SPAN_MAX`].
    #[default]
    Automatic,
    /// From 0.
    Linear,
    /// Logarithmic wherever there is a value above 0.
    Logarithmic,
}

impl Axes {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Automatic, Self::Linear, Self::Logarithmic];

    /// Its name in options and in the window.
    pub fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Linear => "linear",
            Self::Logarithmic => LOGARITHMIC,
        }
    }
}

impl FromStr for Axes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|axes| axes.name() == text);
        found.ok_or_else(|| format!("axes are automatic, linear or logarithmic, not \"{text}\""))
    }
}

/// From values to 0 … 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    is_logarithmic: bool,
}

impl Scale {
    /// For lines and dots: from the round value below the smallest to the round value above the largest, or from 0 to the
    /// largest.
    pub fn of(axes: Axes, values: impl Iterator<Item = f64> + Clone) -> Self {
        Self::with_foot(axes, values, 1.0)
    }

    /// For bars, which begin at the low end: the smallest value is some way above it.
    pub fn of_bars(axes: Axes, values: impl Iterator<Item = f64> + Clone) -> Self {
        Self::with_foot(axes, values, FOOT)
    }

    fn with_foot(axes: Axes, values: impl Iterator<Item = f64> + Clone, foot: f64) -> Self {
        let values = values.filter(|value| value.is_finite() && *value > 0.0);
        let (least, most) =
            values.fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), value| (least.min(value), most.max(value)));
        let is_logarithmic = match axes {
            Axes::Linear => false,
            Axes::Automatic => most / least > LINEAR_SPAN_MAX,
            Axes::Logarithmic => most > 0.0,
        };
        if !is_logarithmic {
            return Self { low: 0.0, high: if most > 0.0 { most } else { 1.0 }, is_logarithmic };
        }
        let (low, high) = (round_below(least / foot), round_above(most));
        Self { low, high: if high > low { high } else { 10.0 * low }, is_logarithmic }
    }

    /// Linear from 0 to `high`.
    pub(super) fn linear(high: f64) -> Self {
        Self { low: 0.0, high: if high.is_finite() && high > 0.0 { high } else { 1.0 }, is_logarithmic: false }
    }

    /// Whether it is logarithmic.
    pub fn is_logarithmic(&self) -> bool {
        self.is_logarithmic
    }

    /// The value at its low end.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The value at its high end.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// 0 at the low end, 1 at the high one; values outside are moved to the end.
    pub fn place(&self, value: f64) -> f64 {
        let part = if self.is_logarithmic {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Round values from the low end to the high one, about `wanted` of a logarithmic scale; none of a linear one.
    pub fn log_marks(&self, wanted: usize) -> Vec<f64> {
        if !self.is_logarithmic {
            return Vec::new();
        }
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let marks = |steps: &[f64]| -> Vec<f64> {
            let all = (first..=last).flat_map(|decade| steps.iter().map(move |step| step * 10_f64.powi(decade)));
            all.filter(|mark| *mark >= self.low * (1.0 - 1e-9) && *mark <= self.high * (1.0 + 1e-9)).collect()
        };
        let choices = [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]].map(marks);
        let fitting = choices.iter().find(|marks| marks.len() <= wanted).cloned();
        let [_, _, mut decades] = choices;
        fitting.unwrap_or_else(|| {
            let every = decades.len().div_ceil(wanted.max(2));
            let mut index = 0;
            decades.retain(|_| {
                index += 1;
                (index - 1) % every == 0
            });
            decades
        })
    }
}

/// 1, 2 or 5 times a power of ten, not above `value`.
fn round_below(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    [5.0, 2.0].into_iter().find(|step| step * power <= value * (1.0 + 1e-9)).unwrap_or(1.0) * power
}

/// 1, 2 or 5 times a power of ten, not below `value`.
fn round_above(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0].into_iter().find(|step| step * power >= value * (1.0 - 1e-9)).unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_is_logarithmic_from_thirty_times_on() {
        let of = |axes, values: &[f64]| Scale::of(axes, values.iter().copied());
        assert!(!of(Axes::Automatic, &[10.0, 300.0]).is_logarithmic());
        assert!(of(Axes::Automatic, &[10.0, 0.0, 301.0]).is_logarithmic());
        assert!(!of(Axes::Linear, &[1.0, 1e6]).is_logarithmic());
        assert!(of(Axes::Logarithmic, &[5.0, 5.0]).is_logarithmic());
        for nothing in [&[][..], &[0.0, f64::NAN]] {
            let scale = of(Axes::Logarithmic, nothing);
            assert!(!scale.is_logarithmic() && scale.place(1.0) == 1.0 && scale.place(f64::NAN) == 0.0);
        }
        assert!("sideways".parse::<Axes>().unwrap_err().contains("logarithmic"));
        assert!(Axes::ALL.into_iter().all(|axes| axes.name().parse() == Ok(axes)));
    }

    #[test]
    fn equal_ratios_are_equal_distances() {
        let scale = Scale::of(Axes::Automatic, [40.0, 2_000.0].into_iter());
        assert_eq!((scale.low(), scale.high()), (20.0, 2_000.0));
        assert_eq!((scale.place(20.0), scale.place(2_000.0), scale.place(1.0)), (0.0, 1.0, 0.0));
        let step = |from| scale.place(2.0 * from) - scale.place(from);
        assert!((step(40.0) - step(500.0)).abs() < 1e-12);
        let exact = Scale::of(Axes::Logarithmic, [100.0].into_iter());
        assert_eq!((exact.low(), exact.high()), (100.0, 1_000.0));
    }

    #[test]
    fn the_smallest_bar_is_visible() {
        for least in [1.0, 1.4, 9.99, 0.003] {
            let scale = Scale::of_bars(Axes::Logarithmic, [least, 1_000.0].into_iter());
            assert!(scale.place(least) > 0.02 && scale.place(1_000.0) == 1.0, "{least}: {scale:?}");
        }
    }

    #[test]
    fn marks_are_round_and_not_too_many() {
        let marks =
            |low: f64, high: f64, wanted| Scale::of(Axes::Logarithmic, [low, high].into_iter()).log_marks(wanted);
        assert_eq!(marks(40.0, 900.0, 8), [20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0]);
        assert_eq!(marks(40.0, 900.0, 4), [30.0, 100.0, 300.0, 1_000.0]);
        assert_eq!(marks(1.0, 1e9, 5), [1.0, 100.0, 1e4, 1e6, 1e8]);
        assert!(Scale::linear(5.0).log_marks(5).is_empty());
    }
}
