//! The report as one file: without scripts or network access, in both themes, and printable. And the page of a run that is
//! still running, which looks alike.

mod configuration;
mod figures;
mod groups;
mod ladder;
mod limits;
pub mod live;
mod race;
mod runs;
mod stages;
mod table;
mod verdicts;

use super::charts::{ChartKind, ChartTheme, page_variables, svg_for_page};
use super::format::{broker, bytes, count, counted, minute};
use super::markup::escaped;
use super::scale::Axes;
use crate::configuration::BenchmarkMode;
use crate::results::BenchmarkResults;
use crate::verdict::metric::Margin;

const STYLE: &str = include_str!("style.css");

/// The report on `results`; with a baseline also what changed against it.
pub fn html(results: &BenchmarkResults, baseline: Option<&BenchmarkResults>, margin: Margin, axes: Axes) -> String {
    let title = escaped(&results.title());
    let sections: Vec<String> = [
        limits::limits(results),
        race::race(results, margin).or_else(|| Some(verdicts::recommendation(results, margin))),
        baseline.map(|baseline| verdicts::comparison(baseline, results, margin)),
        Some(charts(results, axes)),
        ladder::steps(results),
        stages::stages(results),
        Some(figures::configurations(results)),
        groups::groups(results),
        Some(runs::runs(results)),
        Some(configuration::in_force(results)),
        Some(figures::meanings(results)),
    ]
    .into_iter()
    .flatten()
    .collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <title>{title} – Kafka Image Bench</title>\n<style>\n{}\n{STYLE}</style>\n</head>\n<body>\n<header>\n<p \
         class=\"product\">Kafka Image Bench</p>\n<h1>{title}</h1>\n{}</header>\n<main>\n{}</main>\n<footer>Made by \
         Kafka Image Bench {}; benchmark {}.</footer>\n</body>\n</html>\n",
        colours(),
        circumstances(results),
        sections.concat(),
        escaped(env!("CARGO_PKG_VERSION")),
        escaped(&results.benchmark_id),
    )
}

/// The charts' colours: paper is always light.
fn colours() -> String {
    let (light, dark) = (page_variables(ChartTheme::Light), page_variables(ChartTheme::Dark));
    format!(":root{{{light}}}\n@media screen and (prefers-color-scheme: dark){{:root{{{dark}}}}}")
}

fn section(id: &str, heading: &str, content: &str) -> String {
    format!("<section id=\"{id}\">\n<h2>{}</h2>\n{content}</section>\n", escaped(heading))
}

/// When, where and how it was measured.
fn circumstances(results: &BenchmarkResults) -> String {
    let (machine, payloads, method) = (&results.machine, &results.payloads, &results.method);
    let length = match (method.duration_s, method.images) {
        (Some(seconds), _) => format!("{seconds} s a run"),
        (None, Some(images)) => format!("{} images a run", count(images)),
        (None, None) => "no length given".to_owned(),
    };
    let pace = match (method.max_rate_p99_ms, method.load_shape) {
        (Some(_), _) => format!("search for {}", method.pace_text()),
        (None, Some(_)) => method.pace_text(),
        (None, None) => format!("at {}", method.pace_text()),
    };
    let each = match method.is_search() || results.race.is_some() {
        true => results.repeats_text(),
        false => counted(method.repeats as usize, "run each", "runs each"),
    };
    let what = match (method.mode, method.backlog) {
        (BenchmarkMode::Pipeline, _) => "pipeline: from the folder to the saved file",
        (BenchmarkMode::Transport, true) => "transport, all produced before it is consumed",
        (BenchmarkMode::Transport, false) => "transport: from memory to receipt",
    };
    let unfinished = if results.is_complete { "" } else { ", not complete" };
    let rows = [
        ("When", format!("{} to {}{unfinished}", minute(&results.started_at), minute(&results.finished_at))),
        ("Broker", broker(&results.broker)),
        (
            "Machine",
            format!(
                "{}, {}, {} of memory, {}, kernel {}",
                machine.cpu,
                counted(machine.cores, "core", "cores"),
                bytes(machine.memory_bytes as f64),
                machine.os,
                machine.kernel
            ),
        ),
        ("Client", format!("{}, Kafka Image Bench {}", results.client_version, results.program_version)),
        (
            "Method",
            format!(
                "{what}; {length}, {} s of warm-up, {}, {pace}, {}, seed {}",
                method.warmup_s,
                each,
                method.clients(),
                method.seed
            ),
        ),
        (
            "Images",
            format!(
                "{} ({}) in {}; {} sent in turn, {} to {}, {} on average, 95 in 100 up to {}",
                count(payloads.folder_images),
                bytes(payloads.folder_bytes as f64),
                payloads.input,
                count(payloads.pool_images),
                bytes(payloads.min_bytes as f64),
                bytes(payloads.max_bytes as f64),
                bytes(payloads.mean_bytes),
                bytes(payloads.p95_bytes as f64)
            ),
        ),
    ];
    let rows: String =
        rows.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escaped(value))).collect();
    format!("<dl class=\"facts\">\n{rows}</dl>\n")
}

fn charts(results: &BenchmarkResults, axes: Axes) -> String {
    let figure = |kind: ChartKind| match svg_for_page(results, kind, axes) {
        Ok(svg) => format!("<figure>\n{svg}</figure>\n"),
        Err(error) => format!("<p>{}</p>\n", escaped(&error.to_string())),
    };
    section("charts", "Charts", &ChartKind::of(results).into_iter().map(figure).collect::<String>())
}

#[cfg(test)]
mod tests;
