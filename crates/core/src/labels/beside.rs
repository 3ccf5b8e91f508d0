//! The label file of one image, for formats that have one an image.

use std::io;
use std::path::{Path, PathBuf};

use super::LabelError;

/// Names of the folder of images and, in the same place, that of labels, as YOLO's and VOC's data sets have them.
const TWIN_FOLDERS: [(&str, &str); 2] = [("images", "labels"), ("JPEGImages", "Annotations")];

/// The text of the label file with `extension` for the image at `path`, and that file; `None` where there is none.
///
/// Looked for in `folder`: below the image's own sub-folders, below them with `labels` in place of `images`
/// (`Annotations` of `JPEGImages`), and right in it. A label file has the image's name with another extension.
///
/// # Errors
/// The file is there and cannot be read, or is no UTF-8.
pub(super) fn read(
    folder: &Path,
    path: &Path,
    listed_name: &str,
    extension: &str,
) -> Result<Option<(PathBuf, String)>, LabelError> {
    for candidate in candidates(folder, path, listed_name, extension) {
        let unusable = |reason: String| LabelError::Damaged { path: candidate.clone(), reason };
        match std::fs::read(&candidate) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_| unusable("it is no UTF-8 text".to_owned()))?;
                let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
                return Ok(Some((candidate, text)));
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(unusable(error.to_string())),
        }
    }
    Ok(None)
}

fn candidates(folder: &Path, path: &Path, listed_name: &str, extension: &str) -> Vec<PathBuf> {
    let name = PathBuf::from(path.with_extension(extension).file_name().unwrap_or_default());
    // The listed name has the depth below the input folder, the path the folders' names as they are on the disk.
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
