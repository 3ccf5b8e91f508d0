//! What slices say about the candidates of a race on a machine that drifts.
//!
//! The logarithm of a figure is the candidate's level, plus a drift that all candidates share and that fades over seconds or
//! minutes (a stationary process with exponential correlation), plus the noise of the slice. Slices near each other in time
//! have nearly the same drift, so that it cancels in their differences. Generalised least squares by a Kalman filter, which
//! takes time in proportion to the slices; size and duration of the drift by restricted maximum likelihood over a grid.
//! Slices far off count less (the weights of Student's t with four degrees of freedom).

use super::super::layout::NOISE_MIN;

/// Durations of drift that are tried, in seconds.
const DRIFT_LASTS_S: [f64; 3] = [5.0, 20.0, 80.0];
/// Variances of drift that are tried, over the variance of a slice's own noise.
const DRIFT_SHARES: [f64; 5] = [0.0, 0.5, 2.0, 8.0, 32.0];
/// A drift is plausible if minus two times its logarithmic likelihood is above that of the best one by less than this.
const PLAUSIBLE: f64 = 4.0;
/// The variance of a slice that does not count.
const NO_WEIGHT: f64 = 1e9;
/// Degrees of freedom of the weights for slices that are far off.
const TAILS: f64 = 4.0;
/// What is assumed of the noise of a slice before anything was repeated: a standard deviation of the logarithm, with this many
/// degrees of freedom.
const PRIOR_NOISE: f64 = 0.1;
const PRIOR_FREEDOM: f64 = 3.0;

/// The logarithm of a figure in one slice, the larger the better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slice {
    pub(crate) candidate: usize,
    /// When its middle was, in seconds since the race began.
    pub(crate) at_s: f64,
    /// How long it was, over the length of the first ones: noise falls with it.
    pub(crate) length: f64,
    pub(crate) value: f64,
}

/// The noise of slices, as standard deviations of the logarithm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct SliceNoise {
    /// Of a slice of length 1 alone.
    pub(crate) own: f64,
    pub(crate) drift: f64,
    /// In seconds, after which the drift's correlation is 1/e.
    pub(crate) drift_lasts_s: f64,
}

/// The levels of the candidates that have a slice.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    /// In ascending order.
    pub(crate) candidates: Vec<usize>,
    pub(crate) levels: Vec<f64>,
    /// The best slice of each, without the drift that the slices before it predict.
    pub(crate) best_slices: Vec<f64>,
    pub(crate) freedom: f64,
    pub(crate) noise: SliceNoise,
    /// The lower Cholesky factor of the normal equations' matrix.
    factor: Vec<f64>,
    /// For the best drift, and for each other one that is plausible.
    estimates: Vec<Estimate>,
    slices: Vec<Slice>,
    /// Of the slices: their noise, as a variance relative to that of a slice of length 1.
    weights: Vec<f64>,
    /// The worst slice of each candidate, by its index in `slices`.
    worst_slices: Vec<usize>,
    /// Standard deviation of the noise.
    scale: f64,
}

/// The levels for one drift, and their covariance.
#[derive(Clone, Debug)]
struct Estimate {
    drift: Drift,
    levels: Vec<f64>,
    covariance: Vec<f64>,
    /// Variance of the noise.
    variance: f64,
}

/// Drift relative to the noise of a slice.
#[derive(Clone, Copy, Debug)]
struct Drift {
    share: f64,
    lasts_s: f64,
}

/// Least squares for one drift.
struct Solved {
    levels: Vec<f64>,
    factor: Vec<f64>,
    /// The slices' residuals, and the variance of the predicted drift.
    residuals: Vec<(f64, f64)>,
    /// Minus two times the logarithm of the restricted likelihood, but for a constant.
    cost: f64,
    squares: f64,
}

impl Fit {
    /// Fits slices in the order of their times. `None` without any.
    pub(crate) fn of(slices: &[Slice]) -> Option<Self> {
        let mut candidates: Vec<usize> = slices.iter().map(|slice| slice.candidate).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let mut weights: Vec<f64> = slices.iter().map(|slice| 1.0 / slice.length).collect();
        let free = (slices.len() - candidates.len().min(slices.len())) as f64;
        let mut drift = best_drift(slices, &candidates, &weights)?;
        let mut solved = solve(slices, &candidates, &weights, drift)?;
        // A disturbed slice looks like drift until it has lost its weight.
        for reweighted in 0..6 {
            let scale = scale(solved.squares, free);
            for ((weight, slice), residual) in weights.iter_mut().zip(slices).zip(&solved.residuals) {
                let off = residual.0 / (scale * (residual.1 + 1.0 / slice.length).sqrt());
                *weight = (TAILS + off * off) / (TAILS + 1.0) / slice.length;
            }
            if reweighted == 2 {
                drift = best_drift(slices, &candidates, &weights)?;
            }
            solved = solve(slices, &candidates, &weights, drift)?;
        }
        let estimate = |(drift, solved): (Drift, &Solved)| {
            Estimate::of(drift, solved, scale_with_weights(solved.squares, free).powi(2))
        };
        let others = drifts().filter_map(|drift| Some((drift, solve(slices, &candidates, &weights, drift)?)));
        let plausible = others.filter(|(_, other)| other.cost < solved.cost + PLAUSIBLE);
        let estimates = std::iter::once(estimate((drift, &solved)))
            .chain(plausible.map(|(drift, other)| estimate((drift, &other))))
            .collect();
        let scale = scale_with_weights(solved.squares, free);
        let noise = SliceNoise { own: scale, drift: scale * drift.share.sqrt(), drift_lasts_s: drift.lasts_s };
        let freedom = PRIOR_FREEDOM + free;
        let freed = freed(slices, &candidates, &solved);
        let worst =
            |of: &Vec<(usize, f64)>| of.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(index, _)| *index);
        let best = |of: &Vec<(usize, f64)>| of.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
        Some(Self {
            candidates,
            levels: solved.levels,
            best_slices: freed.iter().map(best).collect(),
            worst_slices: freed.iter().map(worst).collect(),
            freedom,
            noise,
            factor: solved.factor,
            estimates,
            slices: slices.to_vec(),
            weights,
            scale,
        })
    }

    /// Whether one is ahead of another by more than the margin and so many standard errors, whichever drift is true. By their
    /// index in `candidates`.
    pub(crate) fn is_ahead(&self, one: usize, other: usize, margin: f64, reach: f64) -> bool {
        self.estimates.iter().all(|estimate| estimate.is_ahead(one, other, margin, reach))
    }

    /// The same without the worst slice of the other one: whatever disturbed that slice is no reason.
    pub(crate) fn is_ahead_anyway(&self, one: usize, other: usize, margin: f64, reach: f64) -> bool {
        let worst = self.worst_slices[other];
        let is_alone = self.slices.iter().filter(|slice| slice.candidate == self.candidates[other]).count() < 2;
        let mut weights = self.weights.clone();
        weights[worst] = NO_WEIGHT;
        let is_ahead = |estimate: &Estimate| {
            let solved = solve(&self.slices, &self.candidates, &weights, estimate.drift);
            let without = solved.map(|solved| Estimate::of(estimate.drift, &solved, estimate.variance));
            without.is_some_and(|without| without.is_ahead(one, other, margin, reach))
        };
        !is_alone && self.estimates.iter().all(is_ahead)
    }

    /// Possible levels, given independent standard normal numbers, one a candidate. `stretch`: how much larger the noise may be.
    pub(crate) fn possible(&self, normal: &[f64], stretch: f64) -> Vec<f64> {
        let count = self.candidates.len();
        let mut off = normal.to_vec();
        for row in (0..count).rev() {
            for below in row + 1..count {
                off[row] -= self.factor[below * count + row] * off[below];
            }
            off[row] /= self.factor[row * count + row];
        }
        self.levels.iter().zip(off).map(|(level, off)| level + off * self.scale * stretch).collect()
    }
}

impl Estimate {
    fn of(drift: Drift, solved: &Solved, variance: f64) -> Self {
        let covariance = inverse(&solved.factor, solved.levels.len()).iter().map(|cell| cell * variance).collect();
        Self { drift, levels: solved.levels.clone(), covariance, variance }
    }

    /// Whether one is ahead of another by more than the margin and so many standard errors.
    fn is_ahead(&self, one: usize, other: usize, margin: f64, reach: f64) -> bool {
        self.levels[one] - self.levels[other] - margin > reach * self.error(one, other)
    }

    /// Standard error of the difference of two candidates.
    fn error(&self, one: usize, other: usize) -> f64 {
        let at = |row: usize, column: usize| self.covariance[row * self.levels.len() + column];
        (at(one, one) + at(other, other) - 2.0 * at(one, other)).max(0.0).sqrt()
    }
}

/// The slices of each candidate by their index, with their values without the drift that the slices before predict.
fn freed(slices: &[Slice], candidates: &[usize], solved: &Solved) -> Vec<Vec<(usize, f64)>> {
    let mut freed = vec![Vec::new(); candidates.len()];
    for (index, (slice, (residual, _))) in slices.iter().zip(&solved.residuals).enumerate() {
        if let Ok(place) = candidates.binary_search(&slice.candidate) {
            freed[place].push((index, solved.levels[place] + residual));
        }
    }
    freed
}

/// The standard deviation of the noise, from the sum of squares and what was assumed before.
fn scale(squares: f64, freedom: f64) -> f64 {
    let variance = (PRIOR_FREEDOM * PRIOR_NOISE * PRIOR_NOISE + squares) / (PRIOR_FREEDOM + freedom);
    variance.sqrt().max(NOISE_MIN)
}

/// The same where the weights are estimated too (the information of Student's t about its centre).
fn scale_with_weights(squares: f64, freedom: f64) -> f64 {
    scale(squares, freedom) * ((TAILS + 3.0) / (TAILS + 1.0)).sqrt()
}

/// All that are tried.
fn drifts() -> impl Iterator<Item = Drift> {
    let lasting =
        DRIFT_LASTS_S.iter().flat_map(|&lasts_s| DRIFT_SHARES[1..].iter().map(move |&share| Drift { share, lasts_s }));
    std::iter::once(Drift { share: DRIFT_SHARES[0], lasts_s: DRIFT_LASTS_S[0] }).chain(lasting)
}

fn best_drift(slices: &[Slice], candidates: &[usize], weights: &[f64]) -> Option<Drift> {
    let cost = |drift: Drift| solve(slices, candidates, weights, drift).map(|solved| (solved.cost, drift));
    drifts().filter_map(cost).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, drift)| drift)
}

fn solve(slices: &[Slice], candidates: &[usize], weights: &[f64], drift: Drift) -> Option<Solved> {
    let count = candidates.len();
    let white = whitened(slices, candidates, weights, drift)?;
    let (mut normal, mut right, mut total) = (vec![0.0; count * count], vec![0.0; count], 0.0);
    for row in white.rows.chunks(count + 1) {
        let value = row[count];
        total += value * value;
        for a in 0..count {
            right[a] += row[a] * value;
            for b in 0..=a {
                normal[a * count + b] += row[a] * row[b];
            }
        }
    }
    let factor = cholesky(normal, count)?;
    let levels = solved(&factor, &right, count);
    let squares = (total - levels.iter().zip(&right).map(|(level, right)| level * right).sum::<f64>()).max(0.0);
    let residual = |(row, &(deviation, predicted)): (&[f64], &(f64, f64))| {
        let white = row[count] - levels.iter().zip(row).map(|(level, part)| level * part).sum::<f64>();
        (white * deviation, predicted)
    };
    let residuals = white.rows.chunks(count + 1).zip(&white.deviations).map(residual).collect();
    let ln_normal: f64 = (0..count).map(|at| 2.0 * factor[at * count + at].ln()).sum();
    let free = slices.len() as f64 - count as f64;
    let prior = PRIOR_FREEDOM * PRIOR_NOISE * PRIOR_NOISE;
    let cost = white.ln_variances + ln_normal + (free + PRIOR_FREEDOM) * (prior + squares).ln();
    Some(Solved { levels, factor, residuals, cost, squares })
}

/// Each slice's row of the design and its value, freed of what the slices before it foretell, over its standard deviation.
struct Whitened {
    rows: Vec<f64>,
    /// The standard deviation of each, and the part of its variance that is drift.
    deviations: Vec<(f64, f64)>,
    ln_variances: f64,
}

fn whitened(slices: &[Slice], candidates: &[usize], weights: &[f64], drift: Drift) -> Option<Whitened> {
    let width = candidates.len() + 1;
    let (mut rows, mut deviations) = (Vec::with_capacity(slices.len() * width), Vec::new());
    let mut ln_variances = 0.0;
    let (mut state, mut spread, mut before) = (vec![0.0; width], drift.share, None);
    for (slice, weight) in slices.iter().zip(weights) {
        if let Some(before_s) = before.replace(slice.at_s) {
            let kept = (-(slice.at_s - before_s).max(0.0) / drift.lasts_s).exp();
            state.iter_mut().for_each(|value| *value *= kept);
            spread = kept * kept * spread + drift.share * (1.0 - kept * kept);
        }
        let variance = spread + weight;
        let gain = spread / variance;
        let own = candidates.binary_search(&slice.candidate).ok()?;
        ln_variances += variance.ln();
        deviations.push((variance.sqrt(), spread));
        for (column, value) in state.iter_mut().enumerate() {
            let seen = if column + 1 == width { slice.value } else { f64::from(u8::from(column == own)) };
            let news = seen - *value;
            rows.push(news / variance.sqrt());
            *value += gain * news;
        }
        spread *= 1.0 - gain;
    }
    (!rows.is_empty()).then_some(Whitened { rows, deviations, ln_variances })
}

/// The lower factor, of which `matrix` has the lower half. `None`: singular.
fn cholesky(mut matrix: Vec<f64>, count: usize) -> Option<Vec<f64>> {
    for row in 0..count {
        for column in 0..=row {
            let known: f64 = (0..column).map(|at| matrix[row * count + at] * matrix[column * count + at]).sum();
            let left = matrix[row * count + column] - known;
            matrix[row * count + column] = match row == column {
                true if left <= 1e-12 => return None,
                true => left.sqrt(),
                false => left / matrix[column * count + column],
            };
        }
    }
    Some(matrix)
}

/// Solves the normal equations by their factor.
fn solved(factor: &[f64], right: &[f64], count: usize) -> Vec<f64> {
    let mut values = right.to_vec();
    for row in 0..count {
        for before in 0..row {
            values[row] -= factor[row * count + before] * values[before];
        }
        values[row] /= factor[row * count + row];
    }
    for row in (0..count).rev() {
        for below in row + 1..count {
            values[row] -= factor[below * count + row] * values[below];
        }
        values[row] /= factor[row * count + row];
    }
    values
}

fn inverse(factor: &[f64], count: usize) -> Vec<f64> {
    let column = |column: usize| {
        let unit: Vec<f64> = (0..count).map(|row| f64::from(u8::from(row == column))).collect();
        solved(factor, &unit, count)
    };
    (0..count).flat_map(column).collect()
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;
