//! How long a benchmark will take, from what earlier runs took.

use std::time::Duration;

use super::{BenchmarkPlan, CLUSTER_JOIN, OVERHEAD_PER_RUN, Pace, RunLength};
use crate::broker::BrokerChoice;
use crate::configuration::Configuration;
use crate::results::run_times::{Likeness, RunCircumstances, RunTimes, Seen, planned_s};

/// How far one measured value is from the next one, as a factor: clients, machine and broker vary.
const SAME: f64 = 1.1;
/// The same of another configuration, that compresses and encodes alike.
const ALIKE: f64 = 1.3;
/// The same without any earlier run.
const UNKNOWN: f64 = 1.7;
/// Below this factor both ends of a range say the same.
const NARROW: f64 = 1.25;

/// From a shortest to a longest time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// The shortest.
    pub low: Duration,
    /// The longest.
    pub high: Duration,
}

impl TimeRange {
    /// The middle, where both ends say nearly the same.
    pub fn single(&self) -> Option<Duration> {
        let (low, high) = (self.low.as_secs_f64(), self.high.as_secs_f64());
        (high <= NARROW * low).then(|| (self.low + self.high) / 2)
    }
}

impl BenchmarkPlan {
    /// How long the runs take, where that can be foreseen: of a race at most, and `None` where it depends on what holds or on
    /// capture times, or on the speed of a configuration that was not measured before.
    pub fn time(&self, times: &RunTimes) -> Option<TimeRange> {
        if self.race.is_some() {
            let budget = self.race_budget();
            return Some(TimeRange { low: budget, high: budget });
        }
        let circumstances = self.circumstances();
        let (mut low, mut high) = (0.0, 0.0);
        for one in &self.configurations {
            let sending = self.sending_range(times, &circumstances, one)?;
            let extra = self.extra_range(times, &circumstances, one);
            let warmup_s = self.warmup.as_secs_f64();
            low += planned_s(sending.0, warmup_s, self.backlog) + extra.0;
            high += planned_s(sending.1, warmup_s, self.backlog) + extra.1;
        }
        let runs = f64::from(self.runs_per_configuration());
        let of = |seconds: f64| Duration::try_from_secs_f64(seconds * runs).ok();
        Some(TimeRange { low: of(low)?, high: of(high)? })
    }

    fn circumstances(&self) -> RunCircumstances {
        RunCircumstances {
            mode: self.mode,
            backlog: self.backlog,
            is_cluster: matches!(self.broker, BrokerChoice::External { .. }),
            is_full_speed: self.pace == Pace::FullSpeed,
            clients: (self.producers, self.consumers, self.groups),
            is_by_time: matches!(self.length, RunLength::Duration(_)) && !self.whole_folder,
        }
    }

    /// How long a run sends, in seconds.
    fn sending_range(&self, times: &RunTimes, of: &RunCircumstances, one: &Configuration) -> Option<Seen> {
        if let Some(sending) = self.sending() {
            return Some((sending.as_secs_f64(), sending.as_secs_f64()));
        }
        match (self.length, self.pace) {
            (RunLength::Images(images), Pace::FullSpeed) if !self.whole_folder => {
                let (likeness, rates) = times.rate(of, &self.input.to_string_lossy(), one)?;
                let (low, high) = widened(rates, likeness_factor(likeness));
                (low > 0.0).then(|| (images as f64 / high, images as f64 / low))
            }
            _ => None,
        }
    }

    /// What a run takes beyond sending and warm-up, in seconds: topic, group, queues, drain.
    fn extra_range(&self, times: &RunTimes, of: &RunCircumstances, one: &Configuration) -> Seen {
        if let Some((likeness, seen)) = times.extra(of, &self.input.to_string_lossy(), one) {
            return widened(seen, likeness_factor(likeness));
        }
        let joining = if of.is_cluster { CLUSTER_JOIN } else { Duration::ZERO };
        let usual = (OVERHEAD_PER_RUN + joining + self.emptying(one)).as_secs_f64();
        widened((usual, usual), UNKNOWN)
    }
}

fn likeness_factor(likeness: Likeness) -> f64 {
    match likeness {
        Likeness::Same => SAME,
        Likeness::Alike => ALIKE,
    }
}

/// At least by this factor from the one end to the middle.
fn widened((low, high): Seen, factor: f64) -> Seen {
    let middle = (low * high).sqrt();
    (low.min(middle / factor), high.max(middle * factor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Compression;
    use crate::results::testing::results;

    fn plan() -> BenchmarkPlan {
        let mut configurations = crate::configuration::standard();
        configurations.truncate(2);
        assert_eq!(configurations[1].compression_type, Compression::Gzip);
        let length = RunLength::Duration(Duration::from_secs(2));
        BenchmarkPlan { configurations, length, warmup: Duration::from_secs(1), repeats: 2, ..BenchmarkPlan::default() }
    }

    /// Both configurations, with this many seconds beyond sending and warm-up.
    fn times(plan: &BenchmarkPlan, extra_s: [f64; 2]) -> RunTimes {
        let [plain, gzip] = [plan.configurations[0].clone(), plan.configurations[1].clone()];
        let mut all = results(&[(plain, &[100.0, 100.0]), (gzip, &[10.0, 10.0])]);
        (all.method.duration_s, all.method.warmup_s) = (Some(5.0), 1.0);
        for (one, extra_s) in all.configurations.iter_mut().zip(extra_s) {
            one.runs.iter_mut().for_each(|run| run.whole_s = Some(6.0 + extra_s));
        }
        let mut times = RunTimes::default();
        times.add(&all);
        times
    }

    #[test]
    fn earlier_runs_make_the_time_exact() {
        let plan = plan();
        let unknown = plan.time(&RunTimes::default()).unwrap();
        assert!(unknown.single().is_none() && unknown.high > unknown.low * 3 / 2, "{unknown:?}");
        let known = plan.time(&times(&plan, [1.0, 9.0])).unwrap();
        // Twice two runs of 3 s, and 1 s or 9 s.
        let expected = 2.0 * (3.0 + 1.0 + 3.0 + 9.0);
        let single = known.single().unwrap().as_secs_f64();
        assert!((single / expected - 1.0).abs() < 0.02, "{single} of {expected}");
    }

    #[test]
    fn runs_of_images_need_a_known_speed() {
        let known = times(&plan(), [1.0, 1.0]);
        let plan = BenchmarkPlan { length: RunLength::Images(500), ..plan() };
        assert_eq!(plan.time(&known), None, "they were measured by time");
        let mut all = results(&[(plan.configurations[0].clone(), &[100.0]), (plan.configurations[1].clone(), &[50.0])]);
        (all.method.duration_s, all.method.images) = (None, Some(100));
        for run in all.configurations.iter_mut().flat_map(|one| &mut one.runs) {
            (run.whole_s, run.producer.elapsed_s) = (Some(4.0), 1.0);
        }
        let mut times = RunTimes::default();
        times.add(&all);
        let time = plan.time(&times).unwrap().single().unwrap().as_secs_f64();
        // 5 s and 10 s of sending, 1 s of warm-up and 2 s more each, twice.
        let expected = 2.0 * (5.0 + 10.0 + 2.0 * 3.0);
        assert!((time / expected - 1.0).abs() < 0.03, "{time} of {expected}");
    }
}
