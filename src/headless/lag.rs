//! A group's lag as a table, JSON or CSV.

use std::io::{self, IsTerminal};
use std::time::Duration;

use super::{benchmark, text, try_print};
use crate::cli::OutputFormat;
use kafka_image_bench_core::lag::{LagReading, PartitionLag};
use kafka_image_bench_core::model::printable::printable;

/// Prints readings as they come.
#[derive(Default)]
pub(super) struct LagPrinter {
    lines_before: usize,
}

impl LagPrinter {
    /// The inner error: the reader of the output is gone.
    pub(super) fn show(&mut self, reading: &LagReading, format: OutputFormat) -> anyhow::Result<io::Result<()>> {
        let lines_before = std::mem::replace(&mut self.lines_before, 1);
        Ok(match format {
            OutputFormat::Quiet => Ok(()),
            OutputFormat::Json => try_print(&serde_json::to_string(reading)?),
            OutputFormat::Csv => try_print(&csv(reading, lines_before == 0)?),
            OutputFormat::Text => {
                let table = table(reading);
                self.lines_before = table.len();
                // On a terminal the table is redrawn in place.
                if lines_before > 0 && io::stdout().is_terminal() {
                    try_print(&format!("\x1b[{lines_before}A\x1b[J{}", table.join("\n")))
                } else {
                    try_print(&table.join("\n"))
                }
            }
        })
    }
}

fn table(reading: &LagReading) -> Vec<String> {
    let known = |number: Option<String>| number.unwrap_or_else(|| "–".to_owned());
    let mut rows = vec![["topic", "partition", "committed", "end", "lag"].map(str::to_owned).to_vec()];
    for one in &reading.partitions {
        rows.push(vec![
            one.topic.clone(),
            one.partition.to_string(),
            known(one.committed_offset.map(|offset| offset.to_string())),
            one.end_offset.to_string(),
            known(one.lag.map(text::count)),
        ]);
    }
    let mut lines = benchmark::table(&rows);
    let mut total = format!(
        "Group {}: {} behind",
        printable(&reading.group),
        text::counted(reading.total_lag, "record", "records")
    );
    if let (Some(consumed), Some(produced)) = (reading.consumed_per_s, reading.produced_per_s) {
        total.push_str(&format!("; {} consumed/s, {} produced/s", text::rate(consumed), text::rate(produced)));
        match reading.left_s {
            Some(left_s) if reading.total_lag > 0 => {
                let left = Duration::try_from_secs_f64(left_s).unwrap_or(Duration::MAX);
                total.push_str(&format!("; {} left", text::span(left)));
            }
            Some(_) => {}
            None => total.push_str("; not catching up"),
        }
    }
    lines.push(total);
    lines.extend(reading.partitions.iter().filter_map(caution));
    lines
}

/// A line for a partition whose committed offset is out of range, which the table does not show.
fn caution(one: &PartitionLag) -> Option<String> {
    let committed = one.committed_offset?;
    let place = format!("{} [{}]", one.topic, one.partition);
    if one.lost > 0 {
        let lost = text::counted(one.lost, "record", "records");
        let last = one.log_start_offset - 1;
        return Some(format!(
            "{place}: offsets {committed} to {last} were deleted before the group read them: {lost} lost"
        ));
    }
    (one.beyond_end > 0).then(|| {
        format!(
            "{place}: the committed offset {committed} is {} beyond the end {}; the topic was recreated or truncated",
            text::count(one.beyond_end),
            one.end_offset
        )
    })
}

fn csv(reading: &LagReading, with_heading: bool) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_heading {
        writer.write_record([
            "time",
            "group",
            "topic",
            "partition",
            "committed_offset",
            "end_offset",
            "lag",
            "log_start_offset",
            "lost",
            "beyond_end",
        ])?;
    }
    for one in &reading.partitions {
        writer.write_record([
            reading.at.to_string(),
            reading.group.clone(),
            one.topic.clone(),
            one.partition.to_string(),
            one.committed_offset.map(|offset| offset.to_string()).unwrap_or_default(),
            one.end_offset.to_string(),
            one.lag.map(|lag| lag.to_string()).unwrap_or_default(),
            one.log_start_offset.to_string(),
            one.lost.to_string(),
            one.beyond_end.to_string(),
        ])?;
    }
    let bytes = writer.into_inner().map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(String::from_utf8(bytes)?.trim_end().to_owned())
}
