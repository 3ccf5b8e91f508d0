//! A CSV file of labels.

use std::collections::HashMap;
use std::path::Path;

use super::{last_part, normal};

/// Headings of the column that names the image.
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
/// Headings of the column that has the label.
const LABEL_HEADINGS: [&str; 8] = ["annotation", "label", "labels", "class", "class_name", "category", "target", "tag"];

/// Labels by the image's path as the file has it, and by its last part alone.
#[derive(Debug, Default)]
pub(super) struct Table {
    by_path: HashMap<String, Entry>,
    by_name: HashMap<String, Entry>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Label(String),
    Several,
}

impl Table {
    /// Reads the file; an error says why it cannot be used.
    pub(super) fn read(file: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let heading = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
        // Spreadsheets of some countries write semicolons.
        let count = |delimiter: u8| heading.iter().filter(|&&byte| byte == delimiter).count();
        let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|&delimiter| (count(delimiter), delimiter == b','));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter.unwrap_or(b','))
            .flexible(true)
            .trim(csv::Trim::Headers)
            .from_reader(bytes);
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
            let path = normal(image);
            insert(&mut table.by_name, last_part(&path).to_owned(), label);
            insert(&mut table.by_path, path, label);
        }
        Ok(table)
    }

    pub(super) fn find(&self, listed_name: &str) -> Option<&Entry> {
        self.by_path.get(listed_name).or_else(|| self.by_name.get(last_part(listed_name)))
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
