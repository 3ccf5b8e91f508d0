//! The part of saving that one thread does, for a batch of images at once: names, the folder, the rows.

use super::candidates::candidates;
use super::csv_appender::{CsvAppender, Marker};
use super::error::{AtPath, SinkError};
use super::files::{self, Moved, Occupant, TempFile};
use super::image_records::each_description;
use super::relabelled::Relabelled;
use super::row_index::{Known, RowIndex, RowKey};
use super::store::{BytesAt, Folders, Prepared};
use super::{ANNOTATION_CSV, IMAGE_RECORDS_CSV, OUTPUT_FOLDER};
use crate::labels::WRITTEN_COLUMNS;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Gives prepared images their names and their rows. One thread owns it.
#[derive(Debug)]
pub struct Committer {
    folders: Arc<Folders>,
    table: CsvAppender,
    index: RowIndex,
    /// Whether the index knows what `image_records.csv` says.
    knows_records: bool,
    relabelled: Relabelled,
}

/// An image that is saved: its file and its row are durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its path as `annotation.csv` has it: `output_images/NAME`.
    pub path_in_csv: String,
    /// Whether this call saved its file or its row; `false` if both were there before.
    pub newly_saved: bool,
    /// What became of its label and its objects.
    pub description: Description,
    /// Size of the image.
    pub size_bytes: u64,
}

/// What became of the label and the objects that came with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Description {
    /// The image had none before.
    New,
    /// They are the known ones.
    Same,
    /// They are the known ones, but `image_records.csv` does not have them.
    Unrecorded,
    /// They took the place of others.
    Changed,
    /// They were sent before the known ones, which stay.
    Outdated,
}

/// The rows that a batch adds.
#[derive(Default)]
struct NewRows {
    cells: Vec<[String; 2]>,
    /// Which of them is a key's.
    at: HashMap<RowKey, usize>,
    /// Rows of images that have one already.
    relabelled: Vec<RowKey>,
    /// What the index has to be again if they cannot be added.
    before: Vec<(RowKey, Option<Known>)>,
}

impl NewRows {
    fn add(&mut self, key: RowKey, path_in_csv: &str, annotation: String, has_row: bool) {
        if let Some(&at) = self.at.get(&key) {
            self.cells[at][1] = annotation;
            return;
        }
        if has_row {
            self.relabelled.push(key);
        }
        self.at.insert(key, self.cells.len());
        self.cells.push([path_in_csv.to_owned(), annotation]);
    }
}

/// Where an image ended up.
struct Placed {
    name: String,
    newly_moved: bool,
}

impl Committer {
    pub(super) fn open(folders: Arc<Folders>) -> Result<Self, SinkError> {
        let mut index = RowIndex::new(folders.ignore_case);
        let mut relabelled = Relabelled::open(&folders.state)?;
        let table = CsvAppender::open(
            &folders.work,
            ANNOTATION_CSV,
            &WRITTEN_COLUMNS,
            Marker { dir: Arc::clone(&folders.state), stem: "consumer" },
            |row| {
                if let Some(path) = row.get(0) {
                    let key = index.path_key(path);
                    // Of several rows the last one counts.
                    if index.insert(key, Known::label(row.get(1).unwrap_or_default())).is_some() {
                        relabelled.found_again(key);
                    }
                }
            },
        )?;
        let mut committer = Self { folders, table, index, knows_records: false, relabelled };
        // What a killed run left.
        committer.relabelled.fold(&mut committer.table, &committer.index)?;
        Ok(committer)
    }

    /// Saves a batch: moves the files into `output_images/` without overwriting anything, syncs the folder, and adds
    /// the rows. The result has the order of the batch. When it returns, everything is durable.
    ///
    /// A batch costs two syncs however large it is, so that 64 to 512 images make a good one.
    ///
    /// # Errors
    ///
    /// The file system refuses, or another program changed `annotation.csv`. No row of the batch is then in the
    /// table. Files that have their names already stay; preparing and committing the same images again finds them,
    /// and adds only the rows.
    pub fn commit(&mut self, batch: Vec<Prepared>) -> Result<Vec<Saved>, SinkError> {
        let mut new_rows = NewRows::default();
        let result = self.commit_rows(batch, &mut new_rows);
        if result.is_err() {
            for (key, before) in new_rows.before.into_iter().rev() {
                self.index.restore(key, before);
            }
            return result;
        }
        if self.relabelled.added(new_rows.relabelled, &new_rows.cells, self.table.len_bytes())
            && let Err(error) = self.relabelled.fold(&mut self.table, &self.index)
        {
            // Each row is durable, and the last one counts: closing tries again.
            tracing::warn!("{error}");
        }
        result
    }

    fn commit_rows(&mut self, batch: Vec<Prepared>, new_rows: &mut NewRows) -> Result<Vec<Saved>, SinkError> {
        let mut saved = Vec::with_capacity(batch.len());
        let mut any_moved = false;
        for image in batch {
            let Prepared { name, annotation, known, sha256, size_bytes, bytes_at } = image;
            let Placed { name, newly_moved } = match bytes_at {
                BytesAt::Saved(name) => Placed { name, newly_moved: false },
                BytesAt::Temp(temp) => self.place(&name, known, &sha256, size_bytes, temp)?,
            };
            any_moved |= newly_moved;
            let path_in_csv = format!("{OUTPUT_FOLDER}/{name}");
            let key = self.index.path_key(path_in_csv.as_bytes());
            let before = self.known_of(key);
            let description = describe(before, known);
            if before.is_none() && !newly_moved {
                // Left by a crash between file and row, or put there by someone else.
                files::sync_existing(&self.folders.output, &name)?;
            }
            if before.is_none_or(|before| !before.has_label_of(known) && description == Description::Changed) {
                new_rows.add(key, &path_in_csv, annotation, before.is_some());
            }
            if description != Description::Outdated {
                new_rows.before.push((key, self.index.insert(key, known)));
            }
            let newly_saved = newly_moved || before.is_none();
            saved.push(Saved { path_in_csv, newly_saved, description, size_bytes });
        }
        if any_moved || !new_rows.cells.is_empty() {
            self.folders.output.sync().at("sync the folder", self.folders.output.path())?;
        }
        if !new_rows.relabelled.is_empty() {
            self.relabelled.mark()?;
        }
        self.table.append(&new_rows.cells)?;
        Ok(saved)
    }

    /// What is known of a row. The first image that was saved before makes the index learn what `image_records.csv`
    /// says: a run without such images need not read it.
    fn known_of(&mut self, key: RowKey) -> Option<Known> {
        let known = self.index.get(key)?;
        if known.is_described() || std::mem::replace(&mut self.knows_records, true) {
            return Some(known);
        }
        let mut recorded = HashMap::new();
        let read = each_description(&self.folders.work, |path, annotation, objects_json, sent_at_micros| {
            let known = Known::label(annotation.as_bytes()).described(objects_json, sent_at_micros);
            recorded.insert(self.index.path_key(path.as_bytes()), known);
        });
        for (key, recorded) in recorded {
            // Rows of this run are described already; a label that is not in force any more describes nothing.
            if self.index.get(key).is_some_and(|known| !known.is_described() && known.has_label_of(recorded)) {
                self.index.insert(key, recorded);
            }
        }
        if let Err(error) = read {
            tracing::warn!(
                "{IMAGE_RECORDS_CSV} cannot be read, so that what was sent last is taken for newer: {error}"
            );
        }
        self.index.get(key)
    }

    /// Gives a temporary file the first name that is free, or finds that the same image has one.
    fn place(
        &self,
        name: &str,
        known: Known,
        sha256: &[u8; 32],
        size_bytes: u64,
        mut temp: TempFile,
    ) -> Result<Placed, SinkError> {
        let output = &self.folders.output;
        for candidate in candidates(name, sha256) {
            if self.is_row_of_a_removed_image(&candidate, known)? {
                continue;
            }
            temp = match files::move_to_free_name(temp, output, &candidate)? {
                Moved::Done => return Ok(Placed { name: candidate, newly_moved: true }),
                Moved::Taken(temp) => temp,
            };
            if files::occupant_file(output, &candidate, &temp, size_bytes)? == Occupant::Same {
                return Ok(Placed { name: candidate, newly_moved: false });
            }
        }
        // The candidates have no end.
        Err(io::Error::from(io::ErrorKind::AlreadyExists)).at("find a free name for the image", Path::new(name))
    }

    /// Whether there is a row with another annotation, though its file is gone: a new image of that name would get
    /// the label of the old one.
    fn is_row_of_a_removed_image(&self, name: &str, known: Known) -> Result<bool, SinkError> {
        let row = self.index.get(self.index.path_key(format!("{OUTPUT_FOLDER}/{name}").as_bytes()));
        if row.is_none_or(|row| row.has_label_of(known)) {
            return Ok(false);
        }
        let output = &self.folders.output;
        Ok(output.entry(name).at("look for the image", &output.join(name))?.is_none())
    }

    /// Closes `annotation.csv`. A committer that is dropped without it loses nothing, but the next start looks for a
    /// torn row.
    ///
    /// # Errors
    ///
    /// The file system refuses, or an earlier append could not be taken back.
    pub fn close(mut self) -> Result<(), SinkError> {
        self.relabelled.fold(&mut self.table, &self.index)?;
        self.table.close()
    }

    /// Lets the next append fail after so many bytes.
    #[cfg(test)]
    pub(super) fn fail_next_append(&mut self, after_bytes: usize) {
        self.table.fail_after_bytes = Some(after_bytes);
    }
}

/// What becomes of a description, where `before` is known. What was sent last counts; where that cannot be told, what
/// came last.
fn describe(before: Option<Known>, new: Known) -> Description {
    match before {
        None => Description::New,
        Some(before) if before.says_what(new) && before.is_described() => Description::Same,
        Some(before) if before.says_what(new) => Description::Unrecorded,
        Some(before) if new.is_older_than(before) => Description::Outdated,
        Some(_) => Description::Changed,
    }
}

#[cfg(test)]
#[path = "committer_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "relabelled_tests.rs"]
mod relabelled_tests;
