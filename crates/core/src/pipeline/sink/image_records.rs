//! `image_records.csv`: the record, hash, times and objects of each saved image.
//!
//! The table is secondary to `annotation.csv`: it is not synced, and a power cut or a full disk may lose its last rows. A
//! row is written before its record counts as consumed, so that after a kill either the row exists or the record is
//! delivered again, which adds it. Rows that are missing nevertheless are added at the next start, as far as their
//! content can be known ([`ImageRecords::add_missing`]). A row is one line, so that a torn one damages no other.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::error::{AtPath, SinkError};
use super::image_records_reader::each_row;
use super::image_records_row::{HEADER, HEADER_WITHOUT_NAMES, has_name, name_cell, row, saved_image};
use super::image_store::ImageStore;
use super::row_index::{Known, RowIndex};
use super::{ANNOTATION_CSV, IMAGE_RECORDS_CSV, OUTPUT_FOLDER};
use crate::model::saved_image::SavedImage;
use crate::work_dir::{Access, Dir, Refusal};

/// Rows that one start adds for images without a row; each of these images is read for its hash.
const ADDED_MAX: usize = 10_000;
/// Rows that are written together.
const GROUP: usize = 256;

/// Adds rows to the table. One thread owns it, while the [`ImageStore`] of the same work folder is open and keeps the
/// folder locked.
#[derive(Debug)]
pub struct ImageRecords {
    work: Arc<Dir>,
    output: Arc<Dir>,
    ignore_case: bool,
    file: Option<Table>,
}

/// The open table.
#[derive(Debug)]
struct Table {
    file: File,
    /// Whether it has a column for the name that an image was sent under.
    has_names: bool,
}

/// What [`ImageRecords::add_missing`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MissingRows {
    /// Rows that were added.
    pub added: usize,
    /// Images that have no row yet.
    pub left: usize,
}

impl ImageRecords {
    /// Repairs the table's end. A missing table is created with its first row.
    ///
    /// # Errors
    /// The table is a link. Any other reason why it cannot be written is reported when a row is added.
    pub fn open(store: &ImageStore) -> Result<Self, SinkError> {
        let folders = store.folders();
        let (work, output) = (Arc::clone(&folders.work), Arc::clone(&folders.output));
        let path = work.join(IMAGE_RECORDS_CSV);
        let mut file = None;
        if work.entry(IMAGE_RECORDS_CSV).at("look for the table", &path)?.is_some() {
            match open(&work) {
                Ok(opened) => file = Some(opened),
                Err(error) if matches!(Refusal::of(&error), Some(Refusal::Link | Refusal::HardLink)) => {
                    return Err(error).at("open the table", &path);
                }
                Err(error) => tracing::debug!("{}: {error}", path.display()),
            }
        }
        Ok(Self { work, output, ignore_case: folders.ignore_case, file })
    }

    /// Adds a row for each image, in one write.
    ///
    /// # Errors
    /// The file system refuses, or the file is another table. No row is added then, unless they cannot be taken back
    /// either; a torn one is cut off at the next start.
    pub fn append<'a>(&mut self, images: impl IntoIterator<Item = &'a SavedImage>) -> io::Result<()> {
        let mut images = images.into_iter().peekable();
        if images.peek().is_none() {
            return Ok(());
        }
        let Table { file, has_names } = match &mut self.file {
            Some(table) => table,
            closed => closed.insert(open(&self.work)?),
        };
        let text = rows(images, *has_names)?;
        let len = file.seek(SeekFrom::End(0))?;
        file.write_all(&text).inspect_err(|_| {
            let _ = file.set_len(len);
        })
    }

    /// Adds rows for images that `annotation.csv` lists and this table does not, because they were lost by a kill, a full
    /// disk or a power cut, or because another program saved the image. Cells that depend on the record stay empty, so
    /// call this after all records that may be delivered again.
    ///
    /// # Errors
    /// The file system refuses, or the file is another table.
    pub fn add_missing(&mut self, is_stopped: impl Fn() -> bool) -> io::Result<MissingRows> {
        let mut rows = MissingRows::default();
        if !self.work.has_file(ANNOTATION_CSV)? {
            return Ok(rows);
        }
        let mut known = RowIndex::new(self.ignore_case);
        each_row(&self.work, |_, image| {
            known.insert(known.path_key(image.path_in_csv.as_bytes()), Known::label(b""));
        })?;
        let table = BufReader::with_capacity(256 * 1024, self.work.file(ANNOTATION_CSV, Access::Read)?);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table);
        let mut group = Vec::new();
        for cells in reader.byte_records() {
            let cells = cells.map_err(io::Error::other)?;
            let cell = |index| String::from_utf8_lossy(cells.get(index).unwrap_or_default()).into_owned();
            let path_in_csv = cell(0);
            let key = known.path_key(path_in_csv.as_bytes());
            if known.get(key).is_some() {
                continue;
            }
            if rows.added + group.len() >= ADDED_MAX || is_stopped() {
                rows.left += 1;
                continue;
            }
            let Some((size_bytes, sha256)) = self.hash(&path_in_csv) else { continue };
            known.insert(key, Known::label(b""));
            group.push(bare(path_in_csv, cell(1), size_bytes, sha256));
            if group.len() == GROUP {
                self.append(&group)?;
                rows.added += group.len();
                group.clear();
            }
        }
        self.append(&group)?;
        rows.added += group.len();
        Ok(rows)
    }

    /// Size and SHA-256 of a saved image; `None`: it was removed, or is not a file in the folder of images.
    fn hash(&self, path_in_csv: &str) -> Option<(u64, [u8; 32])> {
        let path = path_in_csv.replace('\\', "/");
        let path = path.strip_prefix("./").unwrap_or(&path);
        let name = path.strip_prefix(OUTPUT_FOLDER)?.strip_prefix('/')?;
        let mut file = self.output.file(name, Access::Read).ok()?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; 256 * 1024];
        let mut size_bytes = 0;
        loop {
            match file.read(&mut piece) {
                Ok(0) => return Some((size_bytes, hash.finalize().into())),
                Ok(length) => {
                    hash.update(&piece[..length]);
                    size_bytes += length as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
    }
}

fn rows<'a>(images: impl Iterator<Item = &'a SavedImage>, have_names: bool) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for image in images {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(&mut text);
        writer.write_record(row(image).iter().map(|cell| cell.as_bytes())).map_err(io::Error::other)?;
        drop(writer);
        if have_names && text.pop_if(|last| *last == b'\n').is_some() {
            text.extend_from_slice(format!(",{}\n", name_cell(image)).as_bytes());
        }
    }
    Ok(text)
}

/// An image whose record is not known.
fn bare(path_in_csv: String, annotation: String, size_bytes: u64, sha256: [u8; 32]) -> SavedImage {
    SavedImage {
        path_in_csv,
        file_name: None,
        annotation,
        size_bytes,
        topic: "".into(),
        record: None,
        sent_at_micros: None,
        latency_micros: None,
        sha256,
        bytes_as_sent: None,
        objects: Arc::default(),
    }
}

/// Opens the table at the end of its last row.
fn open(work: &Dir) -> io::Result<Table> {
    let mut file = work.file(IMAGE_RECORDS_CSV, Access::Append)?;
    let len = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut first = Vec::new();
    BufReader::new((&file).take(4096)).read_until(b'\n', &mut first)?;
    let is_torn_header = first.len() as u64 == len && HEADER.as_bytes().starts_with(&first);
    if is_torn_header {
        // Or the file is empty.
        file.set_len(0)?;
        file.write_all(format!("{HEADER}\n").as_bytes())?;
        return Ok(Table { file, has_names: true });
    }
    let has_names = first.trim_ascii() == HEADER.as_bytes();
    if !has_names && first.trim_ascii() != HEADER_WITHOUT_NAMES.as_bytes() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is another table: move it away"));
    }
    let last_at = last_line_start(&file, len)?;
    if last_at < len {
        let mut last = Vec::new();
        file.seek(SeekFrom::Start(last_at))?;
        (&file).take(len - last_at).read_to_end(&mut last)?;
        let is_whole = saved_image(&last, &mut Arc::default()).is_some() && has_name(&last) == has_names;
        if last_at == 0 || is_whole {
            // Whole, but for its line end.
            file.write_all(b"\n")?;
        } else {
            file.set_len(last_at)?;
        }
    }
    Ok(Table { file, has_names })
}

/// The offset of the last line; `len` if that has a line end.
fn last_line_start(mut file: &File, len: u64) -> io::Result<u64> {
    const BLOCK_BYTES: u64 = 64 * 1024;
    let mut end = len;
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK_BYTES);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        file.take(end - start).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
#[path = "image_records_tests.rs"]
mod tests;
