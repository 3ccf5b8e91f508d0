//! The runs of a benchmark in their order: interleaved, one search after the other, or ladders side by side.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bookkeeping::Bookkeeping;
use super::error::BenchmarkError;
use super::ladder::{Ladder, Rung};
use super::plan::{BenchmarkPlan, Pace, RunLength};
use super::rate_search::{self, Found, RateSearch, Step};
use super::run::{BenchmarkRun, MeasureRun, RunEnd};
use super::schedule::interleaved;
use crate::metrics::BenchmarkProgress;
use crate::model::notice::Notice;
use crate::results::{LadderLimits, RunProblem, RunResult, RunStatus, StepOutcome, highest_held};
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;
use crate::run::error::error_chain;

/// Makes the runs of a plan, and keeps their results.
pub(super) struct RunSequence<'a> {
    pub(super) context: &'a Arc<RunContext>,
    pub(super) plan: &'a BenchmarkPlan,
    pub(super) measure: &'a mut dyn MeasureRun,
    pub(super) results: Bookkeeping<'a>,
    pub(super) began: Instant,
    /// Runs that have begun.
    order: u32,
    /// The same by configuration.
    begun: Vec<u32>,
    /// A run was left out, or ended early, because its configuration was skipped.
    pub(super) has_skipped: bool,
    /// The round of a race, from 1.
    pub(super) round: Option<u32>,
    /// When the race was last shown in the middle of a round.
    pub(super) previewed: Option<Instant>,
    /// Requested at the end of a race's budget.
    pub(super) time_is_up: Cancellation,
    /// Configurations whose search or ladder has ended.
    ended: Vec<bool>,
}

/// The outcome of one run.
pub(super) enum Made {
    Run(Box<RunResult>),
    /// Its configuration gets no more runs.
    Skipped,
    /// The budget of the race ended before the run.
    TimeIsUp,
    /// The benchmark ends.
    Stopped,
}

impl<'a> RunSequence<'a> {
    pub(super) fn new(
        context: &'a Arc<RunContext>,
        plan: &'a BenchmarkPlan,
        measure: &'a mut dyn MeasureRun,
        results: Bookkeeping<'a>,
    ) -> Self {
        let begun = vec![0; plan.configurations.len()];
        Self {
            context,
            plan,
            measure,
            results,
            began: Instant::now(),
            order: 0,
            begun,
            has_skipped: false,
            round: None,
            previewed: None,
            time_is_up: Cancellation::default(),
            ended: vec![false; plan.configurations.len()],
        }
    }

    /// Makes all runs. Results are kept even if this fails.
    pub(super) fn make(mut self) -> Result<(), BenchmarkError> {
        let made = match self.plan.pace {
            _ if self.plan.race.is_some() => self.race(),
            Pace::FullSpeed | Pace::Shaped(_) => self.all_at(None),
            Pace::Fixed(rate) => self.all_at(Some(rate)),
            Pace::FindMax(p99_ms) => self.find_max_rates(p99_ms),
            Pace::Ladder(limits) => self.climb(limits),
        };
        let is_complete = matches!(made, Ok(true)) && !self.has_skipped;
        let kept = self.results.finish(is_complete);
        made.and(kept)
    }

    /// Every run at the same rate, interleaved. False: stopped, or ended by a run that missed a threshold.
    fn all_at(&mut self, rate_per_s: Option<f64>) -> Result<bool, BenchmarkError> {
        let order = interleaved(self.plan.configurations.len(), self.plan.repeats, self.plan.seed);
        let mut order = order.into_iter().peekable();
        while let Some(index) = order.next() {
            match self.one(index, rate_per_s, (self.plan.length, None))? {
                Made::Run(run) => {
                    let is_missed = !run.missed_thresholds.is_empty();
                    self.results.add(index, *run, None)?;
                    if is_missed {
                        // The verdict is certain: more runs would only cost time.
                        return Ok(order.peek().is_none());
                    }
                }
                Made::Skipped => self.has_skipped = true,
                Made::Stopped | Made::TimeIsUp => return Ok(false),
            }
        }
        Ok(true)
    }

    /// For each configuration: see [`RateSearch`]. False: stopped.
    fn find_max_rates(&mut self, p99_ms: f64) -> Result<bool, BenchmarkError> {
        for index in 0..self.plan.configurations.len() {
            match self.find_max_rate(index, p99_ms)? {
                Some(Made::Skipped) => self.has_skipped = true,
                Some(Made::Stopped | Made::TimeIsUp) => return Ok(false),
                Some(Made::Run(_)) | None => {}
            }
            self.ended[index] = true;
        }
        Ok(true)
    }

    /// `None`: the search has ended. Otherwise why it was interrupted.
    fn find_max_rate(&mut self, index: usize, p99_ms: f64) -> Result<Option<Made>, BenchmarkError> {
        let mut search = RateSearch::default();
        while let Step::Try(rate) = search.next() {
            let length = search.trial_length(self.plan.length, rate);
            let run = match self.one(index, rate, (length, None))? {
                Made::Run(run) => run,
                ended => return Ok(Some(ended)),
            };
            let outcome = rate_search::judge(&run, rate, p99_ms * 1e3);
            search.note(rate, outcome, run.producer.images_per_s, run.end_to_end_latency.p50_micros);
            self.results.add(index, *run, Some(search.found().rate_per_s))?;
        }
        self.report_search(index, search.found(), p99_ms);
        Ok(None)
    }

    /// Rates step by step, see [`Ladder`]: a run of each configuration in turn, so that changes over time do not affect one
    /// of them alone. False: stopped.
    fn climb(&mut self, limits: LadderLimits) -> Result<bool, BenchmarkError> {
        let mut ladders: Vec<Option<Ladder>> =
            self.plan.configurations.iter().map(|_| Some(Ladder::new(limits))).collect();
        while ladders.iter().any(Option::is_some) {
            for (index, place) in ladders.iter_mut().enumerate() {
                let Some(ladder) = place else { continue };
                let rung = ladder.next();
                if rung == Rung::Done {
                    *place = None;
                    self.ended[index] = true;
                    self.report_ladder(index, limits);
                    continue;
                }
                match self.one(index, rung.rate(), (Ladder::run_length(self.plan.length, rung), None))? {
                    Made::Run(run) => {
                        ladder.note(rung, &run);
                        self.results.add_to_ladder(index, *run, limits.p99_ms)?;
                    }
                    Made::Skipped => {
                        self.has_skipped = true;
                        *place = None;
                    }
                    Made::Stopped | Made::TimeIsUp => return Ok(false),
                }
            }
        }
        Ok(true)
    }

    /// Warns if no step of a ladder held.
    fn report_ladder(&self, index: usize, limits: LadderLimits) {
        let name = &self.plan.configurations[index].name;
        let text = match self.results.steps(index) {
            [] => format!("{name}: no step could be measured, since no run at full speed could be"),
            steps if highest_held(steps) > 0.0 => return,
            [lowest, ..] if lowest.outcome == StepOutcome::LatencyAboveLimit && limits.p99_ms.is_some() => format!(
                "{name}: the lowest step, {:.1} images/s, has a p99 of {:.1} ms, above the limit of {} ms",
                lowest.rate_images_per_s,
                lowest.p99_micros as f64 / 1e3,
                limits.p99_ms.unwrap_or_default()
            ),
            [lowest, ..] => {
                format!(
                    "{name}: the lowest step, {:.1} images/s, did not hold: {}",
                    lowest.rate_images_per_s, lowest.outcome
                )
            }
        };
        self.context.notify(Notice::warning(text));
    }

    /// Warns if a search has no answer, or an unconfirmed one.
    fn report_search(&self, index: usize, found: Found, p99_ms: f64) {
        let name = &self.plan.configurations[index].name;
        let rates = self.results.runs(index).iter().rev();
        let rates = rates.filter_map(|run| Some((run.rate_images_per_s?, run.end_to_end_latency.p50_micros)));
        let (lowest, lowest_p50_micros) = rates.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::INFINITY, 0));
        let text = match found {
            Found { rate_per_s, .. } if rate_per_s <= 0.0 && lowest.is_finite() => format!(
                "{name}: no rate that was tried held {p99_ms} ms in most of its trials, down to {lowest:.1} images/s, where the \
                 last median was {:.1} ms",
                lowest_p50_micros as f64 / 1e3
            ),
            Found { rate_per_s, .. } if rate_per_s <= 0.0 => {
                format!("{name}: no rate could be tried, since no run at full speed could be measured")
            }
            Found { rate_per_s, is_confirmed: false } => {
                format!("{name}: {rate_per_s:.1} images/s held {p99_ms} ms once; it was not confirmed by a second run")
            }
            Found { .. } => return,
        };
        self.context.notify(Notice::warning(text));
    }

    /// One run, with its own topic and group, or one slice.
    pub(super) fn one(
        &mut self,
        index: usize,
        rate_per_s: Option<f64>,
        (length, cut): (RunLength, Option<Duration>),
    ) -> Result<Made, BenchmarkError> {
        let context = self.context;
        if context.stop.is_requested() {
            return Ok(Made::Stopped);
        }
        if self.time_is_up.is_requested() {
            return Ok(Made::TimeIsUp);
        }
        let Some(skip) = context.skips.of_index(index).filter(|skip| !skip.is_requested()) else {
            return Ok(Made::Skipped);
        };
        self.order += 1;
        self.begun[index] += 1;
        let run = BenchmarkRun {
            context,
            configuration: &self.plan.configurations[index],
            index,
            name: format!("kib-bench-{}-{}", self.results.benchmark_id(), self.order),
            order: self.order,
            repeat: self.results.runs(index).len() as u32 + 1,
            rate_per_s,
            length,
            cut,
            stop: Cancellation::child_of(&[&context.stop, skip, &self.time_is_up]),
        };
        self.show(&run);
        let began = Instant::now();
        let measured = if cut.is_some() { self.measure.slice(&run)? } else { self.measure.measure(&run)? };
        let mut result = match measured {
            RunEnd::Measured(result) => result,
            RunEnd::Interrupted if context.stop.is_requested() => return Ok(Made::Stopped),
            RunEnd::Interrupted if self.time_is_up.is_requested() => return Ok(Made::TimeIsUp),
            RunEnd::Interrupted => return Ok(Made::Skipped),
            RunEnd::Failed(error) => Box::new(RunResult {
                order: run.order,
                repeat: run.repeat,
                rate_images_per_s: rate_per_s,
                topic: run.name.clone(),
                problems: vec![RunProblem::Error(error_chain(&error))],
                ..RunResult::failed()
            }),
        };
        result.whole_s = Some(began.elapsed().as_secs_f64());
        if result.status == RunStatus::Failed {
            let (name, problems) = (&run.configuration.name, result.problem_text());
            context.notify(Notice::warning(format!("A run of {name} failed: {problems}")));
        }
        result.missed_thresholds = self.plan.thresholds.iter().filter_map(|limit| limit.missed_by(&result)).collect();
        for missed in &result.missed_thresholds {
            let (name, measured) = (&run.configuration.name, missed.threshold.shown(missed.measured));
            tracing::warn!("{name}, run {}: {measured} misses the threshold {}", run.order, missed.threshold);
        }
        Ok(Made::Run(result))
    }

    /// Runs that have begun.
    pub(super) fn runs_made(&self) -> u32 {
        self.order
    }

    /// Shows the run that begins.
    fn show(&self, run: &BenchmarkRun<'_>) {
        let total = self.total();
        *self.context.benchmark.lock() = Some(BenchmarkProgress {
            run: run.order,
            runs: if self.plan.race.is_some() { None } else { Some(total) },
            round: self.round,
            configuration: run.configuration.name.clone(),
            configuration_index: run.index,
            repeat: run.repeat,
            repeats: self.plan.runs_per_configuration().max(run.repeat),
            search: match self.plan.pace {
                // A step of a ladder has up to three runs, and full speed is none.
                Pace::Ladder(_) => Some("its run"),
                Pace::FindMax(_) => Some("trial"),
                _ => None,
            },
            phase: "making the topic",
            left: self.time_left(total),
            ..BenchmarkProgress::default()
        });
    }

    /// The number of all runs, without those that configurations no longer get that are skipped, or whose search has ended.
    fn total(&self) -> u32 {
        let each = self.plan.runs_per_configuration();
        let has_ended = |index: usize| self.ended[index] || self.context.skips.contains(index);
        let of = |(index, &begun): (usize, &u32)| if has_ended(index) { begun } else { each };
        self.begun.iter().enumerate().map(of).sum()
    }

    /// Estimated from the runs so far, or else from the plan.
    fn time_left(&self, total: u32) -> Option<Duration> {
        if self.plan.race.is_some() {
            return Some(self.plan.race_budget().saturating_sub(self.began.elapsed()));
        }
        if self.plan.is_search() {
            // The number of runs is not known.
            return None;
        }
        let done = self.order.saturating_sub(1);
        if done == 0 {
            return self.plan.estimate();
        }
        Some(self.began.elapsed() / done * total.saturating_sub(done))
    }
}

#[cfg(test)]
#[path = "sequence_tests.rs"]
mod tests;
