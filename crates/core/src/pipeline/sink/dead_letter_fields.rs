//! The file of a dead letter's key and headers, beside the one of its value.
//!
//! JSON, `{"key":{"text":"k"},"headers":[{"name":"n","text":"v"}]}`: bytes that are UTF-8 are under `text`, others under
//! `base64`; a header without a value has neither. A letter with neither key nor headers has no such file. A tombstone has
//! this file alone.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};

use crate::kafka::record_fields::{RecordFields, RecordHeader};

/// The extension of the file; the value's is `bin`.
pub(super) const EXTENSION: &str = "json";

#[derive(Deserialize, Serialize)]
struct FieldsJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<BytesJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<HeaderJson>,
}

#[derive(Deserialize, Serialize)]
struct HeaderJson {
    name: String,
    #[serde(flatten)]
    value: BytesJson,
}

#[derive(Default, Deserialize, Serialize)]
struct BytesJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl BytesJson {
    fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self { text: Some(text.to_owned()), base64: None },
            Err(_) => Self { text: None, base64: Some(BASE64_STANDARD.encode(bytes)) },
        }
    }

    fn into_bytes(self) -> Result<Option<Vec<u8>>, String> {
        match (self.text, self.base64) {
            (Some(text), _) => Ok(Some(text.into_bytes())),
            (None, Some(base64)) => BASE64_STANDARD.decode(base64).map(Some).map_err(|error| error.to_string()),
            (None, None) => Ok(None),
        }
    }
}

/// The name of the file for a value in `name`, or the other way round.
pub(super) fn name_beside(name: &str) -> String {
    if is_fields(name) {
        return format!("{}bin", name.strip_suffix(EXTENSION).unwrap_or(name));
    }
    let stem = name.strip_suffix(".bin").unwrap_or(name);
    format!("{stem}.{EXTENSION}")
}

/// Whether a file holds a key and headers, and not a value.
pub(super) fn is_fields(name: &str) -> bool {
    name.strip_suffix(EXTENSION).is_some_and(|stem| stem.ends_with('.'))
}

/// The content of the file; `None` if there is nothing to keep.
pub(super) fn to_json(fields: &RecordFields) -> Option<Vec<u8>> {
    if fields.is_empty() {
        return None;
    }
    let header = |header: &RecordHeader| HeaderJson {
        name: header.name.clone(),
        value: header.value.as_deref().map(BytesJson::of).unwrap_or_default(),
    };
    let json = FieldsJson {
        key: fields.key.as_deref().map(BytesJson::of),
        headers: fields.headers.iter().map(header).collect(),
    };
    // Text and lists of it always become JSON.
    serde_json::to_vec(&json).ok()
}

/// What [`to_json`] wrote.
///
/// # Errors
/// Why it is something else.
pub(super) fn from_json(json: &[u8]) -> Result<RecordFields, String> {
    let FieldsJson { key, headers } = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let header = |header: HeaderJson| Ok(RecordHeader { name: header.name, value: header.value.into_bytes()? });
    Ok(RecordFields {
        key: key.map(BytesJson::into_bytes).transpose()?.flatten(),
        headers: headers.into_iter().map(header).collect::<Result<_, String>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_and_headers_come_back() {
        let header =
            |name: &str, value: Option<&[u8]>| RecordHeader { name: name.to_owned(), value: value.map(<[u8]>::to_vec) };
        let headers =
            vec![header("a", Some(b"1")), header("", Some(b"\xff\0")), header("a", None), header("a", Some(b""))];
        for key in [None, Some(b"k".to_vec()), Some(vec![0xfe]), Some(Vec::new())] {
            let fields = RecordFields { key, headers: headers.clone() };
            assert_eq!(from_json(&to_json(&fields).unwrap()).unwrap(), fields);
        }
        let only_key = RecordFields { key: Some(b"k".to_vec()), headers: Vec::new() };
        assert_eq!(to_json(&only_key).unwrap(), b"{\"key\":{\"text\":\"k\"}}");
        assert_eq!(from_json(&to_json(&only_key).unwrap()).unwrap(), only_key);
        assert_eq!(to_json(&RecordFields::default()), None);
    }

    #[test]
    fn other_files_are_refused() {
        for other in [&b""[..], b"[]x", b"{\"headers\":[{\"text\":\"v\"}]}", b"{\"key\":{\"base64\":\"*\"}}"] {
            from_json(other).unwrap_err();
        }
    }

    #[test]
    fn the_name_follows_that_of_the_value() {
        assert_eq!(name_beside("t-0-7-1a2b3c4d.bin"), "t-0-7-1a2b3c4d.json");
        assert_eq!(name_beside("t-0-7.json"), "t-0-7.bin");
        assert!(is_fields("t-0-7.json") && !is_fields("t-0-7.bin") && !is_fields("json"));
    }
}
