//! The course of a race (`--until-decided`), as the details file holds it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the configurations of a race are compared by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RaceGoal {
    /// Most images per second of the producer.
    #[default]
    Throughput,
    /// Shortest end-to-end latency, 99th percentile, at a fixed rate.
    P99,
    /// Least processor time of an image.
    Cpu,
    /// Fewest bytes of an image between producer and broker.
    Bytes,
    /// The best compromise of throughput and latency.
    Balanced,
}

/// A race: how it was run, and what it found. Also while it runs, after each round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RaceResult {
    /// The goal.
    pub goal: RaceGoal,
    /// Differences up to this count as none.
    pub margin_percent: f64,
    /// The time that measuring may take.
    pub budget_s: f64,
    /// Length of a slice in the last round; `null` where whole runs were measured.
    pub slice_s: Option<f64>,
    /// What is cut off at the beginning of each slice; `null` likewise.
    pub cut_s: Option<f64>,
    /// Rounds that have ended.
    pub rounds: u32,
    /// How long measuring took so far.
    pub elapsed_s: f64,
    /// About how long measuring every configuration to the end would take, as often as `--repeats`; `null` where the time
    /// cannot be estimated.
    pub full_s: Option<f64>,
    /// The noise that was measured; `null` before the first round has ended.
    pub noise: Option<RaceNoise>,
    /// Why it ended; `null` while it runs, and if it was stopped.
    pub ended: Option<RaceEnd>,
    /// Index of the configuration to take; if only one was measured, that one.
    pub choice: Option<usize>,
    /// What taking it may lose against the best, on average over what is possible after these measurements.
    pub expected_loss_percent: Option<f64>,
    /// Indices of all configurations whose expected loss is below the margin, the choice among them.
    pub as_good: Vec<usize>,
    /// Index of the one of these that differs least from the defaults.
    pub simplest: Option<usize>,
    /// One for each configuration, in their order.
    pub candidates: Vec<RaceCandidate>,
}

/// The noise of the last slices, or of whole runs, as standard deviations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RaceNoise {
    /// Of each alone; longer slices have less.
    pub own_percent: f64,
    /// Of the machine's drift, which all configurations share.
    pub drift_percent: f64,
    /// How long the drift lasts, in seconds.
    pub drift_lasts_s: f64,
}

/// Why a race ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RaceEnd {
    /// What taking the choice may lose is below the margin.
    Decided,
    /// The budget was used up.
    Budget,
    /// Fewer than two configurations could be measured: there was nothing to compare.
    NothingLeft,
}

/// A configuration in a race.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RaceCandidate {
    /// How far it is behind the best as measured; `null` if it was not measured, or not compared.
    pub loss_percent: Option<f64>,
    /// The same with 95 % confidence.
    pub loss_interval_percent: Option<(f64, f64)>,
    /// How likely no other one is better by more than the margin.
    pub chance_percent: Option<f64>,
    /// When and why it was dropped; `null` while it is in the race.
    pub dropped: Option<RaceDrop>,
}

/// Why a configuration gets no more measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RaceDropReason {
    /// Another one is certainly better by more than the margin.
    Worse,
    /// It was in the worse half of a large field, and hardly the best.
    Halved,
    /// It could not be measured.
    Failed,
    /// It was skipped by a person.
    Skipped,
    /// The budget had no time for it.
    LeftOut,
}

/// When and why a configuration was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RaceDrop {
    /// After this round.
    pub round: u32,
    /// After this time.
    pub at_s: f64,
    /// Why.
    pub reason: RaceDropReason,
    /// By what factor it was worse than the best, as measured then; `null` if that was not measured.
    pub factor: Option<f64>,
}

impl RaceGoal {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Throughput, Self::P99, Self::Cpu, Self::Bytes, Self::Balanced];

    /// Its name as an option.
    pub fn name(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::P99 => "p99",
            Self::Cpu => "cpu",
            Self::Bytes => "bytes",
            Self::Balanced => "balanced",
        }
    }

    /// Whether latencies are compared.
    pub fn has_latency(self) -> bool {
        matches!(self, Self::P99 | Self::Balanced)
    }

    /// What it looks for.
    pub fn description(self) -> &'static str {
        match self {
            Self::Throughput => "most images per second",
            Self::P99 => "shortest end-to-end latency (p99) at a given load",
            Self::Cpu => "least processor time per image",
            Self::Bytes => "fewest bytes per image between producer and broker",
            Self::Balanced => "best compromise of throughput and latency (p99)",
        }
    }
}

impl fmt::Display for RaceGoal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RaceGoal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|goal| goal.name() == text);
        known.ok_or_else(|| format!("\"{text}\": the goal is throughput, p99, cpu, bytes or balanced"))
    }
}

impl RaceResult {
    /// Configurations that were compared with each other.
    pub fn compared(&self) -> usize {
        self.candidates.iter().filter(|one| one.loss_percent.is_some()).count()
    }

    /// Whether only one configuration was measured so far: its race has compared nothing.
    pub fn is_lone(&self) -> bool {
        self.choice.is_some() && self.compared() < 2
    }

    /// Configurations that were halved out of a large field before any were compared with each other: no loss counts them.
    pub fn halved_unseen(&self) -> usize {
        let is_halved = |drop: RaceDrop| drop.reason == RaceDropReason::Halved;
        self.candidates.iter().filter(|one| one.loss_percent.is_none() && one.dropped.is_some_and(is_halved)).count()
    }

    /// Configurations that are still measured.
    pub fn field(&self) -> usize {
        self.candidates.iter().filter(|one| one.dropped.is_none()).count()
    }
}
