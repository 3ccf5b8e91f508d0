//! Paths of images as lists of labels have them.

/// `path` with `/` between folders and without `./` before it.
pub(super) fn normalized(path: &str) -> String {
    let path = path.trim().replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

/// The last component of a normalized path.
pub(super) fn last_component(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
