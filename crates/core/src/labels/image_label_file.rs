//! The label file of one image, for formats with one label file per image.

use std::path::{Path, PathBuf};

use super::LabelError;
use super::files;
use super::format::ImageFile;

/// Names of the folder of images and of the folder of labels beside it, as in data sets of YOLO and VOC.
const TWIN_FOLDERS: [(&str, &str); 2] = [("images", "labels"), ("JPEGImages", "Annotations")];

/// The path and text of the label file with `extension` for an image; `None` if there is none.
///
/// It has the image's name with another extension. It is searched in `folder`: below the image's own sub-folders, below
/// them with `labels` in place of `images` (`Annotations` of `JPEGImages`), and directly in it.
///
/// # Errors
/// The file exists but cannot be read, or is not UTF-8.
pub(super) fn read(
    folder: &Path,
    image: ImageFile<'_>,
    extension: &str,
) -> Result<Option<(PathBuf, String)>, LabelError> {
    for path in candidates(folder, image, extension) {
        match files::read_text(&path) {
            Ok(Some(text)) => return Ok(Some((path, text))),
            Ok(None) => {}
            Err(reason) => return Err(LabelError::Damaged { path, reason }),
        }
    }
    Ok(None)
}

fn candidates(folder: &Path, image: ImageFile<'_>, extension: &str) -> Vec<PathBuf> {
    let ImageFile { path, listed_name } = image;
    let name = PathBuf::from(path.with_extension(extension).file_name().unwrap_or_default());
    // The listed name gives the depth below the input folder, the path the folders' names on the disk.
    let depth = listed_name.matches('/').count();
    let mut folders: Vec<_> =
        path.parent().into_iter().flat_map(Path::components).rev().take(depth).map(|part| part.as_os_str()).collect();
    folders.reverse();
    if folders.is_empty() {
        return vec![folder.join(name)];
    }
    let mut candidates = vec![folder.join(folders.iter().collect::<PathBuf>()).join(&name)];
    for (images, labels) in TWIN_FOLDERS {
        if let Some(place) = folders.iter().rposition(|part| *part == images) {
            let mut twins = folders.clone();
            twins[place] = labels.as_ref();
            candidates.push(folder.join(twins.iter().collect::<PathBuf>()).join(&name));
        }
    }
    candidates.push(folder.join(name));
    candidates
}
