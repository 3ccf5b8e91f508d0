//! The plan of a race: what is compared, how long it may take, and what can be raced at all.

use std::time::Duration;

use super::{BenchmarkPlan, Pace};
use crate::configuration::{BenchmarkMode, CONFIGURATIONS_MAX};
use crate::results::RaceGoal;
use crate::run::error::SettingsError;
use crate::verdict::metric::Margin;
use crate::verdict::race::FIRST_ROUND_SHARE;

/// A benchmark that ends when a configuration can be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RacePlan {
    /// What is compared.
    pub goal: RaceGoal,
    /// The time that it may take; `None`: see [`BenchmarkPlan::race_budget`].
    pub budget: Option<Duration>,
    /// Differences up to this count as none.
    pub margin: Margin,
}

/// Topics and clients that are kept at the same time, in a race in slices.
pub(in crate::benchmark) const LANES_MAX: usize = 24;
/// Without a budget a race may take this share of the time of the whole runs: of a few configurations, of many, and where it
/// consists of whole runs itself.
const BUDGET_SHARES: (f64, f64, f64) = (0.45, 0.3, 0.67);
/// What the first slices of a configuration take, with what is around them.
const FIRST_SLICES: Duration = Duration::from_secs(3);
/// Shorter races decide nothing.
const BUDGET_MIN: Duration = Duration::from_secs(30);

impl BenchmarkPlan {
    /// Whether configurations are measured in short slices in turns, with their clients kept in between. Latency tails, a backlog
    /// and every given load need whole runs.
    pub fn is_sliced(&self) -> bool {
        let has_slices = self.race.is_some_and(|race| !matches!(race.goal, RaceGoal::P99 | RaceGoal::Balanced));
        has_slices && self.mode == BenchmarkMode::Transport && !self.backlog && self.pace == Pace::FullSpeed
    }

    /// The time that a race may take; without one, nothing.
    pub fn race_budget(&self) -> Duration {
        let Some(race) = self.race else { return Duration::ZERO };
        let many = self.configurations.len() > LANES_MAX;
        let share = match self.is_sliced() {
            false => BUDGET_SHARES.2,
            true if many => BUDGET_SHARES.1,
            true => BUDGET_SHARES.0,
        };
        // Joining on a cluster need not take as long as it may.
        let whole = self.whole_run(self.sending().unwrap_or(Duration::from_secs(5))) * self.full_runs();
        race.budget.unwrap_or_else(|| whole.mul_f64(share).max(BUDGET_MIN))
    }

    /// About how long the runs would take if it were not a race.
    pub fn full_estimate(&self) -> Option<Duration> {
        Self { race: None, ..self.clone() }.estimate()
    }

    /// Whether the first round of a race is likely to have no time for all configurations.
    pub fn has_short_budget(&self) -> bool {
        let whole = self.sending().map(|sending| self.whole_run(sending));
        let each = if self.is_sliced() { Some(FIRST_SLICES) } else { whole };
        let count = u32::try_from(self.configurations.len()).unwrap_or(u32::MAX);
        each.is_some_and(|each| each.saturating_mul(count) > self.race_budget().mul_f64(FIRST_ROUND_SHARE))
    }

    fn full_runs(&self) -> u32 {
        u32::try_from(self.configurations.len()).unwrap_or(u32::MAX).saturating_mul(self.repeats)
    }

    pub(super) fn check_race(&self) -> Result<(), SettingsError> {
        let Some(race) = self.race else { return Ok(()) };
        let refuse = |reason: String| Err(SettingsError(reason));
        let is_load_given = self.pace.is_load_given();
        match race.goal {
            _ if self.is_search() => {
                let search = if self.pace.ladder().is_some() { "--ladder" } else { "--find-max-rate" };
                return refuse(format!(
                    "--until-decided compares at full speed or at a given load, and {search} looks for a rate: leave one of them \
                     out"
                ));
            }
            RaceGoal::P99 if self.backlog => {
                return refuse("--goal p99 needs end-to-end latency, which --backlog does not measure".to_owned());
            }
            RaceGoal::Balanced if self.backlog => {
                return refuse("--goal balanced needs end-to-end latency, which --backlog does not measure".to_owned());
            }
            RaceGoal::P99 if !is_load_given => {
                return refuse(
                    "--goal p99 compares latencies at a load: give it with --rate, --ramp, --burst or --replay-speed"
                        .to_owned(),
                );
            }
            RaceGoal::Throughput | RaceGoal::Balanced if is_load_given => {
                let goal = race.goal;
                return refuse(format!(
                    "--goal {goal} compares throughput, which is the same for all at a given load (--rate, --ramp, --burst, \
                     --replay-speed); use --goal p99, cpu or bytes"
                ));
            }
            _ => {}
        }
        let count = self.configurations.len();
        if !(2..=CONFIGURATIONS_MAX).contains(&count) {
            return refuse(format!("--until-decided compares 2 to {CONFIGURATIONS_MAX} configurations, not {count}"));
        }
        match race.budget {
            Some(budget) if budget < Duration::from_secs(1) => refuse("--budget is 1 s or more".to_owned()),
            _ => Ok(()),
        }
    }
}
