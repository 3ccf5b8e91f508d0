//! The budget: what can still be measured in it. No measurement is begun that would end after it, as far as that can be foreseen.

use super::Race;

/// The first round may take this share of the budget: what is left is needed to compare what it found. A field that does not
/// fit into it is measured in part, in random order.
pub(crate) const FIRST_ROUND_SHARE: f64 = 0.6;

impl Race {
    /// Whether this round has time for a measurement of the candidate.
    pub(crate) fn has_time_for(&self, candidate: usize, now_s: f64) -> bool {
        !self.is_first_round_over(now_s) && self.fits(candidate, now_s)
    }

    /// Whether the first round ends at this time, even if it is not complete.
    pub(super) fn is_first_round_over(&self, now_s: f64) -> bool {
        self.round == 1 && now_s >= FIRST_ROUND_SHARE * self.rules.budget_s
    }

    /// Whether nothing of what the next round would measure fits into the budget.
    pub(super) fn is_out_of_time(&self, now_s: f64) -> bool {
        let mut next = self.measured_next().peekable();
        now_s >= self.rules.budget_s || (next.peek().is_some() && !next.any(|candidate| self.fits(candidate, now_s)))
    }

    /// Notes how long a measurement took.
    pub(super) fn note_time(&mut self, candidate: usize, took_s: f64) {
        let slice_s = self.length_s().unwrap_or(0.0);
        self.around_s[candidate] = Some((took_s - slice_s).max(0.0));
    }

    fn fits(&self, candidate: usize, now_s: f64) -> bool {
        now_s < self.rules.budget_s && now_s + self.expected_s(candidate) <= self.rules.budget_s
    }

    /// About how long a measurement takes: what was around the last one of the candidate, or else around those of the others on
    /// average, and a slice.
    fn expected_s(&self, candidate: usize) -> f64 {
        let around_s = self.around_s[candidate].unwrap_or_else(|| {
            let known = || self.around_s.iter().flatten();
            known().sum::<f64>() / known().count().max(1) as f64
        });
        around_s + self.length_s().unwrap_or(0.0)
    }
}
