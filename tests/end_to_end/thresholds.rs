//! Thresholds that every run has to reach.

use std::fs;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::benchmark::{self, command};

fn runs(results: &Value) -> Vec<&Value> {
    let configurations = results["configurations"].as_array().unwrap();
    configurations.iter().flat_map(|one| one["runs"].as_array().unwrap()).collect()
}

#[test]
fn the_first_run_that_misses_a_threshold_ends_the_benchmark() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(20);
    let of_runs = ["--linger-ms", "0,5", "--images", "100", "--repeats", "2", "--warmup", "0"];
    let run = |threshold: &str| {
        let options = [&of_runs[..], &["--threshold", threshold]].concat();
        benchmark::run(&bench, &served.bootstrap_servers, &options)
    };
    let (finished, results) = run("p99<1000s,throughput>=0.01,loss=0,lag<=100,bytes<10MB");
    assert_eq!(finished.code, 0, "{finished:?}");
    assert!(finished.stderr.contains("thresholds kept in every run: p99<1000s (at worst "), "{finished:?}");
    assert_eq!((runs(&results).len(), &results["is_complete"]), (4, &json!(true)));
    assert_eq!(results["method"]["thresholds"][2], "loss=0");
    assert!(runs(&results).iter().all(|run| run.get("missed_thresholds").is_none()));

    let (finished, results) = run("loss=0,p99<1µs");
    assert_eq!(finished.code, 3, "{finished:?}");
    assert!(finished.stderr.contains("ended after 1 of 4 runs"), "{finished:?}");
    let name = results["configurations"].as_array().unwrap().iter().find(|one| one["runs"][0].is_object()).unwrap();
    let name = name["configuration"]["name"].as_str().unwrap();
    assert!(finished.stderr.contains(&format!("threshold missed: {name}, run 1 (repeat 1): p99 is ")), "{finished:?}");
    assert!(finished.stderr.contains("µs, wanted: p99<1µs"), "{finished:?}");
    let [only] = runs(&results)[..] else { panic!("{results}") };
    assert_eq!((&only["status"], &results["is_complete"]), (&json!("ok"), &json!(false)));
    let missed = &only["missed_thresholds"];
    assert_eq!((missed.as_array().unwrap().len(), &missed[0]["threshold"]), (1, &json!("p99<1µs")));
    let micros = only["end_to_end_latency"]["p99_micros"].as_f64();
    assert_eq!(missed[0]["measured"].as_f64(), micros);
    check_kept_files(&bench, &results);
}

/// The same of what was kept: the JSON file, the CSV, the report, and the other commands.
fn check_kept_files(bench: &Bench, results: &Value) {
    let file = bench.folder.path().join("kept.json");
    fs::write(&file, results.to_string()).unwrap();
    let (file, page) = (file.to_str().unwrap(), bench.folder.path().join("page.html"));
    command(&["report", file, "--out", page.to_str().unwrap()]).expect_code(0);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("<h2>Thresholds</h2>") && page.contains("p99&lt;1µs"), "{page}");
    assert!(page.contains("missed in 1 of 1 run<") && page.contains("The benchmark ended after 1 of 4 runs"), "{page}");
    let newest = fs::read_dir(bench.work("a")).unwrap().map(|entry| entry.unwrap().path());
    let newest = newest.filter(|path| path.to_string_lossy().ends_with("Z.csv")).max().unwrap();
    let csv = fs::read_to_string(newest).unwrap();
    assert!(csv.contains("missed_thresholds") && csv.contains("p99<1µs: "), "{csv}");

    for (arguments, code, words) in [
        (vec!["recommend", file, "--threshold", "p99<1000s,loss=0"], 0, "thresholds kept in every run: p99<1000s"),
        (vec!["recommend", file, "--threshold", "throughput>=1000000000"], 3, "wanted: throughput>=1000000000"),
        (vec!["compare", file, file, "--threshold", "p99<1000s,throughput=-5%"], 0, "kept in every run: p99<1000s"),
        (vec!["compare", file, file, "--threshold", "p50<1µs,throughput=-5%"], 3, "wanted: p50<1µs"),
        (vec!["recommend", file, "--threshold", "throughput=-5%"], 2, "compare"),
        (vec!["recommend", file, "--threshold", "p99<5"], 2, "unit is missing: ms, s, µs"),
    ] {
        let finished = command(&arguments);
        assert!(finished.code == code && finished.stderr.contains(words), "{arguments:?}: {finished:?}");
    }
}

#[test]
fn what_cannot_be_checked_is_refused_before_anything_starts() {
    let bench = Bench::new();
    bench.write_images(1);
    for (options, words) in [
        (vec!["--threshold", "p99<50ms,throughput=-5%"], "--baseline"),
        (vec!["--threshold", "speed>5"], "cpu-consumer"),
        (vec!["--threshold", "p99<5min"], "ms, s, µs"),
        (vec!["--threshold", "p99<50ms", "--find-max-rate", "--p99-ms", "5"], "--find-max-rate"),
        (vec!["--threshold", "loss=0", "--ladder"], "--ladder"),
        (vec!["--threshold", "p99<50ms", "--backlog"], "--backlog"),
        (vec!["--groups", "2", "--mode", "pipeline"], "one group saves"),
    ] {
        // Nothing listens there.
        let (finished, _) = benchmark::run(&bench, "127.0.0.1:1", &options);
        assert!(finished.code == 2 && finished.stderr.contains(words), "{options:?}: {finished:?}");
    }
}
