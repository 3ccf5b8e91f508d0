//! The consumer groups of a benchmark with several.

use super::section;
use super::table::table;
use crate::report::format::{count, micros, short};
use crate::results::{BenchmarkResults, GroupSummary};

const HEADING: [&str; 8] =
    ["configuration", "group", "received, /s", "end to end p50", "p99", "largest lag", "missing", "twice"];

/// Each group by itself; `None` if there was one only.
pub(super) fn groups(results: &BenchmarkResults) -> Option<String> {
    let mut rows = vec![HEADING.map(str::to_owned).to_vec()];
    for one in &results.configurations {
        rows.extend(one.groups().iter().map(|group| row(&one.configuration.name, group)));
    }
    let text = "<p>Each group received every record.</p>\n";
    (rows.len() > 1).then(|| section("groups", "Consumer groups", &format!("{text}{}", table(&rows, true))))
}

fn row(name: &str, group: &GroupSummary) -> Vec<String> {
    let end = &group.end_to_end_latency;
    let latency = |value: u64| if end.count == 0 { "–".to_owned() } else { micros(value) };
    vec![
        name.to_owned(),
        group.group.to_string(),
        short(group.images_per_s),
        latency(end.p50_micros),
        latency(end.p99_micros),
        count(group.max_lag),
        count(group.missing),
        count(group.duplicates),
    ]
}
