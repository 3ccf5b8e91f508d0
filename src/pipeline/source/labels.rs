//! Which label an image has.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::SourceError;

/// How labels are found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LabelRule {
    /// The file name up to its first dot, trimmed.
    #[default]
    Stem,
    /// The name of the folder that holds the image.
    Folder,
    /// A row of this CSV file.
    Csv(PathBuf),
}

impl FromStr for LabelRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "stem" => Ok(Self::Stem),
            "folder" => Ok(Self::Folder),
            _ => match text.strip_prefix("csv:") {
                Some(file) if !file.is_empty() => Ok(Self::Csv(file.into())),
                _ => Err("labels come from stem, folder or csv:FILE".to_owned()),
            },
        }
    }
}

impl fmt::Display for LabelRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stem => f.write_str("stem"),
            Self::Folder => f.write_str("folder"),
            Self::Csv(file) => write!(f, "csv:{}", file.display()),
        }
    }
}

/// Why an image has no label.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// The CSV file has no row for it.
    #[error("no row for it in {}", .0.display())]
    Missing(PathBuf),
    /// The CSV file has several rows for it that differ.
    #[error("several different labels for it in {}", .0.display())]
    Ambiguous(PathBuf),
}

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

/// Finds the labels.
#[derive(Debug)]
pub struct Labels {
    rule: LabelRule,
    input_name: String,
    table: Table,
}

impl Labels {
    /// Reads what `rule` needs.
    ///
    /// # Errors
    /// The CSV file cannot be read, or has no columns for image and label.
    pub fn open(rule: LabelRule, input: &Path) -> Result<Self, SourceError> {
        let input_name = std::path::absolute(input).ok().as_deref().and_then(Path::file_name).map(lossy);
        let table = match &rule {
            LabelRule::Csv(file) => {
                Table::read(file).map_err(|reason| SourceError::LabelFile { path: file.clone(), reason })?
            }
            LabelRule::Stem | LabelRule::Folder => Table::default(),
        };
        Ok(Self { rule, input_name: input_name.unwrap_or_default(), table })
    }

    /// The label of the image at `path`, which is listed as `listed_name`.
    ///
    /// # Errors
    /// The CSV file does not tell.
    pub fn label_of(&self, path: &Path, listed_name: &str) -> Result<String, LabelError> {
        match &self.rule {
            LabelRule::Stem => {
                let name = path.file_name().map(lossy).unwrap_or_default();
                Ok(name.split('.').next().unwrap_or_default().trim().to_owned())
            }
            LabelRule::Folder => match listed_name.rsplit('/').nth(1) {
                Some(_) => Ok(path.parent().and_then(Path::file_name).map(lossy).unwrap_or_default()),
                None => Ok(self.input_name.clone()),
            },
            LabelRule::Csv(file) => match self.table.find(listed_name) {
                Some(Entry::Label(label)) => Ok(label.clone()),
                Some(Entry::Several) => Err(LabelError::Ambiguous(file.clone())),
                None => Err(LabelError::Missing(file.clone())),
            },
        }
    }
}

fn lossy(name: &std::ffi::OsStr) -> String {
    name.to_string_lossy().into_owned()
}

/// Labels by the image's path as the file has it, and by its last part alone.
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
    fn read(file: &Path) -> Result<Self, String> {
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

    fn find(&self, listed_name: &str) -> Option<&Entry> {
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

fn normal(path: &str) -> String {
    let path = path.trim().replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(labels: &Labels, listed_name: &str) -> Result<String, LabelError> {
        labels.label_of(&Path::new("/photos/cats").join(listed_name), listed_name)
    }

    #[test]
    fn by_stem_and_by_folder() {
        let stem = Labels::open(LabelRule::Stem, Path::new("/photos/cats")).unwrap();
        assert_eq!(label(&stem, "2024-09-10.png").unwrap(), "2024-09-10");
        assert_eq!(label(&stem, "sub/ a b .tar.png").unwrap(), "a b");
        let folder = Labels::open(LabelRule::Folder, Path::new("/photos/cats")).unwrap();
        assert_eq!(label(&folder, "x.png").unwrap(), "cats");
        assert_eq!(label(&folder, "sub/deep/x.png").unwrap(), "deep");
    }

    fn from_csv(text: &str) -> Result<Labels, SourceError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("labels.csv");
        std::fs::write(&file, text).unwrap();
        Labels::open(LabelRule::Csv(file), Path::new("/photos/cats"))
    }

    #[test]
    fn by_csv() {
        let labels = from_csv(
            "\u{feff}Image_Path, Annotation\noutput_images/a.png,\"one, two\"\nsub\\b.png,x\n./c.png,1\n\
             u/d.png,p\nv/d.png,q\n",
        )
        .unwrap();
        assert_eq!(label(&labels, "a.png").unwrap(), "one, two");
        assert_eq!(label(&labels, "sub/b.png").unwrap(), "x");
        assert_eq!(label(&labels, "c.png").unwrap(), "1");
        assert_eq!(label(&labels, "v/d.png").unwrap(), "q");
        assert!(matches!(label(&labels, "w/d.png"), Err(LabelError::Ambiguous(_))));
        assert!(matches!(label(&labels, "z.png"), Err(LabelError::Missing(_))));
        assert_eq!(label(&from_csv("label;file\nx;a.png\n").unwrap(), "a.png").unwrap(), "x");
    }

    #[test]
    fn a_csv_without_the_columns_says_which_it_needs() {
        let error = from_csv("a,b\n1,2\n").unwrap_err().to_string();
        assert!(error.contains("image_path") && error.contains("annotation"), "{error}");
    }

    #[test]
    fn rules_are_read_and_shown() {
        for text in ["stem", "folder", "csv:x.csv"] {
            assert_eq!(text.parse::<LabelRule>().unwrap().to_string(), text);
        }
        assert!("csv:".parse::<LabelRule>().is_err() && "exif".parse::<LabelRule>().is_err());
    }
}
