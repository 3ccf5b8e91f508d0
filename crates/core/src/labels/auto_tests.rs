use std::fs;

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x64\0\0\0\x3c";
const COCO: &str = r#"{"images": [{"id": 1, "file_name": "a.png", "width": 100, "height": 60}, {"id": 2, "file_name": "b.png"}],
    "categories": [{"id": 1, "name": "boat"}, {"id": 2, "name": "buoy"}],
    "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}, {"image_id": 2, "category_id": 2, "bbox": [1, 1, 5, 5]},
        {"image_id": 2, "category_id": 1, "bbox": [1, 1, 5, 5]}]}"#;

/// A folder with these images and files.
pub(in crate::labels) fn folder(images: &[&str], files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    images.iter().for_each(|name| write(name, PNG));
    files.iter().for_each(|(name, text)| write(name, text.as_bytes()));
    folder
}

/// What is found for the images in the sub-folder `input`, with paths relative to the folder.
fn sentences(folder: &tempfile::TempDir, input: &str) -> Vec<String> {
    let look = look_for_labels(&folder.path().join(input), &[], &|| false);
    let root = format!("{}/", folder.path().canonicalize().unwrap().display());
    look.choices.into_iter().map(|found| found.sentence.replace(&root, "")).collect()
}

#[test]
fn each_format_is_recognised_and_counted() {
    let yolo = ("labels/a.txt", "0 0.5 0.5 0.1 0.1\n1 0.5 0.5 0.1 0.1\n");
    let names = ("data.yaml", "names: [boat, buoy]\n");
    let voc = r#"<annotation><object><name>boat</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object></annotation>"#;
    let labelme =
        r#"{"version": "5", "shapes": [{"label": "boat", "points": [[1, 1], [5, 5]], "shape_type": "rectangle"}]}"#;
    let cvat =
        r#"<annotations><image name="a.png"><box label="boat" xtl="1" ytl="1" xbr="5" ybr="5"/></image></annotations>"#;
    let hf = "{\"file_name\": \"a.png\", \"objects\": {\"bbox\": [[1, 1, 5, 5]], \"categories\": [\"boat\"]}}\n";
    let studio = r#"[{"id": 1, "data": {"image": "/data/upload/1/a.png"}, "annotations": [{"result": [{"type": "rectanglelabels",
        "from_name": "l", "to_name": "i", "original_width": 100, "original_height": 60,
        "value": {"x": 1, "y": 1, "width": 5, "height": 5, "rectanglelabels": ["boat"]}}]}]}]"#;
    let via = r#"{"a.png123": {"filename": "a.png", "size": 123, "regions": [{"shape_attributes": {"name": "rect", "x": 1, "y": 1,
        "width": 5, "height": 5}, "region_attributes": {"label": "boat"}}], "file_attributes": {}}}"#;
    let via_table = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n\
        a.png,123,\"{}\",1,0,\"{\"\"name\"\":\"\"rect\"\",\"\"x\"\":1,\"\"y\"\":1,\"\"width\"\":5,\"\"height\"\":5}\",\"{\"\"label\"\":\"\"boat\"\"}\"\n";
    let kitti = "Car 0.00 0 1.5 1.0 1.0 5.0 5.0 1.5 1.6 3.7 1.0 1.0 10.0 1.5\n";
    let open_images = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n\
        a,xclick,/m/019jd,1,0.1,0.2,0.1,0.2,0,0,0,0,0\n";
    let datumaro = r#"{"info": {}, "categories": {"label": {"labels": [{"name": "boat", "parent": ""}]}},
        "items": [{"id": "a", "image": {"path": "a.png", "size": [60, 100]},
        "annotations": [{"id": 0, "type": "bbox", "label_id": 0, "bbox": [1, 1, 5, 5], "attributes": {}}]}]}"#;
    for (files, expected) in [
        (&[("any.json", COCO)][..], "COCO file any.json, 3 images, 3 boxes, 2 classes; 1 image has none"),
        (&[yolo, names], "YOLO folder labels, 3 images, 2 boxes, 2 classes; 2 images have none"),
        (&[("xml/a.xml", voc)], "VOC folder xml, 3 images, 1 box, 1 class; 2 images have none"),
        (&[("json/a.json", labelme)], "LabelMe folder json, 3 images, 1 box, 1 class; 2 images have none"),
        (&[("annotations.xml", cvat)], "CVAT file annotations.xml, 3 images, 1 box, 1 class; 2 images have none"),
        (
            &[("sets/l.csv", "image,label\na.png,boat\nb.png,boat\n")],
            "CSV file sets/l.csv, 3 images, 1 label; 1 image has none",
        ),
        (&[("tasks.json", studio)], "Label Studio file tasks.json, 3 images, 1 box, 1 class; 2 images have none"),
        (&[("via.json", via)], "VIA file via.json, 3 images, 1 box, 1 class; 2 images have none"),
        (&[("via.csv", via_table)], "VIA file via.csv, 3 images, 1 box, 1 class; 2 images have none"),
        (&[("kitti/a.txt", kitti)], "KITTI folder kitti, 3 images, 1 box, 1 class; 2 images have none"),
        (&[("boxes.csv", open_images)], "Open Images file boxes.csv, 3 images, 1 box, 1 class; 2 images have none"),
        (&[("default.json", datumaro)], "Datumaro file default.json, 3 images, 1 box, 1 class; 2 images have none"),
        (&[("metadata.jsonl", hf)], "Hugging Face metadata, 3 images, 1 box, 1 class; 2 images have none"),
    ] {
        let folder = folder(&["a.png", "b.png", "c.png"], files);
        let found = sentences(&folder, "");
        let found: Vec<String> = found
            .into_iter()
            .map(|text| {
                text.replace(&format!("metadata {}", folder.path().canonicalize().unwrap().display()), "metadata")
            })
            .collect();
        assert_eq!(found, [expected]);
    }
}

#[test]
fn labels_beside_and_above_the_images_are_found() {
    let yolo = [("labels/train/a.txt", "0 0.5 0.5 0.1 0.1\n"), ("labels/val/b.txt", "0 0.5 0.5 0.1 0.1\n")];
    let set = folder(&["images/train/a.png", "images/val/b.png"], &yolo);
    assert_eq!(sentences(&set, "images"), ["YOLO folder labels, 2 images, 2 boxes, 1 class"]);
    assert_eq!(sentences(&set, "images/train"), ["YOLO folder labels, 1 image, 1 box, 1 class"]);
    assert_eq!(sentences(&set, ""), ["YOLO folder labels, 2 images, 2 boxes, 1 class"]);
    let coco = folder(&["train2017/a.png", "train2017/b.png"], &[("annotations/instances_train2017.json", COCO)]);
    let found = sentences(&coco, "train2017");
    assert_eq!(found, ["COCO file annotations/instances_train2017.json, 2 images, 3 boxes, 2 classes"]);
}

#[test]
fn several_are_named_and_none_is_chosen() {
    let files = [("c.json", COCO), ("labels/a.txt", "0 0.5 0.5 0.1 0.1\n")];
    let folder = folder(&["a.png", "b.png"], &files);
    let look = look_for_labels(folder.path(), &[], &|| false);
    assert_eq!(look.choices.len(), 2);
    let refused = look.only().unwrap_err();
    for part in [
        "COCO file c.json, 2 images, 3 boxes",
        "YOLO folder labels, 2 images, 1 box",
        "--labels coco:",
        "or --labels yolo:",
    ] {
        assert!(refused.contains(part), "{refused}");
    }
    // Whoever opens the rule directly is refused too.
    let error = Labels::open(&LabelRule::of_what_is_found(), folder.path()).unwrap_err().to_string();
    assert!(error.contains("--labels coco:"), "{error}");
}

#[test]
fn what_fits_no_image_is_no_choice_and_said() {
    let files = [
        ("c.json", COCO),
        ("notes.txt", "buy milk\n"),
        ("bad.json", "{\"images\": 3, \"annotations\": []}"),
        ("list.csv", "a,b\n1,2\n"),
        ("settings.json", "{}"),
    ];
    let folder = folder(&["x.png"], &files);
    let look = look_for_labels(folder.path(), &[], &|| false);
    assert_eq!((look.only(), look.choices.len()), (Ok(None), 0));
    let said = look.remarks.join("\n");
    assert!(said.contains("COCO file c.json has none of the images") && said.contains("bad.json"), "{said}");
    let labels = Labels::open(&LabelRule::of_what_is_found(), folder.path()).unwrap();
    assert_eq!(labels.label_of(&folder.path().join("x.png"), "x.png").unwrap(), "x");
}

#[test]
fn own_outputs_and_captions_are_no_choices() {
    let captions =
        r#"{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"image_id": 1, "caption": "a boat"}]}"#;
    let files = [
        ("annotation.csv", "image_path,annotation\noutput_images/a.png,a\n"),
        ("captions.json", captions),
        ("instances.json", COCO),
    ];
    let folder = folder(&["a.png"], &files);
    let look = look_for_labels(folder.path(), &[folder.path().join("annotation.csv")], &|| false);
    assert_eq!(look.choices.len(), 1, "{look:?}");
    assert!(look.choices[0].rule.to_string().ends_with("instances.json"));
}

#[test]
fn images_that_would_be_rejected_are_counted() {
    let damaged = COCO.replacen("[1, 1, 5, 5]", "[1, 1]", 1);
    let folder = folder(&["a.png", "b.png"], &[("c.json", &damaged)]);
    let found = sentences(&folder, "");
    let expected = "COCO file c.json, 1 image, 2 boxes, 2 classes; 1 more image would be rejected, for example a.png: ";
    assert!(found[0].starts_with(expected) && found[0].contains("bbox"), "{found:?}");
}

#[test]
fn folders_of_classes_are_found_where_there_are_no_files_of_labels() {
    let images = ["train/cat/a.png", "train/dog/b.png", "val/cat/c.png"];
    let found = sentences(&folder(&images, &[("readme.txt", "cats")]), "");
    assert_eq!(found, ["folders of classes, 3 images, 2 labels"]);
    assert_eq!(sentences(&folder(&["a.png", "cat/b.png", "dog/c.png"], &[]), ""), [""; 0]);
    assert_eq!(sentences(&folder(&["images/b.png", "images/c.png"], &[]), ""), [""; 0]);
    let table = ("labels.csv", "image,label\ntrain/cat/a.png,tabby\n");
    let found = sentences(&folder(&images, &[table]), "");
    assert_eq!(found, ["CSV file labels.csv, 3 images, 1 label; 2 images have none"]);
}

#[test]
fn a_large_folder_is_looked_at_in_part_which_is_said() {
    let folder = folder(&[], &[]);
    let images = 2 * IMAGES_MAX + 10;
    let mut rows = "image,label\n".to_owned();
    for number in 0..images {
        let name = format!("{number:06}.png");
        fs::write(folder.path().join(&name), PNG).unwrap();
        rows.push_str(&format!("{name},boat\n"));
    }
    fs::write(folder.path().join("labels.csv"), rows).unwrap();
    let found = sentences(&folder, "");
    assert_eq!(found, ["CSV file labels.csv, 6,670 images, 1 label; 6,670 of 20,010 files were looked at"]);
    // It ends when it is stopped.
    assert!(look_for_labels(folder.path(), &[], &|| true).choices.is_empty());
}

#[test]
fn a_walk_ends_when_the_look_is_stopped() {
    let set = folder(&["images/a.png", "images/b.png"], &[("labels/a.txt", "0 0.5 0.5 0.1 0.1\n")]);
    let input = set.path().join("images");
    let listed = |is_stopped: &dyn Fn() -> bool| {
        let search = Search::new(&[], is_stopped);
        let groups = places_around(&input, &search).into_iter().map(|place| place.groups.len()).sum::<usize>();
        (groups, ImageNames::below(&input, &search).paths().count())
    };
    assert_eq!(listed(&|| false), (1, 2));
    assert_eq!(listed(&|| true), (0, 0));
}

#[test]
fn no_more_images_are_opened_than_show_that_there_are_no_labels() {
    // A walk asks once for each file, and so does opening it.
    let asked = |images: &[&str]| {
        let asked = std::cell::Cell::new(0);
        let count = || {
            asked.set(asked.get() + 1);
            false
        };
        assert_eq!(look_for_labels(folder(images, &[]).path(), &[], &count).choices.len(), 0);
        asked.get()
    };
    let names: Vec<String> = (0..50).map(|number| format!("{number}.png")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(asked(&names), 2 * 50 + 1);
}

#[test]
fn images_within_a_folder_are_those_of_a_walk_of_it() {
    let set = folder(&["images/0.png", "images/train/images/1.png", "images/train/2.png", "images/train 2/3.png"], &[]);
    let search = Search::new(&[], &|| false);
    let names = |images: &ImageNames| {
        (images.root.clone(), images.folders.clone(), images.paths().collect::<Vec<_>>().join(" "))
    };
    let all = ImageNames::below(&set.path().join("images"), &search);
    let walked = ImageNames::below(&set.path().join("images/train"), &search);
    assert_eq!(names(&all.within("train/")), names(&walked));
    assert_eq!(walked.paths().count(), 2);
}
