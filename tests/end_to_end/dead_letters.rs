//! What the tests of dead letters share: records with keys and headers, and the command that sends them again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::bench::{Bench, Finished, PATIENCE, Served, finish, program};

/// A header with its value.
pub(crate) type Named = (String, Option<Vec<u8>>);

/// A record of a topic.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Raw {
    pub(crate) partition: i32,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<Named>,
}

impl Raw {
    pub(crate) fn with_header(&self, name: &str, value: &str) -> Self {
        let mut with = self.clone();
        with.headers.push((name.to_owned(), Some(value.as_bytes().to_vec())));
        with
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().rev().find(|(of, _)| of == name)?;
        Some(String::from_utf8(value.clone()?).unwrap())
    }
}

pub(crate) fn named(name: &str, value: Option<&[u8]>) -> Named {
    (name.to_owned(), value.map(<[u8]>::to_vec))
}

/// Bytes that are no text, a header twice, and headers without a value.
pub(crate) fn odd(partition: i32, value: &[u8]) -> Raw {
    let headers = vec![
        named("a", Some(b"\xff\0")),
        named("b", None),
        named("a", Some(b"")),
        named("file-name", Some(b"Cat.png")),
    ];
    Raw { partition, key: Some(b"k\xfe".to_vec()), value: Some(value.to_vec()), headers }
}

pub(crate) fn send(servers: &str, topic: &str, records: &[Raw]) {
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
pub(crate) fn read(servers: &str, topic: &str) -> Vec<Raw> {
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
        let Some(Ok(message)) = client.poll(Duration::from_millis(100)) else { continue };
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
pub(crate) fn with_topic(partitions: i32) -> (Bench, Served) {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, partitions, &[]);
    (bench, served)
}

/// The same, and the name of a topic for its dead letters.
pub(crate) fn with_dead_letter_topic(partitions: i32) -> (Bench, Served, String) {
    let (bench, served) = with_topic(partitions);
    let dead = format!("{}-dlq", bench.topic);
    (bench, served, dead)
}

pub(crate) fn create_topic(bench: &Bench, servers: &str, topic: &str, partitions: i32, settings: &[(&str, &str)]) {
    let mut other = Bench::new();
    other.topic = topic.to_owned();
    other.create_topic(servers, partitions, settings);
    assert_ne!(bench.topic, topic);
}

/// `redrive` with these options, on the broker at `servers`.
pub(crate) fn redrive(servers: &str, options: &[&str]) -> Finished {
    let mut command = program();
    command.args(["--headless", "--output-format", "json", "redrive", "--bootstrap-server", servers]).args(options);
    finish(command.output().unwrap())
}

pub(crate) fn counts(run: &Finished) -> [u64; 4] {
    ["selected", "sent", "already_sent", "failed"].map(|name| run.number(name))
}
