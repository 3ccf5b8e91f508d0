#![allow(clippy::unwrap_used)]

use super::super::{ImageRecords, ImageStore, NameSource, STATE_FOLDER};
use super::*;
use crate::model::image_info::ImageFormat::Png;
use crate::model::objects::{BBox, LabelledObject, to_json};
use crate::model::saved_image::{SavedImage, SavedRecord};
use sha2::{Digest, Sha256};
use std::fs;
use tempfile::TempDir;

/// What a record says of an image, and when it was sent.
#[derive(Clone, Copy)]
struct Label {
    text: &'static str,
    box_width: f32,
    sent_at: Option<i64>,
}

const fn label(text: &'static str, sent_at: i64) -> Label {
    Label { text, box_width: 1.0, sent_at: Some(sent_at) }
}

fn objects(label: Label) -> Vec<LabelledObject> {
    let bbox = BBox { x: 0.0, y: 0.0, width: label.box_width, height: 1.0 };
    vec![LabelledObject::of_box("boat", bbox)]
}

fn prepare(store: &ImageStore, name: &str, label: Label) -> Prepared {
    let sha256: [u8; 32] = Sha256::digest(name).into();
    let image = store.prepare(name, NameSource::FileName, Png, name.as_bytes(), &sha256, label.text).unwrap();
    image.described(&to_json(&objects(label)), label.sent_at)
}

/// Saves images and what is known of them, as a consumer does.
fn save(store: &ImageStore, committer: &mut Committer, images: &[(&str, Label)]) -> Vec<Description> {
    let batch = images.iter().map(|(name, label)| (prepare(store, name, *label), *label)).collect();
    let saved = committer.commit(batch).unwrap();
    let is_recorded = |saved: &Saved| !matches!(saved.description, Description::Same | Description::Outdated);
    let recorded = saved.iter().filter(|(saved, _)| is_recorded(saved));
    let rows: Vec<_> = recorded.map(|(saved, label)| record(saved, *label)).collect();
    ImageRecords::open(store).unwrap().append(&rows).unwrap();
    saved.into_iter().map(|(saved, _)| saved.description).collect()
}

fn record(saved: &Saved, label: Label) -> SavedImage {
    SavedImage {
        path_in_csv: saved.path_in_csv.clone(),
        file_name: None,
        annotation: label.text.to_owned(),
        size_bytes: saved.size_bytes,
        topic: "t".into(),
        record: Some(SavedRecord { partition: 0, offset: 0, received_at_micros: 0 }),
        sent_at_micros: label.sent_at,
        latency_micros: None,
        sha256: [0; 32],
        bytes_as_sent: None,
        objects: objects(label).into(),
    }
}

fn table(dir: &TempDir) -> String {
    fs::read_to_string(dir.path().join(ANNOTATION_CSV)).unwrap()
}

fn reopened(dir: &TempDir) -> (ImageStore, Committer) {
    ImageStore::open(dir.path()).unwrap()
}

#[test]
fn a_new_label_takes_the_place_of_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = reopened(&dir);
    let first = [("a.png", label("cat", 1)), ("b.png", label("cow", 1)), ("c.png", label("cow", 1))];
    assert_eq!(save(&store, &mut committer, &first), [Description::New; 3]);
    assert_eq!(save(&store, &mut committer, &first), [Description::Same; 3]);
    let second = [("a.png", label("dog", 2)), ("b.png", label("cow", 2))];
    assert_eq!(save(&store, &mut committer, &second), [Description::Changed, Description::Same]);
    assert_eq!(
        table(&dir),
        "image_path,annotation\noutput_images/a.png,dog\noutput_images/b.png,cow\noutput_images/c.png,cow\n"
    );
    committer.close().unwrap();
    drop(store);
    // After a restart it is known what was sent when, from the table of records.
    let (store, mut committer) = reopened(&dir);
    assert_eq!(save(&store, &mut committer, &[("a.png", label("cat", 1))]), [Description::Outdated]);
    assert_eq!(save(&store, &mut committer, &[("a.png", label("dog", 2))]), [Description::Same]);
    assert_eq!(save(&store, &mut committer, &[("a.png", label("eel", 3))]), [Description::Changed]);
    committer.close().unwrap();
    assert!(table(&dir).starts_with("image_path,annotation\noutput_images/a.png,eel\noutput_images/b.png,cow\n"));
    let history = fs::read_to_string(dir.path().join(IMAGE_RECORDS_CSV)).unwrap();
    let labels = history.lines().filter(|line| line.starts_with("output_images/a.png,"));
    assert_eq!(labels.map(|line| line.split(',').nth(1).unwrap()).collect::<Vec<_>>(), ["cat", "dog", "eel"]);
}

#[test]
fn other_boxes_are_another_description_under_the_same_label() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = reopened(&dir);
    save(&store, &mut committer, &[("a.png", label("cat", 1))]);
    committer.close().unwrap();
    drop(store);
    let (store, mut committer) = reopened(&dir);
    let wider = Label { box_width: 2.0, ..label("cat", 2) };
    assert_eq!(save(&store, &mut committer, &[("a.png", wider)]), [Description::Changed]);
    assert_eq!(save(&store, &mut committer, &[("a.png", label("cat", 1))]), [Description::Outdated]);
    assert_eq!(table(&dir), "image_path,annotation\noutput_images/a.png,cat\n");
}

#[test]
fn in_one_batch_the_label_that_was_sent_last_counts() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = reopened(&dir);
    let batch = [("a.png", label("cat", 1)), ("a.png", label("eel", 3)), ("a.png", label("dog", 2))];
    let expected = [Description::New, Description::Changed, Description::Outdated];
    assert_eq!(save(&store, &mut committer, &batch), expected);
    assert_eq!(table(&dir), "image_path,annotation\noutput_images/a.png,eel\n");
}

#[test]
fn without_times_the_label_that_came_last_counts() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(ANNOTATION_CSV), "image_path,annotation\noutput_images/a.png,by hand\n").unwrap();
    fs::create_dir(dir.path().join(OUTPUT_FOLDER)).unwrap();
    fs::write(dir.path().join("output_images/a.png"), "a.png").unwrap();
    let (store, mut committer) = reopened(&dir);
    let untimed = |text| Label { sent_at: None, ..label(text, 0) };
    assert_eq!(save(&store, &mut committer, &[("a.png", untimed("cat"))]), [Description::Changed]);
    assert_eq!(save(&store, &mut committer, &[("a.png", untimed("dog"))]), [Description::Changed]);
    assert_eq!(table(&dir), "image_path,annotation\noutput_images/a.png,dog\n");
}

#[test]
fn records_that_were_lost_come_back_with_the_image() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = reopened(&dir);
    save(&store, &mut committer, &[("a.png", label("cat", 1))]);
    committer.close().unwrap();
    drop(store);
    fs::remove_file(dir.path().join(IMAGE_RECORDS_CSV)).unwrap();
    let (store, mut committer) = reopened(&dir);
    assert_eq!(save(&store, &mut committer, &[("a.png", label("cat", 1))]), [Description::Unrecorded]);
    assert_eq!(save(&store, &mut committer, &[("a.png", label("cat", 1))]), [Description::Same]);
}

#[test]
fn a_large_table_is_written_anew_only_now_and_then() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = reopened(&dir);
    let names: Vec<String> = (0..40).map(|number| format!("{number}.png")).collect();
    let images: Vec<_> = names.iter().map(|name| (name.as_str(), label("cat", 1))).collect();
    save(&store, &mut committer, &images);
    save(&store, &mut committer, &[("7.png", label("dog", 2))]);
    assert_eq!(table(&dir).lines().count(), 42, "the new label has its own row");
    committer.close().unwrap();
    assert_eq!(table(&dir).lines().count(), 41);
    assert_eq!(table(&dir).lines().nth(8), Some("output_images/7.png,dog"));
}

#[test]
fn a_kill_between_row_and_folding_is_finished_by_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = reopened(&dir);
    let names: Vec<String> = (0..40).map(|number| format!("{number}.png")).collect();
    let images: Vec<_> = names.iter().map(|name| (name.as_str(), label("cat", 1))).collect();
    save(&store, &mut committer, &images);
    save(&store, &mut committer, &[("7.png", label("dog", 2))]);
    // Dropped without closing, as by a kill.
    drop((store, committer));
    fs::write(dir.path().join(".annotation.csv.folding"), "half a ta").unwrap();
    let (store, mut committer) = reopened(&dir);
    assert_eq!(table(&dir).lines().count(), 41);
    assert_eq!(table(&dir).lines().nth(8), Some("output_images/7.png,dog"));
    assert!(!dir.path().join(STATE_FOLDER).join("annotation.relabelled").exists());
    assert!(!dir.path().join(".annotation.csv.folding").exists());
    assert_eq!(save(&store, &mut committer, &[("7.png", label("dog", 2))]), [Description::Same]);
}

#[test]
fn a_persons_own_double_rows_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let own = "image_path,annotation\nx.png,1\nx.png,2\n";
    fs::write(dir.path().join(ANNOTATION_CSV), own).unwrap();
    let (_store, committer) = reopened(&dir);
    committer.close().unwrap();
    assert_eq!(table(&dir), own);
}

#[test]
fn a_batch_that_fails_changes_no_label() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = reopened(&dir);
    save(&store, &mut committer, &[("a.png", label("cat", 1))]);
    committer.fail_next_append(3);
    committer.commit(vec![(prepare(&store, "a.png", label("dog", 2)), ())]).unwrap_err();
    assert_eq!(table(&dir), "image_path,annotation\noutput_images/a.png,cat\n");
    assert_eq!(save(&store, &mut committer, &[("a.png", label("dog", 2))]), [Description::Changed]);
    assert_eq!(table(&dir), "image_path,annotation\noutput_images/a.png,dog\n");
}
