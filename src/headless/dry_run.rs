//! What a dry run has found, as text or as JSON.

use std::io;

use super::summary::{nonzero, row, shown};
use super::text::{self, count, counted, megabytes, rate, span};
use super::{print_text, try_print};
use crate::cli::OutputFormat;
use kafka_image_bench_core::broker::BrokerKind;
use kafka_image_bench_core::configuration::RecordKey;
use kafka_image_bench_core::engine::dry_run::{
    BrokerPreview, DryRun, MeasurePreview, RacePreview, ReceivePreview, SendPreview, TopicPreview,
};
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::model::units::bytes;
use std::time::Duration;

/// The inner error: the reader of the output is gone.
pub(super) fn show(found: &DryRun, format: OutputFormat) -> anyhow::Result<io::Result<()>> {
    match format {
        OutputFormat::Text => print_text(&lines(found).join("\n")),
        OutputFormat::Json => return Ok(try_print(&serde_json::to_string_pretty(found)?)),
        OutputFormat::Csv | OutputFormat::Quiet => {}
    }
    Ok(Ok(()))
}

fn lines(found: &DryRun) -> Vec<String> {
    let mut lines = vec![format!("Dry run of {}: nothing was created, written, sent or committed", found.command)];
    lines.push(row("Broker", &broker(&found.broker)));
    lines.extend(found.topic.as_ref().map(|found| row("Topic", &topic(found))));
    if let Some(found) = &found.send {
        lines.push(row("Would send", &send(found)));
        lines.extend(found.replay.as_ref().map(|outline| row("Replay", &outline.whole_sentence())));
        let groups = [("Skipped", skipped(found)), ("Rejected", rejected(found))];
        let groups = groups.iter().filter(|(_, counts)| !counts.is_empty());
        lines.extend(groups.map(|(name, counts)| row(name, &counts.join(", "))));
        lines.extend(found.label_remarks.iter().map(|remark| row("Labels", &printable(remark))));
        if let Some(labels) = &found.labels {
            lines.push(row("Labels", &printable(&labels.summary())));
            lines.extend(labels.sentences().iter().map(|finding| row("", &printable(&finding.text))));
        }
    }
    lines.extend(found.receive.as_ref().map(|found| row("Would save", &receive(found))));
    if let Some(found) = &found.measure {
        lines.push(row("Would send", &measured_images(found)));
        lines.extend(found.replay.as_ref().map(|outline| row("Replay", &outline.whole_sentence())));
        lines.extend(clients(found).map(|clients| row("Clients", &clients)));
        lines.push(row("Measured", &printable(&found.configurations.join(", "))));
        lines.extend(found.race.as_ref().map(|found| row("Race", &race(found))));
    }
    let folder = std::path::absolute(&found.work_dir).unwrap_or_else(|_| found.work_dir.clone());
    let note = if folder.exists() { "" } else { ", which would be made" };
    lines.push(row("Files", &format!("in {}{note}", shown(&folder))));
    lines
}

fn broker(found: &BrokerPreview) -> String {
    let name = text::broker(found.kind);
    match (&found.bootstrap_servers, &found.data) {
        (Some(servers), _) if found.kind == BrokerKind::External => {
            let brokers = found.brokers.map(|brokers| format!(", {}", counted(brokers as u64, "broker", "brokers")));
            format!("{name} at {servers}{}", brokers.unwrap_or_default())
        }
        (Some(servers), _) => format!("{name} at {servers}"),
        (None, Some(data)) => format!("{name}, which is not running now; its data: {}", shown(data)),
        (None, None) => format!("{name}, in memory"),
    }
}

fn topic(found: &TopicPreview) -> String {
    let name = &found.name;
    let partitions = found.partitions.map(|partitions| counted(partitions as u64, "partition", "partitions"));
    let limit = found.max_message_bytes.map(|limit| format!("records of up to {}", bytes(limit as f64)));
    let facts = partitions.into_iter().chain(limit).collect::<Vec<_>>().join(", ");
    match (found.exists, found.is_created) {
        (Some(true), _) => format!("{name} exists: {facts}"),
        (Some(false), Some(true)) => format!("{name} does not exist and would be created: {facts}"),
        (Some(false), _) => format!("{name} does not exist; the run would wait until a producer creates it"),
        (None, _) => format!("{name}; whether it exists is not known while its broker is stopped"),
    }
}

fn send(found: &SendPreview) -> String {
    let mut words = match (found.images, found.sent_before) {
        (0, 0) => format!("nothing: there are no images to send in {}", shown(&found.input)),
        (0, _) => "nothing new; --resend sends everything again".to_owned(),
        (images, _) => format!(
            "{}, {}; as {} records at most {}",
            counted(images, "image", "images"),
            megabytes(found.image_bytes),
            found.encoding,
            megabytes(found.record_bytes_max)
        ),
    };
    if found.key != RecordKey::None && found.images > 0 {
        words.push_str(&format!("; key: {}", found.key));
    }
    if let Some(per_second) = found.rate_images_per_s.filter(|_| found.images > 0) {
        let time = Duration::try_from_secs_f64(found.images as f64 / per_second).unwrap_or(Duration::MAX);
        words.push_str(&format!("; at {} images/s about {}", rate(per_second), span(time)));
    }
    if let Some(shape) = found.load_shape.filter(|_| found.images > 0)
        && let Some(time) = shape.span(found.images)
    {
        words.push_str(&format!("; as {shape} about {}", span(time)));
    }
    if found.watches {
        words.push_str("; then new files until it is stopped");
    }
    words
}

fn skipped(found: &SendPreview) -> Vec<String> {
    let mut counts = nonzero(&[
        (found.sent_before, "sent before", "sent before"),
        (found.label_files, "label file", "label files"),
        (found.not_images, "file that is not an image", "files that are not images"),
    ]);
    let kinds: Vec<String> =
        found.other_formats.iter().map(|(name, files)| format!("{} {name}", count(*files))).collect();
    if let Some(last) = counts.last_mut().filter(|_| !kinds.is_empty()) {
        last.push_str(&format!(" ({})", kinds.join(", ")));
    }
    counts
}

fn rejected(found: &SendPreview) -> Vec<String> {
    nonzero(&[
        (found.without_label, "image without a label", "images without a label"),
        (found.too_large.unwrap_or(0), "image too large for the topic", "images too large for the topic"),
        (found.content_missing, "image whose content is not here", "images whose content is not here"),
        (found.unreadable, "file that cannot be read", "files that cannot be read"),
    ])
}

fn receive(found: &ReceivePreview) -> String {
    let group = printable(&found.group);
    let mut words = match (found.waiting, found.has_committed) {
        (Some(waiting), Some(true)) => {
            format!("{} that wait for the group {group}", counted(waiting, "record", "records"))
        }
        (Some(waiting), _) => {
            let records = counted(waiting, "record", "records");
            format!("{records} that wait on the topic; the group {group} has not committed on it yet")
        }
        (None, _) => format!("what waits for the group {group}, which is not known while the broker is stopped"),
    };
    if found.consumers > 1 {
        words.push_str(&format!("; {} consumers", count(found.consumers as u64)));
    }
    if let Some(count_max) = found.count {
        words.push_str(&format!("; at most {}", counted(count_max, "record", "records")));
    }
    if let Some(idle_s) = found.until_idle_s {
        words.push_str(&format!("; until nothing arrives for {}", span(Duration::from_secs_f64(idle_s))));
    }
    words
}

fn race(found: &RacePreview) -> String {
    let how = if found.is_sliced { "short slices in turns" } else { "whole runs in turns" };
    let budget = span(Duration::try_from_secs_f64(found.budget_s).unwrap_or_default());
    format!("for {}, {how}, at most {budget}", found.goal)
}

/// The clients, if there are several on a side.
fn clients(found: &MeasurePreview) -> Option<String> {
    if [found.producers, found.groups, found.consumers] == [1; 3] {
        return None;
    }
    let consumers = counted(found.consumers as u64, "consumer", "consumers");
    let groups = counted(found.groups as u64, "group", "groups");
    Some(format!("{}; {groups} of {consumers}", counted(found.producers as u64, "producer", "producers")))
}

fn measured_images(found: &MeasurePreview) -> String {
    let images = counted(found.images, "image", "images");
    let mean = bytes(found.mean_image_bytes);
    if found.images == found.folder_images {
        format!("{images} of {mean} on average, again and again, from {}", shown(&found.input))
    } else {
        let all = counted(found.folder_images, "image", "images");
        format!("{images} of {mean} on average, again and again, out of {all} in {}", shown(&found.input))
    }
}
