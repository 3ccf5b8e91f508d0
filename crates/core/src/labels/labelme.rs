//! LabelMe's labels: one JSON file per image (`labelme/_label_file.py` of <https://github.com/wkentaro/labelme>), also as
//! X-AnyLabeling writes them.
//!
//! Cannot carry: a label of the image itself, several outlines of one object, and crowds. Not read: the pixels of masks, of
//! which the box is used, and the picture in the file.

use serde_json::Value;

use super::LabelError;
use super::format::{Annotated, LabelFormat, LabelPlace, LabelSource, Units};
use super::image_file::ImageFile;
use super::json_parts::{JsonFile, id, number, numbers, text};
use super::label_files::LabelFiles;
use super::pixels::{hundredths, is_possible};
use crate::model::frame::Frame;
use crate::model::objects::{BBox, Keypoint, LabelledObject};

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "labelme",
    title: "LabelMe folder",
    place: Some(LabelPlace::Folder),
    has_objects: true,
    recognises: |glance| glance.has_keys(&["shapes"]),
    open: |folder, opening| Ok(Box::new(LabelMe { files: LabelFiles::below(folder, "json", None, opening.images()) })),
};

#[derive(Debug)]
struct LabelMe {
    files: LabelFiles,
}

impl LabelSource for LabelMe {
    fn has_objects(&self) -> bool {
        true
    }

    fn objects_of(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        self.files.annotated(image, |bytes| read(&bytes))
    }

    fn entry_names(&self) -> Vec<String> {
        self.files.names()
    }
}

fn read(bytes: &[u8]) -> Result<Annotated, String> {
    let json = JsonFile::new(bytes);
    let (mut shapes, mut sides) = (None, [None; 2]);
    for (key, part) in json.members()? {
        match key.as_str() {
            "shapes" => shapes = Some(json.items(part).ok_or("shapes is not a list")?),
            "imageWidth" => sides[0] = json.value(part).ok().as_ref().and_then(number),
            "imageHeight" => sides[1] = json.value(part).ok().as_ref().and_then(number),
            _ => {}
        }
    }
    let shapes = shapes.ok_or("it is not a file of LabelMe: it has no list of shapes")?.into_iter().enumerate();
    let objects = shapes.map(|(index, part)| {
        let object = json.value(part.clone()).and_then(|shape| object(&shape));
        object.map_err(|reason| format!("shapes[{index}] at line {}: {reason}", json.line(&part)))
    });
    let stated_px = sides[0].zip(sides[1]).map(<[f64; 2]>::from);
    Ok(Annotated { objects: objects.collect::<Result<_, _>>()?, units: Units::Pixels { stated_px }, unnamed: None })
}

fn object(shape: &Value) -> Result<LabelledObject, String> {
    let label = shape.get("label").and_then(text).ok_or("it has no label")?;
    let points = shape.get("points").and_then(Value::as_array).ok_or("it has no points")?;
    let point = |point: &Value| match numbers(point)?[..] {
        [x, y] => (is_possible(x) && is_possible(y)).then(|| [x, y].map(hundredths)),
        _ => None,
    };
    let points: Vec<[f32; 2]> =
        points.iter().map(point).collect::<Option<_>>().ok_or("its points are not pairs of numbers")?;
    let kind = shape.get("shape_type").and_then(Value::as_str).unwrap_or("polygon");
    let bbox = match (kind, &points[..]) {
        ("circle", [[x, y], edge]) => {
            let radius = (edge[0] - x).hypot(edge[1] - y);
            Some([x - radius, y - radius, 2.0 * radius, 2.0 * radius].map(|number| hundredths(number.into())).into())
        }
        _ => BBox::around(&points),
    };
    let mut object = LabelledObject::of_box(label, bbox.ok_or("it has no points")?);
    match (kind, points.first_chunk()) {
        ("polygon", _) if points.len() >= 3 => object.polygons = vec![points],
        ("rotation", Some(corners)) if points.len() == 4 => object.rotated_box = Some(*corners),
        ("rectangle" | "circle" | "mask", _) => {}
        _ => object.keypoints = points.into_iter().map(|at| Keypoint { at, visibility: 2 }).collect(),
    }
    if !matches!(kind, "polygon" | "rectangle" | "rotation" | "point") {
        object.attributes.insert("shape_type".to_owned(), kind.to_owned());
    }
    let flags = shape.get("flags").and_then(Value::as_object).into_iter().flatten();
    let flags =
        flags.filter(|(_, value)| **value == Value::Bool(true)).map(|(name, _)| (name.clone(), "true".to_owned()));
    object.attributes.extend(flags);
    let group = shape.get("group_id").and_then(id).map(|group| ("group_id".to_owned(), group));
    let description = shape.get("description").and_then(text).filter(|text| !text.is_empty());
    object.attributes.extend(group.into_iter().chain(description.map(|text| ("description".to_owned(), text))));
    object.score = shape.get("score").and_then(number).map(|score| score as f32).filter(|score| score.is_finite());
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_objects() {
        let text = r#"{"version": "5.5.0", "flags": {}, "imageData": null, "imageHeight": 60, "imageWidth": 100, "shapes": [
            {"label": "boat", "points": [[30, 40.5], [10, 20]], "group_id": 3, "shape_type": "rectangle", "flags": {"old": true, "x": false}},
            {"label": "buoy", "points": [[1, 1], [5, 1], [5, 9]], "group_id": null, "description": "", "shape_type": "polygon", "flags": {}},
            {"label": "lamp", "points": [[50, 30], [53, 34]], "shape_type": "circle"},
            {"label": "mast", "points": [[7, 8]], "shape_type": "point"},
            {"label": "box", "points": [[0, 1], [1, 0], [2, 1], [1, 2]], "shape_type": "rotation", "score": 0.5}]}"#;
        let Annotated { objects, units, .. } = read(text.as_bytes()).unwrap();
        assert_eq!(units, Units::Pixels { stated_px: Some([100.0, 60.0]) });
        let boxes: Vec<[f32; 4]> = objects.iter().map(|object| object.bbox.into()).collect();
        assert_eq!(boxes[..3], [[10.0, 20.0, 20.0, 20.5], [1.0, 1.0, 4.0, 8.0], [45.0, 25.0, 10.0, 10.0]]);
        let attributes: Vec<_> = objects[0].attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(attributes, ["group_id=3", "old=true"]);
        assert_eq!((objects[1].polygons[0].len(), objects[3].keypoints.len()), (3, 1));
        assert_eq!((objects[4].rotated_box.map(|corners| corners[2]), objects[4].score), (Some([2.0, 1.0]), Some(0.5)));
    }

    #[test]
    fn a_damaged_shape_is_named_with_its_line() {
        for (shape, reason) in [
            (r#"{"points": [[1, 2]]}"#, "no label"),
            (r#"{"label": "x", "points": [[1, NaN], [2, 3]]}"#, "pairs of numbers"),
            (r#"{"label": "x", "points": []}"#, "no points"),
        ] {
            let error = read(format!("{{\"shapes\": [\n{shape}]}}").as_bytes()).unwrap_err();
            assert!(error.contains("shapes[0] at line 2") && error.contains(reason), "{error}");
        }
        assert!(read(b"{\"images\": []}").unwrap_err().contains("LabelMe"));
    }
}
