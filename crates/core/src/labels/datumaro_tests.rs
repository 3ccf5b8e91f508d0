use super::*;
use crate::model::objects::LabelledObject;
use serde_json::json;

fn read(items: &Value) -> Datumaro {
    let categories = json!({"label": {"labels": [{"name": "boat", "parent": "", "attributes": []}, {"name": "buoy", "parent": ""},
        {"name": "bow", "parent": "boat"}, {"name": "stern", "parent": "boat"}], "attributes": ["occluded"]},
        "points": {"items": [{"label_id": 0, "labels": ["bow", "stern"], "joints": [[1, 2]]}]}, "mask": {"colormap": []}});
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("default.json");
    let text = json!({"dm_format_version": "1.0", "infos": {}, "categories": categories, "items": items});
    std::fs::write(&file, serde_json::to_string_pretty(&text).unwrap()).unwrap();
    Datumaro::read(&file, &Arc::default()).unwrap()
}

fn item(path: &str, annotations: Value) -> Value {
    json!({"id": path.trim_end_matches(".jpg"), "annotations": annotations, "attr": {"frame": 0}, "image": {"path": path, "size": [60, 100]}})
}

fn annotated(read: &Datumaro, name: &str) -> Result<Annotated, String> {
    let path = Path::new("/photos").join(name);
    let image = ImageFile { path: &path, listed_name: name };
    let found = read.objects_of(image, Frame::upright([100, 60])).map_err(|error| error.to_string())?;
    Ok(found.unwrap_or_default())
}

fn texts(objects: &[LabelledObject]) -> Vec<String> {
    let text = |object: &LabelledObject| format!("{} {:?}", object.label, <[f32; 4]>::from(object.bbox));
    objects.iter().map(text).collect()
}

#[test]
fn annotations_are_objects() {
    let read = read(&json!([item(
        "a.jpg",
        json!([
        {"id": 0, "type": "bbox", "attributes": {"occluded": true, "rotation": 0.0, "track_id": 5, "keyframe": false, "color": "red", "score": 0.5},
         "group": 0, "label_id": 0, "bbox": [10.0, 20.0, 20.0, 20.5]},
        {"type": "bbox", "attributes": {"rotation": 90.0}, "label_id": 0, "bbox": [10, 20, 20, 4]},
        {"type": "polygon", "attributes": {"is_crowd": true}, "label_id": 1, "points": [1, 1, 5, 1, 5, 9]},
        {"type": "ellipse", "label_id": 1, "points": [1.0, 2.0, 3.0, 6.0]},
        {"type": "polyline", "label_id": 1, "points": [1, 1, 5, 1]},
        {"type": "points", "label_id": 0, "points": [1, 2, 30, 40], "visibility": [0, 2], "object_id": 8},
        {"type": "mask", "label_id": 7, "rle": {"counts": "53107", "size": [4, 5]}},
        {"type": "cuboid_2d", "label_id": 1, "points": [[1, 1], [3, 1], [3, 3], [1, 3], [1.5, 1.5], [3.5, 1.5], [3.5, 3.5], [1.5, 3.5]]},
        {"type": "skeleton", "label_id": 0, "elements": [{"type": "points", "label_id": 2, "points": [7, 8], "visibility": [1]}]},
        {"type": "caption", "caption": "two boats"}, {"type": "cuboid_3d", "position": [1, 2, 3]},
        {"type": "label", "label_id": 1}])
    ),]));
    let Annotated { objects, units, unnamed } = annotated(&read, "a.jpg").unwrap();
    assert_eq!((units, unnamed.as_deref()), (Units::Pixels { stated_px: Some([100.0, 60.0]) }, Some("class 7")));
    let expected = [
        "boat [10.0, 20.0, 20.0, 20.5]",
        "boat [18.0, 12.0, 4.0, 20.0]",
        "buoy [1.0, 1.0, 4.0, 8.0]",
        "buoy [1.0, 2.0, 2.0, 4.0]",
        "buoy [1.0, 1.0, 4.0, 0.0]",
        "boat [30.0, 40.0, 0.0, 0.0]",
        "class 7 [1.0, 1.0, 2.0, 3.0]",
        "buoy [1.0, 1.0, 2.5, 2.5]",
        "boat [7.0, 8.0, 0.0, 0.0]",
    ];
    assert_eq!(texts(&objects), expected);
    let attributes: Vec<_> = objects[0].attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        (attributes.join(" ").as_str(), objects[0].track_id, objects[0].score),
        ("color=red occluded=1", Some(5), Some(0.5))
    );
    assert_eq!((objects[1].rotated_box.map(|corners| corners[0]), objects[2].crowd), (Some([22.0, 12.0]), true));
    assert_eq!(
        (&objects[5].keypoint_names[..], objects[5].track_id),
        (&["bow".to_owned(), "stern".to_owned()][..], Some(8))
    );
    assert_eq!((objects[8].keypoint_names[0].as_str(), objects[8].keypoints[0].visibility), ("bow", 1));
    let image = ImageFile { path: Path::new("/photos/a.jpg"), listed_name: "a.jpg" };
    assert_eq!(read.label_of(image).unwrap(), "buoy");
}

#[test]
fn a_group_is_one_instance_unless_it_has_two_boxes() {
    let polygon = |group: u64, x: u32| json!({"type": "polygon", "group": group, "label_id": 0, "points": [x, 1, x + 4, 1, x + 4, 9]});
    let bbox = |group: u64| json!({"type": "bbox", "group": group, "label_id": 0, "bbox": [0, 0, 50, 50]});
    let points = json!({"type": "points", "group": 900_100_087_038_u64, "label_id": 0, "points": [1, 2, 3, 4], "visibility": [2, 2]});
    let items = json!([
        item("parts.jpg", json!([polygon(3, 1), polygon(3, 20), polygon(0, 40), polygon(0, 50)])),
        item("pose.jpg", json!([bbox(900_100_087_038), points])),
        item("two.jpg", json!([bbox(3), bbox(3)])),
    ]);
    let read = read(&items);
    let parts = annotated(&read, "parts.jpg").unwrap().objects;
    assert_eq!(
        texts(&parts),
        ["boat [1.0, 1.0, 23.0, 8.0]", "boat [40.0, 1.0, 4.0, 8.0]", "boat [50.0, 1.0, 4.0, 8.0]"]
    );
    assert_eq!(parts[0].polygons.len(), 2);
    let pose = annotated(&read, "pose.jpg").unwrap().objects;
    assert_eq!((texts(&pose), pose[0].keypoints.len()), (vec!["boat [0.0, 0.0, 50.0, 50.0]".to_owned()], 2));
    let two = annotated(&read, "two.jpg").unwrap().objects;
    assert_eq!((two.len(), two[0].attributes["group_id"].as_str()), (2, "3"));
}

#[test]
fn damage_costs_its_image_or_is_counted() {
    let boat = |bbox: Value| json!([{"type": "bbox", "label_id": 0, "bbox": bbox}]);
    let mut without_path = item("", boat(json!([1, 1, 2, 2])));
    without_path["id"] = json!("0007");
    let read = read(&json!([
        item("a.jpg", boat(json!([1, null, 2, 2]))),
        item("b.jpg", boat(json!([1, 1, 2, 2]))),
        item("b.jpg", json!([])),
        without_path,
        {"id": "frame", "video_frame": {"video_path": "v.mp4", "frame_index": 1}, "annotations": []},
        item("c.jpg", json!([{"type": "mask", "label_id": 0, "rle": {"counts": "1", "size": [4, 5]}}, {"type": "star"}])),
    ]));
    assert!(annotated(&read, "a.jpg").unwrap_err().contains("annotations[0]: its bbox is not"));
    assert!(annotated(&read, "b.jpg").unwrap_err().contains("items[2] at line"));
    assert_eq!(annotated(&read, "0007.jpg").unwrap().objects.len(), 1);
    assert!(annotated(&read, "c.jpg").unwrap().objects.is_empty());
    let Damaged { entries, example } = read.damaged();
    assert!(entries == 2 && example.as_ref().unwrap().contains("not an image: frame"), "{example:?}");
}

#[test]
fn a_list_of_labels_has_no_objects() {
    let read = read(&json!([item("a.jpg", json!([{"type": "label", "label_id": 1}])), item("b.jpg", json!([]))]));
    let label = |name: &str| {
        let path = Path::new("/photos").join(name);
        read.label_of(ImageFile { path: &path, listed_name: name }).map_err(|error| error.to_string())
    };
    assert!(!read.has_objects());
    assert_eq!(label("a.jpg").as_deref(), Ok("buoy"));
    assert!(label("b.jpg").unwrap_err().contains("no label") && label("c.jpg").unwrap_err().contains("no entry"));
}
