//! What is wrong with a query.

use std::fmt;

/// Why a text is not a query: where, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct QueryError {
    /// The character at which it is wrong, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: String,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.problem)
    }
}

impl QueryError {
    pub(super) fn new(text: &str, at: usize, problem: impl Into<String>) -> Self {
        let before = text.get(..at).unwrap_or(text);
        Self { column: before.chars().count() + 1, problem: problem.into() }
    }

    /// `found` is `None` at the end of the query.
    pub(super) fn expected(text: &str, at: usize, what: &str, found: Option<&str>) -> Self {
        let found = found.map_or("the end".to_owned(), |found| format!("`{found}`"));
        Self::new(text, at, format!("expected {what}, found {found}"))
    }

    pub(super) fn unclosed(text: &str, at: usize, mark: char) -> Self {
        Self::new(text, at, format!("the text that begins here has no closing {mark}"))
    }
}
