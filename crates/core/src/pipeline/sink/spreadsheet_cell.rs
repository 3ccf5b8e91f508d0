//! Cells that a spreadsheet would run as a formula.

use std::borrow::Cow;

/// Puts an apostrophe before a cell that a spreadsheet would run as a formula.
///
/// The rule follows OWASP's "CSV Injection" page (<https://owasp.org/www-community/attacks/CSV_Injection>): a cell is
/// risky if it begins with `=`, `+`, `-`, `@`, a tab, a carriage return or a line feed, or with the full-width form of
/// one of the four signs. White space before the sign does not count, since some programs trim it on import. These cells
/// stay as they are, because nothing in them can run:
///
/// * a plain number with a sign: `-12.5`, `+1,5`, `-1.5e-3`;
/// * a single character, such as `-`.
///
/// Text that begins with a letter or a digit, such as a date, always stays as it is. A NUL character, which CSV readers
/// refuse, becomes U+FFFD. A text that looks escaped already gets one more apostrophe, so that [`unescape_formula`]
/// restores every text.
pub fn escape_formula(cell: &str) -> Cow<'_, str> {
    let cell = match cell.contains('\0') {
        true => Cow::Owned(cell.replace('\0', "\u{fffd}")),
        false => Cow::Borrowed(cell),
    };
    if is_risky(&cell) || is_escaped(&cell) { Cow::Owned(format!("'{cell}")) } else { cell }
}

/// The text of a cell that [`escape_formula`] wrote. An apostrophe that is part of the text stays.
pub fn unescape_formula(cell: &str) -> &str {
    if is_escaped(cell) { &cell[1..] } else { cell }
}

/// Whether apostrophes precede risky text.
fn is_escaped(cell: &str) -> bool {
    let text = cell.trim_start_matches('\'');
    text.len() < cell.len() && is_risky(text)
}

fn is_risky(cell: &str) -> bool {
    if cell.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let text = cell.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    match text.chars().next() {
        Some('=' | '@' | '＝' | '＋' | '－' | '＠') => text.chars().nth(1).is_some(),
        Some('+' | '-') => text.len() > 1 && !is_plain_number(&text[1..]),
        _ => false,
    }
}

/// Digits with `.` and `,` between them, and possibly an exponent, without the sign.
fn is_plain_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    mantissa.bytes().any(|byte| byte.is_ascii_digit())
        && mantissa.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',')
        && exponent.is_none_or(|exponent| is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_get_an_apostrophe() {
        let formulas = [
            "=1+1",
            "=cmd|' /C calc'!A0",
            "+1+1",
            "-2+3+cmd|' /C calc'!A0",
            "@SUM(1)",
            "\t=1",
            "\rx",
            "\nx",
            "  =1+1",
            "\u{a0}=1+1",
            "＝1+1",
            "-2024-09-10",
            "-e5",
            "+1 2",
            "-1e",
            "--1",
        ];
        for formula in formulas {
            assert_eq!(escape_formula(formula), format!("'{formula}"), "{formula:?}");
        }
    }

    #[test]
    fn numbers_dates_and_labels_stay() {
        for plain in [
            "",
            "-",
            "=",
            "-12.5",
            "+1,5",
            "+49",
            "-1.5e-3",
            "-.5",
            "2024-09-10",
            "cat",
            "a=b",
            "'tis",
            "'",
            "'-1.5",
            "猫",
            " x",
        ] {
            assert_eq!(escape_formula(plain), plain);
        }
    }

    #[test]
    fn what_looks_escaped_is_restored() {
        for (text, cell) in [("=cmd", "'=cmd"), ("'=cmd", "''=cmd"), ("''=cmd", "'''=cmd"), ("'cmd", "'cmd")] {
            assert_eq!(escape_formula(text), cell);
            assert_eq!(unescape_formula(cell), text);
        }
    }

    #[test]
    fn nul_is_replaced() {
        assert_eq!(escape_formula("a\0b"), "a\u{fffd}b");
    }

    proptest! {
        #[test]
        fn never_a_formula_and_always_undone(cell in "[ \t\r\n=+@0-9.,eE\\-a'\0]{0,12}") {
            let written = escape_formula(&cell).into_owned();
            prop_assert!(!is_risky(&written));
            prop_assert_eq!(unescape_formula(&written), cell.replace('\0', "\u{fffd}"));
        }
    }
}
