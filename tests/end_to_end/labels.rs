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
