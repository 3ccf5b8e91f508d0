//! An axis of a plot that may be logarithmic. A plot's own axes are linear, so it is given logarithms.

use egui_plot::{GridInput, GridMark};
use kafka_image_bench_core::report::scale::{Axes, Scale};

use super::chart::few_marks;

/// How far an axis reaches above its largest value, in parts of its length: a dot there is not cut.
const ABOVE: f64 = 0.08;

/// An axis of a plot.
#[derive(Clone, Copy, Debug)]
pub struct PlotAxis(Scale);

impl PlotAxis {
    /// The axis of these values.
    pub fn of(axes: Axes, values: impl Iterator<Item = f64> + Clone) -> Self {
        Self(Scale::of(axes, values))
    }

    /// Whether it is logarithmic.
    pub fn is_logarithmic(self) -> bool {
        self.0.is_logarithmic()
    }

    /// Where the plot has a value.
    pub fn plotted(self, value: f64) -> f64 {
        if self.is_logarithmic() { value.max(self.0.low()).log10() } else { value }
    }

    /// The value that the plot has there.
    pub fn value(self, plotted: f64) -> f64 {
        if self.is_logarithmic() { 10_f64.powf(plotted) } else { plotted }
    }

    /// Where the plot begins and ends.
    pub fn bounds(self) -> (f64, f64) {
        let (low, high) = (self.plotted(self.0.low()), self.plotted(self.0.high()));
        let above = if self.is_logarithmic() { ABOVE / 2.0 } else { ABOVE };
        (low, high + above * (high - low))
    }

    /// At most about `wanted` round marks.
    pub fn marks(self, input: &GridInput, wanted: usize) -> Vec<GridMark> {
        if !self.is_logarithmic() {
            return few_marks(input, wanted);
        }
        let (low, high) = input.bounds;
        let marks = self.0.log_marks(wanted).into_iter().map(f64::log10).filter(|mark| (low..=high).contains(mark));
        marks.map(|value| GridMark { value, step_size: 1.0 }).collect()
    }

    /// Without those at the ends, whose texts would leave the chart.
    pub fn inner_marks(self, input: &GridInput, wanted: usize) -> Vec<GridMark> {
        let (low, high) = input.bounds;
        let edge = (high - low) * 0.04;
        let all = self.marks(input, wanted).into_iter();
        all.filter(|mark| mark.value > low + edge && mark.value < high - edge).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithmic_axis_is_marked_with_round_values() {
        let axis = PlotAxis::of(Axes::Automatic, [40.0, 2_000.0].into_iter());
        let bounds = axis.bounds();
        let input = GridInput { bounds, base_step_size: 1.0 };
        let marks = |marks: Vec<GridMark>| -> Vec<f64> {
            marks.into_iter().map(|mark| axis.value(mark.value).round()).collect()
        };
        assert_eq!(marks(axis.marks(&input, 9)), [20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0]);
        assert_eq!(marks(axis.inner_marks(&input, 9)), [50.0, 100.0, 200.0, 500.0, 1_000.0]);
        assert_eq!(axis.plotted(0.0), bounds.0, "what has no logarithm is at the foot");
        let linear = PlotAxis::of(Axes::Automatic, [40.0, 50.0].into_iter());
        assert_eq!((linear.bounds(), linear.plotted(7.0), linear.value(7.0)), ((0.0, 54.0), 7.0, 7.0));
    }
}
