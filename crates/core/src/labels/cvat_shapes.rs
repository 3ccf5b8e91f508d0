//! The shapes of CVAT, on images and in the tracks of videos.

use roxmltree::Node;

use super::pixels::{box_of_edges, box_of_ellipse, hundredths, pixels, turned_box};
use crate::model::objects::{BBox, Keypoint, LabelledObject};

/// The object of a shape; in a track its label is that of the track. `None`: it is not an object, but for example a tag.
pub(super) fn object(node: Node<'_, '_>, of_track: Option<&str>) -> Result<Option<LabelledObject>, String> {
    let label = || node.attribute("label").or(of_track).ok_or("has no label");
    let kind = node.tag_name().name();
    let mut object = match kind {
        "box" => rectangle(node, label()?)?,
        "mask" => {
            let [left, top, width, height] = edges(node, ["left", "top", "width", "height"])?;
            LabelledObject::of_box(label()?, [left, top, width, height].map(hundredths).into())
        }
        "ellipse" => {
            let [x, y, rx, ry] = edges(node, ["cx", "cy", "rx", "ry"])?;
            LabelledObject::of_box(label()?, box_of_ellipse([x, y], [rx, ry], rotation(node)?))
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

/// The edges of a box, and its angle to the right around its middle, in radians.
#[derive(Clone, Copy, Debug)]
pub(super) struct TurnedEdges {
    pub(super) edges: [f64; 4],
    pub(super) rotation: f64,
}

impl TurnedEdges {
    pub(super) fn of(node: Node<'_, '_>) -> Result<Self, String> {
        Ok(Self { edges: edges(node, ["xtl", "ytl", "xbr", "ybr"])?, rotation: rotation(node)? })
    }
}

fn rectangle(node: Node<'_, '_>, label: &str) -> Result<LabelledObject, String> {
    turned_rectangle(TurnedEdges::of(node)?, label)
}

/// A box; with a rotation, the box around its corners.
pub(super) fn turned_rectangle(of: TurnedEdges, label: &str) -> Result<LabelledObject, String> {
    let TurnedEdges { edges: edges @ [left, top, right, bottom], rotation } = of;
    let bbox = box_of_edges(edges).ok_or("ends before it begins")?;
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
