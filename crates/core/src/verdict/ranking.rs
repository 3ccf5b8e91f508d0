//! Which configuration is best, which are as good, and which are worse and by how much.
//!
//! Multiple comparisons with the best, unconstrained (D. G. Edwards, J. C. Hsu: "Multiple comparisons with the best
//! treatment", Journal of the American Statistical Association 78, 1983). With 95 % confidence all its statements on one figure
//! hold together, also if several configurations are equally good: the differences between the true best and all others
//! are then within Dunnett's intervals. A configuration may be the best if none exceeds it by more than its interval. One
//! that is certainly behind each of those is slower, by the hull of the intervals.

use serde::{Serialize, Serializer};

use super::critical::{Comparisons, CriticalValues};
use super::layout::{Cell, Layout};
use super::metric::{Margin, Metric, range_text};
use crate::results::{BenchmarkResults, ConfigurationResult, RunResult};

/// Confidence of all statements on one figure together.
pub(super) const CONFIDENCE: f64 = 0.95;
/// If the runs of two configurations do not overlap and their means differ by this factor, noise is not the reason: pooled
/// over few runs, one noisy configuration would hide it.
const FAR_APART: f64 = 10.0;
/// Larger numbers of rounds are not shown.
const ROUNDS_MAX: f64 = 1_000.0;

/// The verdict on a configuration. Percentages refer to the best one's figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Standing {
    /// Certainly the best.
    Fastest,
    /// Certainly behind the best by no more than the margin.
    AsFast,
    /// Certainly behind the best.
    Slower {
        /// At least, in per cent.
        from_percent: f64,
        /// At most, in per cent.
        to_percent: f64,
    },
    /// The runs differ too much, or are too few, to decide.
    Undecided {
        /// Behind the best by at most this, in per cent.
        to_percent: f64,
        /// About how many more rounds would decide; `None`: more than a thousand.
        more_rounds: Option<u32>,
    },
}

/// A configuration's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Index among the results' configurations.
    pub configuration: usize,
    /// How far it is behind the best, at least and at most, on the logarithmic scale.
    pub loss: (f64, f64),
    /// The same as a verdict.
    pub standing: Standing,
}

/// The configurations that have a figure, compared with the best of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// The figure.
    pub metric: Metric,
    /// In the order of the results.
    pub places: Vec<Place>,
    /// Index among `places` of the one that is best as measured.
    pub leader: usize,
}

/// Why there is no ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unranked {
    /// No configuration has the figure.
    #[error("not measured")]
    NotMeasured,
    /// One has it.
    #[error("one configuration only: there is nothing to compare it with")]
    Lone,
    /// Nothing was repeated.
    #[error("one run each: noise cannot be judged")]
    NotRepeated,
    /// `--find-max-rate` makes trials at different rates, and finds one rate.
    #[error("each rate was found by one search: how much it varies was not measured")]
    Searched,
    /// A race measures some configurations more often than others, and decides by itself.
    #[error("a race: its own choice counts")]
    Raced,
}

impl Serialize for Unranked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Compares the configurations of a benchmark with the best of them.
///
/// # Errors
/// There is nothing to compare, or the noise cannot be judged.
pub fn rank(results: &BenchmarkResults, metric: Metric, margin: Margin) -> Result<Ranking, Unranked> {
    let cells = cells(results, metric);
    let mut measured: Vec<usize> = cells.iter().map(|cell| cell.configuration).collect();
    measured.dedup();
    match measured.len() {
        0 => Err(Unranked::NotMeasured),
        1 => Err(Unranked::Lone),
        _ if results.race.is_some() => Err(Unranked::Raced),
        _ if results.method.is_search() => Err(Unranked::Searched),
        _ => rank_cells(&cells, metric, margin, &mut CriticalValues::default()).ok_or(Unranked::NotRepeated),
    }
}

/// The logarithms of a figure of all runs that count, by configuration.
pub(super) fn cells(results: &BenchmarkResults, metric: Metric) -> Vec<Cell> {
    let of = |(configuration, one): (usize, &ConfigurationResult)| -> Vec<Cell> {
        let cell = |run: &RunResult| Some(Cell { configuration, round: run.repeat, value: metric.of(run)?.ln() });
        one.representative_runs().into_iter().filter_map(cell).collect()
    };
    results.configurations.iter().enumerate().flat_map(of).collect()
}

/// Compares logarithms. `None` if nothing was repeated.
pub(super) fn rank_cells(
    cells: &[Cell],
    metric: Metric,
    margin: Margin,
    values: &mut CriticalValues,
) -> Option<Ranking> {
    let layout = Layout::of(cells);
    let goodness = |index: usize| {
        let mean = layout.levels[index].mean;
        if metric.is_rate() { mean } else { -mean }
    };
    let all = 0..layout.levels.len();
    let reaches = reaches(&layout, values)?;
    let ranges: Vec<Observed> = layout.levels.iter().map(|level| Observed::of(cells, level.configuration)).collect();
    let reach = |best: usize, other: usize| {
        let reach = reaches[best * layout.levels.len() + other];
        let difference = (goodness(best) - goodness(other)).abs();
        match ranges[best].gap_to(&ranges[other]) {
            Some(gap) if difference >= FAR_APART.ln() => reach.min(difference - gap.min(difference)),
            _ => reach,
        }
    };
    let could_be_best = |one: usize| {
        all.clone().all(|other| other == one || goodness(one) - goodness(other) + reach(one, other) >= 0.0)
    };
    let candidates: Vec<usize> = all.clone().filter(|&one| could_be_best(one)).collect();
    let leader = all.clone().max_by(|&a, &b| goodness(a).total_cmp(&goodness(b)))?;
    let loss = |one: usize| {
        let behind = |&best: &usize| match best == one {
            true => (0.0, 0.0),
            false => {
                let (difference, reach) = (goodness(best) - goodness(one), reach(best, one));
                (difference - reach, difference + reach)
            }
        };
        let intervals: Vec<(f64, f64)> = candidates.iter().map(behind).collect();
        let low = intervals.iter().map(|interval| interval.0).fold(f64::INFINITY, f64::min);
        let high = intervals.iter().map(|interval| interval.1).fold(0.0, f64::max);
        (low.max(0.0), high)
    };
    let rivals = |one: usize| -> Vec<(f64, f64)> {
        let of = |other: usize| ((goodness(leader) - goodness(other)).max(0.0), reach(leader, other));
        match one == leader {
            true => candidates.iter().filter(|&&other| other != leader).map(|&other| of(other)).collect(),
            false => vec![of(one)],
        }
    };
    let more_rounds = |one: usize| -> Option<u32> {
        let other = if one == leader { (leader + 1) % all.len() } else { one };
        let freedom = layout.error(leader, other)?.1;
        let each = |rival| more_rounds(rival, margin.log(metric), layout.rounds, freedom);
        rivals(one).into_iter().map(each).try_fold(1, |most, rounds| Some(rounds?.max(most)))
    };
    let places = all.clone().map(|one| {
        let loss = loss(one);
        let standing = standing(metric, margin, loss, candidates == [one], || more_rounds(one));
        Place { configuration: layout.levels[one].configuration, loss, standing }
    });
    Some(Ranking { metric, places: places.collect(), leader })
}

/// The runs of a configuration, on the logarithmic scale.
struct Observed {
    lowest: f64,
    highest: f64,
    runs: usize,
}

impl Observed {
    fn of(cells: &[Cell], configuration: usize) -> Self {
        let start = Self { lowest: f64::INFINITY, highest: f64::NEG_INFINITY, runs: 0 };
        cells.iter().filter(|cell| cell.configuration == configuration).fold(start, |all, cell| Self {
            lowest: all.lowest.min(cell.value),
            highest: all.highest.max(cell.value),
            runs: all.runs + 1,
        })
    }

    /// The gap between the nearest runs of the two; `None` if they overlap, or one of them was not repeated.
    fn gap_to(&self, other: &Self) -> Option<f64> {
        let gap = (self.lowest - other.highest).max(other.lowest - self.highest);
        (gap > 0.0 && self.runs > 1 && other.runs > 1).then_some(gap)
    }
}

/// The half-widths of the intervals of the differences between each configuration, as the best, and each other: a matrix.
/// `None` if nothing was repeated.
fn reaches(layout: &Layout, values: &mut CriticalValues) -> Option<Vec<f64>> {
    let count = layout.levels.len();
    // What the runs of a level contribute to the variance of a difference.
    let share = |index: usize| {
        let level = layout.levels[index];
        level.noise.map(|noise| noise.variance / level.runs as f64)
    };
    let mut reaches = vec![0.0; count * count];
    for best in 0..count {
        let own = share(best)?;
        let mut comparisons: Vec<Comparisons> = Vec::new();
        for other in (0..count).filter(|other| *other != best) {
            let lambda = coarse((own / (own + share(other)?)).sqrt());
            match comparisons.iter_mut().find(|(known, _)| (known - lambda).abs() < 1e-3) {
                Some((_, count)) => *count += 1,
                None => comparisons.push((lambda, 1)),
            }
        }
        comparisons.sort_by(|a, b| a.0.total_cmp(&b.0));
        for other in (0..count).filter(|other| *other != best) {
            let (error, freedom) = layout.error(best, other)?;
            reaches[best * count + other] = values.two_sided(&comparisons, freedom, CONFIDENCE) * error;
        }
    }
    Some(reaches)
}

/// Rounds the correlation down, which only widens intervals, so that many share one critical value. Exact for equal noise.
fn coarse(lambda: f64) -> f64 {
    if (lambda - std::f64::consts::FRAC_1_SQRT_2).abs() < 1e-3 { lambda } else { (lambda * 20.0).floor() / 20.0 }
}

fn standing(
    metric: Metric,
    margin: Margin,
    (low, high): (f64, f64),
    is_best: bool,
    more_rounds: impl Fn() -> Option<u32>,
) -> Standing {
    let (from_percent, to_percent) = (metric.loss_percent(low), metric.loss_percent(high));
    match (from_percent, to_percent) {
        _ if is_best => Standing::Fastest,
        (_, high) if high <= margin.percent() => Standing::AsFast,
        (low, _) if low > 0.0 => Standing::Slower { from_percent, to_percent },
        _ => Standing::Undecided { to_percent, more_rounds: more_rounds() },
    }
}

/// About how many more rounds decide on a difference with this half-width after `rounds` rounds: until the half-width is
/// below the difference, or both together are within the margin. `None`: too many.
fn more_rounds((difference, reach): (f64, f64), margin: f64, rounds: usize, freedom: f64) -> Option<u32> {
    let wanted = difference.max(margin - difference);
    rounds_for(Interval { reach, freedom, drift_share: 0.0 }, wanted, rounds as f64)
}

/// An interval, as far as more rounds change it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interval {
    /// From its middle to its end.
    pub(super) reach: f64,
    /// Degrees of freedom.
    pub(super) freedom: f64,
    /// Share of its variance that does not shrink with more rounds.
    pub(super) drift_share: f64,
}

/// Rounds beyond `rounds` after which an interval has shrunk to `wanted`. Its degrees of freedom grow with the rounds, and so
/// the critical value shrinks, about like Student's. `None`: more than a thousand, or never.
pub(super) fn rounds_for(interval: Interval, wanted: f64, rounds: f64) -> Option<u32> {
    let (now, drift) = (about_student(interval.freedom), interval.drift_share);
    let mut needed = rounds + 1.0;
    for _ in 0..30 {
        let then = interval.freedom * (needed - 1.0).max(1.0) / (rounds - 1.0).max(1.0);
        let left = (wanted.max(1e-6) / interval.reach * now / about_student(then)).powi(2) - drift;
        let next = if left > 0.0 { rounds * (1.0 - drift) / left } else { 2.0 * ROUNDS_MAX };
        // Half a step, since full steps oscillate.
        needed = f64::midpoint(needed, next.min(2.0 * ROUNDS_MAX)).max(rounds + 1.0);
    }
    (needed <= ROUNDS_MAX).then(|| ((needed - rounds - 1e-3).ceil() as u32).max(1))
}

/// The 97.5 % quantile of Student's t, a few per cent off where there are two degrees of freedom or more (Wallace 1959).
fn about_student(freedom: f64) -> f64 {
    let freedom = freedom.max(1.0);
    let normal = 1.96 * (8.0 * freedom + 3.0) / (8.0 * freedom + 1.0);
    (freedom * (normal * normal / freedom).exp_m1()).sqrt()
}

impl Ranking {
    /// The place of a configuration, by its index among the results'.
    pub fn place(&self, configuration: usize) -> Option<&Place> {
        self.places.iter().find(|place| place.configuration == configuration)
    }
}

impl Standing {
    /// The verdict as every table shows it.
    pub fn text(self, metric: Metric) -> String {
        let words = metric.words();
        match self {
            Self::Fastest => words.best.to_owned(),
            Self::AsFast => words.as_good.to_owned(),
            Self::Slower { from_percent, to_percent } => {
                format!("{} by {}", words.worse, range_text(metric, (from_percent, to_percent)))
            }
            Self::Undecided { more_rounds, .. } => format!("undecided ({})", rounds_text(more_rounds)),
        }
    }
}

/// `about 4 more rounds`.
pub(super) fn rounds_text(more_rounds: Option<u32>) -> String {
    match more_rounds {
        None => "more than 1,000 more rounds".to_owned(),
        Some(1) => "about 1 more round".to_owned(),
        Some(rounds) => format!("about {rounds} more rounds"),
    }
}

#[cfg(test)]
#[path = "ranking_tests.rs"]
mod tests;
