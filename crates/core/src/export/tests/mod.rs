mod round_trips;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::labels::{Loss, SET_FORMATS, SetFormat, YoloTask};
use crate::model::mask::Mask;
use crate::model::objects::{BBox, Keypoint, LabelledObject};
use crate::model::saved_image::{SavedImage, SavedRecord};
use crate::pipeline::sink::{ImageRecords, ImageStore, NameSource};
use sha2::{Digest, Sha256};

/// A JPEG file of 100 × 60 pixels with this orientation. Nothing decodes it.
fn jpeg(orientation: u8, number: u8) -> Vec<u8> {
    let tiff =
        [b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation], b"\0\0\0\0\0\0"]
            .concat();
    let segment = |marker: u8, content: &[u8]| {
        let length = (content.len() as u16 + 2).to_be_bytes();
        [&[0xff, marker], &length[..], content].concat()
    };
    let size = [8, 0, 60, 0, 100, 1, 1, 0x11, 0];
    [vec![0xff, 0xd8], segment(0xe1, &tiff), segment(0xfe, &[number]), segment(0xc0, &size), vec![0xff, 0xd9]].concat()
}

/// A work folder with saved images.
struct Saved {
    root: tempfile::TempDir,
    store: ImageStore,
    committer: crate::pipeline::sink::Committer,
    records: ImageRecords,
}

impl Saved {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let (store, committer) = ImageStore::open(&root.path().join("work")).unwrap();
        let records = ImageRecords::open(&store).unwrap();
        Self { root, store, committer, records }
    }

    fn save(&mut self, name: &str, label: &str, bytes: &[u8], objects: Vec<LabelledObject>) {
        let sha256: [u8; 32] = Sha256::digest(bytes).into();
        let format = crate::model::image_info::ImageFormat::Jpeg;
        let prepared = self.store.prepare(name, NameSource::FileName, format, bytes, &sha256, label).unwrap();
        self.committer.commit(vec![(prepared, ())]).unwrap();
        let saved = SavedImage {
            path_in_csv: format!("output_images/{}", name.rsplit('/').next().unwrap()),
            file_name: Some(name.into()),
            annotation: label.to_owned(),
            size_bytes: bytes.len() as u64,
            topic: "t".into(),
            record: Some(SavedRecord { partition: 0, offset: 0, received_at_micros: 1 }),
            sent_at_micros: None,
            latency_micros: None,
            sha256,
            bytes_as_sent: None,
            objects: objects.into(),
        };
        self.records.append([&saved]).unwrap();
    }

    fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    fn set(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn export(&self, options: &ExportOptions, to: &str) -> Result<ExportReport, ExportError> {
        export_saved(&self.work(), options, &self.set(to), &mut |_| {}, &Cancellation::default())
    }
}

fn options(format: &str) -> ExportOptions {
    ExportOptions::of(SetFormat::named(format).unwrap())
}

fn of_box(label: &str, bbox: [f32; 4]) -> LabelledObject {
    LabelledObject::of_box(label, bbox.into())
}

fn outlined(label: &str, polygons: Vec<Vec<[f32; 2]>>) -> LabelledObject {
    let bbox = BBox::around(polygons.iter().flatten()).unwrap();
    LabelledObject { polygons, ..LabelledObject::of_box(label, bbox) }
}

fn pose(label: &str, names: &[&str]) -> LabelledObject {
    let point = |x: f32, y: f32, visibility: u8| Keypoint { at: [x, y], visibility };
    LabelledObject {
        keypoints: vec![point(12.5, 22.25, 2), point(15.0, 30.0, 1), point(0.0, 0.0, 0)],
        keypoint_names: names.iter().map(ToString::to_string).collect(),
        ..of_box(label, [10.0, 20.0, 30.5, 20.25])
    }
}

fn rotated(label: &str) -> LabelledObject {
    let corners = [[30.0, 10.0], [50.0, 20.0], [45.0, 30.0], [25.0, 20.0]];
    LabelledObject { rotated_box: Some(corners), ..outlined(label, vec![corners.to_vec()]) }
}

#[test]
fn what_a_format_cannot_carry_is_counted() {
    let mask = Mask::of([100, 60], |x, y| x < 10 && y < 10);
    let whole = LabelledObject {
        mask: Some(mask),
        track_id: Some(1),
        score: Some(0.5),
        attributes: [("colour".to_owned(), "red".to_owned())].into(),
        crowd: true,
        ..pose("face", &["eye", "nose", "chin"])
    };
    let mut saved = Saved::new();
    saved.save(
        "d/a.jpg",
        "a harbour",
        &jpeg(1, 1),
        vec![whole, rotated("ship"), of_box("far", [200.0, 0.0, 5.0, 5.0])],
    );
    let lost = |format: &str, task: Option<YoloTask>| {
        let report = saved.export(&ExportOptions { yolo_task: task, ..options(format) }, &format!("{format}{task:?}"));
        let lost = report.unwrap().lost.into_iter();
        lost.map(|lost| format!("{} {}", serde_json::to_value(lost.what).unwrap().as_str().unwrap(), lost.count))
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(lost("coco", None), "image_labels 1, rotated_boxes 1");
    let always = "tracks 1, scores 1, attributes 1, crowd_flags 1";
    let box_only = "image_labels 1, outside_objects 1, outlines 1, masks 1, rotated_boxes 1";
    assert_eq!(lost("yolo", Some(YoloTask::Detect)), format!("{box_only}, keypoints 1, {always}"));
    assert_eq!(lost("yolo", Some(YoloTask::Pose)), format!("{box_only}, {always}"));
    assert_eq!(
        lost("yolo", Some(YoloTask::Obb)),
        format!("image_labels 1, outside_objects 1, masks 1, keypoints 1, {always}")
    );
    assert_eq!(lost("voc", None), format!("image_labels 1, fractions 1, masks 1, keypoints 1, {always}"));
    assert_eq!(
        lost("labelme", None),
        "image_labels 1, masks 1, rotated_boxes 1, keypoint_visibility 1, tracks 1, attributes 1, crowd_flags 1"
    );
    assert_eq!((lost("hf", None), lost("webdataset", None)), (String::new(), String::new()));
    assert_eq!(lost("imagefolder", None), "objects 3");
    assert!(saved.export(&ExportOptions { yolo_task: Some(YoloTask::Obb), ..options("coco") }, "x").is_err());
}

#[test]
fn a_set_is_divided_and_all_of_its_files_are_where_tools_look() {
    let mut saved = Saved::new();
    for number in 0..10_u8 {
        let name = format!("{number}.jpg");
        saved.save(
            &name,
            if number < 5 { "cat" } else { "a/b" },
            &jpeg(1, number),
            vec![of_box("boat", [1.0, 2.0, 3.0, 4.0])],
        );
    }
    let options = |format| ExportOptions { split: Some("60/20/20".parse().unwrap()), seed: 3, ..options(format) };
    let files = |folder: &str| {
        let walked = walkdir::WalkDir::new(saved.set(folder)).sort_by_file_name().into_iter().map(Result::unwrap);
        let files = walked.filter(|entry| entry.file_type().is_file());
        let relative = |entry: walkdir::DirEntry| {
            entry.path().strip_prefix(saved.set(folder)).unwrap().to_str().unwrap().replace('\\', "/")
        };
        files.map(relative).collect::<Vec<_>>()
    };
    let mut splits = None;
    for format in SET_FORMATS {
        let report = saved.export(&options(format.name), format.name).unwrap();
        let counts: Vec<_> = report.splits.iter().map(|split| (split.name, split.images)).collect();
        assert_eq!(counts, [("train", 6), ("val", 2), ("test", 2)], "{}", format.name);
        let files = files(format.name);
        let in_train = |folder: &str| {
            let names = files.iter().filter_map(|file| file.strip_prefix(folder)?.strip_suffix(".jpg"));
            names.map(|name| name.rsplit('/').next().unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>()
        };
        let train = match format.name {
            "yolo" => in_train("images/train/"),
            "voc" => fs::read_to_string(saved.set("voc/ImageSets/Main/train.txt"))
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect(),
            "webdataset" => continue,
            _ => in_train("train/"),
        };
        assert_eq!(train.len(), 6, "{}: {files:?}", format.name);
        assert_eq!(*splits.get_or_insert(train.clone()), train, "{}: each format divides alike", format.name);
    }
    let yolo = files("yolo");
    assert!(yolo.contains(&"data.yaml".to_owned()) && yolo.len() == 21, "{yolo:?}");
    let yaml = fs::read_to_string(saved.set("yolo/data.yaml")).unwrap();
    assert!(yaml.starts_with("train: images/train\nval: images/val\ntest: images/test\n"), "{yaml}");
    assert!(files("imagefolder").iter().any(|file| file.contains("/a_b/")), "{:?}", files("imagefolder"));
    let lists = ["test", "train", "trainval", "val"].map(|name| format!("ImageSets/Main/{name}.txt"));
    assert!(lists.iter().all(|list| files("voc").contains(list)));
    assert_eq!(files("hf").iter().filter(|file| file.ends_with("metadata.jsonl")).count(), 3);
    assert_eq!(files("webdataset").len(), 3);
}

#[test]
fn images_are_linked_and_what_cannot_be_exported_is_named() {
    let mut saved = Saved::new();
    saved.save("a.jpg", "x", &jpeg(1, 1), Vec::new());
    saved.save("b.jpg", "", &jpeg(1, 2), Vec::new());
    saved.save("gone.jpg", "x", &jpeg(1, 3), Vec::new());
    fs::remove_file(saved.work().join("output_images/gone.jpg")).unwrap();
    saved.save("text.jpg", "x", b"words", Vec::new());
    fs::write(saved.work().join("output_images/own.jpg"), "x").unwrap();
    let report = saved.export(&options("imagefolder"), "set").unwrap();
    let left: Vec<String> = report.left_out.iter().map(LeftOut::sentence).collect();
    assert_eq!(
        left,
        [
            "1 file is not in the tables; for example, own.jpg",
            "1 image is missing from the folder; for example, gone.jpg",
            "1 file is not an image; for example, text.jpg",
            "1 image has no label; for example, b.jpg",
        ]
    );
    assert_eq!((report.images, report.linked + report.copied), (1, 1));
    let bytes = fs::read(saved.set("set/train/x/a.jpg")).unwrap();
    assert_eq!(bytes, jpeg(1, 1));
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let inode = |path: PathBuf| fs::metadata(path).unwrap().ino();
        let (linked, original) = (saved.set("set/train/x/a.jpg"), saved.work().join("output_images/a.jpg"));
        assert_eq!((report.linked, inode(linked)), (1, inode(original)));
        let copied = saved.export(&ExportOptions { copy: true, ..options("imagefolder") }, "copies").unwrap();
        assert_eq!((copied.linked, copied.copied), (0, 1));
    }
    let again = saved.export(&options("coco"), "set").unwrap_err();
    assert!(matches!(again, ExportError::Settings(_)) && again.to_string().contains("not empty"), "{again}");
}

#[test]
fn only_images_that_are_named_are_exported() {
    let mut saved = Saved::new();
    for (name, number) in [("a.jpg", 1), ("b.jpg", 2), ("c.jpg", 3)] {
        saved.save(name, "boat", &jpeg(1, number), Vec::new());
    }
    let only = ["a.jpg", "c.jpg", "gone.jpg"].map(str::to_owned).into();
    let report =
        saved.export(&ExportOptions { only: Some(std::sync::Arc::new(only)), ..options("coco") }, "set").unwrap();
    assert_eq!((report.images, report.left_out.len()), (2, 0), "{report:?}");
    assert!(saved.set("set").join("train/c.jpg").is_file() && !saved.set("set").join("train/b.jpg").exists());
}

#[test]
fn a_query_selects_by_label_objects_and_content() {
    let mut saved = Saved::new();
    saved.save("a.jpg", "boat", &jpeg(1, 1), vec![of_box("tug", [1.0, 2.0, 3.0, 4.0]); 2]);
    saved.save("b.jpg", "boat", &jpeg(1, 2), Vec::new());
    saved.save("c.jpg", "=cat", &jpeg(1, 3), Vec::new());
    let selected = |query: &str, to: &str| {
        let report = saved.export(&ExportOptions { query: Some(query.parse().unwrap()), ..options("coco") }, to);
        let report = report.unwrap();
        let left: u64 = report.left_out.iter().map(|left| left.images).sum();
        assert_eq!(report.images + left, 3, "{report:?}");
        let mut names: Vec<_> = fs::read_dir(saved.set(to).join("train")).unwrap().flatten().collect();
        names.sort_by_key(fs::DirEntry::file_name);
        let names = names.iter().map(|entry| entry.file_name().into_string().unwrap()).collect::<Vec<_>>().join(" ");
        (names, report.remarks.join(" "))
    };
    assert_eq!(selected("label = boat and objects.tug >= 2", "1").0, "a.jpg");
    assert_eq!(selected("label = '=cat' or name = b.jpg", "2").0, "b.jpg c.jpg");
    assert_eq!(selected("width = 100 and format = jpg", "3").0, "a.jpg b.jpg c.jpg");
    let (_, remarks) = selected("not latency > 5ms", "4");
    assert!(remarks.contains("latency is not known for any of 3 images"), "{remarks}");
    let nothing = ExportOptions { query: Some("label = dog".parse().unwrap()), ..options("coco") };
    let refused = saved.export(&nothing, "5").unwrap_err().to_string();
    assert!(refused.contains("3 images do not match the query") && !saved.set("5").exists(), "{refused}");
}

#[cfg(unix)]
#[test]
fn no_link_is_followed_or_exported() {
    let mut saved = Saved::new();
    saved.save("a.jpg", "x", &jpeg(1, 1), Vec::new());
    saved.save("b.jpg", "x", &jpeg(1, 2), Vec::new());
    let outside = saved.root.path().join("secret.jpg");
    fs::write(&outside, jpeg(1, 9)).unwrap();
    fs::remove_file(saved.work().join("output_images/a.jpg")).unwrap();
    std::os::unix::fs::symlink(&outside, saved.work().join("output_images/a.jpg")).unwrap();
    let report = saved.export(&options("coco"), "set").unwrap();
    assert_eq!(report.images, 1, "{report:?}");
    assert!(!saved.set("set/train/a.jpg").exists());
}

#[test]
fn a_stop_leaves_nothing() {
    let mut saved = Saved::new();
    saved.save("a.jpg", "x", &jpeg(1, 1), Vec::new());
    let stop = Arc::new(Cancellation::default());
    let stopping = Arc::clone(&stop);
    let mut request = move |progress: ExportProgress| {
        if progress.phase == ExportPhase::Looking {
            stopping.request();
        }
    };
    let set = saved.set("set");
    let ended = export_saved(&saved.work(), &options("yolo"), &set, &mut request, &stop).unwrap_err();
    assert_eq!(ended.ending(), RunEnding::Stopped);
    assert!(!set.exists());
    let nothing = export_saved(&saved.set("no"), &options("yolo"), &set, &mut |_| {}, &Cancellation::default());
    let nothing = nothing.unwrap_err();
    assert_eq!(nothing.ending(), RunEnding::Refused);
    assert!(nothing.to_string().contains("--topic") && !set.exists(), "{nothing}");
}
