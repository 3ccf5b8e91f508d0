//! A small language to ask for images and records: `label = "boat" and latency > 50ms and objects.tug >= 2`.
//!
//! A front end parses a [`Query`], collects the [`Facts`] of an image or a record, and asks whether they match. Those of a
//! saved image are made by [`saved_facts`](crate::pipeline::sink::saved_facts), those of a record of a topic by
//! [`BrowsedRecord::facts`](crate::browse::BrowsedRecord::facts). The size in pixels and the format of a saved image are in
//! its file only: where [`Query::needs_content`], add them with [`Facts::set_content`].
//!
//! A comparison with what is not known is false, also with `!=`; `not` around it is true. Say so to the user, with
//! [`UnknownFacts`].

mod completion;
mod error;
mod expression;
mod facts;
mod field;
mod literal;
mod matching;
mod parser;
mod token;
mod unknown;

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;

use crate::model::image_info::ImageFormat;

pub use completion::{Completion, Vocabulary, complete};
pub use error::QueryError;
use expression::{Comparison, Expression, Subject, Test, TextOperator};
pub use facts::{Facts, KnownObjects, folder_of};
pub use field::{FIELDS, Field, FieldEntry};
use token::{Token, tokens};
pub use unknown::UnknownFacts;

/// A query. It is written as it is read: with one blank between words, and texts in quotation marks.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    expression: Expression,
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        Ok(Self { expression: parser::parse(text, &TimeZone::system())? })
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression.fmt(f)
    }
}

impl Query {
    /// Whether an image or a record with these facts matches.
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        self.expression.holds(facts)
    }

    /// Asks for objects of a class.
    pub fn has_class(name: &str) -> Self {
        let comparison = Comparison { subject: Subject::Class(name.to_owned()), test: Test::Has };
        Self { expression: Expression::Compare(comparison) }
    }

    /// Asks for a word in the label or in the name.
    pub fn has_word(word: &str) -> Self {
        let contains = |field| {
            let test = Test::Text(TextOperator::Contains, word.to_owned());
            Expression::Compare(Comparison { subject: Subject::Field(field), test })
        };
        Self { expression: Expression::any(vec![contains(Field::Label), contains(Field::Name)]) }
    }

    /// Asks for a field with this text.
    pub fn text_is(field: Field, text: &str) -> Self {
        let test = Test::Text(TextOperator::Equal, text.to_owned());
        Self { expression: Expression::Compare(Comparison { subject: Subject::Field(field), test }) }
    }

    fn parts(&self) -> &[Expression] {
        match &self.expression {
            Expression::All(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }

    /// Whether it asks for all that `other` asks for, in the same words.
    pub fn has_parts_of(&self, other: &Self) -> bool {
        other.parts().iter().all(|part| self.parts().contains(part))
    }

    /// What is left of it without what `other` asks for; `None`: nothing.
    pub fn without(&self, other: &Self) -> Option<Self> {
        let rest: Vec<Expression> = self.parts().iter().filter(|part| !other.parts().contains(part)).cloned().collect();
        (!rest.is_empty()).then(|| Self { expression: Expression::all(rest) })
    }

    /// Asks for both; what is asked for already is not repeated.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let is_part = match &self.expression {
            Expression::All(parts) => parts.contains(&other.expression),
            one => *one == other.expression,
        };
        if is_part { self } else { Self { expression: Expression::all(vec![self.expression, other.expression]) } }
    }

    /// The fields that it compares, each once, in the order of [`Field`].
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        self.expression.each(&mut |comparison| {
            fields.push(match comparison.subject {
                Subject::Field(field) => field,
                Subject::Class(_) => Field::Objects,
            });
        });
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// The classes whose objects it counts.
    pub fn classes(&self) -> Vec<String> {
        let mut classes = Vec::new();
        self.expression.each(&mut |comparison| {
            if let Subject::Class(class) = &comparison.subject {
                classes.push(class.clone());
            }
        });
        classes
    }

    /// Whether it compares what only the image file has: width, height or format.
    pub fn needs_content(&self) -> bool {
        self.fields().iter().any(|field| matches!(field, Field::Width | Field::Height | Field::Format))
    }

    /// Whether it compares numbers of objects.
    pub fn needs_objects(&self) -> bool {
        self.fields().contains(&Field::Objects)
    }
}

/// Whether a text that may also be plain words is meant as a query: it has a comparison, or `has` before a field, or the
/// beginning of a class's count.
pub fn is_query(text: &str) -> bool {
    let found = match tokens(text) {
        Ok(found) => found,
        // A quotation mark is not closed yet.
        Err(error) => {
            let end = text.char_indices().nth(error.column.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
            tokens(&text[..end]).unwrap_or_default()
        }
    };
    let is_field = |at: usize| match found.get(at).map(|placed| &placed.token) {
        Some(Token::Word(word)) => Field::named(word.split('.').next().unwrap_or(word)).is_some(),
        _ => false,
    };
    found.iter().enumerate().any(|(at, placed)| match &placed.token {
        Token::Sign(sign) => *sign != "!",
        Token::Word(word) if is_class(word) => true,
        Token::Word(word) if word.eq_ignore_ascii_case("has") => is_field(at + 1),
        Token::Word(word) if word.eq_ignore_ascii_case("contains") => at > 0 && is_field(at - 1),
        _ => false,
    })
}

/// Whether a word is `objects.CLASS`, and not the name of an image file.
fn is_class(word: &str) -> bool {
    let is_image = |class: &str| ImageFormat::ALL.iter().any(|format| format.has_extension(class));
    let class = word.split_once('.').filter(|(name, _)| Field::named(name) == Some(Field::Objects));
    class.is_some_and(|(_, class)| !is_image(class))
}

#[cfg(test)]
mod tests;
