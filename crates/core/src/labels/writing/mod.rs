//! Training sets: the writers of label formats, a file each.
//!
//! A writer is given the images of a set one by one, in the frame that is stored, and writes them and their labels below
//! the folder of the set. What its format cannot carry stands in its first lines, and is counted as [`Loss`].
//!
//! Boxes are written for the picture as it is shown, as the readers of these formats take them (see `placing`): the
//! sizes in the label files are those of the shown picture. Only webdataset, whose readers do not turn pictures, has the
//! stored frame. To add a format, write its file with a [`SetFormat`] in it and add that to [`SET_FORMATS`].

mod coco;
mod hugging_face;
mod image_folder;
mod labelme;
mod loss;
mod numbers;
mod outlines;
mod shown;
mod voc;
mod webdataset;
mod yolo;
mod yolo_task;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use super::spelling::without_extension;
use crate::model::frame::Frame;
use crate::model::objects::LabelledObject;
pub use loss::{Loss, LossCount, Losses};
pub use yolo_task::YoloTask;

/// All formats of training sets, in the order in which they are offered.
pub static SET_FORMATS: [&SetFormat; 7] = [
    &coco::FORMAT,
    &yolo::FORMAT,
    &voc::FORMAT,
    &labelme::FORMAT,
    &hugging_face::FORMAT,
    &webdataset::FORMAT,
    &image_folder::FORMAT,
];

/// A format that training sets are written in.
pub struct SetFormat {
    /// Its name, for example `coco`.
    pub name: &'static str,
    /// What it is for people, for example `COCO`.
    pub title: &'static str,
    /// What must differ between the names of two images.
    pub(crate) distinct: Distinct,
    /// Whether an image without a label has no place in it.
    pub(crate) needs_label: bool,
    /// The entry of the set's folder without which it cannot be used: it gets its name last.
    pub(crate) last: &'static str,
    /// Begins a set.
    open: fn(&SetOutline) -> Box<dyn SetWriter>,
}

impl fmt::Debug for SetFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetFormat").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for SetFormat {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl SetFormat {
    /// The format of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SET_FORMATS.into_iter().find(|format| format.name == name)
    }

    pub(crate) fn open(&self, outline: &SetOutline) -> Box<dyn SetWriter> {
        (self.open)(outline)
    }
}

/// What must differ between the names of two images of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Distinct {
    /// The whole name.
    Name,
    /// The name without its extension: a label file is named after it.
    Stem,
    /// The same, which may not have a dot either.
    Key,
}

impl Distinct {
    /// The part of a name that must differ.
    pub(crate) fn part(self, name: &str) -> &str {
        match self {
            Self::Name => name,
            Self::Stem | Self::Key => stem(name),
        }
    }
}

/// A name without its extension.
fn stem(name: &str) -> &str {
    without_extension(name).unwrap_or(name)
}

/// An image of a set.
pub(crate) struct SetImage<'a> {
    /// `train`, `val` or `test`.
    pub(crate) split: &'a str,
    /// Its file name, which no other image of the set has.
    pub(crate) name: &'a str,
    /// The name that it was sent under, if that is known.
    pub(crate) sent_as: Option<&'a str>,
    pub(crate) label: &'a str,
    pub(crate) frame: Frame,
    /// In pixels of the stored picture.
    pub(crate) objects: &'a [LabelledObject],
}

impl SetImage<'_> {
    fn stem(&self) -> &str {
        stem(self.name)
    }

    fn extension(&self) -> &str {
        self.name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Counts the label of the image, in a format that has none: readers take the name of the file.
    fn lose_label(&self, losses: &mut Losses) {
        let read = self.name.split('.').next().unwrap_or_default().trim();
        if !self.label.is_empty() && self.label != read {
            losses.count(Loss::ImageLabels, 1);
        }
    }
}

/// The folder of a set, where it is written. Paths are relative to it, with `/` between folders.
pub(crate) trait SetFiles {
    /// Gives the image that is being added a place: by a hard link, or else a copy.
    fn place_image(&mut self, path: &str) -> io::Result<()>;

    /// The bytes of that image, for a format that has them in a file of its own.
    fn image_bytes(&mut self) -> io::Result<Vec<u8>>;

    /// Creates a file, which must not exist.
    fn create(&mut self, path: &str) -> io::Result<Box<dyn Write + Send>>;

    /// Creates a file with this content.
    fn write(&mut self, path: &str, content: &[u8]) -> io::Result<()> {
        let mut file = self.create(path)?;
        file.write_all(content)?;
        file.flush()
    }
}

/// Writes a set.
pub(crate) trait SetWriter: Send {
    /// Adds an image with its labels.
    fn add(&mut self, image: &SetImage<'_>, files: &mut dyn SetFiles, losses: &mut Losses) -> io::Result<()>;

    /// Writes what concerns all images.
    fn finish(self: Box<Self>, files: &mut dyn SetFiles) -> io::Result<()>;
}

/// What is known of a set before its first image is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct SetOutline {
    /// The splits that have images, in the order train, val, test.
    pub(crate) splits: Vec<&'static str>,
    /// The classes of objects, by name.
    pub(crate) classes: BTreeMap<String, ClassOutline>,
    /// A folder for each label of images, which no other label has.
    pub(crate) label_folders: BTreeMap<String, String>,
    /// What objects have.
    pub(crate) content: Content,
    /// The task that YOLO's labels are for; `None`: the one that suits most objects.
    pub(crate) yolo_task: Option<YoloTask>,
}

/// What is known of a class.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClassOutline {
    pub(crate) objects: u64,
    /// The most keypoints of an object.
    pub(crate) keypoints: usize,
    /// Their names, if they are known.
    pub(crate) keypoint_names: Vec<String>,
}

/// Objects by what they have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) objects: u64,
    pub(crate) outlines: u64,
    pub(crate) masks: u64,
    pub(crate) keypoints: u64,
    pub(crate) rotated_boxes: u64,
    pub(crate) tracks: u64,
    pub(crate) scores: u64,
    pub(crate) attributes: u64,
    pub(crate) crowds: u64,
}

impl SetOutline {
    /// Takes the objects of an image into account.
    pub(crate) fn add(&mut self, objects: &[LabelledObject]) {
        for object in objects {
            let content = &mut self.content;
            content.objects += 1;
            for (count, has_it) in [
                (&mut content.outlines, !object.polygons.is_empty()),
                (&mut content.masks, object.mask.is_some()),
                (&mut content.keypoints, !object.keypoints.is_empty()),
                (&mut content.rotated_boxes, object.rotated_box.is_some()),
                (&mut content.tracks, object.track_id.is_some()),
                (&mut content.scores, object.score.is_some()),
                (&mut content.attributes, !object.attributes.is_empty()),
                (&mut content.crowds, object.crowd),
            ] {
                *count += u64::from(has_it);
            }
            let class = match self.classes.get_mut(&object.label) {
                Some(class) => class,
                None => self.classes.entry(object.label.clone()).or_default(),
            };
            class.objects += 1;
            let has_names = object.keypoint_names.len() == object.keypoints.len();
            if object.keypoints.len() > class.keypoints {
                class.keypoints = object.keypoints.len();
                class.keypoint_names = if has_names { object.keypoint_names.clone() } else { Vec::new() };
            } else if has_names && object.keypoints.len() == class.keypoints && class.keypoint_names.is_empty() {
                class.keypoint_names.clone_from(&object.keypoint_names);
            }
        }
    }
}

#[cfg(test)]
mod tests;
