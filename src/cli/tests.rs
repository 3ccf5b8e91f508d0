use std::ffi::OsString;

use super::argument_checks::{damaged_property, misplaced};
use super::*;
use kafka_image_bench_core::broker::BrokerChoice;
use kafka_image_bench_core::configuration::Configuration;
use kafka_image_bench_core::engine::plan::StreamPlan;
use kafka_image_bench_core::labels::LabelRule;
use kafka_image_bench_core::redrive::{REDRIVE_GROUP, RedriveSource};
use kafka_image_bench_core::results::RaceGoal;

fn job(arguments: &[&str]) -> Result<Job, String> {
    let all = std::iter::once("kafka-image-bench").chain(arguments.iter().copied());
    if let Some(error) = damaged_property(arguments.iter().map(OsString::from)) {
        return Err(error.to_string());
    }
    let matches = Cli::command().try_get_matches_from(all).map_err(|error| error.to_string())?;
    if let Some(error) = misplaced(&matches) {
        return Err(error.to_string());
    }
    let job = Cli::from_arg_matches(&matches).unwrap().into_job();
    job.map(|(job, _)| job).map_err(|error| error.to_string())
}

fn plan(arguments: &[&str]) -> StreamPlan {
    match job(arguments).unwrap() {
        Job::Run(Plan::Stream(plan)) => *plan,
        other => panic!("{other:?}"),
    }
}

#[test]
fn letters_come_from_a_folder_or_a_topic() {
    let plan = |arguments: &[&str]| match job(&[&["redrive"], arguments].concat()) {
        Ok(Job::Run(Plan::Redrive(plan))) => Ok(plan.source),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    };
    assert_eq!(plan(&[]), Ok(RedriveSource::Folder(".".into())));
    let group = REDRIVE_GROUP.to_owned();
    assert_eq!(plan(&["--dead-letter-topic", "d"]), Ok(RedriveSource::Topic { topic: "d".to_owned(), group }));
    for (refused, part) in [
        (&["--from", "/no/such"][..], "--from"),
        (&["--from", ".", "--dead-letter-topic", "d"], "--dead-letter-topic"),
        (&["--group", "g"], "--dead-letter-topic"),
        (&["--dead-letter-topic", "d", "--topic", "d"], "--topic"),
        (&["--where", "size=3"], "reason"),
        (&["--count", "0"], "--count"),
        (&["--data", "memory"], "--data"),
    ] {
        let error = plan(refused).unwrap_err();
        assert!(error.contains(part), "{refused:?}: {error}");
    }
}

#[test]
fn the_definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn defaults_are_those_of_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().to_str().unwrap();
    // Boxes that are found go along, and images are named as they always were.
    let labels = LabelRule::of_what_is_found().keeping_file_names();
    let expected = StreamPlan { input: input.into(), labels, ..StreamPlan::default() };
    assert_eq!(plan(&["--headless", "--input", input]), expected);
    assert_eq!(plan(&["--headless", "stream", "--input", input]), expected);
}

#[test]
fn options_win_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("client.properties");
    std::fs::write(&file, "linger.ms=7\nbootstrap.servers=elsewhere\ncompression.codec=gzip\n").unwrap();
    let (input, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
    let plan = plan(&["produce", "--input", input, "--command-config", file, "--compression-type", "lz4"]);
    assert_eq!(plan.client.properties, [("linger.ms".to_owned(), "7".to_owned())]);
    assert_eq!(plan.client.of_producer().property("compression.type"), Some("lz4"));
    assert_eq!(plan.broker, BrokerChoice::External { bootstrap_servers: "elsewhere:9092".to_owned() });
}

#[test]
fn contradictions_are_named() {
    let refused = |arguments: &[&str]| job(arguments).unwrap_err();
    assert!(refused(&["consume", "--data", "x", "--bootstrap-server", "y:1"]).contains("--data"));
    assert!(refused(&["--topic", "t", "consume"]).contains("consume --topic"));
    assert!(refused(&["--linger-ms", "1", "-X", "linger.ms=2"]).contains("--linger-ms"));
    assert!(refused(&["consume", "-X", "bootstrap.servers=x:1"]).contains("--bootstrap-server"));
    assert!(refused(&["consume", "-X", "linger"]).contains("name=value"));
    assert!(refused(&["consume", "--until-idle", "-1"]).contains("--until-idle"));
    assert!(refused(&["--acks", "2"]).contains("acks"));
    assert!(refused(&["--encoding", "xml"]).contains("json"));
    assert!(refused(&["consume", "-X", "metadata.broker.list=x:1"]).contains("--bootstrap-server"));
}

#[test]
fn a_race_at_a_given_load_compares_latency() {
    let folder = tempfile::tempdir().unwrap();
    let race = ["benchmark", "--until-decided", "--input", folder.path().to_str().unwrap()];
    let goal = |options: &[&str]| match job(&[&race[..], options].concat()) {
        Ok(Job::Benchmark { plan, .. }) => plan.race.unwrap().goal,
        other => panic!("{other:?}"),
    };
    assert_eq!(goal(&[]), RaceGoal::Throughput);
    for load in [["--rate", "5"], ["--ramp", "1..5/1"], ["--burst", "5/1"], ["--replay-speed", "2"]] {
        assert_eq!(goal(&load), RaceGoal::P99, "{load:?}");
    }
}

#[test]
fn lists_and_properties_are_combined() {
    let folder = tempfile::tempdir().unwrap();
    let input = ["benchmark", "--input", folder.path().to_str().unwrap()];
    let configurations = |options: &[&str]| -> Result<Vec<Configuration>, String> {
        match job(&[&input[..], options].concat())? {
            Job::Benchmark { plan, .. } => Ok(plan.configurations),
            other => panic!("{other:?}"),
        }
    };
    let sweep = ["--sweep", "consumer.fetch.min.bytes=1,1000000", "--sweep=topic.min.insync.replicas=1,2"];
    let all = configurations(&[&sweep[..], &["--linger-ms", "0,5"]].concat()).unwrap();
    assert_eq!(all.len(), 8);
    assert_eq!(all[1].name, "1000000/0/none/consumer.fetch.min.bytes=1/topic.min.insync.replicas=2");
    let shared = ["-X", "socket.keepalive.enable=true", "--sweep", "producer.retries=1,2"];
    assert_eq!(configurations(&shared).unwrap().len(), 2);
    for (options, word) in [
        (&["--sweep", "producer.linger.ms=1"][..], "--linger-ms"),
        (&["--sweep", "consumer.linger.ms=1"], "not a property of the consumer"),
        (&["--sweep", "consumer.fetch.min.bites=1"], "fetch.min.bites"),
        (&["--sweep", "consumer.fetch.min.bytes=many"], "fetch.min.bytes=many"),
        (&["--sweep", "consumer.enable.auto.commit=true"], "enable.auto.commit"),
        (&["--sweep", "topic.max.message.bytes=1"], "max.message.bytes"),
        (&["--sweep", "topic.min.insync.replicas=0"], "min.insync.replicas"),
        (&["--sweep", "fetch.min.bytes=1"], "begins with"),
        (&["--sweep", "consumer.fetch.min.bytes"], "NAME=VALUE"),
        (&["--sweep", "consumer.fetch.min.bytes=1", "-X", "fetch.min.bytes=2"], "--sweep"),
        (&["--sweep", "consumer.fetch.min.bytes=1,1"], "twice"),
        (&["--sweep", "consumer.fetch.min.bytes=1", "--preset", "encodings"], "--preset"),
    ] {
        let refused = configurations(options).unwrap_err();
        assert!(refused.contains(word), "{refused}");
    }
}

#[test]
fn numbers_that_are_none_are_refused_everywhere() {
    let commands: [&[&str]; 8] = [
        &["stream", "--linger-ms"],
        &["stream", "--rate"],
        &["stream", "--broker-timeout"],
        &["consume", "--until-idle"],
        &["benchmark", "--linger-ms"],
        &["benchmark", "--duration"],
        &["benchmark", "--warmup"],
        &["lag", "--interval"],
    ];
    let folder = tempfile::tempdir().unwrap();
    let input = ["--input", folder.path().to_str().unwrap()];
    for command in commands {
        for number in ["NaN", "inf", "-inf", "-1", "1e999", "x", ""] {
            let input = if matches!(command[0], "stream" | "benchmark") { &input[..] } else { &[] };
            let refused = job(&[command, &[number], input].concat()).unwrap_err();
            assert!(refused.contains(command[1]), "{command:?} {number}: {refused}");
        }
    }
    assert!(job(&["lag", "--broker-timeout", "1e300"]).unwrap_err().contains("--broker-timeout"));
    for linger in ["nan", "inf", "-5"] {
        let refused = job(&["stream", "-X", &format!("linger.ms={linger}"), input[0], input[1]]).unwrap_err();
        assert!(refused.contains("linger.ms"), "{refused}");
    }
}

#[test]
fn a_property_without_its_sign_is_not_repeated() {
    for arguments in [&["-X", "hunter2"][..], &["-X", "sasl.password", "hunter2"], &["-X", "=hunter2"], &["-Xhunter2"]]
    {
        let refused = job(arguments).unwrap_err();
        assert!(!refused.contains("hunter2") && refused.contains("name=value"), "{refused}");
    }
}
