//! A look at a race: what choosing a candidate may lose, how likely each is the best, and which are worse for certain.

use super::super::critical::student;
use super::fit::Fit;
use crate::model::random::SplitMix64;

/// Possible truths that are drawn.
const DRAWS: usize = 2_000;
/// Probability, over all looks of a race together, that a candidate is dropped as certainly worse though it is not.
pub(crate) const ERROR: f64 = 0.05;

/// What is known of each candidate, in the order of the fits' candidates.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// What choosing it loses on average over the possible truths, on the logarithmic scale.
    pub(crate) expected_losses: Vec<f64>,
    /// How likely nothing is better by more than the margin.
    pub(crate) chances: Vec<f64>,
    /// What it loses: an interval that holds 95 of 100 possible truths.
    pub(crate) loss_ranges: Vec<(f64, f64)>,
    /// What it loses as measured.
    pub(crate) losses: Vec<f64>,
    /// Whether even its best slice is behind the leader: otherwise one disturbed slice may be all that is against it.
    pub(crate) are_behind: Vec<bool>,
    /// The one with the least expected loss.
    pub(crate) leader: usize,
    /// How much each may be better than the leader, on average: what is lost by taking the leader instead.
    pub(crate) hopes: Vec<f64>,
    /// Those that another one beats by more than the margin, for certain, in every figure: by whom.
    pub(crate) beaten_by: Vec<Option<usize>>,
}

impl Look {
    /// `fits`: one a figure, of the same candidates. `number`: of the look, from 1.
    pub(crate) fn at(fits: &[Fit], margin: f64, number: u32) -> Self {
        let count = fits.first().map_or(0, |fit| fit.candidates.len());
        let losses = losses(fits, u64::from(number));
        let share = |sum: f64| sum / losses.len().max(1) as f64;
        let of = |each: &dyn Fn(f64) -> f64| -> Vec<f64> {
            (0..count).map(|index| share(losses.iter().map(|draw| each(draw[index])).sum())).collect()
        };
        let expected_losses = of(&|loss| loss);
        let leader = (0..count).min_by(|&a, &b| expected_losses[a].total_cmp(&expected_losses[b])).unwrap_or(0);
        let hopes =
            (0..count).map(|index| share(losses.iter().map(|draw| (draw[leader] - draw[index]).max(0.0)).sum()));
        let range = |index: usize| {
            let mut sorted: Vec<f64> = losses.iter().map(|draw| draw[index]).collect();
            sorted.sort_by(f64::total_cmp);
            let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
            (at(0.025), at(0.975))
        };
        Self {
            chances: of(&|loss| f64::from(u8::from(loss <= margin))),
            loss_ranges: (0..count).map(range).collect(),
            are_behind: (0..count)
                .map(|index| fits.iter().all(|fit| fit.best_slices[index] < fit.levels[leader]))
                .collect(),
            hopes: hopes.collect(),
            beaten_by: beaten(fits, margin, number),
            losses: loss_of(fits.iter().map(|fit| fit.levels.clone())),
            expected_losses,
            leader,
        }
    }
}

/// What each candidate loses against the best one, if these are the levels. With several figures that is how much further from
/// the best of all of them it is than the best compromise.
fn loss_of(levels: impl Iterator<Item = Vec<f64>>) -> Vec<f64> {
    let mut squares: Vec<f64> = Vec::new();
    for levels in levels {
        let best = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        squares.resize(levels.len(), 0.0);
        squares.iter_mut().zip(&levels).for_each(|(sum, level)| *sum += (best - level).powi(2));
    }
    let costs: Vec<f64> = squares.iter().map(|sum| sum.sqrt()).collect();
    let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
    costs.iter().map(|cost| cost - least).collect()
}

/// What each candidate loses, for each possible truth.
fn losses(fits: &[Fit], seed: u64) -> Vec<Vec<f64>> {
    let mut random = SplitMix64(seed);
    let mut draw = |fit: &Fit| {
        let normal: Vec<f64> = fit.candidates.iter().map(|_| random.normal()).collect();
        fit.possible(&normal, 1.0 / chi_over_freedom(fit.freedom, random.normal()).sqrt())
    };
    (0..DRAWS).map(|_| loss_of(fits.iter().map(&mut draw))).collect()
}

/// A chi-squared number over its degrees of freedom, from a normal one (Wilson, Hilferty 1931).
fn chi_over_freedom(freedom: f64, normal: f64) -> f64 {
    let part = 2.0 / (9.0 * freedom);
    (1.0 - part + normal * part.sqrt()).powi(3).max(0.02)
}

/// Anything is dropped wrongly at this look, the k-th, with a probability of at most `ERROR / (k (k + 1))`, which adds up to
/// [`ERROR`] over all looks. Each of the pairs has the same part of it (Bonferroni).
fn beaten(fits: &[Fit], margin: f64, number: u32) -> Vec<Option<usize>> {
    let count = fits.first().map_or(0, |fit| fit.candidates.len());
    let error = ERROR / f64::from(number) / f64::from(number + 1) / (count * count.saturating_sub(1)).max(1) as f64;
    let reaches: Vec<f64> = fits.iter().map(|fit| student(1.0 - error, fit.freedom)).collect();
    let all_figures = |is_ahead: fn(&Fit, usize, usize, f64, f64) -> bool, better: usize, worse: usize| {
        fits.iter().zip(&reaches).all(|(fit, reach)| is_ahead(fit, better, worse, margin, *reach))
    };
    let beats = |better: usize, worse: usize| all_figures(Fit::is_ahead, better, worse);
    // The one that is ahead the most, if several are.
    let ahead =
        |better: usize, worse: usize| -> f64 { fits.iter().map(|fit| fit.levels[better] - fit.levels[worse]).sum() };
    let by = |worse: usize| {
        let all = (0..count).filter(|&better| better != worse && beats(better, worse));
        let most = all.max_by(|&a, &b| ahead(a, worse).total_cmp(&ahead(b, worse)))?;
        // One disturbed slice is no reason.
        all_figures(Fit::is_ahead_anyway, most, worse).then_some(most)
    };
    (0..count).map(by).collect()
}
