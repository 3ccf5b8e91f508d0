//! `auto`: which labels a folder of images has. Files in it and in the usual places beside it are recognised by their content,
//! opened, and tried on the images; what has labels for some of them is a choice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::files::Search;
use super::findings::CLASSES_MAX;
use super::format::{LabelFormat, LabelPlace, LabelSource, Opening};
use super::glance::Glance;
use super::image_names::ImageNames;
use super::places::{PLACE_FILES_MAX, Place, common_folder, places_around};
use super::rule::LabelRule;
use super::{LABEL_FORMATS, LabelError, Labels, csv_table, image_folders, image_path, recognised};
use crate::model::frame::Frame;
use crate::model::image_info::frame_of_file;
use crate::model::units::{counted, exact};

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "auto",
    title: "what is found",
    place: None,
    has_objects: true,
    recognises: |_| false,
    open: |_, opening| open(opening),
};

/// Images that are tried, at most; of more, some of all parts of the folder.
const IMAGES_MAX: usize = 10_000;

/// What was found of labels for a folder of images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelsLook {
    /// Labels that fit some of the images.
    pub choices: Vec<FoundLabels>,
    /// What was found besides, and why it is no choice.
    pub remarks: Vec<String>,
}

/// Labels that fit images of the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FoundLabels {
    /// How they are chosen.
    #[serde(rename = "labels", serialize_with = "as_text")]
    pub rule: LabelRule,
    /// What they are and have, in one sentence: `COCO file c.json, 192 images, 1,204 boxes, 9 classes; 3 images have none`.
    pub sentence: String,
    /// Images that were tried.
    pub images: u64,
    /// Images with a label or with objects.
    pub images_with_labels: u64,
    /// Objects on them.
    pub objects: u64,
    /// Different classes, or labels.
    pub classes: u64,
    /// Images that these labels would have rejected.
    pub images_rejected: u64,
    /// Those of them for which several entries or labels could be meant.
    #[serde(skip)]
    pub images_ambiguous: u64,
    /// Files of the folder that may be images.
    pub files: u64,
    /// Those of them that were looked at.
    pub files_looked_at: u64,
}

fn as_text<S: Serializer>(rule: &LabelRule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(rule)
}

/// Looks for the labels of the images in `input`, in it and in the usual places beside it; `exclude` is left out. The folder
/// of a large data set is looked at in part, which the sentences say.
pub fn look_for_labels(input: &Path, exclude: &[PathBuf], is_stopped: &dyn Fn() -> bool) -> LabelsLook {
    LabelsLook::of(&Opening::new(input, Search::new(exclude, is_stopped)))
}

/// Opens the labels that are found, or else those of the file names.
fn open(opening: &Opening<'_>) -> Result<Box<dyn LabelSource>, LabelError> {
    let look = LabelsLook::of(opening);
    match look.only() {
        Ok(Some(found)) => found.rule.open(opening),
        Ok(None) => (image_path::STEM.open)(Path::new(""), opening),
        Err(reason) => Err(LabelError::Several(reason)),
    }
}

impl LabelsLook {
    fn of(opening: &Opening<'_>) -> Self {
        let mut look = Self::default();
        let places = places_around(&opening.input, &opening.search);
        if places.iter().any(|place| place.is_partial) {
            let files = exact(PLACE_FILES_MAX as u64);
            look.remarks.push(format!("Labels were looked for among the first {files} files of the folder"));
        }
        let rules = rules_of(&places, &opening.search);
        if rules.is_empty() && has_image_elsewhere(opening) {
            return look;
        }
        let images = TriedImages::of(opening);
        for rule in rules {
            if opening.search.is_stopped() {
                return look;
            }
            match FoundLabels::of(&rule, opening, &images) {
                Ok(Some(found)) => look.choices.push(found),
                Ok(None) => look.remarks.push(format!("{} has none of the images", described(&rule, &opening.input))),
                Err(error) => look.remarks.push(error.to_string()),
            }
        }
        let holds_something = |found: &FoundLabels| found.images_with_labels > 0 || found.images_rejected > 0;
        if look.choices.iter().any(holds_something) {
            // For example captions in the form of COCO.
            look.choices.retain(holds_something);
        }
        look.join_parts(opening, &images);
        if look.choices.is_empty() && images.are_in_folders_of_classes() {
            let rule = LabelRule::new(image_folders::FORMAT.name, None);
            let found = rule.ok().and_then(|rule| FoundLabels::of(&rule, opening, &images).ok()?);
            look.choices.extend(found.filter(|found| found.classes > 1));
        }
        look
    }

    /// Takes files of one format that do not contradict each other as one choice: each has a part of the images.
    fn join_parts(&mut self, opening: &Opening<'_>, images: &TriedImages) {
        for format in LABEL_FORMATS.into_iter().filter(|format| format.place == Some(LabelPlace::File)) {
            let is_of_format = |found: &FoundLabels| found.rule.format().name == format.name;
            let files: Vec<&Path> = self
                .choices
                .iter()
                .filter(|found| is_of_format(found))
                .filter_map(|found| found.rule.place())
                .collect();
            // Of tables with other names one may be a pattern to fill in, such as the sample of a submission.
            let is_table = format.name == csv_table::FORMAT.name;
            if files.len() < 2 || (is_table && files.iter().any(|file| file.file_name() != files[0].file_name())) {
                continue;
            }
            let folders: Vec<PathBuf> = files.into_iter().filter_map(Path::parent).map(Path::to_owned).collect();
            let rule = common_folder(&folders).and_then(|folder| LabelRule::new(format.name, Some(folder)).ok());
            let all = rule.and_then(|rule| FoundLabels::of(&rule, opening, images).ok()?);
            if let Some(all) = all.filter(|all| all.images_ambiguous == 0) {
                self.choices.retain(|found| !is_of_format(found));
                self.choices.push(all);
            }
        }
    }

    /// The labels, if there is one choice; `None`: nothing was found.
    ///
    /// # Errors
    /// There are several; the text names them and says what to do.
    pub fn only(&self) -> Result<Option<&FoundLabels>, String> {
        match &self.choices[..] {
            [] => Ok(None),
            [found] => Ok(Some(found)),
            several => {
                let held: Vec<&str> = several.iter().map(|found| found.sentence.as_str()).collect();
                let rules: Vec<String> = several.iter().map(|found| format!("--labels {}", found.rule)).collect();
                Err(format!(
                    "several labels fit the images: {}. Choose one with {}, or --labels stem for the file names alone",
                    held.join(" – and "),
                    rules.join(" or ")
                ))
            }
        }
    }
}

/// The labels that these files can be: each file that is for all images, and the folder of those that are for one.
fn rules_of(places: &[Place], search: &Search<'_>) -> Vec<LabelRule> {
    let mut rules = Vec::new();
    let mut add = |format: &LabelFormat, path: PathBuf| {
        let rule = LabelRule::new(format.name, Some(path)).ok().filter(|rule| !rules.contains(rule));
        rules.extend(rule);
    };
    for place in places {
        let mut folders: BTreeMap<&str, (&LabelFormat, Vec<PathBuf>)> = BTreeMap::new();
        for ((folder, _), group) in &place.groups {
            for file in group {
                if search.is_stopped() {
                    return rules;
                }
                let format = Glance::at(file).and_then(|glance| recognised(&glance));
                match format.and_then(|format| Some((format, format.place?))) {
                    None => {}
                    Some((format, LabelPlace::File)) => add(format, file.clone()),
                    Some((format, LabelPlace::Folder | LabelPlace::FolderOrFile)) => {
                        folders.entry(format.name).or_insert((format, Vec::new())).1.push(folder.clone());
                    }
                }
            }
        }
        for (format, folders) in folders.into_values() {
            if let Some(folder) = common_folder(&folders) {
                add(format, folder);
            }
        }
    }
    rules
}

/// Images that labels are tried on.
struct TriedImages {
    images: Vec<TriedImage>,
    files: usize,
    looked_at: usize,
}

struct TriedImage {
    path: PathBuf,
    name: String,
    frame: Frame,
}

/// Whether an image that would be tried is not directly in the folder of a class. No more files are opened than this takes.
fn has_image_elsewhere(opening: &Opening<'_>) -> bool {
    let images = opening.images();
    let elsewhere = tried_names(images).filter(|name| !image_folders::is_directly_in_class(name));
    let is_image = |name| matches!(frame_of_file(&images.root.join(name)), Ok(Some(_)));
    elsewhere.take_while(|_| !opening.search.is_stopped()).any(is_image)
}

fn tried_names(names: &ImageNames) -> impl Iterator<Item = &str> {
    names.paths().step_by(names.paths().count().div_ceil(IMAGES_MAX).max(1))
}

impl TriedImages {
    fn of(opening: &Opening<'_>) -> Self {
        let names = opening.images();
        let mut tried = Self { images: Vec::new(), files: names.paths().count(), looked_at: 0 };
        for name in tried_names(names).take_while(|_| !opening.search.is_stopped()) {
            tried.looked_at += 1;
            let path = names.root.join(name);
            if let Ok(Some(frame)) = frame_of_file(&path) {
                tried.images.push(TriedImage { path, name: name.to_owned(), frame });
            }
        }
        tried
    }

    /// Whether each image lies directly in the folder of a class.
    fn are_in_folders_of_classes(&self) -> bool {
        !self.images.is_empty() && self.images.iter().all(|image| image_folders::is_directly_in_class(&image.name))
    }
}

impl FoundLabels {
    /// Tries labels on the images; `None`: they have none of them.
    fn of(rule: &LabelRule, opening: &Opening<'_>, tried: &TriedImages) -> Result<Option<Self>, LabelError> {
        let labels = Labels::open_for(rule, opening)?;
        let (mut labelled, mut known, mut rejected, mut ambiguous, mut example) = (0, BTreeSet::new(), 0, 0, None);
        for TriedImage { path, name, frame } in tried.images.iter().take_while(|_| !opening.search.is_stopped()) {
            let found = if labels.have_objects() {
                labels.objects_to_count(path, name, *frame).map(|found| labels.count(name, &found, *frame))
            } else {
                labels.label_of(path, name).map(|label| {
                    labelled += 1;
                    if known.len() < CLASSES_MAX {
                        known.insert(label);
                    }
                })
            };
            match found {
                Ok(()) | Err(LabelError::Missing(_) | LabelError::NoEntry(_) | LabelError::NoClass) => {}
                Err(error) => {
                    rejected += 1;
                    ambiguous += u64::from(matches!(error, LabelError::Ambiguous(_)));
                    example.get_or_insert_with(|| format!("{name}: {error}"));
                }
            }
        }
        let images = tried.images.len() as u64;
        let findings = if labels.have_objects() { labels.findings() } else { None };
        let (fitting, with_labels, objects, classes, counts) = match &findings {
            Some(found) => {
                let fitting = found.images - found.images_not_found;
                (fitting, found.images_with_objects, found.objects, found.classes, found.counts())
            }
            None => {
                let labels = known.len() as u64;
                (labelled, labelled, 0, labels, of_labels(images - rejected, labelled, labels))
            }
        };
        if fitting + rejected == 0 {
            return Ok(None);
        }
        let mut sentence = format!("{}, {counts}", described(rule, &opening.input));
        if let Some(example) = example {
            let images = counted(rejected, "more image would be rejected", "more images would be rejected");
            sentence.push_str(&format!("; {images}, for example {example}"));
        }
        let (files, files_looked_at) = (tried.files as u64, tried.looked_at as u64);
        if files_looked_at < files {
            sentence.push_str(&format!("; {} of {} files were looked at", exact(files_looked_at), exact(files)));
        }
        Ok(Some(Self {
            rule: rule.clone(),
            sentence,
            images,
            images_with_labels: with_labels,
            objects,
            classes,
            images_rejected: rejected,
            images_ambiguous: ambiguous,
            files,
            files_looked_at,
        }))
    }
}

/// What labels without objects have.
fn of_labels(images: u64, labelled: u64, labels: u64) -> String {
    let rest = match images - labelled {
        0 => String::new(),
        without => format!("; {}", counted(without, "image has none", "images have none")),
    };
    format!("{}, {}{rest}", counted(images, "image", "images"), counted(labels, "label", "labels"))
}

/// The format and the place of labels: `COCO file train/c.json`.
fn described(rule: &LabelRule, input: &Path) -> String {
    let title = rule.format().title;
    let Some(place) = rule.place() else { return title.to_owned() };
    let root = input.canonicalize().unwrap_or_else(|_| input.to_owned());
    let shown = match place.strip_prefix(&root) {
        Ok(inside) if !inside.as_os_str().is_empty() => inside,
        _ => place,
    };
    let preposition = if rule.is_of_several_files() { "s in" } else { "" };
    format!("{title}{preposition} {}", shown.display())
}

#[cfg(test)]
#[path = "auto_tests.rs"]
pub(super) mod tests;
