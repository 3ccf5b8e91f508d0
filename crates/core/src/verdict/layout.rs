//! The two-way layout: what a configuration and a round contribute to the logarithm of a figure, and the remaining
//! noise.
//!
//! Every configuration is measured once per round, so that a slow round does not contribute to a difference between
//! configurations. If runs are missing, the fit is least squares over the existing cells.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// With fewer degrees of freedom than this the rounds are left out of the fit: their effect is then part of the noise.
const FREEDOM_OF_BLOCKS: usize = 2;
/// Probability that any configuration is judged noisier although all are equally noisy.
const NOISIER_ERROR: f64 = 0.05;
/// Runs that it takes to see that a configuration is noisier.
const NOISIER_RUNS: usize = 3;
/// Lower bound for the standard deviation of the logarithm: figures are rounded, and a bucket of a histogram is 0.1 %
/// wide.
pub(super) const NOISE_MIN: f64 = 0.001;

/// One run: the logarithm of its figure, in a round of a configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    /// Index of the configuration.
    pub(super) configuration: usize,
    /// Its round.
    pub(super) round: u32,
    /// Logarithm of the figure.
    pub(super) value: f64,
}

/// A sum of squares and its degrees of freedom.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Squares {
    /// The sum.
    pub(super) sum: f64,
    /// Its degrees of freedom.
    pub(super) freedom: f64,
}

/// The noise of one configuration's runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Noise {
    /// Variance of the logarithm of one run, without the effect of its round.
    pub(super) variance: f64,
    /// Degrees of freedom of the estimate.
    pub(super) freedom: f64,
    /// Whether it is estimated from this configuration alone, because that is noisier than the others.
    pub(super) is_own: bool,
}

/// What a fit found of one configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Level {
    /// Index of the configuration.
    pub(super) configuration: usize,
    /// Its mean on the logarithmic scale; comparable with those of the same fit only.
    pub(super) mean: f64,
    /// Runs.
    pub(super) runs: usize,
    /// The noise of its runs; `None` if nothing was repeated.
    pub(super) noise: Option<Noise>,
}

/// A fitted layout.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    /// The configurations that have a run, by index.
    pub(super) levels: Vec<Level>,
    /// Rounds with a run.
    pub(super) rounds: usize,
    /// Whether the rounds can be separated from the noise.
    pub(super) has_blocks: bool,
    /// Variances of the differences of two levels, for a noise of 1: a matrix in the order of `levels`.
    spreads: Vec<f64>,
}

impl Layout {
    /// Fits the runs.
    pub(super) fn of(cells: &[Cell]) -> Self {
        let cells: Vec<Cell> = cells.iter().copied().filter(|cell| cell.value.is_finite()).collect();
        let blocked = Fit::new(&cells, true).filter(|fit| fit.freedom() >= FREEDOM_OF_BLOCKS);
        let has_blocks = blocked.is_some();
        let rounds = rounds(&cells);
        let Some(fit) = blocked.or_else(|| Fit::new(&cells, false)) else {
            return Self { levels: Vec::new(), rounds, has_blocks: false, spreads: Vec::new() };
        };
        let noises = noises(&fit);
        let levels = fit
            .configurations
            .iter()
            .enumerate()
            .map(|(index, &configuration)| Level {
                configuration,
                mean: fit.parameters[index],
                runs: fit.runs(index),
                noise: noises[index],
            })
            .collect();
        let count = fit.configurations.len();
        let spread = |index: usize| fit.spread(index / count, index % count);
        Self { levels, rounds, has_blocks, spreads: (0..count * count).map(spread).collect() }
    }

    /// Standard error of the difference of two levels and its degrees of freedom (Satterthwaite); `None` where
    /// nothing was repeated.
    pub(super) fn error(&self, one: usize, other: usize) -> Option<(f64, f64)> {
        let (a, b) = (self.levels.get(one)?, self.levels.get(other)?);
        let (noise_a, noise_b) = (a.noise?, b.noise?);
        let spread = self.spreads[one * self.levels.len() + other];
        let share_a = b.runs as f64 / (a.runs + b.runs) as f64;
        let (of_a, of_b) = (spread * share_a * noise_a.variance, spread * (1.0 - share_a) * noise_b.variance);
        let variance = of_a + of_b;
        let freedom = match noise_a.is_own || noise_b.is_own {
            false => noise_a.freedom,
            true => variance.powi(2) / (of_a.powi(2) / noise_a.freedom + of_b.powi(2) / noise_b.freedom),
        };
        Some((variance.sqrt(), freedom))
    }
}

/// The mean, the number of runs and the sum of squares within each configuration, in the order of the configurations.
pub(super) fn within(cells: &[Cell]) -> Vec<(Level, Squares)> {
    let of = |configuration: usize| {
        let values: Vec<f64> =
            cells.iter().filter(|cell| cell.configuration == configuration).map(|cell| cell.value).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let sum = values.iter().map(|value| (value - mean).powi(2)).sum();
        let squares = Squares { sum, freedom: values.len() as f64 - 1.0 };
        (Level { configuration, mean, runs: values.len(), noise: None }, squares)
    };
    distinct(cells.iter().map(|cell| cell.configuration)).into_iter().map(of).collect()
}

/// The residuals after configurations and rounds; none if the rounds cannot be separated.
pub(super) fn residuals(cells: &[Cell]) -> Squares {
    let Some(fit) = Fit::new(cells, true) else { return Squares::default() };
    let squares = (0..fit.configurations.len()).map(|index| fit.squares(index).sum);
    Squares { sum: squares.sum(), freedom: fit.freedom() as f64 }
}

/// Rounds with at least one run.
pub(super) fn rounds(cells: &[Cell]) -> usize {
    distinct(cells.iter().map(|cell| cell.round)).len()
}

/// Values without repetition, in ascending order.
fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = values.collect();
    all.sort();
    all.dedup();
    all
}

/// Least squares: a parameter for each configuration, and with blocks one for each round but the first.
struct Fit<'a> {
    cells: &'a [Cell],
    configurations: Vec<usize>,
    rounds: Vec<u32>,
    has_blocks: bool,
    /// The inverse of the normal equations' matrix.
    inverse: Vec<f64>,
    parameters: Vec<f64>,
}

impl<'a> Fit<'a> {
    /// `None` without runs, or if the missing runs leave differences undetermined.
    fn new(cells: &'a [Cell], has_blocks: bool) -> Option<Self> {
        let configurations = distinct(cells.iter().map(|cell| cell.configuration));
        let rounds = distinct(cells.iter().map(|cell| cell.round));
        let mut fit = Self { cells, configurations, rounds, has_blocks, inverse: Vec::new(), parameters: Vec::new() };
        let size = fit.size();
        if size == 0 {
            return None;
        }
        let (mut normal, mut right) = (vec![0.0; size * size], vec![0.0; size]);
        for cell in cells {
            let places = fit.places(cell);
            for a in places.into_iter().flatten() {
                right[a] += cell.value;
                for b in places.into_iter().flatten() {
                    normal[a * size + b] += 1.0;
                }
            }
        }
        fit.inverse = inverse(normal, size)?;
        let row = |row: usize| (0..size).map(|column| fit.inverse[row * size + column] * right[column]).sum();
        fit.parameters = (0..size).map(row).collect();
        Some(fit)
    }

    fn size(&self) -> usize {
        self.configurations.len() + if self.has_blocks { self.rounds.len().saturating_sub(1) } else { 0 }
    }

    fn freedom(&self) -> usize {
        self.cells.len().saturating_sub(self.size())
    }

    /// Its parameters: that of the configuration, and that of the round.
    fn places(&self, cell: &Cell) -> [Option<usize>; 2] {
        let configuration = self.configurations.binary_search(&cell.configuration).ok();
        let round = self.rounds.binary_search(&cell.round).ok().filter(|&round| self.has_blocks && round > 0);
        [configuration, round.map(|round| self.configurations.len() + round - 1)]
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.inverse[row * self.size() + column]
    }

    fn runs(&self, index: usize) -> usize {
        self.cells.iter().filter(|cell| cell.configuration == self.configurations[index]).count()
    }

    /// Variance of the difference of two configurations, for a noise of 1.
    fn spread(&self, one: usize, other: usize) -> f64 {
        self.at(one, one) + self.at(other, other) - 2.0 * self.at(one, other)
    }

    /// The residuals of a configuration's cells, and their degrees of freedom.
    fn squares(&self, index: usize) -> Squares {
        let mut squares = Squares::default();
        for cell in self.cells.iter().filter(|cell| cell.configuration == self.configurations[index]) {
            let places = self.places(cell);
            let known: Vec<usize> = places.into_iter().flatten().collect();
            let fitted: f64 = known.iter().map(|&place| self.parameters[place]).sum();
            let leverage: f64 = known.iter().flat_map(|&a| known.iter().map(move |&b| self.at(a, b))).sum();
            squares.sum += (cell.value - fitted).powi(2);
            squares.freedom += (1.0 - leverage).max(0.0);
        }
        squares
    }
}

/// Gauss-Jordan with the diagonal as pivots, which is sound for a matrix of normal equations. `None`: singular.
fn inverse(mut matrix: Vec<f64>, size: usize) -> Option<Vec<f64>> {
    let mut inverse: Vec<f64> = (0..size * size).map(|at| if at / size == at % size { 1.0 } else { 0.0 }).collect();
    for pivot in 0..size {
        let scale = matrix[pivot * size + pivot];
        if scale < 1e-9 {
            return None;
        }
        for column in 0..size {
            matrix[pivot * size + column] /= scale;
            inverse[pivot * size + column] /= scale;
        }
        for row in (0..size).filter(|row| *row != pivot) {
            let factor = matrix[row * size + pivot];
            if factor == 0.0 {
                continue;
            }
            for column in 0..size {
                matrix[row * size + column] -= factor * matrix[pivot * size + column];
                inverse[row * size + column] -= factor * inverse[pivot * size + column];
            }
        }
    }
    Some(inverse)
}

/// Which configurations are noisier than the rest, by an F test of each against all others that are not noisier. `runs`
/// are the numbers of runs.
pub(super) fn noisier(all: &[Squares], runs: &[usize]) -> Vec<bool> {
    let mut is_noisier = vec![false; all.len()];
    let level = 1.0 - NOISIER_ERROR / all.len().max(1) as f64;
    // At least two are left to be compared with.
    while is_noisier.iter().filter(|noisier| !**noisier).count() > 2 {
        let rest = |index: usize| {
            let others = (0..all.len()).filter(|&other| other != index && !is_noisier[other]);
            others.fold(Squares::default(), |sum, other| Squares {
                sum: sum.sum + all[other].sum,
                freedom: sum.freedom + all[other].freedom,
            })
        };
        let ratio = |index: usize| {
            let (own, rest) = (all[index], rest(index));
            let floor = NOISE_MIN * NOISE_MIN;
            let is_testable = own.freedom > 0.5 && rest.freedom >= 1.0 && runs[index] >= NOISIER_RUNS;
            is_testable.then(|| (own.sum / own.freedom) / (rest.sum / rest.freedom).max(floor))
        };
        let candidates = (0..all.len()).filter(|&index| !is_noisier[index]);
        let most = candidates.filter_map(|index| Some((index, ratio(index)?))).max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((index, ratio)) = most else { break };
        let found = FisherSnedecor::new(all[index].freedom, rest(index).freedom).map(|f| f.cdf(ratio));
        if !found.is_ok_and(|probability| probability > level) {
            break;
        }
        is_noisier[index] = true;
    }
    is_noisier
}

/// The noise of each configuration: pooled over all, except for those that are noisier.
fn noises(fit: &Fit<'_>) -> Vec<Option<Noise>> {
    let count = fit.configurations.len();
    if fit.freedom() == 0 {
        return vec![None; count];
    }
    let squares: Vec<Squares> = (0..count).map(|index| fit.squares(index)).collect();
    let runs: Vec<usize> = (0..count).map(|index| fit.runs(index)).collect();
    let is_noisier = noisier(&squares, &runs);
    let own = own_variances(fit, &squares, &runs);
    let floor = NOISE_MIN * NOISE_MIN;
    let calm: Vec<usize> = (0..count).filter(|&index| !is_noisier[index]).collect();
    let freedom: f64 = calm.iter().map(|&index| squares[index].freedom).sum();
    let pooled = if calm.len() == count {
        squares.iter().map(|one| one.sum).sum::<f64>() / freedom
    } else {
        let weight = |index: usize| runs[index].saturating_sub(1) as f64;
        let total: f64 = calm.iter().map(|&index| weight(index)).sum();
        calm.iter().map(|&index| weight(index) * own[index]).sum::<f64>() / total.max(1.0)
    };
    let pooled = Noise { variance: pooled.max(floor), freedom, is_own: false };
    let of = |index: usize| match is_noisier[index] {
        false => pooled,
        true => Noise {
            variance: own[index].max(pooled.variance),
            freedom: runs[index].saturating_sub(1) as f64,
            is_own: true,
        },
    };
    (0..count).map(|index| Some(of(index))).collect()
}

/// Variances of each configuration separately. With blocks, part of one configuration's noise is in the residuals of all
/// others; Ehrenberg's estimator removes it (Biometrika 37, 1950).
fn own_variances(fit: &Fit<'_>, squares: &[Squares], runs: &[usize]) -> Vec<f64> {
    let mean_squares = squares.iter().zip(runs).map(|(one, &runs)| one.sum / runs.saturating_sub(1).max(1) as f64);
    let mean_squares: Vec<f64> = mean_squares.collect();
    let count = squares.len() as f64;
    if !fit.has_blocks || count < 3.0 {
        return mean_squares;
    }
    let total = mean_squares.iter().sum::<f64>() * count / (count - 1.0);
    mean_squares.iter().map(|own| ((own - total / count.powi(2)) / (1.0 - 2.0 / count)).max(0.0)).collect()
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
