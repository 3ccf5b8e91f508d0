//! What became of an export.

use std::path::PathBuf;

use serde::Serialize;

use super::left_out::LeftOut;
use super::outline::Outlined;
use super::plan::{ExportOptions, ExportSource};
use super::set_folder::Placement;
use super::source::ImageSource;
use crate::labels::LossCount;
use crate::model::units::{counted, exact};

/// What became of an export.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportReport {
    /// The format.
    pub format: &'static str,
    /// Where the images were.
    pub from: ExportSource,
    /// The folder of the set; empty before it is complete.
    pub folder: PathBuf,
    /// Images of the set.
    pub images: u64,
    /// Objects on them.
    pub objects: u64,
    /// Classes of the objects; of class folders, labels of the images.
    pub classes: u64,
    /// The splits that have images.
    pub splits: Vec<SplitCount>,
    /// The seed that decided them.
    pub seed: u64,
    /// Images that are hard links to the saved ones.
    pub linked: u64,
    /// Images that are copies.
    pub copied: u64,
    /// Images that are not in the set, by the reason.
    pub left_out: Vec<LeftOut>,
    /// What the format cannot carry.
    pub lost: Vec<LossCount>,
    /// What else a person should know: sentences without a full stop.
    pub remarks: Vec<String>,
}

/// A part of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SplitCount {
    /// `train`, `val` or `test`.
    pub name: &'static str,
    /// Its images.
    pub images: u64,
    /// Objects on them.
    pub objects: u64,
}

/// Why there is nothing to export.
pub(super) fn nothing_to_export(source: &dyn ImageSource, left_out: &[LeftOut]) -> String {
    let place = match &source.listed().from {
        ExportSource::Folder(folder) => folder.display().to_string(),
        ExportSource::Topic(topic) => format!("the topic {topic}"),
    };
    let left: Vec<String> = left_out.iter().map(LeftOut::sentence).collect();
    let left = if left.is_empty() { String::new() } else { format!(" ({})", left.join("; ")) };
    format!("there is no image to export{left}: {place}")
}

impl ExportReport {
    pub(super) fn new(source: &dyn ImageSource, options: &ExportOptions, outlined: &mut Outlined<'_>) -> Self {
        let name_only = |name: &&'static str| SplitCount { name, images: 0, objects: 0 };
        Self {
            format: options.format.name,
            from: source.listed().from.clone(),
            folder: PathBuf::new(),
            images: 0,
            objects: 0,
            classes: if options.format.needs_label { outlined.labels } else { outlined.outline.classes.len() as u64 },
            splits: outlined.outline.splits.iter().map(name_only).collect(),
            seed: options.seed,
            linked: 0,
            copied: 0,
            left_out: std::mem::take(&mut outlined.left_out),
            lost: Vec::new(),
            remarks: Vec::new(),
        }
    }

    pub(super) fn count(&mut self, split: &str, objects: u64) {
        self.images += 1;
        self.objects += objects;
        if let Some(split) = self.splits.iter_mut().find(|known| known.name == split) {
            split.images += 1;
            split.objects += objects;
        }
    }

    pub(super) fn finish(&mut self, outlined: &Outlined<'_>, lost: Vec<LossCount>, placed: Placement) {
        self.folder = placed.folder;
        (self.linked, self.copied) = match self.from {
            ExportSource::Folder(_) => (placed.linked, placed.copied),
            // What was received has no other place.
            ExportSource::Topic(_) => (0, placed.linked + placed.copied),
        };
        self.lost = lost;
        self.remarks = self.remarks(outlined);
    }

    fn remarks(&self, outlined: &Outlined<'_>) -> Vec<String> {
        let mut remarks = outlined.unknown.clone();
        let Outlined { unknown_objects, turned, not_jpeg, labels, .. } = *outlined;
        if unknown_objects > 0 && self.format != "imagefolder" {
            remarks.push(format!(
                "The objects of {} are not known, as the rows of their records are missing",
                counted(unknown_objects, "image", "images")
            ));
        }
        if turned > 0 && self.format != "imagefolder" {
            let images = counted(turned, "image has an EXIF orientation", "images have an EXIF orientation");
            remarks.push(match self.format {
                "webdataset" => format!("{images}: boxes are in pixels of the stored picture, before it is turned"),
                _ => format!(
                    "{images}: boxes are for the picture as it is shown, and a reader that ignores EXIF misplaces them"
                ),
            });
        }
        if self.format == "voc" && not_jpeg > 0 {
            remarks.push(format!(
                "{} not JPEG: some readers of Pascal VOC, torchvision among them, look for NAME.jpg only",
                counted(not_jpeg, "image is", "images are")
            ));
        }
        if self.format == "yolo" && !self.splits.iter().any(|split| split.name == "val") {
            remarks.push(
                "data.yaml names the training images as val too, since Ultralytics needs one; --split divides them"
                    .to_owned(),
            );
        }
        if self.format == "imagefolder" && labels == self.images && self.images > 1 {
            remarks.push(format!("Each of the {} images has a label, and so a folder, of its own", exact(self.images)));
        }
        remarks
    }
}
