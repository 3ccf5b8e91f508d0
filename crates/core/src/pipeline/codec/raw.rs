//! The raw encoding: the value is the image file's bytes; the label is in the header `annotation`.

use std::borrow::Cow;

use super::{Codec, Decoded, RecordHeaders, Undecodable, json};
use crate::configuration::Encoding;
use crate::model::image_info::ImageInfo;

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
pub(super) fn decode<'a>(value: &'a [u8], headers: &RecordHeaders<'a>) -> Option<Result<Decoded<'a>, Undecodable>> {
    match (ImageInfo::read(value), headers.annotation) {
        (Some(info), Some(annotation)) => {
            let (image, annotation) = (Cow::Borrowed(value), Cow::Borrowed(annotation));
            Some(Ok(Decoded { encoding: Encoding::Raw, image, annotation, info }))
        }
        (Some(_), None) => Some(Err(Undecodable::NoLabel)),
        (None, Some(_)) if !json::looks_like_object(value) => {
            Some(Err(Undecodable::NotAnImage { size_bytes: value.len() }))
        }
        (None, _) => None,
    }
}
