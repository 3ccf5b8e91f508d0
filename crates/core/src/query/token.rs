//! The words of a query.

use super::error::QueryError;

/// A word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Characters up to the next blank, sign or quotation mark.
    Word(&'a str),
    /// A text in quotation marks, without them.
    Quoted(String),
    /// A comparison, `&&`, `||` or `!`.
    Sign(&'a str),
    Open,
    Close,
}

/// A word and where it is, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed<'a> {
    pub(super) token: Token<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Signs, the longer ones first.
const SIGNS: [&str; 11] = ["==", "!=", "<=", ">=", "&&", "||", "=", "<", ">", "~", "!"];

/// Whether a character ends a word.
pub(super) fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || "()=!<>~&|\"'".contains(letter)
}

/// The words of `text`.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed<'_>>, QueryError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        let start = at;
        let token = match letter {
            _ if letter.is_whitespace() => {
                at += letter.len_utf8();
                continue;
            }
            '(' => Token::Open,
            ')' => Token::Close,
            '"' | '\'' => {
                let (content, length) =
                    quoted(rest, letter).ok_or_else(|| QueryError::unclosed(text, start, letter))?;
                at += length;
                found.push(Placed { token: Token::Quoted(content), start, end: at });
                continue;
            }
            _ => match SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
                Some(sign) => Token::Sign(sign),
                None if ends_word(letter) => {
                    let whole = if letter == '&' { "`and`" } else { "`or`" };
                    return Err(QueryError::expected(text, start, whole, Some(&letter.to_string())));
                }
                None => Token::Word(&rest[..rest.find(ends_word).unwrap_or(rest.len())]),
            },
        };
        at += match &token {
            Token::Word(word) | Token::Sign(word) => word.len(),
            _ => letter.len_utf8(),
        };
        found.push(Placed { token, start, end: at });
    }
    Ok(found)
}

/// The text in quotation marks at the start of `rest`, and the length of both; `None`: it is not closed. A backslash
/// stands before a quotation mark or a backslash that is part of the text.
fn quoted(rest: &str, mark: char) -> Option<(String, usize)> {
    let mut content = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter == mark => return Some((content, at + letter.len_utf8())),
            '\\' => match letters.next_if(|(_, next)| matches!(next, '"' | '\'' | '\\')) {
                Some((_, next)) => content.push(next),
                None => content.push('\\'),
            },
            _ => content.push(letter),
        }
    }
    None
}

/// A text as a query has it: in quotation marks.
pub(super) fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
