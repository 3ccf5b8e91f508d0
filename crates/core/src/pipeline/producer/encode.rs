//! Reads an image, finds its label, and encodes the record's value.

use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, select};
use sha2::{Digest, Sha256};

use super::{Encoded, ObjectsHeaders, RECORD_OVERHEAD_BYTES, Shared, Work};
use crate::configuration::{Encoding, RecordKey};
use crate::model::content_kind::ContentKind;
use crate::model::image_info::FileContent;
use crate::model::objects::{self, Fitted, OBJECTS_JSON_BYTES_MAX};
use crate::pipeline::codec::headers::{OBJECTS_FRAMING_BYTES_MAX, SentHeaders, frame_json};
use crate::pipeline::source::{self, Candidate};

pub(super) fn run(shared: &Shared, work: &Receiver<Work>, encoded: &Sender<Encoded>) {
    while !shared.is_over() {
        let work = select! {
            recv(work) -> work => work,
            recv(shared.over.requested()) -> _ => return,
        };
        let Ok(work) = work else { return };
        let Some(record) = encode(shared, work) else { continue };
        select! {
            send(encoded, record) -> sent => if sent.is_err() { return },
            recv(shared.over.requested()) -> _ => return,
        }
    }
}

/// `None`: rejected, or the run is stopping.
fn encode(shared: &Shared, mut work: Work) -> Option<Encoded> {
    let settings = &shared.settings;
    let candidate = &work.candidate;
    let began = Instant::now();
    let annotation = match shared.labels.label_of(&candidate.path, &candidate.listed_name) {
        Ok(annotation) => annotation,
        Err(error) => {
            shared.reject(work, &error.to_string());
            return None;
        }
    };
    // Checked before the file is read, so that rejecting a large image needs no memory.
    let value_bytes = settings.encoding.encoded_len_max(candidate.size_bytes, annotation.len());
    let record_bytes = record_bytes_max((settings.encoding, settings.key), candidate, &annotation);
    if let Some(reason) = settings.record_limit.as_ref().and_then(|limit| limit.refusal(record_bytes)) {
        shared.reject(work, &reason);
        return None;
    }
    let room_bytes = settings.record_limit.as_ref().map(|limit| limit.bytes - record_bytes);
    let objects = match objects_of(shared, candidate, room_bytes, work.attempt > 1) {
        Ok(objects) => objects,
        Err(reason) => {
            shared.reject(work, &reason);
            return None;
        }
    };
    // The objects, and the client's copy of them.
    let objects_bytes = 2 * objects.as_ref().map_or(0, |objects| objects.json.len() as u64);
    let memory_bytes = settings.encoding.memory_bytes(candidate.size_bytes, value_bytes);
    let prepared = began.elapsed();
    let permit = shared.budget.acquire(memory_bytes + objects_bytes + RECORD_OVERHEAD_BYTES, &shared.stop)?;
    let began = Instant::now();
    let image = match std::fs::read(&candidate.path) {
        Ok(image) => image,
        Err(error) => {
            shared.reject(work, &format!("cannot be read: {error}"));
            return None;
        }
    };
    let read = began.elapsed();
    // The file may have changed since it was found.
    let content = FileContent::read(&image);
    if content.image().is_none() && !settings.selection.is_any_file() {
        shared.reject(work, "it was an image when it was found, but no longer is");
        return None;
    }
    work.candidate.content = ContentKind::of(content, &work.candidate.listed_name);
    let image_bytes = image.len() as u64;
    let content_sha256 = Sha256::digest(&image).into();
    let value = settings.encoding.encode(image, &annotation).into_owned();
    let times = [read, prepared + began.elapsed().saturating_sub(read)];
    Some(Encoded { work, annotation, image_bytes, content_sha256, objects, value, permit, times })
}

/// The headers with an image's objects, if it has any, in at most `room_bytes`: no image is rejected because of its
/// objects.
fn objects_of(
    shared: &Shared,
    candidate: &Candidate,
    room_bytes: Option<u64>,
    is_repeated: bool,
) -> Result<Option<ObjectsHeaders>, String> {
    let Candidate { path, listed_name, content, .. } = candidate;
    // Without a size in pixels nothing can be marked on a file.
    if !shared.labels.have_objects() || matches!(content, ContentKind::File(_)) {
        return Ok(None);
    }
    let frame = source::image_frame(path)
        .ok_or("its boxes need its width and height, which cannot be read from it".to_owned())?;
    let found = shared.labels.objects_of(path, listed_name, frame).map_err(|error| error.to_string())?;
    if !is_repeated {
        shared.labels.count(listed_name, &found, frame);
    }
    let objects = found.objects;
    if objects.is_empty() {
        return Ok(None);
    }
    let room_bytes = room_bytes.map_or(u64::MAX, |room_bytes| room_bytes.saturating_sub(OBJECTS_FRAMING_BYTES_MAX));
    let limit_bytes = usize::try_from(room_bytes).unwrap_or(usize::MAX).min(OBJECTS_JSON_BYTES_MAX);
    let Fitted { json, without_polygons, objects_left_out } = objects::fit(&objects, limit_bytes);
    if without_polygons || objects_left_out > 0 {
        let outlines = if without_polygons { "all outlines, masks, keypoints, attributes and " } else { "" };
        tracing::warn!(
            "{outlines}{objects_left_out} of {} boxes do not fit into {limit_bytes} bytes and are not sent: {listed_name}",
            objects.len()
        );
    }
    Ok((objects_left_out < objects.len()).then(|| ObjectsHeaders { json, frame_json: frame_json(frame) }))
}

/// Bytes of the record of an image, at most and without boxes, in a batch without others.
pub(crate) fn record_bytes_max((encoding, key): (Encoding, RecordKey), candidate: &Candidate, annotation: &str) -> u64 {
    let header_bytes = SentHeaders::len_max(&candidate.listed_name, Some(annotation));
    let key_bytes = key.of(&candidate.listed_name, annotation).map_or(0, str::len) as u64;
    let value_bytes = encoding.encoded_len_max(candidate.size_bytes, annotation.len());
    value_bytes + key_bytes + header_bytes + BATCH_OVERHEAD_BYTES
}

/// The header of a record batch and the lengths within a record, at most
/// (<https://kafka.apache.org/documentation/#recordbatch>).
const BATCH_OVERHEAD_BYTES: u64 = 61 + 100;
