//! The tab Topics: topics, records, values, a timeline, records as they arrive, consumer groups and their offsets.

use std::sync::OnceLock;
use std::time::Duration;

use eframe::egui::{Key, OutputCommand};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::bench::{Bench, png};
use crate::broker::{create_topic, groups, message, produce};
use crate::window::{PATIENCE, Window};

const TOPIC: &str = "harbour";

fn servers(window: &Window) -> String {
    window.session().broker.bootstrap_servers.clone().unwrap()
}

/// Opens the tab, and waits for the topic.
fn open_tab(window: &mut Window) {
    window.press("Topics");
    window.press("Refresh");
    window.wait_for("the topic", |window| window.has_control(TOPIC));
}

/// When a record was sent: an hour ago, and a minute apart.
fn sent_at(number: u32) -> jiff::Timestamp {
    static FIRST: OnceLock<jiff::Timestamp> = OnceLock::new();
    let first = FIRST.get_or_init(|| jiff::Timestamp::now() - Duration::from_secs(3_600));
    *first + Duration::from_secs(60 * u64::from(number))
}

/// A minute apart, with a key and two headers each; every third one is text.
fn send_records(servers: &str, count: u32) {
    let mut config = ClientConfig::new();
    let producer: BaseProducer = config.set("bootstrap.servers", servers).create().unwrap();
    for number in 0..count {
        let value = match number % 3 {
            2 => format!("record {number}\nis text").into_bytes(),
            _ => message(&png(number), &format!("boat {number}")),
        };
        let headers = OwnedHeaders::new()
            .insert(Header { key: "camera", value: Some("quay") })
            .insert(Header { key: "number", value: Some(&number.to_string()) });
        let key = format!("key-{number}");
        let record = BaseRecord::to(TOPIC).partition(0).key(&key).payload(&value).headers(headers);
        let record = record.timestamp(sent_at(number).as_millisecond());
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(PATIENCE).unwrap();
}

/// Commits these offsets of the partitions from 0 on.
fn commit(servers: &str, group: &str, offsets: &[i64]) {
    let mut config = ClientConfig::new();
    let consumer: BaseConsumer = config.set("bootstrap.servers", servers).set("group.id", group).create().unwrap();
    let mut list = TopicPartitionList::new();
    for (partition, &offset) in (0..).zip(offsets) {
        list.add_partition_offset(TOPIC, partition, Offset::Offset(offset)).unwrap();
    }
    consumer.commit(&list, CommitMode::Sync).unwrap();
}

fn committed(servers: &str, group: &str, partitions: i32) -> Vec<Option<i64>> {
    let mut config = ClientConfig::new();
    let consumer: BaseConsumer = config.set("bootstrap.servers", servers).set("group.id", group).create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_range(TOPIC, 0, partitions - 1);
    let committed = consumer.committed_offsets(list, PATIENCE).unwrap();
    let offset = |partition| match committed.find_partition(TOPIC, partition).unwrap().offset() {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    };
    (0..partitions).map(offset).collect()
}

fn shown(window: &Window) -> Vec<i64> {
    window.tabs().topics.page.as_ref().unwrap().records.iter().map(|record| record.offset).collect()
}

/// Reads, and waits for the records at these offsets, in the order of the table.
#[track_caller]
fn wait_for_offsets(window: &mut Window, expected: &[i64]) {
    window.wait_for("the records", |window| {
        !window.tabs().topics.page.as_ref().unwrap().is_busy() && shown(window) == expected
    });
}

#[test]
fn topics_are_listed_found_and_sorted() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    let servers = servers(&window);
    create_topic(&servers, TOPIC, 3);
    create_topic(&servers, "boats", 1);
    produce(&servers, TOPIC, &vec![b"text".to_vec(); 10]);
    commit(&servers, "readers", &[0]);
    open_tab(&mut window);
    let texts = window.texts();
    let at = texts.iter().position(|text| text == TOPIC).unwrap();
    for expected in ["3", "10", "unlimited", "delete", "1"] {
        assert!(texts[at..].iter().any(|text| text == expected), "{expected}: {texts:?}");
    }
    let list = window.tabs().topics.topics.list.clone().unwrap();
    assert!(list.no_sizes.unwrap().contains("in memory") && list.no_settings.is_none());
    assert!(!window.has_control("__consumer_offsets"));
    window.press("Internal topics");
    assert!(window.has_control("__consumer_offsets"));
    window.press("Internal topics");

    let rows = |window: &Window| -> Vec<String> {
        let settings = &window.tabs().topics.settings;
        window.tabs().topics.topics.shown(settings).iter().map(|topic| topic.name.clone()).collect()
    };
    assert_eq!(rows(&window), ["boats", TOPIC]);
    window.press("Sort by records");
    assert_eq!(rows(&window), [TOPIC, "boats"]);
    window.fill("Search", "quay");
    window.settle();
    assert!(window.has("Nothing found"));
    window.press("Show all");
    assert!(window.has_control("boats"));
}

#[test]
fn records_are_read_from_where_one_likes_and_shown_as_what_they_are() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    let servers = servers(&window);
    create_topic(&servers, TOPIC, 1);
    send_records(&servers, 9);
    let before = groups(&servers);
    open_tab(&mut window);
    window.press(TOPIC);
    wait_for_offsets(&mut window, &[8, 7, 6, 5, 4, 3, 2, 1, 0]);
    assert!(window.has("PNG 24 × 24") && window.has("key-4"), "{:?}", window.texts());

    window.choose("Begin at", "an offset");
    window.fill("Offset", "6");
    window.key(Key::Enter);
    wait_for_offsets(&mut window, &[6, 7, 8]);
    window.choose("Begin at", "a time");
    window.fill("Time", &(sent_at(6) + Duration::from_secs(1)).to_string());
    window.press("Read");
    wait_for_offsets(&mut window, &[7, 8]);
    window.fill("Time", "soon");
    window.press("Read");
    window.wait_for_text("A time looks like");
    window.choose("Begin at", "first records");
    window.set("Records of a page", 4.0);
    window.press("Read");
    wait_for_offsets(&mut window, &[0, 1, 2, 3]);
    window.press("Next page");
    wait_for_offsets(&mut window, &[4, 5, 6, 7]);
    window.press("Damaged only");
    wait_for_offsets(&mut window, &[2, 5, 8]);
    window.press("Damaged only");
    wait_for_offsets(&mut window, &[0, 1, 2, 3]);

    window.press("Record 0 @ 1");
    window.wait_for("its image", |window| window.says("Image of Record 0 @ 1: PNG 24 × 24"));
    for expected in ["boat 1", "key-1", "camera", "quay", "Headers (2)"] {
        assert!(window.has(expected), "{expected}: {:?}", window.texts());
    }
    window.press("JSON");
    assert!(window.says("\"annotation\": \"boat 1\""), "{:?}", window.texts());
    window.press("Hex");
    assert!(window.says("00000000  7b 22"), "{:?}", window.texts());
    window.control("Copy").click();
    window.wait_for("it is on the clipboard", |window| {
        let commands = &window.harness.output().platform_output.commands;
        commands
            .iter()
            .any(|command| matches!(command, OutputCommand::CopyText(text) if text.starts_with("00000000  7b 22")))
    });
    window.key(Key::ArrowDown);
    window.wait_for("the next record as text", |window| window.has("record 2") && window.has("is text"));
    window.press("Close the record");
    assert!(!window.has("Headers (2)"));
    assert_eq!(groups(&servers), before, "no group was made");
}

#[test]
fn a_value_is_saved_as_it_is() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    let servers = servers(&window);
    create_topic(&servers, TOPIC, 1);
    send_records(&servers, 1);
    open_tab(&mut window);
    window.press(TOPIC);
    wait_for_offsets(&mut window, &[0]);
    window.press("Record 0 @ 0");
    window.wait_for("its value", |window| window.has_control("Save value…"));
    for (button, name, expected) in
        [("Save value…", "harbour-0-0.json", message(&png(0), "boat 0")), ("Save image…", "harbour-0-0.png", png(0))]
    {
        window.press(button);
        window.press("Write");
        let path = bench.work().join(name);
        window.wait_for("the file", |_| path.exists());
        window.wait_for("all of it", |_| std::fs::read(&path).unwrap() == expected);
    }
}

#[test]
fn a_large_value_is_read_when_it_is_asked_for() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    let servers = servers(&window);
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &servers).set("message.max.bytes", "8000000");
    let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
    let topic = NewTopic::new(TOPIC, 1, TopicReplication::Fixed(1)).set("max.message.bytes", "8000000");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(admin.create_topics([&topic], &AdminOptions::new())).unwrap().remove(0).unwrap();
    let producer: BaseProducer = config.create().unwrap();
    let value: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    producer.send(BaseRecord::<(), [u8]>::to(TOPIC).payload(&value)).map_err(|(error, _)| error).unwrap();
    producer.flush(PATIENCE).unwrap();

    open_tab(&mut window);
    window.press(TOPIC);
    wait_for_offsets(&mut window, &[0]);
    window.press("Record 0 @ 0");
    assert!(window.has("Not read yet") && window.has("3.00 MB"), "{:?}", window.texts());
    window.press("Read the value");
    window.wait_for_text("00000000  00 01 02 03");
    let lines = window.texts().iter().filter(|text| text.starts_with("0000") && text.len() > 30).count();
    assert!(lines < 100, "only what is in sight is drawn: {lines}");
    let topics = &window.tabs().topics;
    assert_eq!(topics.page.as_ref().unwrap().detail.value().map(|value| value.len()), Some(3_000_000));
}

#[test]
fn a_click_on_the_timeline_reads_from_there() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    let servers = servers(&window);
    create_topic(&servers, TOPIC, 1);
    send_records(&servers, 9);
    open_tab(&mut window);
    window.press(TOPIC);
    window.wait_for("the timeline", |window| window.controls("Jump to ").len() == 9);
    let timeline = window.tabs().topics.page.as_ref().unwrap().timeline.timeline.clone().unwrap();
    assert_eq!(timeline.records.iter().sum::<u64>(), 9);
    let sixth = window.controls("Jump to ").remove(5);
    assert!(sixth.contains("1 record"), "{sixth}");
    window.press(&sixth);
    wait_for_offsets(&mut window, &[5, 6, 7, 8]);
    window.press("Bytes");
    window.wait_for_text("of the 4 records read");
    assert_eq!(window.controls("Jump to ").len(), 4);
}

#[test]
fn records_are_followed_as_they_arrive_and_a_pause_holds_them() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    let servers = servers(&window);
    create_topic(&servers, TOPIC, 2);
    produce(&servers, TOPIC, &[b"before".to_vec()]);
    open_tab(&mut window);
    window.press(TOPIC);
    window.press("Follow");
    window.wait_for("it follows", |window| tail(window).follows);
    assert!(window.has("Waiting for records"));
    produce(&servers, TOPIC, &vec![b"live".to_vec(); 5]);
    window.wait_for("the new ones", |window| tail(window).shown().len() == 5);
    window.press("Pause");
    produce(&servers, TOPIC, &vec![b"later".to_vec(); 3]);
    window.wait_for_text("Paused: 3 records since then");
    assert_eq!(tail(&window).shown().len(), 5);
    window.press("Resume");
    assert_eq!(tail(&window).shown().len(), 8);
    window.press("Stop following");
    window.wait_for_text("Not following any more: 8 records have arrived");
    assert!(!tail(&window).is_running());
    window.press("Read");
    window.wait_for("the page", |window| window.tabs().topics.page.as_ref().unwrap().records.len() == 9);
}

fn tail(window: &Window) -> &kafka_image_bench::gui::topics::Tail {
    window.tabs().topics.page.as_ref().unwrap().tail.as_ref().unwrap()
}

#[test]
fn offsets_are_reset_after_a_question_that_shows_what_that_does() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    let servers = servers(&window);
    create_topic(&servers, TOPIC, 2);
    send_records(&servers, 20);
    commit(&servers, "readers", &[12, 0]);
    window.press("Topics");
    window.press("Consumer groups");
    window.wait_for("the group and its lag", |window| window.has_control("readers") && window.has("8"));
    assert!(window.has("empty"));
    window.press("readers");
    window.wait_for_text("8 records behind");

    window.press("Reset offsets…");
    window.wait_for_text("12 records are repeated");
    assert!(window.has("repeats 12 records") && window.has("stays where it is"), "{:?}", window.texts());
    assert_eq!(committed(&servers, "readers", 2), [Some(12), Some(0)], "nothing is done before it is confirmed");
    window.choose("Continue at", "an offset");
    window.set("New offset", 15.0);
    window.wait_for_text("3 records are skipped");
    window.choose("Continue at", "a time");
    window.fill("From time", &sent_at(5).to_string());
    window.wait_for_text("7 records are repeated");
    window.press("Do this; it cannot be undone by itself");
    window.press("Reset offsets");
    window.wait_for("it is done", |window| !window.has("Reset the offsets of a group"));
    assert_eq!(committed(&servers, "readers", 2), [Some(5), Some(0)]);
    window.wait_for_text("15 records behind");
}

#[test]
fn a_group_with_members_is_shown_by_partition_and_keeps_its_offsets() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    let servers = servers(&window);
    create_topic(&servers, TOPIC, 3);
    produce(&servers, TOPIC, &vec![b"text".to_vec(); 30]);
    commit(&servers, "readers", &[0, 0, 0]);
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &servers).set("group.id", "readers").set("client.id", "the-reader");
    let member: BaseConsumer = config.set("enable.auto.commit", "false").create().unwrap();
    member.subscribe(&[TOPIC]).unwrap();
    while member.assignment().unwrap().count() < 3 {
        member.poll(Duration::from_millis(50));
    }
    window.press("Topics");
    window.press("Consumer groups");
    window.wait_for("the group", |window| window.has_control("readers") && window.has("stable"));
    window.press("readers");
    window.wait_for_text("30 records behind");
    window.wait_for("two readings", |window| {
        let group = window.tabs().topics.group.as_ref().unwrap();
        group.history.len() >= 2 && group.reading.as_ref().unwrap().rates_over_s.is_some()
    });
    window.wait_for_text("not catching up");
    assert!(window.has("the-reader") && window.has("harbour 0–2"), "{:?}", window.texts());
    assert!(window.has("Lag over time, records"));
    window.press("Reset offsets…");
    assert!(!window.has("Reset the offsets of a group"), "its button is disabled");
    drop(member);
}

#[test]
fn groups_are_watched_while_a_run_is_active() {
    let bench = Bench::with_images(60);
    let mut window = Window::ready_with(bench.options(), |settings| settings.stream.rate_images_per_s = 20.0);
    let group = window.tabs().stream.settings.group.clone();
    window.press("Start");
    window.wait_for("some are saved", |window| window.saved() >= 3);
    window.press("Topics");
    window.press("Consumer groups");
    window.wait_for("the stream's group", |window| window.has_control(&group) && window.has("stable"));
    window.press(&group);
    window.wait_for("its partitions", |window| {
        window.tabs().topics.group.as_ref().unwrap().reading.as_ref().is_some_and(|one| !one.lag.partitions.is_empty())
    });
    window.wait_for("the run has ended", |window| !window.session().run.is_running());
    bench.assert_all_saved(60);
}
