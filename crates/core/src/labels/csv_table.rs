//! A CSV file with a label for each image; the program's own `annotation.csv` is one.
//!
//! Cannot carry: objects, and more than one label per image.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::LabelError;
use super::files;
use super::format::{ImageFile, LabelFormat, LabelPlace, LabelSource};
use super::listed_path::{last_component, normalized};

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "csv",
    place: Some(LabelPlace::File),
    has_objects: false,
    needs_image_size: false,
    open: |file, _| match Table::read(file) {
        Ok(table) => Ok(Box::new(CsvTable { file: file.to_owned(), table })),
        Err(reason) => Err(LabelError::Unusable { path: file.to_owned(), reason }),
    },
};

/// The columns in which the program writes labels.
pub(crate) const WRITTEN_COLUMNS: [&str; 2] = ["image_path", "annotation"];
/// Headings of the column with the image, in order of preference.
const IMAGE_HEADINGS: [&str; 11] = [
    "image_path",
    "image",
    "file",
    "filename",
    "file_name",
    "path",
    "filepath",
    "file_path",
    "image_name",
    "name",
    "img",
];
/// Headings of the column with the label, in order of preference.
const LABEL_HEADINGS: [&str; 8] = ["annotation", "label", "labels", "class", "class_name", "category", "target", "tag"];

#[derive(Debug)]
struct CsvTable {
    file: PathBuf,
    table: Table,
}

impl LabelSource for CsvTable {
    fn label_of(&self, image: ImageFile<'_>) -> Result<String, LabelError> {
        match self.table.find(image.listed_name) {
            Some(Entry::Label(label)) => Ok(label.clone()),
            Some(Entry::Several) => Err(LabelError::Ambiguous(self.file.clone())),
            None => Err(LabelError::Missing(self.file.clone())),
        }
    }
}

/// Labels by the image's path as the file has it, and by its file name alone.
#[derive(Debug, Default)]
struct Table {
    by_path: HashMap<String, Entry>,
    by_name: HashMap<String, Entry>,
}

#[derive(Debug, PartialEq, Eq)]
enum Entry {
    Label(String),
    Several,
}

impl Table {
    /// Reads the file; the error says why it cannot be used.
    fn read(file: &Path) -> Result<Self, String> {
        let bytes = files::read_bytes(file)?;
        let heading = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
        // Spreadsheets write semicolons in countries with a decimal comma.
        let count = |delimiter: u8| heading.iter().filter(|&&byte| byte == delimiter).count();
        let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|&delimiter| (count(delimiter), delimiter == b','));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter.unwrap_or(b','))
            .flexible(true)
            .trim(csv::Trim::Headers)
            .from_reader(&*bytes);
        let headings = reader.headers().map_err(|error| error.to_string())?.clone();
        let column = |wanted: &[&str]| {
            wanted.iter().find_map(|wanted| headings.iter().position(|heading| heading.eq_ignore_ascii_case(wanted)))
        };
        let (Some(image_column), Some(label_column)) = (column(&IMAGE_HEADINGS), column(&LABEL_HEADINGS)) else {
            return Err(format!(
                "its first line must name a column for the image ({}) and one for the label ({})",
                IMAGE_HEADINGS.join(", "),
                LABEL_HEADINGS.join(", ")
            ));
        };
        let mut table = Self::default();
        for row in reader.records() {
            let row = row.map_err(|error| error.to_string())?;
            let (Some(image), Some(label)) = (row.get(image_column), row.get(label_column)) else { continue };
            let path = normalized(image);
            insert(&mut table.by_name, last_component(&path).to_owned(), label);
            insert(&mut table.by_path, path, label);
        }
        Ok(table)
    }

    fn find(&self, listed_name: &str) -> Option<&Entry> {
        self.by_path.get(listed_name).or_else(|| self.by_name.get(last_component(listed_name)))
    }
}

fn insert(table: &mut HashMap<String, Entry>, key: String, label: &str) {
    table
        .entry(key)
        .and_modify(|entry| {
            if !matches!(entry, Entry::Label(same) if same == label) {
                *entry = Entry::Several;
            }
        })
        .or_insert_with(|| Entry::Label(label.to_owned()));
}
