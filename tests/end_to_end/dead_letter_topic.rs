//! Dead letters on a topic, and from there again.

use std::fs;

use crate::batches::{batch, produce};
use crate::bench::{Bench, message, png};
#[cfg(unix)]
use crate::bench::{Process, program, wait_until};
use crate::dead_letters::{Raw, counts, create_topic, odd, read, redrive, send, with_dead_letter_topic};

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
    let back = read(servers, &bench.topic);
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
    let headers: Vec<Option<String>> = read(servers, "dlq").iter().map(|letter| letter.header("own")).collect();
    assert_eq!(headers, [None, Some("v".to_owned())]);
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

#[test]
fn dead_letters_keep_the_order_of_their_partition() {
    let (bench, served, dead) = with_dead_letter_topic(2);
    let servers = &*served.bootstrap_servers;
    // Decoding them takes more and less time, and images are among them.
    let large = message(&[7; 600_000], "no image");
    let value = |number: i32| match number % 4 {
        0 => large.clone(),
        1 => message(&png(number as u32, 64), "cat"),
        _ => b"hello".to_vec(),
    };
    let records: Vec<Raw> = (0..160)
        .map(|number| Raw { partition: number % 3 / 2, value: Some(value(number)), ..Raw::default() })
        .collect();
    send(servers, &bench.topic, &records);
    let run = bench.run("consume", "a", &["--count", "160", "--dead-letter-topic", &dead]).expect_code(1);
    assert_eq!((run.number("dead_letters"), run.number("saved")), (120, 40), "{run:?}");
    let of_partition = |letters: &[(String, String)], partition: &str| -> Vec<i64> {
        letters.iter().filter(|letter| letter.0 == partition).map(|letter| letter.1.parse().unwrap()).collect()
    };
    let on_topic: Vec<(String, String)> = read(servers, &dead)
        .iter()
        .map(|letter| ["partition", "offset"].map(|name| letter.header(&format!("__connect.errors.{name}")).unwrap()))
        .map(|[partition, offset]| (partition, offset))
        .collect();
    let mut table = csv::Reader::from_path(bench.work("a").join("dead_letters.csv")).unwrap();
    let in_table: Vec<(String, String)> =
        table.records().map(|row| row.unwrap()).map(|row| (row[2].to_owned(), row[3].to_owned())).collect();
    for partition in ["0", "1"] {
        let offsets = of_partition(&on_topic, partition);
        assert!(offsets.is_sorted() && !offsets.is_empty(), "[{partition}] {offsets:?}");
        assert_eq!(of_partition(&in_table, partition), offsets, "[{partition}]");
    }
}

#[cfg(unix)]
#[test]
fn a_second_redrive_of_a_topic_is_refused_while_the_first_one_is_running() {
    const LETTERS: usize = 10_000;
    let (bench, served, dead) = with_dead_letter_topic(1);
    let servers = &*served.bootstrap_servers;
    create_topic(&bench, servers, &dead, 1, &[]);
    send(servers, &dead, &vec![Raw { value: Some(b"letter".to_vec()), ..Raw::default() }; LETTERS]);
    let options = ["--dead-letter-topic", &dead, "--topic", &bench.topic];
    let mut command = program();
    command.args(["--headless", "--output-format", "json", "redrive", "--bootstrap-server", servers]).args(options);
    let first = Process::start(command);
    wait_until("some are sent", || !read(servers, &bench.topic).is_empty());
    first.pause();
    let refused = redrive(servers, &options).expect_code(1);
    assert!(refused.stderr.contains("already being sent again by another program"), "{refused:?}");
    let elsewhere =
        redrive(servers, &[&options[..], &["--group", &bench.group, "--count", "1"]].concat()).expect_code(0);
    assert_eq!(counts(&elsewhere)[..2], [1, 1], "another group has its own marks: {elsewhere:?}");
    first.resume();
    let (code, printed) = first.wait();
    assert_eq!(code, 0, "{printed}");
    assert_eq!(read(servers, &bench.topic).len(), LETTERS + 1);
}
