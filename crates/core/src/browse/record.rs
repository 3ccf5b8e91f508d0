//! One record as it is shown.

use std::borrow::Cow;
use std::sync::Arc;

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers, Message};
use sha2::{Digest, Sha256};

use super::facts::BARE_IMAGE;
use super::value_kind::ValueKind;
use super::{BrowsedImage, BrowsedRecord, FieldPreview, HEADERS_MAX, KeptValues};
use crate::kafka::readable_headers::readable_headers;
use crate::model::image_info::ImageInfo;
use crate::pipeline::codec::{AnyFile, Decoded, RecordHeaders, Undecodable, decode};

/// The header with an image's objects, as JSON text.
const OBJECTS: &str = "objects";

/// How much of a key, or of a header's value, is kept.
#[derive(Clone, Copy)]
struct FieldLimits {
    text_bytes: usize,
    hex_bytes: usize,
}

const PREVIEW: FieldLimits = FieldLimits { text_bytes: 200, hex_bytes: 24 };
const WHOLE: FieldLimits = FieldLimits { text_bytes: 64 * 1024, hex_bytes: 8 * 1024 };

/// Decodes `message`. Values of up to `decoded_bytes_max` are decoded; of a value without an image at most
/// `raw_limit_bytes` are kept, if `values` are.
pub(super) fn browsed(
    message: &BorrowedMessage<'_>,
    decoded_bytes_max: usize,
    raw_limit_bytes: usize,
    values: KeptValues,
) -> BrowsedRecord {
    let headers = RecordHeaders::read(message.headers());
    let value = message.payload();
    let (encoding, content) = content(value, &headers, decoded_bytes_max);
    let image = content.as_ref().ok().map(|(bytes, _)| &**bytes);
    let kind = ValueKind::of(value, image, headers.file_name.unwrap_or_default());
    let raw: Option<Arc<[u8]>> = match (values, &content) {
        (KeptValues::Nothing, _) | (KeptValues::Images, Ok(_)) => None,
        (KeptValues::Whole, _) => value.map(Arc::from),
        (KeptValues::Images, Err(_)) => value.map(|value| Arc::from(&value[..value.len().min(raw_limit_bytes)])),
    };
    let content = content.map(|(bytes, annotation)| match values {
        KeptValues::Nothing => BrowsedImage {
            bytes: Arc::from([]),
            annotation: annotation.into_owned(),
            bytes_as_sent: None,
            objects_json: None,
        },
        KeptValues::Images | KeptValues::Whole => BrowsedImage {
            bytes_as_sent: headers.content_sha256.map(|sent| sent == <[u8; 32]>::from(Sha256::digest(&bytes))),
            bytes: shared_bytes(&bytes, value, raw.as_ref()),
            annotation: annotation.into_owned(),
            objects_json: objects(message),
        },
    });
    let limits = if values == KeptValues::Whole { WHOLE } else { PREVIEW };
    BrowsedRecord {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_millis: message.timestamp().to_millis(),
        value_bytes: value.map_or(0, |value| value.len() as u64),
        file_name: headers.file_name.map(str::to_owned),
        sent_at_micros: headers.sent_at_micros,
        key: message.key().map(|key| field(key, limits)),
        headers: kept_headers(message.headers(), limits),
        more_headers: message.headers().map_or(0, |headers| headers.count().saturating_sub(HEADERS_MAX)),
        encoding,
        kind,
        raw,
        content,
    }
}

/// The bytes of an image; those of the value that is kept, where they are the same.
fn shared_bytes(bytes: &[u8], value: Option<&[u8]>, raw: Option<&Arc<[u8]>>) -> Arc<[u8]> {
    match (value, raw) {
        (Some(value), Some(raw)) if std::ptr::eq(bytes, value) => Arc::clone(raw),
        _ => Arc::from(bytes),
    }
}

fn kept_headers(headers: Option<&BorrowedHeaders>, limits: FieldLimits) -> Vec<(String, Option<FieldPreview>)> {
    let kept = readable_headers(headers).take(HEADERS_MAX);
    let named = |name: &str| field(name.as_bytes(), PREVIEW).text;
    kept.map(|header| (named(header.key), header.value.map(|value| field(value, limits)))).collect()
}

/// A displayable preview of a key or a header, which may have any content.
fn field(value: &[u8], limits: FieldLimits) -> FieldPreview {
    let (mut text, kept) = match std::str::from_utf8(value) {
        Ok(text) => {
            let kept = &text[..text.floor_char_boundary(limits.text_bytes)];
            let one_line = |letter: char| if letter.is_control() { '·' } else { letter };
            (kept.chars().map(one_line).collect::<String>(), limits.text_bytes)
        }
        Err(_) => {
            let kept = &value[..value.len().min(limits.hex_bytes)];
            (format!("0x{}", hex::encode(kept)), limits.hex_bytes)
        }
    };
    if value.len() > kept {
        text.push('…');
    }
    FieldPreview { text, bytes: value.len() as u64 }
}

/// An entry for a record that the client cannot read.
pub(super) fn unreadable(partition: i32, offset: i64, reason: &str) -> BrowsedRecord {
    BrowsedRecord {
        partition,
        offset,
        timestamp_millis: None,
        value_bytes: 0,
        file_name: None,
        sent_at_micros: None,
        key: None,
        headers: Vec::new(),
        more_headers: 0,
        encoding: None,
        kind: ValueKind::Unreadable,
        content: Err(format!("cannot be read: {reason}")),
        raw: None,
    }
}

type Labelled<'a> = (Cow<'a, [u8]>, Cow<'a, str>);

fn content<'a>(
    value: Option<&'a [u8]>,
    headers: &RecordHeaders<'a>,
    decoded_bytes_max: usize,
) -> (Option<&'static str>, Result<Labelled<'a>, String>) {
    match (decode(value, headers, decoded_bytes_max, AnyFile::Announced), value) {
        (Ok(Decoded { encoding, image, annotation, .. }), _) => (Some(encoding.name()), Ok((image, annotation))),
        // Any producer's image: a label is not required here.
        (Err(Undecodable::NoLabel), Some(value)) if ImageInfo::read(value).is_some() => {
            (Some(BARE_IMAGE), Ok((Cow::Borrowed(value), Cow::Borrowed(""))))
        }
        (Err(reason), _) => (None, Err(reason.to_string())),
    }
}

fn objects(message: &BorrowedMessage<'_>) -> Option<String> {
    let value = readable_headers(message.headers()).find(|header| header.key == OBJECTS)?.value?;
    std::str::from_utf8(value).ok().map(str::to_owned)
}

impl BrowsedRecord {
    /// The number of bytes that it keeps.
    pub(super) fn kept_bytes(&self) -> usize {
        let image = self.content.as_ref().map_or(0, |image| {
            image.bytes.len() + image.annotation.len() + image.objects_json.as_ref().map_or(0, String::len)
        });
        let fields =
            self.headers.iter().map(|(name, value)| name.len() + value.as_ref().map_or(0, |one| one.text.len()));
        let fields = fields.sum::<usize>() + self.key.as_ref().map_or(0, |key| key.text.len());
        image + fields + self.raw.as_ref().map_or(0, |raw| raw.len()) + self.file_name.as_ref().map_or(0, String::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_headers_are_shown_as_one_bounded_line() {
        let shown = |value: &[u8]| field(value, PREVIEW).text;
        assert_eq!(shown(b"image-7\n\x1b[2J"), "image-7··[2J");
        assert_eq!(shown(&[0xff, 0x00, 0x10]), "0xff0010");
        assert_eq!(shown(b""), "");
        let long = "ü".repeat(10_000);
        assert_eq!(field(long.as_bytes(), PREVIEW), FieldPreview { text: "ü".repeat(100) + "…", bytes: 20_000 });
        assert_eq!(shown(&[0xff; 100]), format!("0x{}…", "ff".repeat(24)));
    }
}
