//! The objects on an image.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The limit for the objects of one image, in bytes of JSON, so that a record has room for them.
pub const OBJECTS_JSON_BYTES_MAX: usize = 64 * 1024;

/// An object on an image. In pixels of the image as it is stored, origin top left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelledObject {
    /// What it is.
    pub label: String,
    /// Where it is.
    pub bbox: BBox,
    /// Its outline: one or more closed polygons of points `[x, y]`; empty if only the box is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub polygons: Vec<Vec<[f32; 2]>>,
}

/// A rectangle in pixels, origin top left. As JSON it is `[x, y, width, height]`, as in COCO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 4]", into = "[f32; 4]")]
pub struct BBox {
    /// Its left edge.
    pub x: f32,
    /// Its top edge.
    pub y: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

impl BBox {
    /// The smallest box that contains all `points`; `None` without points.
    pub fn around<'a>(points: impl IntoIterator<Item = &'a [f32; 2]>) -> Option<Self> {
        let mut points = points.into_iter();
        let &first = points.next()?;
        let (mut low, mut high) = (first, first);
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        Some(Self { x: low[0], y: low[1], width: high[0] - low[0], height: high[1] - low[1] })
    }
}

impl From<[f32; 4]> for BBox {
    fn from([x, y, width, height]: [f32; 4]) -> Self {
        Self { x, y, width, height }
    }
}

impl From<BBox> for [f32; 4] {
    fn from(bbox: BBox) -> Self {
        [bbox.x, bbox.y, bbox.width, bbox.height]
    }
}

/// Objects as JSON, and what did not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fitted {
    /// See [`to_json`].
    pub json: String,
    /// The outlines are left out.
    pub without_polygons: bool,
    /// Objects left out, from the end of the list.
    pub objects_left_out: usize,
}

/// Compact JSON: `[{"label":"boat","bbox":[x,y,width,height],"polygons":[[[x,y],…],…]},…]`, without `polygons` if
/// there are none. At most [`OBJECTS_JSON_BYTES_MAX`] bytes: see [`fit`].
pub fn to_json(objects: &[LabelledObject]) -> String {
    fit(objects, OBJECTS_JSON_BYTES_MAX).json
}

/// Like [`to_json`], in at most `limit_bytes` bytes: if that is not enough, all polygons are left out, and then as many
/// objects as necessary. An empty list is `[]`, whatever the limit.
pub fn fit(objects: &[LabelledObject], limit_bytes: usize) -> Fitted {
    let json = serde_json::to_string(objects).unwrap_or_default();
    if !json.is_empty() && json.len() <= limit_bytes {
        return Fitted { json, ..Fitted::default() };
    }
    let mut json = "[".to_owned();
    let mut fitted = 0;
    for object in objects {
        let only_box = LabelledObject { polygons: Vec::new(), ..object.clone() };
        let Ok(text) = serde_json::to_string(&only_box) else { break };
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
    let without_polygons = objects.iter().any(|object| !object.polygons.is_empty());
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
        let points = object.polygons.iter().flatten().flatten();
        if !<[f32; 4]>::from(object.bbox).iter().chain(points).all(|number| number.is_finite()) {
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
