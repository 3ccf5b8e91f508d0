//! The raw encoding: the value is the image file's bytes; the label is in the header `annotation`.

use std::borrow::Cow;

use super::{AnyFile, Codec, Decoded, RecordHeaders, Undecodable, json};
use crate::configuration::Encoding;
use crate::model::image_info::FileContent;

pub(super) struct Raw;

impl Codec for Raw {
    /// Copies nothing.
    fn encode<'a>(&self, image: Cow<'a, [u8]>, _annotation: &str) -> Cow<'a, [u8]> {
        image
    }

    fn encoded_len_max(&self, image_bytes: u64, _annotation_bytes: usize) -> u64 {
        image_bytes
    }

    fn has_label_in_header(&self) -> bool {
        true
    }

    /// The value is the image itself.
    fn memory_bytes(&self, _image_bytes: u64, value_bytes: u64) -> u64 {
        2 * value_bytes
    }
}

/// `None`: the value is not in this encoding.
pub(super) fn decode<'a>(
    value: &'a [u8],
    headers: &RecordHeaders<'a>,
    any_file: AnyFile,
) -> Option<Result<Decoded<'a>, Undecodable>> {
    let content = FileContent::read(value);
    let Some(annotation) = headers.annotation else {
        return content.image().map(|_| Err(Undecodable::NoLabel));
    };
    // A file can look like a message; its hash shows that it is the value.
    let is_file = || any_file.takes(value, headers) && (!json::looks_like_object(value) || headers.has_hash_of(value));
    match content {
        FileContent::Other(content) if !is_file() => {
            let size_bytes = value.len();
            (!json::looks_like_object(value)).then_some(Err(Undecodable::NotAnImage { size_bytes, content }))
        }
        content => {
            let (image, annotation) = (Cow::Borrowed(value), Cow::Borrowed(annotation));
            Some(Ok(Decoded { encoding: Encoding::Raw, image, annotation, content }))
        }
    }
}
