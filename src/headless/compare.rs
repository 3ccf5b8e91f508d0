//! The commands `compare` and `recommend`, and the comparison at the end of a benchmark.

use std::path::Path;

use super::{DONE, FAILED, MISSED, print, print_text, say};
use crate::cli::{CompareArgs, Judging, OutputFormat, RecommendArgs};
use kafka_image_bench_core::configuration::Configuration;
use kafka_image_bench_core::engine::report::{Outcome, RunReport};
use kafka_image_bench_core::results::files::read;
use kafka_image_bench_core::results::{BenchmarkResults, ConfigurationResult, Limit};
use kafka_image_bench_core::verdict::compare::{Comparison, compare, have_equal_settings};
use kafka_image_bench_core::verdict::limits;
use kafka_image_bench_core::verdict::recommend::{Client, recommend};
use kafka_image_bench_core::verdict::threshold::Thresholds;

pub(super) fn compare_files(args: &CompareArgs, format: OutputFormat) -> anyhow::Result<u8> {
    let (baseline, candidate) = match (read(&args.baseline), read(&args.candidate)) {
        (Ok(baseline), Ok(candidate)) => (baseline, candidate),
        (Err(error), _) | (_, Err(error)) => {
            say(&format!("error: {error}"));
            return Ok(super::USAGE);
        }
    };
    let judging = Judging::new(args.threshold.clone(), args.strict, args.margin);
    let comparison = compare(&baseline, &candidate, judging.margin)?;
    show(&comparison, format)?;
    let limits = args.threshold.as_ref().map_or(&[][..], Thresholds::limits);
    Ok(check_limits(&candidate, limits, check(&comparison, &judging, DONE)))
}

pub(super) fn recommend_file(args: &RecommendArgs, format: OutputFormat) -> anyhow::Result<u8> {
    let results = match read(&args.results) {
        Ok(results) => results,
        Err(error) => {
            say(&format!("error: {error}"));
            return Ok(super::USAGE);
        }
    };
    let recommendation = recommend(&results, args.margin)?;
    match format {
        OutputFormat::Text => print_text(&recommendation.to_text(args.client)),
        OutputFormat::Json => print(&serde_json::to_string_pretty(&recommendation)?),
        OutputFormat::Csv | OutputFormat::Quiet => {}
    }
    Ok(check_limits(&results, args.threshold.as_ref().map_or(&[][..], Thresholds::limits), DONE))
}

/// Reads the baseline before anything is measured, so that a wrong name, or a baseline of other configurations, is found
/// before the benchmark.
pub(super) fn read_baseline(
    path: Option<&Path>,
    planned: &[Configuration],
) -> Result<Option<BenchmarkResults>, String> {
    let baseline = path.map(read).transpose()?;
    let is_planned =
        |one: &ConfigurationResult| planned.iter().any(|other| have_equal_settings(&one.configuration, other));
    match &baseline {
        Some(results) if !results.configurations.iter().any(is_planned) => {
            let names: Vec<&str> = results.configurations.iter().map(|one| one.configuration.name.as_str()).collect();
            Err(format!("the baseline has none of the configurations to be measured; it has {}", names.join(", ")))
        }
        _ => Ok(baseline),
    }
}

/// After a benchmark: a recommendation, and the comparison with the baseline.
pub(super) fn judge(
    code: u8,
    report: &RunReport,
    baseline: Option<&BenchmarkResults>,
    judging: &Judging,
    format: OutputFormat,
) -> anyhow::Result<u8> {
    let Some((results, _)) = &report.benchmark else { return Ok(code) };
    // A race has its own recommendation.
    if format == OutputFormat::Text
        && results.race.is_none()
        && let Ok(recommendation) = recommend(results, judging.margin)
    {
        print("");
        print_text(&recommendation.to_text(Client::Librdkafka));
    }
    let limits = &results.method.thresholds;
    if let Some(line) = limits::ended_early(results) {
        say(&line);
    }
    // A person who stopped it knows that it is not finished.
    let code = match report.outcome {
        Outcome::Done => check_limits(results, limits, code),
        _ => code,
    };
    let Some(baseline) = baseline.filter(|_| report.outcome == Outcome::Done) else { return Ok(code) };
    let comparison = compare(baseline, results, judging.margin)?;
    if format == OutputFormat::Text {
        print("");
        show(&comparison, format)?;
    }
    Ok(check(&comparison, judging, code))
}

fn show(comparison: &Comparison, format: OutputFormat) -> anyhow::Result<()> {
    match format {
        OutputFormat::Text => print_text(&comparison.to_text()),
        OutputFormat::Json => print(&serde_json::to_string_pretty(comparison)?),
        OutputFormat::Csv | OutputFormat::Quiet => {}
    }
    Ok(())
}

/// Prints how the runs kept absolute thresholds. One that is missed counts more than a run that failed: it is why the benchmark
/// ended.
fn check_limits(results: &BenchmarkResults, limits: &[Limit], code: u8) -> u8 {
    let outcomes = limits::check(results, limits);
    limits::lines(&outcomes).iter().for_each(|line| say(line));
    match (limits::is_missed(&outcomes), outcomes.iter().all(|outcome| outcome.is_kept())) {
        (true, _) => MISSED,
        // Nothing could be checked: it is not known that they are kept.
        (false, false) if code == DONE => FAILED,
        (false, _) => code,
    }
}

/// Prints the result of the thresholds. The exit code of a failed run stays.
fn check(comparison: &Comparison, judging: &Judging, code: u8) -> u8 {
    let Some(threshold) = &judging.threshold else { return code };
    let checked = threshold.check(comparison, judging.rule);
    checked.lines().iter().for_each(|line| say(line));
    if checked.is_passed() || code == FAILED { code } else { MISSED }
}
