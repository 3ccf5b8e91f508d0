//! The clients' properties in force: those common to all configurations, and those that differ.

use std::collections::{BTreeMap, BTreeSet};

use super::section;
use super::table::table;
use crate::results::{BenchmarkResults, RunResult};

const SIDE_BY_SIDE: usize = 5;

pub(super) fn in_force(results: &BenchmarkResults) -> String {
    let content = [
        client(results, "Producer", |run| &run.producer_configuration),
        client(results, "Consumer", |run| &run.consumer_configuration),
    ];
    let note = "<p class=\"note\">librdkafka's names; defaults included, addresses and secrets left out.</p>\n";
    section("in-force", "Client properties in force", &format!("{note}{}", content.concat()))
}

fn client(
    results: &BenchmarkResults,
    heading: &str,
    properties: fn(&RunResult) -> &BTreeMap<String, String>,
) -> String {
    // All runs of a configuration have the same properties.
    let all: Vec<(&str, &BTreeMap<String, String>)> = results
        .configurations
        .iter()
        .filter_map(|one| {
            let run = one.runs.iter().find(|run| !properties(run).is_empty())?;
            Some((one.configuration.name.as_str(), properties(run)))
        })
        .collect();
    let names: BTreeSet<&String> = all.iter().flat_map(|(_, properties)| properties.keys()).collect();
    let is_common = |name: &&&String| all.windows(2).all(|pair| pair[0].1.get(**name) == pair[1].1.get(**name));
    let (common, differing): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| is_common(name));
    let value = |properties: &BTreeMap<String, String>, name: &str| {
        properties.get(name).cloned().unwrap_or_else(|| "–".to_owned())
    };
    let mut out = format!("<h3>{heading}</h3>\n");
    if !differing.is_empty() {
        for chunk in all.chunks(SIDE_BY_SIDE) {
            let heading =
                std::iter::once("different".to_owned()).chain(chunk.iter().map(|(name, _)| (*name).to_owned()));
            let mut rows: Vec<Vec<String>> = vec![heading.collect()];
            rows.extend(differing.iter().map(|name| {
                let values = chunk.iter().map(|(_, properties)| value(properties, name));
                std::iter::once((*name).clone()).chain(values).collect()
            }));
            out.push_str(&table(&rows, false));
        }
    }
    if let Some((_, first)) = all.first() {
        let mut rows = vec![vec!["the same in all".to_owned(), String::new()]];
        rows.extend(common.iter().map(|name| vec![(*name).clone(), value(first, name)]));
        out.push_str(&table(&rows, false));
    } else {
        out.push_str("<p>No run has reported them.</p>\n");
    }
    out
}
