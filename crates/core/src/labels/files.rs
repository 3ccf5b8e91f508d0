//! Files of labels, read whole, and the files below a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The bytes of a file. The error says why it cannot be read.
pub(super) fn read_bytes(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| error.to_string())
}

/// The text of a file; `None` if there is no file. The error says why it cannot be read.
pub(super) fn read_text(file: &Path) -> Result<Option<String>, String> {
    match fs::read(file) {
        Ok(bytes) => text(bytes).map(Some),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// The bytes as text, without a byte order mark. The error says that they are not.
pub(super) fn text(mut bytes: Vec<u8>) -> Result<String, String> {
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}

/// The bytes without a byte order mark, for formats that have none.
pub(super) fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// Which files are looked at, and until when.
#[derive(Clone)]
pub(super) struct Search<'a> {
    exclude: Vec<PathBuf>,
    is_stopped: &'a dyn Fn() -> bool,
}

impl<'a> Search<'a> {
    /// Of all files but those in `exclude`, until `is_stopped`.
    pub(super) fn new(exclude: &[PathBuf], is_stopped: &'a dyn Fn() -> bool) -> Self {
        Self { exclude: exclude.iter().filter_map(|path| path.canonicalize().ok()).collect(), is_stopped }
    }

    pub(super) fn is_stopped(&self) -> bool {
        (self.is_stopped)()
    }

    /// Whether a path, without links in it, is left out.
    pub(super) fn excludes(&self, path: &Path) -> bool {
        self.exclude.iter().any(|excluded| excluded == path)
    }

    /// The files below a folder, as [`files_below`] has them.
    pub(super) fn files_below(&self, folder: &Path) -> impl Iterator<Item = (String, PathBuf)> {
        files_below(folder, |path| self.excludes(path)).take_while(|_| !self.is_stopped())
    }
}

/// The files below a folder, each with its path below it, with `/` between folders. Hidden ones and those that `is_excluded`
/// are left out.
pub(super) fn files_below(
    folder: &Path,
    is_excluded: impl Fn(&Path) -> bool,
) -> impl Iterator<Item = (String, PathBuf)> {
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter().filter_entry(move |entry| {
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        entry.depth() == 0 || !(is_hidden || is_excluded(entry.path()))
    });
    walk.flatten().filter(|entry| entry.file_type().is_file()).filter_map(move |entry| {
        let relative = entry.path().strip_prefix(folder).ok()?;
        let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        Some((parts.join("/"), entry.into_path()))
    })
}
