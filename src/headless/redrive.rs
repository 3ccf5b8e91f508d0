//! What became of dead letters that were sent again, as text or JSON.

use super::text::{count, counted, span};
use kafka_image_bench_core::engine::report::{Outcome, RunReport};
use kafka_image_bench_core::model::printable::{bounded, printable};
use kafka_image_bench_core::redrive::{RedriveReport, RedriveSource, RedrivenLetter};

/// Letters that the text lists.
const LISTED_MAX: usize = 20;
/// Characters of a reason.
const REASON_MAX_CHARS: usize = 60;

/// One object: how the run ended, the counts, and the letters.
pub(super) fn json(report: &RunReport, redrive: &RedriveReport) -> serde_json::Result<String> {
    let mut object = serde_json::to_value(redrive)?;
    let outcome = serde_json::to_value(&report.outcome)?;
    if let Some(object) = object.as_object_mut() {
        object.insert("run_id".to_owned(), report.run_id.as_str().into());
        object.insert("elapsed_s".to_owned(), report.snapshot.elapsed.as_secs_f64().into());
        object.extend(outcome.as_object().cloned().unwrap_or_default());
    }
    serde_json::to_string_pretty(&object)
}

/// The summary as text.
pub(super) fn text(report: &RunReport, redrive: &RedriveReport) -> String {
    let verb = match report.outcome {
        Outcome::Done => "Done",
        Outcome::Stopped => "Stopped",
        Outcome::Failed(_) => "Failed",
        Outcome::Refused(_) => "Refused",
    };
    let from = match &redrive.from {
        RedriveSource::Folder(folder) => folder.display().to_string(),
        RedriveSource::Topic { topic, .. } => format!("the topic {topic}"),
    };
    let found = counted(redrive.found, "dead letter", "dead letters");
    let mut lines = vec![format!("{verb} after {}: {found} in {}", span(report.snapshot.elapsed), printable(&from))];
    match redrive.dry_run {
        true => {
            let would = counted(redrive.selected - redrive.failed, "letter", "letters");
            lines.push(row("Would send", &format!("{would}; nothing was sent (--dry-run)")));
        }
        false => lines.push(row("Sent again", &counted(redrive.sent, "letter", "letters"))),
    }
    let left = [
        (redrive.already_sent, "sent again before; --again sends them once more"),
        (redrive.not_selected, "not selected by --where"),
        (redrive.over_max_redrives, "sent again --max-redrives times already"),
        (redrive.without_value, "without a value, since the batch could not be read or it had none: nothing to send"),
    ];
    let left = left.iter().filter(|(number, _)| *number > 0);
    lines.extend(left.map(|(number, words)| row("Left", &format!("{} {words}", count(*number)))));
    if redrive.failed > 0 {
        lines.push(row("Not sent", &format!("{}; each is reported above", count(redrive.failed))));
    }
    let listed: Vec<&RedrivenLetter> = redrive.letters.iter().filter(|letter| letter.problem.is_none()).collect();
    lines.extend(listed.iter().take(LISTED_MAX).map(|letter| format!("  {}", line(letter))));
    let more = (listed.len() as u64 + redrive.not_listed).saturating_sub(LISTED_MAX as u64);
    if more > 0 {
        lines.push(format!("  and {} more", count(more)));
    }
    lines.join("\n")
}

fn line(letter: &RedrivenLetter) -> String {
    let place = |topic: &Option<String>, partition: Option<i32>, offset: Option<i64>| {
        let mut place = topic.clone().unwrap_or_else(|| "an unknown topic".to_owned());
        if let Some(partition) = partition {
            place.push_str(&format!(" [{partition}]"));
        }
        if let Some(offset) = offset {
            place.push_str(&format!(" at offset {offset}"));
        }
        printable(&place).into_owned()
    };
    let from = place(&letter.topic, letter.partition, letter.offset);
    let to = place(&letter.to_topic, letter.to_partition, letter.to_offset);
    let reason = bounded(&printable(&letter.reason), REASON_MAX_CHARS + 1).into_owned();
    format!("{from} → {to} (redrive {}): {reason}", letter.redrive_count)
}

fn row(name: &str, words: &str) -> String {
    format!("  {name:<13} {words}")
}
