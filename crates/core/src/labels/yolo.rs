//! YOLO's labels: one text file per image with one line per object, in fractions of the image's width and height
//! (<https://docs.ultralytics.com/datasets/detect/>, <https://docs.ultralytics.com/datasets/segment/>).
//!
//! Cannot carry: a label of the image itself, and objects of more than one polygon. Class names are in a file of the
//! data set. Not read: confidences, keypoints and rotated boxes.

use std::path::PathBuf;

use super::LabelError;
use super::class_names::ClassNames;
use super::format::{ImageFile, LabelFormat, LabelPlace, LabelSource, hundredths};
use super::image_label_file;
use crate::model::objects::{BBox, LabelledObject};

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "yolo",
    place: Some(LabelPlace::Folder),
    has_objects: true,
    needs_image_size: true,
    open: |folder, _| Ok(Box::new(Yolo { folder: folder.to_owned(), names: ClassNames::find(folder)? })),
};

/// A number may be this far outside of the image, since tools round.
const TOLERANCE: f64 = 0.01;

#[derive(Debug)]
struct Yolo {
    folder: PathBuf,
    names: ClassNames,
}

impl LabelSource for Yolo {
    fn objects_of(&self, image: ImageFile<'_>, size_px: [u32; 2]) -> Result<Vec<LabelledObject>, LabelError> {
        let Some((path, text)) = image_label_file::read(&self.folder, image, "txt")? else { return Ok(Vec::new()) };
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let object = |(number, line)| {
            self.object(line, size_px).map_err(|reason| LabelError::Damaged {
                path: path.clone(),
                reason: format!("line {number}: {reason}"),
            })
        };
        lines.map(object).collect()
    }
}

impl Yolo {
    /// `class cx cy w h`, possibly with a confidence; or `class x1 y1 x2 y2 x3 y3 …`, a polygon.
    fn object(&self, line: &str, size_px: [u32; 2]) -> Result<LabelledObject, String> {
        let mut words = line.split_whitespace();
        let class = words.next().unwrap_or_default();
        let class: u32 = class.parse().map_err(|_| format!("a class is a number from 0, not {class:?}"))?;
        let numbers = words.map(fraction).collect::<Result<Vec<f64>, String>>()?;
        let [image_width, image_height] = size_px.map(f64::from);
        let label = self.names.of(class);
        match numbers[..] {
            [x, y, width, height] | [x, y, width, height, _] => {
                let bbox = BBox {
                    x: hundredths((x - width / 2.0) * image_width),
                    y: hundredths((y - height / 2.0) * image_height),
                    width: hundredths(width.max(0.0) * image_width),
                    height: hundredths(height.max(0.0) * image_height),
                };
                Ok(LabelledObject { label, bbox, polygons: Vec::new() })
            }
            _ if numbers.len() >= 6 && numbers.len().is_multiple_of(2) => {
                let (points, _) = numbers.as_chunks::<2>();
                let polygon: Vec<[f32; 2]> =
                    points.iter().map(|[x, y]| [hundredths(x * image_width), hundredths(y * image_height)]).collect();
                let bbox = BBox::around(&polygon).unwrap_or_default();
                Ok(LabelledObject { label, bbox, polygons: vec![polygon] })
            }
            _ => Err(format!("4 numbers are a box, 6 or more in pairs a polygon; there are {}", numbers.len())),
        }
    }
}

fn fraction(word: &str) -> Result<f64, String> {
    match word.parse::<f64>() {
        Ok(number) if (-TOLERANCE..=1.0 + TOLERANCE).contains(&number) => Ok(number),
        _ => Err(format!("a fraction of the image's width or height is a number from 0 to 1, not {word:?}")),
    }
}
