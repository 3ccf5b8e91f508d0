//! What every label format provides.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::LabelError;
use super::files::Search;
use super::glance::Glance;
use super::image_file::ImageFile;
use super::image_names::ImageNames;
use crate::model::frame::Frame;
use crate::model::objects::LabelledObject;

/// A label format: how it is named, where its labels are, and what it has.
#[derive(Debug)]
pub struct LabelFormat {
    /// Its name in a label rule, for example `coco`.
    pub name: &'static str,
    /// What it is for people, for example `COCO file`.
    pub title: &'static str,
    /// Where its labels are; `None` if they come from the image's own path.
    pub place: Option<LabelPlace>,
    /// Whether it can have the objects on an image.
    pub(super) has_objects: bool,
    /// Whether a file is of this format, by what it shows at a glance; for `auto`.
    pub(super) recognises: fn(&Glance) -> bool,
    /// Opens the labels at a path.
    pub(super) open: Open,
}

type Open = fn(&Path, &Opening<'_>) -> Result<Box<dyn LabelSource>, LabelError>;

/// What a format's labels are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelPlace {
    /// One file for all images, or a folder with files for parts of them.
    File,
    /// A folder with one file per image.
    Folder,
    /// A folder with files for all images in it, or one such file.
    FolderOrFile,
}

impl LabelFormat {
    /// How a rule of this format is written: `stem`, `coco:FILE`.
    pub(super) fn syntax(&self) -> String {
        match self.place {
            None => self.name.to_owned(),
            Some(LabelPlace::File) => format!("{}:FILE", self.name),
            Some(LabelPlace::Folder | LabelPlace::FolderOrFile) => format!("{}:DIR", self.name),
        }
    }
}

/// The images that labels are opened for.
pub(super) struct Opening<'a> {
    /// Their folder.
    pub(super) input: Cow<'a, Path>,
    /// What of it is looked at.
    pub(super) search: Search<'a>,
    images: OnceCell<Arc<ImageNames>>,
}

impl<'a> Opening<'a> {
    pub(super) fn new(input: &'a Path, search: Search<'a>) -> Self {
        Self { input: input.into(), search, images: OnceCell::new() }
    }

    /// Of the images in a folder below, whose path ends with a `/`. The folder is not walked again.
    pub(super) fn below(&self, folder: &str) -> Self {
        let images = self.images().within(folder);
        Self { input: images.root.clone().into(), search: self.search.clone(), images: Arc::new(images).into() }
    }

    /// The names of the images, for which the folder is walked once.
    pub(super) fn images(&self) -> &Arc<ImageNames> {
        self.images.get_or_init(|| Arc::new(ImageNames::below(&self.input, &self.search)))
    }
}

/// The objects that labels have for an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Annotated {
    pub(super) objects: Vec<LabelledObject>,
    pub(super) units: Units,
    /// A class of these objects that has only a number.
    pub(super) unnamed: Option<String>,
}

/// What the numbers of [`Annotated`] are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Units {
    /// Pixels of a picture of this size, if that is stated.
    Pixels { stated_px: Option<[f64; 2]> },
    /// Parts of the width and height of the shown picture.
    Fractions,
    /// Pixels of the stored picture, whatever its orientation.
    StoredPixels,
}

impl Default for Units {
    fn default() -> Self {
        Self::Pixels { stated_px: None }
    }
}

/// Entries that are damaged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Damaged {
    pub(super) entries: u64,
    /// The first one, with its place.
    pub(super) example: Option<String>,
}

impl Damaged {
    pub(super) fn count(&mut self, example: impl FnOnce() -> String) {
        self.entries += 1;
        self.example.get_or_insert_with(example);
    }
}

/// What was read from `file`, as [`LabelFormat::open`] returns it; the error is why the file cannot be used.
pub(super) fn opened(
    file: &Path,
    read: Result<impl LabelSource + 'static, String>,
) -> Result<Box<dyn LabelSource>, LabelError> {
    match read {
        Ok(source) => Ok(Box::new(source)),
        Err(reason) => Err(LabelError::Unusable { path: file.to_owned(), reason }),
    }
}

/// Labels of one format, open for reading.
pub(super) trait LabelSource: fmt::Debug + Send + Sync {
    /// The label of an image; unless a format has labels, it is [`ImageFile::stem`].
    fn label_of(&self, image: ImageFile<'_>) -> Result<String, LabelError> {
        Ok(image.stem())
    }

    /// Whether these labels have objects.
    fn has_objects(&self) -> bool {
        false
    }

    /// Whether places are relative to the size of the picture, so that they fit every size.
    fn is_relative(&self) -> bool {
        false
    }

    /// The objects on an image; `None`: the labels have no entry for it.
    fn objects_of(&self, _image: ImageFile<'_>, _frame: Frame) -> Result<Option<Annotated>, LabelError> {
        Ok(None)
    }

    /// The same for counting: without what takes long to read and changes no count.
    fn objects_to_count(&self, image: ImageFile<'_>, frame: Frame) -> Result<Option<Annotated>, LabelError> {
        self.objects_of(image, frame)
    }

    /// Entries that are damaged and belong to no image that could be rejected.
    fn damaged(&self) -> Damaged {
        Damaged::default()
    }

    /// Some of the names that the labels have for images.
    fn entry_names(&self) -> Vec<String> {
        Vec::new()
    }
}
