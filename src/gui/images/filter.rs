//! Which images of a list are shown.

use super::listing::{ImageEntry, Listing};
use kafka_image_bench_core::query::{Query, QueryError, UnknownFacts, is_query};

/// What an image has to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that its label or its name has, in any case; or a query.
    pub words: String,
    /// No label.
    pub only_unlabelled: bool,
    /// No boxes.
    pub only_without_boxes: bool,
}

/// What the words of a filter mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// Each word is a part of the label or the name. In lower case.
    Words(Vec<String>),
    /// A query.
    Query(Query),
    /// A query with a mistake: nothing is left out.
    Mistake(QueryError),
}

impl Filter {
    /// Whether all images are shown.
    pub fn is_empty(&self) -> bool {
        self.words.trim().is_empty() && !self.only_unlabelled && !self.only_without_boxes
    }

    /// What its words mean.
    pub fn meaning(&self) -> Meaning {
        if !is_query(&self.words) {
            return Meaning::Words(self.words.split_whitespace().map(str::to_lowercase).collect());
        }
        match self.words.parse() {
            Ok(query) => Meaning::Query(query),
            Err(mistake) => Meaning::Mistake(mistake),
        }
    }

    /// What its words ask for, as a query; `None`: nothing.
    pub fn query(&self) -> Option<Query> {
        match self.meaning() {
            Meaning::Query(query) => Some(query),
            Meaning::Words(words) => words.iter().map(|word| Query::has_word(word)).reduce(Query::and),
            Meaning::Mistake(_) => None,
        }
    }

    /// A test for many images.
    pub(super) fn sieve(&self) -> Sieve<'_> {
        let meaning = self.meaning();
        let unknown = match &meaning {
            Meaning::Query(query) => Some(UnknownFacts::of(query)),
            Meaning::Words(_) | Meaning::Mistake(_) => None,
        };
        Sieve { filter: self, meaning, unknown }
    }
}

/// A filter at work.
pub(super) struct Sieve<'a> {
    filter: &'a Filter,
    meaning: Meaning,
    unknown: Option<UnknownFacts>,
}

impl Sieve<'_> {
    /// Whether an image is shown. Reads its file, where the query asks for what only that has.
    pub(super) fn passes(&mut self, listing: &Listing, entry: &ImageEntry) -> bool {
        if self.filter.only_unlabelled && entry.is_labelled {
            return false;
        }
        if self.filter.only_without_boxes && listing.class_counts(entry).is_none_or(|counts| counts.total() > 0) {
            return false;
        }
        match &self.meaning {
            Meaning::Words(words) if words.is_empty() => true,
            Meaning::Words(words) => {
                let (annotation, name) = (entry.annotation.to_lowercase(), entry.name.to_lowercase());
                words.iter().all(|word| annotation.contains(word.as_str()) || name.contains(word.as_str()))
            }
            Meaning::Query(query) => {
                let facts = listing.facts(entry, query);
                if let Some(unknown) = &mut self.unknown {
                    unknown.add(&facts);
                }
                query.matches(&facts)
            }
            Meaning::Mistake(_) => true,
        }
    }

    /// What was not known of some images, in sentences.
    pub(super) fn remarks(&self) -> Vec<String> {
        self.unknown.as_ref().map(|unknown| unknown.remarks("images")).unwrap_or_default()
    }
}
