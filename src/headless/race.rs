//! A race as text: the announcement, how it stands after a round, and what to take.

use super::text;
use kafka_image_bench_core::benchmark::plan::BenchmarkPlan;
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::results::{BenchmarkResults, RaceResult};
use kafka_image_bench_core::verdict::properties::Client;
use kafka_image_bench_core::verdict::race_text::{
    conclusion, properties, properties_heading, round_text, topic_options,
};

/// What the race will do; `None` if it is none.
pub(super) fn announcement(plan: &BenchmarkPlan) -> Option<String> {
    let race = plan.race?;
    let configurations = text::counted(plan.configurations.len() as u64, "configuration", "configurations");
    let how = if plan.is_sliced() { "in short slices in turns" } else { "in whole runs in turns" };
    let full = plan.full_estimate().map(|full| {
        let repeats = text::counted(u64::from(plan.repeats), "run", "runs");
        format!("; {repeats} of each would take about {}", text::span(full))
    });
    let short =
        if plan.has_short_budget() { ". That may be too short to measure all of them: see --budget" } else { "" };
    Some(format!(
        "race of {configurations} for {} ({}), {how}: at most {}{}{short}",
        race.goal,
        race.goal.description(),
        text::span(plan.race_budget()),
        full.unwrap_or_default()
    ))
}

/// Prints how a race stands, once a round.
#[derive(Default)]
pub(super) struct Rounds {
    printed: u32,
}

impl Rounds {
    /// The line after a round.
    pub(super) fn line(&mut self, results: &BenchmarkResults) -> Option<String> {
        let course = results.race.as_ref().filter(|course| course.rounds > self.printed)?;
        self.printed = course.rounds;
        Some(printable(&round_text(results, course)).into_owned())
    }
}

/// What the race found, and the properties of its choice to paste.
pub(super) fn text(results: &BenchmarkResults, course: &RaceResult) -> Vec<String> {
    let mut lines = vec![String::new()];
    lines.extend(conclusion(results, course).iter().map(|line| printable(line).into_owned()));
    for client in [Client::Librdkafka, Client::Java] {
        if let Some(properties) = properties(results, course, client) {
            lines.push(String::new());
            lines.push(format!("# {}", properties_heading(course, client)));
            lines.extend(properties.lines().map(|line| printable(line).into_owned()));
        }
    }
    if let Some(options) = topic_options(results, course) {
        lines.push(String::new());
        lines.push("# its topic, made with kafka-topics.sh --create".to_owned());
        lines.push(printable(&options).into_owned());
    }
    lines
}
