//! The records of a topic as a table, or one JSON object each.

use std::io;

use serde_json::json;

use super::{benchmark, say, text, try_print, try_print_text};
use crate::cli::OutputFormat;
use kafka_image_bench_core::browse::{BrowsePage, BrowsedRecord, SavedFiles};
use kafka_image_bench_core::model::content_kind::ContentKind;
use kafka_image_bench_core::model::image_info::FileContent;
use kafka_image_bench_core::model::printable::{bounded, printable};

/// Characters of a label that a table shows.
const LABEL_MAX_CHARS: usize = 40;

/// The inner error: the reader of the output is gone.
pub(super) fn show(
    page: &BrowsePage,
    saved: Option<SavedFiles>,
    format: OutputFormat,
) -> anyhow::Result<io::Result<()>> {
    let printed = match format {
        OutputFormat::Text => try_print_text(&lines(page, saved).join("\n")),
        OutputFormat::Json => {
            let objects: Vec<String> =
                page.records.iter().map(|record| serde_json::to_string(&object(record))).collect::<Result<_, _>>()?;
            objects.iter().try_for_each(|object| try_print(object))
        }
        OutputFormat::Csv | OutputFormat::Quiet => return Ok(Ok(())),
    };
    // Remarks are not part of the table.
    remarks(page).iter().for_each(|remark| say(remark));
    Ok(printed)
}

fn lines(page: &BrowsePage, saved: Option<SavedFiles>) -> Vec<String> {
    let heading = ["partition", "offset", "time", "value", "image", "label"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(page.records.iter().map(row));
    let mut lines = if page.records.is_empty() { Vec::new() } else { benchmark::table(&rows) };
    let damaged = page.records.iter().filter(|record| record.content.is_err()).count() as u64;
    let found = page.records.len() as u64;
    let mut total = match &page.compared {
        None => text::counted(found, "record", "records"),
        Some(compared) => {
            let read = text::counted(compared.seen(), "record", "records");
            format!("{} of {read} read {} the query", text::count(found), if found == 1 { "matches" } else { "match" })
        }
    };
    if damaged > 0 {
        total.push_str(&format!(", {} without an image", text::count(damaged)));
    }
    total.push_str(if page.end_reached { "; end of the topic reached" } else { "; more records follow" });
    if let Some(saved) = saved {
        total.push_str(&format!(
            "; {} and {} written, {} already existed",
            text::counted(saved.images as u64, "image", "images"),
            text::counted(saved.damaged as u64, "damaged record", "damaged records"),
            text::count(saved.already_there as u64)
        ));
    }
    lines.push(total);
    lines
}

fn remarks(page: &BrowsePage) -> Vec<String> {
    let mut remarks = page.remarks.clone();
    remarks.extend(page.compared.iter().flat_map(|compared| compared.remarks("records")));
    if page.cut_by_budget {
        remarks.push("The records are too large to be held in memory at once; read fewer with --count".to_owned());
    }
    remarks
}

fn row(record: &BrowsedRecord) -> Vec<String> {
    let (image, label) = match &record.content {
        Ok(image) => {
            let content = FileContent::read(&image.bytes);
            let picture = match content.image() {
                Some(info) => format!("{} {} × {}", info.format.extension(), info.width_px, info.height_px),
                None => kind(record, content).content_type().to_owned(),
            };
            let changed = if image.bytes_as_sent == Some(false) { ", not as sent" } else { "" };
            (format!("{picture} ({}{changed})", record.encoding.unwrap_or_default()), one_line(&image.annotation))
        }
        Err(reason) => (one_line(reason), String::new()),
    };
    vec![
        record.partition.to_string(),
        record.offset.to_string(),
        time(record).unwrap_or_else(|| "–".to_owned()),
        format!("{} B", text::count(record.value_bytes)),
        image,
        label,
    ]
}

/// What a record carries, by its content and its name.
fn kind(record: &BrowsedRecord, content: FileContent) -> ContentKind {
    ContentKind::of(content, record.file_name.as_deref().unwrap_or_default())
}

fn time(record: &BrowsedRecord) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(record.timestamp_millis?).ok()?;
    Some(format!("{time:.3}"))
}

/// Text of a record must not move the terminal's cursor.
fn one_line(words: &str) -> String {
    bounded(&printable(words), LABEL_MAX_CHARS + 1).into_owned()
}

fn object(record: &BrowsedRecord) -> serde_json::Value {
    let image = record.content.as_ref().ok();
    let content = image.map(|image| FileContent::read(&image.bytes));
    let info = content.and_then(FileContent::image);
    // Text that is not JSON stays text.
    let objects = image.and_then(|image| image.objects_json.as_deref());
    let objects = objects.map(|text| serde_json::from_str(text).unwrap_or_else(|_| json!(text)));
    json!({
        "partition": record.partition,
        "offset": record.offset,
        "time": time(record),
        "value_bytes": record.value_bytes,
        "file_name": record.file_name,
        "sent_at_micros": record.sent_at_micros,
        "encoding": record.encoding,
        "annotation": image.map(|image| &image.annotation),
        "content_type": content.map(|content| kind(record, content).content_type()),
        "width_px": info.map(|info| info.width_px),
        "height_px": info.map(|info| info.height_px),
        "image_bytes": image.map(|image| image.bytes.len()),
        "bytes_as_sent": image.and_then(|image| image.bytes_as_sent),
        "objects": objects,
        "damage": record.content.as_ref().err(),
    })
}
