//! Records as they are sent: the value in one of several encodings, the other facts in the headers.
//!
//! An encoding is one file here. To add one, add it to [`Encoding`], and its file to [`codec`] and [`decode`].

pub mod headers;
mod json;
mod raw;

use std::borrow::Cow;

use crate::configuration::Encoding;
use crate::model::image_info::ImageInfo;

pub use headers::RecordHeaders;
pub(crate) use headers::SentHeaders;

/// How an encoding turns an image into a record's value.
trait Codec {
    fn encode<'a>(&self, image: Cow<'a, [u8]>, annotation: &str) -> Cow<'a, [u8]>;

    fn encoded_len_max(&self, image_bytes: u64, annotation_bytes: usize) -> u64;

    fn has_label_in_header(&self) -> bool;

    /// By default: the file's bytes, the value, and the client's copy of it.
    fn memory_bytes(&self, image_bytes: u64, value_bytes: u64) -> u64 {
        image_bytes + 2 * value_bytes
    }
}

fn codec(encoding: Encoding) -> &'static dyn Codec {
    match encoding {
        Encoding::Json => &json::Json,
        Encoding::Raw => &raw::Raw,
    }
}

impl Encoding {
    /// The value of a record that carries `image` labelled `annotation`. An image that is the value is not copied.
    pub fn encode<'a>(self, image: impl Into<Cow<'a, [u8]>>, annotation: &str) -> Cow<'a, [u8]> {
        codec(self).encode(image.into(), annotation)
    }

    /// The length of the value that [`Encoding::encode`] returns for an image of `image_bytes` bytes, or slightly more.
    pub(crate) fn encoded_len_max(self, image_bytes: u64, annotation_bytes: usize) -> u64 {
        codec(self).encoded_len_max(image_bytes, annotation_bytes)
    }

    /// Whether the label is in the header `annotation`, not in the value.
    pub(crate) fn has_label_in_header(self) -> bool {
        codec(self).has_label_in_header()
    }

    /// The memory that an image takes from reading its file to the acknowledgement.
    pub(crate) fn memory_bytes(self, image_bytes: u64, value_bytes: u64) -> u64 {
        codec(self).memory_bytes(image_bytes, value_bytes)
    }
}

/// The image of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The encoding of the value.
    pub encoding: Encoding,
    /// The image file's own bytes.
    pub image: Cow<'a, [u8]>,
    /// Its label.
    pub annotation: Cow<'a, str>,
    /// Format and size, by the image's header.
    pub info: ImageInfo,
}

/// Why a record has no image that can be saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// A record without a value.
    #[error("tombstone: the record has no value")]
    Tombstone,
    /// An empty value.
    #[error("empty value")]
    Empty,
    /// Larger than the consumer accepts.
    #[error("too large: {size_bytes} bytes, the limit is {limit_bytes}")]
    TooLarge {
        /// Bytes of the value.
        size_bytes: usize,
        /// Bytes that the consumer accepts.
        limit_bytes: usize,
    },
    /// Neither an image nor JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// A field of the message is missing or null.
    #[error("no field \"{0}\"")]
    MissingField(&'static str),
    /// A field of the message is not text.
    #[error("a field of the wrong type: {0}")]
    WrongType(String),
    /// The field `image_file` is not standard base64.
    #[error("bad base64 in \"image_file\"")]
    BadBase64,
    /// The bytes are not an image of a known format.
    #[error("not an image: {size_bytes} bytes of no known image format")]
    NotAnImage {
        /// The number of bytes.
        size_bytes: usize,
    },
    /// An image without a label: the header `annotation` is missing or not UTF-8.
    #[error("no label: a raw image needs the header \"annotation\"")]
    NoLabel,
    /// The bytes differ from those that were sent.
    #[error("damaged: the content differs from the header \"content-sha256\"")]
    HashMismatch,
}

/// Decodes a record's value of at most `size_limit_bytes`.
///
/// The encoding is recognised by content: an image's own bytes are [`Encoding::Raw`], anything else must be JSON.
pub fn decode<'a>(
    value: Option<&'a [u8]>,
    headers: &RecordHeaders<'a>,
    size_limit_bytes: usize,
) -> Result<Decoded<'a>, Undecodable> {
    let value = value.ok_or(Undecodable::Tombstone)?;
    if value.is_empty() {
        return Err(Undecodable::Empty);
    }
    if value.len() > size_limit_bytes {
        return Err(Undecodable::TooLarge { size_bytes: value.len(), limit_bytes: size_limit_bytes });
    }
    raw::decode(value, headers).unwrap_or_else(|| json::decode(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gif() -> Vec<u8> {
        b"GIF89a\x02\x00\x03\x00\x00\x00\x00;".to_vec()
    }

    #[test]
    fn both_encodings_come_back() {
        let image = gif();
        let value = Encoding::Json.encode(&image, "a label").into_owned();
        let decoded = decode(Some(&value), &RecordHeaders::default(), 1000).unwrap();
        assert_eq!(decoded.encoding, Encoding::Json);
        assert_eq!((&*decoded.image, &*decoded.annotation, decoded.info.height_px), (&image[..], "a label", 3));

        let value = Encoding::Raw.encode(&image, "a label");
        assert!(matches!(value, Cow::Borrowed(_)), "copied");
        let headers = RecordHeaders { annotation: Some("a label"), ..RecordHeaders::default() };
        let decoded = decode(Some(&value), &headers, 1000).unwrap();
        assert_eq!((&*decoded.image, &*decoded.annotation), (&image[..], "a label"));
    }

    #[test]
    fn each_bad_record_has_its_reason() {
        let reason = |value: Option<&[u8]>| decode(value, &RecordHeaders::default(), 100).unwrap_err();
        assert_eq!(reason(None), Undecodable::Tombstone);
        assert_eq!(reason(Some(b"")), Undecodable::Empty);
        assert!(matches!(reason(Some(b"hello")), Undecodable::NotJson(_)));
        assert!(matches!(reason(Some(b"\xff\xfe{}")), Undecodable::NotJson(_)));
        assert_eq!(reason(Some(br#"{"annotation": "x"}"#)), Undecodable::MissingField("image_file"));
        assert_eq!(reason(Some(br#"{"image_file": "AAAA"}"#)), Undecodable::MissingField("annotation"));
        assert!(matches!(reason(Some(br#"{"image_file": 3, "annotation": "x"}"#)), Undecodable::WrongType(_)));
        assert_eq!(reason(Some(br#"{"image_file": "A!AA", "annotation": "x"}"#)), Undecodable::BadBase64);
        assert_eq!(
            reason(Some(br#"{"image_file": "AAAA", "annotation": "x"}"#)),
            Undecodable::NotAnImage { size_bytes: 3 }
        );
        assert_eq!(reason(Some(&gif())), Undecodable::NoLabel);
        assert_eq!(reason(Some(&[b'{'; 101])), Undecodable::TooLarge { size_bytes: 101, limit_bytes: 100 });
    }
}
