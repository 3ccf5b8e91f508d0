//! Makes the runs of a race, round by round, until it is decided or its budget is used up.

mod course;
mod deadline;

use std::time::{Duration, Instant};

use super::error::BenchmarkError;
use super::plan::{LANES_MAX, RacePlan, RunLength};
use super::run::BenchmarkRun;
use super::sequence::{Made, RunSequence};
use crate::results::RunStatus;
use crate::run::cancellation::Cancellation;
use crate::verdict::race::{Race, Round};
use course::{course, figures, rules};

/// What is cut off at the beginning of each slice: queues fill, and batches reach their size.
const CUT: Duration = Duration::from_millis(250);

/// Time between two views of a race in the middle of a round.
const PREVIEW_INTERVAL: Duration = Duration::from_secs(2);

/// How a round ended.
enum RoundEnd {
    Made,
    /// The benchmark was stopped.
    Stopped,
}

impl RunSequence<'_> {
    /// False: stopped, or nothing could be measured.
    pub(super) fn race(&mut self) -> Result<bool, BenchmarkError> {
        let Some(plan) = self.plan.race else { return Ok(false) };
        let mut race = Race::new(rules(self.plan, plan));
        let end_of_budget = self.began.checked_add(self.plan.race_budget());
        let request_at = |instant| deadline::request_at(self.context, instant, &self.time_is_up);
        let deadline = end_of_budget.map(request_at).transpose()?;
        let made = self.rounds(&mut race, plan);
        drop(deadline);
        // The time that it took is that of measuring, which the budget bounds: closing is not in it.
        self.keep_course(&race, plan);
        for index in 0..self.plan.configurations.len() {
            self.measure.close(self.context, index);
        }
        Ok(made? && race.ending().is_some() && race.found().is_some())
    }

    /// False: stopped.
    fn rounds(&mut self, race: &mut Race, plan: RacePlan) -> Result<bool, BenchmarkError> {
        while let Some(round) = race.next_round() {
            self.round = Some(round.number);
            let (began, before) = (self.began.elapsed(), self.runs_made());
            let end = self.race_round(race, plan, &round)?;
            let took = self.began.elapsed().saturating_sub(began);
            let each = took / (self.runs_made() - before).max(1);
            race.look(self.began.elapsed().as_secs_f64(), each.as_secs_f64());
            self.keep_course(race, plan);
            if matches!(end, RoundEnd::Stopped) {
                return Ok(false);
            }
            for index in (0..self.plan.configurations.len()).filter(|&index| race.is_out(index)) {
                self.measure.close(self.context, index);
            }
            self.measure.release(self.context);
        }
        Ok(true)
    }

    fn race_round(&mut self, race: &mut Race, plan: RacePlan, round: &Round) -> Result<RoundEnd, BenchmarkError> {
        let has_room = round.batches.len() == 1;
        for batch in &round.batches {
            let now_s = self.began.elapsed().as_secs_f64();
            if !batch.iter().any(|&index| race.has_time_for(index, now_s)) {
                continue;
            }
            if round.length_s.is_some() {
                self.open_batch(race, batch)?;
            }
            let made = self.race_batch(race, plan, round, batch)?;
            if !has_room {
                // The next batch needs the room.
                batch.iter().for_each(|&index| self.measure.close(self.context, index));
            }
            if matches!(made, RoundEnd::Stopped) {
                return Ok(made);
            }
        }
        Ok(RoundEnd::Made)
    }

    fn race_batch(
        &mut self,
        race: &mut Race,
        plan: RacePlan,
        round: &Round,
        batch: &[usize],
    ) -> Result<RoundEnd, BenchmarkError> {
        let rate = self.plan.pace.fixed_rate();
        let length = match round.length_s {
            Some(length_s) => (RunLength::Duration(CUT + Duration::from_secs_f64(length_s)), Some(CUT)),
            None => (self.plan.length, None),
        };
        for &index in batch {
            let began_s = self.began.elapsed().as_secs_f64();
            if race.is_out(index) || !race.has_time_for(index, began_s) {
                continue;
            }
            match self.one(index, rate, length)? {
                Made::Run(run) => {
                    let values = figures(plan.goal, &run).filter(|_| run.status == RunStatus::Ok);
                    race.note(index, (began_s, self.began.elapsed().as_secs_f64()), values.as_deref());
                    self.results.add(index, *run, None)?;
                    self.preview(race, plan);
                }
                Made::Skipped => {
                    self.has_skipped = true;
                    race.skip(index, self.began.elapsed().as_secs_f64());
                    self.measure.close(self.context, index);
                }
                // What was interrupted does not count.
                Made::TimeIsUp => return Ok(RoundEnd::Made),
                Made::Stopped => return Ok(RoundEnd::Stopped),
            }
        }
        Ok(RoundEnd::Made)
    }

    /// Opens what a batch needs together: a cluster makes each new group wait, and so they wait at the same time.
    fn open_batch(&mut self, race: &Race, batch: &[usize]) -> Result<(), BenchmarkError> {
        let mut opened: Vec<usize> = batch.iter().copied().filter(|&index| !race.is_out(index)).collect();
        opened.sort_unstable();
        opened.dedup();
        for index in opened.into_iter().take(LANES_MAX) {
            let Some(skip) = self.context.skips.of_index(index).filter(|skip| !skip.is_requested()) else { continue };
            let order = self.runs_made() + 1;
            let run = BenchmarkRun {
                context: self.context,
                configuration: &self.plan.configurations[index],
                index,
                name: format!("kib-bench-{}-{order}-{}", self.results.benchmark_id(), index + 1),
                order,
                repeat: 1,
                rate_per_s: None,
                length: self.plan.length,
                cut: Some(CUT),
                stop: Cancellation::child_of(&[&self.context.stop, skip, &self.time_is_up]),
            };
            // One that cannot be opened is a failed slice, which has the reason.
            if let Err(error) = self.measure.open(&run)
                && error.ends_benchmark()
            {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Shows what is known in the middle of a round.
    fn preview(&mut self, race: &mut Race, plan: RacePlan) {
        if self.previewed.is_none_or(|at| at.elapsed() >= PREVIEW_INTERVAL) {
            race.preview();
            self.keep_course(race, plan);
            self.previewed = Some(Instant::now());
        }
    }

    fn keep_course(&mut self, race: &Race, plan: RacePlan) {
        // What was interrupted then may take a moment to end.
        let most = if self.time_is_up.is_requested() { self.plan.race_budget() } else { Duration::MAX };
        let course = course(race, plan, self.plan, self.began.elapsed().min(most));
        self.results.set_race(course);
    }
}
