//! What can follow while a query is typed.

use std::ops::Range;

use super::expression::Operator;
use super::field::{FIELDS, Field, FieldKind};
use super::literal::UNITS;
use super::token::{Placed, Token, ends_word, in_quotes, tokens};
use crate::model::image_info::ImageFormat;

/// Names that exist, in the order in which they are offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Labels.
    pub labels: Vec<String>,
    /// Classes of objects.
    pub classes: Vec<String>,
    /// Topics.
    pub topics: Vec<String>,
}

/// What can stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the text that it replaces.
    pub range: Range<usize>,
    /// What is put there.
    pub insert: String,
    /// What it is, in a few words; may be empty.
    pub about: &'static str,
}

/// What is expected at the cursor.
enum Expected {
    Comparison,
    Subject,
    Operator(FieldKind),
    Value(Option<Field>, FieldKind),
    Connector,
}

/// Completions of `text` at its byte `cursor`, at most `count`.
pub fn complete(text: &str, cursor: usize, known: &Vocabulary, count: usize) -> Vec<Completion> {
    let Some(before) = text.get(..cursor) else { return Vec::new() };
    let start = word_start(before);
    let Ok(done) = tokens(&before[..start]) else { return Vec::new() };
    let Some(expected) = expected(&done) else { return Vec::new() };
    let typed = &before[start..];
    let mut found: Vec<(String, &'static str)> = match expected {
        Expected::Comparison => comparisons(typed, known),
        Expected::Subject => subjects(typed, known),
        Expected::Operator(kind) => operators(kind),
        Expected::Value(field, kind) => values(field, kind, typed, known),
        Expected::Connector => vec![("and".to_owned(), ""), ("or".to_owned(), "")],
    };
    let prefix = plain(typed);
    let fits = |insert: &str| insert != typed && plain(insert).starts_with(&prefix);
    found.retain(|(insert, about)| fits(insert) || (*about == SHORTCUT && insert != typed));
    found.truncate(count);
    found.into_iter().map(|(insert, about)| Completion { range: start..cursor, insert, about }).collect()
}

/// What a completion is called that writes a whole comparison.
const SHORTCUT: &str = "label";

/// In lower case, and without quotation marks.
fn plain(text: &str) -> String {
    text.replace(['"', '\''], "").to_lowercase()
}

/// Where the word at the end of `before` starts.
fn word_start(before: &str) -> usize {
    let after = |text: &str| {
        let end = text.char_indices().rev().find(|(_, letter)| ends_word(*letter));
        end.map_or(0, |(at, letter)| at + letter.len_utf8())
    };
    // A quotation mark that is not closed begins it, or the word with a dot before it.
    let mut marks = before.char_indices().filter(|(_, letter)| matches!(letter, '"' | '\''));
    let is_open = |at: usize| tokens(&before[..at]).is_ok() && tokens(&before[at..]).is_err();
    match marks.find(|(at, _)| is_open(*at)) {
        Some((at, _)) if before[..at].ends_with('.') => after(&before[..at]),
        Some((at, _)) => at,
        None => after(before),
    }
}

/// Walks through what is written; `None`: it is wrong before the cursor.
fn expected(done: &[Placed<'_>]) -> Option<Expected> {
    let mut expected = Expected::Comparison;
    for placed in done {
        let (word, is_operator) = match &placed.token {
            Token::Word(word) => (word.to_ascii_lowercase(), word.eq_ignore_ascii_case("contains")),
            Token::Sign(sign) => ((*sign).to_owned(), Operator::of(sign).is_some() || *sign == "~"),
            Token::Quoted(_) => (String::new(), false),
            Token::Open => ("(".to_owned(), false),
            Token::Close => (")".to_owned(), false),
        };
        expected = match (expected, word.as_str()) {
            (Expected::Comparison, "not" | "!" | "(") => Expected::Comparison,
            (Expected::Comparison, "has") => Expected::Subject,
            (Expected::Comparison, word) => Expected::Operator(kind_of(word)?),
            (Expected::Subject, word) => kind_of(word).map(|_| Expected::Connector)?,
            (Expected::Operator(kind), _) if is_operator => Expected::Value(field_before(done, placed), kind),
            // A class in quotation marks.
            (Expected::Operator(kind), "") => Expected::Operator(kind),
            (Expected::Operator(_), _) => return None,
            (Expected::Value(..), _) => Expected::Connector,
            (Expected::Connector, "and" | "or" | "&&" | "||") => Expected::Comparison,
            // A unit or a time after a blank.
            (Expected::Connector, _) => Expected::Connector,
        };
    }
    Some(expected)
}

fn kind_of(word: &str) -> Option<FieldKind> {
    match word.split_once('.') {
        Some((name, _)) => (Field::named(name) == Some(Field::Objects)).then_some(FieldKind::Whole),
        None => Field::named(word).map(Field::kind),
    }
}

fn field_before(done: &[Placed<'_>], operator: &Placed<'_>) -> Option<Field> {
    let place = done.iter().position(|placed| placed == operator)?;
    match done.get(place.checked_sub(1)?)?.token {
        Token::Word(word) => Field::named(word),
        _ => None,
    }
}

fn subjects(typed: &str, known: &Vocabulary) -> Vec<(String, &'static str)> {
    let typed = typed.to_lowercase();
    if let Some((name, _)) = typed.split_once('.')
        && Field::named(name) == Some(Field::Objects)
    {
        let class = |class: &String| {
            let needs_quotes = class.contains(ends_word);
            (format!("{name}.{}", if needs_quotes { in_quotes(class) } else { class.clone() }), "class")
        };
        return known.classes.iter().map(class).collect();
    }
    FIELDS.iter().map(|entry| (entry.name.to_owned(), entry.about)).collect()
}

fn comparisons(typed: &str, known: &Vocabulary) -> Vec<(String, &'static str)> {
    let mut found = subjects(typed, known);
    if typed.contains('.') {
        return found;
    }
    found.push(("has".to_owned(), "is known, or is there"));
    found.push(("not".to_owned(), "the opposite"));
    let word = typed.to_lowercase();
    if !word.is_empty() {
        let labels = known.labels.iter().filter(|label| label.to_lowercase().starts_with(&word));
        found.extend(labels.map(|label| (format!("label = {}", in_quotes(label)), SHORTCUT)));
    }
    found
}

fn operators(kind: FieldKind) -> Vec<(String, &'static str)> {
    let texts: &[(&str, &str)] = match kind {
        FieldKind::Text => &[("=", "is"), ("~", "contains, in any case"), ("!=", "is not")],
        _ => &[("=", "is"), (">", "more"), (">=", "at least"), ("<", "less"), ("<=", "at most"), ("!=", "is not")],
    };
    texts.iter().map(|(sign, about)| ((*sign).to_owned(), *about)).collect()
}

fn values(field: Option<Field>, kind: FieldKind, typed: &str, known: &Vocabulary) -> Vec<(String, &'static str)> {
    let quoted = |names: &[String]| names.iter().map(|name| (in_quotes(name), "")).collect();
    match (field, kind) {
        (Some(Field::Label), _) => quoted(&known.labels),
        (Some(Field::Topic), _) => quoted(&known.topics),
        (Some(Field::Format), _) => {
            ImageFormat::ALL.iter().map(|format| (format.extension().to_owned(), format.name())).collect()
        }
        (_, FieldKind::Bytes | FieldKind::Duration) => {
            let number: String = typed.chars().take_while(|letter| letter.is_ascii_digit() || *letter == '.').collect();
            let units = UNITS.iter().filter(|unit| unit.kind == kind && !number.is_empty());
            units.map(|unit| (format!("{number}{}", unit.name), "")).collect()
        }
        _ => Vec::new(),
    }
}
