//! One record as it is shown.

use std::borrow::Cow;
use std::sync::Arc;

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers, Message};
use sha2::{Digest, Sha256};

use super::facts::BARE_IMAGE;
use super::{BrowsedImage, BrowsedRecord, FieldPreview, HEADERS_MAX};
use crate::kafka::readable_headers::readable_headers;
use crate::model::image_info::ImageInfo;
use crate::pipeline::codec::{AnyFile, Decoded, RecordHeaders, Undecodable, decode};

/// The header with an image's objects, as JSON text.
const OBJECTS: &str = "objects";

/// Decodes `message`. Values of up to `decoded_bytes_max` are decoded; of a value without an image at most
/// `raw_limit_bytes` are kept.
pub(super) fn browsed(
    message: &BorrowedMessage<'_>,
    decoded_bytes_max: usize,
    raw_limit_bytes: usize,
) -> BrowsedRecord {
    let headers = RecordHeaders::read(message.headers());
    let value = message.payload();
    let (encoding, content) = content(value, &headers, decoded_bytes_max);
    let content = content.map(|(bytes, annotation)| BrowsedImage {
        bytes_as_sent: headers.content_sha256.map(|sent| sent == <[u8; 32]>::from(Sha256::digest(&bytes))),
        bytes: bytes.into(),
        annotation: annotation.into_owned(),
        objects_json: objects(message),
    });
    BrowsedRecord {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_millis: message.timestamp().to_millis(),
        value_bytes: value.map_or(0, |value| value.len() as u64),
        file_name: headers.file_name.map(str::to_owned),
        sent_at_micros: headers.sent_at_micros,
        key: message.key().map(field),
        headers: kept_headers(message.headers()),
        more_headers: message.headers().map_or(0, |headers| headers.count().saturating_sub(HEADERS_MAX)),
        encoding,
        raw: match &content {
            Ok(_) => None,
            Err(_) => value.map(|value| Arc::from(&value[..value.len().min(raw_limit_bytes)])),
        },
        content,
    }
}

fn kept_headers(headers: Option<&BorrowedHeaders>) -> Vec<(String, Option<FieldPreview>)> {
    let kept = readable_headers(headers).take(HEADERS_MAX);
    kept.map(|header| (field(header.key.as_bytes()).text, header.value.map(field))).collect()
}

/// A displayable preview of a key or a header, which may have any content.
fn field(value: &[u8]) -> FieldPreview {
    const TEXT_BYTES: usize = 200;
    const HEX_BYTES: usize = 24;
    let (mut text, kept) = match std::str::from_utf8(value) {
        Ok(text) => {
            let kept = &text[..text.floor_char_boundary(TEXT_BYTES)];
            let one_line = |letter: char| if letter.is_control() { '·' } else { letter };
            (kept.chars().map(one_line).collect::<String>(), TEXT_BYTES)
        }
        Err(_) => {
            let kept = &value[..value.len().min(HEX_BYTES)];
            (format!("0x{}", hex::encode(kept)), HEX_BYTES)
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
        let shown = |value: &[u8]| field(value).text;
        assert_eq!(shown(b"image-7\n\x1b[2J"), "image-7··[2J");
        assert_eq!(shown(&[0xff, 0x00, 0x10]), "0xff0010");
        assert_eq!(shown(b""), "");
        let long = "ü".repeat(10_000);
        assert_eq!(field(long.as_bytes()), FieldPreview { text: "ü".repeat(100) + "…", bytes: 20_000 });
        assert_eq!(shown(&[0xff; 100]), format!("0x{}…", "ff".repeat(24)));
    }
}
