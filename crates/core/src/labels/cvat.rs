//! CVAT's labels: one XML file for all images (<https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/>, "CVAT for
//! images"), or for all frames of a video ("CVAT for video").
//!
//! Cannot carry: a label of the image itself, several outlines of one object, scores, and crowds. Not read: tags, cuboids, and
//! the pixels of masks, of which the box is used.

use std::path::Path;
use std::sync::Arc;

use roxmltree::{Document, Node};

use super::LabelError;
use super::cvat_shapes::object;
use super::cvat_tracks::Tracks;
use super::entries::Entries;
use super::files;
use super::format::{Annotated, Damaged, LabelFormat, LabelPlace, LabelSource, Units, opened};
use super::image_file::ImageFile;
use super::image_names::ImageNames;
use super::pixels::pixels;
use super::xml_text::{decoded, line};
use crate::model::frame::Frame;

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "cvat",
    title: "CVAT file",
    place: Some(LabelPlace::File),
    has_objects: true,
    recognises: |glance| glance.has_root("annotations"),
    open: |file, opening| opened(file, Cvat::read(file, opening.images())),
};

#[derive(Debug)]
struct Cvat {
    images: Entries<Result<Annotated, String>>,
    damaged: Damaged,
}

impl LabelSource for Cvat {
    fn has_objects(&self) -> bool {
        true
    }

    fn objects_of(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        let found = self.images.find(image)?;
        found.map(|annotated| annotated.clone().map_err(|reason| self.images.damage(&reason))).transpose()
    }

    fn damaged(&self) -> Damaged {
        self.damaged.clone()
    }

    fn entry_names(&self) -> Vec<String> {
        self.images.examples()
    }
}

impl Cvat {
    /// Reads the file; the error says why it cannot be used.
    fn read(file: &Path, names: &Arc<ImageNames>) -> Result<Self, String> {
        let bytes = files::read_bytes(file)?;
        let text = decoded(&bytes)?;
        // The error has the line and the column.
        let document = Document::parse(&text).map_err(|error| error.to_string())?;
        let root = document.root_element();
        if !root.has_tag_name("annotations") {
            return Err(format!("it is <{}> and not <annotations>", root.tag_name().name()));
        }
        let (mut images, mut damaged) = (Entries::new(file, names, true), Damaged::default());
        for image in root.children().filter(|node| node.has_tag_name("image")) {
            let Some(name) = image.attribute("name").filter(|name| !name.trim().is_empty()) else {
                damaged.count(|| format!("the image at line {} has no name", line(image)));
                continue;
            };
            let mut is_new = false;
            let index = images.entry(name, || {
                is_new = true;
                annotated(image)
            });
            if let Some(known) = images.get_mut(index).filter(|_| !is_new) {
                *known = Err(format!("the image at line {} has the name of another one: {name}", line(image)));
            }
        }
        if let Some(tracks) = Tracks::read(root, &mut damaged)? {
            for (name, frame) in tracks.into_frames() {
                images.entry(&name, || frame);
            }
        }
        Ok(Self { images, damaged })
    }
}

fn annotated(image: Node<'_, '_>) -> Result<Annotated, String> {
    let shapes = image.children().filter(Node::is_element);
    let objects = shapes.filter_map(|node| {
        let object = object(node, None).transpose()?;
        Some(object.map_err(|reason| format!("the {} at line {} {reason}", node.tag_name().name(), line(node))))
    });
    let side = |name| image.attribute(name).and_then(pixels);
    let stated_px = side("width").zip(side("height")).map(<[f64; 2]>::from);
    Ok(Annotated { objects: objects.collect::<Result<_, _>>()?, units: Units::Pixels { stated_px }, unnamed: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Cvat, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("annotations.xml");
        std::fs::write(&file, text).unwrap();
        Cvat::read(&file, &Arc::default())
    }

    fn objects(cvat: &Cvat, name: &str) -> Result<Option<Annotated>, LabelError> {
        let path = Path::new("/photos").join(name);
        cvat.objects_of(ImageFile { path: &path, listed_name: name }, Frame::upright([100, 60]))
    }

    #[test]
    fn shapes_of_images_are_objects() {
        let text = r#"<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta/>
<image id="0" name="sub/a.jpg" width="100" height="60">
  <box label="boat" source="manual" occluded="1" xtl="10.00" ytl="20.00" xbr="30.00" ybr="40.50" z_order="0"><attribute name="color"> red </attribute></box>
  <box label="boat" occluded="0" xtl="10" ytl="20" xbr="30" ybr="24" rotation="90.00"/>
  <polygon label="buoy" points="1,1;5,1;5,9"/><mask label="sky" rle="1,2" left="2" top="3" width="4" height="5"/>
  <skeleton label="person"><points label="head" outside="0" occluded="1" points="7,8"/><points label="hand" outside="1" points="1,1"/></skeleton>
  <ellipse label="sun" cx="50" cy="30" rx="8" ry="4" rotation="90"/><tag label="day"/></image>
<image id="1" name="b.jpg" width="100" height="60"><box label="x" xtl="?" ytl="0" xbr="1" ybr="1"/></image></annotations>"#;
        let cvat = read(text).unwrap();
        let Annotated { objects: found, units, .. } = objects(&cvat, "sub/a.jpg").unwrap().unwrap();
        assert_eq!(units, Units::Pixels { stated_px: Some([100.0, 60.0]) });
        let boxes: Vec<[f32; 4]> = found.iter().map(|object| object.bbox.into()).collect();
        let expected = [
            [10.0, 20.0, 20.0, 20.5],
            [18.0, 12.0, 4.0, 20.0],
            [1.0, 1.0, 4.0, 8.0],
            [2.0, 3.0, 4.0, 5.0],
            [7.0, 8.0, 0.0, 0.0],
            [46.0, 22.0, 8.0, 16.0],
        ];
        assert_eq!(boxes, expected);
        assert_eq!((found[0].attributes["color"].as_str(), found[0].attributes["occluded"].as_str()), ("red", "1"));
        assert_eq!(found[1].rotated_box.map(|corners| corners[0]), Some([22.0, 12.0]));
        assert_eq!(found[4].keypoints.iter().map(|point| point.visibility).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(found[4].keypoint_names, ["head", "hand"]);
        let error = objects(&cvat, "b.jpg").unwrap_err().to_string();
        assert!(error.contains("the box at line 9") && error.contains("xtl"), "{error}");
        assert!(objects(&cvat, "c.jpg").unwrap().is_none());
    }

    #[test]
    fn a_byte_order_mark_counts_more_than_the_declaration() {
        let text = "\u{feff}<?xml version='1.0' encoding='gbk'?><annotations><image name='船.jpg'/></annotations>";
        assert!(objects(&read(text).unwrap(), "船.jpg").unwrap().is_some());
    }

    #[test]
    fn what_is_no_list_of_images_is_refused() {
        assert!(read("<annotation/>").unwrap_err().contains("<annotation>"));
    }

    #[test]
    fn what_is_damaged_costs_its_image_alone() {
        let image = |name: &str, shape: &str| format!("<image name=\"{name}\">\n{shape}</image>\n");
        let good = r#"<box label="x" xtl="0" ytl="0" xbr="1" ybr="1"/>"#;
        let turned = good.replace("/>", " rotation=\"NaN\"/>");
        let images = [
            image("good.jpg", good),
            image("turned.jpg", &turned),
            image("twice.jpg", good),
            image("twice.jpg", good),
            image("backwards.jpg", &good.replace("xbr=\"1\"", "xbr=\"-1\"")),
            image("points.jpg", r#"<polygon label="x" points="1,2;3"/>"#),
            "<image/><image name=\" \"/>".to_owned(),
        ];
        let cvat = read(&format!("<annotations>\n{}</annotations>", images.concat())).unwrap();
        assert_eq!(objects(&cvat, "good.jpg").unwrap().unwrap().objects.len(), 1);
        for (name, reason) in [
            ("turned.jpg", "line 5 has no number in rotation"),
            ("twice.jpg", "line 8 has the name of another one"),
            ("backwards.jpg", "line 11 ends before it begins"),
            ("points.jpg", "line 13 has points that are not"),
        ] {
            let error = objects(&cvat, name).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        assert_eq!(
            cvat.damaged(),
            Damaged { entries: 2, example: Some("the image at line 14 has no name".to_owned()) }
        );
    }
}
