#![allow(clippy::unwrap_used)]

use super::*;
use std::fs;
use tempfile::TempDir;

const HEADER: [&str; 2] = ["image_path", "annotation"];

fn open(dir: &TempDir) -> Result<(CsvAppender, Vec<String>), SinkError> {
    let mut rows = Vec::new();
    let folder = Arc::new(Dir::open(dir.path()).unwrap());
    let marker = Marker { dir: Arc::clone(&folder), stem: "t" };
    let table = CsvAppender::open(&folder, "t.csv", &HEADER, marker, |row| {
        rows.push(String::from_utf8_lossy(&row[0]).into_owned());
    })?;
    Ok((table, rows))
}

fn dir_with(text: impl AsRef<[u8]>, was_killed: bool) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("t.csv"), text).unwrap();
    if was_killed {
        fs::write(dir.path().join("t.dirty"), "").unwrap();
    }
    dir
}

fn text(dir: &TempDir) -> String {
    fs::read_to_string(dir.path().join("t.csv")).unwrap()
}

fn row(path: &str, annotation: &str) -> [String; 2] {
    [path.to_owned(), annotation.to_owned()]
}

#[test]
fn a_new_table_gets_its_header_and_loses_its_marker_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let (mut table, rows) = open(&dir).unwrap();
    assert!(rows.is_empty() && dir.path().join("t.dirty").exists());
    table.append(&[row("p/a.png", "a \"fine\", cat"), row("p/b.png", "two\nlines")]).unwrap();
    table.close().unwrap();
    assert!(!dir.path().join("t.dirty").exists());
    assert_eq!(text(&dir), "image_path,annotation\np/a.png,\"a \"\"fine\"\", cat\"\np/b.png,\"two\nlines\"\n");
    assert_eq!(open(&dir).unwrap().1, ["p/a.png", "p/b.png"]);
}

#[test]
fn tables_of_other_programs_are_continued_in_their_style() {
    let crlf = dir_with("image_path,annotation\r\np/a.png,a", false);
    let (mut table, rows) = open(&crlf).unwrap();
    assert_eq!(rows, ["p/a.png"]);
    table.append(&[row("p/b.png", "b")]).unwrap();
    assert_eq!(text(&crlf), "image_path,annotation\r\np/a.png,a\r\np/b.png,b\r\n");

    let marked = dir_with("\u{feff}\"image_path\", annotation\np/a.png,\"a\"", false);
    open(&marked).unwrap().0.append(&[row("p/b.png", "b")]).unwrap();
    assert_eq!(text(&marked), "\u{feff}\"image_path\", annotation\np/a.png,\"a\"\np/b.png,b\n");

    for (before, after) in [
        ("", "image_path,annotation\n"),
        ("\u{feff}", "\u{feff}image_path,annotation\n"),
        ("image_path,annotation", "image_path,annotation\n"),
    ] {
        let dir = dir_with(before, false);
        open(&dir).unwrap().0.close().unwrap();
        assert_eq!(text(&dir), after);
    }
}

#[test]
fn a_foreign_table_is_refused_and_left_alone() {
    for foreign in ["a,b\n1,2\n", "p/a.png,a\n", "ima", "x", "\n\n", "image_path,annotation,more\n", "\u{feff}ab"] {
        for was_killed in [false, true] {
            // Our own header, torn by a crash, is not a foreign table.
            if was_killed && foreign == "ima" {
                continue;
            }
            let dir = dir_with(foreign, was_killed);
            let error = open(&dir).unwrap_err();
            assert!(matches!(error, SinkError::ForeignCsv { .. }), "{foreign:?}: {error}");
            assert!(error.to_string().contains("--work-dir"));
            assert_eq!(text(&dir), foreign);
        }
    }
    let unbalanced = dir_with("image_path,annotation\np/a.png,\"a\n", false);
    assert!(matches!(open(&unbalanced).unwrap_err(), SinkError::UnbalancedQuotes { .. }));
    assert_eq!(text(&unbalanced), "image_path,annotation\np/a.png,\"a\n");
}

#[test]
fn a_kill_at_any_byte_of_an_append_leaves_whole_rows_only() {
    let lines = ["image_path,annotation\n", "p/a.png,\"x, \"\"y\"\"\nz\"\n", "p/b.png,猫\n"];
    let whole = lines.concat();
    let ends: Vec<usize> = (0..=lines.len()).map(|count| lines[..count].concat().len()).collect();
    for torn_at in 0..=whole.len() {
        let dir = dir_with(&whole.as_bytes()[..torn_at], true);
        let (mut table, rows) = open(&dir).unwrap();
        let kept = ends.iter().copied().filter(|&end| end <= torn_at).max().unwrap();
        assert_eq!(rows.len(), ends.iter().filter(|&&end| end <= kept && end > ends[1]).count());
        table.append(&[row("p/c.png", "c")]).unwrap();
        table.close().unwrap();
        let header = if kept == 0 { "image_path,annotation\n" } else { "" };
        assert_eq!(text(&dir), format!("{}{header}p/c.png,c\n", &whole[..kept]), "torn at {torn_at}");
        assert_eq!(dir.path().join("t.torn").exists(), torn_at > kept);
    }
}

#[test]
fn a_failed_append_is_taken_back_and_can_be_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let (mut table, _) = open(&dir).unwrap();
    table.append(&[row("p/a.png", "a")]).unwrap();
    for bytes in [0, 5, 11, 1000] {
        table.fail_after_bytes = Some(bytes);
        let error = table.append(&[row("p/b.png", "b"), row("p/c.png", "c")]).unwrap_err();
        assert!(error.to_string().contains("disk is full"), "{error}");
        assert_eq!(text(&dir), "image_path,annotation\np/a.png,a\n");
    }
    table.append(&[row("p/b.png", "b")]).unwrap();
    table.close().unwrap();
    assert_eq!(text(&dir), "image_path,annotation\np/a.png,a\np/b.png,b\n");
}

#[test]
fn a_table_changed_by_another_program_is_not_written_to() {
    let dir = tempfile::tempdir().unwrap();
    let (mut table, _) = open(&dir).unwrap();
    fs::write(dir.path().join("t.csv"), "image_path,annotation\nmine,x\n").unwrap();
    assert!(matches!(table.append(&[row("p/b.png", "b")]).unwrap_err(), SinkError::ChangedOutside { .. }));
    assert_eq!(text(&dir), "image_path,annotation\nmine,x\n");
    fs::remove_file(dir.path().join("t.csv")).unwrap();
    assert!(matches!(table.append(&[row("p/b.png", "b")]).unwrap_err(), SinkError::ChangedOutside { .. }));
}

#[cfg(unix)]
#[test]
fn a_table_replaced_under_its_name_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (mut table, _) = open(&dir).unwrap();
    fs::copy(dir.path().join("t.csv"), dir.path().join("new")).unwrap();
    fs::rename(dir.path().join("new"), dir.path().join("t.csv")).unwrap();
    assert!(matches!(table.append(&[row("p/b.png", "b")]).unwrap_err(), SinkError::ChangedOutside { .. }));
}
