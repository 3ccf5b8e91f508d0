//! Every run, in the order of the benchmark.

use super::section;
use super::table::table;
use crate::report::format::{count, micros, millis, short};
use crate::report::markup::escaped;
use crate::results::{BenchmarkResults, LatencyResult, RunResult, RunStatus};

const HEADING: [&str; 16] = [
    "run",
    "configuration",
    "repeat",
    "status",
    "asked, /s",
    "sent",
    "acked",
    "received",
    "missing",
    "twice",
    "images/s",
    "MB/s",
    "end to end p99",
    "ack p99",
    "largest lag",
    "CPU",
];

pub(super) fn runs(results: &BenchmarkResults) -> String {
    let mut all: Vec<(&str, &RunResult)> = results
        .configurations
        .iter()
        .flat_map(|one| one.runs.iter().map(|run| (one.configuration.name.as_str(), run)))
        .collect();
    all.sort_by_key(|(_, run)| run.order);
    if all.is_empty() {
        return section("runs", "Runs", "<p>No run has ended.</p>\n");
    }
    let mut rows = vec![HEADING.map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(|(name, run)| row(name, run)));
    section("runs", "Runs", &format!("{}{}", table(&rows, true), remarks(&all)))
}

fn row(name: &str, run: &RunResult) -> Vec<String> {
    let p99 = |latency: &LatencyResult| match latency.count {
        0 => "–".to_owned(),
        _ => micros(latency.p99_micros),
    };
    let status = if run.status == RunStatus::Ok { "✓ ok" } else { "✗ failed" };
    vec![
        run.order.to_string(),
        name.to_owned(),
        run.repeat.to_string(),
        status.to_owned(),
        run.rate_images_per_s.map_or_else(|| "–".to_owned(), short),
        count(run.sent),
        count(run.acknowledged),
        count(run.received),
        count(run.missing),
        count(run.duplicates),
        short(run.producer.images_per_s),
        short(run.producer.payload_mb_per_s),
        p99(&run.end_to_end_latency),
        p99(&run.acknowledgement_latency),
        count(run.max_lag),
        millis(run.cpu_s * 1e3),
    ]
}

/// Problems and remarks, each once, with the numbers of their runs.
fn remarks(all: &[(&str, &RunResult)]) -> String {
    let mut found: Vec<(&str, String, Vec<String>)> = Vec::new();
    for (_, run) in all {
        let problems = run.problems.iter().map(|text| ("Failed", text.to_string()));
        for (kind, text) in problems.chain(run.remarks.iter().map(|remark| ("Remark", remark.in_common()))) {
            match found.iter_mut().find(|(known_kind, known, _)| *known_kind == kind && *known == text) {
                Some((_, _, runs)) => runs.push(run.order.to_string()),
                None => found.push((kind, text, vec![run.order.to_string()])),
            }
        }
    }
    let items: String = found
        .iter()
        .map(|(kind, text, runs)| {
            let whose =
                if runs.len() == all.len() { "all runs".to_owned() } else { format!("run {}", runs.join(", ")) };
            format!("<li><b>{kind}</b>, {}: {}</li>\n", escaped(&whose), escaped(text))
        })
        .collect();
    if items.is_empty() { items } else { format!("<ul class=\"cautions\">\n{items}</ul>\n") }
}
