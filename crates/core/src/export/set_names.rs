//! The names of images and of class folders in a set: no two are the same, in any letter case.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::labels::writing::Distinct;
use crate::model::content_kind::ContentKind;
use crate::pipeline::sink::{NameSource, clean_file_name, with_suffix};

/// Gives names to images.
pub(super) struct SetNames {
    distinct: Distinct,
    taken: HashSet<String>,
}

impl SetNames {
    pub(super) fn new(distinct: Distinct) -> Self {
        Self { distinct, taken: HashSet::new() }
    }

    /// The name of an image whose own one is `wanted`: that, or one with the beginning of its hash.
    pub(super) fn name(&mut self, wanted: &str, sha256: &[u8; 32]) -> String {
        let wanted = match self.distinct {
            Distinct::Key => without_dots(wanted),
            Distinct::Name | Distinct::Stem => wanted.to_owned(),
        };
        let hash = hex::encode(sha256);
        let suffixes = [8, 64].into_iter().map(|digits| hash[..digits].to_owned());
        let numbered = (2_u64..).map(|number| format!("{}-{number}", &hash[..8]));
        let mut names =
            std::iter::once(wanted.clone()).chain(suffixes.chain(numbered).map(|suffix| with_suffix(&wanted, &suffix)));
        // The numbers have no end.
        names.find(|name| self.taken.insert(self.distinct.part(name).to_lowercase())).unwrap_or(wanted.clone())
    }
}

/// WebDataset takes what follows the first dot for the extension.
fn without_dots(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{}.{extension}", stem.replace('.', "_")),
        None => name.to_owned(),
    }
}

/// A folder for each label, which is the label where that can be one.
pub(super) fn label_folders<'a>(labels: &BTreeSet<&'a str>) -> BTreeMap<String, String> {
    let (mut taken, mut folders) = (HashSet::new(), BTreeMap::new());
    let clean = |label: &str| clean_file_name(label, NameSource::FileName, ContentKind::File("folder"));
    // Labels that need no other name have theirs.
    let (own, other): (Vec<&'a str>, Vec<&'a str>) = labels.iter().partition(|label| clean(label) == ***label);
    for label in own.into_iter().chain(other) {
        let cleaned = clean(&label.replace(['/', '\\'], "_"));
        let numbered = (2_u64..).map(|number| format!("{cleaned}-{number}"));
        let folder = std::iter::once(cleaned.clone()).chain(numbered).find(|name| taken.insert(name.to_lowercase()));
        folders.insert(label.to_owned(), folder.unwrap_or(cleaned.clone()));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_in_what_the_format_names_files_after() {
        let names = |distinct, wanted: &[&str]| {
            let mut names = SetNames::new(distinct);
            wanted.iter().map(|name| names.name(name, &[0xab; 32])).collect::<Vec<_>>()
        };
        let wanted = ["a.png", "a.jpg", "A.PNG", "a.png", "b.c.png", "b_c.jpg"];
        assert_eq!(
            names(Distinct::Name, &wanted[..5]),
            ["a.png", "a.jpg", "A-abababab.PNG", &format!("a-{}.png", "ab".repeat(32)), "b.c.png"]
        );
        assert_eq!(names(Distinct::Stem, &wanted[..2]), ["a.png", "a-abababab.jpg"]);
        assert_eq!(names(Distinct::Stem, &wanted[4..]), ["b.c.png", "b_c.jpg"]);
        assert_eq!(names(Distinct::Key, &wanted[4..]), ["b_c.png", "b_c-abababab.jpg"]);
    }

    #[test]
    fn each_label_has_a_folder_of_its_own() {
        let labels: BTreeSet<&str> = ["boat", "Boat", "a/b", "a_b", "..", "con", "x: y", "日本"].into();
        let folders = label_folders(&labels);
        assert_eq!(folders["日本"], "日本");
        assert_eq!((folders["a_b"].as_str(), folders["a/b"].as_str()), ("a_b", "a_b-2"));
        let distinct: HashSet<String> = folders.values().map(|folder| folder.to_lowercase()).collect();
        assert_eq!(distinct.len(), labels.len(), "{folders:?}");
        assert!(folders.values().all(|folder| !folder.contains(['/', ':']) && !folder.starts_with('.')), "{folders:?}");
    }
}
