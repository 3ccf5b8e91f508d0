//! `image_records.csv`: what is known of each saved image, for looking at it later.
//!
//! It is kept beside `annotation.csv`, which is the truth: this table is not synced, and a power cut or a full disk may
//! take its last rows. A row is written before its record counts as consumed, so that after a kill either it is there
//! or the record is delivered again, which adds it. What is missing all the same is added at the next start, as far as
//! it can be known ([`ImageRecords::add_missing`]). A row is one line, so that a torn one harms no other.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use hex::FromHex;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::defuse::defuse;
use super::error::{AtPath, SinkError};
use super::row_index::{Known, RowIndex};
use super::{ANNOTATION_CSV, ImageStore, OUTPUT_FOLDER, csv_line};
use crate::model::objects::{self, LabelledObject};
use crate::model::saved_image::{SavedImage, SavedRecord};
use crate::work_dir::{Access, Dir, Refusal};

/// The table's name in the work folder.
pub const IMAGE_RECORDS_CSV: &str = "image_records.csv";

/// Times are RFC 3339 in UTC, with microseconds; `bytes_as_sent` is `true`, `false`, or empty where the record had no
/// hash; `objects` is JSON as [`objects::to_json`] writes it, or [`UNKNOWN_OBJECTS`]. It is never empty, so that no torn
/// row looks whole. Where the record is not known, all that only it could say is empty.
const HEADER: &str = "image_path,annotation,size_bytes,topic,partition,offset,sent_at,received_at,latency_ms,sha256,\
                      bytes_as_sent,objects";
const COLUMNS: usize = 12;
/// What stands for the objects of an image whose record is not known.
const UNKNOWN_OBJECTS: &str = "null";
/// Rows that a start adds for images that have none; the next start adds more. Each image is read for its hash.
const ADDED_MAX: usize = 10_000;
/// Rows that are written together.
const GROUP: usize = 256;

/// Adds rows to the table. One thread owns it, while the [`ImageStore`] of the same work folder is open, whose lock
/// covers it.
#[derive(Debug)]
pub struct ImageRecords {
    work: Arc<Dir>,
    output: Arc<Dir>,
    ignore_case: bool,
    file: Option<File>,
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
    /// Mends the table's end. A missing table is made with its first row.
    ///
    /// # Errors
    /// Its name is a link. Whatever else keeps it from being written is reported when a row is added.
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

    /// Adds a row for each image, in one write. A line break in a label becomes a space here.
    ///
    /// # Errors
    /// The file system refuses, or the file is another table. None of the rows is there then, unless the disk does not
    /// even let them be taken back; a torn one is cut off at the next start.
    pub fn append<'a>(&mut self, images: impl IntoIterator<Item = &'a SavedImage>) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
        for image in images {
            writer.write_record(row(image).iter().map(|cell| cell.as_bytes())).map_err(io::Error::other)?;
        }
        let text = writer.into_inner().map_err(|error| error.into_error())?;
        if text.is_empty() {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            closed => closed.insert(open(&self.work)?),
        };
        let len = file.seek(SeekFrom::End(0))?;
        file.write_all(&text).inspect_err(|_| {
            let _ = file.set_len(len);
        })
    }

    /// Adds rows for images that `annotation.csv` lists and this table does not, because a kill, a full disk or a
    /// power cut took theirs, or because another program saved them. What only the record could say stays empty, so
    /// this comes after the records that may be delivered again.
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

    /// Size and SHA-256 of a saved image; `None`: it is gone, or is not a file in the folder of images.
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

/// What is known of an image whose record is not.
fn bare(path_in_csv: String, annotation: String, size_bytes: u64, sha256: [u8; 32]) -> SavedImage {
    SavedImage {
        path_in_csv,
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
fn open(work: &Dir) -> io::Result<File> {
    let mut file = work.file(IMAGE_RECORDS_CSV, Access::Append)?;
    let len = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut first = Vec::new();
    BufReader::new((&file).take(4096)).read_until(b'\n', &mut first)?;
    let is_torn_header = first.len() as u64 == len && HEADER.as_bytes().starts_with(&first);
    if is_torn_header {
        // Or an empty file.
        file.set_len(0)?;
        file.write_all(format!("{HEADER}\n").as_bytes())?;
        return Ok(file);
    }
    if first.trim_ascii() != HEADER.as_bytes() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is another table: move it away"));
    }
    let last_at = last_line_start(&file, len)?;
    if last_at < len {
        let mut last = Vec::new();
        file.seek(SeekFrom::Start(last_at))?;
        (&file).take(len - last_at).read_to_end(&mut last)?;
        if last_at == 0 || saved_image(&last, &mut Arc::default()).is_some() {
            // Whole, but for its line end.
            file.write_all(b"\n")?;
        } else {
            file.set_len(last_at)?;
        }
    }
    Ok(file)
}

/// Where the last line begins; `len` where that has a line end.
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

fn row(image: &SavedImage) -> [Cow<'_, str>; COLUMNS] {
    let bytes_as_sent = image.bytes_as_sent.map_or("", |same| if same { "true" } else { "false" });
    let record = |show: fn(&SavedRecord) -> String| image.record.as_ref().map(show).unwrap_or_default().into();
    let latency_ms = image.latency_micros.map(|micros| format!("{}.{:03}", micros / 1000, micros % 1000));
    [
        one_line(&image.path_in_csv),
        one_line(&image.annotation),
        image.size_bytes.to_string().into(),
        defuse(&image.topic),
        record(|record| record.partition.to_string()),
        record(|record| record.offset.to_string()),
        image.sent_at_micros.map(time).unwrap_or_default().into(),
        record(|record| time(record.received_at_micros)),
        latency_ms.unwrap_or_default().into(),
        hex::encode(image.sha256).into(),
        bytes_as_sent.into(),
        if image.record.is_some() { objects::to_json(&image.objects).into() } else { UNKNOWN_OBJECTS.into() },
    ]
}

fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\r', '\n']) { text.replace(['\r', '\n'], " ").into() } else { text.into() }
}

/// Empty where the calendar does not reach.
fn time(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map(|time| format!("{time:.6}")).unwrap_or_default()
}

/// What is known of the images in `work_dir`, by their path as `annotation.csv` has it. The last row of a path counts;
/// malformed rows are passed over, and a missing table is an empty one.
///
/// # Errors
/// The file system refuses.
pub fn read_image_records(work_dir: &Path) -> io::Result<HashMap<String, SavedImage>> {
    let mut images = HashMap::new();
    each_row_in(work_dir, |_, image| {
        images.insert(image.path_in_csv.clone(), image);
    })?;
    Ok(images)
}

/// The row of an image, all but what is on the image: the boxes of many images would fill the memory.
#[derive(Clone, Debug)]
pub struct ImageRow {
    /// What the row says; `objects` is empty.
    pub image: SavedImage,
    /// Where the row begins in the table, in bytes.
    pub at: u64,
}

/// The same as [`read_image_records`], without what is on the images: [`read_objects`] reads that of one.
///
/// # Errors
/// The file system refuses.
pub fn read_image_rows(work_dir: &Path) -> io::Result<HashMap<String, ImageRow>> {
    let mut rows = HashMap::new();
    each_row_in(work_dir, |at, mut image| {
        image.objects = Arc::default();
        rows.insert(image.path_in_csv.clone(), ImageRow { image, at });
    })?;
    Ok(rows)
}

/// What is on the image of a row; empty where the table has changed since.
///
/// # Errors
/// The file system refuses.
pub fn read_objects(work_dir: &Path, row: &ImageRow) -> io::Result<Arc<[LabelledObject]>> {
    let mut file = File::open(work_dir.join(IMAGE_RECORDS_CSV))?;
    file.seek(SeekFrom::Start(row.at))?;
    let mut line = Vec::new();
    BufReader::new(file).read_until(b'\n', &mut line)?;
    let image = line.strip_suffix(b"\n").and_then(|line| saved_image(line, &mut Arc::default()));
    let is_same = |image: &SavedImage| image.path_in_csv == row.image.path_in_csv && image.sha256 == row.image.sha256;
    Ok(image.filter(is_same).map(|image| image.objects).unwrap_or_default())
}

/// Shows `take` each row that can be read, and where it begins.
fn each_row(work: &Dir, mut take: impl FnMut(u64, SavedImage)) -> io::Result<()> {
    let mut topic: Arc<str> = "".into();
    each_line(work, |at, line| {
        if let Some(image) = saved_image(line, &mut topic) {
            take(at, image);
        }
    })
}

/// The same, in `work_dir`.
fn each_row_in(work_dir: &Path, take: impl FnMut(u64, SavedImage)) -> io::Result<()> {
    match Dir::open(work_dir) {
        Ok(work) => each_row(&work, take),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Shows the descriptions in the table, oldest first: path and label as the cells have them, the objects' JSON, and when
/// they were sent, in microseconds since 1970-01-01 UTC.
///
/// # Errors
/// The file system refuses.
pub(super) fn each_description(work: &Dir, mut take: impl FnMut(&str, &str, &str, Option<i64>)) -> io::Result<()> {
    each_line(work, |_, line| {
        let cells = std::str::from_utf8(line).ok().and_then(csv_line::cells::<COLUMNS>);
        let Some([path, annotation, .., sent_at, _, _, _, _, objects]) = &cells else { return };
        // A torn row has none.
        if !objects.is_empty() && *objects != UNKNOWN_OBJECTS {
            take(path, annotation, objects, micros(sent_at));
        }
    })
}

/// Shows `take` each whole line, without its end, and where it begins. A missing table is an empty one.
fn each_line(work: &Dir, mut take: impl FnMut(u64, &[u8])) -> io::Result<()> {
    let file = match work.file(IMAGE_RECORDS_CSV, Access::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let mut line = Vec::new();
    let mut at = 0;
    loop {
        let length = reader.read_until(b'\n', &mut line)? as u64;
        if length == 0 {
            return Ok(());
        }
        if let Some(line) = line.strip_suffix(b"\n") {
            take(at, line.strip_suffix(b"\r").unwrap_or(line));
        }
        line.clear();
        at += length;
    }
}

/// `topic` is the one of the row before: most rows share it.
fn saved_image(line: &[u8], topic: &mut Arc<str>) -> Option<SavedImage> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let cells = csv_line::cells::<COLUMNS>(std::str::from_utf8(line).ok()?)?;
    let [path, annotation, size, of_topic, partition, offset, sent_at, received_at, latency, sha256, as_sent, objects] =
        &cells;
    if **topic != **of_topic {
        *topic = Arc::from(&**of_topic);
    }
    let (record, objects) = match (&**partition, &**offset, &**received_at) {
        ("", "", "") if *objects == UNKNOWN_OBJECTS => (None, Vec::new()),
        _ => {
            let received_at_micros = micros(received_at)?;
            let (partition, offset) = (partition.parse().ok()?, offset.parse().ok()?);
            (Some(SavedRecord { partition, offset, received_at_micros }), objects::from_json(objects)?)
        }
    };
    Some(SavedImage {
        path_in_csv: path.to_string(),
        annotation: annotation.to_string(),
        size_bytes: size.parse().ok()?,
        topic: Arc::clone(topic),
        record,
        sent_at_micros: or_empty(sent_at, micros)?,
        latency_micros: or_empty(latency, latency_micros)?,
        sha256: FromHex::from_hex(&**sha256).ok()?,
        bytes_as_sent: or_empty(as_sent, |text| text.parse().ok())?,
        objects: objects.into(),
    })
}

fn micros(text: &str) -> Option<i64> {
    Some(text.parse::<Timestamp>().ok()?.as_microsecond())
}

/// `Some(None)` for an empty cell, `None` for one that cannot be read.
fn or_empty<T>(cell: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    if cell.is_empty() { Some(None) } else { read(cell).map(Some) }
}

fn latency_micros(ms: &str) -> Option<u64> {
    let (whole, thousandths) = ms.split_once('.')?;
    let thousandths = (thousandths.len() == 3).then(|| thousandths.parse::<u64>().ok())??;
    whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(thousandths)
}

#[cfg(test)]
#[path = "image_records_tests.rs"]
mod tests;
