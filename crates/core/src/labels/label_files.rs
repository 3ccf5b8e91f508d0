//! The label files of a folder, for formats with one label file per image.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::RwLock;

use super::LabelError;
use super::entries::Entries;
use super::files;
use super::image_file::ImageFile;
use super::image_names::{ImageName, ImageNames};
use super::spelling::{last_component, without_extension};

/// The files with one extension below a folder, by the image that each is for: `a.txt` or `a.jpg.txt` for `a.jpg`.
#[derive(Debug)]
pub(super) struct LabelFiles {
    folder: PathBuf,
    extension: &'static str,
    /// A file name that does not belong to an image, but to a list.
    other: Option<&'static str>,
    images: Arc<ImageNames>,
    files: RwLock<Entries<PathBuf>>,
}

/// A label file's content.
pub(super) struct LabelFile {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
}

impl LabelFiles {
    /// The files with `extension`, in any letter case, but for those with the name `other`.
    pub(super) fn below(
        folder: &Path,
        extension: &'static str,
        other: Option<&'static str>,
        images: &Arc<ImageNames>,
    ) -> Self {
        let files = RwLock::new(Entries::new(images, false));
        let files = Self { folder: folder.to_owned(), extension, other, images: Arc::clone(images), files };
        files.list();
        files
    }

    fn list(&self) {
        let mut entries = Entries::new(&self.images, false);
        for (relative, path) in files::files_below(&self.folder, |_| false) {
            let has_extension = path.extension().is_some_and(|of_file| of_file.eq_ignore_ascii_case(self.extension));
            if has_extension && self.other != Some(last_component(&relative)) {
                entries.entry(without_extension(&relative).unwrap_or(&relative), || path);
            }
        }
        *self.files.write() = entries;
    }

    /// The label file of an image; `None`: it has none.
    ///
    /// # Errors
    /// It cannot be read, or several could be meant.
    pub(super) fn read(&self, image: ImageFile<'_>) -> Result<Option<LabelFile>, LabelError> {
        let find = || {
            let found = self.files.read().find(image).map(Option::<&PathBuf>::cloned);
            found.map_err(|ambiguity| LabelError::ambiguous(&self.folder, ambiguity))
        };
        let mut found = find()?;
        if found.is_none() && self.has_come(image) {
            // In a watched folder an image and its label file come together.
            self.list();
            found = find()?;
        }
        let Some(path) = found else { return Ok(None) };
        match files::read_bytes(&path) {
            Ok(bytes) => Ok(Some(LabelFile { path, bytes })),
            Err(reason) => Err(LabelError::Damaged { path, reason }),
        }
    }

    /// Whether an image has a label file that was not listed.
    fn has_come(&self, image: ImageFile<'_>) -> bool {
        let image = ImageName::of(image);
        let paths = image.spellings.iter().map(|spelling| spelling.exact());
        let name = last_component(image.path());
        paths.chain([name]).filter_map(without_extension).any(|path| {
            let path = self.folder.join(format!("{path}.{}", self.extension));
            path.is_file() && !self.files.read().values().any(|known| *known == path)
        })
    }

    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.files.read().values().cloned().collect()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.files.read().examples()
    }
}

impl LabelFile {
    /// Its text.
    ///
    /// # Errors
    /// It is not UTF-8.
    pub(super) fn text(self) -> Result<(PathBuf, String), LabelError> {
        let Self { path, bytes } = self;
        match files::text(bytes) {
            Ok(text) => Ok((path, text)),
            Err(reason) => Err(LabelError::Damaged { path, reason }),
        }
    }
}
