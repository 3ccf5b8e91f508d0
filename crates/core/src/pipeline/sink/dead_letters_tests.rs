use super::super::KeptLetters;
use super::super::dead_letter::DeadLetterCause;
use super::*;
use crate::kafka::record_fields::{RecordFields, RecordHeader};
use std::fs;
use tempfile::TempDir;

fn letter(topic: &str, offset: i64, value: Option<&[u8]>) -> DeadLetter {
    DeadLetter {
        time: "2026-01-02T03:04:05.678Z".parse().unwrap(),
        topic: topic.to_owned(),
        partition: 3,
        offset,
        reason: "no image".to_owned(),
        cause: DeadLetterCause::Undecodable,
        value: value.map(<[u8]>::to_vec),
        fields: RecordFields::default(),
        timestamp_millis: None,
        listed_name: None,
    }
}

/// The file of each letter.
fn append(letters: &mut DeadLetters, batch: &[DeadLetter]) -> Result<Vec<String>, SinkError> {
    Ok(letters.append(batch.to_vec())?.into_iter().map(|(_, file)| file).collect())
}

fn table(dir: &TempDir) -> String {
    fs::read_to_string(dir.path().join(DEAD_LETTER_CSV)).unwrap()
}

#[test]
fn nothing_is_created_before_the_first_letter() {
    let dir = tempfile::tempdir().unwrap();
    let mut letters = DeadLetters::open(dir.path()).unwrap();
    append(&mut letters, &[]).unwrap();
    letters.close().unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn letters_are_kept_as_they_came_and_listed_once() {
    let dir = tempfile::tempdir().unwrap();
    let batch =
        [letter("image-data", 7, Some(b"{\"a\0")), letter("image-data", 8, None), letter("-x/..", 9, Some(b""))];
    let files = ["dead_letters/image-data-3-7.bin", "", "dead_letters/-x_..-3-9.bin"];
    for _ in 0..2 {
        let mut letters = DeadLetters::open(dir.path()).unwrap();
        for _ in 0..2 {
            assert_eq!(append(&mut letters, &batch).unwrap(), files);
        }
        letters.close().unwrap();
    }
    assert_eq!(fs::read(dir.path().join(files[0])).unwrap(), b"{\"a\0");
    assert_eq!(fs::read_dir(dir.path().join(DEAD_LETTER_FOLDER)).unwrap().count(), 2);
    assert_eq!(
        table(&dir),
        "time,topic,partition,offset,reason,file\n\
         2026-01-02T03:04:05.678Z,image-data,3,7,no image,dead_letters/image-data-3-7.bin\n\
         2026-01-02T03:04:05.678Z,image-data,3,8,no image,\n\
         2026-01-02T03:04:05.678Z,'-x/..,3,9,no image,dead_letters/-x_..-3-9.bin\n"
    );
}

#[test]
fn another_record_at_the_same_offset_is_kept_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut letters = DeadLetters::open(dir.path()).unwrap();
    let files = append(&mut letters, &[letter("t", 1, Some(b"old")), letter("t", 1, Some(b"new"))]).unwrap();
    assert_eq!(files, ["dead_letters/t-3-1.bin", "dead_letters/t-3-1-11507a0e.bin"]);
    for (file, value) in files.iter().zip(["old", "new"]) {
        assert_eq!(fs::read_to_string(dir.path().join(file)).unwrap(), value);
    }
    assert_eq!(table(&dir).lines().count(), 3);
}

#[test]
fn key_and_headers_are_kept_beside_the_value() {
    let dir = tempfile::tempdir().unwrap();
    let with = |header: &str| {
        let headers = vec![RecordHeader { name: header.to_owned(), value: None }];
        DeadLetter { fields: RecordFields { key: None, headers }, ..letter("t", 1, Some(b"v")) }
    };
    let batch = [with("a"), with("b"), letter("t", 1, Some(b"v"))];
    let files =
        ["dead_letters/t-3-1.bin", "dead_letters/t-3-1-4c94485e.bin", "dead_letters/t-3-1-4c94485e0c21ae6c.bin"];
    for _ in 0..2 {
        let mut letters = DeadLetters::open(dir.path()).unwrap();
        assert_eq!(append(&mut letters, &batch).unwrap(), files, "another record at the same offset");
        letters.close().unwrap();
    }
    let read = |name: &str| fs::read_to_string(dir.path().join(DEAD_LETTER_FOLDER).join(name)).unwrap();
    assert_eq!(read("t-3-1.json"), r#"{"headers":[{"name":"a"}]}"#);
    assert_eq!(read("t-3-1-4c94485e.json"), r#"{"headers":[{"name":"b"}]}"#);
    assert_eq!(fs::read_dir(dir.path().join(DEAD_LETTER_FOLDER)).unwrap().count(), 5);
    // A letter that an earlier version kept without them, or whose second file was not yet written when it was killed.
    fs::remove_file(dir.path().join(DEAD_LETTER_FOLDER).join("t-3-1.json")).unwrap();
    let mut letters = DeadLetters::open(dir.path()).unwrap();
    assert_eq!(append(&mut letters, &[with("a")]).unwrap(), files[..1]);
    assert_eq!(read("t-3-1.json"), r#"{"headers":[{"name":"a"}]}"#);
    assert_eq!(table(&dir).lines().count(), 4);
}

#[test]
fn a_tombstone_keeps_its_key_and_headers() {
    let dir = tempfile::tempdir().unwrap();
    let keyed = |key: &str, value: Option<&[u8]>| {
        let fields = RecordFields { key: Some(key.as_bytes().to_vec()), headers: Vec::new() };
        DeadLetter { fields, ..letter("t", 1, value) }
    };
    // A letter without key and headers does not get those of a tombstone at the same offset.
    let batch = [letter("t", 1, Some(b"v")), keyed("k", None), keyed("other", None), keyed("k", Some(b"w"))];
    let mut files = Vec::new();
    for _ in 0..2 {
        let mut letters = DeadLetters::open(dir.path()).unwrap();
        files = append(&mut letters, &batch).unwrap();
        letters.close().unwrap();
    }
    assert_eq!(files[0], "dead_letters/t-3-1.bin");
    assert!(
        files[1..3].iter().all(|file| file.starts_with("dead_letters/t-3-1-") && file.ends_with(".json")),
        "{files:?}"
    );
    assert_eq!(table(&dir).lines().count(), 5);
    let kept = KeptLetters::open(dir.path()).unwrap().unwrap();
    for (file, letter) in files.iter().zip(&batch) {
        assert_eq!(kept.read(file).unwrap(), (letter.value.clone(), letter.fields.clone()), "{file}");
    }
    fs::remove_file(dir.path().join(&files[1])).unwrap();
    kept.read(&files[1]).unwrap_err();
}

#[test]
fn a_crash_leaves_nothing_lost_and_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let mut letters = DeadLetters::open(dir.path()).unwrap();
    append(&mut letters, &[letter("t", 1, Some(b"one"))]).unwrap();
    drop(letters);
    let folder = dir.path().join(DEAD_LETTER_FOLDER);
    fs::write(folder.join(".incoming-0"), "tw").unwrap();
    fs::write(folder.join("t-3-3.bin"), "three").unwrap();
    fs::write(dir.path().join(DEAD_LETTER_CSV), format!("{}2026-01", table(&dir))).unwrap();
    let mut letters = DeadLetters::open(dir.path()).unwrap();
    let batch = [letter("t", 1, Some(b"one")), letter("t", 2, Some(b"two")), letter("t", 3, Some(b"three"))];
    append(&mut letters, &batch).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
    let offsets: Vec<i64> = csv::Reader::from_path(dir.path().join(DEAD_LETTER_CSV))
        .unwrap()
        .records()
        .map(|row| row.unwrap()[3].parse().unwrap())
        .collect();
    assert_eq!(offsets, [1, 2, 3]);
}

#[test]
fn a_failed_append_can_be_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let mut letters = DeadLetters::open(dir.path()).unwrap();
    append(&mut letters, &[letter("t", 1, Some(b"one"))]).unwrap();
    letters.open.as_mut().unwrap().table.fail_after_bytes = Some(9);
    append(&mut letters, &[letter("t", 2, Some(b"two"))]).unwrap_err();
    append(&mut letters, &[letter("t", 2, Some(b"two"))]).unwrap();
    assert_eq!(table(&dir).lines().count(), 3);
}

#[test]
fn more_letters_than_a_group_and_long_topics() {
    let dir = tempfile::tempdir().unwrap();
    let mut letters = DeadLetters::open(dir.path()).unwrap();
    let topic = "t".repeat(249);
    let batch: Vec<_> = (0..150).map(|offset| letter(&topic, offset, Some(b"x"))).collect();
    let files = append(&mut letters, &batch).unwrap();
    assert!(files[149].ends_with("t-3-149.bin"), "{}", files[149]);
    assert_eq!(fs::read_dir(dir.path().join(DEAD_LETTER_FOLDER)).unwrap().count(), 150);
}

#[test]
fn a_foreign_table_is_refused_at_opening() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(DEAD_LETTER_CSV), "mine\n").unwrap();
    assert!(matches!(DeadLetters::open(dir.path()).unwrap_err(), SinkError::ForeignCsv { .. }));
    assert_eq!(table(&dir), "mine\n");
}
