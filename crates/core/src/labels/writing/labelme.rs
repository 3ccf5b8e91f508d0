//! LabelMe: in a folder a split the images, and beside each a JSON file.
//!
//! An object is one shape, or several with the same `group_id`: of several outlines each, and keypoints beside their box.
//! Cannot carry: labels of images, masks, tracks, crowd flags, the visibility of keypoints, and attributes other than
//! flags, `group_id` and `description`. LabelMe refuses files with rotated boxes: they are written as outlines.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::numbers::Px;
use super::shown::shown;
use super::{Distinct, Loss, Losses, SetFiles, SetFormat, SetImage, SetWriter};
use crate::model::objects::{BBox, Keypoint, LabelledObject};

pub(super) static FORMAT: SetFormat = SetFormat {
    name: "labelme",
    title: "LabelMe",
    distinct: Distinct::Stem,
    needs_label: false,
    last: "train",
    open: |_| Box::new(LabelMe),
};

struct LabelMe;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    version: &'static str,
    flags: BTreeMap<&'a str, bool>,
    shapes: Vec<Shape<'a>>,
    image_path: &'a str,
    image_data: (),
    image_height: u32,
    image_width: u32,
}

#[derive(Clone, Serialize)]
struct Shape<'a> {
    label: &'a str,
    points: Vec<[Px; 2]>,
    group_id: Option<i64>,
    description: &'a str,
    shape_type: &'a str,
    flags: BTreeMap<&'a str, bool>,
    mask: (),
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
}

impl SetWriter for LabelMe {
    fn add(&mut self, image: &SetImage<'_>, files: &mut dyn SetFiles, losses: &mut Losses) -> io::Result<()> {
        files.place_image(&format!("{}/{}", image.split, image.name))?;
        image.lose_label(losses);
        let objects = shown(image.objects, image.frame);
        let mut free_group = objects.iter().filter_map(group).max().unwrap_or(-1);
        let shapes = objects.iter().flat_map(|object| shapes(object, &mut free_group, losses)).collect();
        let [image_width, image_height] = image.frame.shown_px();
        let (flags, image_data) = (BTreeMap::new(), ());
        let version = "5.5.0";
        let file = File { version, flags, shapes, image_path: image.name, image_data, image_height, image_width };
        files.write(&format!("{}/{}.json", image.split, image.stem()), &serde_json::to_vec_pretty(&file)?)
    }

    fn finish(self: Box<Self>, _files: &mut dyn SetFiles) -> io::Result<()> {
        Ok(())
    }
}

fn group(object: &LabelledObject) -> Option<i64> {
    object.attributes.get("group_id")?.parse().ok()
}

/// The shapes of an object; `last_group` is the last group that is in use.
fn shapes<'a>(object: &'a LabelledObject, last_group: &mut i64, losses: &mut Losses) -> Vec<Shape<'a>> {
    let mut parts = parts(object, losses);
    let mut group_id = group(object);
    if parts.len() > 1 && group_id.is_none() {
        *last_group = last_group.saturating_add(1);
        group_id = Some(*last_group);
    }
    let attributes = &object.attributes;
    let is_flag = |value: &str| value == "true";
    let flags: BTreeMap<&str, bool> =
        attributes.iter().filter(|(_, value)| is_flag(value)).map(|(name, _)| (name.as_str(), true)).collect();
    let is_known = |(name, value): (&String, &String)| match name.as_str() {
        "shape_type" | "description" => true,
        "group_id" => group_id.is_some(),
        _ => is_flag(value),
    };
    losses.count(Loss::Attributes, u64::from(!attributes.iter().all(is_known)));
    losses.count(Loss::Tracks, u64::from(object.track_id.is_some()));
    losses.count(Loss::CrowdFlags, u64::from(object.crowd));
    let description = attributes.get("description").map_or("", String::as_str);
    let shape = |(label, shape_type, points): Part<'a>| Shape {
        label,
        points: points.into_iter().map(|point| point.map(Px)).collect(),
        group_id,
        description,
        shape_type,
        flags: flags.clone(),
        mask: (),
        score: object.score,
    };
    parts.drain(..).map(shape).collect()
}

/// Label, type and points of a shape.
type Part<'a> = (&'a str, &'a str, Vec<[f32; 2]>);

fn parts<'a>(object: &'a LabelledObject, losses: &mut Losses) -> Vec<Part<'a>> {
    let LabelledObject { label, bbox, polygons, mask, keypoints, rotated_box, .. } = object;
    let label = label.as_str();
    let mut parts: Vec<Part<'a>> = Vec::new();
    if polygons.len() > 1 {
        losses.replaced(Loss::SeveralOutlines, "written as several shapes of one group");
    }
    parts.extend(polygons.iter().map(|polygon| (label, "polygon", polygon.clone())));
    match rotated_box {
        Some(corners) if polygons.is_empty() => {
            losses.replaced(Loss::RotatedBoxes, "written as outlines");
            parts.push((label, "polygon", corners.to_vec()));
        }
        Some(_) => losses.count(Loss::RotatedBoxes, 1),
        None => {}
    }
    if mask.is_some() {
        losses.replaced(
            Loss::Masks,
            if parts.is_empty() { "their boxes are written" } else { "their outlines are written" },
        );
    }
    let labelled: Vec<&Keypoint> = keypoints.iter().filter(|point| point.visibility > 0).collect();
    let points: Vec<[f32; 2]> = labelled.iter().map(|point| point.at).collect();
    losses.count(Loss::KeypointVisibility, u64::from(keypoints.iter().any(|point| point.visibility != 2)));
    // Points that have no box of their own.
    let is_around = parts.is_empty() && !points.is_empty() && BBox::around(&points) == Some(*bbox);
    if parts.is_empty() && !is_around {
        parts.push(rectangle(object));
    }
    if object.keypoint_names.len() == keypoints.len() {
        let named = object.keypoint_names.iter().zip(keypoints).filter(|(_, point)| point.visibility > 0);
        parts.extend(named.map(|(name, point)| (name.as_str(), "point", vec![point.at])));
    } else if !points.is_empty() {
        parts.push((label, points_type(object, points.len()), points));
    }
    parts
}

/// The box: a rectangle, or the circle that it was.
fn rectangle(object: &LabelledObject) -> Part<'_> {
    let BBox { x, y, width, height } = object.bbox;
    let is_circle = object.attributes.get("shape_type").is_some_and(|kind| kind == "circle") && width == height;
    match is_circle {
        true => {
            let middle = [x + width / 2.0, y + height / 2.0];
            (&object.label, "circle", vec![middle, [x + width, middle[1]]])
        }
        false => (&object.label, "rectangle", vec![[x, y], [x + width, y + height]]),
    }
}

/// The type of a shape of points: the one that it had, if that is possible.
fn points_type(object: &LabelledObject, count: usize) -> &str {
    match object.attributes.get("shape_type").map(String::as_str) {
        Some("line") if count == 2 => "line",
        Some("linestrip") if count >= 2 => "linestrip",
        None if count == 1 => "point",
        _ => "points",
    }
}
