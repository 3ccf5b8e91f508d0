//! The classes of the objects on the images that are shown: how many there are, their colours, and which are hidden.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use eframe::egui::Color32;

use super::listing::Listing;
use crate::gui::theme::Tokens;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// A class on the images that are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassTotal {
    /// Its name.
    pub name: Arc<str>,
    /// Objects of it.
    pub objects: u64,
    /// Images with it.
    pub images: u64,
}

/// All classes on the images that are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassTotals {
    /// The one with most objects first.
    pub classes: Vec<ClassTotal>,
    /// Images without objects.
    pub without: u64,
    /// Images of which it is not known.
    pub unknown: u64,
}

impl ClassTotals {
    /// Counts the objects on the images at `places`. `None`: `stop` was requested.
    pub fn count(listing: &Listing, places: &[u32], stop: &Cancellation) -> Option<Self> {
        let mut totals = Self::default();
        let mut by_name: HashMap<&Arc<str>, (u64, u64)> = HashMap::new();
        for entry in places.iter().filter_map(|&index| listing.entries.get(index as usize)) {
            if stop.is_requested() {
                return None;
            }
            let Some(counts) = listing.class_counts(entry) else {
                totals.unknown += 1;
                continue;
            };
            totals.without += u64::from(counts.total() == 0);
            for (name, count) in counts.iter() {
                let (objects, images) = by_name.entry(name).or_default();
                *objects += u64::from(count);
                *images += 1;
            }
        }
        let class = |(name, (objects, images)): (&Arc<str>, _)| ClassTotal { name: Arc::clone(name), objects, images };
        totals.classes = by_name.into_iter().map(class).collect();
        totals.classes.sort_by(|a, b| b.objects.cmp(&a.objects).then_with(|| a.name.cmp(&b.name)));
        Some(totals)
    }
}

/// How the objects of each class are drawn.
#[derive(Clone, Debug, Default)]
pub struct ClassStyle {
    /// The number of the colour of a class, which stays as long as the list is of the same source.
    numbers: Arc<HashMap<Arc<str>, usize>>,
    hidden: Arc<HashSet<Arc<str>>>,
}

impl ClassStyle {
    /// Gives each class that has none yet the next colour.
    pub fn assign(&mut self, totals: &ClassTotals) {
        let new: Vec<&Arc<str>> =
            totals.classes.iter().map(|class| &class.name).filter(|name| !self.numbers.contains_key(*name)).collect();
        if !new.is_empty() {
            let numbers = Arc::make_mut(&mut self.numbers);
            for name in new {
                let next = numbers.len();
                numbers.insert(Arc::clone(name), next);
            }
        }
    }

    /// The colour of a class.
    pub fn color(&self, tokens: &Tokens, name: &str) -> Color32 {
        let number = self.numbers.get(name).copied().unwrap_or_else(|| {
            // It has not been counted yet.
            let mut hasher = DefaultHasher::new();
            name.hash(&mut hasher);
            (hasher.finish() % 12) as usize
        });
        tokens.class_color(number)
    }

    /// Whether its objects are drawn.
    pub fn is_shown(&self, name: &str) -> bool {
        !self.hidden.contains(name)
    }

    /// Hides a class, or shows it.
    pub fn set_shown(&mut self, name: &Arc<str>, is_shown: bool) {
        let hidden = Arc::make_mut(&mut self.hidden);
        if is_shown {
            hidden.remove(name);
        } else {
            hidden.insert(Arc::clone(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::theme::tokens::{DARK, LIGHT};

    fn totals(names: &[&str]) -> ClassTotals {
        let class = |name: &&str| ClassTotal { name: (*name).into(), objects: 1, images: 1 };
        ClassTotals { classes: names.iter().map(class).collect(), ..ClassTotals::default() }
    }

    #[test]
    fn a_class_keeps_its_colour_whatever_is_shown() {
        let mut style = ClassStyle::default();
        style.assign(&totals(&["tug", "boat"]));
        let before = style.color(&DARK, "boat");
        style.assign(&totals(&["crane", "boat"]));
        assert_eq!(style.color(&DARK, "boat"), before);
        let colors = ["tug", "boat", "crane"].map(|name| style.color(&LIGHT, name));
        assert!(colors[0] != colors[1] && colors[1] != colors[2] && colors[0] != colors[2]);
        style.set_shown(&"tug".into(), false);
        assert!(!style.is_shown("tug") && style.is_shown("boat"));
        style.set_shown(&"tug".into(), true);
        assert!(style.is_shown("tug"));
    }
}
