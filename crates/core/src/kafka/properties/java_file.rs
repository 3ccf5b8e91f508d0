//! The format of `java.util.Properties.load`
//! (<https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html>).
//!
//! The crate `java-properties` rejects a letter that consists of two `\u` escapes, accepts `\u+123`, does not
//! distinguish `name` from `name=`, and depends on `regex` and `encoding_rs`.

use super::names;
use crate::model::client_settings::is_secret;

/// The format's separators; other white space is part of a word.
const BLANKS: [char; 3] = [' ', '\t', '\u{c}'];

/// One property of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The number of its first line, from 1.
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) value: String,
}

/// The file's text: UTF-8, or else ISO-8859-1, which is Java's own encoding.
pub(super) fn decode(bytes: Vec<u8>) -> String {
    let text =
        String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect());
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

/// The properties in their order, without comments and blank lines, with continued lines joined and escapes decoded.
///
/// # Errors
/// The number of the line that cannot be read, and why; never any part of the line, which may contain a secret.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = text.split('\n').enumerate();
    while let Some((index, line)) = lines.next() {
        let line = line.trim_start_matches(BLANKS);
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = line.to_owned();
        while ends_in_continuation(&logical) {
            logical.pop();
            let Some((_, next)) = lines.next() else { break };
            logical.push_str(next.trim_start_matches(BLANKS));
        }
        let number = index + 1;
        let at = |reason: String| format!("line {number}: {reason}");
        entries.push(entry(&logical, number).map_err(at)?);
    }
    Ok(entries)
}

fn entry(logical: &str, line: usize) -> Result<Entry, String> {
    let (name, value) = split(logical);
    if name.is_empty() {
        return Err("it has no property's name; a line is name=value".to_owned());
    }
    let name = unescape(name)?;
    let Some(value) = value else {
        // In Java the value is empty; an unknown name is more likely a value whose name is missing.
        return match names::is_known(&name) {
            true => Ok(Entry { line, name, value: String::new() }),
            false => Err("it has no \"=\"; a line is name=value".to_owned()),
        };
    };
    let mut value = unescape(value)?;
    // Java keeps trailing blanks; they can be part of a password, but not of other values.
    if !is_secret(&name) {
        value.truncate(value.trim_end().len());
    }
    Ok(Entry { line, name, value })
}

fn ends_in_continuation(line: &str) -> bool {
    line.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

/// Splits at the first `=`, `:` or blank that is not escaped. `None`: no separator.
fn split(line: &str) -> (&str, Option<&str>) {
    let mut escaped = false;
    for (index, character) in line.char_indices() {
        if !escaped && (matches!(character, '=' | ':') || BLANKS.contains(&character)) {
            let rest = line[index..].trim_start_matches(BLANKS);
            let has_sign = rest.starts_with(['=', ':']);
            let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(BLANKS);
            // Blanks after a name without a value are not a separator.
            let is_separated = has_sign || !value.is_empty();
            return (&line[..index], is_separated.then_some(value));
        }
        escaped = character == '\\' && !escaped;
    }
    (line, None)
}

fn unescape(text: &str) -> Result<String, String> {
    // Java's characters are UTF-16 units: two escapes can form one letter.
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let meant = match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some('u') => {
                    units.push(code_unit(&mut characters)?);
                    continue;
                }
                Some(other) => other,
                None => break,
            },
            other => other,
        };
        units.extend_from_slice(meant.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16(&units).map_err(|_| "a \\u escape is half a letter".to_owned())
}

fn code_unit(characters: &mut std::str::Chars<'_>) -> Result<u16, String> {
    let digits: String = characters.by_ref().take(4).collect();
    let is_hexadecimal = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = is_hexadecimal.then(|| u16::from_str_radix(&digits, 16).ok()).flatten();
    code.ok_or_else(|| "a \\u escape without four hexadecimal digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap().into_iter().map(|entry| (entry.name, entry.value)).collect()
    }

    /// As `java.util.Properties` of Java 17 reads them.
    #[test]
    fn the_java_format() {
        for (text, name, value) in [
            ("a=1", "a", "1"),
            ("a : two words", "a", "two words"),
            ("b : two \\\n   words", "b", "two words"),
            ("c\td\\u00e9", "c", "d\u{e9}"),
            ("ssl.ca.location", "ssl.ca.location", ""),
            ("last=", "last", ""),
            ("  a  =  b", "a", "b"),
            ("a=b\\\\", "a", "b\\"),
            ("a\\ b=c", "a b", "c"),
            ("a\\=b=c", "a=b", "c"),
            ("a==b", "a", "=b"),
            ("a= =b", "a", "=b"),
            ("sasl.password=x  ", "sasl.password", "x  "),
            ("a=x  ", "a", "x"),
            ("a=\\ud83d\\ude00", "a", "\u{1f600}"),
            ("a=1\\\n#2", "a", "1#2"),
            ("# c\\\r\na=1\r", "a", "1"),
            ("a=b\\\n\n", "a", "b"),
        ] {
            assert_eq!(pairs(text), [(name.to_owned(), value.to_owned())], "{text}");
        }
        assert_eq!(pairs("! x\n\n  # y\n \t\n"), []);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_by_its_number() {
        for (text, line) in [("a=1\nhunter2", 2), ("=hunter2", 1), ("a=\\u12", 1), ("a=\\u+123", 1), ("a=\\ud83d", 1)] {
            let refused = parse(text).unwrap_err();
            assert!(refused.starts_with(&format!("line {line}: ")) && !refused.contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn latin_files_can_be_read() {
        assert_eq!(decode(b"a=\xe9".to_vec()), "a=\u{e9}");
        assert_eq!(decode("\u{feff}a=\u{e9}".into()), "a=\u{e9}");
    }
}
