use super::*;
use crate::labels::files::Search;
use crate::model::objects::LabelledObject;
use serde_json::json;

fn read(value: &Value, images: &[&str]) -> Result<(LabelStudio, tempfile::TempDir), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("project-1-at-2024-05-01.json");
    std::fs::write(&file, serde_json::to_string_pretty(value).unwrap()).unwrap();
    for image in images {
        std::fs::write(folder.path().join(image), "").unwrap();
    }
    let images = Arc::new(ImageNames::below(folder.path(), &Search::new(&[], &|| false)));
    Ok((LabelStudio::read(&file, &images)?, folder))
}

/// The objects on an image of 200 × 100 pixels, and its label.
fn found(studio: &LabelStudio, name: &str) -> Result<(Vec<LabelledObject>, String), String> {
    let path = Path::new("/photos").join(name);
    let image = ImageFile { path: &path, listed_name: name };
    let text = |error: LabelError| error.to_string();
    let objects = studio.objects_of(image, Frame::upright([200, 100])).map_err(text)?;
    Ok((objects.unwrap_or_default().objects, studio.label_of(image).map_err(text)?))
}

fn task(results: Value) -> Value {
    json!({"id": 3, "data": {"image": "/data/upload/1/4f3a9b2c-a.jpg", "source": 4}, "annotations": [
        {"id": 22, "result": results, "was_cancelled": false, "ground_truth": false}], "predictions": []})
}

fn result(id: &str, kind: &str, value: Value) -> Value {
    json!({"id": id, "type": kind, "from_name": "label", "to_name": "image", "original_width": 200, "original_height": 100,
        "image_rotation": 0, "value": value})
}

#[test]
fn regions_are_objects_and_choices_labels() {
    let alpha = (0..200 * 100).map(|pixel| u8::from((10..30).contains(&(pixel % 200)) && pixel / 200 < 4) * 100);
    let code = super::super::label_studio_rle::tests::encoded_alpha(alpha);
    let results = json!([
        result("r1", "rectanglelabels", json!({"x": 10, "y": "20.0", "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["boat", "old"]})),
        result("r2", "rectangle", json!({"x": 50, "y": 50, "width": 10, "height": 10, "rotation": 90})),
        result("r2", "labels", json!({"x": 50, "y": 50, "width": 10, "height": 10, "rotation": 90, "labels": ["buoy"]})),
        {"id": "r2", "type": "choices", "from_name": "state", "to_name": "image", "value": {"x": 50, "choices": ["new", "wet"]}},
        {"id": "r2", "type": "textarea", "from_name": "words", "to_name": "image", "value": {"text": ["N 5"]}},
        result("r3", "polygonlabels", json!({"points": [[0, 0], [5, 0], [5, 10]], "closed": true, "polygonlabels": ["sail"]})),
        result("r4", "ellipselabels", json!({"x": 50, "y": 50, "radiusX": 5, "radiusY": 20, "rotation": 90, "ellipselabels": ["sun"]})),
        result("r5", "brushlabels", json!({"format": "rle", "rle": code, "brushlabels": ["sky"]})),
        result("r6", "keypointlabels", json!({"x": 5, "y": 10, "width": 0.3, "keypointlabels": ["mast"]})),
        {"id": "c1", "type": "choices", "from_name": "weather", "to_name": "image", "value": {"choices": ["rain"]}},
        {"from_id": "r1", "to_id": "r2", "type": "relation", "direction": "right"}
    ]);
    let (studio, _folder) = read(&json!([task(results)]), &["a.jpg"]).unwrap();
    let (objects, label) = found(&studio, "a.jpg").unwrap();
    assert_eq!(label, "rain");
    let boxes: Vec<(&str, [f32; 4])> =
        objects.iter().map(|object| (object.label.as_str(), object.bbox.into())).collect();
    let expected = [
        ("boat", [20.0, 20.0, 60.0, 40.0]),
        ("buoy", [90.0, 50.0, 10.0, 20.0]),
        ("sail", [0.0, 0.0, 10.0, 10.0]),
        ("sun", [80.0, 40.0, 40.0, 20.0]),
        ("sky", [10.0, 0.0, 20.0, 4.0]),
        ("mast", [10.0, 10.0, 0.0, 0.0]),
    ];
    let mut sorted = boxes.clone();
    sorted.sort_by_key(|(label, _)| expected.iter().position(|(expected, _)| expected == label));
    assert_eq!(sorted, expected);
    let of = |label: &str| objects.iter().find(|object| object.label == label).unwrap();
    assert_eq!(of("buoy").rotated_box, Some([[100.0, 50.0], [100.0, 70.0], [90.0, 70.0], [90.0, 50.0]]));
    assert_eq!(of("buoy").attributes["state"], "new, wet");
    assert_eq!(
        (of("buoy").attributes["words"].as_str(), of("boat").attributes["labels"].as_str()),
        ("N 5", "boat, old")
    );
    assert_eq!((of("boat").rotated_box, of("sky").mask.as_ref().unwrap().area_px()), (None, 80));
    assert_eq!(of("mast").keypoints.len(), 1);
}

#[test]
fn a_rectangle_turns_around_its_corner_as_the_converter_turns_it() {
    // `rotated_rectangle` of label-studio-converter, on a square picture.
    let value = json!({"x": 47.87, "y": 69.98, "width": 11.02, "height": 19.63, "rotation": 296.74, "rectanglelabels": ["bone"]});
    let mut result = result("r", "rectanglelabels", value);
    result["original_height"] = json!(200);
    let (studio, _folder) = read(&json!([task(json!([result]))]), &["a.jpg"]).unwrap();
    let image = ImageFile { path: Path::new("/photos/a.jpg"), listed_name: "a.jpg" };
    let objects = studio.objects_of(image, Frame::upright([200, 200])).unwrap().unwrap().objects;
    let (sin, cos) = 296.74_f64.to_radians().sin_cos();
    let corners = [[0.0, 0.0], [11.02, 0.0], [11.02, 19.63], [0.0, 19.63]];
    let corners = corners.map(|[x, y]| [2.0 * (47.87 + x * cos - y * sin), 2.0 * (69.98 + x * sin + y * cos)]);
    for (corner, expected) in objects[0].rotated_box.unwrap().iter().zip(corners) {
        assert!((f64::from(corner[0]) - expected[0]).hypot(f64::from(corner[1]) - expected[1]) < 0.01);
    }
    assert!((f64::from(objects[0].bbox.y) - 2.0 * (69.98 + 11.02 * sin)).abs() < 0.01);
}

#[test]
fn points_that_are_children_of_a_rectangle_are_its_keypoints() {
    let mut point = result("p", "keypointlabels", json!({"x": 15, "y": 30, "width": 1, "keypointlabels": ["bow"]}));
    point["parentID"] = json!("r");
    let rectangle = result(
        "r",
        "rectanglelabels",
        json!({"x": 10, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["boat"]}),
    );
    let (studio, _folder) = read(&json!([task(json!([point, rectangle]))]), &["a.jpg"]).unwrap();
    let objects = found(&studio, "a.jpg").unwrap().0;
    assert_eq!((objects.len(), objects[0].label.as_str(), objects[0].keypoints[0].at), (1, "boat", [30.0, 30.0]));
    assert_eq!(
        (&objects[0].keypoint_names[..], objects[0].bbox.into()),
        (&["bow".to_owned()][..], [20.0, 20.0, 60.0, 40.0])
    );
}

#[test]
fn the_minimal_export_is_the_same() {
    let rectangle = json!({"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["boat"],
        "original_width": 200, "original_height": 100});
    let text = format!(
        r#"[{{"image": "/data/upload/1/4f3a9b2c-a.jpg", "remark": "dark", "id": 3, "label": [{rectangle}], "weather": "rain",
        "annotator": 1, "annotation_id": 22, "created_at": "2024-01-30T02:40:43Z", "lead_time": 8.65}},
        {{"image": "b.jpg", "id": 4, "weather": {{"choices": ["rain", "fog"]}}, "annotator": 1, "annotation_id": 23}},
        {{"annotation_id": 24, "annotator": 1, "id": 5, "image": "c.jpg", "label": [{rectangle}], "lead_time": 1}}]"#
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("min.json"), text).unwrap();
    std::fs::write(folder.path().join("a.jpg"), "").unwrap();
    let images = Arc::new(ImageNames::below(folder.path(), &Search::new(&[], &|| false)));
    let studio = LabelStudio::read(&folder.path().join("min.json"), &images).unwrap();
    let (objects, label) = found(&studio, "a.jpg").unwrap();
    assert_eq!((label.as_str(), objects.len(), objects[0].bbox.into()), ("rain", 1, [20.0, 20.0, 60.0, 40.0]));
    assert_eq!(found(&studio, "b.jpg").unwrap().1, "rain, fog");
    let (sorted, label) = found(&studio, "c.jpg").unwrap();
    assert_eq!((label.as_str(), sorted), ("c", objects));
}

#[test]
fn uploads_and_local_files_find_their_images() {
    let boat = || {
        result(
            "r",
            "rectanglelabels",
            json!({"x": 10, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["boat"]}),
        )
    };
    let read = |address: &str, images: &[&str]| {
        let mut task = task(json!([boat()]));
        task["data"]["image"] = json!(address);
        read(&json!([task]), images).unwrap()
    };
    for (address, image) in [
        ("/data/upload/1/4f3a9b2c-a-b.jpg", "a-b.jpg"),
        ("/data/upload/1/4f3a9b2c-a.jpg", "4f3a9b2c-a.jpg"),
        ("/data/upload/1/4f3a9b2c-my_photo_1.jpg", "my photo (1).jpg"),
        ("/data/local-files/?d=set%2Fcaf%C3%A9.jpg", "café.jpg"),
        ("gs://bucket/set/a.jpg", "a.jpg"),
    ] {
        let (studio, _folder) = read(address, &[image]);
        assert_eq!(found(&studio, image).unwrap().0.len(), 1, "{address}");
    }
    let (studio, _folder) = read("/data/upload/1/4f3a9b2c-my_photo_1.jpg", &["my photo (1).jpg", "my photo 1.jpg"]);
    let error = found(&studio, "my photo 1.jpg").unwrap_err();
    assert!(error.contains("my photo (1).jpg") && error.contains("my photo 1.jpg"), "{error}");
}

#[test]
fn what_is_not_clear_is_refused() {
    let boat = || {
        result(
            "r",
            "rectanglelabels",
            json!({"x": 10, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["boat"]}),
        )
    };
    let mut other = task(json!([boat()]));
    other["data"]["image"] = json!("/data/upload/1/0000ffff-a.jpg");
    let (studio, _folder) = read(&json!([task(json!([boat()])), other]), &["a.jpg"]).unwrap();
    let error = found(&studio, "a.jpg").unwrap_err();
    assert!(error.contains("4f3a9b2c-a.jpg") && error.contains("0000ffff-a.jpg"), "{error}");

    let mut twice = task(json!([boat()]));
    twice["annotations"] =
        json!([{"id": 1, "result": [boat()]}, {"id": 2, "result": []}, {"id": 3, "result": [], "was_cancelled": true}]);
    let (studio, folder) = read(&json!([twice.clone()]), &["a.jpg"]).unwrap();
    let error = found(&studio, "a.jpg").unwrap_err();
    assert!(error.contains("task 0 at line 2: it has several annotations, 1 and 2"), "{error}");
    drop(folder);
    twice["annotations"][0]["ground_truth"] = json!(true);
    let (studio, _folder) = read(&json!([twice]), &["a.jpg"]).unwrap();
    assert_eq!(found(&studio, "a.jpg").unwrap().0.len(), 1);
}

#[test]
fn predictions_count_where_nobody_has_annotated() {
    let mut predicted = task(json!([]));
    predicted["annotations"] = json!([]);
    let mut boat = result(
        "r",
        "rectanglelabels",
        json!({"x": 10, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["boat"]}),
    );
    boat["score"] = json!(0.5);
    predicted["predictions"] = json!([{"id": 1, "model_version": "v1", "result": [boat]}]);
    let (studio, _folder) = read(&json!([predicted.clone()]), &["a.jpg"]).unwrap();
    assert_eq!(found(&studio, "a.jpg").unwrap().0[0].score, Some(0.5));
    let mut annotated = task(json!([]));
    annotated["data"]["image"] = json!("b.jpg");
    let (studio, _folder) = read(&json!([predicted, annotated]), &["a.jpg"]).unwrap();
    assert!(found(&studio, "a.jpg").is_err(), "a file without regions is a list of choices");
    let image = ImageFile { path: Path::new("/photos/a.jpg"), listed_name: "a.jpg" };
    assert!(studio.objects_of(image, Frame::upright([9, 9])).unwrap().unwrap().objects.is_empty());
}

#[test]
fn a_list_of_choices_has_no_objects() {
    let task = |name: &str, choices: Value| {
        let results =
            json!([{"id": "c", "type": "choices", "from_name": "kind", "to_name": "image", "value": choices}]);
        json!({"id": 1, "data": {"image": name}, "annotations": [{"id": 1, "result": results}]})
    };
    let tasks = json!([task("a.jpg", json!({"choices": ["cat"]})), task("b.jpg", json!({"choices": []}))]);
    let (studio, _folder) = read(&tasks, &[]).unwrap();
    assert!(!studio.has_objects());
    assert_eq!(found(&studio, "a.jpg").unwrap().1, "cat");
    assert!(found(&studio, "b.jpg").unwrap_err().contains("no label"));
    assert!(found(&studio, "c.jpg").unwrap_err().contains("no entry"));
}

#[test]
fn damage_is_named_with_its_place() {
    let (studio, _folder) = read(
        &json!([
            task(json!([result("r", "brushlabels", json!({"format": "rle", "rle": [0, 0, 0, 18], "brushlabels": ["sky"]}))])),
            {"id": 4, "data": {"number": 7}, "annotations": []},
            {"id": 5, "data": {"image": "b.jpg"}, "annotations": [{"id": 1, "result": [
                result("r", "rectanglelabels", json!({"x": 1, "y": null, "width": 1, "height": 1, "rectanglelabels": ["x"]}))]}]}
        ]),
        &["a.jpg"],
    )
    .unwrap();
    let error = found(&studio, "a.jpg").unwrap_err();
    assert!(error.contains("task 0 at line 2: result[0]: its rle has 4 pixels"), "{error}");
    let error = found(&studio, "b.jpg").unwrap_err();
    assert!(error.contains("task 2 at line ") && error.contains("y is not a number"), "{error}");
    let Damaged { entries, example } = studio.damaged();
    assert!(entries == 1 && example.unwrap().contains("no address of an image"));
}
