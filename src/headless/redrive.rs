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
    [first_line(report, redrive)]
        .into_iter()
        .chain(counts(redrive))
        .chain(letters(redrive))
        .collect::<Vec<_>>()
        .join("\n")
}

fn first_line(report: &RunReport, redrive: &RedriveReport) -> String {
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
    format!("{verb} after {}: {found} in {}", span(report.snapshot.elapsed), printable(&from))
}

/// Letters that were sent, or would be.
fn sent(redrive: &RedriveReport) -> u64 {
    if redrive.dry_run { redrive.selected.saturating_sub(redrive.failed) } else { redrive.sent }
}

fn counts(redrive: &RedriveReport) -> Vec<String> {
    let letters = counted(sent(redrive), "letter", "letters");
    let mut lines = match redrive.dry_run {
        true => vec![row("Would send", &format!("{letters}; nothing was sent (--dry-run)"))],
        false => vec![row("Sent again", &letters)],
    };
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
    lines
}

/// The letters that were sent, or would be. Those with a problem are reported as they are found.
fn letters(redrive: &RedriveReport) -> Vec<String> {
    let listed = redrive.letters.iter().filter(|letter| letter.problem.is_none());
    let mut lines: Vec<String> = listed.take(LISTED_MAX).map(|letter| format!("  {}", line(letter))).collect();
    let more = sent(redrive).saturating_sub(lines.len() as u64);
    if more > 0 {
        lines.push(format!("  and {} more", count(more)));
    }
    lines
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

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(number: i64, problem: Option<&str>) -> RedrivenLetter {
        RedrivenLetter {
            topic: Some("images".to_owned()),
            partition: Some(0),
            offset: Some(number),
            name: None,
            reason: "not JSON".to_owned(),
            redrive_count: 1,
            to_topic: Some("images".to_owned()),
            to_partition: None,
            to_offset: None,
            problem: problem.map(str::to_owned),
        }
    }

    /// Of so many letters that were sent, and how many of these are listed. Of five others two are listed.
    fn report(sent: u64, listed: u64, dry_run: bool) -> RedriveReport {
        let mut letters: Vec<_> = (0..listed).map(|number| letter(number as i64, None)).collect();
        letters.extend([letter(90, Some("too large")), letter(91, Some("it has no value to send"))]);
        RedriveReport {
            from: RedriveSource::Topic { topic: "dlq".to_owned(), group: "g".to_owned() },
            to: None,
            dry_run,
            found: sent + 5,
            selected: sent + 3,
            sent: if dry_run { 0 } else { sent },
            failed: 3,
            already_sent: 0,
            not_selected: 0,
            over_max_redrives: 0,
            without_value: 2,
            letters,
            not_listed: sent - listed + 3,
        }
    }

    #[test]
    fn the_rest_is_counted_without_letters_that_were_not_sent() {
        for dry_run in [false, true] {
            let lines = |sent, listed| letters(&report(sent, listed, dry_run));
            assert_eq!(lines(20, 20).len(), 20);
            assert!(!lines(20, 20).pop().unwrap().contains("more"));
            for (sent, listed, more) in [(21, 21, 1), (30, 28, 10), (22, 15, 7)] {
                assert_eq!(lines(sent, listed).pop(), Some(format!("  and {more} more")), "{sent} {listed}");
            }
            assert_eq!(lines(0, 0), [""; 0]);
        }
    }
}
