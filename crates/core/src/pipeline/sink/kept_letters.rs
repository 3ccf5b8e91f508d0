//! Reads the dead letters of a work folder back.

use super::csv_rows::{BYTE_ORDER_MARK, Rows, find_end};
use super::dead_letter_fields;
use super::dead_letters::{HEADER, MARKER_STEM};
use super::error::{AtPath, SinkError};
use super::spreadsheet_cell::unescape_formula;
use super::{DEAD_LETTER_CSV, DEAD_LETTER_FOLDER, STATE_FOLDER};
use crate::kafka::record_fields::RecordFields;
use crate::work_dir::{Access, Dir};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

/// A row of `dead_letters.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedLetter {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) reason: String,
    /// The file of its value, or, of a tombstone, that of its key and headers, as `dead_letters/NAME`; `None`: it has none of
    /// these.
    pub(crate) file: Option<String>,
}

/// The letters of a work folder, in the order in which they were found. A consumer may add others meanwhile.
pub(crate) struct KeptLetters {
    work: Dir,
    path: PathBuf,
    rows: Rows<Take<File>>,
}

impl KeptLetters {
    /// `None`: no letter was ever kept in the folder.
    pub(crate) fn open(work_dir: &Path) -> Result<Option<Self>, SinkError> {
        let work = Dir::open(work_dir).at("open the folder of the dead letters", work_dir)?;
        let path = work.join(DEAD_LETTER_CSV);
        if !work.has_file(DEAD_LETTER_CSV).at("look for the table", &path)? {
            return Ok(None);
        }
        let mut table = work.file(DEAD_LETTER_CSV, Access::Read).at("open the table", &path)?;
        let len = table.metadata().at("look at the table", &path)?.len();
        let found = find_end(&table, len).at("read the table", &path)?;
        // While it is open for writing, and after a kill, the last row may be torn.
        let is_open = is_marked(&work).at("look for the marker", &path)?;
        let len = if is_open { found.complete_len } else { found.len };
        table.seek(SeekFrom::Start(0)).at("read the table", &path)?;
        let mut letters = Self { work, path, rows: Rows::new(table.take(len)) };
        letters.check_header()?;
        Ok(Some(letters))
    }

    fn check_header(&mut self) -> Result<(), SinkError> {
        let Some((row, _)) = self.rows.next().at("read the table", &self.path)? else { return Ok(()) };
        let cells = row.iter().map(|cell| cell.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(cell).trim_ascii());
        if cells.clone().eq(HEADER.iter().map(|cell| cell.as_bytes())) {
            return Ok(());
        }
        let found = cells.map(String::from_utf8_lossy).collect::<Vec<_>>().join(",").chars().take(80).collect();
        Err(SinkError::ForeignCsv { expected: HEADER.join(","), found, path: self.path.clone() })
    }

    /// The next letter; rows that are not ours are passed over.
    pub(crate) fn next(&mut self) -> Result<Option<ListedLetter>, SinkError> {
        while let Some((row, _)) = self.rows.next().at("read the table", &self.path)? {
            if let Some(letter) = listed(row) {
                return Ok(Some(letter));
            }
        }
        Ok(None)
    }

    /// The value of a letter, its key and its headers; `file` is its own.
    pub(crate) fn read(&self, file: &str) -> Result<(Option<Vec<u8>>, RecordFields), SinkError> {
        let path = self.work.path().join(file);
        // The table may come from elsewhere: it must not have other files sent.
        let name = file.strip_prefix(DEAD_LETTER_FOLDER).and_then(|rest| rest.strip_prefix('/'));
        let name = name.ok_or_else(|| io::ErrorKind::InvalidFilename.into()).at("read the dead letter", &path)?;
        let folder = self.work.folder(DEAD_LETTER_FOLDER).at("open the folder", &self.work.join(DEAD_LETTER_FOLDER))?;
        let (value, beside) = match dead_letter_fields::is_fields(name) {
            true => (None, name.to_owned()),
            false => {
                let value = read_file(&folder, name).at("read the dead letter", &path)?;
                (Some(value), dead_letter_fields::name_beside(name))
            }
        };
        let path = folder.join(&beside);
        let has_fields = folder.has_file(&beside).at("read the dead letter's key and headers", &path)?;
        if !has_fields && value.is_some() {
            return Ok((value, RecordFields::default()));
        }
        let json = read_file(&folder, &beside).at("read the dead letter's key and headers", &path)?;
        let fields = dead_letter_fields::from_json(&json).map_err(io::Error::other);
        Ok((value, fields.at("read the dead letter's key and headers", &path)?))
    }
}

fn is_marked(work: &Dir) -> io::Result<bool> {
    match work.folder(STATE_FOLDER) {
        Ok(state) => state.has_file(&format!("{MARKER_STEM}.dirty")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn read_file(folder: &Dir, name: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    folder.file(name, Access::Read)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn listed(row: &csv::ByteRecord) -> Option<ListedLetter> {
    let cell = |index: usize| -> Option<String> {
        let text = String::from_utf8_lossy(row.get(index)?);
        Some(unescape_formula(text.strip_suffix('\r').unwrap_or(&text)).to_owned())
    };
    Some(ListedLetter {
        topic: cell(1)?,
        partition: cell(2)?.parse().ok()?,
        offset: cell(3)?.parse().ok()?,
        reason: cell(4)?,
        file: cell(5).map(|file| file.trim_end().to_owned()).filter(|file| !file.is_empty()),
    })
}
