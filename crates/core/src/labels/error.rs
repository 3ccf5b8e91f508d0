//! What can go wrong with labels.

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
    /// The file has several different entries that could be meant.
    #[error("several different labels for it in {}", .0.display())]
    Ambiguous(PathBuf),
    /// The image's own label file cannot be read, or is damaged.
    #[error("its label file cannot be used: {reason}: {}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        reason: String,
    },
}
