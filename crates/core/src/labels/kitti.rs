//! KITTI's labels: one text file per image with one line of 15 columns per object, 16 with the score of a detector (the read-me of
//! the devkit at <https://www.cvlibs.net/datasets/kitti/eval_object.php>).
//!
//! `type truncated occluded alpha left top right bottom height width length x y z rotation_y score`; what is not known is -1, -10 or
//! -1000. Regions of the type `DontCare` hold objects that nobody labelled: they are crowds.
//!
//! Cannot carry: a label of the image itself, outlines, masks, keypoints, rotated boxes, and attributes of other names. Not read:
//! the labels of tracking, one file for a whole sequence. The pictures of KITTI itself are stored as they are shown; CVAT, which
//! writes this format too, shows a picture by its EXIF orientation before it is drawn on.

use super::LabelError;
use super::files;
use super::format::{Annotated, LabelFormat, LabelPlace, LabelSource};
use super::glance::Content;
use super::image_file::ImageFile;
use super::label_files::LabelFiles;
use super::pixels::{box_of_edges, pixels};
use super::yolo_line::lines;
use crate::model::frame::Frame;
use crate::model::objects::LabelledObject;

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "kitti",
    title: "KITTI folder",
    place: Some(LabelPlace::Folder),
    has_objects: true,
    recognises: |glance| matches!(&glance.content, Content::Text(text) if are_lines_of_objects(text)),
    open: |folder, opening| Ok(Box::new(Kitti { files: LabelFiles::below(folder, "txt", None, opening.images()) })),
};

/// Whether a text is of lines of a class and 14 or 15 numbers, as far as it is looked at.
fn are_lines_of_objects(text: &str) -> bool {
    const LINES_LOOKED_AT: usize = 20;
    let is_object = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_number = |word: &&str| word.parse::<f64>().is_ok();
        matches!(words.len(), 15 | 16) && !is_number(&words[0]) && words[1..].iter().all(is_number)
    };
    let lines = || text.lines().filter(|line| !line.trim().is_empty()).take(LINES_LOOKED_AT);
    lines().next().is_some() && lines().all(is_object)
}

#[derive(Debug)]
struct Kitti {
    files: LabelFiles,
}

impl LabelSource for Kitti {
    fn has_objects(&self) -> bool {
        true
    }

    fn objects_of(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        self.files.annotated(image, |bytes| {
            let text = files::text(bytes)?;
            let objects =
                lines(&text).map(|(number, line)| object(line).map_err(|reason| format!("line {number}: {reason}")));
            Ok(Annotated { objects: objects.collect::<Result<_, _>>()?, ..Annotated::default() })
        })
    }

    fn entry_names(&self) -> Vec<String> {
        self.files.names()
    }
}

/// Columns after the type, without and with a score.
const NUMBERS: usize = 14;
const NUMBERS_WITH_SCORE: usize = 15;

fn object(line: &str) -> Result<LabelledObject, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    // A type may have blanks, where CVAT or a person has given it a name.
    let is_number = |word: &&str| word.parse::<f64>().is_ok();
    let of_type = words.iter().take_while(|word| !is_number(word)).count().max(1);
    let (label, numbers) = words.split_at_checked(of_type).unwrap_or_default();
    if !matches!(numbers.len(), NUMBERS | NUMBERS_WITH_SCORE) {
        let tracks = if of_type == 1 && words.first().is_some_and(is_number) {
            "; labels of tracking, which begin with a frame's number, are not read"
        } else {
            ""
        };
        return Err(format!("an object has 15 columns, or 16 with a score, and not {}{tracks}", words.len()));
    }
    let edge = |at: usize| {
        pixels(numbers[at]).ok_or_else(|| format!("an edge of a box is a number of pixels, not {:?}", numbers[at]))
    };
    let edges = [edge(3)?, edge(4)?, edge(5)?, edge(6)?];
    let bbox = box_of_edges(edges).ok_or("the box ends before it begins")?;
    let label = label.join(" ");
    let number = |word: &str| word.parse::<f64>().ok().filter(|number| number.is_finite());
    let known =
        |words: &[&str], unknown: f64| words.iter().all(|word| number(word).is_some_and(|number| number != unknown));
    let attributes = [
        ("truncated", &numbers[..1], -1.0),
        ("occluded", &numbers[1..2], -1.0),
        ("alpha", &numbers[2..3], -10.0),
        ("dimensions", &numbers[7..10], -1.0),
        ("location", &numbers[10..13], -1000.0),
        ("rotation_y", &numbers[13..14], -10.0),
    ];
    let attributes = attributes.into_iter().filter(|(_, words, unknown)| known(words, *unknown));
    Ok(LabelledObject {
        crowd: label.eq_ignore_ascii_case("DontCare"),
        score: numbers.get(NUMBERS).and_then(|word| number(word)).map(|score| score as f32),
        attributes: attributes.map(|(name, words, _)| (name.to_owned(), words.join(" "))).collect(),
        ..LabelledObject::of_box(label, bbox)
    })
}

#[cfg(test)]
#[path = "kitti_tests.rs"]
mod tests;
