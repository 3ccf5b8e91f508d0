//! rdkafka, one task at a time, for `scripts/broker-clients`. Results go to the standard output, one per line.
//!
//! ```text
//! broker_client produce   HOST:PORT TOPIC CODEC IDEMPOTENT      records from the standard input: key, header, value
//! broker_client consume   HOST:PORT TOPIC…                      all that is there: topic, key, header, value
//! broker_client times     HOST:PORT TOPIC TIMESTAMP_MS…         the offsets that belong to the times
//! broker_client member    HOST:PORT TOPIC GROUP STRATEGY        in a group until the standard input ends
//! broker_client admin     HOST:PORT TOPIC                       topics, settings, partitions, records, groups
//! broker_client too-large HOST:PORT TOPIC BYTES
//! broker_client transaction HOST:PORT TOPIC
//! ```
//!
//! Fields are separated by tabs.

#![allow(clippy::print_stdout, clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeSet, HashSet};
use std::io::{BufRead, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, ConfigSource, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::{ClientContext, Offset, TopicPartitionList};

const TIMEOUT: Duration = Duration::from_secs(30);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["produce", servers, topic, codec, idempotent] => produce(servers, topic, codec, idempotent),
        ["consume", servers, topics @ ..] => consume(servers, topics),
        ["times", servers, topic, times @ ..] => offsets_by_time(servers, topic, times),
        ["member", servers, topic, group, strategy] => member(servers, topic, group, strategy),
        ["admin", servers, topic] => administer(servers, topic),
        ["too-large", servers, topic, bytes] => send_too_large(servers, topic, bytes.parse().expect("a number")),
        ["transaction", servers, topic] => transaction(servers, topic),
        _ => panic!("produce|consume|times|member|admin|too-large|transaction HOST:PORT TOPIC …"),
    }
}

fn config(servers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    config
}

/// Prints the reason of each record that failed.
struct Failures;

impl ClientContext for Failures {}

impl ProducerContext for Failures {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            println!("{error}");
        }
    }
}

fn send(producer: &BaseProducer<Failures>, topic: &str, key: &str, header: &str, value: &[u8]) {
    let headers = OwnedHeaders::new().insert(Header { key: "from", value: Some(header) });
    let mut record = BaseRecord::to(topic).key(key).headers(headers).payload(value);
    while let Err((_, refused)) = producer.send(record) {
        record = refused;
        producer.poll(Duration::from_millis(10));
    }
}

fn produce(servers: &str, topic: &str, codec: &str, idempotent: &str) {
    let mut config = config(servers);
    config.set("compression.codec", codec).set("enable.idempotence", idempotent).set("linger.ms", "5");
    let producer: BaseProducer<Failures> = config.create_with_context(Failures).expect("a producer");
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("text");
        let fields: Vec<&str> = line.splitn(3, '\t').collect();
        send(&producer, topic, fields[0], fields[1], fields[2].as_bytes());
    }
    producer.flush(TIMEOUT).expect("all records");
}

fn consume(servers: &str, topics: &[&str]) {
    let mut config = config(servers);
    config.set("group.id", "unused").set("enable.auto.commit", "false").set("enable.partition.eof", "true");
    config.set("check.crcs", "true");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut assignment = TopicPartitionList::new();
    for topic in topics {
        assignment.add_partition_offset(topic, 0, Offset::Beginning).expect("an assignment");
    }
    consumer.assign(&assignment).expect("an assignment");
    let mut open = topics.len();
    let began = Instant::now();
    while open > 0 && began.elapsed() < TIMEOUT {
        match consumer.poll(Duration::from_millis(100)) {
            None => {}
            Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => open -= 1,
            Some(Err(error)) => println!("{error}"),
            Some(Ok(record)) => {
                let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
                let header = record.headers().and_then(|headers| headers.iter().next()?.value);
                println!("{}\t{}\t{}\t{}", record.topic(), text(record.key()), text(header), text(record.payload()));
            }
        }
    }
}

fn offsets_by_time(servers: &str, topic: &str, times: &[&str]) {
    let consumer: BaseConsumer = config(servers).set("group.id", "unused").create().expect("a consumer");
    for time in times {
        let mut list = TopicPartitionList::new();
        let time: i64 = time.parse().expect("a number");
        list.add_partition_offset(topic, 0, Offset::Offset(time)).expect("a time");
        let found = consumer.offsets_for_times(list, TIMEOUT).expect("offsets");
        match found.elements()[0].offset() {
            Offset::Offset(offset) => println!("{offset}"),
            Offset::End => println!("end"),
            other => println!("{other:?}"),
        }
    }
}

/// Prints a member's partitions whenever they change; commits before some are revoked.
#[derive(Default)]
struct Assigned(Mutex<BTreeSet<i32>>);

impl ClientContext for Assigned {}

impl ConsumerContext for Assigned {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if matches!(rebalance, Rebalance::Revoke(_)) {
            // Having nothing to commit is not an error here.
            let _ = consumer.commit_consumer_state(CommitMode::Sync);
        }
    }

    /// Does not query the client: while it closes, it no longer answers after its last partitions are revoked.
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let mut held = self.0.lock().expect("no panic before");
        let partitions =
            |list: &TopicPartitionList| list.elements().iter().map(|one| one.partition()).collect::<Vec<_>>();
        match rebalance {
            Rebalance::Assign(given) => held.extend(partitions(given)),
            Rebalance::Revoke(taken) => held.retain(|partition| !partitions(taken).contains(partition)),
            Rebalance::Error(_) => held.clear(),
        }
        let held: Vec<String> = held.iter().map(i32::to_string).collect();
        println!("assigned\t{}", held.join(","));
    }
}

fn member(servers: &str, topic: &str, group: &str, strategy: &str) {
    let mut config = config(servers);
    config.set("group.id", group).set("partition.assignment.strategy", strategy);
    config.set("enable.auto.commit", "false").set("auto.offset.reset", "earliest");
    // Records that the client takes from its queue while it closes were not read.
    config.set("enable.auto.offset.store", "false");
    config.set("session.timeout.ms", "10000").set("heartbeat.interval.ms", "300");
    let consumer: BaseConsumer<Assigned> = config.create_with_context(Assigned::default()).expect("a consumer");
    consumer.subscribe(&[topic]).expect("a subscription");
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    let wait_for_end = move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        over.store(true, Ordering::Relaxed);
    };
    std::thread::Builder::new().name("end".to_owned()).spawn(wait_for_end).expect("a thread");
    while !is_over.load(Ordering::Relaxed) {
        match consumer.poll(Duration::from_millis(100)) {
            None => {}
            Some(Err(error)) => println!("error\t{error}"),
            Some(Ok(record)) => {
                println!("read\t{}\t{}", record.partition(), record.offset());
                consumer.store_offset_from_message(&record).expect("a partition that is assigned");
            }
        }
    }
    let _ = consumer.commit_consumer_state(CommitMode::Sync);
    std::io::stdout().flush().expect("an open output");
}

fn administer(servers: &str, topic: &str) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(administer_all(servers, topic));
}

/// Prints the outcome of the only item of a request.
fn say<T, E>(what: &str, outcomes: &[Result<T, (E, RDKafkaErrorCode)>]) {
    println!("{what} {:?}", outcomes[0].as_ref().map(|_| ()).map_err(|(_, code)| code));
}

/// The settings that were set on a topic, sorted by name.
async fn own_settings(
    admin: &AdminClient<DefaultClientContext>,
    resource: &ResourceSpecifier<'_>,
    options: &AdminOptions,
) -> String {
    let described = admin.describe_configs([resource], options).await.unwrap();
    let entries = described[0].as_ref().expect("settings").entries.iter();
    let mut own: Vec<String> = entries
        .filter(|entry| entry.source == ConfigSource::DynamicTopic)
        .map(|entry| format!("{}={}", entry.name, entry.value.as_deref().unwrap_or_default()))
        .collect();
    own.sort();
    own.join(" ")
}

async fn administer_all(servers: &str, topic: &str) {
    let admin: AdminClient<DefaultClientContext> = config(servers).create().expect("an admin client");
    let options = AdminOptions::new().operation_timeout(Some(TIMEOUT));
    let new = NewTopic::new(topic, 2, TopicReplication::Fixed(1)).set("retention.ms", "3600000");
    say("create", &admin.create_topics([&new], &options).await.unwrap());
    say("create again", &admin.create_topics([&new], &options).await.unwrap());
    let bad = format!("{topic}-bad");
    let bad = NewTopic::new(&bad, 1, TopicReplication::Fixed(1)).set("retention.ms", "soon");
    say("create with a bad setting", &admin.create_topics([&bad], &options).await.unwrap());
    say("create partitions", &admin.create_partitions(&[NewPartitions::new(topic, 3)], &options).await.unwrap());

    let resource = ResourceSpecifier::Topic(topic);
    let altered = AlterConfig::new(resource).set("segment.bytes", "2097152").set("retention.ms", "7200000");
    say("alter", &admin.alter_configs([&altered], &options).await.unwrap());
    // Kafka's broker learns of a change shortly after its controller has answered.
    let began = Instant::now();
    let mut own = own_settings(&admin, &resource, &options).await;
    while !own.contains("segment.bytes") && began.elapsed() < TIMEOUT {
        own = own_settings(&admin, &resource, &options).await;
    }
    println!("settings {own}");

    let producer: BaseProducer<Failures> = config(servers).create_with_context(Failures).expect("a producer");
    for n in 0..10 {
        producer
            .send(BaseRecord::<str, str>::to(topic).partition(0).payload(&n.to_string()))
            .map_err(|(error, _)| error)
            .unwrap();
    }
    producer.flush(TIMEOUT).expect("all records");
    let mut before = TopicPartitionList::new();
    before.add_partition_offset(topic, 0, Offset::Offset(4)).expect("an offset");
    let deleted = admin.delete_records(&before, &options).await.unwrap();
    println!("delete records: {:?}", deleted.elements()[0].offset());

    let group = format!("{topic}-group");
    let consumer: BaseConsumer = config(servers).set("group.id", &group).create().expect("a consumer");
    println!("watermarks {:?}", consumer.fetch_watermarks(topic, 0, TIMEOUT).expect("watermarks"));
    before.set_partition_offset(topic, 0, Offset::Offset(7)).expect("an offset");
    consumer.commit(&before, CommitMode::Sync).expect("a commit");
    let committed = consumer.committed_offsets(before.clone(), TIMEOUT).expect("the committed offsets");
    println!("committed {:?}", committed.elements()[0].offset());
    let groups: HashSet<String> = consumer
        .fetch_group_list(None, TIMEOUT)
        .expect("groups")
        .groups()
        .iter()
        .map(|one| one.name().to_owned())
        .collect();
    println!("listed {}", groups.contains(&group));
    drop(consumer);
    say("delete group", &admin.delete_groups(&[&group], &options).await.unwrap());
    say("delete", &admin.delete_topics(&[topic], &options).await.unwrap());
    say("delete again", &admin.delete_topics(&[topic], &options).await.unwrap());
}

fn send_too_large(servers: &str, topic: &str, bytes: usize) {
    let mut config = config(servers);
    config.set("message.max.bytes", "100000000");
    let producer: BaseProducer<Failures> = config.create_with_context(Failures).expect("a producer");
    send(&producer, topic, "large", "0", &vec![b'x'; bytes]);
    // One batch each: the broker refuses whole batches.
    producer.flush(TIMEOUT).expect("an answer");
    send(&producer, topic, "small", "1", b"x");
    producer.flush(TIMEOUT).expect("an answer");
}

fn transaction(servers: &str, topic: &str) {
    let mut config = config(servers);
    config.set("transactional.id", format!("{topic}-transaction"));
    let producer: BaseProducer<Failures> = config.create_with_context(Failures).expect("a producer");
    let outcome = producer.init_transactions(TIMEOUT).and_then(|()| producer.begin_transaction()).and_then(|()| {
        send(&producer, topic, "key", "0", b"value");
        producer.commit_transaction(TIMEOUT)
    });
    match outcome {
        Ok(()) => println!("committed"),
        Err(error) => println!("{:?}", error.rdkafka_error_code().expect("a code")),
    }
}
