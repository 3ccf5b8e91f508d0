//! Several images that are selected: what is done then is done with all of them.

use std::collections::HashMap;

use super::listing::{EntryId, ImageEntry};

/// The selected images of a list.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// By name, with the records of each.
    names: HashMap<Box<str>, Vec<Option<u32>>>,
    count: usize,
    /// Where a range begins.
    pub(super) anchor: Option<EntryId>,
}

impl Selection {
    /// None yet; a range begins at an image.
    pub(super) fn beginning_at(anchor: Option<EntryId>) -> Self {
        Self { anchor, ..Self::default() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether an image is one of them.
    pub fn contains(&self, entry: &ImageEntry) -> bool {
        self.count > 0 && self.names.get(&entry.name).is_some_and(|records| records.contains(&entry.record))
    }

    /// Adds an image, or takes it out; the next range begins there.
    pub fn toggle(&mut self, entry: &ImageEntry) {
        self.anchor = Some(entry.id());
        if !self.contains(entry) {
            return self.add(entry);
        }
        self.count -= 1;
        if let Some(records) = self.names.get_mut(&entry.name) {
            records.retain(|record| *record != entry.record);
            if records.is_empty() {
                self.names.remove(&entry.name);
            }
        }
    }

    /// Adds an image.
    pub fn add(&mut self, entry: &ImageEntry) {
        if !self.contains(entry) {
            self.names.entry(entry.name.clone()).or_default().push(entry.record);
            self.count += 1;
        }
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
