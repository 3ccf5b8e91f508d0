//! The regions of one annotation of Label Studio. Places are in percent of the picture's width and height, angles in degrees to
//! the right (<https://labelstud.io/guide/export#Units-of-image-annotations>).

use std::collections::HashMap;

use serde_json::Value;

use super::json_parts::{id, number, numbers, text};
use super::label_studio_rle;
use super::pixels::{box_of_ellipse, box_turned_at_corner, hundredths, is_possible};
use crate::model::objects::{BBox, Keypoint, LabelledObject};

/// A result of an annotation: what one control of the labelling interface has written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    /// Its number, for errors.
    pub(super) index: usize,
    /// The name of the control.
    pub(super) control: &'a str,
    pub(super) result: &'a Value,
    pub(super) value: &'a Value,
}

/// What one annotation has.
#[derive(Debug, Default)]
pub(super) struct Regions {
    regions: Vec<Region>,
    /// The size of the picture that they are for.
    pub(super) stated_px: Option<[f64; 2]>,
    /// The choices for the whole picture.
    pub(super) choices: Vec<String>,
}

#[derive(Debug)]
struct Region {
    index: usize,
    shape: Shape,
    /// All but the place.
    object: LabelledObject,
    /// Keypoints that belong to it, with their names.
    points: Vec<([f64; 2], String)>,
}

#[derive(Debug)]
enum Shape {
    /// The corner that is top left before the rectangle is turned around it.
    Rectangle {
        corner: [f64; 2],
        size: [f64; 2],
        degrees: f64,
    },
    Ellipse {
        middle: [f64; 2],
        radii: [f64; 2],
        degrees: f64,
    },
    Outline {
        points: Vec<[f64; 2]>,
        is_closed: bool,
    },
    Point([f64; 2]),
    Brush(Vec<u8>),
}

impl Part<'_> {
    fn has_labels(&self) -> bool {
        self.value.as_object().is_some_and(|value| value.keys().any(|key| is_of_labels(key)))
    }

    /// What all results of one region have in common; files without ids repeat its place.
    fn region(&self) -> String {
        const PLACE: [&str; 8] = ["x", "y", "width", "height", "radiusX", "radiusY", "points", "rotation"];
        self.result.get("id").and_then(id).unwrap_or_else(|| {
            let place: Vec<_> = PLACE.iter().filter_map(|key| Some((key, self.value.get(key)?))).collect();
            format!("{place:?}")
        })
    }

    fn size(&self) -> Option<[f64; 2]> {
        let side = |key| self.result.get(key).or_else(|| self.value.get(key)).and_then(number);
        let size = [side("original_width")?, side("original_height")?];
        size.iter().all(|side| *side > 0.0).then_some(size)
    }
}

/// `rectanglelabels`, `labels` and so on.
fn is_of_labels(key: &str) -> bool {
    key.ends_with("labels")
}

impl Regions {
    /// Reads the results of an annotation. The error says what is damaged, and where.
    pub(super) fn read(mut parts: Vec<Part<'_>>) -> Result<Self, String> {
        // What a region is comes before what else is said of it.
        parts.sort_by_key(|part| !part.has_labels());
        let (mut regions, mut by_name) = (Self::default(), HashMap::new());
        let mut owners = Vec::with_capacity(parts.len());
        for part in &parts {
            let name = part.region();
            let is_other = part.has_labels() && part.result.get("id").is_none();
            let known = by_name.get(&name).copied().filter(|_| !is_other);
            let owner = match known {
                Some(_) => known,
                None => {
                    let shape = shape(part.value).map_err(|reason| format!("result[{}]: {reason}", part.index))?;
                    shape.map(|shape| regions.add(shape, part)).transpose()?
                }
            };
            if let Some(owner) = owner {
                by_name.insert(name, owner);
            }
            owners.push(owner);
        }
        for (part, owner) in parts.iter().zip(&owners) {
            match owner.or_else(|| by_name.get(&part.region()).copied()) {
                Some(owner) => regions.describe(owner, part),
                None => regions.choices.extend(part.value.get("choices").map(strings).unwrap_or_default()),
            }
        }
        regions.join_points(parts.iter().zip(owners), &by_name);
        Ok(regions)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    fn add(&mut self, shape: Shape, part: &Part<'_>) -> Result<usize, String> {
        match (self.stated_px, part.size()) {
            (Some(known), Some(size)) if known != size => {
                let [known, size] = [known, size].map(|[width, height]| format!("{width} × {height}"));
                return Err(format!("result[{}] is for a picture of {size}, others are for {known}", part.index));
            }
            (known, size) => self.stated_px = known.or(size),
        }
        let object = LabelledObject::default();
        self.regions.push(Region { index: part.index, shape, object, points: Vec::new() });
        Ok(self.regions.len() - 1)
    }

    fn describe(&mut self, owner: usize, part: &Part<'_>) {
        let Some(Region { object, .. }) = self.regions.get_mut(owner) else { return };
        for (key, value) in part.value.as_object().into_iter().flatten() {
            let attribute = match key.as_str() {
                key if is_of_labels(key) => {
                    let labels = strings(value);
                    if object.label.is_empty() {
                        object.label = labels.first().cloned().unwrap_or_default();
                    }
                    if labels.len() > 1 {
                        object.attributes.insert("labels".to_owned(), labels.join(", "));
                    }
                    continue;
                }
                "choices" | "text" | "number" | "rating" | "datetime" => strings(value).join(", "),
                _ => continue,
            };
            let name = if part.control.is_empty() { key } else { part.control };
            object.attributes.insert(name.to_owned(), attribute);
        }
        let score = part.result.get("score").or_else(|| part.value.get("score")).and_then(number);
        object.score = object.score.or(score.map(|score| score as f32));
        if let Some(note) = part.result.get("meta").and_then(|meta| meta.get("text")) {
            object.attributes.insert("note".to_owned(), strings(note).join(", "));
        }
    }

    /// Moves keypoints into the rectangles that they are children of.
    fn join_points<'a>(
        &mut self,
        owners: impl Iterator<Item = (&'a Part<'a>, Option<usize>)>,
        by_name: &HashMap<String, usize>,
    ) {
        let mut moved = Vec::new();
        for (part, owner) in owners {
            let parent = part.result.get("parentID").and_then(id).and_then(|parent| by_name.get(&parent).copied());
            let (Some(owner), Some(parent)) = (owner, parent) else { continue };
            let Some(Region { shape: Shape::Point(at), object, .. }) = self.regions.get(owner) else { continue };
            let point = (*at, object.label.clone());
            let Some(parent) = self.regions.get_mut(parent) else { continue };
            if matches!(parent.shape, Shape::Rectangle { .. }) && !moved.contains(&owner) {
                parent.points.push(point);
                moved.push(owner);
            }
        }
        let mut index = 0;
        self.regions.retain(|_| {
            index += 1;
            !moved.contains(&(index - 1))
        });
    }

    /// The objects on a picture of this size. The error says what is damaged, and where.
    pub(super) fn objects(&self, size: [f64; 2]) -> Result<Vec<LabelledObject>, String> {
        let object =
            |region: &Region| region.object(size).map_err(|reason| format!("result[{}]: {reason}", region.index));
        self.regions.iter().filter_map(|region| object(region).transpose()).collect()
    }
}

impl Region {
    /// `None`: nothing was painted.
    fn object(&self, [width, height]: [f64; 2]) -> Result<Option<LabelledObject>, String> {
        let scaled = |[x, y]: [f64; 2]| [x / 100.0 * width, y / 100.0 * height];
        let mut object = self.object.clone();
        let mut kind = None;
        match &self.shape {
            Shape::Rectangle { corner, size, degrees } => {
                let corners = box_turned_at_corner(scaled(*corner), scaled(*size), degrees.to_radians());
                object.bbox = BBox::around(&corners).unwrap_or_default();
                object.rotated_box = (*degrees % 360.0 != 0.0).then_some(corners);
            }
            Shape::Ellipse { middle, radii, degrees } => {
                object.bbox = box_of_ellipse(scaled(*middle), scaled(*radii), degrees.to_radians());
                kind = Some("ellipse");
            }
            Shape::Outline { points, is_closed } => {
                let points: Vec<_> = points.iter().map(|point| scaled(*point).map(hundredths)).collect();
                object.bbox = BBox::around(&points).ok_or("it has no points")?;
                if *is_closed && points.len() >= 3 {
                    object.polygons = vec![points];
                } else {
                    object.keypoints = points.into_iter().map(|at| Keypoint { at, visibility: 2 }).collect();
                    kind = Some("polyline");
                }
            }
            Shape::Point(at) => {
                let at = scaled(*at).map(hundredths);
                object.bbox = BBox::around(&[at]).unwrap_or_default();
                object.keypoints = vec![Keypoint { at, visibility: 2 }];
            }
            Shape::Brush(code) => {
                let mask = label_studio_rle::mask(code, [width, height].map(|side| side as u32))?;
                let Some(bbox) = mask.bbox() else { return Ok(None) };
                (object.bbox, object.mask) = (bbox, Some(mask));
            }
        }
        for (at, name) in &self.points {
            object.keypoints.push(Keypoint { at: scaled(*at).map(hundredths), visibility: 2 });
            object.keypoint_names.push(name.clone());
        }
        if let Some(kind) = kind {
            object.attributes.insert("shape_type".to_owned(), kind.to_owned());
        }
        Ok(Some(object))
    }
}

/// Where a region is. `None`: the result has no place in a picture.
fn shape(value: &Value) -> Result<Option<Shape>, String> {
    let has = |key: &str| value.get(key).is_some();
    let number = |key: &str| {
        let number = value.get(key).and_then(number).filter(|number| is_possible(*number));
        number.ok_or_else(|| format!("{key} is not a number"))
    };
    let pair = |keys: [&str; 2]| Ok::<_, String>([number(keys[0])?, number(keys[1])?]);
    let degrees = if value.get("rotation").is_some_and(|value| !value.is_null()) { number("rotation")? } else { 0.0 };
    if let Some(code) = value.get("rle") {
        let bytes = numbers(code).filter(|numbers| numbers.iter().all(|number| (0.0..=255.0).contains(number)));
        let bytes = bytes.ok_or("its rle is not a list of bytes")?;
        return Ok(Some(Shape::Brush(bytes.into_iter().map(|byte| byte as u8).collect())));
    }
    if let Some(points) = value.get("points") {
        let point = |point: &Value| {
            <[f64; 2]>::try_from(numbers(point)?).ok().filter(|point| point.iter().all(|n| is_possible(*n)))
        };
        let points = points.as_array().and_then(|points| points.iter().map(point).collect::<Option<Vec<_>>>());
        let points = points.filter(|points| !points.is_empty()).ok_or("its points are not pairs of numbers")?;
        return Ok(Some(Shape::Outline { points, is_closed: value.get("closed") != Some(&Value::Bool(false)) }));
    }
    Ok(if has("radiusX") {
        let (middle, radii) = (pair(["x", "y"])?, pair(["radiusX", "radiusY"])?);
        Some(Shape::Ellipse { middle, radii, degrees })
    } else if has("height") {
        let size = pair(["width", "height"])?;
        if size.iter().any(|side| *side < 0.0) {
            return Err("it ends before it begins".to_owned());
        }
        Some(Shape::Rectangle { corner: pair(["x", "y"])?, size, degrees })
    } else if has("x") {
        Some(Shape::Point(pair(["x", "y"])?))
    } else {
        None
    })
}

/// A text, or those of a list.
pub(super) fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect(),
    }
}
