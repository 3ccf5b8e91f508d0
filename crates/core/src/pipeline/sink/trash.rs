//! Saved images that a person deleted: moved into a folder of their own, with their rows of `annotation.csv`, so that they can
//! be brought back. Nothing is removed. `image_records.csv` keeps its rows: it is a history.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::csv_rows::Rows;
use super::error::{AtPath, SinkError};
use super::files::TempFile;
use super::folders::Folders;
use super::image_store::ImageStore;
use super::{ANNOTATION_CSV, OUTPUT_FOLDER};
use crate::work_dir::{Access, Dir};

/// The folder of deleted images, in the state folder, or in that of the images if that one is on another file system.
const TRASH: &str = "trash";
const TRASH_BESIDE_IMAGES: &str = ".kafka-image-bench-trash";
/// Ends the name of the file with the rows of `annotation.csv` that the images had. It is beside their folder, where no name of
/// an image can be in its way.
const ROWS_EXTENSION: &str = "csv";

/// Images that were deleted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedImages {
    /// The work folder that they were saved in.
    pub work_dir: PathBuf,
    /// The folder that they are in now.
    pub folder: PathBuf,
    /// How many there are.
    pub images: u64,
    /// How many of those that were named did not exist any more.
    pub missing: u64,
    name: String,
}

/// Moves saved images out of `output_images`, and takes their rows out of `annotation.csv`. While that is done, no consumer
/// can save into the folder. After a crash in between, a row has its file, and a file may have no row.
///
/// # Errors
/// A consumer uses the folder, or the file system refuses; then no image was moved.
pub fn delete_images(work_dir: &Path, names: &BTreeSet<String>) -> Result<DeletedImages, SinkError> {
    let store = opened(work_dir)?;
    let folders = store.folders();
    let trash = trash_of(folders)?;
    let name = new_name();
    let folder = trash.new_folder(&name).at("make the folder", &trash.join(&name))?;
    let (kept, removed) = divided(&table(&folders.work)?, &|image| names.contains(image))
        .at("read the table", &folders.work.join(ANNOTATION_CSV))?;
    // They have their name on the disk before the table is without them.
    trash.replace(&rows_of(&name), &removed, true).and_then(|()| trash.sync()).at("keep the rows in", trash.path())?;
    write_table(&folders.work, &kept)?;
    let mut deleted =
        DeletedImages { work_dir: work_dir.to_owned(), folder: folder.path().to_owned(), images: 0, missing: 0, name };
    for image in names {
        match move_image(&folders.output, image, &folder) {
            Ok(true) => deleted.images += 1,
            Ok(false) => deleted.missing += 1,
            Err(error) => {
                restore(folders, &trash, &deleted.name)?;
                return Err(error).at("move the image", &folders.output.join(image));
            }
        }
    }
    folders.output.sync().at("sync the folder", folders.output.path())?;
    folder.sync().at("sync the folder", folder.path())?;
    Ok(deleted)
}

/// Brings deleted images and their rows back. Returns how many; where another image has the name by now, the deleted one stays
/// where it is.
///
/// # Errors
/// A consumer uses the folder, or the file system refuses.
pub fn restore_images(deleted: &DeletedImages) -> Result<u64, SinkError> {
    let store = opened(&deleted.work_dir)?;
    restore(store.folders(), &trash_of(store.folders())?, &deleted.name)
}

/// Locks the folder, and repairs what a killed run left in its table.
fn opened(work_dir: &Path) -> Result<ImageStore, SinkError> {
    let (store, committer) = ImageStore::open(work_dir)?;
    committer.close()?;
    Ok(store)
}

fn trash_of(folders: &Folders) -> Result<Dir, SinkError> {
    let is_within_state = folders.incoming.path().starts_with(folders.state.path());
    let (parent, name) = if is_within_state { (&folders.state, TRASH) } else { (&folders.output, TRASH_BESIDE_IMAGES) };
    parent.make_folder(name).at("make the folder", &parent.join(name))
}

/// Later ones are listed last.
fn new_name() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:020}-{}", since.as_nanos(), std::process::id())
}

fn rows_of(name: &str) -> String {
    format!("{name}.{ROWS_EXTENSION}")
}

/// False: it does not exist, or is not a file.
fn move_image(from: &Dir, name: &str, to: &Dir) -> io::Result<bool> {
    let is_file = from.entry(name)?.is_some_and(|entry| entry.is_file);
    if is_file {
        from.rename_new(name, to, name)?;
    }
    Ok(is_file)
}

fn restore(folders: &Folders, trash: &Dir, name: &str) -> Result<u64, SinkError> {
    let folder = trash.folder(name).at("open the folder", &trash.join(name))?;
    let mut restored = BTreeSet::new();
    for name in folder.names().at("list the folder", folder.path())? {
        match folder.rename_new(&name, &folders.output, &name) {
            Ok(()) => _ = restored.insert(name),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).at("move the image", &folder.join(&name)),
        }
    }
    folders.output.sync().at("sync the folder", folders.output.path())?;
    let kept_in = trash.join(&rows_of(name));
    let rows = read(trash, &rows_of(name)).at("read the rows", &kept_in)?;
    // Also those whose image was not moved, as after a failure.
    let is_there = |image: &str| restored.contains(image) || folders.output.has_file(image).unwrap_or(false);
    let mut whole = table(&folders.work)?;
    let listed = names_in(&whole).at("read the table", &folders.work.join(ANNOTATION_CSV))?;
    let is_missing = |image: &str| !listed.contains(image) && is_there(image);
    let (_, back) = divided(&rows, &is_missing).at("read the rows", &kept_in)?;
    if !back.is_empty() {
        whole.extend(back);
        write_table(&folders.work, &whole)?;
    }
    Ok(restored.len() as u64)
}

/// The rows of a table without those of images that `is_taken`, and these; byte for byte.
fn divided(table: &[u8], is_taken: &dyn Fn(&str) -> bool) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let (mut kept, mut taken) = (Vec::with_capacity(table.len()), Vec::new());
    let mut rows = Rows::new(table);
    let mut end = 0;
    while let Some((row, range)) = rows.next()? {
        let bytes = table.get(range.start as usize..range.end as usize).unwrap_or_default();
        end = range.end as usize;
        let is_its = image_of(row).is_some_and(is_taken);
        if is_its { taken.extend_from_slice(bytes) } else { kept.extend_from_slice(bytes) }
    }
    kept.extend_from_slice(table.get(end..).unwrap_or_default());
    Ok((kept, taken))
}

fn names_in(rows: &[u8]) -> io::Result<BTreeSet<String>> {
    let mut reader = Rows::new(rows);
    let mut names = BTreeSet::new();
    while let Some((row, _)) = reader.next()? {
        names.extend(image_of(row).map(str::to_owned));
    }
    Ok(names)
}

/// The file name of a row's image, if that is saved in this work folder.
fn image_of(row: &csv::ByteRecord) -> Option<&str> {
    let path = std::str::from_utf8(row.get(0)?).ok()?;
    path.strip_prefix(OUTPUT_FOLDER)?.strip_prefix('/')
}

fn table(work: &Dir) -> Result<Vec<u8>, SinkError> {
    read(work, ANNOTATION_CSV).at("read the table", &work.join(ANNOTATION_CSV))
}

/// A missing file counts as empty.
fn read(dir: &Dir, name: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match dir.file(name, Access::Read) {
        Ok(mut file) => file.read_to_end(&mut bytes).map(|_| bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(bytes),
        Err(error) => Err(error),
    }
}

/// Replaces the table in one step; the new file is readable for the same users.
fn write_table(work: &Arc<Dir>, table: &[u8]) -> Result<(), SinkError> {
    let path = work.join(ANNOTATION_CSV);
    let old = work.file(ANNOTATION_CSV, Access::Read).at("open the table", &path)?;
    let name = format!(".{ANNOTATION_CSV}.deleting");
    match work.remove_file(&name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).at("remove", &work.join(&name)),
        _ => {}
    }
    let temp = TempFile::write(work, &name, table, true)?;
    let permissions = old.metadata().at("look at the table", &path)?.permissions();
    let new = temp.open().at("open the temporary file", &work.join(&name))?;
    new.set_permissions(permissions).at("set the rights of the table", &work.join(&name))?;
    temp.replace(ANNOTATION_CSV).at("replace the table", &path)?;
    work.sync().at("sync the folder", work.path())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TABLE: &str = "image_path,annotation\noutput_images/a.png,\"two\nlines\"\noutput_images/b.png,boat\n\
                         elsewhere/a.png,mine\noutput_images/c.png,tug\noutput_images/b.png,ship\n";

    fn saved() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(OUTPUT_FOLDER)).unwrap();
        for name in ["a.png", "b.png", "c.png"] {
            fs::write(dir.path().join(OUTPUT_FOLDER).join(name), name).unwrap();
        }
        fs::write(dir.path().join(ANNOTATION_CSV), TABLE).unwrap();
        dir
    }

    fn table(dir: &tempfile::TempDir) -> String {
        fs::read_to_string(dir.path().join(ANNOTATION_CSV)).unwrap()
    }

    fn files(dir: &tempfile::TempDir) -> Vec<String> {
        let files = fs::read_dir(dir.path().join(OUTPUT_FOLDER)).unwrap();
        let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn sorted(table: &str) -> Vec<&str> {
        let mut lines: Vec<&str> = table.lines().collect();
        lines.sort_unstable();
        lines
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn images_and_rows_are_deleted_and_brought_back() {
        let dir = saved();
        let deleted = delete_images(dir.path(), &names(&["a.png", "b.png", "gone.png"])).unwrap();
        assert_eq!((deleted.images, deleted.missing), (2, 1));
        assert_eq!(files(&dir), ["c.png"]);
        assert_eq!(table(&dir), "image_path,annotation\nelsewhere/a.png,mine\noutput_images/c.png,tug\n");
        assert_eq!(fs::read(deleted.folder.join("b.png")).unwrap(), b"b.png", "nothing is removed");
        assert_eq!(restore_images(&deleted).unwrap(), 2);
        assert_eq!(files(&dir), ["a.png", "b.png", "c.png"]);
        let back = table(&dir);
        assert!(back.contains("a.png,\"two\nlines\"\n") && back.ends_with("output_images/b.png,ship\n"), "{back}");
        assert_eq!(sorted(&back), sorted(TABLE), "each row once");
        assert_eq!(restore_images(&deleted).unwrap(), 0, "there is nothing left to bring back");
        assert_eq!(table(&dir), back);
    }

    #[test]
    fn what_a_kill_leaves_can_be_brought_back() {
        // The rows are kept; then the table is without them; then the images are moved, one after the other.
        for (has_old_table, moved) in [(true, 0), (false, 0), (false, 1), (false, 2)] {
            let dir = saved();
            let images = ["a.png", "b.png"];
            let deleted = delete_images(dir.path(), &names(&images)).unwrap();
            for name in &images[moved..] {
                fs::rename(deleted.folder.join(name), dir.path().join(OUTPUT_FOLDER).join(name)).unwrap();
            }
            if has_old_table {
                fs::write(dir.path().join(ANNOTATION_CSV), TABLE).unwrap();
            }
            fs::write(dir.path().join(".annotation.csv.deleting"), "half a ta").unwrap();
            assert_eq!(restore_images(&deleted).unwrap(), moved as u64);
            assert_eq!(files(&dir), ["a.png", "b.png", "c.png"]);
            assert_eq!(sorted(&table(&dir)), sorted(TABLE));
            assert_eq!(delete_images(dir.path(), &names(&images)).unwrap().images, 2, "again");
        }
    }

    #[test]
    fn files_of_any_name_are_deleted_also_without_a_table() {
        let dir = saved();
        let any = ["annotation-rows.csv", "annotation.csv", "rows"];
        for name in any {
            fs::write(dir.path().join(OUTPUT_FOLDER).join(name), name).unwrap();
        }
        let before = files(&dir);
        fs::remove_file(dir.path().join(ANNOTATION_CSV)).unwrap();
        let deleted = delete_images(dir.path(), &names(&any)).unwrap();
        assert_eq!((deleted.images, deleted.missing, files(&dir).len()), (3, 0, 3));
        assert_eq!(table(&dir), "image_path,annotation\n");
        fs::remove_file(dir.path().join(ANNOTATION_CSV)).unwrap();
        assert_eq!((restore_images(&deleted).unwrap(), files(&dir)), (3, before));
        assert_eq!(table(&dir), "image_path,annotation\n");
    }

    #[test]
    fn an_image_that_was_saved_again_is_not_replaced() {
        let dir = saved();
        let deleted = delete_images(dir.path(), &names(&["c.png"])).unwrap();
        fs::write(dir.path().join(OUTPUT_FOLDER).join("c.png"), "new").unwrap();
        fs::write(dir.path().join(ANNOTATION_CSV), format!("{}output_images/c.png,new\n", table(&dir))).unwrap();
        let before = table(&dir);
        assert_eq!(restore_images(&deleted).unwrap(), 0);
        assert_eq!(fs::read(dir.path().join(OUTPUT_FOLDER).join("c.png")).unwrap(), b"new");
        assert_eq!((table(&dir), fs::read(deleted.folder.join("c.png")).unwrap()), (before, b"c.png".to_vec()));
    }

    #[test]
    fn while_a_consumer_saves_nothing_is_deleted() {
        let dir = saved();
        let (_store, _committer) = ImageStore::open(dir.path()).unwrap();
        let refused = delete_images(dir.path(), &names(&["a.png"])).unwrap_err();
        assert!(matches!(refused, SinkError::WorkDirInUse { .. }), "{refused}");
        assert_eq!((files(&dir).len(), table(&dir)), (3, TABLE.to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_neither_followed_nor_moved() {
        let dir = saved();
        let target = dir.path().join("mine.png");
        fs::write(&target, "mine").unwrap();
        std::os::unix::fs::symlink(&target, dir.path().join(OUTPUT_FOLDER).join("link.png")).unwrap();
        let deleted = delete_images(dir.path(), &names(&["link.png", "../mine.png"]));
        assert!(deleted.is_err() || deleted.is_ok_and(|deleted| deleted.images == 0));
        assert_eq!(fs::read(&target).unwrap(), b"mine");
    }
}
