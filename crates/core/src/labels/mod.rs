//! Labels of images, and the objects on them.
//!
//! Whatever the format, an image has one label, a text, and a list of [`LabelledObject`]s in pixels of the image. A
//! format is one file here: it reads, and its first lines say what it cannot carry. To add a format, write its file
//! with a [`LabelFormat`] in it and add that to [`LABEL_FORMATS`]. What writes a format is in [`writing`].

mod auto;
mod class_names;
mod coco;
mod coco_objects;
mod csv_table;
mod cvat;
mod cvat_shapes;
mod cvat_tracks;
mod datumaro;
mod datumaro_objects;
mod entries;
mod error;
mod files;
mod findings;
mod format;
mod glance;
mod hugging_face;
mod hugging_face_names;
mod image_file;
mod image_folders;
mod image_names;
mod image_path;
mod json_parts;
mod kitti;
mod known_files;
mod label_files;
mod label_studio;
mod label_studio_names;
mod label_studio_regions;
mod label_studio_rle;
mod labelme;
mod open_images;
mod panoptic;
mod parts;
mod pixels;
mod places;
mod placing;
mod rows;
mod rule;
mod spelling;
mod via;
mod via_attributes;
mod via_shapes;
mod voc;
pub(crate) mod writing;
mod xml_text;
mod yaml;
mod yolo;
mod yolo_line;
mod yolo_task;

use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::model::frame::Frame;
use files::Search;
use findings::Counter;
use format::{Annotated, Damaged, LabelSource, Opening};
use glance::Glance;
use image_file::ImageFile;

pub use auto::{FoundLabels, LabelsLook, look_for_labels};
pub(crate) use csv_table::WRITTEN_COLUMNS;
pub use error::LabelError;
pub use findings::{Finding, LabelFindings};
pub use format::{LabelFormat, LabelPlace};
pub(crate) use known_files::is_label_file;
pub use placing::ImageObjects;
pub use rule::LabelRule;
pub use writing::{Loss, LossCount, SET_FORMATS, SetFormat, YoloTask};

/// All formats, in the order in which they are offered. Of several that recognise a file the last one counts.
pub static LABEL_FORMATS: [&LabelFormat; 16] = [
    &auto::FORMAT,
    &image_path::STEM,
    &image_path::FOLDER,
    &image_folders::FORMAT,
    &csv_table::FORMAT,
    &coco::FORMAT,
    &yolo::FORMAT,
    &voc::FORMAT,
    &labelme::FORMAT,
    &cvat::FORMAT,
    &label_studio::FORMAT,
    &via::FORMAT,
    &kitti::FORMAT,
    &open_images::FORMAT,
    &datumaro::FORMAT,
    &hugging_face::FORMAT,
];

/// The format of a file. The general formats come first, so the last one that knows it counts.
fn recognised(glance: &Glance) -> Option<&'static LabelFormat> {
    LABEL_FORMATS.into_iter().rev().find(|format| (format.recognises)(glance))
}

/// Labels that are open for reading.
#[derive(Debug)]
pub struct Labels {
    rule: LabelRule,
    source: Box<dyn LabelSource>,
    counter: Mutex<Counter>,
}

impl Labels {
    /// Opens the labels that `rule` names, for images in `input`.
    ///
    /// # Errors
    /// [`LabelError::Unusable`]: a CSV file without columns for image and label, a damaged COCO file, or class names of
    /// YOLO that are not text.
    pub fn open(rule: &LabelRule, input: &Path) -> Result<Self, LabelError> {
        Self::open_excluding(rule, input, &[])
    }

    /// The same, where paths in `input` are not walked, because the program writes there.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_excluding(rule: &LabelRule, input: &Path, exclude: &[PathBuf]) -> Result<Self, LabelError> {
        Self::open_for(rule, &Opening::new(input, Search::new(exclude, &|| false)))
    }

    fn open_for(rule: &LabelRule, opening: &Opening<'_>) -> Result<Self, LabelError> {
        let source = rule.open(opening)?;
        Ok(Self { rule: rule.clone(), source, counter: Mutex::default() })
    }

    /// The label of the image at `path`, which is listed as `listed_name`.
    ///
    /// # Errors
    /// The CSV file has no row for the image, or several different ones.
    pub fn label_of(&self, path: &Path, listed_name: &str) -> Result<String, LabelError> {
        let image = ImageFile { path, listed_name };
        if self.rule.keeps_file_names() { Ok(image.stem()) } else { self.source.label_of(image) }
    }

    /// Whether they have objects, for which [`Self::objects_of`] needs the image's frame.
    pub fn have_objects(&self) -> bool {
        self.source.has_objects()
    }

    /// The objects on the image at `path`, which is listed as `listed_name`. Formats with one label file per image read
    /// that file here; the image itself is not read.
    ///
    /// # Errors
    /// The image's label file or entry is damaged or cannot be read, or several could be meant.
    pub fn objects_of(&self, path: &Path, listed_name: &str, frame: Frame) -> Result<ImageObjects, LabelError> {
        Ok(self.placed(self.source.objects_of(ImageFile { path, listed_name }, frame)?, frame))
    }

    /// The same for counting: some of the objects may be without their masks.
    fn objects_to_count(&self, path: &Path, listed_name: &str, frame: Frame) -> Result<ImageObjects, LabelError> {
        Ok(self.placed(self.source.objects_to_count(ImageFile { path, listed_name }, frame)?, frame))
    }

    fn placed(&self, found: Option<Annotated>, frame: Frame) -> ImageObjects {
        found.map(|annotated| placing::place(annotated, frame, self.scales())).unwrap_or_default()
    }

    fn scales(&self) -> bool {
        self.rule.scales() || self.source.is_relative()
    }

    /// Counts what was found for an image, for [`Self::findings`].
    pub fn count(&self, listed_name: &str, found: &ImageObjects, frame: Frame) {
        self.counter.lock().add(listed_name, found, frame.shown_px());
    }

    /// What was found for the images that were counted; `None`: nothing was asked for.
    pub fn findings(&self) -> Option<LabelFindings> {
        let Damaged { entries: damaged_entries, example: damaged_example } = self.source.damaged();
        if !self.source.has_objects() && damaged_entries == 0 {
            return None;
        }
        Some(LabelFindings {
            format: self.rule.format().title,
            labels: self.rule.to_string(),
            entry_examples: self.source.entry_names(),
            scaled: self.scales(),
            damaged_entries,
            damaged_example,
            ..self.counter.lock().findings()
        })
    }
}

#[cfg(test)]
mod cases_tests;
#[cfg(test)]
#[path = "objects_tests.rs"]
mod objects_tests;
#[cfg(test)]
mod readers_tests;
#[cfg(test)]
#[path = "labels_tests.rs"]
mod tests;
#[cfg(test)]
mod turned_tests;
