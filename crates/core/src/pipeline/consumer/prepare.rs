//! Decodes a record and writes its image to the disk, under a temporary name.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use rdkafka::message::{BorrowedMessage, Message};
use sha2::{Digest, Sha256};

use super::Shared;
use super::delivery::{Delivery, Way};
use super::save::{Content, PreparedRecord, UndecodedRecord};
use super::saved_batch::RecordDetails;
use super::tracker::{Tag, Tracker};
use crate::kafka::record_fields::{RecordFields, append_millis};
use crate::model::objects;
use crate::pipeline::PipelineError;
use crate::pipeline::codec::{AnyFile, RecordHeaders, Undecodable, decode};
use crate::pipeline::sink::{DeadLetterCause, NameSource, Prepared, SinkError};
use crate::run::byte_budget::BytePermit;
use crate::run::outstanding::Origin;

pub(super) struct ReceivedRecord<'a> {
    pub(super) message: BorrowedMessage<'a>,
    pub(super) tag: Tag,
    /// Since the run began.
    pub(super) received_at: Duration,
    /// Since 1970-01-01 UTC, by the wall clock.
    pub(super) received_at_micros: i64,
    pub(super) permit: BytePermit,
}

pub(super) fn run(
    shared: &Shared,
    tracker: &Arc<Tracker>,
    received: &Receiver<ReceivedRecord<'_>>,
    prepared: &Sender<PreparedRecord>,
) -> Result<(), PipelineError> {
    let recorder = &shared.context.recorder;
    for ReceivedRecord { message, tag, received_at, received_at_micros, permit } in received {
        let taken_at = recorder.since_start();
        let headers = RecordHeaders::read(message.headers());
        // A dead letter that was sent again has the headers of its first time, and nobody awaits it.
        let is_own = headers.run_id == Some(shared.context.run_id.as_str()) && headers.redrive_count.is_none();
        let sent_at = headers.sent_monotonic_nanos.filter(|_| is_own).map(Duration::from_nanos);
        if let Some(sent_at) = sent_at {
            recorder.consumer.received_latency.record(received_at.saturating_sub(sent_at));
        }
        let mut decoded_at = None;
        let image = prepare(shared, &message, &headers, &mut decoded_at)?;
        let written_at = recorder.since_start();
        let content = match image {
            Ok(image) => described(image, &message, &headers, received_at_micros),
            Err(reason) => Content::Dead(UndecodedRecord {
                cause: DeadLetterCause::Undecodable,
                reason: reason.to_string(),
                value: message.payload().map(<[u8]>::to_vec),
                fields: RecordFields::of(&message),
                timestamp_millis: message.timestamp().to_millis(),
                listed_name: headers.file_name.filter(|_| headers.run_id.is_some()).map(str::to_owned),
                permit: Some(permit),
            }),
        };
        let origin = if is_own { Origin::Own } else { Origin::Foreign };
        let way = sent_at.map(|sent_at| Way {
            sent_at,
            append_millis: append_millis(message.timestamp()),
            received_at,
            taken_at,
            decoded_at: decoded_at.unwrap_or(written_at),
            written_at,
        });
        let listed_name = headers.file_name.filter(|_| is_own && shared.lists_settled()).map(str::to_owned);
        let delivery = Delivery { tag, tracker: Arc::clone(tracker), origin, way, listed_name };
        if prepared.send(PreparedRecord { delivery, content }).is_err() {
            // Saving has failed, which ends the run.
            return Ok(());
        }
    }
    Ok(())
}

/// The image with the rest of its record.
fn described(
    image: Prepared,
    message: &BorrowedMessage<'_>,
    headers: &RecordHeaders<'_>,
    received_at_micros: i64,
) -> Content {
    let objects = headers.objects.and_then(objects::from_json).unwrap_or_default();
    // Without the header, use the record's timestamp.
    let made_at_micros = message.timestamp().to_millis().map(|millis| millis.saturating_mul(1_000));
    let described_at = headers.sent_at_micros.or(made_at_micros);
    let image = image.described(&objects::to_json(&objects), described_at);
    let details = RecordDetails {
        file_name: image.file_name().map(Into::into),
        annotation: image.annotation().to_owned(),
        sha256: *image.sha256(),
        sent_at_micros: headers.sent_at_micros,
        received_at_micros,
        // An image whose hash differs is damaged, and not saved.
        bytes_as_sent: headers.content_sha256.map(|sent| sent == *image.sha256()),
        objects: objects.into(),
    };
    Content::Image(image, details)
}

/// Sets `decoded_at` when only writing is left.
fn prepare(
    shared: &Shared,
    message: &BorrowedMessage<'_>,
    headers: &RecordHeaders<'_>,
    decoded_at: &mut Option<Duration>,
) -> Result<Result<Prepared, Undecodable>, SinkError> {
    let any_file = if shared.settings.any_file { AnyFile::Accepted } else { AnyFile::Refused };
    let decoded = match decode(message.payload(), headers, shared.settings.record_limit_bytes, any_file) {
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
    let content = decoded.announced_kind(name, headers.content_type);
    *decoded_at = Some(shared.context.recorder.since_start());
    shared.store.prepare(name, source, content, &decoded.image, &sha256, &decoded.annotation).map(Ok)
}
