//! Finds kept runs by words: in their names, folders, brokers, tags, notes, dates and configurations.

use std::collections::BTreeSet;

use super::notes::Notes;
use crate::configuration::{Configuration, FIELDS};

/// The parts of a run that can be searched, as they are typed before a colon.
const PARTS: [&str; 7] = ["name", "folder", "broker", "tag", "note", "date", "configuration"];

/// What a run is found by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunIndex {
    /// A text for each of [`PARTS`], in lower case; tags and dates have a line each.
    parts: [String; PARTS.len()],
}

/// The facts of a run that are searched.
pub(super) struct RunFacts<'a> {
    pub(super) name: &'a str,
    pub(super) folder: &'a str,
    pub(super) broker: &'a str,
    pub(super) notes: &'a Notes,
    pub(super) started_at: jiff::Timestamp,
    /// Names and settings, such as `linger.ms=5`.
    pub(super) configuration: String,
}

impl RunIndex {
    pub(super) fn of(facts: &RunFacts<'_>) -> Self {
        let started = facts.started_at.to_zoned_datetime(jiff::tz::TimeZone::system());
        let parts = [
            facts.name.to_owned(),
            facts.folder.to_owned(),
            facts.broker.to_owned(),
            facts.notes.tags.join("\n"),
            facts.notes.note.clone(),
            started.strftime("%Y-%m-%d %H:%M").to_string(),
            facts.configuration.clone(),
        ];
        Self { parts: parts.map(|part| part.to_lowercase()) }
    }
}

/// The names and settings of configurations, each once.
pub(super) fn configuration_text<'a>(all: impl Iterator<Item = &'a Configuration>) -> String {
    let mut found = BTreeSet::new();
    for one in all {
        found.insert(one.name.clone());
        found.extend(FIELDS.iter().map(|field| format!("{}={}", field.name, field.get(one))));
        found.extend(one.properties.iter().map(|(key, value)| format!("{key}={value}")));
    }
    found.into_iter().collect::<Vec<_>>().join("\n")
}

/// Words that all have to be found. `tag:night` looks only there, quotation marks keep a blank: `"two words"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunSearch {
    words: Vec<(Option<usize>, String)>,
}

impl RunSearch {
    /// Of what is typed. Any text can be searched.
    pub fn new(text: &str) -> Self {
        let words = words_of(text).into_iter().filter_map(|word| {
            let part = word.split_once(':').and_then(|(part, rest)| {
                Some((PARTS.iter().position(|known| *known == part.to_lowercase())?, rest.to_owned()))
            });
            let (part, word) = match part {
                Some((part, rest)) => (Some(part), rest.to_lowercase()),
                None => (None, word.to_lowercase()),
            };
            (!word.is_empty()).then_some((part, word))
        });
        Self { words: words.collect() }
    }

    /// Whether nothing is searched for, so that every run is found.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether the run has all words.
    pub fn finds(&self, run: &RunIndex) -> bool {
        self.words.iter().all(|(part, word)| match part {
            Some(part) => run.parts[*part].contains(word.as_str()),
            None => run.parts.iter().any(|part| part.contains(word.as_str())),
        })
    }

    /// The names that can stand before a colon.
    pub fn parts() -> &'static [&'static str] {
        &PARTS
    }
}

/// Words between blanks, where quotation marks keep blanks.
fn words_of(text: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            letter if letter.is_whitespace() && !is_quoted => words.push(std::mem::take(&mut word)),
            letter => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> RunIndex {
        let notes = Notes::typed("cluster, nightly", "After the Move to Zürich").unwrap();
        let gzip = Configuration { name: "mine".to_owned(), linger_ms: 7.0, ..Configuration::default() };
        RunIndex::of(&RunFacts {
            name: "5 configurations",
            folder: "/data/Proben Öl",
            broker: "kafka 4.1",
            notes: &notes,
            started_at: "2025-12-01T12:00:00Z".parse().unwrap(),
            configuration: configuration_text([&gzip, &gzip].into_iter()),
        })
    }

    #[test]
    fn every_part_is_found_and_all_words_have_to_be() {
        for text in
            ["5 CONF", "öl", "kafka", "nightly", "zürich", "2025-12", "linger.ms=7", "mine cluster", "\"the move\"", ""]
        {
            assert!(RunSearch::new(text).finds(&run()), "{text}");
        }
        for text in ["6", "cluster weekly", "linger.ms=8", "\"move the\""] {
            assert!(!RunSearch::new(text).finds(&run()), "{text}");
        }
    }

    #[test]
    fn a_word_can_be_bound_to_a_part() {
        for text in ["tag:cluster", "Note:zürich", "date:2025-12-01 folder:\"proben öl\"", "configuration:mine", "tag:"]
        {
            assert!(RunSearch::new(text).finds(&run()), "{text}");
        }
        assert!(!RunSearch::new("tag:move").finds(&run()) && !RunSearch::new("name:cluster").finds(&run()));
        // Not a part: the whole word is searched.
        assert!(!RunSearch::new("c:cluster").finds(&run()));
        assert!(RunSearch::new(" tag: ").is_empty() && RunSearch::parts().contains(&"tag"));
    }
}
