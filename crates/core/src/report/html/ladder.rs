//! The steps of ladders.

use super::section;
use super::table::table;
use crate::report::format::{count, micros, short, trimmed};
use crate::report::markup::escaped;
use crate::results::{BenchmarkResults, LadderStep, held_in_words};

/// A table for each configuration; `None` without a ladder.
pub(super) fn steps(results: &BenchmarkResults) -> Option<String> {
    let climbed = results.configurations.iter().filter(|one| !one.ladder.is_empty());
    let tables: Vec<String> = climbed
        .map(|one| {
            let heading = ["rate, images/s", "achieved", "p50", "p99", "p99.9", "lost", "runs", ""];
            let rows = std::iter::once(heading.map(str::to_owned).to_vec()).chain(one.ladder.iter().map(row));
            let highest = one.max_rate_images_per_s.filter(|rate| *rate > 0.0);
            let highest = highest.map(|rate| format!("{} images/s", trimmed(&short(rate))));
            let held = held_in_words(highest, one.max_rate_is_lower_bound);
            let heading = escaped(&format!("{}: {held}", one.configuration.name));
            format!("<h3>{heading}</h3>\n{}", table(&rows.collect::<Vec<_>>(), true))
        })
        .collect();
    let limits = results.method.ladder.unwrap_or_default();
    let limit = limits.p99_ms.map(|ms| format!(", its p99 was at most {ms} ms")).unwrap_or_default();
    let note = format!(
        "<p class=\"note\">End-to-end latency at each rate. A step held if in most of its runs at least 99.5 % of the rate was \
         achieved{limit} and nothing was lost. p99 needs 100 latencies, p99.9 needs 1,000.</p>\n"
    );
    (!tables.is_empty()).then(|| section("ladder", "Latency against rate", &format!("{}{note}", tables.concat())))
}

fn row(step: &LadderStep) -> Vec<String> {
    let latency = |value: Option<u64>| value.map_or_else(|| "–".to_owned(), micros);
    vec![
        short(step.rate_images_per_s),
        if step.latencies > 0 { short(step.achieved_images_per_s) } else { "–".to_owned() },
        latency((step.latencies > 0).then_some(step.p50_micros)),
        latency(step.p99()),
        latency(step.p999()),
        if step.lost == 0 {
            "0".to_owned()
        } else {
            format!("{} ({} %)", count(step.lost), short(step.loss_percent()))
        },
        step.runs.to_string(),
        step.outcome.to_string(),
    ]
}
