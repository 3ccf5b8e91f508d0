//! The keys of records, and how they spread over the partitions.

use std::collections::BTreeMap;
use std::fs;

use crate::bench::{Bench, png};
use crate::benchmark;
use crate::dead_letters::read;

/// Images in folders of different sizes; one lies in the input folder itself.
fn write_folders(bench: &Bench) -> usize {
    let folders = [("", 1), ("bay", 2), ("bay/north", 30), ("quay", 3)];
    let mut number = 0;
    for (folder, images) in folders {
        fs::create_dir_all(bench.input().join(folder)).unwrap();
        for _ in 0..images {
            fs::write(bench.input().join(folder).join(format!("{number}.day.png")), png(number, 8)).unwrap();
            number += 1;
        }
    }
    number as usize
}

/// Key and partition of each record of the topic.
fn keys(bench: &Bench, servers: &str, records: usize) -> Vec<(Option<String>, i32)> {
    let found = read(servers, &bench.topic);
    assert_eq!(found.len(), records, "{found:?}");
    found.into_iter().map(|record| (record.key.map(|key| String::from_utf8(key).unwrap()), record.partition)).collect()
}

#[test]
fn records_carry_the_key_that_was_chosen() {
    for (key, example) in [("none", None), ("file", Some("bay/2.day.png")), ("label", Some("3")), ("folder", Some("."))]
    {
        let bench = Bench::new();
        let served = bench.serve();
        let images = write_folders(&bench);
        let run = bench.run("produce", "a", &["--key", key]).expect_code(0);
        assert_eq!(run.report()["stream"]["key"], key, "{run:?}");

        let records = keys(&bench, &served.bootstrap_servers, images);
        if key == "none" {
            assert!(records.iter().all(|(key, _)| key.is_none()), "{records:?}");
            continue;
        }
        assert!(records.iter().any(|(key, _)| key.as_deref() == example), "{key}: {records:?}");
        let mut places: BTreeMap<&str, i32> = BTreeMap::new();
        for (key, partition) in &records {
            let known = *places.entry(key.as_deref().unwrap()).or_insert(*partition);
            assert_eq!(known, *partition, "equal keys are on one partition: {records:?}");
        }
        assert_eq!(places.len(), if key == "folder" { 4 } else { images });

        let mut counts = [0_u64; 4];
        records.iter().for_each(|(_, partition)| counts[*partition as usize] += 1);
        let fullest = &run.report()["fullest_partition"];
        let most = counts.iter().max().copied().unwrap();
        assert_eq!((fullest["records"].as_u64(), fullest["partitions"].as_u64()), (Some(most), Some(4)), "{run:?}");
        assert_eq!(counts[fullest["partition"].as_u64().unwrap() as usize], most);
        assert!((fullest["skew"].as_f64().unwrap() - most as f64 * 4.0 / images as f64).abs() < 1e-9);

        // What is saved does not depend on the key, and a second run sends nothing.
        let saved = bench.run("consume", "a", &["--count", &images.to_string()]);
        assert_eq!(saved.expect_code(0).number("saved"), images as u64);
        let again = bench.run("produce", "a", &["--key", key]).expect_code(0);
        assert_eq!(again.number("sent"), 0, "{again:?}");
    }
}

#[test]
fn the_summary_shows_how_uneven_the_partitions_are() {
    let bench = Bench::new();
    write_folders(&bench);
    let run = crate::bench::finish(bench.text_command("stream", "a", &["--key", "folder"]).output().unwrap());
    assert!(run.stdout.contains(", key: folder,") && run.stdout.contains("times an even share"), "{run:?}");
    let run = bench.run("stream", "a", &["--key", "name"]).expect_code(2);
    assert!(run.stderr.contains("none, file, label, folder"), "{run:?}");
}

#[test]
fn a_benchmark_varies_the_key_and_shows_its_skew() {
    let bench = Bench::new();
    let served = bench.serve();
    write_folders(&bench);
    let short = ["--images", "360", "--repeats", "1", "--warmup", "0", "--linger-ms", "0"];
    for mode in ["transport", "pipeline"] {
        let options = [&short[..], &["--key", "none,folder", "--mode", mode]].concat();
        let (finished, results) = benchmark::run(&bench, &served.bootstrap_servers, &options);
        assert_eq!(finished.code, 0, "{finished:?}");
        let of = |index: usize, name: &str| results["configurations"][index]["configuration"][name].clone();
        assert_eq!((of(0, "key"), of(1, "key")), ("none".into(), "folder".into()));
        assert!(of(1, "name").as_str().unwrap().ends_with("/key=folder"), "{results}");
        // 30 of 36 images are in one folder.
        let skew = results["configurations"][1]["runs"][0]["partition_skew"].as_f64().unwrap();
        assert!((4.0 * 30.0 / 36.0 - 1e-9..=4.0).contains(&skew), "{mode}: {skew}");
    }
    let details = fs::read_dir(bench.work("a")).unwrap().map(|entry| entry.unwrap().path());
    let details = details.filter(|path| path.to_str().unwrap().ends_with("Z.csv")).max().unwrap();
    let mut details = csv::Reader::from_path(details).unwrap();
    let header = details.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    assert!(place("key") > place("redelivered") && place("encoding") + 1 == place("order"), "{header:?}");
}
