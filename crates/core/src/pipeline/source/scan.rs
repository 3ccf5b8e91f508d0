//! One walk of the input folder: images, other files, and images that were sent before.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use walkdir::{DirEntry, WalkDir};

use super::SourceError;
use super::listed_name::listed_name;
use crate::labels::is_label_file;
use crate::model::image_info::{ImageFormat, ImageInfo};

/// An image that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The file.
    pub path: PathBuf,
    /// Its name relative to the input folder, see [`listed_name`].
    pub listed_name: String,
    /// Its size when it was found.
    pub size_bytes: u64,
    /// The format by its header.
    pub format: ImageFormat,
    /// When it was last written to, if the file system has that.
    pub modified: Option<SystemTime>,
}

/// One file of the input folder.
#[derive(Debug)]
pub enum Found {
    /// An image to send.
    Image(Candidate),
    /// An image that is listed as processed.
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
/// Hidden files and folders are skipped, and so are the paths in `exclude`, the program's own outputs. `is_processed`
/// is called with each listed name.
///
/// # Errors
/// `input` itself cannot be read. A file or folder below it that cannot be read is [`Found::Unreadable`].
pub fn scan(
    input: &Path,
    exclude: &[PathBuf],
    is_processed: &dyn Fn(&str) -> bool,
    take: &mut dyn FnMut(Found) -> ControlFlow<()>,
) -> Result<(), SourceError> {
    std::fs::read_dir(input).map_err(|source| SourceError::Input { path: input.to_owned(), source })?;
    let exclude = Exclusion::new(input, exclude);
    let walk = WalkDir::new(input).follow_links(true).sort_by_file_name();
    for entry in walk.into_iter().filter_entry(|entry| !exclude.leaves_out(entry)) {
        let found = match entry {
            Ok(entry) if entry.file_type().is_file() => examine(input, entry.path(), is_processed),
            Ok(_) => None,
            Err(error) => unreadable(error),
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
pub fn examine(input: &Path, path: &Path, is_processed: &dyn Fn(&str) -> bool) -> Option<Found> {
    let relative = path.strip_prefix(input).ok()?;
    if relative.components().any(|part| is_hidden(part.as_os_str())) {
        return None;
    }
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => None,
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
    let format = match ImageInfo::of_file(path) {
        Ok(info) => info.map(|info| info.format),
        Err(error) => return unreadable(error),
    };
    let path = path.to_owned();
    let (size_bytes, modified) = (metadata.len(), metadata.modified().ok());
    Some(match format {
        Some(format) => Found::Image(Candidate { path, listed_name, size_bytes, format, modified }),
        None if is_label_file(&path) => Found::LabelFile { path },
        None => Found::NotAnImage { path, modified },
    })
}

/// The size of the largest image below `input`, in bytes; 0 without images.
///
/// # Errors
/// As [`scan`].
pub fn largest_image_bytes(input: &Path, exclude: &[PathBuf]) -> Result<u64, SourceError> {
    let mut largest_bytes = 0;
    scan(input, exclude, &|_| false, &mut |found| {
        if let Found::Image(candidate) = found {
            largest_bytes = largest_bytes.max(candidate.size_bytes);
        }
        ControlFlow::Continue(())
    })?;
    Ok(largest_bytes)
}

/// Width and height in pixels, from the image's header. `None`: the header cannot be read, or is damaged.
pub fn image_size_px(path: &Path) -> Option<[u32; 2]> {
    let info = ImageInfo::of_file(path).ok().flatten()?;
    Some([info.width_px, info.height_px])
}

fn unreadable(error: walkdir::Error) -> Option<Found> {
    let path = error.path()?.to_owned();
    // Otherwise a dangling link, or a file that was removed during the walk.
    let error = if error.loop_ancestor().is_some() {
        io::Error::other("the link leads back to a folder above it")
    } else {
        error.into_io_error()?
    };
    (error.kind() != io::ErrorKind::NotFound).then_some(Found::Unreadable { path, error })
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
pub(super) mod tests {
    use super::*;

    pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01";

    /// A folder with these files.
    pub fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        folder
    }

    fn kinds(folder: &Path, exclude: &[PathBuf], processed: &str) -> Vec<String> {
        let mut kinds = Vec::new();
        scan(folder, exclude, &|name| name == processed, &mut |found| {
            let (kind, path) = match found {
                Found::Image(candidate) => ("image", candidate.path),
                Found::AlreadyProcessed { path } => ("processed", path),
                Found::NotAnImage { path, .. } => ("other", path),
                Found::LabelFile { path } => ("labels", path),
                Found::Unreadable { path, .. } => ("unreadable", path),
            };
            kinds.push(format!("{kind} {}", listed_name(path.strip_prefix(folder).unwrap())));
            ControlFlow::Continue(())
        })
        .unwrap();
        kinds
    }

    #[test]
    fn images_are_known_by_content_and_come_in_order() {
        let folder = folder(&[
            ("b.txt", PNG),
            ("a.png", b"not an image"),
            ("sub/c.png", PNG),
            ("sub/c.xml", b"<annotation/>"),
            ("_annotations.coco.json", b"{}"),
            (".hidden.png", PNG),
            (".git/d.png", PNG),
            ("e.png", b""),
            ("f.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ]);
        assert_eq!(
            kinds(folder.path(), &[], "b.txt"),
            [
                "labels _annotations.coco.json",
                "other a.png",
                "processed b.txt",
                "other e.png",
                "other f.png",
                "image sub/c.png",
                "labels sub/c.xml"
            ]
        );
    }

    #[test]
    fn own_outputs_are_not_inputs() {
        let folder = folder(&[("a.png", PNG), ("output_images/a.png", PNG), ("output_images2/b.png", PNG)]);
        let exclude = [folder.path().join("output_images"), folder.path().join("dead_letters")];
        assert_eq!(kinds(folder.path(), &exclude, ""), ["image a.png", "image output_images2/b.png"]);
        // A folder that is given as the input is used, even if it is an output.
        let images = folder.path().join("output_images");
        assert_eq!(kinds(&images, std::slice::from_ref(&images), ""), ["image a.png"]);
    }

    #[test]
    fn a_missing_folder_is_reported() {
        let error = scan(Path::new("/no/such/folder"), &[], &|_| false, &mut |_| ControlFlow::Continue(()));
        assert!(error.unwrap_err().to_string().ends_with("/no/such/folder"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_parent_folder_is_reported() {
        let folder = folder(&[("a.png", PNG)]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        assert_eq!(kinds(folder.path(), &[], ""), ["image a.png", "unreadable loop"]);
    }
}
