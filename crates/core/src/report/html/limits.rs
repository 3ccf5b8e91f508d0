//! What every run had to reach, and how that came out.

use super::section;
use super::table::table;
use crate::report::markup::escaped;
use crate::results::BenchmarkResults;
use crate::verdict::limits::{LimitOutcome, check, ended_early};

const HEADING: [&str; 4] = ["threshold", "outcome", "at worst", "of"];

/// The absolute thresholds of the benchmark; `None` if it had none.
pub(super) fn limits(results: &BenchmarkResults) -> Option<String> {
    let outcomes = check(results, &results.method.thresholds);
    let mut rows = vec![HEADING.map(str::to_owned).to_vec()];
    rows.extend(outcomes.iter().map(row));
    let early = ended_early(results).map(|line| format!("<p>The benchmark {}.</p>\n", escaped(&line)));
    let text = format!("{}{}", early.unwrap_or_default(), table(&rows, false));
    (!outcomes.is_empty()).then(|| section("thresholds", "Thresholds", &text))
}

fn row(outcome: &LimitOutcome) -> Vec<String> {
    let whose = outcome.missed.first().filter(|run| run.measured.is_none()).or(outcome.worst.as_ref());
    let whose = whose.map_or_else(|| "–".to_owned(), ToString::to_string);
    vec![outcome.limit.to_string(), outcome.text(), outcome.worst_text(), whose]
}
