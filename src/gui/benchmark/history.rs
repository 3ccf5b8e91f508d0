//! Changes of the rows that can be undone and redone.

use super::settings::Row;

/// Changes that can be undone.
const CHANGES_MAX: usize = 50;

/// The rows before each change, and after those that were undone.
#[derive(Default)]
pub(super) struct RowHistory {
    /// The rows as they were when nothing was being changed.
    settled: Vec<Row>,
    past: Vec<Vec<Row>>,
    future: Vec<Vec<Row>>,
}

impl RowHistory {
    /// Of rows that were not changed yet.
    pub(super) fn of(rows: &[Row]) -> Self {
        Self { settled: rows.to_vec(), ..Self::default() }
    }

    /// Remembers a change since the last call, unless it continues: a value that is being dragged or typed is one change.
    pub(super) fn follow(&mut self, rows: &[Row], is_being_changed: bool) {
        if is_being_changed || self.settled == rows {
            return;
        }
        if self.past.len() == CHANGES_MAX {
            self.past.remove(0);
        }
        self.past.push(std::mem::replace(&mut self.settled, rows.to_vec()));
        self.future.clear();
    }

    /// Whether there is a change to undo.
    pub(super) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether an undone change can be made again.
    pub(super) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Undoes the last change.
    pub(super) fn undo(&mut self, rows: &mut Vec<Row>) {
        self.follow(rows, false);
        if let Some(before) = self.past.pop() {
            self.future.push(std::mem::replace(rows, before));
            self.settled = rows.clone();
        }
    }

    /// Makes the change again that was undone last.
    pub(super) fn redo(&mut self, rows: &mut Vec<Row>) {
        self.follow(rows, false);
        if let Some(after) = self.future.pop() {
            self.past.push(std::mem::replace(rows, after));
            self.settled = rows.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::BenchmarkSettings;
    use super::*;

    #[test]
    fn every_change_of_the_rows_can_be_undone_and_redone() {
        let mut rows = BenchmarkSettings::default().rows;
        let mut history = RowHistory::of(&rows);
        let mut states = vec![rows.clone()];
        let changes: [fn(&mut Vec<Row>); 4] =
            [|rows| drop(rows.remove(4)), |rows| drop(rows.remove(0)), |rows| rows[0].ticked = false, Vec::clear];
        for change in changes {
            change(&mut rows);
            history.follow(&rows, false);
            states.push(rows.clone());
        }
        for state in states.iter().rev().skip(1) {
            history.undo(&mut rows);
            assert_eq!(&rows, state);
        }
        assert!(!history.can_undo() && history.can_redo());
        history.undo(&mut rows);
        assert_eq!(rows, states[0], "there is nothing more to undo");
        for state in &states[1..] {
            history.redo(&mut rows);
            assert_eq!(&rows, state);
        }
        assert!(!history.can_redo());
        // A change after an undone one takes its place.
        history.undo(&mut rows);
        rows[1].configuration.linger_ms = 7.0;
        history.follow(&rows, false);
        assert!(!history.can_redo());
    }

    #[test]
    fn what_is_being_typed_is_one_change_and_old_changes_are_forgotten() {
        let mut rows = BenchmarkSettings::default().rows;
        let mut history = RowHistory::of(&rows);
        for value in [1.0, 12.0, 120.0] {
            rows[0].configuration.linger_ms = value;
            history.follow(&rows, true);
        }
        history.follow(&rows, false);
        history.undo(&mut rows);
        assert_eq!(rows, BenchmarkSettings::default().rows);
        for value in 0..2 * CHANGES_MAX {
            rows[0].configuration.linger_ms = 0.5 + value as f64;
            history.follow(&rows, false);
        }
        assert_eq!(history.past.len(), CHANGES_MAX);
        // A change that was not seen yet is undone too.
        rows.clear();
        history.undo(&mut rows);
        assert_eq!(rows.len(), 5);
    }
}
