//! Finds the file in the input folder that a saved image was sent from.

use std::path::{Path, PathBuf};

use super::loaded::digest;
use crate::gui::workers::picture::PictureSource;
use kafka_image_bench_core::pipeline::source::Survey;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Files of the same name, and files of the same size, that are read at most.
const READ_MAX: usize = 64;

/// What is known of the image that was sent.
pub(super) struct SentImage {
    /// The name of the saved file.
    pub(super) saved_as: String,
    /// The name that it was sent under.
    pub(super) sent_as: Option<String>,
    /// Its bytes as they were saved, if that is known.
    pub(super) sha256: Option<[u8; 32]>,
    /// Its size as it was saved.
    pub(super) size_bytes: u64,
}

/// A file of the input folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Original {
    pub(super) path: PathBuf,
    /// Whether its bytes are those that were saved; `None`: it is not known what was.
    pub(super) is_as_saved: Option<bool>,
}

/// Finds it: by name and content, else by content, else by name. `Ok(None)`: `stop` was requested.
///
/// # Errors
/// It is not there: why, and what to do.
pub(super) fn find(
    folder: Option<&Path>,
    survey: &Survey,
    sent: &SentImage,
    stop: &Cancellation,
) -> Result<Option<Original>, String> {
    let Some(folder) = folder else {
        return Err("No input folder is open; open the one that the image was sent from".to_owned());
    };
    let file = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
    let is_named = |name: &str| match &sent.sent_as {
        Some(sent_as) => name == sent_as,
        None => file(name) == sent.saved_as,
    };
    let by_name = survey.list.iter().filter(|image| is_named(&image.listed_name)).take(READ_MAX);
    let by_name: Vec<PathBuf> = by_name.map(|image| folder.join(image.relative_path())).collect();
    let Some(sha256) = sent.sha256 else {
        let first = by_name.into_iter().next().map(|path| Original { path, is_as_saved: None });
        return first.map(Some).ok_or_else(|| missing(folder, survey));
    };
    let by_size = survey.list.iter().filter(|image| image.size_bytes == sent.size_bytes).take(READ_MAX);
    let by_size = by_size.map(|image| folder.join(image.relative_path()));
    for path in by_name.iter().cloned().chain(by_size) {
        match digest(&PictureSource::File(path.clone()), stop) {
            Ok(Some((_, _, hash))) if hash == sha256 => return Ok(Some(Original { path, is_as_saved: Some(true) })),
            Ok(None) => return Ok(None),
            // Another file may be readable.
            Ok(Some(_)) | Err(_) => {}
        }
    }
    let changed = by_name.into_iter().find(|path| path.is_file());
    let changed = changed.map(|path| Original { path, is_as_saved: Some(false) });
    changed.map(Some).ok_or_else(|| missing(folder, survey))
}

fn missing(folder: &Path, survey: &Survey) -> String {
    let more = if survey.finished { "" } else { " so far; the folder is still being read" };
    format!("No image of this name or content was found in the input folder{more}: {}", folder.display())
}
