//! What a reset of offsets does, as a table or as JSON.

use std::io;

use serde_json::json;

use super::{benchmark, text, try_print, try_print_text};
use crate::cli::OutputFormat;
use kafka_image_bench_core::groups::{OffsetChange, PartitionReset, ResetPlan};
use kafka_image_bench_core::model::printable::printable;

/// The inner error: the reader of the output is gone.
pub(super) fn show(plan: &ResetPlan, is_done: bool, format: OutputFormat) -> anyhow::Result<io::Result<()>> {
    Ok(match format {
        OutputFormat::Quiet | OutputFormat::Csv => Ok(()),
        OutputFormat::Json => try_print(&serde_json::to_string(&object(plan, is_done))?),
        OutputFormat::Text => try_print_text(&lines(plan, is_done).join("\n")),
    })
}

fn lines(plan: &ResetPlan, is_done: bool) -> Vec<String> {
    let mut rows = vec![["topic", "partition", "committed", "new", "effect"].map(str::to_owned).to_vec()];
    for one in &plan.partitions {
        rows.push(vec![
            printable(&one.topic).into_owned(),
            one.partition.to_string(),
            one.committed.map_or_else(|| "–".to_owned(), |offset| offset.to_string()),
            one.target.to_string(),
            effect(one),
        ]);
    }
    let mut lines = benchmark::table(&rows);
    let (repeats, skips) = plan.totals();
    let repeats = text::counted(repeats, "record", "records");
    let skips = text::counted(skips, "record", "records");
    let group = printable(&plan.group);
    lines.push(match is_done {
        true => format!("The offsets of {group} are reset: {repeats} repeated, {skips} skipped"),
        false => format!("Dry run: nothing was changed. For {group} {repeats} would be repeated, {skips} skipped"),
    });
    lines
}

fn effect(one: &PartitionReset) -> String {
    match one.change() {
        OffsetChange::Repeats(count) => format!("repeats {}", text::counted(count, "record", "records")),
        OffsetChange::Skips(count) => format!("skips {}", text::counted(count, "record", "records")),
        OffsetChange::Nothing => "stays where it is".to_owned(),
        OffsetChange::Unknown => "not known: no valid committed offset".to_owned(),
    }
}

fn object(plan: &ResetPlan, is_done: bool) -> serde_json::Value {
    let (repeats, skips) = plan.totals();
    let partition = |one: &PartitionReset| {
        let (repeats, skips) = match one.change() {
            OffsetChange::Repeats(count) => (Some(count), Some(0)),
            OffsetChange::Skips(count) => (Some(0), Some(count)),
            OffsetChange::Nothing => (Some(0), Some(0)),
            OffsetChange::Unknown => (None, None),
        };
        json!({
            "topic": one.topic,
            "partition": one.partition,
            "committed_offset": one.committed,
            "new_offset": one.target,
            "log_start_offset": one.low,
            "end_offset": one.high,
            "repeats": repeats,
            "skips": skips,
        })
    };
    json!({
        "group": plan.group,
        "done": is_done,
        "repeats": repeats,
        "skips": skips,
        "partitions": plan.partitions.iter().map(partition).collect::<Vec<_>>(),
    })
}
