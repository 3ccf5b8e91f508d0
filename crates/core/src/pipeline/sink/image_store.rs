//! The part of saving that many threads do at once: bytes to the disk, under a temporary name.

use super::committer::Committer;
use super::error::SinkError;
use super::file_name::{NameSource, clean_file_name};
use super::files::{self, Occupant, TempFile};
use super::folders::{Folders, TEMP_EXTENSION};
use super::name_candidates::name_candidates;
use super::prepared::{BytesAt, Prepared};
use super::row_index::Known;
use super::spreadsheet_cell::escape_formula;
use crate::model::content_kind::ContentKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where images are saved; worker threads share it.
///
/// The work folder stays locked until the store and its [`Committer`] are both dropped.
#[derive(Debug)]
pub struct ImageStore {
    folders: Arc<Folders>,
    next_temp: AtomicU64,
}

impl ImageStore {
    /// Opens or creates `output_images/` and `annotation.csv` in `work_dir`, and removes or repairs what a killed run
    /// left.
    ///
    /// # Errors
    ///
    /// Another consumer uses the folder, `annotation.csv` is not ours, there is a link in the folder where it is
    /// written to, or the file system refuses.
    pub fn open(work_dir: &Path) -> Result<(ImageStore, Committer), SinkError> {
        let folders = Arc::new(Folders::open(work_dir)?);
        let committer = Committer::open(Arc::clone(&folders))?;
        Ok((ImageStore { folders, next_temp: AtomicU64::new(0) }, committer))
    }

    pub(super) fn folders(&self) -> &Folders {
        &self.folders
    }

    /// Writes an image durably under a temporary name, unless it is saved already. Worker threads call this
    /// concurrently; most of it is waiting for the disk.
    ///
    /// `wanted_name` may be anything: [`clean_file_name`] makes a file name of it. `sha256` is the hash of `bytes` and
    /// distinguishes images of the same name. `annotation` becomes the cell in `annotation.csv`, through
    /// [`escape_formula`].
    ///
    /// # Errors
    ///
    /// The file system refuses.
    pub fn prepare(
        &self,
        wanted_name: &str,
        source: NameSource,
        content: impl Into<ContentKind>,
        bytes: &[u8],
        sha256: &[u8; 32],
        annotation: &str,
    ) -> Result<Prepared, SinkError> {
        let name = clean_file_name(wanted_name, source, content);
        let bytes_at = match self.find_saved(&name, bytes, sha256)? {
            Some(saved) => BytesAt::Saved(saved),
            None => BytesAt::Temp(self.write_temp(bytes)?),
        };
        let annotation = escape_formula(annotation).into_owned();
        let file_name = (source == NameSource::FileName).then_some(wanted_name);
        Ok(Prepared {
            name,
            file_name: file_name.map(Into::into),
            known: Known::label(annotation.as_bytes()).named(file_name),
            annotation,
            sha256: *sha256,
            size_bytes: bytes.len() as u64,
            bytes_at,
        })
    }

    /// The name under which the very same image is saved already.
    fn find_saved(&self, name: &str, bytes: &[u8], sha256: &[u8; 32]) -> Result<Option<String>, SinkError> {
        for candidate in name_candidates(name, sha256) {
            match files::occupant(&self.folders.output, &candidate, bytes)? {
                Occupant::Same => return Ok(Some(candidate)),
                Occupant::Nothing => break,
                Occupant::Other => {}
            }
        }
        Ok(None)
    }

    fn write_temp(&self, bytes: &[u8]) -> Result<TempFile, SinkError> {
        let number = self.next_temp.fetch_add(1, Ordering::Relaxed);
        TempFile::write(&self.folders.incoming, &format!("{number}{TEMP_EXTENSION}"), bytes, true)
    }
}
