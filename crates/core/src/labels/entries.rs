//! The entries of a list of labels, and which image each of them is for.
//!
//! An entry serves one image. It fits an image by its whole path, by the end of it, or by the name alone, and better where it
//! is written more alike. What fits best counts; where two fit equally well nothing is guessed.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{Ambiguity, LabelError};
use super::findings::EXAMPLES_MAX;
use super::image_file::ImageFile;
use super::image_names::{ImageName, ImageNames};
use super::spelling::{Spelling, folders_before, last_component, without_extension};

/// Entries by the path that each has for its image.
#[derive(Debug)]
pub(super) struct Entries<T> {
    /// The file or folder that they are in, for errors.
    source: PathBuf,
    images: Arc<ImageNames>,
    /// Whether an entry may be for an image in another folder, if only the names are the same.
    by_name: bool,
    entries: Vec<(Spelling, T)>,
    by_path: HashMap<Box<str>, usize>,
    by_last: HashMap<String, Vec<usize>>,
}

/// How an entry fits an image, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    place: Place,
    /// 0: the exact form, 2: the loosest one.
    form: usize,
    /// Whether the entry has no extension.
    is_stem: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The same path.
    Whole,
    /// The same path with more folders, which are those of the input folder.
    Absolute,
    /// One path is the end of the other; with the number of common components.
    Tail(Reverse<usize>),
    /// The same name in another folder.
    Name,
}

impl<T> Entries<T> {
    pub(super) fn new(source: &Path, images: &Arc<ImageNames>, by_name: bool) -> Self {
        let (entries, by_path, by_last) = Default::default();
        Self { source: source.to_owned(), images: Arc::clone(images), by_name, entries, by_path, by_last }
    }

    pub(super) fn source(&self) -> PathBuf {
        self.source.clone()
    }

    /// The error of an image for which several could be meant.
    pub(super) fn ambiguous(&self, ambiguity: Ambiguity) -> LabelError {
        LabelError::ambiguous(&self.source, ambiguity)
    }

    /// The error of an image whose entry is damaged.
    pub(super) fn damage(&self, reason: &str) -> LabelError {
        LabelError::Damaged { path: self.source(), reason: reason.to_owned() }
    }

    /// The entry with this path, which is added unless it exists.
    pub(super) fn entry(&mut self, path: &str, new: impl FnOnce() -> T) -> usize {
        let spelling = Spelling::of_entry(path);
        if let Some(&known) = self.by_path.get(spelling.exact()) {
            return known;
        }
        let index = self.entries.len();
        self.by_last.entry(last_component(spelling.folded()).to_owned()).or_default().push(index);
        self.by_path.insert(spelling.exact().into(), index);
        self.entries.push((spelling, new()));
        index
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.entries.get_mut(index).map(|(_, entry)| entry)
    }

    pub(super) fn name(&self, index: usize) -> &str {
        self.entries.get(index).map_or("", |(spelling, _)| spelling.exact())
    }

    /// The paths of some of them.
    pub(super) fn examples(&self) -> Vec<String> {
        self.entries.iter().take(EXAMPLES_MAX).map(|(spelling, _)| spelling.exact().to_owned()).collect()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().map(|(_, entry)| entry)
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut().map(|(_, entry)| entry)
    }

    /// The entry of an image; `None`: there is none.
    ///
    /// # Errors
    /// Several entries could be meant, or several images.
    pub(super) fn find(&self, image: ImageFile<'_>) -> Result<Option<&T>, LabelError> {
        let image = ImageName::of(image);
        if let Some(&index) = self.by_path.get(image.path()) {
            return Ok(self.entries.get(index).map(|(_, entry)| entry));
        }
        let alike = image.keys().flat_map(|key| self.by_last.get(key).into_iter().flatten());
        let mut fitting: Vec<(Fit, usize)> = alike
            .filter(|&&index| !self.images.has(self.name(index)))
            .filter_map(|&index| Some((self.fit(&self.entries.get(index)?.0, &image)?, index)))
            .collect();
        fitting.sort_unstable();
        fitting.dedup_by_key(|(_, index)| *index);
        for (at, &(fit, index)) in fitting.iter().enumerate() {
            let Some((spelling, entry)) = self.entries.get(index) else { continue };
            let others = || self.images.alike(spelling).filter(|other| other.path() != image.path());
            if others().any(|other| self.fit(spelling, other).is_some_and(|other| other < fit)) {
                continue;
            }
            if let Some(&(_, other)) = fitting.get(at + 1).filter(|(other, _)| *other == fit) {
                let entries = [index, other].map(|index| self.name(index).to_owned());
                return Err(self.ambiguous(Ambiguity::Entries(entries)));
            }
            if let Some(other) = others().find(|other| self.fit(spelling, other) == Some(fit)) {
                let images = [image.path().to_owned(), other.path().to_owned()];
                return Err(self.ambiguous(Ambiguity::Images { entry: spelling.exact().to_owned(), images }));
            }
            return Ok(Some(entry));
        }
        Ok(None)
    }

    /// How well an entry fits an image; `None`: it is for another one.
    fn fit(&self, entry: &Spelling, image: &ImageName) -> Option<Fit> {
        let forms = image.spellings.iter().flat_map(|spelling| spelling.forms().into_iter().enumerate());
        let fits = forms.flat_map(|(form, path)| {
            let entry = entry.forms()[form];
            [(Some(path), false), (without_extension(path), true)]
                .into_iter()
                .filter_map(move |(path, is_stem)| Some(Fit { place: self.place(entry, path?)?, form, is_stem }))
        });
        fits.min()
    }

    fn place(&self, entry: &str, image: &str) -> Option<Place> {
        if entry == image {
            return Some(Place::Whole);
        }
        let common = |path: &str| Place::Tail(Reverse(path.matches('/').count() + 1));
        if let Some(folders) = folders_before(entry, image) {
            let is_input = |folder: &String| {
                folder == folders
                    || folder.trim_start_matches('/') == folders
                    || folders_before(folder, folders).is_some()
            };
            return Some(if self.images.folders.iter().any(is_input) { Place::Absolute } else { common(image) });
        }
        if folders_before(image, entry).is_some() {
            return Some(common(entry));
        }
        (self.by_name && last_component(entry) == last_component(image)).then_some(Place::Name)
    }
}

#[cfg(test)]
#[path = "entries_tests.rs"]
mod tests;
