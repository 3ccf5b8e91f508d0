use super::*;
use crate::model::mask::Mask;

fn boat(label: &str) -> LabelledObject {
    let bbox = BBox { x: 1.5, y: 2.0, width: 30.25, height: 4.07 };
    LabelledObject::of_box(label, bbox)
}

fn outlined(points: usize) -> LabelledObject {
    let polygon = (0..points).map(|number| [number as f32, 0.25]).collect();
    LabelledObject { polygons: vec![polygon], ..boat("ferry") }
}

#[test]
fn the_json_is_compact_and_comes_back() {
    assert_eq!(to_json(&[]), "[]");
    assert_eq!(to_json(&[boat("a \"b\"")]), r#"[{"label":"a \"b\"","bbox":[1.5,2.0,30.25,4.07]}]"#);
    let objects = vec![boat("日本"), outlined(3)];
    assert_eq!(from_json(&to_json(&objects)), Some(objects));
}

#[test]
fn what_is_too_long_loses_its_outlines_first_and_objects_after_that() {
    let with_outlines: Vec<_> = (0..50).map(|_| outlined(500)).collect();
    let fitted = fit(&with_outlines, OBJECTS_JSON_BYTES_MAX);
    assert!(fitted.without_polygons && fitted.objects_left_out == 0);
    let objects = from_json(&fitted.json).unwrap();
    assert!(objects.len() == 50 && objects.iter().all(|object| object.polygons.is_empty()));

    let many: Vec<_> = (0..5_000).map(|number| boat(&format!("boat {number}"))).collect();
    let fitted = fit(&many, OBJECTS_JSON_BYTES_MAX);
    assert!(fitted.json.len() <= OBJECTS_JSON_BYTES_MAX && !fitted.without_polygons);
    let objects = from_json(&fitted.json).unwrap();
    assert_eq!(objects.len() + fitted.objects_left_out, 5_000);
    assert!(fitted.objects_left_out > 0 && objects[..] == many[..objects.len()]);
    // As full as it can be.
    let length_of_next = serde_json::to_string(&many[objects.len()]).unwrap().len() + 1;
    assert!(fitted.json.len() + length_of_next > OBJECTS_JSON_BYTES_MAX);
    assert_eq!(fit(&many, 0), Fitted { json: "[]".into(), without_polygons: false, objects_left_out: 5_000 });
}

#[test]
fn foreign_json_is_taken_only_where_it_has_boxes() {
    assert_eq!(from_json(r#"[{"label":"x","bbox":[1,2,3,4],"score":0.5,"polygons":[[[1,1]]]}]"#).unwrap().len(), 1);
    for text in ["", "{}", "[1]", r#"[{"label":"x","bbox":[1,2,3]}]"#, r#"[{"label":"x","bbox":[1,2,3,1e99]}]"#] {
        assert_eq!(from_json(text), None, "{text}");
    }
    assert_eq!(from_json(&format!("[{}]", " ".repeat(OBJECTS_JSON_BYTES_MAX))), None);
}

#[test]
fn counts_are_for_people() {
    assert_eq!(counts(&[boat("buoy"), boat("boat"), boat("boat"), boat("crane")]), "2 boat, 1 buoy, 1 crane");
    assert_eq!(counts(&[]), "");
}

fn whole() -> LabelledObject {
    let point = |x, visibility| Keypoint { at: [x, 2.5], visibility };
    LabelledObject {
        mask: Some(Mask::of([5, 4], |x, y| x > 1 && y > 1)),
        keypoints: vec![point(1.0, 2), point(0.0, 0)],
        keypoint_names: vec!["bow".into(), "stern".into()],
        rotated_box: Some([[1.0, 0.0], [2.0, 1.0], [1.0, 2.0], [0.0, 1.0]]),
        track_id: Some(7),
        score: Some(0.5),
        attributes: [("hidden".to_owned(), "yes".to_owned())].into(),
        crowd: true,
        ..outlined(3)
    }
}

#[test]
fn all_that_an_object_has_comes_back_and_old_readers_find_what_they_knew() {
    /// What the header had at first.
    #[derive(serde::Deserialize)]
    struct Old {
        label: String,
        bbox: [f32; 4],
        polygons: Vec<Vec<[f32; 2]>>,
    }
    let json = to_json(&[whole()]);
    assert!(json.contains(r#""keypoints":[[1.0,2.5,2],[0.0,2.5,0]]"#), "{json}");
    assert_eq!(from_json(&json), Some(vec![whole()]));
    let [Old { label, bbox, polygons }] = &serde_json::from_str::<[Old; 1]>(&json).unwrap();
    assert_eq!((label.as_str(), *bbox, polygons.len()), ("ferry", whole().bbox.into(), 1));

    let fitted = fit(&[whole()], json.len() - 1);
    let [object] = &from_json(&fitted.json).unwrap()[..] else { panic!("{}", fitted.json) };
    assert!(fitted.without_polygons && fitted.objects_left_out == 0);
    assert_eq!((object.track_id, object.score, object.crowd), (Some(7), Some(0.5), true));
    assert!(object.polygons.is_empty() && object.mask.is_none() && object.attributes.is_empty());
}

#[test]
fn what_another_program_means_otherwise_costs_no_box() {
    let text = r#"[{"label":"x","bbox":[1,2,3,4],"score":"high","mask":3,"keypoints":{},"attributes":[1],"crowd":2}]"#;
    assert_eq!(
        from_json(text),
        Some(vec![LabelledObject::of_box("x", BBox { x: 1.0, y: 2.0, width: 3.0, height: 4.0 })])
    );
}
