//! COCO: `annotations/instances_SPLIT.json`, and the images in a folder a split.
//!
//! Cannot carry: labels of images, and rotated boxes, which are written as outlines. An object has outlines or a mask: of one
//! with both the mask is left out.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, Write};

use serde::Serialize;

use super::numbers::Px;
use super::outlines::area;
use super::shown::shown;
use super::{Distinct, Loss, Losses, SetFiles, SetFormat, SetImage, SetOutline, SetWriter};
use crate::model::mask::Mask;
use crate::model::objects::LabelledObject;

pub(super) static FORMAT: SetFormat = SetFormat {
    name: "coco",
    title: "COCO",
    distinct: Distinct::Name,
    needs_label: false,
    last: "annotations",
    open: |outline| Box::new(Coco::new(outline)),
};

struct Coco {
    categories: Vec<Category>,
    splits: BTreeMap<String, Split>,
    next_annotation: u64,
}

/// The file of a split. Annotations are written as they come, the images after them.
struct Split {
    file: Box<dyn Write + Send>,
    images: Vec<Image>,
    has_annotations: bool,
}

#[derive(Clone, Serialize)]
struct Category {
    id: usize,
    name: String,
    supercategory: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keypoints: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skeleton: Option<[[u32; 2]; 0]>,
}

#[derive(Serialize)]
struct Image {
    id: usize,
    file_name: String,
    width: u32,
    height: u32,
}

#[derive(Serialize)]
struct Annotation<'a> {
    id: u64,
    image_id: usize,
    category_id: usize,
    bbox: [Px; 4],
    area: Px,
    iscrowd: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    segmentation: Option<Segmentation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keypoints: Option<Vec<Px>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_keypoints: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    track_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Segmentation<'a> {
    Outlines(Vec<Vec<Px>>),
    Mask(&'a Mask),
}

impl Coco {
    fn new(outline: &SetOutline) -> Self {
        let category = |(id, (name, class)): (usize, (&String, &super::ClassOutline))| Category {
            id,
            name: name.clone(),
            supercategory: "",
            keypoints: class.keypoint_names.clone(),
            skeleton: (!class.keypoint_names.is_empty()).then_some([]),
        };
        let categories = (1..).zip(&outline.classes).map(category).collect();
        Self { categories, splits: BTreeMap::new(), next_annotation: 1 }
    }
}

impl Split {
    fn begin(name: &str, categories: &[Category], files: &mut dyn SetFiles) -> io::Result<Self> {
        let mut file = files.create(&format!("annotations/instances_{name}.json"))?;
        file.write_all(br#"{"info":{"description":"Exported by Kafka Image Bench"},"licenses":[],"categories":"#)?;
        serde_json::to_writer(&mut file, categories)?;
        file.write_all(b",\n\"annotations\":[")?;
        Ok(Self { file, images: Vec::new(), has_annotations: false })
    }
}

impl SetWriter for Coco {
    fn add(&mut self, image: &SetImage<'_>, files: &mut dyn SetFiles, losses: &mut Losses) -> io::Result<()> {
        files.place_image(&format!("{}/{}", image.split, image.name))?;
        image.lose_label(losses);
        let image_id = self.splits.values().map(|split| split.images.len()).sum::<usize>() + 1;
        let [width, height] = image.frame.shown_px();
        let split = match self.splits.entry(image.split.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Split::begin(image.split, &self.categories, files)?),
        };
        split.images.push(Image { id: image_id, file_name: image.name.to_owned(), width, height });
        for object in &shown(image.objects, image.frame) {
            // They are in the order of their names.
            let category = self.categories.binary_search_by_key(&object.label.as_str(), |known| known.name.as_str());
            let category = category.ok().and_then(|index| self.categories.get(index));
            let has_names = category.is_some_and(|category| category.keypoints == object.keypoint_names);
            losses.count(Loss::KeypointNames, u64::from(!has_names && !object.keypoint_names.is_empty()));
            let category_id = category.map_or(0, |category| category.id);
            let annotation = annotation(object, (self.next_annotation, image_id, category_id), losses);
            self.next_annotation += 1;
            split.file.write_all(if std::mem::replace(&mut split.has_annotations, true) { b",\n" } else { b"\n" })?;
            serde_json::to_writer(&mut split.file, &annotation)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, files: &mut dyn SetFiles) -> io::Result<()> {
        if self.splits.is_empty() {
            self.splits.insert("train".to_owned(), Split::begin("train", &self.categories, files)?);
        }
        for split in self.splits.values_mut() {
            split.file.write_all(b"\n],\n\"images\":[")?;
            for (index, image) in split.images.iter().enumerate() {
                split.file.write_all(if index > 0 { b",\n" } else { b"\n" })?;
                serde_json::to_writer(&mut split.file, image)?;
            }
            split.file.write_all(b"\n]}\n")?;
            split.file.flush()?;
        }
        Ok(())
    }
}

fn annotation<'a>(
    object: &'a LabelledObject,
    (id, image_id, category_id): (u64, usize, usize),
    losses: &mut Losses,
) -> Annotation<'a> {
    let LabelledObject { bbox, polygons, mask, keypoints, rotated_box, .. } = object;
    let flat = |outline: &[[f32; 2]]| outline.iter().flatten().map(|&number| Px(number)).collect();
    let segmentation = match (&polygons[..], mask, rotated_box) {
        ([], None, None) => None,
        ([], None, Some(corners)) => {
            losses.replaced(Loss::RotatedBoxes, "written as outlines");
            Some(Segmentation::Outlines(vec![flat(corners)]))
        }
        ([], Some(mask), _) => Some(Segmentation::Mask(mask)),
        (polygons, _, _) => Some(Segmentation::Outlines(polygons.iter().map(|polygon| flat(polygon)).collect())),
    };
    if !polygons.is_empty() || mask.is_some() {
        losses.count(Loss::RotatedBoxes, u64::from(rotated_box.is_some()));
    }
    if !polygons.is_empty() && mask.is_some() {
        losses.replaced(Loss::Masks, "the outlines of these objects are written");
    }
    let area = match &segmentation {
        Some(Segmentation::Mask(mask)) => mask.area_px() as f32,
        Some(Segmentation::Outlines(_)) if !polygons.is_empty() => {
            polygons.iter().map(|polygon| area(polygon)).sum::<f64>() as f32
        }
        Some(Segmentation::Outlines(_)) => rotated_box.map_or(0.0, |corners| area(&corners) as f32),
        None => bbox.width * bbox.height,
    };
    let points = || {
        keypoints.iter().flat_map(|point| [Px(point.at[0]), Px(point.at[1]), Px(f32::from(point.visibility))]).collect()
    };
    let has_points = !keypoints.is_empty();
    Annotation {
        id,
        image_id,
        category_id,
        bbox: <[f32; 4]>::from(*bbox).map(Px),
        area: Px(area),
        iscrowd: u8::from(object.crowd),
        segmentation,
        keypoints: has_points.then(points),
        num_keypoints: has_points.then(|| keypoints.iter().filter(|point| point.visibility > 0).count()),
        track_id: object.track_id,
        score: object.score,
        attributes: &object.attributes,
    }
}
