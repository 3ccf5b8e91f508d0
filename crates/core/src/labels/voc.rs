//! Pascal VOC's labels: one XML file per image
//! (<http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html>), with what tools have added: the rotated boxes of
//! roLabelImg and the outlines of Roboflow.
//!
//! Cannot carry: a label of the image itself, several outlines, masks, keypoints, and scores. Not read: the parts of objects.

use roxmltree::{Document, Node};

use super::LabelError;
use super::format::{Annotated, LabelFormat, LabelPlace, LabelSource, Units};
use super::image_file::ImageFile;
use super::label_files::LabelFiles;
use super::pixels::{self, box_of_edges, hundredths, turned_box};
use super::xml_text::{decoded, line};
use crate::model::frame::Frame;
use crate::model::objects::{BBox, LabelledObject};

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "voc",
    title: "VOC folder",
    place: Some(LabelPlace::Folder),
    has_objects: true,
    recognises: |glance| glance.has_root("annotation"),
    open: |folder, opening| Ok(Box::new(Voc { files: LabelFiles::below(folder, "xml", None, opening.images()) })),
};

#[derive(Debug)]
struct Voc {
    files: LabelFiles,
}

impl LabelSource for Voc {
    fn has_objects(&self) -> bool {
        true
    }

    fn objects_of(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        self.files.annotated(image, |bytes| read(&decoded(&bytes)?))
    }

    fn entry_names(&self) -> Vec<String> {
        self.files.names()
    }
}

fn read(text: &str) -> Result<Annotated, String> {
    // The error has the line and the column.
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let root = document.root_element();
    if !root.has_tag_name("annotation") {
        return Err(format!("it is <{}> and not <annotation>", root.tag_name().name()));
    }
    let objects = root.children().filter(|node| node.has_tag_name("object"));
    let objects =
        objects.map(|node| object(node).map_err(|reason| format!("the object at line {} {reason}", line(node))));
    let size = child(root, "size");
    let side = |name| size.and_then(|size| text_of(size, name)?.parse::<f64>().ok()).filter(|side| *side > 0.0);
    let stated_px = side("width").zip(side("height")).map(<[f64; 2]>::from);
    Ok(Annotated { objects: objects.collect::<Result<_, _>>()?, units: Units::Pixels { stated_px }, unnamed: None })
}

/// Edges are used as written: some tools count pixels from 0, VOC itself from 1.
fn object(node: Node<'_, '_>) -> Result<LabelledObject, String> {
    let label = text_of(node, "name").ok_or("has no name")?;
    let outline = child(node, "polygon").map(outline).filter(|outline| outline.len() >= 3);
    let rotated_box = child(node, "robndbox").map(rotated_box).transpose()?;
    let bbox = match child(node, "bndbox") {
        Some(edges) => bbox(edges)?,
        None => BBox::around(rotated_box.iter().flatten().chain(outline.iter().flatten())).ok_or("has no bndbox")?,
    };
    let flags = ["difficult", "truncated", "occluded"].into_iter();
    let flags = flags.filter_map(|name| Some((name, text_of(node, name).filter(|flag| *flag != "0")?)));
    let pose = text_of(node, "pose").filter(|pose| *pose != "Unspecified").map(|pose| ("pose", pose));
    let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(LabelledObject {
        polygons: outline.into_iter().collect(),
        rotated_box,
        attributes: flags.chain(pose).map(pair).collect(),
        ..LabelledObject::of_box(label, bbox)
    })
}

fn bbox(edges: Node<'_, '_>) -> Result<BBox, String> {
    let edge = |name: &'static str| pixels(edges, name).ok_or_else(|| format!("has no number of pixels in {name}"));
    box_of_edges([edge("xmin")?, edge("ymin")?, edge("xmax")?, edge("ymax")?])
        .ok_or_else(|| "has a bndbox that ends before it begins".to_owned())
}

/// The middle, the sides and the angle to the right, in radians.
fn rotated_box(node: Node<'_, '_>) -> Result<[[f32; 2]; 4], String> {
    let number = |name: &'static str| pixels(node, name).ok_or_else(|| format!("has no number in {name}"));
    let [x, y, width, height, angle] = [number("cx")?, number("cy")?, number("w")?, number("h")?, number("angle")?];
    Ok(turned_box([x, y], [width, height], angle))
}

/// `<x1>`, `<y1>`, `<x2>` …, or `<pt><x>…</x><y>…</y></pt>`.
fn outline(node: Node<'_, '_>) -> Vec<[f32; 2]> {
    let point = |x: Option<f64>, y: Option<f64>| Some([x?, y?].map(hundredths));
    let numbered =
        (1..).map_while(|number| point(pixels(node, &format!("x{number}")), pixels(node, &format!("y{number}"))));
    let points: Vec<_> = numbered.collect();
    if !points.is_empty() {
        return points;
    }
    let points = node.children().filter(|point| point.has_tag_name("pt") || point.has_tag_name("point"));
    points.filter_map(|node| point(pixels(node, "x"), pixels(node, "y"))).collect()
}

fn pixels(node: Node<'_, '_>, name: &str) -> Option<f64> {
    pixels::pixels(text_of(node, name)?)
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn text_of<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(node, name)?.text().map(str::trim).filter(|text| !text.is_empty())
}
