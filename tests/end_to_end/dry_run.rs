//! `--dry-run` says what the run then does, and leaves everything as it was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use crate::bench::{Bench, finish, program};

/// Every file and folder below `folder`, with size and time.
fn contents(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let metadata = entry.metadata().unwrap();
            (entry.path().to_owned(), (metadata.len(), metadata.modified().unwrap()))
        })
        .collect()
}

fn dry(bench: &Bench, command: &str, broker: &[&str], options: &[&str]) -> Value {
    let mut program = program();
    program.args(["--headless", "--output-format", "json", command, "--dry-run"]);
    program.args(broker).args(options).arg("--work-dir").arg(bench.work("a"));
    if command != "benchmark" {
        program.args(["--topic", &bench.topic]);
    }
    if command != "consume" {
        program.arg("--input").arg(bench.input());
    }
    if matches!(command, "stream" | "consume") {
        program.args(["--group", &bench.group]);
    }
    finish(program.output().unwrap()).expect_code(0).report()
}

#[test]
fn nothing_is_made_where_nothing_was() {
    let bench = Bench::embedded();
    bench.write_images(3);
    std::fs::write(bench.input().join("note.md"), "x").unwrap();
    let data = bench.folder.path().join("data");
    let broker = ["--data", data.to_str().unwrap()];
    let before = contents(bench.folder.path());
    for command in ["stream", "produce", "consume", "benchmark"] {
        let found = dry(&bench, command, &broker, &[]);
        assert_eq!(found["command"], command);
        assert_eq!(
            (&found["broker"]["kind"], &found["broker"]["bootstrap_servers"]),
            (&"embedded".into(), &Value::Null)
        );
        if command != "benchmark" {
            assert_eq!((&found["topic"]["exists"], &found["topic"]["partitions"]), (&false.into(), &4.into()));
        }
        if matches!(command, "stream" | "produce") {
            let send = &found["send"];
            assert_eq!((&send["images"], &send["not_images"], &send["sent_before"]), (&3.into(), &1.into(), &0.into()));
        }
    }
    assert_eq!(contents(bench.folder.path()), before);
    let measure = &dry(&bench, "benchmark", &broker, &["--repeats", "2", "--linger-ms", "0,5"])["measure"];
    assert_eq!((&measure["runs"], &measure["images"]), (&4.into(), &3.into()));
    assert_eq!(measure["estimate_s"], 34.0);
}

#[test]
fn what_a_run_would_do_is_what_it_then_does() {
    let bench = Bench::new();
    bench.write_images(4);
    let served = bench.serve();
    let broker = ["--bootstrap-server", &served.bootstrap_servers];
    let produce = |options: &[&str]| dry(&bench, "produce", &broker, options);
    for _ in 0..2 {
        let topic = &produce(&["--partitions", "2"])["topic"];
        assert_eq!(
            (&topic["exists"], &topic["is_created"], &topic["partitions"]),
            (&false.into(), &true.into(), &2.into())
        );
    }
    let mut run = program();
    run.args(["--headless", "--output-format", "json", "produce"]).args(broker).args(["--topic", &bench.topic]);
    run.arg("--input").arg(bench.input()).arg("--work-dir").arg(bench.work("a")).args(["--partitions", "2"]);
    finish(run.output().unwrap()).expect_code(0);

    let files = contents(&bench.work("a"));
    bench.write_images(6);
    let found = produce(&[]);
    assert_eq!((&found["topic"]["exists"], &found["topic"]["partitions"]), (&true.into(), &2.into()));
    assert_eq!((&found["send"]["images"], &found["send"]["sent_before"]), (&2.into(), &4.into()));
    assert_eq!(produce(&["--resend"])["send"]["images"], 6);
    for _ in 0..2 {
        let receive = &dry(&bench, "consume", &broker, &["--count", "3"])["receive"];
        assert_eq!(
            (&receive["waiting"], &receive["has_committed"], &receive["count"]),
            (&4.into(), &false.into(), &3.into())
        );
    }
    assert_eq!(contents(&bench.work("a")), files);

    let mut consume = program();
    consume.args(["--headless", "--output-format", "json", "consume", "--count", "4"]).args(broker);
    consume.args(["--topic", &bench.topic, "--group", &bench.group]).arg("--work-dir").arg(bench.work("a"));
    assert_eq!(finish(consume.output().unwrap()).expect_code(0).number("saved"), 4);
    let receive = &dry(&bench, "consume", &broker, &[])["receive"];
    assert_eq!((&receive["waiting"], &receive["has_committed"]), (&0.into(), &true.into()));
}

#[test]
fn text_is_for_people_and_errors_are_those_of_the_run() {
    let bench = Bench::embedded();
    bench.write_images(2);
    let data = bench.folder.path().join("data");
    let run = |options: &[&str]| {
        let mut program = program();
        program.args(["--headless", "stream", "--dry-run", "--data"]).arg(&data);
        program.arg("--input").arg(bench.input()).arg("--work-dir").arg(bench.work("a")).args(options);
        finish(program.output().unwrap())
    };
    let text = run(&["--labels", "folder", "--rate", "4"]).expect_code(0).stdout;
    for words in [
        "nothing was created",
        "not running now",
        "would be created",
        "2 images",
        "about 0.50 s",
        "which would be made",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(run(&["--topic", "a/b"]).expect_code(2).stderr.contains("a/b"));
    let mut race = program();
    race.args(["--headless", "benchmark", "--dry-run", "--until-decided", "--budget", "2", "--data"]).arg(&data);
    race.arg("--input").arg(bench.input()).arg("--work-dir").arg(bench.work("a"));
    let text = finish(race.output().unwrap()).expect_code(0).stdout;
    assert!(text.contains("for throughput, short slices in turns, at most 2 min 00 s"), "{text}");
    let mut lonely = program();
    lonely.args(["--headless", "consume", "--dry-run", "--bootstrap-server", "127.0.0.1:1", "--broker-timeout", "1"]);
    let lonely = finish(lonely.output().unwrap()).expect_code(1);
    assert!(lonely.stderr.contains("127.0.0.1:1"), "{lonely:?}");
}
