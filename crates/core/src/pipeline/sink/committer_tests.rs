use super::super::{ImageStore, NameSource, STATE_FOLDER};
use super::*;
use crate::model::image_info::ImageFormat::Png;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use tempfile::TempDir;

fn prepare(store: &ImageStore, name: &str, bytes: &[u8], annotation: &str) -> Prepared {
    let sha256: [u8; 32] = Sha256::digest(bytes).into();
    store.prepare(name, NameSource::FileName, Png, bytes, &sha256, annotation).unwrap()
}

fn commit(committer: &mut Committer, batch: Vec<Prepared>) -> Result<Vec<Saved>, SinkError> {
    let saved = committer.commit(batch.into_iter().map(|image| (image, ())).collect())?;
    Ok(saved.into_iter().map(|(saved, ())| saved).collect())
}

fn save(store: &ImageStore, committer: &mut Committer, name: &str, bytes: &[u8], annotation: &str) -> (String, bool) {
    let batch = vec![prepare(store, name, bytes, annotation)];
    let saved = commit(committer, batch).unwrap().remove(0);
    assert_eq!(saved.size_bytes, bytes.len() as u64);
    (saved.path_in_csv, saved.newly_saved)
}

/// The rows, after checking that each has its file, that none is duplicated, and that no temporary file is left.
fn checked_rows(dir: &TempDir) -> HashMap<String, String> {
    let mut rows = HashMap::new();
    for row in csv::Reader::from_path(dir.path().join(ANNOTATION_CSV)).unwrap().records() {
        let row = row.unwrap();
        assert!(dir.path().join(&row[0]).is_file(), "{row:?} has no file");
        assert!(rows.insert(row[0].to_owned(), row[1].to_owned()).is_none(), "{row:?} is duplicated");
    }
    assert_eq!(fs::read_dir(dir.path().join(STATE_FOLDER).join("incoming")).unwrap().count(), 0);
    rows
}

fn hashed(name: &str, bytes: &[u8], digits: usize) -> String {
    let hex = hex::encode(Sha256::digest(bytes));
    format!("output_images/{name}-{}.png", &hex[..digits])
}

#[test]
fn an_image_is_saved_unchanged_with_its_row() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
    let path = "output_images/2024-09-10.png".to_owned();
    assert_eq!(save(&store, &mut committer, "sub/2024-09-10.png", b"pixels", "=1+1"), (path.clone(), true));
    committer.close().unwrap();
    assert_eq!(fs::read(dir.path().join(&path)).unwrap(), b"pixels");
    assert_eq!(checked_rows(&dir), HashMap::from([(path, "'=1+1".to_owned())]));
    assert_eq!(
        fs::read_to_string(dir.path().join(ANNOTATION_CSV)).unwrap(),
        "image_path,annotation\noutput_images/2024-09-10.png,'=1+1\n"
    );
}

#[test]
fn the_same_image_again_is_saved_once_with_one_row() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
    assert!(save(&store, &mut committer, "a.png", b"pixels", "cat").1);
    assert!(!save(&store, &mut committer, "a.png", b"pixels", "cat").1);
    assert!(!save(&store, &mut committer, "a.png", b"pixels", "dog").1);
    assert_eq!(checked_rows(&dir)["output_images/a.png"], "dog");
    // Twice in one batch, neither prepared after the other was saved.
    let batch = vec![prepare(&store, "b.png", b"more", "b"), prepare(&store, "b.png", b"more", "b")];
    let saved = commit(&mut committer, batch).unwrap();
    assert_eq!([saved[0].newly_saved, saved[1].newly_saved], [true, false]);
    assert_eq!(saved[0].path_in_csv, saved[1].path_in_csv);
    committer.close().unwrap();
    drop(store);
    // And after a restart.
    let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
    assert!(!save(&store, &mut committer, "a.png", b"pixels", "cat").1);
    assert_eq!(checked_rows(&dir).len(), 2);
    assert_eq!(checked_rows(&dir)["output_images/a.png"], "cat", "the label that came last");
}

#[test]
fn other_images_of_the_same_name_are_saved_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
    let output = dir.path().join(OUTPUT_FOLDER);
    // Someone else's files, one of them where the hashed name would go, one a folder.
    fs::write(output.join("a.png"), "my own").unwrap();
    let short = dir.path().join(hashed("a", b"two", 8));
    fs::create_dir(&short).unwrap();
    assert_eq!(save(&store, &mut committer, "a.png", b"one", "cat"), (hashed("a", b"one", 8), true));
    for newly_saved in [true, false] {
        assert_eq!(save(&store, &mut committer, "a.png", b"two", "cat"), (hashed("a", b"two", 16), newly_saved));
    }
    // In one batch, so that the second learns of the first only by the move.
    let batch = vec![prepare(&store, "b.png", b"three", "b"), prepare(&store, "b.png", b"four!", "b")];
    let saved = commit(&mut committer, batch).unwrap();
    assert_eq!(saved[0].path_in_csv, "output_images/b.png");
    assert_eq!(saved[1].path_in_csv, hashed("b", b"four!", 8));
    assert_eq!(fs::read_to_string(output.join("a.png")).unwrap(), "my own");
    assert_eq!(checked_rows(&dir).len(), 4);
}

#[test]
fn a_file_put_there_by_someone_is_adopted_if_it_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
    fs::write(dir.path().join("output_images/a.png"), "pixels").unwrap();
    let expected = "output_images/a.png".to_owned();
    assert_eq!(save(&store, &mut committer, "a.png", b"pixels", "cat"), (expected.clone(), true));
    assert_eq!(save(&store, &mut committer, "a.png", b"pixels", "cat"), (expected, false));
    assert_eq!(checked_rows(&dir).len(), 1);
}

#[test]
fn records_without_a_file_name_are_named_by_their_annotation() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
    let mut paths = Vec::new();
    for bytes in [b"one", b"two"] {
        let sha256: [u8; 32] = Sha256::digest(bytes).into();
        let prepared = store.prepare("2024-09-10", NameSource::Annotation, Png, bytes, &sha256, "2024-09-10").unwrap();
        paths.push(commit(&mut committer, vec![prepared]).unwrap().remove(0).path_in_csv);
    }
    assert_eq!(paths, ["output_images/2024-09-10.png".to_owned(), hashed("2024-09-10", b"two", 8)]);
    assert!(checked_rows(&dir).values().all(|annotation| annotation == "2024-09-10"));
}

#[test]
fn a_crash_after_each_step_leaves_nothing_lost_and_nothing_twice() {
    // What a killed run leaves after each of its steps, for one image.
    let steps: [&dyn Fn(&Path); 5] = [
        &|state| fs::write(state.join("incoming/0.part"), "pix").unwrap(),
        &|state| fs::write(state.join("incoming/0.part"), "pixels").unwrap(),
        &|state| fs::write(state.join("../output_images/a.png"), "pixels").unwrap(),
        &|state| {
            fs::write(state.join("../output_images/a.png"), "pixels").unwrap();
            fs::write(state.join("../annotation.csv"), "image_path,annotation\noutput_images/a.png,c").unwrap();
        },
        &|state| {
            fs::write(state.join("../output_images/a.png"), "pixels").unwrap();
            fs::write(state.join("../annotation.csv"), "image_path,annotation\noutput_images/a.png,cat\n").unwrap();
        },
    ];
    for (number, step) in steps.iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        // Dropped without closing, as by a kill: the marker stays.
        drop(ImageStore::open(dir.path()).unwrap());
        step(&dir.path().join(STATE_FOLDER));
        let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
        let (path, newly_saved) = save(&store, &mut committer, "a.png", b"pixels", "cat");
        assert_eq!((path.as_str(), newly_saved), ("output_images/a.png", number < 4), "step {number}");
        assert_eq!(checked_rows(&dir), HashMap::from([(path, "cat".to_owned())]), "step {number}");
        assert_eq!(fs::read_dir(dir.path().join(OUTPUT_FOLDER)).unwrap().count(), 1, "step {number}");
    }
}

#[test]
fn a_batch_that_fails_can_be_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
    save(&store, &mut committer, "a.png", b"one", "a");
    for after_bytes in [0, 10, 50] {
        committer.fail_next_append(after_bytes);
        let batch = vec![prepare(&store, "a.png", b"one", "a"), prepare(&store, "b.png", b"two", "b")];
        let error = commit(&mut committer, batch).unwrap_err();
        assert!(error.to_string().contains("disk is full"), "{error}");
        assert_eq!(checked_rows(&dir).len(), 1);
    }
    let batch = vec![prepare(&store, "a.png", b"one", "a"), prepare(&store, "b.png", b"two", "b")];
    let saved = commit(&mut committer, batch).unwrap();
    assert_eq!([saved[0].newly_saved, saved[1].newly_saved], [false, true]);
    assert_eq!(checked_rows(&dir).len(), 2);
}

#[test]
fn a_row_of_a_removed_image_keeps_its_name_and_is_not_doubled() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(ANNOTATION_CSV), "image_path,annotation\r\noutput_images\\a.png,cat").unwrap();
    let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
    // A cat of that name may take the row's place; a dog may not, it would be called a cat.
    assert_eq!(save(&store, &mut committer, "a.png", b"a dog", "dog").0, hashed("a", b"a dog", 8));
    assert_eq!(save(&store, &mut committer, "a.png", b"a cat", "cat"), ("output_images/a.png".to_owned(), true));
    assert_eq!(
        fs::read_to_string(dir.path().join(ANNOTATION_CSV)).unwrap(),
        format!("image_path,annotation\r\noutput_images\\a.png,cat\r\n{},dog\r\n", hashed("a", b"a dog", 8))
    );
}

#[test]
fn many_threads_may_prepare_the_same_names() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
    let (sender, receiver) = std::sync::mpsc::sync_channel(64);
    let newly_saved = std::thread::scope(|scope| {
        for _ in 0..8 {
            let (sender, store) = (sender.clone(), &store);
            scope.spawn(move || {
                for number in 0..60_u32 {
                    // 10 names, 3 contents each, from every thread twice.
                    let (name, content) = (number % 10, number / 10 % 3);
                    let bytes = format!("{name} {content}").into_bytes();
                    sender.send(prepare(store, &format!("{name}.png"), &bytes, &name.to_string())).unwrap();
                }
            });
        }
        drop(sender);
        let mut newly_saved = 0;
        while let Ok(first) = receiver.recv() {
            let batch: Vec<_> = std::iter::once(first).chain(receiver.try_iter()).collect();
            newly_saved += commit(&mut committer, batch).unwrap().iter().filter(|saved| saved.newly_saved).count();
        }
        newly_saved
    });
    committer.close().unwrap();
    assert_eq!(newly_saved, 30);
    let rows = checked_rows(&dir);
    assert_eq!(rows.len(), 30);
    let contents: std::collections::HashSet<_> =
        rows.keys().map(|path| fs::read(dir.path().join(path)).unwrap()).collect();
    assert_eq!(contents.len(), 30);
    assert!(rows.iter().all(|(path, annotation)| path.starts_with(&format!("output_images/{annotation}"))));
}

#[test]
fn a_second_consumer_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (store, committer) = ImageStore::open(dir.path()).unwrap();
    assert!(matches!(ImageStore::open(dir.path()).unwrap_err(), SinkError::WorkDirInUse { .. }));
    committer.close().unwrap();
    drop(store);
    ImageStore::open(dir.path()).unwrap();
}

#[test]
fn what_is_dropped_uncommitted_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _committer) = ImageStore::open(dir.path()).unwrap();
    drop(prepare(&store, "a.png", b"pixels", "cat"));
    assert!(checked_rows(&dir).is_empty());
}

#[test]
fn errors_name_the_path() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(OUTPUT_FOLDER), "a file").unwrap();
    let error = ImageStore::open(dir.path()).unwrap_err().to_string();
    assert!(error.ends_with(OUTPUT_FOLDER) && error.contains("--work-dir"), "{error}");
}

#[cfg(unix)]
#[test]
fn the_work_folder_may_be_a_link_and_what_is_in_it_may_not() {
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("work")).unwrap();
    let (store, mut committer) = ImageStore::open(&dir.path().join("work")).unwrap();
    save(&store, &mut committer, "a.png", b"pixels", "cat");
    assert_eq!(fs::read(elsewhere.path().join("output_images/a.png")).unwrap(), b"pixels");
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join(OUTPUT_FOLDER)).unwrap();
    let error = ImageStore::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("it is a link") && error.ends_with(OUTPUT_FOLDER), "{error}");
}

#[test]
fn the_same_bytes_under_two_names_are_two_images() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
    let second = hashed("1", b"pixels", 8);
    assert_eq!(save(&store, &mut committer, "a/1.png", b"pixels", "benign"), ("output_images/1.png".into(), true));
    assert_eq!(save(&store, &mut committer, "b/1.png", b"pixels", "malignant"), (second.clone(), true));
    // Delivered again, in any order; one of them with another label.
    assert_eq!(save(&store, &mut committer, "b/1.png", b"pixels", "malignant"), (second.clone(), false));
    assert_eq!(save(&store, &mut committer, "a/1.png", b"pixels", "unclear"), ("output_images/1.png".into(), false));
    let rows = checked_rows(&dir);
    assert_eq!((rows.len(), &*rows["output_images/1.png"]), (2, "unclear"));
    assert_eq!(rows[&second], "malignant");
    // Both in one batch, neither prepared after the other was saved.
    let batch = vec![prepare(&store, "a/2.png", b"more", "x"), prepare(&store, "b/2.png", b"more", "y")];
    let saved = commit(&mut committer, batch).unwrap();
    assert_eq!([saved[0].newly_saved, saved[1].newly_saved], [true, true]);
    assert_eq!(checked_rows(&dir).len(), 4);
}

/// As on macOS and Windows; here only the index can be made to ignore case, and a hard link stands for the file's
/// other name.
#[cfg(unix)]
#[test]
fn a_name_in_another_case_is_the_same_file_where_case_is_ignored() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut committer) = ImageStore::open(dir.path()).unwrap();
    committer.index = RowIndex::new(true);
    save(&store, &mut committer, "a.png", b"pixels", "cat");
    let output = dir.path().join(OUTPUT_FOLDER);
    fs::hard_link(output.join("a.png"), output.join("A.png")).unwrap();
    assert!(!save(&store, &mut committer, "A.png", b"pixels", "cat").1);
    let upper_hashed = hashed("A", b"other", 8);
    assert_eq!(save(&store, &mut committer, "A.png", b"other", "cat"), (upper_hashed, true));
    assert_eq!(checked_rows(&dir).len(), 2);
}
