//! What becomes of the candidates of a race, and of the race.

use super::super::fit::SliceNoise;
use super::super::look::Look;

/// Why a candidate gets no more slices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Exit {
    /// It is worse than another one by more than the margin, for certain. How far it is behind the best as measured, on the
    /// logarithmic scale.
    Beaten { behind: f64 },
    /// It was in the worse half of a large field, and unlikely to be the best.
    Halved { behind: f64 },
    /// It could not be measured.
    Failed,
    /// A person skipped it.
    Skipped,
    /// The budget had no time for it.
    LeftOut,
}

/// A candidate that is out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Dropped {
    pub(crate) exit: Exit,
    pub(crate) round: u32,
    pub(crate) at_s: f64,
}

/// Why a race ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// What taking the leader may lose is below the margin.
    Decided,
    /// The budget is used up: no measurement of a candidate fits into the rest.
    OutOfTime,
    /// Fewer than two candidates could be measured: there is nothing to compare.
    NothingLeft,
}

/// What the last look found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Candidates, in the order of the vectors of `look`.
    pub(crate) candidates: Vec<usize>,
    pub(crate) look: Look,
    pub(crate) leader: usize,
    pub(crate) noise: SliceNoise,
}

impl Found {
    fn place(&self, candidate: usize) -> Option<usize> {
        self.candidates.binary_search(&candidate).ok()
    }

    /// What choosing it loses on average, on the logarithmic scale; `None` if it was not measured, or not compared.
    pub(crate) fn expected_loss(&self, candidate: usize) -> Option<f64> {
        Some(self.look.expected_losses[self.place(candidate)?])
    }

    /// Between what it loses, and as measured.
    pub(crate) fn loss(&self, candidate: usize) -> Option<(f64, (f64, f64))> {
        let place = self.place(candidate)?;
        Some((self.look.losses[place], self.look.loss_ranges[place]))
    }

    pub(crate) fn chance(&self, candidate: usize) -> Option<f64> {
        Some(self.look.chances[self.place(candidate)?])
    }
}
