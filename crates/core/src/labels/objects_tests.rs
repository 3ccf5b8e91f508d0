use std::fs;
use std::path::Path;

use super::*;
use crate::model::frame::Frame;
use crate::model::objects::{BBox, LabelledObject, counts};

const SIZE_PX: [u32; 2] = [200, 100];

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn found(labels: &Labels, listed_name: &str) -> Result<Vec<LabelledObject>, LabelError> {
    let path = Path::new("/photos/in").join(listed_name);
    labels.objects_of(&path, listed_name, Frame::upright(SIZE_PX)).map(|found| found.objects)
}

/// `label x y width height` of each, and the number of its polygons' points.
fn texts(labels: &Labels, listed_name: &str) -> Vec<String> {
    let text = |object: LabelledObject| {
        let BBox { x, y, width, height } = object.bbox;
        let points: usize = object.polygons.iter().map(Vec::len).sum();
        format!("{} {x} {y} {width} {height} {points}", object.label)
    };
    found(labels, listed_name).unwrap().into_iter().map(text).collect()
}

fn coco(text: &str) -> Result<Labels, LabelError> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("c.json", text)]);
    Labels::open(&LabelRule::new("coco", Some(folder.path().join("c.json"))).unwrap(), Path::new("/photos/in"))
}

#[test]
fn coco_has_boxes_and_outlines() {
    let labels = coco(
        r#"{"images": [{"id": 7, "file_name": "a.png", "width": 9}, {"id": 8, "file_name": ".\\sub\\b.png"}],
            "categories": [{"id": 1, "name": "boat"}],
            "annotations": [
              {"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2.555, 30, 4]},
              {"id": 2, "image_id": 7, "category_id": 5, "bbox": [0, 0, 1, 1], "segmentation": [[0, 0, 5, 0, 5, 5], [1, 2]]},
              {"id": 3, "image_id": 8, "category_id": 1, "segmentation": [[10, 20, 15, 20, 15, 26, 10, 26]]},
              {"id": 4, "image_id": 8, "category_id": 1, "bbox": [3, 3, 3, 3], "iscrowd": 1,
               "segmentation": {"counts": [1, 2], "size": [3, 4]}},
              {"id": 5, "image_id": 8, "caption": "two boats"},
              {"id": 6, "image_id": 99, "category_id": 1, "bbox": []}]}"#,
    )
    .unwrap();
    assert_eq!(texts(&labels, "a.png"), ["boat 1 2.56 30 4 0", "category 5 0 0 1 1 3"]);
    assert_eq!(texts(&labels, "sub/b.png"), ["boat 10 20 5 6 4", "boat 3 3 3 3 0"]);
    assert_eq!(texts(&labels, "elsewhere/b.png").len(), 2);
    assert_eq!(texts(&labels, "c.png"), [""; 0]);
    // The plain label is that of `stem`.
    assert_eq!(labels.label_of(Path::new("/photos/in/a.b.png"), "a.b.png").unwrap(), "a");
}

#[test]
fn coco_refuses_an_image_that_could_be_several() {
    let labels = coco(
        r#"{"images": [{"id": 1, "file_name": "data/train/a.png"}, {"id": 2, "file_name": "data/val/a.png"}],
            "annotations": [{"image_id": 2, "category_id": 3, "bbox": [1, 1, 1, 1]}]}"#,
    )
    .unwrap();
    assert_eq!(texts(&labels, "val/a.png"), ["category 3 1 1 1 1 0"]);
    assert_eq!(texts(&labels, "train/a.png"), [""; 0]);
    assert!(matches!(found(&labels, "a.png"), Err(LabelError::Ambiguous(_))));
}

#[test]
fn a_damaged_coco_file_is_named_with_the_place() {
    let error = coco("{\"images\": [\n{\"id\": 1}]}").unwrap_err().to_string();
    assert!(error.contains("file_name") && error.contains("line 2") && error.ends_with("c.json"), "{error}");
    let annotation = |bbox: &str| {
        let annotation = format!(r#"{{"image_id": 1, "category_id": 1, "bbox": {bbox}}}"#);
        coco(&format!(r#"{{"images": [{{"id": 1, "file_name": "a"}}], "annotations": [{annotation}]}}"#))
    };
    found(&annotation("[1, 1, 0, 0]").unwrap(), "a").unwrap();
    for damaged in ["[1, 2, 3]", "[1, 1, -1, 1]", "[1e300, 1, 1, 1]", "[1, 1, NaN, 1]"] {
        // Only its image is rejected.
        let error = found(&annotation(damaged).unwrap(), "a").unwrap_err().to_string();
        assert!(error.contains("annotations[0] at line 1") && error.contains("bbox"), "{error}");
    }
}

#[test]
fn the_samples_have_their_boxes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Labeled_Images/_annotations.coco.json");
    let labels = Labels::open(&LabelRule::new("coco", Some(file)).unwrap(), Path::new("Labeled_Images")).unwrap();
    let objects = found(&labels, "2024-09-10.png").unwrap();
    assert_eq!(objects[0].label, "crane");
    assert_eq!(objects[0].bbox, BBox { x: 163.0, y: 16.5, width: 45.0, height: 82.0 });
    assert!(counts(&objects).contains("container"), "{}", counts(&objects));
}

fn yolo(files: &[(&str, &str)], folder: &str) -> (tempfile::TempDir, Labels) {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), files);
    let labels =
        Labels::open(&LabelRule::new("yolo", Some(root.path().join(folder))).unwrap(), Path::new("/photos/in"))
            .unwrap();
    (root, labels)
}

#[test]
fn yolo_has_boxes_and_outlines_in_fractions_of_the_image() {
    let files = [
        ("data/a.txt", "0 0.5 0.5 0.1 0.2\n\n1 0.25 0.5 0.5 1.0 0.87\r\n7 0 0 0.5 0 0.5 1\n"),
        ("data/classes.txt", "boat\n buoy \n"),
    ];
    let (_root, labels) = yolo(&files, "data");
    assert!(labels.have_objects());
    assert_eq!(texts(&labels, "a.png"), ["boat 90 40 20 20 0", "buoy 0 0 100 100 0", "class 7 0 0 100 100 3"]);
    assert_eq!(texts(&labels, "without.png"), [""; 0]);
    assert_eq!(labels.label_of(Path::new("/photos/in/a.png"), "a.png").unwrap(), "a");
}

#[test]
fn label_files_are_found_below_the_same_sub_folders_and_beside_the_images_folder() {
    let line = |class: u32| format!("{class} 0.5 0.5 1 1");
    let lines = [line(0), line(1), line(2), line(3)];
    let files =
        [("train/a.txt", &*lines[0]), ("labels/val/a.txt", &*lines[1]), ("a.txt", &*lines[2]), ("x.y.txt", &*lines[3])];
    let (_root, labels) = yolo(&files, "");
    for (listed_name, expected) in [
        ("train/a.png", "class 0"),
        ("images/val/a.jpg", "class 1"),
        ("a.png", "class 2"),
        ("else/a.png", "class 2"),
        ("x.y.png", "class 3"),
    ] {
        assert_eq!(found(&labels, listed_name).unwrap()[0].label, expected, "{listed_name}");
    }
}

#[test]
fn a_damaged_yolo_file_is_named_with_the_line() {
    let damaged = ["boat 0 0 1 1", "0 0.5 0.5 1", "0 0.5 0.5 20 20", "0 0.5 nan 1 1", "-1 0 0 1 1", "0 1 1 1 1 1 1 1"];
    for text in damaged {
        let text = format!("0 0.5 0.5 1 1\n{text}\n");
        let (_root, labels) = yolo(&[("a.txt", &text)], "");
        let error = found(&labels, "a.png").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.ends_with("a.txt"), "{error}");
    }
    let (root, labels) = yolo(&[], "");
    fs::write(root.path().join("a.txt"), b"\xff\xfe").unwrap();
    assert!(found(&labels, "a.png").unwrap_err().to_string().contains("UTF-8"));
}

#[test]
fn voc_has_boxes() {
    let folder = tempfile::tempdir().unwrap();
    let text = "\u{feff}<?xml version=\"1.0\"?>\n<annotation><filename>a.png</filename><size><width>9</width></size>\n\
        <object><name> boat </name><part><name>mast</name><bndbox><xmin>0</xmin></bndbox></part>\
        <bndbox><xmax>48.5</xmax><xmin>8</xmin><ymin>12</ymin><ymax>20</ymax></bndbox></object>\n</annotation>";
    write(folder.path(), &[("sub/a.xml", text), ("none.xml", "<annotation/>")]);
    let labels =
        Labels::open(&LabelRule::new("voc", Some(folder.path().to_owned())).unwrap(), Path::new("/photos/in")).unwrap();
    assert_eq!(texts(&labels, "sub/a.png"), ["boat 8 12 40.5 8 0"]);
    assert_eq!((texts(&labels, "none.png").len(), texts(&labels, "missing.png").len()), (0, 0));

    let object = |inside: &str| format!("<annotation>\n<object>{inside}</object></annotation>");
    let edges = "<xmin>5</xmin><ymin>1</ymin><xmax>1</xmax><ymax>2</ymax>";
    for (damaged, reason) in [
        ("<annotation>".to_owned(), "never closed"),
        ("<annotation>\n<a></b></annotation>".to_owned(), "2:"),
        ("<html/>".to_owned(), "<html>"),
        (object("<bndbox/>"), "line 2 has no name"),
        (object("<name>x</name>"), "line 2 has no bndbox"),
        (object("<name>x</name><bndbox><xmin>a</xmin></bndbox>"), "xmin"),
        (object(&format!("<name>x</name><bndbox>{edges}</bndbox>")), "before it begins"),
    ] {
        write(folder.path(), &[("bad.xml", &damaged)]);
        let error = found(&labels, "bad.png").unwrap_err().to_string();
        assert!(error.contains(reason) && error.ends_with("bad.xml"), "{error}");
    }
}
