//! The processor time of producer and consumer, each by itself.

#![cfg(target_os = "linux")]

use std::path::Path;

use serde_json::Value;

use crate::bench::Bench;
use crate::benchmark;

/// Processor time of an image on both sides, milliseconds.
fn cost(run: &Value) -> [f64; 2] {
    let images = run["acknowledged"].as_f64().unwrap();
    ["producer_cpu_s", "consumer_cpu_s"]
        .map(|name| 1e3 * run[name].as_f64().unwrap_or_else(|| panic!("{run}")) / images)
}

/// The costs of `none` and `gzip`.
fn costs(bench: &Bench, servers: &str, options: &[&str]) -> [[f64; 2]; 2] {
    let of_all =
        ["--compression-type", "none,gzip", "--repeats", "1", "--duration", "2", "--rate", "60", "--warmup", "0"];
    let (_, results) = benchmark::run(bench, servers, &[&of_all[..], options].concat());
    let configurations = results["configurations"].as_array().unwrap();
    let cost_of = |name: &str| {
        let is_it = |one: &&Value| one["configuration"]["compression_type"] == name;
        let run = &configurations.iter().find(is_it).unwrap()["runs"][0];
        let [producer, consumer] = cost(run).map(|millis| millis * run["acknowledged"].as_f64().unwrap() / 1e3);
        let broker = run["broker_cpu_s"].as_f64().unwrap_or(0.0);
        assert!(producer > 0.0 && consumer > 0.0, "{run}");
        // That of the process is counted in hundredths of a second.
        assert!(producer + consumer + broker < run["cpu_s"].as_f64().unwrap() + 0.03, "{run}");
        cost(run)
    };
    ["none", "gzip"].map(cost_of)
}

/// Sample images, which are large enough for compression to cost something.
fn photographs(bench: &Bench, count: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("Labeled_Images");
    let images = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let images = images.filter(|path| path.extension().is_some_and(|ending| ending == "png"));
    for image in images.take(count) {
        std::fs::copy(&image, bench.input().join(image.file_name().unwrap())).unwrap();
    }
}

/// Compressing is the producer's work: its cost appears there, and hardly at the consumer, which unpacks in a tenth of the time.
#[test]
fn what_the_producer_does_costs_the_producer() {
    let bench = Bench::new();
    let served = bench.serve();
    photographs(&bench, 12);
    let modes = [
        &["--mode", "transport"][..],
        &["--mode", "transport", "--producers", "2", "--consumers", "2"],
        &["--mode", "pipeline"],
    ];
    for mode in modes {
        let [none, gzip] = costs(&bench, &served.bootstrap_servers, mode);
        let [producer, consumer] = [0, 1].map(|side| gzip[side] - none[side]);
        assert!(producer > 1.0 && producer > 2.0 * consumer, "{mode:?}: {none:?} without compression, {gzip:?} with");
    }
}
