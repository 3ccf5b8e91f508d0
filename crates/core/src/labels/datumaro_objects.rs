//! The annotations of one image in a file of Datumaro.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use super::json_parts::{id, number, numbers, text};
use super::pixels::{box_of_edges, box_of_sides, hundredths, is_possible, turned_box};
use crate::model::mask::Mask;
use crate::model::objects::{BBox, Keypoint, LabelledObject};

/// Names of classes, and of their keypoints, by the number of the class.
#[derive(Debug, Default)]
pub(super) struct Categories {
    labels: Vec<String>,
    points: HashMap<String, Vec<String>>,
}

impl Categories {
    pub(super) fn read(categories: &Value) -> Self {
        let list = |kind: &str, key: &str| {
            let list = categories.get(kind).and_then(|category| category.get(key)).and_then(Value::as_array);
            list.cloned().unwrap_or_default()
        };
        let labels = list("label", "labels");
        let labels =
            labels.iter().map(|label| label.get("name").unwrap_or(label)).map(|name| text(name).unwrap_or_default());
        let points = list("points", "items").into_iter().filter_map(|item| {
            let names = item.get("labels")?.as_array()?.iter().filter_map(text).collect();
            Some((item.get("label_id").and_then(id)?, names))
        });
        Self { labels: labels.collect(), points: points.collect() }
    }

    /// The class of an annotation, and whether it has only a number.
    fn label(&self, annotation: &Value) -> (String, bool) {
        let Some(number) = annotation.get("label_id").and_then(id) else { return (String::new(), false) };
        match number.parse().ok().and_then(|index: usize| self.labels.get(index)) {
            Some(name) => (name.clone(), false),
            None => (format!("class {number}"), true),
        }
    }

    fn point_names(&self, annotation: &Value) -> &[String] {
        let names = annotation.get("label_id").and_then(id).and_then(|number| self.points.get(&number));
        names.map_or(&[], Vec::as_slice)
    }
}

/// What an image has.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Labels of the image itself.
    pub(super) labels: Vec<String>,
    pub(super) objects: Vec<LabelledObject>,
    /// A class that has only a number.
    pub(super) unnamed: Option<String>,
    /// What was left out because it is damaged or not known.
    pub(super) flaw: Option<String>,
}

/// The annotations of an item. The error says what is damaged, and where.
pub(super) fn found(item: &Value, categories: &Categories) -> Result<Found, String> {
    let mut found = Found::default();
    let mut pieces = Vec::new();
    for (index, annotation) in item.get("annotations").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let place = |reason: String| format!("annotations[{index}]: {reason}");
        let (label, is_unnamed) = categories.label(annotation);
        if is_unnamed {
            found.unnamed.get_or_insert_with(|| label.clone());
        }
        let kind = match annotation.get("type").and_then(Value::as_str).unwrap_or_default() {
            "label" => {
                found.labels.push(label);
                continue;
            }
            "caption" | "hash_key" | "cuboid_3d" => continue,
            "bbox" => Kind::Box,
            "polygon" => Kind::Outline,
            "mask" => Kind::Mask,
            "points" | "skeleton" => Kind::Points,
            "polyline" | "ellipse" | "cuboid_2d" => Kind::Other,
            other => {
                found.flaw.get_or_insert_with(|| place(format!("its type {other:?} is not read")));
                continue;
            }
        };
        match object(annotation, categories).map_err(place)? {
            Some(object) => pieces.push(Piece::new(annotation, kind, LabelledObject { label, ..object })),
            None => {
                found
                    .flaw
                    .get_or_insert_with(|| place("its mask is empty, or its counts do not fit its size".to_owned()));
            }
        }
    }
    found.objects = joined(pieces);
    Ok(found)
}

/// The place of an annotation, and what else is known of it. `None`: it has none.
fn object(annotation: &Value, categories: &Categories) -> Result<Option<LabelledObject>, String> {
    let kind = annotation.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut object = LabelledObject::default();
    let corners = || points(annotation).filter(|points| !points.is_empty()).ok_or("its points are not x, y, x, y, …");
    match kind {
        "bbox" => {
            let sides = annotation.get("bbox").and_then(numbers).and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
            let sides = sides.filter(|sides| sides.iter().all(|side| is_possible(*side)));
            let of_sides = sides.and_then(|sides| Some((sides, box_of_sides(sides)?)));
            let ([x, y, width, height], bbox) = of_sides.ok_or("its bbox is not [x, y, width, height] in pixels")?;
            object.bbox = bbox;
            // In degrees to the right, around the middle, as CVAT writes it.
            let degrees =
                annotation.get("attributes").and_then(|attributes| attributes.get("rotation")).and_then(number);
            if let Some(degrees) = degrees.filter(|degrees| degrees % 360.0 != 0.0) {
                let middle = [x + width / 2.0, y + height / 2.0];
                let corners = turned_box(middle, [width, height], degrees.to_radians());
                object.bbox = BBox::around(&corners).unwrap_or_default();
                object.rotated_box = Some(corners);
            }
        }
        "polygon" => {
            let outline = corners()?;
            object.bbox = BBox::around(&outline).unwrap_or_default();
            object.polygons = vec![outline];
        }
        "mask" => {
            let mask = annotation.get("rle").and_then(|rle| Mask::deserialize(rle).ok());
            let Some((mask, bbox)) = mask.and_then(|mask| mask.bbox().map(|bbox| (mask, bbox))) else {
                return Ok(None);
            };
            (object.mask, object.bbox) = (Some(mask), bbox);
        }
        "points" => (object.keypoints, object.keypoint_names) = keypoints(annotation, categories)?,
        "skeleton" => {
            for element in annotation.get("elements").and_then(Value::as_array).into_iter().flatten() {
                object.keypoints.extend(keypoints(element, categories)?.0);
                object.keypoint_names.push(categories.label(element).0);
            }
            if object.keypoint_names.len() != object.keypoints.len() {
                object.keypoint_names.clear();
            }
        }
        "ellipse" => {
            let edges =
                annotation.get("points").and_then(numbers).and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
            object.bbox = edges.and_then(box_of_edges).ok_or("its points are not left, top, right and bottom")?;
        }
        "polyline" => {
            object.keypoints = corners()?.into_iter().map(|at| Keypoint { at, visibility: 2 }).collect();
            object.bbox = BBox::around(&corners()?).unwrap_or_default();
        }
        _ => object.bbox = BBox::around(&corners()?).unwrap_or_default(),
    }
    if matches!(kind, "points" | "skeleton") {
        let placed = object.keypoints.iter().filter(|point| point.visibility > 0).map(|point| &point.at);
        object.bbox = BBox::around(placed).ok_or("it has no visible point")?;
    }
    describe(&mut object, annotation);
    if matches!(kind, "ellipse" | "polyline" | "cuboid_2d") {
        object.attributes.insert("shape_type".to_owned(), kind.to_owned());
    }
    Ok(Some(object))
}

/// `x, y, x, y, …`, or `[x, y], …` of a cuboid.
fn points(annotation: &Value) -> Option<Vec<[f32; 2]>> {
    let points = annotation.get("points")?.as_array()?;
    let coordinates = points.iter().map(|point| numbers(point).or_else(|| number(point).map(|number| vec![number])));
    let coordinates = coordinates.collect::<Option<Vec<_>>>()?.concat();
    let (points, rest) = coordinates.as_chunks::<2>();
    let is_valid = rest.is_empty() && coordinates.iter().all(|number| is_possible(*number));
    is_valid.then(|| points.iter().map(|point| point.map(hundredths)).collect())
}

fn keypoints(annotation: &Value, categories: &Categories) -> Result<(Vec<Keypoint>, Vec<String>), String> {
    let points = points(annotation).ok_or("its points are not x, y, x, y, …")?;
    let visibility = annotation.get("visibility").and_then(numbers).unwrap_or_default();
    let keypoint = |(index, at): (usize, [f32; 2])| match visibility.get(index) {
        Some(0.0) => Keypoint { at: [0.0; 2], visibility: 0 },
        Some(1.0) => Keypoint { at, visibility: 1 },
        _ => Keypoint { at, visibility: 2 },
    };
    let names = Some(categories.point_names(annotation)).filter(|names| names.len() == points.len());
    Ok((points.into_iter().enumerate().map(keypoint).collect(), names.unwrap_or_default().to_vec()))
}

/// What the attributes say.
fn describe(object: &mut LabelledObject, annotation: &Value) {
    let is_set = |value: &Value| *value == Value::Bool(true) || number(value).is_some_and(|number| number != 0.0);
    let whole = |value: &Value| id(value)?.parse::<i64>().ok();
    for (name, value) in annotation.get("attributes").and_then(Value::as_object).into_iter().flatten() {
        match name.as_str() {
            "is_crowd" => object.crowd = is_set(value),
            "track_id" => object.track_id = whole(value),
            "score" => object.score = number(value).map(|score| score as f32),
            "rotation" => {}
            "occluded" | "truncated" | "outside" | "keyframe" if !is_set(value) => {}
            "occluded" | "truncated" => {
                object.attributes.insert(name.clone(), "1".to_owned());
            }
            _ => object.attributes.extend(text(value).map(|value| (name.clone(), value))),
        }
    }
    let object_id = annotation.get("object_id").and_then(whole).filter(|object_id| *object_id >= 0);
    object.track_id = object.track_id.or(object_id);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Box,
    Outline,
    Mask,
    Points,
    Other,
}

/// An annotation that may be a part of an object.
struct Piece {
    /// Its group and its class.
    group: Option<(String, String)>,
    kind: Kind,
    object: LabelledObject,
}

impl Piece {
    fn new(annotation: &Value, kind: Kind, object: LabelledObject) -> Self {
        let group = annotation.get("group").and_then(id).filter(|group| group != "0");
        Self { group: group.map(|group| (group, object.label.clone())), kind, object }
    }
}

/// The objects that pieces make.
fn joined(pieces: Vec<Piece>) -> Vec<LabelledObject> {
    let mut kinds: HashMap<_, Vec<Kind>> = HashMap::new();
    for Piece { group, kind, .. } in &pieces {
        kinds.entry(group.clone()).or_default().push(*kind);
    }
    let is_instance = |group: &Option<(String, String)>| {
        let kinds = group.as_ref().and_then(|_| kinds.get(group)).map(Vec::as_slice).unwrap_or_default();
        let has_one = |wanted: Kind| kinds.iter().filter(|kind| **kind == wanted).count() <= 1;
        kinds.len() > 1
            && !kinds.contains(&Kind::Other)
            && [Kind::Box, Kind::Mask, Kind::Points].into_iter().all(has_one)
    };
    let (mut objects, mut by_group) = (Vec::<(LabelledObject, bool)>::new(), BTreeMap::new());
    for Piece { group, kind, mut object } in pieces {
        let is_box = kind == Kind::Box;
        if !is_instance(&group) {
            object.attributes.extend(group.map(|(group, _)| ("group_id".to_owned(), group)));
            objects.push((object, is_box));
            continue;
        }
        match by_group.get(&group).and_then(|index: &usize| objects.get_mut(*index)) {
            Some((known, has_box)) => {
                join(known, object, *has_box, is_box);
                *has_box |= is_box;
            }
            None => {
                by_group.insert(group, objects.len());
                objects.push((object, is_box));
            }
        }
    }
    objects.into_iter().map(|(object, _)| object).collect()
}

/// Adds a part of an instance. A box that was drawn counts more than one around other parts.
fn join(object: &mut LabelledObject, part: LabelledObject, has_box: bool, is_box: bool) {
    if is_box {
        (object.bbox, object.rotated_box) = (part.bbox, part.rotated_box);
    } else if !has_box {
        let corners = [object.bbox, part.bbox].map(|BBox { x, y, width, height }| [[x, y], [x + width, y + height]]);
        object.bbox = BBox::around(corners.as_flattened()).unwrap_or(object.bbox);
    }
    object.polygons.extend(part.polygons);
    object.mask = object.mask.take().or(part.mask);
    object.keypoints.extend(part.keypoints);
    object.keypoint_names.extend(part.keypoint_names);
    object.track_id = object.track_id.or(part.track_id);
    object.score = object.score.or(part.score);
    object.crowd |= part.crowd;
    object.attributes.extend(part.attributes);
}
