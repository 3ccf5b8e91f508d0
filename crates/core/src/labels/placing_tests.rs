use super::*;
use crate::model::mask::Mask;
use crate::model::objects::{BBox, Keypoint};

fn frame(orientation: u16) -> Frame {
    Frame { stored_px: [100, 60], orientation: orientation.into() }
}

fn annotated(bbox: [f32; 4], units: Units) -> Annotated {
    Annotated { objects: vec![LabelledObject::of_box("boat", bbox.into())], units, unnamed: None }
}

fn placed(bbox: [f32; 4], units: Units, orientation: u16, scale: bool) -> [f32; 4] {
    place(annotated(bbox, units), frame(orientation), scale).objects[0].bbox.into()
}

fn pixels(width: f64, height: f64) -> Units {
    Units::Pixels { stated_px: Some([width, height]) }
}

#[test]
fn the_size_tells_the_frame_and_otherwise_it_is_the_shown_one() {
    let unknown = Units::Pixels { stated_px: None };
    assert_eq!(placed([6.0, 20.0, 12.0, 50.0], pixels(60.0, 100.0), 6, false), [20.0, 42.0, 50.0, 12.0]);
    assert_eq!(placed([6.0, 20.0, 12.0, 50.0], unknown, 6, false), [20.0, 42.0, 50.0, 12.0]);
    assert_eq!(placed([0.1, 0.2, 0.2, 0.5], Units::Fractions, 6, false), [20.0, 42.0, 50.0, 12.0]);
    assert_eq!(placed([20.0, 42.0, 50.0, 12.0], pixels(100.0, 60.0), 6, false), [20.0, 42.0, 50.0, 12.0]);
    assert_eq!(placed([20.0, 42.0, 50.0, 12.0], Units::StoredPixels, 6, false), [20.0, 42.0, 50.0, 12.0]);
    // Equal sides decide nothing.
    assert_eq!(placed([10.0, 0.0, 20.0, 30.0], pixels(100.0, 60.0), 3, false), [70.0, 30.0, 20.0, 30.0]);
    assert_eq!(placed([1.0, 2.0, 3.0, 4.0], pixels(0.0, 0.0), 1, false), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn a_box_lies_on_the_same_thing_in_all_orientations() {
    for number in 1..=8 {
        let frame = frame(number);
        let stored = [20.0, 42.0, 50.0, 12.0];
        let corners = [[20.0, 42.0], [70.0, 54.0]].map(|corner| frame.shown_point(corner).map(|side| side as f32));
        let shown = BBox::around(&corners).unwrap();
        let [width, height] = frame.shown_px().map(f64::from);
        assert_eq!(placed(shown.into(), pixels(width, height), number, false), stored, "{number}");
        let parts = [shown.x, shown.y, shown.width, shown.height];
        let parts: [f32; 4] = std::array::from_fn(|at| parts[at] / if at % 2 == 0 { width } else { height } as f32);
        assert_eq!(placed(parts, Units::Fractions, number, false), stored, "{number}");
        // Scaled from a smaller copy of the shown picture.
        let half = [shown.x, shown.y, shown.width, shown.height].map(|side| side / 2.0);
        assert_eq!(placed(half, pixels(width / 2.0, height / 2.0), number, true), stored, "{number}");
    }
}

#[test]
fn another_size_is_reported_and_scaled_only_when_asked() {
    let other = pixels(200.0, 120.0);
    let found = place(annotated([100.0, 60.0, 90.0, 50.0], other), frame(1), false);
    assert_eq!((found.other_size, found.objects[0].bbox.x), (Some([200.0, 120.0]), 100.0));
    assert_eq!(placed([100.0, 60.0, 90.0, 50.0], other, 1, true), [50.0, 30.0, 45.0, 25.0]);
    // Of a larger copy of the stored picture, where the shown one stands upright.
    assert_eq!(placed([100.0, 60.0, 90.0, 50.0], other, 6, true), [50.0, 30.0, 45.0, 25.0]);
}

#[test]
fn all_parts_of_an_object_turn_with_it() {
    let object = LabelledObject {
        polygons: vec![vec![[6.0, 20.0], [18.0, 20.0], [18.0, 70.0]]],
        mask: Some(Mask::of([60, 100], |x, y| (6..18).contains(&x) && (20..70).contains(&y))),
        keypoints: vec![Keypoint { at: [6.0, 20.0], visibility: 2 }, Keypoint { at: [0.0, 0.0], visibility: 0 }],
        rotated_box: Some([[6.0, 20.0]; 4]),
        ..LabelledObject::of_box("boat", [6.0, 20.0, 12.0, 50.0].into())
    };
    let annotated = Annotated { objects: vec![object], units: pixels(60.0, 100.0), unnamed: None };
    let object = place(annotated, frame(6), false).objects.remove(0);
    assert_eq!(object.polygons[0], [[20.0, 54.0], [20.0, 42.0], [70.0, 42.0]]);
    assert_eq!(object.mask.unwrap().bbox(), Some([20.0, 42.0, 50.0, 12.0].into()));
    assert_eq!(object.keypoints.iter().map(|point| point.at).collect::<Vec<_>>(), [[20.0, 54.0], [0.0, 0.0]]);
    assert_eq!(object.rotated_box, Some([[20.0, 54.0]; 4]));
}
