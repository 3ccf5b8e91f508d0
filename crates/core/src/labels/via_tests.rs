use super::*;
use serde_json::json;

fn read(text: &str) -> Result<Via, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("via_region_data.json");
    std::fs::write(&file, text).unwrap();
    Via::read(&file, &Arc::default())
}

fn objects(via: &Via, name: &str) -> Result<Vec<LabelledObject>, String> {
    let path = Path::new("/photos").join(name);
    let image = ImageFile { path: &path, listed_name: name };
    let found = via.objects_of(image, Frame::upright([100, 60])).map_err(|error| error.to_string())?;
    Ok(found.unwrap_or_default().objects)
}

fn region(shape: Value, attributes: Value) -> Value {
    json!({"shape_attributes": shape, "region_attributes": attributes})
}

fn image(name: &str, regions: Value) -> Value {
    json!({"filename": name, "size": 123, "regions": regions, "file_attributes": {"caption": ""}})
}

fn shapes() -> Value {
    json!([
        region(
            json!({"name": "rect", "x": 10, "y": 20, "width": 20, "height": 20}),
            json!({"class": "boat", "color": "red"})
        ),
        region(json!({"name": "circle", "cx": 50, "cy": 30, "r": 8}), json!({"class": "sun"})),
        region(
            json!({"name": "ellipse", "cx": 50, "cy": 30, "rx": 8, "ry": 4, "theta": std::f64::consts::FRAC_PI_2}),
            json!({"class": "sun"})
        ),
        region(
            json!({"name": "polygon", "all_points_x": [1, 5, 5], "all_points_y": [1, 1, 9]}),
            json!({"class": "sail"})
        ),
        region(json!({"name": "polyline", "all_points_x": [1, 5], "all_points_y": [1, 1]}), json!({"class": "rope"})),
        region(
            json!({"name": "point", "cx": 7, "cy": 8}),
            json!({"class": "mast", "seen": {"today": true, "before": false}})
        ),
    ])
}

#[test]
fn regions_are_objects() {
    let via =
        read(&json!({"a.jpg123": image("a.jpg", shapes()), "b.jpg9": image("b.jpg", json!([]))}).to_string()).unwrap();
    let found = objects(&via, "a.jpg").unwrap();
    let boxes: Vec<(&str, [f32; 4])> = found.iter().map(|object| (object.label.as_str(), object.bbox.into())).collect();
    let expected = [
        ("boat", [10.0, 20.0, 20.0, 20.0]),
        ("sun", [42.0, 22.0, 16.0, 16.0]),
        ("sun", [46.0, 22.0, 8.0, 16.0]),
        ("sail", [1.0, 1.0, 4.0, 8.0]),
        ("rope", [1.0, 1.0, 4.0, 0.0]),
        ("mast", [7.0, 8.0, 0.0, 0.0]),
    ];
    assert_eq!(boxes, expected);
    assert_eq!((found[0].attributes["color"].as_str(), found[0].attributes.len()), ("red", 1));
    assert_eq!((found[1].attributes["shape_type"].as_str(), found[5].attributes["seen"].as_str()), ("circle", "today"));
    assert_eq!((found[3].polygons[0].len(), found[4].keypoints.len(), found[5].keypoints.len()), (3, 2, 1));
    assert!(objects(&via, "b.jpg").unwrap().is_empty());
}

#[test]
fn a_project_and_the_first_version_are_read_too() {
    let regions = json!({"0": region(json!({"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4}), json!({"kind": "1", "note": "x"}))});
    let old = json!({"a.jpg7": {"fileref": "", "size": 7, "filename": "a.jpg", "base64_img_data": "", "file_attributes": {}, "regions": regions}});
    let project = json!({"_via_settings": {"core": {"default_filepath": "./"}}, "_via_img_metadata": old,
        "_via_attributes": {"region": {"kind": {"type": "dropdown", "options": {"1": "boat", "2": "buoy"}}, "note": {"type": "text"}},
        "file": {}}, "_via_data_format_version": "2.0.10", "_via_image_id_list": ["a.jpg7"]});
    let via = read(&project.to_string()).unwrap();
    assert_eq!(objects(&via, "a.jpg").unwrap()[0].label, "boat");
    // Without the project nobody knows which of the two is the class.
    let error = read(&old.to_string()).unwrap_err();
    assert!(error.contains("kind and note") && error.contains("label"), "{error}");
}

#[test]
fn tables_are_read_with_names_that_have_commas() {
    let heading =
        "#filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes";
    let rect = r#""{""name"":""rect"",""x"":1,""y"":2,""width"":3,""height"":4}""#;
    let text = format!(
        "{heading}\na, b.jpg,12,\"{{}}\",2,0,{rect},\"{{\"\"class\"\":\"\"boat, old\"\"}}\"\n\
         a, b.jpg,12,\"{{}}\",2,1,{rect},\"{{\"\"class\"\":\"\"\"\"}}\"\nc.jpg,7,\"{{}}\",0,0,\"{{}}\",\"{{}}\"\n\
         d.jpg,7,\"{{}}\",1,0,\"{{x\",\"{{}}\"\ne.jpg,7\n"
    );
    let via = read(&text).unwrap();
    let labels: Vec<_> = objects(&via, "a, b.jpg").unwrap().into_iter().map(|object| object.label).collect();
    assert_eq!(labels, ["boat, old", ""]);
    assert_eq!(objects(&via, "c.jpg"), Ok(Vec::new()));
    assert!(objects(&via, "d.jpg").unwrap_err().contains("line 5: its attributes are not JSON"));
    assert_eq!(via.damaged(), Damaged { entries: 1, example: Some("line 6: it has 2 cells and not 7".to_owned()) });
}

#[test]
fn damage_is_named_with_its_place() {
    let bad = |shape: Value| json!([region(shape, json!({"class": "x"}))]);
    let text = serde_json::to_string_pretty(&json!({
        "a.jpg1": image("a.jpg", bad(json!({"name": "rect", "x": 1, "y": null, "width": 3, "height": 4}))),
        "b.jpg1": image("b.jpg", bad(json!({"name": "polygon", "all_points_x": [1, 2, 3], "all_points_y": [1, 2]}))),
        "c.jpg1": image("c.jpg", bad(json!({"name": "star"}))),
        "d.jpg1": {"size": 1, "regions": []},
        "e.jpg1": image("e.jpg", json!([])),
        "e.jpg2": {"filename": "e.jpg", "size": 456, "regions": []},
    }));
    let via = read(&text.unwrap()).unwrap();
    for (name, reason) in [
        ("a.jpg", "a.jpg1 at line 2: regions[0]: its rect has no number of pixels in y"),
        ("b.jpg", "all_points_y"),
        ("c.jpg", "\"star\" is not known"),
        ("e.jpg", "file sizes of 123 and 456 bytes"),
    ] {
        let error = objects(&via, name).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
    assert!(via.damaged().example.unwrap().contains("d.jpg1 at line") && via.damaged().entries == 1);
}
