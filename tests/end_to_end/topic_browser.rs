//! Topics with what the broker reports, records without their values, one value, records over time and as they arrive.

use std::time::Duration;

use crossbeam_channel::bounded;
use kafka_image_bench_core::browse::{
    BrowseFrom, BrowsePlan, KeptValues, TailBatch, ValueKind, read, read_next, read_record, tail, timeline, topic_list,
};
use kafka_image_bench_core::model::client_settings::ClientSettings;
use kafka_image_bench_core::run::cancellation::Cancellation;

use crate::bench::{Bench, Record, finish, message, png, program};

const TIMEOUT: Duration = Duration::from_secs(60);

/// Twelve records on two partitions, of which every third one is text, and a tombstone at the end of each.
fn send_mixed(bench: &Bench, servers: &str) {
    bench.create_topic(servers, 2, &[("retention.ms", "7200000"), ("max.message.bytes", "4000000")]);
    for number in 0..12_u32 {
        let value = match number % 3 {
            2 => format!("text {number}").into_bytes(),
            _ => message(&png(number, 8), &format!("boat {number}")),
        };
        let partition = Some((number % 2) as i32);
        bench.send(servers, &[Record { value: Some(&value), partition, headers: &[("camera", "quay")] }]);
    }
    let tombstones = [0, 1].map(|partition| Record { partition: Some(partition), ..Record::default() });
    bench.send(servers, &tombstones);
}

#[test]
fn topics_have_their_records_size_and_settings() {
    let bench = Bench::new();
    let served = bench.serve();
    let servers = &served.bootstrap_servers;
    send_mixed(&bench, servers);
    let list = topic_list(servers, &ClientSettings::default(), TIMEOUT, &Cancellation::default()).unwrap();
    let topic = list.topics.iter().find(|topic| topic.name == bench.topic).unwrap();
    assert_eq!((topic.partitions, topic.records, topic.silent_partitions), (2, 14, 0));
    assert_eq!((topic.replication, topic.is_internal), (1, false));
    assert!(topic.disk_bytes.is_some_and(|bytes| bytes > 1_000), "{topic:?} {:?}", list.no_sizes);
    let settings = topic.settings.as_ref().unwrap();
    assert_eq!((settings.retention_ms, settings.cleanup_policy.as_deref()), (Some(7_200_000), Some("delete")));
}

#[test]
fn records_are_listed_without_their_values_and_read_one_by_one() {
    let bench = Bench::new();
    let served = bench.serve();
    let (servers, client, stop) = (&served.bootstrap_servers, ClientSettings::default(), Cancellation::default());
    send_mixed(&bench, servers);
    let plan = BrowsePlan {
        topic: bench.topic.clone(),
        from: BrowseFrom::Beginning,
        count: 5,
        values: KeptValues::Nothing,
        timeout: TIMEOUT,
        ..BrowsePlan::default()
    };
    let mut page = read(servers, &client, &plan, &stop).unwrap();
    let mut records = std::mem::take(&mut page.records);
    while !page.end_reached {
        page = read_next(servers, &client, &plan, &page.next, &stop).unwrap();
        records.append(&mut page.records);
    }
    assert_eq!(records.len(), 14, "each record once, over all pages");
    assert!(records.iter().all(|record| record.raw.is_none()));
    assert!(records.iter().filter_map(|record| record.content.as_ref().ok()).all(|image| image.bytes.is_empty()));
    let count = |is_it: fn(&ValueKind) -> bool| records.iter().filter(|record| is_it(&record.kind)).count();
    assert_eq!(count(|kind| matches!(kind, ValueKind::Image(info) if info.width_px == 8)), 8);
    assert_eq!((count(|kind| *kind == ValueKind::Text), count(|kind| *kind == ValueKind::Missing)), (4, 2));

    let damaged = BrowsePlan { only_damaged: true, count: 3, ..plan.clone() };
    let first = read(servers, &client, &damaged, &stop).unwrap();
    assert_eq!(first.records.len(), 3);
    let rest = read_next(servers, &client, &damaged, &first.next, &stop).unwrap();
    assert_eq!(rest.records.len(), 3);
    assert!(first.records.iter().chain(&rest.records).all(|record| record.content.is_err()));
    let newest = BrowsePlan { from: BrowseFrom::Latest, count: 50, ..damaged };
    assert_eq!(read(servers, &client, &newest, &stop).unwrap().records.len(), 6);

    let chosen = read_record(servers, &client, &bench.topic, (0, 0), TIMEOUT, &stop).unwrap();
    let expected = message(&png(0, 8), "boat 0");
    assert_eq!(chosen.raw.as_deref(), Some(expected.as_slice()));
    assert_eq!(*chosen.content.unwrap().bytes, *png(0, 8));
    let gone = read_record(servers, &client, &bench.topic, (0, 99), TIMEOUT, &stop).unwrap_err();
    assert!(gone.to_string().contains("offset 99"), "{gone}");

    let over_time = timeline(servers, &client, &bench.topic, None, 20, TIMEOUT, &stop).unwrap().unwrap();
    assert_eq!(over_time.records.iter().sum::<u64>(), 14, "{over_time:?}");
    let of_one = timeline(servers, &client, &bench.topic, Some(1), 20, TIMEOUT, &stop).unwrap().unwrap();
    assert_eq!(of_one.records.iter().sum::<u64>(), 7);

    let mut command = program();
    command.args(["--headless", "browse", "--bootstrap-server", servers, "--topic", &bench.topic]);
    let printed = finish(command.args(["--damaged-only", "--from", "beginning"]).output().unwrap()).expect_code(0);
    assert!(printed.stdout.contains("6 records, 6 without an image"), "{printed:?}");
}

#[test]
fn records_are_followed_from_the_end_on_until_stopped() {
    let bench = Bench::new();
    let served = bench.serve();
    let servers = served.bootstrap_servers.clone();
    send_mixed(&bench, &servers);
    let plan = BrowsePlan { topic: bench.topic.clone(), timeout: TIMEOUT, ..BrowsePlan::default() };
    let (sender, batches) = bounded::<TailBatch>(100);
    let stop = Cancellation::default();
    let (own_stop, own_servers) = (stop.clone(), servers.clone());
    let following = std::thread::spawn(move || {
        tail(&own_servers, &ClientSettings::default(), &plan, &own_stop, |batch| sender.send(batch).unwrap())
    });
    assert_eq!(batches.recv_timeout(TIMEOUT).unwrap(), TailBatch::default(), "it is ready");
    let values: Vec<Vec<u8>> = (0..5).map(|number| format!("new {number}").into_bytes()).collect();
    let records: Vec<Record<'_>> =
        values.iter().map(|value| Record { value: Some(value), partition: Some(1), ..Record::default() }).collect();
    bench.send(&servers, &records);
    let mut arrived = Vec::new();
    while arrived.len() < 5 {
        arrived.extend(batches.recv_timeout(TIMEOUT).unwrap().records);
    }
    let places: Vec<(i32, i64)> = arrived.iter().map(|record| (record.partition, record.offset)).collect();
    assert_eq!(places, (7..12).map(|offset| (1, offset)).collect::<Vec<_>>());
    stop.request();
    following.join().unwrap().unwrap();
}
