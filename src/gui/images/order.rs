//! Which images are shown, and in which order.

use super::filter::Filter;
use super::listing::Listing;
use super::settings::SortBy;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// The images that a filter leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ordered {
    /// Their indexes in the list, sorted.
    pub places: Vec<u32>,
    /// What was not known of some, in sentences.
    pub remarks: Vec<String>,
}

/// The images that `filter` leaves, sorted; those so far, when `stop` is requested.
pub fn order(listing: &Listing, sort: SortBy, filter: &Filter, stop: &Cancellation) -> Ordered {
    let mut sieve = filter.sieve();
    let entries = &listing.entries;
    let shown = entries.iter().enumerate().take_while(|_| !stop.is_requested());
    let mut places: Vec<u32> = shown
        .filter(|(_, entry)| sieve.passes(listing, entry))
        .filter_map(|(index, _)| u32::try_from(index).ok())
        .collect();
    let entry = |index: &u32| &entries[*index as usize];
    // A page of a topic has the topic's order, unless another one is chosen.
    match sort {
        SortBy::Name if listing.page.is_some() => {}
        SortBy::Name => places.sort_by(|a, b| entry(a).name.cmp(&entry(b).name)),
        SortBy::Annotation => {
            places.sort_by(|a, b| (&entry(a).annotation, &entry(a).name).cmp(&(&entry(b).annotation, &entry(b).name)))
        }
        SortBy::Newest => places.sort_by(|a, b| {
            entry(b).changed_s.cmp(&entry(a).changed_s).then_with(|| entry(b).name.cmp(&entry(a).name))
        }),
        SortBy::Largest => places.sort_by_key(|index| std::cmp::Reverse(entry(index).size_bytes)),
    }
    Ordered { places, remarks: sieve.remarks() }
}

#[cfg(test)]
mod tests {
    use super::super::listing::{FileFacts, ImageEntry};
    use super::*;

    fn ordered(listing: &Listing, sort: SortBy, filter: &Filter) -> Vec<u32> {
        super::order(listing, sort, filter, &Cancellation::default()).places
    }

    fn order(listing: &Listing, sort: SortBy, words: &str) -> Vec<u32> {
        ordered(listing, sort, &Filter { words: words.to_owned(), ..Filter::default() })
    }

    fn listing() -> Listing {
        let entry = |name: &str, annotation: &str, size_bytes, changed_s| ImageEntry {
            name: name.into(),
            annotation: annotation.into(),
            is_labelled: !annotation.is_empty(),
            size_bytes,
            changed_s,
            record: None,
            file_facts: FileFacts::default(),
        };
        let entries = vec![entry("b.png", "Boat", 1, 3), entry("a.png", "crane", 3, 1), entry("c.png", "boat 2", 2, 2)];
        Listing { entries, ..Listing::default() }
    }

    #[test]
    fn sorted_and_filtered() {
        let listing = listing();
        assert_eq!(order(&listing, SortBy::Name, ""), [1, 0, 2]);
        assert_eq!(order(&listing, SortBy::Newest, ""), [0, 2, 1]);
        assert_eq!(order(&listing, SortBy::Largest, ""), [1, 2, 0]);
        assert_eq!(order(&listing, SortBy::Annotation, "BOAT"), [0, 2]);
        assert_eq!(order(&listing, SortBy::Name, "boat 2"), [2]);
        assert_eq!(order(&listing, SortBy::Name, "a.png"), [1]);
        assert!(order(&listing, SortBy::Name, "nothing").is_empty());
        let mut listing = listing;
        listing.entries[1].is_labelled = false;
        let unlabelled = Filter { only_unlabelled: true, ..Filter::default() };
        assert_eq!(ordered(&listing, SortBy::Name, &unlabelled), [1]);
    }

    #[test]
    fn a_query_filters_and_a_mistake_does_not() {
        let listing = listing();
        assert_eq!(order(&listing, SortBy::Name, "label ~ boat and size >= 2"), [2]);
        assert_eq!(order(&listing, SortBy::Name, "name = b.png or label = crane"), [1, 0]);
        assert_eq!(order(&listing, SortBy::Name, "label ="), [1, 0, 2], "a mistake leaves nothing out");
        let words = "not latency > 5ms".to_owned();
        let filter = Filter { words, ..Filter::default() };
        let found = super::order(&listing, SortBy::Name, &filter, &Cancellation::default());
        assert_eq!(found.places, [1, 0, 2]);
        assert_eq!(found.remarks, ["latency is not known for any of 3 images; comparisons with it are false there"]);
    }
}
