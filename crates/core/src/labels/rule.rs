//! Which labels to use, as the command line writes it: `stem`, `coco:FILE`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::format::{LabelFormat, LabelPlace, LabelSource, Opening};
use super::{LABEL_FORMATS, LabelError, image_path, parts};

/// A label format and the file or folder of its labels.
#[derive(Clone, Debug)]
pub struct LabelRule {
    format: &'static LabelFormat,
    /// Empty for a format without a place.
    place: PathBuf,
    scales: bool,
    keeps_file_names: bool,
}

impl LabelRule {
    /// The rule of the format `name`, with its labels at `place`.
    ///
    /// # Errors
    /// There is no such format, the format needs a place, or it has none.
    pub fn new(name: &str, place: Option<PathBuf>) -> Result<Self, String> {
        let fits = |format: &LabelFormat| match &place {
            None => format.place.is_none(),
            Some(place) => format.place.is_some() && !place.as_os_str().is_empty(),
        };
        match LABEL_FORMATS.iter().find(|format| format.name == name && fits(format)) {
            Some(format) => Ok(Self { format, place: place.unwrap_or_default(), ..Self::default() }),
            None => {
                let [others @ .., last] = LABEL_FORMATS.map(LabelFormat::syntax);
                Err(format!("labels come from {} or {last}", others.join(", ")))
            }
        }
    }

    /// The labels that are found in or beside the folder of images.
    pub fn of_what_is_found() -> Self {
        Self::new("auto", None).unwrap_or_default()
    }

    /// The same, where boxes for another size than the image's are scaled to it.
    #[must_use]
    pub fn scaling(self, scales: bool) -> Self {
        Self { scales, ..self }
    }

    /// The same, where the label of an image stays its file name, and only objects are taken.
    #[must_use]
    pub fn keeping_file_names(self) -> Self {
        Self { keeps_file_names: true, ..self }
    }

    /// Whether the label of an image is its file name, whatever the labels have.
    pub(crate) fn keeps_file_names(&self) -> bool {
        self.keeps_file_names
    }

    /// The same with the labels of `found`.
    #[must_use]
    pub fn resolved(&self, found: &Self) -> Self {
        Self { format: found.format, place: found.place.clone(), ..self.clone() }
    }

    /// Whether both are of the same format at the same place.
    pub fn is_like(&self, other: &Self) -> bool {
        (self.format.name, &self.place) == (other.format.name, &other.place)
    }

    /// Whether the labels have to be looked for.
    pub fn is_auto(&self) -> bool {
        self.format.name == "auto"
    }

    /// The file or folder of the labels.
    pub fn place(&self) -> Option<&Path> {
        self.has_place().then_some(&*self.place)
    }

    pub(super) fn scales(&self) -> bool {
        self.scales
    }

    /// Its format.
    pub fn format(&self) -> &'static LabelFormat {
        self.format
    }

    pub(super) fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn LabelSource>, LabelError> {
        if self.is_of_several_files() {
            return parts::open(self.format, &self.place, opening);
        }
        (self.format.open)(&self.place, opening)
    }

    /// Whether the labels are in the files of a folder, each of which could have all.
    pub(super) fn is_of_several_files(&self) -> bool {
        self.format.place == Some(LabelPlace::File) && self.place.is_dir()
    }

    /// Whether the labels are in files of their own.
    pub(crate) fn has_place(&self) -> bool {
        self.format.place.is_some()
    }

    /// Whether images get objects.
    pub(crate) fn has_objects(&self) -> bool {
        self.format.has_objects
    }

    /// The file or folder of the labels if it does not exist, with how it is written.
    pub(crate) fn missing_place(&self) -> Option<(String, &Path)> {
        let exists = match self.format.place? {
            LabelPlace::Folder => self.place.is_dir(),
            LabelPlace::File | LabelPlace::FolderOrFile => self.place.exists(),
        };
        (!exists).then(|| (self.format.syntax(), &*self.place))
    }
}

impl Default for LabelRule {
    fn default() -> Self {
        Self { format: &image_path::STEM, place: PathBuf::new(), scales: false, keeps_file_names: false }
    }
}

impl PartialEq for LabelRule {
    fn eq(&self, other: &Self) -> bool {
        let parts = |rule: &Self| (rule.format.name, rule.place.clone(), rule.scales, rule.keeps_file_names);
        parts(self) == parts(other)
    }
}

impl Eq for LabelRule {}

impl FromStr for LabelRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((name, place)) => Self::new(name, Some(place.into())),
            None => Self::new(text, None),
        }
    }
}

impl fmt::Display for LabelRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.format.place {
            None => f.write_str(self.format.name),
            Some(_) => write!(f, "{}:{}", self.format.name, self.place.display()),
        }
    }
}
