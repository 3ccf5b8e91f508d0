//! Which images are shown, and in which order.

use super::filter::Filter;
use super::listing::{ImageEntry, Listing};
use super::settings::{GroupBy, SortBy};
use kafka_image_bench_core::run::cancellation::Cancellation;

/// The images that a filter leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ordered {
    /// Their indexes in the list, sorted.
    pub places: Vec<u32>,
    /// What was not known of some, in sentences.
    pub remarks: Vec<String>,
    /// The groups that they are in; empty where they are not grouped.
    pub groups: Vec<Group>,
}

/// Images one after the other that have a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The heading.
    pub name: Box<str>,
    /// The place of the first one.
    pub first: usize,
    /// How many there are.
    pub count: usize,
}

/// The images that `filter` leaves, sorted; those so far, when `stop` is requested.
pub fn order(listing: &Listing, (sort, group): (SortBy, GroupBy), filter: &Filter, stop: &Cancellation) -> Ordered {
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
    let groups = grouped(listing, group, &mut places);
    Ordered { places, remarks: sieve.remarks(), groups }
}

/// Puts the images of each group one after the other, in the order that they have; the groups by name.
fn grouped(listing: &Listing, group: GroupBy, places: &mut [u32]) -> Vec<Group> {
    if group == GroupBy::Nothing {
        return Vec::new();
    }
    let name_of =
        |index: &u32| listing.entries.get(*index as usize).map_or("", |entry| group_of(listing, entry, group));
    places.sort_by_cached_key(|index| name_of(index).to_owned());
    let mut groups = Vec::new();
    for same in places.chunk_by(|a, b| name_of(a) == name_of(b)) {
        let first = groups.last().map_or(0, |group: &Group| group.first + group.count);
        groups.push(Group { name: same.first().map_or("", name_of).into(), first, count: same.len() });
    }
    groups
}

/// The group of an image; empty: it has no label, or is in no folder.
fn group_of<'a>(listing: &'a Listing, entry: &'a ImageEntry, group: GroupBy) -> &'a str {
    match group {
        GroupBy::Nothing => "",
        GroupBy::Label => &entry.annotation,
        GroupBy::Folder => listing.folder_of(entry).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::listing::{FileFacts, ImageEntry};
    use super::*;

    fn ordered(listing: &Listing, sort: SortBy, filter: &Filter) -> Vec<u32> {
        super::order(listing, (sort, GroupBy::Nothing), filter, &Cancellation::default()).places
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
        let found = super::order(&listing, (SortBy::Name, GroupBy::Nothing), &filter, &Cancellation::default());
        assert_eq!(found.places, [1, 0, 2]);
        assert_eq!(found.remarks, ["latency is not known for any of 3 images; comparisons with it are false there"]);
    }

    #[test]
    fn groups_follow_each_other_by_name_and_keep_the_order_in_them() {
        let mut listing = listing();
        for (entry, name) in listing.entries.iter_mut().zip(["b/x.png", "a/z.png", "b/a.png"]) {
            (entry.name, entry.annotation) = (name.into(), "same".into());
        }
        let by = |group, sort| super::order(&listing, (sort, group), &Filter::default(), &Cancellation::default());
        let group = |name: &str, first, count| Group { name: name.into(), first, count };
        let folders = by(GroupBy::Folder, SortBy::Largest);
        assert_eq!((folders.places, folders.groups), (vec![1, 2, 0], vec![group("a", 0, 1), group("b", 1, 2)]));
        let labels = by(GroupBy::Label, SortBy::Newest);
        assert_eq!((labels.places, labels.groups), (vec![0, 2, 1], vec![group("same", 0, 3)]));
        assert!(by(GroupBy::Nothing, SortBy::Name).groups.is_empty());
    }
}
