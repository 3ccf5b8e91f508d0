//! Labels that the program finds by itself.

use std::fs;

use kafka_image_bench_core::pipeline::sink::read_image_records;

use crate::bench::{Bench, finish, png};

const COCO: &str = r#"{"images": [{"id": 1, "file_name": "a.png", "width": 8, "height": 8}, {"id": 2, "file_name": "b.png"}],
 "categories": [{"id": 1, "name": "boat"}], "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}]}"#;

/// A folder with these images and files.
fn bench(images: &[&str], files: &[(&str, &str)]) -> Bench {
    let bench = Bench::new();
    for (number, name) in (0..).zip(images) {
        let path = bench.input().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, png(number, 8)).unwrap();
    }
    for (name, text) in files {
        let path = bench.input().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    bench
}

#[test]
fn what_is_found_is_said_before_and_sent() {
    let bench = bench(&["a.png", "b.png", "c.png"], &[("sets/boats.json", COCO)]);
    let sentence = "COCO file sets/boats.json, 3 images, 1 box, 1 class; 2 images have none";
    for options in [&["--labels", "auto", "--dry-run"][..], &["--dry-run"]] {
        let run = finish(bench.text_command("stream", "dry", options).output().unwrap()).expect_code(0);
        assert!(run.stdout.replace('\\', "/").contains(sentence), "{run:?}");
        let json: serde_json::Value = serde_json::from_str(&bench.run("stream", "dry", options).stdout).unwrap();
        let found = &json["send"]["labels_found"];
        assert_eq!((found["images"].as_u64(), found["objects"].as_u64()), (Some(3), Some(1)), "{json}");
        assert!(found["labels"].as_str().unwrap().starts_with("coco:"), "{json}");
    }
    for (name, options) in [("asked", &["--labels", "auto", "--resend"][..]), ("unasked", &["--resend"])] {
        let kept = bench.work(name).with_extension("json");
        let kept_there = ["--results", kept.to_str().unwrap()];
        let run = bench.run("stream", name, &[options, &kept_there].concat()).expect_code(0);
        assert!(fs::read_to_string(&kept).unwrap().replace("\\\\", "/").contains(sentence), "{kept:?}");
        assert!(run.stderr.replace('\\', "/").contains(sentence), "{run:?}");
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert!(
            json["stream"]["labels_found"]["sentence"].as_str().unwrap().replace('\\', "/").contains(sentence),
            "{json}"
        );
        assert_eq!(json["stream"]["labels"]["objects"].as_u64(), Some(1), "{json}");
        let known = read_image_records(&bench.work(name)).unwrap();
        assert_eq!(known["output_images/a.png"].objects[0].label, "boat");
    }
}

#[test]
fn of_several_none_is_chosen() {
    let bench = bench(&["a.png"], &[("boats.json", COCO), ("labels/a.txt", "0 0.5 0.5 0.5 0.5\n")]);
    for options in [&["--labels", "auto"][..], &[], &["--dry-run"]] {
        let run = bench.run("stream", "none", options).expect_code(2);
        for part in [
            "COCO file boats.json, 1 image, 1 box",
            "YOLO folder labels, 1 image, 1 box",
            "--labels coco:",
            "--labels yolo:",
        ] {
            assert!(run.stderr.contains(part), "{part}: {run:?}");
        }
    }
    bench.run("stream", "stem", &["--labels", "stem"]).expect_code(0);
    assert!(read_image_records(&bench.work("stem")).unwrap()["output_images/a.png"].objects.is_empty());
}

/// Without `--labels` every image has its file name as its label, and is sent, whatever lies beside it.
#[test]
fn what_was_not_asked_for_changes_no_label_and_rejects_no_image() {
    let damaged = COCO.replace("[1, 1, 5, 5]", "[1]");
    let table = "image,label\ncat/a.png,tabby\n";
    let bench = bench(&["cat/a.png", "dog/b.png"], &[("labels.csv", table), ("damaged.json", &damaged)]);
    let run = bench.run("stream", "unasked", &[]).expect_code(0);
    assert!(run.stderr.contains("not used without --labels auto: CSV file labels.csv, 2 images, 1 label"), "{run:?}");
    bench.run("stream", "stem", &["--labels", "stem", "--resend"]).expect_code(0);
    // In the order of acknowledgements.
    let sorted = |work: &str| {
        let (mut rows, mut processed) = (bench.rows(work), bench.processed(work));
        rows.sort();
        processed.sort();
        (rows, processed)
    };
    assert_eq!(sorted("unasked"), sorted("stem"));
    let run = bench.run("stream", "several", &["--labels", "auto"]).expect_code(2);
    assert!(run.stderr.contains("labels.csv") && run.stderr.contains("damaged.json"), "{run:?}");
}

#[test]
fn where_nothing_is_found_the_label_is_the_file_name() {
    let bench = bench(&["one.png", "two.png"], &[("notes.txt", "buy milk\n")]);
    let run = bench.run("stream", "auto", &["--labels", "auto"]).expect_code(0);
    assert!(run.stderr.contains("No labels fit the images"), "{run:?}");
    let quiet = bench.run("stream", "plain", &["--resend"]).expect_code(0);
    assert!(!quiet.stderr.contains("abels"), "{quiet:?}");
    let mut labels: Vec<String> = bench.rows("auto").into_iter().map(|(_, label)| label).collect();
    labels.sort();
    assert_eq!(labels, ["one", "two"]);
}

#[test]
fn metadata_of_hugging_face_and_folders_of_classes_label_images() {
    let lines = "{\"file_name\": \"a.png\", \"text\": \"a tug\", \"objects\": {\"bbox\": [[1, 2, 3, 4]], \"categories\": [\"tug\"]}}\n";
    let metadata = bench(&["train/a.png", "train/b.png"], &[("train/metadata.jsonl", lines)]);
    let run = metadata.run("stream", "hf", &["--labels", "auto"]).expect_code(1);
    assert!(run.stderr.contains("Hugging Face metadata train, 2 images, 1 box, 1 class; 1 image has none"), "{run:?}");
    assert!(run.stderr.contains("train/b.png"), "an image without a row is rejected by name: {run:?}");
    let known = read_image_records(&metadata.work("hf")).unwrap();
    let tug = known.values().next().unwrap();
    assert_eq!((tug.annotation.as_str(), <[f32; 4]>::from(tug.objects[0].bbox)), ("a tug", [1.0, 2.0, 3.0, 4.0]));

    let folders = bench(&["train/cat/a.png", "val/dog/b.png", "val/cat/c.png"], &[]);
    let run = folders.run("stream", "folders", &["--labels", "auto"]).expect_code(0);
    assert!(run.stderr.contains("folders of classes, 3 images, 2 labels"), "{run:?}");
    let mut labels: Vec<String> = folders.rows("folders").into_iter().map(|(_, label)| label).collect();
    labels.sort();
    assert_eq!(labels, ["cat", "cat", "dog"]);
}
