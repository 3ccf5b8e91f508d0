//! The search for the highest rate that holds a latency: which rate to try next, and when to end.
//!
//! One trial proves little: a pause of the machine spoils the p99 of a rate that holds, and a rate that does not hold
//! may seem to by chance. So the answer has held twice, and a rate is abandoned only by the best of three trials, or if
//! one trial leaves no doubt.

use std::time::Duration;

use super::plan::{FIND_MAX_TRIALS, RunLength};
use crate::results::{RunResult, RunStatus};

/// The least records of a trial: five are beyond the 99th percentile.
const TRIAL_RECORDS: u64 = 500;
/// The least records for a meaningful 99th percentile: three are beyond it.
const JUDGED_RECORDS: u64 = 300;
/// The longest trial, unless the plan's runs are longer.
const TRIAL_MAX: Duration = Duration::from_secs(60);
/// The search ends when a rate that holds and one that does not differ by this part.
const PRECISION: f64 = 0.1;
/// A rate holds if at least this part of it is reached.
const RATE_REACHED: f64 = 0.98;
/// Below this part the rate is out of reach, whatever the disturbances.
const RATE_FAR: f64 = 0.9;
/// If half the rate leaves this part of the median latency, the rate is not the cause of the latency.
const UNCHANGED: f64 = 0.8;
/// After this many such trials in a row no lower rate is tried.
const UNCHANGED_MAX: u32 = 2;
/// Trials that are reserved to confirm the answer.
const KEPT_BACK: u32 = 2;

/// The outcome of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trial {
    /// The rate was reached within the latency.
    Held,
    /// It was not reached; a pause of the machine may be the cause.
    Missed,
    /// It was not reached, and no short disturbance explains that.
    MissedByFar,
    /// Too few records to judge a 99th percentile.
    TooFew,
}

/// A rate and its trials so far. `rate` is `None` at full speed.
#[derive(Default)]
struct Tried {
    rate: Option<f64>,
    held: u32,
    missed: u32,
    missed_by_far: bool,
}

impl Tried {
    fn note(&mut self, outcome: Trial) {
        match outcome {
            Trial::Held => self.held += 1,
            Trial::Missed | Trial::TooFew => self.missed += 1,
            Trial::MissedByFar => {
                self.missed += 1;
                // A rate that has held is not out of reach: a disturbance explains this trial, and the best of three decides.
                self.missed_by_far |= self.held == 0;
            }
        }
    }

    fn is_given_up(&self) -> bool {
        self.missed_by_far || self.missed >= 2
    }

    fn holds(&self) -> bool {
        !self.is_given_up() && self.held > self.missed
    }

    fn is_confirmed(&self) -> bool {
        !self.is_given_up() && self.held >= 2
    }
}

/// The search for one configuration.
#[derive(Default)]
pub(super) struct RateSearch {
    /// The lowest throughput at full speed: no rate above it is tried.
    ceiling: f64,
    has_too_few: bool,
    full_speed: Option<Tried>,
    /// Rates below the ceiling.
    tried: Vec<Tried>,
    trials: u32,
    /// Whether a trial below full speed has held.
    has_held: bool,
    /// Rate and median latency, in microseconds, of the last trial that missed by far.
    last_far: Option<(f64, u64)>,
    /// Trials in a row that missed by far at half the previous rate, with an unchanged median.
    unchanged: u32,
}

/// A step of the search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    /// Try this rate, in images per second; `None`: full speed.
    Try(Option<f64>),
    /// Nothing is left to try.
    Done,
}

/// The result of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// Images per second; 0 if no rate held.
    pub(super) rate_per_s: f64,
    /// Whether it held twice.
    pub(super) is_confirmed: bool,
}

impl RateSearch {
    /// The next step.
    pub(super) fn next(&self) -> Step {
        if self.trials >= FIND_MAX_TRIALS {
            return Step::Done;
        }
        match &self.full_speed {
            None => return Step::Try(None),
            Some(full) if full.is_confirmed() => return Step::Done,
            Some(full) if full.missed == 0 => return Step::Try(None),
            // After a failed run there is no rate to start from.
            Some(full) if self.ceiling <= 0.0 && full.missed < 2 => return Step::Try(None),
            Some(_) => {}
        }
        if let Some(open) = self.tried.iter().find(|one| !one.is_given_up() && one.missed > 0 && one.held < 2) {
            return Step::Try(open.rate);
        }
        let high = self.lowest_given_up();
        let best = self.best();
        if let Some((low, tried)) = best {
            let is_near = high - low <= PRECISION * low;
            let must_confirm = FIND_MAX_TRIALS - self.trials <= KEPT_BACK;
            if is_near || must_confirm {
                return if tried.is_confirmed() { Step::Done } else { Step::Try(Some(low)) };
            }
            return Step::Try(Some(f64::midpoint(low, high)));
        }
        // Below the floor a trial would take too long, or have too few records.
        let floor = lowest_rate();
        if self.unchanged >= UNCHANGED_MAX && !self.has_held {
            return Step::Done;
        }
        if high <= floor * (1.0 + PRECISION) { Step::Done } else { Step::Try(Some((high / 2.0).max(floor))) }
    }

    /// Records the outcome of the trial that [`Self::next`] returned; `reached`: its images per second.
    pub(super) fn note(&mut self, rate: Option<f64>, outcome: Trial, reached: f64, p50_micros: u64) {
        self.trials += 1;
        self.has_held |= rate.is_some() && outcome == Trial::Held;
        if let Some(rate) = rate.filter(|_| outcome == Trial::MissedByFar) {
            // A rate between two others does not show the effect of halving the rate.
            let is_unchanged = self.last_far.replace((rate, p50_micros)).is_some_and(|(before, p50_before)| {
                rate <= 0.501 * before && p50_micros as f64 > UNCHANGED * p50_before as f64
            });
            self.unchanged = if is_unchanged { self.unchanged + 1 } else { 0 };
        }
        let Some(rate) = rate else {
            self.ceiling =
                if self.ceiling > 0.0 && reached > 0.0 { self.ceiling.min(reached) } else { self.ceiling.max(reached) };
            let full = self.full_speed.get_or_insert_default();
            // After one trial that was too short the next one has enough records. A second one counts as missed.
            if outcome == Trial::TooFew && !std::mem::replace(&mut self.has_too_few, true) {
                return;
            }
            return full.note(outcome);
        };
        match self.tried.iter_mut().find(|one| one.rate == Some(rate)) {
            Some(one) => one.note(outcome),
            None => {
                let mut one = Tried { rate: Some(rate), ..Tried::default() };
                one.note(outcome);
                self.tried.push(one);
            }
        }
    }

    /// The best rate so far.
    pub(super) fn found(&self) -> Found {
        if let Some(full) = self.full_speed.as_ref().filter(|full| full.holds()) {
            return Found { rate_per_s: self.ceiling, is_confirmed: full.is_confirmed() };
        }
        let best = self.best();
        Found {
            rate_per_s: best.map_or(0.0, |(rate, _)| rate),
            is_confirmed: best.is_some_and(|(_, tried)| tried.is_confirmed()),
        }
    }

    /// The length of the next trial: enough records for a 99th percentile.
    pub(super) fn trial_length(&self, length: RunLength, rate_per_s: Option<f64>) -> RunLength {
        match (length, rate_per_s) {
            (length, Some(rate)) => trial_length(length, rate),
            (RunLength::Images(images), None) => RunLength::Images(images.max(TRIAL_RECORDS)),
            (RunLength::Duration(_), None) if self.has_too_few => RunLength::Images(TRIAL_RECORDS),
            (length, None) => length,
        }
    }

    fn lowest_given_up(&self) -> f64 {
        let given_up = self.tried.iter().filter(|one| one.is_given_up()).filter_map(|one| one.rate);
        given_up.fold(self.ceiling, f64::min)
    }

    /// The highest rate that holds, below all rates that do not.
    fn best(&self) -> Option<(f64, &Tried)> {
        let high = self.lowest_given_up();
        let holding = self.tried.iter().filter(|one| one.holds());
        let rates = holding.filter_map(|one| Some((one.rate?, one))).filter(|(rate, _)| *rate <= high);
        rates.max_by(|a, b| a.0.total_cmp(&b.0))
    }
}

/// The length of a run at a rate: enough records for a 99th percentile.
pub(super) fn trial_length(length: RunLength, rate_per_s: f64) -> RunLength {
    match length {
        RunLength::Images(images) => RunLength::Images(images.max(TRIAL_RECORDS)),
        RunLength::Duration(duration) => {
            let needed = Duration::try_from_secs_f64(TRIAL_RECORDS as f64 / rate_per_s).unwrap_or(TRIAL_MAX);
            RunLength::Duration(duration.max(needed.min(TRIAL_MAX)))
        }
    }
}

/// The lowest rate that a trial can judge, in images per second.
pub(super) fn lowest_rate() -> f64 {
    JUDGED_RECORDS as f64 / TRIAL_MAX.as_secs_f64()
}

/// Judges a run by its rate and a limit of its 99th percentile, in microseconds.
pub(super) fn judge(run: &RunResult, rate_per_s: Option<f64>, limit_micros: f64) -> Trial {
    let latency = &run.end_to_end_latency;
    let reached = |part: f64| rate_per_s.is_none_or(|rate| run.producer.images_per_s >= part * rate);
    if run.status != RunStatus::Ok {
        return Trial::Missed;
    }
    // If most records are late, the queues grow: a short disturbance does not cause that.
    if !reached(RATE_FAR) || latency.p50_micros as f64 > limit_micros {
        return Trial::MissedByFar;
    }
    if latency.p99_micros as f64 > limit_micros || !(reached(RATE_REACHED) || run.has_held_rate() == Some(true)) {
        return Trial::Missed;
    }
    if latency.count < JUDGED_RECORDS { Trial::TooFew } else { Trial::Held }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds the rate of a system that reaches `ceiling` at full speed and holds the latency up to `truth`; `answer`
    /// may change the outcome of a trial.
    fn search(ceiling: f64, truth: f64, mut answer: impl FnMut(Trial) -> Trial) -> (Found, u32) {
        let mut search = RateSearch::default();
        while let Step::Try(rate) = search.next() {
            let tried = rate.unwrap_or(ceiling);
            assert!(rate.is_none() || (tried <= ceiling * 1.000_001 && tried > 0.0), "{tried}");
            let shown = match tried {
                tried if tried <= truth => Trial::Held,
                tried if tried > 1.3 * truth => Trial::MissedByFar,
                _ => Trial::Missed,
            };
            search.note(rate, answer(shown), tried, if tried > truth { (1e3 * tried / truth) as u64 } else { 500 });
            assert!(search.trials <= FIND_MAX_TRIALS);
        }
        (search.found(), search.trials)
    }

    #[test]
    fn full_speed_that_holds_is_confirmed_and_the_answer() {
        let (found, trials) = search(1_000.0, 2_000.0, |shown| shown);
        assert_eq!((found, trials), (Found { rate_per_s: 1_000.0, is_confirmed: true }, 2));
    }

    #[test]
    fn the_answer_is_near_the_truth_and_held_twice() {
        for truth in [6.0, 15.0, 40.0, 200.0, 700.0, 1_500.0, 2_900.0] {
            let (found, trials) = search(3_000.0, truth, |shown| shown);
            let part = found.rate_per_s / truth;
            assert!((0.88..=1.0).contains(&part) && found.is_confirmed, "{truth}: {found:?} after {trials}");
        }
    }

    #[test]
    fn one_disturbed_trial_changes_nothing() {
        // It does not matter which trial a pause of the machine spoils.
        for spoilt in 0..10 {
            let mut number = 0;
            let (found, _) = search(3_000.0, 200.0, |shown| {
                number += 1;
                if shown == Trial::Held && number == spoilt + 1 { Trial::Missed } else { shown }
            });
            assert!((170.0..=200.0).contains(&found.rate_per_s), "{spoilt}: {found:?}");
        }
    }

    #[test]
    fn noise_rarely_leads_far_from_the_truth() {
        let mut state = 7_u64;
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut far = 0;
        for _ in 0..1_000 {
            let (found, _) = search(3_000.0, 400.0, |shown| match (shown, uniform()) {
                (Trial::Held, luck) if luck < 0.1 => Trial::Missed,
                (Trial::Missed, luck) if luck < 0.05 => Trial::Held,
                (shown, _) => shown,
            });
            far += u32::from(!(320.0..=480.0).contains(&found.rate_per_s));
        }
        assert!(far < 60, "{far} of 1,000 searches end far from the truth");
    }

    #[test]
    fn a_system_that_holds_no_rate_has_none() {
        let (found, trials) = search(3_000.0, 1.0, |shown| shown);
        assert_eq!(found, Found { rate_per_s: 0.0, is_confirmed: false });
        assert!(trials < FIND_MAX_TRIALS);
        assert_eq!(search(0.0, 1.0, |_| Trial::MissedByFar).0.rate_per_s, 0.0);
    }

    #[test]
    fn a_rate_that_has_held_is_not_given_up_for_one_disturbed_trial() {
        let mut search = RateSearch::default();
        search.note(None, Trial::MissedByFar, 170.0, 900_000);
        assert_eq!(search.next(), Step::Try(Some(85.0)));
        search.note(Some(85.0), Trial::Held, 85.0, 9_000);
        // Rates in between, whose medians do not differ, do not show the effect of halving the rate.
        while let Step::Try(Some(rate)) = search.next() {
            if rate == 85.0 {
                break;
            }
            search.note(Some(rate), Trial::MissedByFar, rate, 1_400_000);
        }
        search.note(Some(85.0), Trial::MissedByFar, 85.0, 1_500_000);
        assert_eq!(search.next(), Step::Try(Some(85.0)), "the best of three decides");
        search.note(Some(85.0), Trial::Held, 85.0, 9_000);
        assert_eq!((search.next(), search.found()), (Step::Done, Found { rate_per_s: 85.0, is_confirmed: true }));
    }

    #[test]
    fn a_latency_that_no_rate_changes_ends_the_search() {
        // linger.ms above the limit, for example.
        let mut search = RateSearch::default();
        search.note(None, Trial::MissedByFar, 3_000.0, 90_000);
        while let Step::Try(rate) = search.next() {
            search.note(rate, Trial::MissedByFar, rate.unwrap(), 50_500);
        }
        assert_eq!((search.trials, search.found().rate_per_s), (4, 0.0));
    }

    #[test]
    fn trials_are_long_enough_for_the_percentile() {
        let search = RateSearch::default();
        let five = RunLength::Duration(Duration::from_secs(5));
        assert_eq!(search.trial_length(five, Some(1_000.0)), five);
        assert_eq!(search.trial_length(five, Some(20.0)), RunLength::Duration(Duration::from_secs(25)));
        assert_eq!(search.trial_length(five, Some(lowest_rate())), RunLength::Duration(TRIAL_MAX));
        assert_eq!(search.trial_length(RunLength::Images(10), Some(20.0)), RunLength::Images(TRIAL_RECORDS));
        let long = RunLength::Duration(Duration::from_secs(600));
        assert_eq!(search.trial_length(long, Some(5.0)), long);
    }

    #[test]
    fn a_short_run_at_full_speed_is_made_again_longer() {
        let mut search = RateSearch::default();
        let short = RunLength::Duration(Duration::from_millis(100));
        assert_eq!(search.trial_length(short, None), short);
        search.note(None, Trial::TooFew, 500.0, 1);
        assert_eq!(search.next(), Step::Try(None));
        assert_eq!(search.trial_length(short, None), RunLength::Images(TRIAL_RECORDS));
        search.note(None, Trial::Held, 450.0, 1);
        search.note(None, Trial::Held, 480.0, 1);
        assert_eq!((search.next(), search.found().rate_per_s), (Step::Done, 450.0));
    }

    #[test]
    fn a_run_is_judged_by_its_percentile_its_rate_and_its_records() {
        let run = |p50_micros, p99_micros, count, images_per_s| {
            let mut run = RunResult { status: RunStatus::Ok, ..RunResult::failed() };
            run.end_to_end_latency.p50_micros = p50_micros;
            run.end_to_end_latency.p99_micros = p99_micros;
            run.end_to_end_latency.count = count;
            run.producer.images_per_s = images_per_s;
            run
        };
        let judged = |run: &RunResult| judge(run, Some(100.0), 20_000.0);
        assert_eq!(judged(&run(5_000, 20_000, 500, 99.0)), Trial::Held);
        assert_eq!(judged(&run(5_000, 20_000, 45, 99.0)), Trial::TooFew);
        assert_eq!(judged(&run(5_000, 21_000, 500, 99.0)), Trial::Missed);
        assert_eq!(judged(&run(21_000, 50_000, 500, 99.0)), Trial::MissedByFar);
        assert_eq!(judged(&run(5_000, 6_000, 500, 80.0)), Trial::MissedByFar);
        assert_eq!(judged(&RunResult::failed()), Trial::Missed);
    }
}
