//! Gives the images their names and rows, a group at a time, and tells that their records are finished.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::Shared;
use super::records::{Facts, Records};
use super::tracker::{Tag, Tracker};
use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::pipeline::byte_budget::BytePermit;
use crate::pipeline::sink::{Committer, DeadLetter, DeadLetters, Description, Prepared};

/// Records that share their syncs.
const GROUP_MAX: usize = 256;

/// A record whose image is on the disk, without its name and row yet; or one that has no image.
pub(super) struct Unsaved {
    pub(super) fate: Fate,
    pub(super) tag: Tag,
    pub(super) tracker: Arc<Tracker>,
    pub(super) is_own: bool,
    pub(super) sent_at: Option<Duration>,
    pub(super) permit: Option<BytePermit>,
}

pub(super) enum Fate {
    Image(Prepared, Facts),
    Dead { reason: String, value: Option<Vec<u8>> },
}

struct Finished {
    tag: Tag,
    tracker: Arc<Tracker>,
    is_own: bool,
    sent_at: Option<Duration>,
}

struct Dead {
    finished: Finished,
    reason: String,
    value: Option<Vec<u8>>,
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
    while let Ok(first) = unsaved.recv() {
        let (mut images, mut finished, mut dead) = (Vec::new(), Vec::new(), Vec::new());
        for record in std::iter::once(first).chain(unsaved.try_iter().take(GROUP_MAX - 1)) {
            let Unsaved { fate, tag, tracker, is_own, sent_at, permit } = record;
            let record = Finished { tag, tracker, is_own, sent_at };
            match fate {
                Fate::Image(image, facts) => {
                    images.push(image);
                    finished.push((record, facts));
                }
                Fate::Dead { reason, value } => dead.push(Dead { finished: record, reason, value, _permit: permit }),
            }
        }
        save_images(shared, &mut committer, &mut records, images, finished)?;
        keep_dead(shared, &mut dead_letters, dead)?;
    }
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
    for (saved, (record, facts)) in saved.into_iter().zip(finished) {
        counters.saved.add_one();
        counters.saved_bytes.add(saved.size_bytes);
        if !saved.newly_saved {
            counters.already_saved.add_one();
        }
        match saved.description {
            Description::Changed => counters.relabelled.add_one(),
            Description::Outdated => counters.older_labels.add_one(),
            Description::New | Description::Same | Description::Unrecorded => {}
        }
        let latency = finish(shared, &record);
        records.add(saved, facts, record.tag, latency);
    }
    // After all of the batch is finished, so that no offset and no latency waits for it.
    records.pass_on(&shared.context);
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
        })
        .collect();
    let files = dead_letters.append(&letters)?;
    for (dead, file) in dead.into_iter().zip(files) {
        let Dead { finished: record, reason, .. } = dead;
        shared.context.recorder.consumer.dead_letters.add_one();
        let Tag { partition, offset, .. } = record.tag;
        shared.context.notify(Notice::DeadLetter { topic: topic.to_owned(), partition, offset, reason, file });
        finish(shared, &record);
    }
    Ok(())
}

/// The result is the time from sending to now, of this run's own records.
fn finish(shared: &Shared, record: &Finished) -> Option<Duration> {
    let recorder = &shared.context.recorder;
    let now = recorder.since_start();
    recorder.consumer.span.extend(now);
    shared.note_activity();
    if record.is_own {
        // What comes again was not behind any more.
        if shared.outstanding.finished((record.tag.partition, record.tag.offset)) {
            recorder.lag.finished(record.tag.partition);
        }
    } else {
        recorder.consumer.foreign.add_one();
    }
    let latency = record.sent_at.map(|sent_at| now.saturating_sub(sent_at));
    if let Some(latency) = latency {
        recorder.consumer.saved_latency.record(latency);
    }
    record.tracker.finished(record.tag);
    latency
}
