//! The tracks of a video that CVAT has ("CVAT for video"): each has a shape at each of its frames. The frames are images that
//! are named `frame_000000`, as CVAT and Datumaro export them.
//!
//! CVAT writes all frames of a track, those between keyframes too (`TrackManager.get_interpolated_shapes` of
//! `cvat/apps/dataset_manager/annotation.py`). Where another tool wrote the keyframes only, the shapes between two of them are
//! interpolated as CVAT does it, unless the track has left the picture (`outside`); after its last frame a track has no shape.

use std::collections::BTreeMap;

use roxmltree::Node;

use super::cvat_shapes::{TurnedEdges, object, turned_rectangle};
use super::format::{Annotated, Damaged, Units};
use super::pixels::{hundredths, pixels};
use super::xml_text::line;
use crate::model::objects::{BBox, Keypoint, LabelledObject};

/// Objects on all frames, at most: a damaged number of a frame must not fill the memory.
const OBJECTS_MAX: u64 = 1_000_000;
/// Frames of a video that are known by their number alone, at most.
const FRAMES_MAX: u64 = 1_000_000;

/// The objects of a video by frame.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    frames: BTreeMap<u64, Result<Vec<LabelledObject>, String>>,
    stated_px: Option<[f64; 2]>,
    objects: u64,
}

/// What a track has at a frame.
struct Shape {
    frame: u64,
    /// Not in the picture from this frame on.
    is_outside: bool,
    edges: Option<TurnedEdges>,
    object: Option<LabelledObject>,
}

impl Tracks {
    /// Of a file; `None`: it has no tracks.
    ///
    /// # Errors
    /// They have more shapes than a file can have.
    pub(super) fn read(root: Node<'_, '_>, damaged: &mut Damaged) -> Result<Option<Self>, String> {
        let mut tracks = root.children().filter(|node| node.has_tag_name("track")).peekable();
        if tracks.peek().is_none() {
            return Ok(None);
        }
        let mut all = Self { stated_px: original_size(root), ..Self::default() };
        for frame in frames_of_task(root) {
            all.frames.insert(frame, Ok(Vec::new()));
        }
        for track in tracks {
            all.add_track(track, damaged)?;
        }
        Ok(Some(all))
    }

    /// Each frame with its name.
    pub(super) fn into_frames(self) -> impl Iterator<Item = (String, Result<Annotated, String>)> {
        let units = Units::Pixels { stated_px: self.stated_px };
        self.frames.into_iter().map(move |(frame, objects)| {
            let annotated = objects.map(|objects| Annotated { objects, units, unnamed: None });
            (format!("frame_{frame:06}"), annotated)
        })
    }

    fn add_track(&mut self, track: Node<'_, '_>, damaged: &mut Damaged) -> Result<(), String> {
        let Some(label) = track.attribute("label") else {
            damaged.count(|| format!("the track at line {} has no label", line(track)));
            return Ok(());
        };
        let track_id = track.attribute("id").and_then(|id| id.trim().parse().ok());
        let mut shapes = Vec::new();
        for node in track.children().filter(Node::is_element) {
            let place = || format!("the {} at line {}", node.tag_name().name(), line(node));
            let Some(frame) = node.attribute("frame").and_then(|frame| frame.trim().parse().ok()) else {
                damaged.count(|| format!("{} has no number of a frame", place()));
                continue;
            };
            match shape(node, frame, label, track_id) {
                Ok(Some(shape)) => shapes.push(shape),
                Ok(None) => {}
                Err(reason) => {
                    self.frames.insert(frame, Err(format!("{} {reason}", place())));
                }
            }
        }
        shapes.sort_by_key(|shape| shape.frame);
        for (index, shape) in shapes.iter().enumerate() {
            if !shape.is_outside {
                self.add(shape.frame, shape.object.clone())?;
            }
            let Some(next) = shapes.get(index + 1).filter(|_| !shape.is_outside) else { continue };
            if next.frame - shape.frame > OBJECTS_MAX {
                return Err(too_many());
            }
            for frame in shape.frame.saturating_add(1)..next.frame {
                let part = (frame - shape.frame) as f64 / (next.frame - shape.frame) as f64;
                match between(shape, next, part, label) {
                    Some(object) => self.add(frame, Some(LabelledObject { track_id, ..object }))?,
                    None => {
                        let place = format!("the track at line {}", line(track));
                        damaged.count(|| {
                            let [from, to] = [shape.frame, next.frame];
                            format!("{place} has other points at frame {from} than at {to}, and none between them")
                        });
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, frame: u64, object: Option<LabelledObject>) -> Result<(), String> {
        self.objects += 1;
        if self.objects > OBJECTS_MAX {
            return Err(too_many());
        }
        if let Ok(objects) = self.frames.entry(frame).or_insert(Ok(Vec::new())) {
            objects.extend(object);
        }
        Ok(())
    }
}

fn too_many() -> String {
    format!("its tracks have more than {OBJECTS_MAX} shapes")
}

fn shape(node: Node<'_, '_>, frame: u64, label: &str, track_id: Option<i64>) -> Result<Option<Shape>, String> {
    let is_outside = node.attribute("outside") == Some("1");
    let edges = node.has_tag_name("box").then(|| TurnedEdges::of(node)).transpose()?;
    let object = match object(node, Some(label)) {
        // A skeleton outside of the picture has no points.
        Err(_) if is_outside => None,
        object => object?,
    };
    if object.is_none() && !is_outside {
        return Ok(None);
    }
    let object = object.map(|object| LabelledObject { track_id, ..object });
    Ok(Some(Shape { frame, is_outside, edges, object }))
}

/// The object between two shapes; `None`: they have different points.
fn between(from: &Shape, to: &Shape, part: f64, label: &str) -> Option<LabelledObject> {
    let (one, Some(other)) = (from.object.as_ref()?, to.object.as_ref()) else { return from.object.clone() };
    let number = |from: f64, to: f64| from + (to - from) * part;
    if let (Some(from), Some(to)) = (from.edges, to.edges) {
        let mut edges = [0.0; 4];
        for (edge, (from, to)) in edges.iter_mut().zip(from.edges.into_iter().zip(to.edges)) {
            *edge = number(from, to);
        }
        // The shorter way round.
        let turn = (to.rotation - from.rotation + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU);
        let rotation = from.rotation + (turn - std::f64::consts::PI) * part;
        let object = turned_rectangle(TurnedEdges { edges, rotation }, label).ok()?;
        return Some(LabelledObject { attributes: one.attributes.clone(), ..object });
    }
    let point = |[x, y]: [f32; 2], other: [f32; 2]| {
        [number(x.into(), other[0].into()), number(y.into(), other[1].into())].map(hundredths)
    };
    let has_same_points = one.polygons.len() == other.polygons.len()
        && one.polygons.iter().zip(&other.polygons).all(|(one, other)| one.len() == other.len())
        && one.keypoints.len() == other.keypoints.len();
    if !has_same_points {
        return None;
    }
    let outline = |(one, other): (&Vec<[f32; 2]>, &Vec<[f32; 2]>)| {
        one.iter().zip(other).map(|(one, other)| point(*one, *other)).collect()
    };
    let keypoint = |(one, other): (&Keypoint, &Keypoint)| match (one.visibility, other.visibility) {
        (0, _) | (_, 0) => *one,
        _ => Keypoint { at: point(one.at, other.at), ..*one },
    };
    let polygons: Vec<Vec<[f32; 2]>> = one.polygons.iter().zip(&other.polygons).map(outline).collect();
    let keypoints: Vec<Keypoint> = one.keypoints.iter().zip(&other.keypoints).map(keypoint).collect();
    let placed = keypoints.iter().filter(|point| point.visibility > 0).map(|point| &point.at);
    let around = BBox::around(polygons.iter().flatten().chain(placed));
    let [x, y, width, height] = <[f32; 4]>::from(one.bbox);
    let [x2, y2, width2, height2] = <[f32; 4]>::from(other.bbox);
    let edges = [(x, x2), (y, y2), (width, width2), (height, height2)];
    let bbox = edges.map(|(from, to)| hundredths(number(from.into(), to.into()))).into();
    Some(LabelledObject { bbox: around.unwrap_or(bbox), polygons, keypoints, ..one.clone() })
}

fn descendant<'a, 'input>(root: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    let meta = root.children().find(|node| node.has_tag_name("meta"))?;
    meta.descendants().find(|node| node.has_tag_name(name))
}

/// The size of the video.
fn original_size(root: Node<'_, '_>) -> Option<[f64; 2]> {
    let size = descendant(root, "original_size")?;
    let side = |name| size.children().find(|node| node.has_tag_name(name))?.text().and_then(pixels);
    Some([side("width")?, side("height")?])
}

/// The frames that the task has, also without shapes; empty if that is not known.
fn frames_of_task(root: Node<'_, '_>) -> impl Iterator<Item = u64> {
    let number = |name| descendant(root, name)?.text()?.trim().parse::<u64>().ok();
    let step =
        descendant(root, "frame_filter").and_then(|filter| filter.text()?.trim().strip_prefix("step=")?.parse().ok());
    let start = number("start_frame").unwrap_or(0);
    let stop = number("stop_frame")
        .map_or_else(|| start.saturating_add(number("size").unwrap_or(0)), |stop| stop.saturating_add(1));
    let stop = if stop.saturating_sub(start) > FRAMES_MAX { start } else { stop };
    (start..stop).step_by(step.filter(|step| *step > 0).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use roxmltree::Document;

    /// `label x y width height #track` of each object by frame.
    fn read(tracks: &str) -> (BTreeMap<String, Result<Vec<String>, String>>, Damaged) {
        let text = format!(
            "<annotations><meta><task><size>3</size><original_size><width>100</width><height>60</height></original_size>\
             </task></meta>\n{tracks}</annotations>"
        );
        let document = Document::parse(&text).unwrap();
        let mut damaged = Damaged::default();
        let tracks = Tracks::read(document.root_element(), &mut damaged).unwrap().unwrap();
        let frames = tracks.into_frames().map(|(name, annotated)| {
            let texts = annotated.map(|annotated| {
                assert_eq!(annotated.units, Units::Pixels { stated_px: Some([100.0, 60.0]) });
                let text = |object: LabelledObject| {
                    let [x, y, width, height] = <[f32; 4]>::from(object.bbox);
                    format!("{} {x} {y} {width} {height} #{}", object.label, object.track_id.unwrap_or(-1))
                };
                annotated.objects.into_iter().map(text).collect()
            });
            (name, texts)
        });
        (frames.collect(), damaged)
    }

    fn boxed(frame: &str, outside: u8, edges: [i32; 4]) -> String {
        let [left, top, right, bottom] = edges;
        format!(
            "<box frame=\"{frame}\" outside=\"{outside}\" occluded=\"0\" keyframe=\"1\" xtl=\"{left}\" ytl=\"{top}\" \
             xbr=\"{right}\" ybr=\"{bottom}\"/>\n"
        )
    }

    #[test]
    fn a_track_is_on_its_frames_and_between_keyframes_until_it_is_outside() {
        let shapes = [
            boxed("0", 0, [10, 10, 20, 20]),
            boxed("4", 0, [30, 10, 40, 24]),
            boxed("5", 1, [30, 10, 40, 24]),
            boxed("8", 0, [0, 0, 5, 5]),
        ];
        let (frames, damaged) = read(&format!("<track id=\"7\" label=\"boat\">{}</track>", shapes.concat()));
        let on = |frame: &str| frames.get(frame).map(|objects| objects.as_ref().unwrap().join("; "));
        assert_eq!(on("frame_000000").unwrap(), "boat 10 10 10 10 #7");
        assert_eq!(on("frame_000001").unwrap(), "boat 15 10 10 11 #7");
        assert_eq!(on("frame_000002").unwrap(), "boat 20 10 10 12 #7");
        assert_eq!(on("frame_000004").unwrap(), "boat 30 10 10 14 #7");
        assert_eq!((on("frame_000005"), on("frame_000006"), on("frame_000007")), (None, None, None));
        assert_eq!(on("frame_000008").unwrap(), "boat 0 0 5 5 #7");
        assert_eq!((frames.len(), damaged), (6, Damaged::default()));
    }

    #[test]
    fn frames_of_the_task_are_known_without_shapes() {
        let (frames, _) = read("<track id=\"0\" label=\"x\"/>");
        let names: Vec<&str> = frames.keys().map(String::as_str).collect();
        assert_eq!(names, ["frame_000000", "frame_000001", "frame_000002"]);
        assert!(frames.values().all(|objects| objects == &Ok(Vec::new())));
    }

    #[test]
    fn rotation_takes_the_shorter_way() {
        let turned = |frame: &str, degrees: u32| {
            boxed(frame, 0, [10, 10, 30, 14]).replace("/>", &format!(" rotation=\"{degrees}\"/>"))
        };
        let (frames, _) = read(&format!("<track id=\"0\" label=\"x\">{}{}</track>", turned("0", 350), turned("2", 10)));
        assert_eq!(frames["frame_000001"].as_ref().unwrap()[0], "x 10 10 20 4 #0");
    }

    #[test]
    fn outlines_and_points_move_between_keyframes() {
        let polygon =
            |frame: u32, points: &str| format!("<polygon frame=\"{frame}\" outside=\"0\" points=\"{points}\"/>");
        let skeleton = |frame: u32, at: u32| {
            format!(
                "<skeleton frame=\"{frame}\" outside=\"0\"><points label=\"head\" outside=\"0\" occluded=\"0\" \
                 points=\"{at},{at}\"/></skeleton>"
            )
        };
        let tracks = [
            format!(
                "<track id=\"0\" label=\"x\">{}{}</track>",
                polygon(0, "0,0;10,0;10,10"),
                polygon(2, "20,0;30,0;30,10")
            ),
            format!("<track id=\"1\" label=\"p\">{}{}</track>", skeleton(0, 2), skeleton(2, 6)),
            format!(
                "\n<track id=\"2\" label=\"y\">{}{}</track>",
                polygon(0, "0,0;1,0;1,1"),
                polygon(2, "0,0;1,0;1,1;0,1")
            ),
        ];
        let (frames, damaged) = read(&tracks.concat());
        assert_eq!(frames["frame_000001"].as_ref().unwrap()[..], ["x 10 0 10 10 #0", "p 4 4 0 0 #1"]);
        let example = "the track at line 3 has other points at frame 0 than at 2, and none between them";
        assert_eq!(damaged, Damaged { entries: 1, example: Some(example.to_owned()) });
    }

    #[test]
    fn the_largest_numbers_are_numbers() {
        let last = boxed("18446744073709551615", 0, [1, 1, 2, 2]);
        let text = format!(
            "<annotations><meta><task><start_frame>18446744073709551614</start_frame><size>9</size>\
             <stop_frame>18446744073709551615</stop_frame></task></meta><track label=\"x\">{last}{last}</track></annotations>"
        );
        for text in [text.clone(), text.replace("stop_frame", "other")] {
            let document = Document::parse(&text).unwrap();
            let tracks = Tracks::read(document.root_element(), &mut Damaged::default()).unwrap().unwrap();
            assert!(tracks.into_frames().any(|(name, _)| name == "frame_18446744073709551615"));
        }
    }

    #[test]
    fn damage_costs_its_frame_alone() {
        let good = boxed("0", 0, [1, 1, 2, 2]);
        let bad = boxed("1", 0, [1, 1, 2, 2]).replace("xbr=\"2\"", "xbr=\"wide\"");
        let nowhere = boxed("x", 0, [1, 1, 2, 2]);
        let far = boxed("99999999999", 0, [1, 1, 2, 2]);
        let (frames, damaged) = read(&format!("<track id=\"0\" label=\"x\">{good}{bad}{nowhere}</track><track/>"));
        assert_eq!(frames["frame_000000"].as_ref().unwrap().len(), 1);
        assert!(frames["frame_000001"].as_ref().unwrap_err().contains("line 3 has no number of pixels in xbr"));
        assert_eq!(damaged.entries, 2);
        assert!(damaged.example.unwrap().contains("line 4 has no number of a frame"));
        let text = format!("<annotations><track id=\"0\" label=\"x\">{good}{far}</track></annotations>");
        let document = Document::parse(&text).unwrap();
        let refused = Tracks::read(document.root_element(), &mut Damaged::default()).unwrap_err();
        assert!(refused.contains("more than"), "{refused}");
    }
}
