//! Label Studio's labels: one JSON file for all images, with all of each task (`JSON`) or with the results alone (`JSON_MIN`), or
//! one file of a task (<https://labelstud.io/guide/export>, `annotation_result_from_task` and `convert_to_json_min` in
//! `label_studio_sdk/converter/converter.py`).
//!
//! Places are in percent of the picture as the browser shows it, whatever its size is: another size that the file states is
//! reported, and boxes are always placed on the image's own.
//!
//! Cannot carry: several outlines of one object, tracks, and crowds. Not read: videos, relations between regions, vectors, bitmasks,
//! texts and numbers for the whole image, and predictions in a file that has annotations.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::LabelError;
use super::entries::Entries;
use super::error::Ambiguity;
use super::files;
use super::format::{Annotated, Damaged, LabelFormat, LabelPlace, LabelSource, Units, opened};
use super::glance::{Content, Glance};
use super::image_file::ImageFile;
use super::image_names::{ImageName, ImageNames};
use super::json_parts::{JsonFile, id};
use super::label_studio_names::{Uploads, address_in, path_of};
use super::label_studio_regions::{Part, Regions, strings};
use crate::model::frame::Frame;

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "labelstudio",
    title: "Label Studio file",
    place: Some(LabelPlace::File),
    has_objects: true,
    recognises: |glance| is_task(glance),
    open: |file, opening| opened(file, LabelStudio::read(file, opening.images())),
};

/// Whether a file is a task, or its first item is one or the results of one.
fn is_task(glance: &Glance) -> bool {
    let Content::Json { keys, first } = &glance.content else { return false };
    let has = |key: &str| keys.iter().any(|of_file| of_file == key) || first.get(key).is_some();
    let is_results = first.get("annotation_id").is_some() && first.get("annotator").is_some();
    is_results || (has("data") && ["annotations", "completions", "predictions"].into_iter().any(has))
}

#[derive(Debug)]
struct LabelStudio {
    /// The tasks of each image; several are refused.
    tasks: Entries<Vec<Task>>,
    /// Images that an uploaded file could be, by their paths.
    unclear: HashMap<String, Ambiguity>,
    /// Whether a task has regions; else the file is a list of choices.
    has_regions: bool,
    damaged: Damaged,
}

/// What is known of a task.
#[derive(Debug)]
struct Task {
    address: String,
    place: String,
    regions: Result<Regions, String>,
}

impl LabelSource for LabelStudio {
    fn label_of(&self, image: ImageFile<'_>) -> Result<String, LabelError> {
        let damage = |reason: &String| self.tasks.damage(reason);
        match self.find(image)?.map(|task| task.regions.as_ref().map_err(damage)).transpose()? {
            Some(regions) if !regions.choices.is_empty() => Ok(regions.choices.join(", ")),
            _ if self.has_regions => Ok(image.stem()),
            Some(_) => Err(LabelError::NoLabel(self.tasks.source())),
            None => Err(LabelError::NoEntry(self.tasks.source())),
        }
    }

    fn has_objects(&self) -> bool {
        self.has_regions
    }

    fn is_relative(&self) -> bool {
        true
    }

    fn objects_of(&self, image: ImageFile<'_>, frame: Frame) -> Result<Option<Annotated>, LabelError> {
        let Some(task) = self.find(image)? else { return Ok(None) };
        let regions = task.regions.as_ref().map_err(|reason| self.tasks.damage(reason))?;
        let size = regions.stated_px.unwrap_or_else(|| frame.shown_px().map(f64::from));
        let objects =
            regions.objects(size).map_err(|reason| self.tasks.damage(&format!("{}: {reason}", task.place)))?;
        Ok(Some(Annotated { objects, units: Units::Pixels { stated_px: regions.stated_px }, unnamed: None }))
    }

    fn damaged(&self) -> Damaged {
        self.damaged.clone()
    }

    fn entry_names(&self) -> Vec<String> {
        self.tasks.examples()
    }
}

impl LabelStudio {
    /// Reads the file; the error says why it cannot be used.
    fn read(file: &Path, images: &Arc<ImageNames>) -> Result<Self, String> {
        let bytes = files::read_bytes(file)?;
        let json = JsonFile::new(&bytes);
        let parts = json.records()?;
        let (mut records, mut damaged) = (Vec::new(), Damaged::default());
        for (index, part) in parts.iter().enumerate() {
            let place = format!("task {index} at line {}", json.line(part));
            match Record::read(&json, part) {
                Ok(record) => records.push((place, record)),
                Err(reason) => damaged.count(|| format!("{place}: {reason}")),
            }
        }
        if let (true, Some(example)) = (records.is_empty(), &damaged.example) {
            return Err(format!("it is not a file of Label Studio: {example}"));
        }
        let mut studio =
            Self { tasks: Entries::new(file, images, true), unclear: HashMap::new(), has_regions: false, damaged };
        let uploads = Uploads::of(images);
        // Predictions count where nobody has annotated anything.
        let is_annotated = records.iter().any(|(_, record)| record.annotated.is_some());
        for (place, record) in records {
            let regions = if is_annotated { record.annotated } else { record.predicted };
            let regions = regions.unwrap_or_else(|| Ok(Regions::default()));
            let regions = regions.map_err(|reason| format!("{place}: {reason}"));
            studio.add(Task { address: record.address, place, regions }, &uploads);
        }
        Ok(studio)
    }

    fn add(&mut self, task: Task, uploads: &Uploads<'_>) {
        self.has_regions |= task.regions.as_ref().is_ok_and(|regions| !regions.is_empty());
        match uploads.find(path_of(&task.address)) {
            Ok(path) => {
                let index = self.tasks.entry(&path, Vec::new);
                if let Some(tasks) = self.tasks.get_mut(index) {
                    tasks.push(task);
                }
            }
            Err(Ambiguity::Images { entry, images }) => {
                for image in &images {
                    let ambiguity = Ambiguity::Images { entry: entry.clone(), images: images.clone() };
                    self.unclear.insert(image.clone(), ambiguity);
                }
            }
            Err(_) => {}
        }
    }

    fn find(&self, image: ImageFile<'_>) -> Result<Option<&Task>, LabelError> {
        if let Some(ambiguity) = self.unclear.get(ImageName::of(image).path()) {
            return Err(self.tasks.ambiguous(ambiguity.clone()));
        }
        match self.tasks.find(image)?.map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([task]) => Ok(Some(task)),
            Some([one, other, ..]) => Err(self
                .tasks
                .ambiguous(Ambiguity::Entries([one, other].map(|task| format!("{} ({})", task.address, task.place))))),
        }
    }
}

/// A task as the file has it.
struct Record {
    address: String,
    /// What people annotated; `None`: nobody did.
    annotated: Option<Result<Regions, String>>,
    /// What a model predicted.
    predicted: Option<Result<Regions, String>>,
}

impl Record {
    /// The error says why it is not for an image.
    fn read(json: &JsonFile<'_>, part: &Range<usize>) -> Result<Self, String> {
        let members = json.members_of(part).ok_or("it is not a task")?;
        let has = |name: &str| members.iter().any(|(key, _)| key == name);
        match json.value(part.clone())? {
            task if has("data") => Self::of_task(&task, &task),
            // An annotation with its task, as Label Studio writes it into a cloud storage.
            annotation if has("result") => {
                let task = annotation.get("task").ok_or("it is an annotation without its task")?;
                Self::of_task(task, &Value::from_iter([("annotations", Value::Array(vec![annotation.clone()]))]))
            }
            _ => Self::of_results(json, members),
        }
    }

    fn of_task(task: &Value, annotations: &Value) -> Result<Self, String> {
        let data = task.get("data").and_then(Value::as_object).ok_or("it has no data")?;
        let address = address_in(data.iter().map(|(key, value)| (key.as_str(), value)))?.to_owned();
        let list = |key| annotations.get(key).and_then(Value::as_array).filter(|list| !list.is_empty());
        Ok(Self {
            address,
            annotated: list("annotations").or_else(|| list("completions")).map(|list| of_one(list, "annotations")),
            predicted: list("predictions").map(|list| of_one(list, "predictions")),
        })
    }

    /// Of a file with the results alone: the data of the task, its id, a list of results of each control, and who did it.
    fn of_results(json: &JsonFile<'_>, members: Vec<(String, Range<usize>)>) -> Result<Self, String> {
        const NOTES: [&str; 6] = ["annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"];
        let is_note = |key: &str| NOTES.contains(&key);
        let position = |is: &dyn Fn(&str) -> bool| members.iter().position(|(key, _)| is(key));
        let end = position(&is_note).ok_or("it has neither data nor an annotation_id")?;
        // In another order nothing separates the data from the results.
        let id_at = position(&|key| key == "id").filter(|id_at| *id_at < end).unwrap_or(0);
        let (mut data, mut results) = (Vec::new(), Vec::new());
        for (index, (key, part)) in members.iter().enumerate().filter(|(_, (key, _))| key != "id" && !is_note(key)) {
            let list = if index < id_at { &mut data } else { &mut results };
            list.push((key.as_str(), json.value(part.clone())?));
        }
        let address = address_in(data.iter().chain(&results).map(|(key, value)| (*key, value)))?.to_owned();
        let (mut parts, mut choices) = (Vec::new(), Vec::new());
        for (control, value) in &results {
            let items = match value {
                Value::Array(items) => items.as_slice(),
                Value::Null => &[],
                other => std::slice::from_ref(other),
            };
            for result in items {
                match result {
                    Value::Object(_) => parts.push(Part { index: parts.len(), control, result, value: result }),
                    Value::String(text) if *text != address => choices.extend(strings(result)),
                    _ => {}
                }
            }
        }
        let regions = Regions::read(parts).map(|mut regions| {
            regions.choices.extend(choices);
            regions
        });
        Ok(Self { address, annotated: Some(regions), predicted: None })
    }
}

/// The one annotation that counts: those that were skipped do not, and of several the one that is the ground truth.
fn of_one(list: &[Value], what: &str) -> Result<Regions, String> {
    let is = |annotation: &Value, flag: &str| annotation.get(flag) == Some(&Value::Bool(true));
    let mut kept: Vec<_> = list.iter().filter(|one| !is(one, "was_cancelled") && !is(one, "skipped")).collect();
    if kept.iter().filter(|one| is(one, "ground_truth")).count() == 1 {
        kept.retain(|one| is(one, "ground_truth"));
    }
    let annotation = match kept[..] {
        [] => return Ok(Regions::default()),
        [annotation] => annotation,
        [one, other, ..] => {
            let [one, other] = [one, other].map(|one| one.get("id").and_then(id).unwrap_or_else(|| "?".to_owned()));
            return Err(format!("it has several {what}, {one} and {other}; mark one as ground truth, or delete one"));
        }
    };
    let results = annotation.get("result").and_then(Value::as_array).ok_or("its annotation has no list of results")?;
    let part = |(index, result)| {
        let control = Value::get(result, "from_name").and_then(Value::as_str).unwrap_or_default();
        Part { index, control, result, value: result.get("value").unwrap_or(&Value::Null) }
    };
    Regions::read(results.iter().enumerate().map(part).collect())
}

#[cfg(test)]
#[path = "label_studio_tests.rs"]
mod tests;
