//! `image_records.csv`: what is known of each saved image, for looking at it later.
//!
//! It is kept beside `annotation.csv`, which is the truth: nothing waits for this table, it is not synced, and a
//! power cut may take its last rows. A row is one line, so that a torn one harms no other.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::csv_line;
use super::defuse::defuse;
use crate::model::objects::{self, LabelledObject};
use crate::model::saved_image::SavedImage;
use crate::pipeline::codec::headers::{hex, parse_hex};

/// The table's name in the work folder.
pub const IMAGE_RECORDS_CSV: &str = "image_records.csv";

/// Times are RFC 3339 in UTC, with microseconds; `bytes_as_sent` is `true`, `false`, or empty where the record had no
/// hash; `objects` is JSON as [`objects::to_json`] writes it. It is never empty, so that no torn row looks whole.
const HEADER: &str = "image_path,annotation,size_bytes,topic,partition,offset,sent_at,received_at,latency_ms,sha256,\
                      bytes_as_sent,objects";
const COLUMNS: usize = 12;

/// Adds rows to the table. One thread owns it, while the [`ImageStore`](super::ImageStore) of the same work folder is
/// open, whose lock covers it.
#[derive(Debug)]
pub struct ImageRecords {
    path: PathBuf,
    file: Option<File>,
}

impl ImageRecords {
    /// Touches nothing before the first row comes.
    pub fn new(work_dir: &Path) -> Self {
        Self { path: work_dir.join(IMAGE_RECORDS_CSV), file: None }
    }

    /// Adds a row for each image, in one write. A line break in a label becomes a space here.
    ///
    /// # Errors
    /// The file system refuses, or the file is another table. Some of the rows may be there.
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
            closed => closed.insert(open(&self.path)?),
        };
        file.write_all(&text)
    }
}

/// Opens the table at the end of its last row.
fn open(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
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
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last != *b"\n" {
        // Torn by a crash; readers pass over it.
        file.write_all(b"\n")?;
    }
    Ok(file)
}

fn row(image: &SavedImage) -> [Cow<'_, str>; COLUMNS] {
    let bytes_as_sent = image.bytes_as_sent.map_or("", |same| if same { "true" } else { "false" });
    let latency_ms = image.latency_micros.map(|micros| format!("{}.{:03}", micros / 1000, micros % 1000));
    [
        one_line(&image.path_in_csv),
        one_line(&image.annotation),
        image.size_bytes.to_string().into(),
        defuse(&image.topic),
        image.partition.to_string().into(),
        image.offset.to_string().into(),
        image.sent_at_micros.map(time).unwrap_or_default().into(),
        time(image.received_at_micros).into(),
        latency_ms.unwrap_or_default().into(),
        hex(&image.sha256).into(),
        bytes_as_sent.into(),
        objects::to_json(&image.objects).into(),
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
    each_row(work_dir, |_, image| {
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
    each_row(work_dir, |at, mut image| {
        image.objects = Arc::default();
        rows.insert(image.path_in_csv.clone(), ImageRow { image, at });
    })?;
    Ok(rows)
}

/// Shows the descriptions in the table, oldest first: path and label as the cells have them, the objects' JSON, and when
/// they were sent, in microseconds since 1970-01-01 UTC.
///
/// # Errors
/// The file system refuses.
pub(super) fn each_description(work_dir: &Path, mut take: impl FnMut(&str, &str, &str, Option<i64>)) -> io::Result<()> {
    each_line(work_dir, |_, line| {
        let cells = std::str::from_utf8(line).ok().and_then(csv_line::cells::<COLUMNS>);
        let Some([path, annotation, .., sent_at, _, _, _, _, objects]) = &cells else { return };
        // A torn row has none.
        if !objects.is_empty() {
            take(path, annotation, objects, micros(sent_at));
        }
    })
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
fn each_row(work_dir: &Path, mut take: impl FnMut(u64, SavedImage)) -> io::Result<()> {
    let mut topic: Arc<str> = "".into();
    each_line(work_dir, |at, line| {
        if let Some(image) = saved_image(line, &mut topic) {
            take(at, image);
        }
    })
}

/// Shows `take` each whole line, without its end, and where it begins.
fn each_line(work_dir: &Path, mut take: impl FnMut(u64, &[u8])) -> io::Result<()> {
    let file = match File::open(work_dir.join(IMAGE_RECORDS_CSV)) {
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
    Some(SavedImage {
        path_in_csv: path.to_string(),
        annotation: annotation.to_string(),
        size_bytes: size.parse().ok()?,
        topic: Arc::clone(topic),
        partition: partition.parse().ok()?,
        offset: offset.parse().ok()?,
        sent_at_micros: or_empty(sent_at, micros)?,
        received_at_micros: micros(received_at)?,
        latency_micros: or_empty(latency, latency_micros)?,
        sha256: parse_hex(sha256)?,
        bytes_as_sent: or_empty(as_sent, |text| text.parse().ok())?,
        objects: objects::from_json(objects)?.into(),
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
