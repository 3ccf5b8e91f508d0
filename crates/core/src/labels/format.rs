//! What every label format provides.

use std::fmt;
use std::path::Path;

use super::LabelError;
use crate::model::objects::LabelledObject;

/// A label format: how it is named, where its labels are, and what it has.
#[derive(Debug)]
pub struct LabelFormat {
    /// Its name in a label rule, for example `coco`.
    pub name: &'static str,
    /// Where its labels are; `None` if they come from the image's own path.
    pub place: Option<LabelPlace>,
    /// Whether it has the objects on an image.
    pub(super) has_objects: bool,
    /// Whether its objects are in fractions of the image's width and height.
    pub(super) needs_image_size: bool,
    /// Opens the labels at the first path, for images in the folder at the second one.
    pub(super) open: Open,
}

type Open = fn(&Path, &Path) -> Result<Box<dyn LabelSource>, LabelError>;

/// What a format's labels are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelPlace {
    /// One file for all images.
    File,
    /// A folder with one file per image.
    Folder,
}

impl LabelFormat {
    /// How a rule of this format is written: `stem`, `coco:FILE`.
    pub(super) fn syntax(&self) -> String {
        match self.place {
            None => self.name.to_owned(),
            Some(LabelPlace::File) => format!("{}:FILE", self.name),
            Some(LabelPlace::Folder) => format!("{}:DIR", self.name),
        }
    }
}

/// An image whose labels are looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct ImageFile<'a> {
    pub(super) path: &'a Path,
    /// Its name relative to the input folder, with `/` between folders.
    pub(super) listed_name: &'a str,
}

impl ImageFile<'_> {
    /// The file name up to its first dot, trimmed.
    pub(super) fn stem(self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        name.split('.').next().unwrap_or_default().trim().to_owned()
    }
}

/// Labels of one format, open for reading.
pub(super) trait LabelSource: fmt::Debug + Send + Sync {
    /// The label of an image; unless a format has labels, it is [`ImageFile::stem`].
    fn label_of(&self, image: ImageFile<'_>) -> Result<String, LabelError> {
        Ok(image.stem())
    }

    /// The objects on an image of `[width, height]` pixels.
    fn objects_of(&self, _image: ImageFile<'_>, _size_px: [u32; 2]) -> Result<Vec<LabelledObject>, LabelError> {
        Ok(Vec::new())
    }
}

/// Labels are not finer than hundredths of a pixel, and rounding keeps the numbers short.
pub(super) fn hundredths(pixels: f64) -> f32 {
    ((pixels * 100.0).round() / 100.0) as f32
}
