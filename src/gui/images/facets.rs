//! What the images that are shown have in common, and how many there are of what: labels, folders, sizes, topics.

use std::collections::HashMap;

use super::listing::{ImageEntry, Listing};
use crate::gui::format;
use kafka_image_bench_core::query::{Field, Query};
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Values of a facet that are kept: those with most images.
const VALUES_MAX: usize = 200;
/// Where size classes begin, in bytes; each ends where the next one begins.
const SIZES: [u64; 6] = [0, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// A property by which images are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FacetKind {
    /// The label.
    Label,
    /// The folder that an image is in, or was sent from.
    Folder,
    /// The size of the file or the value, in classes.
    Size,
    /// The topic of the record.
    Topic,
    /// The partition of the record.
    Partition,
}

/// A value, and how many of the shown images have it.
#[derive(Clone, Debug, PartialEq)]
pub struct FacetValue {
    /// As people read it.
    pub name: String,
    /// Images with it.
    pub images: u64,
    /// What asks for it.
    pub query: Query,
}

/// The values of a property, that with most images first; of sizes the smallest.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    /// Which property.
    pub kind: FacetKind,
    /// Its values.
    pub values: Vec<FacetValue>,
    /// Values that are not among these.
    pub more: usize,
}

impl FacetKind {
    /// All, in their order.
    pub const ALL: [Self; 5] = [Self::Label, Self::Folder, Self::Size, Self::Topic, Self::Partition];

    /// Of its values.
    pub fn title(self) -> &'static str {
        match self {
            Self::Label => "Labels",
            Self::Folder => "Folders",
            Self::Size => "Sizes",
            Self::Topic => "Topics",
            Self::Partition => "Partitions",
        }
    }

    /// What stands for the empty value.
    fn empty_name(self) -> &'static str {
        match self {
            Self::Folder => "in no folder",
            _ => "empty",
        }
    }
}

/// Counts the images at `places`. `None`: `stop` was requested.
pub fn facets(listing: &Listing, places: &[u32], stop: &Cancellation) -> Option<Vec<Facet>> {
    let mut texts = [FacetKind::Label, FacetKind::Folder, FacetKind::Topic].map(|kind| (kind, HashMap::new()));
    let (mut sizes, mut partitions) = ([0_u64; SIZES.len()], HashMap::new());
    for entry in places.iter().filter_map(|index| listing.entries.get(*index as usize)) {
        if stop.is_requested() {
            return None;
        }
        for (kind, counts) in &mut texts {
            if let Some(text) = text_of(listing, entry, *kind) {
                *counts.entry(text).or_insert(0_u64) += 1;
            }
        }
        sizes[SIZES.partition_point(|from| *from <= entry.size_bytes).saturating_sub(1)] += 1;
        if let Some(partition) = partition_of(listing, entry) {
            *partitions.entry(partition).or_insert(0_u64) += 1;
        }
    }
    let [labels, folders, topics] = texts.map(|(kind, counts)| of_texts(kind, counts));
    let all = [labels, folders, of_sizes(sizes), topics, of_partitions(partitions)];
    Some(all.into_iter().filter(|facet| !facet.values.is_empty()).collect())
}

fn text_of<'a>(listing: &'a Listing, entry: &'a ImageEntry, kind: FacetKind) -> Option<&'a str> {
    match kind {
        // A record without a label is not known from one with an empty one.
        FacetKind::Label if entry.record.is_some() && entry.annotation.is_empty() => None,
        FacetKind::Label => entry.is_labelled.then_some(&*entry.annotation),
        FacetKind::Folder => listing.folder_of(entry),
        FacetKind::Topic => listing.facts_of(entry).map(|facts| &*facts.topic).filter(|topic| !topic.is_empty()),
        FacetKind::Size | FacetKind::Partition => None,
    }
}

fn partition_of(listing: &Listing, entry: &ImageEntry) -> Option<i32> {
    let saved = || listing.facts_of(entry)?.record.map(|record| record.partition);
    listing.record_of(entry).map(|record| record.partition).or_else(saved)
}

fn of_texts(kind: FacetKind, counts: HashMap<&str, u64>) -> Facet {
    let field = match kind {
        FacetKind::Folder => Field::Folder,
        FacetKind::Topic => Field::Topic,
        _ => Field::Label,
    };
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let more = counts.len().saturating_sub(VALUES_MAX);
    let values = counts.into_iter().take(VALUES_MAX).map(|(text, images)| {
        let name = if text.is_empty() { kind.empty_name() } else { text };
        FacetValue { name: name.to_owned(), images, query: Query::text_is(field, text) }
    });
    Facet { kind, values: values.collect(), more }
}

fn of_sizes(counts: [u64; SIZES.len()]) -> Facet {
    let value = |(index, images): (usize, &u64)| {
        let (from, to) = (SIZES[index], SIZES.get(index + 1).copied());
        let (name, text) = match to {
            Some(to) if from == 0 => (format!("under {}", format::bytes(to)), format!("size < {to}B")),
            Some(to) => {
                let name = format!("{} to {}", format::bytes(from), format::bytes(to));
                (name, format!("size >= {from}B and size < {to}B"))
            }
            None => (format!("{} or more", format::bytes(from)), format!("size >= {from}B")),
        };
        Some(FacetValue { name, images: *images, query: text.parse().ok()? })
    };
    let values = counts.iter().enumerate().filter(|(_, images)| **images > 0).filter_map(value).collect();
    Facet { kind: FacetKind::Size, values, more: 0 }
}

fn of_partitions(counts: HashMap<i32, u64>) -> Facet {
    let mut counts: Vec<(i32, u64)> = counts.into_iter().collect();
    counts.sort_unstable();
    let more = counts.len().saturating_sub(VALUES_MAX);
    let value = |(partition, images): (i32, u64)| {
        let query = format!("partition = {partition}").parse().ok()?;
        Some(FacetValue { name: format!("partition {partition}"), images, query })
    };
    Facet { kind: FacetKind::Partition, values: counts.into_iter().take(VALUES_MAX).filter_map(value).collect(), more }
}

#[cfg(test)]
mod tests {
    use super::super::filter::Filter;
    use super::super::listing::FileFacts;
    use super::super::order::order;
    use super::super::settings::{GroupBy, SortBy};
    use super::*;

    #[test]
    fn each_value_finds_the_images_that_it_counted() {
        let entry = |(name, label, size_bytes): (&str, Option<&str>, u64)| ImageEntry {
            name: name.into(),
            annotation: label.unwrap_or_default().into(),
            is_labelled: label.is_some(),
            size_bytes,
            changed_s: 0,
            record: None,
            file_facts: FileFacts::default(),
        };
        let images = [
            ("a.png", Some("boat"), 500),
            ("x/b.png", Some("crane \"2\""), 10_000),
            ("x/y/c.png", Some("boat"), 99_999),
            ("x/y/d.png", None, 200_000_000),
            ("z x/e.png", Some(""), 100_000),
        ];
        let listing = Listing { entries: images.map(entry).into(), ..Listing::default() };
        let stop = Cancellation::default();
        let found = facets(&listing, &[0, 1, 2, 3, 4], &stop).unwrap();
        assert_eq!(found.iter().map(|facet| facet.kind.title()).collect::<Vec<_>>(), ["Labels", "Folders", "Sizes"]);
        let values = |index: usize| -> Vec<(&str, u64)> {
            found[index].values.iter().map(|value| (value.name.as_str(), value.images)).collect()
        };
        assert_eq!(values(0), [("boat", 2), ("empty", 1), ("crane \"2\"", 1)]);
        assert_eq!(values(1)[0], ("x/y", 2));
        assert_eq!(values(2)[0], ("under 10.0 kB", 1));
        for value in found.iter().flat_map(|facet| &facet.values) {
            let filter = Filter { words: value.query.to_string(), ..Filter::default() };
            let shown = order(&listing, (SortBy::Name, GroupBy::Nothing), &filter, &stop);
            assert_eq!(shown.places.len() as u64, value.images, "{}", filter.words);
        }
        assert!(facets(&listing, &[], &stop).unwrap().is_empty());
    }
}
