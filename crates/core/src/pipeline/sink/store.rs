//! The part of saving that many threads do at once: bytes to the disk, under a temporary name.

use super::candidates::candidates;
use super::committer::Committer;
use super::defuse::defuse;
use super::error::{AtPath, SinkError};
use super::file_name::{NameSource, clean_file_name};
use super::files::{self, Moved, Occupant, TempFile};
use super::lock::WorkDirLock;
use super::row_index::Known;
use super::{OUTPUT_FOLDER, STATE_FOLDER};
use crate::model::image_info::ImageFormat;
use crate::work_dir::Dir;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The ending of temporary files.
const TEMP_ENDING: &str = ".part";
/// Where temporary files go if `output_images` is on another file system than the state folder, across which nothing
/// can be moved.
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
    /// The work folder.
    pub work: Arc<Dir>,
    /// The folder of locks and markers in it.
    pub state: Arc<Dir>,
    /// `output_images`.
    pub output: Arc<Dir>,
    /// Where temporary files go, on the same file system.
    pub incoming: Arc<Dir>,
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
    Temp(TempFile),
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
    /// Another consumer uses the folder, `annotation.csv` is not ours, there is a link in the folder where it is
    /// written to, or the file system refuses.
    pub fn open(work_dir: &Path) -> Result<(ImageStore, Committer), SinkError> {
        let work = Arc::new(Dir::open_or_create(work_dir).at("open the work folder", work_dir)?);
        let make = |name| Ok(Arc::new(work.make_folder(name).at("open the folder", &work.join(name))?));
        let state = make(STATE_FOLDER)?;
        let lock = WorkDirLock::acquire(work.path(), &state)?;
        let output = make(OUTPUT_FOLDER)?;
        let (incoming, ignore_case) = probe(&state, &output)?;
        let folders = Arc::new(Folders { work, state, output, incoming, ignore_case, _lock: lock });
        let committer = Committer::open(Arc::clone(&folders))?;
        Ok((ImageStore { folders, next_temp: AtomicU64::new(0) }, committer))
    }

    pub(super) fn folders(&self) -> &Folders {
        &self.folders
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
        TempFile::write(&self.folders.incoming, &format!("{number}{TEMP_ENDING}"), bytes, true)
    }
}

/// Finds a folder from which files can be moved into `output`, and whether `output` ignores case, by trying.
fn probe(state: &Dir, output: &Dir) -> Result<(Arc<Dir>, bool), SinkError> {
    const WITHIN_STATE: &str = "incoming";
    let places = [(state, WITHIN_STATE), (output, INCOMING_BESIDE_IMAGES)];
    for (parent, name) in places {
        match parent.folder(name) {
            Ok(folder) => files::remove_leftovers(&folder, |name| name.ends_with(TEMP_ENDING))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).at("open the folder", &parent.join(name)),
        }
    }
    // Only a run that was killed right here left it.
    let _ = output.remove_file(PROBE);
    for (parent, name) in places {
        let folder = Arc::new(parent.make_folder(name).at("open the folder", &parent.join(name))?);
        let temp = TempFile::write(&folder, &format!("probe{TEMP_ENDING}"), b"", false)?;
        match files::move_to_free_name(temp, output, PROBE) {
            Ok(Moved::Done | Moved::Taken(_)) => {
                let ignore_case = output.entry(&PROBE.to_uppercase()).is_ok_and(|entry| entry.is_some());
                output.remove_file(PROBE).at("remove the test file", &output.join(PROBE))?;
                return Ok((folder, ignore_case));
            }
            Err(SinkError::Io { source, .. }) if source.kind() == io::ErrorKind::CrossesDevices => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::CrossesDevices)).at("move a file into the folder", output.path())
}
