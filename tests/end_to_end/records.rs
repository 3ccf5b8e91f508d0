use std::fs;

use crate::bench::{Bench, Record, files_in, message, png};

#[test]
fn what_cannot_be_read_is_kept_and_passed() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 1, &[]);
    let good = message(&png(1, 8), "good");
    let no_image = message(b"only text", "x");
    let bad: Vec<(Option<&[u8]>, &str)> = vec![
        (None, "tombstone"),
        (Some(b""), "empty"),
        (Some(b"hello"), "not JSON"),
        (Some(b"{\"annotation\": \"x\"}"), "image_file"),
        (Some(b"{\"image_file\": \"AAAA\"}"), "annotation"),
        (Some(b"{\"image_file\": \"A*AA\", \"annotation\": \"x\"}"), "base64"),
        (Some(b"{\"image_file\": 5, \"annotation\": \"x\"}"), "wrong type"),
        (Some(&no_image), "not an image"),
        (Some(b"\xff\xfe\x00"), "not JSON"),
    ];
    let mut records: Vec<Record<'_>> =
        bad.iter().map(|(value, _)| Record { value: *value, ..Record::default() }).collect();
    records.insert(4, Record { value: Some(&good), ..Record::default() });
    let damaged = [("content-sha256", "00".repeat(32))];
    let headers: Vec<(&str, &str)> = damaged.iter().map(|(name, value)| (*name, value.as_str())).collect();
    records.push(Record { value: Some(&good), headers: &headers, ..Record::default() });
    bench.send(&served.bootstrap_servers, &records);

    let count = records.len().to_string();
    let run = bench.run("consume", "a", &["--count", &count]).expect_code(1);
    assert_eq!((run.number("saved"), run.number("dead_letters")), (1, 10), "{run:?}");
    let mut reader = csv::Reader::from_path(bench.work("a").join("dead_letters.csv")).unwrap();
    assert_eq!(reader.headers().unwrap(), vec!["time", "topic", "partition", "offset", "reason", "file"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 10);
    for row in &rows {
        let offset: usize = row[3].parse().unwrap();
        let (value, reason) = match offset {
            10 => (Some(&good[..]), "damaged"),
            _ => bad[offset - usize::from(offset > 4)],
        };
        assert!(row[4].contains(reason), "{row:?}");
        match value {
            None => assert_eq!(&row[5], ""),
            Some(value) => assert_eq!(fs::read(bench.work("a").join(&row[5])).unwrap(), value, "{row:?}"),
        }
    }
    // The group commits past them.
    let again = bench.run("consume", "a", &["--until-idle", "1"]).expect_code(0);
    assert_eq!(again.number("received"), 0, "{again:?}");
}

#[test]
fn no_name_leaves_the_output_folder() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 1, &[]);
    let long = format!("{}.png", "x".repeat(4_000));
    let names = [
        "../../escaped.png",
        "/etc/escaped.png",
        "C:\\Windows\\escaped.png",
        "..",
        "a\u{0}b.png",
        "CON.png",
        "con",
        &long,
        "日本語/猫.png",
        "مرحبا.png",
        "\u{202e}gnp.exe",
        ".hidden",
        "=1+1.png",
    ];
    let values: Vec<Vec<u8>> = (0..names.len() as u32 * 2)
        .map(|number| message(&png(number, 8), names[number as usize % names.len()]))
        .collect();
    let headers: Vec<[(&str, &str); 1]> = names.iter().map(|name| [("file-name", *name)]).collect();
    let records: Vec<Record<'_>> = values
        .iter()
        .enumerate()
        .map(|(index, value)| Record {
            value: Some(value),
            // The second half has the file name only in its label.
            headers: headers.get(index).map_or(&[], |header| &header[..]),
            ..Record::default()
        })
        .collect();
    bench.send(&served.bootstrap_servers, &records);
    let count = records.len().to_string();
    bench.run("consume", "a", &["--count", &count]).expect_code(0);
    let files = files_in(&bench.work("a").join("output_images"));
    assert_eq!(files.len(), records.len());
    for name in files.keys() {
        assert!(name.len() <= 255 && name.ends_with(".png") && !name.starts_with('.'), "{name}");
        assert!(!name.contains(['/', '\\', '\0', ':']), "{name}");
    }
    assert!(files.contains_key("猫.png") && files.contains_key("مرحبا.png"), "{:?}", files.keys());
    let outside: Vec<_> = walk(bench.folder.path()).into_iter().filter(|path| path.contains("escaped")).collect();
    assert!(outside.iter().all(|path| path.contains("output_images")), "{outside:?}");
    let rows = bench.rows("a");
    assert_eq!(rows.len(), records.len());
    assert!(rows.iter().all(|(_, label)| !label.starts_with(['=', '+', '@'])), "{rows:?}");
    for (path, _) in rows {
        assert!(bench.work("a").join(&path).is_file(), "{path}");
    }
}

#[test]
fn the_same_label_for_different_pictures_overwrites_nothing() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 1, &[]);
    let pictures: Vec<Vec<u8>> = (0..3).map(|number| png(number, 8)).collect();
    let mut values: Vec<Vec<u8>> = pictures.iter().map(|picture| message(picture, "cat")).collect();
    values.push(message(&pictures[1], "cat"));
    let records: Vec<_> = values.iter().map(|value| Record { value: Some(value), ..Record::default() }).collect();
    bench.send(&served.bootstrap_servers, &records);
    let run = bench.run("consume", "a", &["--count", "4"]).expect_code(0);
    assert_eq!(run.number("already_saved"), 1, "{run:?}");
    let files = files_in(&bench.work("a").join("output_images"));
    assert_eq!(files.len(), 3, "{:?}", files.keys());
    let beside: Vec<_> = files.keys().filter(|name| *name != "cat.png").collect();
    for name in &beside {
        let hash = name.strip_prefix("cat-").and_then(|name| name.strip_suffix(".png")).unwrap();
        assert!(hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
    }
    let mut contents: Vec<_> = files.into_values().collect();
    contents.sort();
    let mut expected = pictures;
    expected.sort();
    assert_eq!(contents, expected);
    assert_eq!(bench.rows("a").len(), 3);
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.unwrap().path().display().to_string()).collect()
}
