//! YOLO's labels: a text file an image, a line an object, in parts of the image's width and height
//! (<https://docs.ultralytics.com/datasets/detect/>, <https://docs.ultralytics.com/datasets/segment/>).

use std::path::{Path, PathBuf};

use super::class_names::ClassNames;
use super::{LabelError, beside, hundredths};
use crate::model::objects::{BBox, LabelledObject};
use crate::pipeline::source::SourceError;

/// By so much a number may lie outside of the image, as tools round.
const TOLERANCE: f64 = 0.01;

/// A folder of YOLO labels.
#[derive(Debug)]
pub(super) struct Yolo {
    folder: PathBuf,
    names: ClassNames,
}

impl Yolo {
    /// Finds the names of the classes.
    pub(super) fn open(folder: PathBuf) -> Result<Self, SourceError> {
        let names = ClassNames::find(&folder)?;
        Ok(Self { folder, names })
    }

    /// The objects of one image; none where it has no label file.
    pub(super) fn objects_of(
        &self,
        path: &Path,
        listed_name: &str,
        size_px: [u32; 2],
    ) -> Result<Vec<LabelledObject>, LabelError> {
        let Some((file, text)) = beside::read(&self.folder, path, listed_name, "txt")? else { return Ok(Vec::new()) };
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(index, line)| {
                self.object(line, size_px).map_err(|reason| LabelError::Damaged {
                    path: file.clone(),
                    reason: format!("line {}: {reason}", index + 1),
                })
            })
            .collect()
    }

    /// `class cx cy w h`, perhaps with a confidence; or `class x1 y1 x2 y2 x3 y3 …`, a polygon.
    fn object(&self, line: &str, size_px: [u32; 2]) -> Result<LabelledObject, String> {
        let mut words = line.split_whitespace();
        let class = words.next().unwrap_or_default();
        let class: u32 = class.parse().map_err(|_| format!("a class is a number from 0, not {class:?}"))?;
        let numbers = words.map(part).collect::<Result<Vec<f64>, String>>()?;
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

fn part(word: &str) -> Result<f64, String> {
    match word.parse::<f64>() {
        Ok(number) if (-TOLERANCE..=1.0 + TOLERANCE).contains(&number) => Ok(number),
        _ => Err(format!("a part of the image's width or height is a number from 0 to 1, not {word:?}")),
    }
}
