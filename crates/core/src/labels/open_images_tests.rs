use super::*;

const HEADING: &str =
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside";

fn read(rows: &str, classes: &[(&str, &str)]) -> Result<OpenImages, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("labels/validation-annotations-bbox.csv");
    for (name, text) in [("labels/validation-annotations-bbox.csv", rows)].iter().chain(classes) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    OpenImages::read(&file, &Arc::default())
}

fn found(read: &OpenImages, name: &str) -> Result<Option<Annotated>, String> {
    let path = Path::new("/photos").join(name);
    let image = ImageFile { path: &path, listed_name: name };
    read.objects_of(image, Frame::upright([200, 100])).map_err(|error| error.to_string())
}

#[test]
fn rows_are_objects_of_named_classes() {
    let rows = format!(
        "{HEADING}\n0001eeaf,xclick,/m/01,1,0.012500,0.500000,0.1,1e+00,1,0,0,0,0\n0001eeaf,xclick,/m/02,0.5,0,1,0,1,-1,1,1,1,1\n\
         0002,xclick,Custom,1,0,0.5,0,0.5,,,,,\n"
    );
    let read = read(&rows, &[("labels/class-descriptions-boxable.csv", "/m/01,\"Boat, old\"\n/m/03,Car\n")]).unwrap();
    let Annotated { objects, units, unnamed } = found(&read, "val/0001eeaf.jpg").unwrap().unwrap();
    assert_eq!((units, unnamed.as_deref()), (Units::StoredPixels, Some("/m/02")));
    let boxes: Vec<(&str, [f32; 4])> =
        objects.iter().map(|object| (object.label.as_str(), object.bbox.into())).collect();
    assert_eq!(boxes, [("Boat, old", [2.5, 10.0, 97.5, 90.0]), ("/m/02", [0.0, 0.0, 200.0, 100.0])]);
    assert_eq!(
        (objects[0].crowd, objects[0].score, objects[1].crowd, objects[1].score),
        (false, None, true, Some(0.5))
    );
    assert_eq!(objects[0].attributes.keys().collect::<Vec<_>>(), ["occluded"]);
    assert_eq!(objects[1].attributes.keys().collect::<Vec<_>>(), ["is_depiction", "is_inside", "truncated"]);
    let Annotated { objects, unnamed, .. } = found(&read, "0002.jpg").unwrap().unwrap();
    assert_eq!((objects[0].label.as_str(), unnamed), ("Custom", None));
    assert!(found(&read, "0003.jpg").unwrap().is_none());
}

#[test]
fn class_descriptions_are_found_where_they_are_put() {
    let rows = format!("{HEADING}\na,xclick,/m/01,1,0,1,0,1,0,0,0,0,0\n");
    for name in [
        "labels/oidv7-class-descriptions-boxable.csv",
        "oidv6-class-descriptions.csv",
        "metadata/classes.csv",
        "labels/metadata/class-descriptions.csv",
    ] {
        let read = read(&rows, &[(name, "LabelName,DisplayName\n/m/01,Boat\n")]).unwrap();
        assert_eq!(found(&read, "a.jpg").unwrap().unwrap().objects[0].label, "Boat", "{name}");
    }
}

#[test]
fn damage_is_named_with_its_line() {
    let rows = format!(
        "{HEADING}\na,x,/m/01,1,0,1,0,1,0,0,0,0,0\nb,x,/m/01,1,5,50,0,1,0,0,0,0,0\nc,x,/m/01,1,0.9,0.1,0,1,0,0,0,0,0\n\
         d,x,,1,0,1,0,1,0,0,0,0,0\n,x,/m/01,1,0,1,0,1\ne,x,/m/01,1,0,1,0,NaN\nf,x,/m/01,NaN,0,1,0,1,NaN\n"
    );
    let read = read(&rows, &[]).unwrap();
    for (name, reason) in [
        ("b.jpg", "line 3: XMin is a part of the image's side, from 0 to 1, and not \"5\""),
        ("c.jpg", "line 4: the box ends before it begins"),
        ("d.jpg", "line 5: it has no LabelName"),
        ("e.jpg", "line 7: YMax"),
    ] {
        let error = found(&read, name).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
    assert_eq!(found(&read, "f.jpg").unwrap().unwrap().objects.len(), 1);
    assert_eq!(read.damaged(), Damaged { entries: 1, example: Some("line 6: it has no ImageID".to_owned()) });
    assert!(super::OpenImages::read(Path::new("/nowhere.csv"), &Arc::default()).is_err());
}
