//! A table to which rows are added durably.

use super::csv_fold::{self, KeyOf};
use super::csv_rows::{BYTE_ORDER_MARK, TableEnd, find_end};
use super::error::{AtPath, SinkError};
use crate::work_dir::{Access, Dir};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open table. Each call appends its rows with one write and one sync; a call that fails leaves the table unchanged.
#[derive(Debug)]
pub(super) struct CsvAppender {
    dir: Arc<Dir>,
    name: &'static str,
    path: PathBuf,
    file: File,
    len: u64,
    crlf: bool,
    broken: bool,
    marker: Marker,
    /// Simulates a full disk in tests: the next append writes that many bytes, then fails.
    #[cfg(test)]
    pub fail_after_bytes: Option<usize>,
}

/// A file that exists while a table is open for writing.
#[derive(Clone, Debug)]
pub(super) struct Marker {
    pub dir: Arc<Dir>,
    /// Its name without `.dirty`.
    pub stem: &'static str,
}

impl Marker {
    fn name(&self) -> String {
        format!("{}.dirty", self.stem)
    }

    fn path(&self) -> PathBuf {
        self.dir.join(&self.name())
    }
}

impl CsvAppender {
    /// Opens or creates the table and passes its rows, without the header, to `each_row`.
    ///
    /// If `marker` exists, the last run was killed: a last row without its line feed is then torn, and is moved to a file
    /// with the marker's name and the extension `.torn`. Otherwise a missing line feed at the end is added, since other
    /// programs leave it out.
    pub(super) fn open<const COLUMNS: usize>(
        dir: &Arc<Dir>,
        name: &'static str,
        header: &[&str; COLUMNS],
        marker: Marker,
        mut each_row: impl FnMut(&csv::ByteRecord),
    ) -> Result<Self, SinkError> {
        let path = dir.join(name);
        let was_killed = marker.dir.has_file(&marker.name()).at("look for the marker", &marker.path())?;
        csv_fold::remove_leftover(dir, name)?;
        let mut file = dir.file(name, Access::Create).at("open the table", &path)?;
        let len = file.metadata().at("look at the table", &path)?.len();
        let found = find_end(&file, len).at("read the table", &path)?;
        let kept_len = if was_killed { found.complete_len } else { found.len };
        let has_header = read_rows(&mut file, &path, kept_len, header, &mut each_row)?;
        let mut table = Self {
            dir: Arc::clone(dir),
            name,
            path,
            file,
            len: kept_len,
            crlf: found.crlf,
            broken: false,
            marker,
            #[cfg(test)]
            fail_after_bytes: None,
        };
        table.repair_end(found, has_header)?;
        // From here on rows count as known that a killed run wrote but did not sync.
        table.file.sync_all().at("write the table to the disk", &table.path)?;
        let Marker { dir: marker_dir, .. } = &table.marker;
        marker_dir.file(&table.marker.name(), Access::Create).at("create the marker", &table.marker.path())?;
        marker_dir.sync().at("sync the folder", marker_dir.path())?;
        if !has_header {
            table.append(&[*header])?;
            dir.sync().at("sync the folder", dir.path())?;
        }
        Ok(table)
    }

    /// Repairs the end of the table, so that it is the end of a row.
    fn repair_end(&mut self, found: TableEnd, has_header: bool) -> Result<(), SinkError> {
        if self.len < found.len {
            let torn_name = format!("{}.torn", self.marker.stem);
            let torn_path = self.marker.dir.join(&torn_name);
            self.keep_torn_row(&torn_name).at("keep the torn row", &torn_path)?;
            self.file.set_len(self.len).at("cut off the torn row", &self.path)?;
            tracing::warn!(
                "{} ended with a row that was being written when the last run was killed; it was moved to {}",
                self.path.display(),
                torn_path.display()
            );
        } else if found.complete_len < found.len && has_header {
            if found.open_quote {
                return Err(SinkError::UnbalancedQuotes { path: self.path.clone() });
            }
            if !ends_with_line_feed(&mut self.file).at("read the table", &self.path)? {
                let ending: &[u8] = if self.crlf { b"\r\n" } else { b"\n" };
                self.write_at_end(ending).at("complete the last row", &self.path)?;
                self.len += ending.len() as u64;
            }
        }
        Ok(())
    }

    fn keep_torn_row(&mut self, torn_name: &str) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.len))?;
        let mut kept = self.marker.dir.file(torn_name, Access::Append)?;
        io::copy(&mut self.file, &mut kept)?;
        kept.sync_all()
    }

    /// Adds all rows durably, or none.
    pub(super) fn append<Cell: AsRef<[u8]>, const COLUMNS: usize>(
        &mut self,
        rows: &[[Cell; COLUMNS]],
    ) -> Result<(), SinkError> {
        if rows.is_empty() {
            return Ok(());
        }
        if self.broken {
            return Err(SinkError::Broken { path: self.path.clone() });
        }
        self.check_untouched()?;
        let text = self.encode(rows).at("format a row of the table", &self.path)?;
        match self.write_at_end(&text) {
            Ok(()) => {
                self.len += text.len() as u64;
                Ok(())
            }
            Err(error) => {
                let taken_back = self.file.set_len(self.len).and_then(|()| self.file.sync_all());
                self.broken = taken_back.is_err();
                Err(error).at("add rows to the table", &self.path)
            }
        }
    }

    /// Keeps only the last row of each key: see [`csv_fold::fold`]. A call that fails leaves the table unchanged.
    pub(super) fn fold(&mut self, key_of: KeyOf<'_>) -> Result<(), SinkError> {
        if self.broken {
            return Err(SinkError::Broken { path: self.path.clone() });
        }
        self.check_untouched()?;
        match csv_fold::fold(&self.dir, self.name, &mut self.file, self.len, key_of) {
            Ok(folded) => {
                (self.file, self.len) = folded;
                Ok(())
            }
            Err(error) => {
                // If the table is renamed, that may be lost in a power cut, so no row may be added to it.
                self.broken = self.check_untouched().is_err();
                Err(error)
            }
        }
    }

    pub(super) fn len_bytes(&self) -> u64 {
        self.len
    }

    fn encode<Cell: AsRef<[u8]>, const COLUMNS: usize>(&self, rows: &[[Cell; COLUMNS]]) -> io::Result<Vec<u8>> {
        let terminator = if self.crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        for row in rows {
            writer.write_record(row).map_err(io::Error::other)?;
        }
        writer.into_inner().map_err(|error| error.into_error())
    }

    fn write_at_end(&mut self, text: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.len))?;
        #[cfg(test)]
        if let Some(bytes) = self.fail_after_bytes.take() {
            self.file.write_all(&text[..bytes.min(text.len())])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.write_all(text)?;
        self.file.sync_data()
    }

    /// Fails if another program changed the table or replaced the file: rows added to it would be lost.
    fn check_untouched(&self) -> Result<(), SinkError> {
        let changed = || SinkError::ChangedOutside { path: self.path.clone() };
        let Some(at_path) = self.dir.entry(self.name).at("look at the table", &self.path)? else {
            return Err(changed());
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let open = self.file.metadata().at("look at the table", &self.path)?;
            if at_path.identity != Some([open.dev(), open.ino()]) {
                return Err(changed());
            }
        }
        if at_path.size_bytes == self.len { Ok(()) } else { Err(changed()) }
    }

    /// Closes the table; its rows are durable already. After a failed append that could not be taken back the marker stays,
    /// so that the next start repairs the table.
    pub(super) fn close(self) -> Result<(), SinkError> {
        if self.broken {
            return Err(SinkError::Broken { path: self.path });
        }
        self.file.sync_all().at("write the table to the disk", &self.path)?;
        let Marker { dir, .. } = &self.marker;
        match dir.remove_file(&self.marker.name()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed.at("remove the marker", &self.marker.path())?,
        }
        dir.sync().at("sync the folder", dir.path())
    }
}

fn ends_with_line_feed(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Checks the header before anything is changed, and passes the rows in the first `kept_len` bytes to `each_row`. Returns
/// whether there is a header: an empty table has none, nor has one whose header was torn while it was written.
fn read_rows(
    file: &mut File,
    path: &Path,
    kept_len: u64,
    header: &[&str],
    each_row: &mut dyn FnMut(&csv::ByteRecord),
) -> Result<bool, SinkError> {
    let expected = header.join(",");
    file.seek(SeekFrom::Start(0)).at("read the table", path)?;
    if kept_len <= BYTE_ORDER_MARK.len() as u64 {
        let mut beginning = Vec::new();
        file.take(4096).read_to_end(&mut beginning).at("read the table", path)?;
        let text = beginning.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(&beginning);
        let is_torn_header = kept_len == 0 && expected.as_bytes().starts_with(text.strip_suffix(b"\r").unwrap_or(text));
        if text.is_empty() || is_torn_header {
            return Ok(false);
        }
        return Err(foreign(path, expected, &String::from_utf8_lossy(text)));
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file.take(kept_len));
    let mut row = csv::ByteRecord::new();
    let mut is_header = true;
    while reader.read_byte_record(&mut row).map_err(io::Error::other).at("read the table", path)? {
        if !is_header {
            each_row(&row);
            continue;
        }
        is_header = false;
        let cells = row.iter().map(|cell| cell.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(cell).trim_ascii());
        if !cells.clone().eq(header.iter().map(|cell| cell.as_bytes())) {
            let found: Vec<_> = cells.map(String::from_utf8_lossy).collect();
            return Err(foreign(path, expected, &found.join(",")));
        }
    }
    // A file of line ends only is not ours either.
    if is_header { Err(foreign(path, expected, "")) } else { Ok(true) }
}

fn foreign(path: &Path, expected: String, first_line: &str) -> SinkError {
    let found = first_line.lines().next().unwrap_or_default().chars().take(80).collect();
    SinkError::ForeignCsv { expected, found, path: path.to_owned() }
}

#[cfg(test)]
#[path = "csv_appender_tests.rs"]
mod tests;
