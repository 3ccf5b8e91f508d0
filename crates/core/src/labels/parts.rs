//! Labels in several files of one format, each for a part of the images: `train/_annotations.coco.json` and
//! `valid/_annotations.coco.json`, or `annotations/instances_train2017.json` and `annotations/instances_val2017.json`.
//!
//! A file among images is for those of its own folder and below it, any other file for all. Where files contradict each other
//! nothing is guessed.

use std::path::{Path, PathBuf};

use super::error::{Ambiguity, LabelError};
use super::findings::EXAMPLES_MAX;
use super::format::{Annotated, Damaged, LabelFormat, LabelSource, Opening};
use super::glance::{EXTENSIONS, Glance};
use super::image_file::ImageFile;
use super::image_names::ImageName;
use super::recognised;
use crate::model::frame::Frame;

/// Opens all files of `format` below a folder.
///
/// # Errors
/// There is none, or one cannot be used.
pub(super) fn open(
    format: &'static LabelFormat,
    folder: &Path,
    opening: &Opening<'_>,
) -> Result<Box<dyn LabelSource>, LabelError> {
    let mut parts = Vec::new();
    for file in files_of(format, folder, opening) {
        parts.push(Part::open(format, file, opening)?);
    }
    match parts.len() {
        0 => {
            Err(LabelError::Unusable { path: folder.to_owned(), reason: format!("the folder has no {}", format.title) })
        }
        1 => Ok(parts.remove(0).source),
        _ => Ok(Box::new(Parts { folder: folder.to_owned(), parts })),
    }
}

/// The files below a folder that are of a format.
fn files_of(format: &LabelFormat, folder: &Path, opening: &Opening<'_>) -> Vec<PathBuf> {
    let has_extension = |path: &Path| {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        EXTENSIONS.contains(&extension.as_str())
    };
    let is_of_format = |path: &PathBuf| {
        let found = Glance::at(path).and_then(|glance| recognised(&glance));
        found.is_some_and(|found| found.name == format.name)
    };
    let files = opening.search.files_below(folder).map(|(_, path)| path);
    files.filter(|path| has_extension(path)).filter(is_of_format).collect()
}

#[derive(Debug)]
struct Parts {
    folder: PathBuf,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    file: PathBuf,
    /// The folder below the input folder whose images it is for, with a `/` at its end; empty: all images.
    images_in: String,
    source: Box<dyn LabelSource>,
}

impl Part {
    fn open(format: &LabelFormat, file: PathBuf, opening: &Opening<'_>) -> Result<Self, LabelError> {
        let images_in = folder_of_images(&file, opening).unwrap_or_default();
        let source = if images_in.is_empty() {
            (format.open)(&file, opening)?
        } else {
            (format.open)(&file, &opening.below(&images_in))?
        };
        Ok(Self { file, images_in, source })
    }

    /// The image as this part sees it; `None`: it is not for it.
    fn image<'a>(&self, image: ImageFile<'a>) -> Option<ImageFile<'a>> {
        if !ImageName::of(image).path().starts_with(&self.images_in) {
            return None;
        }
        let folders = self.images_in.matches('/').count();
        let listed_name = image.listed_name.splitn(folders + 1, '/').last().unwrap_or(image.listed_name);
        Some(ImageFile { listed_name, ..image })
    }
}

/// The folder of a file below the input folder, if it has images.
fn folder_of_images(file: &Path, opening: &Opening<'_>) -> Option<String> {
    let images = opening.images();
    let folder = file.parent()?.canonicalize().ok()?;
    let below = folder.strip_prefix(&images.root).ok()?;
    let parts = below.components().map(|part| part.as_os_str().to_string_lossy() + "/");
    let folder: String = parts.collect();
    images.paths().any(|path| path.starts_with(&folder)).then_some(folder)
}

impl Parts {
    /// The parts that may have something for an image.
    fn of<'a>(&'a self, image: ImageFile<'a>) -> impl Iterator<Item = (&'a Part, ImageFile<'a>)> {
        self.parts.iter().filter_map(move |part| Some((part, part.image(image)?)))
    }

    fn ambiguous(&self, ambiguity: Ambiguity) -> LabelError {
        LabelError::ambiguous(&self.folder, ambiguity)
    }

    /// What the parts have for an image, each of which is asked by `find`. Of two that list it one may have its objects, or
    /// both the same.
    fn annotated(
        &self,
        image: ImageFile<'_>,
        find: impl Fn(&dyn LabelSource, ImageFile<'_>) -> Result<Option<Annotated>, LabelError>,
    ) -> Result<Option<Annotated>, LabelError> {
        let mut found: Option<(&Part, Annotated)> = None;
        for (part, image) in self.of(image) {
            let Some(annotated) = find(&*part.source, image)? else { continue };
            match &found {
                Some((_, known)) if annotated.objects.is_empty() || annotated == *known => {}
                Some((other, known)) if !known.objects.is_empty() => {
                    let files = [&other.file, &part.file].map(|file| file.display().to_string());
                    return Err(self.ambiguous(Ambiguity::Files(files)));
                }
                _ => found = Some((part, annotated)),
            }
        }
        Ok(found.map(|(_, annotated)| annotated))
    }
}

impl LabelSource for Parts {
    fn label_of(&self, image: ImageFile<'_>) -> Result<String, LabelError> {
        let (mut found, mut is_stem) = (None::<String>, false);
        for (part, image) in self.of(image) {
            match part.source.label_of(image) {
                // Formats with objects answer so for images that they do not list.
                Ok(label) if part.source.has_objects() && label == image.stem() => is_stem = true,
                Ok(label) => match &found {
                    Some(known) if *known != label => {
                        return Err(self.ambiguous(Ambiguity::Labels([known.clone(), label])));
                    }
                    _ => found = Some(label),
                },
                Err(LabelError::Missing(_) | LabelError::NoEntry(_)) => {}
                Err(error) => return Err(error),
            }
        }
        match (found, is_stem) {
            (Some(label), _) => Ok(label),
            (None, true) => Ok(image.stem()),
            (None, false) => Err(LabelError::NoEntry(self.folder.clone())),
        }
    }

    fn has_objects(&self) -> bool {
        self.parts.iter().any(|part| part.source.has_objects())
    }

    fn is_relative(&self) -> bool {
        self.parts.iter().all(|part| part.source.is_relative())
    }

    fn objects_of(&self, image: ImageFile<'_>, frame: Frame) -> Result<Option<Annotated>, LabelError> {
        self.annotated(image, |source, image| source.objects_of(image, frame))
    }

    fn objects_to_count(&self, image: ImageFile<'_>, frame: Frame) -> Result<Option<Annotated>, LabelError> {
        self.annotated(image, |source, image| source.objects_to_count(image, frame))
    }

    fn damaged(&self) -> Damaged {
        let mut all = Damaged::default();
        for part in &self.parts {
            let Damaged { entries, example } = part.source.damaged();
            all.entries += entries;
            all.example = all.example.or_else(|| example.map(|example| format!("{}: {example}", part.file.display())));
        }
        all
    }

    fn entry_names(&self) -> Vec<String> {
        self.parts.iter().flat_map(|part| part.source.entry_names()).take(EXAMPLES_MAX).collect()
    }
}

#[cfg(test)]
#[path = "parts_tests.rs"]
mod tests;
