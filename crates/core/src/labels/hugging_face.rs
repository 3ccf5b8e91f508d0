//! Hugging Face's image folders: `metadata.csv` or `metadata.jsonl` beside the images, one in each folder or one for all
//! (<https://huggingface.co/docs/datasets/image_dataset>), with a label or a text, and objects as
//! `{"bbox": [[x, y, width, height], …], "categories": […]}`.
//!
//! Without a size in the columns `width` and `height`, boxes are on the shown picture: `datasets` turns a picture by its EXIF
//! orientation when it reads it (`Image.decode_example` in `datasets/features/image.py`).
//!
//! A class that is a number has its name from `README.md`, if that has one, and else keeps the number.
//!
//! Cannot carry: outlines, masks, keypoints, rotated boxes, tracks, scores and attributes of objects. Not read: Parquet files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::LabelError;
use super::csv_table::LABEL_HEADINGS;
use super::entries::Entries;
use super::error::Ambiguity;
use super::files;
use super::format::{Annotated, Damaged, LabelFormat, LabelPlace, LabelSource, Units, opened};
use super::glance::{Content, Glance};
use super::hugging_face_names::ClassLabels;
use super::image_file::ImageFile;
use super::image_names::ImageNames;
use super::json_parts::{JsonFile, bbox, number, text};
use super::rows::{Rows, is_same_heading};
use super::spelling::last_component;
use crate::model::frame::Frame;
use crate::model::objects::LabelledObject;

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "hf",
    title: "Hugging Face metadata",
    place: Some(LabelPlace::FolderOrFile),
    has_objects: true,
    recognises,
    open: |place, opening| opened(place, HuggingFace::read(place, opening.images())),
};

/// The names of the files.
const FILE_NAMES: [&str; 2] = ["metadata.csv", "metadata.jsonl"];

fn recognises(glance: &Glance) -> bool {
    let columns: Vec<&str> = match &glance.content {
        Content::Table(rows) => rows.headings.iter().map(String::as_str).collect(),
        Content::JsonLines(first) => first.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect(),
        _ => return false,
    };
    FILE_NAMES.contains(&glance.file_name.as_str()) && image_column(&columns).is_ok()
}

#[derive(Debug)]
struct HuggingFace {
    images: Entries<Row>,
    has_labels: bool,
    has_objects: bool,
    names: ClassLabels,
    damaged: Damaged,
}

/// What the metadata have for an image.
#[derive(Debug, Default, PartialEq)]
struct Row {
    label: String,
    /// One that differs, in another row of the image.
    other_label: Option<String>,
    objects: Vec<LabelledObject>,
    stated_px: Option<[f64; 2]>,
    unnamed: Option<String>,
    /// Why its objects are not known.
    problem: Option<String>,
}

impl LabelSource for HuggingFace {
    fn label_of(&self, image: ImageFile<'_>) -> Result<String, LabelError> {
        if !self.has_labels {
            return Ok(image.stem());
        }
        match self.images.find(image)? {
            None => Err(LabelError::Missing(self.images.source())),
            Some(Row { label, other_label: Some(other), .. }) => {
                let labels = [label, other].map(String::clone);
                Err(self.images.ambiguous(Ambiguity::Labels(labels)))
            }
            Some(Row { label, .. }) if label.is_empty() => Err(LabelError::Empty(self.images.source())),
            Some(Row { label, .. }) => Ok(label.clone()),
        }
    }

    fn has_objects(&self) -> bool {
        self.has_objects
    }

    fn objects_of(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        match self.images.find(image)? {
            None => Ok(None),
            Some(Row { problem: Some(reason), .. }) => Err(self.images.damage(reason)),
            Some(Row { objects, stated_px, unnamed, .. }) => Ok(Some(Annotated {
                objects: objects.clone(),
                units: Units::Pixels { stated_px: *stated_px },
                unnamed: unnamed.clone(),
            })),
        }
    }

    fn damaged(&self) -> Damaged {
        self.damaged.clone()
    }

    fn entry_names(&self) -> Vec<String> {
        self.images.examples()
    }
}

impl HuggingFace {
    /// Reads a file, or all below a folder; the error says why they cannot be used.
    fn read(place: &Path, images: &Arc<ImageNames>) -> Result<Self, String> {
        let files: Vec<(String, PathBuf)> = if place.is_file() {
            vec![(String::new(), place.to_owned())]
        } else {
            let is_metadata = |(relative, _): &(String, PathBuf)| {
                FILE_NAMES.iter().any(|known| last_component(relative).eq_ignore_ascii_case(known))
            };
            files::files_below(place, |_| false).filter(is_metadata).collect()
        };
        if files.is_empty() {
            return Err(format!("it has no {}", FILE_NAMES.join(" or ")));
        }
        let images = Entries::new(place, images, false);
        let (has_labels, has_objects, damaged) = Default::default();
        let names = ClassLabels::find(if place.is_file() { place.parent().unwrap_or(place) } else { place });
        let mut all = Self { images, has_labels, has_objects, names, damaged };
        for (relative, file) in files {
            let folder = relative.rsplit_once('/').map_or("", |(folder, _)| folder);
            let at = |reason: String| if relative.is_empty() { reason } else { format!("{relative}: {reason}") };
            let bytes = files::read_bytes(&file).map_err(at)?;
            let is_json = file.extension().is_some_and(|extension| !extension.eq_ignore_ascii_case("csv"));
            let read = if is_json { all.read_lines(folder, bytes) } else { all.read_table(folder, &bytes) };
            read.map_err(at)?;
        }
        Ok(all)
    }

    fn read_table(&mut self, folder: &str, bytes: &[u8]) -> Result<(), String> {
        let rows = Rows::read(bytes)?;
        for line in &rows.damaged {
            self.damaged.count(|| format!("{}: a quote is not closed", place(folder, *line)));
        }
        let headings: Vec<&str> = rows.headings.iter().map(String::as_str).collect();
        image_column(&headings)?;
        for (line, cells) in &rows.rows {
            let cells = rows.headings.iter().zip(cells).map(|(heading, cell)| (heading.clone(), cell.clone().into()));
            self.add(folder, *line, &cells.collect());
        }
        Ok(())
    }

    fn read_lines(&mut self, folder: &str, bytes: Vec<u8>) -> Result<(), String> {
        let text = files::text(bytes)?;
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let (mut is_read, mut first_problem) = (false, None);
        for (number, line) in lines {
            let row = JsonFile::new(line.as_bytes()).value(0..line.len());
            let row = row.and_then(|row| serde_json::from_value(row).map_err(|_| "it is not an object".to_owned()));
            match row {
                Ok(row) => {
                    let columns: Vec<&str> = BTreeMap::keys(&row).map(String::as_str).collect();
                    if let (false, Err(reason)) = (is_read, image_column(&columns)) {
                        first_problem.get_or_insert(reason);
                    }
                    is_read = true;
                    self.add(folder, number, &row);
                }
                Err(reason) => {
                    self.damaged.count(|| format!("{}: {reason}", place(folder, number)));
                }
            }
        }
        // Of a file with other lines the first one does not count.
        match first_problem.filter(|_| self.images.is_empty()) {
            Some(reason) => Err(reason),
            None => Ok(()),
        }
    }

    fn add(&mut self, folder: &str, line: usize, cells: &BTreeMap<String, Value>) {
        let columns: Vec<&str> = cells.keys().map(String::as_str).collect();
        let name = image_column(&columns).ok().and_then(|column| text(cells.get(column)?));
        let Some(name) = name.filter(|name| !name.trim().is_empty()) else {
            return self.damaged.count(|| format!("{}: it names no image", place(folder, line)));
        };
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let column =
            |wanted: &str| cells.iter().find(|(name, _)| is_same_heading(name, wanted)).map(|(_, value)| value);
        let label = LABEL_HEADINGS.iter().find_map(|heading| column(heading));
        self.has_labels |= label.is_some();
        let given = column("objects").filter(|given| !given.is_null() && given.as_str() != Some(""));
        self.has_objects |= column("objects").is_some();
        let objects = given.map(|given| objects_of(given, &self.names)).transpose();
        let side = |name| column(name).and_then(number).filter(|side| *side > 0.0);
        let mut row = Row {
            label: label.and_then(|label| label_text(label, &self.names)).unwrap_or_default(),
            stated_px: side("width").zip(side("height")).map(<[f64; 2]>::from),
            ..Row::default()
        };
        match objects {
            Ok(objects) => (row.objects, row.unnamed) = objects.unwrap_or_default(),
            Err(reason) => row.problem = Some(format!("{}: {reason}", place(folder, line))),
        }
        let mut row = Some(row);
        let index = self.images.entry(&path, || row.take().unwrap_or_default());
        if let (Some(known), Some(row)) = (self.images.get_mut(index), row) {
            if known.label != row.label {
                known.other_label.get_or_insert(row.label);
            }
            if known.objects != row.objects {
                let problem = || format!("{}: other objects than in a row before it", place(folder, line));
                known.problem.get_or_insert_with(problem);
            }
        }
    }
}

/// A line of the metadata in a folder of the data set.
fn place(folder: &str, line: usize) -> String {
    if folder.is_empty() { format!("line {line}") } else { format!("{folder}, line {line}") }
}

/// The column with the image: `file_name`, or another that ends like it.
fn image_column<'a>(columns: &[&'a str]) -> Result<&'a str, String> {
    const PREFERRED: [&str; 2] = ["file_name", "image_file_name"];
    let preferred = PREFERRED.iter().find_map(|wanted| columns.iter().find(|name| **name == *wanted));
    let others: Vec<&&str> = columns.iter().filter(|name| name.ends_with("_file_name")).collect();
    match (preferred, &others[..]) {
        (Some(name), _) => Ok(name),
        (None, [name]) => Ok(name),
        (None, []) => Err("it has no column file_name".to_owned()),
        (None, [one, other, ..]) => Err(format!("the image can be in {one} or in {other}: name its column file_name")),
    }
}

/// A text, a number, or several.
fn label_text(value: &Value, names: &ClassLabels) -> Option<String> {
    let named = |label: String| match ClassLabels::named(&names.of_images, &label) {
        Some(name) => name.to_owned(),
        None => label,
    };
    match value.as_array() {
        None => text(value).map(|text| named(text.trim().to_owned())),
        Some(several) => Some(several.iter().filter_map(text).map(named).collect::<Vec<_>>().join(", ")),
    }
}

/// Objects, and a class of them that has only a number.
type Objects = (Vec<LabelledObject>, Option<String>);

/// Lists of boxes and of classes, or a list of objects with a box and a class; in a table as text.
fn objects_of(given: &Value, names: &ClassLabels) -> Result<Objects, String> {
    const BOXES: [&str; 3] = ["bbox", "bboxes", "boxes"];
    const CLASSES: [&str; 5] = ["categories", "category", "label", "labels", "category_id"];
    let parsed = match given.as_str() {
        Some(json) => serde_json::from_str(json).map_err(|_| "its objects are not JSON".to_owned())?,
        None => given.clone(),
    };
    let of = |value: &Value, keys: &[&str]| keys.iter().find_map(|key| value.get(*key)).cloned();
    let (boxes, classes) = match &parsed {
        Value::Object(_) => {
            let list = |keys: &[&str]| match of(&parsed, keys) {
                None | Some(Value::Null) => Ok(Vec::new()),
                Some(Value::Array(list)) => Ok(list),
                Some(_) => Err(format!("{} of its objects is not a list", keys[0])),
            };
            (list(&BOXES)?, list(&CLASSES)?)
        }
        Value::Array(list) => {
            let boxes = list.iter().map(|object| of(object, &BOXES).unwrap_or_default());
            (boxes.collect(), list.iter().map(|object| of(object, &CLASSES).unwrap_or_default()).collect())
        }
        _ => return Err("its objects are not lists of bbox and categories".to_owned()),
    };
    if !classes.is_empty() && classes.len() != boxes.len() {
        return Err(format!("its objects have {} boxes and {} categories", boxes.len(), classes.len()));
    }
    let mut unnamed = None;
    let mut objects = Vec::new();
    for (index, given) in boxes.iter().enumerate() {
        let bbox = bbox(given).ok_or_else(|| format!("bbox[{index}] of its objects is not [x, y, width, height]"))?;
        let label = match classes.get(index) {
            None | Some(Value::Null) => String::new(),
            Some(class @ Value::Number(_)) => {
                let number = text(class).unwrap_or_default();
                match ClassLabels::named(&names.of_objects, &number) {
                    Some(name) => name.to_owned(),
                    None => {
                        let name = format!("class {number}");
                        unnamed.get_or_insert_with(|| name.clone());
                        name
                    }
                }
            }
            Some(class) => text(class).ok_or_else(|| format!("categories[{index}] of its objects is not a name"))?,
        };
        objects.push(LabelledObject::of_box(label, bbox));
    }
    Ok((objects, unnamed))
}

#[cfg(test)]
#[path = "hugging_face_tests.rs"]
mod tests;
