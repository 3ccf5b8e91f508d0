//! What to take, and what changed.

use super::section;
use super::table::table;
use crate::report::markup::escaped;
use crate::report::results::BenchmarkResults;
use crate::report::shown::minute;
use crate::verdict::compare::{Change, Comparison, RULE, Verdict, compare};
use crate::verdict::recommend::{Choice, Client, Recommendation, recommend};

pub(super) fn recommendation(results: &BenchmarkResults) -> String {
    let content = match recommend(results) {
        Ok(recommendation) => choices(&recommendation),
        Err(reason) => format!("<p>{}</p>\n", escaped(&capital(&reason.to_string()))),
    };
    section("recommended", "Recommended", &content)
}

fn choices(recommendation: &Recommendation) -> String {
    let all = [
        ("For balance", &recommendation.balanced),
        ("For throughput", &recommendation.throughput),
        ("For latency", &recommendation.latency),
    ];
    let chosen: Vec<(&str, &Choice)> =
        all.into_iter().filter_map(|(aim, choice)| Some((aim, choice.as_ref()?))).collect();
    let card = |(aim, choice): &(&str, &Choice)| {
        format!(
            "<div class=\"card\"><p class=\"aim\">{aim}</p><h3>{}</h3><p>{}</p><details><summary>As client \
             properties</summary><pre>{}</pre></details></div>\n",
            escaped(&choice.configuration.name),
            escaped(&capital(&choice.reason)),
            escaped(&recommendation.properties(&choice.configuration, Client::Librdkafka)),
        )
    };
    let cards: String = chosen.iter().map(card).collect();
    format!("<div class=\"cards\">\n{cards}</div>\n{}", cautions(&recommendation.cautions))
}

fn cautions(all: &[String]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let items: String = all.iter().map(|caution| format!("<li>{}</li>\n", escaped(&capital(caution)))).collect();
    format!("<h3>Mind</h3>\n<ul class=\"cautions\">\n{items}</ul>\n")
}

pub(super) fn comparison(baseline: &BenchmarkResults, results: &BenchmarkResults) -> String {
    let against =
        format!("<p>Against {}, begun {}.</p>\n", escaped(&baseline.title()), escaped(&minute(&baseline.started_at)));
    let content = match compare(baseline, results) {
        Ok(comparison) => changes(&comparison),
        Err(reason) => format!("<p>{}</p>\n", escaped(&capital(&reason.to_string()))),
    };
    section("baseline", "Against the baseline", &format!("{against}{content}"))
}

fn changes(comparison: &Comparison) -> String {
    let heading = ["configuration", "figure", "baseline", "now", "change", "95 % interval", "verdict"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for one in &comparison.compared {
        rows.extend(one.changes.iter().map(|change| cells(&one.configuration.name, change)));
    }
    let alone = [("baseline", &comparison.only_baseline), ("benchmark", &comparison.only_candidate)];
    let alone: String = alone
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(side, names)| format!("<p class=\"note\">Only in the {side}: {}</p>\n", escaped(&names.join(", "))))
        .collect();
    let rule = escaped(&format!("Medians of the repeats; {}.", RULE.replace('\n', " ")));
    format!("{}<p class=\"note\">{rule}</p>\n{alone}{}", table(&rows, true), cautions(&comparison.warnings))
}

fn cells(name: &str, change: &Change) -> Vec<String> {
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| change.metric.shown(value));
    let percent = |value: f64| format!("{value:+.1} %");
    let interval = change.interval_percent.map(|(low, high)| format!("{} to {}", percent(low), percent(high)));
    let verdict = match change.verdict {
        Verdict::Faster => "▲ faster",
        Verdict::Slower => "▼ slower",
        Verdict::WithinNoise => "≈ within noise",
        Verdict::TooFewRepeats => "too few repeats",
    };
    vec![
        name.to_owned(),
        change.metric.name().to_owned(),
        shown(change.baseline),
        shown(change.candidate),
        change.change_percent.map_or_else(|| "–".to_owned(), percent),
        interval.unwrap_or_else(|| "–".to_owned()),
        verdict.to_owned(),
    ]
}

/// As a sentence begins.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
