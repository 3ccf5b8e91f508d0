//! Makes text from outside printable.
//!
//! File names, labels, records, configurations and messages of servers may have any content: sequences that move a
//! terminal's cursor or colour it, line ends that forge a line of the log, marks that change the writing direction so that
//! `exe.gnp` is read as `png.exe`. Text for a terminal, the log, HTML and the window goes through one of these functions;
//! JSON and CSV keep the text itself.

use std::borrow::Cow;
use std::fmt::Write;

/// One line of text, in which invisible characters and marks of the writing direction are escapes such as `\n` or
/// `\u{202e}`.
///
/// Letters of all scripts stay, and so do the joiners that some of them, and emoji, need.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| !is_invisible(letter))
}

/// The same for a text of several lines, whose line ends stay.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter == '\n' || !is_invisible(letter))
}

/// The beginning of `text`: at most `most` characters, the last one an ellipsis if there were more.
pub fn bounded(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => text.into(),
        Some(_) => {
            let end = text.char_indices().nth(most.saturating_sub(1)).map_or(0, |(at, _)| at);
            format!("{}…", &text[..end]).into()
        }
    }
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&stays) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        // Writing to a string cannot fail.
        let _ = match letter {
            _ if stays(letter) => write!(out, "{letter}"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            _ => write!(out, "\\u{{{:x}}}", u32::from(letter)),
        };
    }
    out.into()
}

/// Control characters (C0, DEL, C1), separators of lines, and format characters without a shape (Unicode's category Cf,
/// but for U+200C and U+200D), among them all that turn the writing direction; fillers; and code points that are not characters.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(
            u32::from(letter),
            0x00ad
                | 0x061c
                | 0x115f..=0x1160
                | 0x17b4..=0x17b5
                | 0x180e
                | 0x200b
                | 0x200e..=0x200f
                | 0x2028..=0x202e
                | 0x2060..=0x206f
                | 0x3164
                | 0xfeff
                | 0xffa0
                | 0xfff9..=0xfffb
                | 0xfffe..=0xffff
                | 0x1d173..=0x1d17a
                | 0xe0000..=0xe007f
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_all_scripts_stay() {
        for name in [
            "",
            "2024-09-10.png",
            "猫 (2).png",
            "ميناء بحري",
            "שלום",
            "می\u{200c}خواهم",
            "👩\u{200d}👩\u{200d}👧",
            "क्\u{200d}ष",
            "❤\u{fe0f}",
            "a\\nb",
            "café",
            "\u{fffd}",
        ] {
            assert!(matches!(printable(name), Cow::Borrowed(same) if same == name), "{name:?}");
        }
    }

    #[test]
    fn what_moves_colours_forges_or_turns_is_written_out() {
        assert_eq!(printable("a\x1b[2J\x1b]0;x\x07.png"), "a\\u{1b}[2J\\u{1b}]0;x\\u{7}.png");
        assert_eq!(printable("a\nERROR b\r\tc"), "a\\nERROR b\\r\\tc");
        assert_eq!(printable("\u{9b}31m\u{7f}"), "\\u{9b}31m\\u{7f}");
        assert_eq!(printable("photo\u{202e}gnp.exe"), "photo\\u{202e}gnp.exe");
        assert_eq!(printable("\u{2066}a\u{2069}\u{200f}\u{61c}"), "\\u{2066}a\\u{2069}\\u{200f}\\u{61c}");
        assert_eq!(printable("a\u{200b}b\u{2028}c\u{feff}\u{e0041}"), "a\\u{200b}b\\u{2028}c\\u{feff}\\u{e0041}");
        assert_eq!(printable_lines("a\x1b[0m\nb\r\n"), "a\\u{1b}[0m\nb\\r\n");
    }

    #[test]
    fn a_long_text_is_cut_with_an_ellipsis() {
        assert_eq!(
            (bounded("日本語", 3), bounded("日本語", 2), bounded("ab", 0)),
            ("日本語".into(), "日…".into(), "…".into())
        );
    }

    proptest! {
        #[test]
        fn nothing_invisible_is_left(text in ".*|[\\x00-\\u{9f}\\u{200b}-\\u{206f}\\n]*") {
            let line = printable(&text).into_owned();
            prop_assert!(!line.chars().any(is_invisible), "{line:?}");
            prop_assert_eq!(printable(&line), line.as_str());
            prop_assert_eq!(printable_lines(&text).lines().count(), text.split('\n').count() - usize::from(text.is_empty() || text.ends_with('\n')));
            prop_assert!(bounded(&text, 10).chars().count() <= 10);
        }
    }
}
