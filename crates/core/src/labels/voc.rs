//! Pascal VOC's labels: one XML file per image
//! (<http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html>).
//!
//! Cannot carry: a label of the image itself, and outlines. Not read: the parts of objects, poses and flags.

use std::path::PathBuf;

use roxmltree::{Document, Node};

use super::LabelError;
use super::format::{ImageFile, LabelFormat, LabelPlace, LabelSource, hundredths};
use super::image_label_file;
use crate::model::objects::{BBox, LabelledObject};

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "voc",
    place: Some(LabelPlace::Folder),
    has_objects: true,
    needs_image_size: false,
    open: |folder, _| Ok(Box::new(Voc { folder: folder.to_owned() })),
};

#[derive(Debug)]
struct Voc {
    folder: PathBuf,
}

impl LabelSource for Voc {
    fn objects_of(&self, image: ImageFile<'_>, _size_px: [u32; 2]) -> Result<Vec<LabelledObject>, LabelError> {
        let Some((path, text)) = image_label_file::read(&self.folder, image, "xml")? else { return Ok(Vec::new()) };
        read(&text).map_err(|reason| LabelError::Damaged { path, reason })
    }
}

fn read(text: &str) -> Result<Vec<LabelledObject>, String> {
    // The error has the line and the column.
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let root = document.root_element();
    if !root.has_tag_name("annotation") {
        return Err(format!("it is <{}> and not <annotation>", root.tag_name().name()));
    }
    let objects = root.children().filter(|node| node.has_tag_name("object"));
    objects
        .map(|node| {
            let line = document.text_pos_at(node.range().start).row;
            object(node).map_err(|reason| format!("the object at line {line} {reason}"))
        })
        .collect()
}

/// Edges are used as written: some tools count pixels from 0, VOC itself from 1.
fn object(node: Node<'_, '_>) -> Result<LabelledObject, String> {
    let label = text_of(node, "name").ok_or("has no name")?;
    let edges = child(node, "bndbox").ok_or("has no bndbox")?;
    let edge = |name: &'static str| {
        let number = text_of(edges, name).and_then(|text| text.parse::<f64>().ok());
        // Larger than any image, and still exact enough in 32 bits.
        number.filter(|number| number.abs() < 1e9).ok_or_else(|| format!("has no number of pixels in {name}"))
    };
    let [left, top, right, bottom] = [edge("xmin")?, edge("ymin")?, edge("xmax")?, edge("ymax")?];
    if right < left || bottom < top {
        return Err("has a bndbox that ends before it begins".to_owned());
    }
    let bbox = BBox {
        x: hundredths(left),
        y: hundredths(top),
        width: hundredths(right - left),
        height: hundredths(bottom - top),
    };
    Ok(LabelledObject { label: label.to_owned(), bbox, polygons: Vec::new() })
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn text_of<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(node, name)?.text().map(str::trim).filter(|text| !text.is_empty())
}
