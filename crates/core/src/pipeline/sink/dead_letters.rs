//! Records that could not be decoded: their values, keys and headers, and a table of them.

use super::csv_appender::{CsvAppender, Marker};
use super::dead_letter::DeadLetter;
use super::dead_letter_fields;
use super::dead_letter_names;
use super::error::{AtPath, SinkError};
use super::file_name::clean_with_extension;
use super::files::{self, Moved, Occupant, TempFile};
use super::name_candidates::name_candidates;
use super::row_index::{Known, RowIndex, RowKey};
use super::spreadsheet_cell::escape_formula;
use super::{DEAD_LETTER_CSV, DEAD_LETTER_FOLDER, STATE_FOLDER};
use crate::work_dir::Dir;
use sha2::{Digest, Sha256};
use std::borrow::{Borrow, Cow};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) const HEADER: [&str; 6] = ["time", "topic", "partition", "offset", "reason", "file"];
/// The name of the marker of the table, without `.dirty`.
pub(super) const MARKER_STEM: &str = "dead-letters";
/// The prefix of temporary files; no other file in the folder has it.
const TEMP_PREFIX: &str = ".incoming-";
/// Letters that are synced together.
const GROUP: usize = 64;

/// `dead_letters/` and `dead_letters.csv` in a work folder. Both are created with the first letter. One thread owns it,
/// while the [`ImageStore`](super::ImageStore) of the same work folder is open and keeps the folder locked.
///
/// A value is kept byte for byte as `dead_letters/TOPIC-PARTITION-OFFSET.bin`. If that name has other content, from a
/// topic that was deleted and created again, digits of the value's SHA-256 are added. Key and headers, if any, are in the
/// file of the same name that ends in `.json` (`dead_letter_fields`). The table has one row per record,
/// `time,topic,partition,offset,reason,file`, with the time in RFC 3339, UTC. Of a tombstone `file` is the one of its key and
/// headers, and empty without these. A record that is delivered again gets neither a second file nor a second row.
#[derive(Debug)]
pub struct DeadLetters {
    work_dir: PathBuf,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    folder: Arc<Dir>,
    state: Arc<Dir>,
    table: CsvAppender,
    index: RowIndex,
}

/// What is kept of a letter.
struct Content<'a> {
    /// The file that the table names: the value, or the key and headers of a tombstone.
    bytes: Cow<'a, [u8]>,
    name: String,
    /// The file beside it: key and headers, if there are any.
    fields: Option<Vec<u8>>,
}

/// The files of a letter.
struct Files {
    value: Value,
    /// Key and headers, in a temporary file; `None`: there are none, or their file exists.
    fields: Option<TempFile>,
}

/// Where a letter's value is.
enum Value {
    /// In this file of the folder; `None`: there is nothing to keep.
    Kept(Option<String>),
    /// In a temporary file, which becomes the first free one of `name`'s candidates.
    Temp { temp: TempFile, name: String, sha256: [u8; 32] },
}

/// A letter with the file of its value.
type Kept<L> = (L, String);

impl DeadLetters {
    /// Reads which letters are listed already; creates nothing.
    ///
    /// # Errors
    ///
    /// `dead_letters.csv` is not ours, or the file system refuses.
    pub fn open(work_dir: &Path) -> Result<Self, SinkError> {
        let work_dir = std::path::absolute(work_dir).at("find the work folder", work_dir)?;
        let is_there = std::fs::symlink_metadata(work_dir.join(DEAD_LETTER_CSV)).is_ok();
        let open = if is_there { Some(Open::new(&work_dir)?) } else { None };
        Ok(Self { work_dir, open })
    }

    /// Keeps letters, durably. Returns each with its file, as `dead_letters/NAME`, or an empty text if it has none.
    ///
    /// # Errors
    ///
    /// The file system refuses, or another program changed `dead_letters.csv`. No row of these letters is then in
    /// the table, and the call may be repeated.
    pub fn append<L: Borrow<DeadLetter>>(&mut self, letters: Vec<L>) -> Result<Vec<Kept<L>>, SinkError> {
        if letters.is_empty() {
            return Ok(Vec::new());
        }
        let open = match &mut self.open {
            Some(open) => open,
            closed => closed.insert(Open::new(&self.work_dir)?),
        };
        let mut kept = Vec::with_capacity(letters.len());
        let mut letters = letters.into_iter().peekable();
        while letters.peek().is_some() {
            kept.extend(open.keep_values(letters.by_ref().take(GROUP).collect())?);
        }
        if kept.iter().any(|(_, file)| !file.is_empty()) {
            open.folder.sync().at("sync the folder", open.folder.path())?;
        }
        let mut keys = Vec::new();
        let appended = open.append_rows(&kept, &mut keys);
        if appended.is_err() {
            for key in keys {
                open.index.restore(key, None);
            }
        }
        appended.map(|()| kept)
    }

    /// Closes the table.
    ///
    /// # Errors
    ///
    /// The file system refuses, or an earlier append could not be taken back.
    pub fn close(self) -> Result<(), SinkError> {
        self.open.map_or(Ok(()), |open| open.table.close())
    }
}

impl Open {
    fn new(work_dir: &Path) -> Result<Self, SinkError> {
        let work = Arc::new(Dir::open(work_dir).at("open the work folder", work_dir)?);
        let make = |name| Ok::<_, SinkError>(Arc::new(work.make_folder(name).at("open the folder", &work.join(name))?));
        let state = make(STATE_FOLDER)?;
        let mut index = RowIndex::new(false);
        let marker = Marker { dir: Arc::clone(&state), stem: MARKER_STEM };
        let table = CsvAppender::open(&work, DEAD_LETTER_CSV, &HEADER, marker, |row| {
            if let (Some(topic), Some(partition), Some(offset), Some(file)) =
                (row.get(1), row.get(2), row.get(3), row.get(5))
            {
                let key = index.key(&[topic, partition, offset, file]);
                index.insert(key, Known::label(b""));
            }
        })?;
        let folder = make(DEAD_LETTER_FOLDER)?;
        files::remove_leftovers(&folder, |name| name.starts_with(TEMP_PREFIX))?;
        Ok(Self { folder, state, table, index })
    }

    /// Writes the values, keys and headers that have no file yet, syncs them together, and gives them their names.
    fn keep_values<L: Borrow<DeadLetter>>(&self, group: Vec<L>) -> Result<Vec<Kept<L>>, SinkError> {
        let mut written = Vec::with_capacity(group.len());
        for (number, letter) in group.into_iter().enumerate() {
            let files = self.write_files(number, letter.borrow())?;
            written.push((letter, files));
        }
        // The first sync writes most of the others' data too.
        for temp in written.iter().flat_map(|(_, files)| files.temporary()) {
            // Windows flushes only files that are open for writing.
            let synced = temp.open().and_then(|file| file.sync_data());
            synced.at("write the record to the disk", self.folder.path())?;
        }
        let named = written.into_iter().map(|(letter, files)| {
            let file = self.place(files, letter.borrow())?;
            Ok((letter, file.map(|name| in_folder(&name)).unwrap_or_default()))
        });
        named.collect()
    }

    fn write_files(&self, number: usize, letter: &DeadLetter) -> Result<Files, SinkError> {
        let Some(Content { bytes, name, fields }) = Content::of(letter) else {
            return Ok(Files { value: Value::Kept(None), fields: None });
        };
        let write_fields = |fields: Option<&[u8]>| {
            let name = format!("{TEMP_PREFIX}{number}-fields");
            fields.map(|fields| TempFile::write(&self.folder, &name, fields, false)).transpose()
        };
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        for candidate in name_candidates(&name, &sha256) {
            let Some(beside) = self.fields_beside(&candidate, fields.as_deref())? else { continue };
            match files::occupant(&self.folder, &candidate, &bytes)? {
                Occupant::Same => {
                    files::sync_existing(&self.folder, &candidate)?;
                    let missing = fields.as_deref().filter(|_| beside == Occupant::Nothing);
                    return Ok(Files { value: Value::Kept(Some(candidate)), fields: write_fields(missing)? });
                }
                Occupant::Nothing => break,
                Occupant::Other => {}
            }
        }
        let temp = TempFile::write(&self.folder, &format!("{TEMP_PREFIX}{number}"), &bytes, false)?;
        Ok(Files { value: Value::Temp { temp, name, sha256 }, fields: write_fields(fields.as_deref())? })
    }

    /// Whether the file beside `candidate` exists; `None`: it is another letter's.
    fn fields_beside(&self, candidate: &str, fields: Option<&[u8]>) -> Result<Option<Occupant>, SinkError> {
        let name = dead_letter_fields::name_beside(candidate);
        let occupant = files::occupant(&self.folder, &name, fields.unwrap_or_default())?;
        let is_free = match occupant {
            Occupant::Nothing => true,
            Occupant::Same => fields.is_some(),
            Occupant::Other => false,
        };
        Ok(is_free.then_some(occupant))
    }

    /// Gives the files of a letter their names; returns that of its value.
    fn place(&self, Files { value, fields }: Files, letter: &DeadLetter) -> Result<Option<String>, SinkError> {
        let (mut temp, name, sha256) = match value {
            Value::Kept(None) => return Ok(None),
            Value::Kept(Some(candidate)) => return self.place_fields(fields, &candidate).map(|()| Some(candidate)),
            Value::Temp { temp, name, sha256 } => (temp, name, sha256),
        };
        let Some(Content { bytes, fields: json, .. }) = Content::of(letter) else { return Ok(None) };
        for candidate in name_candidates(&name, &sha256) {
            if self.fields_beside(&candidate, json.as_deref())?.is_none() {
                continue;
            }
            let is_placed = match files::move_to_free_name(temp, &self.folder, &candidate)? {
                Moved::Done => {
                    self.place_fields(fields, &candidate)?;
                    return Ok(Some(candidate));
                }
                Moved::Taken(taken) => {
                    temp = taken;
                    files::occupant(&self.folder, &candidate, &bytes)? == Occupant::Same
                }
            };
            if is_placed {
                self.place_fields(fields, &candidate)?;
                return Ok(Some(candidate));
            }
        }
        // The sequence of candidates is infinite.
        Err(std::io::ErrorKind::AlreadyExists.into()).at("find a free name for the record", Path::new(&name))
    }

    /// The name was free, or has the same content: nobody else writes into the folder.
    fn place_fields(&self, fields: Option<TempFile>, candidate: &str) -> Result<(), SinkError> {
        let Some(fields) = fields else { return Ok(()) };
        files::move_to_free_name(fields, &self.folder, &dead_letter_fields::name_beside(candidate)).map(|_| ())
    }

    fn append_rows<L: Borrow<DeadLetter>>(
        &mut self,
        kept: &[Kept<L>],
        keys: &mut Vec<RowKey>,
    ) -> Result<(), SinkError> {
        let (mut rows, mut to_resend) = (Vec::new(), Vec::new());
        for (letter, file) in kept {
            let letter = letter.borrow();
            let topic = escape_formula(&letter.topic).into_owned();
            let (partition, offset) = (letter.partition.to_string(), letter.offset.to_string());
            let key = self.index.key(&[topic.as_bytes(), partition.as_bytes(), offset.as_bytes(), file.as_bytes()]);
            if self.index.get(key).is_none() {
                self.index.insert(key, Known::label(b""));
                keys.push(key);
                let reason = escape_formula(&letter.reason).into_owned();
                rows.push([letter.time.to_string(), topic, partition, offset, reason, file.clone()]);
                to_resend.extend(letter.listed_name.as_deref());
            }
        }
        // Before the rows: the name of a letter with a row is not added again.
        dead_letter_names::add(&self.state, to_resend)
            .at("note the images to send again", &self.state.join(dead_letter_names::DEAD_LETTER_NAMES))?;
        self.table.append(&rows)
    }
}

impl<'a> Content<'a> {
    /// `None`: there is nothing to keep.
    fn of(letter: &'a DeadLetter) -> Option<Self> {
        let fields = dead_letter_fields::to_json(&letter.fields);
        let (bytes, fields, extension) = match &letter.value {
            Some(value) => (Cow::Borrowed(value.as_slice()), fields, "bin"),
            None => (Cow::Owned(fields?), None, dead_letter_fields::EXTENSION),
        };
        // Cut here, so that the numbers after a very long topic are kept.
        let topic = &letter.topic[..letter.topic.floor_char_boundary(150)];
        let name = clean_with_extension(&format!("{topic}-{}-{}", letter.partition, letter.offset), extension);
        Some(Self { bytes, name, fields })
    }
}

impl Files {
    fn temporary(&self) -> impl Iterator<Item = &TempFile> {
        let value = match &self.value {
            Value::Temp { temp, .. } => Some(temp),
            Value::Kept(_) => None,
        };
        value.into_iter().chain(&self.fields)
    }
}

fn in_folder(name: &str) -> String {
    format!("{DEAD_LETTER_FOLDER}/{name}")
}

#[cfg(test)]
#[path = "dead_letters_tests.rs"]
mod tests;
