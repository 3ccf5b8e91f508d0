//! Labels that people's tools wrote and that were once read wrongly, with the right values.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::*;
use crate::model::objects::BBox;

/// All images of the cases are so large as stored.
const SIZE_PX: [u32; 2] = [100, 60];

struct Case {
    folder: tempfile::TempDir,
    orientation: u16,
}

impl Case {
    /// A copy of the case `name`, with these images.
    fn new(name: &str, images: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/label_cases").join(name);
        for entry in WalkDir::new(&source).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file()) {
            let to = folder.path().join(entry.path().strip_prefix(&source).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(entry.path(), to).unwrap();
        }
        for image in images {
            let path = folder.path().join(image);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        Self { folder, orientation: 1 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, rule: (&str, &str), input: &str) -> Labels {
        let rule = LabelRule::new(rule.0, Some(self.path(rule.1))).unwrap();
        Labels::open(&rule, &self.path(input)).unwrap()
    }

    fn frame(&self) -> Frame {
        Frame { stored_px: SIZE_PX, orientation: self.orientation.into() }
    }

    /// `label x y width height` of each object, with its keypoints; or the error.
    fn objects(&self, labels: &Labels, input: &str, image: &str) -> Result<Vec<String>, String> {
        let found = labels.objects_of(&self.path(input).join(image), image, self.frame());
        let found = found.map_err(|error| error.to_string())?;
        labels.count(image, &found, self.frame());
        Ok(found
            .objects
            .into_iter()
            .map(|object| {
                let BBox { x, y, width, height } = object.bbox;
                let points = object.keypoints.len();
                let points = if points > 0 { format!(" {points} points") } else { String::new() };
                format!("{} {x} {y} {width} {height}{points}", object.label)
            })
            .collect())
    }
}

/// The objects on `images` by the case's labels; an error where `!` and a part of it are expected.
#[track_caller]
fn assert_objects(name: &str, rule: (&str, &str), input: &str, expected: &[(&str, &[&str])]) -> Option<LabelFindings> {
    let images: Vec<String> = expected.iter().map(|(image, _)| format!("{input}/{image}")).collect();
    let case = Case::new(name, &images.iter().map(String::as_str).collect::<Vec<_>>());
    let labels = case.open(rule, input);
    for (image, objects) in expected {
        let found = case.objects(&labels, input, image);
        match (objects, &found) {
            ([error], Err(reason)) if error.starts_with('!') => {
                let parts = error[1..].split('&');
                parts.for_each(|part| assert!(reason.contains(part.trim()), "{name}: {image}: {reason}"));
            }
            _ => assert_eq!(
                found.as_deref(),
                Ok(&objects.iter().map(ToString::to_string).collect::<Vec<_>>()[..]),
                "{name}: {image}"
            ),
        }
    }
    labels.findings()
}

#[test]
fn boxes_of_the_shown_picture_are_in_the_stored_frame() {
    for (name, rule) in [("C-exif", ("coco", "c.json")), ("V-exif", ("voc", "xml")), ("Y1-exif", ("yolo", "labels"))] {
        let case = Case { orientation: 6, ..Case::new(&format!("01-exif-orientation/{name}"), &["img/phone.jpg"]) };
        let labels = case.open(rule, "img");
        assert_eq!(case.objects(&labels, "img", "phone.jpg").unwrap(), ["boat 20 42 50 12"], "{name}");
    }
}

#[test]
fn keypoints_are_no_outline() {
    let pose = |name: &str, object: &str| {
        assert_objects(&format!("02-yolo-pose/{name}"), ("yolo", "labels"), "images", &[("a.jpg", &[object])]);
    };
    pose("Y2-pose2", "face 40 18 20 24 5 points");
    pose("Y3-pose3-2", "pallet 40 18 20 24 4 points");
    pose("Y3-pose3-01", "pallet 40 18 20 24 4 points");
    pose("Y3-pose17", "person 40 18 20 24 17 points");
}

#[test]
fn two_images_with_one_id_are_refused_with_both_names() {
    let coco = ("coco", "c.json");
    let flat = "!the same id & a.jpg & b.jpg & images[0] & images[1]";
    assert_objects(
        "04-coco-duplicate-image-id/C-dup-image-id-flat",
        coco,
        "img",
        &[("a.jpg", &[flat]), ("b.jpg", &[flat])],
    );
    let both = "!the same id & train/a.jpg & val/b.jpg";
    assert_objects(
        "04-coco-duplicate-image-id/C-dup-image-id",
        coco,
        "img",
        &[("train/a.jpg", &[both]), ("val/b.jpg", &[both])],
    );
}

#[test]
fn a_label_serves_one_image() {
    let case = |name: &str, rule, expected: &[(&str, &[&str])]| {
        assert_objects(&format!("05-same-name-in-two-folders/{name}"), rule, "img", expected);
    };
    let coco = ("coco", "c.json");
    let both = "!0001.jpg could be for & train/0001.jpg & val/0001.jpg";
    case("C-train-json-on-both", coco, &[("train/0001.jpg", &[both]), ("val/0001.jpg", &[both])]);
    case("C-train-path-json-on-both", coco, &[("train/0001.jpg", &["boat 10 10 20 20"]), ("val/0001.jpg", &[])]);
    let both = "!dir_1/image_1.png & dir_2/image_1.png";
    case("M-yolo-two", ("yolo", "labels"), &[("dir_1/image_1.png", &[both]), ("dir_2/image_1.png", &[both])]);
    case(
        "M-yolo-two-b",
        ("yolo", "labels"),
        &[("train/1.png", &["class 0 40 24 20 12"]), ("val/1.png", &["!train/1.png & val/1.png"])],
    );
    let both = "!train/0001.jpg & val/0001.jpg";
    case("V-same-stem", ("voc", "xml"), &[("train/0001.jpg", &[both]), ("val/0001.jpg", &[both])]);

    let table =
        Case::new("05-same-name-in-two-folders/T-train-row-on-val", &["img/train/0001.jpg", "img/val/0001.jpg"]);
    let labels = table.open(("csv", "l.csv"), "img");
    let label = |image: &str| labels.label_of(&table.path("img").join(image), image);
    assert_eq!(label("train/0001.jpg").unwrap(), "boxer");
    assert!(matches!(label("val/0001.jpg"), Err(LabelError::Missing(_))));
}

#[test]
fn names_fit_however_tools_write_them_and_what_fits_none_is_said() {
    let case = |name: &str, rule, expected: &[(&str, &[&str])]| {
        assert_objects(&format!("06-no-label-fits-and-nothing-said/{name}"), rule, "img", expected)
    };
    let coco = ("coco", "c.json");
    for name in ["C-fn-noext", "C-fn-signed-url"] {
        case(name, coco, &[("a.jpg", &["boat 10 10 20 20"])]);
    }
    case("C-nfd-disk", coco, &[("cafe\u{301}.jpg", &["boat 10 10 20 20"])]);
    case("M-yolo-case", ("yolo", "lab"), &[("A.JPG", &["class 0 40 24 20 12"]), ("b.jpg", &["class 0 40 24 20 12"])]);
    case("V-names2", ("voc", "xml"), &[("d.jpg", &["boat 10 10 20 30"]), ("e.jpg", &["boat 10 10 20 30"])]);
    case("V-nfd", ("voc", "xml"), &[("cafe\u{301}.jpg", &["boat 10 10 20 30"])]);
    let split = "06-no-label-fits-and-nothing-said/M-yolo-split";
    assert_objects(split, ("yolo", ""), "images/train", &[("a.png", &["boat 40 24 20 12"])]);
    assert_objects(split, ("yolo", "labels"), "images", &[("train/a.png", &["boat 40 24 20 12"])]);

    let findings = case("C-no-match", coco, &[("a.jpg", &[]), ("b.jpg", &[])]).unwrap();
    let said = &findings.sentences()[0];
    assert!(said.is_warning && said.text.starts_with("0 of 2 images have boxes in coco:"), "{said:?}");
    assert!(said.text.ends_with("a.jpg is not in it, which names x1.jpg"), "{said:?}");
}

#[test]
fn a_name_that_looks_escaped_is_a_name() {
    let name = "Capture_d%C3%A9cran.jpg";
    let case = Case::new("07-percent-in-names/C-disk-percent", &[&format!("img/{name}")]);
    let labels = case.open(("coco", "c.json"), "img");
    let found = labels.objects_of(&case.path("img").join(name), "Capture_d%C3%A9cran.jpg", case.frame()).unwrap();
    assert_eq!(found.objects.len(), 1);
    let table = Case::new("07-percent-in-names/T-disk-percent", &[&format!("img/{name}")]);
    let labels = table.open(("csv", "l.csv"), "img");
    assert_eq!(labels.label_of(&table.path("img").join(name), "Capture_d%C3%A9cran.jpg").unwrap(), "boxer");
}

#[test]
fn class_names_are_read_as_yaml_means_them_and_found_where_tools_put_them() {
    let yolo = |name: &str, labels: &str, classes: [&str; 2]| {
        let objects = classes.map(|class| format!("{class} 40 18 20 24"));
        let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
        assert_objects(name, ("yolo", labels), "images", &[("a.jpg", &objects)])
    };
    yolo("08-yaml-escapes/Y6-pyyaml-escapes", "labels", ["café", "船"]);
    let long = "a very long class name that goes on and on because the annotators wrote sentences instead of words";
    yolo("08-yaml-escapes/Y6-pyyaml-wrap", "labels", [long, "boat"]);
    for name in ["Y6-anchor", "Y6-dict-by-name", "Y6-indented-root", "Y6-json-in-yaml", "Y6-quoted-key"] {
        yolo(&format!("09-class-names-not-found/{name}"), "labels", ["boat", "buoy"]);
    }
    yolo("09-class-names-not-found/Y6-rf-layout", "train/labels", ["boat", "buoy"]);
    let name = "12-yolo-numbers/Y5-numbers";
    let findings = assert_objects(name, ("yolo", "labels"), "img", &[("dot0.jpg", &["class 0 40 18 20 24"])]).unwrap();
    assert!(findings.sentences()[0].text.contains("class 0"), "{findings:?}");
}

#[test]
fn numbers_are_read_as_tools_write_them() {
    let one: &[&str] = &["class 0 40 18 20 24"];
    let expected: &[(&str, &[&str])] = &[
        ("savetxt.jpg", &["class 1 40 18 20 24"]),
        ("dot0.jpg", one),
        ("bom.jpg", one),
        ("comment.jpg", one),
        ("cr.jpg", &["class 0 40 18 20 24", "class 1 5 3 10 6"]),
        ("crlf.jpg", one),
        ("dup.jpg", &["class 0 40 18 20 24"; 2]),
        ("empty.jpg", &[]),
        ("nbsp.jpg", one),
        ("sci.jpg", one),
        ("tab.jpg", one),
        ("obb.jpg", &["class 3 10 6 40 24"]),
        ("big.jpg", &["!line 1 & 4294967296"]),
        ("comma.jpg", &["!line 1"]),
        ("decimalcomma.jpg", &["!line 1"]),
        ("named.jpg", &["!line 1 & boat"]),
        ("over2.jpg", &["!line 1 & 1.0371"]),
        ("pixel.jpg", &["!line 1 & 50"]),
        ("polyodd.jpg", &["!line 1 & kpt_shape"]),
    ];
    assert_objects("12-yolo-numbers/Y5-numbers", ("yolo", "labels"), "img", expected);
}

#[test]
fn another_size_is_said_and_scaled_when_asked() {
    let case = Case::new("16-coco-size-mismatch/C-size-mismatch", &["img/a.jpg"]);
    let labels = case.open(("coco", "c.json"), "img");
    assert_eq!(case.objects(&labels, "img", "a.jpg").unwrap(), ["boat 100 60 90 50"]);
    let said = labels.findings().unwrap().sentences();
    assert!(
        said[0].is_warning && said[0].text.contains("a.jpg has 100 × 60") && said[0].text.contains("200 × 120"),
        "{said:?}"
    );
    let rule = LabelRule::new("coco", Some(case.path("c.json"))).unwrap().scaling(true);
    let labels = Labels::open(&rule, &case.path("img")).unwrap();
    assert_eq!(case.objects(&labels, "img", "a.jpg").unwrap(), ["boat 50 30 45 25"]);
    assert!(!labels.findings().unwrap().sentences()[0].is_warning);
}

#[test]
fn an_odd_field_ends_no_run() {
    let case = |name: &str, objects: &[&str]| {
        let name = format!("18-coco-refused-whole/{name}");
        assert_objects(&name, ("coco", "c.json"), "img", &[("a.jpg", objects)]);
    };
    case("C-cat-name-number", &["7 10 10 20 20"]);
    case("C-float-ids", &["boat 10 10 20 20"]);
    case("C-null-fields", &["boat 10 10 20 20", "boat 1 1 8 8"]);
    case("C-orphans", &["boat 10 10 20 20"]);
}

#[test]
fn tables_are_read_as_people_have_them() {
    let case = |name: &str, images: &[&str]| {
        let case = Case::new(&format!("19-csv/{name}"), images);
        let labels = case.open(("csv", "l.csv"), "img");
        let label = |image: &&str| labels.label_of(&case.path(image), image.strip_prefix("img/").unwrap());
        let found = images.iter().map(label).map(|label| label.map_err(|error| error.to_string())).collect::<Vec<_>>();
        (found, labels.findings())
    };
    assert_eq!(case("T-space-after-comma", &["img/a.jpg"]).0, [Ok("boxer".to_owned())]);
    assert_eq!(case("T-space-quote", &["img/a.jpg"]).0, [Ok("boxer, brown".to_owned())]);
    assert_eq!(case("T-nfd", &["img/cafe\u{301}.jpg"]).0, [Ok("boxer".to_owned())]);
    assert!(case("T-empty-label", &["img/a.jpg"]).0[0].as_ref().unwrap_err().contains("its row has no label"));
    let (found, findings) = case("T-unclosed-quote", &["img/a.jpg", "img/b.jpg"]);
    assert!(found[0].is_err() && found[1] == Ok("cat".to_owned()), "{found:?}");
    assert!(findings.unwrap().sentences()[0].text.contains("line 2: a quote is not closed"));
}
