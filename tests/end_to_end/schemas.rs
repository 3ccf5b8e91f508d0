//! What each command prints as JSON is what its schema in `docs/reference/schemas/` says.

use std::path::Path;

use serde_json::Value;

use crate::bench::{Bench, Process, finish, program};

#[path = "../../examples/cli_docs/schemas/mod.rs"]
mod definitions;

/// `run NAME arguments…` prints one object, or one a line.
fn check(name: &str, command: &mut std::process::Command, lines: bool) -> String {
    let printed = finish(command.output().unwrap()).expect_code(0).stdout;
    let objects: Vec<&str> = if lines { printed.lines().collect() } else { vec![&printed] };
    assert!(!objects.is_empty(), "{name} prints nothing");
    for object in objects {
        check_text(name, object);
    }
    printed
}

fn check_text(name: &str, text: &str) {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"));
    if let Err(difference) = definitions::named(name).unwrap().check(&value) {
        panic!("{name} differs from its schema: {difference}\n{text}");
    }
}

fn json(arguments: &[&str]) -> std::process::Command {
    let mut command = program();
    command.args(["--headless", "--output-format", "json"]).args(arguments);
    command
}

#[test]
fn the_schemas_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/schemas");
    for output in definitions::OUTPUTS {
        let path = folder.join(format!("{}.json", output.name));
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == output.text(), "{} is out of date; `just cli-docs` renews it", path.display());
    }
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        definitions::OUTPUTS.len(),
        "files in {}",
        folder.display()
    );
}

#[test]
fn what_differs_is_found() {
    let check = |value: Value| definitions::named("broker").unwrap().check(&value).is_ok();
    assert!(check(serde_json::json!({"kind": "embedded", "bootstrap_servers": "a:1"})));
    assert!(!check(serde_json::json!({"kind": "embedded"})));
    assert!(!check(serde_json::json!({"kind": "other", "bootstrap_servers": "a:1"})));
    assert!(!check(serde_json::json!({"kind": "embedded", "bootstrap_servers": "a:1", "more": 1})));
    let lag = serde_json::json!({"at": "", "group": "", "partitions": [], "total_lag": 0});
    assert!(definitions::named("lag").unwrap().check(&lag).is_err(), "fields that can be null are missing");
}

#[test]
fn runs_and_readings_have_schemas() {
    let bench = Bench::embedded();
    bench.write_images(3);
    std::fs::write(bench.input().join("boxes.json"), boxes()).unwrap();
    let served = bench.serve_embedded("127.0.0.1:0");
    let broker = ["--bootstrap-server", &served.bootstrap_servers, "--topic", &bench.topic];
    let labels = format!("coco:{}", bench.input().join("boxes.json").display());
    let stream = |options: &[&str]| {
        let mut command = json(&["stream"]);
        command.args(broker).args(["--labels", &labels, "--group", &bench.group]).args(options);
        command.arg("--input").arg(bench.input()).arg("--work-dir").arg(bench.work("a"));
        command
    };
    check("dry-run", &mut stream(&["--dry-run"]), false);
    let results = bench.folder.path().join("results.json");
    let printed = check("stream", stream(&[]).arg("--results").arg(&results), false);
    let kept = std::fs::read_to_string(&results).unwrap();
    check_text("kept-stream", &kept);
    let (printed, kept): (Value, Value) =
        (serde_json::from_str(&printed).unwrap(), serde_json::from_str(&kept).unwrap());
    let mut more = printed.clone();
    more["more"] = 1.into();
    assert!(definitions::named("stream").unwrap().check(&more).is_err(), "a field that the schema does not have");
    for (name, figure) in kept["figures"].as_object().unwrap() {
        assert_eq!(&printed[name], figure, "{name}");
    }
    check("lag", json(&["lag", "--once"]).args(broker).args(["--group", &bench.group]), true);
    let mut reset = json(&["reset-offsets", "--to", "first", "--dry-run"]);
    check("reset-offsets", reset.args(broker).args(["--group", &bench.group]), true);
    let checked = check("check", json(&["check"]).args(broker), false);
    assert!(checked.contains("\"connected\": true") && checked.contains("reading is allowed"), "{checked}");
    let failed = finish(json(&["check", "--bootstrap-server", "127.0.0.1:1"]).output().unwrap()).expect_code(1);
    check_text("check", &failed.stdout);
    assert!(
        failed.stdout.contains("\"connected\": false") && failed.stderr.contains("Nothing is listening"),
        "{failed:?}"
    );
    bench.send(&served.bootstrap_servers, &[crate::bench::Record { value: Some(b"damaged"), ..Default::default() }]);
    let browsed = check("browse", json(&["browse", "--from", "beginning"]).args(broker), true);
    assert!(browsed.contains("\"bbox\"") && browsed.contains("\"damage\":\""), "{browsed}");
    let mut consume = json(&["consume", "--count", "1"]);
    consume.args(broker).args(["--group", &bench.group]).arg("--work-dir").arg(bench.work("a"));
    check_text("stream", &finish(consume.output().unwrap()).expect_code(1).stdout);
    let redriven = check("redrive", json(&["redrive", "--from"]).arg(bench.work("a")).args(&broker[..2]), false);
    assert!(redriven.contains("\"sent\": 1"), "{redriven}");
    let set = bench.folder.path().join("set");
    let exported =
        check("export", json(&["export", "--to", "voc"]).arg(&set).arg("--work-dir").arg(bench.work("a")), false);
    assert!(exported.contains("\"lost\"") && set.join("Annotations").is_dir(), "{exported}");
    let mut refused = json(&["consume"]);
    refused.args(["--bootstrap-server", "127.0.0.1:1", "--broker-timeout", "0.5"]);
    refused.arg("--work-dir").arg(bench.work("b"));
    let refused = finish(refused.output().unwrap()).expect_code(1);
    check_text("stream", &refused.stdout);
}

#[test]
fn a_run_that_never_begins_is_printed_as_its_command_says() {
    let bench = Bench::embedded();
    bench.write_images(1);
    let no_folder = bench.folder.path().join("a file");
    std::fs::write(&no_folder, "").unwrap();
    let (input, work) = (bench.input(), bench.folder.path().join("w"));
    std::fs::create_dir(&work).unwrap();
    for (name, options) in [
        ("stream", &["--input", "--work-dir"][..]),
        ("benchmark", &["--input", "--work-dir"]),
        ("redrive", &["--from"]),
    ] {
        let mut command = json(&[name]);
        command.arg("--data").arg(&no_folder);
        for (option, folder) in options.iter().zip(if name == "redrive" { [&work, &work] } else { [&input, &work] }) {
            command.arg(option).arg(folder);
        }
        let run = finish(command.output().unwrap()).expect_code(1);
        assert!(run.stdout.contains("\"reason\": \"the embedded broker does not start"), "{run:?}");
        check_text(name, &run.stdout);
        if name == "benchmark" {
            let file = bench.folder.path().join("printed.json");
            std::fs::write(&file, &run.stdout).unwrap();
            let refused = finish(json(&["recommend"]).arg(file).output().unwrap()).expect_code(2);
            assert!(refused.stderr.contains("ended before its first run"), "{refused:?}");
        }
    }
}

fn boxes() -> String {
    let image = serde_json::json!({"id": 1, "file_name": crate::bench::image_name(0), "width": 8, "height": 8});
    let annotation = serde_json::json!({"id": 1, "image_id": 1, "category_id": 1, "bbox": [1.0, 2.0, 3.0, 4.0]});
    let categories = serde_json::json!([{"id": 1, "name": "boat"}]);
    serde_json::json!({"images": [image], "annotations": [annotation], "categories": categories}).to_string()
}

#[test]
fn benchmarks_and_what_reads_them_have_schemas() {
    let bench = Bench::embedded();
    bench.write_images(3);
    let benchmark = |options: &[&str]| {
        let mut command = json(&["benchmark", "--data", "memory", "--images", "20", "--warmup", "0", "--repeats", "2"]);
        command
            .args(["--linger-ms", "0,5", "--partitions", "1", "--sweep", "consumer.fetch.min.bytes=1"])
            .args(options);
        command.arg("--input").arg(bench.input()).arg("--work-dir").arg(bench.work("a"));
        command
    };
    check("dry-run", &mut benchmark(&["--dry-run"]), false);
    let printed = check("benchmark", &mut benchmark(&[]), false);
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let file = printed["files"]["details_json"].as_str().unwrap();
    check_text("results", &std::fs::read_to_string(file).unwrap());
    let ladder = ["--ladder", "--ladder-top", "1500", "--p99-ms", "0.001"];
    let mut climbed =
        json(&["benchmark", "--data", "memory", "--warmup", "0", "--duration", "0.1", "--linger-ms", "0"]);
    climbed.args(ladder).arg("--input").arg(bench.input()).arg("--work-dir").arg(bench.work("a"));
    check(
        "dry-run",
        json(&["benchmark", "--data", "memory", "--dry-run", "--input"]).arg(bench.input()).args(ladder),
        false,
    );
    let climbed = check("benchmark", &mut climbed, false);
    assert!(climbed.contains("\"latency_above_limit\"") && climbed.contains("-ladder.csv"), "{climbed}");
    let mut shaped = json(&["benchmark", "--data", "memory", "--warmup", "0", "--images", "20", "--burst", "10/0.1"]);
    shaped.args(["--repeats", "1", "--linger-ms", "0"]);
    shaped.arg("--input").arg(bench.input()).arg("--work-dir").arg(bench.work("a"));
    assert!(check("benchmark", &mut shaped, false).contains("\"period_s\": 0.1"));
    check("dry-run", shaped.arg("--dry-run"), false);
    let mut replayed = json(&["benchmark", "--data", "memory", "--warmup", "0", "--replay-speed", "1000"]);
    replayed.args(["--replay-max-pause", "0.1", "--repeats", "1", "--linger-ms", "0"]);
    replayed.arg("--input").arg(bench.input()).arg("--work-dir").arg(bench.work("a"));
    assert!(check("benchmark", &mut replayed, false).contains("\"by_file_time\": "));
    check("dry-run", replayed.arg("--dry-run"), false);
    check("compare", &mut json(&["compare", file, file]), false);
    check("recommend", &mut json(&["recommend", file]), false);
    std::fs::copy(file, bench.folder.path().join("kept.json")).unwrap();
    check("runs", json(&["runs", "--runs-folder"]).arg(bench.folder.path()), false);
    let page = bench.folder.path().join("page.html");
    check("report", json(&["report", file, "--out"]).arg(page), false);
}

#[test]
fn samples_and_the_broker_have_schemas() {
    let folder = tempfile::tempdir().unwrap();
    check("samples", json(&["samples", "--count", "2"]).arg(folder.path().join("s")), false);
    let mut broker = Process::start(json(&["broker", "--listen", "127.0.0.1:0", "--data", "memory"]));
    check_text("broker", &broker.wait_for_line(|line| line.starts_with('{')));
}
