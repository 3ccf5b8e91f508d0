//! Records that no consumer can read, and records that are deleted before they are read.

use std::collections::BTreeSet;

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::batches::{ZSTD_BOMB, batch, produce};
use crate::bench::{Bench, Finished, PATIENCE, Process, Record, finish, image_name, message, png, program, wait_until};

/// Appends an image to a partition.
fn send_image(bench: &Bench, servers: &str, partition: i32, number: u32) {
    let value = message(&png(number, 8), &image_name(number));
    bench.send(servers, &[Record { value: Some(&value), partition: Some(partition), ..Record::default() }]);
}

fn dead_offsets(bench: &Bench, work: &str) -> BTreeSet<(i32, i64)> {
    let mut reader = csv::Reader::from_path(bench.work(work).join("dead_letters.csv")).unwrap();
    let rows = reader.records().map(|row| row.unwrap()).inspect(|row| assert_eq!(&row[5], "", "{row:?}"));
    rows.map(|row| (row[2].parse().unwrap(), row[3].parse().unwrap())).collect()
}

/// Deletes the records before `offset`, as retention does.
fn delete_records(bench: &Bench, servers: &str, partition: i32, offset: i64) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", servers).create().unwrap();
    let mut before = TopicPartitionList::new();
    before.add_partition_offset(&bench.topic, partition, Offset::Offset(offset)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    runtime.block_on(admin.delete_records(&before, &options)).unwrap();
}

fn commit(bench: &Bench, servers: &str, partition: i32, offset: i64) {
    let mut config = ClientConfig::new();
    let client: BaseConsumer = config.set("bootstrap.servers", servers).set("group.id", &bench.group).create().unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(&bench.topic, partition, Offset::Offset(offset)).unwrap();
    client.commit(&offsets, CommitMode::Sync).unwrap();
}

fn lag(bench: &Bench, servers: &str, format: &str) -> Finished {
    let mut lag = program();
    lag.args(["--headless", "--output-format", format, "lag", "--once", "--bootstrap-server", servers]);
    lag.args(["--topic", &bench.topic, "--group", &bench.group]);
    finish(lag.output().unwrap()).expect_code(0)
}

#[test]
fn batches_that_cannot_be_read_are_named_and_passed_over() {
    let bench = Bench::embedded();
    let served = bench.serve();
    let servers = &*served.bootstrap_servers;
    bench.create_topic(servers, 3, &[]);
    let damaged = |partition, codec, count, records: &[u8]| {
        produce(servers, &bench.topic, partition, &batch(codec, count, records));
    };
    // A bomb of three records between images; another at the same offset of another partition, at its end.
    send_image(&bench, servers, 0, 0);
    damaged(0, 4, 3, ZSTD_BOMB);
    send_image(&bench, servers, 0, 1);
    send_image(&bench, servers, 1, 2);
    damaged(1, 4, 1, ZSTD_BOMB);
    // Damage specific to each codec; then invalid records, which the client does not report.
    for codec in [1, 2, 3, 4] {
        damaged(2, codec, 2, b"this is no compressed batch at all");
    }
    send_image(&bench, servers, 2, 3);
    damaged(2, 0, 2, &[0x7f; 40]);
    send_image(&bench, servers, 2, 4);

    let run = bench.run("consume", "a", &["--until-idle", "2"]).expect_code(1);
    assert_eq!((run.number("saved"), run.number("dead_letters"), run.number("unread")), (5, 14, 0), "{run:?}");
    let expected = [(0, 1), (0, 2), (0, 3), (1, 1)].into_iter();
    let expected = expected.chain((0..8).map(|offset| (2, offset))).chain([(2, 9), (2, 10)]);
    assert_eq!(dead_offsets(&bench, "a"), expected.collect(), "{run:?}");
    assert!(run.stderr.contains(&format!("{} [0] at offset 1: cannot be read", bench.topic)), "{run:?}");
    let reading: serde_json::Value = serde_json::from_str(&lag(&bench, servers, "json").stdout).unwrap();
    assert_eq!(reading["total_lag"], 0, "{reading}");
    // The group has committed past them.
    let again = bench.run("consume", "b", &["--until-idle", "2"]).expect_code(0);
    assert_eq!((again.number("saved"), again.number("dead_letters")), (0, 0), "{again:?}");

    let mut browse = program();
    browse.args(["--headless", "--output-format", "json", "browse", "--topic", &bench.topic]);
    let page = finish(browse.args(["--bootstrap-server", servers]).output().unwrap());
    assert_eq!(page.stdout.matches("cannot be read").count(), 14, "{page:?}");
    assert!(page.stdout.contains("image-0003.png") || page.stdout.contains("image-0003"), "{page:?}");
}

#[test]
fn a_stream_goes_past_a_batch_that_cannot_be_read() {
    let bench = Bench::embedded();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 1, &[]);
    produce(&served.bootstrap_servers, &bench.topic, 0, &batch(4, 1, ZSTD_BOMB));
    bench.write_images(20);
    let run = bench.run("stream", "a", &[]).expect_code(1);
    assert_eq!((run.number("saved"), run.number("dead_letters")), (20, 1), "{run:?}");
    bench.assert_all_saved("a", 20);
    assert_eq!(run.report()["accounting"]["saved"], 20, "{run:?}");
}

#[test]
fn records_deleted_before_they_were_read_are_lost_and_counted() {
    let bench = Bench::new();
    let served = bench.serve();
    let servers = &*served.bootstrap_servers;
    bench.create_topic(servers, 2, &[]);
    (0..10).for_each(|number| send_image(&bench, servers, 0, number));
    (10..13).for_each(|number| send_image(&bench, servers, 1, number));
    commit(&bench, servers, 0, 2);
    commit(&bench, servers, 1, 0);
    delete_records(&bench, servers, 0, 6);
    // Everything, so that nothing follows the gap.
    delete_records(&bench, servers, 1, 3);
    let reading: serde_json::Value = serde_json::from_str(&lag(&bench, servers, "json").stdout).unwrap();
    let lost: Vec<_> = reading["partitions"].as_array().unwrap().iter().map(|one| one["lost"].as_u64()).collect();
    assert_eq!(lost, [Some(4), Some(3)], "{reading}");
    assert!(lag(&bench, servers, "text").stdout.contains("deleted"));

    let run = bench.run("consume", "a", &["--until-idle", "2"]).expect_code(1);
    assert_eq!((run.number("saved"), run.number("lost")), (4, 7), "{run:?}");
    assert!(run.stderr.contains(&format!("Offsets 2 to 5 of {} [0] were deleted", bench.topic)), "{run:?}");
    assert!(run.stderr.contains(&format!("Offsets 0 to 2 of {} [1] were deleted", bench.topic)), "{run:?}");
    // Reported only once: the group is past them.
    let again = bench.run("consume", "a", &["--until-idle", "2"]).expect_code(0);
    assert_eq!(again.number("lost"), 0, "{again:?}");
}

#[cfg(unix)]
#[test]
fn records_deleted_while_a_consumer_runs_are_lost_and_counted() {
    let bench = Bench::new();
    let served = bench.serve();
    let servers = &*served.bootstrap_servers;
    bench.create_topic(servers, 1, &[]);
    send_image(&bench, servers, 0, 0);
    // Stopped, as by closing a laptop's lid.
    let consumer = Process::start(bench.command("consume", "a", &["--count", "3"]));
    wait_until("the first image is saved", || bench.rows_so_far("a") == 1);
    consumer.pause();
    (1..8).for_each(|number| send_image(&bench, servers, 0, number));
    delete_records(&bench, servers, 0, 6);
    consumer.resume();
    let (code, printed) = consumer.wait();
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("were deleted before the group read them"), "{printed}");
    assert_eq!(bench.rows("a").len(), 3, "{printed}");
}

#[test]
fn an_offset_beyond_the_end_is_said_and_the_topic_is_read_from_its_start() {
    let bench = Bench::new();
    let served = bench.serve();
    let servers = &*served.bootstrap_servers;
    bench.create_topic(servers, 1, &[]);
    (0..4).for_each(|number| send_image(&bench, servers, 0, number));
    commit(&bench, servers, 0, 100);
    let reading = lag(&bench, servers, "csv").stdout;
    assert!(reading.lines().next().unwrap().ends_with("log_start_offset,lost,beyond_end"), "{reading}");
    assert!(reading.lines().nth(1).unwrap().ends_with(",0,0,96"), "{reading}");
    let run = bench.run("consume", "a", &["--until-idle", "2"]).expect_code(1);
    assert_eq!((run.number("saved"), run.number("offset_resets")), (4, 1), "{run:?}");
    assert!(run.stderr.contains("committed offset 100") && run.stderr.contains("ends at 4"), "{run:?}");
    bench.run("consume", "a", &["--until-idle", "2"]).expect_code(0);
}

#[test]
fn a_group_that_begins_at_the_end_gets_what_the_stream_sends() {
    let bench = Bench::new();
    let served = bench.serve();
    let servers = &*served.bootstrap_servers;
    bench.create_topic(servers, 4, &[]);
    // From before the run, so not part of it.
    (100..104).for_each(|number| send_image(&bench, servers, (number % 4) as i32, number));
    bench.write_images(40);
    let run = bench.run("stream", "a", &["-X", "auto.offset.reset=latest"]).expect_code(0);
    assert_eq!((run.number("saved"), run.number("foreign")), (40, 0), "{run:?}");
    bench.assert_all_saved("a", 40);
}
