//! Labels of the VGG Image Annotator (VIA 1 and 2): one CSV or JSON file for all images, or its project file
//! (`pack_via_metadata` in `via-2.x.y/src/via.js` of <https://gitlab.com/vgg/via>).
//!
//! Cannot carry: a class as such, for which an attribute of the regions is used, several outlines of one object, masks, tracks,
//! scores, and crowds. Not read: attributes of files. VIA draws on what the browser shows (`naturalWidth`), so that its pixels are
//! those of the shown picture; it writes no size.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::LabelError;
use super::entries::Entries;
use super::files;
use super::format::{Annotated, Damaged, LabelFormat, LabelPlace, LabelSource, Units, opened};
use super::glance::Content;
use super::image_file::ImageFile;
use super::image_names::ImageNames;
use super::json_parts::{JsonFile, text};
use super::rows::{Rows, decoded};
use super::via_attributes::{Attributes, attributes_of};
use super::via_shapes::object;
use crate::model::frame::Frame;
use crate::model::objects::LabelledObject;

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "via",
    title: "VIA file",
    place: Some(LabelPlace::File),
    has_objects: true,
    recognises: |glance| match &glance.content {
        Content::Json { keys, first } => {
            keys.iter().any(|key| key == "_via_img_metadata")
                || (first.get("filename").is_some() && first.get("regions").is_some())
        }
        Content::Table(rows) => rows.column(&["region_shape_attributes"]).is_some(),
        _ => false,
    },
    open: |file, opening| opened(file, Via::read(file, opening.images())),
};

#[derive(Debug)]
struct Via {
    images: Entries<Listed>,
    damaged: Damaged,
}

/// What the file has for an image.
#[derive(Debug, Default)]
struct Listed {
    /// In bytes, as it is written: VIA knows an image by its name and this.
    file_size: String,
    objects: Vec<LabelledObject>,
    /// Why they are not known.
    problem: Option<String>,
}

impl LabelSource for Via {
    fn has_objects(&self) -> bool {
        true
    }

    fn objects_of(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        match self.images.find(image)? {
            None => Ok(None),
            Some(Listed { problem: Some(reason), .. }) => Err(self.images.damage(reason)),
            Some(Listed { objects, .. }) => {
                Ok(Some(Annotated { objects: objects.clone(), units: Units::default(), unnamed: None }))
            }
        }
    }

    fn damaged(&self) -> Damaged {
        self.damaged.clone()
    }

    fn entry_names(&self) -> Vec<String> {
        self.images.examples()
    }
}

impl Via {
    /// Reads the file; the error says why it cannot be used.
    fn read(file: &Path, images: &Arc<ImageNames>) -> Result<Self, String> {
        let bytes = files::read_bytes(file)?;
        let mut via = Self { images: Entries::new(file, images, true), damaged: Damaged::default() };
        let is_json = files::without_byte_order_mark(&bytes).trim_ascii_start().starts_with(b"{");
        let attributes = if is_json { via.read_json(&JsonFile::new(&bytes))? } else { via.read_csv(&bytes)? };
        let class = attributes.class(via.images.values().flat_map(|listed| &listed.objects))?;
        for object in via.images.values_mut().flat_map(|listed| &mut listed.objects) {
            if let Some(label) = class.as_deref().and_then(|class| object.attributes.remove(class)) {
                object.label = label;
            }
        }
        Ok(via)
    }

    fn read_json(&mut self, json: &JsonFile<'_>) -> Result<Attributes, String> {
        let mut members = json.members()?;
        let mut attributes = Attributes::default();
        if let Some((_, part)) = members.iter().find(|(key, _)| key == "_via_attributes") {
            attributes = Attributes::read(&json.value(part.clone()).unwrap_or_default());
        }
        if let Some((_, part)) = members.iter().find(|(key, _)| key == "_via_img_metadata") {
            members = json.members_of(part).ok_or("_via_img_metadata is not an object")?;
        }
        for (key, part) in &members {
            let place = |reason: String| format!("{key} at line {}: {reason}", json.line(part));
            match json.value(part.clone()).and_then(|entry| self.add_entry(&entry, &attributes, place)) {
                Ok(()) => {}
                Err(reason) => self.damaged.count(|| place(reason)),
            }
        }
        match &self.damaged.example {
            Some(example) if self.images.is_empty() => Err(format!("it is not a file of VIA: {example}")),
            _ => Ok(attributes),
        }
    }

    /// Adds an image of a JSON file. The error says why it is none.
    fn add_entry(
        &mut self,
        entry: &Value,
        attributes: &Attributes,
        place: impl Fn(String) -> String,
    ) -> Result<(), String> {
        let name = entry.get("filename").and_then(text).filter(|name| !name.trim().is_empty());
        let name = name.ok_or("it has no filename")?;
        // VIA 1 writes an object with numbers as names.
        let regions: Vec<&Value> = match entry.get("regions") {
            Some(Value::Array(regions)) => regions.iter().collect(),
            Some(Value::Object(regions)) => regions.values().collect(),
            _ => return Err("it has no regions".to_owned()),
        };
        let file_size = entry.get("size").and_then(text).unwrap_or_default();
        let Some(listed) = self.listed(&name, &file_size) else { return Ok(()) };
        for (index, region) in regions.into_iter().enumerate() {
            let [shape, of_region] =
                ["shape_attributes", "region_attributes"].map(|key| region.get(key).unwrap_or(&Value::Null));
            listed.add(shape, of_region, attributes, |reason| place(format!("regions[{index}]: {reason}")));
        }
        Ok(())
    }

    fn read_csv(&mut self, bytes: &[u8]) -> Result<Attributes, String> {
        let text = decoded(bytes)?;
        let rows = Rows::of(&text);
        let column = |name: &'static str| {
            rows.column(&[name])
                .ok_or_else(|| format!("it is not a file of VIA: its first line names no column {name}"))
        };
        // VIA 1.0 has a number sign before the first heading, which does not count.
        let columns = [column("filename")?, column("region_shape_attributes")?, column("region_attributes")?];
        let file_size = rows.column(&["file_size"]);
        for line in &rows.damaged {
            self.damaged.count(|| format!("line {line}: a quote is not closed"));
        }
        let attributes = Attributes::default();
        for (line, cells) in &rows.rows {
            // VIA does not quote the name, which comes first: commas in it make more cells.
            let more = cells.len().saturating_sub(rows.headings.len());
            let cell = |column: usize| cells.get(column + if column == 0 { 0 } else { more }).map(String::as_str);
            let file_size = file_size.and_then(cell).unwrap_or_default();
            let name = match cell(columns[0]).unwrap_or_default() {
                _ if more > 0 && columns[0] == 0 => before_size(&text, *line, file_size),
                name => name,
            };
            let [Some(shape), Some(of_region)] = [cell(columns[1]), cell(columns[2])] else {
                self.damaged
                    .count(|| format!("line {line}: it has {} cells and not {}", cells.len(), rows.headings.len()));
                continue;
            };
            if name.is_empty() {
                self.damaged.count(|| format!("line {line}: it names no image"));
                continue;
            }
            let Some(listed) = self.listed(name, file_size) else { continue };
            match [shape, of_region].map(serde_json::from_str::<Value>) {
                // An image without regions.
                [Ok(Value::Object(shape)), _] if shape.is_empty() => {}
                [Ok(shape), Ok(of_region)] => {
                    listed.add(&shape, &of_region, &attributes, |reason| format!("line {line}: {reason}"));
                }
                [Err(error), _] | [_, Err(error)] => {
                    listed.fail(format!("line {line}: its attributes are not JSON: {error}"))
                }
            }
        }
        Ok(attributes)
    }

    /// What is listed for an image.
    fn listed(&mut self, name: &str, file_size: &str) -> Option<&mut Listed> {
        let index = self.images.entry(name, || Listed { file_size: file_size.to_owned(), ..Listed::default() });
        let listed = self.images.get_mut(index)?;
        if listed.file_size != file_size {
            let sizes = format!("{} and {file_size}", listed.file_size);
            listed.fail(format!("several images have the name {name}, with file sizes of {sizes} bytes"));
        }
        Some(listed)
    }
}

impl Listed {
    fn fail(&mut self, reason: String) {
        self.problem.get_or_insert(reason);
    }

    fn add(&mut self, shape: &Value, of_region: &Value, attributes: &Attributes, place: impl Fn(String) -> String) {
        match object(shape) {
            Err(reason) => self.fail(place(reason)),
            Ok(object) => {
                let attributes: BTreeMap<_, _> = attributes_of(of_region, attributes);
                let shape_type = object.attributes;
                self.objects
                    .push(LabelledObject { attributes: attributes.into_iter().chain(shape_type).collect(), ..object });
            }
        }
    }
}

/// What a line has before the size of the file.
fn before_size<'a>(text: &'a str, line: usize, file_size: &str) -> &'a str {
    let row = text.lines().nth(line - 1).unwrap_or_default();
    row.split_once(&format!(",{file_size},")).map_or(row, |(name, _)| name)
}

#[cfg(test)]
#[path = "via_tests.rs"]
mod tests;
