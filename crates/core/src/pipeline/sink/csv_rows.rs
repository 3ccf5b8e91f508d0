//! Where the rows of a table are, byte by byte.

use std::io::{self, Read};
use std::ops::Range;

/// A byte order mark, which some editors put before UTF-8.
pub(super) const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Reads rows that end with a line feed outside of quotes. A carriage return before it is part of the last cell.
pub(super) struct Rows<R> {
    reader: csv::Reader<R>,
    row: csv::ByteRecord,
}

impl<R: Read> Rows<R> {
    pub(super) fn new(table: R) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(csv::Terminator::Any(b'\n'))
            .buffer_capacity(256 * 1024)
            .from_reader(table);
        Self { reader, row: csv::ByteRecord::new() }
    }

    /// The next row and its bytes, with the empty lines before it and its line feed.
    pub(super) fn next(&mut self) -> io::Result<Option<(&csv::ByteRecord, Range<u64>)>> {
        let start = self.reader.position().byte();
        let is_row = self.reader.read_byte_record(&mut self.row)?;
        Ok(is_row.then(|| (&self.row, start..self.reader.position().byte())))
    }
}

/// How a table ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TableEnd {
    /// The file's length.
    pub len: u64,
    /// The length up to the end of the last row that ends with a line feed.
    pub complete_len: u64,
    /// Whether the first row ends with a carriage return and a line feed.
    pub crlf: bool,
    /// Whether the file ends inside a quoted cell.
    pub open_quote: bool,
}

/// Read after the end of a table: a separate row unless the table ends inside a quoted cell.
const PROBE: &[u8] = b"\n.";

/// Reads the `len` bytes of `table`. A NUL byte is never written, but a power cut may leave a hole of them: no row counts
/// as complete from there on.
pub(super) fn find_end(table: impl Read, len: u64) -> io::Result<TableEnd> {
    let mut found = TableEnd { len, ..TableEnd::default() };
    let mut has_hole = false;
    let mut rows = Rows::new(table.take(len).chain(PROBE));
    while let Some((row, bytes)) = rows.next()? {
        has_hole |= row.as_slice().contains(&0);
        if bytes.end <= len {
            if !has_hole {
                found.crlf |= found.complete_len == 0 && row.as_slice().ends_with(b"\r");
                found.complete_len = bytes.end;
            }
        } else if row.as_slice() != b"." {
            // A row whose line feed is missing ends with the one of the probe.
            found.open_quote = bytes.end > len + 1;
        } else if found.complete_len > 0 && bytes.start == found.complete_len {
            // Only empty lines are left.
            found.complete_len = len;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn end_of(text: &[u8]) -> TableEnd {
        find_end(text, text.len() as u64).unwrap()
    }

    fn complete(text: &str) -> &str {
        &text[..usize::try_from(end_of(text.as_bytes()).complete_len).unwrap()]
    }

    #[test]
    fn rows_end_outside_quotes() {
        assert_eq!(complete("a,b\nc,d\ne"), "a,b\nc,d\n");
        assert_eq!(complete("a,b\r\nc,\"d\ne"), "a,b\r\n");
        assert_eq!(complete("a,\"x\"\"\ny\"\nc,\"d\"\"\n"), "a,\"x\"\"\ny\"\n");
        assert_eq!(complete("a,b\"c\nd"), "a,b\"c\n");
        assert_eq!(complete("a,b\n\0\0\0\nc\n"), "a,b\n");
        assert_eq!(complete("\u{feff}\"a\nb\",c\nd"), "\u{feff}\"a\nb\",c\n");
        assert_eq!(complete(""), "");
        assert_eq!(complete("a,b\n\n\n"), "a,b\n\n\n");
        assert_eq!(complete("a,b\n\nc"), "a,b\n");
        assert!(end_of(b"a\r\nb\n").crlf && !end_of(b"a\nb\r\n").crlf);
        assert!(end_of(b"a,\"b\n").open_quote && end_of(b"a\n\"").open_quote);
        assert!(!end_of(b"a,\"b\"").open_quote && !end_of(b"a\n.").open_quote);
    }

    proptest! {
        #[test]
        fn any_torn_table_keeps_its_whole_rows(
            rows in proptest::collection::vec(("[a\",\r\n ]{0,6}", "[a\",\r\n ]{1,6}"), 0..5),
            torn in any::<proptest::sample::Index>(),
        ) {
            let mut ends = vec![0];
            let mut text = Vec::new();
            for (left, right) in &rows {
                let mut writer = csv::Writer::from_writer(&mut text);
                writer.write_record([left, right]).unwrap();
                drop(writer);
                ends.push(text.len());
            }
            let torn_at = torn.index(text.len() + 1);
            let whole = ends.iter().copied().filter(|&end| end <= torn_at).max().unwrap();
            prop_assert_eq!(end_of(&text[..torn_at]).complete_len, whole as u64);
        }
    }
}
