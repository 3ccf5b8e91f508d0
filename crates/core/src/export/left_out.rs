//! Images that are not in a set, and why.

use serde::Serialize;

use crate::model::units::counted;

/// Images that are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub(super) reason: Reason,
    /// How many.
    pub images: u64,
    /// One of them.
    pub example: Option<String>,
}

/// Why an image is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// Its file is gone.
    FileMissing,
    /// It is a file of another kind.
    NotAnImage,
    /// The query does not ask for it.
    NotSelected,
    /// It has no label, in a format that needs one.
    NoLabel,
    /// The table names a file elsewhere.
    NotInFolder,
    /// It is in the folder, and in none of the tables.
    NotListed,
    /// Its record could not be decoded.
    NotDecoded,
    /// The same image came again in a later record.
    Repeated,
}

impl LeftOut {
    pub(super) fn new(reason: Reason) -> Self {
        Self { reason, images: 0, example: None }
    }

    pub(super) fn add(&mut self, name: &str) {
        self.images += 1;
        self.example.get_or_insert_with(|| name.to_owned());
    }

    /// For people: `2 images are missing from the folder; for example, a.png`.
    pub fn sentence(&self) -> String {
        let words = |one: &str, many: &str| counted(self.images, one, many);
        let what = match self.reason {
            Reason::FileMissing => words("image is missing from the folder", "images are missing from the folder"),
            Reason::NotAnImage => words("file is not an image", "files are not images"),
            Reason::NotSelected => words("image does not match the query", "images do not match the query"),
            Reason::NoLabel => words("image has no label", "images have no label"),
            Reason::NotInFolder => words("row names a file elsewhere", "rows name files elsewhere"),
            Reason::NotListed => words("file is not in the tables", "files are not in the tables"),
            Reason::NotDecoded => words("record holds no image", "records hold no image"),
            Reason::Repeated => {
                words("record has an image that came again later", "records have images that came again later")
            }
        };
        let example = self.example.as_ref().map(|name| format!("; for example, {name}"));
        format!("{what}{}", example.unwrap_or_default())
    }
}
