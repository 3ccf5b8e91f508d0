//! The names of classes in the front matter of a data set's `README.md`
//! (<https://huggingface.co/docs/datasets/en/dataset_card>): under `dataset_info`, of one configuration or of each in a list,
//! `features` with a `class_label` and its `names`.

use std::collections::HashMap;
use std::path::Path;

use super::class_names::{names_of, whole};
use super::csv_table::LABEL_HEADINGS;
use super::files;
use super::rows::is_same_heading;
use super::yaml::Yaml;

/// Folders above the metadata that are searched.
const FOLDERS_ABOVE: usize = 2;

/// The names of classes, by their numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ClassLabels {
    /// Of the label of an image.
    pub(super) of_images: HashMap<u32, String>,
    /// Of the objects on it.
    pub(super) of_objects: HashMap<u32, String>,
}

impl ClassLabels {
    /// Reads the nearest `README.md`, in `folder` or above it, that has names.
    pub(super) fn find(folder: &Path) -> Self {
        let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let folders = absolute.ancestors().take(FOLDERS_ABOVE + 1);
        let texts = folders.filter_map(|folder| files::read_text(&folder.join("README.md")).ok()?);
        texts.filter_map(|text| Self::read(&text)).find(|found| *found != Self::default()).unwrap_or_default()
    }

    fn read(text: &str) -> Option<Self> {
        let front = Yaml::whole(front_matter(text)?)?;
        let info = front.get("dataset_info")?;
        let configurations = info.items().unwrap_or(std::slice::from_ref(info));
        let features = || configurations.iter().filter_map(|one| one.get("features")?.items()).flatten();
        let of = |is_wanted: &dyn Fn(&str) -> bool| {
            let wanted = features().filter(|feature| feature.get("name").and_then(Yaml::scalar).is_some_and(is_wanted));
            let mut names = wanted.filter_map(class_label);
            let first = names.next().unwrap_or_default();
            // Configurations that differ could both be meant.
            if names.all(|other| other == first) { first } else { HashMap::new() }
        };
        Some(Self {
            of_images: of(&|name| LABEL_HEADINGS.iter().any(|heading| is_same_heading(name, heading))),
            of_objects: of(&|name| is_same_heading(name, "objects")),
        })
    }

    /// The name of a class that is written as a number.
    pub(super) fn named<'a>(names: &'a HashMap<u32, String>, class: &str) -> Option<&'a str> {
        names.get(&whole(class.trim())?).map(String::as_str)
    }
}

/// What is between the first two lines `---`.
fn front_matter(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("---")?;
    let rest = &rest[rest.find('\n')?..];
    rest.find("\n---").map(|end| &rest[..end])
}

/// The names of the first `class_label` in a feature, however deep it is.
fn class_label(feature: &Yaml) -> Option<HashMap<u32, String>> {
    match feature {
        Yaml::Scalar(_) => None,
        Yaml::List(items) => items.iter().find_map(class_label),
        Yaml::Map(members) => match feature.get("class_label").and_then(|label| label.get("names")) {
            Some(names) => Some(names_of(names)),
            None => members.iter().find_map(|(_, value)| class_label(value)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "---\nlicense: mit\ndataset_info:\n  features:\n  - name: image\n    dtype: image\n  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': cat\n          '1': dog\n  - name: objects\n    sequence:\n    - name: bbox\n      sequence: float32\n      length: 4\n    - name: category\n      dtype:\n        class_label:\n          names:\n            '0': boat\n            '1': buoy\n---\n# Boats\n";

    #[test]
    fn names_are_read_from_the_card_of_a_data_set() {
        let names = ClassLabels::read(CARD).unwrap();
        assert_eq!(
            (ClassLabels::named(&names.of_images, "1"), ClassLabels::named(&names.of_objects, "1.0")),
            (Some("dog"), Some("buoy"))
        );
        assert_eq!(
            (ClassLabels::named(&names.of_images, "2"), ClassLabels::named(&names.of_images, "cat")),
            (None, None)
        );
        assert_eq!(ClassLabels::read("# Boats\n"), None);
        assert_eq!(ClassLabels::read("---\nlicense: mit\n---\n"), None);
        assert_eq!(ClassLabels::read("---\ndataset_info: [\n---\n"), None);
    }

    #[test]
    fn configurations_that_differ_have_no_names() {
        let feature = |name: &str| {
            format!("  features:\n  - name: label\n    dtype:\n      class_label:\n        names: [{name}]\n")
        };
        let card = |one: &str, other: &str| {
            let list = format!("- config_name: a\n{}- config_name: b\n{}", feature(one), feature(other));
            ClassLabels::read(&format!("---\ndataset_info:\n{list}---\n")).unwrap().of_images
        };
        assert_eq!(ClassLabels::named(&card("cat", "cat"), "0"), Some("cat"));
        assert_eq!(card("cat", "dog"), HashMap::new());
    }

    #[test]
    fn the_card_is_looked_for_above_the_metadata() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("data/train");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(folder.path().join("README.md"), CARD).unwrap();
        assert_eq!(ClassLabels::named(&ClassLabels::find(&deep).of_images, "0"), Some("cat"));
        std::fs::write(folder.path().join("data/README.md"), "# No names\n").unwrap();
        assert_eq!(ClassLabels::named(&ClassLabels::find(&deep).of_images, "0"), Some("cat"));
    }
}
