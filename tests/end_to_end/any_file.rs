use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::bench::{Bench, Process, Record, files_in, finish, image_name, png, program, wait_until};
use crate::benchmark;

/// Files of many kinds, by their names.
fn files() -> BTreeMap<String, Vec<u8>> {
    let heic = b"\0\0\0\x10ftypheic\0\0\0\0 and so on".to_vec();
    let npy = [b"\x93NUMPY\x01\0v\0".as_slice(), &[0xff; 300]].concat();
    let message = br#"{"image_file": "R0lGODlhAQABAAAAADs=", "annotation": "a message in a file"}"#.to_vec();
    [
        ("photo.HEIC", heic),
        ("volume.npy", npy),
        ("message.json", message),
        ("README", b"words\r\n".to_vec()),
        ("empty.bin", Vec::new()),
        ("notes.tar.gz", b"\x1f\x8b\x08\0\xff".to_vec()),
        ("damaged.png", b"\x89PNG\r\n\x1a\n\0\0".to_vec()),
        (&image_name(0), png(0, 8)),
    ]
    .into_iter()
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .collect()
}

#[test]
fn any_file_arrives_under_its_name_byte_for_byte() {
    for encoding in ["json", "raw"] {
        let bench = Bench::new();
        let files = files();
        for (name, bytes) in &files {
            fs::write(bench.input().join(name), bytes).unwrap();
        }
        let run = bench.run("stream", "a", &["--any-file", "--encoding", encoding]).expect_code(0);
        let numbers = ["sent", "saved", "dead_letters", "not_images"].map(|name| run.number(name));
        let count = files.len() as u64;
        assert_eq!(numbers, [count, count, 0, 0], "{run:?}");
        assert_eq!(files_in(&bench.work("a").join("output_images")), files, "{encoding}");
        let labels: BTreeMap<String, String> = bench.rows("a").into_iter().collect();
        assert_eq!(labels["output_images/notes.tar.gz"], "notes");
        assert_eq!(labels["output_images/README"], "README");
        bench.assert_recorded("a", u32::try_from(count).unwrap());
        assert_eq!(bench.processed("a").len(), files.len());

        // The records say what they carry.
        let mut browse = program();
        browse.args(["--headless", "--output-format", "json", "browse"]).args(bench.broker_arguments());
        browse.args(["--topic", &bench.topic, "--from", "beginning", "--count", "50"]);
        let browsed = finish(browse.output().unwrap()).expect_code(0);
        let records = browsed.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let types: BTreeMap<String, String> = records
            .map(|record| ["file_name", "content_type"].map(|name| record[name].as_str().unwrap().to_owned()))
            .map(|[name, content_type]| (name, content_type))
            .collect();
        let of = |name: &str| types[name].as_str();
        assert_eq!(
            [of("photo.HEIC"), of("message.json"), of("README")],
            ["image/heic", "application/json", "application/octet-stream"]
        );
    }
}

#[test]
fn without_the_option_they_are_named_and_not_sent() {
    let bench = Bench::new();
    for (name, bytes) in files() {
        fs::write(bench.input().join(name), bytes).unwrap();
    }
    let run = bench.run("stream", "a", &[]).expect_code(0);
    assert_eq!((run.number("sent"), run.number("not_images")), (1, 7), "{run:?}");
    for part in
        ["This is a HEIC photo", "This is a NumPy array", "--any-file", "The file is empty", "begins like a PNG"]
    {
        assert!(run.stderr.contains(part), "{part}: {run:?}");
    }
    let preview = bench.run("stream", "a", &["--dry-run", "--resend"]).expect_code(0);
    let formats = &preview.report()["send"]["other_formats"];
    assert_eq!(formats.to_string(), r#"{"HEIC":1,"NumPy":1,"damaged PNG":1,"empty":1}"#);
    let any = bench.run("stream", "a", &["--dry-run", "--resend", "--any-file"]).expect_code(0);
    assert_eq!(any.report()["send"]["images"], 8, "{any:?}");
}

#[test]
fn a_consumer_takes_files_where_it_is_asked_to() {
    let json = br#"{"image_file": "d29yZHM=", "annotation": "from Python"}"#;
    let typed = [("annotation", "typed"), ("content-type", "text/csv")];
    let records = [
        Record { value: Some(json), ..Record::default() },
        Record { value: Some(b"a,b\n"), headers: &typed, partition: None },
    ];
    let consume = |options: &[&str]| {
        let bench = Bench::new();
        let served = bench.serve();
        bench.create_topic(&served.bootstrap_servers, 1, &[]);
        bench.send(&served.bootstrap_servers, &records);
        let run = bench.run("consume", "a", &[&["--until-idle", "1"], options].concat());
        (bench, run)
    };
    let (_, refused) = consume(&[]);
    assert_eq!((refused.number("saved"), refused.number("dead_letters")), (0, 2), "{refused:?}");
    refused.expect_code(1);
    let (bench, taken) = consume(&["--any-file"]);
    assert_eq!((taken.number("saved"), taken.number("dead_letters")), (2, 0), "{taken:?}");
    let saved = files_in(&bench.work("a").join("output_images"));
    let expected = [("from Python.bin".to_owned(), b"words".to_vec()), ("typed.csv".to_owned(), b"a,b\n".to_vec())];
    assert_eq!(saved, expected.into_iter().collect());
    taken.expect_code(0);
}

#[test]
fn a_watched_folder_sends_any_file() {
    let bench = Bench::new();
    let watching = Process::start(bench.command("stream", "a", &["--watch", "--any-file"]));
    wait_until("the folder is watched", || bench.work("a").join("output_images").exists());
    for (name, bytes) in files() {
        fs::write(bench.input().join(name), bytes).unwrap();
    }
    wait_until("all are saved", || bench.rows_so_far("a") == files().len());
    watching.interrupt();
    let (code, printed) = watching.wait();
    assert_eq!(code, 130, "{printed}");
    assert_eq!(files_in(&bench.work("a").join("output_images")), files());
}

#[test]
fn a_benchmark_measures_any_file() {
    let bench = Bench::new();
    for number in 0..4 {
        fs::write(bench.input().join(format!("{number}.npy")), [b"\x93NUMPY".as_slice(), &[number; 5_000]].concat())
            .unwrap();
    }
    let served = bench.serve();
    for mode in ["transport", "pipeline"] {
        let options = ["--images", "40", "--warmup", "0", "--repeats", "1", "--batch-size", "16384", "--mode", mode];
        let (refused, _) = benchmark::run(&bench, &served.bootstrap_servers, &options);
        assert!(refused.stderr.contains("there are no images to send"), "{refused:?}");
        let (run, results) =
            benchmark::run(&bench, &served.bootstrap_servers, &[&options[..], &["--any-file"]].concat());
        let payloads = &results["payloads"];
        assert_eq!((&payloads["folder_images"], &payloads["any_file"]), (&4.into(), &true.into()), "{run:?}");
        run.expect_code(0);
    }
}
