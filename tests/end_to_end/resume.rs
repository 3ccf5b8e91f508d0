use std::time::Duration;

use crate::bench::{Bench, Process, wait_until};

#[test]
fn a_producer_that_was_killed_continues() {
    let bench = Bench::new();
    bench.write_images(400);
    let first = Process::start(bench.command("produce", "a", &["--rate", "400"]));
    wait_until("some images are acknowledged", || bench.processed("a").len() > 50);
    first.kill();
    let before = bench.processed("a").len() as u64;
    let second = bench.run("produce", "a", &[]).expect_code(0);
    assert_eq!(second.number("already_processed") + second.number("acknowledged"), 400, "{second:?}");
    assert!(second.number("already_processed") + 1 >= before && before < 400, "{before}: {second:?}");
    let mut processed = bench.processed("a");
    processed.sort();
    processed.dedup();
    assert_eq!(processed.len(), 400);
    bench.run("consume", "c", &["--until-idle", "2"]).expect_code(0);
    bench.assert_all_saved("c", 400);
}

#[test]
fn a_consumer_that_was_killed_continues() {
    let bench = Bench::new();
    bench.write_images(3_000);
    bench.run("produce", "a", &[]).expect_code(0);
    let first = Process::start(bench.command("consume", "a", &[]));
    wait_until("some images are saved", || bench.rows_so_far("a") > 100);
    first.kill();
    let before = bench.rows_so_far("a");
    assert!(before < 3_000, "it was killed too late: {before}");
    bench.run("consume", "a", &["--until-idle", "3"]).expect_code(0);
    bench.assert_all_saved("a", 3_000);
    bench.assert_recorded("a", 3_000);
}

#[test]
fn a_stream_that_was_killed_continues() {
    let bench = Bench::new();
    bench.write_images(400);
    let first = Process::start(bench.command("stream", "a", &["--rate", "400"]));
    wait_until("some images are saved", || bench.rows_so_far("a") > 50);
    first.kill();
    bench.run("stream", "a", &[]).expect_code(0);
    bench.assert_all_saved("a", 400);
    bench.assert_recorded("a", 400);
}

/// What such a broker has is gone with the program, so only what was saved may be listed as sent.
#[test]
fn a_stream_on_a_broker_in_memory_that_was_killed_continues() {
    let bench = Bench::embedded();
    bench.write_images(400);
    let stream = |more: &[&str]| {
        let mut command = crate::bench::program();
        command.args(["--headless", "--output-format", "json", "stream", "--data", "memory", "--input"]);
        command.arg(bench.input()).arg("--work-dir").arg(bench.work("a")).args(more);
        command
    };
    let first = Process::start(stream(&["--rate", "400"]));
    wait_until("some images are listed", || bench.processed("a").len() > 50);
    first.kill();
    let saved = bench.work("a").join("output_images");
    let listed = bench.processed("a");
    assert!(listed.len() < 400, "it was killed too late");
    let lost: Vec<&String> = listed.iter().filter(|name| !saved.join(name).exists()).collect();
    assert!(lost.is_empty(), "listed as sent, and not saved: {lost:?}");
    crate::bench::finish(stream(&[]).output().unwrap()).expect_code(0);
    bench.assert_all_saved("a", 400);
    bench.assert_recorded("a", 400);
    assert_eq!(bench.processed("a").len(), 400);
}

#[cfg(unix)]
#[test]
fn an_interrupted_stream_ends_in_good_order() {
    let bench = Bench::new();
    bench.write_images(400);
    let first = Process::start(bench.command("stream", "a", &["--rate", "200"]));
    wait_until("some images are saved", || bench.rows_so_far("a") > 20);
    first.interrupt();
    let (code, printed) = first.wait();
    assert_eq!(code, 130, "{printed}");
    assert!(printed.contains("\"stopped\""), "{printed}");
    let marker = |name: &str| bench.work("a").join(".kafka-image-bench").join(name).exists();
    assert!(!marker("producer.dirty") && !marker("consumer.dirty"), "all files were closed");
    let sent = bench.processed("a").len();
    assert!(sent < 400);
    let second = bench.run("stream", "a", &[]).expect_code(0);
    assert_eq!(second.number("sent") as usize + sent, 400, "what was acknowledged was listed: {second:?}");
    bench.assert_all_saved("a", 400);
    bench.assert_recorded("a", 400);
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_no_broker_answers_ends_soon() {
    let bench = Bench::embedded();
    bench.write_images(5);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = crate::bench::program();
    command.args(["--headless", "stream", "--bootstrap-server", &format!("127.0.0.1:{port}"), "--input"]);
    command.arg(bench.input()).arg("--work-dir").arg(bench.work("a"));
    let mut process = Process::start(command);
    process.wait_for_line(|line| line.contains("No broker answers"));
    let started = std::time::Instant::now();
    process.interrupt();
    let (code, printed) = process.wait();
    assert_eq!(code, 130, "{printed}");
    assert!(started.elapsed() < Duration::from_secs(20), "{printed}");
}
