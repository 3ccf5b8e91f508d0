//! The record headers, which hold what the value in the Python scripts' format does not.
//!
//! All are text, so that any Kafka tool shows them. None is required, except `annotation` for raw images.

use hex::FromHex;
use rdkafka::message::{Header, OwnedHeaders};
use sha2::{Digest, Sha256};

use crate::kafka::readable_headers::readable_headers;
use crate::model::frame::Frame;

/// The file's name relative to the input folder, with `/` between folders.
pub const FILE_NAME: &str = "file-name";
/// The file's media type, for example `image/png`.
pub const CONTENT_TYPE: &str = "content-type";
/// SHA-256 of the file's bytes, 64 hexadecimal digits.
pub const CONTENT_SHA256: &str = "content-sha256";
/// Wall-clock time of sending, microseconds since 1970-01-01 UTC.
pub const SENT_AT_MICROS: &str = "sent-at-micros";
/// Monotonic time of sending, nanoseconds since the run began; meaningful to that run only.
pub const SENT_MONOTONIC_NANOS: &str = "sent-monotonic-nanos";
/// The run that sent the record.
pub const RUN_ID: &str = "run-id";
/// The label of a raw image or file.
pub const ANNOTATION: &str = "annotation";
/// The objects on the image, if any: JSON as [`objects::to_json`](crate::model::objects::to_json) writes it.
pub const OBJECTS: &str = "objects";
/// The frame of the objects, if there are any: `{"width":…,"height":…,"orientation":…}` of the stored picture, with EXIF's
/// number of its orientation.
pub const OBJECTS_FRAME: &str = "objects-frame";
/// How often the record was sent again after it had become a dead letter: a decimal number. The other headers are then
/// still those of the first time.
pub const REDRIVE_COUNT: &str = "redrive-count";

/// The most bytes that [`OBJECTS`] takes in a record batch in addition to its value, with [`OBJECTS_FRAME`].
pub const OBJECTS_FRAMING_BYTES_MAX: u64 = 20 + 100;

/// The value of [`OBJECTS_FRAME`].
pub fn frame_json(frame: Frame) -> String {
    let [width, height] = frame.stored_px;
    format!(r#"{{"width":{width},"height":{height},"orientation":{}}}"#, u16::from(frame.orientation))
}

/// The headers that the producer writes.
#[derive(Clone, Copy, Debug)]
pub struct SentHeaders<'a> {
    /// See [`FILE_NAME`].
    pub file_name: &'a str,
    /// See [`CONTENT_TYPE`].
    pub content_type: &'a str,
    /// See [`CONTENT_SHA256`].
    pub content_sha256: &'a [u8; 32],
    /// See [`SENT_AT_MICROS`].
    pub sent_at_micros: i64,
    /// See [`SENT_MONOTONIC_NANOS`].
    pub sent_monotonic_nanos: u64,
    /// See [`RUN_ID`].
    pub run_id: &'a str,
    /// See [`ANNOTATION`]; given for raw images.
    pub annotation: Option<&'a str>,
    /// See [`OBJECTS`].
    pub objects: Option<&'a str>,
    /// See [`OBJECTS_FRAME`].
    pub objects_frame: Option<&'a str>,
}

impl SentHeaders<'_> {
    /// The headers in the client's form.
    pub fn to_owned_headers(self) -> OwnedHeaders {
        fn text<'a>(key: &'a str, value: &'a str) -> Header<'a, &'a str> {
            Header { key, value: Some(value) }
        }
        let headers = OwnedHeaders::new_with_capacity(9)
            .insert(text(FILE_NAME, self.file_name))
            .insert(text(CONTENT_TYPE, self.content_type))
            .insert(text(CONTENT_SHA256, &hex::encode(self.content_sha256)))
            .insert(text(SENT_AT_MICROS, &self.sent_at_micros.to_string()))
            .insert(text(SENT_MONOTONIC_NANOS, &self.sent_monotonic_nanos.to_string()))
            .insert(text(RUN_ID, self.run_id));
        let headers = match self.annotation {
            Some(annotation) => headers.insert(text(ANNOTATION, annotation)),
            None => headers,
        };
        let headers = match self.objects {
            Some(objects) => headers.insert(text(OBJECTS, objects)),
            None => headers,
        };
        match self.objects_frame {
            Some(frame) => headers.insert(text(OBJECTS_FRAME, frame)),
            None => headers,
        }
    }

    /// The most bytes that the headers without [`OBJECTS`] take in a record batch.
    pub fn len_max(file_name: &str, annotation: Option<&str>) -> u64 {
        400 + file_name.len() as u64 + annotation.map_or(0, |annotation| annotation.len() as u64 + 20)
    }
}

/// The headers that a consumer reads; a missing or malformed one is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordHeaders<'a> {
    /// See [`FILE_NAME`].
    pub file_name: Option<&'a str>,
    /// See [`CONTENT_TYPE`].
    pub content_type: Option<&'a str>,
    /// See [`CONTENT_SHA256`].
    pub content_sha256: Option<[u8; 32]>,
    /// See [`SENT_AT_MICROS`].
    pub sent_at_micros: Option<i64>,
    /// See [`SENT_MONOTONIC_NANOS`].
    pub sent_monotonic_nanos: Option<u64>,
    /// See [`RUN_ID`].
    pub run_id: Option<&'a str>,
    /// See [`ANNOTATION`].
    pub annotation: Option<&'a str>,
    /// See [`OBJECTS`].
    pub objects: Option<&'a str>,
    /// See [`REDRIVE_COUNT`].
    pub redrive_count: Option<u32>,
}

impl<'a> RecordHeaders<'a> {
    /// Whether [`CONTENT_SHA256`] is that of `bytes`.
    pub(super) fn has_hash_of(&self, bytes: &[u8]) -> bool {
        self.content_sha256.is_some_and(|sent| sent == <[u8; 32]>::from(Sha256::digest(bytes)))
    }

    /// Reads the known headers.
    pub fn read(headers: Option<&'a rdkafka::message::BorrowedHeaders>) -> Self {
        let mut known = Self::default();
        for header in readable_headers(headers) {
            let Some(text) = header.value.and_then(|value| std::str::from_utf8(value).ok()) else { continue };
            match header.key {
                FILE_NAME => known.file_name = Some(text),
                CONTENT_TYPE => known.content_type = Some(text),
                CONTENT_SHA256 => known.content_sha256 = FromHex::from_hex(text).ok(),
                SENT_AT_MICROS => known.sent_at_micros = text.parse().ok(),
                SENT_MONOTONIC_NANOS => known.sent_monotonic_nanos = text.parse().ok(),
                RUN_ID => known.run_id = Some(text),
                ANNOTATION => known.annotation = Some(text),
                OBJECTS => known.objects = Some(text),
                REDRIVE_COUNT => known.redrive_count = text.trim().parse().ok(),
                _ => {}
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_read() {
        let sent = SentHeaders {
            file_name: "sub/日.png",
            content_type: "image/png",
            content_sha256: &[0xa5; 32],
            sent_at_micros: 1_700_000_000_000_001,
            sent_monotonic_nanos: 42,
            run_id: "r1",
            annotation: Some(""),
            objects: Some("[]"),
            objects_frame: Some("{}"),
        };
        let owned = sent.to_owned_headers();
        let read = RecordHeaders::read(Some(owned.as_borrowed()));
        assert_eq!((read.file_name, read.content_type), (Some("sub/日.png"), Some("image/png")));
        assert_eq!(read.content_sha256, Some([0xa5; 32]));
        assert_eq!((read.sent_at_micros, read.sent_monotonic_nanos), (Some(1_700_000_000_000_001), Some(42)));
        assert_eq!((read.run_id, read.annotation, read.objects), (Some("r1"), Some(""), Some("[]")));
    }

    #[test]
    fn malformed_headers_are_none() {
        let headers = OwnedHeaders::new()
            .insert(Header { key: CONTENT_SHA256, value: Some("xyz") })
            .insert(Header { key: SENT_AT_MICROS, value: Some("soon") })
            .insert(Header { key: FILE_NAME, value: Some(&b"\xff"[..]) });
        assert_eq!(RecordHeaders::read(Some(headers.as_borrowed())), RecordHeaders::default());
    }
}
