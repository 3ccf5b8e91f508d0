//! Which label an image has, and which objects are on it.

mod beside;
mod class_names;
mod coco;
mod rule;
mod table;
mod voc;
mod yolo;

use std::path::{Path, PathBuf};

use crate::model::objects::LabelledObject;
use crate::pipeline::source::SourceError;
use coco::Coco;
use table::{Entry, Table};
use yolo::Yolo;

pub use rule::LabelRule;

/// Why an image has no label.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// The CSV file has no row for it.
    #[error("no row for it in {}", .0.display())]
    Missing(PathBuf),
    /// The file has several different entries that could be meant.
    #[error("several different labels for it in {}", .0.display())]
    Ambiguous(PathBuf),
    /// The image's own label file cannot be read, or is damaged.
    #[error("its label file cannot be used: {reason}: {}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where, and what is wrong.
        reason: String,
    },
}

/// Finds the labels.
#[derive(Debug)]
pub struct Labels {
    finder: Finder,
    input_name: String,
}

/// A rule with what was read for it.
#[derive(Debug)]
enum Finder {
    Stem,
    Folder,
    Csv(PathBuf, Table),
    Coco(PathBuf, Coco),
    Yolo(Yolo),
    Voc(PathBuf),
}

impl Labels {
    /// Reads what `rule` needs.
    ///
    /// # Errors
    /// The file of labels cannot be read: a CSV file without columns for image and label, a damaged COCO file, or
    /// class names of YOLO that are no text.
    pub fn open(rule: LabelRule, input: &Path) -> Result<Self, SourceError> {
        let input_name = std::path::absolute(input).ok().as_deref().and_then(Path::file_name).map(lossy);
        let unusable = |path: &Path| {
            let path = path.to_owned();
            move |reason| SourceError::LabelFile { path, reason }
        };
        let finder = match rule {
            LabelRule::Stem => Finder::Stem,
            LabelRule::Folder => Finder::Folder,
            LabelRule::Csv(file) => {
                let table = Table::read(&file).map_err(unusable(&file))?;
                Finder::Csv(file, table)
            }
            LabelRule::Coco(file) => {
                let coco = Coco::read(&file).map_err(unusable(&file))?;
                Finder::Coco(file, coco)
            }
            LabelRule::Yolo(folder) => Finder::Yolo(Yolo::open(folder)?),
            LabelRule::Voc(folder) => Finder::Voc(folder),
        };
        Ok(Self { finder, input_name: input_name.unwrap_or_default() })
    }

    /// The label of the image at `path`, which is listed as `listed_name`.
    ///
    /// # Errors
    /// The CSV file does not tell.
    pub fn label_of(&self, path: &Path, listed_name: &str) -> Result<String, LabelError> {
        match &self.finder {
            Finder::Stem | Finder::Coco(..) | Finder::Yolo(_) | Finder::Voc(_) => {
                let name = path.file_name().map(lossy).unwrap_or_default();
                Ok(name.split('.').next().unwrap_or_default().trim().to_owned())
            }
            Finder::Folder => match listed_name.rsplit('/').nth(1) {
                Some(_) => Ok(path.parent().and_then(Path::file_name).map(lossy).unwrap_or_default()),
                None => Ok(self.input_name.clone()),
            },
            Finder::Csv(file, table) => match table.find(listed_name) {
                Some(Entry::Label(label)) => Ok(label.clone()),
                Some(Entry::Several) => Err(LabelError::Ambiguous(file.clone())),
                None => Err(LabelError::Missing(file.clone())),
            },
        }
    }

    /// Whether [`objects_of`] needs the image's size: its label file tells parts of it instead of pixels.
    pub fn need_image_size(&self) -> bool {
        matches!(self.finder, Finder::Yolo(_))
    }
}

/// What is on the image at `path`, which is listed as `listed_name` and `[width, height]` pixels large. Of labels that
/// have no boxes, and of an image that they do not know, the result is empty. Reads the image's own label file where
/// the rule has one an image; the image itself is not read.
///
/// # Errors
/// The image's label file is damaged or cannot be read, or a COCO file has several images that could be meant.
pub fn objects_of(
    labels: &Labels,
    path: &Path,
    listed_name: &str,
    size_px: [u32; 2],
) -> Result<Vec<LabelledObject>, LabelError> {
    match &labels.finder {
        Finder::Stem | Finder::Folder | Finder::Csv(..) => Ok(Vec::new()),
        Finder::Coco(file, coco) => match coco.objects_of(listed_name) {
            Ok(objects) => Ok(objects.to_vec()),
            Err(coco::SeveralImages) => Err(LabelError::Ambiguous(file.clone())),
        },
        Finder::Yolo(yolo) => yolo.objects_of(path, listed_name, size_px),
        Finder::Voc(folder) => voc::objects_of(folder, path, listed_name),
    }
}

fn lossy(name: &std::ffi::OsStr) -> String {
    name.to_string_lossy().into_owned()
}

fn normal(path: &str) -> String {
    let path = path.trim().replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Hundredths of a pixel are as fine as labels are, and keep the numbers short.
fn hundredths(pixels: f64) -> f32 {
    ((pixels * 100.0).round() / 100.0) as f32
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod objects_tests;
#[cfg(test)]
#[path = "labels_tests.rs"]
mod tests;
