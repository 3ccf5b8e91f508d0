//! What was found of the labels that were asked for.

use std::collections::BTreeSet;

use serde::Serialize;

use super::placing::ImageObjects;
use crate::model::units::{counted, exact};

/// Names that a finding has at most.
pub(super) const EXAMPLES_MAX: usize = 3;

/// What labels had for the images of a run, where they have objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LabelFindings {
    /// Their format, for people.
    pub format: &'static str,
    /// The labels, as a rule names them.
    pub labels: String,
    /// Images that were looked up.
    pub images: u64,
    /// Images with objects.
    pub images_with_objects: u64,
    /// Objects on them.
    pub objects: u64,
    /// Classes of the objects.
    pub classes: u64,
    /// Images without an entry.
    pub images_not_found: u64,
    /// Some of these.
    pub not_found_examples: Vec<String>,
    /// Some names that the labels have.
    pub entry_examples: Vec<String>,
    /// Classes that have only a number, some of them.
    pub unnamed_classes: Vec<String>,
    /// Images whose size differs from the one that the labels state.
    pub other_sizes: u64,
    /// One of these, with both sizes.
    pub other_size_example: Option<String>,
    /// Whether boxes were scaled to the image's size.
    pub scaled: bool,
    /// Entries that are damaged and belong to no image.
    pub damaged_entries: u64,
    /// One of these, with its place.
    pub damaged_example: Option<String>,
}

/// A sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether something was asked for and is missing.
    pub is_warning: bool,
    /// The sentence.
    pub text: String,
}

/// Counts the findings of a run.
#[derive(Debug, Default)]
pub(super) struct Counter {
    findings: LabelFindings,
    classes: BTreeSet<String>,
    unnamed: BTreeSet<String>,
}

/// Classes that are counted; no data set has more.
pub(super) const CLASSES_MAX: usize = 100_000;

impl Counter {
    /// Counts an image.
    pub(super) fn add(&mut self, name: &str, placed: &ImageObjects, size_px: [u32; 2]) {
        let findings = &mut self.findings;
        findings.images += 1;
        if !placed.is_listed {
            findings.images_not_found += 1;
            if findings.not_found_examples.len() < EXAMPLES_MAX {
                findings.not_found_examples.push(name.to_owned());
            }
            return;
        }
        findings.images_with_objects += u64::from(!placed.objects.is_empty());
        findings.objects += placed.objects.len() as u64;
        for object in &placed.objects {
            if self.classes.len() < CLASSES_MAX && !self.classes.contains(&object.label) {
                self.classes.insert(object.label.clone());
            }
        }
        if let Some(class) = &placed.unnamed
            && self.unnamed.len() < CLASSES_MAX
            && !self.unnamed.contains(class)
        {
            self.unnamed.insert(class.clone());
        }
        if let Some([width, height]) = placed.other_size {
            findings.other_sizes += 1;
            findings.other_size_example.get_or_insert_with(|| {
                format!("{name} has {} × {} pixels, the labels are for {width} × {height}", size_px[0], size_px[1])
            });
        }
    }

    /// What was counted so far.
    pub(super) fn findings(&self) -> LabelFindings {
        LabelFindings {
            classes: self.classes.len() as u64,
            unnamed_classes: self.unnamed.iter().take(EXAMPLES_MAX).cloned().collect(),
            ..self.findings.clone()
        }
    }
}

impl LabelFindings {
    /// In one line: `COCO file, 192 images, 1,204 boxes, 9 classes; 3 images have none`.
    pub fn summary(&self) -> String {
        format!("{}, {}", self.format, self.counts())
    }

    /// The same without the format.
    pub(super) fn counts(&self) -> String {
        let counts =
            [(self.images, "image", "images"), (self.objects, "box", "boxes"), (self.classes, "class", "classes")];
        let counts = counts.map(|(number, one, many)| counted(number, one, many)).join(", ");
        let without = self.images - self.images_with_objects;
        let rest = match without {
            0 => String::new(),
            _ => format!("; {}", counted(without, "image has none", "images have none")),
        };
        format!("{counts}{rest}")
    }

    /// What a person should know.
    pub fn sentences(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut say = |is_warning: bool, text: String| found.push(Finding { is_warning, text });
        let Self { labels, images, images_with_objects, images_not_found, .. } = self;
        let boxes = if *images == 1 { "image has boxes" } else { "images have boxes" };
        let counts = format!("{} of {} {boxes} in {labels}", exact(*images_with_objects), exact(*images));
        if *images > 0 && (*images_with_objects == 0 || *images_not_found > 0) {
            let example = match (self.not_found_examples.first(), self.entry_examples.first()) {
                (Some(image), Some(entry)) => format!("; for example, {image} is not in it, which names {entry}"),
                (Some(image), None) => format!("; for example, {image} is not in it"),
                (None, _) => "; they are in it, without any".to_owned(),
            };
            say(*images_with_objects == 0, format!("{counts}{example}"));
        }
        if !self.unnamed_classes.is_empty() {
            let classes = self.unnamed_classes.join(", ");
            say(
                true,
                format!(
                    "Classes without a name in {labels}, sent as their number or identifier; for example, {classes}"
                ),
            );
        }
        if let Some(example) = &self.other_size_example {
            let images = counted(self.other_sizes, "image has another size", "images have another size");
            let done = if self.scaled {
                "boxes were scaled to it"
            } else {
                "boxes were not changed; --labels-scale scales them"
            };
            say(!self.scaled, format!("{images} than {labels} states: {done}. For example, {example}"));
        }
        if let Some(example) = &self.damaged_example {
            let entries = counted(self.damaged_entries, "damaged entry was", "damaged entries were");
            say(true, format!("{entries} passed over in {labels}; for example, {example}"));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_and_the_sentences_name() {
        let findings = LabelFindings {
            format: "COCO file",
            labels: "coco:c.json".into(),
            images: 192,
            images_with_objects: 189,
            objects: 1_204,
            classes: 9,
            images_not_found: 3,
            not_found_examples: vec!["x.png".into()],
            entry_examples: vec!["y.png".into()],
            ..LabelFindings::default()
        };
        assert_eq!(findings.summary(), "COCO file, 192 images, 1,204 boxes, 9 classes; 3 images have none");
        let text = "189 of 192 images have boxes in coco:c.json; for example, x.png is not in it, which names y.png";
        assert_eq!(findings.sentences(), [Finding { is_warning: false, text: text.into() }]);
        let none = LabelFindings { images_with_objects: 0, ..findings };
        assert!(none.sentences()[0].is_warning && none.sentences()[0].text.starts_with("0 of 192 images have boxes"));
    }
}
