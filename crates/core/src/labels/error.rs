//! What can go wrong with labels.

use std::fmt;
use std::path::PathBuf;

/// Why labels cannot be opened, or an image has no label.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// The file of labels, or of class names, cannot be used.
    #[error("the label file cannot be used: {reason}: {}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        reason: String,
    },
    /// The CSV file has no row for the image.
    #[error("no row for it in {}", .0.display())]
    Missing(PathBuf),
    /// The row of the image has an empty label.
    #[error("its row has no label, in {}", .0.display())]
    Empty(PathBuf),
    /// The file has no entry for the image.
    #[error("no entry for it in {}", .0.display())]
    NoEntry(PathBuf),
    /// The entry of the image has no label.
    #[error("its entry has no label, in {}", .0.display())]
    NoLabel(PathBuf),
    /// Several labels fit the images, and none is chosen.
    #[error("{0}")]
    Several(String),
    /// The image lies in no folder of a class.
    #[error("it lies in no folder of a class")]
    NoClass,
    /// Several entries could be meant, or several images.
    #[error("{0}")]
    Ambiguous(Box<AmbiguousEntry>),
    /// The image's own label file, or its entry, cannot be read, or is damaged.
    #[error("its label file cannot be used: {reason}: {}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        reason: String,
    },
}

/// An image for which nothing is guessed.
#[derive(Debug, PartialEq, Eq)]
pub struct AmbiguousEntry {
    pub(super) file: PathBuf,
    pub(super) ambiguity: Ambiguity,
}

/// What could be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ambiguity {
    Entries([String; 2]),
    Images { entry: String, images: [String; 2] },
    Labels([String; 2]),
    Files([String; 2]),
}

impl fmt::Display for AmbiguousEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match &self.ambiguity {
            Ambiguity::Entries([one, other]) => write!(f, "several entries fit it in {file}: {one} and {other}"),
            Ambiguity::Images { entry, images: [one, other] } => {
                write!(f, "an entry fits several images in {file}: {entry} could be for {one} or {other}")
            }
            Ambiguity::Files([one, other]) => write!(f, "two files have different objects for it: {one} and {other}"),
            Ambiguity::Labels([one, other]) => {
                write!(f, "several different labels for it in {file}: {one} and {other}")
            }
        }
    }
}

impl LabelError {
    pub(super) fn ambiguous(file: impl Into<PathBuf>, ambiguity: Ambiguity) -> Self {
        Self::Ambiguous(Box::new(AmbiguousEntry { file: file.into(), ambiguity }))
    }
}
