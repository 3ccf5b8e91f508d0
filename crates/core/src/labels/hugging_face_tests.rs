use std::fs;

use proptest::prelude::*;

use super::*;

fn read(files: &[(&str, &str)]) -> Result<(tempfile::TempDir, HuggingFace), String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let read = HuggingFace::read(folder.path(), &Arc::default())?;
    Ok((folder, read))
}

fn label(read: &HuggingFace, name: &str) -> Result<String, String> {
    let path = Path::new("/photos").join(name);
    read.label_of(ImageFile { path: &path, listed_name: name }).map_err(|error| error.to_string())
}

/// `label x y width height` of each object; or the error.
fn objects(read: &HuggingFace, name: &str) -> Result<Vec<String>, String> {
    let path = Path::new("/photos").join(name);
    let found = read.objects_of(ImageFile { path: &path, listed_name: name }, Frame::upright([100, 60]));
    let found = found.map_err(|error| error.to_string())?.unwrap_or_default();
    let text = |object: LabelledObject| {
        let [x, y, width, height] = <[f32; 4]>::from(object.bbox);
        format!("{} {x} {y} {width} {height}", object.label)
    };
    Ok(found.objects.into_iter().map(text).collect())
}

#[test]
fn labels_and_texts_of_tables_and_of_lines() {
    let (_folder, table) = read(&[(
        "metadata.csv",
        "file_name,label\n0001.png,cat\nsub/0002.png, dog \n0003.png,\n0001.png,cat\n0004.png,a\n0004.png,b\n",
    )])
    .unwrap();
    assert_eq!((label(&table, "0001.png"), label(&table, "sub/0002.png")), (Ok("cat".into()), Ok("dog".into())));
    assert!(label(&table, "0003.png").unwrap_err().contains("no label"));
    assert!(label(&table, "0004.png").unwrap_err().contains("a and b"));
    assert!(label(&table, "0009.png").unwrap_err().contains("no row"));
    assert!(!table.has_objects());
    let lines =
        "{\"file_name\": \"0001.png\", \"text\": \"a boat\", \"x\": NaN}\n\n{\"file_name\": \"2.png\", \"text\": 7}\n";
    let (_folder, captions) = read(&[("metadata.jsonl", lines)]).unwrap();
    assert_eq!((label(&captions, "0001.png"), label(&captions, "2.png")), (Ok("a boat".into()), Ok("7".into())));
}

#[test]
fn each_folder_has_its_own_metadata() {
    let files = [
        ("train/metadata.csv", "file_name,label\n1.png,cat\n"),
        ("test/metadata.jsonl", "{\"file_name\":\"1.png\",\"label\":\"dog\"}"),
    ];
    let (_folder, both) = read(&files).unwrap();
    assert_eq!((label(&both, "train/1.png"), label(&both, "test/1.png")), (Ok("cat".into()), Ok("dog".into())));
    assert!(label(&both, "val/1.png").unwrap_err().contains("no row"));
    let damaged = [
        ("train/metadata.csv", "file_name,objects\n1.png,{\n"),
        ("test/metadata.jsonl", "{\"file_name\":\"1.png\",\"objects\":[]}\n{"),
    ];
    let (_folder, both) = read(&damaged).unwrap();
    assert!(objects(&both, "train/1.png").unwrap_err().contains("train, line 2: its objects are not JSON"));
    assert!(both.damaged().example.unwrap().starts_with("test, line 2: "));
}

#[test]
fn other_columns_with_the_image() {
    let (_folder, read_one) =
        read(&[("metadata.csv", "image_file_name,mask_file_name,label\n1.png,m.png,cat\n")]).unwrap();
    assert_eq!(label(&read_one, "1.png"), Ok("cat".into()));
    let (_folder, read_one) = read(&[("metadata.csv", "photo_file_name,label\n1.png,cat\n")]).unwrap();
    assert_eq!(label(&read_one, "1.png"), Ok("cat".into()));
    let refused = read(&[("metadata.csv", "left_file_name,right_file_name\n1.png,2.png\n")]).unwrap_err();
    assert!(refused.contains("left_file_name") && refused.contains("right_file_name"), "{refused}");
    assert!(read(&[("metadata.csv", "name,label\n1.png,x\n")]).unwrap_err().contains("no column file_name"));
    assert!(read(&[("other.csv", "file_name\n1.png\n")]).unwrap_err().contains("metadata.csv or metadata.jsonl"));
}

#[test]
fn objects_are_lists_of_boxes_and_classes() {
    let lines = [
        r#"{"file_name": "1.png", "objects": {"bbox": [[10, 20, 30.5, 4], ["1", 1e+0, 2, 2.0]], "categories": ["boat", 3]}}"#,
        r#"{"file_name": "2.png", "objects": [{"bbox": [1, 2, 3, 4], "category": "buoy"}], "width": 100, "height": 60}"#,
        r#"{"file_name": "3.png", "objects": null}"#,
        r#"{"file_name": "4.png", "objects": {"bbox": [[1, 2, 3, 4]], "categories": []}}"#,
        r#"{"file_name": "5.png", "objects": {"bbox": [[1, 2, 3]], "categories": ["x"]}}"#,
        r#"{"file_name": "6.png", "objects": {"bbox": [[1, 2, 3, 4]], "categories": ["x", "y"]}}"#,
        r#"{"file_name": "7.png", "objects": {"bbox": [[1, NaN, 3, 4]], "categories": ["x"]}}"#,
        r#"{"label": "x"}"#,
        r#"{"file_name": 8.png}"#,
    ];
    let (_folder, all) = read(&[("metadata.jsonl", &lines.join("\n"))]).unwrap();
    assert!(all.has_objects() && !all.has_labels);
    assert_eq!(objects(&all, "1.png").unwrap(), ["boat 10 20 30.5 4", "class 3 1 1 2 2"]);
    assert_eq!(objects(&all, "2.png").unwrap(), ["buoy 1 2 3 4"]);
    assert_eq!((objects(&all, "3.png"), objects(&all, "9.png")), (Ok(Vec::new()), Ok(Vec::new())));
    assert_eq!(objects(&all, "4.png").unwrap(), [" 1 2 3 4"]);
    for (name, reason) in [
        ("5.png", "line 5: bbox[0]"),
        ("6.png", "line 6: its objects have 1 boxes and 2 categories"),
        ("7.png", "line 7: bbox[0]"),
    ] {
        let error = objects(&all, name).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
    let Damaged { entries, example } = all.damaged();
    assert_eq!((entries, example.as_deref()), (2, Some("line 8: it names no image")));
    let table = "file_name,objects\n1.png,\"{\"\"bbox\"\": [[1, 2, 3, 4]], \"\"categories\"\": [\"\"x\"\"]}\"\n2.png,\n3.png,{\n";
    let (_folder, table) = read(&[("metadata.csv", table)]).unwrap();
    assert_eq!(objects(&table, "1.png").unwrap(), ["x 1 2 3 4"]);
    assert_eq!(objects(&table, "2.png"), Ok(Vec::new()));
    assert!(objects(&table, "3.png").unwrap_err().contains("line 4: its objects are not JSON"));
    // Without a label column the label is the file name.
    assert_eq!(label(&table, "1.png"), Ok("1".into()));
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        rows in prop::collection::vec((prop::collection::vec((0_u16..9_000, 0_u16..900, 1_u16..900, "[a-zé \",]{0,6}"), 0..4), "[a-z]{1,8}"), 1..6),
    ) {
        let lines: Vec<String> = rows.iter().enumerate().map(|(index, (objects, label))| {
            let boxes: Vec<[f32; 4]> = objects.iter().map(|(x, y, side, _)| [f32::from(*x) / 10.0, f32::from(*y), f32::from(*side), 1.0]).collect();
            let classes: Vec<&str> = objects.iter().map(|(.., class)| class.as_str()).collect();
            let name = format!("{index}.png");
            serde_json::json!({"file_name": name, "label": label, "objects": {"bbox": boxes, "categories": classes}}).to_string()
        }).collect();
        let (_folder, all) = read(&[("metadata.jsonl", &lines.join("\n"))]).unwrap();
        for (index, (written, text)) in rows.iter().enumerate() {
            let name = format!("{index}.png");
            prop_assert_eq!(label(&all, &name), Ok(text.clone()));
            let expected: Vec<String> = written.iter().map(|(x, y, side, class)| format!("{class} {} {y} {side} 1", f32::from(*x) / 10.0)).collect();
            prop_assert_eq!(objects(&all, &name).unwrap(), expected);
        }
    }

    #[test]
    fn damaged_metadata_never_panic(text in "[\\[\\]{},:\"a1_ \\\\\n]{0,60}") {
        let _ = read(&[("metadata.jsonl", &text)]);
        let _ = read(&[("metadata.csv", &format!("file_name,objects\n{text}"))]);
    }
}

#[test]
fn numbers_of_classes_have_their_names_from_the_card() {
    let names = |class: &str| format!("      class_label:\n        names:\n          '0': {class}\n");
    let card = format!(
        "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n{}  - name: objects\n    dtype:\n{}---\n",
        names("cat"),
        names("boat")
    );
    let line = |label: u32| {
        format!(
            r#"{{"file_name": "{label}.png", "label": {label}, "objects": {{"bbox": [[1, 2, 3, 4]], "categories": [{label}]}}}}"#
        )
    };
    let lines = format!("{}\n{}\n", line(0), line(1));
    let (_folder, read) = read(&[("README.md", &card), ("metadata.jsonl", &lines)]).unwrap();
    assert_eq!((label(&read, "0.png"), label(&read, "1.png")), (Ok("cat".into()), Ok("1".into())));
    assert_eq!(objects(&read, "0.png"), Ok(vec!["boat 1 2 3 4".to_owned()]));
    assert_eq!(objects(&read, "1.png"), Ok(vec!["class 1 1 2 3 4".to_owned()]));
}
