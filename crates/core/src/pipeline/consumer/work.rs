//! Takes the image out of a record and writes it to the disk, under a temporary name.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use rdkafka::message::{BorrowedMessage, Message};
use sha2::{Digest, Sha256};

use super::Shared;
use super::records::Facts;
use super::save::{Content, Unsaved};
use super::tracker::{Tag, Tracker};
use crate::model::objects;
use crate::pipeline::PipelineError;
use crate::pipeline::codec::{RecordHeaders, Undecodable, decode};
use crate::pipeline::sink::{NameSource, Prepared, SinkError};
use crate::run::byte_budget::BytePermit;
use crate::run::outstanding::Origin;

/// A received record.
pub(super) struct Work<'a> {
    pub(super) message: BorrowedMessage<'a>,
    pub(super) tag: Tag,
    pub(super) received_at: Duration,
    /// By the wall clock, since 1970-01-01 UTC.
    pub(super) received_at_micros: i64,
    pub(super) permit: BytePermit,
}

pub(super) fn run(
    shared: &Shared,
    tracker: &Arc<Tracker>,
    work: &Receiver<Work<'_>>,
    unsaved: &Sender<Unsaved>,
) -> Result<(), PipelineError> {
    for Work { message, tag, received_at, received_at_micros, permit } in work {
        let headers = RecordHeaders::read(message.headers());
        let is_own = headers.run_id == Some(shared.context.run_id.as_str());
        let sent_at = headers.sent_monotonic_nanos.filter(|_| is_own).map(Duration::from_nanos);
        if let Some(sent_at) = sent_at {
            shared.context.recorder.consumer.received_latency.record(received_at.saturating_sub(sent_at));
        }
        let (fate, permit) = match prepare(shared, &message, &headers)? {
            // The image is on the disk: its memory is free.
            Ok(image) => {
                let objects = headers.objects.and_then(objects::from_json).unwrap_or_default();
                // Producers that send no time of their own have Kafka's.
                let made_at_micros = message.timestamp().to_millis().map(|millis| millis.saturating_mul(1_000));
                let described_at = headers.sent_at_micros.or(made_at_micros);
                let image = image.described(&objects::to_json(&objects), described_at);
                let facts = Facts {
                    annotation: image.annotation().to_owned(),
                    sha256: *image.sha256(),
                    sent_at_micros: headers.sent_at_micros,
                    received_at_micros,
                    // Another hash than the one that was sent is damage, and saved nowhere.
                    bytes_as_sent: headers.content_sha256.map(|sent| sent == *image.sha256()),
                    objects: objects.into(),
                };
                (Content::Image(image, facts), None)
            }
            Err(reason) => {
                let value = message.payload().map(<[u8]>::to_vec);
                let listed_name = headers.file_name.filter(|_| headers.run_id.is_some()).map(str::to_owned);
                (Content::Dead { reason: reason.to_string(), value, listed_name }, Some(permit))
            }
        };
        let origin = if is_own { Origin::Own } else { Origin::Foreign };
        let done = Unsaved { fate, tag, tracker: Arc::clone(tracker), origin, sent_at, permit };
        if unsaved.send(done).is_err() {
            // Saving has failed, which ends the run.
            return Ok(());
        }
    }
    Ok(())
}

fn prepare(
    shared: &Shared,
    message: &BorrowedMessage<'_>,
    headers: &RecordHeaders<'_>,
) -> Result<Result<Prepared, Undecodable>, SinkError> {
    let decoded = match decode(message.payload(), headers, shared.settings.record_limit_bytes) {
        Ok(decoded) => decoded,
        Err(reason) => return Ok(Err(reason)),
    };
    let sha256: [u8; 32] = Sha256::digest(&decoded.image).into();
    if headers.content_sha256.is_some_and(|sent| sent != sha256) {
        return Ok(Err(Undecodable::HashMismatch));
    }
    let (name, source) = match headers.file_name {
        Some(file_name) => (file_name, NameSource::FileName),
        None => (&*decoded.annotation, NameSource::Annotation),
    };
    shared.store.prepare(name, source, decoded.info.format, &decoded.image, &sha256, &decoded.annotation).map(Ok)
}
