use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka_image_bench_core::browse::{BrowseFrom, BrowsePage, BrowsePlan, BrowsedRecord, read, read_next, topics};
use kafka_image_bench_core::model::client_settings::ClientSettings;
use kafka_image_bench_core::run::cancellation::Cancellation;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::Value;

use crate::bench::{Bench, Finished, Record, files_in, finish, image_name, message, png, program};

const TIMEOUT: Duration = Duration::from_secs(60);

struct Browser<'a> {
    servers: &'a str,
    plan: BrowsePlan,
}

impl<'a> Browser<'a> {
    fn new(bench: &Bench, servers: &'a str) -> Self {
        Self { servers, plan: BrowsePlan { topic: bench.topic.clone(), timeout: TIMEOUT, ..BrowsePlan::default() } }
    }

    fn read(&self, change: impl FnOnce(&mut BrowsePlan)) -> BrowsePage {
        let mut plan = self.plan.clone();
        change(&mut plan);
        read(self.servers, &ClientSettings::default(), &plan, &Cancellation::default()).unwrap()
    }
}

fn places(page: &BrowsePage) -> Vec<(i32, i64)> {
    page.records.iter().map(|record| (record.partition, record.offset)).collect()
}

fn send_images(bench: &Bench, servers: &str, numbers: std::ops::Range<u32>, partitions: u32) {
    let values: Vec<_> = numbers.clone().map(|number| message(&png(number, 8), &image_name(number))).collect();
    let records: Vec<_> = values
        .iter()
        .zip(numbers)
        .map(|(value, number)| Record {
            value: Some(value),
            partition: Some((number % partitions) as i32),
            ..Record::default()
        })
        .collect();
    bench.send(servers, &records);
}

fn groups(servers: &str) -> Vec<String> {
    let client: BaseConsumer = ClientConfig::new().set("bootstrap.servers", servers).create().unwrap();
    let groups = client.fetch_group_list(None, TIMEOUT).unwrap();
    groups.groups().iter().map(|group| group.name().to_owned()).collect()
}

#[test]
fn every_kind_of_record_is_shown() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 1, &[]);
    let image = png(1, 8);
    let json = message(&image, "a label");
    let sha256 = {
        use sha2::Digest;
        hex::encode(sha2::Sha256::digest(&image))
    };
    let long = vec![b'x'; 9_000];
    let own = [("file-name", "sub/a.png"), ("sent-at-micros", "1700000000000001"), ("content-sha256", &sha256)];
    let raw =
        [("annotation", "raw label"), ("content-sha256", &"0".repeat(64)), ("objects", "[{\"label\": \"boat\"}]")];
    let record = |value, headers| Record { value, headers, partition: None };
    bench.send(
        &served.bootstrap_servers,
        &[
            record(Some(&json), &own),
            record(Some(&image), &raw),
            record(Some(&image), &[]),
            record(Some(b"{\"image_file\": \"A*AA\", \"annotation\": \"x\"}"), &[]),
            record(Some(&long), &[]),
            record(Some(b""), &[]),
            record(None, &[]),
        ],
    );
    let page = Browser::new(&bench, &served.bootstrap_servers).read(|_| {});
    assert!(page.end_reached && !page.cut_by_budget && page.remarks.is_empty(), "{page:?}");
    let [json, raw, bare, damaged @ ..] = &page.records[..] else { panic!("{page:?}") };
    let content = |record: &BrowsedRecord| record.content.clone().unwrap();
    assert_eq!((json.encoding, raw.encoding, bare.encoding), (Some("json"), Some("raw"), Some("bare image")));
    for one in [json, raw, bare] {
        assert_eq!(&content(one).bytes[..], &image[..]);
        assert!(one.raw.is_none() && one.timestamp_millis.is_some());
    }
    let labels = [json, raw, bare].map(|one| content(one).annotation);
    assert_eq!(labels, ["a label", "raw label", ""]);
    assert_eq!([json, raw, bare].map(|one| content(one).bytes_as_sent), [Some(true), Some(false), None]);
    assert_eq!((json.file_name.as_deref(), json.sent_at_micros), (Some("sub/a.png"), Some(1_700_000_000_000_001)));
    assert_eq!(content(raw).objects_json.as_deref(), Some("[{\"label\": \"boat\"}]"));
    let reasons: Vec<_> = damaged.iter().map(|one| one.content.clone().unwrap_err()).collect();
    for (reason, word) in reasons.iter().zip(["base64", "not JSON", "empty", "tombstone"]) {
        assert!(reason.contains(word), "{reasons:?}");
    }
    let previews: Vec<_> = damaged.iter().map(|one| one.raw.as_ref().map(|raw| raw.len())).collect();
    assert_eq!(previews, [Some(41), Some(4096), Some(0), None]);
    assert_eq!(damaged[1].value_bytes, 9_000);
}

#[test]
fn pages_follow_each_other_and_leave_no_trace() {
    let bench = Bench::new();
    let served = bench.serve();
    let servers = &served.bootstrap_servers;
    bench.create_topic(servers, 3, &[]);
    let browser = Browser::new(&bench, servers);
    assert_eq!(
        browser.read(|_| {}),
        BrowsePage { end_reached: true, next: vec![(0, 0), (1, 0), (2, 0)], ..BrowsePage::default() }
    );
    send_images(&bench, servers, 0..30, 3);

    let mut page = browser.read(|plan| plan.count = 12);
    assert_eq!(page.next, [(0, 4), (1, 4), (2, 4)]);
    let mut seen = places(&page);
    while !page.end_reached {
        let plan = BrowsePlan { count: 12, ..browser.plan.clone() };
        page = read_next(servers, &ClientSettings::default(), &plan, &page.next, &Cancellation::default()).unwrap();
        assert!(page.records.len() <= 12 && !page.records.is_empty(), "{page:?}");
        seen.extend(places(&page));
    }
    seen.sort_unstable();
    let all: Vec<(i32, i64)> = (0..3).flat_map(|partition| (0..10).map(move |offset| (partition, offset))).collect();
    assert_eq!(seen, all);

    // One partition, from an offset; offsets that do not exist.
    let chosen = browser.read(|plan| (plan.partition, plan.from, plan.count) = (Some(1), BrowseFrom::Offset(7), 2));
    assert_eq!((places(&chosen), chosen.end_reached), (vec![(1, 7), (1, 8)], false));
    let beyond = browser.read(|plan| (plan.partition, plan.from) = (Some(1), BrowseFrom::Offset(99)));
    assert!(beyond.records.is_empty() && beyond.end_reached && beyond.remarks[0].contains("99"), "{beyond:?}");

    // A budget for about two images: the page is cut short, and the next one continues there.
    let bytes = png(0, 8).len() + 20;
    let cut = browser.read(|plan| (plan.partition, plan.budget_bytes) = (Some(2), 2 * bytes));
    assert!(cut.cut_by_budget && !cut.end_reached, "{cut:?}");
    assert_eq!((places(&cut), &cut.next[..]), (vec![(2, 0), (2, 1)], &[(2, 2)][..]));

    let summary = topics(servers, &ClientSettings::default(), TIMEOUT).unwrap();
    let own = summary.iter().find(|topic| topic.name == bench.topic).unwrap();
    assert_eq!((own.partitions, own.records), (3, 30));
    assert!(summary.is_sorted_by(|a, b| a.name < b.name) && summary.iter().all(|one| !one.name.starts_with("__")));
    let left: Vec<_> = groups(servers).into_iter().filter(|group| group.contains("browser")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_latest_and_a_time() {
    let bench = Bench::new();
    let served = bench.serve();
    let servers = &served.bootstrap_servers;
    bench.create_topic(servers, 3, &[]);
    send_images(&bench, servers, 0..30, 3);
    let after_first = {
        let page = Browser::new(&bench, servers).read(|_| {});
        let newest = page.records.iter().filter_map(|record| record.timestamp_millis).max().unwrap();
        let at = jiff::Timestamp::from_millisecond(newest + 1).unwrap();
        crate::bench::wait_until("the clock has advanced", || jiff::Timestamp::now() > at);
        at
    };
    // The newest five are all in one partition: an equal share of each partition would be wrong.
    let values: Vec<_> = (100..105).map(|number| message(&png(number, 8), "new")).collect();
    let records: Vec<_> =
        values.iter().map(|value| Record { value: Some(value), partition: Some(1), ..Record::default() }).collect();
    bench.send(servers, &records);

    let browser = Browser::new(&bench, servers);
    let newest: Vec<(i32, i64)> = (10..15).map(|offset| (1, offset)).collect();
    let latest = browser.read(|plan| (plan.from, plan.count) = (BrowseFrom::Latest, 5));
    assert_eq!((places(&latest), latest.end_reached), (newest.clone(), true));
    assert_eq!(latest.next, [(0, 10), (1, 15), (2, 10)]);
    let all = browser.read(|plan| (plan.from, plan.count) = (BrowseFrom::Latest, 100));
    assert_eq!(all.records.len(), 35);
    let since = browser.read(|plan| plan.from = BrowseFrom::Time(after_first));
    assert_eq!((places(&since), since.end_reached), (newest, true));
    let future = jiff::Timestamp::now() + jiff::Span::new().hours(1);
    assert!(browser.read(|plan| plan.from = BrowseFrom::Time(future)).records.is_empty());
}

#[test]
fn what_is_not_there_is_named_and_stopping_is_quick() {
    let bench = Bench::new();
    let served = bench.serve();
    let servers = &served.bootstrap_servers;
    bench.create_topic(servers, 2, &[]);
    let refused = |plan: BrowsePlan| {
        read(servers, &ClientSettings::default(), &plan, &Cancellation::default()).unwrap_err().to_string()
    };
    let plan = Browser::new(&bench, servers).plan;
    assert!(refused(BrowsePlan { topic: "no-such-topic".into(), ..plan.clone() }).contains("no-such-topic"));
    assert!(refused(BrowsePlan { partition: Some(2), ..plan.clone() }).contains("0 to 1"));
    assert!(refused(BrowsePlan { count: 0, ..plan.clone() }).contains("1 to 10000"));

    let stop = Arc::new(Cancellation::default());
    let asked = Arc::clone(&stop);
    let stopping = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        asked.request();
        Instant::now()
    });
    // Nothing answers on port 9 of this machine.
    let stopped = read("127.0.0.1:9", &ClientSettings::default(), &plan, &stop).unwrap_err();
    let took = stopping.join().unwrap().elapsed();
    assert_eq!(stopped.to_string(), "stopped");
    assert!(took < Duration::from_millis(400), "{took:?}");
}

#[test]
fn the_command_shows_and_saves() {
    let bench = Bench::new();
    bench.write_images(12);
    bench.run("produce", "p", &["--encoding", "raw", "--partitions", "2"]).expect_code(0);
    let browse = |format: &str, options: &[&str]| -> Finished {
        let mut command = program();
        command.args(["--headless", "--output-format", format, "browse"]);
        command.args(bench.broker_arguments()).args(["--topic", &bench.topic]).args(options);
        finish(command.output().unwrap())
    };
    let folder = bench.work("found");
    let save = ["--from", "beginning", "--count", "100", "--save", folder.to_str().unwrap()];
    let shown = browse("text", &save).expect_code(0);
    assert!(shown.stdout.contains("png 8 × 8 (raw)") && shown.stdout.contains("image-0003"), "{shown:?}");
    assert!(shown.stdout.contains("12 images and 0 damaged records written"), "{shown:?}");
    let expected = (0..12).map(|number| (image_name(number), png(number, 8))).collect();
    assert_eq!(files_in(&folder), expected);
    fs::write(folder.join("image-0000.png"), "a person's own").unwrap();
    browse("quiet", &save).expect_code(0);
    assert_eq!(fs::read(folder.join("image-0000.png")).unwrap(), b"a person's own");
    assert_eq!(files_in(&folder).len(), 13);

    let lines = browse("json", &["--count", "3"]).expect_code(0);
    let objects: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 3, "{lines:?}");
    assert_eq!((&objects[0]["encoding"], &objects[0]["width_px"]), (&Value::from("raw"), &Value::from(8)));

    assert!(browse("text", &["--partition", "7"]).expect_code(1).stderr.contains("no partition 7"));
    assert!(browse("text", &["--from", "sometime"]).expect_code(2).stderr.contains("2026-11-24T08:30:00Z"));
    assert!(browse("text", &["--offset", "-3"]).expect_code(2).stderr.contains("-3"));
    assert!(browse("text", &["--count", "0"]).expect_code(2).stderr.contains("1 to 10000"));
}

#[test]
fn only_records_that_match_are_shown() {
    let bench = Bench::new();
    bench.write_images(30);
    let labels = bench.work("labels.json");
    let coco = serde_json::json!({
        "images": (0..30).map(|number| serde_json::json!({
            "id": number, "file_name": image_name(number), "width": 8, "height": 8,
        })).collect::<Vec<_>>(),
        "categories": [{"id": 1, "name": "tug"}, {"id": 2, "name": "traffic light"}],
        "annotations": (0..30).flat_map(|number| (0..number % 3).map(move |object| serde_json::json!({
            "id": 100 * number + object, "image_id": number, "category_id": 1 + object, "bbox": [1, 1, 4, 4],
        }))).collect::<Vec<_>>(),
    });
    fs::create_dir_all(labels.parent().unwrap()).unwrap();
    fs::write(&labels, coco.to_string()).unwrap();
    let labels = format!("coco:{}", labels.display());
    bench.run("produce", "p", &["--encoding", "raw", "--partitions", "3", "--labels", &labels]).expect_code(0);
    let browse = |format: &str, options: &[&str]| -> Finished {
        let mut command = program();
        command.args(["--headless", "--output-format", format, "browse"]);
        command.args(bench.broker_arguments()).args(["--topic", &bench.topic]).args(options);
        finish(command.output().unwrap())
    };
    let names = |options: &[&str]| -> Vec<String> {
        let lines = browse("json", options).expect_code(0).stdout;
        let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut names: Vec<String> = records.map(|record| record["file_name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let images = |numbers: &[u32]| -> Vec<String> { numbers.iter().map(|number| image_name(*number)).collect() };
    assert_eq!(names(&["--where", "objects = 0 and name ~ 'image-000'"]), images(&[0, 3, 6, 9]));
    assert_eq!(names(&["--where", "objects.\"traffic light\" = 1 and name ~ 'image-000'"]), images(&[2, 5, 8]));
    // It is read on until as many as were asked for are found, whichever partition they are on.
    for from in ["beginning", "latest"] {
        let all = ["--from", from, "--count", "3", "--where", "width = 8 and has boxes and label ~ '-0001'"];
        assert_eq!(names(&all), images(&[1]), "{from}");
        let some = names(&["--from", from, "--count", "4", "--where", "has objects.tug"]);
        assert!(some.len() == 4 && some.iter().all(|name| all_with_tugs().contains(name)), "{some:?}");
    }
    let newest = names(&["--count", "1", "--where", "has label"]);
    assert_eq!(newest, names(&["--count", "1"]));

    let shown = browse("text", &["--count", "100", "--where", "not latency > 1ms and objects = 2"]).expect_code(0);
    assert!(shown.stdout.contains("10 of 30 records read match the query; end of the topic reached"), "{shown:?}");
    let remark = "latency is not known for any of 30 records; comparisons with it are false there";
    assert!(shown.stderr.contains(remark), "{shown:?}");
    let refused = browse("text", &["--where", "lable = boat"]).expect_code(2);
    assert!(refused.stderr.contains("column 1: `lable` is not a field; did you mean `label`?"), "{refused:?}");
}

fn all_with_tugs() -> Vec<String> {
    (0..30).filter(|number| number % 3 > 0).map(image_name).collect()
}

/// Transactions leave offsets without records, even at the very end. The embedded broker does not support them.
#[test]
fn gaps_of_transactions_hold_nothing_up() {
    let Some(servers) = std::env::var("KIB_TEST_BOOTSTRAP").ok().filter(|servers| !servers.is_empty()) else { return };
    let bench = Bench::new();
    bench.create_topic(&servers, 1, &[]);
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", &servers).set("transactional.id", &bench.topic).create().unwrap();
    producer.init_transactions(TIMEOUT).unwrap();
    for number in 0..20 {
        producer.begin_transaction().unwrap();
        let value = message(&png(number, 8), &image_name(number));
        producer.send(BaseRecord::<(), _>::to(&bench.topic).payload(&value)).map_err(|(error, _)| error).unwrap();
        // The last ones are aborted.
        if number < 12 {
            producer.commit_transaction(TIMEOUT).unwrap();
        } else {
            producer.flush(TIMEOUT).unwrap();
            producer.abort_transaction(TIMEOUT).unwrap();
        }
    }
    let browser = Browser::new(&bench, &servers);
    let committed: Vec<(i32, i64)> = (0..12).map(|number| (0, number * 2)).collect();
    let all = browser.read(|_| {});
    assert_eq!((places(&all), all.end_reached, &all.next[..]), (committed.clone(), true, &[(0, 40)][..]));
    let latest = browser.read(|plan| (plan.from, plan.count) = (BrowseFrom::Latest, 5));
    assert_eq!(places(&latest), committed[7..]);
}
