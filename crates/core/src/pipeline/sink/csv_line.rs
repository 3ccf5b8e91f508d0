//! One line of a table, parsed by itself, so that a torn or damaged line does not affect another.
//!
//! `csv` and `csv-core` accept a line with a missing quotation mark or with text after one; here it must be refused, as
//! a sign of a torn row.

use std::borrow::Cow;

/// The cells of a line (RFC 4180). `None`: it has another number of cells, or unbalanced quotation marks.
pub(super) fn cells<const COLUMNS: usize>(line: &str) -> Option<[Cow<'_, str>; COLUMNS]> {
    let mut cells = [const { Cow::Borrowed("") }; COLUMNS];
    let mut rest = Some(line);
    for cell in &mut cells {
        let text = rest?;
        (*cell, rest) = match text.strip_prefix('"') {
            Some(quoted) => quoted_cell(quoted)?,
            None => match text.split_once(',') {
                Some((cell, rest)) => (cell.into(), Some(rest)),
                None => (text.into(), None),
            },
        };
    }
    rest.is_none().then_some(cells)
}

/// The cell, and what follows the comma after it.
fn quoted_cell(text: &str) -> Option<(Cow<'_, str>, Option<&str>)> {
    let mut from = 0;
    let mut has_quotes = false;
    loop {
        let end = from + text[from..].find('"')?;
        let (cell, after) = (&text[..end], &text[end + 1..]);
        if after.starts_with('"') {
            has_quotes = true;
            from = end + 2;
            continue;
        }
        let cell = if has_quotes { Cow::Owned(cell.replace("\"\"", "\"")) } else { Cow::Borrowed(cell) };
        return match after.strip_prefix(',') {
            Some(rest) => Some((cell, Some(rest))),
            None => after.is_empty().then_some((cell, None)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_out_of_their_quotes() {
        assert_eq!(cells::<4>(r#"a,"b, ""c""",,"" "#), None);
        assert_eq!(cells::<4>(r#"a,"b, ""c""",,"""""#).unwrap(), ["a", "b, \"c\"", "", "\""]);
        assert_eq!(cells::<2>(",").unwrap(), ["", ""]);
    }

    #[test]
    fn a_line_that_is_not_whole_is_none() {
        for line in ["", "a", "a,b,c", "a,\"b", "a,\"b\"c", "\"a,b"] {
            assert_eq!(cells::<2>(line), None, "{line}");
        }
    }
}
