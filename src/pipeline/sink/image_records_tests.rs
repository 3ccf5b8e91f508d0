use super::*;
use crate::model::objects::{BBox, LabelledObject};

fn image(number: i64) -> SavedImage {
    let bbox = BBox { x: 1.0, y: 2.5, width: 30.0, height: 4.25 };
    let object = LabelledObject { label: "boat, \"red\"".into(), bbox, polygons: vec![vec![[1.0, 2.5]; 3]] };
    SavedImage {
        path_in_csv: format!("output_images/{number}, é.png"),
        annotation: format!("label \"{number}\""),
        size_bytes: 12_345,
        topic: "image-data".into(),
        partition: 3,
        offset: number,
        sent_at_micros: Some(1_700_000_000_000_001),
        received_at_micros: 1_700_000_000_123_456,
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
    let mut records = ImageRecords::new(dir.path());
    records.append([]).unwrap();
    assert!(!table(&dir).exists());
    records.append([&image(1), &bare(2)]).unwrap();
    records.append([&bare(1)]).unwrap();
    drop(records);
    ImageRecords::new(dir.path()).append([&image(3), &image(1)]).unwrap();
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
             \"\"bbox\"\":[1.0,2.5,30.0,4.25],\"\"polygons\"\":[[[1.0,2.5],[1.0,2.5],[1.0,2.5]]]}}]\"",
            "ab".repeat(32)
        )
    );
    assert_eq!(lines.count(), 4);
}

#[test]
fn a_torn_row_takes_no_other_with_it() {
    let dir = tempfile::tempdir().unwrap();
    ImageRecords::new(dir.path()).append([&image(1), &image(2)]).unwrap();
    let whole = std::fs::read(table(&dir)).unwrap();
    let first_row = HEADER.len() + 1;
    let second_row = whole[first_row..].iter().position(|&byte| byte == b'\n').unwrap() + first_row + 1;
    // Wherever it was torn, in its quotes or its letters or its header.
    for len in (0..whole.len()).filter(|&len| len < first_row || len >= second_row) {
        std::fs::write(table(&dir), &whole[..len]).unwrap();
        ImageRecords::new(dir.path()).append([&image(3)]).unwrap();
        match len {
            _ if len < first_row => assert_known(&dir, &[image(3)]),
            // Only its line end was missing.
            _ if len == whole.len() - 1 => assert_known(&dir, &[image(1), image(2), image(3)]),
            _ => assert_known(&dir, &[image(1), image(3)]),
        }
        assert!(std::fs::read(table(&dir)).unwrap().starts_with(format!("{HEADER}\n").as_bytes()));
    }
}

#[test]
fn malformed_rows_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    ImageRecords::new(dir.path()).append([&image(1)]).unwrap();
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
    ImageRecords::new(dir.path()).append([&bare(2)]).unwrap();
    assert_known(&dir, &[bare(2)]);
}

#[test]
fn a_label_of_several_lines_stays_in_its_row() {
    let dir = tempfile::tempdir().unwrap();
    let several = SavedImage { annotation: "a\r\nb".into(), ..image(1) };
    ImageRecords::new(dir.path()).append([&several, &image(2)]).unwrap();
    assert_known(&dir, &[SavedImage { annotation: "a  b".into(), ..several }, image(2)]);
}

#[test]
fn another_table_of_that_name_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(table(&dir), "my,own\n1,2").unwrap();
    let error = ImageRecords::new(dir.path()).append([&image(1)]).unwrap_err();
    assert!(error.to_string().contains("another table"), "{error}");
    assert_eq!(std::fs::read_to_string(table(&dir)).unwrap(), "my,own\n1,2");
}

#[test]
fn rows_hold_all_but_the_objects_which_are_read_by_themselves() {
    let dir = tempfile::tempdir().unwrap();
    assert!(read_image_rows(dir.path()).unwrap().is_empty());
    let mut records = ImageRecords::new(dir.path());
    records.append([&bare(1), &image(2), &bare(2), &image(2), &image(3)]).unwrap();
    let rows = read_image_rows(dir.path()).unwrap();
    assert_eq!(rows.len(), 3);
    for (expected, row) in [bare(1), image(2), image(3)].map(|image| (image.clone(), &rows[&image.path_in_csv])) {
        assert_eq!(row.image, SavedImage { objects: Arc::default(), ..expected.clone() });
        assert_eq!(read_objects(dir.path(), row).unwrap(), expected.objects);
    }
    // The table was replaced: what stands there now is not of that image.
    std::fs::remove_file(table(&dir)).unwrap();
    ImageRecords::new(dir.path()).append([&image(7), &image(8), &image(9), &image(10), &image(11)]).unwrap();
    let row = &rows[&image(3).path_in_csv];
    assert!(read_objects(dir.path(), row).unwrap().is_empty());
}
