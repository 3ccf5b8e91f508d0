//! Reads `image_records.csv`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::IMAGE_RECORDS_CSV;
use super::image_records_row::{UNKNOWN_OBJECTS, cells, micros, saved_image};
use super::row_index::Known;
use crate::model::class_counts::{ClassCounts, ClassNames};
use crate::model::objects::LabelledObject;
use crate::model::saved_image::SavedImage;
use crate::work_dir::{Access, Dir};

/// The images that `image_records.csv` in `work_dir` lists, by their path as `annotation.csv` has it. The last row of a
/// path counts; malformed rows are skipped, and a missing table counts as empty.
///
/// # Errors
/// The file system refuses.
pub fn read_image_records(work_dir: &Path) -> io::Result<HashMap<String, SavedImage>> {
    let mut images = HashMap::new();
    each_row_in(work_dir, |_, image| {
        images.insert(image.path_in_csv.clone(), image);
    })?;
    Ok(images)
}

/// The row of an image, without its objects, which are only counted: those of many images would fill the memory.
#[derive(Clone, Debug)]
pub struct ImageRow {
    /// The image; `objects` is empty.
    pub image: SavedImage,
    /// How many objects there are of each class.
    pub classes: ClassCounts,
    /// Where the row begins in the table, in bytes.
    pub at: u64,
}

/// Like [`read_image_records`], without the objects: [`read_objects`] reads those of one image.
///
/// # Errors
/// The file system refuses.
pub fn read_image_rows(work_dir: &Path) -> io::Result<HashMap<String, ImageRow>> {
    let (mut rows, mut names) = (HashMap::new(), ClassNames::default());
    each_row_in(work_dir, |at, mut image| {
        let classes = ClassCounts::of(&image.objects, &mut names);
        image.objects = Arc::default();
        rows.insert(image.path_in_csv.clone(), ImageRow { image, classes, at });
    })?;
    Ok(rows)
}

/// The objects on the image of a row; empty if the table has changed since.
///
/// # Errors
/// The file system refuses.
pub fn read_objects(work_dir: &Path, row: &ImageRow) -> io::Result<Arc<[LabelledObject]>> {
    if row.classes.total() == 0 {
        return Ok(Arc::default());
    }
    let mut file = File::open(work_dir.join(IMAGE_RECORDS_CSV))?;
    file.seek(SeekFrom::Start(row.at))?;
    let mut line = Vec::new();
    BufReader::new(file).read_until(b'\n', &mut line)?;
    let image = line.strip_suffix(b"\n").and_then(|line| saved_image(line, &mut Arc::default()));
    let is_same = |image: &SavedImage| image.path_in_csv == row.image.path_in_csv && image.sha256 == row.image.sha256;
    Ok(image.filter(is_same).map(|image| image.objects).unwrap_or_default())
}

/// Passes each row that can be read to `take`, with the offset of its first byte.
pub(super) fn each_row(work: &Dir, mut take: impl FnMut(u64, SavedImage)) -> io::Result<()> {
    let mut topic: Arc<str> = "".into();
    each_line(work, |at, line| {
        if let Some(image) = saved_image(line, &mut topic) {
            take(at, image);
        }
    })
}

fn each_row_in(work_dir: &Path, take: impl FnMut(u64, SavedImage)) -> io::Result<()> {
    match Dir::open(work_dir) {
        Ok(work) => each_row(&work, take),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Passes the descriptions in the table to `take`, oldest first, with the path as the cell has it.
///
/// # Errors
/// The file system refuses.
pub(super) fn each_description(work: &Dir, mut take: impl FnMut(&str, Known)) -> io::Result<()> {
    each_line(work, |_, line| {
        let cells = std::str::from_utf8(line).ok().and_then(cells);
        let Some(([path, annotation, .., sent_at, _, _, _, _, objects], name)) = &cells else { return };
        // They are empty in a torn row.
        if !objects.is_empty() && *objects != UNKNOWN_OBJECTS {
            let known = Known::label(annotation.as_bytes()).described(objects, micros(sent_at));
            take(path, known.named(name.as_deref()));
        }
    })
}

/// Passes each whole line to `take`, with the offset of its first byte and without its end. A missing table counts as
/// empty.
fn each_line(work: &Dir, mut take: impl FnMut(u64, &[u8])) -> io::Result<()> {
    let file = match work.file(IMAGE_RECORDS_CSV, Access::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let mut line = Vec::new();
    let mut at = 0;
    loop {
        let length = reader.read_until(b'\n', &mut line)? as u64;
        if length == 0 {
            return Ok(());
        }
        if let Some(line) = line.strip_suffix(b"\n") {
            take(at, line.strip_suffix(b"\r").unwrap_or(line));
        }
        line.clear();
        at += length;
    }
}
