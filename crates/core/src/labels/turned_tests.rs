//! Labels of images that are stored in another orientation than they are shown in, through the readers of Hugging Face, of
//! CVAT's videos and of panoptic files.

use std::fs;
use std::path::Path;

use super::*;
use crate::model::mask::Mask;
use crate::model::objects::{BBox, LabelledObject};

/// Stored so large, with an object there.
const SIZE_PX: [u32; 2] = [20, 12];
const STORED: [u32; 4] = [4, 2, 10, 3];

/// The object in pixels of the shown picture.
fn shown(frame: Frame) -> [f32; 4] {
    let [x, y, width, height] = STORED.map(f64::from);
    let corners = [[x, y], [x + width, y + height]].map(|corner| frame.shown_point(corner).map(|side| side as f32));
    BBox::around(&corners).unwrap().into()
}

fn objects(folder: &Path, rule: &str, image: &str, frame: Frame) -> Vec<LabelledObject> {
    let (name, place) = rule.split_once(':').unwrap();
    let rule = LabelRule::new(name, Some(folder.join(place))).unwrap();
    let labels = Labels::open(&rule, folder).unwrap();
    let found = labels.objects_of(&folder.join(image), image, frame).unwrap();
    labels.count(image, &found, frame);
    let said = labels.findings().unwrap().sentences();
    assert!(said.is_empty(), "{said:?}");
    found.objects
}

/// A picture of ids: `id` inside of the box, and 1 around it.
fn write_ids(path: &Path, [width, height]: [u32; 2], id: u32, [x, y, box_width, box_height]: [f32; 4]) {
    let inside = |at: u32, from: f32, length: f32| (from..from + length).contains(&(at as f32));
    let pixel = |at: [u32; 2]| if inside(at[0], x, box_width) && inside(at[1], y, box_height) { id } else { 1 };
    let ids = (0..height).flat_map(|row| (0..width).map(move |column| [column, row]));
    let bytes: Vec<u8> = ids.flat_map(|at| pixel(at).to_le_bytes().into_iter().take(3)).collect();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
}

#[test]
fn an_object_lies_on_the_same_thing_in_all_orientations() {
    for number in 1..=8_u16 {
        let frame = Frame { stored_px: SIZE_PX, orientation: number.into() };
        let [width, height] = frame.shown_px();
        let bbox @ [x, y, box_width, box_height] = shown(frame);
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();

        let line = |sizes: String| {
            format!(
                "{{\"file_name\": \"a.jpg\"{sizes}, \"objects\": {{\"bbox\": [{bbox:?}], \"categories\": [\"boat\"]}}}}\n"
            )
        };
        write("metadata.jsonl", line(String::new()));
        let expected: BBox = STORED.map(|side| side as f32).into();
        assert_eq!(objects(folder.path(), "hf:", "a.jpg", frame)[0].bbox, expected, "{number}");
        write("metadata.jsonl", line(format!(", \"width\": {width}, \"height\": {height}")));
        assert_eq!(objects(folder.path(), "hf:", "a.jpg", frame)[0].bbox, expected, "{number}");

        write(
            "video.xml",
            format!(
                "<annotations><meta><task><original_size><width>{width}</width><height>{height}</height></original_size></task>\
                 </meta><track id=\"5\" label=\"boat\"><box frame=\"7\" outside=\"0\" xtl=\"{x}\" ytl=\"{y}\" xbr=\"{}\" ybr=\"{}\"/>\
                 </track></annotations>",
                x + box_width,
                y + box_height
            ),
        );
        let found = objects(folder.path(), "cvat:video.xml", "frame_000007.jpg", frame);
        assert_eq!((found[0].bbox, found[0].track_id), (expected, Some(5)), "{number}");

        let id = 1 + 256 * 7 + 65_536 * 9;
        write_ids(&folder.path().join("panoptic_x/a.png"), [width, height], id, bbox);
        write(
            "panoptic_x.json",
            format!(
                "{{\"images\": [{{\"id\": 1, \"file_name\": \"a.jpg\", \"width\": {width}, \"height\": {height}}}],
                 \"categories\": [{{\"id\": 3, \"name\": \"boat\"}}, {{\"id\": 4, \"name\": \"sea\"}}],
                 \"annotations\": [{{\"image_id\": 1, \"file_name\": \"a.png\", \"segments_info\": [
                   {{\"id\": {id}, \"category_id\": 3, \"bbox\": {bbox:?}}}, {{\"id\": 1, \"category_id\": 4}}]}}]}}"
            ),
        );
        let found = objects(folder.path(), "coco:panoptic_x.json", "a.jpg", frame);
        assert_eq!((found[0].label.as_str(), found[0].bbox), ("boat", expected), "{number}");
        let [x, y, box_width, box_height] = STORED;
        let is_inside =
            |column: u32, row: u32| (x..x + box_width).contains(&column) && (y..y + box_height).contains(&row);
        assert_eq!(found[0].mask, Some(Mask::of(SIZE_PX, is_inside)), "{number}");
        // The rest is the sea, whose box comes from its pixels.
        assert_eq!((found[1].label.as_str(), <[f32; 4]>::from(found[1].bbox)), ("sea", [0.0, 0.0, 20.0, 12.0]));
        assert_eq!(found[1].mask.as_ref().unwrap().area_px(), 20 * 12 - 30);
    }
}

#[test]
fn a_picture_of_masks_that_is_missing_or_damaged_costs_the_masks_alone() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "p.json",
        r#"{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}, {"id": 3, "file_name": "c.jpg"}],
            "categories": [{"id": 3, "name": "boat"}],
            "annotations": [
              {"image_id": 1, "file_name": "a.png", "segments_info": [{"id": 1, "category_id": 3, "bbox": [1, 1, 2, 2]}]},
              {"image_id": 2, "file_name": "b.png", "segments_info": [{"id": 1, "category_id": 3, "bbox": [1, 1, 2, 2]}]},
              {"image_id": 3, "file_name": "c.png", "segments_info": [{"id": 9, "category_id": 3, "bbox": [1, 1, 2, 2]}, {"id": 8}]}]}"#,
    );
    write("b.png", "not a picture");
    write_ids(&folder.path().join("p/c.png"), SIZE_PX, 2, [0.0, 0.0, 1.0, 1.0]);
    let rule = LabelRule::new("coco", Some(folder.path().join("p.json"))).unwrap();
    let labels = Labels::open(&rule, folder.path()).unwrap();
    for (image, objects) in [("a.jpg", 1), ("c.jpg", 1)] {
        let found = labels.objects_to_count(&folder.path().join(image), image, Frame::upright(SIZE_PX)).unwrap();
        assert_eq!(found.objects.len(), objects, "{image}");
    }
    // Where all have boxes no picture was opened.
    assert_eq!(labels.findings().unwrap().damaged_entries, 2);
    let labels = Labels::open(&rule, folder.path()).unwrap();
    for image in ["a.jpg", "b.jpg", "c.jpg"] {
        let found = labels.objects_of(&folder.path().join(image), image, Frame::upright(SIZE_PX)).unwrap();
        assert_eq!(found.objects, [LabelledObject::of_box("boat", [1.0, 1.0, 2.0, 2.0].into())], "{image}");
    }
    let findings = labels.findings().unwrap();
    assert_eq!(findings.damaged_entries, 4);
    assert!(findings.damaged_example.unwrap().contains("a.png"));
}
