//! Which images of a list are shown.

use super::listing::ImageEntry;

/// What an image has to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that its label or its name has, in any case.
    pub words: String,
    /// No label.
    pub only_unlabelled: bool,
}

impl Filter {
    /// Whether all images are shown.
    pub fn is_empty(&self) -> bool {
        self.words.trim().is_empty() && !self.only_unlabelled
    }

    /// A test for many images.
    pub fn matcher(&self) -> impl Fn(&ImageEntry) -> bool {
        let words: Vec<String> = self.words.split_whitespace().map(str::to_lowercase).collect();
        let only_unlabelled = self.only_unlabelled;
        move |entry| {
            if only_unlabelled && entry.is_labelled {
                return false;
            }
            if words.is_empty() {
                return true;
            }
            let (annotation, name) = (entry.annotation.to_lowercase(), entry.name.to_lowercase());
            words.iter().all(|word| annotation.contains(word.as_str()) || name.contains(word.as_str()))
        }
    }
}
