//! The name under which an image is listed and sent.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::{Component, Path};

use percent_encoding::percent_decode;

/// The path of a file relative to the input folder, as one line of text: `/` between folders on every system.
///
/// Ordinary names, of any script, stay as they are, also such that look escaped (`Capture_d%C3%A9cran.jpg`). Bytes that a
/// line of UTF-8 cannot hold (control characters, line separators, invalid Unicode) become `%` and two hexadecimal digits,
/// and in a name that has them, or that looks like the escaped form of one, so does a `%` before two such digits: two different
/// paths never have the same name.
pub fn listed_name(relative: &Path) -> String {
    let mut name = String::new();
    for component in relative.components() {
        let Component::Normal(part) = component else { continue };
        if !name.is_empty() {
            name.push('/');
        }
        match plain(part.as_encoded_bytes()) {
            Some(part) => name.push_str(part),
            None => escape_into(part.as_encoded_bytes(), &mut name),
        }
    }
    name
}

/// The text of a name that needs no escapes and is the escaped form of no other, however often it is decoded.
fn plain(part: &[u8]) -> Option<&str> {
    let mut decoded = Cow::Borrowed(part);
    loop {
        let text = std::str::from_utf8(&decoded).ok()?;
        if text.chars().any(needs_escape) {
            return None;
        }
        let next = match Cow::from(percent_decode(&decoded)) {
            Cow::Borrowed(_) => break,
            Cow::Owned(next) => next,
        };
        decoded = Cow::Owned(next);
    }
    std::str::from_utf8(part).ok()
}

fn needs_escape(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

fn escape_into(part: &[u8], name: &mut String) {
    for chunk in part.utf8_chunks() {
        let valid = chunk.valid();
        for (index, character) in valid.char_indices() {
            if needs_escape(character) {
                push_escaped(character.encode_utf8(&mut [0; 4]).as_bytes(), name);
            } else if character == '%' && looks_escaped(&valid.as_bytes()[index..]) {
                push_escaped(b"%", name);
            } else {
                name.push(character);
            }
        }
        push_escaped(chunk.invalid(), name);
    }
}

fn looks_escaped(rest: &[u8]) -> bool {
    matches!(rest, [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

fn push_escaped(bytes: &[u8], name: &mut String) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(name, "%{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay() {
        for name in [
            "2024-09-10.png",
            "sub/日本.png",
            "50% off.png",
            "a b/ c.jpg",
            "100%.png",
            "Capture_d%C3%A9cran.jpg",
            "a%2520b%2Fc.png",
        ] {
            assert_eq!(listed_name(Path::new(name)), name);
        }
    }

    #[test]
    fn a_name_is_one_line_and_unique() {
        assert_eq!(listed_name(Path::new("a\nb.png")), "a%0Ab.png");
        assert_eq!(listed_name(Path::new("a%0Ab.png")), "a%250Ab.png");
        assert_eq!(listed_name(Path::new("a\u{2028}b")), "a%E2%80%A8b");
        // Each looks like the escaped form of the one before.
        assert_eq!(listed_name(Path::new("a%250Ab.png")), "a%25250Ab.png");
        assert_eq!(listed_name(Path::new("%41\nb")), "%2541%0Ab");
        assert_eq!(listed_name(Path::new("%FF")), "%25FF");
    }

    #[cfg(unix)]
    #[test]
    fn invalid_unicode_is_escaped() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"a\xff.png"));
        assert_eq!(listed_name(path), "a%FF.png");
    }
}
