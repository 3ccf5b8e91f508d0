//! The page of a run that is still running: its figures and charts so far. A script replaces its content again and again.

use super::{STYLE, charts, colours, figures, section};
use crate::report::charts::{TimeChart, time_svg_for_page};
use crate::report::html::table::table;
use crate::report::markup::escaped;
use crate::report::scale::Axes;
use crate::results::BenchmarkResults;

const LIVE_STYLE: &str = include_str!("live.css");

/// What the page shows. All texts may come from anywhere.
pub struct LiveRun<'a> {
    /// Its heading.
    pub title: &'a str,
    /// What the run is doing.
    pub status: &'a str,
    /// Whether that is a problem.
    pub is_problem: bool,
    /// Names and values below the heading.
    pub facts: &'a [(&'static str, String)],
    /// The figures.
    pub tiles: &'a [Tile],
    /// The run over time.
    pub charts: &'a [TimeChart<'a>],
    /// Headings, and rows with a heading of their own.
    pub tables: &'a [(&'static str, Vec<Vec<String>>)],
    /// A benchmark's finished runs.
    pub results: Option<&'a BenchmarkResults>,
}

/// One figure.
pub struct Tile {
    /// What it is.
    pub name: &'static str,
    /// The figure with its unit.
    pub value: String,
    /// More about it; may be empty.
    pub more: String,
}

/// The whole page, which loads nothing but the script at `script`.
pub fn page(run: &LiveRun<'_>, script: &str) -> String {
    let title = escaped(run.title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <title>{title} – Kafka Image Bench</title>\n<style>\n{}\n{STYLE}{LIVE_STYLE}</style>\n</head>\n<body>\n<p \
         class=\"product\">Kafka Image Bench</p>\n<main>\n{}</main>\n<footer><p id=\"connection\" role=\"status\"></p><p>Read \
         only. Figures for Prometheus are at <a href=\"metrics\">/metrics</a>. Kafka Image Bench {}.</p></footer>\n<script \
         src=\"{}\"></script>\n</body>\n</html>\n",
        colours(),
        content(run),
        escaped(env!("CARGO_PKG_VERSION")),
        escaped(script),
    )
}

/// What changes on the page.
pub fn content(run: &LiveRun<'_>) -> String {
    let class = if run.is_problem { "status problem" } else { "status" };
    let facts: String =
        run.facts.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escaped(value))).collect();
    let tables: String = run.tables.iter().map(|(heading, rows)| section("lag", heading, &table(rows, true))).collect();
    let over_time = run.charts.iter().map(time_chart).collect::<String>();
    let over_time = if run.charts.is_empty() { over_time } else { section("now", "Over time", &over_time) };
    let results = run.results.filter(|results| results.configurations.iter().any(|one| !one.runs.is_empty()));
    let results = results.map_or_else(String::new, |results| {
        format!("{}{}", charts(results, Axes::Automatic), figures::configurations(results))
    });
    format!(
        "<h1>{}</h1>\n<p class=\"{class}\">{}</p>\n<dl class=\"facts\">\n{facts}</dl>\n<div class=\"tiles\">\n{}</div>\n\
         {over_time}{tables}{results}",
        escaped(run.title),
        escaped(run.status),
        run.tiles.iter().map(tile).collect::<String>(),
    )
}

fn tile(tile: &Tile) -> String {
    let (value, more) = (escaped(&tile.value), escaped(&tile.more));
    format!(
        "<div class=\"tile\"><p class=\"name\">{}</p><p class=\"value\">{value}</p><p class=\"more\">{more}</p></div>\n",
        tile.name
    )
}

fn time_chart(chart: &TimeChart<'_>) -> String {
    match time_svg_for_page(chart) {
        Ok(svg) => format!("<figure>\n{svg}</figure>\n"),
        Err(error) => format!("<p>{}</p>\n", escaped(&error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::time_lines::{TimeLine, Unit};
    use crate::results::testing::{configuration, results};

    const NASTY: &str = "<script>alert(1)</script> & \"more\"";

    #[test]
    fn a_page_is_whole_and_runs_only_its_own_script() {
        let lines = [TimeLine { name: NASTY.to_owned(), points: vec![(0.1, Some(3.0)), (0.2, Some(5.0))] }];
        let chart =
            TimeChart { title: "Lag", remark: NASTY, lines: &lines, unit: Unit::Records, downtimes: &[(0.1, 0.2)] };
        let all = results(&[(configuration(NASTY), &[100.0, 101.0]), (configuration("plain"), &[5.0])]);
        let run = LiveRun {
            title: NASTY,
            status: NASTY,
            is_problem: true,
            facts: &[("Topic", NASTY.to_owned())],
            tiles: &[Tile { name: "Saved", value: NASTY.to_owned(), more: NASTY.to_owned() }],
            charts: &[chart],
            tables: &[(
                "Lag",
                vec![vec!["topic".to_owned(), "lag".to_owned()], vec![NASTY.to_owned(), "3".to_owned()]],
            )],
            results: Some(&all),
        };
        let page = page(&run, "live.js");
        let body = page.strip_prefix("<!DOCTYPE html>\n").unwrap();
        let document = roxmltree::Document::parse(body).unwrap();
        let scripts: Vec<_> = document.descendants().filter(|node| node.has_tag_name("script")).collect();
        assert_eq!(scripts.len(), 1);
        assert_eq!((scripts[0].attribute("src"), scripts[0].text()), (Some("live.js"), None));
        let count = |tag: &str| document.descendants().filter(|node| node.tag_name().name() == tag).count();
        // One over time, and those of the benchmark.
        assert_eq!(count("svg"), 1 + crate::report::charts::ChartKind::ALL.len());
        let main = document.descendants().find(|node| node.has_tag_name("main")).unwrap();
        assert!(body[main.range()].contains(&content(&run)));
    }
}
