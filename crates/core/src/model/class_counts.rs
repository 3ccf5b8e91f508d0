//! How many objects of which class are on an image.

use std::collections::HashSet;
use std::sync::Arc;

use super::objects::LabelledObject;

/// The number of objects of each class, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassCounts(Box<[(Arc<str>, u32)]>);

/// The names of classes, each kept once however many images have it.
#[derive(Debug, Default)]
pub struct ClassNames(HashSet<Arc<str>>);

impl ClassNames {
    fn of(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.0.insert(Arc::clone(&name));
        name
    }
}

impl ClassCounts {
    /// Counts `objects` by their label.
    pub fn of(objects: &[LabelledObject], names: &mut ClassNames) -> Self {
        let mut labels: Vec<&str> = objects.iter().map(|object| object.label.as_str()).collect();
        labels.sort_unstable();
        let same = labels.chunk_by(|one, other| one == other);
        Self(same.map(|same| (names.of(same[0]), u32::try_from(same.len()).unwrap_or(u32::MAX))).collect())
    }

    /// All objects.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    /// Objects of one class.
    pub fn of_class(&self, name: &str) -> u64 {
        self.0.iter().find(|(known, _)| **known == *name).map_or(0, |(_, count)| u64::from(*count))
    }

    /// The classes by name, with the number of objects of each.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, u32)> {
        self.0.iter().map(|(name, count)| (name, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::objects::BBox;

    #[test]
    fn objects_are_counted_by_class() {
        let object = |label: &str| LabelledObject::of_box(label, BBox::default());
        let mut names = ClassNames::default();
        let counts = ClassCounts::of(&["tug", "boat", "tug"].map(object), &mut names);
        let all: Vec<(&str, u32)> = counts.iter().map(|(name, count)| (&**name, count)).collect();
        assert_eq!(all, [("boat", 1), ("tug", 2)]);
        assert_eq!((counts.total(), counts.of_class("tug"), counts.of_class("Tug")), (3, 2, 0));
        let again = ClassCounts::of(&["tug"].map(object), &mut names);
        let name = |counts: &ClassCounts| counts.iter().last().map(|(name, _)| Arc::as_ptr(name));
        assert_eq!(name(&counts), name(&again), "a name is kept once");
        assert_eq!(ClassCounts::of(&[], &mut names).total(), 0);
    }
}
