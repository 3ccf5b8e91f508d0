//! A table with a label for each image, or with a box in each row; the program's own `annotation.csv` is one.
//!
//! Cannot carry: outlines, masks, keypoints, rotated boxes, and more than one label per image without boxes.

use std::path::Path;
use std::sync::Arc;

use super::LabelError;
use super::entries::Entries;
use super::error::Ambiguity;
use super::files;
use super::format::{Annotated, Damaged, LabelFormat, LabelPlace, LabelSource, Units, opened};
use super::glance::Content;
use super::image_file::ImageFile;
use super::image_names::ImageNames;
use super::pixels::{box_of_edges, box_of_sides, pixels};
use super::rows::Rows;
use crate::model::frame::Frame;
use crate::model::objects::{self, BBox, LabelledObject};

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "csv",
    title: "CSV file",
    place: Some(LabelPlace::File),
    has_objects: true,
    recognises: |glance| matches!(&glance.content, Content::Table(rows) if Columns::find(rows).is_some()),
    open: |file, opening| opened(file, CsvTable::read(file, opening.images())),
};

/// The columns in which the program writes labels.
pub(crate) const WRITTEN_COLUMNS: [&str; 2] = ["image_path", "annotation"];
/// Headings of the column with the image, in order of preference.
const IMAGE_HEADINGS: [&str; 15] = [
    "image_path",
    "image",
    "file",
    "filename",
    "file_name",
    "path",
    "filepath",
    "file_path",
    "image_name",
    "image_id",
    "image_file",
    "name",
    "img",
    "id",
    "id_code",
];
/// Headings of the column with the label, in order of preference.
pub(super) const LABEL_HEADINGS: [&str; 14] = [
    "annotation",
    "label",
    "labels",
    "class",
    "class_name",
    "label_name",
    "category",
    "target",
    "tag",
    "species",
    "breed",
    "diagnosis",
    "caption",
    "text",
];
/// Headings of the columns with a box; whether the last two are its other corner, or its size.
const BOX_HEADINGS: [([&str; 4], bool); 5] = [
    (["xmin", "ymin", "xmax", "ymax"], true),
    (["x1", "y1", "x2", "y2"], true),
    (["left", "top", "right", "bottom"], true),
    (["bbox_x", "bbox_y", "bbox_width", "bbox_height"], false),
    (["x", "y", "w", "h"], false),
];
const WIDTH_HEADINGS: [&str; 3] = ["width", "image_width", "img_width"];
const HEIGHT_HEADINGS: [&str; 3] = ["height", "image_height", "img_height"];

#[derive(Debug)]
struct CsvTable {
    images: Entries<Listed>,
    columns: Columns,
    damaged: Damaged,
}

/// What a row has where.
#[derive(Clone, Copy, Debug)]
struct Columns {
    image: usize,
    label: Option<usize>,
    /// The columns of a box, and whether the last two are a corner.
    bbox: Option<([usize; 4], bool)>,
    size: Option<[usize; 2]>,
    /// All objects of an image, as the program's own `image_records.csv` has them.
    objects: Option<usize>,
}

impl Columns {
    fn have_objects(&self) -> bool {
        self.bbox.is_some() || self.objects.is_some()
    }
}

/// What the table has for an image.
#[derive(Debug, Default)]
struct Listed {
    label: String,
    /// One that differs.
    other_label: Option<String>,
    objects: Vec<LabelledObject>,
    stated_px: Option<[f64; 2]>,
    /// Why its objects are not known.
    problem: Option<String>,
}

impl LabelSource for CsvTable {
    fn label_of(&self, image: ImageFile<'_>) -> Result<String, LabelError> {
        let has_boxes = self.columns.bbox.is_some();
        match self.images.find(image)? {
            // An image without boxes has no row.
            None if has_boxes => Ok(image.stem()),
            None => Err(LabelError::Missing(self.images.source())),
            Some(Listed { label, other_label, .. }) if has_boxes && (other_label.is_some() || label.is_empty()) => {
                Ok(image.stem())
            }
            Some(Listed { label, other_label: Some(other), .. }) => {
                let labels = [label, other].map(String::clone);
                Err(self.images.ambiguous(Ambiguity::Labels(labels)))
            }
            Some(Listed { label, .. }) if label.is_empty() => Err(LabelError::Empty(self.images.source())),
            Some(Listed { label, .. }) => Ok(label.clone()),
        }
    }

    fn has_objects(&self) -> bool {
        self.columns.have_objects()
    }

    fn objects_of(&self, image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        match self.images.find(image)? {
            None => Ok(None),
            Some(Listed { problem: Some(reason), .. }) => Err(self.images.damage(reason)),
            Some(Listed { objects, stated_px, .. }) => Ok(Some(Annotated {
                objects: objects.clone(),
                units: if self.columns.objects.is_some() {
                    Units::StoredPixels
                } else {
                    Units::Pixels { stated_px: *stated_px }
                },
                unnamed: None,
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

impl CsvTable {
    /// Reads the file; the error says why it cannot be used.
    fn read(file: &Path, images: &Arc<ImageNames>) -> Result<Self, String> {
        let rows = Rows::read(&files::read_bytes(file)?)?;
        let columns = Columns::find(&rows).ok_or_else(|| {
            format!(
                "its first line must name a column for the image ({}) and one for the label ({})",
                IMAGE_HEADINGS.join(", "),
                LABEL_HEADINGS.join(", ")
            )
        })?;
        let mut table = Self { images: Entries::new(file, images, true), columns, damaged: Damaged::default() };
        for line in rows.damaged {
            table.count_damaged(line, "a quote is not closed");
        }
        for (line, cells) in &rows.rows {
            table.add(*line, cells);
        }
        Ok(table)
    }

    fn count_damaged(&mut self, line: usize, reason: &str) {
        self.damaged.count(|| format!("line {line}: {reason}"));
    }

    fn add(&mut self, line: usize, cells: &[String]) {
        let Columns { image, label, bbox, size, objects } = self.columns;
        let cell = |column: usize| cells.get(column).map(String::as_str);
        let Some(image) = cell(image).filter(|image| !image.is_empty()) else {
            return self.count_damaged(line, "it names no image");
        };
        let label = match label {
            None => "",
            Some(column) => match cell(column) {
                Some(label) => label,
                None => return self.count_damaged(line, "it has no cell for the label"),
            },
        };
        let number = |column: usize| cell(column).and_then(|text| text.parse::<f64>().ok());
        let stated_px = size.and_then(|[width, height]| Some([number(width)?, number(height)?]));
        let bbox =
            bbox.map(|(columns, is_corner)| bbox_of(columns.map(|column| cell(column).unwrap_or_default()), is_corner));
        let mut is_new = false;
        let index = self.images.entry(image, || {
            is_new = true;
            Listed { label: label.to_owned(), stated_px, ..Listed::default() }
        });
        let Some(listed) = self.images.get_mut(index) else { return };
        if !is_new && listed.label != label {
            listed.other_label.get_or_insert_with(|| label.to_owned());
        }
        if let Some(given) = objects.and_then(cell).filter(|given| !matches!(*given, "" | "null")) {
            match objects::from_json(given) {
                // Of several rows of an image the last one counts.
                Some(objects) => (listed.objects, listed.label, listed.other_label) = (objects, label.to_owned(), None),
                None => {
                    listed.problem.get_or_insert_with(|| format!("line {line}: its objects cannot be read"));
                }
            }
        }
        match bbox {
            None | Some(Ok(None)) => {}
            Some(Ok(Some(bbox))) => listed.objects.push(LabelledObject::of_box(label, bbox)),
            Some(Err(reason)) => {
                listed.problem.get_or_insert_with(|| format!("line {line}: {reason}"));
            }
        }
    }
}

impl Columns {
    /// `None`: a column is missing.
    fn find(rows: &Rows) -> Option<Self> {
        let bbox = BOX_HEADINGS.iter().find_map(|(headings, is_corner)| {
            let [first, second, third, fourth] = headings.map(|heading| rows.column(&[heading]));
            Some(([first?, second?, third?, fourth?], *is_corner))
        });
        let label = rows.column(&LABEL_HEADINGS);
        let size = rows.column(&WIDTH_HEADINGS).zip(rows.column(&HEIGHT_HEADINGS)).map(<[usize; 2]>::from);
        let image = rows.column(&IMAGE_HEADINGS).filter(|_| bbox.is_some() || label.is_some())?;
        let objects = rows.column(&["objects"]).filter(|_| bbox.is_none());
        Some(Self { image, label, bbox, size, objects })
    }
}

/// The box in these cells; `None`: they are empty, as for an image without objects.
fn bbox_of(cells: [&str; 4], is_corner: bool) -> Result<Option<BBox>, String> {
    if cells.iter().all(|cell| cell.is_empty()) {
        return Ok(None);
    }
    let number =
        |cell: &str| pixels(cell).ok_or_else(|| format!("an edge of a box is a number of pixels, not {cell:?}"));
    let numbers = [number(cells[0])?, number(cells[1])?, number(cells[2])?, number(cells[3])?];
    let bbox = if is_corner { box_of_edges(numbers) } else { box_of_sides(numbers) };
    bbox.map(Some).ok_or_else(|| "the box ends before it begins".to_owned())
}
