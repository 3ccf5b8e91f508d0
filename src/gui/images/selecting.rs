//! Selects images of the sheet, by their places in it.

use std::sync::Arc;

use super::listing::ImageEntry;
use super::selection::Selection;
use super::tab::ImagesTab;

impl ImagesTab {
    /// Selects all that are shown.
    pub fn select_all(&mut self) {
        let (order, listing) = (Arc::clone(&self.order), Arc::clone(&self.listing));
        let entries = order.iter().filter_map(|index| listing.entries.get(*index as usize));
        entries.for_each(|entry| self.selection.add(entry));
    }

    /// Adds the image at a place in the order, or takes it out.
    pub(super) fn toggle_selected(&mut self, place: usize) {
        if let Some(entry) = self.entry_at(place).cloned() {
            self.selection.toggle(&entry);
        }
    }

    /// Selects from the last one that was selected or chosen to a place in the order.
    pub(super) fn select_up_to(&mut self, place: usize) {
        let anchor = self.selection.anchor.clone().and_then(|anchor| self.place_of(&anchor));
        let from = anchor.or(self.chosen().map(|(chosen, _)| chosen)).unwrap_or(place);
        let listing = Arc::clone(&self.listing);
        for place in from.min(place)..=from.max(place) {
            let Some(index) = self.order.get(place) else { break };
            if let Some(entry) = listing.entries.get(*index as usize) {
                self.selection.add(entry);
            }
        }
        if self.selection.anchor.is_none() {
            self.selection.anchor = self.entry_at(from).map(ImageEntry::id);
        }
    }

    /// Those of the selected that are shown, in their order.
    pub fn selected(&self) -> impl Iterator<Item = &ImageEntry> {
        let entries = self.order.iter().filter_map(|index| self.listing.entries.get(*index as usize));
        entries.filter(|entry| self.selection.contains(entry))
    }

    /// What is not shown any more is not selected: nothing is done with what is out of sight.
    pub(super) fn keep_selected_in_order(&mut self) {
        if self.selection.is_empty() {
            return;
        }
        let mut kept = Selection::beginning_at(self.selection.anchor.take());
        self.selected().for_each(|entry| kept.add(entry));
        self.selection = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::super::listing::{FileFacts, Listing};
    use super::super::settings::ImagesSettings;
    use super::*;

    fn tab(count: u32) -> ImagesTab {
        let entry = |number: u32| ImageEntry {
            name: format!("{number:02}.png").into(),
            annotation: "".into(),
            is_labelled: false,
            size_bytes: 1,
            changed_s: 0,
            record: None,
            file_facts: FileFacts::default(),
        };
        let mut tab = ImagesTab::new(ImagesSettings::default());
        tab.listing = Arc::new(Listing { entries: (0..count).map(entry).collect(), ..Listing::default() });
        tab.order = Arc::new((0..count).collect());
        tab
    }

    fn names(tab: &ImagesTab) -> Vec<&str> {
        tab.selected().map(|entry| &*entry.name).collect()
    }

    #[test]
    fn images_are_added_taken_out_and_selected_in_ranges() {
        let mut tab = tab(20);
        tab.toggle_selected(3);
        tab.toggle_selected(9);
        tab.toggle_selected(3);
        assert_eq!((names(&tab), tab.selection.len()), (vec!["09.png"], 1));
        tab.toggle_selected(12);
        tab.select_up_to(10);
        assert_eq!(names(&tab), ["09.png", "10.png", "11.png", "12.png"]);
        tab.select_up_to(13);
        assert_eq!(tab.selection.len(), 5, "the range still begins where it did");
        tab.select_all();
        assert_eq!(tab.selection.len(), 20);
        tab.selection.clear();
        tab.choose(Some(2));
        tab.select_up_to(4);
        assert_eq!(names(&tab), ["02.png", "03.png", "04.png"], "from the chosen one on");
    }

    #[test]
    fn what_is_filtered_out_is_not_selected() {
        let mut tab = tab(5);
        tab.select_all();
        tab.order = Arc::new(vec![4, 1]);
        tab.keep_selected_in_order();
        assert_eq!((names(&tab), tab.selection.len()), (vec!["04.png", "01.png"], 2));
    }

    #[test]
    fn records_of_one_name_are_several_images() {
        let mut selection = Selection::default();
        let tab = tab(1);
        let [one, other] = [Some(1), Some(2)].map(|record| ImageEntry { record, ..tab.listing.entries[0].clone() });
        selection.toggle(&one);
        selection.toggle(&other);
        selection.toggle(&one);
        assert!(!selection.contains(&one) && selection.contains(&other) && selection.len() == 1);
    }
}
