//! Configurations as a table of a spreadsheet: copied with tabs between the cells, pasted with tabs, commas or semicolons.

use std::fmt;

use super::fields::{Configuration, FIELDS, Field, Kind};
use super::lists::{CONFIGURATIONS_MAX, Variable};

/// The heading of the column of names.
const NAME: &str = "name";

/// A cell that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellProblem {
    /// Row of what was pasted, from 1.
    pub row: u64,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong, and what it can be.
    pub reason: String,
}

impl fmt::Display for CellProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}, column {}: {}", self.row, self.column, self.reason)
    }
}

/// What stands in a column.
#[derive(Clone, Debug, PartialEq)]
enum Column {
    Name,
    Value(Variable),
    /// Nothing is in it.
    Empty,
}

/// Reads a table. Its first row may be a heading of field names; without one the columns are those of the table of fields, in
/// their order. Cells that are empty have the default.
///
/// # Errors
/// All cells that cannot be used; nothing is taken then.
pub fn read_spreadsheet(text: &str) -> Result<Vec<Configuration>, Vec<CellProblem>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let (mut all, mut problems) = (Vec::new(), Vec::new());
    let mut columns: Option<Vec<Column>> = None;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let row = error.position().map_or(1, csv::Position::line);
                problems.push(CellProblem { row, column: 1, reason: error.to_string() });
                break;
            }
        };
        let row = record.position().map_or(1, csv::Position::line);
        let cells: Vec<&str> = record.iter().map(str::trim).collect();
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        match &columns {
            None => match heading(&cells, row, &mut problems) {
                Some(found) => columns = Some(found),
                None => {
                    let in_order: Vec<Column> =
                        FIELDS.iter().map(|field| Column::Value(Variable::Field(field))).collect();
                    all.push(configuration(&in_order, &cells, row, &mut problems));
                    columns = Some(in_order);
                }
            },
            Some(columns) => all.push(configuration(columns, &cells, row, &mut problems)),
        }
        if all.len() > CONFIGURATIONS_MAX {
            let reason = format!("there are more than {CONFIGURATIONS_MAX} configurations");
            problems.push(CellProblem { row, column: 1, reason });
            break;
        }
    }
    if all.is_empty() && problems.is_empty() {
        problems.push(CellProblem { row: 1, column: 1, reason: "there is no row of values".to_owned() });
    }
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}

/// Tabs, as spreadsheets copy them; otherwise semicolons or commas, as they save them.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    match (first.contains('\t'), first.contains(';')) {
        (true, _) => b'\t',
        (false, true) => b';',
        (false, false) => b',',
    }
}

/// The columns that a first row names; `None` if it names none, and is a row of values.
fn heading(cells: &[&str], row: u64, problems: &mut Vec<CellProblem>) -> Option<Vec<Column>> {
    let found: Vec<Result<Column, String>> = cells.iter().map(|cell| column(cell)).collect();
    let names_some = found.iter().any(|column| matches!(column, Ok(Column::Name | Column::Value(_))));
    if !names_some {
        return None;
    }
    let mut columns: Vec<Column> = Vec::new();
    for (place, column) in found.into_iter().enumerate() {
        let problem = match column {
            Ok(column) if column != Column::Empty && columns.contains(&column) => {
                Err(format!("{} stands in two columns", cells[place]))
            }
            column => column,
        };
        columns.push(problem.unwrap_or_else(|reason| {
            problems.push(CellProblem { row, column: place + 1, reason });
            Column::Empty
        }));
    }
    Some(columns)
}

/// The column of a heading: a field by any of its names, or a property.
fn column(heading: &str) -> Result<Column, String> {
    let plain = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(heading);
    let is_it = |field: &&Field| {
        let label = field.label();
        [field.key, field.option, field.name, label.as_str()].into_iter().any(|name| plain(name) == wanted)
    };
    if heading.is_empty() {
        return Ok(Column::Empty);
    }
    if wanted == NAME {
        return Ok(Column::Name);
    }
    match FIELDS.iter().find(is_it) {
        Some(field) => Ok(Column::Value(Variable::Field(field))),
        None => Variable::find(heading).map(Column::Value),
    }
}

fn configuration(columns: &[Column], cells: &[&str], row: u64, problems: &mut Vec<CellProblem>) -> Configuration {
    let mut one = Configuration::default();
    for (place, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
        let taken = match columns.get(place) {
            Some(Column::Name) => {
                (*cell).clone_into(&mut one.name);
                Ok(())
            }
            Some(Column::Value(variable)) => set(variable, &mut one, cell),
            Some(Column::Empty) => Err("the column has no heading".to_owned()),
            None => Err(format!("there are {} columns", columns.len())),
        };
        problems.extend(taken.err().map(|reason| CellProblem { row, column: place + 1, reason }));
    }
    if one.name.is_empty() { one.with_short_name() } else { one }
}

/// Sets a value as spreadsheets write it: `131,072`, `0,5`, `Gzip`.
fn set(variable: &Variable, one: &mut Configuration, cell: &str) -> Result<(), String> {
    let Variable::Field(field) = variable else { return variable.set(one, cell) };
    let other = match field.kind {
        Kind::Bytes { .. } | Kind::Whole { .. } => without_groups(cell),
        Kind::Decimal { .. } if !cell.contains('.') => Some(cell.replace(',', ".")),
        Kind::Decimal { .. } => None,
        Kind::Choice(_) => Some(cell.to_lowercase()),
    };
    let set = field.set(one, cell);
    match other {
        Some(other) if set.is_err() => field.set(one, &other).or(set),
        _ => set,
    }
}

/// The digits of a number that is written in groups of three; `None` if it is not.
fn without_groups(text: &str) -> Option<String> {
    let separator = text.chars().find(|letter| !letter.is_ascii_digit())?;
    let groups: Vec<&str> = text.split(separator).collect();
    let is_group = |(place, group): (usize, &&str)| {
        let length = group.len();
        group.bytes().all(|digit| digit.is_ascii_digit())
            && if place == 0 { (1..=3).contains(&length) } else { length == 3 }
    };
    let is_separator = matches!(separator, ',' | '.' | ' ' | '\'' | '_' | '\u{a0}' | '\u{202f}' | '\u{2019}');
    (is_separator && groups.iter().enumerate().all(is_group)).then(|| groups.concat())
}

/// A table with a heading of field names and tabs, as spreadsheets take it. Names have a column where one is not made of the
/// values.
pub fn write_spreadsheet(all: &[Configuration]) -> String {
    let is_named = all.iter().any(|one| one.clone().with_short_name().name != one.name);
    let variables = Variable::of(all);
    let cell = |text: &str| text.replace(['\t', '\n', '\r'], " ");
    let line = |first: Option<&str>, rest: Vec<String>| {
        let cells: Vec<String> = first.filter(|_| is_named).map(cell).into_iter().chain(rest).collect();
        cells.join("\t")
    };
    let headings = variables.iter().map(|variable| match variable {
        Variable::Field(field) => field.name.to_owned(),
        Variable::Property(_) => variable.key(),
    });
    let mut lines = vec![line(Some(NAME), headings.collect())];
    for one in all {
        let values = variables.iter().map(|variable| cell(&variable.get(one).unwrap_or_default()));
        lines.push(line(Some(&one.name), values.collect()));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::{Acks, Compression, Encoding};
    use super::*;

    #[test]
    fn what_is_copied_can_be_pasted() {
        let mut all = super::super::standard();
        assert!(write_spreadsheet(&all).starts_with("batch.size\tlinger.ms\t"));
        assert_eq!(read_spreadsheet(&write_spreadsheet(&all)), Ok(all.clone()));
        all[1].properties.insert("consumer.fetch.min.bytes".to_owned(), "1".to_owned());
        all[1].name = "my own".to_owned();
        let text = write_spreadsheet(&all);
        assert!(text.starts_with("name\tbatch.size\t") && text.contains("\tconsumer.fetch.min.bytes"), "{text}");
        assert_eq!(read_spreadsheet(&text), Ok(all));
    }

    #[test]
    fn headings_and_numbers_are_read_as_spreadsheets_write_them() {
        let text = "\u{feff}Batch size;Linger (ms);COMPRESSION TYPE;Acks;Encoding\r\n\"131.072\";0,5;Gzip;1;raw\r\n;;;;\r\n16 384;;;;\r\n";
        let all = read_spreadsheet(text).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].batch_size_bytes, all[0].linger_ms, all[0].compression_type),
            (131_072, 0.5, Compression::Gzip)
        );
        assert_eq!((all[0].acks, all[0].encoding), (Acks::One, Encoding::Raw));
        let expected = Configuration { batch_size_bytes: 16_384, ..Configuration::default() }.with_short_name();
        assert_eq!(all[1], expected);
        // Without a heading, in the order of the fields.
        let all = read_spreadsheet("\"131,072\",5,lz4\n1000000,0,none,all,8").unwrap();
        assert_eq!(
            (all[0].batch_size_bytes, all[0].compression_type, all[1].partitions),
            (131_072, Compression::Lz4, 8)
        );
    }

    #[test]
    fn every_cell_that_cannot_be_used_is_named_and_nothing_is_taken() {
        let problems = |text: &str| -> Vec<String> {
            read_spreadsheet(text).unwrap_err().iter().map(ToString::to_string).collect()
        };
        let found = problems("batch.size\tspeed\tlinger.ms\n1000\t\tsoon\n12,34\t7\t5\t9\n");
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(found[0].starts_with("row 1, column 2: there is no field speed"), "{found:?}");
        assert!(found[1].starts_with("row 2, column 3: linger.ms cannot be \"soon\""), "{found:?}");
        assert!(found[2].starts_with("row 3, column 1: batch.size cannot be \"12,34\""), "{found:?}");
        assert!(
            found[3].contains("row 3, column 2: the column has no heading") && found[4].contains("there are 3 columns")
        );
        assert!(problems("acks,acks\n1,1")[0].contains("acks stands in two columns"));
        assert!(problems(" \n")[0].contains("there is no row of values"));
        assert!(problems("batch.size\n")[0].contains("there is no row of values"));
        assert!(problems("producer.sasl.password,acks\nx,1")[0].contains("secret"));
    }
}
