//! A race (`--until-decided`) through the program and a broker.

use serde_json::Value;

use crate::bench::{Bench, finish, program, wait_until};
use crate::benchmark::{bench_topics, run};

const RACE: [&str; 4] = ["--until-decided", "--partitions", "1", "--linger-ms"];

fn race(bench: &Bench, servers: &str, options: &[&str]) -> Value {
    let all: Vec<&str> = RACE.iter().chain(options).copied().collect();
    let (finished, results) = run(bench, servers, &all);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    results
}

fn runs(results: &Value, index: usize) -> &Vec<Value> {
    results["configurations"][index]["runs"].as_array().unwrap()
}

#[test]
fn a_race_ends_with_a_choice_and_counts_every_record_of_each_slice() {
    let bench = Bench::new();
    let served = bench.serve();
    let servers = &served.bootstrap_servers;
    bench.write_images(20);
    let results =
        race(&bench, servers, &["0,400", "--rate", "50", "--duration", "0.6", "--warmup", "0", "--budget", "2"]);
    let course = &results["race"];
    assert_eq!((&course["goal"], &course["ended"]), (&"p99".into(), &"decided".into()), "{course}");
    assert!(course["slice_s"].is_null() && course["choice"] == 0, "{course}");
    assert!(course["elapsed_s"].as_f64().unwrap() < 120.0);

    let results = race(&bench, servers, &["0,1", "--budget", "0.25"]);
    let course = &results["race"];
    assert!(course["slice_s"].as_f64().unwrap() > 0.0 && course["cut_s"].as_f64().unwrap() > 0.0);
    assert!(course["expected_loss_percent"].as_f64().is_some() && course["choice"].as_u64().is_some(), "{course}");
    for index in 0..2 {
        let runs = runs(&results, index);
        assert!(runs.len() >= 2, "{course}");
        // One topic for all slices of a configuration, whose offsets continue.
        assert!(runs.iter().all(|run| run["topic"] == runs[0]["topic"]));
        for (before, after) in runs.iter().zip(&runs[1..]) {
            assert_eq!(before["partitions"][0]["end_offset"], after["partitions"][0]["start_offset"]);
        }
        for run in runs {
            assert_eq!(run["status"], "ok", "{run}");
            assert_eq!((&run["received"], &run["sent"]), (&run["acknowledged"], &run["acknowledged"]));
            assert_eq!(run["acknowledgement_latency"]["count"], run["acknowledged"]);
            assert!(run["producer"]["images_per_s"].as_f64().unwrap() > 0.0);
            assert!(
                run["remarks"].as_array().unwrap().iter().all(|remark| !remark.as_str().unwrap().contains("short"))
            );
        }
    }
    wait_until("the topics are deleted", || bench_topics(servers).is_empty());
}

#[test]
fn a_race_is_printed_with_properties_to_paste() {
    let bench = Bench::embedded();
    bench.write_images(20);
    let mut command = program();
    command.args([
        "--headless",
        "benchmark",
        "--data",
        "memory",
        "--until-decided",
        "--budget",
        "0.5",
        "--goal",
        "bytes",
    ]);
    command.args(["--linger-ms", "0,1", "--input"]).arg(bench.input()).arg("--work-dir").arg(bench.work("a"));
    let finished = finish(command.output().unwrap());
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(finished.stderr.contains("race of 2 configurations for bytes"), "{}", finished.stderr);
    for part in
        ["in the race", "may be lost against the best", "# the choice, for librdkafka", "# the choice, for Java"]
    {
        assert!(finished.stdout.contains(part), "{part}: {}", finished.stdout);
    }
}

#[test]
fn options_of_a_race_that_contradict_each_other_are_refused() {
    let bench = Bench::embedded();
    bench.write_images(1);
    for (options, named) in [
        (&["--budget", "1"][..], "--until-decided"),
        (&["--until-decided", "--goal", "p99"], "--rate"),
        (&["--until-decided", "--goal", "throughput", "--rate", "5"], "--goal throughput"),
        (&["--until-decided", "--goal", "throughput", "--replay-speed", "5"], "--goal throughput"),
        (&["--until-decided", "--repeats", "2"], "--repeats"),
        (&["--until-decided", "--goal", "speed"], "balanced"),
        (&["--until-decided", "--linger-ms", "1"], "2 to"),
        (&["--until-decided", "--budget", "0"], "--budget"),
        (&["--until-decided", "--find-max-rate", "--p99-ms", "5"], "--find-max-rate"),
        (&["--until-decided", "--ladder"], "--ladder"),
        (&["--until-decided", "--goal", "balanced", "--burst", "5/1"], "--goal balanced"),
        (&["--until-decided", "--goal", "balanced", "--backlog"], "--backlog"),
        (&["--until-decided", "--baseline", "before.json"], "--baseline"),
    ] {
        let (finished, _) = run(&bench, "127.0.0.1:1", options);
        assert_eq!(finished.code, 2, "{options:?}: {}", finished.stderr);
        assert!(finished.stderr.contains(named), "{options:?}: {}", finished.stderr);
    }
}
