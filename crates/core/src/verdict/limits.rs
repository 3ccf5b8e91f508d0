//! How absolute thresholds came out in the runs of a benchmark.

use std::fmt;

use crate::results::{BenchmarkResults, ConfigurationResult, Limit, RunResult};

/// How one threshold came out.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitOutcome {
    /// The threshold.
    pub limit: Limit,
    /// Runs that were checked: those that count, and those that lost records if it is about loss.
    pub checked: usize,
    /// The worst figure, and whose it is; `None` if no run has one.
    pub worst: Option<RunFigure>,
    /// Runs that missed it, in the order of the configurations.
    pub missed: Vec<RunFigure>,
}

/// The figure of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFigure {
    /// Its configuration.
    pub configuration: String,
    /// Its place in the order of all runs, from 1.
    pub order: u32,
    /// Which repeat of its configuration it is, from 1.
    pub repeat: u32,
    /// In the threshold's unit; `None` if it could not be measured.
    pub measured: Option<f64>,
}

impl fmt::Display for RunFigure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, run {} (repeat {})", self.configuration, self.order, self.repeat)
    }
}

/// Checks every run of a benchmark.
pub fn check(results: &BenchmarkResults, limits: &[Limit]) -> Vec<LimitOutcome> {
    limits.iter().map(|limit| LimitOutcome::of(*limit, results)).collect()
}

impl LimitOutcome {
    fn of(limit: Limit, results: &BenchmarkResults) -> Self {
        let mut outcome = Self { limit, checked: 0, worst: None, missed: Vec::new() };
        let runs = results.configurations.iter().flat_map(|one| one.runs.iter().map(move |run| (one, run)));
        for (one, run) in runs.filter(|(_, run)| limit.applies_to(run)) {
            outcome.add(one, run);
        }
        outcome
    }

    fn add(&mut self, one: &ConfigurationResult, run: &RunResult) {
        let measured = self.limit.measured(run);
        let figure =
            RunFigure { configuration: one.configuration.name.clone(), order: run.order, repeat: run.repeat, measured };
        self.checked += 1;
        if self.limit.missed_by(run).is_some() {
            self.missed.push(figure.clone());
        }
        let worst = self.worst.as_ref().and_then(|worst| worst.measured);
        if measured.is_some_and(|measured| worst.is_none_or(|worst| self.limit.is_worse(measured, worst))) {
            self.worst = Some(figure);
        }
    }

    /// Whether all runs that were checked kept it, and there was one.
    pub fn is_kept(&self) -> bool {
        self.missed.is_empty() && self.checked > 0
    }

    /// `kept in 15 runs`, `missed in 1 of 3 runs`, `not checked: no run counts`.
    pub fn text(&self) -> String {
        let runs = |count: usize| crate::model::units::counted(count as u64, "run", "runs");
        match self.missed.len() {
            _ if self.checked == 0 => "not checked: no run counts".to_owned(),
            0 => format!("kept in {}", runs(self.checked)),
            missed => format!("missed in {missed} of {}", runs(self.checked)),
        }
    }

    /// The worst figure, `41.2 ms`; `–` if no run has one.
    pub fn worst_text(&self) -> String {
        self.worst.as_ref().map_or_else(|| "–".to_owned(), |worst| self.limit.shown(worst.measured))
    }
}

/// A line for each run that missed a threshold, and one for those that were kept.
pub fn lines(outcomes: &[LimitOutcome]) -> Vec<String> {
    let missed = outcomes.iter().flat_map(|outcome| outcome.missed.iter().map(move |run| (outcome.limit, run)));
    let mut lines: Vec<String> = missed
        .map(|(limit, run)| {
            let (name, measured) = (limit.metric().name(), limit.shown(run.measured));
            let verb = if run.measured.is_some() { "is" } else { "was" };
            format!("threshold missed: {run}: {name} {verb} {measured}, wanted: {limit}")
        })
        .collect();
    let unchecked = outcomes.iter().filter(|outcome| outcome.checked == 0);
    lines.extend(unchecked.map(|outcome| format!("threshold not checked, as no run counts: {}", outcome.limit)));
    let kept = outcomes.iter().filter(|outcome| outcome.is_kept());
    let kept: Vec<String> =
        kept.map(|outcome| format!("{} (at worst {})", outcome.limit, outcome.worst_text())).collect();
    if !kept.is_empty() {
        lines.push(format!("thresholds kept in every run: {}", kept.join(", ")));
    }
    lines
}

/// Whether a run missed a threshold when it was measured.
pub fn has_missed(results: &BenchmarkResults) -> bool {
    results.configurations.iter().flat_map(|one| &one.runs).any(|run| !run.missed_thresholds.is_empty())
}

/// After how many of its runs a threshold ended a benchmark; `None` if it did not.
pub fn ended_early(results: &BenchmarkResults) -> Option<String> {
    let runs = || results.configurations.iter().flat_map(|one| &one.runs);
    let is_missed = !results.is_complete && has_missed(results);
    let planned = results.method.repeats as usize * results.configurations.len();
    let made = runs().count();
    (is_missed && made < planned)
        .then(|| format!("ended after {made} of {planned} runs, since a run missed a threshold"))
}

/// Whether a run missed a threshold.
pub fn is_missed(outcomes: &[LimitOutcome]) -> bool {
    outcomes.iter().any(|outcome| !outcome.missed.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::testing::{configuration, results};
    use crate::results::{RunResult, RunStatus};

    fn outcomes(rates: &[(&str, &[f64])], limits: &[&str]) -> Vec<LimitOutcome> {
        let rates: Vec<_> = rates.iter().map(|(name, rates)| (configuration(name), *rates)).collect();
        let limits: Vec<Limit> = limits.iter().map(|text| text.parse().unwrap()).collect();
        check(&results(&rates), &limits)
    }

    #[test]
    fn each_run_is_checked_and_the_worst_is_named() {
        let found = outcomes(&[("a", &[100.0, 80.0]), ("b", &[50.0])], &["throughput>=60", "p99<21ms"]);
        assert!(is_missed(&found) && !found[0].is_kept() && found[1].is_kept());
        assert_eq!(
            (found[0].text(), found[1].text()),
            ("missed in 1 of 3 runs".to_owned(), "kept in 3 runs".to_owned())
        );
        let lines = lines(&found);
        assert_eq!(lines[0], "threshold missed: b, run 1 (repeat 1): throughput is 50.0/s, wanted: throughput>=60");
        assert_eq!(lines[1], "thresholds kept in every run: p99<21ms (at worst 20.0 ms)");
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn without_a_run_that_counts_nothing_is_kept() {
        let found = outcomes(&[("a", &[])], &["p99<5ms"]);
        assert!(!is_missed(&found) && !found[0].is_kept());
        assert_eq!(lines(&found), ["threshold not checked, as no run counts: p99<5ms"]);
        let mut failed = results(&[(configuration("a"), &[])]);
        failed.configurations[0].runs = vec![RunResult { sent: 5, acknowledged: 5, missing: 2, ..RunResult::failed() }];
        assert_eq!(failed.configurations[0].runs[0].status, RunStatus::Failed);
        let limits: Vec<Limit> = ["p99<5ms", "loss=0"].map(|text| text.parse().unwrap()).to_vec();
        let found = check(&failed, &limits);
        assert_eq!((found[0].checked, found[1].missed.len(), found[1].worst_text()), (0, 1, "2".to_owned()));
    }

    #[test]
    fn what_cannot_be_measured_is_missed() {
        let found = outcomes(&[("a", &[100.0])], &["disk<5kB"]);
        assert_eq!(lines(&found), ["threshold missed: a, run 1 (repeat 1): disk was not measured, wanted: disk<5kB"]);
        assert_eq!(found[0].worst_text(), "–");
    }
}
