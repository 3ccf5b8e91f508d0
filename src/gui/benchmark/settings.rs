//! The table of configurations, and how they are measured.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::gui::widgets::load_shape::LoadNumbers;
use kafka_image_bench_core::benchmark::plan::{BenchmarkPlan, Pace, RacePlan, RunLength};
use kafka_image_bench_core::broker::BrokerChoice;
use kafka_image_bench_core::configuration::{self, BenchmarkMode, Configuration};
use kafka_image_bench_core::model::client_settings::ClientSettings;
use kafka_image_bench_core::results::{LadderLimits, Limit, RaceGoal};
use kafka_image_bench_core::verdict::metric::Margin;
use kafka_image_bench_core::verdict::threshold::Thresholds;

/// The settings of the tab Benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BenchmarkSettings {
    /// The rows.
    pub rows: Vec<Row>,
    /// Rows that are kept by name.
    pub sets: Vec<RowSet>,
    /// Measure the whole pipeline, from the folder to the saved file.
    pub pipeline: bool,
    /// Consume only after all was produced.
    pub backlog: bool,
    /// Files of any kind, not only images.
    pub any_file: bool,
    /// A run ends by its length in seconds, or else by its number of images.
    pub by_time: bool,
    /// Length of a run.
    pub seconds: f64,
    /// Images of a run.
    pub images: u64,
    /// Sending before the clock starts.
    pub warmup_s: f64,
    /// Runs of each configuration.
    pub repeats: u32,
    /// A race instead, which ends when one configuration can be taken.
    pub until_decided: bool,
    /// What the race compares; another one is taken where the pace does not allow it.
    pub race_goal: RaceGoal,
    /// The time that the race may take; 0: a share of what the runs would take.
    pub budget_minutes: f64,
    /// Differences up to this count as none, in a race.
    pub margin_percent: f64,
    /// How fast is sent.
    pub pace: PaceChoice,
    /// Images a second, at a fixed rate.
    pub rate_images_per_s: f64,
    /// The latency that the highest rate has to hold.
    pub max_rate_p99_ms: f64,
    /// The highest rate of a ladder; 0: found by a run at full speed.
    pub ladder_top_images_per_s: f64,
    /// The latency that ends a ladder; 0 for none.
    pub ladder_p99_ms: f64,
    /// Of a ramp, of bursts and of a replay.
    pub load: LoadNumbers,
    /// A replay sends each image once, whatever the length of a run.
    pub replays_folder: bool,
    /// Members of each consumer group.
    pub consumers: usize,
    /// Producers that share the images.
    pub producers: usize,
    /// Consumer groups, of which each receives every record.
    pub groups: usize,
    /// Of the order of the runs.
    pub seed: u64,
    /// What every run has to reach, as it is typed: `p99<50ms,loss=0`.
    pub thresholds: String,
    /// Further properties of the client, which all rows share, one `name=value` a line.
    pub properties: String,
}

/// A configuration, and whether it takes part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Whether it takes part.
    pub ticked: bool,
    /// The configuration.
    pub configuration: Configuration,
}

/// Rows that are kept by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowSet {
    /// The name.
    pub name: String,
    /// The rows.
    pub rows: Vec<Row>,
}

/// How fast is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaceChoice {
    /// As fast as it goes.
    #[default]
    FullSpeed,
    /// At a fixed rate.
    Fixed,
    /// At a rate that rises or falls.
    Ramp,
    /// Many images at once, again and again.
    Bursts,
    /// At the distances in time of the captures.
    Replay,
    /// The highest rate within a latency is looked for.
    FindMax,
    /// Rates step by step, for latency and loss against rate.
    Ladder,
}

impl PaceChoice {
    /// All, in their order.
    pub const ALL: [Self; 7] =
        [Self::FullSpeed, Self::Fixed, Self::Ramp, Self::Bursts, Self::Replay, Self::FindMax, Self::Ladder];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::FullSpeed => "full speed",
            Self::Fixed => "fixed rate",
            Self::Ramp => "ramp",
            Self::Bursts => "bursts",
            Self::Replay => "replay",
            Self::FindMax => "find max rate",
            Self::Ladder => "ladder of rates",
        }
    }
}

impl Default for BenchmarkSettings {
    fn default() -> Self {
        let plan = BenchmarkPlan::default();
        Self {
            rows: rows(configuration::standard()),
            sets: Vec::new(),
            pipeline: false,
            backlog: false,
            any_file: false,
            by_time: true,
            seconds: 5.0,
            images: 1_000,
            warmup_s: plan.warmup.as_secs_f64(),
            repeats: plan.repeats,
            until_decided: false,
            race_goal: RaceGoal::default(),
            budget_minutes: 0.0,
            margin_percent: Margin::default().percent(),
            pace: PaceChoice::FullSpeed,
            rate_images_per_s: 100.0,
            max_rate_p99_ms: 50.0,
            ladder_top_images_per_s: 0.0,
            ladder_p99_ms: 0.0,
            load: LoadNumbers::default(),
            replays_folder: true,
            consumers: plan.consumers,
            producers: plan.producers,
            groups: plan.groups,
            seed: plan.seed,
            thresholds: String::new(),
            properties: String::new(),
        }
    }
}

/// Ticked rows of `configurations`.
pub fn rows(configurations: Vec<Configuration>) -> Vec<Row> {
    configurations.into_iter().map(|configuration| Row { ticked: true, configuration }).collect()
}

impl BenchmarkSettings {
    /// The rows that take part, by their index.
    pub fn ticked(&self) -> impl Iterator<Item = (usize, &Row)> {
        self.rows.iter().enumerate().filter(|(_, row)| row.ticked)
    }

    /// Two rows that are the same configuration, counted from 1: they would be measured twice under one name.
    pub fn same_rows(&self) -> Option<(usize, usize)> {
        let mut by_name: HashMap<&str, Vec<(usize, &Configuration)>> = HashMap::new();
        self.ticked().find_map(|(index, row)| {
            let named = by_name.entry(&row.configuration.name).or_default();
            let same = named.iter().find(|(_, other)| **other == row.configuration).map(|(same, _)| same + 1);
            named.push((index, &row.configuration));
            Some((same?, index + 1))
        })
    }

    /// Whether rates are chosen by what holds.
    pub fn is_search(&self) -> bool {
        matches!(self.pace, PaceChoice::FindMax | PaceChoice::Ladder)
    }

    /// Why no threshold is checked, where none is: the first run that misses one ends a benchmark.
    pub fn without_limits(&self) -> Option<&'static str> {
        match (self.is_search(), self.is_race()) {
            (true, _) => Some("A search tries rates that miss them on purpose"),
            (false, true) => Some(
                "A race measures what is slow too, until it is dropped: check its choice alone, in runs with \
                                   repeats",
            ),
            (false, false) => None,
        }
    }

    /// What every run has to reach.
    ///
    /// # Errors
    /// Why the text cannot be read.
    pub fn limits(&self) -> Result<Vec<Limit>, String> {
        if self.without_limits().is_some() || self.thresholds.trim().is_empty() {
            return Ok(Vec::new());
        }
        let thresholds: Thresholds = self.thresholds.parse()?;
        match thresholds.first_change() {
            Some(change) => Err(format!(
                "{change} is a change against earlier results: Tolerance in Results compares with a baseline"
            )),
            None => Ok(thresholds.limits().to_vec()),
        }
    }

    /// Whether it is a race; searches look for rates.
    pub fn is_race(&self) -> bool {
        self.until_decided && !self.is_search()
    }

    /// The goals that can be compared: throughput at full speed, and latency where it was measured.
    pub fn goals(&self) -> Vec<RaceGoal> {
        let has_latency = self.pipeline || !self.backlog;
        let is_full_speed = self.pace == PaceChoice::FullSpeed;
        let is_open = |goal: &RaceGoal| match goal {
            RaceGoal::Throughput => is_full_speed,
            RaceGoal::Balanced => is_full_speed && has_latency,
            RaceGoal::P99 => !is_full_speed && has_latency,
            RaceGoal::Cpu | RaceGoal::Bytes => true,
        };
        RaceGoal::ALL.into_iter().filter(is_open).collect()
    }

    /// The goal of the race: the chosen one if it can be compared, else the first that can.
    pub fn goal(&self) -> RaceGoal {
        let goals = self.goals();
        let usual = goals.first().copied().unwrap_or_default();
        Some(self.race_goal).filter(|goal| goals.contains(goal)).unwrap_or(usual)
    }

    /// Differences up to this count as none.
    pub fn margin(&self) -> Margin {
        Margin::of_percent(self.margin_percent).unwrap_or_default()
    }

    fn race(&self) -> Option<RacePlan> {
        let budget = Some(self.budget_minutes).filter(|minutes| *minutes > 0.0);
        let budget = budget.and_then(|minutes| Duration::try_from_secs_f64(60.0 * minutes).ok());
        self.is_race().then(|| RacePlan { goal: self.goal(), budget, margin: self.margin() })
    }

    /// The benchmark; without thresholds if they cannot be read.
    pub fn plan(
        &self,
        broker: BrokerChoice,
        properties: Vec<(String, String)>,
        folder: &Path,
        work_dir: &Path,
    ) -> BenchmarkPlan {
        let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        BenchmarkPlan {
            broker,
            broker_timeout: Duration::from_secs(30),
            client: ClientSettings { properties, ..ClientSettings::default() },
            configurations: self.ticked().map(|(_, row)| row.configuration.clone()).collect(),
            input: folder.to_owned(),
            any_file: self.any_file,
            work_dir: work_dir.to_owned(),
            mode: if self.pipeline { BenchmarkMode::Pipeline } else { BenchmarkMode::Transport },
            backlog: self.backlog && !self.pipeline,
            length: if self.by_time {
                RunLength::Duration(seconds(self.seconds))
            } else {
                RunLength::Images(self.images)
            },
            whole_folder: self.pace == PaceChoice::Replay && self.replays_folder,
            warmup: seconds(self.warmup_s),
            repeats: self.repeats,
            pace: match self.pace {
                PaceChoice::FullSpeed => Pace::FullSpeed,
                PaceChoice::Fixed => Pace::Fixed(self.rate_images_per_s),
                PaceChoice::Ramp => Pace::Shaped(self.load.ramp()),
                PaceChoice::Bursts => Pace::Shaped(self.load.burst()),
                PaceChoice::Replay => Pace::Shaped(self.load.replay()),
                PaceChoice::FindMax => Pace::FindMax(self.max_rate_p99_ms),
                PaceChoice::Ladder => Pace::Ladder(LadderLimits {
                    top_images_per_s: Some(self.ladder_top_images_per_s).filter(|rate| *rate > 0.0),
                    p99_ms: Some(self.ladder_p99_ms).filter(|millis| *millis > 0.0),
                }),
            },
            race: self.race(),
            consumers: self.consumers,
            producers: self.producers,
            groups: if self.pipeline { 1 } else { self.groups },
            seed: self.seed,
            thresholds: self.limits().unwrap_or_default(),
            ..BenchmarkPlan::default()
        }
    }
}
