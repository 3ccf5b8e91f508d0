//! Labels from the image's own path: the file name (`stem`) or the folder's name (`folder`).
//!
//! Cannot carry: objects, and labels that are not a file or folder name.

use std::ffi::OsStr;
use std::path::Path;

use super::LabelError;
use super::format::{LabelFormat, LabelSource};
use super::image_file::ImageFile;

pub(super) static STEM: LabelFormat = LabelFormat {
    name: "stem",
    title: "file name",
    place: None,
    has_objects: false,
    recognises: |_| false,
    open: |_, _| Ok(Box::new(Stem)),
};

pub(super) static FOLDER: LabelFormat = LabelFormat {
    name: "folder",
    title: "folder",
    place: None,
    has_objects: false,
    recognises: |_| false,
    open: |_, opening| {
        let input = std::path::absolute(&opening.input).unwrap_or_else(|_| opening.input.to_path_buf());
        Ok(Box::new(Folder { input_name: name(input.file_name()) }))
    },
};

#[derive(Debug)]
struct Stem;

impl LabelSource for Stem {}

#[derive(Debug)]
struct Folder {
    input_name: String,
}

impl LabelSource for Folder {
    fn label_of(&self, image: ImageFile<'_>) -> Result<String, LabelError> {
        let is_in_sub_folder = image.listed_name.contains('/');
        Ok(if is_in_sub_folder { name(image.path.parent().and_then(Path::file_name)) } else { self.input_name.clone() })
    }
}

fn name(name: Option<&OsStr>) -> String {
    name.unwrap_or_default().to_string_lossy().into_owned()
}
