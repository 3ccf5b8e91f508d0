//! What a race found, and how each configuration stands.

use super::section;
use super::table::table;
use super::verdicts;
use crate::report::markup::escaped;
use crate::report::race_board::{RaceBoard, RaceLine, RacePlace};
use crate::results::{BenchmarkResults, RaceResult};
use crate::verdict::metric::Margin;
use crate::verdict::properties::Client;
use crate::verdict::race_text::{behind_text, choice_heading, conclusion, properties, topic_options};

/// The section; nothing without a race.
pub(super) fn race(results: &BenchmarkResults, margin: Margin) -> Option<String> {
    let (race, board) = (results.race.as_ref()?, RaceBoard::of(results)?);
    let sentences = conclusion(results, race);
    let found: String = sentences.iter().map(|sentence| format!("<li>{}</li>\n", escaped(sentence))).collect();
    let heading = ["configuration", "standing", "behind", "95 %", "measured", "measurements"].map(str::to_owned);
    let rows: Vec<Vec<String>> =
        std::iter::once(heading.to_vec()).chain(board.lines.iter().map(|line| row(&board, line))).collect();
    let note = format!(
        "Behind: {}. Measured: the median of all measurements, at different times; distances are compared between neighbours \
         and do not follow from it.",
        board.axis_text()
    );
    let (preface, notes) = verdicts::cautions(results, margin);
    let content = format!(
        "{preface}{}<ul>\n{found}</ul>\n{}<p class=\"note\">{}</p>\n{notes}",
        copies(results, race),
        table(&rows, false),
        escaped(&note)
    );
    Some(section("race", &format!("Race for {}", race.goal), &content))
}

/// The choice with its properties, and how to make its topic.
fn copies(results: &BenchmarkResults, race: &RaceResult) -> String {
    let Some(choice) = race.choice.and_then(|choice| results.configurations.get(choice)) else {
        return String::new();
    };
    let details = |summary: &str, text: Option<String>| {
        let text = text.map(|text| escaped(&text));
        text.map(|text| format!("<details><summary>{summary}</summary><pre>{text}</pre></details>")).unwrap_or_default()
    };
    format!(
        "<div class=\"cards\">\n<div class=\"card\"><p class=\"aim\">{}</p><h3>{}</h3>{}{}{}</div>\n</div>\n",
        choice_heading(race),
        escaped(&choice.configuration.name),
        details("As client properties", properties(results, race, Client::Librdkafka)),
        details("For Java clients", properties(results, race, Client::Java)),
        details("Its topic", topic_options(results, race)),
    )
}

fn row(board: &RaceBoard, line: &RaceLine) -> Vec<String> {
    let mark = match line.place {
        RacePlace::Leader => "★ ",
        RacePlace::AsGood => "≈ ",
        RacePlace::Running => "",
        RacePlace::Out => "▼ ",
    };
    let none = || "–".to_owned();
    let behind = line.behind.map(|behind| behind_text(board.goal, (behind.percent, behind.percent)));
    let interval = line.behind.and_then(|behind| behind.interval).map(|range| behind_text(board.goal, range));
    vec![
        line.name.clone(),
        format!("{mark}{}", line.standing),
        behind.unwrap_or_else(none),
        interval.unwrap_or_else(none),
        if line.figure.is_empty() { none() } else { line.figure.clone() },
        line.measurements.to_string(),
    ]
}
