//! What became of an export, as text or JSON.

use super::text::{counted, span};
use kafka_image_bench_core::engine::report::RunReport;
use kafka_image_bench_core::export::{ExportReport, ExportSource};
use kafka_image_bench_core::labels::SetFormat;
use kafka_image_bench_core::model::printable::printable;

/// One object: how the run ended, and what was written.
pub(super) fn json(report: &RunReport) -> serde_json::Result<String> {
    let mut object = serde_json::to_value(&report.outcome)?;
    if let Some(object) = object.as_object_mut() {
        object.insert("elapsed_s".to_owned(), report.snapshot.elapsed.as_secs_f64().into());
        object.insert("export".to_owned(), serde_json::to_value(&report.export)?);
    }
    serde_json::to_string_pretty(&object)
}

/// The summary as text.
pub(super) fn text(report: &RunReport, export: &ExportReport) -> String {
    let title = SetFormat::named(export.format).map_or(export.format, |format| format.title);
    let from = match &export.from {
        ExportSource::Folder(folder) => folder.display().to_string(),
        ExportSource::Topic(topic) => format!("the topic {topic}"),
    };
    let mut lines = vec![format!(
        "Done after {}: {} from {} as {title} in {}",
        span(report.snapshot.elapsed),
        counted(export.images, "image", "images"),
        printable(&from),
        printable(&export.folder.display().to_string())
    )];
    let objects = counted(export.objects, "object", "objects");
    lines.push(row("Contents", &format!("{objects}, {}", counted(export.classes, "class", "classes"))));
    for split in &export.splits {
        let objects = counted(split.objects, "object", "objects");
        lines.push(row(split.name, &format!("{}, {objects}", counted(split.images, "image", "images"))));
    }
    let links = counted(export.linked, "hard link", "hard links");
    lines.push(row("Files", &format!("{links}, {}", counted(export.copied, "copy", "copies"))));
    lines.extend(export.left_out.iter().map(|left| row("Left out", &printable(&left.sentence()))));
    lines.extend(export.lost.iter().map(|lost| row("Lost", &lost.sentence())));
    lines.extend(export.remarks.iter().map(|remark| row("Note", remark)));
    lines.join("\n")
}

fn row(name: &str, words: &str) -> String {
    format!("  {name:<13} {words}")
}
