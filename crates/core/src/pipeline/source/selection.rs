//! Which files of a folder are sent.

use crate::labels::LabelRule;

/// Which files of a folder are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// Images.
    #[default]
    Images,
    /// Files of any kind.
    AnyFile {
        /// Also those that hold labels.
        with_labels: bool,
    },
}

impl Selection {
    /// For a run whose labels are `labels`: files of labels are not sent where labels come from files.
    pub fn new(any_file: bool, labels: &LabelRule) -> Self {
        match any_file {
            false => Self::Images,
            true => Self::AnyFile { with_labels: !labels.has_place() },
        }
    }

    /// Whether it is not only images.
    pub fn is_any_file(self) -> bool {
        self != Self::Images
    }
}
