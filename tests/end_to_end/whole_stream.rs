use std::fs;

use crate::bench::{Bench, files_in, finish, image_name, png};

#[test]
fn images_are_saved_with_their_labels_and_figures() {
    let bench = Bench::new();
    bench.write_images(50);
    fs::write(bench.input().join("notes.txt"), "no image").unwrap();
    fs::write(bench.input().join("_annotations.coco.json"), "{}").unwrap();
    let run = bench.run("stream", "a", &[]).expect_code(0);
    bench.assert_all_saved("a", 50);
    for (name, expected) in [
        ("found", 50),
        ("acknowledged", 50),
        ("saved", 50),
        ("not_images", 1),
        ("label_files", 1),
        ("foreign", 0),
        ("lost", 0),
    ] {
        assert_eq!(run.number(name), expected, "{name}: {run:?}");
    }
    assert!(run.stderr.contains("notes.txt"), "{run:?}");
    let mut processed = bench.processed("a");
    processed.sort();
    assert_eq!(processed, (0..50).map(image_name).collect::<Vec<_>>());

    let figures = |file: &str, heading: &str| {
        let text = fs::read_to_string(bench.work("a").join(file)).unwrap();
        let (first, second) = text.trim_end().split_once('\n').unwrap();
        assert_eq!(first, heading);
        let cells: Vec<f64> = second.split(',').map(|cell| cell.parse().unwrap()).collect();
        assert!(cells.len() == 4 && cells[0] == 50.0 && cells[3] > 0.0, "{text}");
    };
    figures("producer_metrics.csv", "Total Processed Images,Total Time (s),Average Latency (s),Throughput (images/s)");
    figures(
        "consumer_metrics.csv",
        "Total Processed Messages,Total Time (s),Average Latency (s),Throughput (messages/s)",
    );
    let latency = &run.report()["saved_latency"];
    assert_eq!(latency["count"], 50);
    assert!(latency["p50_micros"].as_u64() <= latency["p99_micros"].as_u64());
}

#[test]
fn a_second_run_sends_only_what_is_new() {
    let bench = Bench::new();
    bench.write_images(20);
    bench.run("stream", "a", &[]).expect_code(0);
    let figures = fs::read(bench.work("a").join("producer_metrics.csv")).unwrap();
    let again = bench.run("stream", "a", &[]).expect_code(0);
    assert_eq!((again.number("sent"), again.number("already_processed")), (0, 20), "{again:?}");
    assert_eq!(fs::read(bench.work("a").join("producer_metrics.csv")).unwrap(), figures);
    fs::write(bench.input().join(image_name(20)), png(20, 8)).unwrap();
    let new = bench.run("stream", "a", &[]).expect_code(0);
    assert_eq!((new.number("sent"), new.number("saved")), (1, 1), "{new:?}");
    let resent = bench.run("stream", "a", &["--resend"]).expect_code(0);
    assert_eq!((resent.number("sent"), resent.number("already_saved")), (21, 21), "{resent:?}");
    bench.assert_all_saved("a", 21);
    assert_eq!(bench.processed("a").len(), 21);
}

#[test]
fn raw_images_travel_as_they_are() {
    let bench = Bench::new();
    bench.write_images(10);
    let options = ["--encoding", "raw", "--compression-type", "lz4", "--linger-ms", "0", "--acks", "1"];
    let run = bench.run("stream", "a", &options).expect_code(0);
    bench.assert_all_saved("a", 10);
    assert_eq!(run.number("acknowledged_bytes"), run.number("acknowledged_value_bytes"));
}

#[test]
fn without_acknowledgements_all_is_saved_too() {
    let bench = Bench::new();
    bench.write_images(10);
    bench.run("stream", "a", &["--acks", "0"]).expect_code(0);
    bench.assert_all_saved("a", 10);
}

#[test]
fn what_one_produces_another_consumes() {
    let bench = Bench::new();
    bench.write_images(30);
    let produced = bench.run("produce", "p", &[]).expect_code(0);
    assert_eq!((produced.number("acknowledged"), produced.number("received")), (30, 0));
    assert!(!bench.work("p").join("output_images").exists());
    let first = bench.run("consume", "c", &["--count", "12"]).expect_code(0);
    assert_eq!((first.number("saved"), bench.rows("c").len()), (12, 12), "{first:?}");
    let rest = bench.run("consume", "c", &["--until-idle", "1"]).expect_code(0);
    assert_eq!(rest.number("saved"), 18, "{rest:?}");
    bench.assert_all_saved("c", 30);
}

#[test]
fn a_stream_also_saves_what_waited_on_the_topic() {
    let bench = Bench::new();
    bench.write_images(10);
    bench.run("produce", "a", &[]).expect_code(0);
    let run = bench.run("stream", "a", &[]).expect_code(0);
    assert_eq!((run.number("sent"), run.number("foreign")), (0, 10), "{run:?}");
    bench.assert_all_saved("a", 10);
}

#[test]
fn folders_and_tables_give_labels() {
    let bench = Bench::new();
    for (folder, number) in [("cats", 1), ("dogs", 2)] {
        fs::create_dir(bench.input().join(folder)).unwrap();
        fs::write(bench.input().join(folder).join(image_name(number)), png(number, 8)).unwrap();
    }
    bench.run("stream", "a", &["--labels", "folder"]).expect_code(0);
    let mut rows = bench.rows("a");
    rows.sort();
    let row = |number, label: &str| (format!("output_images/{}", image_name(number)), label.to_owned());
    assert_eq!(rows, [row(1, "cats"), row(2, "dogs")]);
    assert_eq!(bench.processed("a").len(), 2);

    let table = bench.folder.path().join("labels.csv");
    fs::write(&table, format!("image_path,annotation\ncats/{},\"one, \"\"quoted\"\"\"\n", image_name(1))).unwrap();
    let labels = format!("csv:{}", table.display());
    let run = bench.run("stream", "b", &["--labels", &labels]).expect_code(1);
    assert_eq!((run.number("saved"), run.number("rejected")), (1, 1), "{run:?}");
    assert!(run.stderr.contains(&image_name(2)) && run.stderr.contains("labels.csv"), "{run:?}");
    assert_eq!(bench.rows("b"), [row(1, "one, \"quoted\"")]);
}

#[test]
fn outputs_beside_the_images_are_not_sent() {
    let bench = Bench::new();
    bench.write_images(5);
    for _ in 0..2 {
        let mut command = bench.command_in("json", "stream", &bench.input(), &["--resend"]);
        let run = finish(command.output().unwrap()).expect_code(0);
        assert_eq!((run.number("found"), run.number("not_images")), (5, 0), "{run:?}");
    }
    assert_eq!(files_in(&bench.input().join("output_images")).len(), 5);
}
