//! The names of the images below the input folder, so that no entry of a list of labels serves two of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::files::Search;
use super::image_file::ImageFile;
use super::spelling::{Spelling, in_twin_folder, last_component, without_extension};

/// Extensions of files that are not images, whatever is in them: they are labels, lists and notes.
const OTHER_EXTENSIONS: [&str; 13] =
    ["txt", "xml", "json", "jsonl", "ndjson", "csv", "tsv", "yaml", "yml", "names", "md", "data", "cache"];

/// The images of a folder, by name.
#[derive(Debug, Default)]
pub(super) struct ImageNames {
    pub(super) root: PathBuf,
    /// The folder's own path, and the one of the folder of labels beside it.
    pub(super) folders: Vec<String>,
    images: Vec<ImageName>,
    by_path: HashMap<Box<str>, usize>,
    /// By the last component in its loosest form, with and without the extension.
    by_last: HashMap<String, Vec<usize>>,
}

/// An image's path below the input folder.
#[derive(Clone, Debug)]
pub(super) struct ImageName {
    /// Its spelling, and the one in the folder of labels beside it.
    pub(super) spellings: Vec<Spelling>,
}

impl ImageName {
    fn new(path: String) -> Self {
        let twin = in_twin_folder(&path).map(Spelling::new);
        Self { spellings: std::iter::once(Spelling::new(path)).chain(twin).collect() }
    }

    /// Of an image that is looked up: its path on the disk counts, not the escaped name.
    pub(super) fn of(image: ImageFile<'_>) -> Self {
        let depth = image.listed_name.matches('/').count();
        let parts: Vec<_> = image.path.components().rev().take(depth + 1).collect();
        let parts = parts.iter().rev().map(|part| part.as_os_str().to_string_lossy());
        Self::new(parts.collect::<Vec<_>>().join("/"))
    }

    pub(super) fn path(&self) -> &str {
        self.spellings.first().map_or("", Spelling::exact)
    }

    /// Keys of [`ImageNames::by_last`], and of entries.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let last = self.spellings.first().map_or("", |spelling| last_component(spelling.folded()));
        [Some(last), without_extension(last)].into_iter().flatten()
    }
}

impl ImageNames {
    /// Walks `input`. Hidden files, those that `search` leaves out, and what is certainly not an image are left out.
    pub(super) fn below(input: &Path, search: &Search<'_>) -> Self {
        let root =
            input.canonicalize().unwrap_or_else(|_| std::path::absolute(input).unwrap_or_else(|_| input.to_owned()));
        let mut names = Self::none_in(root.clone());
        for (relative, path) in search.files_below(&root) {
            let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            if !OTHER_EXTENSIONS.contains(&extension.as_str()) {
                names.add(ImageName::new(relative));
            }
        }
        names
    }

    /// Those in a folder of it and below, whose path ends with a `/`; by their paths below that folder.
    pub(super) fn within(&self, folder: &str) -> Self {
        let mut root = self.root.clone();
        root.extend(folder.split('/').filter(|part| !part.is_empty()));
        let mut names = Self::none_in(root);
        let paths = self.paths().filter_map(|path| path.strip_prefix(folder));
        paths.for_each(|path| names.add(ImageName::new(path.to_owned())));
        names
    }

    fn none_in(root: PathBuf) -> Self {
        let folder = root.to_string_lossy().replace('\\', "/");
        Self { folders: in_twin_folder(&folder).into_iter().chain([folder]).collect(), root, ..Self::default() }
    }

    fn add(&mut self, image: ImageName) {
        let index = self.images.len();
        for key in image.keys() {
            self.by_last.entry(key.to_owned()).or_default().push(index);
        }
        self.by_path.insert(image.path().into(), index);
        self.images.push(image);
    }

    /// The paths of all of them below the input folder.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.images.iter().map(ImageName::path)
    }

    /// Whether an image has exactly this path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    /// The images whose last component fits that of an entry.
    pub(super) fn alike(&self, entry: &Spelling) -> impl Iterator<Item = &ImageName> {
        let alike = self.by_last.get(last_component(entry.folded()));
        alike.into_iter().flatten().filter_map(|&index| self.images.get(index))
    }
}
