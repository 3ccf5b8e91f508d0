//! Labels of people's own folders, through the program.

use std::fs;
use std::path::{Path, PathBuf};

use kafka_image_bench_core::pipeline::sink::read_image_records;

use crate::bench::{Bench, finish, png};

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/label_cases").join(name)
}

#[test]
fn boxes_lie_on_the_same_thing_however_the_camera_was_held() {
    let bench = Bench::new();
    fs::copy(case("phone.jpg"), bench.input().join("phone.jpg")).unwrap();
    let place = case("01-exif-orientation");
    for (name, rule) in [("C-exif/c.json", "coco"), ("V-exif/xml", "voc"), ("Y1-exif/labels", "yolo")] {
        let rule = format!("{rule}:{}", place.join(name).display());
        bench.run("stream", name.split('/').next().unwrap(), &["--labels", &rule, "--resend"]).expect_code(0);
        let known = read_image_records(&bench.work(name.split('/').next().unwrap())).unwrap();
        let objects = &known["output_images/phone.jpg"].objects;
        assert_eq!(<[f32; 4]>::from(objects[0].bbox), [20.0, 42.0, 50.0, 12.0], "{rule}");
    }
}

#[test]
fn labels_that_were_asked_for_and_not_found_are_said_in_text_json_and_before() {
    let bench = Bench::new();
    bench.write_images(2);
    let rule = format!("coco:{}", case("06-no-label-fits-and-nothing-said/C-no-match/c.json").display());
    let said = "0 of 2 images have boxes in coco:";
    let run = finish(bench.text_command("stream", "a", &["--labels", &rule]).output().unwrap()).expect_code(0);
    assert!(run.stderr.contains(said) && run.stderr.contains("which names x1.jpg"), "{run:?}");
    let run = bench.run("stream", "b", &["--labels", &rule]).expect_code(0);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let found = &json["stream"]["labels"];
    assert_eq!((found["images"].as_u64(), found["images_not_found"].as_u64()), (Some(2), Some(2)), "{found}");
    let run = finish(bench.text_command("stream", "c", &["--labels", &rule, "--dry-run"]).output().unwrap());
    assert!(run.stdout.contains(said), "{run:?}");
}

#[test]
fn the_same_bytes_under_two_names_keep_both_labels() {
    let bench = Bench::new();
    for folder in ["a", "b"] {
        fs::create_dir(bench.input().join(folder)).unwrap();
        fs::write(bench.input().join(folder).join("1.png"), png(1, 8)).unwrap();
    }
    let rule = format!("csv:{}", case("15-same-bytes-two-labels/N-same/l.csv").display());
    for resend in [&[][..], &["--resend"]] {
        bench.run("stream", "a", &[&["--labels", &rule], resend].concat()).expect_code(0);
        let mut labels: Vec<_> = bench.rows("a").into_iter().map(|row| row.1).collect();
        labels.sort();
        assert_eq!(labels, ["benign", "malignant"]);
        let known = read_image_records(&bench.work("a")).unwrap();
        let mut names: Vec<_> = known.values().map(|image| image.file_name.as_deref().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["a/1.png", "b/1.png"]);
    }
}

const LABELME_BOX: &str = r#"{"version": "5.5.0", "flags": {}, "shapes": [{"label": "boat", "points": [[6, 20], [18, 70]], "group_id": null, "description": "",
 "shape_type": "rectangle", "flags": {}, "mask": null}], "imagePath": "phone.jpg", "imageData": null, "imageHeight": 100, "imageWidth": 60}"#;

const CVAT: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><id>1</id></task></meta>
<image id="0" name="a/1.png" width="8" height="8"><polygon label="leaf" points="1,1;5,1;5,4"/></image>
<image id="1" name="b/1.png" width="8" height="8">
<box label="leaf" xtl="1" ytl="1" xbr="x" ybr="2"/></image>
<image id="2" name="phone.jpg" width="60" height="100"><box label="boat" xtl="6" ytl="20" xbr="18" ybr="70"/></image>
<image id="3" width="8" height="8"/>
</annotations>"#;

#[test]
fn labelme_and_cvat_label_sub_folders_and_damage_costs_its_image_alone() {
    let bench = Bench::new();
    for (number, folder) in [(1, "a"), (2, "b")] {
        fs::create_dir(bench.input().join(folder)).unwrap();
        fs::write(bench.input().join(folder).join("1.png"), png(number, 8)).unwrap();
    }
    fs::copy(case("phone.jpg"), bench.input().join("phone.jpg")).unwrap();
    let polygon = LABELME_BOX
        .replace("[[6, 20], [18, 70]]", "[[1, 1], [5, 1], [5, 4]]")
        .replace("rectangle", "polygon")
        .replace("\"boat\"", "\"leaf\"")
        .replace("\"imageHeight\": 100, \"imageWidth\": 60", "\"imageHeight\": 8, \"imageWidth\": 8");
    fs::write(bench.input().join("phone.json"), LABELME_BOX).unwrap();
    fs::write(bench.input().join("a/1.json"), &polygon).unwrap();
    fs::write(bench.input().join("b/1.json"), polygon.replace("[5, 1]", "[5]")).unwrap();
    let file = bench.input().join("annotations.xml");
    fs::write(&file, CVAT).unwrap();
    let input = bench.input().display().to_string();
    for (name, rule, damage, damaged_entries) in [
        ("labelme", format!("labelme:{input}"), "shapes[0] at line 1", 0),
        ("cvat", format!("cvat:{}", file.display()), "the box at line 5", 1),
    ] {
        let run = bench.run("stream", name, &["--labels", &rule, "--resend"]).expect_code(1);
        assert!(run.stderr.contains("b/1.png") && run.stderr.contains(damage), "{run:?}");
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(json["stream"]["labels"]["damaged_entries"].as_u64().unwrap_or(0), damaged_entries, "{json}");
        let known = read_image_records(&bench.work(name)).unwrap();
        assert_eq!(known.len(), 2, "{name}");
        let phone = &known["output_images/phone.jpg"].objects[0];
        assert_eq!((phone.label.as_str(), phone.bbox.into()), ("boat", [20.0, 42.0, 50.0, 12.0]), "{name}");
        let leaf = known.values().find(|image| image.file_name.as_deref() == Some("a/1.png")).unwrap();
        assert_eq!(leaf.objects[0].polygons, [vec![[1.0, 1.0], [5.0, 1.0], [5.0, 4.0]]], "{name}");
    }
}

#[test]
fn the_files_of_five_tools_place_the_same_box_and_label() {
    let bench = Bench::new();
    fs::copy(case("phone.jpg"), bench.input().join("phone.jpg")).unwrap();
    let labels = bench.input().with_file_name("labels");
    fs::create_dir(&labels).unwrap();
    // The picture is stored with 100 × 60 pixels, and shown with 60 × 100.
    let files = [
        (
            "labelstudio",
            "project-1-at-2024-05-01-10-00-1a2b3c4d.json",
            r#"[{"id": 1, "data": {"image": "/data/upload/1/4f3a9b2c-phone.jpg"}, "annotations": [{"id": 1, "was_cancelled": false, "result": [
                {"id": "a", "type": "rectanglelabels", "from_name": "box", "to_name": "image", "original_width": 60, "original_height": 100,
                 "value": {"x": 10, "y": 20, "width": 20, "height": 50, "rotation": 0, "rectanglelabels": ["boat"]}},
                {"id": "b", "type": "choices", "from_name": "kind", "to_name": "image", "value": {"choices": ["harbour"]}}]}]}]"#,
        ),
        (
            "via",
            "via_export_csv.csv",
            "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n\
             phone.jpg,1,\"{}\",1,0,\"{\"\"name\"\":\"\"rect\"\",\"\"x\"\":6,\"\"y\"\":20,\"\"width\"\":12,\"\"height\"\":50}\",\
             \"{\"\"class\"\":\"\"boat\"\"}\"\n",
        ),
        ("kitti", "label_2/phone.txt", "boat 0.00 0 -10 6.00 20.00 18.00 70.00 -1 -1 -1 -1000 -1000 -1000 -10\n"),
        (
            "openimages",
            "train-annotations-bbox.csv",
            "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\nphone,xclick,/m/019jd,1,0.2,0.7,0.7,0.9\n",
        ),
        (
            "datumaro",
            "default.json",
            r#"{"categories": {"label": {"labels": [{"name": "boat", "parent": ""}, {"name": "harbour", "parent": ""}]}}, "items": [
                {"id": "phone", "image": {"path": "phone.jpg", "size": [100, 60]}, "annotations": [
                {"type": "bbox", "label_id": 0, "bbox": [6, 20, 12, 50]}, {"type": "label", "label_id": 1}]}]}"#,
        ),
    ];
    fs::write(labels.join("class-descriptions-boxable.csv"), "/m/019jd,boat\n").unwrap();
    for (name, file, text) in files {
        let path = labels.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let place = if name == "kitti" { path.parent().unwrap() } else { &path };
        let rule = format!("{name}:{}", place.display());
        let run = bench.run("stream", name, &["--labels", &rule, "--resend"]).expect_code(0);
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(json["stream"]["labels"]["images_with_objects"].as_u64(), Some(1), "{json}");
        let known = read_image_records(&bench.work(name)).unwrap();
        let phone = &known["output_images/phone.jpg"].objects[0];
        assert_eq!((phone.label.as_str(), phone.bbox.into()), ("boat", [20.0, 42.0, 50.0, 12.0]), "{rule}");
        let label = if matches!(name, "labelstudio" | "datumaro") { "harbour" } else { "phone" };
        assert_eq!(bench.rows(name)[0].1, label, "{rule}");
    }
}
