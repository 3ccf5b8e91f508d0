//! COCO's annotations (<https://cocodataset.org/#format-data>): one JSON file for all images. Instances, keypoints, and the
//! segments of panoptic files, whose masks are in pictures beside it.
//!
//! Cannot carry: a label of the image itself, and rotated boxes. Not read: captions.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;

use super::LabelError;
use super::coco_objects::{Categories, Notes, PictureOfMasks, objects_of};
use super::entries::Entries;
use super::files;
use super::format::{Annotated, Damaged, LabelFormat, LabelPlace, LabelSource, Units, opened};
use super::image_file::ImageFile;
use super::image_names::ImageNames;
use super::json_parts::{JsonFile, id, number, text};
use super::panoptic::PanopticPictures;
use crate::model::frame::Frame;
use crate::model::objects::{BBox, LabelledObject};

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "coco",
    title: "COCO file",
    place: Some(LabelPlace::File),
    has_objects: true,
    recognises: |glance| {
        glance.has_keys(&["images"]) && (glance.has_keys(&["annotations"]) || glance.has_keys(&["categories"]))
    },
    open: |file, opening| opened(file, read(file, opening.images())),
};

#[derive(Debug)]
struct Coco {
    images: Entries<Image>,
    damaged: Damaged,
    pictures: PanopticPictures,
    /// Pictures of masks that cannot be used.
    damaged_pictures: Mutex<Damaged>,
}

/// An image that the file lists.
#[derive(Debug, Default)]
struct Image {
    stated_px: Option<[f64; 2]>,
    objects: Vec<LabelledObject>,
    unnamed: Option<String>,
    masks: Option<PictureOfMasks>,
    /// Why its objects are not known: the first damaged annotation, or an id that is not its own.
    problem: Option<String>,
}

impl LabelSource for Coco {
    fn has_objects(&self) -> bool {
        true
    }

    fn objects_of(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        self.annotated(image, |image| self.with_masks(image))
    }

    fn objects_to_count(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        // A picture decides on those without a box alone.
        let has_all_boxes = |image: &Image| image.objects.iter().all(|object| object.bbox != BBox::default());
        self.annotated(image, |image| if has_all_boxes(image) { image.objects.clone() } else { self.with_masks(image) })
    }

    fn damaged(&self) -> Damaged {
        let Damaged { entries, example } = self.damaged_pictures.lock().clone();
        Damaged { entries: self.damaged.entries + entries, example: self.damaged.example.clone().or(example) }
    }

    fn entry_names(&self) -> Vec<String> {
        self.images.examples()
    }
}

/// The lists of a file that are read.
#[derive(Default)]
struct Lists {
    images: Vec<Range<usize>>,
    categories: Vec<Range<usize>>,
    annotations: Vec<Range<usize>>,
}

impl Lists {
    fn find(json: &JsonFile<'_>) -> Result<Self, String> {
        let (mut lists, mut has_images) = (Self::default(), false);
        for (key, part) in json.members()? {
            let list = match key.as_str() {
                "images" => &mut lists.images,
                "categories" => &mut lists.categories,
                "annotations" => &mut lists.annotations,
                _ => continue,
            };
            has_images |= key == "images";
            let is_missing = || key != "images" && json.value(part.clone()).is_ok_and(|value| value.is_null());
            match json.items(part.clone()) {
                Some(items) => *list = items,
                None if is_missing() => {}
                None => return Err(format!("{key} at line {} is not a list", json.line(&part))),
            }
        }
        if has_images { Ok(lists) } else { Err("it has no list of images".to_owned()) }
    }
}

/// Reads the file; the error says what is wrong and where.
fn read(file: &Path, images: &Arc<ImageNames>) -> Result<Coco, String> {
    let bytes = files::read_bytes(file)?;
    let json = JsonFile::new(&bytes);
    let lists = Lists::find(&json).map_err(|reason| format!("it is not a COCO file: {reason}"))?;
    let mut coco = Coco {
        images: Entries::new(file, images, true),
        damaged: Damaged::default(),
        pictures: PanopticPictures::of(file),
        damaged_pictures: Mutex::default(),
    };
    let by_id = coco.read_images(&json, &lists.images)?;
    let categories = Categories::read(lists.categories.iter().filter_map(|part| json.value(part.clone()).ok()));
    for (index, part) in lists.annotations.into_iter().enumerate() {
        let place = |reason: String| format!("annotations[{index}] at line {}: {reason}", json.line(&part));
        let annotation = match json.value(part.clone()) {
            Ok(annotation) => annotation,
            Err(reason) => {
                coco.damaged.count(|| place(reason));
                continue;
            }
        };
        // Files that were cut down to some images often keep the annotations of all.
        let Some(owners) = annotation.get("image_id").and_then(id).and_then(|id| by_id.get(&id)) else { continue };
        coco.add(owners, objects_of(&annotation, &categories), place);
    }
    Ok(coco)
}

/// Images by their id, with the place in the list; several only in a damaged file.
type ById = HashMap<String, Vec<(usize, usize)>>;

impl Coco {
    fn read_images(&mut self, json: &JsonFile<'_>, parts: &[Range<usize>]) -> Result<ById, String> {
        let mut by_id = ById::new();
        for (index, part) in parts.iter().enumerate() {
            let image = json.value(part.clone()).and_then(|image| image_of(&image));
            let (image_id, name, stated_px) = match image {
                Ok(image) => image,
                Err(reason) => {
                    self.damaged.count(|| format!("images[{index}] at line {}: {reason}", json.line(part)));
                    continue;
                }
            };
            let entry = self.images.entry(&name, || Image { stated_px, ..Image::default() });
            let owners = by_id.entry(image_id).or_default();
            if owners.iter().all(|(known, _)| *known != entry) {
                owners.push((entry, index));
            }
        }
        match &self.damaged.example {
            Some(example) if by_id.is_empty() => Err(format!("it is not a COCO file: {example}")),
            _ => Ok(by_id),
        }
    }

    /// What the file has for an image, with the objects that `objects` makes of it.
    fn annotated(
        &self,
        image: ImageFile<'_>,
        objects: impl FnOnce(&Image) -> Vec<LabelledObject>,
    ) -> Result<Option<Annotated>, LabelError> {
        match self.images.find(image)? {
            None => Ok(None),
            Some(Image { problem: Some(reason), .. }) => Err(self.images.damage(reason)),
            Some(image @ Image { stated_px, unnamed, .. }) => Ok(Some(Annotated {
                objects: objects(image),
                units: Units::Pixels { stated_px: *stated_px },
                unnamed: unnamed.clone(),
            })),
        }
    }

    /// The objects of an image, with the masks that are in a picture.
    fn with_masks(&self, image: &Image) -> Vec<LabelledObject> {
        let mut objects = image.objects.clone();
        let Some(PictureOfMasks { file_name, ids }) = &image.masks else { return objects };
        let mut masks = match self.pictures.masks(file_name) {
            Ok(masks) => masks,
            Err(reason) => {
                self.damaged_pictures.lock().count(|| reason);
                Default::default()
            }
        };
        let has_picture = !masks.is_empty();
        for (object, id) in objects.iter_mut().zip(ids) {
            let Some(id) = id else { continue };
            object.mask = masks.remove(id);
            match object.mask.as_ref().and_then(|mask| mask.bbox()) {
                Some(bbox) if object.bbox == BBox::default() => object.bbox = bbox,
                None if has_picture => {
                    self.damaged_pictures.lock().count(|| format!("{file_name} has no pixel of segment {id}"));
                }
                _ => {}
            }
        }
        // Neither a box nor pixels.
        objects.retain(|object| object.bbox != BBox::default());
        objects
    }

    fn add(
        &mut self,
        owners: &[(usize, usize)],
        found: Result<(Vec<LabelledObject>, Notes), String>,
        place: impl Fn(String) -> String,
    ) {
        if let [(first, at), (second, other_at), ..] = owners {
            let names = [self.images.name(*first), self.images.name(*second)].map(str::to_owned);
            let ids = format!("images[{at}] and images[{other_at}] have the same id: {} and {}", names[0], names[1]);
            let problem = format!("{ids}; whose annotations these are cannot be known");
            for (owner, _) in owners {
                if let Some(image) = self.images.get_mut(*owner) {
                    image.problem.get_or_insert_with(|| problem.clone());
                }
            }
            return;
        }
        let Some(image) = owners.first().and_then(|(owner, _)| self.images.get_mut(*owner)) else { return };
        match found {
            Err(reason) => {
                image.problem.get_or_insert_with(|| place(reason));
            }
            Ok((objects, Notes { unnamed, flaw, masks })) => {
                if let Some(mut picture) = masks {
                    picture.ids.splice(0..0, vec![None; image.objects.len()]);
                    image.masks.get_or_insert(picture);
                }
                image.objects.extend(objects);
                image.unnamed = image.unnamed.take().or(unnamed);
                if let Some(flaw) = flaw {
                    self.damaged.count(|| place(flaw));
                }
            }
        }
    }
}

/// Id, name and stated size.
fn image_of(image: &Value) -> Result<(String, String, Option<[f64; 2]>), String> {
    let image_id = image.get("id").and_then(id).ok_or("it has no id")?;
    let name = image.get("file_name").and_then(text).filter(|name| !name.trim().is_empty());
    let side = |key| image.get(key).and_then(number).filter(|side| *side > 0.0);
    let stated_px = side("width").zip(side("height")).map(<[f64; 2]>::from);
    Ok((image_id, name.ok_or("it has no file_name")?, stated_px))
}
