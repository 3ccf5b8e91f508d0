//! Where the labels of a folder of images may be: in it, and in the usual places beside and above it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::files::Search;
use super::glance::EXTENSIONS;
use super::known_files::is_known_name;

/// The files below one place.
#[derive(Debug)]
pub(super) struct Place {
    /// Some files of each folder and extension, to be looked at: of label files of one image each a few show the format of all.
    pub(super) groups: BTreeMap<(PathBuf, String), Vec<PathBuf>>,
    /// Whether it has more files than were listed.
    pub(super) is_partial: bool,
}

/// Files of one group that are looked at, besides those with a known name.
const GROUP_FILES_MAX: usize = 16;
/// Files of one place that are listed.
pub(super) const PLACE_FILES_MAX: usize = 200_000;
/// Folders above the images that are looked at.
const FOLDERS_ABOVE: usize = 3;
/// Folders of labels beside a folder of images.
const LABEL_FOLDERS: [&str; 6] = ["labels", "annotations", "anns", "ann", "label_2", "metadata"];
/// Folders of images in data sets, whose labels are beside them.
const IMAGE_FOLDERS: [&str; 9] =
    ["images", "image", "imgs", "img", "jpegimages", "image_2", "data", "obj_train_data", "default"];
/// Parts of data sets.
const SPLITS: [&str; 8] = ["train", "val", "valid", "validation", "test", "dev", "eval", "training"];

/// Whether a folder's name is that of a part of a data set: `train`, `val2017`.
pub(super) fn is_split(folder: &str) -> bool {
    let name = folder.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['_', '-']);
    SPLITS.iter().any(|split| name.eq_ignore_ascii_case(split))
}

/// The places around `input`.
pub(super) fn places_around(input: &Path, search: &Search<'_>) -> Vec<Place> {
    let root = input.canonicalize().unwrap_or_else(|_| input.to_owned());
    let mut places = vec![Place::below(&root, search)];
    let mut at = root.as_path();
    for _ in 0..FOLDERS_ABOVE {
        let name = at.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let Some(parent) = at.parent().filter(|_| IMAGE_FOLDERS.contains(&name.as_str()) || is_split(&name)) else {
            break;
        };
        let (mut beside, mut folders) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().to_lowercase());
            if path.is_dir() && LABEL_FOLDERS.contains(&name.as_str()) && path != at {
                folders.push(path);
            } else if path.is_file() && !name.starts_with('.') && !search.excludes(&path) {
                beside.push(path);
            }
        }
        beside.sort();
        folders.sort();
        places.push(Place::of(beside.into_iter()));
        places.extend(folders.iter().map(|folder| Place::below(folder, search)));
        at = parent;
    }
    places
}

impl Place {
    fn below(folder: &Path, search: &Search<'_>) -> Self {
        Self::of(search.files_below(folder).map(|(_, path)| path))
    }

    fn of(files: impl Iterator<Item = PathBuf>) -> Self {
        let mut place = Self { groups: BTreeMap::new(), is_partial: false };
        for (index, path) in files.enumerate() {
            if index == PLACE_FILES_MAX {
                place.is_partial = true;
                break;
            }
            let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            if !EXTENSIONS.contains(&extension.as_str()) {
                continue;
            }
            let Some(folder) = path.parent() else { continue };
            let group = place.groups.entry((folder.to_owned(), extension)).or_default();
            if group.len() < GROUP_FILES_MAX || is_known_name(&path) {
                group.push(path);
            }
        }
        place
    }
}

/// The folder that all of these are in.
pub(super) fn common_folder(folders: &[PathBuf]) -> Option<PathBuf> {
    let mut common = folders.first()?.clone();
    while !folders.iter().all(|folder| folder.starts_with(&common)) {
        common.pop();
    }
    Some(common)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(root: &Path, input: &str) -> Vec<String> {
        let places = places_around(&root.join(input), &Search::new(&[root.join("images/own.csv")], &|| false));
        let files = places.into_iter().flat_map(|place| place.groups.into_values()).flatten();
        let root = root.canonicalize().unwrap();
        files.map(|path| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/")).collect()
    }

    #[test]
    fn the_usual_places_are_looked_at_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "images/train/a.jpg",
            "images/train/a.xml",
            "images/own.csv",
            "labels/train/a.txt",
            "Annotations/c.json",
            "other/x.json",
            "set.json",
            ".hidden.json",
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let above = ["set.json", "Annotations/c.json", "labels/train/a.txt"];
        assert_eq!(names(folder.path(), "images/train"), [&["images/train/a.xml"][..], &above].concat());
        assert_eq!(names(folder.path(), "images"), [&["images/train/a.xml"][..], &above].concat());
        assert_eq!(names(folder.path(), "other"), ["other/x.json"]);
    }

    #[test]
    fn parts_of_data_sets_are_no_classes() {
        for name in ["train", "Val", "test_2", "val2017", "validation"] {
            assert!(is_split(name), "{name}");
        }
        for name in ["trainer", "cat", "2017", "tests"] {
            assert!(!is_split(name), "{name}");
        }
        let folders = ["/a/b/c", "/a/b", "/a/b/d"].map(PathBuf::from);
        assert_eq!(common_folder(&folders), Some("/a/b".into()));
    }
}
