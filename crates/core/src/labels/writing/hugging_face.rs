//! Hugging Face `imagefolder`: a folder a split with the images and `metadata.jsonl`, a line an image, with the columns
//! `file_name`, `label`, `width`, `height` and `objects`.
//!
//! Carries everything, in lists a member of `objects`: `bbox` and `category`, and where any object of the set has one
//! `polygons`, `mask`, `keypoints`, `keypoint_names`, `rotated_box`, `track_id`, `score`, `iscrowd`, and `attributes` as JSON.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::shown::shown;
use super::{Content, Distinct, Losses, SetFiles, SetFormat, SetImage, SetOutline, SetWriter};
use crate::model::objects::LabelledObject;

pub(super) static FORMAT: SetFormat = SetFormat {
    name: "hf",
    title: "Hugging Face",
    distinct: Distinct::Name,
    needs_label: false,
    last: "train",
    open: |outline: &SetOutline| Box::new(HuggingFace { content: outline.content, splits: BTreeMap::new() }),
};

struct HuggingFace {
    content: Content,
    splits: BTreeMap<String, Box<dyn Write + Send>>,
}

/// Its loader knows `validation`.
fn folder(split: &str) -> &str {
    if split == "val" { "validation" } else { split }
}

impl SetWriter for HuggingFace {
    fn add(&mut self, image: &SetImage<'_>, files: &mut dyn SetFiles, _losses: &mut Losses) -> io::Result<()> {
        let folder = folder(image.split);
        files.place_image(&format!("{folder}/{}", image.name))?;
        let file = match self.splits.entry(folder.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(files.create(&format!("{folder}/metadata.jsonl"))?),
        };
        let [width, height] = image.frame.shown_px();
        let mut row = json!({ "file_name": image.name, "label": image.label, "width": width, "height": height });
        if self.content.objects > 0 {
            row["objects"] = columns(&shown(image.objects, image.frame), &self.content);
        }
        serde_json::to_writer(&mut *file, &row)?;
        file.write_all(b"\n")
    }

    fn finish(self: Box<Self>, _files: &mut dyn SetFiles) -> io::Result<()> {
        self.splits.into_values().try_for_each(|mut file| file.flush())
    }
}

/// Of all rows the same columns with the same types: the loader infers them.
fn columns(objects: &[LabelledObject], content: &Content) -> Value {
    let mut columns = Map::new();
    let mut column = |name: &str, is_there: bool, value: &dyn Fn(&LabelledObject) -> Value| {
        if is_there {
            columns.insert(name.to_owned(), objects.iter().map(value).collect());
        }
    };
    column("bbox", true, &|object| numbers(&<[f32; 4]>::from(object.bbox)));
    column("category", true, &|object| json!(object.label));
    column("polygons", content.outlines > 0, &|object| object.polygons.iter().map(|polygon| points(polygon)).collect());
    column("mask", content.masks > 0, &|object| json!(object.mask));
    column("keypoints", content.keypoints > 0, &|object| {
        let of =
            |point: &crate::model::objects::Keypoint| numbers(&[point.at[0], point.at[1], f32::from(point.visibility)]);
        object.keypoints.iter().map(of).collect()
    });
    column("keypoint_names", content.keypoints > 0, &|object| json!(object.keypoint_names));
    column("rotated_box", content.rotated_boxes > 0, &|object| {
        object.rotated_box.as_ref().map_or(Value::Null, |corners| points(corners))
    });
    column("track_id", content.tracks > 0, &|object| json!(object.track_id));
    column("score", content.scores > 0, &|object| object.score.map_or(Value::Null, number));
    column("iscrowd", content.crowds > 0, &|object| json!(object.crowd));
    column("attributes", content.attributes > 0, &|object| json!(json!(object.attributes).to_string()));
    Value::Object(columns)
}

/// A number with the digits that it has in 32 bits, and always with a fraction: a column has one type.
fn number(number: f32) -> Value {
    json!(number.to_string().parse::<f64>().unwrap_or_else(|_| number.into()))
}

fn numbers(all: &[f32]) -> Value {
    all.iter().copied().map(number).collect()
}

fn points(outline: &[[f32; 2]]) -> Value {
    outline.iter().map(|point| numbers(point)).collect()
}
