//! Which records of a run are still on their way.

use std::collections::HashSet;

use parking_lot::Mutex;

/// Where a record stands: partition and offset.
pub type Position = (i32, i64);

/// Matches what was acknowledged with what the consumer finished. The two come in any order: a record can be
/// saved before its acknowledgement is read.
#[derive(Default)]
pub struct Outstanding(Mutex<State>);

#[derive(Default)]
struct State {
    awaited: HashSet<Position>,
    early: HashSet<Position>,
    finished: u64,
    unplaced: u64,
}

impl Outstanding {
    /// The record at `position` was acknowledged.
    pub fn acknowledged(&self, position: Position) {
        let mut state = self.0.lock();
        if !state.early.remove(&position) {
            state.awaited.insert(position);
        }
    }

    /// A record was sent whose position nobody tells (acks=0).
    pub fn acknowledged_unplaced(&self) {
        self.0.lock().unplaced += 1;
    }

    /// The record at `position`, of this run, was saved or went to the dead letters. False: it had come before.
    pub fn finished(&self, position: Position) -> bool {
        let mut state = self.0.lock();
        let is_new = state.awaited.remove(&position) || state.early.insert(position);
        if is_new {
            state.finished += 1;
        }
        is_new
    }

    /// Records that are acknowledged and not finished.
    pub fn count(&self) -> u64 {
        let state = self.0.lock();
        // Without positions, what arrived counts against what was sent.
        let arrived_unplaced = (state.early.len() as u64).min(state.unplaced);
        state.awaited.len() as u64 + state.unplaced - arrived_unplaced
    }

    /// Records of this run that came, each counted once.
    pub fn finished_count(&self) -> u64 {
        self.0.lock().finished
    }

    /// The positions that are awaited.
    pub fn awaited(&self) -> Vec<Position> {
        self.0.lock().awaited.iter().copied().collect()
    }

    /// Stops awaiting those that `gone` says, and names them.
    pub fn give_up(&self, gone: impl Fn(&Position) -> bool) -> Vec<Position> {
        self.0.lock().awaited.extract_if(gone).collect()
    }

    /// Stops awaiting records without a position, and counts them.
    pub fn give_up_unplaced(&self) -> u64 {
        let mut state = self.0.lock();
        let missing = state.unplaced.saturating_sub(state.early.len() as u64);
        state.unplaced -= missing;
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_any_order() {
        let outstanding = Outstanding::default();
        outstanding.acknowledged((0, 1));
        outstanding.finished((0, 2));
        assert_eq!((outstanding.count(), outstanding.finished_count()), (1, 1));
        outstanding.acknowledged((0, 2));
        outstanding.finished((0, 1));
        assert_eq!((outstanding.count(), outstanding.finished_count()), (0, 2));
    }

    #[test]
    fn gone_records_are_counted() {
        let outstanding = Outstanding::default();
        (0..5).for_each(|offset| outstanding.acknowledged((3, offset)));
        assert_eq!(outstanding.give_up(|(_, offset)| *offset < 2).len(), 2);
        assert_eq!(outstanding.count(), 3);
    }

    #[test]
    fn without_positions_by_count() {
        let outstanding = Outstanding::default();
        (0..3).for_each(|_| outstanding.acknowledged_unplaced());
        outstanding.finished((0, 0));
        outstanding.finished((0, 0));
        assert_eq!((outstanding.count(), outstanding.finished_count()), (2, 1));
        assert_eq!((outstanding.give_up_unplaced(), outstanding.count()), (2, 0));
    }
}
