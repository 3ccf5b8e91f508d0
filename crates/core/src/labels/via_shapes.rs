//! The shapes that people draw with VIA, in pixels; angles are in radians to the right (`_via_draw_ellipse` in `via.js`).

use serde_json::Value;

use super::json_parts::{number, numbers};
use super::pixels::{box_of_ellipse, box_of_sides, hundredths, is_possible};
use crate::model::objects::{BBox, Keypoint, LabelledObject};

/// The object of a region's shape, without a label. The error says what is damaged.
pub(super) fn object(shape: &Value) -> Result<LabelledObject, String> {
    let kind = shape.get("name").and_then(Value::as_str).ok_or("its shape has no name")?;
    let number = |key: &str| {
        let number = shape.get(key).and_then(number).filter(|number| is_possible(*number));
        number.ok_or_else(|| format!("its {kind} has no number of pixels in {key}"))
    };
    let mut object = LabelledObject::default();
    match kind {
        "rect" => {
            let sides = [number("x")?, number("y")?, number("width")?, number("height")?];
            object.bbox = box_of_sides(sides).ok_or("its rect ends before it begins")?;
        }
        "circle" => {
            let radius = number("r")?;
            object.bbox = box_of_ellipse([number("cx")?, number("cy")?], [radius, radius], 0.0);
        }
        "ellipse" => {
            let [rx, ry] = [number("rx")?, number("ry")?];
            // The first versions of VIA 2 have no angle.
            let angle = if shape.get("theta").is_some() { number("theta")? } else { 0.0 };
            object.bbox = box_of_ellipse([number("cx")?, number("cy")?], [rx, ry], angle);
        }
        "point" => {
            let at = [number("cx")?, number("cy")?].map(hundredths);
            object.bbox = BBox::around(&[at]).unwrap_or_default();
            object.keypoints = vec![Keypoint { at, visibility: 2 }];
        }
        "polygon" | "polyline" => {
            let points = points(shape)
                .ok_or_else(|| format!("its {kind} has not as many numbers in all_points_x as in all_points_y"))?;
            object.bbox = BBox::around(&points).ok_or_else(|| format!("its {kind} has no points"))?;
            if kind == "polygon" && points.len() >= 3 {
                object.polygons = vec![points];
            } else {
                object.keypoints = points.into_iter().map(|at| Keypoint { at, visibility: 2 }).collect();
            }
        }
        other => return Err(format!("its shape {other:?} is not known")),
    }
    if matches!(kind, "circle" | "ellipse" | "polyline") {
        object.attributes.insert("shape_type".to_owned(), kind.to_owned());
    }
    Ok(object)
}

fn points(shape: &Value) -> Option<Vec<[f32; 2]>> {
    let [x, y] = [numbers(shape.get("all_points_x")?)?, numbers(shape.get("all_points_y")?)?];
    let is_valid = x.len() == y.len() && x.iter().chain(&y).all(|number| is_possible(*number));
    is_valid.then(|| x.into_iter().zip(y).map(|(x, y)| [x, y].map(hundredths)).collect())
}
