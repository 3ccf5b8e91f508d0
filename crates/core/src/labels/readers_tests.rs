//! What holds for every format, shown with files as five tools write them.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::objects::BBox;

/// A tool that writes label files.
#[derive(Clone, Copy)]
struct Tool {
    rule: &'static str,
    /// Where its labels are.
    place: &'static str,
    write: fn(&Path, &[Entry]),
}

/// What a tool writes for an image: its name, the size that the tool saw, and one box there.
#[derive(Clone)]
struct Entry {
    name: String,
    size: [f64; 2],
    bbox: [f64; 4],
    is_damaged: bool,
}

const TOOLS: [Tool; 6] = [
    Tool { rule: "labelstudio", place: "l.json", write: write_label_studio },
    Tool { rule: "via", place: "via.json", write: write_via_json },
    Tool { rule: "via", place: "via.csv", write: write_via_csv },
    Tool { rule: "kitti", place: "label_2", write: write_kitti },
    Tool { rule: "openimages", place: "o.csv", write: write_open_images },
    Tool { rule: "datumaro", place: "d.json", write: write_datumaro },
];

/// All images are so large as stored.
const STORED_PX: [u32; 2] = [100, 60];
const STORED: [f64; 4] = [20.0, 42.0, 50.0, 12.0];

impl Tool {
    /// Whether the tool draws on the stored picture.
    fn is_stored(self) -> bool {
        self.rule == "openimages"
    }

    fn entry(self, name: &str) -> Entry {
        Entry { name: name.to_owned(), size: STORED_PX.map(f64::from), bbox: STORED, is_damaged: false }
    }

    /// The tool's labels of `entries`, and a folder with `images` that they are opened for.
    fn open(self, entries: &[Entry], images: &[&str]) -> Case {
        let folder = tempfile::tempdir().unwrap();
        for image in images {
            let path = folder.path().join("image_2").join(image);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        (self.write)(folder.path(), entries);
        let rule = LabelRule::new(self.rule, Some(folder.path().join(self.place))).unwrap();
        let labels = Labels::open(&rule, &folder.path().join("image_2")).unwrap();
        Case { labels, folder }
    }
}

struct Case {
    labels: Labels,
    folder: tempfile::TempDir,
}

impl Case {
    /// The boxes on an image, or the error.
    fn boxes(&self, image: &str, orientation: u16) -> Result<Vec<[f32; 4]>, String> {
        let frame = Frame { stored_px: STORED_PX, orientation: orientation.into() };
        let found = self.labels.objects_of(&self.folder.path().join("image_2").join(image), image, frame);
        let found = found.map_err(|error| error.to_string())?;
        self.labels.count(image, &found, frame);
        Ok(found.objects.iter().map(|object| object.bbox.into()).collect())
    }

    fn said(&self) -> String {
        let sentences = self.labels.findings().unwrap().sentences().into_iter().map(|finding| finding.text);
        sentences.collect::<Vec<_>>().join("\n")
    }
}

fn write_json(path: &Path, value: &Value) {
    fs::write(path, serde_json::to_string_pretty(value).unwrap()).unwrap();
}

/// A number, or what stands in its place in a damaged entry.
fn edge(entry: &Entry, number: f64) -> Value {
    if entry.is_damaged { json!("?") } else { json!(number) }
}

fn write_label_studio(folder: &Path, entries: &[Entry]) {
    let task = |(index, entry): (usize, &Entry)| {
        let Entry { name, size: [width, height], bbox: [x, y, w, h], .. } = entry;
        json!({"id": index + 1, "data": {"image": name}, "annotations": [{"id": index, "was_cancelled": false, "result": [{
            "id": format!("r{index}"), "type": "rectanglelabels", "from_name": "label", "to_name": "image",
            "original_width": width, "original_height": height, "image_rotation": 0,
            "value": {"x": edge(entry, x / width * 100.0), "y": y / height * 100.0, "width": w / width * 100.0,
                "height": h / height * 100.0, "rotation": 0, "rectanglelabels": ["boat"]}}]}]})
    };
    write_json(&folder.join("l.json"), &entries.iter().enumerate().map(task).collect());
}

fn via_shape(entry: &Entry) -> Value {
    let [x, y, width, height] = entry.bbox;
    json!({"name": "rect", "x": edge(entry, x), "y": y, "width": width, "height": height})
}

fn write_via_json(folder: &Path, entries: &[Entry]) {
    let image = |entry: &Entry| {
        let regions = json!([{"shape_attributes": via_shape(entry), "region_attributes": {"kind": "boat"}}]);
        let image = json!({"filename": entry.name, "size": 7, "regions": regions, "file_attributes": {}});
        (format!("{}7", entry.name), image)
    };
    write_json(&folder.join("via.json"), &Value::Object(entries.iter().map(image).collect()));
}

fn write_via_csv(folder: &Path, entries: &[Entry]) {
    let mut text =
        "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"
            .to_owned();
    for entry in entries {
        let shape = via_shape(entry).to_string().replace('"', "\"\"");
        text += &format!("{},7,\"{{}}\",1,0,\"{shape}\",\"{{\"\"kind\"\":\"\"boat\"\"}}\"\n", entry.name);
    }
    fs::write(folder.join("via.csv"), text).unwrap();
}

fn write_kitti(folder: &Path, entries: &[Entry]) {
    for entry in entries {
        let Entry { name, bbox: [x, y, width, height], .. } = entry;
        let path = folder.join("label_2").join(Path::new(name).with_extension("txt"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let left = if entry.is_damaged { "?".to_owned() } else { format!("{x:.2}") };
        let edges = format!("{left} {y:.2} {:.2} {:.2}", x + width, y + height);
        fs::write(path, format!("boat 0.00 1 -1.59 {edges} 1.36 1.69 3.38 0.28 2.08 17.74 -1.58\n")).unwrap();
    }
}

fn write_open_images(folder: &Path, entries: &[Entry]) {
    let mut text = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"
        .to_owned();
    for entry in entries {
        let Entry { name, size: [width, height], bbox: [x, y, w, h], .. } = entry;
        let id = spelling::without_extension(name).unwrap_or(name);
        let left = if entry.is_damaged { "?".to_owned() } else { (x / width).to_string() };
        let edges = format!("{left},{},{},{}", (x + w) / width, y / height, (y + h) / height);
        text += &format!("{id},xclick,/m/019jd,1,{edges},0,0,0,0,0\n");
    }
    fs::write(folder.join("o.csv"), text).unwrap();
    fs::write(folder.join("class-descriptions-boxable.csv"), "/m/019jd,boat\n/m/0k4j,car\n").unwrap();
}

fn write_datumaro(folder: &Path, entries: &[Entry]) {
    let item = |entry: &Entry| {
        let Entry { name, size: [width, height], bbox: [x, y, w, h], .. } = entry;
        json!({"id": spelling::without_extension(name), "image": {"path": name, "size": [height, width]}, "annotations": [
            {"id": 0, "type": "bbox", "attributes": {"occluded": false}, "group": 0, "label_id": 0, "z_order": 0,
             "bbox": [edge(entry, *x), y, w, h]}]})
    };
    let categories = json!({"label": {"labels": [{"name": "boat", "parent": "", "attributes": []}], "attributes": []}});
    let items: Value = entries.iter().map(item).collect();
    write_json(&folder.join("d.json"), &json!({"infos": {}, "categories": categories, "items": items}));
}

#[test]
fn a_box_lies_on_the_same_thing_however_the_camera_was_held() {
    for (tool, orientation) in TOOLS.into_iter().flat_map(|tool| (1..=8).map(move |orientation| (tool, orientation))) {
        let frame = Frame { stored_px: STORED_PX, orientation: orientation.into() };
        let (size, bbox) = if tool.is_stored() {
            (STORED_PX.map(f64::from), STORED)
        } else {
            let [x, y, width, height] = STORED;
            let corners =
                [[x, y], [x + width, y + height]].map(|corner| frame.shown_point(corner).map(|side| side as f32));
            (frame.shown_px().map(f64::from), <[f32; 4]>::from(BBox::around(&corners).unwrap()).map(f64::from))
        };
        let case = tool.open(&[Entry { size, bbox, ..tool.entry("phone.jpg") }], &["phone.jpg"]);
        let expected = [STORED.map(|side| side as f32)];
        assert_eq!(case.boxes("phone.jpg", orientation).as_deref(), Ok(&expected[..]), "{} {orientation}", tool.place);
    }
}

#[test]
fn the_class_has_its_name() {
    for tool in TOOLS {
        let case = tool.open(&[tool.entry("a.jpg")], &["a.jpg"]);
        let path = case.folder.path().join("image_2/a.jpg");
        let found = case.labels.objects_of(&path, "a.jpg", Frame::upright(STORED_PX)).unwrap();
        assert_eq!(found.objects[0].label, "boat", "{}", tool.place);
        assert_eq!(case.labels.label_of(&path, "a.jpg").unwrap(), "a", "{}", tool.place);
        case.labels.count("a.jpg", &found, Frame::upright(STORED_PX));
        assert!(case.labels.findings().unwrap().sentences().is_empty(), "{}", tool.place);
    }
}

#[test]
fn an_entry_serves_one_image() {
    let images = ["train/0001.jpg", "val/0001.jpg"];
    for tool in TOOLS {
        let case = tool.open(&[tool.entry("0001.jpg")], &images);
        for image in images {
            let error = case.boxes(image, 1).unwrap_err();
            assert!(images.iter().all(|image| error.contains(image)), "{}: {error}", tool.place);
        }
        let case = tool.open(&[tool.entry("train/0001.jpg")], &images);
        assert_eq!(case.boxes("train/0001.jpg", 1).unwrap().len(), 1, "{}", tool.place);
        assert_eq!(case.boxes("val/0001.jpg", 1).unwrap().len(), 0, "{}", tool.place);
        let case = tool.open(&[tool.entry("x/a.jpg"), tool.entry("y/a.jpg")], &["a.jpg"]);
        let error = case.boxes("a.jpg", 1).unwrap_err();
        assert!(error.contains("x/a") && error.contains("y/a"), "{}: {error}", tool.place);
    }
}

#[test]
fn names_fit_however_tools_write_them() {
    for tool in TOOLS {
        for (name, image) in
            [("cafe\u{301}.jpg", "café.jpg"), ("IMG_1.JPG", "img_1.jpg"), ("50% off.jpg", "50% off.jpg")]
        {
            let case = tool.open(&[tool.entry(name)], &[image]);
            assert_eq!(case.boxes(image, 1).map(|boxes| boxes.len()), Ok(1), "{} {name}", tool.place);
        }
        // The files of KITTI have names, and no paths inside.
        let spelled = ["caf%C3%A9.jpg", "sub\\café.jpg", "https://host/caf%C3%A9.jpg", "/home/me/set/café.jpg"];
        for name in spelled.iter().filter(|_| tool.rule != "kitti") {
            let case = tool.open(&[tool.entry(name)], &["sub/café.jpg"]);
            assert_eq!(case.boxes("sub/café.jpg", 1).map(|boxes| boxes.len()), Ok(1), "{} {name}", tool.place);
        }
        let signed = "https://bucket.s3.amazonaws.com/a.jpg?X-Amz-Signature=ab/cd.e";
        if !matches!(tool.rule, "kitti" | "openimages") {
            let case = tool.open(&[tool.entry(signed)], &["a.jpg"]);
            assert_eq!(case.boxes("a.jpg", 1).map(|boxes| boxes.len()), Ok(1), "{}", tool.place);
        }
    }
}

#[test]
fn what_fits_no_image_is_said() {
    for tool in TOOLS {
        let case = tool.open(&[tool.entry("x1.jpg")], &["a.jpg"]);
        assert_eq!(case.boxes("a.jpg", 1), Ok(Vec::new()), "{}", tool.place);
        let said = case.said();
        let begin = format!("0 of 1 images have boxes in {}:", tool.rule).replace("1 images have", "1 image has");
        assert!(said.starts_with(&begin) && said.contains("which names x1"), "{}: {said}", tool.place);
    }
}

#[test]
fn damage_costs_its_image_alone_and_has_its_line() {
    for tool in TOOLS {
        let damaged = Entry { is_damaged: true, ..tool.entry("bad.jpg") };
        let case = tool.open(&[tool.entry("good.jpg"), damaged], &["good.jpg", "bad.jpg"]);
        assert_eq!(case.boxes("good.jpg", 1).map(|boxes| boxes.len()), Ok(1), "{}", tool.place);
        let error = case.boxes("bad.jpg", 1).unwrap_err();
        let field = match tool.rule {
            "openimages" => "XMin",
            "datumaro" => "bbox",
            "kitti" => "edge",
            _ => "x",
        };
        assert!(error.contains("line ") && error.contains(field), "{}: {error}", tool.place);
    }
}

#[test]
fn another_size_is_said() {
    for tool in TOOLS.into_iter().filter(|tool| matches!(tool.rule, "labelstudio" | "datumaro")) {
        let bbox = STORED.map(|side| side * 2.0);
        let case = tool.open(&[Entry { size: [200.0, 120.0], bbox, ..tool.entry("a.jpg") }], &["a.jpg"]);
        // Parts of the picture fit every size; pixels are scaled when that is asked for.
        let expected = if tool.rule == "labelstudio" { STORED } else { bbox };
        assert_eq!(case.boxes("a.jpg", 1), Ok(vec![expected.map(|side| side as f32)]), "{}", tool.place);
        let said = case.said();
        assert!(said.contains("a.jpg has 100 × 60") && said.contains("200 × 120"), "{}: {said}", tool.place);
        assert_eq!(said.contains("boxes were scaled"), tool.rule == "labelstudio", "{}: {said}", tool.place);
    }
}

#[test]
fn what_is_not_of_a_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in
        [("coco.json", "{\"info\": 1}"), ("list.json", "[{\"a\": 1}]"), ("t.csv", "a,b\n1,2\n"), ("cut.json", "[1,\n")]
    {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        for rule in ["labelstudio", "via", "openimages", "datumaro"] {
            let rule = LabelRule::new(rule, Some(file.clone())).unwrap();
            let error = Labels::open(&rule, folder.path()).unwrap_err().to_string();
            assert!(error.ends_with(name), "{rule} {error}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn places_come_back(x in 0.0..80.0_f64, y in 0.0..50.0_f64, width in 0.0..20.0_f64, height in 0.0..10.0_f64, at in 0..6_usize) {
        let (tool, bbox) = (TOOLS[at], [x, y, width, height]);
        let case = tool.open(&[Entry { bbox, ..tool.entry("a.jpg") }], &["a.jpg"]);
        let found = case.boxes("a.jpg", 1).unwrap();
        for (found, expected) in found[0].iter().zip(bbox) {
            prop_assert!((f64::from(*found) - expected).abs() < 0.021, "{} {} {expected}", tool.place, found);
        }
    }
}
