//! Where the rows of a CSV file end, quotes considered.

use std::io::{self, BufReader, Read};

/// What a look through a whole file found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// The file's length.
    pub len: u64,
    /// The length up to the end of the last row that ends with a line feed.
    pub complete_len: u64,
    /// Whether the first row ends with a carriage return and a line feed.
    pub crlf: bool,
    /// Whether the file ends inside a quoted cell.
    pub open_quote: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    CellStart,
    Plain,
    Quoted,
    /// After a quotation mark in a quoted cell: its end, or the first half of an escaped one.
    QuoteInQuoted,
}

/// Reads to the end. The state machine is that of the `csv` crate: quotes count only at the beginning of a cell.
/// After a NUL byte, which is never written but may stand where a power cut left a hole, no row counts as complete.
pub(super) fn scan(reader: impl Read) -> io::Result<Scan> {
    let mut reader = BufReader::with_capacity(64 * 1024, reader).bytes();
    let mut found = Scan::default();
    let mut place = Place::CellStart;
    let mut previous = 0;
    let mut saw_nul = false;
    while let Some(byte) = next_past_byte_order_mark(&mut reader, &mut found.len)? {
        place = match (place, byte) {
            (Place::CellStart, b'"') => Place::Quoted,
            (Place::Quoted, b'"') => Place::QuoteInQuoted,
            (Place::QuoteInQuoted, b'"') => Place::Quoted,
            (Place::Quoted, _) => Place::Quoted,
            (_, b',' | b'\r' | b'\n') => Place::CellStart,
            _ => Place::Plain,
        };
        saw_nul |= byte == 0;
        if byte == b'\n' && place == Place::CellStart && !saw_nul {
            if found.complete_len == 0 {
                found.crlf = previous == b'\r';
            }
            found.complete_len = found.len;
        }
        previous = byte;
    }
    found.open_quote = place == Place::Quoted;
    Ok(found)
}

/// The next byte, counted; a byte order mark at the beginning is counted and skipped.
fn next_past_byte_order_mark(
    bytes: &mut impl Iterator<Item = io::Result<u8>>,
    count: &mut u64,
) -> io::Result<Option<u8>> {
    loop {
        let Some(byte) = bytes.next().transpose()? else { return Ok(None) };
        let at = *count;
        *count += 1;
        if usize::try_from(at).ok().and_then(|at| BYTE_ORDER_MARK.get(at)) != Some(&byte) {
            return Ok(Some(byte));
        }
    }
}

/// What some editors put in front of UTF-8.
pub(super) const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn complete(text: &str) -> &str {
        &text[..usize::try_from(scan(text.as_bytes()).unwrap().complete_len).unwrap()]
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
        assert!(scan("a\r\nb\n".as_bytes()).unwrap().crlf && !scan("a\nb\r\n".as_bytes()).unwrap().crlf);
        assert!(scan("a,\"b\n".as_bytes()).unwrap().open_quote);
        assert!(!scan("a,\"b\"".as_bytes()).unwrap().open_quote);
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
            prop_assert_eq!(scan(&text[..torn_at]).unwrap().complete_len, whole as u64);
        }
    }
}
