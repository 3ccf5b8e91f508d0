//! The race itself: which candidates are measured next and how long, which are dropped, and when it is decided.
//!
//! It knows neither a clock nor a broker: it asks for rounds, is given what they measured, and looks at it after each.

mod budget;
mod halving;
mod outcome;

use super::fit::{Fit, Slice, SliceNoise};
use super::look::Look;
use crate::model::random::SplitMix64;
pub(crate) use budget::FIRST_ROUND_SHARE;
pub(crate) use outcome::{Dropped, Ending, Exit, Found};

/// The next round leaves out candidates that together may be better than the leader by less than this share of the margin.
const RESTS_SHARE: f64 = 0.25;
/// The race ends when what may be lost is below the margin on average, and below this many margins in 97.5 of 100 possible truths.
const SURE_MARGINS: f64 = 3.0;
/// The most candidates that are compared with each other in one fit. A larger field is halved by its means.
const FITTED_MAX: usize = 64;
/// Slices that it takes to drop a candidate for certain, or to end the race.
const SLICES_MIN: usize = 2;
/// Slices are no longer than what lets so many rounds of the field fit into the rest of the budget.
const ROUNDS_LEFT: f64 = 3.0;
/// Lengths of slices, in seconds.
const LENGTHS_S: [f64; 4] = [0.5, 1.0, 2.0, 4.0];

/// The rules of a race.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rules {
    pub(crate) candidates: usize,
    /// Figures that count: two for the best compromise, otherwise one.
    pub(crate) figures: usize,
    /// On the logarithmic scale.
    pub(crate) margin: f64,
    pub(crate) budget_s: f64,
    /// Whether candidates are measured in short slices with their clients kept, not in whole runs.
    pub(crate) is_sliced: bool,
    /// Candidates whose clients are kept at the same time.
    pub(crate) batch: usize,
    pub(crate) seed: u64,
}

/// What is measured next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Round {
    /// From 1.
    pub(crate) number: u32,
    /// Groups of candidates in the order of their slices; the clients of one group are kept at the same time.
    pub(crate) batches: Vec<Vec<usize>>,
    /// Of a slice; `None` for whole runs.
    pub(crate) length_s: Option<f64>,
}

/// A race.
#[derive(Debug)]
pub(crate) struct Race {
    rules: Rules,
    random: SplitMix64,
    /// By figure; in the order of their times.
    slices: Vec<Vec<Slice>>,
    good: Vec<usize>,
    failures: Vec<usize>,
    dropped: Vec<Option<Dropped>>,
    rests: Vec<bool>,
    /// What the last measurement of each took beside its slice, in seconds; a whole run altogether.
    around_s: Vec<Option<f64>>,
    round: u32,
    looks: u32,
    /// Measurements since the last look.
    noted: usize,
    length_s: f64,
    first_length_s: f64,
    is_length_chosen: bool,
    /// Of the last look.
    found: Option<Found>,
    ending: Option<Ending>,
}

impl Race {
    pub(crate) fn new(rules: Rules) -> Self {
        let count = rules.candidates;
        let length_s = if count > rules.batch { LENGTHS_S[0] } else { LENGTHS_S[1] };
        Self {
            random: SplitMix64(rules.seed),
            slices: vec![Vec::new(); rules.figures],
            good: vec![0; count],
            failures: vec![0; count],
            dropped: vec![None; count],
            rests: vec![false; count],
            around_s: vec![None; count],
            round: 0,
            looks: 0,
            noted: 0,
            length_s,
            first_length_s: length_s,
            is_length_chosen: false,
            found: None,
            ending: None,
            rules,
        }
    }

    /// The next round. `None`: the race has ended.
    pub(crate) fn next_round(&mut self) -> Option<Round> {
        if self.ending.is_some() {
            return None;
        }
        let mut field: Vec<usize> = self.measured_next().collect();
        if field.is_empty() {
            self.ending = Some(Ending::NothingLeft);
            return None;
        }
        self.round += 1;
        self.random.shuffle(&mut field);
        // In the first round each is measured twice, so that noise is known before anything is dropped. A large field is halved
        // anyway.
        let passes = if self.round == 1 && self.rules.is_sliced && field.len() <= FITTED_MAX { 2 } else { 1 };
        let batches = field.chunks(self.rules.batch.max(1)).map(|batch| {
            let mut order = Vec::new();
            let mut batch = batch.to_vec();
            for _ in 0..passes {
                self.random.shuffle(&mut batch);
                order.extend_from_slice(&batch);
            }
            order
        });
        let batches = batches.collect();
        Some(Round { number: self.round, batches, length_s: self.rules.is_sliced.then_some(self.length_s) })
    }

    /// Whether the candidate is out.
    pub(crate) fn is_out(&self, candidate: usize) -> bool {
        self.dropped[candidate].is_some()
    }

    /// Takes the figures of a slice, or of a run, from one time to another. `values`: logarithms, the larger the better; `None`:
    /// it failed.
    pub(crate) fn note(&mut self, candidate: usize, (began_s, ended_s): (f64, f64), values: Option<&[f64]>) {
        self.noted += 1;
        self.note_time(candidate, ended_s - began_s);
        match values.filter(|values| values.iter().all(|value| value.is_finite())) {
            Some(values) => {
                let (at_s, length) = (f64::midpoint(began_s, ended_s), self.length_s / self.first_length_s);
                for (slices, &value) in self.slices.iter_mut().zip(values) {
                    slices.push(Slice { candidate, at_s, length, value });
                }
                self.good[candidate] += 1;
            }
            None => {
                self.failures[candidate] += 1;
                if self.failures[candidate] > 1 && self.failures[candidate] > self.good[candidate] {
                    self.drop_out(candidate, Exit::Failed, ended_s);
                }
            }
        }
    }

    /// A person skipped the candidate.
    pub(crate) fn skip(&mut self, candidate: usize, now_s: f64) {
        self.drop_out(candidate, Exit::Skipped, now_s);
    }

    fn drop_out(&mut self, candidate: usize, exit: Exit, at_s: f64) {
        let dropped = Dropped { exit, round: self.round, at_s };
        self.dropped[candidate].get_or_insert(dropped);
    }

    /// The end of a round, or of the part of it that the budget allowed. `slice_s`: the time that a slice took with
    /// everything around it.
    pub(crate) fn look(&mut self, now_s: f64, slice_s: f64) {
        // A round for which there was no time any more says nothing.
        self.looks += u32::from(std::mem::take(&mut self.noted) > 0);
        if self.is_first_round_over(now_s) || (self.round == 1 && self.is_out_of_time(now_s)) {
            self.leave_out(now_s);
        }
        if self.measured() > FITTED_MAX {
            self.halve_by_means(now_s);
            while self.is_out_of_time(now_s) && self.measured() > FITTED_MAX {
                self.halve_by_means(now_s);
            }
            self.preview();
        } else if let Some(found) = self.find() {
            self.drop_beaten(&found, now_s);
            self.halve(&found, now_s);
            self.rest(&found);
            self.choose_length(found.noise, slice_s, now_s);
            self.found = Some(Found { leader: self.leader_of(&found), ..found });
        }
        self.ending = match &self.found {
            Some(found) if self.is_alone(found) => Some(self.ending_alone()),
            Some(found) if self.is_decided(found) => Some(Ending::Decided),
            _ => self.is_out_of_time(now_s).then_some(Ending::OutOfTime),
        };
    }

    /// What is known in the middle of a round: nothing is dropped.
    pub(crate) fn preview(&mut self) {
        if self.measured() <= FITTED_MAX
            && let Some(found) = self.find()
        {
            self.found = Some(Found { leader: self.leader_of(&found), ..found });
        }
    }

    /// Drops what the first round had no time for.
    fn leave_out(&mut self, now_s: f64) {
        let is_measured = self.good.iter().any(|&good| good > 0);
        for candidate in 0..self.rules.candidates {
            if is_measured && self.good[candidate] + self.failures[candidate] == 0 {
                self.drop_out(candidate, Exit::LeftOut, now_s);
            }
        }
    }

    /// Candidates that are not out.
    pub(crate) fn field(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.rules.candidates).filter(|&candidate| !self.is_out(candidate))
    }

    /// Those of them that the next round measures.
    fn measured_next(&self) -> impl Iterator<Item = usize> + '_ {
        self.field().filter(|&candidate| !self.rests[candidate])
    }

    fn measured(&self) -> usize {
        let mut candidates: Vec<usize> = self.slices[0].iter().map(|slice| slice.candidate).collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates.len()
    }

    fn find(&self) -> Option<Found> {
        let fits: Vec<Fit> = self.slices.iter().map(|slices| Fit::of(slices)).collect::<Option<_>>()?;
        let look = Look::at(&fits, self.rules.margin, self.looks.max(1));
        let first = fits.first()?;
        let leader = *first.candidates.get(look.leader)?;
        Some(Found { candidates: first.candidates.clone(), look, leader, noise: first.noise })
    }

    fn drop_beaten(&mut self, found: &Found, now_s: f64) {
        for (index, &candidate) in found.candidates.iter().enumerate() {
            let Some(better) = found.look.beaten_by[index] else { continue };
            let by = found.candidates[better];
            let is_enough = |one: usize| self.good[one] >= SLICES_MIN;
            if is_enough(candidate) && is_enough(by) && found.look.are_behind[index] {
                let behind = found.look.losses[index];
                self.drop_out(candidate, Exit::Beaten { behind }, now_s);
            }
        }
    }

    fn rest(&mut self, found: &Found) {
        self.rests.fill(false);
        let leader = self.leader_of(found);
        let mut left: Vec<usize> =
            (0..found.candidates.len()).filter(|&index| !self.is_out(found.candidates[index])).collect();
        left.sort_by(|&a, &b| found.look.hopes[a].total_cmp(&found.look.hopes[b]));
        // Drift cancels between two at least.
        let most = left.len().saturating_sub(2);
        let mut hope = 0.0;
        for index in left {
            let candidate = found.candidates[index];
            hope += found.look.hopes[index];
            if hope > RESTS_SHARE * self.rules.margin || self.rests.iter().filter(|rests| **rests).count() >= most {
                break;
            }
            let is_known = self.good[candidate] >= SLICES_MIN && found.look.are_behind[index];
            self.rests[candidate] = is_known && candidate != leader;
        }
    }

    /// Once the candidates are compared: the length with which the same time says the most. Noise of its own falls with the
    /// length, what the drift adds between neighbours grows with it.
    fn choose_length(&mut self, noise: SliceNoise, slice_s: f64, now_s: f64) {
        if std::mem::replace(&mut self.is_length_chosen, true) || !self.rules.is_sliced {
            return;
        }
        let around_s = (slice_s - self.length_s).max(0.0);
        let cost = |length_s: f64| {
            let drifted = 1.0 - (-(length_s + around_s) / noise.drift_lasts_s.max(1e-3)).exp();
            let own = noise.own.powi(2) * self.first_length_s / length_s;
            (length_s + around_s) * (own + noise.drift.powi(2) * drifted)
        };
        let round_s = |length_s: f64| self.field().count() as f64 * (length_s + around_s);
        let has_rounds = |length_s: &f64| ROUNDS_LEFT * round_s(*length_s) <= self.rules.budget_s - now_s;
        let shortest = LENGTHS_S[..1].iter().copied();
        let lengths = shortest.chain(LENGTHS_S[1..].iter().copied().filter(has_rounds));
        if let Some(best) = lengths.min_by(|&a, &b| cost(a).total_cmp(&cost(b))) {
            self.length_s = best;
        }
    }

    /// The best one that is not out.
    fn leader_of(&self, found: &Found) -> usize {
        let losses = found.candidates.iter().zip(&found.look.expected_losses);
        let left = losses.filter(|(candidate, _)| !self.is_out(**candidate));
        left.min_by(|a, b| a.1.total_cmp(b.1)).map_or(found.leader, |(candidate, _)| *candidate)
    }

    /// Whether it is the only one that was measured, and no other one can be.
    fn is_alone(&self, found: &Found) -> bool {
        found.candidates.len() < 2 && self.field().count() < 2
    }

    fn ending_alone(&self) -> Ending {
        let is_left_out = |dropped: &Dropped| dropped.exit == Exit::LeftOut;
        if self.dropped.iter().flatten().any(is_left_out) { Ending::OutOfTime } else { Ending::NothingLeft }
    }

    fn is_decided(&self, found: &Found) -> bool {
        let all_measured = self.field().all(|candidate| self.good[candidate] >= SLICES_MIN);
        let is_small = found.expected_loss(found.leader).is_some_and(|loss| loss < self.rules.margin);
        let is_sure = found.loss(found.leader).is_some_and(|(_, (_, most))| most < SURE_MARGINS * self.rules.margin);
        all_measured && is_small && is_sure
    }

    pub(crate) fn found(&self) -> Option<&Found> {
        self.found.as_ref()
    }

    /// Of slices of the present length, or of runs.
    pub(crate) fn noise(&self) -> Option<SliceNoise> {
        let noise = self.found.as_ref()?.noise;
        Some(SliceNoise { own: noise.own * (self.first_length_s / self.length_s).sqrt(), ..noise })
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        self.ending
    }

    pub(crate) fn dropped(&self, candidate: usize) -> Option<Dropped> {
        self.dropped[candidate]
    }

    /// Rounds that have ended.
    pub(crate) fn rounds(&self) -> u32 {
        self.looks
    }

    /// Of a slice, in seconds.
    pub(crate) fn length_s(&self) -> Option<f64> {
        self.rules.is_sliced.then_some(self.length_s)
    }
}

#[cfg(test)]
#[path = "simulated_tests.rs"]
mod tests;
