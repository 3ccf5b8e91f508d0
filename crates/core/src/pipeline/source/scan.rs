//! One walk of the input folder: images, other files, and images that were sent before.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use walkdir::{DirEntry, WalkDir};

use super::listed_name::listed_name;
use super::{Selection, SourceError, pointer};
use crate::labels::is_label_file;
use crate::model::content_kind::ContentKind;
use crate::model::frame::Frame;
use crate::model::image_info::{FileContent, NotAnImage, frame_of_file};
use crate::model::missing_content::ContentStore;

/// A file that is to be sent: an image, unless others are selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The file.
    pub path: PathBuf,
    /// Its name relative to the input folder, see [`listed_name`].
    pub listed_name: String,
    /// Its size when it was found.
    pub size_bytes: u64,
    /// What it is, by its header.
    pub content: ContentKind,
    /// When it was last written to, if the file system has that.
    pub modified: Option<SystemTime>,
}

/// One file of the input folder.
#[derive(Debug)]
pub enum Found {
    /// A file to send.
    Image(Candidate),
    /// A file that is listed as processed.
    AlreadyProcessed {
        /// The file.
        path: PathBuf,
    },
    /// A file whose content is not an image of a known format, or one whose header is damaged.
    NotAnImage {
        /// The file.
        path: PathBuf,
        /// When it was last written to, if the file system has that.
        modified: Option<SystemTime>,
        /// What it is instead.
        content: NotAnImage,
    },
    /// A link or pointer that stands for an image, whose content is not here.
    ContentMissing {
        /// The link or pointer.
        path: PathBuf,
        /// Where the content is.
        store: ContentStore,
    },
    /// A file that holds labels, in one of the well-known layouts.
    LabelFile {
        /// The file.
        path: PathBuf,
    },
    /// A file or folder that cannot be read.
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
}

/// Walks `input` and its sub-folders in the order of their names, and passes each file to `take` until that breaks.
///
/// `selection` is which files are to be sent. Hidden files and folders are skipped, and so are the paths in `exclude`, the
/// program's own outputs. `is_processed` is called with each listed name.
///
/// # Errors
/// `input` itself cannot be read. A file or folder below it that cannot be read is [`Found::Unreadable`].
pub fn scan(
    input: &Path,
    exclude: &[PathBuf],
    selection: Selection,
    is_processed: &dyn Fn(&str) -> bool,
    take: &mut dyn FnMut(Found) -> ControlFlow<()>,
) -> Result<(), SourceError> {
    std::fs::read_dir(input).map_err(|source| SourceError::Input { path: input.to_owned(), source })?;
    let exclude = Exclusion::new(input, exclude);
    let walk = WalkDir::new(input).follow_links(true).sort_by_file_name();
    for entry in walk.into_iter().filter_entry(|entry| !exclude.leaves_out(entry)) {
        let found = match entry {
            Ok(entry) if entry.file_type().is_file() => examine(input, entry.path(), selection, is_processed),
            Ok(_) => None,
            Err(error) => unreadable(&exclude, selection, error),
        };
        if let Some(found) = found
            && take(found).is_break()
        {
            break;
        }
    }
    Ok(())
}

/// Examines one file below `input`. `None`: it was removed, is hidden, or is not a regular file.
pub fn examine(input: &Path, path: &Path, selection: Selection, is_processed: &dyn Fn(&str) -> bool) -> Option<Found> {
    let relative = path.strip_prefix(input).ok()?;
    if relative.components().any(|part| is_hidden(part.as_os_str())) {
        return None;
    }
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => pointer::of_link(path).map(|store| without_content(path, store, selection)),
        _ => Some(Found::Unreadable { path: path.to_owned(), error }),
    };
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => return None,
        Err(error) => return unreadable(error),
    };
    let listed_name = listed_name(relative);
    // Checked first, so that images that were sent before are not opened.
    if is_processed(&listed_name) {
        return Some(Found::AlreadyProcessed { path: path.to_owned() });
    }
    let content = match FileContent::of_file(path) {
        Ok(content) => content,
        Err(error) => return unreadable(error),
    };
    let (size_bytes, modified) = (metadata.len(), metadata.modified().ok());
    if let FileContent::Other(NotAnImage::Unknown) = content
        && let Some(store) = pointer::of_file(path, size_bytes)
    {
        return Some(without_content(path, store, selection));
    }
    let is_labels = || is_label_file(path);
    let is_sent = match selection {
        Selection::Images => content.image().is_some(),
        Selection::AnyFile { with_labels } => with_labels || content.image().is_some() || !is_labels(),
    };
    let path = path.to_owned();
    Some(match content {
        _ if is_sent => {
            let content = ContentKind::of(content, &listed_name);
            Found::Image(Candidate { path, listed_name, size_bytes, content, modified })
        }
        _ if is_labels() => Found::LabelFile { path },
        FileContent::Other(content) => Found::NotAnImage { path, modified, content },
        // An image is always sent.
        FileContent::Image(_) => return None,
    })
}

/// A link or pointer without its content. One that does not stand for a file to send is a file like others.
fn without_content(path: &Path, store: ContentStore, selection: Selection) -> Found {
    let path = path.to_owned();
    if selection.is_any_file() || pointer::stands_for_images(&path, store) {
        Found::ContentMissing { path, store }
    } else {
        Found::NotAnImage { path, modified: None, content: NotAnImage::Elsewhere(store) }
    }
}

/// The size of the largest file to send below `input`, in bytes; 0 without one.
///
/// # Errors
/// As [`scan`].
pub fn largest_image_bytes(input: &Path, exclude: &[PathBuf], selection: Selection) -> Result<u64, SourceError> {
    let mut largest_bytes = 0;
    scan(input, exclude, selection, &|_| false, &mut |found| {
        if let Found::Image(candidate) = found {
            largest_bytes = largest_bytes.max(candidate.size_bytes);
        }
        ControlFlow::Continue(())
    })?;
    Ok(largest_bytes)
}

/// Size and orientation, from the image's header. `None`: the header cannot be read, or is damaged.
pub fn image_frame(path: &Path) -> Option<Frame> {
    frame_of_file(path).ok().flatten()
}

fn unreadable(exclude: &Exclusion, selection: Selection, error: walkdir::Error) -> Option<Found> {
    let path = error.path()?.to_owned();
    let error = if error.loop_ancestor().is_some() {
        io::Error::other("the link leads back to a folder above it")
    } else {
        error.into_io_error()?
    };
    if error.kind() != io::ErrorKind::NotFound {
        return Some(Found::Unreadable { path, error });
    }
    // A link without its target, or a file that was removed during the walk.
    let is_left_out = path.file_name().is_none_or(is_hidden) || exclude.covers(&path);
    let store = pointer::of_link(&path).filter(|_| !is_left_out)?;
    Some(without_content(&path, store, selection))
}

pub(super) fn is_hidden(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Paths that are not walked.
pub(super) struct Exclusion {
    input: PathBuf,
    root: PathBuf,
    paths: Vec<PathBuf>,
}

impl Exclusion {
    pub(super) fn new(input: &Path, exclude: &[PathBuf]) -> Self {
        // A path that does not exist may be created later: its folder has a canonical path already.
        let canonical = |path: &Path| {
            path.canonicalize().ok().or_else(|| Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?)))
        };
        Self {
            input: input.to_owned(),
            root: canonical(input).unwrap_or_else(|| input.to_owned()),
            paths: exclude.iter().filter_map(|path| canonical(path)).collect(),
        }
    }

    fn leaves_out(&self, entry: &DirEntry) -> bool {
        entry.depth() > 0 && (is_hidden(entry.file_name()) || self.covers(entry.path()))
    }

    /// Whether `path` is excluded, or lies in an excluded folder.
    pub(super) fn covers(&self, path: &Path) -> bool {
        let Ok(relative) = path.strip_prefix(&self.input) else { return false };
        let path = self.root.join(relative);
        self.paths.iter().any(|excluded| path.starts_with(excluded) && *excluded != self.root)
    }
}

#[cfg(test)]
#[path = "scan_tests.rs"]
pub(super) mod tests;
