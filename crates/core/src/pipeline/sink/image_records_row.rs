//! One row of `image_records.csv`.

use std::borrow::Cow;
use std::sync::Arc;

use hex::FromHex;
use jiff::Timestamp;

use super::csv_line;
use super::spreadsheet_cell::{escape_formula, unescape_formula};
use crate::model::objects;
use crate::model::saved_image::{SavedImage, SavedRecord};

/// Times are RFC 3339 in UTC, with microseconds; `bytes_as_sent` is `true`, `false`, or empty where the record had no
/// hash; `objects` is JSON as [`objects::to_json`] writes it, or [`UNKNOWN_OBJECTS`], and never empty, so that a torn
/// row does not look whole. If the record is not known, the cells that depend on it are empty.
pub(super) const HEADER: &str = "image_path,annotation,size_bytes,topic,partition,offset,sent_at,received_at,latency_ms,sha256,bytes_as_sent,objects,file_name";
/// The header of tables that earlier versions began; they get no names.
pub(super) const HEADER_WITHOUT_NAMES: &str = "image_path,annotation,size_bytes,topic,partition,offset,sent_at,received_at,latency_ms,sha256,bytes_as_sent,objects";
/// Columns before the name.
const COLUMNS: usize = 12;
/// Stands for the objects of an image whose record is not known.
pub(super) const UNKNOWN_OBJECTS: &str = "null";

/// The cell after the others: the name that the image was sent under. Always in quotes, so that a torn one does not look whole.
pub(super) fn name_cell(image: &SavedImage) -> String {
    let name = image.file_name.as_deref().unwrap_or_default();
    format!("\"{}\"", one_line(&escape_formula(name)).replace('"', "\"\""))
}

/// The cells before the name, and the name.
type Cells<'a> = ([Cow<'a, str>; COLUMNS], Option<Cow<'a, str>>);

/// The cells of a line, and the name; `None`: it is malformed. A row of an earlier version has no name.
pub(super) fn cells(line: &str) -> Option<Cells<'_>> {
    if let Some(cells) = csv_line::cells::<COLUMNS>(line) {
        return Some((cells, None));
    }
    let cells = csv_line::cells::<{ COLUMNS + 1 }>(line)?;
    let Some((first, [name])) = cells.split_first_chunk::<COLUMNS>() else { return None };
    let name = unescape_formula(name);
    Some((first.clone(), (!name.is_empty()).then(|| Cow::Owned(name.to_owned()))))
}

/// Whether a line has a whole cell for the name.
pub(super) fn has_name(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.ends_with(b"\"") && std::str::from_utf8(line).ok().and_then(csv_line::cells::<{ COLUMNS + 1 }>).is_some()
}

/// The cells of an image's row before the name. A line break in a label becomes a space.
pub(super) fn row(image: &SavedImage) -> [Cow<'_, str>; COLUMNS] {
    let bytes_as_sent = image.bytes_as_sent.map_or("", |same| if same { "true" } else { "false" });
    let record = |show: fn(&SavedRecord) -> String| image.record.as_ref().map(show).unwrap_or_default().into();
    let latency_ms = image.latency_micros.map(|micros| format!("{}.{:03}", micros / 1000, micros % 1000));
    [
        one_line(&image.path_in_csv),
        one_line(&image.annotation),
        image.size_bytes.to_string().into(),
        escape_formula(&image.topic),
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

/// Empty for a time outside of the calendar.
fn time(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map(|time| format!("{time:.6}")).unwrap_or_default()
}

/// The image of a row; `None` for a malformed one. `topic` is that of the row before: most rows share it.
pub(super) fn saved_image(line: &[u8], topic: &mut Arc<str>) -> Option<SavedImage> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (cells, file_name) = cells(std::str::from_utf8(line).ok()?)?;
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
        file_name: file_name.map(|name| name.into()),
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

/// Microseconds since 1970-01-01 UTC.
pub(super) fn micros(text: &str) -> Option<i64> {
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
