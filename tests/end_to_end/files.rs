use std::fs;
use std::path::{Path, PathBuf};

use kafka_image_bench_core::pipeline::sink::read_image_records;

use crate::bench::{Bench, Process, Record, files_in, image_name, message, png, wait_until};

fn odd_images() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/odd_images")
}

#[test]
fn whatever_is_sent_as_an_image_is_saved_as_one() {
    for encoding in ["json", "raw"] {
        let bench = Bench::new();
        let odd = files_in(&odd_images());
        for (name, bytes) in &odd {
            fs::write(bench.input().join(name), bytes).unwrap();
        }
        let cut = &odd["fill_bytes.jpg"][..40];
        let others: [(&str, &[u8]); 5] = [
            ("empty.png", b""),
            ("cut.jpg", cut),
            ("letter.bmp", b"BMW, a letter"),
            ("new.avif", b"\0\0\0\x20ftypavif\0\0\0\0avifmif1"),
            ("zero.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0"),
        ];
        for (name, bytes) in others {
            fs::write(bench.input().join(name), bytes).unwrap();
        }
        let run = bench.run("stream", "a", &["--encoding", encoding]).expect_code(0);
        let count = odd.len() as u64;
        let numbers = ["sent", "saved", "dead_letters", "not_images"].map(|name| run.number(name));
        assert_eq!(numbers, [count, count, 0, others.len() as u64], "{run:?}");
        assert!(others.iter().all(|(name, _)| run.stderr.contains(name)), "{run:?}");
        let saved: Vec<Vec<u8>> = files_in(&bench.work("a").join("output_images")).into_values().collect();
        assert!(odd.values().all(|bytes| saved.contains(bytes)));
        assert_eq!(bench.processed("a").len(), odd.len());
    }
}

#[test]
fn an_image_whose_record_became_a_dead_letter_is_sent_again() {
    let bench = Bench::new();
    bench.write_images(3);
    bench.run("stream", "a", &[]).expect_code(0);
    fs::remove_file(bench.work("a").join("output_images").join(image_name(1))).unwrap();
    // As if its record had been damaged in transit.
    let served = bench.serve();
    let name = image_name(1);
    let wrong_hash = "0".repeat(64);
    let headers = [("file-name", name.as_str()), ("run-id", "earlier"), ("content-sha256", wrong_hash.as_str())];
    let value = message(&png(1, 8), "image-0001");
    bench.send(&served.bootstrap_servers, &[Record { value: Some(&value), headers: &headers, partition: None }]);
    let damaged = bench.run("consume", "a", &["--until-idle", "2"]).expect_code(1);
    assert_eq!(damaged.number("dead_letters"), 1, "{damaged:?}");
    let again = bench.run("stream", "a", &[]).expect_code(0);
    assert_eq!((again.number("sent"), again.number("already_processed")), (1, 2), "{again:?}");
    assert!(again.stderr.contains("will be sent again") && again.stderr.contains(&name), "{again:?}");
    bench.assert_all_saved("a", 3);
    let rest = bench.run("stream", "a", &[]).expect_code(0);
    assert_eq!((rest.number("sent"), rest.number("already_processed")), (0, 3), "{rest:?}");
    assert!(!rest.stderr.contains("sent again"), "{rest:?}");
}

#[test]
fn rows_that_are_missing_are_added_by_the_next_start() {
    let bench = Bench::new();
    bench.write_images(30);
    bench.run("stream", "a", &[]).expect_code(0);
    let table = bench.work("a").join("image_records.csv");
    let whole = fs::read_to_string(&table).unwrap();
    // As after a full disk: the last rows are missing, and one is torn.
    let kept = whole.lines().take(21).map(|line| format!("{line}\n")).collect::<String>();
    fs::write(&table, format!("{kept}{}", &whole.lines().nth(21).unwrap()[..50])).unwrap();
    bench.run("consume", "a", &["--until-idle", "1"]).expect_code(0);
    bench.assert_recorded("a", 30);
    let records = read_image_records(&bench.work("a")).unwrap();
    assert_eq!(records.values().filter(|image| image.record.is_some()).count(), 20);
    let text = fs::read_to_string(&table).unwrap();
    bench.run("consume", "a", &["--until-idle", "1"]).expect_code(0);
    assert_eq!(fs::read_to_string(&table).unwrap(), text, "nothing is added twice");
}

#[test]
fn figures_keep_a_row_a_run_and_the_last_is_up_to_date() {
    let bench = Bench::new();
    bench.write_images(10);
    bench.run("stream", "a", &[]).expect_code(0);
    bench.write_images(400);
    let table = bench.work("a").join("consumer_metrics.csv");
    let last_count = || {
        let text = fs::read_to_string(&table).unwrap();
        let rows: Vec<_> = text.lines().skip(1).map(str::to_owned).collect();
        let count: u64 = rows.last().unwrap().split(',').next().unwrap().parse().unwrap();
        assert!(text.ends_with('\n') && text.starts_with("Total Processed Messages,") && rows[0].starts_with("10,"));
        (rows.len(), count)
    };
    let running = Process::start(bench.command("stream", "a", &["--rate", "60"]));
    wait_until("the running stream has a row", || last_count().0 == 2);
    let first = last_count().1;
    wait_until("its row is brought up to date", || last_count().1 > first);
    running.kill();
    let of_killed = last_count().1;
    bench.run("stream", "a", &[]).expect_code(0);
    let text = fs::read_to_string(&table).unwrap();
    let counts: Vec<u64> = text.lines().skip(1).map(|row| row.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!((counts.len(), counts[0], counts[1]), (3, 10, of_killed), "{text}");
    // Records that the killed run consumed without committing are delivered again.
    assert!(counts.iter().sum::<u64>() >= 400, "{text}");
    bench.assert_all_saved("a", 400);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_larger_than_allowed_is_an_error_with_a_sentence() {
    let bench = Bench::new();
    let _served = bench.serve();
    fs::write(bench.input().join("large.png"), png(1, 200)).unwrap();
    let command = bench.command("stream", "a", &[]);
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -f 64; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let run = crate::bench::finish(limited.output().unwrap()).expect_code(1);
    assert!(
        run.stderr.contains("ulimit -f") && run.stderr.contains("output_images") | run.stderr.contains("incoming"),
        "{run:?}"
    );
    // Once there is space, it continues where it stopped.
    bench.run("stream", "a", &[]).expect_code(0);
    assert_eq!(bench.rows("a").len(), 1);
}

#[test]
fn errors_are_in_the_log_with_their_backtrace_and_names_are_harmless_everywhere() {
    let bench = Bench::new();
    bench.write_images(1);
    let nasty = "a\x1b[2J\nERROR \u{202e}gnp.png";
    let is_named = cfg!(unix) && fs::write(bench.input().join(nasty), "no image").is_ok();
    // A file has the name of the folder for images.
    fs::create_dir_all(bench.work("a")).unwrap();
    fs::write(bench.work("a").join("output_images"), "").unwrap();
    let state = bench.folder.path().join("state");
    let mut command = bench.text_command("stream", "a", &[]);
    command.env("XDG_STATE_HOME", &state).env("HOME", &state);
    let failed = crate::bench::finish(command.output().unwrap()).expect_code(1);
    let mut logs = Vec::new();
    let found = walk(&state, &mut logs);
    assert!(found && logs.len() == 1, "{logs:?}");
    let log = fs::read_to_string(&logs[0]).unwrap();
    let error = log.lines().position(|line| line.contains(" ERROR ") && line.contains("output_images")).unwrap();
    assert!(log.lines().nth(error + 1).unwrap().trim_start().starts_with("0: "), "{log}");
    // Optimisation can remove frames: where it failed, and whose thread it was, are left.
    assert!(log.contains("pipeline::sink::") && log.contains("engine::") && log.contains("thread"), "{log}");
    assert!(!failed.stderr.contains("0: ") && failed.stderr.contains("output_images"), "{failed:?}");

    fs::remove_file(bench.work("a").join("output_images")).unwrap();
    let run = crate::bench::finish(bench.text_command("stream", "a", &[]).output().unwrap()).expect_code(0);
    if is_named {
        assert!(run.stderr.contains("a\\u{1b}[2J\\nERROR \\u{202e}gnp.png"), "{run:?}");
        assert!(!run.stderr.contains(['\x1b', '\u{202e}']), "{run:?}");
    }
}

/// Collects all files below `folder`.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> bool {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            walk(&entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
    !files.is_empty()
}

#[test]
fn the_reason_of_a_dead_letter_is_short_and_holds_no_value() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 1, &[]);
    let long = "SECRET ".repeat(20_000);
    let values = [
        serde_json::json!(long).to_string(),
        serde_json::json!({"image_file": {"a": long}, "annotation": "a"}).to_string(),
        serde_json::json!({"image_file": [long], "annotation": "a"}).to_string(),
        serde_json::json!({"image_file": long, "annotation": "a"}).to_string(),
        format!("\x1b[2J{long}"),
    ];
    let records: Vec<_> =
        values.iter().map(|value| Record { value: Some(value.as_bytes()), ..Record::default() }).collect();
    bench.send(&served.bootstrap_servers, &records);
    let run = bench.run("consume", "a", &["--until-idle", "2"]).expect_code(1);
    assert_eq!(run.number("dead_letters"), 5, "{}", run.stderr.len());
    assert!(!run.stderr.contains("SECRET"), "{}", run.stderr);
    let table = fs::read_to_string(bench.work("a").join("dead_letters.csv")).unwrap();
    assert!(!table.contains("SECRET") && table.lines().all(|line| line.chars().count() < 500), "{table}");
}
