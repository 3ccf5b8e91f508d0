use super::*;

fn label(labels: &Labels, listed_name: &str) -> Result<String, LabelError> {
    labels.label_of(&Path::new("/photos/cats").join(listed_name), listed_name)
}

#[test]
fn by_stem_and_by_folder() {
    let stem = Labels::open(&LabelRule::default(), Path::new("/photos/cats")).unwrap();
    assert_eq!(label(&stem, "2024-09-10.png").unwrap(), "2024-09-10");
    assert_eq!(label(&stem, "sub/ a b .tar.png").unwrap(), "a b");
    let folder = Labels::open(&LabelRule::new("folder", None).unwrap(), Path::new("/photos/cats")).unwrap();
    assert_eq!(label(&folder, "x.png").unwrap(), "cats");
    assert_eq!(label(&folder, "sub/deep/x.png").unwrap(), "deep");
}

fn from_csv(text: &str) -> Result<Labels, LabelError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("labels.csv");
    std::fs::write(&file, text).unwrap();
    Labels::open(&LabelRule::new("csv", Some(file)).unwrap(), Path::new("/photos/cats"))
}

#[test]
fn by_csv() {
    let labels = from_csv(
        "\u{feff}Image_Path, Annotation\noutput_images/a.png,\"one, two\"\nsub\\b.png,x\n./c.png,1\n\
         u/d.png,p\nv/d.png,q\n",
    )
    .unwrap();
    assert_eq!(label(&labels, "a.png").unwrap(), "one, two");
    assert_eq!(label(&labels, "sub/b.png").unwrap(), "x");
    assert_eq!(label(&labels, "c.png").unwrap(), "1");
    assert_eq!(label(&labels, "v/d.png").unwrap(), "q");
    assert!(matches!(label(&labels, "w/d.png"), Err(LabelError::Ambiguous(_))));
    assert!(matches!(label(&labels, "z.png"), Err(LabelError::Missing(_))));
    assert_eq!(label(&from_csv("label;file\nx;a.png\n").unwrap(), "a.png").unwrap(), "x");
}

#[test]
fn a_csv_without_the_columns_says_which_it_needs() {
    let error = from_csv("a,b\n1,2\n").unwrap_err().to_string();
    assert!(error.contains("image_path") && error.contains("annotation"), "{error}");
}

#[test]
fn each_format_has_a_rule_of_its_own() {
    for (index, format) in LABEL_FORMATS.iter().enumerate() {
        assert!(LABEL_FORMATS[..index].iter().all(|other| other.name != format.name), "{}", format.name);
        let rule: LabelRule = format.syntax().parse().unwrap();
        assert_eq!(rule.to_string(), format.syntax());
        assert_eq!(rule.has_objects(), format.has_objects);
        assert_eq!(rule.missing_place().is_some(), format.place.is_some(), "there is no such file or folder");
    }
    let refused = "exif".parse::<LabelRule>().unwrap_err();
    assert_eq!(
        refused,
        "labels come from auto, stem, folder, imagefolder, csv:FILE, coco:FILE, yolo:DIR, voc:DIR, labelme:DIR, cvat:FILE, labelstudio:FILE, \
         via:FILE, kitti:DIR, openimages:FILE, datumaro:FILE or hf:DIR"
    );
}

#[test]
fn rules_are_read_and_shown() {
    for text in ["stem", "folder", "csv:x.csv", "coco:C:\\x.json", "yolo:labels", "voc:x"] {
        assert_eq!(text.parse::<LabelRule>().unwrap().to_string(), text);
    }
    assert!("csv:".parse::<LabelRule>().is_err() && "voc:".parse::<LabelRule>().is_err());
    assert!("stem:x".parse::<LabelRule>().is_err() && "exif".parse::<LabelRule>().is_err());
}
