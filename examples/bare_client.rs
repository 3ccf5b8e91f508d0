//! A plain producer and consumer: the baseline for the benchmark's own overhead.
//!
//! `bare_client produce|consume HOST:PORT TOPIC RECORDS PAYLOAD_FILE [name=value …]`
//!
//! The payload file has one value per line. Prints `RECORDS SECONDS`.

#![allow(clippy::print_stdout, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, servers, topic, records, payload_file, properties @ ..] = arguments.as_slice() else {
        panic!("produce|consume HOST:PORT TOPIC RECORDS PAYLOAD_FILE [name=value …]");
    };
    let records: u64 = records.parse().expect("a number of records");
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    for property in properties {
        let (name, value) = property.split_once('=').expect("name=value");
        config.set(name, value);
    }
    let elapsed = match mode.as_str() {
        "produce" => produce(&config, topic, records, payload_file),
        "consume" => consume(&mut config, topic, records),
        other => panic!("produce or consume, not {other}"),
    };
    println!("{records} {:.6}", elapsed.as_secs_f64());
}

fn produce(config: &ClientConfig, topic: &str, records: u64, payload_file: &str) -> Duration {
    let text = std::fs::read(payload_file).expect("the payload file");
    let payloads: Vec<&[u8]> = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
    let producer: ThreadedProducer<DefaultProducerContext> = config.create().expect("a producer");
    let send = |payload: &[u8]| {
        let mut record: BaseRecord<'_, (), [u8]> = BaseRecord::to(topic).payload(payload);
        while let Err((error, refused)) = producer.send(record) {
            assert_eq!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull));
            std::thread::sleep(Duration::from_micros(200));
            record = refused;
        }
    };
    // Connecting and obtaining the producer's id is not measured.
    send(payloads[0]);
    producer.flush(Duration::from_secs(30)).expect("the first record");
    let started = Instant::now();
    for payload in payloads.iter().cycle().take(usize::try_from(records).expect("a number that fits")) {
        send(payload);
    }
    producer.flush(Duration::from_secs(120)).expect("the other records");
    started.elapsed()
}

fn consume(config: &mut ClientConfig, topic: &str, records: u64) -> Duration {
    config.set("group.id", "bare-client").set("enable.auto.commit", "false");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(10)).expect("the topic");
    let mut assignment = TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        assignment.add_partition_offset(topic, partition.id(), Offset::Beginning).expect("an offset");
    }
    consumer.assign(&assignment).expect("the partitions");
    let (mut received, mut bytes, mut started) = (0, 0, Instant::now());
    while received < records {
        let Some(message) = consumer.poll(Duration::from_secs(10)) else { panic!("{received} of {records}") };
        bytes += message.expect("a record").payload_len();
        if received == 0 {
            started = Instant::now();
        }
        received += 1;
    }
    assert!(bytes > 0);
    started.elapsed()
}
