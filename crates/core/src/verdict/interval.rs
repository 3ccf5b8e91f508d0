//! How exactly a figure of one configuration is known: the range of its runs, and a confidence interval.
//!
//! The interval is Student's, of the geometric mean of such runs, with the noise of a run pooled over all configurations (one
//! that is noisier keeps its own). The drift between rounds is part of that noise, since it is part of the figure; verdicts,
//! which compare within rounds, are therefore narrower.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::layout::{Cell, NOISE_MIN, Squares, noisier, within};
use super::ranking::CONFIDENCE;
use crate::results::{BenchmarkResults, ConfigurationResult, RunResult};

/// A figure over the runs of a configuration that count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// How many runs have the figure.
    pub runs: usize,
    /// Its smallest value.
    pub low: f64,
    /// Its largest value.
    pub high: f64,
    /// Where the mean of such runs is with 95 % confidence; `None` if nothing was repeated.
    pub interval: Option<(f64, f64)>,
}

impl Spread {
    /// The range and the interval in words; `shown` writes a value with its unit.
    pub fn text(&self, shown: impl Fn(f64) -> String) -> String {
        if self.runs < 2 {
            return "one run: its noise is not known".to_owned();
        }
        let range = format!("{} runs: {} to {}", self.runs, shown(self.low), shown(self.high));
        match self.interval {
            Some((low, high)) => format!("{range}\n95 % interval of the mean: {} to {}", shown(low), shown(high)),
            None => range,
        }
    }
}

/// The spread of a figure, by configuration; `None` where no run that counts has it. Values that are not above 0 are left out.
pub fn spreads(results: &BenchmarkResults, figure: impl Fn(&RunResult) -> Option<f64>) -> Vec<Option<Spread>> {
    let of = |(configuration, one): (usize, &ConfigurationResult)| -> Vec<Cell> {
        let value = |run: &RunResult| figure(run).filter(|value| value.is_finite() && *value > 0.0);
        let cell = |run: &RunResult| Some(Cell { configuration, round: run.repeat, value: value(run)?.ln() });
        one.representative_runs().into_iter().filter_map(cell).collect()
    };
    let cells: Vec<Cell> = results.configurations.iter().enumerate().flat_map(of).collect();
    // The trials of a search are chosen by their results, so that they do not show how much a rate varies; the slices of a race
    // share their drift with those around them.
    let has_repeats = !results.method.is_search() && results.race.is_none();
    let halves = if has_repeats { half_widths(&cells) } else { Vec::new() };
    let spread = |configuration: usize| {
        let values = || cells.iter().filter(|cell| cell.configuration == configuration).map(|cell| cell.value);
        let runs = values().count();
        let mean = values().sum::<f64>() / runs as f64;
        let half = halves.iter().find(|(known, _)| *known == configuration).map(|(_, half)| *half);
        (runs > 0).then(|| Spread {
            runs,
            low: values().fold(f64::INFINITY, f64::min).exp(),
            high: values().fold(f64::NEG_INFINITY, f64::max).exp(),
            interval: half.map(|half| ((mean - half).exp(), (mean + half).exp())),
        })
    };
    (0..results.configurations.len()).map(spread).collect()
}

/// Half the widths of the intervals on the logarithmic scale, by configuration; none if nothing was repeated.
fn half_widths(cells: &[Cell]) -> Vec<(usize, f64)> {
    let levels = within(cells);
    let (squares, runs): (Vec<Squares>, Vec<usize>) =
        levels.iter().map(|(level, squares)| (*squares, level.runs)).unzip();
    let is_noisier = noisier(&squares, &runs);
    let calm = squares.iter().zip(&is_noisier).filter(|(_, is_noisier)| !**is_noisier);
    let pooled = calm.fold(Squares::default(), |sum, (one, _)| Squares {
        sum: sum.sum + one.sum,
        freedom: sum.freedom + one.freedom,
    });
    let half = |index: usize| {
        let noise = if is_noisier[index] { squares[index] } else { pooled };
        let variance = (noise.sum / noise.freedom).max(NOISE_MIN * NOISE_MIN);
        let student = StudentsT::new(0.0, 1.0, noise.freedom).ok()?;
        let critical = student.inverse_cdf(0.5 + CONFIDENCE / 2.0);
        Some((levels[index].0.configuration, critical * (variance / runs[index] as f64).sqrt()))
    };
    (0..levels.len()).filter_map(half).collect()
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{benchmarks, failures_allowed};
    use super::*;
    use crate::model::random::SplitMix64;
    use crate::results::LadderLimits;
    use crate::results::testing::{configuration, results};

    fn throughput(run: &RunResult) -> Option<f64> {
        Some(run.producer.images_per_s)
    }

    #[test]
    fn an_interval_is_students() {
        let runs = [0.1_f64, -0.2, 0.3, 0.0].map(|value| 100.0 * value.exp());
        let all = results(&[(configuration("a"), &runs)]);
        let spread = spreads(&all, throughput)[0].unwrap();
        assert_eq!(spread.runs, 4);
        assert!((spread.low - runs[1]).abs() < 1e-9 && (spread.high - runs[2]).abs() < 1e-9, "{spread:?}");
        // Mean 0.05, variance 0.13 / 3, and 3.18245 as in Student's table for three degrees of freedom.
        let half = 3.182_45 * (0.13_f64 / 3.0 / 4.0).sqrt();
        let (low, high) = spread.interval.unwrap();
        assert!((low.ln() - 100_f64.ln() - 0.05 + half).abs() < 1e-4, "{spread:?}");
        assert!((high.ln() - 100_f64.ln() - 0.05 - half).abs() < 1e-4, "{spread:?}");
    }

    #[test]
    fn what_was_not_repeated_has_no_interval() {
        let mut all = results(&[(configuration("a"), &[100.0]), (configuration("b"), &[200.0])]);
        let of = |all: &BenchmarkResults| spreads(all, throughput);
        assert!(of(&all).iter().all(|one| one.unwrap().interval.is_none()));
        assert_eq!(of(&all)[0].unwrap().text(|value| value.to_string()), "one run: its noise is not known");
        all = results(&[(configuration("a"), &[100.0, 110.0]), (configuration("b"), &[200.0])]);
        assert!(of(&all)[1].unwrap().interval.is_some(), "the noise of the others is known");
        let text = of(&all)[0].unwrap().text(|value| format!("{value:.0} images/s"));
        assert!(text.starts_with("2 runs: 100 images/s to 110 images/s\n95 % interval of the mean: "), "{text}");
        all.method.max_rate_p99_ms = Some(50.0);
        assert!(of(&all)[0].unwrap().interval.is_none(), "trials are no repeats");
        (all.method.max_rate_p99_ms, all.method.ladder) = (None, Some(LadderLimits::default()));
        assert!(of(&all)[0].unwrap().interval.is_none(), "nor are the runs of a ladder");
        all.configurations[1].runs.clear();
        assert_eq!(of(&all)[1], None);
    }

    #[test]
    fn intervals_hold_the_mean_in_95_of_100() {
        let mut random = SplitMix64(3);
        let count = benchmarks(400);
        let mut failures = 0;
        for _ in 0..count {
            let runs: Vec<f64> = (0..3).map(|_| 100.0 * (0.3 * random.normal()).exp()).collect();
            let spread = spreads(&results(&[(configuration("a"), &runs)]), throughput)[0].unwrap();
            let (low, high) = spread.interval.unwrap();
            failures += usize::from(!(low..=high).contains(&100.0));
        }
        assert!(failures as f64 <= failures_allowed(count), "{failures} of {count}");
    }
}
