//! What the value of a record is, by its content.

use std::fmt;

use crate::model::content_kind::{ContentKind, UNKNOWN_TYPE};
use crate::model::image_info::{FileContent, ImageInfo};

/// What the value of a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// There is none: a tombstone.
    Missing,
    /// An image.
    Image(ImageInfo),
    /// Another file, of this media type.
    File(&'static str),
    /// A JSON object or array without an image.
    Json,
    /// UTF-8 text.
    Text,
    /// None of these.
    Binary,
    /// The client cannot read the record.
    Unreadable,
}

impl ValueKind {
    /// Of a value and of the file that was decoded from it, which may have a name.
    pub(super) fn of(value: Option<&[u8]>, file: Option<&[u8]>, file_name: &str) -> Self {
        let Some(value) = value else { return Self::Missing };
        let content = FileContent::read(file.unwrap_or(value));
        if let (Some(_), Some(info)) = (file, content.image()) {
            return Self::Image(info);
        }
        if file.is_none() && is_json(value) {
            return Self::Json;
        }
        match ContentKind::of(content, if file.is_some() { file_name } else { "" }) {
            ContentKind::File(media_type) if media_type != UNKNOWN_TYPE => Self::File(media_type),
            _ if is_text(value) => Self::Text,
            _ => Self::Binary,
        }
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no value"),
            Self::Image(info) => write!(f, "{} {} × {}", info.format.name(), info.width_px, info.height_px),
            Self::File(media_type) => f.write_str(media_type),
            Self::Json => f.write_str("JSON"),
            Self::Text => f.write_str("text"),
            Self::Binary => f.write_str("binary"),
            Self::Unreadable => f.write_str("unreadable"),
        }
    }
}

fn is_json(value: &[u8]) -> bool {
    let first = value.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'[')) && serde_json::from_slice::<serde::de::IgnoredAny>(value).is_ok()
}

fn is_text(value: &[u8]) -> bool {
    let is_odd = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    !value.iter().any(is_odd) && std::str::from_utf8(value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIF: &[u8] = b"GIF89a\x02\x00\x03\x00\x00\x00\x00;";

    #[test]
    fn values_are_recognised_by_their_content() {
        let shown = |value: &[u8], file: Option<&[u8]>| ValueKind::of(Some(value), file, "a.csv").to_string();
        assert_eq!(shown(GIF, Some(GIF)), "GIF 2 × 3");
        assert_eq!(shown(br#"{"image_file": "R0lG"}"#, Some(GIF)), "GIF 2 × 3");
        assert_eq!(shown(br#" {"temperature": 21.5}"#, None), "JSON");
        assert_eq!(shown(b"{not JSON}", None), "text");
        assert_eq!(shown("Grüße\n".as_bytes(), None), "text");
        assert_eq!(shown(b"a,b\n1,2\n", Some(b"a,b\n1,2\n")), "text/csv");
        assert_eq!(shown(&[0, 1, 2, 250], None), "binary");
        assert_eq!(shown(b"", None), "text");
        assert_eq!(ValueKind::of(None, None, "").to_string(), "no value");
    }
}
