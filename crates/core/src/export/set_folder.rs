//! The folder of a set. It must be new or empty. All is written in a folder inside of it, whose entries get their places
//! when they are complete; the one without which the set cannot be used comes last. What a kill leaves behind is that
//! folder, and so nothing that looks like a set. An export that fails or is stopped removes what it wrote.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::labels::writing::SetFiles;
use crate::pipeline::sink::{AtPath, SinkError};
use crate::run::error::SettingsError;
use crate::work_dir::{Access, Dir, Refusal};

/// Holds a set that is not complete.
const UNFINISHED: &str = ".kafka-image-bench-unfinished";
/// In it, the set.
const SET: &str = "set";
/// In it, images that were received.
const RECEIVED: &str = "received";

/// Rejects a folder that is in use.
///
/// # Errors
/// It has entries, or is not a folder.
pub(super) fn check(folder: &Path) -> Result<(), SettingsError> {
    let shown = folder.display();
    let refused = |reason: &str| Err(SettingsError(format!("{reason}: {shown}")));
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return refused("the folder of the set is a file; name a new or an empty folder");
        }
        Err(error) => return refused(&format!("the folder of the set cannot be read ({error})")),
    };
    let mut is_empty = true;
    for entry in entries.flatten() {
        is_empty = false;
        if entry.file_name() == UNFINISHED {
            return Err(unfinished(folder));
        }
    }
    if is_empty {
        return Ok(());
    }
    refused("the folder of the set is not empty, and nothing is overwritten; name a new or an empty folder")
}

fn unfinished(folder: &Path) -> SettingsError {
    SettingsError(format!(
        "the folder holds an export that did not finish, or is still running; name another folder, or delete this one: {}",
        folder.display()
    ))
}

/// How images got their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Placement {
    pub(super) folder: PathBuf,
    pub(super) linked: u64,
    pub(super) copied: u64,
}

pub(super) struct SetFolder {
    dir: Dir,
    unfinished: Dir,
    /// Folders of the set that were made, by their path; the set itself has none.
    folders: HashMap<String, Arc<Dir>>,
    /// Whether the folder was made for this set.
    is_new: bool,
    copies: bool,
    /// The image that is being added: its folder's path, and its name.
    image: (PathBuf, String),
    placed: Placement,
    is_finished: bool,
}

impl SetFolder {
    pub(super) fn create(folder: &Path) -> Result<Self, super::ExportError> {
        check(folder)?;
        let is_new = !folder.exists();
        let dir = Dir::open_or_create(folder).at("create the folder", folder)?;
        // Of two exports into one folder only one makes this.
        let unfinished = match dir.new_folder(UNFINISHED) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(unfinished(folder).into()),
            made => made.at("create a folder in", folder)?,
        };
        let set = unfinished.make_folder(SET).at("create a folder in", unfinished.path())?;
        Ok(Self {
            dir,
            unfinished,
            folders: HashMap::from([(String::new(), Arc::new(set))]),
            is_new,
            copies: false,
            image: Default::default(),
            placed: Placement { folder: folder.to_owned(), ..Placement::default() },
            is_finished: false,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.placed.folder
    }

    /// Images are copied, also where hard links are possible.
    pub(super) fn copies(&mut self, copies: bool) {
        self.copies = copies;
    }

    /// A folder for images that are received; it goes with the end of the export.
    pub(super) fn make_received(&self) -> Result<Dir, SinkError> {
        self.unfinished.make_folder(RECEIVED).at("create a folder in", self.unfinished.path())
    }

    /// The image that is added next.
    pub(super) fn begin_image(&mut self, folder: &Dir, file: &str) {
        self.image = (folder.path().to_owned(), file.to_owned());
    }

    /// Gives the set its place.
    pub(super) fn finish(mut self, last: &str) -> Result<Placement, SinkError> {
        let path = self.placed.folder.clone();
        let failed = "move the set into";
        let set = self.unfinished.folder(SET).at(failed, &path)?;
        let mut names = set.names().at(failed, &path)?;
        names.sort_by_key(|name| (name == last, name.clone()));
        for name in names {
            set.rename(&name, &self.dir, &name).at(failed, &path)?;
        }
        self.dir.sync().at(failed, &path)?;
        self.is_finished = true;
        Ok(self.placed.clone())
    }

    /// The folder at a path of the set, and the name in it.
    fn place<'a>(&mut self, path: &'a str) -> io::Result<(Arc<Dir>, &'a str)> {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        Ok((self.folder(parent)?, name))
    }

    fn folder(&mut self, path: &str) -> io::Result<Arc<Dir>> {
        if let Some(known) = self.folders.get(path) {
            return Ok(Arc::clone(known));
        }
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let made = Arc::new(self.folder(parent)?.make_folder(name)?);
        self.folders.insert(path.to_owned(), Arc::clone(&made));
        Ok(made)
    }

    fn open_image(&self) -> io::Result<File> {
        let (folder, file) = &self.image;
        Dir::open(folder)?.file(file, Access::Read)
    }
}

impl SetFiles for SetFolder {
    fn place_image(&mut self, path: &str) -> io::Result<()> {
        let (folder, name) = self.place(path)?;
        let from = self.image.0.join(&self.image.1);
        if !self.copies && std::fs::hard_link(&from, folder.join(name)).is_ok() {
            // A link may have come in between.
            if folder.entry(name)?.is_none_or(|entry| !entry.is_file) {
                folder.remove_file(name)?;
                return Err(Refusal::Link.into());
            }
            self.placed.linked += 1;
            return Ok(());
        }
        let mut source = self.open_image()?;
        io::copy(&mut source, &mut folder.new_file(name)?)?;
        self.placed.copied += 1;
        Ok(())
    }

    fn image_bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open_image()?.read_to_end(&mut bytes)?;
        self.placed.copied += 1;
        Ok(bytes)
    }

    fn create(&mut self, path: &str) -> io::Result<Box<dyn Write + Send>> {
        let (folder, name) = self.place(path)?;
        Ok(Box::new(BufWriter::new(folder.new_file(name)?)))
    }
}

impl Drop for SetFolder {
    /// Removes what is not part of a set: all of it, unless the export has finished.
    fn drop(&mut self) {
        let unfinished = self.unfinished.path();
        if let Err(error) = std::fs::remove_dir_all(unfinished) {
            tracing::warn!("what an export left cannot be removed: {error}: {}", unfinished.display());
        }
        if self.is_new && !self.is_finished {
            // Only if it is empty.
            let _ = std::fs::remove_dir(&self.placed.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_of(folder: &Path) -> SetFolder {
        SetFolder::create(folder).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn only_a_new_or_empty_folder_is_used() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        assert!(check(&path("new")).is_ok());
        assert!(check(root.path()).is_ok());
        std::fs::write(path("file"), "x").unwrap();
        std::fs::create_dir(path("used")).unwrap();
        std::fs::write(path("used/.hidden"), "x").unwrap();
        for (name, reason) in [("file", "is a file"), ("used", "is not empty")] {
            let refused = check(&path(name)).unwrap_err().to_string();
            assert!(refused.contains(reason) && refused.ends_with(&path(name).display().to_string()), "{refused}");
        }
        let _set = set_of(&path("new"));
        let refused = check(&path("new")).unwrap_err().to_string();
        assert!(refused.contains("did not finish"), "{refused}");
    }

    #[test]
    fn of_exports_at_the_same_time_one_gets_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let start = std::sync::Barrier::new(8);
        let create = || {
            start.wait();
            SetFolder::create(root.path())
        };
        let created: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let refused = created.iter().filter_map(|created| created.as_ref().err()).map(ToString::to_string);
        let refused: Vec<_> = refused.collect();
        assert_eq!(refused.len(), 7, "{refused:?}");
        assert!(refused.iter().all(|refused| refused.contains("still running")), "{refused:?}");
    }

    #[test]
    fn a_set_appears_when_it_is_complete_and_leaves_nothing_otherwise() {
        let root = tempfile::tempdir().unwrap();
        let source = Dir::open_or_create(&root.path().join("images")).unwrap();
        std::fs::write(source.join("a.png"), "pixels").unwrap();
        let folder = root.path().join("set");
        let write = |copies: bool| {
            let mut set = set_of(&folder);
            set.copies(copies);
            set.begin_image(&source, "a.png");
            set.place_image("train/boat/a.png").unwrap();
            set.write("data.yaml", b"x").unwrap();
            assert!(set.write("data.yaml", b"y").is_err(), "nothing is overwritten");
            let found: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.file_name()).collect();
            assert_eq!(found, [UNFINISHED]);
            set
        };
        drop(write(false));
        assert!(!folder.exists());
        let placed = write(true).finish("data.yaml").unwrap();
        assert_eq!((placed.linked, placed.copied), (0, 1));
        assert_eq!(std::fs::read(folder.join("train/boat/a.png")).unwrap(), b"pixels");
        assert!(folder.join("data.yaml").exists() && !folder.join(UNFINISHED).exists());

        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::create_dir(&folder).unwrap();
        drop(write(false));
        assert!(folder.exists(), "a folder that was there stays");
        let placed = write(false).finish("data.yaml").unwrap();
        assert_eq!(placed.linked + placed.copied, 1);
    }
}
