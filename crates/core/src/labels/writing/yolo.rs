//! YOLO, as Ultralytics reads it: `data.yaml`, and below `images/SPLIT` and `labels/SPLIT` a file an image.
//!
//! All lines are for one task. Cannot carry: labels of images, masks, tracks, scores, attributes, and crowd flags; several
//! outlines of an object are joined into one. Without its task it cannot carry outlines, keypoints or rotated boxes, and
//! never what is outside of an image: Ultralytics refuses the whole image then.

use std::collections::BTreeMap;
use std::io;

use super::numbers::fraction;
use super::outlines::joined;
use super::shown::shown;
use super::yolo_task::YoloTask;
use super::{Distinct, Loss, Losses, SetFiles, SetFormat, SetImage, SetOutline, SetWriter};
use crate::model::objects::{BBox, LabelledObject};

pub(super) static FORMAT: SetFormat = SetFormat {
    name: "yolo",
    title: "YOLO",
    distinct: Distinct::Stem,
    needs_label: false,
    last: "data.yaml",
    open: |outline| Box::new(Yolo::new(outline.clone())),
};

struct Yolo {
    outline: SetOutline,
    classes: BTreeMap<String, usize>,
    form: Form,
}

/// What lines have.
#[derive(Clone, Copy)]
struct Form {
    task: YoloTask,
    /// Of each pose.
    keypoints: usize,
}

impl Yolo {
    fn new(outline: SetOutline) -> Self {
        let classes = outline.classes.keys().cloned().zip(0..).collect();
        let task = outline.yolo_task.unwrap_or_else(|| YoloTask::of(&outline.content));
        let keypoints = outline.classes.values().map(|class| class.keypoints).max().unwrap_or(0);
        Self { classes, form: Form { task, keypoints }, outline }
    }

    /// Keys that Ultralytics does not know are for other readers.
    fn data_yaml(&self) -> String {
        let has = |split: &str| self.outline.splits.contains(&split);
        // Both are required.
        let train = if has("train") { "train" } else { self.outline.splits.first().unwrap_or(&"train") };
        let mut text = format!("train: images/{train}\nval: images/{}\n", if has("val") { "val" } else { train });
        if has("test") {
            text.push_str("test: images/test\n");
        }
        text.push_str(&format!("task: {}\n", self.form.task));
        if self.form.task == YoloTask::Pose {
            text.push_str(&format!("kpt_shape: [{}, 3]\n", self.form.keypoints));
            text.push_str(&self.keypoint_names());
        }
        text.push_str(&format!("nc: {}\nnames:", self.classes.len()));
        if self.classes.is_empty() {
            text.push_str(" {}");
        }
        text.push('\n');
        for (class, number) in &self.classes {
            text.push_str(&format!("  {number}: {}\n", quoted(class)));
        }
        text
    }

    fn keypoint_names(&self) -> String {
        let mut text = String::new();
        for (number, class) in self.outline.classes.values().enumerate() {
            if class.keypoint_names.len() == self.form.keypoints {
                let names: Vec<String> = class.keypoint_names.iter().map(|name| quoted(name)).collect();
                text.push_str(&format!("  {number}: [{}]\n", names.join(", ")));
            }
        }
        if text.is_empty() { text } else { format!("kpt_names:\n{text}") }
    }
}

/// A text in JSON is one in YAML too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl SetWriter for Yolo {
    fn add(&mut self, image: &SetImage<'_>, files: &mut dyn SetFiles, losses: &mut Losses) -> io::Result<()> {
        files.place_image(&format!("images/{}/{}", image.split, image.name))?;
        image.lose_label(losses);
        let mut text = String::new();
        for object in shown(image.objects, image.frame) {
            let Some(class) = self.classes.get(&object.label) else { continue };
            match self.form.numbers(&object, image.frame.shown_px(), losses) {
                Some(numbers) => text.push_str(&format!("{class} {}\n", numbers.join(" "))),
                None => losses.count(Loss::OutsideObjects, 1),
            }
        }
        files.write(&format!("labels/{}/{}.txt", image.split, image.stem()), text.as_bytes())
    }

    fn finish(self: Box<Self>, files: &mut dyn SetFiles) -> io::Result<()> {
        files.write("data.yaml", self.data_yaml().as_bytes())
    }
}

impl Form {
    /// The numbers of an object; `None`: it is not in the image.
    fn numbers(self, object: &LabelledObject, size: [u32; 2], losses: &mut Losses) -> Option<Vec<String>> {
        let (bbox, is_cut) = inside(object.bbox, size)?;
        let middle = || {
            let [x, y, width, height] = <[f32; 4]>::from(bbox).map(f64::from);
            let [middle_x, middle_y] = [x + width / 2.0, y + height / 2.0];
            [(middle_x, 0), (middle_y, 1), (width, 0), (height, 1)]
                .map(|(number, axis)| fraction(number, size[axis]))
                .to_vec()
        };
        let numbers = match self.task {
            YoloTask::Detect => middle(),
            YoloTask::Pose => [middle(), self.pose(object, size)].concat(),
            YoloTask::Segment => {
                let outline = joined(&object.polygons).unwrap_or_else(|| match &object.rotated_box {
                    Some(corners) => corners.to_vec(),
                    None => corners(bbox).to_vec(),
                });
                points(&outline, size)
            }
            YoloTask::Obb => points(&object.rotated_box.unwrap_or_else(|| corners(bbox)), size),
        };
        if is_cut {
            losses.count(Loss::CutObjects, 1);
        }
        self.lose(object, losses);
        Some(numbers)
    }

    fn pose(self, object: &LabelledObject, size: [u32; 2]) -> Vec<String> {
        let mut numbers = Vec::with_capacity(self.keypoints * 3);
        for index in 0..self.keypoints {
            let point = object.keypoints.get(index);
            let [x, y] = point.map_or([0.0; 2], |point| point.at);
            numbers.extend(points(&[[x, y]], size));
            numbers.push(point.map_or(0, |point| point.visibility).to_string());
        }
        numbers
    }

    /// Counts what the lines of this task do not have.
    fn lose(self, object: &LabelledObject, losses: &mut Losses) {
        let task = self.task;
        let has_outline = !object.polygons.is_empty();
        match task {
            YoloTask::Segment if object.polygons.len() > 1 => {
                losses.replaced(Loss::SeveralOutlines, "joined into one outline");
            }
            // The outline of a rotated box is the box itself, in YOLO.
            YoloTask::Obb if object.rotated_box.is_some_and(|corners| object.polygons == [corners]) => {}
            YoloTask::Segment => {}
            _ => losses.count(Loss::Outlines, u64::from(has_outline)),
        }
        match task {
            YoloTask::Obb => {}
            YoloTask::Segment if !has_outline && object.rotated_box.is_some() => {
                losses.replaced(Loss::RotatedBoxes, "written as outlines");
            }
            _ => losses.count(Loss::RotatedBoxes, u64::from(object.rotated_box.is_some())),
        }
        if task != YoloTask::Pose {
            losses.count(Loss::Keypoints, u64::from(!object.keypoints.is_empty()));
        }
        let has_box_only = task == YoloTask::Segment && !has_outline && object.rotated_box.is_none();
        match object.mask {
            Some(_) if has_box_only => losses.replaced(Loss::Masks, "their boxes are written"),
            Some(_) => losses.count(Loss::Masks, 1),
            None => {}
        }
        losses.count(Loss::Tracks, u64::from(object.track_id.is_some()));
        losses.count(Loss::Scores, u64::from(object.score.is_some()));
        losses.count(Loss::Attributes, u64::from(!object.attributes.is_empty()));
        losses.count(Loss::CrowdFlags, u64::from(object.crowd));
    }
}

/// A box, cut at the edges of the image, and whether that made it smaller; `None`: it is outside.
fn inside(bbox: BBox, size: [u32; 2]) -> Option<(BBox, bool)> {
    /// Half of what labels are exact to.
    const EXACT_PX: f32 = 0.005;
    let [width, height] = size.map(|side| side as f32);
    let (right, bottom) = (bbox.x + bbox.width, bbox.y + bbox.height);
    if right < 0.0 || bottom < 0.0 || bbox.x > width || bbox.y > height {
        return None;
    }
    let is_cut = bbox.x < -EXACT_PX || bbox.y < -EXACT_PX || right > width + EXACT_PX || bottom > height + EXACT_PX;
    if !is_cut {
        return Some((bbox, false));
    }
    let [x, y] = [bbox.x.max(0.0), bbox.y.max(0.0)];
    Some((BBox { x, y, width: right.min(width) - x, height: bottom.min(height) - y }, true))
}

fn corners(bbox: BBox) -> [[f32; 2]; 4] {
    let (right, bottom) = (bbox.x + bbox.width, bbox.y + bbox.height);
    [[bbox.x, bbox.y], [right, bbox.y], [right, bottom], [bbox.x, bottom]]
}

/// Points as parts of the sides, moved onto the edge of the image where they are outside.
fn points(outline: &[[f32; 2]], size: [u32; 2]) -> Vec<String> {
    let number = |at: f32, side: u32| fraction(f64::from(at).clamp(0.0, f64::from(side)), side);
    outline.iter().flat_map(|&[x, y]| [number(x, size[0]), number(y, size[1])]).collect()
}
