//! A scale with round marks.

use crate::report::format::{millis, short, trimmed};
use crate::report::scale::{Axes, Scale};

/// From figures to 0 … 1, with marks.
pub(super) struct Axis {
    scale: Scale,
    /// Marks, low to high.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From 0 to a round figure not below `most`.
    pub(super) fn linear(most: f64, marks: f64) -> Self {
        let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
        let step = round_step(most / marks);
        let steps = (most / step - 1e-9).ceil().max(1.0);
        let ticks = (0..=steps as usize).map(|index| {
            let value = index as f64 * step;
            (value, short(value))
        });
        Self { scale: Scale::linear(steps * step), ticks: whole(ticks.collect()) }
    }

    /// Linear or logarithmic, as `axes` and the figures require.
    pub(super) fn fitting(axes: Axes, values: impl Iterator<Item = f64> + Clone, marks: f64) -> Self {
        Self::of_scale(Scale::of(axes, values), marks)
    }

    /// Of bars: along them, from where they begin.
    pub(super) fn of_bars(axes: Axes, values: impl Iterator<Item = f64> + Clone, marks: f64) -> Self {
        Self::of_scale(Scale::of_bars(axes, values), marks)
    }

    fn of_scale(scale: Scale, marks: f64) -> Self {
        if !scale.is_logarithmic() {
            return Self::linear(scale.high(), marks);
        }
        let ticks = scale.log_marks(2 * marks as usize).into_iter().map(|mark| (mark, short(mark)));
        Self { scale, ticks: whole(ticks.collect()) }
    }

    /// Linear, with the given marks.
    pub(super) fn marked(high: f64, ticks: Vec<(f64, String)>) -> Self {
        Self { scale: Scale::linear(high), ticks }
    }

    /// With marks that are milliseconds, in the unit that fits each: `500 ms`, `1.5 s`.
    pub(super) fn of_millis(mut self) -> Self {
        for (value, label) in &mut self.ticks {
            *label = if *value == 0.0 { "0".to_owned() } else { trimmed(&millis(*value)) };
        }
        self
    }

    /// 0 at the low end, 1 at the high one; values outside are moved to the end.
    pub(super) fn place(&self, value: f64) -> f64 {
        self.scale.place(value)
    }

    /// For the remark, since it is easily missed.
    pub(super) fn is_logarithmic(&self) -> bool {
        self.scale.is_logarithmic()
    }
}

/// 1, 2, 2.5 or 5 times a power of ten, not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| factor * power >= least * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// Marks without digits that none of them needs: `10`, not `10.0`.
fn whole(ticks: Vec<(f64, String)>) -> Vec<(f64, String)> {
    ticks.into_iter().map(|(value, label)| (value, trimmed(&label))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn marks_are_round_and_reach_the_most() {
        assert_eq!(labels(&Axis::linear(1_447.0, 4.0)), ["0", "500", "1k", "1.5k"]);
        assert_eq!(labels(&Axis::linear(0.9, 5.0)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(labels(&Axis::linear(1_447.0, 4.0).of_millis()), ["0", "500 ms", "1 s", "1.5 s"]);
        assert_eq!(Axis::linear(0.0, 5.0).place(0.0), 0.0);
        let axis = Axis::fitting(Axes::Automatic, [3.0, 900.0].into_iter(), 5.0);
        assert_eq!(labels(&axis), ["2", "5", "10", "20", "50", "100", "200", "500", "1k"]);
        assert!(axis.is_logarithmic() && axis.place(900.0) < 1.0 && axis.place(0.0) == 0.0);
        assert!(!Axis::fitting(Axes::Automatic, [30.0, 900.0].into_iter(), 5.0).is_logarithmic());
        assert_eq!(labels(&Axis::fitting(Axes::Linear, [3.0, 900.0].into_iter(), 5.0))[0], "0");
        assert_eq!(Axis::linear(f64::NAN, 5.0).place(f64::NAN), 0.0);
    }
}
