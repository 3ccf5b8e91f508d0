//! A query as a tree, and how it is written.

use std::fmt;

use super::field::Field;
use super::literal::{Amount, Moment};
use super::token::{ends_word, in_quotes};

/// A query or a part of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    /// One of several.
    Any(Vec<Self>),
    /// All of several.
    All(Vec<Self>),
    Not(Box<Self>),
    Compare(Comparison),
}

/// One comparison.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    pub(super) subject: Subject,
    pub(super) test: Test,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Field(Field),
    /// The number of objects of a class.
    Class(String),
}

/// What it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// It is known; of objects: there is at least one.
    Has,
    Text(TextOperator, String),
    Whole(Operator, i64),
    Amount(Operator, Amount),
    Moment(Operator, Moment),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextOperator {
    Equal,
    NotEqual,
    Contains,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Operator {
    pub(super) fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            "=" | "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            ">" => Self::More,
            ">=" => Self::AtLeast,
            _ => return None,
        })
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    pub(super) fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

impl TextOperator {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Contains => "~",
        }
    }
}

impl Expression {
    /// One of `parts`; those of a part that is such a list itself are taken out of it.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::Any(parts) => parts,
            other => vec![other],
        });
        Self::of_list(flat.collect(), Self::Any)
    }

    /// All of `parts`.
    pub(super) fn all(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::All(parts) => parts,
            other => vec![other],
        });
        Self::of_list(flat.collect(), Self::All)
    }

    fn of_list(mut parts: Vec<Self>, list: fn(Vec<Self>) -> Self) -> Self {
        match parts.len() {
            1 => parts.remove(0),
            _ => list(parts),
        }
    }

    /// Passes each comparison to `take`.
    pub(super) fn each(&self, take: &mut impl FnMut(&Comparison)) {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().for_each(|part| part.each(take)),
            Self::Not(part) => part.each(take),
            Self::Compare(comparison) => take(comparison),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, is_inner: bool) -> fmt::Result {
        let (parts, word, needs_brackets) = match self {
            Self::Any(parts) => (parts, " or ", is_inner),
            Self::All(parts) => (parts, " and ", false),
            Self::Not(part) => {
                f.write_str("not ")?;
                // `not` binds more tightly than `and`.
                let is_list = matches!(**part, Self::All(_) | Self::Any(_));
                return if is_list { write!(f, "({part})") } else { part.write(f, true) };
            }
            Self::Compare(comparison) => return write!(f, "{comparison}"),
        };
        if needs_brackets {
            f.write_str("(")?;
        }
        for (index, part) in parts.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { word })?;
            part.write(f, true)?;
        }
        f.write_str(if needs_brackets { ")" } else { "" })
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.subject;
        match &self.test {
            Test::Has => write!(f, "has {subject}"),
            Test::Text(operator, text) => write!(f, "{subject} {} {}", operator.sign(), in_quotes(text)),
            Test::Whole(operator, number) => write!(f, "{subject} {} {number}", operator.sign()),
            Test::Amount(operator, amount) => write!(f, "{subject} {} {amount}", operator.sign()),
            Test::Moment(operator, moment) => write!(f, "{subject} {} {moment}", operator.sign()),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.name()),
            Self::Class(class) if class.is_empty() || class.contains(ends_word) => {
                write!(f, "objects.{}", in_quotes(class))
            }
            Self::Class(class) => write!(f, "objects.{class}"),
        }
    }
}
