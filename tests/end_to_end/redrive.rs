//! Dead letters of a folder that are sent again.

use std::collections::BTreeMap;
use std::fs;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use serde_json::Value;

use crate::batches::{ZSTD_BOMB, batch, produce};
use crate::bench::{Bench, Process, message, png, program, wait_until};
use crate::dead_letters::{
    Raw, counts, create_topic, named, odd, read, redrive, send, with_dead_letter_topic, with_topic,
};

#[test]
fn a_dead_letter_is_sent_again_as_it_was_with_a_count_and_only_once() {
    let (bench, served) = with_topic(2);
    let servers = &*served.bootstrap_servers;
    let plain = Raw { partition: 0, value: Some(b"{}".to_vec()), ..Raw::default() };
    let tombstone = Raw { value: None, ..odd(1, b"") };
    send(servers, &bench.topic, &[odd(1, b"hello"), plain.clone(), tombstone.clone()]);
    let run = bench.run("consume", "a", &["--count", "3"]).expect_code(1);
    assert_eq!(run.number("dead_letters"), 3, "{run:?}");
    let work = bench.work("a");
    let from = ["--from", work.to_str().unwrap()];
    let with = |options: &[&str]| redrive(servers, &[&from, options].concat());

    let shown = with(&["--dry-run"]).expect_code(0);
    assert_eq!((counts(&shown), shown.number("without_value")), ([3, 0, 0, 0], 0), "{shown:?}");
    assert_eq!(read(servers, &bench.topic).len(), 3, "nothing was sent");
    assert!(!work.join("dead_letters_sent.csv").exists());
    let listed = shown.report()["letters"].as_array().unwrap().clone();
    let cat = listed.iter().find(|letter| letter["name"] == "Cat.png" && letter["offset"] == 0).unwrap();
    assert_eq!((&cat["partition"], &cat["redrive_count"], &cat["to_offset"]), (&1.into(), &1.into(), &Value::Null));

    let run = with(&[]).expect_code(0);
    assert_eq!((counts(&run), run.number("without_value")), ([3, 3, 0, 0], 0), "{run:?}");
    let on_topic = read(servers, &bench.topic);
    assert_eq!(on_topic.len(), 6);
    assert_eq!(on_topic[1], plain.with_header("redrive-count", "1"));
    assert_eq!(on_topic[4..], [odd(1, b"hello"), tombstone].map(|record| record.with_header("redrive-count", "1")));
    let again = with(&[]).expect_code(0);
    assert_eq!(counts(&again), [0, 0, 3, 0], "{again:?}");
    assert_eq!(read(servers, &bench.topic).len(), 6, "sent once");

    // It fails again, and is sent a second time as a letter of its own.
    let run = bench.run("consume", "a", &["--count", "3"]).expect_code(1);
    assert_eq!(run.number("dead_letters"), 3, "{run:?}");
    let limited = with(&["--max-redrives", "1"]).expect_code(0);
    assert_eq!((counts(&limited), limited.number("over_max_redrives")), ([0, 0, 3, 0], 3), "{limited:?}");
    let run = with(&["--where", "name=cat", "--where", "reason=json"]).expect_code(0);
    assert_eq!((counts(&run), run.number("not_selected")), ([1, 1, 1, 0], 4), "{run:?}");
    assert_eq!(read(servers, &bench.topic)[6], odd(1, b"hello").with_header("redrive-count", "2"));
    let forced = with(&["--again", "--count", "1"]).expect_code(0);
    assert_eq!(counts(&forced), [1, 1, 0, 0], "{forced:?}");
    assert_eq!(fs::read_to_string(work.join("dead_letters.csv")).unwrap().lines().count(), 7, "nothing was deleted");
    assert_eq!(fs::read_to_string(work.join("dead_letters_sent.csv")).unwrap().lines().count(), 6);
}

#[test]
fn letters_can_go_to_another_topic_and_a_repaired_one_is_saved() {
    let (bench, served) = with_topic(1);
    let servers = &*served.bootstrap_servers;
    let value = message(&png(1, 8), "cat");
    let wrong = Raw {
        headers: vec![named("file-name", Some(b"cat.png"))],
        value: Some(value[..40].to_vec()),
        ..Raw::default()
    };
    send(servers, &bench.topic, std::slice::from_ref(&wrong));
    bench.run("consume", "a", &["--count", "1"]).expect_code(1);
    let work = bench.work("a");
    let other = format!("{}-repaired", bench.topic);
    let options = ["--from", work.to_str().unwrap(), "--topic", &other];
    let refused = redrive(servers, &options).expect_code(1);
    assert_eq!(counts(&refused), [1, 0, 0, 1], "{refused:?}");
    assert!(refused.stderr.contains(&format!("the topic {other} does not exist")), "{refused:?}");
    create_topic(&bench, servers, &other, 3, &[]);
    let run = redrive(servers, &options).expect_code(0);
    assert_eq!(counts(&run), [1, 1, 0, 0], "{run:?}");
    let arrived = read(servers, &other);
    assert_eq!(arrived.len(), 1);
    assert_eq!(
        (&arrived[0].value, &arrived[0].headers),
        (&wrong.value, &wrong.with_header("redrive-count", "1").headers)
    );
    let letter = &run.report()["letters"][0];
    assert_eq!((&letter["to_topic"], &letter["to_partition"]), (&other.into(), &arrived[0].partition.into()));

    // What is repaired on the way is saved like any other.
    fs::write(work.join(format!("dead_letters/{}-0-0.bin", bench.topic)), &value).unwrap();
    let back = redrive(servers, &["--from", work.to_str().unwrap(), "--again"]).expect_code(0);
    assert_eq!(counts(&back), [1, 1, 0, 0], "{back:?}");
    let run = bench.run("consume", "a", &["--count", "1"]).expect_code(0);
    assert_eq!(run.number("saved"), 1, "{run:?}");
    assert_eq!(bench.rows("a"), [("output_images/cat.png".to_owned(), "cat".to_owned())]);
}

#[test]
fn a_batch_that_cannot_be_read_is_a_letter_without_a_value() {
    let bench = Bench::embedded();
    let served = bench.serve();
    let servers = &*served.bootstrap_servers;
    bench.create_topic(servers, 1, &[]);
    produce(servers, &bench.topic, 0, &batch(4, 2, ZSTD_BOMB));
    let run = bench.run("consume", "a", &["--until-idle", "2", "--dead-letter-topic", "dlq"]).expect_code(1);
    assert_eq!(run.number("dead_letters"), 2, "{run:?}");
    assert_eq!(read(servers, "dlq").iter().filter(|record| record.value.is_none()).count(), 2);
    for options in [&["--from", bench.work("a").to_str().unwrap()][..], &["--dead-letter-topic", "dlq"]] {
        let run = redrive(servers, options).expect_code(0);
        assert_eq!((counts(&run), run.number("without_value")), ([0, 0, 0, 0], 2), "{run:?}");
        assert!(run.report()["letters"][0]["problem"].as_str().unwrap().contains("no value"), "{run:?}");
    }
}

#[test]
fn a_redrive_that_is_killed_loses_nothing_and_repeats_little() {
    const LETTERS: usize = 4_000;
    let (bench, served) = with_topic(1);
    let servers = &*served.bootstrap_servers;
    let work = bench.work("a");
    fs::create_dir_all(work.join("dead_letters")).unwrap();
    let mut table = "time,topic,partition,offset,reason,file\n".to_owned();
    for offset in 0..LETTERS {
        let file = format!("dead_letters/{}-0-{offset}.bin", bench.topic);
        fs::write(work.join(&file), format!("letter {offset}")).unwrap();
        table.push_str(&format!("2026-01-02T03:04:05Z,{},0,{offset},no image,{file}\n", bench.topic));
    }
    fs::write(work.join("dead_letters.csv"), table).unwrap();
    let mut command = program();
    command.args(["--headless", "redrive", "--bootstrap-server", servers, "--from"]).arg(&work);
    let process = Process::start(command);
    let rows = || {
        let text = fs::read(work.join("dead_letters_sent.csv")).unwrap_or_default();
        text.iter().filter(|&&byte| byte == b'\n').count()
    };
    wait_until("some are sent", || rows() > 1);
    process.kill();
    let sent_before = rows() - 1;
    assert!(sent_before < LETTERS, "killed too late");
    let run = redrive(servers, &["--from", work.to_str().unwrap()]).expect_code(0);
    assert!(run.number("already_sent") as usize >= sent_before, "{run:?}");
    assert_eq!(run.number("sent") + run.number("already_sent"), LETTERS as u64, "{run:?}");
    let mut times: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    read(servers, &bench.topic).into_iter().for_each(|record| *times.entry(record.value.unwrap()).or_default() += 1);
    assert_eq!(times.len(), LETTERS, "each is on the topic");
    let repeated = times.values().filter(|&&times| times > 1).count();
    assert!(repeated <= 64 && times.values().all(|&times| times <= 2), "{repeated} twice");
    let nothing = redrive(servers, &["--from", work.to_str().unwrap()]).expect_code(0);
    assert_eq!(nothing.number("sent"), 0, "{nothing:?}");
}

#[test]
fn what_cannot_be_marked_as_sent_is_not_sent() {
    let (bench, served, dead) = with_dead_letter_topic(1);
    let servers = &*served.bootstrap_servers;
    send(servers, &bench.topic, &[odd(0, b"hello")]);
    bench.run("consume", "a", &["--count", "1", "--dead-letter-topic", &dead]).expect_code(1);

    // The table is another program's.
    let work = bench.work("a");
    fs::write(work.join("dead_letters_sent.csv"), "other\n").unwrap();
    let run = redrive(servers, &["--from", work.to_str().unwrap()]).expect_code(1);
    assert!(run.stderr.contains("dead_letters_sent.csv"), "{run:?}");
    assert_eq!(read(servers, &bench.topic).len(), 1, "{run:?}");

    // The group has consumers, so that nobody else may commit for it.
    let group = format!("{}-busy", bench.group);
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers).set("group.id", &group);
    let member: BaseConsumer = config.create().unwrap();
    member.subscribe(&[&dead]).unwrap();
    wait_until("it joins", || {
        let _ = member.poll(std::time::Duration::from_millis(10));
        member.assignment().unwrap().count() == 1
    });
    let run = redrive(servers, &["--dead-letter-topic", &dead, "--group", &group]).expect_code(2);
    assert!(run.stderr.contains(&format!("the group {group} has consumers")), "{run:?}");
    assert_eq!(read(servers, &bench.topic).len(), 1, "{run:?}");
}
