//! Where the sample images are, with the program or in the user's data folder, and the documents that come with it.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The name of their folder.
pub const SAMPLES_FOLDER: &str = "Labeled_Images";
/// Their annotations, which are written last: a folder that has them is complete.
const LAST_FILE: &str = "_annotations.coco.json";

/// The folders that can hold the sample images.
#[derive(Clone, Debug, Default)]
pub struct SampleFolders {
    /// Those that come with the program, which are only read.
    pub shipped: Vec<PathBuf>,
    /// The one that they are made in.
    pub own: Option<PathBuf>,
}

impl SampleFolders {
    /// The folders of this installation.
    pub fn of_installation() -> Self {
        let program = std::env::current_exe().and_then(|program| program.canonicalize());
        let mut shipped = program.map(|program| shipped_with(&program)).unwrap_or_default();
        // Set by `cargo run` and `cargo test`: the source that is worked on.
        shipped.extend(std::env::var_os("CARGO_MANIFEST_DIR").map(|source| PathBuf::from(source).join(SAMPLES_FOLDER)));
        let user = ProjectDirs::from("", "", "kafka-image-bench");
        Self { shipped, own: user.map(|folders| folders.data_local_dir().join(SAMPLES_FOLDER)) }
    }

    /// The first folder with all sample images.
    pub fn find(&self) -> Option<PathBuf> {
        self.shipped.iter().chain(&self.own).find(|folder| folder.join(LAST_FILE).is_file()).cloned()
    }
}

/// The README of this installation, with the documents beside it.
pub fn documents_of_installation() -> Option<PathBuf> {
    let program = std::env::current_exe().and_then(|program| program.canonicalize()).ok()?;
    documents_with(&program).filter(|readme| readme.is_file())
}

/// Where a package puts the README of a program.
fn documents_with(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    let above = folder.parent()?;
    Some(if cfg!(target_os = "macos") {
        above.join("Resources").join("README.md")
    } else if cfg!(windows) {
        folder.join("README.md")
    } else {
        above.join("share").join("doc").join("kafka-image-bench").join("README.md")
    })
}

/// Where a package puts the samples of a program.
fn shipped_with(program: &Path) -> Vec<PathBuf> {
    let Some(folder) = program.parent() else { return Vec::new() };
    let Some(above) = folder.parent() else { return vec![folder.join(SAMPLES_FOLDER)] };
    let shared = above.join("share").join("kafka-image-bench").join(SAMPLES_FOLDER);
    if cfg!(target_os = "macos") {
        vec![above.join("Resources").join(SAMPLES_FOLDER), shared]
    } else if cfg!(windows) {
        vec![folder.join(SAMPLES_FOLDER)]
    } else {
        vec![shared]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_complete_folder_is_found() {
        let root = tempfile::tempdir().unwrap();
        let program = root.path().join("bin").join("kafka-image-bench");
        let folders = SampleFolders { shipped: shipped_with(&program), own: Some(root.path().join("own")) };
        assert_eq!(folders.find(), None);
        let make = |folder: &Path| {
            std::fs::create_dir_all(folder).unwrap();
            // Without their annotations they are still being made.
            assert_ne!(folders.find().as_deref(), Some(folder));
            std::fs::write(folder.join(LAST_FILE), "{}").unwrap();
            assert_eq!(folders.find().as_deref(), Some(folder));
        };
        make(&root.path().join("own"));
        make(&folders.shipped[0]);
        if cfg!(all(unix, not(target_os = "macos"))) {
            assert!(folders.shipped[0].ends_with("share/kafka-image-bench/Labeled_Images"));
            assert!(folders.shipped[0].starts_with(root.path()));
        }
    }
}
