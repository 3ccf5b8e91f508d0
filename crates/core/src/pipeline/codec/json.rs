//! The JSON encoding, byte for byte as Python's `json.dumps` writes it with its defaults: `", "` and
//! `": "` as separators, everything outside ASCII escaped (<https://docs.python.org/3/library/json.html>).

use std::borrow::Cow;
use std::fmt;

use base64_simd::STANDARD;
use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::{AnyFile, Codec, Decoded, RecordHeaders, Undecodable};
use crate::configuration::Encoding;
use crate::model::image_info::FileContent;
use crate::model::printable::bounded;

const OPENING: &[u8] = br#"{"image_file": ""#;
const BETWEEN: &[u8] = br#"", "annotation": ""#;
const CLOSING: &[u8] = br#""}"#;

pub(super) struct Json;

impl Codec for Json {
    fn encode<'a>(&self, image: Cow<'a, [u8]>, annotation: &str) -> Cow<'a, [u8]> {
        Cow::Owned(encode(&image, annotation))
    }

    fn encoded_len_max(&self, image_bytes: u64, annotation_bytes: usize) -> u64 {
        encoded_len_max(image_bytes, annotation_bytes)
    }

    fn has_label_in_header(&self) -> bool {
        false
    }
}

/// The message for `image` labelled `annotation`, in one allocation.
fn encode(image: &[u8], annotation: &str) -> Vec<u8> {
    let len_max = encoded_len_max(image.len() as u64, annotation.len());
    let mut out = Vec::with_capacity(usize::try_from(len_max).unwrap_or(0));
    out.extend_from_slice(OPENING);
    STANDARD.encode_append(image, &mut out);
    out.extend_from_slice(BETWEEN);
    escape_ascii_into(annotation, &mut out);
    out.extend_from_slice(CLOSING);
    out
}

/// The length of a message in which every byte of the label is a six-byte escape.
fn encoded_len_max(image_bytes: u64, annotation_bytes: usize) -> u64 {
    let framing = OPENING.len() + BETWEEN.len() + CLOSING.len();
    image_bytes.div_ceil(3) * 4 + 6 * annotation_bytes as u64 + framing as u64
}

/// Appends `text` as the inside of a JSON string of ASCII characters only.
fn escape_ascii_into(text: &str, out: &mut Vec<u8>) {
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(br#"\""#),
            '\\' => out.extend_from_slice(br"\\"),
            '\n' => out.extend_from_slice(br"\n"),
            '\r' => out.extend_from_slice(br"\r"),
            '\t' => out.extend_from_slice(br"\t"),
            '\u{8}' => out.extend_from_slice(br"\b"),
            '\u{c}' => out.extend_from_slice(br"\f"),
            ' '..='~' => out.push(character as u8),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
        }
    }
}

/// Whether the first character of `value` is a brace.
pub(super) fn looks_like_object(value: &[u8]) -> bool {
    value.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

pub(super) fn decode<'a>(
    value: &'a [u8],
    headers: &RecordHeaders<'_>,
    any_file: AnyFile,
) -> Result<Decoded<'a>, Undecodable> {
    let (image, annotation) = fields(value)?;
    match FileContent::read(&image) {
        FileContent::Other(content) if !any_file.takes(&image, headers) => {
            Err(Undecodable::NotAnImage { size_bytes: image.len(), content })
        }
        content => Ok(Decoded { encoding: Encoding::Json, image: Cow::Owned(image), annotation, content }),
    }
}

/// The image's bytes and the label of a message, in any order and spacing, with any other fields.
fn fields(value: &[u8]) -> Result<(Vec<u8>, Cow<'_, str>), Undecodable> {
    let message: Message<'_> = serde_json::from_slice(value).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Undecodable::WrongType(without_value(&error.to_string())),
        _ => Undecodable::NotJson(bounded(&error.to_string(), REASON_CHARS_MAX).into_owned()),
    })?;
    let Text(image_file) = message.image_file.ok_or(Undecodable::MissingField("image_file"))?;
    let Label(annotation) = message.annotation.ok_or(Undecodable::MissingField("annotation"))?;
    let image = STANDARD.decode_to_vec(image_file.as_bytes()).map_err(|_| Undecodable::BadBase64)?;
    Ok((image, annotation))
}

/// Characters of a reason.
const REASON_CHARS_MAX: usize = 200;

/// serde's message about a wrong type (`invalid type: string "…", expected text at line 1 column 9`) without the value,
/// which may be a whole image.
fn without_value(error: &str) -> String {
    let shortened = || {
        let (kind, value) = error.split_once(": ")?;
        let word = value.split([' ', '"', '`']).next()?;
        // The value may contain the same words, but serde's own are the last ones.
        let (_, expected) = value.rsplit_once(", expected ")?;
        Some(format!("{kind}: {word}, expected {}", expected.replace("struct Message", "an object")))
    };
    let text = shortened().unwrap_or_else(|| error.to_owned());
    bounded(&text, REASON_CHARS_MAX).into_owned()
}

#[derive(serde::Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    image_file: Option<Text<'a>>,
    #[serde(borrow)]
    annotation: Option<Label<'a>>,
}

/// Text, borrowed from the record unless it has escapes.
struct Text<'a>(Cow<'a, str>);

/// A label: text, or a number or a truth value as text, since labels are often class numbers.
struct Label<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor { numbers: false }).map(Text)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Label<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor { numbers: true }).map(Label)
    }
}

struct TextVisitor {
    numbers: bool,
}

impl TextVisitor {
    fn number<'a, E: de::Error>(&self, number: &dyn fmt::Display, kind: &str) -> Result<Cow<'a, str>, E> {
        if self.numbers {
            Ok(Cow::Owned(number.to_string()))
        } else {
            Err(E::custom(format_args!("{kind} where text is expected")))
        }
    }
}

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        self.number(&number, "a number")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        self.number(&number, "a number")
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        self.number(&number, "a number")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        self.number(&value, "a truth value")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn written_as_python_writes_it() {
        let written = encode(b"\x00\xff\x10", "Grüße \"\\\n\u{7f}\u{1}/ 日🙂");
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "{\"image_file\": \"AP8Q\", \"annotation\": \
             \"Gr\\u00fc\\u00dfe \\\"\\\\\\n\\u007f\\u0001/ \\u65e5\\ud83d\\ude42\"}"
        );
    }

    #[test]
    fn a_class_number_is_a_label() {
        let (_, label) = fields(br#" {"extra": [1], "annotation": 7, "image_file": ""}"#).unwrap();
        assert_eq!(label, "7");
    }

    #[test]
    fn a_reason_is_short_and_holds_no_value() {
        let long = "a, expected x \"quoted\" ".repeat(5_000);
        let values = [
            serde_json::json!(long),
            serde_json::json!({"image_file": {"a": long}, "annotation": "a"}),
            serde_json::json!({"image_file": [long], "annotation": "a"}),
            serde_json::json!({"image_file": "", "annotation": [long]}),
            serde_json::json!([long]),
            serde_json::json!(12345678.5),
        ];
        for value in values {
            let reason = fields(value.to_string().as_bytes()).unwrap_err().to_string();
            assert!(reason.chars().count() < 300 && !reason.contains("quoted"), "{reason}");
            assert!(reason.contains("expected"), "{reason}");
        }
        let reason = fields(br#"{"image_file": 3, "annotation": "a"}"#).unwrap_err().to_string();
        assert!(reason.starts_with("a field of the wrong type: "), "{reason}");
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(image in prop::collection::vec(any::<u8>(), 0..500), label in ".*") {
            let value = encode(&image, &label);
            prop_assert!(value.is_ascii());
            prop_assert!(value.len() as u64 <= encoded_len_max(image.len() as u64, label.len()));
            let (decoded_image, decoded_label) = fields(&value).unwrap();
            prop_assert_eq!(decoded_image, image);
            prop_assert_eq!(decoded_label, label);
        }

        #[test]
        fn no_value_panics(value in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = fields(&value);
        }
    }
}
