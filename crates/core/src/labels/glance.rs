//! What a file of labels shows at a glance, by which its format is recognised.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::files::{read_bytes, text};
use super::json_parts::JsonFile;
use super::rows::Rows;
use super::xml_text::decoded;

/// The name of a file, and what its content is like.
#[derive(Debug)]
pub(super) struct Glance {
    /// In lower case.
    pub(super) file_name: String,
    pub(super) content: Content,
}

/// What a file has.
#[derive(Debug)]
pub(super) enum Content {
    /// A JSON file.
    Json {
        /// The keys of the outermost object; none where it is a list.
        keys: Vec<String>,
        /// The first item of a list, or the value of the first key, if that is an object.
        first: Value,
    },
    /// A JSON file of one object a line: the first of them.
    JsonLines(Value),
    /// An XML file, by its outermost element.
    Xml {
        /// Its name.
        root: String,
    },
    /// A table, of which the headings count.
    Table(Rows),
    /// Other text, from its beginning.
    Text(String),
}

/// Extensions of files that can hold labels.
pub(super) const EXTENSIONS: [&str; 8] = ["json", "jsonl", "ndjson", "xml", "csv", "tsv", "txt", "tab"];

/// Where the beginning of a file is enough, so much of it is read.
const HEAD_BYTES: u64 = 64 * 1024;
/// JSON files may have their keys at the end. Larger ones are not looked at.
pub(super) const JSON_BYTES_MAX: u64 = 1 << 30;

impl Glance {
    /// Looks at a file; `None`: it cannot be read, or is not what its extension promises.
    pub(super) fn at(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_string_lossy().to_ascii_lowercase();
        let content = match extension.as_str() {
            "json" => json(path)?,
            "jsonl" | "ndjson" => Content::JsonLines(first_line(&head(path)?)?),
            "xml" => Content::Xml { root: root(&decoded(&head(path)?).ok()?)?.to_owned() },
            "csv" | "tsv" | "tab" => Content::Table(Rows::read(&whole_lines(head(path)?)).ok()?),
            "txt" => Content::Text(text(whole_lines(head(path)?)).ok()?),
            _ => return None,
        };
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        Some(Self { file_name, content })
    }

    /// Whether it is a JSON object with all these keys.
    pub(super) fn has_keys(&self, wanted: &[&str]) -> bool {
        let Content::Json { keys, .. } = &self.content else { return false };
        wanted.iter().all(|wanted| keys.iter().any(|key| key == wanted))
    }

    /// Whether it is an XML file with this outermost element.
    pub(super) fn has_root(&self, wanted: &str) -> bool {
        matches!(&self.content, Content::Xml { root } if root == wanted)
    }
}

fn head(path: &Path) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    Some(head)
}

/// Without a line that was cut off.
fn whole_lines(mut head: Vec<u8>) -> Vec<u8> {
    if head.len() as u64 == HEAD_BYTES {
        let end = head.iter().rposition(|&byte| byte == b'\n').unwrap_or(head.len());
        head.truncate(end);
    }
    head
}

fn json(path: &Path) -> Option<Content> {
    if path.metadata().ok()?.len() > JSON_BYTES_MAX {
        return None;
    }
    let bytes = read_bytes(path).ok()?;
    let json = JsonFile::new(&bytes);
    let object = |part| json.value(part).ok().filter(Value::is_object);
    if let Ok(members) = json.members() {
        let first = members.first().filter(|(_, part)| json.is_object(part));
        let first = first.and_then(|(_, part)| object(part.clone())).unwrap_or_default();
        return Some(Content::Json { keys: members.into_iter().map(|(key, _)| key).collect(), first });
    }
    let first = json.first_item()?;
    Some(Content::Json { keys: Vec::new(), first: object(first).unwrap_or_default() })
}

fn first_line(head: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(head);
    let line = text.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty())?;
    let json = JsonFile::new(line.as_bytes());
    json.value(0..line.len()).ok().filter(Value::is_object)
}

/// The name of the outermost element, after declarations and comments.
fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.split_once('<')?.1;
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
        } else if !rest.starts_with(['?', '!']) {
            let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?;
            return Some(&rest[..end]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance(name: &str, text: &str) -> Option<Glance> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        Glance::at(&folder.path().join(name))
    }

    #[test]
    fn files_are_known_by_their_content() {
        let json = glance("a.JSON", "\u{feff}{\"info\": {\"year\": 1}, \"images\": [1], \"annotations\": []}").unwrap();
        assert!(json.has_keys(&["images", "annotations"]) && !json.has_keys(&["shapes"]));
        let first = |name: &str, text: &str| match glance(name, text).unwrap().content {
            Content::Json { first, .. } | Content::JsonLines(first) => first.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(first("a.json", "{\"info\": {\"year\": 1}}"), "{\"year\":1}");
        assert_eq!(first("a.json", " [ {\"data\": 1}, 2"), "{\"data\":1}");
        assert_eq!(first("a.json", "[1]"), "null");
        assert_eq!(first("a.jsonl", "\n{\"file_name\": NaN}\n{"), "{\"file_name\":null}");
        let xml = "<?xml version='1.0'?>\n<!-- <a> --><!DOCTYPE x><annotation verified='yes'>";
        assert!(glance("a.xml", xml).unwrap().has_root("annotation"));
        assert!(glance("a.png", "x").is_none() && glance("a.xml", "text").is_none() && glance("a.json", "1").is_none());
        let long = format!("image,label\n{}", "a.png,x\n".repeat(10_000));
        let Content::Table(rows) = glance("a.csv", &long).unwrap().content else { panic!() };
        assert!(rows.rows.iter().all(|(_, cells)| cells == &["a.png", "x"]), "no line is cut off");
    }
}
