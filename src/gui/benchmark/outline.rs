//! How many runs the ticked rows make and how long they take, worked out once a change of the settings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::settings::BenchmarkSettings;
use crate::gui::format;
use kafka_image_bench_core::benchmark::plan::TimeRange;
use kafka_image_bench_core::broker::{BrokerChoice, DataPlace};
use kafka_image_bench_core::results::run_times::RunTimes;

/// What the settings amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// Rows that take part.
    pub(super) rows: usize,
    /// Runs of each row.
    pub(super) repeats: u32,
    /// Runs in all; at most in a search.
    pub(super) runs: u32,
    /// How long they take, where that can be foreseen; a race at most.
    pub(super) time: Option<TimeRange>,
    /// Whether the number of runs depends on which rates hold.
    pub(super) is_search: bool,
    /// Whether capture times are replayed.
    pub(super) is_replay: bool,
    /// Of a race.
    pub(super) race: Option<RaceOutline>,
}

/// What a race amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RaceOutline {
    /// Whether it consists of short slices, which replace the length of a run.
    pub(super) is_sliced: bool,
    /// About how long the runs would take that it replaces.
    pub(super) full: Option<Duration>,
}

/// With what is measured, as far as that decides how long it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The folder of images.
    pub(super) folder: PathBuf,
    /// Whether the broker is a cluster.
    pub(super) is_cluster: bool,
}

impl Outline {
    fn of(settings: &BenchmarkSettings, place: &Place, times: &RunTimes) -> Self {
        let broker = match place.is_cluster {
            true => BrokerChoice::External { bootstrap_servers: String::new() },
            false => BrokerChoice::Embedded(DataPlace::Memory),
        };
        let plan = settings.plan(broker, Vec::new(), &place.folder, Path::new(""));
        Self {
            rows: plan.configurations.len(),
            repeats: plan.repeats,
            runs: plan.runs(),
            time: plan.time(times),
            is_search: plan.is_search(),
            is_replay: plan.pace.is_replay(),
            race: plan.race.map(|_| RaceOutline { is_sliced: plan.is_sliced(), full: plan.full_estimate() }),
        }
    }

    /// `about 2 min 41 s`, `20 s to 40 s` where that is not known better, `at most 57 s` for a race.
    pub(super) fn time_text(&self) -> Option<String> {
        let time = self.time?;
        Some(match (self.race, time.single()) {
            (Some(_), _) => format!("at most {}", format::duration(time.high)),
            (None, Some(single)) => format!("about {}", format::duration(single)),
            (None, None) => format!("{} to {}", format::duration(time.low), format::duration(time.high)),
        })
    }
}

/// The outline of the settings that it was worked out for last.
#[derive(Debug, Default)]
pub(super) struct KeptOutline {
    of: Option<(BenchmarkSettings, Place)>,
    times: RunTimes,
    outline: Outline,
    /// How often a plan was built for it.
    pub(super) plans_built: u64,
}

impl KeptOutline {
    /// The outline of these settings.
    pub(super) fn get(&mut self, settings: &BenchmarkSettings, place: &Place) -> Outline {
        if self.of.as_ref().is_none_or(|(known, at)| known != settings || at != place) {
            self.outline = Outline::of(settings, place, &self.times);
            self.of = Some((settings.clone(), place.clone()));
            self.plans_built += 1;
        }
        self.outline
    }

    /// Takes what earlier runs took.
    pub(super) fn set_times(&mut self, times: RunTimes) {
        if self.times != times {
            (self.times, self.of) = (times, None);
        }
    }
}
