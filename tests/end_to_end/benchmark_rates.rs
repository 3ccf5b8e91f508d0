//! Rates of a benchmark: searches, ladders, and loads that change.

use serde_json::Value;

use crate::bench::Bench;
use crate::benchmark::{assert_accounted, number, run, runs};

#[test]
fn the_highest_rate_within_a_latency_is_found() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(40);
    let options = ["--find-max-rate", "--p99-ms", "0.001", "--duration", "0.2", "--warmup", "0", "--encoding", "raw"];
    let (finished, results) = run(&bench, &served.bootstrap_servers, &options);
    assert_eq!(finished.code, 0, "{finished:?}");
    assert_eq!(results["configurations"][0]["max_rate_images_per_s"], 0.0, "no rate holds a microsecond");
    let options = ["--find-max-rate", "--p99-ms", "60000", "--duration", "0.2", "--warmup", "0", "--encoding", "raw"];
    let (finished, results) = run(&bench, &served.bootstrap_servers, &options);
    assert_eq!(finished.code, 0, "{finished:?}");
    let one = &results["configurations"][0];
    let rates: Vec<f64> =
        one["runs"].as_array().unwrap().iter().map(|run| run["producer"]["images_per_s"].as_f64().unwrap()).collect();
    assert!(rates.len() >= 2, "one run proves little: {rates:?}");
    let slowest = rates.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(one["max_rate_images_per_s"], slowest, "full speed holds a minute");
}

#[test]
fn a_ladder_shows_latency_and_loss_against_rate() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(40);
    let options = ["--ladder", "--ladder-top", "2000", "--p99-ms", "60000", "--duration", "0.2", "--warmup", "0"];
    let (finished, results) = run(&bench, &served.bootstrap_servers, &[&options[..], &["--encoding", "raw"]].concat());
    assert_eq!(finished.code, 0, "{finished:?}");
    assert_eq!(results["method"]["ladder"]["top_images_per_s"], 2_000.0);
    let one = &results["configurations"][0];
    let steps = one["ladder"].as_array().unwrap();
    let rates: Vec<f64> = steps.iter().map(|step| number(step, "rate_images_per_s")).collect();
    assert!(rates[0] == 200.0 && rates.is_sorted() && rates.iter().all(|rate| *rate <= 2_000.0), "{rates:?}");
    // A busy machine may not hold all of them: the climb ends at the first that does not.
    let held: Vec<&Value> = steps.iter().take_while(|step| step["outcome"] == "held").collect();
    assert!(!held.is_empty(), "{steps:?}");
    for step in &held {
        assert!(number(step, "achieved_images_per_s") >= 0.995 * number(step, "rate_images_per_s"), "{step}");
        assert!(step["latencies"].as_u64().unwrap() >= 499 && step["lost"] == 0, "{step}");
        let at = |name: &str| step[name].as_u64().unwrap();
        assert!(0 < at("p50_micros") && at("p50_micros") <= at("p99_micros") && at("p99_micros") <= at("p999_micros"));
    }
    assert_eq!(one["max_rate_images_per_s"], held.last().unwrap()["rate_images_per_s"]);
    runs(&results).into_iter().for_each(assert_accounted);
    let printed: Value = serde_json::from_str(&finished.stdout).unwrap();
    let mut csv = csv::Reader::from_path(printed["files"]["ladder_csv"].as_str().unwrap()).unwrap();
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    let column: Vec<f64> = rows.iter().map(|row| row[2].parse().unwrap()).collect();
    assert_eq!(column, rates);
}

#[test]
fn a_load_that_changes_is_kept_and_latency_runs_from_its_schedule() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(10);
    // 1 s from 100 to 300 images/s, then half a second at 300: 200 + 150.
    let options = ["--ramp", "100..300/1", "--duration", "1.5", "--repeats", "1", "--warmup", "0", "--linger-ms", "0"];
    let (finished, results) = run(&bench, &served.bootstrap_servers, &options);
    finished.expect_code(0);
    let one = runs(&results)[0];
    assert_accounted(one);
    assert_eq!(one["sent"], 350, "whatever the machine does, all that is due is sent");
    assert!(one["rate_images_per_s"].is_null() && number(&one["producer"], "elapsed_s") > 1.45);
    assert_eq!(results["method"]["load_shape"]["ramp"]["to_images_per_s"], 300.0);
    // The whole burst is due at once, in the pipeline too: the last of it waits for all the others.
    for mode in ["transport", "pipeline"] {
        let options = ["--burst", "200/60", "--images", "200", "--repeats", "1", "--warmup", "0", "--linger-ms", "0"];
        let options = [&options[..], &["--mode", mode]].concat();
        let (finished, results) = run(&bench, &served.bootstrap_servers, &options);
        finished.expect_code(0);
        let one = runs(&results)[0];
        assert_eq!(one["sent"], 200);
        let elapsed_micros = 1e6 * number(&one["producer"], "elapsed_s");
        let longest_micros = number(&one["acknowledgement_latency"], "max_micros");
        assert!(longest_micros > 0.9 * elapsed_micros, "{mode}: {longest_micros} of {elapsed_micros}");
    }
}

#[test]
fn a_rate_that_cannot_be_held_is_said_and_the_exit_code() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(40);
    // Enough that they are acknowledged one batch after the other: where all are at once, nothing shows that they are late.
    let options = ["--rate", "1000000", "--images", "20000", "--repeats", "1", "--warmup", "0"];
    let (finished, results) = run(&bench, &served.bootstrap_servers, &options);
    assert_eq!(finished.code, 1, "{finished:?}");
    assert!(finished.stdout.contains("of 1000000 images/s"), "{finished:?}");
    let remarks = results["configurations"][0]["runs"][0]["remarks"].to_string();
    assert!(remarks.contains("rate not held"), "{remarks}");
    let options = ["--rate", "100", "--images", "60", "--repeats", "1", "--warmup", "0"];
    // A busy machine may not hold even that: the exit code and the remark agree.
    let (finished, results) = run(&bench, &served.bootstrap_servers, &options);
    let is_held = |one: &&Value| !one["remarks"].to_string().contains("rate not held");
    finished.expect_code(i32::from(!runs(&results).iter().all(is_held)));
}
