//! Training sets out of saved images and of topics.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kafka_image_bench_core::model::objects::LabelledObject;
use kafka_image_bench_core::pipeline::sink::read_image_records;

use crate::bench::{Bench, Finished, finish, image_name, program, wait_until};

fn export(arguments: &[&str]) -> Finished {
    finish(export_command("json", arguments).output().unwrap())
}

fn export_command(format: &str, arguments: &[&str]) -> Command {
    let mut command = program();
    command.args(["--headless", "--output-format", format, "export"]).args(arguments);
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Streams the images with labels of a rule, and returns what was saved, by the names of the images.
fn stream(bench: &Bench, work: &str, rule: &str) -> BTreeMap<String, Vec<LabelledObject>> {
    bench.run("stream", work, &["--labels", rule, "--resend"]).expect_code(0);
    let known = read_image_records(&bench.work(work)).unwrap();
    known.into_values().map(|image| (image.file_name.unwrap().into(), image.objects.to_vec())).collect()
}

/// In by a rule, out by its format, and in again by what was written.
fn assert_round_trip(format: &str, labels: &dyn Fn(&Path) -> PathBuf) {
    let bench = Bench::new();
    bench.write_images(4);
    let place = labels(bench.folder.path());
    let first = stream(&bench, "first", &format!("{format}:{}", place.display()));
    assert!(first.values().any(|objects| !objects.is_empty()), "{format}: nothing was read");
    let set = bench.folder.path().join("set");
    let run = export(&["--to", format, text(&set), "--work-dir", text(&bench.work("first"))]).expect_code(0);
    assert_eq!(run.report()["export"]["lost"].as_array().unwrap().len(), 0, "{run:?}");
    let written = match format {
        "coco" => set.join("annotations/instances_train.json"),
        "yolo" => set.join("labels"),
        "voc" => set.join("Annotations"),
        _ => set.join("train"),
    };
    let again = stream(&bench, "again", &format!("{format}:{}", written.display()));
    assert_eq!(again, first, "{format}");
}

fn files(folder: &Path, name: &str, contents: &[(&str, String)]) -> PathBuf {
    let folder = folder.join(name);
    for (file, content) in contents {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

#[test]
fn coco_goes_in_and_comes_out_again() {
    assert_round_trip("coco", &|folder| {
        let images: Vec<_> = (0..4)
            .map(|id| serde_json::json!({"id": id, "file_name": image_name(id), "width": 8, "height": 8}))
            .collect();
        let annotations = serde_json::json!([
            {"id": 1, "image_id": 0, "category_id": 1, "bbox": [1.25, 2, 3, 4.5], "score": 0.5, "attributes": {"a": "b"}, "track_id": 3},
            {"id": 2, "image_id": 1, "category_id": 2, "bbox": [1, 1, 5, 5], "segmentation": [[1, 1, 6, 1, 6, 6], [2, 2, 3, 2, 3, 3]]},
            {"id": 3, "image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 8], "iscrowd": 1, "segmentation": {"size": [8, 8], "counts": [0, 16, 48]}},
            {"id": 4, "image_id": 2, "category_id": 3, "bbox": [1, 1, 5, 5], "keypoints": [2, 2, 2, 0, 0, 0], "num_keypoints": 1},
        ]);
        let categories = serde_json::json!([
            {"id": 1, "name": "tug"}, {"id": 2, "name": "Boot \"Ü\""}, {"id": 3, "name": "face", "keypoints": ["eye", "nose"], "skeleton": []},
        ]);
        let coco = serde_json::json!({"images": images, "annotations": annotations, "categories": categories});
        files(folder, "labels", &[("c.json", coco.to_string())]).join("c.json")
    });
}

#[test]
fn each_task_of_yolo_goes_in_and_comes_out_again() {
    let names = "names: [boat, tug]\n";
    for (yaml, lines) in [
        (names.to_owned(), "0 0.5 0.5 0.25 0.125\n1 0.25 0.25 0.5 0.5\n"),
        (format!("task: segment\n{names}"), "1 0.125 0.125 0.75 0.125 0.5 0.875 0.25 0.5\n0 0.1 0.1 0.9 0.1 0.5 0.9\n"),
        (format!("kpt_shape: [2, 3]\n{names}"), "0 0.5 0.5 0.5 0.5 0.375 0.5 2 0.625 0.5 1\n"),
        (format!("task: obb\n{names}"), "0 0.5 0.125 0.875 0.5 0.5 0.875 0.125 0.5\n"),
    ] {
        assert_round_trip("yolo", &|folder| {
            let label = |number| format!("labels/{}", image_name(number).replace(".png", ".txt"));
            let (first, second) = (label(0), label(2));
            files(
                folder,
                "yolo",
                &[("data.yaml", yaml.clone()), (&first, lines.to_owned()), (&second, lines.to_owned())],
            )
            .join("labels")
        });
    }
}

#[test]
fn voc_and_labelme_go_in_and_come_out_again() {
    assert_round_trip("voc", &|folder| {
        let xml = "<annotation><size><width>8</width><height>8</height></size><object><name>a &amp; b</name><pose>Left</pose><truncated>1</truncated>\
                   <difficult>0</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>7</xmax><ymax>8</ymax></bndbox>\
                   <polygon><x1>1</x1><y1>2</y1><x2>7</x2><y2>3</y2><x3>4</x3><y3>8</y3></polygon></object></annotation>";
        files(folder, "voc", &[(&image_name(1).replace(".png", ".xml"), xml.to_owned())])
    });
    assert_round_trip("labelme", &|folder| {
        let json = r#"{"version": "5.5.0", "flags": {}, "imageData": null, "imageHeight": 8, "imageWidth": 8, "imagePath": "x.png", "shapes": [
            {"label": "boat", "points": [[1, 2], [3.5, 4]], "group_id": 3, "description": "far", "shape_type": "rectangle", "flags": {"old": true}},
            {"label": "buoy", "points": [[1, 1], [5, 1], [5, 7]], "group_id": null, "shape_type": "polygon", "flags": {}},
            {"label": "mast", "points": [[1, 1], [2, 5]], "shape_type": "linestrip", "flags": {}},
            {"label": "lamp", "points": [[4, 4], [6, 4]], "shape_type": "circle", "flags": {}},
            {"label": "top", "points": [[7, 2]], "shape_type": "point", "flags": {}}]}"#;
        files(folder, "labelme", &[(&image_name(0).replace(".png", ".json"), json.to_owned())])
    });
}

#[test]
fn a_folder_in_use_and_wrong_options_are_refused_with_code_2() {
    let bench = Bench::new();
    let used = files(bench.folder.path(), "used", &[("own.txt", "x".to_owned())]);
    let new = bench.folder.path().join("new");
    for (arguments, reason) in [
        (vec!["--to", "coco", text(&used)], "is not empty"),
        (vec!["--to", "coco", text(&new), "--work-dir", text(&used)], "output_images is missing"),
        (vec!["--to", "coco", text(&new), "--split", "80/10"], "add up to 100, not to 90"),
        (vec!["--to", "coco", text(&new), "--task", "pose"], "--task pose is for --to yolo"),
        (vec!["--to", "coco", text(&new), "--where", "label = "], "column"),
        (vec!["--to", "tfrecord", text(&new)], "possible values: coco, yolo"),
        (vec![text(&new)], "--to <FORMAT>"),
    ] {
        let run = export(&arguments).expect_code(2);
        assert!(run.stderr.contains(reason), "{arguments:?}: {run:?}");
        assert!(!new.exists(), "{arguments:?}");
    }
    assert_eq!(fs::read_to_string(used.join("own.txt")).unwrap(), "x");
    assert_eq!(fs::read_dir(&used).unwrap().count(), 1);
}

#[test]
fn a_topic_is_exported_without_a_group_and_the_last_label_counts() {
    let bench = Bench::new();
    bench.write_images(3);
    let row = |number, label: &str| format!("{},{label}\n", image_name(number));
    let rule = |name: &str, labels: [&str; 3]| {
        let rows: String = (0..3).zip(labels).map(|(number, label)| row(number, label)).collect();
        let path = bench.folder.path().join(name);
        fs::write(&path, format!("image_path,annotation\n{rows}")).unwrap();
        format!("csv:{}", path.display())
    };
    bench.run("stream", "a", &["--labels", &rule("first.csv", ["cat", "cat", "dog"])]).expect_code(0);
    let labels = rule("second.csv", ["cat", "dog", "dog"]);
    bench.run("stream", "a", &["--labels", &labels, "--resend", "--encoding", "raw"]).expect_code(0);
    let served = bench.serve();
    bench.send(&served.bootstrap_servers, &[crate::bench::Record { value: Some(b"damaged"), ..Default::default() }]);
    let set = bench.folder.path().join("set");
    let broker = ["--bootstrap-server", &served.bootstrap_servers, "--topic", &bench.topic];
    let command = || export_command("json", &["--to", "imagefolder", text(&set)]);
    let run = finish(command().args(broker).output().unwrap()).expect_code(0);
    let report = &run.report()["export"];
    assert_eq!(
        (report["images"].as_u64(), report["from"]["topic"].as_str()),
        (Some(3), Some(&*bench.topic)),
        "{run:?}"
    );
    let left = report["left_out"].as_array().unwrap();
    let counts: Vec<_> =
        left.iter().map(|left| (left["reason"].as_str().unwrap(), left["images"].as_u64().unwrap())).collect();
    assert_eq!(counts, [("not_decoded", 1), ("repeated", 3)]);
    for (number, label) in [(0, "cat"), (1, "dog"), (2, "dog")] {
        let exported = fs::read(set.join("train").join(label).join(image_name(number))).unwrap();
        assert_eq!(exported, fs::read(bench.input().join(image_name(number))).unwrap());
    }
    assert_eq!(fs::read_dir(&set).unwrap().count(), 1, "what was received is gone");
    // The first label was another one.
    let queried = bench.folder.path().join("queried");
    let mut command = export_command("json", &["--to", "coco", text(&queried), "--where", "label = dog"]);
    let run = finish(command.args(broker).output().unwrap()).expect_code(0);
    assert_eq!(run.report()["export"]["images"].as_u64(), Some(2), "{run:?}");
    let missing = ["--bootstrap-server", &served.bootstrap_servers, "--topic", "no-such-topic"];
    let other = bench.folder.path().join("other");
    let run =
        finish(export_command("json", &["--to", "coco", text(&other)]).args(missing).output().unwrap()).expect_code(1);
    assert!(run.stderr.contains("no-such-topic") && !other.exists(), "{run:?}");
}

#[test]
fn a_kill_leaves_nothing_that_looks_complete() {
    let bench = Bench::new();
    bench.write_images(300);
    bench.run("stream", "a", &[]).expect_code(0);
    for format in ["coco", "yolo", "voc", "hf", "webdataset", "imagefolder", "labelme"] {
        let set = bench.folder.path().join(format);
        let options = ["--to", format, text(&set), "--copy", "--work-dir"];
        let mut child = export_command("quiet", &options).arg(bench.work("a")).spawn().unwrap();
        let entries = || -> Vec<String> {
            let entries = fs::read_dir(&set).into_iter().flatten().flatten();
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
        };
        wait_until("the export begins", || !entries().is_empty());
        child.kill().unwrap();
        let has_ended = child.wait().unwrap().success();
        let last = match format {
            "coco" => "annotations",
            "yolo" => "data.yaml",
            "voc" => "ImageSets",
            _ => "train",
        };
        let left = entries();
        let is_complete = left.iter().any(|name| name == last);
        let is_marked = left.iter().any(|name| name == ".kafka-image-bench-unfinished");
        assert!(is_complete || (is_marked && !has_ended), "{format}: {left:?}");
        if is_complete {
            let images = walk(&set).iter().filter(|name| name.ends_with(".png")).count();
            assert!(images == 300 || format == "webdataset", "{format}: {images} images of a set that looks complete");
        }
        let again = export(&["--to", format, text(&set), "--work-dir", text(&bench.work("a"))]).expect_code(2);
        assert!(again.stderr.contains(if is_marked { "did not finish" } else { "not empty" }), "{again:?}");
    }
}

/// The names of all files below a folder.
fn walk(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => names.extend(walk(&entry.path())),
            false => names.push(entry.file_name().into_string().unwrap()),
        }
    }
    names
}

#[test]
fn the_summary_names_what_was_lost() {
    let bench = Bench::new();
    bench.write_images(2);
    bench.run("stream", "a", &["--labels", "folder"]).expect_code(0);
    let set = bench.folder.path().join("set");
    let mut command = export_command("text", &["--to", "yolo", text(&set), "--split", "50/50", "--seed", "4"]);
    let run = finish(command.arg("--work-dir").arg(bench.work("a")).output().unwrap()).expect_code(0);
    for part in ["2 images from", "as YOLO in", "val           1 image", "2 labels of images: left out"] {
        assert!(run.stdout.contains(part), "{part}: {run:?}");
    }
}
