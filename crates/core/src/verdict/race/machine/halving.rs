//! Large fields: after each round the worse half goes (successive halving).

use super::{Exit, Found, Race};

/// Of a larger field the worse half is dropped after each round, as far as it is unlikely to hold the best one.
const HALVED_ABOVE: usize = 12;
/// A candidate of the worse half is dropped if the chance that nothing is better by more than the margin is below this.
const HALVED_BELOW: f64 = 0.02;
/// Slices before and after, whose median stands for the state of the machine where there are more candidates.
const NEIGHBOURS: usize = 8;

impl Race {
    pub(super) fn halve(&mut self, found: &Found, now_s: f64) {
        let loss = |index: usize| found.look.expected_losses[index];
        let mut left: Vec<usize> =
            (0..found.candidates.len()).filter(|&index| !self.is_out(found.candidates[index])).collect();
        if left.len() <= HALVED_ABOVE {
            return;
        }
        left.sort_by(|&a, &b| loss(a).total_cmp(&loss(b)));
        let kept = left.len().div_ceil(2).max(HALVED_ABOVE);
        let is_unlikely = |&&index: &&usize| found.look.chances[index] < HALVED_BELOW && found.look.are_behind[index];
        for &index in left.iter().skip(kept).filter(is_unlikely) {
            let behind = found.look.losses[index];
            self.drop_out(found.candidates[index], Exit::Halved { behind }, now_s);
        }
    }

    /// Halves a field that is too large to be compared pair by pair: by each slice's distance from the median of those around
    /// it.
    pub(super) fn halve_by_means(&mut self, now_s: f64) {
        let mut sums = vec![0.0; self.rules.candidates];
        for slices in &self.slices {
            for (at, slice) in slices.iter().enumerate() {
                let around = &slices[at.saturating_sub(NEIGHBOURS)..(at + NEIGHBOURS + 1).min(slices.len())];
                let mut values: Vec<f64> = around.iter().map(|other| other.value).collect();
                values.sort_by(f64::total_cmp);
                sums[slice.candidate] += slice.value - values[values.len() / 2];
            }
        }
        let mean = |candidate: usize| sums[candidate] / self.good[candidate].max(1) as f64;
        let mut left: Vec<usize> = self.field().filter(|&candidate| self.good[candidate] > 0).collect();
        left.sort_by(|&a, &b| mean(b).total_cmp(&mean(a)));
        let best = left.first().map_or(0.0, |&candidate| mean(candidate));
        let out: Vec<(usize, f64)> =
            left.iter().skip(left.len().div_ceil(2)).map(|&candidate| (candidate, best - mean(candidate))).collect();
        for (candidate, behind) in out {
            self.drop_out(candidate, Exit::Halved { behind }, now_s);
        }
        // They are not compared with those that stay.
        let dropped = &self.dropped;
        self.slices.iter_mut().for_each(|slices| slices.retain(|slice| dropped[slice.candidate].is_none()));
    }
}
