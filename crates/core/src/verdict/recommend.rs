//! Which configuration is recommended, and why; or why none is.

use serde::Serialize;

use super::caution::{Caution, cautions};
use super::metric::{Margin, Metric};
pub use super::properties::Client;
use super::properties::properties_of;
use super::race_text::{ALONE, RaceChoice, race_choice};
use super::ranking::{Place, Ranking, Standing, Unranked, rank};
use super::reason::{Figure, OpenReason, Reason};
use crate::configuration::Configuration;
use crate::model::printable::printable;
use crate::results::{BenchmarkResults, RaceResult, Summary};

/// The recommended configurations.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recommendation {
    /// Most images per second; `null` if undecided, or if the rate was fixed.
    pub throughput: Option<Choice>,
    /// Shortest end-to-end latency; `null` if undecided, or not measured (a backlog).
    pub latency: Option<Choice>,
    /// The best compromise of the two, likewise.
    pub balanced: Option<Choice>,
    /// What a race found, instead of these three; `null` for other benchmarks.
    pub race: Option<RaceChoice>,
    /// Aims for which no configuration is recommended.
    pub open: Vec<Open>,
    /// Cautions about the recommendation, the most important first.
    pub cautions: Vec<Caution>,
    /// The rate, if it was fixed: then only latency is compared.
    pub rate_images_per_s: Option<f64>,
    /// Largest image that was sent, in bytes.
    pub max_image_bytes: u64,
}

/// What a configuration is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// Throughput and latency together.
    Balanced,
    /// Most images per second.
    Throughput,
    /// Shortest end-to-end latency.
    Latency,
}

/// A recommended configuration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// The configuration.
    pub configuration: Configuration,
    /// Why.
    pub reason: Reason,
    /// Whether no other can be better by more than the margin. Otherwise it leads, and some others are certainly slower.
    pub is_certain: bool,
}

/// An aim without a recommendation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Open {
    /// The aim.
    pub aim: Aim,
    /// Why.
    pub reason: OpenReason,
    /// About how many more rounds would decide.
    pub more_rounds: Option<u32>,
}

/// No run counts.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no configuration has a run that counts, or a rate that held: there is nothing to recommend")]
pub struct NoGoodRun;

impl Aim {
    /// All, the most important first.
    pub const ALL: [Self; 3] = [Self::Balanced, Self::Throughput, Self::Latency];

    /// Its name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Balanced => "balance",
            Self::Throughput => "throughput",
            Self::Latency => "latency",
        }
    }
}

/// The result for an aim.
type Found = Result<Choice, Open>;

/// Chooses among the configurations that have a run that counts.
///
/// * throughput: the most images per second of the producer;
/// * latency: the lowest 99th percentile, end to end;
/// * balanced: of those on the Pareto front (no other one is better in both), the one that gives up the least: with
///   each figure as its ratio to the best one, the smallest sum of the squared logarithms.
///
/// No configuration is chosen that the runs cannot distinguish from all others.
///
/// # Errors
/// No configuration has a run that counts.
pub fn recommend(results: &BenchmarkResults, margin: Margin) -> Result<Recommendation, NoGoodRun> {
    if results.configurations.iter().all(|one| Summary::of(one).is_none()) {
        return Err(NoGoodRun);
    }
    if let Some(race) = &results.race {
        return Ok(of_race(results, race));
    }
    let (rates, latencies) = (rank(results, Metric::Throughput, margin), rank(results, Metric::P99, margin));
    // At a fixed rate all are equally fast: only their latencies differ.
    let rate_images_per_s = results.method.rate_images_per_s;
    let has_free_rate = results.method.has_free_rate();
    let throughput = has_free_rate.then(|| of_metric(results, margin, Aim::Throughput, rates.as_ref()));
    // After a search each latency is that at another rate.
    let has_latency = !matches!(latencies, Err(Unranked::NotMeasured | Unranked::Searched));
    let latency = has_latency.then(|| of_metric(results, margin, Aim::Latency, latencies.as_ref()));
    let balanced = rates.as_ref().ok().zip(latencies.as_ref().ok()).filter(|_| has_free_rate);
    let balanced = balanced.map(|(rates, latencies)| balanced_of(results, margin, rates, latencies));
    let mut open = Vec::new();
    let mut chosen = |found: Option<Found>| match found? {
        Ok(choice) => Some(choice),
        Err(reason) => {
            open.push(reason);
            None
        }
    };
    let (throughput, latency, balanced) = (chosen(throughput), chosen(latency), chosen(balanced));
    // That there is only one configuration is stated once; any other reason for each aim.
    if rates == Err(Unranked::Lone) && latencies == Err(Unranked::Lone) {
        open.truncate(1);
    }
    let max_image_bytes = results.payloads.max_bytes;
    let cautions = cautions(results);
    Ok(Recommendation { throughput, latency, balanced, race: None, open, cautions, rate_images_per_s, max_image_bytes })
}

/// What its choice is, above its properties.
fn of_race_choice(race: &RaceChoice) -> String {
    match (race.is_lone, race.is_certain) {
        (true, _) => ALONE.to_owned(),
        (false, true) => format!("chosen for {}", race.goal),
        (false, false) => format!("leads, not decided, for {}", race.goal),
    }
}

/// A race compares by one goal, and has chosen.
fn of_race(results: &BenchmarkResults, race: &RaceResult) -> Recommendation {
    Recommendation {
        throughput: None,
        latency: None,
        balanced: None,
        race: Some(race_choice(results, race)),
        open: Vec::new(),
        cautions: cautions(results),
        // The goal says what is compared.
        rate_images_per_s: None,
        max_image_bytes: results.payloads.max_bytes,
    }
}

fn name(results: &BenchmarkResults, configuration: usize) -> String {
    results.configurations.get(configuration).map(|one| one.configuration.name.clone()).unwrap_or_default()
}

fn names<'a>(results: &BenchmarkResults, places: impl IntoIterator<Item = &'a Place>) -> Vec<String> {
    places.into_iter().map(|place| name(results, place.configuration)).collect()
}

fn figure(results: &BenchmarkResults, metric: Metric, configuration: usize) -> Figure {
    Figure { metric, value: results.configurations.get(configuration).and_then(|one| metric.shown_of(one)) }
}

fn choice(results: &BenchmarkResults, configuration: usize, reason: Reason, is_certain: bool) -> Found {
    Ok(Choice { configuration: results.configurations[configuration].configuration.clone(), reason, is_certain })
}

/// The choice by one figure.
fn of_metric(results: &BenchmarkResults, margin: Margin, aim: Aim, ranking: Result<&Ranking, &Unranked>) -> Found {
    let metric = if aim == Aim::Throughput { Metric::Throughput } else { Metric::P99 };
    let ranking = ranking.map_err(|why| unranked(results, aim, metric, *why))?;
    let leader = ranking.places[ranking.leader];
    let is_slower = |place: &&Place| matches!(place.standing, Standing::Slower { .. });
    let rest: Vec<&Place> = ranking.places.iter().filter(|place| !is_slower(place)).collect();
    let is_undecided = |place: &&Place| matches!(place.standing, Standing::Undecided { .. });
    let undecided: Vec<&Place> = rest.iter().copied().filter(is_undecided).collect();
    let more_rounds = more_rounds(&undecided);
    let (has_slower, is_decided) = (rest.len() < ranking.places.len(), undecided.is_empty());
    let others = |places: &[&Place]| -> Vec<String> {
        names(results, places.iter().copied().filter(|place| place.configuration != leader.configuration))
    };
    let figure = figure(results, metric, leader.configuration);
    let choice = |reason: Reason, is_certain: bool| choice(results, leader.configuration, reason, is_certain);
    if !has_slower && is_decided && rest.len() > 1 && leader.standing != Standing::Fastest {
        return Err(Open { aim, reason: OpenReason::AllAlike { count: rest.len(), margin }, more_rounds });
    }
    if leader.standing == Standing::Fastest {
        return choice(Reason::Best { figure, is_shown: is_shown_best(results, metric, leader.configuration) }, true);
    }
    // No other can be better by more than the margin.
    if leader.standing == Standing::AsFast {
        let as_good: Vec<&Place> = rest.iter().copied().filter(|place| place.standing == Standing::AsFast).collect();
        let (as_good, rivals) = (others(&as_good), others(&undecided));
        return choice(Reason::WithinMargin { figure, margin, as_good, rivals }, true);
    }
    if !has_slower && !is_decided {
        let names = names(results, rest);
        return Err(Open { aim, reason: OpenReason::Indistinguishable { names, more_rounds }, more_rounds });
    }
    let loss_percent = metric.loss_percent(leader.loss.1);
    choice(Reason::Leads { figure, rivals: others(&undecided), loss_percent, more_rounds }, false)
}

/// Whether no other configuration is shown with a better figure.
fn is_shown_best(results: &BenchmarkResults, metric: Metric, leader: usize) -> bool {
    let shown = |configuration: usize| metric.shown_of(&results.configurations[configuration]);
    let Some(own) = shown(leader) else { return true };
    let is_better = |other: f64| if metric.is_rate() { other > own } else { other < own };
    !(0..results.configurations.len()).filter_map(shown).any(is_better)
}

/// The largest number of rounds that any of these needs; `None`: too many.
fn more_rounds(places: &[&Place]) -> Option<u32> {
    let rounds = places.iter().map(|place| match place.standing {
        Standing::Undecided { more_rounds, .. } => more_rounds,
        _ => Some(0),
    });
    rounds.collect::<Option<Vec<u32>>>().and_then(|all| all.into_iter().max())
}

/// Nothing is decided; this is what was observed.
fn unranked(results: &BenchmarkResults, aim: Aim, metric: Metric, why: Unranked) -> Open {
    let measured = (0..results.configurations.len())
        .filter_map(|index| Some((index, metric.shown_of(&results.configurations[index])?)));
    let better = |a: &(usize, f64), b: &(usize, f64)| match metric.is_rate() {
        true => a.1.total_cmp(&b.1),
        false => b.1.total_cmp(&a.1),
    };
    let best = measured.max_by(better).map(|(index, _)| index);
    let observed = best.map(|best| (name(results, best), figure(results, metric, best)));
    let reason = match why {
        Unranked::NotMeasured | Unranked::Raced => OpenReason::NotMeasured,
        Unranked::Lone => OpenReason::Lone(observed.map(|(name, _)| name).unwrap_or_default()),
        Unranked::NotRepeated => OpenReason::NotRepeated(observed),
        // One that held the highest rate may take more than is shown.
        Unranked::Searched => {
            let is_open = results.configurations.iter().any(|one| one.max_rate_is_lower_bound);
            OpenReason::Searched(observed.filter(|_| !is_open))
        }
    };
    Open { aim, reason, more_rounds: None }
}

/// The best compromise, unless another may be better.
fn balanced_of(results: &BenchmarkResults, margin: Margin, rates: &Ranking, latencies: &Ranking) -> Found {
    let both: Vec<(Place, Place)> =
        rates.places.iter().filter_map(|rate| Some((*rate, *latencies.place(rate.configuration)?))).collect();
    let value = |metric: Metric, place: &Place| figure(results, metric, place.configuration).value.unwrap_or(f64::NAN);
    let rate = |pair: &(Place, Place)| value(Metric::Throughput, &pair.0);
    let p99 = |pair: &(Place, Place)| value(Metric::P99, &pair.1);
    let best_rate = both.iter().map(rate).fold(0.0, f64::max);
    let best_p99 = both.iter().map(p99).fold(f64::INFINITY, f64::min);
    let loss = |pair: &(Place, Place)| (best_rate / rate(pair)).ln().powi(2) + (p99(pair) / best_p99).ln().powi(2);
    // The smallest sum is on the Pareto front: a configuration that another one beats in both has a larger sum.
    let Some(chosen) = both.iter().min_by(|a, b| loss(a).total_cmp(&loss(b))) else {
        return Err(Open { aim: Aim::Balanced, reason: OpenReason::NotMeasured, more_rounds: None });
    };
    let least = |pair: &(Place, Place)| pair.0.loss.0.powi(2) + pair.1.loss.0.powi(2);
    let most = chosen.0.loss.1.powi(2) + chosen.1.loss.1.powi(2);
    let is_chosen = |pair: &(Place, Place)| pair.0.configuration == chosen.0.configuration;
    let rivals: Vec<&(Place, Place)> = both.iter().filter(|pair| !is_chosen(pair) && least(pair) < most).collect();
    let open: Vec<&Place> = rivals.iter().flat_map(|pair| [&pair.0, &pair.1]).chain([&chosen.0, &chosen.1]).collect();
    let more_rounds = more_rounds(&open).filter(|rounds| *rounds > 0);
    if rivals.len() + 1 == both.len() && both.len() > 1 {
        let is_as_good = |place: &Place| matches!(place.standing, Standing::Fastest | Standing::AsFast);
        let names = names(results, both.iter().map(|pair| &pair.0));
        let reason = match more_rounds {
            _ if both.iter().all(|pair| is_as_good(&pair.0) && is_as_good(&pair.1)) => {
                OpenReason::AllAlike { count: both.len(), margin }
            }
            Some(_) => OpenReason::Indistinguishable { names, more_rounds },
            None => OpenReason::NoBestCompromise(names),
        };
        return Err(Open { aim: Aim::Balanced, reason, more_rounds });
    }
    let is_certain = rivals.is_empty();
    let reason = Reason::Compromise {
        throughput_percent: 100.0 * rate(chosen) / best_rate,
        latency_ratio: p99(chosen) / best_p99,
        rivals: names(results, rivals.iter().map(|pair| &pair.0)),
    };
    choice(results, chosen.0.configuration, reason, is_certain)
}

impl Recommendation {
    /// The choice for an aim.
    pub fn choice(&self, aim: Aim) -> Option<&Choice> {
        match aim {
            Aim::Balanced => self.balanced.as_ref(),
            Aim::Throughput => self.throughput.as_ref(),
            Aim::Latency => self.latency.as_ref(),
        }
    }

    /// What is said before the choices, as it is more important: that a cluster was not measured, and that only latency was
    /// compared.
    pub fn preface(&self) -> Vec<String> {
        let embedded =
            self.cautions.iter().filter(|caution| **caution == Caution::EmbeddedBroker).map(ToString::to_string);
        let rate = self.rate_images_per_s.map(|rate| {
            format!("at the fixed rate of {} only latency is compared", crate::model::units::images_per_s(rate))
        });
        embedded.chain(rate).collect()
    }

    /// The cautions that follow the choices.
    pub fn notes(&self) -> Vec<String> {
        self.cautions.iter().filter(|caution| **caution != Caution::EmbeddedBroker).map(ToString::to_string).collect()
    }

    /// The choices and reasons as text, and properties to paste if there is a choice.
    pub fn to_text(&self, client: Client) -> String {
        let note = |text: String| printable(&format!("Note: {text}")).into_owned();
        let mut lines: Vec<String> = self.preface().into_iter().map(note).collect();
        for aim in [Aim::Throughput, Aim::Latency, Aim::Balanced] {
            if let Some(choice) = self.choice(aim) {
                let best = if choice.is_certain { "Best" } else { "Leading, not decided," };
                let of = printable(&choice.configuration.name);
                lines.push(format!("{best} for {}: {of} – {}", aim.name(), printable(&choice.reason.to_string())));
            }
            let open = self.open.iter().filter(|open| open.aim == aim);
            lines.extend(open.map(|open| printable(&open.to_string()).into_owned()));
        }
        if let Some(race) = &self.race {
            lines.extend(race.sentences.iter().map(|sentence| printable(sentence).into_owned()));
        }
        lines.extend(self.notes().into_iter().map(note));
        if let Some(race) = &self.race
            && let Some(configuration) = &race.configuration
        {
            lines.push(String::new());
            lines.push(format!("{} {}, for {}", client.comment(), of_race_choice(race), client.name()));
            lines.push(self.properties(configuration, client));
        }
        let by_worth = [Aim::Balanced, Aim::Latency, Aim::Throughput];
        let chosen: Vec<(Aim, &Choice)> =
            by_worth.into_iter().filter_map(|aim| Some((aim, self.choice(aim)?))).collect();
        let certain = chosen.iter().find(|(_, choice)| choice.is_certain).or(chosen.first());
        if let Some((aim, choice)) = certain {
            let best = if choice.is_certain { "best" } else { "leads, not decided," };
            lines.push(String::new());
            lines.push(format!("{} {best} for {}, for {}", client.comment(), aim.name(), client.name()));
            lines.push(self.properties(&choice.configuration, client));
        }
        lines.join("\n")
    }

    /// The properties of a configuration, one per line.
    pub fn properties(&self, configuration: &Configuration, client: Client) -> String {
        properties_of(configuration, self.max_image_bytes, client)
    }
}

impl std::fmt::Display for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.reason {
            OpenReason::Lone(_) => write!(f, "Nothing to decide: {}", self.reason),
            reason => write!(f, "Undecided for {}: {reason}", self.aim.name()),
        }
    }
}

#[cfg(test)]
#[path = "recommend_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "sentences_tests.rs"]
mod sentences_tests;
