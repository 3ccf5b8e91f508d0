//! Two benchmarks side by side: what became faster, what slower, and what is noise.

use serde::Serialize;

use super::statistics::{mean, median, welch_interval};
use crate::model::printable::printable;
use crate::model::units;
use crate::report::results::{BenchmarkResults, Configuration, ConfigurationResult, RunResult};

/// What a change is judged by, said to the reader.
pub const RULE: &str = "faster, slower: the 95 % confidence interval of the difference of the repeats' means \
                        (Welch 1947)\nexcludes zero, as Georges, Buytaert and Eeckhout (2007) advise; else within noise";

/// A figure that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The producer's images a second.
    Throughput,
    /// The consumer's images a second.
    Consumer,
    /// Median of the end-to-end latency.
    P50,
    /// 99th percentile of the end-to-end latency.
    P99,
    /// Median of the acknowledgement latency.
    AckP50,
    /// 99th percentile of the acknowledgement latency.
    AckP99,
}

/// How a figure changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// For the better, beyond noise.
    Faster,
    /// For the worse, beyond noise.
    Slower,
    /// The repeats differ as much among themselves.
    WithinNoise,
    /// Fewer than two good runs on a side: nothing can be said.
    TooFewRepeats,
}

/// One figure of one configuration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Which figure.
    pub metric: Metric,
    /// Median of the baseline's good runs: images a second, or microseconds. `null` where there is none.
    pub baseline: Option<f64>,
    /// The same of the candidate.
    pub candidate: Option<f64>,
    /// Change of the median, in per cent of the baseline's.
    pub change_percent: Option<f64>,
    /// The confidence interval of the change of the mean, in per cent of the baseline's mean.
    pub interval_percent: Option<(f64, f64)>,
    /// What is to be made of it.
    pub verdict: Verdict,
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
}

/// The two have nothing in common.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the two benchmarks have no configuration in common: {baseline} against {candidate}")]
pub struct NothingInCommon {
    baseline: String,
    candidate: String,
}

impl Metric {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 6] = [Self::Throughput, Self::Consumer, Self::P50, Self::P99, Self::AckP50, Self::AckP99];

    /// As thresholds name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Consumer => "consumer",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::AckP50 => "ack-p50",
            Self::AckP99 => "ack-p99",
        }
    }

    /// Whether more is better.
    pub fn is_rate(self) -> bool {
        matches!(self, Self::Throughput | Self::Consumer)
    }

    /// The figure of a run; `None` where the run has none.
    pub fn of(self, run: &RunResult) -> Option<f64> {
        let latency = match self {
            Self::Throughput => return Some(run.producer.images_per_s),
            Self::Consumer => return Some(run.consumer.images_per_s),
            Self::P50 | Self::P99 => &run.end_to_end_latency,
            Self::AckP50 | Self::AckP99 => &run.acknowledgement_latency,
        };
        let micros = if matches!(self, Self::P50 | Self::AckP50) { latency.p50_micros } else { latency.p99_micros };
        (latency.count > 0).then_some(micros as f64)
    }

    /// With its unit: images a second, or a time.
    pub fn shown(self, value: f64) -> String {
        if self.is_rate() { format!("{}/s", units::scaled(value)) } else { units::millis(value / 1e3) }
    }

    fn values(self, result: &ConfigurationResult) -> Vec<f64> {
        result.representative_runs().into_iter().filter_map(|run| self.of(run)).collect()
    }
}

/// Compares configurations of equal settings, whatever their names.
///
/// # Errors
/// They have no configuration in common.
pub fn compare(baseline: &BenchmarkResults, candidate: &BenchmarkResults) -> Result<Comparison, NothingInCommon> {
    let is_same = |a: &Configuration, b: &Configuration| {
        Configuration { name: String::new(), ..a.clone() } == Configuration { name: String::new(), ..b.clone() }
    };
    let partner = |one: &ConfigurationResult, others: &[ConfigurationResult]| {
        others.iter().position(|other| is_same(&one.configuration, &other.configuration))
    };
    let names = |results: &BenchmarkResults, others: &BenchmarkResults| -> Vec<String> {
        let alone = results.configurations.iter().filter(|one| partner(one, &others.configurations).is_none());
        alone.map(|one| one.configuration.name.clone()).collect()
    };
    let compared: Vec<Compared> = baseline
        .configurations
        .iter()
        .filter_map(|one| {
            let other = &candidate.configurations[partner(one, &candidate.configurations)?];
            let changes = Metric::ALL.iter().map(|&metric| change(metric, one, other)).collect();
            Some(Compared { configuration: other.configuration.clone(), changes })
        })
        .collect();
    let (only_baseline, only_candidate) = (names(baseline, candidate), names(candidate, baseline));
    if compared.is_empty() {
        let (baseline, candidate) = (only_baseline.join(", "), only_candidate.join(", "));
        return Err(NothingInCommon { baseline, candidate });
    }
    Ok(Comparison { compared, only_baseline, only_candidate, warnings: warnings(baseline, candidate) })
}

fn change(metric: Metric, baseline: &ConfigurationResult, candidate: &ConfigurationResult) -> Change {
    let (before, after) = (metric.values(baseline), metric.values(candidate));
    let known = |values: &[f64]| (!values.is_empty()).then(|| median(values));
    let percent = |part: f64, whole: f64| (whole != 0.0).then(|| 100.0 * part / whole);
    let change_percent = known(&before).zip(known(&after)).and_then(|(before, after)| percent(after - before, before));
    let interval = welch_interval(&before, &after).map(|interval| widened(interval, mean(&before)));
    let verdict = match interval {
        None => Verdict::TooFewRepeats,
        Some((low, high)) if low > 0.0 || high < 0.0 => {
            if (low > 0.0) == metric.is_rate() {
                Verdict::Faster
            } else {
                Verdict::Slower
            }
        }
        Some(_) => Verdict::WithinNoise,
    };
    let whole = mean(&before);
    let interval_percent = interval.and_then(|(low, high)| percent(low, whole).zip(percent(high, whole)));
    Change { metric, baseline: known(&before), candidate: known(&after), change_percent, interval_percent, verdict }
}

/// Equal repeats have no spread; a histogram's buckets are 0.1 % wide all the same.
fn widened((low, high): (f64, f64), whole: f64) -> (f64, f64) {
    const RESOLUTION: f64 = 0.002;
    let (middle, least) = (f64::midpoint(low, high), RESOLUTION * whole.abs());
    (low.min(middle - least), high.max(middle + least))
}

fn warnings(baseline: &BenchmarkResults, candidate: &BenchmarkResults) -> Vec<String> {
    let mut warnings = Vec::new();
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
        format!("{} at {rate}, {order}, {} consumers", method.mode, method.consumers)
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
            warnings.push(format!("the {name} was stopped before its end, or a configuration of it skipped"));
        }
    }
    warnings
}

impl Comparison {
    /// A table for people.
    pub fn to_text(&self) -> String {
        let mut rows = vec![
            ["configuration", "metric", "baseline", "candidate", "change", "95 % interval", ""].map(str::to_owned),
        ];
        for one in &self.compared {
            for change in &one.changes {
                rows.push(change.cells(&printable(&one.configuration.name)));
            }
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
        lines.push(format!("Medians of the repeats; {RULE}."));
        for (names, side) in [(&self.only_baseline, "baseline"), (&self.only_candidate, "candidate")] {
            if !names.is_empty() {
                lines.push(format!("Only in the {side}: {}", names.join(", ")));
            }
        }
        lines.extend(self.warnings.iter().map(|warning| format!("Mind: {warning}")));
        lines.join("\n")
    }
}

impl Change {
    fn cells(&self, name: &str) -> [String; 7] {
        let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| self.metric.shown(value));
        let percent = |value: f64| format!("{value:+.1} %");
        let interval = self.interval_percent.map(|(low, high)| format!("{} to {}", percent(low), percent(high)));
        let verdict = match self.verdict {
            Verdict::Faster => "faster",
            Verdict::Slower => "slower",
            Verdict::WithinNoise => "within noise",
            Verdict::TooFewRepeats => "too few repeats",
        };
        [
            name.to_owned(),
            self.metric.name().to_owned(),
            shown(self.baseline),
            shown(self.candidate),
            self.change_percent.map_or_else(|| "–".to_owned(), percent),
            interval.unwrap_or_else(|| "–".to_owned()),
            verdict.to_owned(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{configuration, results};
    use super::*;

    fn verdict(before: &[f64], after: &[f64], metric: Metric) -> Verdict {
        let (a, b) = (results(&[(configuration("a"), before)]), results(&[(configuration("b"), after)]));
        let comparison = compare(&a, &b).unwrap();
        comparison.compared[0].changes.iter().find(|change| change.metric == metric).unwrap().verdict
    }

    #[test]
    fn only_what_is_beyond_the_spread_counts() {
        let steady = [100.0, 101.0, 99.0];
        assert_eq!(verdict(&steady, &[120.0, 121.0, 119.0], Metric::Throughput), Verdict::Faster);
        assert_eq!(verdict(&steady, &[80.0, 81.0, 79.0], Metric::Throughput), Verdict::Slower);
        assert_eq!(verdict(&steady, &[150.0, 60.0, 140.0], Metric::Throughput), Verdict::WithinNoise);
        assert_eq!(verdict(&steady, &[200.0], Metric::Throughput), Verdict::TooFewRepeats);
        assert_eq!(verdict(&[100.0; 3], &[100.1; 3], Metric::Throughput), Verdict::WithinNoise);
        assert_eq!(verdict(&[100.0; 3], &[101.0; 3], Metric::Throughput), Verdict::Faster);
        // The fake latency is the inverse of the rate: less is faster.
        assert_eq!(verdict(&steady, &[120.0, 121.0, 119.0], Metric::P99), Verdict::Faster);
        assert_eq!(verdict(&steady, &[80.0, 81.0, 79.0], Metric::AckP99), Verdict::Slower);
    }

    #[test]
    fn trials_at_other_rates_are_no_repeats() {
        let mut a = results(&[(configuration("a"), &[100.0, 50.0, 75.0])]);
        for run in &mut a.configurations[0].runs[1..] {
            run.rate_images_per_s = Some(run.producer.images_per_s);
        }
        a.configurations[0].max_rate_images_per_s = Some(75.0);
        let comparison = compare(&a, &a).unwrap();
        let throughput = comparison.compared[0].changes[0];
        assert_eq!((throughput.baseline, throughput.verdict), (Some(75.0), Verdict::TooFewRepeats));
        a.configurations[0].max_rate_images_per_s = Some(0.0);
        assert_eq!(compare(&a, &a).unwrap().compared[0].changes[0].baseline, None);
    }

    #[test]
    fn settings_match_and_names_do_not_matter() {
        let mut other = configuration("x");
        other.partitions = 9;
        let runs: &[f64] = &[1.0, 2.0];
        let a = results(&[(configuration("old name"), runs), (other.clone(), runs)]);
        let b = results(&[(configuration("new name"), runs)]);
        let comparison = compare(&a, &b).unwrap();
        assert_eq!((comparison.compared.len(), comparison.only_baseline), (1, vec!["x".to_owned()]));
        assert!(compare(&results(&[(other, runs)]), &b).is_err());
    }

    #[test]
    fn other_circumstances_are_said() {
        let a = results(&[(configuration("a"), &[1.0, 2.0])]);
        let mut b = a.clone();
        assert!(compare(&a, &b).unwrap().warnings.is_empty());
        b.broker.kind = "external".to_owned();
        b.payloads.mean_bytes *= 2.0;
        b.is_complete = false;
        let comparison = compare(&a, &b).unwrap();
        assert_eq!(comparison.warnings.len(), 3, "{:?}", comparison.warnings);
        assert!(comparison.to_text().contains("Welch"), "{}", comparison.to_text());
    }
}
