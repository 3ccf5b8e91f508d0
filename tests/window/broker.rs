//! A broker outside of the window, and the test's own client.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use embedded_broker::{Broker, BrokerConfig, Storage};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use rdkafka::{ClientConfig, ClientContext, Offset, TopicPartitionList};
use tokio::runtime::Runtime;

use crate::window::PATIENCE;

/// It stops when this value is dropped.
pub struct Cluster {
    runtime: Runtime,
    broker: Option<Broker>,
    data: PathBuf,
    pub address: SocketAddr,
}

impl Cluster {
    pub fn start(data: PathBuf) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let config = BrokerConfig { storage: Storage::Directory(data.clone()), ..BrokerConfig::default() };
        let broker = runtime.block_on(Broker::start(config)).unwrap();
        let address = broker.bootstrap_server();
        Self { runtime, broker: Some(broker), data, address }
    }

    pub fn servers(&self) -> String {
        self.address.to_string()
    }

    pub fn stop(&mut self) {
        let broker = self.broker.take().unwrap();
        self.runtime.block_on(broker.shutdown());
    }

    /// Starts it again, with the same data and address.
    pub fn start_again(&mut self) {
        let config = BrokerConfig {
            listen: self.address,
            storage: Storage::Directory(self.data.clone()),
            ..BrokerConfig::default()
        };
        self.broker = Some(self.runtime.block_on(Broker::start(config)).unwrap());
    }
}

pub fn create_topic(servers: &str, topic: &str, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", servers).create().unwrap();
    let topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for result in runtime.block_on(admin.create_topics([&topic], &AdminOptions::new())).unwrap() {
        result.unwrap();
    }
}

/// Sends values unchanged, and waits for their acknowledgement.
pub fn produce(servers: &str, topic: &str, values: &[Vec<u8>]) {
    let mut config = ClientConfig::new();
    let producer: ThreadedProducer<Acknowledged> =
        config.set("bootstrap.servers", servers).create_with_context(Acknowledged::default()).unwrap();
    for value in values {
        let record: BaseRecord<'_, (), [u8]> = BaseRecord::to(topic).payload(value);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(PATIENCE).unwrap();
    assert_eq!(producer.context().0.load(Ordering::Relaxed), values.len(), "acknowledged");
}

/// Counts acknowledgements.
#[derive(Default)]
struct Acknowledged(AtomicUsize);

impl ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        self.0.fetch_add(usize::from(result.is_ok()), Ordering::Relaxed);
    }
}

/// The existing consumer groups.
pub fn groups(servers: &str) -> Vec<String> {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", servers).set("group.id", "a-look").create().unwrap();
    let list = consumer.fetch_group_list(None, Duration::from_secs(20)).unwrap();
    let mut names: Vec<String> = list.groups().iter().map(|group| group.name().to_owned()).collect();
    names.sort();
    names
}

/// The values of all records of a topic, by partition and offset.
pub fn read_values(servers: &str, topic: &str) -> Vec<Vec<u8>> {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", servers).set("group.id", "a-look").create().unwrap();
    let metadata = consumer.fetch_metadata(Some(topic), PATIENCE).unwrap();
    let (mut assignment, mut left) = (TopicPartitionList::new(), 0);
    for partition in metadata.topics()[0].partitions() {
        let (low, high) = consumer.fetch_watermarks(topic, partition.id(), PATIENCE).unwrap();
        left += high - low;
        assignment.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
    }
    consumer.assign(&assignment).unwrap();
    let (mut values, deadline) = (BTreeMap::new(), Instant::now() + PATIENCE);
    while left > 0 {
        assert!(Instant::now() < deadline, "{left} records of {topic} do not arrive");
        let Some(Ok(record)) = consumer.poll(Duration::from_millis(100)) else { continue };
        values.insert((record.partition(), record.offset()), record.payload().unwrap_or_default().to_vec());
        left -= 1;
    }
    values.into_values().collect()
}

/// A message as the Python producer writes it.
pub fn message(image: &[u8], annotation: &str) -> Vec<u8> {
    let base64 = BASE64_STANDARD.encode(image);
    serde_json::to_vec(&serde_json::json!({"image_file": base64, "annotation": annotation})).unwrap()
}
