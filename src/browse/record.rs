//! One record as a person sees it.

use std::borrow::Cow;
use std::sync::Arc;

use rdkafka::message::{BorrowedMessage, Headers, Message};
use sha2::{Digest, Sha256};

use super::{BrowsedImage, BrowsedRecord};
use crate::model::image_info::ImageInfo;
use crate::pipeline::codec::{Decoded, RecordHeaders, Undecodable, decode};
use crate::pipeline::consumer::RECORD_LIMIT_BYTES;

/// The header with what an image shows, as JSON text.
const OBJECTS: &str = "objects";

/// Takes `message` apart; of a value without an image at most `raw_limit_bytes` are kept.
pub(super) fn browsed(message: &BorrowedMessage<'_>, raw_limit_bytes: usize) -> BrowsedRecord {
    let headers = RecordHeaders::read(message.headers());
    let value = message.payload();
    let (encoding, content) = content(value, &headers);
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
        encoding,
        raw: match &content {
            Ok(_) => None,
            Err(_) => value.map(|value| Arc::from(&value[..value.len().min(raw_limit_bytes)])),
        },
        content,
    }
}

type Labelled<'a> = (Cow<'a, [u8]>, Cow<'a, str>);

fn content<'a>(
    value: Option<&'a [u8]>,
    headers: &RecordHeaders<'a>,
) -> (Option<&'static str>, Result<Labelled<'a>, String>) {
    match (decode(value, headers, RECORD_LIMIT_BYTES), value) {
        (Ok(Decoded { image, annotation, .. }), _) => {
            let encoding = if matches!(image, Cow::Borrowed(_)) { "raw" } else { "json" };
            (Some(encoding), Ok((image, annotation)))
        }
        // Any producer's image: a label is not asked for here.
        (Err(Undecodable::NoLabel), Some(value)) if ImageInfo::read(value).is_some() => {
            (Some("bare image"), Ok((Cow::Borrowed(value), Cow::Borrowed(""))))
        }
        (Err(reason), _) => (None, Err(reason.to_string())),
    }
}

fn objects(message: &BorrowedMessage<'_>) -> Option<String> {
    let headers = message.headers()?;
    let value = headers.iter().find(|header| header.key == OBJECTS)?.value?;
    std::str::from_utf8(value).ok().map(str::to_owned)
}

impl BrowsedRecord {
    /// Bytes that it keeps.
    pub(super) fn kept_bytes(&self) -> usize {
        let image = self.content.as_ref().map_or(0, |image| {
            image.bytes.len() + image.annotation.len() + image.objects_json.as_ref().map_or(0, String::len)
        });
        image + self.raw.as_ref().map_or(0, |raw| raw.len()) + self.file_name.as_ref().map_or(0, String::len)
    }
}
