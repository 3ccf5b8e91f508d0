//! Gives the images their names and rows, a group at a time, and tells that their records are finished.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::Shared;
use super::records::{Facts, Records};
use super::tracker::{Tag, Tracker};
use crate::model::notice::Notice;
use crate::model::printable::bounded;
use crate::pipeline::PipelineError;
use crate::pipeline::sink::{Committer, DeadLetter, DeadLetters, Description, Prepared};
use crate::run::byte_budget::BytePermit;
use crate::run::outstanding::{Fate, Origin, Settled};

/// Records that share their syncs.
const GROUP_MAX: usize = 256;
/// Characters of the reason of a dead letter.
const REASON_CHARS_MAX: usize = 300;
/// When nothing has come for so long, what a killed run did not commit has been delivered again.
const QUIET: Duration = Duration::from_secs(10);

/// A record whose image is on the disk, without its name and row yet; or one that has no image.
pub(super) struct Unsaved {
    pub(super) fate: Content,
    pub(super) tag: Tag,
    pub(super) tracker: Arc<Tracker>,
    pub(super) origin: Origin,
    pub(super) sent_at: Option<Duration>,
    pub(super) permit: Option<BytePermit>,
}

/// What a record holds.
pub(super) enum Content {
    Image(Prepared, Facts),
    Dead {
        reason: String,
        value: Option<Vec<u8>>,
        /// The name under which its sender lists it, where a run of this program sent it.
        listed_name: Option<String>,
    },
}

struct Finished {
    tag: Tag,
    tracker: Arc<Tracker>,
    origin: Origin,
    sent_at: Option<Duration>,
}

struct Dead {
    finished: Finished,
    reason: String,
    value: Option<Vec<u8>>,
    listed_name: Option<String>,
    _permit: Option<BytePermit>,
}

/// Ends when the members have ended.
pub(super) fn run(
    shared: &Shared,
    mut committer: Committer,
    mut records: Records,
    mut dead_letters: DeadLetters,
    unsaved: &Receiver<Unsaved>,
) -> Result<(), PipelineError> {
    loop {
        let first = match unsaved.recv_timeout(QUIET) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => {
                records.add_missing(&shared.context);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let (mut images, mut finished, mut dead) = (Vec::new(), Vec::new(), Vec::new());
        for record in std::iter::once(first).chain(unsaved.try_iter().take(GROUP_MAX - 1)) {
            let Unsaved { fate, tag, tracker, origin, sent_at, permit } = record;
            let record = Finished { tag, tracker, origin, sent_at };
            match fate {
                Content::Image(image, facts) => {
                    images.push(image);
                    finished.push((record, facts));
                }
                Content::Dead { reason, value, listed_name } => {
                    // Whoever finds a reason, it may quote the record.
                    let reason = bounded(&reason, REASON_CHARS_MAX).into_owned();
                    dead.push(Dead { finished: record, reason, value, listed_name, _permit: permit });
                }
            }
        }
        save_images(shared, &mut committer, &mut records, images, finished)?;
        keep_dead(shared, &mut dead_letters, dead)?;
    }
    records.add_missing(&shared.context);
    committer.close()?;
    dead_letters.close()?;
    Ok(())
}

fn save_images(
    shared: &Shared,
    committer: &mut Committer,
    records: &mut Records,
    images: Vec<Prepared>,
    finished: Vec<(Finished, Facts)>,
) -> Result<(), PipelineError> {
    if images.is_empty() {
        return Ok(());
    }
    let saved = committer.commit(images)?;
    let counters = &shared.context.recorder.consumer;
    let now = shared.context.recorder.since_start();
    let mut saved_records = Vec::with_capacity(saved.len());
    for (saved, (record, facts)) in saved.into_iter().zip(finished) {
        let (size_bytes, is_new) = (saved.size_bytes, saved.newly_saved);
        match saved.description {
            Description::Changed => counters.relabelled.add_one(),
            Description::Outdated => counters.older_labels.add_one(),
            Description::New | Description::Same | Description::Unrecorded => {}
        }
        records.add(saved, facts, record.tag, record.latency(now));
        saved_records.push((record, size_bytes, is_new));
    }
    // Before any offset is stored: after a kill either the row is there, or the record comes again and adds it.
    records.pass_on(&shared.context);
    for (record, size_bytes, is_new) in saved_records {
        if finish(shared, &record, now, Fate::Saved) != Settled::Again {
            counters.saved.add_one();
            counters.saved_bytes.add(size_bytes);
            if !is_new {
                counters.already_saved.add_one();
            }
        }
    }
    Ok(())
}

fn keep_dead(shared: &Shared, dead_letters: &mut DeadLetters, dead: Vec<Dead>) -> Result<(), PipelineError> {
    let (time, topic) = (jiff::Timestamp::now(), &*shared.settings.topic);
    let letters: Vec<_> = dead
        .iter()
        .map(|dead| DeadLetter {
            time,
            topic,
            partition: dead.finished.tag.partition,
            offset: dead.finished.tag.offset,
            reason: &dead.reason,
            value: dead.value.as_deref(),
            listed_name: dead.listed_name.as_deref(),
        })
        .collect();
    let files = dead_letters.append(&letters)?;
    for (dead, file) in dead.into_iter().zip(files) {
        let Dead { finished: record, reason, .. } = dead;
        let Tag { partition, offset, .. } = record.tag;
        let now = shared.context.recorder.since_start();
        if finish(shared, &record, now, Fate::Dead) != Settled::Again {
            shared.context.notify(Notice::DeadLetter { topic: topic.to_owned(), partition, offset, reason, file });
        }
    }
    Ok(())
}

impl Finished {
    /// From sending to `now`, of this run's own records.
    fn latency(&self, now: Duration) -> Option<Duration> {
        self.sent_at.map(|sent_at| now.saturating_sub(sent_at))
    }
}

/// A record was durable at `now`, since the run began: counts it, and lets its offset be stored.
fn finish(shared: &Shared, record: &Finished, now: Duration, fate: Fate) -> Settled {
    let recorder = &shared.context.recorder;
    recorder.consumer.span.extend(now);
    shared.note_activity();
    let Tag { partition, offset, expected, .. } = record.tag;
    let settled = shared.context.outstanding.finished((partition, offset), expected, record.origin, fate);
    if settled == Settled::Own {
        recorder.lag.finished(partition);
    }
    if let Some(latency) = record.latency(now).filter(|_| settled != Settled::Again) {
        recorder.consumer.saved_latency.record(latency);
    }
    record.tracker.finished(record.tag);
    settled
}
