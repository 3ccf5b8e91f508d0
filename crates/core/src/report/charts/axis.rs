//! A scale with round marks.

use crate::report::format::{millis, short, trimmed};

/// From figures to 0 … 1.
pub(super) struct Axis {
    low: f64,
    high: f64,
    is_log: bool,
    /// Marks, low to high.
    pub(super) ticks: Vec<(f64, String)>,
}

/// Beyond this ratio, small figures would not be visible on a linear axis.
const LINEAR_RATIO: f64 = 60.0;

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
        Self { low: 0.0, high: steps * step, is_log: false, ticks: whole(ticks.collect()) }
    }

    /// Linear, or logarithmic if the figures differ so much that small ones could not be distinguished.
    pub(super) fn fitting(values: impl Iterator<Item = f64> + Clone, marks: f64) -> Self {
        let most = values.clone().fold(0.0, f64::max);
        let least = values.filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
        if least.is_finite() && most / least > LINEAR_RATIO {
            Self::logarithmic(least, most)
        } else {
            Self::linear(most, marks)
        }
    }

    fn logarithmic(least: f64, most: f64) -> Self {
        let decades = most.log10().ceil() - least.log10().floor();
        let first = least.log10().floor() as i32;
        let all: Vec<f64> = (first..=first + decades as i32)
            .flat_map(|decade| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(decade)))
            .collect();
        let low = all.iter().copied().filter(|mark| *mark <= least).fold(all[0], f64::max);
        let high = all.iter().copied().find(|mark| *mark >= most).unwrap_or(most);
        // On a wide axis only the powers of ten are marked, which are every third mark.
        let every = if decades <= 3.0 { 1 } else { 3 };
        let marks = all.into_iter().step_by(every).filter(|mark| (low..=high).contains(mark));
        let ticks = marks.map(|mark| (mark, short(mark)));
        Self { low, high, is_log: true, ticks: whole(ticks.collect()) }
    }

    /// Linear, with the given marks.
    pub(super) fn marked(high: f64, ticks: Vec<(f64, String)>) -> Self {
        Self { low: 0.0, high, is_log: false, ticks }
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
        let part = if self.is_log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// For the remark, since it is easily missed.
    pub(super) fn is_logarithmic(&self) -> bool {
        self.is_log
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
        let axis = Axis::fitting([3.0, 900.0].into_iter(), 5.0);
        assert_eq!(labels(&axis), ["2", "5", "10", "20", "50", "100", "200", "500", "1k"]);
        assert!(axis.is_logarithmic() && axis.place(900.0) < 1.0 && axis.place(0.0) == 0.0);
        assert!(!Axis::fitting([30.0, 900.0].into_iter(), 5.0).is_logarithmic());
        assert_eq!(Axis::linear(f64::NAN, 5.0).place(f64::NAN), 0.0);
    }
}
