//! Labels of images, and the objects on them.
//!
//! Whatever the format, an image has one label, a text, and a list of [`LabelledObject`]s in pixels of the image. A
//! format is one file here: it reads, and its first lines say what it cannot carry. To add a format, write its file
//! with a [`LabelFormat`] in it and add that to [`LABEL_FORMATS`].

mod class_names;
mod coco;
mod csv_table;
mod error;
mod files;
mod format;
mod image_label_file;
mod image_path;
mod known_files;
mod listed_path;
mod rule;
mod voc;
mod yolo;

use std::path::Path;

use crate::model::objects::LabelledObject;
use format::{ImageFile, LabelSource};

pub(crate) use csv_table::WRITTEN_COLUMNS;
pub use error::LabelError;
pub use format::{LabelFormat, LabelPlace};
pub(crate) use known_files::is_label_file;
pub use rule::LabelRule;

/// All formats, in the order in which they are offered; the first one is the default.
pub static LABEL_FORMATS: [&LabelFormat; 6] =
    [&image_path::STEM, &image_path::FOLDER, &csv_table::FORMAT, &coco::FORMAT, &yolo::FORMAT, &voc::FORMAT];

/// Labels that are open for reading.
#[derive(Debug)]
pub struct Labels {
    format: &'static LabelFormat,
    source: Box<dyn LabelSource>,
}

impl Labels {
    /// Opens the labels that `rule` names, for images in `input`.
    ///
    /// # Errors
    /// [`LabelError::Unusable`]: a CSV file without columns for image and label, a damaged COCO file, or class names of
    /// YOLO that are not text.
    pub fn open(rule: &LabelRule, input: &Path) -> Result<Self, LabelError> {
        Ok(Self { format: rule.format(), source: rule.open(input)? })
    }

    /// The label of the image at `path`, which is listed as `listed_name`.
    ///
    /// # Errors
    /// The CSV file has no row for the image, or several different ones.
    pub fn label_of(&self, path: &Path, listed_name: &str) -> Result<String, LabelError> {
        self.source.label_of(ImageFile { path, listed_name })
    }

    /// Whether [`Self::objects_of`] needs the image's size.
    pub fn need_image_size(&self) -> bool {
        self.format.needs_image_size
    }

    /// The objects on the image at `path`, which is listed as `listed_name` and is `[width, height]` pixels large. Empty
    /// for formats without objects, and for an image that the labels do not list. Formats with one label file per
    /// image read that file here; the image itself is not read.
    ///
    /// # Errors
    /// The image's label file is damaged or cannot be read, or several images of a COCO file could be meant.
    pub fn objects_of(
        &self,
        path: &Path,
        listed_name: &str,
        size_px: [u32; 2],
    ) -> Result<Vec<LabelledObject>, LabelError> {
        self.source.objects_of(ImageFile { path, listed_name }, size_px)
    }
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod objects_tests;
#[cfg(test)]
#[path = "labels_tests.rs"]
mod tests;
