use crate::bench::{Bench, finish, program};

fn run(arguments: &[&str]) -> crate::bench::Finished {
    finish(program().args(arguments).output().unwrap())
}

#[test]
fn without_a_display_one_line_points_to_headless() {
    let mut command = program();
    // On other systems there always is a display, and the window would open.
    if cfg!(target_os = "linux") {
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
        let run = finish(command.output().unwrap()).expect_code(2);
        assert!(run.stderr.contains("--headless") && run.stderr.lines().count() == 1, "{run:?}");
    }
}

#[test]
fn options_without_effect_in_the_window_are_named() {
    for (arguments, word) in
        [(&["--topic", "x"][..], "--topic"), (&["benchmark"], "benchmark"), (&["--resend"], "--resend")]
    {
        let run = run(arguments).expect_code(2);
        assert!(run.stderr.contains(word) && run.stderr.contains("--headless"), "{run:?}");
    }
}

#[test]
fn wrong_usage_is_named_and_nothing_is_started() {
    let bench = Bench::new();
    for (options, word) in [
        (vec!["--input", "/no/such/folder"], "--input"),
        (vec!["--compression-type", "zip"], "zip"),
        (vec!["-X", "no.such.property=1"], "no.such.property"),
        (vec!["-X", "enable.idempotence=true", "--acks", "1"], "acks"),
        (vec!["--topic", "a/b"], "a/b"),
        (vec!["--rate", "0"], "rate"),
        (vec!["--labels", "csv:/no/such.csv"], "such.csv"),
    ] {
        let mut arguments = vec!["--headless", "stream"];
        let work = bench.work("a");
        arguments.extend(["--work-dir", work.to_str().unwrap()]);
        if !options.contains(&"--input") {
            arguments.extend(["--input", "."]);
        }
        arguments.extend(options);
        let run = run(&arguments).expect_code(2);
        assert!(run.stderr.contains(word), "{word}: {run:?}");
        assert!(!work.exists(), "{word}");
    }
}

#[test]
fn help_begins_with_examples_and_names_units_and_defaults() {
    for command in [&["--help"][..], &["stream", "--help"], &["consume", "--help"], &["broker", "--help"]] {
        let help = run(command).expect_code(0).stdout;
        assert!(help.starts_with("Examples:"), "{help}");
    }
    let help = run(&["--help"]).stdout;
    for word in ["KAFKA_BOOTSTRAP_SERVERS", "image-data", "IMAGES_PER_S", "milliseconds", "Exit codes"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn no_broker_is_said_and_given_up() {
    let bench = Bench::new();
    bench.write_images(1);
    let input = bench.input();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let servers = format!("127.0.0.1:{port}");
    let mut command = program();
    command.args(["--headless", "stream", "--bootstrap-server", &servers, "--broker-timeout", "2", "--input"]);
    command.arg(input).arg("--work-dir").arg(bench.work("a"));
    let run = finish(command.output().unwrap()).expect_code(1);
    assert!(run.stderr.contains(&servers) && run.stderr.contains("trying for 2 s"), "{run:?}");
    assert!(run.stderr.contains("no broker answers"), "{run:?}");
}

#[test]
fn two_producers_do_not_share_a_work_folder() {
    let bench = Bench::new();
    bench.write_images(200);
    let first = crate::bench::Process::start(bench.command("produce", "a", &["--rate", "20"]));
    crate::bench::wait_until("the first has begun", || !bench.processed("a").is_empty());
    let second = bench.run("produce", "a", &[]).expect_code(1);
    assert!(second.stderr.contains("another producer") && second.stderr.contains("--work-dir"), "{second:?}");
    first.kill();
}
