//! Records as they travel: the value in one of two encodings, and the facts in the headers.

pub mod headers;
pub mod json;

use std::borrow::Cow;

use crate::configuration::Encoding;
use crate::model::image_info::ImageInfo;

pub use headers::{RecordHeaders, SentHeaders};

impl Encoding {
    /// The value of a record that carries `image` labelled `annotation`.
    ///
    /// [`Encoding::Raw`] borrows the image: nothing is copied.
    pub fn encode<'a>(self, image: &'a [u8], annotation: &str) -> Cow<'a, [u8]> {
        match self {
            Self::Json => Cow::Owned(json::encode(image, annotation)),
            Self::Raw => Cow::Borrowed(image),
        }
    }

    /// Bytes of the value that [`Encoding::encode`] makes of an image of `image_bytes` bytes, or a few
    /// more: a label's escapes are counted at their longest.
    pub fn encoded_len_max(self, image_bytes: u64, annotation_bytes: usize) -> u64 {
        match self {
            Self::Json => json::encoded_len_max(image_bytes, annotation_bytes),
            Self::Raw => image_bytes,
        }
    }
}

/// An image taken out of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The image file's own bytes.
    pub image: Cow<'a, [u8]>,
    /// Its label.
    pub annotation: Cow<'a, str>,
    /// What the image's header says.
    pub info: ImageInfo,
}

/// Why a record holds no image that can be saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// A record without a value.
    #[error("tombstone: the record has no value")]
    Tombstone,
    /// A value of no bytes.
    #[error("empty value")]
    Empty,
    /// Larger than the consumer takes.
    #[error("too large: {size_bytes} bytes, the limit is {limit_bytes}")]
    TooLarge {
        /// Bytes of the value.
        size_bytes: usize,
        /// Bytes that the consumer takes.
        limit_bytes: usize,
    },
    /// Neither an image nor JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// A field of the message is missing or null.
    #[error("no field \"{0}\"")]
    MissingField(&'static str),
    /// The field is there, but is not text.
    #[error("a field of the wrong type: {0}")]
    WrongType(String),
    /// The field `image_file` is not standard base64.
    #[error("bad base64 in \"image_file\"")]
    BadBase64,
    /// The bytes are no image of a known format.
    #[error("not an image: {size_bytes} bytes of no known image format")]
    NotAnImage {
        /// Bytes looked at.
        size_bytes: usize,
    },
    /// An image without a label: the header `annotation` is missing or no UTF-8.
    #[error("no label: a raw image needs the header \"annotation\"")]
    NoLabel,
    /// The bytes are not those that were sent.
    #[error("damaged: the content differs from the header \"content-sha256\"")]
    HashMismatch,
}

/// Takes the image out of a record's value.
///
/// The encoding is recognised by content: an image's own bytes are [`Encoding::Raw`], anything else must
/// be JSON. `size_limit_bytes` bounds the value.
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
    let (image, annotation) = if let Some(info) = ImageInfo::read(value) {
        let annotation = headers.annotation.ok_or(Undecodable::NoLabel)?;
        return Ok(Decoded { image: Cow::Borrowed(value), annotation: Cow::Borrowed(annotation), info });
    } else if headers.annotation.is_some() && !json::looks_like_object(value) {
        return Err(Undecodable::NotAnImage { size_bytes: value.len() });
    } else {
        json::decode(value)?
    };
    let info = ImageInfo::read(&image).ok_or(Undecodable::NotAnImage { size_bytes: image.len() })?;
    Ok(Decoded { image: Cow::Owned(image), annotation, info })
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
        assert_eq!((&*decoded.image, &*decoded.annotation, decoded.info.height_px), (&image[..], "a label", 3));

        let value = Encoding::Raw.encode(&image, "a label");
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
