//! Every sentence of a recommendation is checked like a number, for generated results of known truth: one, two and five
//! repeats, at full speed, at a fixed rate, of a backlog and of a search, on the embedded broker and on a cluster.

use super::*;
use crate::metrics::LatencyHistogram;
use crate::model::broker_kind::BrokerKind;
use crate::model::random::SplitMix64;
use crate::results::testing::{configuration, results};
use crate::results::{LadderLimits, LatencyResult};
use crate::verdict::simulated::failures_allowed;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Pace {
    FullSpeed,
    FixedRate,
    Backlog,
    Search,
    /// A ladder up to [`TOP`].
    Ladder,
}

const TOP: f64 = 900.0;

/// Name, true images per second, and true p99 in milliseconds.
type Truth = &'static [(&'static str, f64, f64)];

/// What results can look like, with the noise of a run (standard deviation of the logarithm).
const SHAPES: [(&str, Truth, f64); 8] = [
    ("lone", &[("a", 1_000.0, 20.0)], 0.01),
    ("decided", &[("a", 6_700.0, 20.0), ("b", 288.0, 90.0)], 0.05),
    ("opposed", &[("a", 2_000.0, 400.0), ("b", 1_500.0, 40.0), ("c", 300.0, 30.0)], 0.02),
    ("equal", &[("a", 1_000.0, 20.0), ("b", 1_000.0, 20.0), ("c", 1_000.0, 20.0)], 0.0),
    ("close", &[("a", 1_000.0, 20.0), ("b", 995.0, 20.1), ("c", 500.0, 60.0)], 0.002),
    ("noisy", &[("a", 1_000.0, 20.0), ("b", 950.0, 22.0)], 0.4),
    ("leading", &[("a", 1_000.0, 20.0), ("b", 960.0, 21.0), ("c", 20.0, 900.0)], 0.1),
    ("one of many", &[("a", 800.0, 20.0), ("b", 820.0, 21.0), ("c", 790.0, 19.0), ("d", 810.0, 20.5)], 0.15),
];

/// What the sentences of all cases were.
#[derive(Default)]
struct Seen {
    kinds: std::collections::BTreeSet<&'static str>,
    /// Statements that hold with 95 % confidence, and those that were false.
    claims: usize,
    false_claims: usize,
}

impl Seen {
    fn insert(&mut self, kind: &'static str) {
        self.kinds.insert(kind);
    }

    fn claim(&mut self, is_true: bool) {
        self.claims += 1;
        self.false_claims += usize::from(!is_true);
    }
}

struct Case {
    repeats: usize,
    pace: Pace,
    broker: BrokerKind,
    truth: Truth,
    name: String,
}

fn latencies(p99_ms: f64) -> LatencyResult {
    let histogram = LatencyHistogram::default();
    (1..=100).for_each(|part| histogram.record(std::time::Duration::from_secs_f64(p99_ms * f64::from(part) / 99e3)));
    LatencyResult::of(&histogram.snapshot(), histogram.max_micros())
}

fn generated(case: &Case, noise: f64, random: &mut SplitMix64) -> BenchmarkResults {
    let rounds: Vec<f64> = (0..case.repeats).map(|_| random.normal()).collect();
    let mut rates = |rate: f64| -> Vec<f64> {
        let rates = rounds.iter().map(|round| rate * (noise * (0.5 * round + random.normal())).exp());
        // At a fixed rate all send at it.
        rates.map(|rate| if case.pace == Pace::FixedRate { 200.0 } else { rate }).collect()
    };
    let all: Vec<(Configuration, Vec<f64>)> =
        case.truth.iter().map(|(name, rate, _)| (configuration(name), rates(*rate))).collect();
    let borrowed: Vec<(Configuration, &[f64])> =
        all.iter().map(|(one, rates)| (one.clone(), rates.as_slice())).collect();
    let mut made = results(&borrowed);
    made.broker.kind = case.broker;
    made.method.repeats = case.repeats as u32;
    made.method.rate_images_per_s = (case.pace == Pace::FixedRate).then_some(200.0);
    made.method.backlog = case.pace == Pace::Backlog;
    made.method.max_rate_p99_ms = (case.pace == Pace::Search).then_some(50.0);
    let limits = LadderLimits { top_images_per_s: Some(TOP), p99_ms: None };
    made.method.ladder = (case.pace == Pace::Ladder).then_some(limits);
    for (one, (_, _, p99_ms)) in made.configurations.iter_mut().zip(case.truth) {
        for (run, round) in one.runs.iter_mut().zip(&rounds) {
            let factor = (noise * (0.5 * round + random.normal())).exp();
            run.end_to_end_latency = match case.pace {
                Pace::Backlog => LatencyResult::default(),
                _ => latencies(p99_ms * factor),
            };
            run.rate_images_per_s = made.method.rate_images_per_s;
            (run.acknowledged, run.acknowledgement_latency) = (1_000, latencies(5.0));
        }
        if case.is_search() {
            let held = one.runs[0].producer.images_per_s.min(if case.pace == Pace::Ladder { TOP } else { f64::MAX });
            one.max_rate_is_lower_bound = held == TOP;
            one.max_rate_images_per_s = Some(held);
            one.runs.iter_mut().for_each(|run| run.producer.images_per_s = held);
        }
        one.end_to_end_latency = LatencyResult::merged(one.runs.iter().map(|run| &run.end_to_end_latency));
    }
    made
}

impl Case {
    fn is_search(&self) -> bool {
        matches!(self.pace, Pace::Search | Pace::Ladder)
    }

    fn true_of(&self, name: &str, aim: Aim) -> f64 {
        let found = self.truth.iter().find(|(known, _, _)| *known == name);
        let (_, rate, p99) = found.unwrap_or_else(|| panic!("{}: no configuration {name}", self.name));
        if aim == Aim::Throughput { *rate } else { 1.0 / p99 }
    }

    /// How much worse than the best, in truth: 0 to 1.
    fn loss(&self, name: &str, aim: Aim) -> f64 {
        let best = self.truth.iter().map(|(name, _, _)| self.true_of(name, aim)).fold(0.0, f64::max);
        1.0 - self.true_of(name, aim) / best
    }

    fn has_choice(&self, aim: Aim) -> bool {
        let has_rate = self.pace != Pace::FixedRate;
        let has_latency = self.pace != Pace::Backlog && !self.is_search();
        match aim {
            Aim::Throughput => has_rate,
            Aim::Latency => has_latency,
            Aim::Balanced => has_rate && has_latency,
        }
    }
}

fn aim_of(name: &str) -> Aim {
    Aim::ALL.into_iter().find(|aim| aim.name() == name).unwrap_or_else(|| panic!("no aim {name}"))
}

/// The names in a list.
fn listed<'t>(text: &'t str, before: &str) -> Vec<&'t str> {
    let Some((_, rest)) = text.split_once(before) else { return Vec::new() };
    rest.split([';', ':']).next().unwrap_or_default().split(", ").collect()
}

#[test]
fn every_sentence_is_true() {
    let mut random = SplitMix64(20);
    let mut seen = Seen::default();
    let mut texts = 0;
    for repeats in [1, 2, 5] {
        for pace in [Pace::FullSpeed, Pace::FixedRate, Pace::Backlog, Pace::Search, Pace::Ladder] {
            for broker in [BrokerKind::Embedded, BrokerKind::EmbeddedElsewhere, BrokerKind::External] {
                for (shape, truth, noise) in SHAPES {
                    for _ in 0..if broker == BrokerKind::External { 4 } else { 1 } {
                        let name = format!("{shape}, {repeats} repeats, {pace:?}, {broker}");
                        let case = Case { repeats, pace, broker, truth, name };
                        let made = generated(&case, noise, &mut random);
                        let text = recommend(&made, Margin::default()).unwrap().to_text(Client::Librdkafka);
                        check(&case, &made, &text, &mut seen);
                        texts += 1;
                    }
                }
            }
        }
    }
    assert_eq!(texts, 3 * 5 * 8 * (4 + 1 + 1));
    let (claims, failures) = (seen.claims, seen.false_claims);
    assert!(claims > 200 && failures as f64 <= failures_allowed(claims), "{failures} of {claims} are false");
    let kinds = "Best within Leading compromise all cannot one-run one-search only fixed two highest".split(' ');
    for kind in kinds {
        assert!(seen.kinds.contains(kind), "no case has {kind}: {:?}", seen.kinds);
    }
}

fn check(case: &Case, made: &BenchmarkResults, text: &str, seen: &mut Seen) {
    let wrong = |line: &str| format!("{}: {line}\n{text}", case.name);
    let (sentences, properties) = text.split_once("\n\n").map_or((text, None), |(first, rest)| (first, Some(rest)));
    let lines: Vec<&str> = sentences.lines().collect();
    let is_embedded = case.broker != BrokerKind::External;
    assert_eq!(lines[0].starts_with("Note: measured on the embedded broker"), is_embedded, "{}", wrong(lines[0]));
    for (index, line) in lines.iter().enumerate() {
        match line {
            line if line.starts_with("Note: measured on the embedded") => assert_eq!(index, 0, "{}", wrong(line)),
            line if line.starts_with("Note: ") => note(case, made, line, seen),
            line if line.starts_with("Undecided for ") => undecided(case, made, line, seen),
            line if line.starts_with("Nothing to decide: only a has a run that counts: ") => {
                seen.insert("only");
                assert!(case.truth.len() == 1, "{}", wrong(line));
            }
            line => choice(case, made, line, seen),
        }
    }
    let is_chosen = lines.iter().any(|line| line.starts_with("Best ") || line.starts_with("Leading"));
    assert_eq!(properties.is_some(), is_chosen, "{}", wrong("properties"));
    if let Some(properties) = properties {
        let has_best = lines.iter().any(|line| line.starts_with("Best "));
        assert_eq!(properties.starts_with("# best for"), has_best, "{}", wrong("properties"));
    }
}

fn note(case: &Case, made: &BenchmarkResults, line: &str, seen: &mut Seen) {
    let is_true = match line {
        "Note: at the fixed rate of 200 images/s only latency is compared" => {
            seen.insert("fixed");
            case.pace == Pace::FixedRate
        }
        line if line.starts_with("Note: two runs each decide only large differences") => {
            seen.insert("two");
            case.repeats == 2 && case.truth.len() > 1
        }
        line if line.starts_with("Note: latency was measured at full speed, with full queues") => {
            case.pace == Pace::FullSpeed
        }
        line if line.starts_with("Note: end-to-end latency has no meaning for a backlog") => case.pace == Pace::Backlog,
        line if line.starts_with("Note: each highest rate was found by one search") => case.is_search(),
        line if line.starts_with("Note: held at the highest rate that was tried, and may take more: ") => {
            seen.insert("highest");
            let reached = made.configurations.iter().filter(|one| one.max_rate_images_per_s == Some(TOP));
            let reached: Vec<&str> = reached.map(|one| one.configuration.name.as_str()).collect();
            case.pace == Pace::Ladder && listed(line, "more: ") == reached
        }
        line => panic!("{}: a sentence that no test knows: {line}", case.name),
    };
    assert!(is_true, "{}: {line}", case.name);
}

fn undecided(case: &Case, made: &BenchmarkResults, line: &str, seen: &mut Seen) {
    let wrong = || format!("{}: {line}", case.name);
    let (aim, reason) = line.trim_start_matches("Undecided for ").split_once(": ").unwrap();
    let aim = aim_of(aim);
    assert!(case.has_choice(aim), "{}", wrong());
    let is_comparable = case.truth.len() > 1;
    // The best as measured is that of the figures in the tables.
    if let Some((_, observed)) = reason.split_once("best as measured: ") {
        // What more than one may reach is the best of none.
        assert!(made.configurations.iter().all(|one| !one.max_rate_is_lower_bound), "{}", wrong());
        let metric = if aim == Aim::Latency { Metric::P99 } else { Metric::Throughput };
        let name = observed.split(' ').next().unwrap();
        let shown = |one: &crate::results::ConfigurationResult| metric.shown_of(one).unwrap();
        let own = shown(made.configurations.iter().find(|one| one.configuration.name == name).unwrap());
        let is_best = |other: f64| if metric.is_rate() { other <= own } else { other >= own };
        assert!(made.configurations.iter().map(shown).all(is_best), "{}", wrong());
    }
    if reason.starts_with("one run each: noise cannot be judged") {
        seen.insert("one-run");
        assert!(case.repeats == 1 && is_comparable && !case.is_search(), "{}", wrong());
    } else if reason.starts_with("one search each: noise cannot be judged") {
        seen.insert("one-search");
        assert!(case.is_search() && is_comparable, "{}", wrong());
    } else if reason.starts_with("all ") {
        seen.insert("all");
        let count: usize = reason.split(' ').nth(1).unwrap().parse().unwrap();
        let aims = if aim == Aim::Balanced { vec![Aim::Throughput, Aim::Latency] } else { vec![aim] };
        let is_equal = |aim: &Aim| case.truth.iter().all(|(name, _, _)| case.loss(name, *aim) <= 0.03);
        assert_eq!(count, case.truth.len(), "{}", wrong());
        seen.claim(aims.iter().all(is_equal));
        assert!(reason.ends_with("as fast as each other (within 3 %): choose any of them"), "{}", wrong());
    } else {
        seen.insert("cannot");
        assert!(reason.contains(" cannot be distinguished") && case.repeats > 1, "{}", wrong());
        let names: Vec<&str> = reason.split(" cannot be").next().unwrap().split(", ").collect();
        assert!(names.len() > 1 && names.len() == case.truth.len(), "{}", wrong());
    }
}

fn choice(case: &Case, made: &BenchmarkResults, line: &str, seen: &mut Seen) {
    let wrong = || format!("{}: {line}", case.name);
    let (label, rest) = line.split_once(" for ").unwrap_or_else(|| panic!("{}", wrong()));
    let (aim, rest) = rest.split_once(": ").unwrap();
    let (name, reason) = rest.split_once(" – ").unwrap();
    let aim = aim_of(aim);
    assert!(case.has_choice(aim) && case.repeats > 1 && !case.is_search(), "{}", wrong());
    let is_best = match label {
        "Best" => true,
        "Leading, not decided," => false,
        _ => panic!("{}", wrong()),
    };
    if aim == Aim::Balanced {
        seen.insert("compromise");
        return compromise(made, name, reason, is_best, &wrong());
    }
    if is_best {
        seen.claim(case.loss(name, aim) <= 0.03 + 1e-9);
    }
    let metric = if aim == Aim::Latency { Metric::P99 } else { Metric::Throughput };
    let shown = |name: &str| {
        metric.shown_of(made.configurations.iter().find(|one| one.configuration.name == name).unwrap()).unwrap()
    };
    let figure = Figure { metric, value: Some(shown(name)) }.to_string();
    assert!(reason.contains(&figure), "{}", wrong());
    if reason.starts_with("the most images") || reason.starts_with("the shortest end-to-end") {
        seen.insert("Best");
        let is_behind = |other: f64| if metric.is_rate() { other <= shown(name) } else { other >= shown(name) };
        assert!(is_best && case.truth.iter().all(|(other, _, _)| is_behind(shown(other))), "{}", wrong());
    } else if reason.contains("none is better by more than 3 %") {
        seen.insert("within");
        assert!(is_best, "{}", wrong());
        seen.claim(listed(reason, "; as fast: ").iter().all(|other| case.loss(other, aim) <= 0.03));
    } else if reason.starts_with("leads with ") {
        seen.insert("Leading");
        let most = reason.split("at most ").nth(1).unwrap().split(" %").next().unwrap().replace(',', "");
        let percent: f64 = most.parse().unwrap_or_else(|_| panic!("{}", wrong()));
        let loss = case.loss(name, aim);
        let loss = if metric.is_rate() { loss } else { loss / (1.0 - loss) };
        assert!(!is_best, "{}", wrong());
        seen.claim(100.0 * loss <= percent);
        assert!(!listed(reason, "undecided against ").is_empty(), "{}", wrong());
    } else {
        panic!("a reason that no test knows: {}", wrong());
    }
}

fn compromise(made: &BenchmarkResults, name: &str, reason: &str, is_best: bool, wrong: &str) {
    let figures: Vec<(&str, f64, f64)> = made
        .configurations
        .iter()
        .map(|one| {
            let of = |metric: Metric| metric.shown_of(one).unwrap();
            (one.configuration.name.as_str(), of(Metric::Throughput), of(Metric::P99))
        })
        .collect();
    let (_, rate, p99) = *figures.iter().find(|(known, _, _)| *known == name).unwrap();
    let highest = figures.iter().map(|one| one.1).fold(0.0, f64::max);
    let shortest = figures.iter().map(|one| one.2).fold(f64::INFINITY, f64::min);
    let number = |before: &str, after: &str| -> f64 {
        reason.split(before).nth(1).unwrap().split(after).next().unwrap().trim().parse().unwrap()
    };
    let percent = if reason.contains("measured: the highest") { 100.0 } else { number("measured:", "%") };
    assert!((percent - 100.0 * rate / highest).abs() <= 0.5, "{wrong}");
    let ratio = if reason.contains("and the shortest p99") { 1.0 } else { number(" at ", " times") };
    assert!((ratio / (p99 / shortest) - 1.0).abs() < 0.06, "{wrong}");
    assert_eq!(reason.contains("undecided against "), !is_best, "{wrong}");
}
