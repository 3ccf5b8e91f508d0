//! Images whose row was added again with another label.

use super::csv_appender::CsvAppender;
use super::error::{AtPath, SinkError};
use super::row_index::{RowIndex, RowKey};
use crate::work_dir::{Access, Dir};
use std::collections::HashSet;
use std::io;
use std::sync::Arc;

/// A table is folded when one in this many of its bytes are rows that replace another one: rewriting then costs a
/// constant factor however many rows there are.
const FOLDED_SHARE: u64 = 8;
/// In the state folder.
const MARKER: &str = "annotation.relabelled";

/// The images whose row was added again with another label since the table was last folded.
///
/// A new label is first added durably as a row; folding then leaves one row of each of these images. A marker file
/// exists from before the first such row until the table is folded, so that the next start folds what a killed run
/// left. Without the marker no row is ever removed: a table of the user's own may have rows twice.
#[derive(Debug)]
pub(super) struct Relabelled {
    state: Arc<Dir>,
    is_marked: bool,
    keys: HashSet<RowKey>,
    bytes: u64,
}

impl Relabelled {
    /// Looks for the marker of a killed run.
    pub(super) fn open(state: &Arc<Dir>) -> Result<Self, SinkError> {
        let is_marked = state.has_file(MARKER).at("look for the marker", &state.join(MARKER))?;
        Ok(Self { state: Arc::clone(state), is_marked, keys: HashSet::new(), bytes: 0 })
    }

    /// Adds a key that the table has more than once when it is opened.
    pub(super) fn found_again(&mut self, key: RowKey) {
        if self.is_marked {
            self.keys.insert(key);
        }
    }

    /// Creates the marker, durably, before the rows are added.
    pub(super) fn mark(&mut self) -> Result<(), SinkError> {
        if !self.is_marked {
            self.state.file(MARKER, Access::Create).at("create the marker", &self.state.join(MARKER))?;
            self.state.sync().at("sync the folder", self.state.path())?;
            self.is_marked = true;
        }
        Ok(())
    }

    /// Adds the keys of rows that were added to a table of `table_bytes`. Returns whether to fold the table now.
    pub(super) fn added(&mut self, keys: Vec<RowKey>, rows: &[[String; 2]], table_bytes: u64) -> bool {
        if keys.is_empty() {
            return false;
        }
        self.keys.extend(keys);
        self.bytes += rows.iter().flatten().map(|cell| cell.len() as u64).sum::<u64>();
        self.bytes * FOLDED_SHARE >= table_bytes
    }

    /// Leaves one row of each of the images.
    pub(super) fn fold(&mut self, table: &mut CsvAppender, index: &RowIndex) -> Result<(), SinkError> {
        if !self.is_marked {
            return Ok(());
        }
        if !self.keys.is_empty() {
            table.fold(&|row| Some(index.path_key(row.get(0)?)).filter(|key| self.keys.contains(key)))?;
        }
        self.keys.clear();
        self.bytes = 0;
        match self.state.remove_file(MARKER) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed.at("remove the marker", &self.state.join(MARKER))?,
        }
        self.is_marked = false;
        Ok(())
    }
}
