//! Which images are shown, and in which order.

use super::filter::Filter;
use super::listing::Listing;
use super::settings::SortBy;

/// The indexes of the images that `filter` leaves, sorted.
pub fn order(listing: &Listing, sort: SortBy, filter: &Filter) -> Vec<u32> {
    let matches = filter.matcher();
    let entries = &listing.entries;
    let mut order: Vec<u32> = (0..entries.len())
        .filter(|&index| matches(&entries[index]))
        .filter_map(|index| u32::try_from(index).ok())
        .collect();
    let entry = |index: &u32| &entries[*index as usize];
    // A page of a topic has the topic's order, unless another one is chosen.
    match sort {
        SortBy::Name if listing.page.is_some() => {}
        SortBy::Name => order.sort_by(|a, b| entry(a).name.cmp(&entry(b).name)),
        SortBy::Annotation => {
            order.sort_by(|a, b| (&entry(a).annotation, &entry(a).name).cmp(&(&entry(b).annotation, &entry(b).name)))
        }
        SortBy::Newest => order.sort_by(|a, b| {
            entry(b).changed_s.cmp(&entry(a).changed_s).then_with(|| entry(b).name.cmp(&entry(a).name))
        }),
        SortBy::Largest => order.sort_by_key(|index| std::cmp::Reverse(entry(index).size_bytes)),
    }
    order
}

#[cfg(test)]
mod tests {
    use super::super::listing::ImageEntry;
    use super::*;

    fn order(listing: &Listing, sort: SortBy, words: &str) -> Vec<u32> {
        super::order(listing, sort, &Filter { words: words.to_owned(), only_unlabelled: false })
    }

    fn listing() -> Listing {
        let entry = |name: &str, annotation: &str, size_bytes, changed_s| ImageEntry {
            name: name.into(),
            annotation: annotation.into(),
            is_labelled: !annotation.is_empty(),
            size_bytes,
            changed_s,
            record: None,
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
        assert_eq!(super::order(&listing, SortBy::Name, &unlabelled), [1]);
    }
}
