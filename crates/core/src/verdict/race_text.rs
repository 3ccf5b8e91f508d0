//! What a race found, in sentences, for every surface.

use std::time::Duration;

use serde::Serialize;

use super::metric::{Metric, percent_text, range_text};
use super::properties::{Client, properties_of, record_bytes};
use crate::configuration::{Configuration, Scope};
use crate::model::units;
use crate::results::{BenchmarkResults, RaceDrop, RaceDropReason, RaceEnd, RaceGoal, RaceResult};

/// What is said of the only one that was measured.
pub(super) const ALONE: &str = "the only one measured";
/// The most names in one sentence.
const NAMES_MAX: usize = 12;

/// The choice of a race, and its sentences.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RaceChoice {
    /// What was compared.
    pub goal: RaceGoal,
    /// The configuration to take; `null` if none was compared.
    pub configuration: Option<Configuration>,
    /// Whether what taking it may lose is below the margin.
    pub is_certain: bool,
    /// Whether no other one was measured.
    #[serde(skip)]
    pub(super) is_lone: bool,
    /// What taking it may lose against the best, on average.
    pub expected_loss_percent: Option<f64>,
    /// The names of all whose expected loss is within the margin.
    pub as_good: Vec<String>,
    /// The one of these that differs least from the defaults.
    pub simplest: Option<Configuration>,
    /// What the race found, a sentence each.
    pub sentences: Vec<String>,
}

/// What a race recommends.
pub(super) fn race_choice(results: &BenchmarkResults, race: &RaceResult) -> RaceChoice {
    let one = |index: Option<usize>| results.configurations.get(index?).map(|one| one.configuration.clone());
    RaceChoice {
        goal: race.goal,
        configuration: one(race.choice),
        is_certain: is_decided(race),
        is_lone: race.is_lone(),
        expected_loss_percent: race.expected_loss_percent,
        as_good: race.as_good.iter().map(|&index| name(results, index).to_owned()).collect(),
        simplest: one(race.simplest),
        sentences: conclusion(results, race),
    }
}

/// Whether taking the choice was decided, by comparing it with others.
fn is_decided(race: &RaceResult) -> bool {
    race.ended == Some(RaceEnd::Decided) && !race.is_lone()
}

/// How losses of a goal are expressed.
pub(crate) fn loss_metric(goal: RaceGoal) -> Metric {
    match goal {
        RaceGoal::Throughput | RaceGoal::Balanced => Metric::Throughput,
        RaceGoal::P99 => Metric::P99,
        RaceGoal::Cpu | RaceGoal::Bytes => Metric::Cpu,
    }
}

/// Where a configuration stands, in a few words.
pub fn standing_text(race: &RaceResult, index: usize) -> String {
    let Some(one) = race.candidates.get(index) else { return "–".to_owned() };
    if let Some(dropped) = one.dropped {
        let worse = dropped.factor.map(|factor| format!(", {} worse", factor_text(race.goal, factor)));
        let worse = worse.unwrap_or_default();
        return match dropped.reason {
            RaceDropReason::Worse => format!("dropped in round {}{worse}", dropped.round),
            RaceDropReason::Halved => format!("halved out in round {}{worse}", dropped.round),
            RaceDropReason::Failed => "failed".to_owned(),
            RaceDropReason::Skipped => "skipped".to_owned(),
            RaceDropReason::LeftOut => "no time for it".to_owned(),
        };
    }
    let behind = one.loss_interval_percent.map(|range| behind_text(race.goal, range));
    match behind {
        _ if race.choice == Some(index) && race.is_lone() => ALONE.to_owned(),
        _ if race.choice == Some(index) && is_decided(race) => "the choice".to_owned(),
        Some(_) if race.choice == Some(index) => "leads".to_owned(),
        Some(behind) if race.as_good.contains(&index) => format!("as good (behind by {behind})"),
        Some(behind) => format!("behind by {behind}"),
        None => "not compared".to_owned(),
    }
}

/// `14 times`, `2.3 times`, `8 %`.
fn factor_text(goal: RaceGoal, factor: f64) -> String {
    match factor {
        ..1.95 => format!("{} %", percent_text(loss_metric(goal).loss_percent(factor.max(1.0).ln()))),
        ..9.95 => format!("{factor:.1} times"),
        _ => format!("{factor:.0} times"),
    }
}

fn name(results: &BenchmarkResults, index: usize) -> &str {
    results.configurations.get(index).map_or("–", |one| one.configuration.name.as_str())
}

/// `a, b, c`, or the first of many and how many more there are.
fn listed(all: &[String]) -> String {
    let mut text = all.iter().take(NAMES_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if all.len() > NAMES_MAX {
        text.push_str(&format!(" and {} more", units::exact((all.len() - NAMES_MAX) as u64)));
    }
    text
}

/// A distance from the best, from one percentage to another: `4.2–7.5 %`.
pub(crate) fn behind_text(goal: RaceGoal, range: (f64, f64)) -> String {
    range_text(loss_metric(goal), range)
}

/// The names at these indices, or the first of many and how many more there are.
fn names_of(results: &BenchmarkResults, indices: &[usize]) -> String {
    let all: Vec<String> = indices.iter().map(|&index| name(results, index).to_owned()).collect();
    listed(&all)
}

/// What may be lost on average by taking the choice, once that is known: `1.2 %`.
pub fn loss_text(race: &RaceResult) -> Option<String> {
    race.expected_loss_percent.map(|percent| format!("{} %", percent_text(percent)))
}

/// What the choice is for, and whether it is only the leader: `For throughput (leads, not decided)`.
pub fn choice_heading(race: &RaceResult) -> String {
    match (race.is_lone(), is_decided(race)) {
        (true, _) => "The only one measured".to_owned(),
        (false, true) => format!("For {}", race.goal),
        (false, false) => format!("For {} (leads, not decided)", race.goal),
    }
}

/// Whose properties follow, in a comment above them: `the choice, for librdkafka`.
pub fn properties_heading(race: &RaceResult, client: Client) -> String {
    format!("{}, for {}", if race.is_lone() { ALONE } else { "the choice" }, client.name())
}

/// What to take, what is as good, and the simplest of these: the first sentences of the conclusion.
pub fn about_choice(results: &BenchmarkResults, race: &RaceResult) -> Vec<String> {
    let names = |indices: &[usize]| names_of(results, indices);
    let Some((choice, loss)) = race.choice.zip(loss_text(race)) else {
        let none = "No configuration was compared: the race ended too early, or nothing could be measured";
        return vec![none.to_owned()];
    };
    if race.is_lone() {
        return vec![format!("Only {} was measured: there is nothing to compare it with", name(results, choice))];
    }
    let best = match race.halved_unseen() {
        0 => "the best".to_owned(),
        _ => format!("the best of the {} that were compared", units::exact(race.compared() as u64)),
    };
    let lost = format!("on average {loss} may be lost against {best} (margin {} %)", percent_text(race.margin_percent));
    let of = name(results, choice);
    let mut lines = vec![match race.ended {
        Some(RaceEnd::Decided) => format!("Take {of} for {}: {lost}", race.goal),
        Some(RaceEnd::Budget) => format!("{of} leads for {} at the end of the budget: {lost}", race.goal),
        _ => format!("{of} leads for {}: {lost}", race.goal),
    }];
    let others: Vec<usize> = race.as_good.iter().copied().filter(|&index| index != choice).collect();
    if !others.is_empty() {
        lines.push(format!("As good, with an expected loss within the margin: {}", names(&others)));
    }
    match race.simplest {
        Some(simplest) if simplest != choice => {
            lines.push(format!("The simplest of them, nearest to the defaults: {}", name(results, simplest)));
        }
        Some(_) if !others.is_empty() => {
            lines.push(format!("The simplest of them, nearest to the defaults, is {of} too"));
        }
        _ => {}
    }
    lines
}

/// What the race found: one sentence a line.
pub fn conclusion(results: &BenchmarkResults, race: &RaceResult) -> Vec<String> {
    let names = |indices: &[usize]| names_of(results, indices);
    let mut lines = about_choice(results, race);
    let Some(choice) = race.choice.filter(|_| race.expected_loss_percent.is_some()) else {
        lines.push(time(race));
        return lines;
    };
    let is_open = |&index: &usize| {
        let is_listed = index == choice || race.as_good.contains(&index);
        !is_listed && race.candidates[index].dropped.is_none() && race.candidates[index].loss_percent.is_some()
    };
    let open: Vec<usize> = (0..race.candidates.len()).filter(is_open).collect();
    if !open.is_empty() {
        let behind = if is_decided(race) { "Not dropped, but behind" } else { "Still in the race" };
        lines.push(format!("{behind}: {}", names(&open)));
    }
    lines.extend(dropped(results, race));
    lines.extend(missing(race, &names));
    lines.extend(method(race));
    lines.push(time(race));
    lines
}

/// How it stands after a round, in one line.
pub fn round_text(results: &BenchmarkResults, race: &RaceResult) -> String {
    let mut parts = Vec::new();
    match race.choice.zip(loss_text(race)) {
        Some((choice, _)) if race.is_lone() => parts.push(format!("only {} was measured", name(results, choice))),
        Some((choice, loss)) => {
            parts.push(format!("{} leads, on average {loss} may be lost", name(results, choice)));
        }
        None => {}
    }
    let left = race.field();
    parts.push(format!("{} of {} in the race", units::exact(left as u64), units::exact(race.candidates.len() as u64)));
    let drops = drops_of(results, race, race.rounds);
    if !drops.is_empty() {
        parts.push(format!("dropped: {}", listed(&drops)));
    }
    format!("round {} ended after {}: {}", race.rounds, seconds(race.elapsed_s), parts.join("; "))
}

/// What was dropped in a round and by which factor, the worst first.
fn drops_of(results: &BenchmarkResults, race: &RaceResult, round: u32) -> Vec<String> {
    let is_worse = |drop: &RaceDrop| matches!(drop.reason, RaceDropReason::Worse | RaceDropReason::Halved);
    let all = race.candidates.iter().enumerate().filter_map(|(index, one)| Some((index, one.dropped?)));
    let mut drops: Vec<(usize, RaceDrop)> = all.filter(|(_, drop)| drop.round == round && is_worse(drop)).collect();
    drops.sort_by(|a, b| b.1.factor.unwrap_or(0.0).total_cmp(&a.1.factor.unwrap_or(0.0)));
    let one = |(index, drop): &(usize, RaceDrop)| match drop.factor {
        Some(factor) => format!("{} ({} worse)", name(results, *index), factor_text(race.goal, factor)),
        None => name(results, *index).to_owned(),
    };
    drops.iter().map(one).collect()
}

/// What was dropped, by round.
fn dropped(results: &BenchmarkResults, race: &RaceResult) -> Vec<String> {
    let of_round = |round: u32| {
        let drops = drops_of(results, race, round);
        let all = race.candidates.iter().filter_map(|one| one.dropped);
        let at_s = all.filter(|drop| drop.round == round).map(|drop| drop.at_s).fold(0.0, f64::max);
        let text = || format!("Dropped in round {round}, after {}: {}", seconds(at_s), listed(&drops));
        (!drops.is_empty()).then(text)
    };
    (1..=race.rounds).filter_map(of_round).collect()
}

fn seconds(seconds: f64) -> String {
    units::duration(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// Configurations that are in no comparison.
fn missing(race: &RaceResult, names: &dyn Fn(&[usize]) -> String) -> Option<String> {
    let is_missing = |&index: &usize| {
        let one = &race.candidates[index];
        one.loss_percent.is_none() && one.dropped.is_none_or(|dropped| dropped.reason != RaceDropReason::Halved)
    };
    let missing: Vec<usize> = (0..race.candidates.len()).filter(is_missing).collect();
    (!missing.is_empty()).then(|| format!("Not measured, and not compared: {}", names(&missing)))
}

/// How it was measured, with the noise that was found.
fn method(race: &RaceResult) -> Vec<String> {
    let unit = match (race.slice_s, race.cut_s) {
        (Some(slice_s), Some(cut_s)) => {
            format!("slices of {slice_s} s in turns, after {cut_s} s that do not count")
        }
        _ => "whole runs in turns".to_owned(),
    };
    let rounds = if race.rounds == 1 { "1 round".to_owned() } else { format!("{} rounds", race.rounds) };
    let mut lines = vec![format!("Measured in {rounds}, {unit}")];
    if let Some(noise) = race.noise {
        let drift = match noise.drift_percent {
            0.0..0.05 => "no drift of the machine was seen".to_owned(),
            percent => format!(
                "the machine drifts by {} % over about {:.0} s, which cancels between neighbours",
                percent_text(percent),
                noise.drift_lasts_s
            ),
        };
        let each = if race.slice_s.is_some() { "slice" } else { "run" };
        lines.push(format!("Noise: {} % of each {each}, {drift}", percent_text(noise.own_percent)));
    }
    lines
}

/// How long it took, against measuring everything to the end.
fn time(race: &RaceResult) -> String {
    let took = seconds(race.elapsed_s);
    match race.full_s.filter(|full_s| *full_s > 0.0) {
        Some(full_s) => format!(
            "It took {took}: {:.0} % of the {} that measuring all of them to the end takes by estimate",
            100.0 * race.elapsed_s / full_s,
            seconds(full_s)
        ),
        None => format!("It took {took}"),
    }
}

/// The properties of the choice, one a line.
pub fn properties(results: &BenchmarkResults, race: &RaceResult, client: Client) -> Option<String> {
    let one = results.configurations.get(race.choice?)?;
    Some(properties_of(&one.configuration, results.payloads.max_bytes, client))
}

/// The options of `kafka-topics.sh` that make a topic as that of the choice was.
pub fn topic_options(results: &BenchmarkResults, race: &RaceResult) -> Option<String> {
    let one = &results.configurations.get(race.choice?)?.configuration;
    let mut settings = one.properties_of(Scope::Topic);
    if settings.iter().all(|(name, _)| name != "max.message.bytes") {
        let largest = record_bytes(one.encoding, results.payloads.max_bytes);
        settings.insert(0, ("max.message.bytes".to_owned(), largest.to_string()));
    }
    let settings: Vec<String> = settings.iter().map(|(name, value)| format!(" --config {name}={value}")).collect();
    Some(format!("--partitions {}{}", one.partitions, settings.concat()))
}

#[cfg(test)]
#[path = "race_text_tests.rs"]
mod tests;
