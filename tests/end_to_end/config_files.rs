//! Options from files and variables, through the program itself.

use crate::bench::{Bench, finish, program};

#[test]
fn a_run_uses_the_nearest_file_and_the_variables() {
    let bench = Bench::embedded();
    bench.write_images(2);
    let below = bench.folder.path().join("one/two");
    std::fs::create_dir_all(&below).unwrap();
    let file = bench.folder.path().join("kafka-image-bench.toml");
    let text = format!(
        "input = \"input\"\nwork-dir = \"{}\"\ndata = \"memory\"\npartitions = 2\n[produce]\nrate = 1\n",
        bench.work("a").display()
    );
    std::fs::write(&file, text).unwrap();
    let mut command = program();
    command.current_dir(&below).env("KIB_TOPIC", &bench.topic).env("KIB_PARTITIONS", "5");
    command.args(["--headless", "--output-format", "json", "stream", "--partitions", "3"]);
    let run = finish(command.output().unwrap()).expect_code(0);
    let stream = &run.report()["stream"];
    assert_eq!((&stream["topic"], &stream["broker"]["partitions"]), (&bench.topic.as_str().into(), &3.into()));
    assert!(run.stderr.contains("Options from") && run.stderr.contains("kafka-image-bench.toml"), "{run:?}");
    bench.assert_all_saved("a", 2);
    assert!(!below.join("output_images").exists());
}

#[test]
fn a_mistake_in_a_file_ends_the_program_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kafka-image-bench.toml"), "topic = \"a\"\n\n[benchmark]\nrepeat = 3\n").unwrap();
    // The window's start reads it too.
    for arguments in [&["--headless", "lag", "--once"][..], &["--headless"], &[]] {
        let run = finish(program().current_dir(folder.path()).args(arguments).output().unwrap()).expect_code(2);
        let words = ["kafka-image-bench.toml, line 4", "repeat is not an option of benchmark", "similar: repeats"];
        assert!(words.iter().all(|word| run.stderr.contains(word)), "{run:?}");
        assert_eq!((run.stderr.lines().count(), run.stdout.as_str()), (1, ""), "{run:?}");
    }
    let help = finish(program().current_dir(folder.path()).args(["lag", "--help"]).output().unwrap()).expect_code(0);
    assert!(help.stdout.contains("KIB_WORK_DIR") || help.stdout.contains("--group"), "{help:?}");
    let mut none = program();
    none.current_dir(folder.path()).args(["--headless", "--config", "none", "recommend", "missing.json"]);
    assert!(finish(none.output().unwrap()).expect_code(2).stderr.contains("missing.json"));
}

#[test]
fn the_effective_options_are_printed_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, "topic = \"from-file\"\n[properties]\nsasl.password = \"hunter2\"\n").unwrap();
    let mut command = program();
    command.env("KIB_GROUP", "from-variable").env("KAFKA_BOOTSTRAP_SERVERS", "a:1").arg("--config").arg(&file);
    command.args(["consume", "--print-config", "--count", "7", "-X", "sasl.username=me"]);
    let run = finish(command.output().unwrap()).expect_code(0);
    for line in [
        "count = 7  # the command line",
        "group = \"from-variable\"  # the variable KIB_GROUP",
        "bootstrap-server = \"a:1\"  # the variable KAFKA_BOOTSTRAP_SERVERS",
        "consumers = 1  # the default",
        "# work-dir is not set",
    ] {
        assert!(run.stdout.lines().any(|found| found == line), "{line}: {run:?}");
    }
    let topic = run.stdout.lines().find(|line| line.starts_with("topic")).unwrap();
    assert!(topic.starts_with("topic = \"from-file\"  # ") && topic.ends_with("own.toml, line 1"), "{topic}");
    assert!(!format!("{run:?}").contains("hunter2"), "{run:?}");
}

/// A file cannot be read by others as arguments can.
#[test]
fn only_secrets_on_the_command_line_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, "[properties]\nsasl.password = \"hunter2\"\n").unwrap();
    let lag = |options: &[&str]| {
        let mut command = program();
        command.args(["--headless", "lag", "--once", "--bootstrap-server", "127.0.0.1:1", "--broker-timeout", "0.3"]);
        command.arg("--config").arg(&file).args(options);
        finish(command.output().unwrap()).expect_code(1).stderr
    };
    assert!(!lag(&[]).contains("can read the value"), "{}", lag(&[]));
    assert!(lag(&["-X", "sasl.password=hunter3"]).contains("can read the value"));
}

#[test]
fn the_version_names_what_it_is_made_of() {
    let long = finish(program().arg("--version").output().unwrap()).expect_code(0).stdout;
    for word in ["kafka-image-bench 0.", "commit: ", "client: librdkafka 2.", "features: "] {
        assert!(long.contains(word), "{word}: {long}");
    }
    let short = finish(program().arg("-V").output().unwrap()).expect_code(0).stdout;
    assert_eq!(short.lines().count(), 1, "{short}");
}
