//! Reads a query.

use jiff::tz::TimeZone;

use super::error::QueryError;
use super::expression::{Comparison, Expression, Operator, Subject, Test, TextOperator};
use super::field::{FIELDS, Field, FieldKind};
use super::literal::{Amount, Moment, is_unit};
use super::token::{Placed, Token, tokens};

/// Longer queries are refused.
const LENGTH_MAX: usize = 4_000;
/// The most brackets and `not` inside each other.
const DEPTH_MAX: usize = 50;

/// A comparison as an example.
const EXAMPLE: &str = "a comparison, such as label = \"boat\"";

/// Reads `text`. Times without an offset are of `zone`.
pub(super) fn parse(text: &str, zone: &TimeZone) -> Result<Expression, QueryError> {
    if text.len() > LENGTH_MAX {
        return Err(QueryError::new(text, 0, format!("a query has at most {LENGTH_MAX} bytes")));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { text, zone, tokens: &tokens, at: 0, depth: 0, after_bare_text: false };
    let expression = parser.any()?;
    match parser.peek() {
        None => Ok(expression),
        Some(placed) if placed.token == Token::Close => {
            Err(QueryError::new(text, placed.start, "this bracket is not opened before"))
        }
        Some(_) if parser.after_bare_text => {
            Err(parser.expected("`and`, `or` or the end; put a text of several words in quotation marks"))
        }
        Some(_) => Err(parser.expected("`and`, `or` or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    zone: &'a TimeZone,
    tokens: &'a [Placed<'a>],
    at: usize,
    depth: usize,
    /// The last comparison ended with a text without quotation marks.
    after_bare_text: bool,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Placed<'a>> {
        self.tokens.get(self.at)
    }

    fn word(&self) -> Option<&'a str> {
        match self.peek()?.token {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Takes the next token if it is this word, in any case, or this sign.
    fn takes(&mut self, word: &str, sign: &str) -> bool {
        let is_it = match self.peek().map(|placed| &placed.token) {
            Some(Token::Word(found)) => found.eq_ignore_ascii_case(word),
            Some(Token::Sign(found)) => *found == sign,
            _ => false,
        };
        self.at += usize::from(is_it);
        is_it
    }

    fn expected(&self, what: &str) -> QueryError {
        match self.peek() {
            None => QueryError::expected(self.text, self.text.trim_end().len(), what, None),
            Some(placed) => {
                QueryError::expected(self.text, placed.start, what, self.text.get(placed.start..placed.end))
            }
        }
    }

    fn any(&mut self) -> Result<Expression, QueryError> {
        let mut parts = vec![self.all()?];
        while self.takes("or", "||") {
            parts.push(self.all()?);
        }
        Ok(Expression::any(parts))
    }

    fn all(&mut self) -> Result<Expression, QueryError> {
        let mut parts = vec![self.unary()?];
        while self.takes("and", "&&") {
            parts.push(self.unary()?);
        }
        Ok(Expression::all(parts))
    }

    fn unary(&mut self) -> Result<Expression, QueryError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let at = self.peek().map_or(self.text.len(), |placed| placed.start);
            let problem = format!("more than {DEPTH_MAX} brackets or `not` inside each other");
            return Err(QueryError::new(self.text, at, problem));
        }
        let expression = self.inner()?;
        self.depth -= 1;
        Ok(expression)
    }

    fn inner(&mut self) -> Result<Expression, QueryError> {
        if self.takes("not", "!") {
            return Ok(Expression::Not(Box::new(self.unary()?)));
        }
        let Some(placed) = self.peek().filter(|placed| placed.token == Token::Open) else {
            return self.comparison().map(Expression::Compare);
        };
        self.at += 1;
        let inner = self.any()?;
        if self.peek().is_some_and(|placed| placed.token == Token::Close) {
            self.at += 1;
            self.after_bare_text = false;
            return Ok(inner);
        }
        match self.peek() {
            None => Err(QueryError::new(self.text, placed.start, "this bracket is not closed")),
            Some(_) => Err(self.expected("`and`, `or` or `)`")),
        }
    }

    fn comparison(&mut self) -> Result<Comparison, QueryError> {
        self.after_bare_text = false;
        if self.takes("has", "") {
            return Ok(Comparison { subject: self.subject()?, test: Test::Has });
        }
        let subject = self.subject()?;
        let kind = match &subject {
            Subject::Field(field) => field.kind(),
            Subject::Class(_) => FieldKind::Whole,
        };
        let test = if kind == FieldKind::Text { self.text_test(&subject)? } else { self.number_test(&subject, kind)? };
        Ok(Comparison { subject, test })
    }

    fn subject(&mut self) -> Result<Subject, QueryError> {
        let Some(word) = self.word().filter(|word| !is_reserved(word)) else { return Err(self.expected(EXAMPLE)) };
        if let Some(field) = Field::named(word) {
            self.at += 1;
            return Ok(Subject::Field(field));
        }
        let class = word.split_once('.').filter(|(name, _)| Field::named(name) == Some(Field::Objects));
        let Some((_, class)) = class else { return Err(self.unknown_field(word)) };
        let end = self.peek().map_or(0, |placed| placed.end);
        self.at += 1;
        if !class.is_empty() {
            return Ok(Subject::Class(class.to_owned()));
        }
        // A class of several words is in quotation marks, right after the dot.
        match self.peek().filter(|next| next.start == end).map(|next| &next.token) {
            Some(Token::Quoted(class)) => {
                self.at += 1;
                Ok(Subject::Class(class.clone()))
            }
            _ => Err(QueryError::new(self.text, end, "expected the name of a class after `objects.`")),
        }
    }

    fn unknown_field(&self, word: &str) -> QueryError {
        let at = self.peek().map_or(0, |placed| placed.start);
        let is_compared = |placed: &Placed<'_>| match &placed.token {
            Token::Sign(sign) => Operator::of(sign).is_some() || *sign == "~",
            Token::Word(word) => word.eq_ignore_ascii_case("contains"),
            _ => false,
        };
        let names = || FIELDS.map(|entry| entry.name).join(", ");
        let problem = match (Field::similar(word), self.tokens.get(self.at + 1).is_some_and(is_compared)) {
            (Some(name), _) => format!("`{word}` is not a field; did you mean `{name}`?"),
            (None, true) => {
                format!("`{word}` is not a field; fields are {}; the count of a class is `objects.CLASS`", names())
            }
            (None, false) => format!("expected {EXAMPLE}, found `{word}`"),
        };
        QueryError::new(self.text, at, problem)
    }

    fn text_test(&mut self, subject: &Subject) -> Result<Test, QueryError> {
        let operator = match self.peek().map(|placed| &placed.token) {
            Some(Token::Sign("=" | "==")) => TextOperator::Equal,
            Some(Token::Sign("!=")) => TextOperator::NotEqual,
            Some(Token::Sign("~")) => TextOperator::Contains,
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("contains") => TextOperator::Contains,
            _ => return Err(self.expected(&format!("=, != or ~ after `{subject}`, which is text"))),
        };
        self.at += 1;
        let text = match self.peek().map(|placed| &placed.token) {
            Some(Token::Quoted(text)) => text.clone(),
            Some(Token::Word(word)) if !is_reserved(word) => {
                self.after_bare_text = true;
                (*word).to_owned()
            }
            _ => return Err(self.expected(&format!("a text after `{}`", operator.sign()))),
        };
        self.at += 1;
        Ok(Test::Text(operator, text))
    }

    fn number_test(&mut self, subject: &Subject, kind: FieldKind) -> Result<Test, QueryError> {
        let sign = match self.peek().map(|placed| &placed.token) {
            Some(Token::Sign(sign)) => Operator::of(sign),
            _ => None,
        };
        let Some(operator) = sign else {
            return Err(self.expected(&format!("=, !=, <, <=, > or >= after `{subject}`")));
        };
        self.at += 1;
        let start = self.at;
        let Some(value) = self.value() else { return Err(self.expected(expectation(kind))) };
        let test = match kind {
            FieldKind::Whole => value.parse().ok().map(|number| Test::Whole(operator, number)),
            FieldKind::Bytes | FieldKind::Duration => {
                Amount::read(&value, kind).map(|amount| Test::Amount(operator, amount))
            }
            FieldKind::Time => Moment::read(&value, self.zone).map(|moment| Test::Moment(operator, moment)),
            FieldKind::Text => None,
        };
        test.ok_or_else(|| {
            self.at = start;
            self.expected(expectation(kind))
        })
    }

    /// The next value: `50ms`, or `50 ms`, or a date with a time after a blank, or the same in quotation marks.
    fn value(&mut self) -> Option<String> {
        let first = match &self.peek()?.token {
            Token::Word(word) if !is_reserved(word) => (*word).to_owned(),
            Token::Quoted(text) => text.clone(),
            _ => return None,
        };
        self.at += 1;
        let is_clock = |word: &str| word.contains(':') && word.starts_with(|letter: char| letter.is_ascii_digit());
        let is_date = first.len() == 10 && first.matches('-').count() == 2;
        let is_number = first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        match self.word().filter(|word| (is_number && is_unit(word)) || (is_date && is_clock(word))) {
            None => Some(first),
            Some(second) => {
                self.at += 1;
                Some(format!("{first} {second}"))
            }
        }
    }
}

fn is_reserved(word: &str) -> bool {
    ["and", "or", "not", "has", "contains"].iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}

fn expectation(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "a text",
        FieldKind::Whole => "a whole number",
        FieldKind::Bytes => "a size, such as 500kB or 1.5MB",
        FieldKind::Duration => "a time with its unit, such as 50ms or 1.5s",
        FieldKind::Time => "a date or a time, such as 2026-11-24 or 2026-11-24T08:30:00Z",
    }
}
