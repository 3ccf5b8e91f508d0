//! What the numbers in YOLO's label files are for.

use std::fmt;
use std::str::FromStr;

use super::Content;

/// A task of Ultralytics, which decides the numbers of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YoloTask {
    /// Boxes.
    Detect,
    /// Outlines.
    Segment,
    /// Boxes with keypoints.
    Pose,
    /// Rotated boxes.
    Obb,
}

impl YoloTask {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Detect, Self::Segment, Self::Pose, Self::Obb];

    /// Its name, as in Ultralytics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::Segment => "segment",
            Self::Pose => "pose",
            Self::Obb => "obb",
        }
    }

    /// The one that keeps what most objects have.
    pub(super) fn of(content: &Content) -> Self {
        let &Content { keypoints, rotated_boxes, outlines, .. } = content;
        match keypoints.max(rotated_boxes).max(outlines) {
            0 => Self::Detect,
            most if most == keypoints => Self::Pose,
            most if most == rotated_boxes => Self::Obb,
            _ => Self::Segment,
        }
    }
}

impl fmt::Display for YoloTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for YoloTask {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|task| task.name() == text);
        known.ok_or_else(|| format!("a task is detect, segment, pose or obb, not {text:?}"))
    }
}
