//! The parts of a JSON file, each read alone: what is damaged in one of them does not matter for the others, and each has
//! its line. Numbers as Python writes them (`NaN`, `Infinity`) count as missing.

use std::cell::Cell;
use std::ops::Range;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::files::without_byte_order_mark;
use super::pixels::box_of_sides;
use crate::model::objects::BBox;

/// A JSON file that is read part by part.
pub(super) struct JsonFile<'a> {
    bytes: &'a [u8],
    /// A place whose line is known.
    counted: Cell<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    at: usize,
    line: usize,
}

const BEGINNING: Place = Place { at: 0, line: 1 };

impl<'a> JsonFile<'a> {
    /// Of the bytes of a file, with or without a byte order mark.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: without_byte_order_mark(bytes), counted: Cell::new(BEGINNING) }
    }

    /// The members of the outermost object. The error says what is damaged, and where.
    pub(super) fn members(&self) -> Result<Vec<(String, Range<usize>)>, String> {
        self.members_of(&(0..self.bytes.len())).ok_or_else(|| self.damage())
    }

    /// The members of an object, in the order of the file. `None`: it is something else, or its form is damaged.
    pub(super) fn members_of(&self, part: &Range<usize>) -> Option<Vec<(String, Range<usize>)>> {
        let mut at = self.after(self.skip_blanks(part.start), b'{')?;
        let mut members = Vec::new();
        loop {
            at = self.skip_blanks(at);
            match self.bytes.get(at)? {
                b'}' => return Some(members),
                b',' => at += 1,
                b'"' => {
                    let end = self.end_of_string(at)?;
                    let key = serde_json::from_slice(self.bytes.get(at..end)?).ok()?;
                    let value = self.skip_blanks(self.after(self.skip_blanks(end), b':')?);
                    at = self.end_of_value(value)?;
                    members.push((key, value..at));
                }
                _ => return None,
            }
        }
    }

    /// The items of the outermost list, or the outermost object as the only one. The error says what is damaged, and where.
    pub(super) fn records(&self) -> Result<Vec<Range<usize>>, String> {
        let whole = 0..self.bytes.len();
        match self.items(whole.clone()) {
            Some(items) => Ok(items),
            None => self.members().map(|_| vec![whole]),
        }
    }

    /// The items of a list. `None`: it is something else, or its form is damaged.
    pub(super) fn items(&self, part: Range<usize>) -> Option<Vec<Range<usize>>> {
        let mut at = self.after(self.skip_blanks(part.start), b'[')?;
        let mut items = Vec::new();
        loop {
            at = self.skip_blanks(at);
            match self.bytes.get(at)? {
                b']' => return Some(items),
                b',' => at += 1,
                _ => {
                    let end = self.end_of_value(at)?;
                    items.push(at..end);
                    at = end;
                }
            }
        }
    }

    /// The first item of a list that is the whole file, though the rest may be damaged.
    pub(super) fn first_item(&self) -> Option<Range<usize>> {
        let start = self.skip_blanks(self.after(self.skip_blanks(0), b'[')?);
        Some(start..self.end_of_value(start)?)
    }

    /// Whether a part is an object.
    pub(super) fn is_object(&self, part: &Range<usize>) -> bool {
        self.bytes.get(part.start) == Some(&b'{')
    }

    /// The value of a part. The error says what is damaged.
    pub(super) fn value(&self, part: Range<usize>) -> Result<Value, String> {
        let bytes = self.bytes.get(part).unwrap_or_default();
        serde_json::from_slice(bytes)
            .or_else(|_| serde_json::from_slice(&without_nan(bytes)))
            .map_err(|error| format!("it is not JSON: {error}"))
    }

    /// The number of the line that a part begins in. Of parts in the order of the file, each is counted from the one before.
    pub(super) fn line(&self, part: &Range<usize>) -> usize {
        let from = Some(self.counted.get()).filter(|known| known.at <= part.start).unwrap_or(BEGINNING);
        let between = self.bytes.get(from.at..part.start).unwrap_or_default();
        let line = from.line + between.iter().filter(|&&byte| byte == b'\n').count();
        self.counted.set(Place { at: part.start, line });
        line
    }

    /// What is wrong with a file that is not an object.
    fn damage(&self) -> String {
        match serde_json::from_slice::<IgnoredAny>(&without_nan(self.bytes)) {
            // The error has the line and the column.
            Err(error) => error.to_string(),
            Ok(_) => "it is not an object at line 1".to_owned(),
        }
    }

    fn skip_blanks(&self, mut at: usize) -> usize {
        while self.bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    }

    fn after(&self, at: usize, wanted: u8) -> Option<usize> {
        (*self.bytes.get(at)? == wanted).then_some(at + 1)
    }

    /// The end of the string that begins at `at`.
    fn end_of_string(&self, mut at: usize) -> Option<usize> {
        loop {
            at += 1;
            match self.bytes.get(at)? {
                b'\\' => at += 1,
                b'"' => return Some(at + 1),
                _ => {}
            }
        }
    }

    /// The end of the value that begins at `at`, whatever is in it.
    fn end_of_value(&self, mut at: usize) -> Option<usize> {
        let (start, mut depth) = (at, 0_usize);
        loop {
            match self.bytes.get(at)? {
                b'"' => at = self.end_of_string(at)?,
                b'{' | b'[' => {
                    depth += 1;
                    at += 1;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    at += 1;
                }
                b'}' | b']' | b',' | b':' if depth == 0 => return (at > start).then_some(at),
                byte if depth == 0 && byte.is_ascii_whitespace() => return Some(at),
                _ => {
                    at += 1;
                    continue;
                }
            }
            if depth == 0 && matches!(self.bytes.get(at - 1), Some(b'"' | b'}' | b']')) {
                return Some(at);
            }
        }
    }
}

/// `NaN` and the like as `null`, outside of strings.
fn without_nan(bytes: &[u8]) -> Vec<u8> {
    let mut cleaned = Vec::with_capacity(bytes.len());
    let (mut at, mut is_string) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        let word =
            [&b"NaN"[..], b"-Infinity", b"Infinity", b"nan"].into_iter().find(|word| bytes[at..].starts_with(word));
        if let (false, Some(word)) = (is_string, word) {
            cleaned.extend_from_slice(b"null");
            at += word.len();
            continue;
        }
        if is_string && byte == b'\\' {
            cleaned.extend(&bytes[at..bytes.len().min(at + 2)]);
            at += 2;
            continue;
        }
        is_string ^= byte == b'"';
        cleaned.push(byte);
        at += 1;
    }
    cleaned
}

/// A finite number, also one that is written as text.
pub(super) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// The numbers of a list; `None`: it is something else, or an item is no number.
pub(super) fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(number).collect()
}

/// A box that is written as `[x, y, width, height]`.
pub(super) fn bbox(value: &Value) -> Option<BBox> {
    numbers(value)?.try_into().ok().and_then(box_of_sides)
}

/// A name, also one that is written as a number.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// An id: `1`, `1.0` and `"1"` are the same.
pub(super) fn id(value: &Value) -> Option<String> {
    match (value, number(value)) {
        (_, Some(number)) if number.fract() == 0.0 && number.abs() < 9e15 => Some(format!("{number:.0}")),
        (Value::Number(number), _) => Some(number.to_string()),
        (Value::String(text), _) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn parts_are_found_with_their_lines_and_read_leniently() {
        let text = "{\"a\": [1, \"]\\\"\", {\"b\": [2]}],\n \"x\":NaN, \"c\"\n: {\"d\" : -Infinity, \"NaN\": \"NaN\"}}";
        let file = JsonFile::new(text.as_bytes());
        let members = file.members().unwrap();
        assert_eq!(members.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["a", "x", "c"]);
        let items = file.items(members[0].1.clone()).unwrap();
        let values: Vec<_> = items.into_iter().map(|item| file.value(item).unwrap()).collect();
        assert_eq!(values, [json!(1), json!("]\""), json!({"b": [2]})]);
        assert_eq!(file.value(members[2].1.clone()).unwrap(), json!({"d": null, "NaN": "NaN"}));
        assert_eq!((file.line(&members[0].1), file.line(&members[2].1)), (1, 3));
        assert_eq!(file.line(&members[1].1), 2, "in any order");
        assert!(JsonFile::new(b"{\"a\": [1,\n 2").members().unwrap_err().contains("line 2"));
        assert_eq!(JsonFile::new(b"\xef\xbb\xbf{}").members(), Ok(Vec::new()));
        assert!(JsonFile::new(b"[1]").members().unwrap_err().contains("line 1"));
    }

    #[test]
    fn ids_are_the_same_however_they_are_written() {
        for value in [json!(7), json!(7.0), json!("7"), json!(" 7.0 ")] {
            assert_eq!(id(&value).as_deref(), Some("7"), "{value}");
        }
        assert_eq!(
            (id(&json!("a7")).as_deref(), id(&json!(null)), id(&json!(1.5)).as_deref()),
            (Some("a7"), None, Some("1.5"))
        );
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map(".{0,4}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_the_sum_of_its_parts(value in prop::collection::hash_map(".{0,6}", any_json(), 0..5), is_pretty: bool) {
            let value = Value::Object(value.into_iter().collect());
            let text = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let file = JsonFile::new(text.as_bytes());
            let members = file.members().unwrap();
            let read = members.into_iter().map(|(key, part)| (key, file.value(part).unwrap()));
            prop_assert_eq!(Value::Object(read.collect()), value);
        }

        #[test]
        fn damaged_text_never_panics(text in "[\\[\\]{},:\"a1 \\\\]{0,40}") {
            let file = JsonFile::new(text.as_bytes());
            let _ = file.members();
            let _ = file.items(0..text.len());
        }
    }
}
