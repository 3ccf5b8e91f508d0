//! Which rows a table has, in little memory.

use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// The known rows: 128 bits of the hash of their key, and 64 of the hash of their label. 25 bytes a slot, 16 to 29 MB
/// for half a million rows, 52 MB for a million.
#[derive(Debug, Default)]
pub(super) struct RowIndex {
    rows: HashMap<[u64; 2], u64>,
    ignore_case: bool,
}

/// A row's place in a [`RowIndex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RowKey([u64; 2]);

/// What is known about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// There is no such row.
    No,
    /// There is one, with the same label.
    SameLabel,
    /// There is one, with another label.
    OtherLabel,
}

impl RowIndex {
    /// An empty index; with `ignore_case` keys that differ only in case are the same, as the files are they stand for.
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

    /// Adds a row; the first one of a key stays.
    pub(super) fn insert(&mut self, key: RowKey, label: &[u8]) {
        self.rows.entry(key.0).or_insert_with(|| label_hash(label));
    }

    /// Takes a row back.
    pub(super) fn remove(&mut self, key: RowKey) {
        self.rows.remove(&key.0);
    }

    /// Looks a row up.
    pub(super) fn get(&self, key: RowKey, label: &[u8]) -> Known {
        match self.rows.get(&key.0) {
            None => Known::No,
            Some(&known) if known == label_hash(label) => Known::SameLabel,
            Some(_) => Known::OtherLabel,
        }
    }
}

fn label_hash(label: &[u8]) -> u64 {
    first_u64(&Sha256::digest(label))
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
        index.insert(index.path_key(b"output_images\\a.png"), b"cat");
        for path in ["output_images/a.png", "./output_images/a.png", "output_images\\a.png"] {
            assert_eq!(index.get(index.path_key(path.as_bytes()), b"cat"), Known::SameLabel);
            assert_eq!(index.get(index.path_key(path.as_bytes()), b"dog"), Known::OtherLabel);
        }
        assert_eq!(index.get(index.path_key(b"output_images/A.png"), b"cat"), Known::No);
        index.remove(index.path_key(b"output_images/a.png"));
        assert_eq!(index.get(index.path_key(b"output_images/a.png"), b"cat"), Known::No);
    }

    #[test]
    fn case_is_ignored_where_the_file_system_ignores_it() {
        let mut index = RowIndex::new(true);
        index.insert(index.path_key("output_images/Ä.PNG".as_bytes()), b"cat");
        assert_eq!(index.get(index.path_key("output_images/ä.png".as_bytes()), b"cat"), Known::SameLabel);
    }

    #[test]
    fn cells_do_not_run_into_each_other() {
        let index = RowIndex::new(false);
        assert_ne!(index.key(&[b"ab", b"c"]), index.key(&[b"a", b"bc"]));
    }
}
