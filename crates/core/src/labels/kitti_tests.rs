use super::*;

#[test]
fn lines_are_objects() {
    let car = object("Car 0.00 2 -1.59 586.42 199.76 662.87 266.02 1.36 1.69 3.38 0.28 2.08 17.74 -1.58").unwrap();
    assert_eq!(
        (car.label.as_str(), car.bbox.into(), car.crowd, car.score),
        ("Car", [586.42, 199.76, 76.45, 66.26], false, None)
    );
    let attributes: Vec<_> = car.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let expected = [
        "alpha=-1.59",
        "dimensions=1.36 1.69 3.38",
        "location=0.28 2.08 17.74",
        "occluded=2",
        "rotation_y=-1.58",
        "truncated=0.00",
    ];
    assert_eq!(attributes, expected);
    let region = object("DontCare -1 -1 -10 503.89 169.71 590.61 190.13 -1 -1 -1 -1000 -1000 -1000 -10").unwrap();
    assert!(region.crowd && region.attributes.is_empty());
    let found = object("traffic light 0 0 -10 1 2 3 4 nan nan nan -1000 -1000 -1000 -10 0.87").unwrap();
    assert_eq!(
        (found.label.as_str(), found.score, found.bbox.into()),
        ("traffic light", Some(0.87), [1.0, 2.0, 2.0, 2.0])
    );
    assert_eq!(found.attributes.keys().collect::<Vec<_>>(), ["occluded", "truncated"]);
}

#[test]
fn what_is_damaged_is_said() {
    for (line, reason) in [
        ("Car 0 0 0 1 2 3", "not 7"),
        ("Car 0 0 0 nan 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10", "\"nan\""),
        ("Car 0 0 0 5 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10", "ends before it begins"),
        ("0 2 Car 0 0 -1.57 296.7 161.7 455.2 292.3 2.0 1.8 4.4 -4.5 1.8 13.4 -2.1", "tracking"),
    ] {
        let error = object(line).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn the_folder_beside_the_images_has_their_labels() {
    use super::super::{LabelRule, Labels};
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("training/image_2/000001.png", ""),
        ("training/image_3/000001.png", ""),
        ("training/label_2/000001.txt", "Car 0 0 0 1 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10\n"),
        ("training/calib/000001.txt", "P0: 7.07 0 6.04\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    for (input, place) in [("training/image_2", "training/label_2"), ("training", "training")] {
        let rule = LabelRule::new("kitti", Some(folder.path().join(place))).unwrap();
        let labels = Labels::open(&rule, &folder.path().join(input)).unwrap();
        let count = |image: &str| {
            let path = folder.path().join(image);
            let name = image.strip_prefix(input).unwrap().trim_start_matches('/');
            labels.objects_of(&path, name, Frame::upright([9, 9])).unwrap().objects.len()
        };
        assert_eq!(count("training/image_2/000001.png"), 1, "{input} {place}");
        if input == "training" {
            assert_eq!(count("training/image_3/000001.png"), 0, "{place}");
        }
    }
}
