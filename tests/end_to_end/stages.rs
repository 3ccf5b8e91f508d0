//! Where the time of the records goes: the stages add up, and a delay appears in its stage and no other.

use std::collections::BTreeMap;
use std::time::Duration;

use kafka_image_bench_core::model::record_stage::RecordStage;
use kafka_image_bench_core::report::waterfall::{Waterfall, waterfalls};
use kafka_image_bench_core::results::BenchmarkResults;

use crate::bench::{Bench, png};
use crate::benchmark::run;
use crate::kafka_proxy::{Delays, FETCH, PRODUCE, delayed};

fn measured(bench: &Bench, servers: &str, options: &[&str]) -> Vec<Waterfall> {
    let (finished, results) = run(bench, servers, options);
    let all = waterfalls(&serde_json::from_value::<BenchmarkResults>(results).unwrap());
    assert!(!all.is_empty(), "{finished:?}");
    for one in &all {
        let (sum, whole) = one.sum_and_whole_ms.unwrap();
        assert!((sum / whole - 1.0).abs() < 0.02, "{sum} of {whole}: {one:?}");
    }
    all
}

/// Medians, in milliseconds: a busy machine delays some records, but not most of them.
fn medians(one: &Waterfall) -> BTreeMap<RecordStage, f64> {
    one.figures().map(|figure| (figure.stage, figure.p50_ms)).collect()
}

/// Checks that `stage` takes longer by `by_ms`, and no other stage by more than `others_ms`.
#[track_caller]
fn assert_only(stage: RecordStage, by_ms: std::ops::Range<f64>, others_ms: f64, before: &Waterfall, after: &Waterfall) {
    let (before, after) = (medians(before), medians(after));
    for (&one, &now) in &after {
        let more = now - before[&one];
        let expected = if one == stage { by_ms.contains(&more) } else { more.abs() < others_ms };
        assert!(expected, "{one:?} takes {more} ms more: {before:?} {after:?}");
    }
}

const SLOWLY: [&str; 12] = [
    "--rate",
    "40",
    "--images",
    "80",
    "--warmup",
    "0.5",
    "--repeats",
    "1",
    "--linger-ms",
    "0",
    "--compression-type",
    "none",
];

#[test]
fn stages_add_up_to_the_end_to_end_latency() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(40);
    let servers = &served.bootstrap_servers;
    let fast = ["--images", "3000", "--repeats", "2", "--warmup", "0.2", "--linger-ms", "0,20"];
    let expected = [RecordStage::Client, RecordStage::WireOut, RecordStage::WireIn];
    for one in measured(&bench, servers, &[&fast[..], &["--consumers", "2"]].concat()) {
        assert!(one.steps.iter().map(|step| step.stage).eq(expected), "{one:?}");
        assert!(one.clock_bound_ms.is_some_and(|bound| bound < 500.0), "{one:?}");
    }
    let whole = ["--mode", "pipeline", "--duration", "3", "--rate", "60", "--repeats", "1"];
    for one in measured(&bench, servers, &whole) {
        assert_eq!((one.steps.len(), one.others.len()), (9, 2), "{one:?}");
    }
}

#[test]
fn without_the_time_of_appending_client_and_wire_are_one() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(10);
    let create_time = ["--sweep", "topic.message.timestamp.type=CreateTime"];
    let all = measured(&bench, &served.bootstrap_servers, &[&SLOWLY[..], &create_time].concat());
    assert!(all[0].steps.iter().map(|step| step.stage).eq([RecordStage::ClientAndWire]), "{all:?}");
    assert_eq!(all[0].clock_bound_ms, None);
}

#[test]
fn a_slow_network_of_the_producer_appears_before_the_record_is_appended() {
    let bench = Bench::embedded();
    let served = bench.serve();
    bench.write_images(10);
    let servers = &served.bootstrap_servers;
    let proxy = delayed(servers, Delays { request: Some((PRODUCE, Duration::from_millis(50))), ..Delays::default() });
    let (before, after) = (measured(&bench, servers, &SLOWLY), measured(&bench, &proxy, &SLOWLY));
    let acknowledge = medians(&after[0])[&RecordStage::Acknowledge];
    assert!((50.0..75.0).contains(&acknowledge), "{acknowledge}");
    let mut steps = after[0].clone();
    steps.others.clear();
    assert_only(RecordStage::WireOut, 45.0..70.0, 10.0, &before[0], &steps);
}

#[test]
fn a_slow_fetch_appears_after_the_record_is_appended() {
    let bench = Bench::embedded();
    let served = bench.serve();
    bench.write_images(10);
    let servers = &served.bootstrap_servers;
    let proxy = delayed(servers, Delays { response: Some((FETCH, Duration::from_millis(20))), ..Delays::default() });
    let (before, after) = (measured(&bench, servers, &SLOWLY), measured(&bench, &proxy, &SLOWLY));
    // A record that comes while a response is on its way waits for the next one.
    assert_only(RecordStage::WireIn, 18.0..45.0, 12.0, &before[0], &after[0]);
}

#[test]
fn compression_appears_in_the_client() {
    let bench = Bench::embedded();
    let served = bench.serve();
    for number in 0..3 {
        std::fs::write(bench.input().join(format!("large-{number}.png")), png(number, 600)).unwrap();
    }
    // Slowly enough that the client never compresses while it could read a response.
    let options = "--rate 2 --images 8 --warmup 0.6 --repeats 1 --linger-ms 0 --compression-type none,gzip";
    let options: Vec<&str> = options.split(' ').chain(["-X", "compression.level=9"]).collect();
    let all = measured(&bench, &served.bootstrap_servers, &options);
    let [none, gzip] = &all[..] else { panic!("{all:?}") };
    let more = medians(gzip)[&RecordStage::Client] - medians(none)[&RecordStage::Client];
    // While a client compresses it reads no responses, so that acknowledgements take longer too.
    let mut steps = gzip.clone();
    steps.others.clear();
    // The consumer's client decompresses before it hands the record over, many times faster.
    assert_only(RecordStage::Client, 20.0..5_000.0, (0.5 * more).max(15.0), none, &steps);
}

#[test]
fn the_stages_are_printed_and_kept() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(10);
    let mut command = crate::bench::program();
    command.args(["--headless", "benchmark", "--stages", "--bootstrap-server", &served.bootstrap_servers, "--input"]);
    command.arg(bench.input()).arg("--work-dir").arg(bench.work("a")).args(SLOWLY);
    let printed = crate::bench::finish(command.output().unwrap()).stdout;
    assert!(printed.contains("Where the time goes, ") && printed.contains("appended to received"), "{printed}");
    let files = crate::benchmark::result_files(&bench);
    let again = crate::benchmark::command(&["report", "--stages", files[0].to_str().unwrap()]).expect_code(0);
    let waterfall = printed.split("Where the time goes, ").nth(1).and_then(|rest| rest.split("Best ").next()).unwrap();
    assert!(again.stdout.contains(waterfall.split("\n\n").next().unwrap()), "{again:?} {printed}");
}

#[test]
fn a_stream_reports_its_stages() {
    let bench = Bench::new();
    bench.write_images(30);
    let report = bench.run("stream", "a", &[]).report();
    let stages = report["stages"].as_array().unwrap();
    let names: Vec<&str> = stages.iter().map(|one| one["stage"].as_str().unwrap()).collect();
    let expected = ["read", "encode", "client_and_wire", "queue", "decode", "write", "durable", "acknowledge"];
    assert_eq!(names, expected, "{report}");
    assert!(stages.iter().all(|one| one["latency"]["count"] == 30), "{report}");
}
