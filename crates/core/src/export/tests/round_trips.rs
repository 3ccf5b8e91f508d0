//! In by a table, out by a format, in again by the program's own reader of that format.

use super::*;
use crate::labels::{LabelRule, Labels};
use crate::model::frame::Frame;

/// Where the images and the labels of a set are, as a rule of labels names them.
fn place_of(format: &str) -> (&'static str, &'static str) {
    match format {
        "coco" => ("train", "annotations/instances_train.json"),
        "yolo" => ("images/train", "labels/train"),
        "voc" => ("JPEGImages", "Annotations"),
        "labelme" => ("train", "train"),
        other => panic!("{other} is not read"),
    }
}

/// The objects that the program's own reader finds in a set, in the stored frame.
fn read_back(set: &Path, format: &str, image: &str, frame: Frame) -> Vec<LabelledObject> {
    let (images, labels) = place_of(format);
    let rule = LabelRule::new(format, Some(set.join(labels))).unwrap();
    let images = set.join(images);
    let labels = Labels::open(&rule, &images).unwrap();
    labels.objects_of(&images.join(image), image, frame).unwrap().objects
}

fn frame(orientation: u8) -> Frame {
    Frame { stored_px: [100, 60], orientation: u16::from(orientation).into() }
}

/// Nearly equal: labels are exact to hundredths of a pixel, turned angles to a few.
#[track_caller]
fn assert_near(found: &[LabelledObject], expected: &[LabelledObject], what: &str) {
    let numbers = |object: &LabelledObject| {
        let points = object.polygons.iter().flatten().chain(object.keypoints.iter().map(|point| &point.at));
        let points = points.chain(object.rotated_box.iter().flatten()).flatten().copied();
        <[f32; 4]>::from(object.bbox).into_iter().chain(points).collect::<Vec<_>>()
    };
    let bare = |object: &LabelledObject| {
        let zero = |object: LabelledObject| object.moved(|_| [0.0, 0.0]);
        LabelledObject { mask: object.mask.clone(), ..zero(object.clone()) }
    };
    assert_eq!(found.len(), expected.len(), "{what}: {found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(bare(found), bare(expected), "{what}");
        for (one, other) in numbers(found).into_iter().zip(numbers(expected)) {
            assert!((one - other).abs() < 0.03, "{what}: {one} and {other} of {found:?} and {expected:?}");
        }
    }
}

/// In by a table, out by a format, in again by that format: in all orientations.
fn assert_round_trip(format: &str, objects: &[LabelledObject], lost: &[Loss]) {
    for orientation in 1..=8 {
        let mut saved = Saved::new();
        saved.save("a.jpg", "a", &jpeg(orientation, 1), objects.to_vec());
        let report = saved.export(&options(format), "set").unwrap();
        let what = format!("{format}, orientation {orientation}");
        let found = read_back(&saved.set("set"), format, "a.jpg", frame(orientation));
        assert_near(&found, objects, &what);
        assert_eq!(report.lost.iter().map(|lost| lost.what).collect::<Vec<_>>(), lost, "{what}");
        assert_eq!(report.remarks.iter().any(|remark| remark.contains("EXIF")), orientation > 1, "{what}");
    }
}

#[test]
fn coco_brings_back_what_it_carries() {
    let mask = Mask::of([100, 60], |x, y| (20..30).contains(&x) && y > 40);
    let masked = LabelledObject {
        mask: Some(mask.clone()),
        crowd: true,
        ..LabelledObject::of_box("crowd of \"people\"", mask.bbox().unwrap())
    };
    let known = LabelledObject {
        track_id: Some(7),
        score: Some(0.25),
        attributes: [("colour".to_owned(), "red".to_owned())].into(),
        ..of_box("buoy", [0.25, 1.0, 10.5, 7.75])
    };
    let outlines = vec![vec![[10.0, 20.0], [30.0, 20.5], [20.0, 40.0]], vec![[50.0, 5.0], [60.0, 5.0], [55.0, 9.5]]];
    let objects =
        [known, outlined("boat", outlines), pose("face", &["eye", "nose", "chin"]), pose("hand", &[]), masked];
    assert_round_trip("coco", &objects, &[]);
}

#[test]
fn each_task_of_yolo_brings_back_what_it_is_for() {
    assert_round_trip(
        "yolo",
        &[of_box("buoy", [0.25, 1.0, 10.5, 7.75]), of_box("a: \"b\"", [80.0, 40.0, 20.0, 20.0])],
        &[],
    );
    let outline = |x: f32| vec![[x, 20.0], [x + 20.0, 20.5], [x + 10.0, 40.0], [x, 33.0], [x - 5.0, 30.0]];
    assert_round_trip("yolo", &[outlined("boat", vec![outline(10.0)]), outlined("tug", vec![outline(60.0)])], &[]);
    assert_round_trip("yolo", &[pose("face", &["eye", "nose", "chin"]), pose("face", &["eye", "nose", "chin"])], &[]);
    assert_round_trip("yolo", &[rotated("ship"), rotated("tug")], &[]);
}

#[test]
fn voc_brings_back_what_it_carries() {
    let flags = [("difficult", "1"), ("occluded", "1"), ("pose", "Left")];
    let known = LabelledObject {
        attributes: flags.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..of_box("buoy & <boat>", [1.0, 2.0, 10.0, 8.0])
    };
    let outline = outlined("boat", vec![vec![[10.0, 20.0], [30.0, 21.0], [20.0, 40.0]]]);
    assert_round_trip("voc", &[known, outline, of_box("x", [0.0, 0.0, 100.0, 60.0])], &[]);
    // A mirrored box has its corners in the other direction.
    let mut saved = Saved::new();
    let corners = [[30.0, 10.0], [50.0, 10.0], [50.0, 30.0], [30.0, 30.0]];
    let object = LabelledObject { rotated_box: Some(corners), ..of_box("ship", [30.0, 10.0, 20.0, 20.0]) };
    saved.save("a.jpg", "a", &jpeg(1, 1), vec![object.clone()]);
    saved.export(&options("voc"), "set").unwrap();
    assert_near(&read_back(&saved.set("set"), "voc", "a.jpg", frame(1)), &[object], "rotated");
}

#[test]
fn labelme_brings_back_what_it_carries() {
    let attributes = [("group_id", "3"), ("old", "true"), ("description", "near")];
    let known = LabelledObject {
        attributes: attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        score: Some(0.5),
        ..of_box("buoy", [0.25, 1.0, 10.5, 7.75])
    };
    let outline = outlined("boat", vec![vec![[10.0, 20.0], [30.0, 20.5], [20.0, 40.0]]]);
    let mast = |at: &[[f32; 2]]| LabelledObject {
        keypoints: at.iter().map(|&at| Keypoint { at, visibility: 2 }).collect(),
        ..LabelledObject::of_box("mast", BBox::around(at).unwrap())
    };
    let line = LabelledObject {
        attributes: [("shape_type".to_owned(), "line".to_owned())].into(),
        ..mast(&[[10.0, 10.0], [20.0, 50.0]])
    };
    let lamp = LabelledObject {
        attributes: [("shape_type".to_owned(), "circle".to_owned())].into(),
        ..of_box("lamp", [40.0, 20.0, 10.0, 10.0])
    };
    assert_round_trip("labelme", &[known, outline, mast(&[[7.0, 8.5]]), line, lamp], &[]);
}
