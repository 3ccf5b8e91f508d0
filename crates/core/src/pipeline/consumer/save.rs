//! Gives images their names and rows, a group at a time, and settles their records.

use std::borrow::Borrow;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::Shared;
use super::dead_letter_topic::DeadLetterTopic;
use super::delivery::Delivery;
use super::letter_order::LetterOrder;
use super::saved_batch::{RecordDetails, SavedBatch};
use crate::kafka::record_fields::RecordFields;
use crate::model::notice::Notice;
use crate::model::printable::bounded;
use crate::pipeline::PipelineError;
use crate::pipeline::sink::{Committer, DeadLetter, DeadLetterCause, DeadLetters, Description, Prepared};
use crate::run::byte_budget::BytePermit;
use crate::run::outstanding::{Fate, Settled};

/// Records that share their syncs.
const GROUP_MAX: usize = 256;
/// The most characters of a dead letter's reason.
const REASON_CHARS_MAX: usize = 300;
/// After this long without a record, uncommitted records of a killed run have been delivered again.
const QUIET: Duration = Duration::from_secs(10);

/// A record that waits for the saving thread.
pub(super) struct PreparedRecord {
    pub(super) delivery: Delivery,
    pub(super) content: Content,
}

pub(super) enum Content {
    /// The image is on the disk, without its name and row.
    Image(Prepared, RecordDetails),
    /// The record has no image.
    Dead(UndecodedRecord),
}

/// A record without an image.
pub(super) struct UndecodedRecord {
    pub(super) cause: DeadLetterCause,
    pub(super) reason: String,
    pub(super) value: Option<Vec<u8>>,
    pub(super) fields: RecordFields,
    /// Kafka's timestamp of it, milliseconds since 1970-01-01 UTC.
    pub(super) timestamp_millis: Option<i64>,
    /// The name under which its sender lists it, if it was sent by this program.
    pub(super) listed_name: Option<String>,
    /// The budget of the value's memory.
    pub(super) permit: Option<BytePermit>,
}

impl UndecodedRecord {
    /// A record of a batch that the client cannot read.
    pub(super) fn unreadable(reason: String) -> Self {
        Self {
            cause: DeadLetterCause::Unreadable,
            reason,
            value: None,
            fields: RecordFields::default(),
            timestamp_millis: None,
            listed_name: None,
            permit: None,
        }
    }
}

/// Where dead letters go.
pub(super) struct DeadLetterSinks {
    pub(super) folder: DeadLetters,
    pub(super) topic: Option<DeadLetterTopic>,
}

/// The record of an image that is being saved.
struct ImageRecord {
    delivery: Delivery,
    details: RecordDetails,
}

/// A record that becomes a dead letter.
struct DeadRecord {
    delivery: Delivery,
    letter: DeadLetter,
    _permit: Option<BytePermit>,
}

impl Borrow<DeadLetter> for DeadRecord {
    fn borrow(&self) -> &DeadLetter {
        &self.letter
    }
}

impl Borrow<Delivery> for DeadRecord {
    fn borrow(&self) -> &Delivery {
        &self.delivery
    }
}

/// Returns when the members have ended. After a failure letters may be left; they are received again.
pub(super) fn run(
    shared: &Shared,
    mut committer: Committer,
    mut batch: SavedBatch,
    mut dead_letters: DeadLetterSinks,
    prepared: &Receiver<PreparedRecord>,
) -> Result<(), PipelineError> {
    let mut order = LetterOrder::default();
    loop {
        let first = match prepared.recv_timeout(QUIET) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => {
                batch.add_missing_rows(&shared.context);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let (mut images, mut dead) = (Vec::new(), Vec::new());
        for record in std::iter::once(first).chain(prepared.try_iter().take(GROUP_MAX - 1)) {
            let PreparedRecord { delivery, content } = record;
            match content {
                Content::Image(image, details) => images.push((image, ImageRecord { delivery, details })),
                Content::Dead(undecoded) => dead.push(dead_record(shared, delivery, undecoded)),
            }
        }
        save_images(shared, &mut committer, &mut batch, images)?;
        order.add(dead);
        keep_dead(shared, &mut dead_letters, order.take_ready())?;
        if shared.context.outstanding.count() == 0 {
            // A run that has sent everything may be finished now.
            shared.context.stop.notify();
        }
    }
    batch.add_missing_rows(&shared.context);
    committer.close()?;
    dead_letters.folder.close()?;
    Ok(())
}

fn dead_record(shared: &Shared, delivery: Delivery, undecoded: UndecodedRecord) -> DeadRecord {
    let UndecodedRecord { cause, reason, value, fields, timestamp_millis, listed_name, permit } = undecoded;
    let letter = DeadLetter {
        time: jiff::Timestamp::now(),
        topic: shared.settings.topic.clone(),
        partition: delivery.tag.partition,
        offset: delivery.tag.offset,
        cause,
        // A reason may quote the record.
        reason: bounded(&reason, REASON_CHARS_MAX).into_owned(),
        value,
        fields,
        timestamp_millis,
        listed_name,
    };
    DeadRecord { delivery, letter, _permit: permit }
}

fn save_images(
    shared: &Shared,
    committer: &mut Committer,
    batch: &mut SavedBatch,
    images: Vec<(Prepared, ImageRecord)>,
) -> Result<(), PipelineError> {
    if images.is_empty() {
        return Ok(());
    }
    let counters = &shared.context.recorder.consumer;
    let saved = committer.commit(images)?;
    let now = shared.context.recorder.since_start();
    let mut durable = Vec::with_capacity(saved.len());
    for (saved, ImageRecord { delivery, details }) in saved {
        match saved.description {
            Description::Changed => counters.relabelled.add_one(),
            Description::Outdated => counters.older_labels.add_one(),
            Description::New | Description::Same | Description::Unrecorded => {}
        }
        let (size_bytes, is_new) = (saved.size_bytes, saved.newly_saved);
        batch.add(saved, details, delivery.tag, delivery.latency(now));
        durable.push((delivery, size_bytes, is_new));
    }
    // Before any offset is stored: after a kill either the row exists, or the record is delivered again and adds it.
    batch.pass_on(&shared.context);
    list_settled(shared, durable.iter().map(|(delivery, ..)| delivery))?;
    for (delivery, size_bytes, is_new) in durable {
        if delivery.settle(shared, now, Fate::Saved) != Settled::Again {
            counters.saved.add_one();
            counters.saved_bytes.add(size_bytes);
            if !is_new {
                counters.already_saved.add_one();
            }
        }
    }
    Ok(())
}

/// Lists images of this run as sent where that waits until their records are settled.
fn list_settled<'a>(shared: &Shared, deliveries: impl Iterator<Item = &'a Delivery>) -> Result<(), PipelineError> {
    let Some(names) = &shared.settings.sent_names else { return Ok(()) };
    names.settled(deliveries.filter_map(|delivery| delivery.listed_name.as_deref())).map_err(PipelineError::Ledger)
}

/// The offsets are settled only when the letters are in the folder and, if there is one, on the topic.
fn keep_dead(shared: &Shared, sinks: &mut DeadLetterSinks, dead: Vec<DeadRecord>) -> Result<(), PipelineError> {
    let kept = sinks.folder.append(dead)?;
    if let Some(topic) = &mut sinks.topic {
        topic.write(&kept.iter().map(|(record, _)| &record.letter).collect::<Vec<_>>())?;
    }
    list_settled(shared, kept.iter().map(|(record, _)| &record.delivery))?;
    for (record, file) in kept {
        let DeadRecord { delivery, letter, _permit } = record;
        let now = shared.context.recorder.since_start();
        if delivery.settle(shared, now, Fate::Dead) != Settled::Again {
            let DeadLetter { topic, partition, offset, reason, .. } = letter;
            shared.context.notify(Notice::DeadLetter { topic, partition, offset, reason, file });
        }
    }
    Ok(())
}
