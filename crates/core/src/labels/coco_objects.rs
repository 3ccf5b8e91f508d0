//! The objects of one annotation of a COCO file.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use super::json_parts::{bbox, id, number, numbers, text};
use super::pixels::hundredths;
use crate::model::mask::Mask;
use crate::model::objects::{BBox, Keypoint, LabelledObject};

/// Names of classes, and of their keypoints, by id.
#[derive(Debug, Default)]
pub(super) struct Categories(HashMap<String, Category>);

#[derive(Debug)]
struct Category {
    name: String,
    keypoint_names: Vec<String>,
}

impl Categories {
    pub(super) fn read(categories: impl Iterator<Item = Value>) -> Self {
        let category = |category: Value| {
            let names = category.get("keypoints").and_then(Value::as_array).into_iter().flatten();
            let keypoint_names = names.filter_map(text).collect();
            let name = category.get("name").and_then(text)?;
            Some((category.get("id").and_then(id)?, Category { name, keypoint_names }))
        };
        Self(categories.filter_map(category).collect())
    }

    /// The class of an annotation, whether it has a name, and the names of its keypoints.
    fn of(&self, annotation: &Value) -> (String, bool, &[String]) {
        match annotation.get("category_id").and_then(id) {
            None => (String::new(), true, &[]),
            Some(id) => match self.0.get(&id) {
                Some(category) => (category.name.clone(), true, &category.keypoint_names),
                None => (format!("category {id}"), false, &[]),
            },
        }
    }
}

/// What else is known of the objects of an annotation.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Their class, if it has only a number.
    pub(super) unnamed: Option<String>,
    /// What of them was left out because it is damaged.
    pub(super) flaw: Option<String>,
    /// The picture with the masks of a panoptic annotation, and the id that each object has in it.
    pub(super) masks: Option<PictureOfMasks>,
}

/// Where the masks of an image's objects are.
#[derive(Clone, Debug, Default)]
pub(super) struct PictureOfMasks {
    pub(super) file_name: String,
    /// By object; `None` where an annotation has its own mask.
    pub(super) ids: Vec<Option<u32>>,
}

/// The objects of an annotation: one, those of a panoptic one, or none if it is for example a caption.
///
/// # Errors
/// It is damaged; the text names the field.
pub(super) fn objects_of(annotation: &Value, categories: &Categories) -> Result<(Vec<LabelledObject>, Notes), String> {
    let (mut objects, mut notes) = (Vec::new(), Notes::default());
    match annotation.get("segments_info").and_then(Value::as_array) {
        Some(segments) => {
            let mut ids = Vec::new();
            for (index, segment) in segments.iter().enumerate() {
                let of_segment = object(&with_box(segment), categories, &mut notes);
                let of_segment = of_segment.map_err(|reason| format!("segments_info[{index}]: {reason}"))?;
                if let Some(object) = of_segment {
                    objects.push(object);
                    ids.push(segment.get("id").and_then(number).map(|id| id as u32));
                }
            }
            let file_name = annotation.get("file_name").and_then(text);
            notes.masks = file_name.map(|file_name| PictureOfMasks { file_name, ids });
        }
        None => objects.extend(object(annotation, categories, &mut notes)?),
    }
    Ok((objects, notes))
}

/// A segment without a box gets it from its mask.
fn with_box(segment: &Value) -> Value {
    let mut segment = segment.clone();
    if let Some(members) = segment.as_object_mut() {
        let bbox = members.entry("bbox").or_insert(Value::Null);
        if bbox.is_null() {
            *bbox = vec![0; 4].into();
        }
    }
    segment
}

fn object(annotation: &Value, categories: &Categories, notes: &mut Notes) -> Result<Option<LabelledObject>, String> {
    let (polygons, mask) = match annotation.get("segmentation") {
        Some(Value::Array(polygons)) => (outlines(polygons), None),
        Some(mask @ Value::Object(_)) => {
            let mask = Mask::deserialize(mask).ok();
            if mask.is_none() {
                notes.flaw.get_or_insert_with(|| "the counts of its segmentation do not fit its size".to_owned());
            }
            (Vec::new(), mask)
        }
        _ => (Vec::new(), None),
    };
    let keypoints = keypoints(annotation.get("keypoints"))?;
    let labelled = keypoints.iter().filter(|point| point.visibility > 0).map(|point| &point.at);
    let bbox = match annotation.get("bbox") {
        None | Some(Value::Null) => None,
        Some(Value::Array(numbers)) if numbers.is_empty() => None,
        Some(given) => Some(bbox(given).ok_or("its bbox is not [x, y, width, height] in pixels")?),
    };
    let around =
        || BBox::around(polygons.iter().flatten()).or_else(|| mask.as_ref()?.bbox()).or_else(|| BBox::around(labelled));
    let Some(bbox) = bbox.or_else(around) else { return Ok(None) };
    let (label, is_named, keypoint_names) = categories.of(annotation);
    if !is_named {
        notes.unnamed.get_or_insert_with(|| label.clone());
    }
    let names_fit = !keypoints.is_empty() && keypoint_names.len() == keypoints.len();
    Ok(Some(LabelledObject {
        label,
        bbox,
        polygons,
        mask,
        keypoint_names: if names_fit { keypoint_names.to_vec() } else { Vec::new() },
        keypoints,
        rotated_box: None,
        track_id: track_id(annotation),
        score: annotation.get("score").and_then(number).map(|score| score as f32),
        attributes: attributes(annotation.get("attributes")),
        crowd: annotation.get("iscrowd").and_then(number).is_some_and(|crowd| crowd != 0.0),
    }))
}

/// A list of outlines, each as x, y, x, y, …; some tools write one without the outer list.
fn outlines(polygons: &[Value]) -> Vec<Vec<[f32; 2]>> {
    if polygons.first().is_some_and(|first| number(first).is_some()) {
        let one: Option<Vec<f64>> = polygons.iter().map(number).collect();
        return one.and_then(|numbers| outline(&numbers)).into_iter().collect();
    }
    polygons.iter().filter_map(|polygon| outline(&numbers(polygon)?)).collect()
}

/// `None`: fewer than three points, or a number that is not finite.
fn outline(numbers: &[f64]) -> Option<Vec<[f32; 2]>> {
    let (points, rest) = numbers.as_chunks::<2>();
    let points: Vec<_> = points.iter().map(|point| point.map(hundredths)).collect();
    let is_valid =
        points.len() >= 3 && rest.is_empty() && points.as_flattened().iter().all(|number| number.is_finite());
    is_valid.then_some(points)
}

/// `[x, y, visibility, …]`; results of detectors have a score in place of the visibility.
fn keypoints(given: Option<&Value>) -> Result<Vec<Keypoint>, String> {
    let Some(given) = given.filter(|given| !given.is_null()) else { return Ok(Vec::new()) };
    let damaged = || "its keypoints are not [x, y, visibility, …]".to_owned();
    let numbers = numbers(given).ok_or_else(damaged)?;
    let (points, rest) = numbers.as_chunks::<3>();
    if !rest.is_empty() {
        return Err(damaged());
    }
    let visibility = |number: f64| if number.fract() == 0.0 { number.clamp(0.0, 2.0) as u8 } else { 2 };
    Ok(points.iter().map(|&[x, y, v]| Keypoint { at: [x, y].map(hundredths), visibility: visibility(v) }).collect())
}

fn track_id(annotation: &Value) -> Option<i64> {
    let of_attributes = || annotation.get("attributes")?.get("track_id");
    let track = annotation.get("track_id").or_else(of_attributes).and_then(id)?;
    track.parse().ok()
}

fn attributes(given: Option<&Value>) -> BTreeMap<String, String> {
    let given = given.and_then(Value::as_object).into_iter().flatten();
    given
        .filter(|(name, _)| *name != "track_id")
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .collect()
}
