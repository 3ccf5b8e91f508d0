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
        scan(folder, exclude, Selection::Images, &|name| name == processed, &mut |found| {
            let (kind, path) = match found {
                Found::Image(candidate) => ("image", candidate.path),
                Found::AlreadyProcessed { path } => ("processed", path),
                Found::NotAnImage { path, .. } => ("other", path),
                Found::LabelFile { path } => ("labels", path),
                Found::ContentMissing { path, .. } => ("missing", path),
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
    fn any_file_is_sent_when_asked_for() {
        let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        let folder = folder(&[
            ("a.png", PNG),
            ("a.xml", b"<annotation/>"),
            ("b.heic", b"\0\0\0\x10ftypheic\0\0\0\0"),
            ("c.onnx", lfs),
            ("d", b""),
            (".hidden.csv", b"x"),
        ]);
        let sent = |with_labels| {
            let (mut sent, mut others) = (Vec::new(), Vec::new());
            let selection = Selection::AnyFile { with_labels };
            scan(folder.path(), &[], selection, &|_| false, &mut |found| {
                match found {
                    Found::Image(candidate) => {
                        sent.push(format!("{} {}", candidate.listed_name, candidate.content.content_type()))
                    }
                    other => others.push(other),
                }
                ControlFlow::Continue(())
            })
            .unwrap();
            (sent, others)
        };
        let (all, others) = sent(true);
        let expected = ["a.png image/png", "a.xml application/xml", "b.heic image/heic", "d application/octet-stream"];
        assert_eq!(all, expected);
        assert!(matches!(&others[..], [Found::ContentMissing { .. }]), "{others:?}");
        let (without_labels, others) = sent(false);
        assert_eq!(without_labels.len(), 3);
        assert!(matches!(&others[..], [Found::LabelFile { .. }, Found::ContentMissing { .. }]), "{others:?}");
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
        let error =
            scan(Path::new("/no/such/folder"), &[], Selection::Images, &|_| false, &mut |_| ControlFlow::Continue(()));
        assert!(error.unwrap_err().to_string().ends_with("/no/such/folder"));
    }

    #[test]
    fn pointers_of_data_version_control_are_named() {
        let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        let folder = folder(&[
            ("a.png", lfs),
            ("weights.onnx", lfs),
            ("b.jpg", b"/annex/objects/SHA256E-s48--9f3c.jpg\n"),
            ("c.png.dvc", b"outs:\n- md5: 1f\n  size: 9\n  path: c.png\n"),
            ("more.dvc", b"outs:\n- md5: 2f.dir\n  path: 'more'\n"),
            ("d.png", PNG),
            ("d.png.dvc", b"outs:\n- md5: 3f\n  path: d.png\n"),
        ]);
        #[cfg(unix)]
        for (name, target) in [
            ("e.png", "../.git/annex/objects/Wx/2k/SHA256E-s48--77.png/SHA256E-s48--77.png"),
            ("f.png", "/home/x/.dvc/cache/files/md5/1f/00"),
            ("g.png", "gone.png"),
            ("h.txt", "gone.txt"),
            (".lock", "x@y.1"),
        ] {
            std::os::unix::fs::symlink(target, folder.path().join(name)).unwrap();
        }
        let mut stores = Vec::new();
        scan(folder.path(), &[], Selection::Images, &|_| false, &mut |found| {
            stores.push(match found {
                Found::ContentMissing { path, store } => (path, format!("missing: {}", store.short_name())),
                Found::NotAnImage { path, content, .. } => (path, format!("{content:?}")),
                Found::Image(candidate) => (candidate.path, "image".to_owned()),
                other => panic!("{other:?}"),
            });
            ControlFlow::Continue(())
        })
        .unwrap();
        let found: Vec<(&str, &str)> =
            stores.iter().map(|(path, what)| (path.file_name().unwrap().to_str().unwrap(), what.as_str())).collect();
        let mut expected = vec![
            ("a.png", "missing: Git LFS pointer"),
            ("b.jpg", "missing: git-annex link"),
            ("c.png.dvc", "missing: DVC pointer"),
            ("d.png", "image"),
            ("d.png.dvc", "Unknown"),
        ];
        if cfg!(unix) {
            expected.extend([
                ("e.png", "missing: git-annex link"),
                ("f.png", "missing: DVC pointer"),
                ("g.png", "missing: broken link"),
                ("h.txt", "Elsewhere(Nowhere)"),
            ]);
        }
        expected.extend([("more.dvc", "missing: DVC pointer"), ("weights.onnx", "Elsewhere(GitLfs)")]);
        assert_eq!(found, expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_parent_folder_is_reported() {
        let folder = folder(&[("a.png", PNG)]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        assert_eq!(kinds(folder.path(), &[], ""), ["image a.png", "unreadable loop"]);
    }
}
