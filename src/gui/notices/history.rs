//! All messages since the start.

use std::collections::VecDeque;

use crate::gui::widgets::message::Severity;

/// Entries that are kept.
const ENTRIES_MAX: usize = 500;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastNotice {
    /// When, for the last time; microseconds since 1970.
    pub at_micros: i64,
    /// Its severity.
    pub severity: Severity,
    /// What happened.
    pub title: String,
    /// Why.
    pub detail: String,
    /// How often in a row.
    pub times: u32,
}

/// The messages, newest last.
#[derive(Debug, Default)]
pub struct History(VecDeque<PastNotice>);

impl History {
    /// Adds an entry, or counts the last one again if it is the same; the oldest goes where there are too many.
    pub fn add(&mut self, severity: Severity, title: &str, detail: &str) {
        let at_micros = jiff::Timestamp::now().as_microsecond();
        if let Some(last) = self.0.back_mut()
            && (last.severity, last.title.as_str(), last.detail.as_str()) == (severity, title, detail)
        {
            last.at_micros = at_micros;
            last.times = last.times.saturating_add(1);
            return;
        }
        if self.0.len() == ENTRIES_MAX {
            self.0.pop_front();
        }
        let (title, detail) = (title.to_owned(), detail.to_owned());
        self.0.push_back(PastNotice { at_micros, severity, title, detail, times: 1 });
    }

    /// The entries, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &PastNotice> {
        self.0.iter().rev()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there has been no message yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_again_is_counted_and_the_number_is_bounded() {
        let mut history = History::default();
        history.add(Severity::Error, "a", "why");
        history.add(Severity::Error, "a", "why");
        history.add(Severity::Error, "a", "another reason");
        let shown: Vec<(&str, u32)> = history.newest_first().map(|one| (one.detail.as_str(), one.times)).collect();
        assert_eq!(shown, [("another reason", 1), ("why", 2)]);
        for number in 0..2 * ENTRIES_MAX {
            history.add(Severity::Info, &number.to_string(), "");
        }
        assert_eq!(history.len(), ENTRIES_MAX);
        assert_eq!(history.newest_first().next().unwrap().title, (2 * ENTRIES_MAX - 1).to_string());
    }
}
