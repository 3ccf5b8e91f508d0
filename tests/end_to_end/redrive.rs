//! Dead letters that are sent again.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;

use crate::batches::{ZSTD_BOMB, batch, produce};
use crate::bench::{Bench, Finished, PATIENCE, Process, Served, finish, message, png, program, wait_until};

/// A header with its value.
type Named = (String, Option<Vec<u8>>);

/// A record of a topic.
#[derive(Clone, Debug, Default, PartialEq)]
struct Raw {
    partition: i32,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<Named>,
}

impl Raw {
    fn with_header(&self, name: &str, value: &str) -> Self {
        let mut with = self.clone();
        with.headers.push((name.to_owned(), Some(value.as_bytes().to_vec())));
        with
    }

    fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().rev().find(|(of, _)| of == name)?;
        Some(String::from_utf8(value.clone()?).unwrap())
    }
}

fn named(name: &str, value: Option<&[u8]>) -> Named {
    (name.to_owned(), value.map(<[u8]>::to_vec))
}

/// Bytes that are no text, a header twice, and headers without a value.
fn odd(partition: i32, value: &[u8]) -> Raw {
    let headers = vec![
        named("a", Some(b"\xff\0")),
        named("b", None),
        named("a", Some(b"")),
        named("file-name", Some(b"Cat.png")),
    ];
    Raw { partition, key: Some(b"k\xfe".to_vec()), value: Some(value.to_vec()), headers }
}

fn send(servers: &str, topic: &str, records: &[Raw]) {
    let mut config = ClientConfig::new();
    let producer: BaseProducer = config.set("bootstrap.servers", servers).create().unwrap();
    for record in records {
        let headers = record
            .headers
            .iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: value.as_deref() }));
        let mut base: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic).headers(headers).partition(record.partition);
        (base.key, base.payload) = (record.key.as_deref(), record.value.as_deref());
        producer.send(base).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(PATIENCE).unwrap();
}

/// All records of a topic, by partition and offset.
fn read(servers: &str, topic: &str) -> Vec<Raw> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers).set("group.id", "reader").set("enable.auto.commit", "false");
    let client: BaseConsumer = config.create().unwrap();
    let metadata = client.fetch_metadata(Some(topic), PATIENCE).unwrap();
    let partitions = metadata.topics()[0].partitions().len() as i32;
    let (mut all, mut left) = (BTreeMap::new(), 0);
    let mut assignment = TopicPartitionList::new();
    for partition in 0..partitions {
        let (low, high) = client.fetch_watermarks(topic, partition, PATIENCE).unwrap();
        left += high - low;
        assignment.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    client.assign(&assignment).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while left > 0 {
        assert!(Instant::now() < deadline, "{left} records of {topic} do not arrive");
        let Some(Ok(message)) = client.poll(std::time::Duration::from_millis(100)) else { continue };
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        let record = Raw {
            partition: message.partition(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers.map(|header| named(header.key, header.value)).collect(),
        };
        all.insert((message.partition(), message.offset()), record);
        left -= 1;
    }
    all.into_values().collect()
}

/// A bench on its broker, with a topic of so many partitions.
fn with_topic(partitions: i32) -> (Bench, Served) {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, partitions, &[]);
    (bench, served)
}

/// The same, and the name of a topic for its dead letters.
fn with_dead_letter_topic(partitions: i32) -> (Bench, Served, String) {
    let (bench, served) = with_topic(partitions);
    let dead = format!("{}-dlq", bench.topic);
    (bench, served, dead)
}

fn create_topic(bench: &Bench, servers: &str, topic: &str, partitions: i32, settings: &[(&str, &str)]) {
    let mut other = Bench::new();
    other.topic = topic.to_owned();
    other.create_topic(servers, partitions, settings);
    assert_ne!(bench.topic, topic);
}

/// `redrive` with these options, on the broker at `servers`.
fn redrive(servers: &str, options: &[&str]) -> Finished {
    let mut command = program();
    command.args(["--headless", "--output-format", "json", "redrive", "--bootstrap-server", servers]).args(options);
    finish(command.output().unwrap())
}

fn counts(run: &Finished) -> [u64; 4] {
    ["selected", "sent", "already_sent", "failed"].map(|name| run.number(name))
}

#[test]
fn a_dead_letter_is_sent_again_as_it_was_with_a_count_and_only_once() {
    let (bench, served) = with_topic(2);
    let servers = &*served.bootstrap_servers;
    let plain = Raw { partition: 0, value: Some(b"{}".to_vec()), ..Raw::default() };
    let letters = [odd(1, b"hello"), plain.clone(), Raw { value: None, ..odd(1, b"") }];
    send(servers, &bench.topic, &letters);
    let run = bench.run("consume", "a", &["--count", "3"]).expect_code(1);
    assert_eq!(run.number("dead_letters"), 3, "{run:?}");
    let work = bench.work("a");
    let from = ["--from", work.to_str().unwrap()];
    let with = |options: &[&str]| redrive(servers, &[&from, options].concat());

    let shown = with(&["--dry-run"]).expect_code(0);
    assert_eq!((counts(&shown), shown.number("without_value")), ([2, 0, 0, 0], 1), "{shown:?}");
    assert_eq!(read(servers, &bench.topic).len(), 3, "nothing was sent");
    assert!(!work.join("dead_letters_sent.csv").exists());
    let listed = shown.report()["letters"].as_array().unwrap().clone();
    let cat = listed.iter().find(|letter| letter["name"] == "Cat.png").unwrap();
    assert_eq!((&cat["partition"], &cat["redrive_count"], &cat["to_offset"]), (&1.into(), &1.into(), &Value::Null));

    let run = with(&[]).expect_code(0);
    assert_eq!((counts(&run), run.number("without_value")), ([2, 2, 0, 0], 1), "{run:?}");
    let on_topic = read(servers, &bench.topic);
    assert_eq!(on_topic.len(), 5);
    assert_eq!(on_topic[1], plain.with_header("redrive-count", "1"));
    assert_eq!(on_topic[4], odd(1, b"hello").with_header("redrive-count", "1"));
    let again = with(&[]).expect_code(0);
    assert_eq!(counts(&again), [0, 0, 2, 0], "{again:?}");
    assert_eq!(read(servers, &bench.topic).len(), 5, "sent once");

    // It fails again, and is sent a second time as a letter of its own.
    let run = bench.run("consume", "a", &["--count", "2"]).expect_code(1);
    assert_eq!(run.number("dead_letters"), 2, "{run:?}");
    let limited = with(&["--max-redrives", "1"]).expect_code(0);
    assert_eq!((counts(&limited), limited.number("over_max_redrives")), ([0, 0, 2, 0], 2), "{limited:?}");
    let run = with(&["--where", "name=cat", "--where", "reason=json"]).expect_code(0);
    assert_eq!((counts(&run), run.number("not_selected")), ([1, 1, 1, 0], 3), "{run:?}");
    assert_eq!(read(servers, &bench.topic)[5], odd(1, b"hello").with_header("redrive-count", "2"));
    let forced = with(&["--again", "--count", "1"]).expect_code(0);
    assert_eq!(counts(&forced), [1, 1, 0, 0], "{forced:?}");
    assert_eq!(fs::read_to_string(work.join("dead_letters.csv")).unwrap().lines().count(), 6, "nothing was deleted");
    assert_eq!(fs::read_to_string(work.join("dead_letters_sent.csv")).unwrap().lines().count(), 5);
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
fn dead_letters_go_to_a_topic_as_kafka_connect_describes_them_and_come_back_from_there() {
    let (bench, served, dead) = with_dead_letter_topic(2);
    let servers = &*served.bootstrap_servers;
    let tombstone = Raw { value: None, ..odd(1, b"") };
    let letters =
        [odd(1, b"hello"), Raw { partition: 0, value: Some(b"{}".to_vec()), ..Raw::default() }, tombstone.clone()];
    send(servers, &bench.topic, &letters);
    let run = bench.run("consume", "a", &["--count", "3", "--dead-letter-topic", &dead]).expect_code(1);
    assert_eq!(run.number("dead_letters"), 3, "{run:?}");
    let on_topic = read(servers, &dead);
    assert_eq!(on_topic.len(), 3, "created with one partition: {on_topic:?}");
    let hello = on_topic.iter().find(|record| record.value.as_deref() == Some(b"hello")).unwrap();
    assert_eq!((&hello.key, &hello.headers[..4]), (&letters[0].key, &letters[0].headers[..]));
    let described = |name: &str| hello.header(&format!("__connect.errors.{name}")).unwrap();
    assert_eq!([described("topic"), described("partition"), described("offset")], [&*bench.topic, "1", "0"]);
    assert_eq!((described("connector.name"), described("task.id")), (bench.group.clone(), "0".to_owned()));
    assert!(described("exception.message").contains("not JSON"), "{hello:?}");
    for name in ["stage", "class.name", "exception.class.name", "exception.stacktrace"] {
        assert!(!described(name).is_empty(), "{name}");
    }
    assert!(bench.work("a").join("dead_letters.csv").exists(), "beside the folder");

    let group = format!("{}-redrive", bench.group);
    let with =
        |options: &[&str]| redrive(servers, &[&["--dead-letter-topic", &dead, "--group", &group], options].concat());
    let shown = with(&["--dry-run", "--where", "partition=1"]).expect_code(0);
    assert_eq!((counts(&shown), shown.number("not_selected")), ([2, 0, 0, 0], 1), "{shown:?}");
    // The letter between the others is left: it is noted which were sent, and not only up to where.
    let run = with(&["--where", "partition=1"]).expect_code(0);
    assert_eq!(counts(&run), [2, 2, 0, 0], "{run:?}");
    let mut back = read(servers, &bench.topic);
    // Letters may overtake each other on their way to the dead letter topic.
    back[3..].sort_by_key(|record| record.value.is_none());
    let mut expected = vec![odd(1, b"hello"), tombstone.clone()];
    expected.extend([odd(1, b"hello"), tombstone].map(|record| record.with_header("redrive-count", "1")));
    assert_eq!(back[1..], expected);
    let again = with(&["--where", "partition=1"]).expect_code(0);
    assert_eq!(counts(&again)[..2], [0, 0], "{again:?}");
    let rest = with(&[]).expect_code(0);
    assert_eq!(counts(&rest)[..2], [1, 1], "{rest:?}");
    let nothing = with(&[]).expect_code(0);
    assert_eq!((nothing.number("found"), nothing.number("sent")), (0, 0), "{nothing:?}");
    assert_eq!(read(servers, &dead).len(), 3, "nothing was deleted");
    let forced = with(&["--again", "--where", "offset=0", "--where", "partition=1"]).expect_code(0);
    assert_eq!(counts(&forced)[..2], [1, 1], "{forced:?}");
}

#[test]
fn letters_that_do_not_name_their_topic_need_one() {
    let (bench, served, dead) = with_dead_letter_topic(1);
    let servers = &*served.bootstrap_servers;
    create_topic(&bench, servers, &dead, 1, &[]);
    // Kafka Connect without `errors.deadletterqueue.context.headers.enable`.
    send(servers, &dead, &[odd(0, b"one")]);
    let group = format!("{}-redrive", bench.group);
    let options = ["--dead-letter-topic", &dead, "--group", &group];
    let refused = redrive(servers, &options).expect_code(1);
    assert_eq!(counts(&refused), [1, 0, 0, 1], "{refused:?}");
    assert!(refused.stderr.contains("give one with --topic"), "{refused:?}");
    let run = redrive(servers, &[&options[..], &["--topic", &bench.topic]].concat()).expect_code(0);
    assert_eq!(counts(&run), [1, 1, 0, 0], "{run:?}");
    assert_eq!(read(servers, &bench.topic), [odd(0, b"one").with_header("redrive-count", "1")]);
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
fn a_dead_letter_topic_that_refuses_a_letter_stops_the_consumer_and_nothing_is_lost() {
    let (bench, served, dead) = with_dead_letter_topic(1);
    let servers = &*served.bootstrap_servers;
    create_topic(&bench, servers, &dead, 1, &[("max.message.bytes", "2000")]);
    // Random, so that it is no smaller when it is compressed.
    send(servers, &bench.topic, &[Raw { value: Some(png(1, 64)), ..Raw::default() }]);
    let refused = bench.run("consume", "a", &["--until-idle", "5", "--dead-letter-topic", &dead]).expect_code(1);
    let expected = format!("{} [0] at offset 0 cannot be written to the topic {dead}", bench.topic);
    assert!(refused.stderr.contains(&expected), "{refused:?}");
    let run = bench.run("consume", "a", &["--until-idle", "2"]).expect_code(1);
    assert_eq!((run.number("received"), run.number("dead_letters")), (1, 1), "it was not committed: {run:?}");
    let table = fs::read_to_string(bench.work("a").join("dead_letters.csv")).unwrap();
    assert_eq!(table.lines().count(), 2, "{table}");
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

/// A record without a key that has this header, in a batch by itself.
fn batch_with_header(name: &[u8], value: &[u8]) -> Vec<u8> {
    // Lengths below 64, as zigzag numbers of one byte.
    let sized = |bytes: &[u8]| [&[bytes.len() as u8 * 2][..], bytes].concat();
    let record = [&[0, 0, 0, 1][..], &sized(value), &[2], &sized(name), &sized(b"v")].concat();
    batch(0, 1, &sized(&record))
}

#[test]
fn a_header_whose_name_is_not_text_stops_no_consumer() {
    let bench = Bench::embedded();
    let served = bench.serve();
    let servers = &*served.bootstrap_servers;
    bench.create_topic(servers, 1, &[]);
    produce(servers, &bench.topic, 0, &batch_with_header(b"a\xff", b"hello"));
    produce(servers, &bench.topic, 0, &batch_with_header(b"own", b"hello"));
    let run = bench.run("consume", "a", &["--until-idle", "2", "--dead-letter-topic", "dlq"]).expect_code(1);
    assert_eq!(run.number("dead_letters"), 2, "{run:?}");
    assert!(!run.stderr.contains("internal error"), "{run:?}");
    for options in [&["--from", bench.work("a").to_str().unwrap()][..], &["--dead-letter-topic", "dlq"]] {
        let run = redrive(servers, options).expect_code(0);
        assert_eq!(counts(&run), [2, 2, 0, 0], "{run:?}");
    }
    // Letters may overtake each other: records are decoded side by side.
    let headers: BTreeMap<Option<String>, Option<String>> = read(servers, "dlq")
        .iter()
        .map(|letter| (letter.header("__connect.errors.offset"), letter.header("own")))
        .collect();
    let offset = |offset: &str| Some(offset.to_owned());
    assert_eq!(headers, [(offset("0"), None), (offset("1"), Some("v".to_owned()))].into());
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

#[test]
fn letters_of_topics_that_cannot_exist_keep_no_others_back() {
    let (bench, served, dead) = with_dead_letter_topic(1);
    let servers = &*served.bootstrap_servers;
    create_topic(&bench, servers, &dead, 1, &[]);
    let from = |topic: &str| odd(0, b"one").with_header("__connect.errors.topic", topic);
    send(servers, &dead, &[from("a b"), from("a\0b"), from(&bench.topic)]);
    let group = format!("{}-redrive", bench.group);
    let run = redrive(servers, &["--dead-letter-topic", &dead, "--group", &group]).expect_code(1);
    assert_eq!(counts(&run), [3, 1, 0, 2], "{run:?}");
    assert!(run.stderr.contains("the topic \"a b\" has characters other than"), "{run:?}");
    assert_eq!(read(servers, &bench.topic).len(), 1);
}
