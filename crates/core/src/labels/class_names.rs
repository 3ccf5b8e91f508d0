//! What the label files of YOLO do not have: the names of classes, and what their numbers are. It is in a file of the data set,
//! beside the labels or above them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::LabelError;
use super::files;
use super::yaml::Yaml;

/// One name per line: of labelImg, Darknet and Roboflow.
const LISTS: [&str; 4] = ["classes.txt", "obj.names", "_darknet.labels", "predefined_classes.txt"];
/// The names are under the key `names`.
const YAML_FILES: [&str; 2] = ["data.yaml", "dataset.yaml"];
/// Folders above the labels that are searched.
const FOLDERS_ABOVE: usize = 3;
/// Files that are read in one folder, at most.
const FILES_MAX: usize = 50;

/// What is known of the data set.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ClassNames {
    names: HashMap<u32, String>,
    /// Keypoints of an object, and numbers of each: 2, or 3 with the visibility.
    pub(super) keypoints: Option<[usize; 2]>,
    /// The names of keypoints, of classes that have them.
    keypoint_names: HashMap<u32, Vec<String>>,
    /// `detect`, `segment`, `pose` or `obb`, if a file says so.
    pub(super) task: Option<String>,
}

impl ClassNames {
    /// Reads the first file of names in `folder`, or else in the folders above it. Without such a file there are no names.
    pub(super) fn find(folder: &Path) -> Result<Self, LabelError> {
        let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let mut found = Self::default();
        for (above, folder) in absolute.ancestors().take(FOLDERS_ABOVE + 1).enumerate() {
            for path in files_of(folder) {
                let text = match files::read_text(&path) {
                    Ok(Some(text)) => text,
                    Ok(None) => continue,
                    Err(reason) if above <= 1 => return Err(LabelError::Unusable { path, reason }),
                    Err(_) => continue,
                };
                found.add(&path, &text, above);
            }
        }
        Ok(found)
    }

    /// Takes what is not known yet: the nearest file counts.
    fn add(&mut self, path: &Path, text: &str, above: usize) {
        let has_extension = |wanted| path.extension().is_some_and(|extension: &std::ffi::OsStr| extension == wanted);
        if has_extension("yaml") || has_extension("yml") {
            let Some(set) = DataSet::read(text) else { return };
            // Far above, only a file that is of a data set beyond doubt.
            if above > 1 && !set.is_certain && !YAML_FILES.iter().any(|name| path.ends_with(name)) {
                return;
            }
            if self.names.is_empty() {
                self.names = set.names;
            }
            if self.keypoints.is_none() {
                (self.keypoints, self.keypoint_names) = (set.keypoints, set.keypoint_names);
            }
            self.task = self.task.take().or(set.task);
        } else if self.names.is_empty() && above <= 1 {
            self.names = if has_extension("json") { from_notes(text) } else { from_lines(text) };
        }
    }

    /// The name of a class, and whether it is only its number: `class 3`.
    pub(super) fn of(&self, class: u32) -> (String, bool) {
        match self.names.get(&class) {
            Some(name) => (name.clone(), false),
            None => (format!("class {class}"), true),
        }
    }

    /// The names of `number` keypoints of a class; empty if they are not known.
    pub(super) fn of_keypoints(&self, class: u32, number: usize) -> &[String] {
        let names = self.keypoint_names.get(&class).map_or(&[][..], Vec::as_slice);
        if names.len() == number { names } else { &[] }
    }
}

/// The files of a folder that may have names, in the order in which they count.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let known = LISTS.into_iter().chain(["notes.json"]).chain(YAML_FILES).map(|name| folder.join(name));
    let mut found: Vec<PathBuf> = known.filter(|path| path.is_file()).collect();
    let others = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut others: Vec<PathBuf> = others
        .filter(|path| {
            path.extension().is_some_and(|of_file| of_file == "yaml" || of_file == "yml" || of_file == "names")
        })
        .filter(|path| !found.contains(path))
        .take(FILES_MAX)
        .collect();
    others.sort();
    found.extend(others);
    found
}

fn from_lines(text: &str) -> HashMap<u32, String> {
    numbered(text.lines().map(|line| line.trim().to_owned()))
}

/// `notes.json` of Label Studio: `{"categories": [{"id": 0, "name": "boat"}]}`.
fn from_notes(text: &str) -> HashMap<u32, String> {
    let notes: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let categories = notes.get("categories").and_then(|categories| categories.as_array()).into_iter().flatten();
    let pair = |category: &serde_json::Value| {
        let number = u32::try_from(category.get("id")?.as_u64()?).ok()?;
        Some((number, category.get("name")?.as_str()?.to_owned()))
    };
    categories.filter_map(pair).collect()
}

fn numbered(names: impl Iterator<Item = String>) -> HashMap<u32, String> {
    (0..).zip(names).filter(|(_, name)| !name.is_empty()).collect()
}

/// A YAML file of a data set.
#[derive(Debug, Default)]
struct DataSet {
    names: HashMap<u32, String>,
    keypoints: Option<[usize; 2]>,
    keypoint_names: HashMap<u32, Vec<String>>,
    task: Option<String>,
    /// Whether it has more keys of a data set.
    is_certain: bool,
}

impl DataSet {
    /// `None`: the file has none of the keys.
    fn read(text: &str) -> Option<Self> {
        let Some(yaml) = Yaml::whole(text) else {
            return Some(Self { names: from_damaged(text)?, ..Self::default() });
        };
        let number = |yaml: &Yaml| yaml.scalar()?.trim().parse().ok();
        let shape = yaml.get("kpt_shape").and_then(Yaml::items);
        let keypoints = shape.and_then(|shape| match shape {
            [points, numbers] => Some([number(points)?, number(numbers)?]),
            _ => None,
        });
        let keypoints = keypoints.filter(|[points, numbers]| (1..=10_000).contains(points) && matches!(numbers, 2 | 3));
        let task = yaml.get("task").and_then(Yaml::scalar).map(str::to_owned);
        let names = yaml.get("names").map(names_of);
        if names.is_none() && keypoints.is_none() && task.is_none() {
            return None;
        }
        let keypoint_names = match yaml.get("kpt_names") {
            Some(Yaml::Map(classes)) => {
                classes.iter().filter_map(|(class, names)| Some((whole(class)?, texts(names)))).collect()
            }
            _ => HashMap::new(),
        };
        let is_certain = ["nc", "train", "val", "path", "kpt_shape"].iter().any(|key| yaml.get(key).is_some());
        Some(Self { names: names.unwrap_or_default(), keypoints, keypoint_names, task, is_certain })
    }
}

/// The names before the damage under the key `names` of a damaged YAML file, of which only the value of that key is parsed.
/// `None`: the file has no such key.
fn from_damaged(text: &str) -> Option<HashMap<u32, String>> {
    let value = value_of_names(text)?;
    Some(Yaml::beginning(value).as_ref().map(names_of).unwrap_or_default())
}

/// A list of names, a map from numbers to names, or one from names to numbers.
pub(super) fn names_of(yaml: &Yaml) -> HashMap<u32, String> {
    match yaml {
        Yaml::Scalar(_) => HashMap::new(),
        Yaml::List(_) => numbered(texts(yaml).into_iter()),
        Yaml::Map(members) => {
            let pair = |(key, value): &(String, Yaml)| {
                let value = value.scalar()?;
                let pair = whole(key).map(|number| (number, value)).or_else(|| Some((whole(value)?, key.as_str())));
                pair.map(|(number, name)| (number, name.to_owned()))
            };
            members.iter().filter_map(pair).collect()
        }
    }
}

fn texts(yaml: &Yaml) -> Vec<String> {
    let items = yaml.items().unwrap_or_default().iter();
    items.map(|item| item.scalar().unwrap_or_default().to_owned()).collect()
}

/// A number of a class, also where it is written as `1.0`.
pub(super) fn whole(text: &str) -> Option<u32> {
    let number = text.parse::<f64>().ok()?;
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    is_whole.then_some(number as u32)
}

/// What follows the key `names`, which is not indented.
fn value_of_names(text: &str) -> Option<&str> {
    let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    line_starts
        .filter_map(|at| text[at..].strip_prefix("names"))
        .find_map(|rest| rest.trim_start_matches([' ', '\t']).strip_prefix(':'))
}

#[cfg(test)]
#[path = "class_names_tests.rs"]
mod tests;
