//! Which rows a table has, and hashes of their content, in little memory.

use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// The known rows: 128 bits of the hash of their key, and what is known of each. 41 bytes per slot, 21 to 43 MB for half
/// a million rows, 86 MB for a million.
#[derive(Debug, Default)]
pub(super) struct RowIndex {
    rows: HashMap<[u64; 2], Known>,
    ignore_case: bool,
}

/// A row's place in a [`RowIndex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RowKey([u64; 2]);

/// What is known of a row. Hashes of 32 bits suffice: they are only compared within one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Hash of its label, as the cell has it.
    label: u32,
    /// Hash of its objects; 0 if they are not known.
    objects: u32,
    /// Hash of the name that it was sent under; 0 if that is not known.
    file_name: u32,
    /// When its label was sent, microseconds since 1970-01-01 UTC; `i64::MIN` if that is not known.
    sent_at_micros: i64,
}

impl Known {
    /// A row of which only the label is known. Line breaks count as spaces, since `image_records.csv` has none.
    pub(super) fn label(label: &[u8]) -> Self {
        let one_line: Vec<u8> =
            label.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect();
        Self { label: hash32(&one_line), objects: 0, file_name: 0, sent_at_micros: i64::MIN }
    }

    /// Adds the objects, as JSON, and the time at which label and objects were sent.
    pub(super) fn described(self, objects_json: &str, sent_at_micros: Option<i64>) -> Self {
        let objects = hash32(objects_json.as_bytes()).max(1);
        Self { objects, sent_at_micros: sent_at_micros.unwrap_or(i64::MIN), ..self }
    }

    /// Adds the name that the image was sent under. Letter case does not count, as on some file systems.
    pub(super) fn named(self, file_name: Option<&str>) -> Self {
        Self { file_name: file_name.map_or(0, |name| hash32(name.to_lowercase().as_bytes()).max(1)), ..self }
    }

    /// Whether both were certainly sent under different names.
    pub(super) fn has_other_name(self, other: Self) -> bool {
        self.file_name != 0 && other.file_name != 0 && self.file_name != other.file_name
    }

    pub(super) fn is_described(self) -> bool {
        self.objects != 0
    }

    pub(super) fn has_label_of(self, other: Self) -> bool {
        self.label == other.label
    }

    /// Whether both have the same label, and the same objects as far as these are known.
    pub(super) fn is_same_as(self, other: Self) -> bool {
        self.has_label_of(other) && (self.objects == other.objects || !self.is_described() || !other.is_described())
    }

    /// Whether this was certainly sent before `other`.
    pub(super) fn is_older_than(self, other: Self) -> bool {
        self.sent_at_micros != i64::MIN && self.sent_at_micros < other.sent_at_micros
    }
}

impl RowIndex {
    /// An empty index; with `ignore_case`, keys that differ only in case are the same.
    pub(super) fn new(ignore_case: bool) -> Self {
        Self { rows: HashMap::new(), ignore_case }
    }

    /// The key of a row with this path. `a/b`, `./a/b` and Windows' `a\b` are the same.
    pub(super) fn path_key(&self, path: &[u8]) -> RowKey {
        let path = path.strip_prefix(b"./").or_else(|| path.strip_prefix(b".\\")).unwrap_or(path);
        let mut path: Vec<u8> = path.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect();
        if self.ignore_case {
            path = String::from_utf8_lossy(&path).to_lowercase().into_bytes();
        }
        self.key(&[&path])
    }

    /// The key of a row with these cells.
    pub(super) fn key(&self, cells: &[&[u8]]) -> RowKey {
        let mut hash = Sha256::new();
        for cell in cells {
            hash.update((cell.len() as u64).to_le_bytes());
            hash.update(cell);
        }
        let digest: [u8; 32] = hash.finalize().into();
        RowKey([first_u64(&digest), first_u64(&digest[8..])])
    }

    /// Adds or replaces a row; returns what was known before.
    pub(super) fn insert(&mut self, key: RowKey, known: Known) -> Option<Known> {
        self.rows.insert(key.0, known)
    }

    /// Puts back what [`insert`](Self::insert) returned.
    pub(super) fn restore(&mut self, key: RowKey, before: Option<Known>) {
        match before {
            Some(known) => self.rows.insert(key.0, known),
            None => self.rows.remove(&key.0),
        };
    }

    pub(super) fn get(&self, key: RowKey) -> Option<Known> {
        self.rows.get(&key.0).copied()
    }
}

fn hash32(text: &[u8]) -> u32 {
    let digest: [u8; 32] = Sha256::digest(text).into();
    digest.first_chunk().map_or(0, |first| u32::from_le_bytes(*first))
}

fn first_u64(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_known_by_path_however_it_is_written() {
        let mut index = RowIndex::new(false);
        let cat = Known::label(b"cat");
        assert_eq!(index.insert(index.path_key(b"output_images\\a.png"), cat), None);
        for path in ["output_images/a.png", "./output_images/a.png", "output_images\\a.png"] {
            assert_eq!(index.get(index.path_key(path.as_bytes())), Some(cat));
        }
        assert_eq!(index.get(index.path_key(b"output_images/A.png")), None);
        let key = index.path_key(b"output_images/a.png");
        let before = index.insert(key, Known::label(b"dog"));
        index.restore(key, before);
        assert_eq!(index.get(key), Some(cat));
        index.restore(key, None);
        assert_eq!(index.get(key), None);
    }

    #[test]
    fn case_is_ignored_where_the_file_system_ignores_it() {
        let mut index = RowIndex::new(true);
        index.insert(index.path_key("output_images/Ä.PNG".as_bytes()), Known::label(b"cat"));
        assert!(index.get(index.path_key("output_images/ä.png".as_bytes())).is_some());
    }

    #[test]
    fn what_is_not_known_is_no_difference() {
        let (cat, dog) = (Known::label(b"cat"), Known::label(b"dog"));
        let boxed = cat.described("[1]", Some(5));
        assert!(!cat.has_label_of(dog) && !cat.is_same_as(dog));
        assert!(Known::label(b"a\r\nb").has_label_of(Known::label(b"a  b")));
        assert!(cat.is_same_as(boxed) && boxed.is_same_as(cat));
        assert!(!boxed.is_same_as(cat.described("[2]", None)));
        assert!(cat.described("[]", Some(4)).is_older_than(boxed) && !boxed.is_older_than(boxed));
        assert!(!cat.is_older_than(boxed) && !boxed.is_older_than(cat), "nothing is certain without a time");
    }

    #[test]
    fn cells_do_not_run_into_each_other() {
        let index = RowIndex::new(false);
        assert_ne!(index.key(&[b"ab", b"c"]), index.key(&[b"a", b"bc"]));
    }
}
