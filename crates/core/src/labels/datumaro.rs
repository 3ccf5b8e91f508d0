//! Datumaro's own labels: one JSON file for the images of a subset
//! (`src/datumaro/plugins/data_formats/datumaro/exporter.py` of <https://github.com/open-edge-platform/datumaro>), also as CVAT
//! writes it.
//!
//! The file has the size of most images. Where it does not, boxes are those of the shown picture, as CVAT, which most such files come
//! from, shows it.
//!
//! What belongs to one instance is in one group: its box, outlines, mask and keypoints become one object, unless the group has
//! several boxes, masks or sets of keypoints of a class, which are then as many objects.
//!
//! Can carry all that is known of an object. Not read: captions, cuboids in space, videos, and point clouds; of flat cuboids and
//! ellipses the box is used.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::LabelError;
use super::datumaro_objects::{Categories, Found, found};
use super::entries::Entries;
use super::files;
use super::format::{Annotated, Damaged, LabelFormat, LabelPlace, LabelSource, Units, opened};
use super::image_file::ImageFile;
use super::image_names::ImageNames;
use super::json_parts::{JsonFile, numbers, text};
use crate::model::frame::Frame;

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "datumaro",
    title: "Datumaro file",
    place: Some(LabelPlace::File),
    has_objects: true,
    recognises: |glance| glance.has_keys(&["items", "categories"]),
    open: |file, opening| opened(file, Datumaro::read(file, opening.images())),
};

#[derive(Debug)]
struct Datumaro {
    images: Entries<Result<Item, String>>,
    /// Whether an image has objects; else the file is a list of labels.
    has_objects: bool,
    damaged: Damaged,
}

/// What the file has for an image.
#[derive(Debug)]
struct Item {
    stated_px: Option<[f64; 2]>,
    found: Found,
}

impl LabelSource for Datumaro {
    fn label_of(&self, image: ImageFile<'_>) -> Result<String, LabelError> {
        match self.find(image)? {
            Some(Item { found, .. }) if !found.labels.is_empty() => Ok(found.labels.join(", ")),
            _ if self.has_objects => Ok(image.stem()),
            Some(_) => Err(LabelError::NoLabel(self.images.source())),
            None => Err(LabelError::NoEntry(self.images.source())),
        }
    }

    fn has_objects(&self) -> bool {
        self.has_objects
    }

    fn objects_of(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        Ok(self.find(image)?.map(|Item { stated_px, found }| Annotated {
            objects: found.objects.clone(),
            units: Units::Pixels { stated_px: *stated_px },
            unnamed: found.unnamed.clone(),
        }))
    }

    fn damaged(&self) -> Damaged {
        self.damaged.clone()
    }

    fn entry_names(&self) -> Vec<String> {
        self.images.examples()
    }
}

impl Datumaro {
    /// Reads the file; the error says why it cannot be used.
    fn read(file: &Path, images: &Arc<ImageNames>) -> Result<Self, String> {
        let bytes = files::read_bytes(file)?;
        let json = JsonFile::new(&bytes);
        let members = json.members()?;
        let part = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, part)| part.clone());
        let items = part("items").and_then(|part| json.items(part));
        let items = items.ok_or("it is not a file of Datumaro: it has no list of items")?;
        let categories = part("categories").map(|part| json.value(part)).transpose()?.unwrap_or_default();
        let categories = Categories::read(&categories);
        let mut datumaro =
            Self { images: Entries::new(file, images, true), has_objects: false, damaged: Damaged::default() };
        for (index, part) in items.into_iter().enumerate() {
            let place = |reason: String| format!("items[{index}] at line {}: {reason}", json.line(&part));
            match json.value(part.clone()).and_then(|item| Ok((name_of(&item)?, item))) {
                Err(reason) => datumaro.damaged.count(|| place(reason)),
                Ok((name, item)) => datumaro.add(&name, &item, &categories, place),
            }
        }
        Ok(datumaro)
    }

    fn add(&mut self, name: &str, item: &Value, categories: &Categories, place: impl Fn(String) -> String) {
        let mut is_new = false;
        let index = self.images.entry(name, || {
            is_new = true;
            Err(String::new())
        });
        let read = match found(item, categories) {
            _ if !is_new => Err(place(format!("it has the name of another one: {name}"))),
            Ok(found) => {
                self.has_objects |= !found.objects.is_empty();
                if let Some(flaw) = found.flaw.clone() {
                    self.damaged.count(|| place(flaw));
                }
                Ok(Item { stated_px: stated_px(item), found })
            }
            Err(reason) => Err(place(reason)),
        };
        if let Some(known) = self.images.get_mut(index) {
            *known = read;
        }
    }

    fn find(&self, image: ImageFile<'_>) -> Result<Option<&Item>, LabelError> {
        let found = self.images.find(image)?;
        found.map(|item| item.as_ref().map_err(|reason| self.images.damage(reason))).transpose()
    }
}

/// The path of the image, else the item's id, which is the path without the extension.
fn name_of(item: &Value) -> Result<String, String> {
    let path = item.get("image").and_then(|image| image.get("path")).and_then(text);
    let media = || item.get("media").and_then(|media| media.get("path")).and_then(text);
    let is_name = |name: &String| !name.trim().is_empty();
    let name = path.filter(is_name).or_else(|| media().filter(is_name)).or_else(|| item.get("id").and_then(text));
    if ["video", "video_frame", "point_cloud"].iter().any(|media| item.get(media).is_some()) {
        return Err(format!("it is not an image: {}", name.unwrap_or_default()));
    }
    name.filter(is_name).ok_or_else(|| "it has neither the path of an image nor an id".to_owned())
}

/// The size is written as height and width.
fn stated_px(item: &Value) -> Option<[f64; 2]> {
    let [height, width] = numbers(item.get("image")?.get("size")?)?[..] else { return None };
    (width > 0.0 && height > 0.0).then_some([width, height])
}

#[cfg(test)]
#[path = "datumaro_tests.rs"]
mod tests;
