//! The part of saving that many threads do at once: bytes to the disk, under a temporary name.

use super::candidates::candidates;
use super::committer::Committer;
use super::defuse::defuse;
use super::error::{AtPath, SinkError};
use super::file_name::{NameSource, clean_file_name};
use super::files::{self, Moved, Occupant};
use super::lock::WorkDirLock;
use super::row_index::Known;
use super::{OUTPUT_FOLDER, STATE_FOLDER};
use crate::model::image_info::ImageFormat;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempPath;

/// The ending of temporary files.
const TEMP_ENDING: &str = ".part";
/// Where temporary files go if `output_images` leads to another file system, across which nothing can be moved.
const INCOMING_BESIDE_IMAGES: &str = ".kafka-image-bench-incoming";
/// A file that is there for a moment at opening.
const PROBE: &str = ".kafka-image-bench-probe";

/// Where images go; worker threads share it.
///
/// The work folder stays locked until the store and its [`Committer`] are both gone.
#[derive(Debug)]
pub struct ImageStore {
    folders: Arc<Folders>,
    next_temp: AtomicU64,
}

/// What the store and its committer share.
#[derive(Debug)]
pub(super) struct Folders {
    /// `output_images`, absolute.
    pub output: PathBuf,
    /// Where temporary files go, on the same file system.
    pub incoming: PathBuf,
    /// Whether `a.png` and `A.png` are the same file in `output_images`.
    pub ignore_case: bool,
    _lock: WorkDirLock,
}

/// An image that waits for [`Committer::commit`]. If it never comes to that, its temporary file is removed.
#[derive(Debug)]
pub struct Prepared {
    pub(super) name: String,
    pub(super) annotation: String,
    pub(super) known: Known,
    pub(super) sha256: [u8; 32],
    pub(super) size_bytes: u64,
    pub(super) bytes_at: BytesAt,
}

/// Where the bytes of a [`Prepared`] image are.
#[derive(Debug)]
pub(super) enum BytesAt {
    /// In a temporary file, durably.
    Temp(TempPath),
    /// In `output_images`, under this name.
    Saved(String),
}

impl Prepared {
    /// Size of the image.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Its label, as it will stand in the table.
    pub fn annotation(&self) -> &str {
        &self.annotation
    }

    /// Adds what came with it besides its label: its objects, as JSON, and when both were sent, in microseconds since
    /// 1970-01-01 UTC. Of two descriptions of an image the one that was sent last counts.
    #[must_use]
    pub fn described(self, objects_json: &str, sent_at_micros: Option<i64>) -> Self {
        Self { known: self.known.described(objects_json, sent_at_micros), ..self }
    }

    /// SHA-256 of its bytes.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

impl ImageStore {
    /// Opens or creates `output_images/` and `annotation.csv` in `work_dir`, and removes or mends what a killed run
    /// left.
    ///
    /// # Errors
    ///
    /// Another consumer uses the folder, `annotation.csv` is not ours, or the file system refuses.
    pub fn open(work_dir: &Path) -> Result<(ImageStore, Committer), SinkError> {
        let absolute = std::path::absolute(work_dir).at("find the work folder", work_dir)?;
        files::create_dir_durably(&absolute)?;
        let lock = WorkDirLock::acquire(&absolute)?;
        let output = absolute.join(OUTPUT_FOLDER);
        files::create_dir_durably(&output)?;
        let (incoming, ignore_case) = probe(&absolute, &output)?;
        let folders = Arc::new(Folders { output, incoming, ignore_case, _lock: lock });
        let committer = Committer::open(&absolute, Arc::clone(&folders))?;
        Ok((ImageStore { folders, next_temp: AtomicU64::new(0) }, committer))
    }

    /// Writes an image durably under a temporary name, unless it is saved already. Worker threads call this at the
    /// same time; most of it is waiting for the disk.
    ///
    /// `wanted_name` may be anything: [`clean_file_name`] makes a file name of it. `sha256` is the hash of `bytes`; it
    /// tells images of the same name apart. `annotation` becomes the cell in `annotation.csv`, by way of
    /// [`defuse`].
    ///
    /// # Errors
    ///
    /// The file system refuses.
    pub fn prepare(
        &self,
        wanted_name: &str,
        source: NameSource,
        format: ImageFormat,
        bytes: &[u8],
        sha256: &[u8; 32],
        annotation: &str,
    ) -> Result<Prepared, SinkError> {
        let name = clean_file_name(wanted_name, source, format);
        let bytes_at = match self.find_saved(&name, bytes, sha256)? {
            Some(saved) => BytesAt::Saved(saved),
            None => BytesAt::Temp(self.write_temp(bytes)?),
        };
        let annotation = defuse(annotation).into_owned();
        Ok(Prepared {
            name,
            known: Known::label(annotation.as_bytes()),
            annotation,
            sha256: *sha256,
            size_bytes: bytes.len() as u64,
            bytes_at,
        })
    }

    /// The name under which the very same image is saved already.
    fn find_saved(&self, name: &str, bytes: &[u8], sha256: &[u8; 32]) -> Result<Option<String>, SinkError> {
        for candidate in candidates(name, sha256) {
            match files::occupant(&self.folders.output.join(&candidate), bytes)? {
                Occupant::Same => return Ok(Some(candidate)),
                Occupant::Nothing => break,
                Occupant::Other => {}
            }
        }
        Ok(None)
    }

    fn write_temp(&self, bytes: &[u8]) -> Result<TempPath, SinkError> {
        let number = self.next_temp.fetch_add(1, Ordering::Relaxed);
        files::write_temp(&self.folders.incoming.join(format!("{number}{TEMP_ENDING}")), bytes, true)
    }
}

/// Finds a folder from which files can be moved into `output`, and whether `output` ignores case, by trying.
fn probe(work_dir: &Path, output: &Path) -> Result<(PathBuf, bool), SinkError> {
    let within_state = work_dir.join(STATE_FOLDER).join("incoming");
    let beside_images = output.join(INCOMING_BESIDE_IMAGES);
    for folder in [&within_state, &beside_images] {
        files::remove_leftovers(folder, |name| name.ends_with(TEMP_ENDING))?;
    }
    let probe = output.join(PROBE);
    // Only a run that was killed right here left it.
    let _ = std::fs::remove_file(&probe);
    for folder in [within_state, beside_images] {
        files::create_dir_durably(&folder)?;
        let temp = files::write_temp(&folder.join(format!("probe{TEMP_ENDING}")), b"", false)?;
        match files::move_to_free_name(temp, &probe) {
            Ok(Moved::Done | Moved::Taken(_)) => {
                let ignore_case = std::fs::symlink_metadata(output.join(PROBE.to_uppercase())).is_ok();
                std::fs::remove_file(&probe).at("remove the test file", &probe)?;
                return Ok((folder, ignore_case));
            }
            Err(SinkError::Io { source, .. }) if source.kind() == io::ErrorKind::CrossesDevices => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::CrossesDevices)).at("move a file into the folder", output)
}
