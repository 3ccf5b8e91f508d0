//! Records as they are sent: the value in one of several encodings, the other facts in the headers.
//!
//! An encoding is one file here. To add one, add it to [`Encoding`], and its file to [`codec`] and [`decode`].

pub mod headers;
mod json;
mod raw;

use std::borrow::Cow;
use std::fmt;

use crate::configuration::Encoding;
use crate::model::content_kind::ContentKind;
use crate::model::image_info::{FileContent, NotAnImage};

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
    /// What it is, by its header; an image unless files of any kind are accepted.
    pub content: FileContent,
}

impl Decoded<'_> {
    /// What is carried, under the name `name`, where the sender may have announced a type.
    pub(crate) fn announced_kind(&self, name: &str, content_type: Option<&str>) -> ContentKind {
        ContentKind::announced(self.content, name, content_type)
    }
}

/// Which records of files that are not images are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnyFile {
    /// None.
    #[default]
    Refused,
    /// Those whose sender has announced their type and their hash, which is right.
    Announced,
    /// All that have a label.
    Accepted,
}

impl AnyFile {
    /// Whether these bytes of a file are accepted.
    fn takes(self, file: &[u8], headers: &RecordHeaders<'_>) -> bool {
        match self {
            Self::Refused => false,
            Self::Announced => headers.content_type.is_some() && headers.has_hash_of(file),
            Self::Accepted => true,
        }
    }
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
    #[error("not an image: {}", NotAnImageText(*.size_bytes, *.content))]
    NotAnImage {
        /// The number of bytes.
        size_bytes: usize,
        /// What they are instead.
        content: NotAnImage,
    },
    /// An image without a label: the header `annotation` is missing or not UTF-8.
    #[error("no label: a raw image needs the header \"annotation\"")]
    NoLabel,
    /// The bytes differ from those that were sent.
    #[error("damaged: the content differs from the header \"content-sha256\"")]
    HashMismatch,
}

/// The bytes of a record that are not an image.
struct NotAnImageText(usize, NotAnImage);

impl fmt::Display for NotAnImageText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(size_bytes, content) = self;
        match content {
            NotAnImage::Unknown => write!(f, "{size_bytes} bytes of no known image format"),
            known => write!(f, "{known}, {size_bytes} bytes; --any-file saves it"),
        }
    }
}

/// Decodes a record's value of at most `size_limit_bytes`.
///
/// The encoding is recognised by content: an image's own bytes are [`Encoding::Raw`], and so are those of a file that is
/// accepted and has its hash in a header; anything else must be JSON.
pub fn decode<'a>(
    value: Option<&'a [u8]>,
    headers: &RecordHeaders<'a>,
    size_limit_bytes: usize,
    any_file: AnyFile,
) -> Result<Decoded<'a>, Undecodable> {
    let value = value.ok_or(Undecodable::Tombstone)?;
    let is_empty_file = || headers.annotation.is_some() && any_file.takes(value, headers);
    if value.is_empty() && !is_empty_file() {
        return Err(Undecodable::Empty);
    }
    if value.len() > size_limit_bytes {
        return Err(Undecodable::TooLarge { size_bytes: value.len(), limit_bytes: size_limit_bytes });
    }
    raw::decode(value, headers, any_file).unwrap_or_else(|| json::decode(value, headers, any_file))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn gif() -> Vec<u8> {
        b"GIF89a\x02\x00\x03\x00\x00\x00\x00;".to_vec()
    }

    #[test]
    fn both_encodings_come_back() {
        let image = gif();
        let value = Encoding::Json.encode(&image, "a label").into_owned();
        let decoded = decode(Some(&value), &RecordHeaders::default(), 1000, AnyFile::Refused).unwrap();
        assert_eq!(decoded.encoding, Encoding::Json);
        let height_px = decoded.content.image().unwrap().height_px;
        assert_eq!((&*decoded.image, &*decoded.annotation, height_px), (&image[..], "a label", 3));

        let value = Encoding::Raw.encode(&image, "a label");
        assert!(matches!(value, Cow::Borrowed(_)), "copied");
        let headers = RecordHeaders { annotation: Some("a label"), ..RecordHeaders::default() };
        let decoded = decode(Some(&value), &headers, 1000, AnyFile::Refused).unwrap();
        assert_eq!((&*decoded.image, &*decoded.annotation), (&image[..], "a label"));
    }

    #[test]
    fn any_file_is_carried_as_it_is() {
        let message = Encoding::Json.encode(gif(), "x").into_owned();
        // Also what looks like a message of this program, or is nothing at all.
        let files: [&[u8]; 5] = [b"words", b"", b"\xff\xfe{}", b" {\"a\": 1}", &message];
        for file in files {
            let headers = RecordHeaders {
                annotation: Some("a"),
                content_type: Some("text/plain"),
                content_sha256: Some(Sha256::digest(file).into()),
                ..RecordHeaders::default()
            };
            for encoding in Encoding::ALL {
                let value = encoding.encode(file, "a");
                for any_file in [AnyFile::Accepted, AnyFile::Announced] {
                    let decoded = decode(Some(&value), &headers, 1000, any_file).unwrap();
                    assert_eq!((decoded.encoding, &*decoded.image, &*decoded.annotation), (encoding, file, "a"));
                    assert_eq!(decoded.announced_kind("a", headers.content_type), ContentKind::File("text/plain"));
                }
                if file != message {
                    assert!(decode(Some(&value), &headers, 1000, AnyFile::Refused).is_err(), "{}", file.escape_ascii());
                }
                let foreign = RecordHeaders { annotation: Some("a"), ..RecordHeaders::default() };
                assert!(decode(Some(&value), &foreign, 1000, AnyFile::Announced).is_err() || file == message);
            }
        }
        // Of a foreign producer, as the Python scripts write it, and raw.
        let value = Encoding::Json.encode(b"words".as_slice(), "a");
        let decoded = decode(Some(&value), &RecordHeaders::default(), 1000, AnyFile::Accepted).unwrap();
        assert_eq!((&*decoded.image, &*decoded.annotation), (b"words".as_slice(), "a"));
        let foreign = RecordHeaders { annotation: Some("a"), ..RecordHeaders::default() };
        assert_eq!(&*decode(Some(b"words"), &foreign, 1000, AnyFile::Accepted).unwrap().image, b"words");
        assert!(decode(Some(b"words"), &RecordHeaders::default(), 1000, AnyFile::Accepted).is_err(), "no label");
    }

    #[test]
    fn each_bad_record_has_its_reason() {
        let reason =
            |value: Option<&[u8]>| decode(value, &RecordHeaders::default(), 100, AnyFile::Refused).unwrap_err();
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
            Undecodable::NotAnImage { size_bytes: 3, content: NotAnImage::Unknown }
        );
        let heic = Encoding::Json.encode(b"\0\0\0\x10ftypheic\0\0\0\0", "x").into_owned();
        assert_eq!(reason(Some(&heic)).to_string(), "not an image: a HEIC photo, 16 bytes; --any-file saves it");
        assert_eq!(reason(Some(&gif())), Undecodable::NoLabel);
        assert_eq!(reason(Some(&[b'{'; 101])), Undecodable::TooLarge { size_bytes: 101, limit_bytes: 100 });
    }
}
