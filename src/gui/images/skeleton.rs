//! Which keypoints are joined by a line.

use kafka_image_bench_core::model::objects::LabelledObject;

/// The keypoints of a person, in COCO's order.
const PERSON: [&str; 17] = [
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
];

/// COCO's skeleton, of `person_keypoints_val2017.json`, counted from 0.
const LIMBS: [[usize; 2]; 19] = [
    [15, 13],
    [13, 11],
    [16, 14],
    [14, 12],
    [11, 12],
    [5, 11],
    [6, 12],
    [5, 6],
    [5, 7],
    [6, 8],
    [7, 9],
    [8, 10],
    [1, 2],
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 4],
    [3, 5],
    [4, 6],
];

/// The pairs of keypoints of an object that are joined, by their numbers. COCO's, where the names are those of COCO, or where
/// an object called `person` has as many keypoints without names; of other keypoints no skeleton is known.
pub(super) fn joined(object: &LabelledObject) -> Vec<[usize; 2]> {
    let count = object.keypoints.len();
    if object.keypoint_names.is_empty() {
        let is_person = object.label.eq_ignore_ascii_case("person") && count == PERSON.len();
        return if is_person { LIMBS.to_vec() } else { Vec::new() };
    }
    let names: Vec<String> = object.keypoint_names.iter().map(|name| plain(name)).collect();
    let place = |part: usize| names.iter().position(|name| name == PERSON[part]).filter(|&place| place < count);
    LIMBS.iter().filter_map(|&[from, to]| Some([place(from)?, place(to)?])).collect()
}

/// `Left Eye` and `left-eye` are `left_eye`.
fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_image_bench_core::model::objects::{BBox, Keypoint};

    #[test]
    fn a_skeleton_is_known_by_the_names_of_its_points() {
        let points = |count: usize| vec![Keypoint { at: [1.0, 1.0], visibility: 2 }; count];
        let object = |label: &str, keypoints: Vec<Keypoint>, names: &[&str]| LabelledObject {
            keypoints,
            keypoint_names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..LabelledObject::of_box(label, BBox::default())
        };
        assert_eq!(joined(&object("walker", points(17), &PERSON)).len(), 19);
        assert_eq!(joined(&object("person", points(17), &[])).len(), 19);
        assert!(joined(&object("dog", points(17), &[])).is_empty());
        assert!(joined(&object("person", points(5), &[])).is_empty());
        let some = object("x", points(3), &["Right Eye", "tail", "left-eye"]);
        assert_eq!(joined(&some), [[2, 0]]);
        assert!(joined(&object("x", points(1), &["left_eye", "right_eye"])).is_empty(), "a point is missing");
    }
}
