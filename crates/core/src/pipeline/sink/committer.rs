//! The part of saving that one thread does, for a batch of images at once: file names, the folder's sync, the rows.

use super::csv_appender::{CsvAppender, Marker};
use super::error::{AtPath, SinkError};
use super::files::{self, Moved, Occupant, TempFile};
use super::folders::{Folders, TEMP_EXTENSION};
use super::image_records_reader::each_description;
use super::name_candidates::name_candidates;
use super::prepared::{BytesAt, Prepared};
use super::relabelled::Relabelled;
use super::row_index::{Known, RowIndex, RowKey};
use super::{ANNOTATION_CSV, IMAGE_RECORDS_CSV, OUTPUT_FOLDER};
use crate::labels::WRITTEN_COLUMNS;
use crate::work_dir::Access;
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// Gives prepared images their file names and rows. One thread owns it.
#[derive(Debug)]
pub struct Committer {
    folders: Arc<Folders>,
    table: CsvAppender,
    index: RowIndex,
    /// Whether `image_records.csv` has been read into the index.
    knows_records: bool,
    relabelled: Relabelled,
    /// Images that were copied, for the names of temporary files.
    copies: u64,
}

/// An image whose file and row are durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its path as `annotation.csv` has it: `output_images/NAME`.
    pub path_in_csv: String,
    /// Whether this call saved its file or its row; `false` if both existed before.
    pub newly_saved: bool,
    /// How its label and objects compare with the known ones.
    pub description: Description,
    /// Size of the image.
    pub size_bytes: u64,
}

/// How the label and objects of a record compare with the known ones of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Description {
    /// The image is new.
    New,
    /// They are the same.
    Same,
    /// They are the same, but `image_records.csv` does not have them.
    Unrecorded,
    /// They replace the known ones.
    Changed,
    /// They were sent before the known ones, which are kept.
    Outdated,
}

/// The rows that a batch adds.
#[derive(Default)]
struct NewRows {
    cells: Vec<[String; 2]>,
    /// The index of each key's row.
    at: HashMap<RowKey, usize>,
    /// Rows of images that have one already.
    relabelled: Vec<RowKey>,
    /// What to restore in the index if the rows cannot be added.
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
        let mut committer = Self { folders, table, index, knows_records: false, relabelled, copies: 0 };
        // A killed run may have left rows to fold.
        committer.relabelled.fold(&mut committer.table, &committer.index)?;
        Ok(committer)
    }

    /// Saves a batch: moves the files into `output_images/` without overwriting anything, syncs the folder, and adds
    /// the rows. When it returns, everything is durable. The result has the order of the batch, with what the caller
    /// attached to each image.
    ///
    /// A batch costs two syncs whatever its size; 64 to 512 images are a good size.
    ///
    /// # Errors
    ///
    /// The file system refuses, or another program changed `annotation.csv`. No row of the batch is then in the
    /// table. Files that have their names already stay; preparing and committing the same images again finds them,
    /// and adds only the rows.
    pub fn commit<R>(&mut self, batch: Vec<(Prepared, R)>) -> Result<Vec<(Saved, R)>, SinkError> {
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
            // Each row is durable, and the last one counts. Closing tries again.
            tracing::warn!("{error}");
        }
        result
    }

    fn commit_rows<R>(
        &mut self,
        batch: Vec<(Prepared, R)>,
        new_rows: &mut NewRows,
    ) -> Result<Vec<(Saved, R)>, SinkError> {
        let mut saved = Vec::with_capacity(batch.len());
        let mut any_moved = false;
        for (image, record) in batch {
            let Prepared { name, annotation, known, sha256, size_bytes, bytes_at, .. } = image;
            let Placed { name, newly_moved } = match bytes_at {
                BytesAt::Saved(saved) if !self.is_another(&saved, known) => Placed { name: saved, newly_moved: false },
                BytesAt::Saved(saved) => {
                    let copy = self.copy_of(&saved)?;
                    self.place(&name, known, &sha256, size_bytes, copy)?
                }
                BytesAt::Temp(temp) => self.place(&name, known, &sha256, size_bytes, temp)?,
            };
            any_moved |= newly_moved;
            let path_in_csv = format!("{OUTPUT_FOLDER}/{name}");
            let key = self.index.path_key(path_in_csv.as_bytes());
            let before = self.known_of(key);
            let description = describe(before, known);
            if before.is_none() && !newly_moved {
                // A crash between file and row left the file, or another program wrote it.
                files::sync_existing(&self.folders.output, &name)?;
            }
            if before.is_none_or(|before| !before.has_label_of(known) && description == Description::Changed) {
                new_rows.add(key, &path_in_csv, annotation, before.is_some());
            }
            if description != Description::Outdated {
                new_rows.before.push((key, self.index.insert(key, known)));
            }
            let newly_saved = newly_moved || before.is_none();
            saved.push((Saved { path_in_csv, newly_saved, description, size_bytes }, record));
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

    /// What is known of a row. `image_records.csv` is read with the first image that was saved before, so that a run
    /// without such images does not read it.
    fn known_of(&mut self, key: RowKey) -> Option<Known> {
        let known = self.index.get(key)?;
        if known.is_described() || std::mem::replace(&mut self.knows_records, true) {
            return Some(known);
        }
        let mut recorded = HashMap::new();
        let read = each_description(&self.folders.work, |path, known| {
            recorded.insert(self.index.path_key(path.as_bytes()), known);
        });
        for (key, recorded) in recorded {
            // Rows of this run are described already; a description with another label is out of date.
            if self.index.get(key).is_some_and(|known| !known.is_described() && known.has_label_of(recorded)) {
                self.index.insert(key, recorded);
            }
        }
        if let Err(error) = read {
            tracing::warn!(
                "{IMAGE_RECORDS_CSV} cannot be read, so the last label received counts as the newest: {error}"
            );
        }
        self.index.get(key)
    }

    /// Gives a temporary file the first free name, or finds the same image under one.
    fn place(
        &mut self,
        name: &str,
        known: Known,
        sha256: &[u8; 32],
        size_bytes: u64,
        mut temp: TempFile,
    ) -> Result<Placed, SinkError> {
        let output = &Arc::clone(&self.folders.output);
        for candidate in name_candidates(name, sha256) {
            if self.is_row_of_a_removed_image(&candidate, known)? {
                continue;
            }
            temp = match files::move_to_free_name(temp, output, &candidate)? {
                Moved::Done => return Ok(Placed { name: candidate, newly_moved: true }),
                Moved::Taken(temp) => temp,
            };
            let is_same = files::occupant_file(output, &candidate, &temp, size_bytes)? == Occupant::Same;
            if is_same && !self.is_another(&candidate, known) {
                return Ok(Placed { name: candidate, newly_moved: false });
            }
        }
        // The sequence of candidates is infinite.
        Err(io::Error::from(io::ErrorKind::AlreadyExists)).at("find a free name for the image", Path::new(name))
    }

    /// Whether the image that is saved as `name` was sent under another name than one with the same bytes: then both are
    /// kept, each with its row.
    fn is_another(&mut self, name: &str, known: Known) -> bool {
        let key = self.index.path_key(format!("{OUTPUT_FOLDER}/{name}").as_bytes());
        self.known_of(key).is_some_and(|saved| saved.has_other_name(known))
    }

    /// A temporary file with the bytes of a saved image.
    fn copy_of(&mut self, name: &str) -> Result<TempFile, SinkError> {
        let output = &self.folders.output;
        let mut bytes = Vec::new();
        let read = output.file(name, Access::Read).and_then(|mut file| file.read_to_end(&mut bytes));
        read.at("read the image", &output.join(name))?;
        self.copies += 1;
        TempFile::write(&self.folders.incoming, &format!("copy-{}{TEMP_EXTENSION}", self.copies), &bytes, true)
    }

    /// Whether a row of this name has another annotation and its file is missing: a new image of that name would get the
    /// label of the old one.
    fn is_row_of_a_removed_image(&self, name: &str, known: Known) -> Result<bool, SinkError> {
        let row = self.index.get(self.index.path_key(format!("{OUTPUT_FOLDER}/{name}").as_bytes()));
        if row.is_none_or(|row| row.has_label_of(known)) {
            return Ok(false);
        }
        let output = &self.folders.output;
        Ok(output.entry(name).at("look for the image", &output.join(name))?.is_none())
    }

    /// Closes `annotation.csv`. Dropping a committer without closing it loses nothing, but makes the next start look for a
    /// torn row.
    ///
    /// # Errors
    ///
    /// The file system refuses, or an earlier append could not be taken back.
    pub fn close(mut self) -> Result<(), SinkError> {
        self.relabelled.fold(&mut self.table, &self.index)?;
        self.table.close()
    }

    /// Makes the next append fail after `after_bytes`.
    #[cfg(test)]
    pub(super) fn fail_next_append(&mut self, after_bytes: usize) {
        self.table.fail_after_bytes = Some(after_bytes);
    }
}

/// Compares a description with the known one. The one that was sent last counts; if that is not known, the one that
/// arrived last.
fn describe(before: Option<Known>, new: Known) -> Description {
    match before {
        None => Description::New,
        Some(before) if before.is_same_as(new) && before.is_described() => Description::Same,
        Some(before) if before.is_same_as(new) => Description::Unrecorded,
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
