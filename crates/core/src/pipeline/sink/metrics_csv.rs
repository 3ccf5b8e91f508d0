//! The tables of the runs' overall figures, one row per run.

use std::io::Read;
use std::path::Path;

use super::error::{AtPath, SinkError};
use crate::work_dir::{Access, Dir};

/// One of the tables. The last row is that of the latest run.
///
/// It is replaced atomically, so that a reader always sees a whole table while a run updates its row. Earlier rows stay
/// as they are, whoever wrote them; a last one that was torn by a kill is removed.
#[derive(Debug)]
pub struct MetricsTable {
    dir: Dir,
    name: &'static str,
    header: String,
    /// The row as this run last wrote it.
    own_row: Option<String>,
}

impl MetricsTable {
    /// `producer_metrics.csv` in `work_dir`: the images that were sent, the seconds from the first to the last
    /// acknowledgement, seconds per image (their quotient) and images per second.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub fn of_producer(work_dir: &Path) -> Result<Self, SinkError> {
        Self::open(work_dir, "producer_metrics.csv", ["Images", "images/s"])
    }

    /// `consumer_metrics.csv`: the same for the messages that were consumed.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub fn of_consumer(work_dir: &Path) -> Result<Self, SinkError> {
        Self::open(work_dir, "consumer_metrics.csv", ["Messages", "messages/s"])
    }

    fn open(work_dir: &Path, name: &'static str, [what, rate]: [&str; 2]) -> Result<Self, SinkError> {
        let dir = Dir::open(work_dir).at("open the work folder", work_dir)?;
        let header = format!("Total Processed {what},Total Time (s),Average Latency (s),Throughput ({rate})");
        Ok(Self { dir, name, header, own_row: None })
    }

    /// Adds this run's row, or updates it; with `durably`, it survives a power cut.
    ///
    /// # Errors
    /// The file system refuses, or the file is another table. The file is then unchanged.
    pub fn put(&mut self, count: u64, total_time_s: f64, durably: bool) -> Result<(), SinkError> {
        let path = self.dir.join(self.name);
        let mut text = self.rows_so_far()?;
        if let Some(own) = &self.own_row
            && text.ends_with(own.as_bytes())
        {
            text.truncate(text.len() - own.len());
        }
        let line_end = if text.windows(2).any(|pair| pair == b"\r\n") { "\r\n" } else { "\n" };
        let row = format!("{}{line_end}", row(count, total_time_s));
        text.extend(row.as_bytes());
        self.dir.replace(self.name, &text, durably).at("write the table", &path)?;
        self.own_row = Some(row);
        Ok(())
    }

    /// The header and all rows, each with its line end.
    fn rows_so_far(&self) -> Result<Vec<u8>, SinkError> {
        let path = self.dir.join(self.name);
        let mut text = Vec::new();
        if self.dir.has_file(self.name).at("look for the table", &path)? {
            let mut file = self.dir.file(self.name, Access::Read).at("open the table", &path)?;
            file.read_to_end(&mut text).at("read the table", &path)?;
        }
        // Spreadsheets put a byte order mark before it, some programs quotation marks around its cells.
        let bare = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let first_line = bare.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let unquoted: Vec<u8> = first_line.trim_ascii().iter().copied().filter(|&byte| byte != b'"').collect();
        if unquoted != self.header.as_bytes() {
            // An empty file, or a header that was torn while it was written.
            if self.header.as_bytes().starts_with(bare) {
                return Ok(format!("{}\n", self.header).into_bytes());
            }
            let found = String::from_utf8_lossy(first_line).chars().take(80).collect();
            return Err(SinkError::ForeignCsv { expected: self.header.clone(), found, path });
        }
        if !text.ends_with(b"\n") {
            let last_at = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            if last_at == 0 || is_row(&text[last_at..]) {
                // Other programs omit the last line end.
                if !text.ends_with(b"\r") && text.windows(2).any(|pair| pair == b"\r\n") {
                    text.push(b'\r');
                }
                text.push(b'\n');
            } else {
                text.truncate(last_at);
            }
        }
        Ok(text)
    }
}

fn is_row(line: &[u8]) -> bool {
    let cells = std::str::from_utf8(line).unwrap_or_default().split(',');
    cells.clone().count() == 4 && cells.clone().all(|cell| cell.trim().parse::<f64>().is_ok())
}

#[allow(clippy::cast_precision_loss)]
fn row(count: u64, total_time_s: f64) -> String {
    let time_s = if total_time_s.is_finite() { total_time_s.max(0.0) } else { 0.0 };
    let latency_s = if count == 0 { 0.0 } else { time_s / count as f64 };
    let per_second = if time_s > 0.0 { count as f64 / time_s } else { 0.0 };
    format!("{count},{time_s:.2},{latency_s:.4},{per_second:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const PRODUCER: &str = "Total Processed Images,Total Time (s),Average Latency (s),Throughput (images/s)";

    fn text(dir: &tempfile::TempDir) -> String {
        fs::read_to_string(dir.path().join("producer_metrics.csv")).unwrap()
    }

    #[test]
    fn a_run_has_one_row_and_earlier_ones_stay() {
        let dir = tempfile::tempdir().unwrap();
        let mut first = MetricsTable::of_producer(dir.path()).unwrap();
        for (count, time_s) in [(7, 2.0), (100, 1.0), (192, 1.4754)] {
            first.put(count, time_s, false).unwrap();
        }
        assert_eq!(text(&dir), format!("{PRODUCER}\n192,1.48,0.0077,130.13\n"));
        let mut second = MetricsTable::of_producer(dir.path()).unwrap();
        second.put(1, 1.0, false).unwrap();
        second.put(4, 2.0, true).unwrap();
        assert_eq!(text(&dir), format!("{PRODUCER}\n192,1.48,0.0077,130.13\n4,2.00,0.5000,2.00\n"));
        let mut consumer = MetricsTable::of_consumer(dir.path()).unwrap();
        consumer.put(4, 2.0, true).unwrap();
        assert_eq!(
            fs::read_to_string(dir.path().join("consumer_metrics.csv")).unwrap(),
            "Total Processed Messages,Total Time (s),Average Latency (s),Throughput (messages/s)\n4,2.00,0.5000,2.00\n"
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "no temporary file stays");
    }

    #[test]
    fn what_others_wrote_stays_and_what_was_torn_is_mended() {
        let row = "192,1.48,0.0077,130.13";
        for (before, expected) in [
            ("", format!("{PRODUCER}\n")),
            ("Total Proc", format!("{PRODUCER}\n")),
            (PRODUCER, format!("{PRODUCER}\n")),
            (&format!("{PRODUCER}\n{row}"), format!("{PRODUCER}\n{row}\n")),
            (&format!("{PRODUCER}\n{row}\n192,1.4"), format!("{PRODUCER}\n{row}\n")),
            (&format!("{PRODUCER}\r\n{row}\r\n"), format!("{PRODUCER}\r\n{row}\r\n")),
            (&format!("{PRODUCER}\r\n{row}"), format!("{PRODUCER}\r\n{row}\r\n")),
            (&format!("\u{feff}{PRODUCER}\n{row}\n"), format!("\u{feff}{PRODUCER}\n{row}\n")),
        ] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("producer_metrics.csv"), before).unwrap();
            let mut table = MetricsTable::of_producer(dir.path()).unwrap();
            table.put(3, 1.0, false).unwrap();
            table.put(4, 2.0, false).unwrap();
            let line_end = if before.contains('\r') { "\r\n" } else { "\n" };
            assert_eq!(text(&dir), format!("{expected}4,2.00,0.5000,2.00{line_end}"), "{before:?}");
        }
    }

    #[test]
    fn another_table_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("producer_metrics.csv"), "my,own\n1,2\n").unwrap();
        let error = MetricsTable::of_producer(dir.path()).unwrap().put(1, 1.0, false).unwrap_err();
        assert!(error.to_string().contains("producer_metrics.csv"), "{error}");
        assert_eq!(text(&dir), "my,own\n1,2\n");
    }

    #[test]
    fn nothing_gives_zeros() {
        for (count, time_s, expected) in [
            (0, 0.0, "0,0.00,0.0000,0.00"),
            (0, 1.5, "0,1.50,0.0000,0.00"),
            (5, 0.0, "5,0.00,0.0000,0.00"),
            (5, f64::NAN, "5,0.00,0.0000,0.00"),
            (5, -1.0, "5,0.00,0.0000,0.00"),
            (5, f64::INFINITY, "5,0.00,0.0000,0.00"),
        ] {
            assert_eq!(row(count, time_s), expected);
        }
    }
}
