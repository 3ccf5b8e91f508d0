//! `dead_letters_sent.csv`: which dead letters of a work folder were sent again, and where to.
//!
//! A row is added once the record is acknowledged, and makes that the letter is not sent once more. After a crash in between
//! there is no row, and the next redrive sends the letter again: at most a duplicate, and never a loss. Neither the letters
//! nor their table are changed.

use super::csv_appender::{CsvAppender, Marker};
use super::csv_rows::Rows;
use super::error::{AtPath, SinkError};
use super::kept_letters::ListedLetter;
use super::lock::WorkDirLock;
use super::row_index::{Known, RowIndex, RowKey};
use super::spreadsheet_cell::escape_formula;
use super::{DEAD_LETTERS_SENT_CSV, STATE_FOLDER};
use crate::work_dir::{Access, Dir};
use std::path::Path;
use std::sync::Arc;

const HEADER: [&str; 9] =
    ["time", "topic", "partition", "offset", "file", "sent_to", "sent_partition", "sent_offset", "redrive_count"];

/// Where a letter was sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SentLetter<'a> {
    pub(crate) letter: &'a ListedLetter,
    pub(crate) topic: &'a str,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// How often the record was sent again, this time included.
    pub(crate) redrive_count: u32,
}

/// The sent letters of a work folder.
pub(crate) struct SentLetters {
    work: Arc<Dir>,
    index: RowIndex,
    writing: Option<Writing>,
}

struct Writing {
    _lock: WorkDirLock,
    state: Arc<Dir>,
    /// Opened before the first letter is sent.
    table: Option<CsvAppender>,
}

impl SentLetters {
    /// Reads which letters were sent; changes nothing.
    pub(crate) fn read(work_dir: &Path) -> Result<Self, SinkError> {
        let work = Arc::new(Dir::open(work_dir).at("open the folder of the dead letters", work_dir)?);
        let path = work.join(DEAD_LETTERS_SENT_CSV);
        let mut index = RowIndex::new(false);
        if work.has_file(DEAD_LETTERS_SENT_CSV).at("look for the table", &path)? {
            let table = work.file(DEAD_LETTERS_SENT_CSV, Access::Read).at("open the table", &path)?;
            let mut rows = Rows::new(table);
            while let Some((row, _)) = rows.next().at("read the table", &path)? {
                // Even a torn row is true: it is written when the record is acknowledged.
                if let (Some(topic), Some(partition), Some(offset), Some(file), Some(_)) =
                    (row.get(1), row.get(2), row.get(3), row.get(4), row.get(5))
                {
                    let key = index.key(&[topic, partition, offset, file]);
                    index.insert(key, Known::label(b""));
                }
            }
        }
        Ok(Self { work, index, writing: None })
    }

    /// The same, and keeps others from sending letters of this folder.
    pub(crate) fn open(work_dir: &Path) -> Result<Self, SinkError> {
        let work = Dir::open(work_dir).at("open the folder of the dead letters", work_dir)?;
        let state = work.make_folder(STATE_FOLDER).at("open the folder", &work.join(STATE_FOLDER))?;
        let lock = WorkDirLock::acquire_for_redrive(work_dir, &state)?;
        let writing = Writing { _lock: lock, state: Arc::new(state), table: None };
        Ok(Self { writing: Some(writing), ..Self::read(work_dir)? })
    }

    /// Whether this letter was sent.
    pub(crate) fn contains(&self, letter: &ListedLetter) -> bool {
        self.index.get(self.key_of(letter)).is_some()
    }

    /// Opens or creates the table, unless that was done. Does nothing unless opened for writing.
    pub(crate) fn open_table(&mut self) -> Result<(), SinkError> {
        if let Some(Writing { state, table: table @ None, .. }) = &mut self.writing {
            let marker = Marker { dir: Arc::clone(state), stem: "dead-letters-sent" };
            *table = Some(CsvAppender::open(&self.work, DEAD_LETTERS_SENT_CSV, &HEADER, marker, |_| {})?);
        }
        Ok(())
    }

    /// Adds rows durably. Does nothing unless opened for writing.
    pub(crate) fn append(&mut self, sent: &[SentLetter<'_>]) -> Result<(), SinkError> {
        if sent.is_empty() {
            return Ok(());
        }
        self.open_table()?;
        let keys: Vec<RowKey> = sent.iter().map(|sent| self.key_of(sent.letter)).collect();
        let Some(Writing { table: Some(table), .. }) = &mut self.writing else { return Ok(()) };
        let now = jiff::Timestamp::now().to_string();
        let rows: Vec<[String; 9]> = sent
            .iter()
            .map(|sent| {
                let [topic, partition, offset, file] = cells_of(sent.letter);
                let (to, count) = (escape_formula(sent.topic).into_owned(), sent.redrive_count.to_string());
                let (to_partition, to_offset) = (sent.partition.to_string(), sent.offset.to_string());
                [now.clone(), topic, partition, offset, file, to, to_partition, to_offset, count]
            })
            .collect();
        table.append(&rows)?;
        for key in keys {
            self.index.insert(key, Known::label(b""));
        }
        Ok(())
    }

    /// Closes the table.
    pub(crate) fn close(self) -> Result<(), SinkError> {
        self.writing.and_then(|writing| writing.table).map_or(Ok(()), CsvAppender::close)
    }

    fn key_of(&self, letter: &ListedLetter) -> RowKey {
        let cells = cells_of(letter);
        self.index.key(&cells.each_ref().map(String::as_bytes))
    }
}

fn cells_of(letter: &ListedLetter) -> [String; 4] {
    let topic = escape_formula(&letter.topic).into_owned();
    [topic, letter.partition.to_string(), letter.offset.to_string(), letter.file.clone().unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn letter(topic: &str, offset: i64) -> ListedLetter {
        let file = Some(format!("dead_letters/{topic}-0-{offset}.bin"));
        ListedLetter { topic: topic.to_owned(), partition: 0, offset, reason: String::new(), file }
    }

    fn sent(letter: &ListedLetter) -> SentLetter<'_> {
        SentLetter { letter, topic: "to", partition: 1, offset: 9, redrive_count: 2 }
    }

    #[test]
    fn what_was_sent_is_known_afterwards_even_from_a_torn_row() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(DEAD_LETTERS_SENT_CSV);
        let (one, two) = (letter("t", 1), letter("-t", 2));
        let mut letters = SentLetters::open(dir.path()).unwrap();
        assert!(!letters.contains(&one) && !path.exists());
        letters.append(&[sent(&one), sent(&two)]).unwrap();
        // Killed: not closed.
        drop(letters);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(&(HEADER.join(",") + "\n")), "{text}");
        assert!(text.ends_with(",'-t,0,2,dead_letters/-t-0-2.bin,to,1,9,2\n"), "{text}");
        fs::write(&path, &text[..text.len() - 5]).unwrap();
        let read = SentLetters::read(dir.path()).unwrap();
        assert!(read.contains(&one) && read.contains(&two) && !read.contains(&letter("t", 2)));
        // The torn row is moved away, and the table can be used.
        let mut letters = SentLetters::open(dir.path()).unwrap();
        letters.append(&[sent(&letter("t", 3))]).unwrap();
        letters.close().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3);
    }

    #[test]
    fn two_at_the_same_time_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let _first = SentLetters::open(dir.path()).unwrap();
        let refused = SentLetters::open(dir.path()).err().unwrap();
        assert!(refused.to_string().contains("already being sent"), "{refused}");
        SentLetters::read(dir.path()).unwrap();
    }
}
