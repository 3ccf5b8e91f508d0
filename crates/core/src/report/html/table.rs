//! Tables.

use crate::report::markup::escaped;

/// A table; the first row is its heading. Cells are text; if `is_numeric`, all columns but the first are aligned right.
pub(super) fn table(rows: &[Vec<String>], is_numeric: bool) -> String {
    let cells = |row: &[String], tag: &str| -> String {
        let cell = |(index, text): (usize, &String)| {
            let (tag, scope) = if index == 0 { ("th", " scope=\"row\"") } else { (tag, "") };
            format!("<{tag}{scope}>{}</{tag}>", escaped(text))
        };
        row.iter().enumerate().map(cell).collect()
    };
    let Some((heading, body)) = rows.split_first() else { return String::new() };
    let body: String = body.iter().map(|row| format!("<tr>{}</tr>\n", cells(row, "td"))).collect();
    let class = if is_numeric { "numbers" } else { "words" };
    format!(
        "<div class=\"wide\"><table class=\"{class}\">\n<thead><tr>{}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n",
        cells(heading, "th")
    )
}
