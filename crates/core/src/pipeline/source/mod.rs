//! Where images come from: a folder, and the list of what was sent before; and a survey of the folder for front ends.

mod capture_time;
mod listed_name;
mod pointer;
mod processed;
mod scan;
mod selection;
mod sent_names;
mod survey;
mod timetable;
mod watch;

use std::io;
use std::path::PathBuf;

use crate::labels::LabelError;

pub(crate) use capture_time::CaptureTime;
pub use listed_name::listed_name;
pub(crate) use processed::{PROCESSED_FILES, ProcessedFiles, ProcessedNames};
pub(crate) use scan::{Candidate, Found, examine, image_frame, largest_image_bytes, scan};
pub use selection::Selection;
pub(crate) use sent_names::{ListedOnce, SentNames};
pub(crate) use survey::count_objects;
pub use survey::{Survey, SurveyedImage, survey};
pub(crate) use timetable::{Entry, Timetable};
pub(crate) use watch::FolderWatch;

/// Why images, labels or the list of processed files cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The input is missing, is not a folder, or may not be read.
    #[error("the input folder cannot be read; give the folder of images with --input: {}", .path.display())]
    Input {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The folder cannot be watched.
    #[error("the folder cannot be watched for new files: {}", .path.display())]
    Watch {
        /// The folder.
        path: PathBuf,
        /// The watcher's reason.
        source: notify::Error,
    },
    /// The labels cannot be opened.
    #[error(transparent)]
    LabelFile(#[from] LabelError),
    /// The list of processed files cannot be opened.
    #[error("the list of processed files cannot be opened: {}", .path.display())]
    Processed {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Another producer writes to the same list.
    #[error(
        "another producer is sending with this work folder: stop it, or choose another folder with --work-dir: {}",
        .work_dir.display()
    )]
    WorkDirInUse {
        /// The work folder.
        work_dir: PathBuf,
    },
}
