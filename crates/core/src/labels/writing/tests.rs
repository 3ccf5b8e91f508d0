use super::*;
use crate::model::objects::{BBox, Keypoint};

#[test]
fn a_name_leads_to_each_format() {
    for format in SET_FORMATS {
        assert_eq!(SetFormat::named(format.name), Some(format));
    }
    assert_eq!(SetFormat::named("COCO"), None);
}

#[test]
fn a_class_has_the_names_of_its_longest_keypoints() {
    let object = |points: usize, names: &[&str]| LabelledObject {
        keypoints: vec![Keypoint { at: [1.0, 1.0], visibility: 2 }; points],
        keypoint_names: names.iter().map(ToString::to_string).collect(),
        ..LabelledObject::of_box("face", BBox::default())
    };
    let mut outline = SetOutline::default();
    outline.add(&[object(1, &["eye"]), object(2, &[]), object(2, &["eye", "nose"]), object(0, &[])]);
    let class = &outline.classes["face"];
    assert_eq!(
        (class.objects, class.keypoints, class.keypoint_names.as_slice()),
        (4, 2, &["eye".to_owned(), "nose".to_owned()][..])
    );
    assert_eq!((outline.content.objects, outline.content.keypoints), (4, 3));
}
