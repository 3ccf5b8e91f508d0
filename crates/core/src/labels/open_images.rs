//! The boxes of Open Images: one CSV file for all images, in parts of the picture's width and height
//! (<https://storage.googleapis.com/openimages/web/download_v7.html>). Names of classes are in a file beside it.
//!
//! Boxes are on the pixels as they are stored: the file `image-ids-and-rotation` has the angle "that the image and boxes should be
//! rotated" by (<https://storage.googleapis.com/openimages/web/2018-05-17-rotation-information.html>). Groups are crowds.
//!
//! Cannot carry: a label of the image itself, outlines, masks, keypoints, rotated boxes, tracks, and attributes of other names. Not
//! read: the files of labels for whole images, of masks, of points, and of relations.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::LabelError;
use super::entries::Entries;
use super::files;
use super::format::{Annotated, Damaged, LabelFormat, LabelPlace, LabelSource, Units, opened};
use super::glance::Content;
use super::image_file::ImageFile;
use super::image_names::ImageNames;
use super::pixels::hundredths;
use super::rows::{Rows, decoded, rows_of};
use crate::model::frame::Frame;
use crate::model::objects::LabelledObject;

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "openimages",
    title: "Open Images file",
    place: Some(LabelPlace::File),
    has_objects: true,
    recognises: |glance| matches!(&glance.content, Content::Table(rows) if Columns::find(rows).is_ok()),
    open: |file, opening| opened(file, OpenImages::read(file, opening.images())),
};

/// An edge may be this far outside of the image, since tools round.
const TOLERANCE: f64 = 0.01;
/// Columns of flags, and the attributes that they become; the first one makes a crowd.
const FLAGS: [(&str, &str); 5] = [
    ("IsGroupOf", "is_group_of"),
    ("IsOccluded", "occluded"),
    ("IsTruncated", "truncated"),
    ("IsDepiction", "is_depiction"),
    ("IsInside", "is_inside"),
];

#[derive(Debug)]
struct OpenImages {
    images: Entries<Listed>,
    classes: Classes,
    damaged: Damaged,
}

/// What the file has for an image.
#[derive(Debug, Default)]
struct Listed {
    boxes: Vec<Row>,
    /// Why they are not known.
    problem: Option<String>,
}

/// A box; the files of the data set have up to 15 million.
#[derive(Debug)]
struct Row {
    class: u32,
    /// Left, top, right and bottom.
    edges: [f32; 4],
    /// A bit for each of [`FLAGS`].
    flags: u8,
    score: Option<f32>,
}

impl LabelSource for OpenImages {
    fn has_objects(&self) -> bool {
        true
    }

    fn objects_of(&self, image: ImageFile<'_>, frame: Frame) -> Result<Option<Annotated>, LabelError> {
        match self.images.find(image)? {
            None => Ok(None),
            Some(Listed { problem: Some(reason), .. }) => Err(self.images.damage(reason)),
            Some(Listed { boxes, .. }) => Ok(Some(Annotated {
                objects: boxes.iter().map(|row| self.object(row, frame)).collect(),
                units: Units::StoredPixels,
                unnamed: boxes.iter().find_map(|row| self.classes.unnamed(row.class)),
            })),
        }
    }

    fn damaged(&self) -> Damaged {
        self.damaged.clone()
    }

    fn entry_names(&self) -> Vec<String> {
        self.images.examples()
    }
}

impl OpenImages {
    /// Reads the file; the error says why it cannot be used.
    fn read(file: &Path, images: &Arc<ImageNames>) -> Result<Self, String> {
        let bytes = files::read_bytes(file)?;
        let text = decoded(&bytes)?;
        let mut rows = rows_of(&text);
        let headings = rows.find_map(|(_, cells)| cells).unwrap_or_default();
        let columns = Columns::find(&Rows { headings, ..Rows::default() })?;
        let mut read = Self {
            images: Entries::new(file, images, true),
            classes: Classes::beside(file)?,
            damaged: Damaged::default(),
        };
        // Rows of one image follow each other.
        let mut last = (String::new(), 0);
        for (line, cells) in rows {
            let Some(cells) = cells else {
                read.damaged.count(|| format!("line {line}: a quote is not closed"));
                continue;
            };
            let image = cells.get(columns.image).map(String::as_str).unwrap_or_default();
            if image.is_empty() {
                read.damaged.count(|| format!("line {line}: it has no ImageID"));
                continue;
            }
            if last.0 != image {
                last = (image.to_owned(), read.images.entry(image, Listed::default));
            }
            let Some(listed) = read.images.get_mut(last.1) else { continue };
            match columns.row(&cells, &mut read.classes) {
                Ok(row) => listed.boxes.push(row),
                Err(reason) => {
                    listed.problem.get_or_insert_with(|| format!("line {line}: {reason}"));
                }
            }
        }
        Ok(read)
    }

    fn object(&self, row: &Row, frame: Frame) -> LabelledObject {
        let [width, height] = frame.stored_px.map(f64::from);
        let [left, top, right, bottom] = row.edges.map(f64::from);
        let bbox = [left * width, top * height, (right - left) * width, (bottom - top) * height].map(hundredths);
        let has = |bit: usize| row.flags >> bit & 1 == 1;
        let attributes = (1..FLAGS.len()).filter(|bit| has(*bit)).map(|bit| (FLAGS[bit].1.to_owned(), "1".to_owned()));
        LabelledObject {
            crowd: has(0),
            score: row.score,
            attributes: attributes.collect(),
            ..LabelledObject::of_box(self.classes.name(row.class), bbox.into())
        }
    }
}

/// Where the columns are.
struct Columns {
    image: usize,
    class: usize,
    /// Left, top, right and bottom.
    edges: [usize; 4],
    flags: [Option<usize>; FLAGS.len()],
    confidence: Option<usize>,
}

const EDGES: [&str; 4] = ["XMin", "YMin", "XMax", "YMax"];

impl Columns {
    fn find(rows: &Rows) -> Result<Self, String> {
        let column = |name: &str| {
            let place = || format!("it is not a file of boxes of Open Images: its first line names no column {name}");
            rows.column(&[name]).ok_or_else(place)
        };
        Ok(Self {
            image: column("ImageID")?,
            class: column("LabelName")?,
            edges: [column(EDGES[0])?, column(EDGES[1])?, column(EDGES[2])?, column(EDGES[3])?],
            flags: FLAGS.map(|(name, _)| rows.column(&[name])),
            confidence: rows.column(&["Confidence"]),
        })
    }

    fn row(&self, cells: &[String], classes: &mut Classes) -> Result<Row, String> {
        let cell = |column: usize| cells.get(column).map_or("", String::as_str);
        let number = |column: usize| cell(column).parse::<f64>().ok();
        let class = Some(cell(self.class)).filter(|class| !class.is_empty()).ok_or("it has no LabelName")?;
        let mut edges = [0.0; 4];
        for (edge, (column, name)) in edges.iter_mut().zip(self.edges.into_iter().zip(EDGES)) {
            let inside = number(column).filter(|number| (-TOLERANCE..=1.0 + TOLERANCE).contains(number));
            *edge = inside.ok_or_else(|| {
                format!("{name} is a part of the image's side, from 0 to 1, and not {:?}", cell(column))
            })? as f32;
        }
        if edges[2] < edges[0] || edges[3] < edges[1] {
            return Err("the box ends before it begins".to_owned());
        }
        let is_set = |column: usize| number(column) == Some(1.0) || cell(column).eq_ignore_ascii_case("true");
        let bits = self.flags.iter().enumerate().map(|(bit, column)| u8::from(column.is_some_and(is_set)) << bit);
        // Boxes that people drew have a 1 there.
        let score = self.confidence.and_then(number).filter(|score| score.is_finite() && *score != 1.0);
        let flags = bits.sum();
        Ok(Row { class: classes.index(class), edges, flags, score: score.map(|score| score as f32) })
    }
}

/// The classes of a file: identifiers such as `/m/019jd`, or names.
#[derive(Debug, Default)]
struct Classes {
    names: HashMap<String, String>,
    used: Vec<String>,
    by_id: HashMap<String, u32>,
}

impl Classes {
    /// With the names in the files of class descriptions beside `file`, in the folder above it, and in `metadata` there.
    fn beside(file: &Path) -> Result<Self, String> {
        let folder = file.parent().unwrap_or(Path::new(""));
        let above = folder.join("..");
        let folders = [folder.to_owned(), above.clone(), folder.join("metadata"), above.join("metadata")];
        let mut classes = Self::default();
        for folder in folders {
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(|path| has_class_names(path)).collect();
            paths.sort();
            for path in paths {
                let text = files::read_bytes(&path);
                let text = text.as_deref().map_err(Clone::clone).and_then(decoded);
                let text = text.map_err(|reason| format!("{reason}: {}", path.display()))?;
                // The first line is a heading in some versions.
                for (_, cells) in rows_of(&text) {
                    if let Some([id, name, ..]) = cells.as_deref().filter(|cells| cells[0] != "LabelName") {
                        classes.names.entry(id.clone()).or_insert_with(|| name.clone());
                    }
                }
            }
        }
        Ok(classes)
    }

    fn index(&mut self, id: &str) -> u32 {
        if let Some(&known) = self.by_id.get(id) {
            return known;
        }
        let index = self.used.len() as u32;
        self.by_id.insert(id.to_owned(), index);
        self.used.push(id.to_owned());
        index
    }

    fn id(&self, class: u32) -> &str {
        self.used.get(class as usize).map_or("", String::as_str)
    }

    fn name(&self, class: u32) -> &str {
        let id = self.id(class);
        self.names.get(id).map_or(id, String::as_str)
    }

    /// The identifier of a class without a name; what is not written as an identifier is a name.
    fn unnamed(&self, class: u32) -> Option<String> {
        let id = self.id(class);
        (id.starts_with('/') && !self.names.contains_key(id)).then(|| id.to_owned())
    }
}

fn has_class_names(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.ends_with(".csv") && (name.contains("class-descriptions") || name == "classes.csv")
}

#[cfg(test)]
#[path = "open_images_tests.rs"]
mod tests;
