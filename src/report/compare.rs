//! What differs between two benchmarks, and whether the repeats can tell it from noise.

use std::fmt::Write as _;

use serde::Serialize;
use thiserror::Error;

use super::results::{BenchmarkResults, Configuration, ConfigurationResult, Method, RunResult};
use super::statistics::{Interval, mean, median, welch_interval_95};

/// How a verdict is found, for people who read a comparison.
pub const RULE: &str = "Rule: \"faster\" or \"slower\" only where Welch's 95 % interval of the difference of the means of \
    the repeats leaves out zero (Welch 1947; an interval of the difference is what Georges, Buytaert and Eeckhout ask of \
    benchmarks, \"Statistically Rigorous Java Performance Evaluation\", OOPSLA 2007). Of twenty comparisons of what is \
    equal, one is to be expected to look different. Change is that of the medians; the interval is in per cent of the \
    baseline's mean.";

/// Lines of text are no longer than this, where the words allow it.
const LINE_WIDTH: usize = 110;
/// A bucket of the latency histograms is up to a thousandth wide, and two latencies are compared: less is no difference,
/// however well the repeats agree.
const LATENCY_RESOLUTION: f64 = 0.002;
/// Payloads count as the same up to this part of their mean size, and machines up to this part of their memory.
const SAME_SIZE: f64 = 0.01;
/// Names that an error lists at most, of each side.
const NAMES_MAX: usize = 5;

/// What is compared. Percentiles are those of each run: a run is one observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Records acknowledged a second.
    ProducerImagesPerS,
    /// Records received a second.
    ConsumerImagesPerS,
    /// The median of the acknowledgement latency.
    AcknowledgementP50Micros,
    /// The 99th percentile of the acknowledgement latency.
    AcknowledgementP99Micros,
    /// The median of the end-to-end latency.
    EndToEndP50Micros,
    /// The 99th percentile of the end-to-end latency.
    EndToEndP99Micros,
}

/// Whether the candidate differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// More throughput or less latency, by more than noise.
    Faster,
    /// Less throughput or more latency, by more than noise.
    Slower,
    /// The repeats do not tell the two apart.
    WithinNoise,
    /// Fewer than two good runs on a side: their spread is not known.
    TooFewRepeats,
}

/// Two benchmarks side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The benchmark to compare with.
    pub baseline: Side,
    /// The benchmark that is judged.
    pub candidate: Side,
    /// How a verdict is found: [`RULE`].
    pub rule: &'static str,
    /// Circumstances that differ, and may be the cause of any difference.
    pub warnings: Vec<String>,
    /// Configurations of the same settings, in the baseline's order.
    pub configurations: Vec<ConfigurationComparison>,
    /// Names of the configurations that only the baseline has.
    pub only_in_baseline: Vec<String>,
    /// Names of the configurations that only the candidate has.
    pub only_in_candidate: Vec<String>,
}

/// Which benchmark it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Its id.
    pub benchmark_id: String,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// The program that made it.
    pub program_version: String,
}

/// A configuration that both benchmarks have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfigurationComparison {
    /// Its settings, under the baseline's name.
    pub configuration: Configuration,
    /// What the candidate calls it.
    pub candidate_name: String,
    /// Each metric, in the order of [`Metric::ALL`].
    pub metrics: Vec<MetricComparison>,
}

/// One metric of a configuration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricComparison {
    /// Which one; its name says the unit.
    pub metric: Metric,
    /// What the baseline measured.
    pub baseline: Sample,
    /// What the candidate measured.
    pub candidate: Sample,
    /// Change of the median, in per cent of the baseline's; `None` where a side has none, or the baseline's is 0.
    pub change_percent: Option<f64>,
    /// The 95 % interval of the change of the mean, in per cent of the baseline's mean, which is taken as exact. `None`
    /// where there are too few repeats, or the baseline's mean is 0.
    pub interval_percent: Option<Interval>,
    /// Whether the candidate differs.
    pub verdict: Verdict,
}

/// The good runs of one side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Good runs that measured the metric.
    pub runs: usize,
    /// Their median; `None` where there are none.
    pub median: Option<f64>,
}

/// Why two benchmarks cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CompareError {
    /// No configuration is in both.
    #[error(
        "the benchmarks have no configuration in common: the baseline has {baseline}; the candidate has {candidate}"
    )]
    NothingInCommon {
        /// Names of the baseline's configurations.
        baseline: String,
        /// Names of the candidate's configurations.
        candidate: String,
    },
}

impl Metric {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::ProducerImagesPerS,
        Self::ConsumerImagesPerS,
        Self::AcknowledgementP50Micros,
        Self::AcknowledgementP99Micros,
        Self::EndToEndP50Micros,
        Self::EndToEndP99Micros,
    ];

    /// Its name in a table.
    pub fn label(self) -> &'static str {
        match self {
            Self::ProducerImagesPerS => "producer throughput",
            Self::ConsumerImagesPerS => "consumer throughput",
            Self::AcknowledgementP50Micros => "acknowledgement p50",
            Self::AcknowledgementP99Micros => "acknowledgement p99",
            Self::EndToEndP50Micros => "end-to-end p50",
            Self::EndToEndP99Micros => "end-to-end p99",
        }
    }

    /// Whether it is a throughput, of which more is better; of a latency less is.
    pub fn is_throughput(self) -> bool {
        matches!(self, Self::ProducerImagesPerS | Self::ConsumerImagesPerS)
    }

    /// A value with its unit: `812 images/s`, `12.3 ms`.
    pub(super) fn with_unit(self, value: f64) -> String {
        if self.is_throughput() { format!("{} images/s", rate(value)) } else { latency(value) }
    }

    /// Its value in a run; `None` where the run did not measure it.
    pub(super) fn of(self, run: &RunResult) -> Option<f64> {
        let latency = match self {
            Self::ProducerImagesPerS => return Some(run.producer.images_per_s),
            Self::ConsumerImagesPerS => return Some(run.consumer.images_per_s),
            Self::AcknowledgementP50Micros | Self::AcknowledgementP99Micros => &run.acknowledgement_latency,
            Self::EndToEndP50Micros | Self::EndToEndP99Micros => &run.end_to_end_latency,
        };
        let micros = match self {
            Self::AcknowledgementP50Micros | Self::EndToEndP50Micros => latency.p50_micros,
            _ => latency.p99_micros,
        };
        (latency.count > 0).then_some(micros as f64)
    }

    /// Its values in `runs`.
    pub(super) fn of_all(self, runs: &[&RunResult]) -> Vec<f64> {
        runs.iter().filter_map(|run| self.of(run)).collect()
    }
}

impl Verdict {
    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::WithinNoise => "within noise",
            Self::TooFewRepeats => "too few repeats",
        }
    }
}

/// Compares the configurations that have the same settings, whatever their names are.
///
/// The runs of a configuration are its good ones. Where the highest rate was looked for, runs differ in their rates and
/// are no repeats: the one at the rate that was found stands for the configuration.
///
/// # Errors
/// There is no such configuration.
pub fn compare(baseline: &BenchmarkResults, candidate: &BenchmarkResults) -> Result<Comparison, CompareError> {
    let mut unmatched: Vec<&ConfigurationResult> = candidate.configurations.iter().collect();
    let (mut configurations, mut only_in_baseline) = (Vec::new(), Vec::new());
    for ours in &baseline.configurations {
        let place = unmatched.iter().position(|theirs| are_same(&ours.configuration, &theirs.configuration));
        let Some(place) = place else {
            only_in_baseline.push(ours.configuration.name.clone());
            continue;
        };
        let theirs = unmatched.remove(place);
        let runs = [representative_runs(&baseline.method, ours), representative_runs(&candidate.method, theirs)];
        configurations.push(ConfigurationComparison {
            configuration: ours.configuration.clone(),
            candidate_name: theirs.configuration.name.clone(),
            metrics: Metric::ALL.map(|metric| compare_metric(metric, &runs[0], &runs[1])).into(),
        });
    }
    if configurations.is_empty() {
        return Err(CompareError::NothingInCommon { baseline: names(baseline), candidate: names(candidate) });
    }
    Ok(Comparison {
        baseline: side(baseline),
        candidate: side(candidate),
        rule: RULE,
        warnings: warnings(baseline, candidate),
        configurations,
        only_in_baseline,
        only_in_candidate: unmatched.into_iter().map(|one| one.configuration.name.clone()).collect(),
    })
}

/// The runs that stand for a configuration: see [`compare`].
pub(super) fn representative_runs<'a>(method: &Method, one: &'a ConfigurationResult) -> Vec<&'a RunResult> {
    let Some(limit_ms) = method.max_rate_p99_ms else { return one.good_runs().collect() };
    // 0: no rate held the latency. None: the search was cut short.
    let Some(rate) = one.max_rate_images_per_s.filter(|&rate| rate > 0.0) else { return Vec::new() };
    let distance = |run: &RunResult| (run.producer.images_per_s - rate).abs();
    one.good_runs()
        .filter(|run| run.end_to_end_latency.p99_micros as f64 <= limit_ms * 1e3)
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .into_iter()
        .collect()
}

/// Whether the candidate's values differ from the baseline's by more than noise.
pub(super) fn verdict(metric: Metric, baseline: &[f64], candidate: &[f64]) -> Verdict {
    let Some(interval) = interval(metric, baseline, candidate) else { return Verdict::TooFewRepeats };
    match (interval.low > 0.0, interval.high < 0.0, metric.is_throughput()) {
        (true, _, true) | (_, true, false) => Verdict::Faster,
        (true, _, false) | (_, true, true) => Verdict::Slower,
        (false, false, _) => Verdict::WithinNoise,
    }
}

/// Of the difference of the means, in the metric's own unit.
fn interval(metric: Metric, baseline: &[f64], candidate: &[f64]) -> Option<Interval> {
    let interval = welch_interval_95(baseline, candidate)?;
    if metric.is_throughput() {
        return Some(interval);
    }
    Some(interval.at_least(LATENCY_RESOLUTION * mean(baseline)?.max(mean(candidate)?)))
}

fn compare_metric(metric: Metric, baseline: &[&RunResult], candidate: &[&RunResult]) -> MetricComparison {
    let (baseline, candidate) = (metric.of_all(baseline), metric.of_all(candidate));
    let medians = (median(&baseline), median(&candidate));
    let change_percent = match medians {
        (Some(before), Some(after)) if before > 0.0 => Some(100.0 * (after - before) / before),
        _ => None,
    };
    let scale = mean(&baseline).filter(|&mean| mean > 0.0).map(|mean| 100.0 / mean);
    MetricComparison {
        metric,
        baseline: Sample { runs: baseline.len(), median: medians.0 },
        candidate: Sample { runs: candidate.len(), median: medians.1 },
        change_percent,
        interval_percent: scale.and_then(|scale| Some(interval(metric, &baseline, &candidate)?.scaled(scale))),
        verdict: verdict(metric, &baseline, &candidate),
    }
}

/// Whether all is the same but the name.
pub(super) fn are_same(one: &Configuration, other: &Configuration) -> bool {
    Configuration { name: String::new(), ..one.clone() } == Configuration { name: String::new(), ..other.clone() }
}

fn side(results: &BenchmarkResults) -> Side {
    Side {
        benchmark_id: results.benchmark_id.clone(),
        started_at: results.started_at.clone(),
        program_version: results.program_version.clone(),
    }
}

fn names(results: &BenchmarkResults) -> String {
    let mut names: Vec<&str> = results.configurations.iter().map(|one| one.configuration.name.as_str()).collect();
    let more = names.len().saturating_sub(NAMES_MAX);
    names.truncate(NAMES_MAX);
    match (names.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}

fn warnings(baseline: &BenchmarkResults, candidate: &BenchmarkResults) -> Vec<String> {
    let mut warnings = Vec::new();
    for (name, results) in [("baseline", baseline), ("candidate", candidate)] {
        if !results.is_complete {
            warnings.push(format!("the {name} is incomplete: it was stopped or failed before its last run"));
        }
        if let Some(limit_ms) = results.method.max_rate_p99_ms {
            warnings.push(format!(
                "the {name} looked for the highest rate within a p99 of {limit_ms} ms: one run, at that rate, stands for \
                 each configuration, and there are no repeats"
            ));
        }
    }
    let differences = circumstances(baseline).into_iter().zip(circumstances(candidate));
    for ((what, before), (_, after)) in differences {
        if before != after {
            warnings.push(format!("{what} differs: {before} in the baseline, {after} in the candidate"));
        }
    }
    let memory = |results: &BenchmarkResults| results.machine.memory_bytes as f64;
    if !is_near(memory(baseline), memory(candidate)) {
        let (before, after) = (memory(baseline) / 1e9, memory(candidate) / 1e9);
        warnings.push(format!("memory differs: {before:.1} GB in the baseline, {after:.1} GB in the candidate"));
    }
    let (before, after) = (baseline.payloads.mean_bytes, candidate.payloads.mean_bytes);
    if !is_near(before, after) {
        warnings.push(format!(
            "the mean image size differs: {:.1} kB in the baseline, {:.1} kB in the candidate",
            before / 1e3,
            after / 1e3
        ));
    }
    warnings
}

fn is_near(baseline: f64, candidate: f64) -> bool {
    (candidate - baseline).abs() <= SAME_SIZE * baseline
}

/// What must be the same, in words.
fn circumstances(results: &BenchmarkResults) -> Vec<(&'static str, String)> {
    let (broker, machine, method) = (&results.broker, &results.machine, &results.method);
    let pace = match (method.rate_images_per_s, method.max_rate_p99_ms) {
        (Some(rate), _) => format!("{rate} images/s"),
        (None, Some(limit_ms)) => format!("the highest rate within {limit_ms} ms"),
        (None, None) => "full speed".to_owned(),
    };
    let length = match (method.duration_s, method.images) {
        (Some(duration_s), _) => format!("{duration_s} s"),
        (None, Some(images)) => format!("{images} images"),
        (None, None) => "unknown".to_owned(),
    };
    let version = broker.version.as_deref().unwrap_or("unknown");
    vec![
        ("the kind of broker", broker.kind.clone()),
        ("the broker's version", version.to_owned()),
        ("the number of brokers", broker.brokers.to_string()),
        ("the processor", machine.cpu.clone()),
        ("the number of cores", machine.cores.to_string()),
        ("the operating system", machine.os.clone()),
        ("the kernel", machine.kernel.clone()),
        ("the mode", method.mode.clone()),
        ("the time of consumption", if method.backlog { "after production" } else { "during production" }.to_owned()),
        ("the pace", pace),
        ("the length of a run", length),
        ("the number of consumers", method.consumers.to_string()),
        ("the program's version", results.program_version.clone()),
        ("the client's version", results.client_version.clone()),
    ]
}

/// A comparison as people read it: one block a configuration, one line a metric.
pub fn to_table(comparison: &Comparison) -> String {
    let mut text = String::new();
    for (name, side) in [("Baseline", &comparison.baseline), ("Candidate", &comparison.candidate)] {
        let Side { benchmark_id, started_at, program_version } = side;
        _ = writeln!(text, "{name:<9}  {benchmark_id}, {started_at}, version {program_version}");
    }
    for warning in &comparison.warnings {
        push_wrapped(&mut text, &format!("Warning: {warning}"));
    }
    let blocks: Vec<Vec<Vec<String>>> = comparison.configurations.iter().map(rows).collect();
    let widths = widths(blocks.iter().flatten());
    for (one, rows) in comparison.configurations.iter().zip(&blocks) {
        _ = writeln!(text, "\n{}", heading(one));
        for row in rows {
            _ = writeln!(text, "{}", line(row, &widths));
        }
        if rows.len() == 1 {
            text.push_str("  no good run on either side\n");
        }
    }
    text.push('\n');
    for (which, names) in [("baseline", &comparison.only_in_baseline), ("candidate", &comparison.only_in_candidate)] {
        if !names.is_empty() {
            push_wrapped(&mut text, &format!("Only in the {which}: {}", names.join(", ")));
        }
    }
    push_wrapped(&mut text, comparison.rule);
    text
}

fn heading(one: &ConfigurationComparison) -> String {
    let name = &one.configuration.name;
    if *name == one.candidate_name { name.clone() } else { format!("{name} (candidate: {})", one.candidate_name) }
}

/// The heading, and the metrics that a side measured.
fn rows(one: &ConfigurationComparison) -> Vec<Vec<String>> {
    let heading = ["", "baseline", "candidate", "change", "95 % interval", "runs", "verdict"].map(str::to_owned);
    let measured = one.metrics.iter().filter(|one| one.baseline.runs + one.candidate.runs > 0);
    std::iter::once(heading.into()).chain(measured.map(row)).collect()
}

fn row(one: &MetricComparison) -> Vec<String> {
    let none = || "–".to_owned();
    let value = |sample: Sample| sample.median.map_or_else(none, |value| one.metric.with_unit(value));
    vec![
        one.metric.label().to_owned(),
        value(one.baseline),
        value(one.candidate),
        one.change_percent.map_or_else(none, |change| format!("{change:+.1} %")),
        one.interval_percent.map_or_else(none, |Interval { low, high }| format!("{low:+.1} to {high:+.1} %")),
        format!("{}/{}", one.baseline.runs, one.candidate.runs),
        one.verdict.words().to_owned(),
    ]
}

fn widths<'a>(rows: impl Iterator<Item = &'a Vec<String>>) -> Vec<usize> {
    let mut widths = Vec::new();
    for row in rows {
        widths.resize(row.len().max(widths.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    widths
}

/// Words to the left, numbers to the right.
fn line(row: &[String], widths: &[usize]) -> String {
    let last = row.len().saturating_sub(1);
    let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, &width))| match column {
        0 => format!("{cell:<width$}"),
        column if column == last => cell.clone(),
        _ => format!("{cell:>width$}"),
    });
    format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
}

/// Adds a paragraph, broken between words; further lines are indented.
pub(super) fn push_wrapped(text: &mut String, paragraph: &str) {
    let mut width = 0;
    for word in paragraph.split_whitespace() {
        let word_width = word.chars().count();
        if width > 0 && width + 1 + word_width > LINE_WIDTH {
            text.push_str("\n ");
            width = 1;
        }
        if width > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += word_width;
    }
    text.push('\n');
}

/// Three significant digits, or all those before the point.
fn rate(images_per_s: f64) -> String {
    let decimals = match images_per_s {
        rate if rate < 10.0 => 2,
        rate if rate < 100.0 => 1,
        _ => 0,
    };
    format!("{images_per_s:.decimals$}")
}

/// With the unit that fits.
fn latency(micros: f64) -> String {
    match micros {
        micros if micros < 1e3 => format!("{micros:.0} µs"),
        micros if micros < 1e5 => format!("{:.1} ms", micros / 1e3),
        micros if micros < 1e6 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}
