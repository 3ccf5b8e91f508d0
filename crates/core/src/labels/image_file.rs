//! An image whose labels are looked up.

use std::path::Path;

/// Its path, and the name that it is sent under.
#[derive(Clone, Copy, Debug)]
pub(super) struct ImageFile<'a> {
    pub(super) path: &'a Path,
    /// Its name relative to the input folder, with `/` between folders.
    pub(super) listed_name: &'a str,
}

impl ImageFile<'_> {
    /// The file name up to its first dot, trimmed.
    pub(super) fn stem(self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        name.split('.').next().unwrap_or_default().trim().to_owned()
    }
}
