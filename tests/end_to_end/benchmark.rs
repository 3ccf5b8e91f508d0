use std::fs;
use std::path::{Path, PathBuf};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use serde_json::Value;

use crate::bench::{Bench, Finished, PATIENCE, Process, finish, program, wait_until};

/// The program's `benchmark` against a served broker; results go to the work folder `a`.
fn benchmark(bench: &Bench, servers: &str, options: &[&str]) -> std::process::Command {
    let mut command = program();
    command.args(["--headless", "--output-format", "json", "benchmark", "--bootstrap-server", servers, "--input"]);
    command.arg(bench.input()).arg("--work-dir").arg(bench.work("a")).args(options);
    command
}

pub fn run(bench: &Bench, servers: &str, options: &[&str]) -> (Finished, Value) {
    let finished = finish(benchmark(bench, servers, options).output().unwrap());
    let results = serde_json::from_str::<Value>(&finished.stdout).map(|all| all["results"].clone()).unwrap_or_default();
    (finished, results)
}

pub fn runs(results: &Value) -> Vec<&Value> {
    let configurations = results["configurations"].as_array().unwrap();
    configurations.iter().flat_map(|one| one["runs"].as_array().unwrap()).collect()
}

pub fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// Checks what must hold for every successful run.
pub fn assert_accounted(run: &Value) {
    assert_eq!(run["status"], "ok", "{run}");
    let of = |name: &str| run[name].as_u64().unwrap();
    assert!(of("sent") > 0);
    assert_eq!(of("sent"), of("acknowledged") + of("failed"));
    assert_eq!((of("received"), of("missing"), of("failed")), (of("acknowledged"), 0, 0));
    let stored: i64 = run["partitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["end_offset"].as_i64().unwrap() - part["start_offset"].as_i64().unwrap())
        .sum();
    assert_eq!(stored as u64, of("acknowledged"));
    let seconds = run["seconds"].as_array().unwrap();
    let sum = |name: &str| seconds.iter().map(|second| second[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("sent"), sum("acknowledged"), sum("received")), (of("sent"), of("sent"), of("sent")));
    let latency = &run["acknowledgement_latency"];
    assert_eq!(latency["count"].as_u64().unwrap(), of("acknowledged"));
    assert!(number(latency, "p50_micros") <= number(latency, "p99_micros"));
    assert!(latency["histogram_v2"].as_str().unwrap().starts_with("HISTFAAA"));
    let producer = &run["producer"];
    let rate = of("acknowledged") as f64 / number(producer, "elapsed_s");
    assert!((number(producer, "images_per_s") / rate - 1.0).abs() < 1e-6);
    assert!(number(run, "batch_bytes_mean") > 0.0 && number(run, "batch_records_mean") >= 1.0);
    // Processor time is counted in hundredths of a second.
    assert!(number(run, "peak_memory_bytes") > 1e6);
    assert!(number(run, "cpu_s") > 0.0 || number(producer, "elapsed_s") < 0.3);
    assert!(run["producer_configuration"].as_object().unwrap().len() > 15);
}

pub fn bench_topics(servers: &str) -> Vec<String> {
    let client: BaseConsumer = ClientConfig::new().set("bootstrap.servers", servers).create().unwrap();
    let metadata = client.fetch_metadata(None, PATIENCE).unwrap();
    metadata.topics().iter().map(|topic| topic.name().to_owned()).filter(|name| name.contains("kib-bench")).collect()
}

#[test]
fn every_record_of_every_run_is_accounted_for() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(40);
    let lists = ["--encoding", "json,raw", "--compression-type", "none,zstd"];
    let options = [&lists[..], &["--repeats", "2", "--duration", "0.5", "--warmup", "0.2"]].concat();
    let (finished, results) = run(&bench, &served.bootstrap_servers, &options);
    assert_eq!(finished.code, 0, "{finished:?}");
    assert_eq!((results["is_complete"].as_bool(), results["schema_version"].as_u64()), (Some(true), Some(1)));
    let all = runs(&results);
    assert_eq!(all.len(), 8);
    all.iter().for_each(|run| assert_accounted(run));
    let mut orders: Vec<u64> = all.iter().map(|run| run["order"].as_u64().unwrap()).collect();
    orders.sort_unstable();
    assert_eq!(orders, (1..=8).collect::<Vec<_>>());
    results["configurations"].as_array().unwrap().iter().for_each(assert_wire_bytes_and_merged_latency);

    assert_performance_table(&bench.work("a").join("kafka_performance_results.csv"));
    let files = result_files(&bench);
    assert_eq!(files.len(), 1);
    let kept: Value = serde_json::from_slice(&fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(kept, results);
    let details = fs::read_to_string(files[0].with_extension("csv")).unwrap();
    assert_eq!(csv::Reader::from_reader(details.as_bytes()).records().count(), 8);
    wait_until("the topics are deleted", || bench_topics(&served.bootstrap_servers).is_empty());

    assert_verdicts(&files[0], &kept);
}

/// Checks a configuration of small images: what its runs put on the wire, and its latencies.
fn assert_wire_bytes_and_merged_latency(one: &Value) {
    let wire = |run: &Value| {
        let producer = &run["producer"];
        number(producer, "wire_mb_per_s") / number(producer, "payload_mb_per_s")
    };
    let configuration = &one["configuration"];
    let is_json = configuration["encoding"] == "json";
    let runs = one["runs"].as_array().unwrap();
    for run in runs {
        if !is_json {
            // Two counts of the same bytes: ours at the acknowledgement, the client's when it sends.
            let seconds = run["seconds"].as_array().unwrap();
            let ours: u64 = seconds.iter().map(|second| second["acknowledged_bytes"].as_u64().unwrap()).sum();
            assert_eq!(run["client_value_bytes"].as_u64(), Some(ours));
        }
        // Base64 adds a third; headers and the protocol add more for these small images.
        if configuration["compression_type"] == "none" {
            // On the broker's disk are the records as they were sent, with their headers.
            let (log, values) = (number(run, "log_bytes"), number(run, "client_value_bytes"));
            assert!(log > values && log < 1.2 * values + 500.0 * number(run, "acknowledged"), "{log} {values}");
            assert!(wire(run) > if is_json { 1.33 } else { 1.0 }, "{}", wire(run));
            assert!(run["compression_ratio"].is_null());
        } else if is_json {
            assert!(number(run, "compression_ratio") > 1.05, "{run}");
        }
        let mut remarks = run["remarks"].as_array().unwrap().iter();
        assert!(remarks.any(|remark| remark.as_str().unwrap().starts_with("short")));
    }
    let count = |latencies: &Value| latencies["end_to_end_latency"]["count"].as_u64().unwrap();
    assert_eq!(count(one), runs.iter().map(count).sum::<u64>());
}

/// Checks the table of four configurations.
fn assert_performance_table(file: &Path) {
    let text = fs::read_to_string(file).unwrap();
    let heading = "Batch Size,Linger (ms),Compression,Num Partitions,Producer Throughput (msg/sec),Consumer Throughput \
                   (msg/sec),Producer Latency (sec/msg),Consumer Latency (sec/msg),Consumer Lag,Partition Distribution";
    assert_eq!(text.lines().next().unwrap(), heading);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 4);
    for row in &rows {
        let (rate, latency): (f64, f64) = (row[4].parse().unwrap(), row[6].parse().unwrap());
        assert!((rate * latency - 1.0).abs() < 0.1, "{row:?}");
        assert!(
            row[9].starts_with("{'kib-bench-") && row[9].ends_with('}') && row[9].matches(": ").count() == 4,
            "{row:?}"
        );
    }
}

/// Checks `compare` and `recommend` on the results in `file`, and on copies in which one side is much faster or slower.
fn assert_verdicts(file: &Path, results: &Value) {
    let write = |name: &str, results: &Value| {
        let copy = file.with_file_name(name);
        fs::write(&copy, results.to_string()).unwrap();
        copy.to_str().unwrap().to_owned()
    };
    let scale = |run: &mut Value, factor: f64| {
        let rate = number(&run["producer"], "images_per_s");
        run["producer"]["images_per_s"] = (rate * factor).into();
    };
    let file = file.to_str().unwrap();
    let compared = command(&["compare", file, file, "--threshold", "throughput=-1%,p99=+1%"]).expect_code(0);
    assert!(!compared.stdout.contains("slower by") && !compared.stdout.contains("faster by"), "{compared:?}");
    assert!(compared.stdout.contains("both are the same benchmark"), "{compared:?}");
    let recommended = command(&["recommend", file, "--for", "java"]).expect_code(0);
    assert!(recommended.stdout.contains(" for throughput: "), "{recommended:?}");
    let mut decided = results.clone();
    decided["configurations"][0]["runs"].as_array_mut().unwrap().iter_mut().for_each(|run| scale(run, 1e4));
    let recommended = command(&["recommend", &write("decided.json", &decided), "--for", "java"]).expect_code(0);
    assert!(recommended.stdout.contains("Best for throughput: "), "{recommended:?}");
    assert!(recommended.stdout.contains("max.request.size="), "{recommended:?}");

    // A slower candidate misses the threshold.
    let mut slower = results.clone();
    for one in slower["configurations"].as_array_mut().unwrap() {
        one["runs"].as_array_mut().unwrap().iter_mut().for_each(|run| scale(run, 1e-4));
    }
    let candidate = write("slower.json", &slower);
    let missed = command(&["compare", file, &candidate, "--threshold", "throughput=-50%"]).expect_code(3);
    assert!(missed.stderr.contains("threshold missed") && missed.stderr.contains("-100.0 %"), "{missed:?}");
}

pub fn command(arguments: &[&str]) -> Finished {
    finish(program().arg("--headless").args(arguments).output().unwrap())
}

pub fn result_files(bench: &Bench) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(bench.work("a")) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

#[test]
fn a_fixed_rate_a_backlog_and_the_whole_pipeline_are_measured() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(40);
    let servers = &served.bootstrap_servers;
    let (finished, results) =
        run(&bench, servers, &["--acks", "all,1,0", "--rate", "200", "--images", "100", "--repeats", "1"]);
    // A busy machine may not hold the rate: then the exit code reports it.
    let is_held = |one: &&Value| !one["remarks"].to_string().contains("rate not held");
    assert_eq!(finished.code, i32::from(!runs(&results).iter().all(is_held)), "{finished:?}");
    for one in runs(&results).into_iter().filter(is_held) {
        assert_accounted(one);
        let rate = number(&one["producer"], "images_per_s");
        assert!(one["sent"] == 100 && rate > 150.0 && rate < 220.0, "{rate}");
    }

    let (finished, results) =
        run(&bench, servers, &["--backlog", "--images", "500", "--repeats", "1", "--consumers", "2"]);
    assert_eq!(finished.code, 0, "{finished:?}");
    for one in runs(&results) {
        assert_accounted(one);
        assert_eq!(one["lag_at_last_acknowledgement"], 500, "all waits when the last is acknowledged");
        assert_eq!(one["end_to_end_latency"]["count"], 0);
        assert!(number(one, "drain_s") > 0.0);
    }

    let options = ["--mode", "pipeline", "--images", "100", "--repeats", "1", "--encoding", "json,raw"];
    let (finished, results) = run(&bench, servers, &options);
    assert_eq!(finished.code, 0, "{finished:?}");
    for one in runs(&results) {
        assert_accounted(one);
        assert_eq!(one["sent"], 100, "40 images, lap after lap");
    }
    // The files that the pipeline wrote are deleted.
    assert!(!bench.work("a").join("output_images").exists());
    let left: Vec<_> = fs::read_dir(bench.work("a").join(".kafka-image-bench")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn properties_of_clients_and_topics_are_varied() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(10);
    let servers = &served.bootstrap_servers;
    let short = ["--images", "50", "--repeats", "1", "--warmup", "0", "--linger-ms", "0"];
    let options = [&short[..], &["--sweep", "consumer.fetch.min.bytes=1,20000"]].concat();
    let (finished, results) = run(&bench, servers, &options);
    assert_eq!(finished.code, 0, "{finished:?}");
    let configurations = results["configurations"].as_array().unwrap();
    for (one, value) in configurations.iter().zip(["1", "20000"]) {
        let (configuration, run) = (&one["configuration"], &one["runs"][0]);
        assert_accounted(run);
        assert_eq!(configuration["name"], format!("1000000/0/none/consumer.fetch.min.bytes={value}"));
        assert_eq!(configuration["properties"]["consumer.fetch.min.bytes"], value);
        assert_eq!(run["consumer_configuration"]["fetch.min.bytes"], value);
    }
    let mut csv = csv::Reader::from_path(result_files(&bench)[0].with_extension("csv")).unwrap();
    assert_eq!(csv.headers().unwrap().iter().next_back(), Some("consumer.fetch.min.bytes"));

    // The broker has one replica of each partition: two cannot confirm a record. Kafka from 4.1 on asks for no more than exist.
    let with_two = if std::env::var_os("KIB_TEST_BOOTSTRAP").is_some() { "ok" } else { "failed" };
    let sweep = ["--sweep", "topic.min.insync.replicas=1,2", "--sweep", "producer.message.timeout.ms=2000"];
    let (_, results) = run(&bench, servers, &[&short[..], &sweep].concat());
    let statuses: Vec<&Value> = runs(&results).into_iter().map(|run| &run["status"]).collect();
    assert_eq!(statuses, ["ok", with_two]);
}

#[test]
fn what_the_client_refuses_is_said_before_anything_starts() {
    let bench = Bench::new();
    bench.write_images(1);
    let toml = bench.folder.path().join("bad.toml");
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/window/results.json");
    fs::write(&toml, "[[configuration]]\nname = \"mine\"\ncompression-type = \"zip\"\n").unwrap();
    for (options, word) in [
        (vec!["--compression-type", "none,zip"], "zip"),
        (vec!["--configurations", toml.to_str().unwrap()], "mine"),
        (vec!["--configurations", "/no/such.toml"], "such.toml"),
        (vec!["--threshold", "throughput=-5%"], "--baseline"),
        (vec!["--baseline", "/no/such.json"], "such.json"),
        (vec!["--baseline", fixture, "--batch-size", "777"], "none of the configurations"),
        (vec!["--find-max-rate"], "--p99-ms"),
        (vec!["--ramp", "10..60"], "10..500/60"),
        (vec!["--burst", "0/5"], "1 image or more"),
        (vec!["--ramp", "1..2/60"], "--duration 60"),
        (vec!["--ramp", "1..2/3", "--burst", "5/1"], "--burst"),
        (vec!["--ramp", "1..2/3", "--ladder"], "--ramp"),
        (vec!["--p99-ms", "5"], "--ladder"),
        (vec!["--ladder-top", "100"], "--ladder"),
        (vec!["--ladder", "--ladder-top", "0"], "--ladder-top"),
        (vec!["--ladder", "--rate", "5"], "--rate"),
        (vec!["--ladder", "--backlog"], "--backlog"),
        (vec!["--repeats", "0"], "--repeats"),
        (vec!["--encoding", "xml"], "xml"),
        (vec!["--sweep", "producer.linger.ms=1"], "--linger-ms"),
        (vec!["--sweep", "consumer.fetch.min.bites=1"], "fetch.min.bites"),
        (vec!["--sweep", "consumer.fetch.min.bytes=many"], "fetch.min.bytes=many"),
        (vec!["--sweep", "consumer.message.timeout.ms=5"], "consumer"),
        (vec!["--sweep", "topic.min.insync.replicas=none"], "min.insync.replicas"),
    ] {
        // Nothing listens there.
        let (finished, _) = run(&bench, "127.0.0.1:1", &options);
        assert_eq!(finished.code, 2, "{finished:?}");
        assert!(finished.stderr.contains(word), "{word}: {finished:?}");
    }
    assert!(!bench.work("a").exists());
}

#[cfg(unix)]
#[test]
fn what_was_finished_when_it_was_stopped_is_kept() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(10);
    let options = ["--preset", "encodings", "--repeats", "50", "--duration", "0.3", "--warmup", "0"];
    let process = Process::start(benchmark(&bench, &served.bootstrap_servers, &options));
    wait_until("a run is finished", || !result_files(&bench).is_empty());
    process.interrupt();
    let (code, printed) = process.wait();
    assert_eq!(code, 130, "{printed}");
    let results: Value = serde_json::from_slice(&fs::read(&result_files(&bench)[0]).unwrap()).unwrap();
    assert_eq!(results["is_complete"], false);
    assert!(!runs(&results).is_empty());
    runs(&results).iter().for_each(|run| assert_accounted(run));
    wait_until("the topics are deleted", || bench_topics(&served.bootstrap_servers).is_empty());
}
