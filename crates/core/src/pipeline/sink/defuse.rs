//! Cells that a spreadsheet would run.

use std::borrow::Cow;

/// Makes a cell harmless that a spreadsheet would take for a formula, by a leading apostrophe.
///
/// The rule follows OWASP's "CSV Injection" page (<https://owasp.org/www-community/attacks/CSV_Injection>): a cell is
/// risky if it begins with `=`, `+`, `-`, `@`, a tab, a carriage return or a line feed, or with the full-width form of
/// one of the four signs. White space before the sign is looked through, as some programs trim it on import. Left as
/// they are, because nothing in them can run:
///
/// * a plain number with a sign: `-12.5`, `+1,5`, `-1.5e-3`;
/// * a single character, such as `-`.
///
/// Dates and other text that begins with a letter or a digit are never touched. A NUL character, which CSV readers
/// refuse, becomes U+FFFD. A text that looks defused already gets one more apostrophe, so that [`undo`] leads back from
/// every cell to its text.
pub fn defuse(cell: &str) -> Cow<'_, str> {
    let cell = match cell.contains('\0') {
        true => Cow::Owned(cell.replace('\0', "\u{fffd}")),
        false => Cow::Borrowed(cell),
    };
    if is_risky(&cell) || is_defused(&cell) { Cow::Owned(format!("'{cell}")) } else { cell }
}

/// The text of a cell that [`defuse`] wrote, for showing it. An apostrophe that is part of the text stays.
pub fn undo(cell: &str) -> &str {
    if is_defused(cell) { &cell[1..] } else { cell }
}

/// Apostrophes before what is risky.
fn is_defused(cell: &str) -> bool {
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

/// Digits with `.` and `,` between them, and perhaps an exponent; the sign is gone already.
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
#[allow(clippy::unwrap_used)]
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
            assert_eq!(defuse(formula), format!("'{formula}"), "{formula:?}");
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
            assert_eq!(defuse(plain), plain);
        }
    }

    #[test]
    fn what_looks_defused_leads_back_to_itself() {
        for (text, cell) in [("=cmd", "'=cmd"), ("'=cmd", "''=cmd"), ("''=cmd", "'''=cmd"), ("'cmd", "'cmd")] {
            assert_eq!(defuse(text), cell);
            assert_eq!(undo(cell), text);
        }
    }

    #[test]
    fn nul_is_replaced() {
        assert_eq!(defuse("a\0b"), "a\u{fffd}b");
    }

    proptest! {
        #[test]
        fn never_a_formula_and_always_undone(cell in "[ \t\r\n=+@0-9.,eE\\-a'\0]{0,12}") {
            let written = defuse(&cell).into_owned();
            prop_assert!(!is_risky(&written));
            prop_assert_eq!(undo(&written), cell.replace('\0', "\u{fffd}"));
        }
    }
}
