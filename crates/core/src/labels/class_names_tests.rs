use super::*;

fn from_yaml(text: &str) -> Option<HashMap<u32, String>> {
    DataSet::read(text).map(|set| set.names)
}

#[track_caller]
fn assert_names(yaml: &str, expected: &[(u32, &str)]) {
    let names = from_yaml(yaml).unwrap();
    let mut names: Vec<_> = names.iter().map(|(number, name)| (*number, name.as_str())).collect();
    names.sort();
    assert_eq!(names, expected, "{yaml}");
}

#[test]
fn yaml_lists_and_maps_are_read() {
    let both = [(0, "boat"), (1, "captain's chair")];
    assert_names("path: x\nnc: 2\nnames: [boat, captain's chair]  # two\ntrain: y\n", &both);
    assert_names("names: ['boat', 'captain''s chair']", &both);
    assert_names("names:\r\n- boat\r\n- \"captain's chair\" # x\r\nnc: 2\r\n", &both);
    assert_names("names:\n  # all\n  - boat\n\n  - captain's chair\nroboflow:\n  - no\n", &both);
    assert_names("names:\n  0: boat\n  1: 'captain''s chair'\nnc: 2\n", &both);
    assert_names("names: {0: boat, \"1\": captain's chair}", &both);
    assert_names("names: [\n  boat, # the first\n  captain's chair,\n]\nnc: 2", &both);
    assert_names("names:\n  3: a\n  80: \"b: #1\"\n", &[(3, "a"), (80, "b: #1")]);
    assert_names("names: ['a, b', \"say \\\"x\\\"\", c#]", &[(0, "a, b"), (1, "say \"x\""), (2, "c#")]);
}

#[test]
fn what_is_no_list_of_names_gives_none_and_ends() {
    assert_eq!(from_yaml("nc: 3\nmy names: [a]\n  names: [b]\n"), None);
    for text in ["names:", "names: []", "names: [", "names: {", "names: 'x", "names:\n  : x\n  - \n"] {
        assert!(from_yaml(text).unwrap().is_empty(), "{text}");
    }
}

#[test]
fn the_nearest_file_counts() {
    let root = tempfile::tempdir().unwrap();
    let labels = root.path().join("labels");
    std::fs::create_dir(&labels).unwrap();
    assert_eq!(ClassNames::find(&labels).unwrap().of(3), ("class 3".into(), true));
    std::fs::write(root.path().join("data.yaml"), "names: [far]").unwrap();
    assert_eq!(ClassNames::find(&labels).unwrap().of(0).0, "far");
    std::fs::write(labels.join("obj.names"), "near\n\nthird\n").unwrap();
    let names = ClassNames::find(&labels).unwrap();
    assert_eq!([0, 1, 2].map(|class| names.of(class).0), ["near", "class 1", "third"]);
    std::fs::write(labels.join("classes.txt"), b"\xff").unwrap();
    assert!(ClassNames::find(&labels).unwrap_err().to_string().ends_with("classes.txt"));
}

#[test]
fn names_are_found_as_tools_write_them() {
    let both = [(0, "boat"), (1, "buoy")];
    assert_names("names: &n [boat, buoy]\n", &both);
    assert_names("names: {boat: 0, buoy: 1}\n", &both);
    assert_names("---\n  nc: 2\n  names: [boat, buoy]\n", &both);
    assert_names("{\"train\": \"images\", \"nc\": 2, \"names\": [\"boat\", \"buoy\"]}\n", &both);
    assert_names("\"names\": [\"boat\", \"buoy\"]\n\"nc\": 2\n", &both);
    assert_names("names:\n- \"caf\\xE9\"\n- \"\\u8239\"\nnc: 2\n", &[(0, "café"), (1, "船")]);
    assert_names(
        "names:\n- a very long class name that\n  goes on\n- boat\n",
        &[(0, "a very long class name that goes on"), (1, "boat")],
    );
}

#[test]
fn a_file_without_names_hides_no_other_one() {
    let root = tempfile::tempdir().unwrap();
    let labels = root.path().join("train").join("labels");
    std::fs::create_dir_all(&labels).unwrap();
    std::fs::write(labels.join("classes.txt"), "\n").unwrap();
    std::fs::write(root.path().join("x.yaml"), "names: [unrelated]").unwrap();
    assert!(ClassNames::find(&labels).unwrap().of(0).1, "far above, and not certainly of a data set");
    let set = "train: ../train/images\nnames: [boat]\nkpt_shape: [2, 3]\nkpt_names: {0: [bow, stern]}\n";
    std::fs::write(root.path().join("my set.yml"), set).unwrap();
    let names = ClassNames::find(&labels).unwrap();
    assert_eq!((names.of(0), names.keypoints), (("boat".into(), false), Some([2, 3])));
    assert_eq!((names.of_keypoints(0, 2), names.of_keypoints(0, 3).len()), (&["bow".into(), "stern".into()][..], 0));
}
