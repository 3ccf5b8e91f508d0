use std::net::TcpListener;

use serde_json::Value;

use crate::bench::{Bench, Process, finish, program, wait_until};
use crate::scrape::{address, get, raw, request, scrape, try_scrape};

const SERVE: [&str; 2] = ["--metrics-listen", "127.0.0.1:0"];
const SERVE_TO_THE_END: [&str; 4] = ["--metrics-listen", "127.0.0.1:0", "--metrics-linger", "100"];

/// The JSON in what a process printed.
fn report(printed: &str) -> Value {
    let mut lines = printed.lines().skip_while(|line| *line != "{");
    let object: Vec<&str> = lines.by_ref().take_while(|line| *line != "}").collect();
    serde_json::from_str(&format!("{}}}", object.join("\n"))).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

#[test]
fn final_figures_are_those_that_are_printed() {
    let bench = Bench::new();
    bench.write_images(60);
    std::fs::write(bench.input().join("broken.png"), "no image").unwrap();
    let options = [&SERVE_TO_THE_END[..], &["--rate", "100"]].concat();
    let mut stream = Process::start(bench.command("stream", "a", &options));
    let address = address(&mut stream);
    let mut before = scrape(&address);
    wait_until("images are saved", || {
        let now = scrape(&address);
        now.assert_not_less_than(&before);
        before = now;
        before.has("kafka_image_bench_saved_images_total") && before.own("saved_images_total") >= 10.0
    });
    assert_eq!((before.own("broker_up"), before.own("run_state{state=\"running\"}")), (1.0, 1.0));
    stream.wait_for_line(|line| line == "}");
    let last = scrape(&address);
    last.assert_not_less_than(&before);
    // The scrape ends the wait.
    let (code, printed) = stream.wait();
    assert_eq!(code, 0, "{printed}");
    let report = report(&printed);
    for (name, printed) in [
        ("found_images_total", "found"),
        ("found_bytes_total", "found_bytes"),
        ("sent_images_total", "sent"),
        ("acknowledged_images_total", "acknowledged"),
        ("acknowledged_bytes_total", "acknowledged_bytes"),
        ("acknowledged_value_bytes_total", "acknowledged_value_bytes"),
        ("retried_images_total", "retried"),
        ("rejected_images_total", "rejected"),
        ("received_records_total", "received"),
        ("received_value_bytes_total", "received_value_bytes"),
        ("saved_images_total", "saved"),
        ("saved_bytes_total", "saved_bytes"),
        ("dead_letters_total", "dead_letters"),
        ("lost_records_total", "lost"),
    ] {
        assert_eq!(last.own(name), report[printed].as_f64().unwrap(), "{name}");
    }
    for (name, printed) in [
        ("acknowledgement_latency_seconds", "acknowledgement_latency"),
        ("received_latency_seconds", "received_latency"),
        ("saved_latency_seconds", "saved_latency"),
    ] {
        let count = report[printed]["count"].as_f64().unwrap();
        assert_eq!((last.own(&format!("{name}_count")), count), (60.0, 60.0), "{name}");
        // No more than all of them took as long as the longest.
        let longest_s = report[printed]["max_micros"].as_f64().unwrap() / 1e6;
        let sum_s = last.own(&format!("{name}_sum"));
        assert!(sum_s > 0.0 && sum_s <= 60.0 * longest_s * 1.001, "{name}: {sum_s} {longest_s}");
    }
    assert_eq!((last.own("sent_images_total"), last.own("sent_bytes_total")), (60.0, last.own("found_bytes_total")));
    // Read once more after the last commit.
    assert_eq!(last.sum("kafka_consumergroup_current_offset"), 60.0);
    assert_eq!(last.sum("kafka_consumergroup_lag"), 0.0);
    assert_eq!((last.own("in_flight_images"), last.own("lag_records")), (0.0, 0.0));
    assert_eq!((last.own("run_state{state=\"done\"}"), last.own("run_state{state=\"running\"}")), (1.0, 0.0));
    let run = last.labels("run_info").remove(0);
    let run_id = report["run_id"].as_str().unwrap();
    for label in [
        "command=\"stream\"",
        &format!("topic=\"{}\"", bench.topic),
        &format!("consumergroup=\"{}\"", bench.group),
        &format!("run_id=\"{run_id}\""),
    ] {
        assert!(run.contains(label), "{label}: {run}");
    }
}

#[test]
fn a_benchmark_counts_by_configuration_over_all_its_runs() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.write_images(10);
    for (mode, finished) in [("transport", "received_records_total"), ("pipeline", "saved_images_total")] {
        let mut command = program();
        command.args(["--headless", "--output-format", "json", "benchmark", "--bootstrap-server"]);
        command
            .arg(&served.bootstrap_servers)
            .arg("--input")
            .arg(bench.input())
            .arg("--work-dir")
            .arg(bench.work(mode));
        command.args(["--mode", mode, "--linger-ms", "0,5", "--images", "40", "--warmup", "0.1", "--repeats", "2"]);
        command.args(SERVE_TO_THE_END);
        let mut process = Process::start(command);
        let address = address(&mut process);
        let mut before = scrape(&address);
        wait_until("a run has ended", || {
            let now = scrape(&address);
            now.assert_not_less_than(&before);
            before = now;
            before.sum("kafka_image_bench_benchmark_runs_total") >= 1.0
        });
        process.wait_for_line(|line| line == "}");
        let last = scrape(&address);
        last.assert_not_less_than(&before);
        let (code, printed) = process.wait();
        assert_eq!(code, 0, "{printed}");
        let report = report(&printed);
        for one in report["results"]["configurations"].as_array().unwrap() {
            let runs = one["runs"].as_array().unwrap();
            let sum = |name: &str| runs.iter().map(|run| run[name].as_f64().unwrap()).sum::<f64>();
            let labels = format!("{{configuration=\"{}\"}}", one["configuration"]["name"].as_str().unwrap());
            assert_eq!(sum("acknowledged"), 80.0, "{printed}");
            assert_eq!(last.own(&format!("sent_images_total{labels}")), sum("sent"));
            assert_eq!(last.own(&format!("acknowledged_images_total{labels}")), sum("acknowledged"));
            assert_eq!(last.own(&format!("{finished}{labels}")), sum("received"));
            let retries = last.own(&format!("benchmark_request_retries_total{labels}"));
            assert_eq!(retries, sum("retries"));
            let latency = if mode == "pipeline" { "saved_latency" } else { "received_latency" };
            for (family, field) in
                [(latency, "end_to_end_latency"), ("acknowledgement_latency", "acknowledgement_latency")]
            {
                let count = last.own(&format!("{family}_seconds_count{labels}"));
                assert_eq!(count, one[field]["count"].as_f64().unwrap(), "{family}");
            }
            let with = |label: &str| format!("{},{label}}}", labels.trim_end_matches('}'));
            assert_eq!(last.own(&format!("benchmark_runs_total{}", with("status=\"ok\""))), 2.0);
            let p99_s = last.own(&format!("benchmark_end_to_end_latency_seconds{}", with("percentile=\"99\"")));
            assert_eq!((p99_s * 1e6).round(), one["end_to_end_latency"]["p99_micros"].as_f64().unwrap());
            let throughput = last.own(&format!("benchmark_throughput_images_per_second{labels}"));
            let rates: Vec<f64> = runs.iter().map(|run| run["producer"]["images_per_s"].as_f64().unwrap()).collect();
            assert!((throughput / (rates.iter().sum::<f64>() / 2.0) - 1.0).abs() < 1e-9, "{throughput} {rates:?}");
        }
    }
}

#[test]
fn lag_has_the_usual_names() {
    let bench = Bench::new();
    let _served = bench.serve();
    bench.write_images(30);
    bench.run("produce", "p", &[]).expect_code(0);
    bench.run("consume", "c", &["--count", "12"]).expect_code(0);
    let mut command = program();
    command.args(["--headless", "--output-format", "json", "lag", "--interval", "0.1"]).args(bench.broker_arguments());
    command.args(["--group", &bench.group, "--topic", &bench.topic]).args(SERVE);
    let mut lag = Process::start(command);
    let address = address(&mut lag);
    let line = lag.wait_for_line(|line| line.contains("total_lag"));
    let reading: Value = serde_json::from_str(&line).unwrap();
    // The first reading was noted before it was printed.
    let samples = scrape(&address);
    for (name, field) in [
        ("kafka_consumergroup_lag", "lag"),
        ("kafka_consumergroup_current_offset", "committed_offset"),
        ("kafka_topic_partition_current_offset", "end_offset"),
        ("kafka_topic_partition_oldest_offset", "log_start_offset"),
    ] {
        for one in reading["partitions"].as_array().unwrap() {
            let group =
                if name.contains("group") { format!("consumergroup=\"{}\",", bench.group) } else { String::new() };
            let partition = format!("topic=\"{}\",partition=\"{}\"", bench.topic, one["partition"]);
            let sample = format!("{name}{{{group}{partition}}}");
            // Unknown where the group has never committed.
            match one[field].as_f64() {
                Some(value) => assert_eq!(samples.of(&sample), value, "{sample}"),
                None => assert!(!samples.has(&sample), "{sample}"),
            }
        }
    }
    assert_eq!(samples.sum("kafka_consumergroup_lag"), reading["total_lag"].as_f64().unwrap());
    assert_eq!(samples.sum("kafka_topic_partition_current_offset"), 30.0);
    assert_eq!(samples.sum("kafka_consumergroup_current_offset"), 12.0);
    let page = get(&address, "/").body;
    assert!(page.contains("Consumer group by partition") && page.contains(&bench.topic), "{page}");
    // The history of the readings.
    wait_until("the chart", || get(&address, "/live").body.contains("Lag, records"));
}

#[test]
fn downtime_is_counted() {
    let bench = Bench::embedded();
    bench.write_images(20);
    let served = bench.serve_embedded("127.0.0.1:0");
    let servers = served.bootstrap_servers.clone();
    let mut command = program();
    command.args(["--headless", "stream", "--watch", "--bootstrap-server", &servers, "--topic", &bench.topic]);
    command.arg("--input").arg(bench.input()).arg("--work-dir").arg(bench.work("a")).args(SERVE);
    let mut stream = Process::start(command);
    let address = address(&mut stream);
    wait_until("all are saved", || bench.rows_so_far("a") == 20);
    let before = scrape(&address);
    assert_eq!((before.own("broker_up"), before.own("broker_downtimes_total")), (1.0, 0.0));
    served.kill();
    wait_until("the broker is down", || scrape(&address).own("broker_up") == 0.0);
    assert!(get(&address, "/").body.contains("The broker does not answer"));
    assert_eq!(get(&address, "/healthz").status, 200, "to restart the program would not help");
    let _served = bench.serve_embedded(&servers);
    wait_until("the broker is up", || scrape(&address).own("broker_up") == 1.0);
    let after = scrape(&address);
    assert_eq!(after.own("broker_downtimes_total"), 1.0);
    assert!(after.own("broker_downtime_seconds_total") > 0.0);
    assert_eq!(after.own("broker_downtime_seconds_total"), scrape(&address).own("broker_downtime_seconds_total"));
}

#[test]
fn the_server_answers_only_what_it_is_for() {
    let bench = Bench::embedded();
    let mut consume = Process::start(bench.command("consume", "a", &SERVE));
    let address = address(&mut consume);
    wait_until("the run has begun", || scrape(&address).has("kafka_image_bench_run_state{state=\"running\"}"));

    let page = get(&address, "/");
    assert!(page.status == 200 && page.headers.contains("text/html") && page.body.contains(&bench.topic), "{page:?}");
    assert!(page.headers.contains("content-security-policy: default-src 'none'"), "{page:?}");
    // Everything that the page loads comes from this server.
    assert!(page.body.contains("<script src=\"live.js\">") && !page.body.contains("src=\"http"), "{page:?}");
    let content = get(&address, "/live").body;
    assert!(content.starts_with("<h1>") && !content.contains("<html"), "{content}");
    assert!(get(&address, "/live.js").headers.contains("text/javascript"));
    assert_eq!(get(&address, "/healthz").body, "ok\n");
    let head = request(&address, "HEAD", "/metrics", &address).unwrap();
    assert!(head.status == 200 && head.body.is_empty() && !head.headers.contains("content-length: 0"), "{head:?}");

    for path in ["/nothing", "/../etc/passwd", "/metrics/"] {
        assert_eq!(get(&address, path).status, 404, "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let refused = request(&address, method, "/metrics", &address).unwrap();
        assert!(refused.status == 405 && refused.headers.contains("allow: get, head"), "{refused:?}");
    }
    assert_eq!(request(&address, "GET", "/", "rebound.example.com").unwrap().status, 403);
    let long = format!("GET /{} HTTP/1.1\r\nHost: {address}\r\n\r\n", "x".repeat(100_000));
    // The server may close the connection before everything was written.
    assert!(raw(&address, long.as_bytes()).map_or(true, |answer| !answer.contains(" 200 ")));
    let _ = raw(&address, b"\x16\x03\x01\x02\x00\x01\r\n\r\n");
    // Connections that send nothing keep no others out.
    let idle: Vec<_> = (0..8).map(|_| std::net::TcpStream::connect(&address).unwrap()).collect();
    assert_eq!(get(&address, "/healthz").status, 200);
    drop(idle);
    #[cfg(unix)]
    {
        consume.interrupt();
        let (code, printed) = consume.wait();
        assert_eq!(code, 130, "{printed}");
        assert!(try_scrape(&address).is_none());
    }
}

#[test]
fn after_the_run_a_signal_ends_the_wait() {
    let bench = Bench::embedded();
    bench.write_images(3);
    let mut stream = Process::start(bench.command("stream", "a", &SERVE_TO_THE_END));
    let address = address(&mut stream);
    stream.wait_for_line(|line| line == "}");
    // The page and the health are no scrape.
    assert!(get(&address, "/").body.contains("✓ Done"));
    assert_eq!(get(&address, "/healthz").body, "ok\n");
    assert_eq!(request(&address, "HEAD", "/metrics", &address).unwrap().status, 200);
    #[cfg(unix)]
    {
        stream.interrupt();
        let (code, printed) = stream.wait();
        assert_eq!(code, 0, "the run itself was done: {printed}");
    }
    #[cfg(not(unix))]
    assert!(try_scrape(&address).is_some());
}

/// The summary does not fit into a full pipe, so that the signal comes between the end of the run and the wait after it.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_before_the_wait_ends_it_at_once() {
    use std::io::{Read, Write, pipe};

    let bench = Bench::embedded();
    bench.write_images(3);
    let (mut reader, mut writer) = pipe().unwrap();
    writer.write_all(&[b' '; 64 * 1024]).unwrap();
    // Longer than the test waits for the end.
    let options = ["--metrics-listen", "127.0.0.1:0", "--metrics-linger", "1000"];
    let mut stream = Process::start_with_output(bench.command("stream", "a", &options), writer);
    let address = address(&mut stream);
    wait_until("the run is done", || get(&address, "/").body.contains("✓ Done"));
    stream.interrupt();
    // Meanwhile the signal is handled.
    (0..50).for_each(|_| assert_eq!(get(&address, "/healthz").status, 200));
    let reading = std::thread::spawn(move || {
        let mut printed = String::new();
        reader.read_to_string(&mut printed).map(|_| printed)
    });
    let (code, errors) = stream.wait();
    assert_eq!(code, 0, "the run itself was done: {errors}");
    let printed = reading.join().unwrap().unwrap();
    assert!(printed.trim_end().ends_with('}'), "{printed}");
}

#[test]
fn an_address_that_cannot_be_used_is_named() {
    let bench = Bench::embedded();
    bench.write_images(1);
    let in_use = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = in_use.local_addr().unwrap().to_string();
    let run = bench.run("stream", "a", &["--metrics-listen", &address]).expect_code(2);
    assert!(run.stderr.contains(&address) && run.stderr.contains("another port"), "{run:?}");
    assert!(!bench.work("a").exists(), "nothing has begun");
    for (options, word) in [
        (&["--metrics-listen", "here"][..], "127.0.0.1:9464"),
        (&["--metrics-listen", "127.0.0.1"], "127.0.0.1:9464"),
        (&["--metrics-linger", "5"], "--metrics-listen"),
        (&["--metrics-listen", "127.0.0.1:0", "--metrics-linger", "-1"], "--metrics-linger"),
    ] {
        let run = bench.run("stream", "a", options).expect_code(2);
        assert!(run.stderr.contains(word), "{options:?}: {run:?}");
    }
    #[cfg(feature = "window")]
    {
        let mut command = program();
        command.args(["--metrics-listen", "127.0.0.1:0"]);
        let run = finish(command.output().unwrap()).expect_code(2);
        assert!(run.stderr.contains("--headless") && !run.stderr.contains("setting"), "{run:?}");
    }
}
