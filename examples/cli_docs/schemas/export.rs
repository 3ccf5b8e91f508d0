//! `export`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stream::Outcome;

/// What became of an export.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    outcome: Outcome,
    /// Why it failed or was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    elapsed_s: f64,
    /// Null if no set was written.
    export: Option<Set>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Set {
    format: String,
    from: Source,
    folder: String,
    images: u64,
    objects: u64,
    /// Of the objects; of class folders, labels of the images.
    classes: u64,
    splits: Vec<Split>,
    seed: u64,
    linked: u64,
    copied: u64,
    left_out: Vec<LeftOut>,
    lost: Vec<Lost>,
    remarks: Vec<String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    Folder(String),
    Topic(String),
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Split {
    name: String,
    images: u64,
    objects: u64,
}

/// Images that are not in the set.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    reason: Reason,
    images: u64,
    example: Option<String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum Reason {
    FileMissing,
    NotAnImage,
    NotSelected,
    NoLabel,
    NotInFolder,
    NotListed,
    NotDecoded,
    Repeated,
}

/// What the format cannot carry.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Lost {
    what: What,
    count: u64,
    /// What was written in its place; null: nothing.
    instead: Option<String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Objects,
    ImageLabels,
    OutsideObjects,
    CutObjects,
    Fractions,
    SeveralOutlines,
    Outlines,
    Masks,
    RotatedBoxes,
    Keypoints,
    KeypointVisibility,
    KeypointNames,
    Tracks,
    Scores,
    Attributes,
    CrowdFlags,
    LabelNames,
}
