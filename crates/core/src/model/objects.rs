//! The objects on an image.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

pub use super::bbox::BBox;
use super::mask::Mask;

/// The limit for the objects of one image, in bytes of JSON, so that a record has room for them.
pub const OBJECTS_JSON_BYTES_MAX: usize = 64 * 1024;

/// An object on an image. In pixels of the image as it is stored, origin top left.
///
/// As JSON, what an object does not have is left out, and what a reader does not know it passes over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelledObject {
    /// What it is.
    pub label: String,
    /// Where it is.
    pub bbox: BBox,
    /// Its outline: one or more closed polygons of points `[x, y]`; empty if only the box is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub polygons: Vec<Vec<[f32; 2]>>,
    /// Its pixels.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub mask: Option<Mask>,
    /// Its keypoints, in the order of its class.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub keypoints: Vec<Keypoint>,
    /// The names of `keypoints`; empty if they are not known.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub keypoint_names: Vec<String>,
    /// The corners of its rotated box, one after the other.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub rotated_box: Option<[[f32; 2]; 4]>,
    /// The track that it belongs to, over several images.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub track_id: Option<i64>,
    /// How sure a detector was of it.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// What else a tool knows of it, by name.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Whether it is a crowd: several objects in one.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "is_false")]
    pub crowd: bool,
}

/// A point of an object. As JSON it is `[x, y, visibility]`, as in COCO.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f32, f32, u8)", into = "(f32, f32, u8)")]
pub struct Keypoint {
    /// Where it is.
    pub at: [f32; 2],
    /// 0: not labelled, 1: labelled but hidden, 2: visible.
    pub visibility: u8,
}

impl From<(f32, f32, u8)> for Keypoint {
    fn from((x, y, visibility): (f32, f32, u8)) -> Self {
        Self { at: [x, y], visibility }
    }
}

impl From<Keypoint> for (f32, f32, u8) {
    fn from(Keypoint { at: [x, y], visibility }: Keypoint) -> Self {
        (x, y, visibility)
    }
}

// Serde passes a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What another program writes in another form counts as missing: the box is worth keeping.
fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(serde_json::Value::deserialize(deserializer)?).unwrap_or_default())
}

impl LabelledObject {
    /// An object of which the box is known.
    pub fn of_box(label: impl Into<String>, bbox: BBox) -> Self {
        Self { label: label.into(), bbox, ..Self::default() }
    }

    /// The object with each of its points at another place. Its box stays upright. Its mask is left out.
    #[must_use]
    pub fn moved(self, place: impl Fn([f32; 2]) -> [f32; 2]) -> Self {
        let BBox { x, y, width, height } = self.bbox;
        let corners = [[x, y], [x + width, y + height]].map(&place);
        let outline = |polygon: Vec<[f32; 2]>| polygon.into_iter().map(&place).collect();
        // A point that is not labelled is at the origin, and stays there.
        let is_absent = |point: &Keypoint| point.visibility == 0 && point.at == [0.0, 0.0];
        let point = |point: Keypoint| if is_absent(&point) { point } else { Keypoint { at: place(point.at), ..point } };
        Self {
            bbox: BBox::around(&corners).unwrap_or(self.bbox),
            polygons: self.polygons.into_iter().map(outline).collect(),
            mask: None,
            keypoints: self.keypoints.into_iter().map(point).collect(),
            rotated_box: self.rotated_box.map(|corners| corners.map(&place)),
            ..self
        }
    }

    /// The object without what takes much space: outlines, mask, keypoints and attributes.
    fn box_only(&self) -> Self {
        let Self { label, bbox, rotated_box, track_id, score, crowd, .. } = self;
        Self {
            label: label.clone(),
            bbox: *bbox,
            rotated_box: *rotated_box,
            track_id: *track_id,
            score: *score,
            crowd: *crowd,
            ..Self::default()
        }
    }

    fn is_finite(&self) -> bool {
        let points = self.polygons.iter().flatten().chain(self.keypoints.iter().map(|point| &point.at));
        let points = points.chain(self.rotated_box.iter().flatten()).flatten();
        <[f32; 4]>::from(self.bbox).iter().chain(points).chain(&self.score).all(|number| number.is_finite())
    }
}

/// Objects as JSON, and what did not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fitted {
    /// See [`to_json`].
    pub json: String,
    /// Outlines, masks, keypoints and attributes are left out.
    pub without_polygons: bool,
    /// Objects left out, from the end of the list.
    pub objects_left_out: usize,
}

/// Compact JSON: `[{"label":"boat","bbox":[x,y,width,height],"polygons":[[[x,y],…],…]},…]`, without what an object does not
/// have. At most [`OBJECTS_JSON_BYTES_MAX`] bytes: see [`fit`].
pub fn to_json(objects: &[LabelledObject]) -> String {
    fit(objects, OBJECTS_JSON_BYTES_MAX).json
}

/// Like [`to_json`], in at most `limit_bytes` bytes: if that is not enough, all outlines, masks, keypoints and attributes are left
/// out, and then as many objects as necessary. An empty list is `[]`, whatever the limit.
pub fn fit(objects: &[LabelledObject], limit_bytes: usize) -> Fitted {
    let json = serde_json::to_string(objects).unwrap_or_default();
    if !json.is_empty() && json.len() <= limit_bytes {
        return Fitted { json, ..Fitted::default() };
    }
    let mut json = "[".to_owned();
    let mut fitted = 0;
    for object in objects {
        let Ok(text) = serde_json::to_string(&object.box_only()) else { break };
        // A comma and the bracket at the end.
        if json.len() + text.len() + 2 > limit_bytes {
            break;
        }
        if fitted > 0 {
            json.push(',');
        }
        json.push_str(&text);
        fitted += 1;
    }
    json.push(']');
    let without_polygons = objects.iter().any(|object| *object != object.box_only());
    Fitted { json, without_polygons, objects_left_out: objects.len() - fitted }
}

/// Reads the output of [`to_json`]. `None`: it is other JSON, has a number that is not finite, or is longer than
/// [`OBJECTS_JSON_BYTES_MAX`]. Polygons of fewer than three points are skipped.
pub fn from_json(text: &str) -> Option<Vec<LabelledObject>> {
    if text.len() > OBJECTS_JSON_BYTES_MAX {
        return None;
    }
    let mut objects: Vec<LabelledObject> = serde_json::from_str(text).ok()?;
    for object in &mut objects {
        object.polygons.retain(|polygon| polygon.len() >= 3);
        object.polygons.shrink_to_fit();
        if !object.is_finite() {
            return None;
        }
    }
    Some(objects)
}

/// The number of objects of each label, for display: `2 boat, 1 buoy`, the most frequent first.
pub fn counts(objects: &[LabelledObject]) -> String {
    let mut by_label = BTreeMap::new();
    for object in objects {
        *by_label.entry(object.label.as_str()).or_insert(0_usize) += 1;
    }
    let mut by_count: Vec<_> = by_label.into_iter().collect();
    by_count.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let texts: Vec<String> = by_count.into_iter().map(|(label, count)| format!("{count} {label}")).collect();
    texts.join(", ")
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
