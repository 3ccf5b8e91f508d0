//! The part of saving that one thread does, for a batch of images at once: names, the folder, the rows.

use super::candidates::candidates;
use super::csv_appender::CsvAppender;
use super::error::{AtPath, SinkError};
use super::files::{self, Moved, Occupant};
use super::row_index::{Known, RowIndex, RowKey};
use super::store::{BytesAt, Folders, Prepared};
use super::{ANNOTATION_CSV, OUTPUT_FOLDER, STATE_FOLDER};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempPath;

/// Gives prepared images their names and their rows. One thread owns it.
#[derive(Debug)]
pub struct Committer {
    folders: Arc<Folders>,
    table: CsvAppender,
    index: RowIndex,
}

/// An image that is saved: its file and its row are durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its path as `annotation.csv` has it: `output_images/NAME`.
    pub path_in_csv: String,
    /// Whether this call saved its file or its row; `false` if both were there before.
    pub newly_saved: bool,
    /// Size of the image.
    pub size_bytes: u64,
}

/// The rows that a batch adds.
#[derive(Default)]
struct NewRows {
    cells: Vec<[String; 2]>,
    keys: Vec<RowKey>,
}

/// Where an image ended up.
struct Placed {
    name: String,
    newly_moved: bool,
}

impl Committer {
    pub(super) fn open(work_dir: &Path, folders: Arc<Folders>) -> Result<Self, SinkError> {
        let mut index = RowIndex::new(folders.ignore_case);
        let table = CsvAppender::open(
            work_dir.join(ANNOTATION_CSV),
            &["image_path", "annotation"],
            work_dir.join(STATE_FOLDER).join("consumer.dirty"),
            |row| {
                if let Some(path) = row.get(0) {
                    let key = index.path_key(path);
                    index.insert(key, row.get(1).unwrap_or_default());
                }
            },
        )?;
        Ok(Self { folders, table, index })
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
            for key in new_rows.keys {
                self.index.remove(key);
            }
        }
        result
    }

    fn commit_rows(&mut self, batch: Vec<Prepared>, new_rows: &mut NewRows) -> Result<Vec<Saved>, SinkError> {
        let mut saved = Vec::with_capacity(batch.len());
        let mut any_moved = false;
        for image in batch {
            let Prepared { name, annotation, sha256, size_bytes, bytes_at } = image;
            let Placed { name, newly_moved } = match bytes_at {
                BytesAt::Saved(name) => Placed { name, newly_moved: false },
                BytesAt::Temp(temp) => self.place(&name, &annotation, &sha256, size_bytes, temp)?,
            };
            any_moved |= newly_moved;
            let path_in_csv = format!("{OUTPUT_FOLDER}/{name}");
            let key = self.index.path_key(path_in_csv.as_bytes());
            let needs_row = self.index.get(key, annotation.as_bytes()) == Known::No;
            if needs_row {
                if !newly_moved {
                    // Left by a crash between file and row, or put there by someone else.
                    files::sync_existing(&self.folders.output.join(&name))?;
                }
                self.index.insert(key, annotation.as_bytes());
                new_rows.keys.push(key);
                new_rows.cells.push([path_in_csv.clone(), annotation]);
            }
            saved.push(Saved { path_in_csv, newly_saved: newly_moved || needs_row, size_bytes });
        }
        if any_moved || !new_rows.cells.is_empty() {
            files::sync_dir(&self.folders.output)?;
        }
        self.table.append(&new_rows.cells)?;
        Ok(saved)
    }

    /// Gives a temporary file the first name that is free, or finds that the same image has one.
    fn place(
        &self,
        name: &str,
        annotation: &str,
        sha256: &[u8; 32],
        size_bytes: u64,
        mut temp: TempPath,
    ) -> Result<Placed, SinkError> {
        for candidate in candidates(name, sha256) {
            let path = self.folders.output.join(&candidate);
            if self.is_row_of_a_removed_image(&candidate, annotation, &path) {
                continue;
            }
            temp = match files::move_to_free_name(temp, &path)? {
                Moved::Done => return Ok(Placed { name: candidate, newly_moved: true }),
                Moved::Taken(temp) => temp,
            };
            if files::occupant_file(&path, &temp, size_bytes)? == Occupant::Same {
                return Ok(Placed { name: candidate, newly_moved: false });
            }
        }
        // The candidates have no end.
        Err(io::Error::from(io::ErrorKind::AlreadyExists)).at("find a free name for the image", Path::new(name))
    }

    /// Whether there is a row with another annotation, though its file is gone: a new image of that name would get
    /// the label of the old one.
    fn is_row_of_a_removed_image(&self, name: &str, annotation: &str, path: &Path) -> bool {
        let key = self.index.path_key(format!("{OUTPUT_FOLDER}/{name}").as_bytes());
        self.index.get(key, annotation.as_bytes()) == Known::OtherLabel && fs::symlink_metadata(path).is_err()
    }

    /// Closes `annotation.csv`. A committer that is dropped without it loses nothing, but the next start looks for a
    /// torn row.
    ///
    /// # Errors
    ///
    /// The file system refuses, or an earlier append could not be taken back.
    pub fn close(self) -> Result<(), SinkError> {
        self.table.close()
    }

    /// Lets the next append fail after so many bytes.
    #[cfg(test)]
    pub(super) fn fail_next_append(&mut self, after_bytes: usize) {
        self.table.fail_after_bytes = Some(after_bytes);
    }
}

#[cfg(test)]
#[path = "committer_tests.rs"]
mod tests;
