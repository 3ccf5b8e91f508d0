//! What of a set its format cannot carry.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::units::counted;

/// A thing that a format cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Objects, of a format that has only the label of an image.
    Objects,
    /// Labels of images, other than their file names.
    ImageLabels,
    /// Objects outside of their image.
    OutsideObjects,
    /// Objects of which a part is outside of their image, and which are cut at its edge.
    CutObjects,
    /// Objects with fractions of pixels.
    Fractions,
    /// Objects of several outlines, which are written as one, or as several objects.
    SeveralOutlines,
    /// Objects with outlines.
    Outlines,
    /// Objects with masks.
    Masks,
    /// Objects with rotated boxes.
    RotatedBoxes,
    /// Objects with keypoints.
    Keypoints,
    /// Objects with keypoints that are hidden or not labelled, in a format without visibility.
    KeypointVisibility,
    /// Objects with names of keypoints.
    KeypointNames,
    /// Objects that belong to tracks.
    Tracks,
    /// Objects with scores.
    Scores,
    /// Objects with attributes.
    Attributes,
    /// Objects that are crowds.
    CrowdFlags,
    /// Labels whose folder has another name.
    LabelNames,
}

impl Loss {
    fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Self::Objects => ("object", "objects"),
            Self::ImageLabels => ("label of an image", "labels of images"),
            Self::OutsideObjects => ("object outside of its image", "objects outside of their images"),
            Self::CutObjects => ("object partly outside of its image", "objects partly outside of their images"),
            Self::Fractions => ("object with fractions of pixels", "objects with fractions of pixels"),
            Self::SeveralOutlines => ("object of several outlines", "objects of several outlines"),
            Self::Outlines => ("outline", "outlines"),
            Self::Masks => ("mask", "masks"),
            Self::RotatedBoxes => ("rotated box", "rotated boxes"),
            Self::Keypoints => ("object with keypoints", "objects with keypoints"),
            Self::KeypointVisibility => ("object with hidden keypoints", "objects with hidden keypoints"),
            Self::KeypointNames => ("object with names of keypoints", "objects with names of keypoints"),
            Self::Tracks => ("object of a track", "objects of tracks"),
            Self::Scores => ("score", "scores"),
            Self::Attributes => ("object with attributes", "objects with attributes"),
            Self::CrowdFlags => ("crowd flag", "crowd flags"),
            Self::LabelNames => ("name of a class", "names of classes"),
        }
    }
}

/// How much of a thing was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LossCount {
    /// What.
    pub what: Loss,
    /// How many.
    pub count: u64,
    /// What was written in its place; `None`: nothing.
    pub instead: Option<&'static str>,
}

impl LossCount {
    /// For people: `3 masks: their boxes are written`.
    pub fn sentence(&self) -> String {
        let (one, many) = self.what.nouns();
        format!("{}: {}", counted(self.count, one, many), self.instead.unwrap_or("left out"))
    }
}

/// What is lost of a set.
#[derive(Clone, Debug, Default)]
pub struct Losses(BTreeMap<(Loss, Option<&'static str>), u64>);

impl Losses {
    /// Counts what is left out.
    pub(crate) fn count(&mut self, what: Loss, number: u64) {
        if number > 0 {
            *self.0.entry((what, None)).or_default() += number;
        }
    }

    /// Counts one that is written in another form.
    pub(crate) fn replaced(&mut self, what: Loss, instead: &'static str) {
        *self.0.entry((what, Some(instead))).or_default() += 1;
    }

    /// All of them.
    pub(crate) fn list(&self) -> Vec<LossCount> {
        self.0.iter().map(|(&(what, instead), &count)| LossCount { what, count, instead }).collect()
    }
}
