//! How many runs the ticked rows make and how long they take, worked out once a change of the settings.

use std::path::Path;
use std::time::Duration;

use super::settings::BenchmarkSettings;
use kafka_image_bench_core::broker::{BrokerChoice, DataPlace};

/// What the settings amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// Rows that take part.
    pub(super) rows: usize,
    /// Runs of each row.
    pub(super) repeats: u32,
    /// Runs in all; at most in a search.
    pub(super) runs: u32,
    /// About how long they take, where that can be foreseen.
    pub(super) estimate: Option<Duration>,
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

impl Outline {
    fn of(settings: &BenchmarkSettings) -> Self {
        let (broker, nowhere) = (BrokerChoice::Embedded(DataPlace::Memory), Path::new(""));
        let plan = settings.plan(broker, Vec::new(), nowhere, nowhere);
        Self {
            rows: plan.configurations.len(),
            repeats: plan.repeats,
            runs: plan.runs(),
            estimate: plan.estimate(),
            is_search: plan.is_search(),
            is_replay: plan.pace.is_replay(),
            race: plan.race.map(|_| RaceOutline { is_sliced: plan.is_sliced(), full: plan.full_estimate() }),
        }
    }
}

/// The outline of the settings that it was worked out for last.
#[derive(Debug, Default)]
pub(super) struct KeptOutline {
    of: Option<BenchmarkSettings>,
    outline: Outline,
    /// How often a plan was built for it.
    pub(super) plans_built: u64,
}

impl KeptOutline {
    /// The outline of these settings.
    pub(super) fn get(&mut self, settings: &BenchmarkSettings) -> Outline {
        if self.of.as_ref() != Some(settings) {
            self.outline = Outline::of(settings);
            self.of = Some(settings.clone());
            self.plans_built += 1;
        }
        self.outline
    }
}
