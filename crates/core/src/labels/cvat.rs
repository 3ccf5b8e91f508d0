//! CVAT's labels: one XML file for all images (<https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/>, "CVAT for
//! images").
//!
//! Cannot carry: a label of the image itself, several outlines of one object, scores, and crowds. Not read: tracks of a
//! video, tags, cuboids, and the pixels of masks, of which the box is used.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use roxmltree::{Document, Node};

use super::LabelError;
use super::entries::Entries;
use super::files;
use super::format::{Annotated, Damaged, LabelFormat, LabelPlace, LabelSource, Units, opened};
use super::image_file::ImageFile;
use super::image_names::ImageNames;
use super::pixels::{box_of_edges, hundredths, pixels, turned_box};
use super::xml_text::{decoded, line};
use crate::model::frame::Frame;
use crate::model::objects::{BBox, Keypoint, LabelledObject};

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "cvat",
    title: "CVAT file",
    place: Some(LabelPlace::File),
    has_objects: true,
    open: |file, opening| opened(file, Cvat::read(file, opening.images())),
};

#[derive(Debug)]
struct Cvat {
    file: PathBuf,
    images: Entries<Result<Annotated, String>>,
    damaged: Damaged,
}

impl LabelSource for Cvat {
    fn has_objects(&self) -> bool {
        true
    }

    fn objects_of(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        let found = self.images.find(image).map_err(|ambiguity| LabelError::ambiguous(&self.file, ambiguity))?;
        let damaged = |reason| LabelError::Damaged { path: self.file.clone(), reason };
        found.map(|annotated| annotated.clone().map_err(damaged)).transpose()
    }

    fn damaged(&self) -> Damaged {
        self.damaged.clone()
    }

    fn entry_names(&self) -> Vec<String> {
        self.images.examples()
    }
}

impl Cvat {
    /// Reads the file; the error says why it cannot be used.
    fn read(file: &Path, names: &Arc<ImageNames>) -> Result<Self, String> {
        let bytes = files::read_bytes(file)?;
        let text = decoded(&bytes)?;
        // The error has the line and the column.
        let document = Document::parse(&text).map_err(|error| error.to_string())?;
        let root = document.root_element();
        if !root.has_tag_name("annotations") {
            return Err(format!("it is <{}> and not <annotations>", root.tag_name().name()));
        }
        if root.children().any(|node| node.has_tag_name("track")) {
            return Err("it has the tracks of a video; export the task as CVAT for images".to_owned());
        }
        let (mut images, mut damaged) = (Entries::new(names, true), Damaged::default());
        for image in root.children().filter(|node| node.has_tag_name("image")) {
            let Some(name) = image.attribute("name").filter(|name| !name.trim().is_empty()) else {
                damaged.count(|| format!("the image at line {} has no name", line(image)));
                continue;
            };
            let mut is_new = false;
            let index = images.entry(name, || {
                is_new = true;
                annotated(image)
            });
            if let Some(known) = images.get_mut(index).filter(|_| !is_new) {
                *known = Err(format!("the image at line {} has the name of another one: {name}", line(image)));
            }
        }
        Ok(Self { file: file.to_owned(), images, damaged })
    }
}

fn annotated(image: Node<'_, '_>) -> Result<Annotated, String> {
    let shapes = image.children().filter(Node::is_element);
    let objects = shapes.filter_map(|node| {
        let object = object(node).transpose()?;
        Some(object.map_err(|reason| format!("the {} at line {} {reason}", node.tag_name().name(), line(node))))
    });
    let side = |name| image.attribute(name).and_then(pixels);
    let stated_px = side("width").zip(side("height")).map(<[f64; 2]>::from);
    Ok(Annotated { objects: objects.collect::<Result<_, _>>()?, units: Units::Pixels { stated_px }, unnamed: None })
}

/// `None`: it is not an object, but for example a tag.
fn object(node: Node<'_, '_>) -> Result<Option<LabelledObject>, String> {
    let label = || node.attribute("label").ok_or("has no label");
    let kind = node.tag_name().name();
    let mut object = match kind {
        "box" => rectangle(node, label()?)?,
        "mask" => {
            let [left, top, width, height] = edges(node, ["left", "top", "width", "height"])?;
            LabelledObject::of_box(label()?, [left, top, width, height].map(hundredths).into())
        }
        "ellipse" => {
            let [x, y, rx, ry] = edges(node, ["cx", "cy", "rx", "ry"])?;
            let (sin, cos) = rotation(node)?.sin_cos();
            let [right, down] = [(rx * cos).hypot(ry * sin), (rx * sin).hypot(ry * cos)];
            LabelledObject::of_box(label()?, [x - right, y - down, 2.0 * right, 2.0 * down].map(hundredths).into())
        }
        "polygon" => {
            let outline = points(node)?;
            let bbox = BBox::around(&outline).ok_or("has no points")?;
            LabelledObject { polygons: vec![outline], ..LabelledObject::of_box(label()?, bbox) }
        }
        "polyline" | "points" => {
            let keypoints = points(node)?.into_iter().map(|at| Keypoint { at, visibility: 2 }).collect();
            with_keypoints(label()?, keypoints, Vec::new())?
        }
        "skeleton" => skeleton(node, label()?)?,
        _ => return Ok(None),
    };
    let attributes = node.children().filter(|child| child.has_tag_name("attribute"));
    let attributes =
        attributes.filter_map(|child| Some((child.attribute("name")?.to_owned(), child.text()?.trim().to_owned())));
    object.attributes.extend(attributes);
    if matches!(kind, "mask" | "ellipse" | "polyline") {
        object.attributes.insert("shape_type".to_owned(), kind.to_owned());
    }
    if node.attribute("occluded") == Some("1") {
        object.attributes.insert("occluded".to_owned(), "1".to_owned());
    }
    Ok(Some(object))
}

/// A box; with a rotation around its middle, the box around its corners.
fn rectangle(node: Node<'_, '_>, label: &str) -> Result<LabelledObject, String> {
    let edges @ [left, top, right, bottom] = edges(node, ["xtl", "ytl", "xbr", "ybr"])?;
    let bbox = box_of_edges(edges).ok_or("ends before it begins")?;
    let rotation = rotation(node)?;
    if rotation == 0.0 {
        return Ok(LabelledObject::of_box(label, bbox));
    }
    let middle = [f64::midpoint(left, right), f64::midpoint(top, bottom)];
    let corners = turned_box(middle, [right - left, bottom - top], rotation);
    let bbox = BBox::around(&corners).unwrap_or_default();
    Ok(LabelledObject { rotated_box: Some(corners), ..LabelledObject::of_box(label, bbox) })
}

/// The angle to the right, in radians.
fn rotation(node: Node<'_, '_>) -> Result<f64, String> {
    let degrees = node.attribute("rotation").map_or(Some(0.0), pixels).ok_or("has no number in rotation")?;
    Ok(degrees.to_radians())
}

/// Points with their own labels.
fn skeleton(node: Node<'_, '_>, label: &str) -> Result<LabelledObject, String> {
    let (mut keypoints, mut names) = (Vec::new(), Vec::new());
    for point in node.children().filter(|child| child.has_tag_name("points")) {
        let is = |name| point.attribute(name) == Some("1");
        let visibility = if is("outside") { 0 } else { 2 - u8::from(is("occluded")) };
        let at = points(point)?.first().copied().ok_or("has a point without a place")?;
        keypoints.push(Keypoint { at: if visibility == 0 { [0.0; 2] } else { at }, visibility });
        names.push(point.attribute("label").unwrap_or_default().to_owned());
    }
    with_keypoints(label, keypoints, names)
}

fn with_keypoints(label: &str, keypoints: Vec<Keypoint>, names: Vec<String>) -> Result<LabelledObject, String> {
    let placed = keypoints.iter().filter(|point| point.visibility > 0).map(|point| &point.at);
    let bbox = BBox::around(placed).ok_or("has no points")?;
    Ok(LabelledObject { keypoints, keypoint_names: names, ..LabelledObject::of_box(label, bbox) })
}

fn edges<const N: usize>(node: Node<'_, '_>, names: [&'static str; N]) -> Result<[f64; N], String> {
    let mut edges = [0.0; N];
    for (edge, name) in edges.iter_mut().zip(names) {
        *edge = node.attribute(name).and_then(pixels).ok_or_else(|| format!("has no number of pixels in {name}"))?;
    }
    Ok(edges)
}

/// `x,y;x,y;…`
fn points(node: Node<'_, '_>) -> Result<Vec<[f32; 2]>, String> {
    let text = node.attribute("points").ok_or("has no points")?;
    let point = |text: &str| {
        let (x, y) = text.split_once(',')?;
        Some([pixels(x)?, pixels(y)?].map(hundredths))
    };
    let points: Option<_> = text.split(';').filter(|text| !text.trim().is_empty()).map(point).collect();
    points.ok_or_else(|| "has points that are not x,y;x,y;…".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Cvat, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("annotations.xml");
        std::fs::write(&file, text).unwrap();
        Cvat::read(&file, &Arc::default())
    }

    fn objects(cvat: &Cvat, name: &str) -> Result<Option<Annotated>, LabelError> {
        let path = Path::new("/photos").join(name);
        cvat.objects_of(ImageFile { path: &path, listed_name: name }, Frame::upright([100, 60]))
    }

    #[test]
    fn shapes_of_images_are_objects() {
        let text = r#"<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta/>
<image id="0" name="sub/a.jpg" width="100" height="60">
  <box label="boat" source="manual" occluded="1" xtl="10.00" ytl="20.00" xbr="30.00" ybr="40.50" z_order="0"><attribute name="color"> red </attribute></box>
  <box label="boat" occluded="0" xtl="10" ytl="20" xbr="30" ybr="24" rotation="90.00"/>
  <polygon label="buoy" points="1,1;5,1;5,9"/><mask label="sky" rle="1,2" left="2" top="3" width="4" height="5"/>
  <skeleton label="person"><points label="head" outside="0" occluded="1" points="7,8"/><points label="hand" outside="1" points="1,1"/></skeleton>
  <ellipse label="sun" cx="50" cy="30" rx="8" ry="4" rotation="90"/><tag label="day"/></image>
<image id="1" name="b.jpg" width="100" height="60"><box label="x" xtl="?" ytl="0" xbr="1" ybr="1"/></image></annotations>"#;
        let cvat = read(text).unwrap();
        let Annotated { objects: found, units, .. } = objects(&cvat, "sub/a.jpg").unwrap().unwrap();
        assert_eq!(units, Units::Pixels { stated_px: Some([100.0, 60.0]) });
        let boxes: Vec<[f32; 4]> = found.iter().map(|object| object.bbox.into()).collect();
        let expected = [
            [10.0, 20.0, 20.0, 20.5],
            [18.0, 12.0, 4.0, 20.0],
            [1.0, 1.0, 4.0, 8.0],
            [2.0, 3.0, 4.0, 5.0],
            [7.0, 8.0, 0.0, 0.0],
            [46.0, 22.0, 8.0, 16.0],
        ];
        assert_eq!(boxes, expected);
        assert_eq!((found[0].attributes["color"].as_str(), found[0].attributes["occluded"].as_str()), ("red", "1"));
        assert_eq!(found[1].rotated_box.map(|corners| corners[0]), Some([22.0, 12.0]));
        assert_eq!(found[4].keypoints.iter().map(|point| point.visibility).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(found[4].keypoint_names, ["head", "hand"]);
        let error = objects(&cvat, "b.jpg").unwrap_err().to_string();
        assert!(error.contains("the box at line 9") && error.contains("xtl"), "{error}");
        assert!(objects(&cvat, "c.jpg").unwrap().is_none());
    }

    #[test]
    fn a_byte_order_mark_counts_more_than_the_declaration() {
        let text = "\u{feff}<?xml version='1.0' encoding='gbk'?><annotations><image name='船.jpg'/></annotations>";
        assert!(objects(&read(text).unwrap(), "船.jpg").unwrap().is_some());
    }

    #[test]
    fn what_is_no_list_of_images_is_refused() {
        assert!(read("<annotations><track id=\"0\" label=\"x\"/></annotations>").unwrap_err().contains("video"));
        assert!(read("<annotation/>").unwrap_err().contains("<annotation>"));
    }

    #[test]
    fn what_is_damaged_costs_its_image_alone() {
        let image = |name: &str, shape: &str| format!("<image name=\"{name}\">\n{shape}</image>\n");
        let good = r#"<box label="x" xtl="0" ytl="0" xbr="1" ybr="1"/>"#;
        let turned = good.replace("/>", " rotation=\"NaN\"/>");
        let images = [
            image("good.jpg", good),
            image("turned.jpg", &turned),
            image("twice.jpg", good),
            image("twice.jpg", good),
            image("backwards.jpg", &good.replace("xbr=\"1\"", "xbr=\"-1\"")),
            image("points.jpg", r#"<polygon label="x" points="1,2;3"/>"#),
            "<image/><image name=\" \"/>".to_owned(),
        ];
        let cvat = read(&format!("<annotations>\n{}</annotations>", images.concat())).unwrap();
        assert_eq!(objects(&cvat, "good.jpg").unwrap().unwrap().objects.len(), 1);
        for (name, reason) in [
            ("turned.jpg", "line 5 has no number in rotation"),
            ("twice.jpg", "line 8 has the name of another one"),
            ("backwards.jpg", "line 11 ends before it begins"),
            ("points.jpg", "line 13 has points that are not"),
        ] {
            let error = objects(&cvat, name).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        assert_eq!(
            cvat.damaged(),
            Damaged { entries: 2, example: Some("the image at line 14 has no name".to_owned()) }
        );
    }
}
