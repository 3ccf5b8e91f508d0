//! Two benchmarks compared: what became faster or slower, what is as fast, and what is undecided.

use serde::Serialize;

use super::circumstances::{Circumstance, circumstances};
use super::critical::CriticalValues;
use super::metric::Margin;
use super::pooled::{Difference, DifferenceError, differences};
use super::ranking::{CONFIDENCE, Interval, cells, rounds_for};
use crate::configuration::Configuration;
use crate::results::{BenchmarkResults, ConfigurationResult};

pub use super::metric::Metric;

/// How a figure changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Certainly better.
    Faster,
    /// Certainly worse.
    Slower,
    /// Certainly changed by no more than the margin.
    AsFast,
    /// The runs differ too much, or are too few, to decide.
    Undecided,
    /// Only the candidate has the figure.
    NotInBaseline,
    /// Only the baseline has it.
    NotMeasured,
}

/// One figure of one configuration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Which figure.
    pub metric: Metric,
    /// The baseline's, as its tables show it: images per second, microseconds, or milliseconds of processor time. `null` if
    /// it has none.
    pub baseline: Option<f64>,
    /// The same of the candidate.
    pub candidate: Option<f64>,
    /// The change in per cent of the baseline's.
    pub change_percent: Option<f64>,
    /// The confidence interval of the ratio of the runs' geometric means, as a change in per cent; `null` if nothing was
    /// repeated.
    pub interval_percent: Option<(f64, f64)>,
    /// The verdict.
    pub verdict: Verdict,
    /// About how many more rounds of both would decide; `null` if it is decided, or more rounds hardly would.
    pub more_rounds: Option<u32>,
    /// On the logarithmic scale.
    #[serde(skip)]
    pub(super) difference: Option<Difference>,
    /// Why runs of either benchmark are no repeats, if so: trials at the rate that was found do not repeat the search, and slices
    /// of a race are too near each other.
    #[serde(skip)]
    pub(super) unrepeated: Option<&'static str>,
}

/// A configuration that both benchmarks have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// The configuration.
    pub configuration: Configuration,
    /// Its figures.
    pub changes: Vec<Change>,
}

/// The comparison of two benchmarks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Configurations that both have.
    pub compared: Vec<Compared>,
    /// Names of those that only the baseline has.
    pub only_baseline: Vec<String>,
    /// Names of those that only the candidate has.
    pub only_candidate: Vec<String>,
    /// What else is different, so that a change need not come from the configuration.
    pub warnings: Vec<Circumstance>,
    /// Differences up to this count as none, in per cent.
    pub margin_percent: f64,
}

/// The two benchmarks have no configuration in common.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the two benchmarks have no configuration in common: {baseline} against {candidate}")]
pub struct NothingInCommon {
    baseline: String,
    candidate: String,
}

/// Compares configurations of equal settings, whatever their names.
///
/// # Errors
/// They have no configuration in common.
pub fn compare(
    baseline: &BenchmarkResults,
    candidate: &BenchmarkResults,
    margin: Margin,
) -> Result<Comparison, NothingInCommon> {
    let pairs = pairs(&baseline.configurations, &candidate.configurations);
    let names = |all: &[ConfigurationResult], is_paired: &dyn Fn(usize) -> bool| -> Vec<String> {
        let alone = all.iter().enumerate().filter(|(index, _)| !is_paired(*index));
        alone.map(|(_, one)| one.configuration.name.clone()).collect()
    };
    let only_baseline = names(&baseline.configurations, &|index| pairs.iter().any(|pair| pair.0 == index));
    let only_candidate = names(&candidate.configurations, &|index| pairs.iter().any(|pair| pair.1 == index));
    if pairs.is_empty() {
        let (baseline, candidate) = (only_baseline.join(", "), only_candidate.join(", "));
        return Err(NothingInCommon { baseline, candidate });
    }
    let all = Metric::ALL.map(|metric| of_metric(metric, (baseline, candidate), &pairs));
    let compared: Vec<Compared> = pairs
        .iter()
        .enumerate()
        .map(|(place, &(_, index))| Compared {
            configuration: candidate.configurations[index].configuration.clone(),
            changes: all.iter().map(|changes| changes[place]).collect(),
        })
        .collect();
    let warnings = circumstances(baseline, candidate);
    let mut comparison =
        Comparison { compared, only_baseline, only_candidate, warnings, margin_percent: margin.percent() };
    comparison.judge(margin);
    Ok(comparison)
}

/// Whether two configurations are equal apart from their names.
pub fn have_equal_settings(a: &Configuration, b: &Configuration) -> bool {
    Configuration { name: String::new(), ..a.clone() } == Configuration { name: String::new(), ..b.clone() }
}

/// Pairs of configurations with equal settings, each used once; if several are equal, those of the same name are paired.
fn pairs(baseline: &[ConfigurationResult], candidate: &[ConfigurationResult]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for by_name in [true, false] {
        for (index, one) in baseline.iter().enumerate() {
            let partner = candidate.iter().enumerate().position(|(place, other)| {
                let is_free = pairs.iter().all(|pair| pair.0 != index && pair.1 != place);
                let (one, other) = (&one.configuration, &other.configuration);
                is_free && if by_name { one == other } else { have_equal_settings(one, other) }
            });
            pairs.extend(partner.map(|place| (index, place)));
        }
    }
    pairs.sort_unstable();
    pairs
}

/// A figure of all pairs, without a verdict if both have it.
fn of_metric(
    metric: Metric,
    (baseline, candidate): (&BenchmarkResults, &BenchmarkResults),
    pairs: &[(usize, usize)],
) -> Vec<Change> {
    let before = cells(baseline, metric);
    let mut after = cells(candidate, metric);
    for cell in &mut after {
        // Equal configurations get the same index; those without a partner come after all others.
        let partner = pairs.iter().find(|(_, index)| *index == cell.configuration);
        cell.configuration = partner.map_or(baseline.configurations.len() + cell.configuration, |(index, _)| *index);
    }
    let either = |is_one: fn(&BenchmarkResults) -> bool| [baseline, candidate].into_iter().any(is_one);
    let unrepeated = if either(|results| results.method.is_search()) {
        Some("one search each")
    } else {
        either(|results| results.race.is_some()).then_some("a race")
    };
    let found = if unrepeated.is_some() { Vec::new() } else { differences(&before, &after) };
    let percent = |part: f64, whole: f64| (whole != 0.0).then(|| 100.0 * part / whole);
    let change = |&(index, partner): &(usize, usize)| {
        // Zero has no logarithm, and cannot be a base for percentages. A rate of zero was not reached.
        let baseline = metric.shown_of(&baseline.configurations[index]).filter(|value| *value > 0.0);
        let candidate = metric.shown_of(&candidate.configurations[partner]);
        let candidate = candidate.filter(|value| *value > 0.0 || !metric.is_rate());
        Change {
            metric,
            baseline,
            candidate,
            change_percent: baseline.zip(candidate).and_then(|(before, after)| percent(after - before, before)),
            interval_percent: None,
            verdict: match (baseline, candidate) {
                (None, _) => Verdict::NotInBaseline,
                (_, None) => Verdict::NotMeasured,
                _ => Verdict::Undecided,
            },
            more_rounds: None,
            difference: found.iter().find(|(known, _)| *known == index).map(|(_, difference)| *difference),
            unrepeated,
        }
    };
    pairs.iter().map(change).collect()
}

/// Half-width of the intervals that contain all of `count` differences with this confidence.
pub(super) fn reach(error: DifferenceError, count: usize, confidence: f64, values: &mut CriticalValues) -> f64 {
    // The comparisons share their estimate of the noise; anything else that they share only correlates them more.
    values.two_sided(&[(0.0, count)], error.freedom, confidence) * error.standard
}

impl Change {
    fn judge(&mut self, margin: Margin, count: usize, confidence: f64, values: &mut CriticalValues) {
        let Some(Difference { mean, error: Some(error) }) = self.difference else { return };
        let reach = reach(error, count, confidence, values);
        let (low, high) = (mean - reach, mean + reach);
        self.interval_percent = Some((100.0 * low.exp_m1(), 100.0 * high.exp_m1()));
        let gain = if self.metric.is_rate() { (low, high) } else { (-high, -low) };
        let within = margin.log(self.metric);
        self.verdict = match gain {
            (low, high) if low >= -within && high <= within => Verdict::AsFast,
            (low, _) if low > 0.0 => Verdict::Faster,
            (_, high) if high < 0.0 => Verdict::Slower,
            _ => Verdict::Undecided,
        };
        if self.verdict == Verdict::Undecided {
            self.more_rounds = rounds_to(error, reach, mean.abs().max(within - mean.abs()));
        }
    }

    /// The reason for a missing interval.
    pub(super) fn not_repeated(&self) -> &'static str {
        self.unrepeated.unwrap_or("one run each")
    }

    /// Whether neither has the figure.
    pub fn is_empty(&self) -> bool {
        self.baseline.is_none() && self.candidate.is_none()
    }
}

/// About how many more rounds of both benchmarks bring an interval down to `wanted`.
pub(super) fn rounds_to(error: DifferenceError, reach: f64, wanted: f64) -> Option<u32> {
    let interval = Interval { reach, freedom: error.freedom, drift_share: error.drift_share };
    rounds_for(interval, wanted, error.rounds as f64)
}

impl Comparison {
    fn judge(&mut self, margin: Margin) {
        let mut values = CriticalValues::default();
        let (count, confidence) = self.family(Metric::ALL.into_iter());
        for change in self.compared.iter_mut().flat_map(|one| &mut one.changes) {
            change.judge(margin, count, confidence, &mut values);
        }
    }

    /// The number of configurations that are compared, and the confidence that each figure needs so that all statements
    /// together have [`CONFIDENCE`].
    pub(super) fn family(&self, metrics: impl Iterator<Item = Metric>) -> (usize, f64) {
        let has_error = |change: &&Change| change.difference.is_some_and(|difference| difference.error.is_some());
        let counts = metrics.map(|metric| {
            let changes = self.compared.iter().flat_map(|one| &one.changes);
            changes.filter(has_error).filter(|change| change.metric == metric).count()
        });
        let counts: Vec<usize> = counts.filter(|count| *count > 0).collect();
        let error = (1.0 - CONFIDENCE) / counts.len().max(1) as f64;
        (counts.into_iter().max().unwrap_or(0), 1.0 - error)
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
