//! JSON with a line for each value, in the order and with the numbers that it has.

/// Longer strings are cut: base64 of an image would be all that is seen.
const STRING_BYTES: usize = 400;
/// So much is laid out.
const TEXT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Lays out a JSON object or array, and whether something of it was left out; `None` if it is not JSON.
pub(super) fn pretty(value: &[u8]) -> Option<(String, bool)> {
    let text = std::str::from_utf8(value).ok()?;
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let mut layout = Layout { out: String::with_capacity(text.len().min(TEXT_BYTES_MAX)), depth: 0, is_cut: false };
    layout.write(text);
    Some((layout.out, layout.is_cut))
}

struct Layout {
    out: String,
    depth: usize,
    is_cut: bool,
}

impl Layout {
    /// `text` is known to be JSON.
    fn write(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.out.len() > TEXT_BYTES_MAX {
                self.out.push_str("\n…");
                self.is_cut = true;
                return;
            }
            at += 1;
            match byte {
                b'"' => {
                    let end = end_of_string(bytes, at);
                    self.string(text.get(at..end).unwrap_or_default());
                    at = end + 1;
                }
                b'{' | b'[' => {
                    self.out.push(byte as char);
                    let rest = bytes.get(at..).unwrap_or_default();
                    let inner = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
                    if matches!(rest.get(inner), Some(b'}' | b']')) {
                        self.out.push(rest[inner] as char);
                        at += inner + 1;
                    } else {
                        self.depth += 1;
                        self.new_line();
                    }
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.new_line();
                    self.out.push(byte as char);
                }
                b',' => {
                    self.out.push(',');
                    self.new_line();
                }
                b':' => self.out.push_str(": "),
                byte if byte.is_ascii_whitespace() => {}
                byte => self.out.push(byte as char),
            }
        }
    }

    fn string(&mut self, content: &str) {
        self.out.push('"');
        if content.len() <= STRING_BYTES {
            self.out.push_str(content);
            self.out.push('"');
            return;
        }
        self.is_cut = true;
        self.out.push_str(&content[..content.floor_char_boundary(STRING_BYTES / 4)]);
        self.out.push_str(&format!("…\" ({} bytes)", crate::gui::format::exact(content.len() as u64)));
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', 2 * self.depth.min(40)));
    }
}

/// The place of the quotation mark that ends the string from `at`.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_numbers_stay_as_they_are() {
        let text = r#" {"z":1.50,"a":[1e400, {} ,[ ]],"quoted":"a \"b\": {c},","ü":null}"#;
        let expected = "{\n  \"z\": 1.50,\n  \"a\": [\n    1e400,\n    {},\n    []\n  ],\n  \"quoted\": \"a \\\"b\\\": {c},\",\n  \"ü\": null\n}";
        assert_eq!(pretty(text.as_bytes()), Some((expected.to_owned(), false)));
    }

    #[test]
    fn long_strings_are_cut_and_other_text_is_refused() {
        let base64 = "A".repeat(5_000);
        let (text, is_cut) = pretty(format!(r#"{{"image_file":"{base64}","annotation":"boat"}}"#).as_bytes()).unwrap();
        assert!(is_cut && text.contains("A…\" (5,000 bytes),\n  \"annotation\": \"boat\""), "{text}");
        for other in [&b"{not JSON}"[..], b"\"text\"", b"", b"12", &[0xff, b'{']] {
            assert_eq!(pretty(other), None);
        }
    }
}
