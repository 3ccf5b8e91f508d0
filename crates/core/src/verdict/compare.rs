//! Two benchmarks side by side: what became faster, what slower, what is the same, and what is undecided.

use serde::Serialize;

use super::critical::CriticalValues;
use super::metric::{Margin, range_text};
use super::pooled::{Difference, DifferenceError, differences};
use super::ranking::{CONFIDENCE, Interval, cells, rounds_for, rounds_text};
use crate::model::printable::printable;
use crate::model::units;
use crate::results::{BenchmarkResults, Configuration, ConfigurationResult};

pub use super::metric::Metric;

/// How a figure changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// For the better, for certain.
    Faster,
    /// For the worse, for certain.
    Slower,
    /// By no more than the margin, for certain.
    AsFast,
    /// The runs differ too much, or are too few, to say.
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
    /// The baseline's, as its tables show it: images a second, microseconds, or milliseconds of processor time. `null` where
    /// there is none.
    pub baseline: Option<f64>,
    /// The same of the candidate.
    pub candidate: Option<f64>,
    /// From the one to the other, in per cent of the baseline's.
    pub change_percent: Option<f64>,
    /// The confidence interval of the ratio of the runs' geometric means, as a change in per cent; `null` where nothing was
    /// repeated.
    pub interval_percent: Option<(f64, f64)>,
    /// What is to be made of it.
    pub verdict: Verdict,
    /// About how many more rounds of both would decide; `null` where it is decided, and where more rounds hardly would.
    pub more_rounds: Option<u32>,
    /// On the logarithmic scale.
    #[serde(skip)]
    pub(super) difference: Option<Difference>,
    /// Whether rates were looked for: trials at the rate that was found are no repeats of the search.
    #[serde(skip)]
    pub(super) is_searched: bool,
}

/// A configuration that both benchmarks have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// What was tested.
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
    pub warnings: Vec<String>,
    /// Differences up to this count as none, in per cent.
    pub margin_percent: f64,
}

/// The two have nothing in common.
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
    let warnings = warnings(baseline, candidate);
    let mut comparison =
        Comparison { compared, only_baseline, only_candidate, warnings, margin_percent: margin.percent() };
    comparison.judge(margin);
    Ok(comparison)
}

/// Whether two configurations are the same but for their names.
pub fn have_equal_settings(a: &Configuration, b: &Configuration) -> bool {
    Configuration { name: String::new(), ..a.clone() } == Configuration { name: String::new(), ..b.clone() }
}

/// Configurations of equal settings, each at most once; where several are equal, those of the same name belong together.
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

/// A figure of all pairs, without a verdict where both have it.
fn of_metric(
    metric: Metric,
    (baseline, candidate): (&BenchmarkResults, &BenchmarkResults),
    pairs: &[(usize, usize)],
) -> Vec<Change> {
    let before = cells(baseline, metric);
    let mut after = cells(candidate, metric);
    for cell in &mut after {
        // The same index for the same configuration; those without a partner come after all others.
        let partner = pairs.iter().find(|(_, index)| *index == cell.configuration);
        cell.configuration = partner.map_or(baseline.configurations.len() + cell.configuration, |(index, _)| *index);
    }
    let is_searched = [baseline, candidate].iter().any(|results| results.method.max_rate_p99_ms.is_some());
    let found = if is_searched { Vec::new() } else { differences(&before, &after) };
    let percent = |part: f64, whole: f64| (whole != 0.0).then(|| 100.0 * part / whole);
    let change = |&(index, partner): &(usize, usize)| {
        // A zero has no logarithm, and no share of it is anything. A rate of zero is a figure that was not reached.
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
            is_searched,
        }
    };
    pairs.iter().map(change).collect()
}

/// By how much a difference may be off, so that with `confidence` none of so many is off by more.
pub(super) fn reach(error: DifferenceError, count: usize, confidence: f64, values: &mut CriticalValues) -> f64 {
    // The comparisons share their estimate of the noise, and what else they share only makes them more alike.
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

    /// As every table says it.
    pub fn verdict_text(&self) -> String {
        let words = self.metric.words();
        // By how much, without a sign.
        let by = || match self.interval_percent {
            Some((low, high)) if low > 0.0 => range_text(self.metric, (low, high)),
            Some((low, high)) => range_text(self.metric, (-high, -low)),
            None => String::new(),
        };
        match self.verdict {
            Verdict::Faster => format!("{} by {}", words.better, by()),
            Verdict::Slower => format!("{} by {}", words.worse, by()),
            Verdict::AsFast => words.as_good.to_owned(),
            Verdict::Undecided if self.interval_percent.is_none() => format!("undecided ({})", self.not_repeated()),
            Verdict::Undecided => match self.more_rounds {
                Some(rounds) => format!("undecided ({})", rounds_text(Some(rounds))),
                None => "undecided (more rounds would hardly decide)".to_owned(),
            },
            Verdict::NotInBaseline if self.candidate.is_none() => "not measured".to_owned(),
            Verdict::NotInBaseline => "not in the baseline".to_owned(),
            Verdict::NotMeasured => "not measured now".to_owned(),
        }
    }

    /// Why there is no interval.
    pub(super) fn not_repeated(&self) -> &'static str {
        if self.is_searched { "one search each" } else { "one run each" }
    }

    /// Whether neither has the figure.
    pub fn is_empty(&self) -> bool {
        self.baseline.is_none() && self.candidate.is_none()
    }

    /// The cells of a table after the configuration's name: figure, baseline, candidate, change, interval, verdict.
    pub fn cells(&self) -> [String; 6] {
        let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| self.metric.shown(value));
        let percent = |value: f64| format!("{value:+.1} %");
        let interval = self.interval_percent.map(|(low, high)| format!("{} to {}", percent(low), percent(high)));
        [
            self.metric.name().to_owned(),
            shown(self.baseline),
            shown(self.candidate),
            self.change_percent.map_or_else(|| "–".to_owned(), percent),
            interval.unwrap_or_else(|| "–".to_owned()),
            self.verdict_text(),
        ]
    }
}

/// About how many more rounds of both benchmarks bring an interval down to `wanted`.
pub(super) fn rounds_to(error: DifferenceError, reach: f64, wanted: f64) -> Option<u32> {
    let interval = Interval { reach, freedom: error.freedom, drift_share: error.drift_share };
    rounds_for(interval, wanted, error.rounds as f64)
}

fn warnings(baseline: &BenchmarkResults, candidate: &BenchmarkResults) -> Vec<String> {
    let mut warnings = Vec::new();
    if baseline.benchmark_id == candidate.benchmark_id {
        warnings.push("both are the same benchmark".to_owned());
    }
    let mut differs = |what: &str, before: String, after: String| {
        if before != after {
            warnings.push(format!("{what}: {before} before, {after} now"));
        }
    };
    let broker = |results: &BenchmarkResults| {
        format!("{} {}", results.broker.kind, results.broker.version.as_deref().unwrap_or("of unknown version"))
    };
    let machine = |results: &BenchmarkResults| {
        let machine = &results.machine;
        format!("{} with {} cores, {}", machine.cpu, machine.cores, machine.os)
    };
    let method = |results: &BenchmarkResults| {
        let method = &results.method;
        let rate = match (method.rate_images_per_s, method.max_rate_p99_ms) {
            (Some(rate), _) => units::images_per_s(rate),
            (None, Some(p99_ms)) => format!("the highest rate within {p99_ms} ms"),
            (None, None) => "full speed".to_owned(),
        };
        let order = if method.backlog { "backlog" } else { "concurrent" };
        let consumers = units::counted(method.consumers as u64, "consumer", "consumers");
        format!("{} at {rate}, {order}, {consumers}", method.mode)
    };
    differs("another broker", broker(baseline), broker(candidate));
    differs("another machine", machine(baseline), machine(candidate));
    differs("measured otherwise", method(baseline), method(candidate));
    differs("another program", baseline.program_version.clone(), candidate.program_version.clone());
    let (before, after) = (baseline.payloads.mean_bytes, candidate.payloads.mean_bytes);
    if (after - before).abs() > 0.01 * before {
        warnings.push(format!(
            "other images: {} in the mean before, {} now",
            units::bytes(before),
            units::bytes(after)
        ));
    }
    for (results, name) in [(baseline, "baseline"), (candidate, "candidate")] {
        if !results.is_complete {
            warnings.push(format!("not all runs of the {name} were made: it was stopped, or a configuration skipped"));
        }
    }
    warnings
}

impl Comparison {
    fn judge(&mut self, margin: Margin) {
        let mut values = CriticalValues::default();
        let (count, confidence) = self.family(Metric::ALL.into_iter());
        for change in self.compared.iter_mut().flat_map(|one| &mut one.changes) {
            change.judge(margin, count, confidence, &mut values);
        }
    }

    /// Configurations that are compared, and how sure each figure has to be so that all statements on these figures together
    /// are as sure as [`CONFIDENCE`].
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

    /// What the verdicts mean, said to the reader.
    pub fn rule(&self) -> String {
        let changes = self.compared.iter().flat_map(|one| &one.changes);
        let compared = changes.clone().filter(|change| change.interval_percent.is_some()).count();
        if compared == 0 {
            let why = changes.clone().next().map_or("one run each", Change::not_repeated);
            return format!("{why}: noise cannot be judged, so nothing is decided");
        }
        format!(
            "Intervals: the ratio of the runs' geometric means, 95 % for all {compared} together, noise pooled over all \
             configurations.\nfaster, slower: the interval excludes no change; as fast: it lies within {} %; undecided: neither",
            self.margin_percent
        )
    }

    /// A table for people.
    pub fn to_text(&self) -> String {
        let heading = ["configuration", "figure", "baseline", "candidate", "change", "95 % interval", "verdict"];
        let mut rows = vec![heading.map(str::to_owned).to_vec()];
        for one in &self.compared {
            let name = printable(&one.configuration.name);
            let row = |change: &Change| [vec![name.clone().into_owned()], change.cells().to_vec()].concat();
            rows.extend(one.changes.iter().filter(|change| !change.is_empty()).map(row));
        }
        let widths: Vec<usize> =
            (0..7).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
        let mut lines: Vec<String> = rows
            .iter()
            .map(|row| {
                let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
                    0 | 1 | 6 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                });
                cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
            })
            .collect();
        lines.push(format!("{}.", self.rule()));
        for (names, side) in [(&self.only_baseline, "baseline"), (&self.only_candidate, "candidate")] {
            if !names.is_empty() {
                lines.push(format!("Only in the {side}: {}", names.join(", ")));
            }
        }
        lines.extend(self.warnings.iter().map(|warning| format!("Note: {warning}")));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::testing::{configuration, results};

    fn compared(a: &BenchmarkResults, b: &BenchmarkResults) -> Comparison {
        compare(a, b, Margin::default()).unwrap()
    }

    fn change(before: &[f64], after: &[f64], metric: Metric) -> Change {
        let (a, b) = (results(&[(configuration("a"), before)]), results(&[(configuration("b"), after)]));
        *compared(&a, &b).compared[0].changes.iter().find(|change| change.metric == metric).unwrap()
    }

    fn verdict(before: &[f64], after: &[f64], metric: Metric) -> Verdict {
        change(before, after, metric).verdict
    }

    #[test]
    fn only_what_is_certain_counts() {
        let steady = [100.0, 101.0, 99.0];
        assert_eq!(verdict(&steady, &[140.0, 141.0, 139.0], Metric::Throughput), Verdict::Faster);
        assert_eq!(verdict(&steady, &[70.0, 71.0, 69.0], Metric::Throughput), Verdict::Slower);
        assert_eq!(verdict(&steady, &[150.0, 60.0, 140.0], Metric::Throughput), Verdict::Undecided);
        assert_eq!(verdict(&[100.0; 3], &[100.1; 3], Metric::Throughput), Verdict::AsFast);
        assert_eq!(verdict(&[100.0; 3], &[101.0; 3], Metric::Throughput), Verdict::AsFast, "within the margin");
        assert_eq!(verdict(&[100.0; 3], &[110.0; 3], Metric::Throughput), Verdict::Faster);
        // The fake latency is the inverse of the rate: less is faster.
        assert_eq!(verdict(&steady, &[140.0, 141.0, 139.0], Metric::P99), Verdict::Faster);
        assert_eq!(verdict(&steady, &[70.0, 71.0, 69.0], Metric::AckP99), Verdict::Slower);
    }

    #[test]
    fn a_verdict_says_by_how_much() {
        let change = change(&[100.0, 101.0, 99.0], &[70.0, 71.0, 69.0], Metric::Throughput);
        let (low, high) = change.interval_percent.unwrap();
        assert!(low < -30.0 && high > -30.0 && high < -15.0, "{low} {high}");
        let text = change.verdict_text();
        assert!(text.starts_with("slower by ") && text.ends_with(" %") && text.contains('–'), "{text}");
    }

    #[test]
    fn single_runs_decide_nothing_and_one_side_may_lend_its_noise() {
        let single = change(&[100.0], &[500.0], Metric::Throughput);
        assert_eq!((single.verdict, single.interval_percent), (Verdict::Undecided, None));
        assert_eq!(single.verdict_text(), "undecided (one run each)");
        assert_eq!(verdict(&[100.0, 101.0, 99.0, 100.0], &[900.0], Metric::Throughput), Verdict::Faster);
        let a = results(&[(configuration("a"), &[1.0])]);
        assert!(compared(&a, &a).rule().contains("one run each"));
    }

    #[test]
    fn rows_that_are_missing_are_not_called_noise() {
        let none: &[f64] = &[];
        assert_eq!(change(none, &[1.0, 2.0], Metric::Throughput).verdict_text(), "not in the baseline");
        assert_eq!(change(&[1.0, 2.0], none, Metric::Throughput).verdict_text(), "not measured now");
        assert!(change(none, none, Metric::Throughput).is_empty());
        assert!(change(&[1.0, 2.0], &[1.0, 2.0], Metric::Cpu).is_empty(), "no processor time was measured");
    }

    #[test]
    fn trials_at_other_rates_are_no_repeats() {
        let mut a = results(&[(configuration("a"), &[100.0, 50.0, 75.0])]);
        for run in &mut a.configurations[0].runs[1..] {
            run.rate_images_per_s = Some(run.producer.images_per_s);
        }
        a.configurations[0].max_rate_images_per_s = Some(75.0);
        let throughput = compared(&a, &a).compared[0].changes[0];
        assert_eq!((throughput.baseline, throughput.verdict), (Some(75.0), Verdict::Undecided));
        a.configurations[0].max_rate_images_per_s = Some(0.0);
        assert_eq!(compared(&a, &a).compared[0].changes[0].baseline, None);
    }

    #[test]
    fn settings_match_and_names_do_not_matter() {
        let mut other = configuration("x");
        other.partitions = 9;
        let runs: &[f64] = &[1.0, 2.0];
        let a = results(&[(configuration("old name"), runs), (other.clone(), runs)]);
        let b = results(&[(configuration("new name"), runs)]);
        let comparison = compared(&a, &b);
        assert_eq!((comparison.compared.len(), comparison.only_baseline), (1, vec!["x".to_owned()]));
        assert!(compare(&results(&[(other, runs)]), &b, Margin::default()).is_err());
        // Of equal settings each has a partner of its own.
        let (slow, fast): (&[f64], &[f64]) = (&[1.0, 1.0], &[9.0, 9.0]);
        let twice = results(&[(configuration("slow"), slow), (configuration("fast"), fast)]);
        let rates: Vec<Option<f64>> =
            compared(&twice, &twice).compared.iter().map(|one| one.changes[0].candidate).collect();
        assert_eq!(rates, [Some(1.0), Some(9.0)]);
    }

    #[test]
    fn other_circumstances_are_said() {
        let a = results(&[(configuration("a"), &[1.0, 2.0])]);
        let mut b = a.clone();
        assert_eq!(compared(&a, &b).warnings, ["both are the same benchmark"]);
        b.benchmark_id = "another".to_owned();
        assert!(compared(&a, &b).warnings.is_empty());
        b.broker.kind = "external".to_owned();
        b.payloads.mean_bytes *= 2.0;
        b.is_complete = false;
        let comparison = compared(&a, &b);
        assert_eq!(comparison.warnings.len(), 3, "{:?}", comparison.warnings);
        let text = comparison.to_text();
        assert!(text.contains("all 6 together") && text.contains("Note: another broker"), "{text}");
    }
}
