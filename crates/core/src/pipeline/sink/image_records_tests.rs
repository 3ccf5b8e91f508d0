use super::*;
use crate::model::objects::{BBox, LabelledObject};
use crate::model::saved_image::SavedRecord;
use crate::pipeline::sink::{Committer, read_image_records, read_image_rows, read_objects};
use std::path::PathBuf;

fn opened(dir: &tempfile::TempDir) -> ImageRecords {
    opened_with_store(dir).0
}

fn opened_with_store(dir: &tempfile::TempDir) -> (ImageRecords, ImageStore, Committer) {
    let (store, committer) = ImageStore::open(dir.path()).unwrap();
    (ImageRecords::open(&store).unwrap(), store, committer)
}

fn image(number: i64) -> SavedImage {
    let bbox = BBox { x: 1.0, y: 2.5, width: 30.0, height: 4.25 };
    let object =
        LabelledObject { polygons: vec![vec![[1.0, 2.5]; 3]], ..LabelledObject::of_box("boat, \"red\"", bbox) };
    SavedImage {
        path_in_csv: format!("output_images/{number}, é.png"),
        file_name: Some(format!("{number}, é.png").into()),
        annotation: format!("label \"{number}\""),
        size_bytes: 12_345,
        topic: "image-data".into(),
        record: Some(SavedRecord { partition: 3, offset: number, received_at_micros: 1_700_000_000_123_456 }),
        sent_at_micros: Some(1_700_000_000_000_001),
        latency_micros: Some(123_007),
        sha256: [0xab; 32],
        bytes_as_sent: Some(true),
        objects: vec![object].into(),
    }
}

fn bare(number: i64) -> SavedImage {
    SavedImage {
        sent_at_micros: None,
        latency_micros: None,
        bytes_as_sent: None,
        objects: Arc::default(),
        ..image(number)
    }
}

fn table(dir: &tempfile::TempDir) -> PathBuf {
    dir.path().join(IMAGE_RECORDS_CSV)
}

fn assert_known(dir: &tempfile::TempDir, expected: &[SavedImage]) {
    let known = read_image_records(dir.path()).unwrap();
    assert_eq!(known.len(), expected.len(), "{:?}", known.keys());
    for image in expected {
        assert_eq!(known.get(&image.path_in_csv), Some(image));
    }
}

#[test]
fn what_is_written_is_read() {
    let dir = tempfile::tempdir().unwrap();
    assert_known(&dir, &[]);
    let mut records = opened(&dir);
    records.append([]).unwrap();
    assert!(!table(&dir).exists());
    records.append([&image(1), &bare(2)]).unwrap();
    records.append([&bare(1)]).unwrap();
    drop(records);
    opened(&dir).append([&image(3), &image(1)]).unwrap();
    // The last row of an image counts.
    assert_known(&dir, &[image(1), bare(2), image(3)]);
    let text = std::fs::read_to_string(table(&dir)).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(HEADER));
    assert_eq!(
        lines.next().unwrap(),
        format!(
            "\"output_images/1, é.png\",\"label \"\"1\"\"\",12345,image-data,3,1,2023-11-14T22:13:20.000001Z,\
             2023-11-14T22:13:20.123456Z,123.007,{},true,\"[{{\"\"label\"\":\"\"boat, \\\"\"red\\\"\"\"\",\
             \"\"bbox\"\":[1.0,2.5,30.0,4.25],\"\"polygons\"\":[[[1.0,2.5],[1.0,2.5],[1.0,2.5]]]}}]\",\"1, é.png\"",
            "ab".repeat(32)
        )
    );
    assert_eq!(lines.count(), 4);
}

#[test]
fn a_torn_row_takes_no_other_with_it() {
    let dir = tempfile::tempdir().unwrap();
    opened(&dir).append([&image(1), &image(2)]).unwrap();
    let whole = std::fs::read(table(&dir)).unwrap();
    let first_row = HEADER.len() + 1;
    let second_row = whole[first_row..].iter().position(|&byte| byte == b'\n').unwrap() + first_row + 1;
    // Wherever it was torn, in its quotes or its letters or its header.
    for len in (0..whole.len()).filter(|&len| len < first_row || len >= second_row) {
        std::fs::write(table(&dir), &whole[..len]).unwrap();
        opened(&dir).append([&image(3)]).unwrap();
        match len {
            _ if len < first_row => assert_known(&dir, &[image(3)]),
            // Only its line end was missing.
            _ if len == whole.len() - 1 => assert_known(&dir, &[image(1), image(2), image(3)]),
            _ => assert_known(&dir, &[image(1), image(3)]),
        }
        let text = std::fs::read_to_string(table(&dir)).unwrap();
        assert!(text.starts_with(&format!("{HEADER}\n")), "{text}");
        assert!(text.lines().skip(1).all(|line| saved_image(line.as_bytes(), &mut Arc::default()).is_some()), "{text}");
    }
}

#[test]
fn a_table_of_an_earlier_version_keeps_its_columns() {
    let dir = tempfile::tempdir().unwrap();
    let row = |image: &SavedImage| {
        super::super::image_records_row::row(image).map(|cell| cell.replace('"', "\"\"")).join("\",\"")
    };
    std::fs::write(table(&dir), format!("{HEADER_WITHOUT_NAMES}\n\"{}\"\n", row(&image(1)))).unwrap();
    opened(&dir).append([&image(2)]).unwrap();
    let nameless = |number| SavedImage { file_name: None, ..image(number) };
    assert_known(&dir, &[nameless(1), nameless(2)]);
    let text = std::fs::read_to_string(table(&dir)).unwrap();
    assert!(text.starts_with(&format!("{HEADER_WITHOUT_NAMES}\n")) && !text.contains("2, é.png\"\n"), "{text}");
}

#[test]
fn malformed_rows_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    opened(&dir).append([&image(1)]).unwrap();
    let good = std::fs::read_to_string(table(&dir)).unwrap();
    let row = good.lines().nth(1).unwrap();
    let damaged = [
        row.replace("12345", "many"),
        row.replace("123.007", "123.7"),
        row.replace("true", "maybe"),
        row.replace("2023-11-14T22:13:20.123456Z", ""),
        row.replace("abab", "ab"),
        row.replace("[1.0,", "["),
        format!("{row},more"),
        "\0\0\0".to_owned(),
    ];
    std::fs::write(table(&dir), format!("{HEADER}\n{}\n", damaged.join("\n"))).unwrap();
    assert_known(&dir, &[]);
    opened(&dir).append([&bare(2)]).unwrap();
    assert_known(&dir, &[bare(2)]);
}

#[test]
fn a_label_of_several_lines_stays_in_its_row() {
    let dir = tempfile::tempdir().unwrap();
    let several = SavedImage { annotation: "a\r\nb".into(), ..image(1) };
    opened(&dir).append([&several, &image(2)]).unwrap();
    assert_known(&dir, &[SavedImage { annotation: "a  b".into(), ..several }, image(2)]);
}

#[test]
fn another_table_of_that_name_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(table(&dir), "my,own\n1,2").unwrap();
    let error = opened(&dir).append([&image(1)]).unwrap_err();
    assert!(error.to_string().contains("another table"), "{error}");
    assert_eq!(std::fs::read_to_string(table(&dir)).unwrap(), "my,own\n1,2");
}

#[test]
fn rows_hold_all_but_the_objects_which_are_read_by_themselves() {
    let dir = tempfile::tempdir().unwrap();
    assert!(read_image_rows(dir.path()).unwrap().is_empty());
    let mut records = opened(&dir);
    records.append([&bare(1), &image(2), &bare(2), &image(2), &image(3)]).unwrap();
    let rows = read_image_rows(dir.path()).unwrap();
    assert_eq!(rows.len(), 3);
    for (expected, row) in [bare(1), image(2), image(3)].map(|image| (image.clone(), &rows[&image.path_in_csv])) {
        assert_eq!(row.image, SavedImage { objects: Arc::default(), ..expected.clone() });
        assert_eq!(read_objects(dir.path(), row).unwrap(), expected.objects);
    }
    // The table was replaced: what stands there now is not of that image.
    std::fs::remove_file(table(&dir)).unwrap();
    opened(&dir).append([&image(7), &image(8), &image(9), &image(10), &image(11)]).unwrap();
    let row = &rows[&image(3).path_in_csv];
    assert!(read_objects(dir.path(), row).unwrap().is_empty());
}

/// Saves images as a consumer does, but for their rows in the table.
fn save_without_rows(dir: &tempfile::TempDir, names: &[&str]) {
    let (_, store, mut committer) = opened_with_store(dir);
    for name in names {
        let sha256: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        let source = crate::pipeline::sink::NameSource::FileName;
        let format = crate::model::image_info::ImageFormat::Png;
        let prepared = store.prepare(name, source, format, name.as_bytes(), &sha256, &format!("label, of {name}"));
        committer.commit(vec![(prepared.unwrap(), ())]).unwrap();
    }
    committer.close().unwrap();
}

#[test]
fn images_without_a_row_get_one_with_what_is_known() {
    let dir = tempfile::tempdir().unwrap();
    save_without_rows(&dir, &["a.png", "b.png", "c.png", "gone.png"]);
    std::fs::remove_file(dir.path().join("output_images/gone.png")).unwrap();
    let with_row = SavedImage { path_in_csv: "output_images/b.png".into(), ..image(5) };
    opened(&dir).append([&with_row]).unwrap();
    // Torn by a kill.
    let mut torn = std::fs::OpenOptions::new().append(true).open(table(&dir)).unwrap();
    torn.write_all(b"output_images/c.png,\"label, of").unwrap();
    let (mut records, _store, _committer) = opened_with_store(&dir);
    assert_eq!(records.add_missing(|| true).unwrap(), MissingRows { added: 0, left: 3 });
    assert_eq!(records.add_missing(|| false).unwrap(), MissingRows { added: 2, left: 0 });
    assert_eq!(records.add_missing(|| false).unwrap(), MissingRows::default());
    let bare = |name: &str| {
        let sha256 = Sha256::digest(name.as_bytes()).into();
        super::bare(format!("output_images/{name}"), format!("label, of {name}"), name.len() as u64, sha256)
    };
    assert_known(&dir, &[bare("a.png"), with_row, bare("c.png")]);
    let text = std::fs::read_to_string(table(&dir)).unwrap();
    assert_eq!(text.lines().count(), 4, "one row an image: {text}");
    let hash = hex::encode(bare("a.png").sha256);
    assert!(text.contains(&format!("output_images/a.png,\"label, of a.png\",5,,,,,,,{hash},,null,\"\"\n")), "{text}");
}

#[test]
fn only_files_in_the_folder_of_images_get_a_row() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("outside.png"), "x").unwrap();
    std::fs::create_dir(dir.path().join(OUTPUT_FOLDER)).unwrap();
    std::fs::write(dir.path().join("output_images/python.png"), "x").unwrap();
    let rows = "outside.png,a\r\noutput_images/../outside.png,a\r\n/etc/passwd,a\r\noutput_images\\python.png,a\r\n";
    std::fs::write(dir.path().join(ANNOTATION_CSV), format!("image_path,annotation\r\n{rows}")).unwrap();
    let (mut records, _store, _committer) = opened_with_store(&dir);
    assert_eq!(records.add_missing(|| false).unwrap(), MissingRows { added: 1, left: 0 });
    assert!(read_image_records(dir.path()).unwrap().contains_key("output_images\\python.png"));
}
