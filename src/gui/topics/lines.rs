//! A value as lines, or in hexadecimal: what is in sight is made when it is drawn, however large the value is.

use std::borrow::Cow;
use std::sync::Arc;

/// Longer lines are broken here, which base64 makes necessary.
const LINE_BYTES: usize = 160;

/// Where the lines of a text begin and end.
pub(super) struct Lines {
    bytes: Arc<[u8]>,
    ranges: Vec<(u32, u32)>,
}

impl Lines {
    /// Breaks a text at its line ends, and where a line is too long. What is not UTF-8 is shown as `�`.
    pub(super) fn of(bytes: Arc<[u8]>) -> Self {
        let is_text = std::str::from_utf8(&bytes).is_ok();
        let mut ranges = Vec::new();
        let mut begin = 0;
        for line in bytes.split(|byte| *byte == b'\n') {
            let end = begin + line.len();
            let shown = if line.ends_with(b"\r") { end - 1 } else { end };
            let mut at = begin;
            loop {
                let mut next = shown.min(at + LINE_BYTES);
                while is_text && next > at && next < shown && is_inside_letter(bytes[next]) {
                    next -= 1;
                }
                // Values of Kafka's records are smaller than 2 GB.
                ranges.push((u32::try_from(at).unwrap_or(u32::MAX), u32::try_from(next).unwrap_or(u32::MAX)));
                at = next;
                if at >= shown {
                    break;
                }
            }
            begin = end + 1;
        }
        Self { bytes, ranges }
    }

    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// A line, with signs for what cannot be seen.
    pub(super) fn line(&self, index: usize) -> String {
        let Some((begin, end)) = self.ranges.get(index) else { return String::new() };
        let line = self.bytes.get(*begin as usize..*end as usize).unwrap_or_default();
        let seen = |letter: char| match letter {
            '\t' => ' ',
            letter if letter.is_control() => '·',
            letter => letter,
        };
        String::from_utf8_lossy(line).chars().map(seen).collect()
    }

    /// The whole text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.bytes.len()
    }
}

fn is_inside_letter(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// How many lines `bytes` bytes take in hexadecimal, `each` a line.
pub(super) fn hex_lines(bytes: usize, each: usize) -> usize {
    bytes.div_ceil(each.max(1))
}

/// A line in hexadecimal: where it begins, its bytes, and the letters that they are in ASCII.
pub(super) fn hex_line(bytes: &[u8], index: usize, each: usize) -> String {
    use std::fmt::Write;
    let begin = (index * each).min(bytes.len());
    let shown = &bytes[begin..bytes.len().min(begin + each)];
    let mut line = format!("{begin:08x}  ");
    for index in 0..each {
        // Writing to a text cannot fail.
        let _ = match shown.get(index) {
            Some(byte) => write!(line, "{byte:02x} "),
            None => line.write_str("   "),
        };
    }
    line.push(' ');
    line.extend(shown.iter().map(|&byte| if byte.is_ascii_graphic() || byte == b' ' { byte as char } else { '·' }));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<String> {
        let lines = Lines::of(text.into());
        (0..lines.len()).map(|index| lines.line(index)).collect()
    }

    #[test]
    fn lines_are_broken_at_their_ends_and_where_they_are_long() {
        assert_eq!(lines(b"one\r\ntwo\n\nthree"), ["one", "two", "", "three"]);
        assert_eq!(lines(b""), [""]);
        assert_eq!(lines(b"a\tb\x1bc"), ["a b·c"]);
        let long = "ü".repeat(200);
        let broken = lines(long.as_bytes());
        assert_eq!(broken.concat(), long);
        assert_eq!(broken.iter().map(String::len).collect::<Vec<_>>(), [160, 160, 80]);
        let odd = lines(&[0xff; 200]);
        assert_eq!((odd.len(), odd[0].chars().count()), (2, 160));
    }

    #[test]
    fn hexadecimal_with_the_letters_beside_it() {
        let bytes: Vec<u8> = (0x41..0x41 + 20).collect();
        assert_eq!(hex_lines(bytes.len(), 16), 2);
        assert_eq!(
            hex_line(&bytes, 0, 16),
            "00000000  41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 50  ABCDEFGHIJKLMNOP"
        );
        assert_eq!(hex_line(&bytes, 1, 16).trim_end(), format!("00000010  51 52 53 54 {}QRST", " ".repeat(37)));
        assert_eq!(hex_line(&[0, 32, 255], 0, 4), "00000000  00 20 ff     · ·");
        assert_eq!((hex_lines(0, 16), hex_lines(16, 16), hex_lines(17, 16)), (0, 1, 2));
    }
}
