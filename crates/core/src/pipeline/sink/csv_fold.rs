//! Keeps only the last row of each key in a table, atomically.

use super::csv_rows::Rows;
use super::error::{AtPath, SinkError};
use super::files::TempFile;
use super::row_index::RowKey;
use crate::work_dir::Dir;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::Arc;

/// The key of a row that is folded; `None` for a row that stays as it is.
pub(super) type KeyOf<'a> = &'a dyn Fn(&csv::ByteRecord) -> Option<RowKey>;

/// Rewrites the table `name`, the first `len` bytes of `file`: each key keeps the place of its first row and the bytes of
/// its last one; all other rows are copied byte for byte. The new table is renamed over the old one, so that a crash
/// leaves one of the two. Returns the new file and its length.
pub(super) fn fold(
    dir: &Arc<Dir>,
    name: &str,
    file: &mut File,
    len: u64,
    key_of: KeyOf<'_>,
) -> Result<(File, u64), SinkError> {
    let path = dir.join(name);
    let temp_path = dir.join(&temp_name(name));
    remove_leftover(dir, name)?;
    let last = last_rows(file, len, key_of).at("read the table", &path)?;
    let temp = TempFile::write(dir, &temp_name(name), b"", false)?;
    let mut folded = temp.open().at("open the temporary file", &temp_path)?;
    let new_len = write_folded(file, len, &last, key_of, &mut folded).at("rewrite the table", &temp_path)?;
    // The new file must be readable for the same users.
    let permissions = file.metadata().at("look at the table", &path)?.permissions();
    folded.set_permissions(permissions).at("set the rights of the table", &temp_path)?;
    folded.sync_all().at("write the table to the disk", &temp_path)?;
    temp.replace(name).at("replace the table", &path)?;
    dir.sync().at("sync the folder", dir.path())?;
    Ok((folded, new_len))
}

/// Removes the temporary file of a killed [`fold`].
pub(super) fn remove_leftover(dir: &Dir, name: &str) -> Result<(), SinkError> {
    let temp_name = temp_name(name);
    match dir.remove_file(&temp_name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.at("remove the leftover of an earlier run", &dir.join(&temp_name)),
    }
}

/// Beside the table, since files can be renamed only within one file system.
fn temp_name(name: &str) -> String {
    format!(".{name}.folding")
}

fn last_rows(file: &mut File, len: u64, key_of: KeyOf<'_>) -> io::Result<HashMap<RowKey, Range<u64>>> {
    let mut last = HashMap::new();
    each_row(file, len, |row, range| {
        if let Some(key) = key_of(row) {
            last.insert(key, range);
        }
        Ok(())
    })?;
    Ok(last)
}

fn write_folded(
    file: &mut File,
    len: u64,
    last: &HashMap<RowKey, Range<u64>>,
    key_of: KeyOf<'_>,
    folded: &mut File,
) -> io::Result<u64> {
    // Adjacent rows are copied together.
    let mut rows: Vec<Range<u64>> = Vec::new();
    let mut is_written = std::collections::HashSet::new();
    each_row(file, len, |row, range| {
        let range = match key_of(row) {
            Some(key) if !is_written.insert(key) => return Ok(()),
            Some(key) => last.get(&key).cloned().unwrap_or(range),
            None => range,
        };
        match rows.last_mut() {
            Some(before) if before.end == range.start => before.end = range.end,
            _ => rows.push(range),
        }
        Ok(())
    })?;
    let mut writer = BufWriter::with_capacity(256 * 1024, folded);
    let mut new_len = 0;
    for range in rows {
        file.seek(SeekFrom::Start(range.start))?;
        new_len += io::copy(&mut (&mut *file).take(range.end - range.start), &mut writer)?;
    }
    writer.flush()?;
    Ok(new_len)
}

/// Passes each row of the first `len` bytes to `take`, the header included, with its bytes; at last an empty row with the
/// rest, if there is one.
fn each_row(
    file: &mut File,
    len: u64,
    mut take: impl FnMut(&csv::ByteRecord, Range<u64>) -> io::Result<()>,
) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let mut rows = Rows::new((&mut *file).take(len));
    let mut end = 0;
    while let Some((row, bytes)) = rows.next()? {
        end = bytes.end;
        take(row, bytes)?;
    }
    if end < len { take(&csv::ByteRecord::new(), end..len) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::row_index::RowIndex;
    use super::*;
    use std::fs;

    fn folded(text: &str, keys: &[&str]) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.csv");
        fs::write(&path, text).unwrap();
        // As a killed run leaves it.
        fs::write(dir.path().join(temp_name("t.csv")), "half a ta").unwrap();
        let index = RowIndex::new(false);
        let wanted: Vec<_> = keys.iter().map(|key| index.path_key(key.as_bytes())).collect();
        let key_of = |row: &csv::ByteRecord| Some(index.path_key(row.get(0)?)).filter(|key| wanted.contains(key));
        let mut file = File::open(&path).unwrap();
        let folder = Arc::new(Dir::open(dir.path()).unwrap());
        let (mut new, len) = fold(&folder, "t.csv", &mut file, text.len() as u64, &key_of).unwrap();
        let on_disk = fs::read_to_string(&path).unwrap();
        let mut same = String::new();
        new.seek(SeekFrom::Start(0)).unwrap();
        new.read_to_string(&mut same).unwrap();
        assert_eq!((same.as_str(), on_disk.len() as u64), (on_disk.as_str(), len));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
        on_disk
    }

    #[test]
    fn the_last_row_takes_the_place_of_the_first() {
        assert_eq!(folded("h,l\na,1\nb,2\na,3\nc,4\na,5\n", &["a"]), "h,l\na,5\nb,2\nc,4\n");
        assert_eq!(folded("h,l\na,1\nb,2\nb,3\na,4\n", &["a", "b"]), "h,l\na,4\nb,3\n");
        assert_eq!(folded("h,l\na,1\nb,2\n", &["a"]), "h,l\na,1\nb,2\n");
    }

    #[test]
    fn other_rows_stay_byte_for_byte() {
        // The user's own duplicate rows, extra cells, odd quotes, an empty line.
        let text = "h,l\nx,1\nx,1\n\"b\" ,\"2\n\",more\na,\"1\n\n1\"\n\nc,3\na,\"new, \"\"2\"\"\n\"\n";
        let expected = "h,l\nx,1\nx,1\n\"b\" ,\"2\n\",more\na,\"new, \"\"2\"\"\n\"\n\nc,3\n";
        assert_eq!(folded(text, &["a"]), expected);
        let marked = "\u{feff}h,l\r\nx,1\r\na,1\r\nb,2\r\na,3\r\n";
        assert_eq!(folded(&marked[3..], &["a"]), "h,l\r\nx,1\r\na,3\r\nb,2\r\n");
        assert_eq!(folded(marked, &["a"]), "\u{feff}h,l\r\nx,1\r\na,3\r\nb,2\r\n");
        assert_eq!(folded("h,l\na,1\na,2\n\n\n", &["a"]), "h,l\na,2\n\n\n");
    }
}
