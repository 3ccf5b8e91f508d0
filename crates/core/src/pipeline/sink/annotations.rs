//! Reads `annotation.csv`.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::ANNOTATION_CSV;
use super::spreadsheet_cell::unescape_formula;
use crate::work_dir::{Access, Dir};

/// The labels that `annotation.csv` in `work_dir` has, by the path of the image in it. The last row of a path counts; rows
/// that cannot be read are skipped, and a missing table counts as empty.
///
/// # Errors
/// The file system refuses.
pub fn read_annotations(work_dir: &Path) -> io::Result<HashMap<String, Box<str>>> {
    let table = match Dir::open(work_dir).and_then(|work| work.file(ANNOTATION_CSV, Access::Read)) {
        Ok(table) => table,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) => return Err(error),
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table);
    let rows = reader.records().flatten();
    Ok(rows.filter_map(|row| Some((row.get(0)?.to_owned(), unescape_formula(row.get(1)?).into()))).collect())
}
