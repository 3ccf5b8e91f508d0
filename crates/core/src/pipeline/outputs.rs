//! The files that the program writes into a work folder.

use std::path::{Path, PathBuf};

use super::sink::{
    ANNOTATION_CSV, DEAD_LETTER_CSV, DEAD_LETTER_FOLDER, DEAD_LETTERS_SENT_CSV, IMAGE_RECORDS_CSV, OUTPUT_FOLDER,
};
use super::source::PROCESSED_FILES;
use crate::run::error::RunFailure;
use crate::work_dir::Dir;

/// Tables that are replaced as a whole, during or at the end of a run.
const TABLES: [&str; 3] = ["producer_metrics.csv", "consumer_metrics.csv", "kafka_performance_results.csv"];

/// Outputs that must not be sent as images if the work folder is inside the input folder.
pub fn own_outputs(work_dir: &Path) -> Vec<PathBuf> {
    [
        OUTPUT_FOLDER,
        DEAD_LETTER_FOLDER,
        ANNOTATION_CSV,
        IMAGE_RECORDS_CSV,
        DEAD_LETTER_CSV,
        DEAD_LETTERS_SENT_CSV,
        PROCESSED_FILES,
        "producer_metrics.csv",
        "consumer_metrics.csv",
        "kafka_performance_results.csv",
    ]
    .map(|name| work_dir.join(name))
    .into()
}

/// A folder, or a table in it, that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("files cannot be written into the folder; check its permissions, or choose another ({reason}): {}", folder.display())]
pub(crate) struct UnwritableFolder {
    folder: PathBuf,
    /// The system's reason.
    reason: String,
}

impl RunFailure for UnwritableFolder {}

/// Creates `folder` if it is missing, and a temporary file in it, so that a folder that cannot be written is reported
/// before anything is sent, read or measured.
pub(crate) fn check_writable(folder: &Path) -> Result<(), UnwritableFolder> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let refused = |folder: PathBuf, source: std::io::Error| UnwritableFolder { folder, reason: source.to_string() };
    let made = std::fs::create_dir_all(folder);
    let tried = made.and_then(|()| tempfile::Builder::new().prefix(".kafka-image-bench-").tempfile_in(folder));
    let opened = tried.and_then(|_| Dir::open(folder)).map_err(|source| refused(folder.to_owned(), source))?;
    // Something other than a file may have the name of a table that is written at the end.
    for name in TABLES {
        opened.has_file(name).map_err(|source| refused(folder.join(name), source))?;
    }
    Ok(())
}
