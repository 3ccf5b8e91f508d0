//! The summary at the end of a run.

use std::fmt::Write;

use super::text::{count, counted, latency, megabytes, rate, span};
use kafka_image_bench_core::configuration::RecordKey;
use kafka_image_bench_core::engine::plan::Mode;
use kafka_image_bench_core::engine::report::{Outcome, RunReport, StreamFacts};
use kafka_image_bench_core::metrics::{FullestPartition, LatencySummary, Snapshot};
use kafka_image_bench_core::model::printable::printable;

/// The report as one JSON object, with times in seconds and latencies in microseconds.
pub(super) fn json(report: &RunReport) -> anyhow::Result<String> {
    let mut object = serde_json::to_value(report)?;
    if let Some(object) = object.as_object_mut() {
        let snapshot = &report.snapshot;
        object.insert("producer_images_per_s".to_owned(), snapshot.producer_images_per_s().into());
        object.insert("producer_mb_per_s".to_owned(), snapshot.producer_mb_per_s().into());
        object.insert("consumer_images_per_s".to_owned(), snapshot.consumer_images_per_s().into());
        object.insert("consumer_mb_per_s".to_owned(), snapshot.consumer_mb_per_s().into());
    }
    Ok(serde_json::to_string_pretty(&object)?)
}

/// The summary as text.
pub(super) fn text(report: &RunReport) -> String {
    let snapshot = &report.snapshot;
    // A run that never reached its broker or topic has no figures.
    let Some(facts) = report.stream.as_ref().filter(|facts| facts.broker.is_some()) else {
        return first_line(report);
    };
    let mut lines = vec![first_line(report)];
    if facts.mode.produces() {
        if snapshot.sent == 0 && snapshot.rejected == 0 && report.outcome == Outcome::Done {
            lines.push(nothing_sent(snapshot, facts));
        } else {
            lines.push(side(
                "Acknowledged",
                snapshot.acknowledged,
                snapshot.acknowledged_bytes,
                snapshot.producer_images_per_s(),
                snapshot.producer_mb_per_s(),
                ("acknowledgement", &snapshot.acknowledgement_latency),
            ));
            lines.extend(schedule(snapshot));
            lines.extend(fullest_partition(snapshot, facts));
        }
    }
    if facts.mode.consumes() && (snapshot.received > 0 || facts.mode == Mode::Consume) {
        lines.push(side(
            "Saved",
            snapshot.saved,
            snapshot.saved_bytes,
            snapshot.consumer_images_per_s(),
            snapshot.consumer_mb_per_s(),
            ("end to end", &snapshot.saved_latency),
        ));
    }
    let groups = [("Skipped", skipped(snapshot, facts)), ("Also", also(snapshot))];
    lines.extend(
        groups.iter().filter(|(_, counts)| !counts.is_empty()).map(|(name, counts)| row(name, &counts.join(", "))),
    );
    lines.extend(unsaved(snapshot, facts));
    lines.push(row("Files", &files(snapshot, facts)));
    lines.join("\n")
}

/// A count with its words, unless it is 0.
pub(super) type Count<'a> = (u64, &'a str, &'a str);

pub(super) fn nonzero(counts: &[Count<'_>]) -> Vec<String> {
    let shown = counts.iter().filter(|(number, ..)| *number > 0);
    shown.map(|(number, one, many)| counted(*number, one, many)).collect()
}

/// What was passed over.
fn skipped(snapshot: &Snapshot, facts: &StreamFacts) -> Vec<String> {
    let has_sent = snapshot.sent > 0 || snapshot.rejected > 0;
    let sent_before = if has_sent { snapshot.already_processed } else { 0 };
    let foreign = if facts.mode == Mode::Stream { snapshot.foreign } else { 0 };
    nonzero(&[
        (sent_before, "sent before", "sent before"),
        (snapshot.not_images, "file that is not an image", "files that are not images"),
        (snapshot.label_files, "label file", "label files"),
        (snapshot.older_labels, "older label", "older labels"),
        (foreign, "record of another run", "records of other runs"),
    ])
}

/// What else happened to images and records.
fn also(snapshot: &Snapshot) -> Vec<String> {
    nonzero(&[
        (snapshot.retried, "sent again after a failure", "sent again after a failure"),
        (snapshot.already_saved, "saved before", "saved before"),
        (snapshot.relabelled, "label changed", "labels changed"),
        (snapshot.redelivered, "record delivered again", "records delivered again"),
        (snapshot.unacknowledged, "saved without an acknowledgement", "saved without an acknowledgement"),
        (snapshot.taken_by_others, "taken by another member of the group", "taken by other members of the group"),
    ])
}

/// What was not saved, and what is left on the topic.
fn unsaved(snapshot: &Snapshot, facts: &StreamFacts) -> Vec<String> {
    let losses = format!(
        "{} rejected, {}, {} lost",
        count(snapshot.rejected),
        counted(snapshot.dead_letters, "dead letter", "dead letters"),
        count(snapshot.lost)
    );
    let mut lines = vec![row("Not saved", &losses)];
    if facts.mode == Mode::Stream && snapshot.on_topic > 0 {
        let waiting = counted(snapshot.on_topic, "acknowledged image", "acknowledged images");
        let next = match facts.is_in_memory {
            true => "the broker in memory ends with this program, and the next run sends them again",
            false => "the next run saves them",
        };
        lines.push(row("On the topic", &format!("{waiting}, not saved; {next}")));
    }
    if snapshot.unread > 0 {
        lines.push(row("Not read", &format!("{} left on the topic", counted(snapshot.unread, "record", "records"))));
    }
    lines
}

fn first_line(report: &RunReport) -> String {
    let verb = match report.outcome {
        Outcome::Done => "Done",
        Outcome::Stopped => "Stopped",
        Outcome::Failed(_) => "Failed",
        Outcome::Refused(_) => "Refused",
    };
    let mut line = format!("{verb} after {}", span(report.snapshot.elapsed));
    if let Some(facts) = &report.stream
        && let Some(broker) = &facts.broker
    {
        let partitions = counted(broker.partitions as u64, "partition", "partitions");
        let _ = write!(line, ": topic {} with {partitions}, {} encoding", facts.topic, facts.encoding);
        if facts.key != RecordKey::None {
            let _ = write!(line, ", key: {}", facts.key);
        }
        let _ = write!(line, ", {} at {}", super::text::broker(broker.kind), broker.bootstrap_servers);
    }
    line
}

/// How well the times of a load or a replay were kept.
fn schedule(snapshot: &Snapshot) -> Option<String> {
    let LatencySummary { count: records, p50_micros, p99_micros, max_micros } = snapshot.lateness;
    let (half, most, longest) = (latency(p50_micros), latency(p99_micros), latency(max_micros));
    let images = counted(records, "image", "images");
    let words =
        format!("{images}: half sent within {half} of their time, 99 in 100 within {most}, all within {longest}");
    (records > 0).then(|| row("Schedule", &words))
}

/// How even the keys are.
fn fullest_partition(snapshot: &Snapshot, facts: &StreamFacts) -> Option<String> {
    let fullest = snapshot.fullest_partition.filter(|one| facts.key != RecordKey::None && one.partitions > 1)?;
    let FullestPartition { partition, records, all_records, skew, .. } = fullest;
    let (records, all) = (count(records), counted(all_records, "record", "records"));
    let words = format!("the fullest is {partition}: {records} of {all}, {skew:.2} times an even share");
    Some(row("Partitions", &words))
}

fn nothing_sent(snapshot: &Snapshot, facts: &StreamFacts) -> String {
    let words = match snapshot.already_processed {
        0 => format!("nothing: there are no images in {}", shown(&facts.input)),
        1 => "nothing new: the only image is listed in processed_files.txt; --resend sends it again".to_owned(),
        all => {
            format!(
                "nothing new: all {} images are listed in processed_files.txt; --resend sends them again",
                count(all)
            )
        }
    };
    row("Sent", &words)
}

fn side(
    name: &str,
    images: u64,
    bytes: u64,
    images_per_s: f64,
    mb_per_s: f64,
    (latency_name, latencies): (&str, &LatencySummary),
) -> String {
    let mut words = format!(
        "{}, {}, {} images/s, {} MB/s",
        counted(images, "image", "images"),
        megabytes(bytes),
        rate(images_per_s),
        rate(mb_per_s)
    );
    if latencies.count > 0 {
        let (p50, p99) = (latency(latencies.p50_micros), latency(latencies.p99_micros));
        let _ = write!(words, "; {latency_name} p50 {p50}, p99 {p99}");
    }
    row(name, &words)
}

fn files(snapshot: &Snapshot, facts: &StreamFacts) -> String {
    let mut names = Vec::new();
    if facts.mode.consumes() && snapshot.saved > 0 {
        names.extend(["output_images/", "annotation.csv", "image_records.csv", "consumer_metrics.csv"]);
    }
    if snapshot.dead_letters > 0 {
        names.extend(["dead_letters/", "dead_letters.csv"]);
    }
    if facts.mode.produces() && snapshot.acknowledged > 0 {
        names.extend(["processed_files.txt", "producer_metrics.csv"]);
    }
    let folder = std::path::absolute(&facts.work_dir).unwrap_or_else(|_| facts.work_dir.clone());
    // After a failure some of them may be missing.
    names.retain(|name| folder.join(name.trim_end_matches('/')).exists());
    if names.is_empty() {
        return format!("nothing new in {}", shown(&folder));
    }
    format!("{} in {}", names.join(", "), shown(&folder))
}

/// A path in one line, whatever characters it has.
pub(super) fn shown(path: &std::path::Path) -> String {
    printable(&path.display().to_string()).into_owned()
}

pub(super) fn row(name: &str, words: &str) -> String {
    format!("  {name:<13} {words}")
}
