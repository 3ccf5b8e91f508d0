//! Several producers, and several consumer groups.

use serde_json::Value;

use crate::bench::{Bench, finish};
use crate::benchmark;

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("no {name} in {value}"))
}

fn runs(results: &Value) -> impl Iterator<Item = &Value> {
    results["configurations"].as_array().unwrap().iter().flat_map(|one| one["runs"].as_array().unwrap())
}

#[test]
fn each_group_receives_everything_that_several_producers_sent() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(20);
    let clients = ["--producers", "3", "--groups", "2", "--consumers", "2"];
    for (length, backlog) in [(["--images", "500"], &[][..]), (["--duration", "0.5"], &["--backlog"][..])] {
        let rest = ["--repeats", "2", "--warmup", "0.2", "--linger-ms", "0"];
        let options = [&clients[..], &length[..], &rest[..], backlog].concat();
        let (finished, results) = benchmark::run(&bench, &served.bootstrap_servers, &options);
        assert_eq!(finished.code, 0, "{finished:?}");
        let method = &results["method"];
        assert_eq!([number(method, "producers"), number(method, "groups"), number(method, "consumers")], [3, 2, 2]);
        for run in runs(&results) {
            let acknowledged = number(run, "acknowledged");
            assert!(acknowledged == number(run, "sent") && acknowledged > 0, "{run}");
            if backlog.is_empty() {
                assert_eq!(acknowledged, 500, "the producers share the images");
            }
            assert_eq!((number(run, "received"), number(run, "missing")), (2 * acknowledged, 0));
            let groups = run["groups"].as_array().unwrap();
            assert_eq!(groups.iter().map(|group| number(group, "group")).collect::<Vec<_>>(), [1, 2]);
            for group in groups {
                assert_eq!(
                    [number(group, "received"), number(group, "missing"), number(group, "duplicates")],
                    [acknowledged, 0, 0]
                );
                let latencies = number(&group["end_to_end_latency"], "count");
                assert_eq!(latencies, if backlog.is_empty() { acknowledged } else { 0 });
                assert!(group["images_per_s"].as_f64().unwrap() > 0.0);
                assert!(number(group, "max_lag") <= number(run, "max_lag"));
                if !backlog.is_empty() {
                    assert_eq!(number(group, "max_lag"), acknowledged, "all waits for both groups");
                }
            }
        }
    }
}

#[test]
fn the_rate_is_that_of_all_producers_together() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(10);
    let options = ["--producers", "4", "--rate", "200", "--duration", "1", "--warmup", "0", "--repeats", "1"];
    let (finished, results) =
        benchmark::run(&bench, &served.bootstrap_servers, &[&options[..], &["--linger-ms", "0"]].concat());
    let run = runs(&results).next().unwrap();
    assert_eq!((number(run, "sent"), number(run, "received")), (200, 200), "{finished:?}");
    assert!(run.get("groups").is_none(), "one group is the run itself");
}

#[test]
fn groups_are_in_the_table_and_in_the_report() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(5);
    let mut command = crate::bench::program();
    command.args(["--headless", "benchmark", "--bootstrap-server", &served.bootstrap_servers, "--input"]);
    command.arg(bench.input()).arg("--work-dir").arg(bench.work("a"));
    command.args(["--groups", "2", "--producers", "2", "--images", "50", "--repeats", "1", "--linger-ms", "0"]);
    let run = finish(command.output().unwrap()).expect_code(0);
    assert!(run.stderr.contains("2 producers to 2 groups"), "{run:?}");
    assert!(run.stdout.contains("2 producers, 2 groups of 1 consumer"), "{run:?}");
    assert!(run.stdout.contains("each group by itself"), "{run:?}");
    let results = std::fs::read_dir(bench.work("a")).unwrap().map(|entry| entry.unwrap().path());
    let results = results.into_iter().find(|path| path.extension().is_some_and(|end| end == "json")).unwrap();
    let page = bench.work("a").join("report.html");
    let mut report = crate::bench::program();
    report.args(["--headless", "report"]).arg(&results).arg("--out").arg(&page);
    finish(report.output().unwrap()).expect_code(0);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("Consumer groups") && page.contains("2 producers, 2 groups of 1 consumer"));
    let row = std::fs::read_to_string(results.with_extension("csv")).unwrap();
    let mut csv = csv::Reader::from_reader(row.as_bytes());
    let header = csv.headers().unwrap().clone();
    let row = csv.records().next().unwrap().unwrap();
    let cell = |name: &str| row[header.iter().position(|column| column == name).unwrap()].to_owned();
    assert_eq!((cell("producers"), cell("groups"), cell("consumers")), ("2".into(), "2".into(), "1".into()));
    assert!(cell("slowest_group_p99_micros").parse::<u64>().unwrap() > 0);
}

#[test]
fn several_producers_stream_every_image_once() {
    let bench = Bench::new();
    bench.write_images(60);
    let run = bench.run("stream", "a", &["--producers", "3", "--consumers", "2"]).expect_code(0);
    assert_eq!((run.number("acknowledged"), run.number("saved")), (60, 60), "{run:?}");
    bench.assert_all_saved("a", 60);
    assert_eq!(bench.processed("a").len(), 60);
    let again = bench.run("produce", "a", &["--producers", "2", "--rate", "40", "--resend"]).expect_code(0);
    let seconds = again.report()["producer_s"].as_f64().unwrap();
    assert!(again.number("acknowledged") == 60 && seconds > 1.2, "{again:?}");
}

#[test]
fn a_pipeline_is_measured_with_several_producers() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(20);
    let short = ["--images", "100", "--repeats", "1", "--linger-ms", "0", "--mode", "pipeline"];
    let options = [&short[..], &["--producers", "3"]].concat();
    let (finished, results) = benchmark::run(&bench, &served.bootstrap_servers, &options);
    assert_eq!(finished.code, 0, "{finished:?}");
    let run = runs(&results).next().unwrap();
    assert_eq!((number(run, "sent"), number(run, "received")), (100, 100), "{run}");
    let (finished, _) = benchmark::run(&bench, &served.bootstrap_servers, &[&short[..], &["--groups", "2"]].concat());
    assert!(finished.code == 2 && finished.stderr.contains("one group saves the images"), "{finished:?}");
}
