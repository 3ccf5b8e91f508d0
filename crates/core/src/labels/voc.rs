//! Pascal VOC's labels: an XML file an image (<http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html>).

use std::path::Path;

use roxmltree::{Document, Node};

use super::{LabelError, beside, hundredths};
use crate::model::objects::{BBox, LabelledObject};

/// The objects of one image; none where it has no label file.
pub(super) fn objects_of(folder: &Path, path: &Path, listed_name: &str) -> Result<Vec<LabelledObject>, LabelError> {
    let Some((file, text)) = beside::read(folder, path, listed_name, "xml")? else { return Ok(Vec::new()) };
    read(&text).map_err(|reason| LabelError::Damaged { path: file, reason })
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

/// Edges are taken as they are written, whether the tool counts pixels from 0 or, as VOC itself, from 1.
fn object(node: Node<'_, '_>) -> Result<LabelledObject, String> {
    let label = text_of(node, "name").ok_or("has no name")?;
    let edges = child(node, "bndbox").ok_or("has no bndbox")?;
    let edge = |name: &'static str| {
        let number = text_of(edges, name).and_then(|text| text.parse::<f64>().ok());
        // Larger than any image, and still a number of 32 bits.
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
