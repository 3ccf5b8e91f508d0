use std::fs;

use crate::labels::auto::tests::folder;
use crate::labels::{LabelRule, Labels, look_for_labels};
use crate::model::frame::{Frame, Orientation};

const FRAME: Frame = Frame { stored_px: [100, 60], orientation: Orientation::Upright };

/// A COCO file of one image with one box of this class.
fn coco(image: &str, class: &str) -> String {
    format!(
        r#"{{"images": [{{"id": 0, "file_name": "{image}"}}], "categories": [{{"id": 0, "name": "{class}"}}],
        "annotations": [{{"image_id": 0, "category_id": 0, "bbox": [1, 2, 3, 4]}}]}}"#
    )
}

/// The classes of the objects of an image, or the error.
fn classes(labels: &Labels, folder: &tempfile::TempDir, image: &str) -> Result<Vec<String>, String> {
    let found = labels.objects_of(&folder.path().join(image), image, FRAME).map_err(|error| error.to_string())?;
    Ok(found.objects.into_iter().map(|object| object.label).collect())
}

#[test]
fn a_file_beside_its_images_is_for_them_alone() {
    let names = ["train/0.png", "valid/0.png", "test/sub/0.png"];
    let (train, valid, test) = (coco("0.png", "boat"), coco("0.png", "buoy"), coco("sub/0.png", "tug"));
    let files = [
        ("train/_annotations.coco.json", &*train),
        ("valid/_annotations.coco.json", &valid),
        ("test/_annotations.coco.json", &test),
    ];
    let set = folder(&names, &files);
    let look = look_for_labels(set.path(), &[], &|| false);
    let found = look.only().unwrap().unwrap();
    let root = set.path().canonicalize().unwrap();
    assert_eq!(found.sentence, format!("COCO files in {}, 3 images, 3 boxes, 3 classes", root.display()));
    assert_eq!(found.rule.to_string(), format!("coco:{}", root.display()));
    let labels = Labels::open(&found.rule, set.path()).unwrap();
    for (image, class) in names.iter().zip(["boat", "buoy", "tug"]) {
        assert_eq!(classes(&labels, &set, image), Ok(vec![class.to_owned()]), "{image}");
    }
}

#[test]
fn files_of_a_folder_of_annotations_are_for_all_images() {
    let captions =
        r#"{"images": [{"id": 0, "file_name": "a.png"}], "annotations": [{"image_id": 0, "caption": "a boat"}]}"#;
    let (train, val) = (coco("a.png", "boat"), coco("b.png", "buoy"));
    let files = [
        ("annotations/captions_train2017.json", captions),
        ("annotations/instances_train2017.json", &*train),
        ("annotations/instances_val2017.json", &val),
    ];
    let set = folder(&["train2017/a.png", "val2017/b.png"], &files);
    let look = look_for_labels(set.path(), &[], &|| false);
    let found = look.only().unwrap().unwrap();
    assert_eq!(found.sentence, "COCO files in annotations, 2 images, 2 boxes, 2 classes");
    let labels = Labels::open(&found.rule, set.path()).unwrap();
    assert_eq!(classes(&labels, &set, "train2017/a.png"), Ok(vec!["boat".to_owned()]));
    assert_eq!(classes(&labels, &set, "val2017/b.png"), Ok(vec!["buoy".to_owned()]));
}

#[test]
fn files_that_contradict_each_other_are_no_parts() {
    let (one, other) = (coco("a.png", "boat"), coco("a.png", "buoy"));
    let set = folder(&["a.png"], &[("one.json", &one), ("other.json", &other)]);
    let look = look_for_labels(set.path(), &[], &|| false);
    assert_eq!(look.choices.len(), 2, "{look:?}");
    let rule = LabelRule::new("coco", Some(set.path().to_owned())).unwrap();
    let labels = Labels::open(&rule, set.path()).unwrap();
    let error = classes(&labels, &set, "a.png").unwrap_err();
    assert!(error.contains("one.json") && error.contains("other.json"), "{error}");
    // The same file twice says nothing new.
    fs::write(set.path().join("other.json"), &one).unwrap();
    let labels = Labels::open(&rule, set.path()).unwrap();
    assert_eq!(classes(&labels, &set, "a.png"), Ok(vec!["boat".to_owned()]));
}

#[test]
fn tables_of_parts_have_a_label_each() {
    let files = [("train/labels.csv", "image,label\na.png,boat\n"), ("val/labels.csv", "image,label\na.png,buoy\n")];
    let set = folder(&["train/a.png", "val/a.png", "val/c.png"], &files);
    let look = look_for_labels(set.path(), &[], &|| false);
    let labels = Labels::open(&look.only().unwrap().unwrap().rule, set.path()).unwrap();
    let label = |image: &str| labels.label_of(&set.path().join(image), image).map_err(|error| error.to_string());
    assert_eq!((label("train/a.png"), label("val/a.png")), (Ok("boat".to_owned()), Ok("buoy".to_owned())));
    assert!(label("val/c.png").is_err());
}

#[test]
fn tables_with_other_names_are_chosen_by_a_person() {
    let files = [("train.csv", "image,label\na.png,boat\n"), ("sample_submission.csv", "image,label\nb.png,0\n")];
    let set = folder(&["a.png", "b.png"], &files);
    assert_eq!(look_for_labels(set.path(), &[], &|| false).choices.len(), 2);
}

#[test]
fn a_folder_without_such_files_is_refused() {
    let set = folder(&["a.png"], &[("notes.json", "{}")]);
    let rule = LabelRule::new("coco", Some(set.path().to_owned())).unwrap();
    let error = Labels::open(&rule, set.path()).unwrap_err().to_string();
    assert!(error.contains("the folder has no COCO file"), "{error}");
}
