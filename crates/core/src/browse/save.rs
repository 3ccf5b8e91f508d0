//! Writes records as files.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::{BrowsePage, BrowsedRecord};
use crate::model::content_kind::ContentKind;
use crate::model::image_info::FileContent;
use crate::pipeline::sink::{
    AtPath, Moved, NameSource, SinkError, TempFile, clean_file_name, clean_with_extension, move_to_free_name,
    with_suffix,
};
use crate::work_dir::{Access, Dir};

/// What happened to a page's records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SavedFiles {
    /// Images that were written.
    pub images: usize,
    /// Damaged records whose value was written; the name ends in `.bin`.
    pub damaged: usize,
    /// Records whose file already existed with the same bytes.
    pub already_there: usize,
    /// Records without a value, for which nothing is written.
    pub without_value: usize,
}

/// Writes the records of `page`, of `topic`, into `folder`, which is created if it is missing. Images keep their bytes;
/// their name is from the header, or `TOPIC-PARTITION-OFFSET.EXT`. Nothing is overwritten: if another file has the
/// name, partition and offset are added.
///
/// A damaged record is written as far as the page has it.
///
/// # Errors
/// I/O errors.
pub fn save(page: &BrowsePage, topic: &str, folder: &Path) -> Result<SavedFiles, SinkError> {
    let folder = Arc::new(Dir::open_or_create(folder).at("open the folder", folder)?);
    let mut saved = SavedFiles::default();
    for record in &page.records {
        let place = format!("{}-{}", record.partition, record.offset);
        let (bytes, name) = match (&record.content, &record.raw) {
            (Ok(image), _) => (&image.bytes, image_name(record, &image.bytes, topic, &place)),
            (Err(_), Some(raw)) => (raw, clean_with_extension(&format!("{topic}-{place}"), "bin")),
            (Err(_), None) => {
                saved.without_value += 1;
                continue;
            }
        };
        match write_new(&folder, &name, &place, bytes)? {
            false => saved.already_there += 1,
            true if record.content.is_ok() => saved.images += 1,
            true => saved.damaged += 1,
        }
    }
    Ok(saved)
}

fn image_name(record: &BrowsedRecord, bytes: &[u8], topic: &str, place: &str) -> String {
    let content = ContentKind::of(FileContent::read(bytes), record.file_name.as_deref().unwrap_or_default());
    match &record.file_name {
        Some(name) => clean_file_name(name, NameSource::FileName, content),
        None => clean_with_extension(&format!("{topic}-{place}"), content.extension()),
    }
}

/// Writes a file atomically. False: a file with the same bytes already exists.
fn write_new(folder: &Arc<Dir>, name: &str, place: &str, bytes: &[u8]) -> Result<bool, SinkError> {
    let temporary = format!(".kafka-image-bench-{}.part", std::process::id());
    // Only a killed process with the same process id can have left it.
    let _ = folder.remove_file(&temporary);
    let mut temp = TempFile::write(folder, &temporary, bytes, false)?;
    let mut name = name.to_owned();
    for attempt in 1_u32.. {
        temp = match move_to_free_name(temp, folder, &name)? {
            Moved::Done => return Ok(true),
            Moved::Taken(temp) => temp,
        };
        if has_bytes(folder, &name, bytes) {
            return Ok(false);
        }
        let suffix = if attempt == 1 { place.to_owned() } else { format!("{place}-{attempt}") };
        name = with_suffix(&name, &suffix);
    }
    Ok(false)
}

/// Whether the file `name` has these bytes. A link never counts, whatever its target.
fn has_bytes(folder: &Dir, name: &str, bytes: &[u8]) -> bool {
    let Ok(Some(entry)) = folder.entry(name) else { return false };
    let mut there = Vec::new();
    entry.is_file
        && entry.size_bytes == bytes.len() as u64
        && folder.file(name, Access::Read).and_then(|mut file| file.read_to_end(&mut there)).is_ok()
        && there == bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browse::{BrowsedImage, ValueKind};
    use std::fs;

    const GIF: &[u8] = b"GIF89a\x02\x00\x03\x00\x00\x00\x00;";

    fn record(offset: i64, file_name: Option<&str>, image: Option<&[u8]>) -> BrowsedRecord {
        let content = image.ok_or_else(|| "not an image".to_owned()).map(|bytes| BrowsedImage {
            bytes: bytes.into(),
            annotation: String::new(),
            bytes_as_sent: None,
            objects_json: None,
        });
        BrowsedRecord {
            partition: 2,
            offset,
            timestamp_millis: None,
            value_bytes: 0,
            file_name: file_name.map(str::to_owned),
            sent_at_micros: None,
            key: None,
            headers: Vec::new(),
            more_headers: 0,
            encoding: None,
            kind: ValueKind::Binary,
            content,
            raw: image.is_none().then(|| b"text"[..].into()),
        }
    }

    #[test]
    fn names_come_from_the_record_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("new");
        let other = [GIF, b"more"].concat();
        let mut page = BrowsePage {
            records: vec![
                record(0, Some("../a.png"), Some(GIF)),
                record(1, Some("a.gif"), Some(&other)),
                record(2, None, Some(GIF)),
                record(3, None, None),
                BrowsedRecord { raw: None, ..record(4, None, None) },
            ],
            ..BrowsePage::default()
        };
        let expected = SavedFiles { images: 3, damaged: 1, already_there: 0, without_value: 1 };
        assert_eq!(save(&page, "t", &into).unwrap(), expected);
        let read = |name: &str| fs::read(into.join(name)).unwrap();
        assert_eq!((read("a.gif"), read("a-2-1.gif"), read("t-2-2.gif")), (GIF.to_vec(), other.clone(), GIF.to_vec()));
        assert_eq!(read("t-2-3.bin"), b"text");
        assert_eq!(fs::read_dir(&into).unwrap().count(), 4, "temporary files are gone");

        let again = save(&page, "t", &into).unwrap();
        assert_eq!((again.images, again.already_there), (0, 4), "{again:?}");
        page.records.truncate(1);
        fs::write(into.join("a.gif"), "a person's own").unwrap();
        assert_eq!(save(&page, "t", &into).unwrap().images, 1);
        assert_eq!((read("a.gif"), read("a-2-0.gif")), (b"a person's own".to_vec(), GIF.to_vec()));
    }
}
