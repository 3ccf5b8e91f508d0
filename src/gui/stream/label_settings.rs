//! The labels of a stream: what a person chose, or what was found in the folder.

use std::path::Path;

use super::label_choice::LabelChoice;
use super::settings::StreamSettings;
use crate::gui::folder::{BOXES_FILE, WantedLabels};
use kafka_image_bench_core::labels::{LabelRule, LabelsLook};

impl StreamSettings {
    /// Where labels come from.
    ///
    /// # Errors
    /// The file or folder of the labels is not chosen yet.
    pub fn label_rule(&self) -> Result<LabelRule, String> {
        let place = match (self.labels.wants_path(), &self.label_path) {
            (None, _) => None,
            (Some(_), Some(path)) => Some(path.clone()),
            (Some(_), None) => {
                return Err(format!("Labels come from a {}, and none is chosen yet", self.labels.name()));
            }
        };
        Ok(LabelRule::new(self.labels.format_name(), place)?.scaling(self.labels_scale))
    }

    /// Where the labels of `folder` come from, as far as it has been looked at.
    ///
    /// # Errors
    /// As [`Self::label_rule`].
    pub(super) fn label_rule_of(&self, folder: &Path) -> Result<LabelRule, String> {
        let is_looked_at = self.labels_for.as_deref() == Some(folder) && self.is_found();
        match self.labels {
            _ if !self.looks_for_labels() => self.label_rule(),
            // Nothing was found.
            LabelChoice::Auto if is_looked_at => Ok(LabelRule::default()),
            _ if is_looked_at => self.label_rule(),
            _ => Ok(LabelRule::of_what_is_found().scaling(self.labels_scale)),
        }
    }

    /// Whether the labels are those that were found.
    fn is_found(&self) -> bool {
        let found = self.labels_found.as_ref();
        found.is_some_and(|(labels, path)| (*labels, path) == (self.labels, &self.label_path))
    }

    /// Whether labels are looked for when a folder is opened: a person has not chosen them.
    pub fn looks_for_labels(&self) -> bool {
        match self.labels {
            LabelChoice::Auto => true,
            _ if self.labels_chosen => false,
            _ if self.is_found() => true,
            LabelChoice::Stem => true,
            // Earlier versions took them from the folder by the file's name.
            LabelChoice::Coco => self.label_path.as_ref().is_some_and(|path| {
                path.file_name() == Some(BOXES_FILE.as_ref()) && path.parent() == self.labels_for.as_deref()
            }),
            _ => false,
        }
    }

    /// The labels that a folder is opened with.
    pub fn labels_of(&self, folder: &Path) -> WantedLabels {
        let rule = self.label_rule();
        if !self.looks_for_labels() {
            return WantedLabels { rule, preferred: None };
        }
        let is_same_folder = self.labels_for.as_deref() == Some(folder);
        WantedLabels {
            rule: Ok(LabelRule::of_what_is_found().scaling(self.labels_scale)),
            preferred: rule.ok().filter(|rule| is_same_folder && !rule.is_auto()),
        }
    }

    /// Takes labels that were found in `folder`: the ones in use where there are several.
    pub(super) fn follow_folder(&mut self, folder: &Path, look: &LabelsLook, used: &LabelRule) {
        let is_found = look.choices.iter().any(|found| used.is_like(&found.rule));
        match is_found {
            true => self.take_found(used),
            false => {
                (self.labels, self.label_path) = (LabelChoice::Auto, None);
                self.labels_found = look.choices.is_empty().then_some((LabelChoice::Auto, None));
            }
        }
        (self.labels_chosen, self.labels_for) = (false, Some(folder.to_owned()));
    }

    /// Takes labels that were found.
    pub(super) fn take_found(&mut self, rule: &LabelRule) {
        self.labels = LabelChoice::of_format(rule.format().name);
        self.label_path = rule.place().map(Path::to_owned);
        self.labels_found = Some((self.labels, self.label_path.clone()));
        self.labels_chosen = false;
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use kafka_image_bench_core::labels::FoundLabels;

    fn rule(text: &str) -> LabelRule {
        text.parse().unwrap()
    }

    /// A folder in which labels of these rules were found.
    fn look(rules: &[&str]) -> LabelsLook {
        let found = |text: &&str| FoundLabels { rule: rule(text), ..FoundLabels::default() };
        LabelsLook { choices: rules.iter().map(found).collect(), remarks: Vec::new() }
    }

    #[test]
    fn a_folder_brings_its_labels_along_until_another_choice_is_made() {
        let (with, other, without) = (Path::new("/with"), Path::new("/other"), Path::new("/without"));
        let mut settings = StreamSettings::default();
        assert!(settings.labels_of(with).rule.unwrap().is_auto());
        settings.follow_folder(with, &look(&["coco:/with/c.json"]), &rule("coco:/with/c.json"));
        assert_eq!(
            (settings.labels, settings.label_path.as_deref()),
            (LabelChoice::Coco, Some(Path::new("/with/c.json")))
        );
        assert_eq!(settings.labels_of(with).preferred, Some(rule("coco:/with/c.json")));
        assert_eq!(settings.labels_of(other).preferred, None);
        settings.follow_folder(other, &look(&["hf:/other"]), &rule("hf:/other"));
        assert_eq!((settings.labels, settings.label_path.as_deref()), (LabelChoice::HuggingFace, Some(other)));
        // Several, of which none is chosen yet.
        settings.follow_folder(other, &look(&["hf:/other", "yolo:/other"]), &rule("stem"));
        assert_eq!((settings.labels, settings.label_path.as_deref()), (LabelChoice::Auto, None));
        settings.follow_folder(without, &look(&[]), &rule("stem"));
        assert_eq!((settings.labels, settings.looks_for_labels()), (LabelChoice::Auto, true));
        settings.labels = LabelChoice::Stem;
        settings.labels_chosen = true;
        assert_eq!(settings.labels_of(with).rule, Ok(rule("stem")));
    }

    #[test]
    fn choices_of_earlier_versions_stay() {
        let chosen = |labels, path: Option<&str>| StreamSettings {
            labels,
            label_path: path.map(PathBuf::from),
            labels_for: Some("/with".into()),
            ..StreamSettings::default()
        };
        assert!(!chosen(LabelChoice::Folder, None).looks_for_labels());
        assert!(!chosen(LabelChoice::Coco, Some("/elsewhere/boxes.json")).looks_for_labels());
        assert!(!chosen(LabelChoice::Csv, Some("/with/labels.csv")).looks_for_labels());
        assert!(chosen(LabelChoice::Stem, None).looks_for_labels());
        assert!(chosen(LabelChoice::Coco, Some("/with/_annotations.coco.json")).looks_for_labels());
    }
}
