//! Links and pointer files of data version control, whose content is not here.

use std::path::Path;

use crate::model::image_info::ImageFormat;
use crate::model::missing_content::ContentStore;

/// The largest pointer. Those of Git LFS have 1,024 bytes at most, and a `.dvc` file lists one output.
const POINTER_BYTES_MAX: u64 = 16 * 1024;

/// Where the content of a link is whose target does not exist. `None`: it is not a link.
pub(super) fn of_link(path: &Path) -> Option<ContentStore> {
    let target = std::fs::read_link(path).ok()?.to_string_lossy().replace('\\', "/");
    Some(if target.contains(".git/annex/objects/") {
        ContentStore::GitAnnex
    } else if target.contains(".dvc/cache/") {
        ContentStore::Dvc
    } else {
        ContentStore::Nowhere
    })
}

/// Where the content of a pointer file is. `None`: it is not one, or its content is here too.
pub(super) fn of_file(path: &Path, size_bytes: u64) -> Option<ContentStore> {
    if size_bytes > POINTER_BYTES_MAX {
        return None;
    }
    let text = String::from_utf8(std::fs::read(path).ok()?).ok()?;
    // Older versions of Git LFS had another name.
    if text.starts_with("version https://git-lfs.github.com/spec/")
        || text.starts_with("version https://hawser.github.com/spec/")
    {
        return Some(ContentStore::GitLfs);
    }
    // Of an unlocked file, or of a link where the file system has none.
    let line = text.trim_end().replace('\\', "/");
    if !line.contains('\n') && (line.starts_with("/annex/objects/") || line.contains(".git/annex/objects/")) {
        return Some(ContentStore::GitAnnex);
    }
    let is_dvc = path.extension().is_some_and(|extension| extension == "dvc");
    (is_dvc && !dvc_output_exists(path, &text)).then_some(ContentStore::Dvc)
}

/// Whether what a `.dvc` file stands for is beside it.
fn dvc_output_exists(path: &Path, text: &str) -> bool {
    let listed = text.lines().find_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("path:"));
    let name = listed.map(|name| name.trim().trim_matches(['"', '\'']));
    // By custom the file is named after it.
    let output = match name.filter(|name| !name.is_empty()) {
        Some(name) => path.with_file_name(name),
        None => path.with_extension(""),
    };
    output.exists()
}

/// Whether a link or pointer stands for an image, or for a folder that may have some, by its name.
pub(super) fn stands_for_images(path: &Path, store: ContentStore) -> bool {
    let named = match store {
        ContentStore::Dvc if path.extension().is_some_and(|extension| extension == "dvc") => path.with_extension(""),
        _ => path.to_owned(),
    };
    match named.extension().and_then(|extension| extension.to_str()) {
        Some(extension) => ImageFormat::ALL.iter().any(|format| format.has_extension(extension)),
        None => store != ContentStore::Nowhere,
    }
}
