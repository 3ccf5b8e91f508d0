//! The folders that images are saved into.

use super::error::{AtPath, SinkError};
use super::files::{self, Moved, TempFile};
use super::lock::WorkDirLock;
use super::{OUTPUT_FOLDER, STATE_FOLDER};
use crate::work_dir::Dir;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The extension of temporary files.
pub(super) const TEMP_EXTENSION: &str = ".part";
/// Where temporary files go if `output_images` is on another file system than the state folder, since files cannot be
/// moved across file systems.
const INCOMING_BESIDE_IMAGES: &str = ".kafka-image-bench-incoming";
/// A file that exists for a moment while the folders are opened.
const PROBE: &str = ".kafka-image-bench-probe";

/// The open folders of a work folder, which is locked as long as they are.
#[derive(Debug)]
pub(super) struct Folders {
    pub work: Arc<Dir>,
    /// The folder of locks and markers.
    pub state: Arc<Dir>,
    /// `output_images`.
    pub output: Arc<Dir>,
    /// The folder of temporary files, on the file system of `output`.
    pub incoming: Arc<Dir>,
    /// Whether `a.png` and `A.png` are the same file in `output`.
    pub ignore_case: bool,
    _lock: WorkDirLock,
}

impl Folders {
    /// Opens or creates the folders in `work_dir`, locks it, and removes the temporary files of a killed run.
    pub(super) fn open(work_dir: &Path) -> Result<Self, SinkError> {
        let work = Arc::new(Dir::open_or_create(work_dir).at("open the work folder", work_dir)?);
        let make = |name| Ok(Arc::new(work.make_folder(name).at("open the folder", &work.join(name))?));
        let state = make(STATE_FOLDER)?;
        let lock = WorkDirLock::acquire(work.path(), &state)?;
        let output = make(OUTPUT_FOLDER)?;
        let (incoming, ignore_case) = probe(&state, &output)?;
        Ok(Self { work, state, output, incoming, ignore_case, _lock: lock })
    }
}

/// Finds by trying a folder from which files can be moved into `output`, and whether `output` ignores case.
fn probe(state: &Dir, output: &Dir) -> Result<(Arc<Dir>, bool), SinkError> {
    const WITHIN_STATE: &str = "incoming";
    let places = [(state, WITHIN_STATE), (output, INCOMING_BESIDE_IMAGES)];
    for (parent, name) in places {
        match parent.folder(name) {
            Ok(folder) => files::remove_leftovers(&folder, |name| name.ends_with(TEMP_EXTENSION))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).at("open the folder", &parent.join(name)),
        }
    }
    // It exists only if a run was killed right here.
    let _ = output.remove_file(PROBE);
    for (parent, name) in places {
        let folder = Arc::new(parent.make_folder(name).at("open the folder", &parent.join(name))?);
        let temp = TempFile::write(&folder, &format!("probe{TEMP_EXTENSION}"), b"", false)?;
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
