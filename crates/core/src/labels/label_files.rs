//! The label files of a folder, for formats with one label file per image.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::RwLock;

use super::LabelError;
use super::entries::Entries;
use super::files;
use super::format::Annotated;
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

impl LabelFiles {
    /// The files with `extension`, in any letter case, but for those with the name `other`.
    pub(super) fn below(
        folder: &Path,
        extension: &'static str,
        other: Option<&'static str>,
        images: &Arc<ImageNames>,
    ) -> Self {
        let files = RwLock::new(Entries::new(folder, images, false));
        let files = Self { folder: folder.to_owned(), extension, other, images: Arc::clone(images), files };
        files.list();
        files
    }

    fn list(&self) {
        let mut entries = Entries::new(&self.folder, &self.images, false);
        for (relative, path) in files::files_below(&self.folder, |_| false) {
            let has_extension = path.extension().is_some_and(|of_file| of_file.eq_ignore_ascii_case(self.extension));
            if has_extension && self.other != Some(last_component(&relative)) {
                entries.entry(without_extension(&relative).unwrap_or(&relative), || path);
            }
        }
        *self.files.write() = entries;
    }

    /// What `read` makes of the label file of an image; `None`: it has none.
    ///
    /// # Errors
    /// It cannot be read or is damaged, or several could be meant.
    pub(super) fn annotated(
        &self,
        image: ImageFile<'_>,
        read: impl FnOnce(Vec<u8>) -> Result<Annotated, String>,
    ) -> Result<Option<Annotated>, LabelError> {
        let find = || self.files.read().find(image).map(Option::<&PathBuf>::cloned);
        let mut found = find()?;
        if found.is_none() && self.has_come(image) {
            // In a watched folder an image and its label file come together.
            self.list();
            found = find()?;
        }
        let Some(path) = found else { return Ok(None) };
        match files::read_bytes(&path).and_then(read) {
            Ok(annotated) => Ok(Some(annotated)),
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
