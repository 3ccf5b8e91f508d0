use crate::bench::{Bench, Process, finish, png, program};

fn run(arguments: &[&str]) -> crate::bench::Finished {
    finish(program().args(arguments).output().unwrap())
}

#[test]
fn without_a_display_one_line_points_to_headless() {
    let mut command = program();
    // Other systems always have a display, and the window would open.
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
fn completions_are_printed_for_each_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let printed = run(&["completions", shell]).expect_code(0).stdout;
        assert!(printed.contains("kafka-image-bench") && printed.contains("--until-idle"), "{shell}: {printed}");
    }
    let unknown = run(&["completions", "tcsh"]).expect_code(2).stderr;
    assert!(unknown.contains("tcsh") && unknown.contains("powershell"), "{unknown}");
    run(&["--headless", "--output-format", "json", "completions", "bash"]).expect_code(2);
}

/// As bash asks for them when the tabulator key is pressed.
#[cfg(target_os = "linux")]
#[test]
fn bash_completes_commands_and_options() {
    let script = run(&["completions", "bash"]).stdout;
    for (words, expected) in [(&["--headless", "str"][..], "stream"), (&["consume", "--until-i"], "--until-idle")] {
        let last = words[words.len() - 1];
        let asks = format!(
            "{script}\nCOMP_WORDS=(kafka-image-bench {}); COMP_CWORD={}; _kafka__image__bench kafka-image-bench {last} x; \
             echo \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words.len()
        );
        let answer = finish(std::process::Command::new("bash").args(["-c", &asks]).output().unwrap()).expect_code(0);
        assert_eq!(answer.stdout.trim(), expected, "{answer:?}");
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

#[test]
fn a_work_folder_that_cannot_be_written_is_found_before_anything_is_done() {
    let bench = Bench::embedded();
    bench.write_images(1);
    let file = bench.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for work_dir in [file.clone(), file.join("below")] {
        for command in ["stream", "produce", "consume", "benchmark"] {
            let mut program = crate::bench::program();
            program.args(["--headless", command]).args(bench.broker_arguments()).arg("--work-dir").arg(&work_dir);
            if command != "consume" {
                program.arg("--input").arg(bench.input());
            }
            let run = finish(program.output().unwrap()).expect_code(1);
            assert!(run.stderr.contains("cannot be written into the folder"), "{run:?}");
            assert!(!run.stderr.contains("Using the embedded broker"), "{run:?}");
        }
        let mut program = crate::bench::program();
        program.args(["--headless", "browse"]).args(bench.broker_arguments()).arg("--save").arg(&work_dir);
        finish(program.output().unwrap()).expect_code(1);
        finish(crate::bench::program().args(["--headless", "samples"]).arg(&work_dir).output().unwrap()).expect_code(1);
    }
}

#[test]
fn the_brokers_address_is_for_scripts_too() {
    let bench = Bench::embedded();
    let mut command = program();
    command.args(["--headless", "--output-format", "json", "broker", "--listen", "127.0.0.1:0", "--data", "memory"]);
    let mut broker = Process::start(command);
    let line = broker.wait_for_line(|line| line.starts_with('{'));
    let address: serde_json::Value = serde_json::from_str(&line).unwrap();
    let servers = address["bootstrap_servers"].as_str().unwrap();
    bench.create_topic(servers, 1, &[]);
    let mut browse = program();
    browse.args(["--headless", "browse", "--bootstrap-server", servers, "--topic", &bench.topic]);
    let browsed = finish(browse.output().unwrap()).expect_code(0);
    assert!(!browsed.stdout.contains(servers) && browsed.stderr.contains(servers), "{browsed:?}");
}

/// As with `… | head -1`.
#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_listings_and_no_stream() {
    let bench = Bench::embedded();
    bench.write_images(40);
    let served = bench.serve_embedded("127.0.0.1:0");
    let servers = &served.bootstrap_servers;
    let head = |options: &str| {
        let exe = env!("CARGO_BIN_EXE_kafka-image-bench");
        let script = format!("{exe} --headless {options} 2>&1 | head -1; exit ${{PIPESTATUS[0]}}");
        let mut shell = std::process::Command::new("bash");
        shell.args(["-c", &script]).env_remove("KAFKA_BOOTSTRAP_SERVERS");
        shell.env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR")).env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"));
        finish(shell.output().unwrap())
    };
    let (input, work) = (bench.input(), bench.work("a"));
    let common = format!("--bootstrap-server {servers} --topic {}", bench.topic);
    let stream = head(&format!(
        "-vvv stream {common} --group {} --input {} --work-dir {}",
        bench.group,
        input.display(),
        work.display()
    ));
    assert_eq!(stream.code, 0, "{stream:?}");
    assert!(!stream.stdout.contains('\u{1b}'), "{stream:?}");
    bench.assert_all_saved("a", 40);
    let lag = head(&format!("lag {common} --group {} --interval 0.01", bench.group));
    assert_eq!(lag.code, 0, "{lag:?}");
    let browse = head(&format!("--output-format json browse {common}"));
    assert_eq!(browse.code, 0, "{browse:?}");
}

#[test]
fn what_a_benchmark_prints_is_taken_by_the_commands_on_results() {
    let bench = Bench::embedded();
    bench.write_images(3);
    let benchmark = crate::bench::program()
        .args([
            "--headless",
            "--output-format",
            "json",
            "benchmark",
            "--images",
            "20",
            "--warmup",
            "0",
            "--repeats",
            "1",
        ])
        .args(["--batch-size", "1000000", "--partitions", "1", "--data", "memory", "--input"])
        .arg(bench.input())
        .arg("--work-dir")
        .arg(bench.work("a"))
        .output()
        .unwrap();
    let benchmark = finish(benchmark).expect_code(0);
    let printed = bench.folder.path().join("printed.json");
    std::fs::write(&printed, benchmark.stdout).unwrap();
    let printed = printed.to_str().unwrap();
    run(&["--headless", "compare", printed, printed]).expect_code(0);
    run(&["--headless", "recommend", printed]).expect_code(0);
    let page = bench.folder.path().join("page.html");
    run(&["--headless", "report", printed, "--out", page.to_str().unwrap()]).expect_code(0);
}

#[test]
fn samples_show_their_progress_in_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let samples = run(&["--headless", "samples", folder.path().to_str().unwrap(), "--count", "3"]).expect_code(0);
    assert!(samples.stderr.contains("3 of 3 images"), "{samples:?}");
}

/// A property without a value, and a line of the file without a name: neither is repeated, in any format.
#[test]
fn secrets_of_damaged_settings_are_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let (state, file) = (folder.path().join("state"), folder.path().join("c.properties"));
    for text in
        ["sasl.pasword=hunter2", "acks=all\nhunter2", "sasl.passwordhunter2", "hunter2=x", "sasl.jaas.config=hunter2"]
    {
        std::fs::write(&file, text).unwrap();
        for format in ["text", "json"] {
            let mut command = program();
            command.env("XDG_STATE_HOME", &state).args(["--headless", "--output-format", format, "-vvv", "lag"]);
            command.args(["--bootstrap-server", "127.0.0.1:1", "--command-config"]).arg(&file);
            let run = finish(command.output().unwrap()).expect_code(2);
            assert!(!format!("{run:?}").contains("hunter2"), "{text}: {run:?}");
            assert!(run.stderr.contains("line "), "{text}: {run:?}");
        }
    }
    let logs =
        walkdir::WalkDir::new(&state).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    for log in logs {
        assert!(!std::fs::read_to_string(log.path()).unwrap().contains("hunter2"), "{}", log.path().display());
    }
}

#[test]
fn a_part_of_a_secret_beside_its_property_is_not_repeated() {
    for arguments in [
        &["-X", "sasl.password=", "hunter2"][..],
        &["-vX", "sasl.password", "hunter2"],
        &["-X", "sasl.username=me", "sasl.password=hunter2"],
    ] {
        for command_name in [&["consume"][..], &[]] {
            let mut command = program();
            command.arg("--headless").args(command_name).args(arguments);
            let run = finish(command.output().unwrap()).expect_code(2);
            assert!(!format!("{run:?}").contains("hunter2"), "{arguments:?}: {run:?}");
        }
    }
    let mut command = program();
    command.args(["--headless", "lag", "--once", "-X=linger.ms=5", "--group", "", "--bootstrap-server", "127.0.0.1:1"]);
    let run = finish(command.output().unwrap()).expect_code(2);
    assert!(run.stderr.contains("--group"), "another form of -X is read: {run:?}");
}

#[test]
fn what_configurations_set_is_not_set_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.png"), png(1, 100)).unwrap();
    let mut command = program();
    command.args(["--headless", "benchmark", "-X", "linger.ms=200", "--input"]).arg(folder.path());
    command.args(["--bootstrap-server", "127.0.0.1:1"]);
    let run = finish(command.output().unwrap()).expect_code(2);
    assert!(run.stderr.contains("linger.ms"), "{run:?}");
}
