//! Words that are written from right to left, in the order in which they are seen.
//!
//! egui lays out whatever it is given from left to right. It shapes a word of Arabic or Hebrew letters as such, but
//! leaves the words of a line in the order of reading.

use std::borrow::Cow;

use unicode_bidi::BidiInfo;

use kafka_image_bench_core::model::printable::printable;

/// A line of text for drawing: without what cannot be seen (see [`printable`]), its words in the order of Unicode's
/// bidirectional algorithm (UAX #9), the letters of each word as they were. For painting only: names, searches and copies keep the text itself.
pub fn in_visual_order(line: &str) -> Cow<'_, str> {
    let line = printable(line);
    if !line.chars().any(is_from_right_to_left) {
        return line;
    }
    let line = &*line;
    let info = BidiInfo::new(line, None);
    let mut seen = String::with_capacity(line.len());
    for paragraph in &info.paragraphs {
        let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let text = &line[run.clone()];
            if levels[run.start].is_rtl() {
                push_reversed(&mut seen, text);
            } else {
                seen.push_str(text);
            }
        }
    }
    Cow::Owned(seen)
}

/// The words of a run from right to left, in reverse; brackets look the other way.
fn push_reversed(seen: &mut String, run: &str) {
    let mut rest = run;
    let mut pieces = Vec::new();
    while let Some(first) = rest.chars().next() {
        let is_word = is_from_right_to_left(first);
        let end = rest.find(|letter| is_from_right_to_left(letter) != is_word).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        pieces.push((is_word, piece));
        rest = after;
    }
    for (is_word, piece) in pieces.into_iter().rev() {
        if is_word {
            seen.push_str(piece);
        } else {
            seen.extend(piece.chars().rev().map(mirrored));
        }
    }
}

fn mirrored(letter: char) -> char {
    match letter {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        '«' => '»',
        '»' => '«',
        other => other,
    }
}

/// The blocks of Hebrew, Arabic, Syriac, Thaana and N'Ko, with their punctuation and marks, which the same fonts have;
/// not their digits, which are written from left to right.
fn is_from_right_to_left(letter: char) -> bool {
    let is_digit = matches!(letter, '\u{0660}'..='\u{0669}' | '\u{06F0}'..='\u{06F9}');
    let is_in_block = matches!(letter, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}');
    is_in_block && !is_digit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_text_stays_as_it_is() {
        for line in ["", "harbour (3)", "港口 2024", "Гавань", "⚓ boat"] {
            assert!(matches!(in_visual_order(line), Cow::Borrowed(same) if same == line));
        }
    }

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(in_visual_order("a\nb\u{202e}c"), "a\\nb\\u{202e}c");
    }

    #[test]
    fn words_go_from_right_to_left_and_keep_their_letters() {
        assert_eq!(in_visual_order("שלום עולם"), "עולם שלום");
        assert_eq!(in_visual_order("ميناء بحري (قديم)"), "(قديم) بحري ميناء");
    }

    #[test]
    fn numbers_and_other_scripts_keep_their_own_direction() {
        assert_eq!(in_visual_order("תמונה 2024"), "2024 תמונה");
        assert_eq!(in_visual_order("boat שלום עולם 12"), "boat 12 עולם שלום");
        assert_eq!(in_visual_order("ميناء ٢٠٢٤"), "٢٠٢٤ ميناء");
    }
}
