//! What could not be sent or saved, grouped by reason.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Names that are kept of one run; all are counted.
const NAMES_MAX: usize = 100_000;
/// Groups that are kept; what has yet another reason is in a group of its own kind.
const GROUPS_MAX: usize = 100;
/// The reason of the group that holds what is beyond [`GROUPS_MAX`].
const OTHER_REASONS: &str = "other reasons";
/// Stands in a group's reason for numbers that differ.
const DIFFERENT: &str = "…";

/// At which side something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// An image that was not sent.
    NotSent,
    /// A record that went to the dead letters.
    DeadLetter,
}

/// What was refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalGroup {
    /// At which side.
    pub kind: RefusalKind,
    /// Why; `…` stands for a number that differs among them.
    pub reason: String,
    /// How many there are.
    pub count: u64,
    /// Their names, as far as they are kept.
    pub entries: Vec<Refusal>,
}

/// One image or record that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The image's name in its folder, or the place of the record.
    pub name: String,
    /// Its own reason, where it differs from that of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Collects what is refused during a run.
#[derive(Debug, Default)]
pub struct Refusals {
    groups: Vec<RefusalGroup>,
    by_pattern: HashMap<(RefusalKind, String), usize>,
    names: usize,
}

impl Refusals {
    /// Adds one.
    pub fn add(&mut self, kind: RefusalKind, name: String, reason: &str) {
        let mut pattern = pattern(reason);
        let mut group_reason = reason;
        if self.groups.len() >= GROUPS_MAX && !self.by_pattern.contains_key(&(kind, pattern.clone())) {
            (pattern, group_reason) = (OTHER_REASONS.to_owned(), OTHER_REASONS);
        }
        let index = *self.by_pattern.entry((kind, pattern)).or_insert_with(|| {
            let reason = group_reason.to_owned();
            self.groups.push(RefusalGroup { kind, reason, count: 0, entries: Vec::new() });
            self.groups.len() - 1
        });
        let Some(group) = self.groups.get_mut(index) else { return };
        group.count += 1;
        if group.reason != reason && group.reason != OTHER_REASONS {
            group.generalize(reason);
        }
        if self.names < NAMES_MAX {
            self.names += 1;
            let reason = Some(reason.to_owned()).filter(|reason| *reason != group.reason);
            group.entries.push(Refusal { name, reason });
        }
    }

    /// The groups, the largest first.
    pub fn groups(&self) -> Vec<RefusalGroup> {
        let mut groups = self.groups.clone();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        groups
    }
}

impl RefusalGroup {
    /// Makes the reason fit `other` too, which differs from it in numbers.
    fn generalize(&mut self, other: &str) {
        let merged: String = tokens(&self.reason)
            .zip(tokens(other))
            .map(|(mine, its)| if mine == its { mine } else { DIFFERENT })
            .collect();
        if merged != self.reason {
            for entry in self.entries.iter_mut().filter(|entry| entry.reason.is_none()) {
                entry.reason = Some(self.reason.clone());
            }
            self.reason = merged;
        }
    }
}

/// A reason with [`DIFFERENT`] in place of all its numbers. Reasons of the same pattern have their tokens in the same places.
fn pattern(reason: &str) -> String {
    tokens(reason).map(|token| if is_number(token) { DIFFERENT } else { token }).collect()
}

fn is_number(token: &str) -> bool {
    token == DIFFERENT || token.starts_with(|letter: char| letter.is_ascii_digit())
}

/// The numbers of a text, with their separators, and what is between them.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = token_end(rest)?;
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(token)
    })
}

fn token_end(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if text.starts_with(DIFFERENT) {
        return Some(DIFFERENT.len());
    }
    if !first.is_ascii_digit() {
        let is_end = |letter: char| letter.is_ascii_digit() || DIFFERENT.starts_with(letter);
        return Some(text.find(is_end).unwrap_or(text.len()));
    }
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let continues = |at: &usize| is_digit(*at) || (matches!(bytes.get(*at), Some(b',' | b'.')) && is_digit(*at + 1));
    Some((1..).take_while(continues).last().map_or(1, |last| last + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, reason: Option<&str>) -> Refusal {
        Refusal { name: name.to_owned(), reason: reason.map(str::to_owned) }
    }

    #[test]
    fn what_has_one_reason_is_one_group() {
        let mut all = Refusals::default();
        all.add(RefusalKind::NotSent, "a.png".to_owned(), "no row for it in labels.csv");
        for (name, size) in [("b.png", "1,200,300"), ("c.png", "99"), ("d.png", "1,200,300")] {
            let reason = format!("its record of {size} bytes is larger than 64.5 bytes.");
            all.add(RefusalKind::NotSent, name.to_owned(), &reason);
        }
        all.add(RefusalKind::DeadLetter, "t [0] at offset 7".to_owned(), "no row for it in labels.csv");
        // Only numbers may differ.
        let mut two = Refusals::default();
        two.add(RefusalKind::NotSent, "e.png".to_owned(), "no row for x#");
        two.add(RefusalKind::NotSent, "f.png".to_owned(), "no row for x1");
        assert_eq!(
            two.groups().iter().map(|group| &*group.reason).collect::<Vec<_>>(),
            ["no row for x#", "no row for x1"]
        );
        let groups = all.groups();
        assert_eq!(groups.len(), 3);
        let sizes = &groups[0];
        assert_eq!((sizes.count, &*sizes.reason), (3, "its record of … bytes is larger than 64.5 bytes."));
        let of = |size: &str| format!("its record of {size} bytes is larger than 64.5 bytes.");
        let (large, small) = (of("1,200,300"), of("99"));
        let expected = [entry("b.png", Some(&large)), entry("c.png", Some(&small)), entry("d.png", Some(&large))];
        assert_eq!(sizes.entries, expected);
        assert_eq!(groups[1].entries, [entry("a.png", None)]);
        assert_eq!(groups[2].kind, RefusalKind::DeadLetter);
    }

    #[test]
    fn reasons_and_names_are_bounded_and_all_are_counted() {
        let mut all = Refusals::default();
        let letters = |number: usize| "x".repeat(number + 1);
        for number in 0..NAMES_MAX + 50 {
            all.add(RefusalKind::NotSent, number.to_string(), &letters(number % 150));
        }
        let groups = all.groups();
        assert_eq!(groups.len(), GROUPS_MAX + 1);
        assert_eq!(groups.iter().map(|group| group.count).sum::<u64>(), NAMES_MAX as u64 + 50);
        assert_eq!(groups.iter().map(|group| group.entries.len()).sum::<usize>(), NAMES_MAX);
        assert_eq!(groups[0].reason, OTHER_REASONS);
        assert!(groups[0].entries.iter().all(|entry| entry.reason.is_some()));
    }
}
