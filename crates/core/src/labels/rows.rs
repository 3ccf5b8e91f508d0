//! The rows of a table of text, as spreadsheets and people write it: with commas, semicolons, tabs or bars, with blanks around
//! them, and with quotes. The crate `csv` takes a quote after a blank for a letter, and lets one that is not closed swallow
//! the rest of the file.

use std::borrow::Cow;

use encoding_rs::UTF_8;

/// A table with a heading.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) headings: Vec<String>,
    /// With the number of the line that each begins in.
    pub(super) rows: Vec<(usize, Vec<String>)>,
    /// Lines whose quotes are damaged; they are left out.
    pub(super) damaged: Vec<usize>,
}

impl Rows {
    /// Reads a table; the error says why it is none.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        Ok(Self::of(&decoded(bytes)?))
    }

    pub(super) fn of(text: &str) -> Self {
        let mut rows = Self::default();
        for (line, cells) in rows_of(text) {
            match cells {
                Some(cells) if rows.headings.is_empty() => rows.headings = cells,
                Some(cells) => rows.rows.push((line, cells)),
                None => rows.damaged.push(line),
            }
        }
        rows
    }

    /// The first column with one of these headings, in their order. Letter case, and what separates words, do not count.
    pub(super) fn column(&self, wanted: &[&str]) -> Option<usize> {
        wanted.iter().find_map(|wanted| self.headings.iter().position(|heading| is_same_heading(heading, wanted)))
    }
}

/// The text of a table; the error says why it is none.
pub(super) fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    // A byte order mark may name another encoding.
    let (text, _, is_damaged) = UTF_8.decode(bytes);
    if is_damaged { Err("it is not UTF-8 text".to_owned()) } else { Ok(text) }
}

/// The rows of a table that are not empty, the headings among them, each with its line; `None`: its quotes are damaged.
pub(super) fn rows_of(text: &str) -> impl Iterator<Item = (usize, Option<Vec<String>>)> {
    let heading = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: char| heading.matches(delimiter).count();
    let delimiters = [',', ';', '\t', '|'].into_iter();
    let delimiter = delimiters.max_by_key(|&delimiter| (count(delimiter), delimiter == ',')).unwrap_or(',');
    let (mut rest, mut next_line) = (text, 1);
    let rows = std::iter::from_fn(move || {
        let (cells, after) = (!rest.is_empty()).then(|| row(rest, delimiter))?;
        let line = next_line;
        next_line += rest[..rest.len() - after.len()].matches('\n').count();
        rest = after;
        Some((line, cells))
    });
    rows.filter(|(_, cells)| !cells.as_ref().is_some_and(|cells| cells.iter().all(String::is_empty)))
}

/// Whether two headings are the same. Letter case, and what separates words, do not count.
pub(super) fn is_same_heading(one: &str, other: &str) -> bool {
    let plain =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    plain(one) == plain(other)
}

/// The cells of the first row, and what follows it. `None`: a quote is damaged; the next line begins another row.
fn row(text: &str, delimiter: char) -> (Option<Vec<String>>, &str) {
    let (mut cells, mut rest) = (Vec::new(), text);
    loop {
        let Some((cell, after)) = cell(rest, delimiter) else {
            return (None, text.split_once('\n').map_or("", |(_, after)| after));
        };
        cells.push(cell.into_owned());
        rest = match after.strip_prefix(delimiter) {
            Some(next) => next,
            None => {
                let end = after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\n', '\r']));
                return (Some(cells), end.unwrap_or(after));
            }
        };
    }
}

/// The first cell, and what follows it: a delimiter, the end of the line, or nothing.
fn cell(text: &str, delimiter: char) -> Option<(Cow<'_, str>, &str)> {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\u{a0}') && c != delimiter;
    let is_end = |c: char| matches!(c, '\n' | '\r') || c == delimiter;
    let text = text.trim_start_matches(is_blank);
    let Some(quoted) = text.strip_prefix('"') else {
        let (cell, after) = text.split_at(text.find(is_end).unwrap_or(text.len()));
        return Some((cell.trim_end_matches(is_blank).into(), after));
    };
    let mut from = 0;
    loop {
        let quote = from + quoted[from..].find('"')?;
        if quoted[quote + 1..].starts_with('"') {
            from = quote + 2;
            continue;
        }
        let after = quoted[quote + 1..].trim_start_matches(is_blank);
        let is_closed = after.chars().next().is_none_or(is_end);
        return is_closed.then(|| (quoted[..quote].replace("\"\"", "\"").into(), after));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        Rows::read(text.as_bytes()).unwrap().rows.into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn tables_are_read_as_people_write_them() {
        let expected = [["a.jpg", "boxer, brown"]];
        for text in [
            "image,label\na.jpg,\"boxer, brown\"\n",
            "image, label\r\na.jpg, \"boxer, brown\" \r\n",
            "\n image ;label\n a.jpg ; boxer, brown\n",
            "image\tlabel\na.jpg\tboxer, brown",
            "image|label\na.jpg|boxer, brown\n\n",
        ] {
            assert_eq!(rows(text), expected, "{text}");
        }
        assert_eq!(rows("a,b\n1,\"two\nlines, \"\"quoted\"\"\"\n3,\n"), [["1", "two\nlines, \"quoted\""], ["3", ""]]);
        let wide: Vec<u8> = "\u{feff}a\tb\n1\té\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Rows::read(&wide).unwrap().rows[0].1, ["1", "é"]);
        assert!(Rows::read(b"a,b\n1,\xe9").is_err());
    }

    #[test]
    fn a_damaged_quote_costs_its_line_alone() {
        for text in ["i,l\na,\"x\nb,y\n", "i,l\na,\"x\nb,y\nc,\"z\"\n", "i,l\na,\"x\"y\nb,y\n"] {
            let rows = Rows::read(text.as_bytes()).unwrap();
            assert_eq!(rows.damaged, [2], "{text}");
            assert_eq!(rows.rows[0], (3, vec!["b".to_owned(), "y".to_owned()]), "{text}");
        }
    }

    #[test]
    fn headings_are_found_however_they_are_written() {
        let rows = Rows::read(b"Image Path,class_name\n").unwrap();
        assert_eq!((rows.column(&["image_path"]), rows.column(&["label", "ClassName"])), (Some(0), Some(1)));
        assert_eq!(rows.column(&["label"]), None);
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read(
            cells in prop::collection::vec(prop::collection::vec("[a-z\",;\n é]{0,6}[a-z]", 2..=2), 1..6),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["image,", "label,"]).unwrap();
            cells.iter().for_each(|row| writer.write_record(row).unwrap());
            let read = Rows::read(&writer.into_inner().unwrap()).unwrap();
            let trimmed: Vec<_> = cells.iter().map(|row| row.iter().map(|cell| quoted_or_trimmed(cell)).collect::<Vec<_>>()).collect();
            prop_assert_eq!(read.rows.into_iter().map(|(_, cells)| cells).collect::<Vec<_>>(), trimmed);
            prop_assert!(read.damaged.is_empty());
        }
    }

    /// Blanks count within quotes only.
    fn quoted_or_trimmed(cell: &str) -> String {
        if cell.contains(['"', ',', '\n', '\r']) { cell.to_owned() } else { cell.trim().to_owned() }
    }
}
