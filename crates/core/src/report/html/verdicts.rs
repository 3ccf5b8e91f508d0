//! The recommendation, and what changed.

use super::section;
use super::table::table;
use crate::report::format::minute;
use crate::report::markup::escaped;
use crate::results::BenchmarkResults;
use crate::verdict::compare::{Change, Comparison, Verdict, compare};
use crate::verdict::metric::{Margin, Metric};
use crate::verdict::ranking::{Standing, rank};
use crate::verdict::recommend::{Aim, Choice, Client, Recommendation, recommend};

pub(super) fn recommendation(results: &BenchmarkResults, margin: Margin) -> String {
    let content = match recommend(results, margin) {
        Ok(recommendation) => choices(&recommendation),
        Err(reason) => format!("<p>{}</p>\n", escaped(&capital(&reason.to_string()))),
    };
    section("recommended", "Recommended", &format!("{content}{}", standings(results, margin)))
}

fn choices(recommendation: &Recommendation) -> String {
    let card = |(aim, choice): (Aim, &Choice)| {
        let leads = if choice.is_certain { "" } else { " (leads, not decided)" };
        format!(
            "<div class=\"card\"><p class=\"aim\">For {}{leads}</p><h3>{}</h3><p>{}</p><details><summary>As client \
             properties</summary><pre>{}</pre></details></div>\n",
            aim.name(),
            escaped(&choice.configuration.name),
            escaped(&capital(&choice.reason.to_string())),
            escaped(&recommendation.properties(&choice.configuration, Client::Librdkafka)),
        )
    };
    let cards: String =
        Aim::ALL.into_iter().filter_map(|aim| Some((aim, recommendation.choice(aim)?))).map(card).collect();
    let open = recommendation.open.iter().map(|open| format!("<p>{}</p>\n", escaped(&open.to_string())));
    let open: String = open.collect();
    let preface = preface_of(recommendation);
    format!("{preface}<div class=\"cards\">\n{cards}</div>\n{open}{}", notes(&recommendation.notes()))
}

fn preface_of(recommendation: &Recommendation) -> String {
    let preface = recommendation.preface();
    let lines = preface.iter().map(|text| format!("<p class=\"preface\">{}</p>\n", escaped(&capital(text))));
    lines.collect()
}

/// What is said before and after what a race found.
pub(super) fn cautions(results: &BenchmarkResults, margin: Margin) -> (String, String) {
    match recommend(results, margin) {
        Ok(recommendation) => (preface_of(&recommendation), notes(&recommendation.notes())),
        Err(_) => (String::new(), String::new()),
    }
}

/// The verdict on each configuration, for each figure.
fn standings(results: &BenchmarkResults, margin: Margin) -> String {
    let ranked: Vec<_> =
        Metric::ALL.into_iter().filter_map(|metric| Some((metric, rank(results, metric, margin).ok()?))).collect();
    if ranked.is_empty() {
        return String::new();
    }
    let mut rows = vec![
        std::iter::once("configuration")
            .chain(ranked.iter().map(|(metric, _)| metric.name()))
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    ];
    for (index, one) in results.configurations.iter().enumerate() {
        let text = |(metric, ranking): &(Metric, crate::verdict::ranking::Ranking)| {
            ranking.place(index).map_or_else(|| "–".to_owned(), |place| marked(place.standing, *metric))
        };
        rows.push(std::iter::once(one.configuration.name.clone()).chain(ranked.iter().map(text)).collect());
    }
    let rule = format!(
        "Against the best of each figure, 95 % for all configurations together; as fast: within {margin} for certain. Rounds \
         are blocks, noise is pooled over all configurations."
    );
    format!("<h3>Verdicts</h3>\n{}<p class=\"note\">{}</p>\n", table(&rows, false), escaped(&rule))
}

fn marked(standing: Standing, metric: Metric) -> String {
    let mark = match standing {
        Standing::Fastest => "★ ",
        Standing::AsFast => "≈ ",
        Standing::Slower { .. } => "▼ ",
        Standing::Undecided { .. } => "",
    };
    format!("{mark}{}", standing.text(metric))
}

fn notes(all: &[impl ToString]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let items: String = all.iter().map(|note| format!("<li>{}</li>\n", escaped(&capital(&note.to_string())))).collect();
    format!("<h3>Notes</h3>\n<ul class=\"cautions\">\n{items}</ul>\n")
}

pub(super) fn comparison(baseline: &BenchmarkResults, results: &BenchmarkResults, margin: Margin) -> String {
    let against =
        format!("<p>Against {}, begun {}.</p>\n", escaped(&baseline.title()), escaped(&minute(&baseline.started_at)));
    let content = match compare(baseline, results, margin) {
        Ok(comparison) => changes(&comparison),
        Err(reason) => format!("<p>{}</p>\n", escaped(&capital(&reason.to_string()))),
    };
    section("baseline", "Against the baseline", &format!("{against}{content}"))
}

fn changes(comparison: &Comparison) -> String {
    let heading = ["configuration", "figure", "baseline", "now", "change", "95 % interval", "verdict"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for one in &comparison.compared {
        let shown = one.changes.iter().filter(|change| !change.is_empty());
        rows.extend(shown.map(|change| cells(&one.configuration.name, change)));
    }
    let alone = [("baseline", &comparison.only_baseline), ("benchmark", &comparison.only_candidate)];
    let alone: String = alone
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(side, names)| format!("<p class=\"note\">Only in the {side}: {}</p>\n", escaped(&names.join(", "))))
        .collect();
    let rule = escaped(&format!("{}.", capital(&comparison.rule().replace('\n', " "))));
    format!("{}<p class=\"note\">{rule}</p>\n{alone}{}", table(&rows, true), notes(&comparison.warnings))
}

fn cells(name: &str, change: &Change) -> Vec<String> {
    let mark = match change.verdict {
        Verdict::Faster => "▲ ",
        Verdict::Slower => "▼ ",
        Verdict::AsFast => "≈ ",
        Verdict::Undecided | Verdict::NotInBaseline | Verdict::NotMeasured => "",
    };
    let [figure, baseline, candidate, percent, interval, verdict] = change.cells();
    vec![name.to_owned(), figure, baseline, candidate, percent, interval, format!("{mark}{verdict}")]
}

/// With a capital first letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
