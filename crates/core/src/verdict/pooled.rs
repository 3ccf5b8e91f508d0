//! How much a configuration's figure differs between two benchmarks that were measured at different times.
//!
//! The noise is pooled over all configurations and both benchmarks. Rounds of different benchmarks have nothing in common, so
//! that a slow round does not cancel out here. Nor does it average out over the rounds of one benchmark: drift of
//! tens of seconds lasts over several rounds. So it counts in full for each of the two, however many rounds there were.

use super::layout::{Cell, NOISE_MIN, Squares, noisier, residuals, rounds, within};

/// How a figure of one configuration differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Difference {
    /// Candidate minus baseline, on the logarithmic scale.
    pub(super) mean: f64,
    /// Its standard error and degrees of freedom; `None` if nothing was repeated.
    pub(super) error: Option<DifferenceError>,
}

/// How far off a difference may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DifferenceError {
    /// Standard error.
    pub(super) standard: f64,
    /// Degrees of freedom (Satterthwaite).
    pub(super) freedom: f64,
    /// Share of the variance that more rounds do not reduce.
    pub(super) drift_share: f64,
    /// Rounds of the benchmark with fewer rounds.
    pub(super) rounds: usize,
}

/// Noise of a run, and drift of a round.
#[derive(Clone, Copy, Debug, Default)]
struct Components {
    noise: f64,
    drift: f64,
    /// Variance that the drift's estimate has by chance, over its degrees of freedom.
    drift_part: f64,
    noise_freedom: f64,
    drift_freedom: f64,
}

/// The differences of the configurations in both benchmarks, by index. Equal configurations have equal indices.
pub(super) fn differences(baseline: &[Cell], candidate: &[Cell]) -> Vec<(usize, Difference)> {
    let (before, after) = (within(baseline), within(candidate));
    let all: Vec<usize> = before.iter().chain(&after).map(|(level, _)| level.configuration).collect();
    let own = |configuration: usize| {
        let both = before.iter().chain(&after).filter(|(level, _)| level.configuration == configuration);
        both.fold((Squares::default(), 0), |(sum, runs), (level, squares)| {
            (Squares { sum: sum.sum + squares.sum, freedom: sum.freedom + squares.freedom }, runs + level.runs)
        })
    };
    let mut configurations = all;
    configurations.sort_unstable();
    configurations.dedup();
    let (squares, runs): (Vec<Squares>, Vec<usize>) = configurations.iter().map(|&one| own(one)).unzip();
    let is_noisier = noisier(&squares, &runs);
    let calm = |cells: &[Cell]| -> Vec<Cell> {
        let is_calm =
            |cell: &&Cell| configurations.binary_search(&cell.configuration).is_ok_and(|index| !is_noisier[index]);
        cells.iter().filter(is_calm).copied().collect()
    };
    let components = components(&[calm(baseline), calm(candidate)]);
    let rounds = rounds(baseline).min(rounds(candidate));
    let of = |index: usize| {
        let find = |levels: &[(super::layout::Level, Squares)]| {
            levels.iter().find(|(level, _)| level.configuration == configurations[index]).map(|(level, _)| *level)
        };
        let (before, after) = (find(&before)?, find(&after)?);
        let share = 1.0 / before.runs as f64 + 1.0 / after.runs as f64;
        let own = is_noisier[index].then(|| squares[index]);
        let error = components.map(|components| error(components, own, share, rounds));
        Some((configurations[index], Difference { mean: after.mean - before.mean, error }))
    };
    (0..configurations.len()).filter_map(of).collect()
}

/// `None` if nothing was repeated.
fn components(benchmarks: &[Vec<Cell>]) -> Option<Components> {
    let mut noise = Squares::default();
    let mut drift = Squares::default();
    let (mut runs, mut all_rounds) = (0, 0);
    for cells in benchmarks {
        let total = within(cells).into_iter().fold(Squares::default(), |sum, (_, squares)| Squares {
            sum: sum.sum + squares.sum,
            freedom: sum.freedom + squares.freedom,
        });
        let left = residuals(cells);
        noise = Squares { sum: noise.sum + left.sum, freedom: noise.freedom + left.freedom };
        drift.sum += (total.sum - left.sum).max(0.0);
        drift.freedom += (total.freedom - left.freedom).max(0.0);
        (runs, all_rounds) = (runs + cells.len(), all_rounds + rounds(cells));
    }
    if noise.freedom + drift.freedom < 1.0 {
        return None;
    }
    let of = |squares: Squares| if squares.freedom > 0.0 { squares.sum / squares.freedom } else { 0.0 };
    // Configurations in a round, on average.
    let width = (runs as f64 / all_rounds.max(1) as f64).max(1.0);
    let noise_variance = of(noise).max(NOISE_MIN * NOISE_MIN);
    let drift_part = of(drift) / width;
    Some(Components {
        noise: noise_variance,
        // With one configuration, drift and noise cannot be separated: all of it may be drift.
        drift: if noise.freedom > 0.0 { (drift_part - noise_variance / width).max(0.0) } else { drift_part },
        drift_part,
        noise_freedom: noise.freedom,
        drift_freedom: drift.freedom,
    })
}

fn error(components: Components, own: Option<Squares>, share: f64, rounds: usize) -> DifferenceError {
    let (noise, noise_freedom) = match own {
        Some(own) => (own.sum / own.freedom, own.freedom),
        None => (components.noise, components.noise_freedom),
    };
    let (of_noise, of_drift) = (noise * share, 2.0 * components.drift);
    let variance = of_noise + of_drift;
    let part = |part: f64, freedom: f64| if freedom > 0.0 { part.powi(2) / freedom } else { 0.0 };
    let chance = part(of_noise, noise_freedom) + part(2.0 * components.drift_part, components.drift_freedom);
    let freedom = (variance.powi(2) / chance).clamp(1.0, (noise_freedom + components.drift_freedom).max(1.0));
    DifferenceError { standard: variance.sqrt(), freedom, drift_share: of_drift / variance, rounds }
}

#[cfg(test)]
mod tests {
    use super::super::compare::reach;
    use super::super::critical::CriticalValues;
    use super::super::simulated::{Machine, benchmarks, failures_allowed};
    use super::*;
    use crate::model::random::SplitMix64;

    /// In at most 5 of 100 comparisons of equal benchmarks anything is called changed, over all configurations, on a machine
    /// that drifts, one that is steady, and with one configuration or many.
    #[test]
    fn equal_benchmarks_are_not_called_different() {
        let mut random = SplitMix64(7);
        let mut values = CriticalValues::default();
        let count = benchmarks(150);
        for (configurations, rounds, drifts) in
            [(1, 3, true), (5, 2, true), (5, 5, true), (12, 3, true), (5, 3, false), (12, 5, false)]
        {
            let mut failures = 0;
            for _ in 0..count {
                let mut machine = Machine::measured(&mut random);
                if !drifts {
                    machine.between = 0.0;
                }
                let levels: Vec<f64> = (0..configurations).map(|index| f64::from(index) * 0.3).collect();
                let before = machine.benchmark(&mut random, &levels, rounds);
                let after = machine.benchmark(&mut random, &levels, rounds);
                let all = differences(&before, &after);
                assert_eq!(all.len(), levels.len());
                let is_changed = |difference: &Difference| {
                    difference.mean.abs() > reach(difference.error.unwrap(), all.len(), 0.95, &mut values)
                };
                let mut is_changed = is_changed;
                failures += usize::from(all.iter().any(|(_, difference)| is_changed(difference)));
            }
            if count > 1_000 {
                eprintln!("{configurations} configurations, {rounds} rounds, drift {drifts}: {failures} of {count}");
            }
            assert!(
                failures as f64 <= failures_allowed(count),
                "{configurations} configurations, {rounds} rounds, drift {drifts}: {failures} of {count}"
            );
        }
    }

    #[test]
    fn a_steady_machine_sees_small_changes() {
        let mut random = SplitMix64(11);
        let mut values = CriticalValues::default();
        let mut machine = Machine { within: 0.01, between: 0.0, outliers: 0.0, ..Machine::measured(&mut random) };
        let before = machine.benchmark(&mut random, &[0.0, 1.0, 2.0, 3.0, 4.0], 5);
        let after = machine.benchmark(&mut random, &[-0.1, 0.9, 1.9, 2.9, 3.9], 5);
        for (_, difference) in differences(&before, &after) {
            let reach = reach(difference.error.unwrap(), 5, 0.95, &mut values);
            assert!(difference.mean + reach < -0.05 && reach < 0.05, "{difference:?} {reach}");
        }
    }
}
