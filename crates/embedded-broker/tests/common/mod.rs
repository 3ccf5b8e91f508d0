//! A small client for the tests: one connection, one request at a time unless a test sends more.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use embedded_broker::{Broker, BrokerConfig, Storage};
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig, CreateTopicsRequest};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchRequest, FetchTopic};
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::messages::metadata_request::{MetadataRequest, MetadataRequestTopic};
use kafka_protocol::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use kafka_protocol::messages::produce_response::PartitionProduceResponse;
use kafka_protocol::messages::{RequestHeader, ResponseHeader, TopicName};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// Maximum time that a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn text(value: &str) -> StrBytes {
    StrBytes::from_string(value.to_owned())
}

pub fn topic_name(value: &str) -> TopicName {
    TopicName(text(value))
}

pub async fn start_in(folder: &Path) -> Broker {
    Broker::start(config_for(folder)).await.unwrap()
}

pub fn config_for(folder: &Path) -> BrokerConfig {
    BrokerConfig { storage: Storage::Directory(folder.to_owned()), ..BrokerConfig::default() }
}

pub async fn start_in_memory() -> Broker {
    Broker::start(BrokerConfig::default()).await.unwrap()
}

/// The address in the data folder.
pub fn last_address(folder: &Path) -> Option<SocketAddr> {
    std::fs::read_to_string(folder.join("broker.address")).ok()?.trim().parse().ok()
}

pub struct Client {
    pub stream: TcpStream,
    correlation_id: i32,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, correlation_id: 0 }
    }

    /// Sends a request; returns its correlation id.
    pub async fn send<R: Request>(&mut self, version: i16, request: &R) -> i32 {
        self.try_send(version, request).await.unwrap()
    }

    /// As [`Self::send`]; `None` if the broker has closed the connection.
    pub async fn try_send<R: Request>(&mut self, version: i16, request: &R) -> Option<i32> {
        self.correlation_id += 1;
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation_id)
            .with_client_id(Some(text("test")));
        let mut frame = BytesMut::new();
        frame.put_i32(0);
        header.encode(&mut frame, R::header_version(version)).unwrap();
        request.encode(&mut frame, version).unwrap();
        let length = i32::try_from(frame.len() - 4).unwrap();
        frame[..4].copy_from_slice(&length.to_be_bytes());
        self.stream.write_all(&frame).await.ok()?;
        Some(self.correlation_id)
    }

    /// Receives a response; checks that it is the expected one and nothing is left of it.
    pub async fn receive<R: Request>(&mut self, version: i16, correlation_id: i32) -> R::Response {
        let mut frame = self.receive_frame().await.expect("the connection was closed");
        let header = ResponseHeader::decode(&mut frame, R::Response::header_version(version)).unwrap();
        assert_eq!(header.correlation_id, correlation_id);
        let response = R::Response::decode(&mut frame, version).unwrap();
        assert!(!frame.has_remaining(), "{} bytes too many", frame.remaining());
        response
    }

    /// The next response as it comes; `None` when the broker closed the connection.
    pub async fn receive_frame(&mut self) -> Option<Bytes> {
        let receive = async {
            let mut length = [0; 4];
            self.stream.read_exact(&mut length).await.ok()?;
            let mut frame = vec![0; usize::try_from(i32::from_be_bytes(length)).unwrap()];
            self.stream.read_exact(&mut frame).await.ok()?;
            Some(Bytes::from(frame))
        };
        tokio::time::timeout(PATIENCE, receive).await.expect("no response came")
    }

    pub async fn call<R: Request>(&mut self, version: i16, request: &R) -> R::Response {
        let correlation_id = self.send(version, request).await;
        self.receive::<R>(version, correlation_id).await
    }

    pub async fn create_topic(&mut self, name: &str, partitions: i32, configs: &[(&str, &str)]) -> i16 {
        let configs = configs
            .iter()
            .map(|(name, value)| CreatableTopicConfig::default().with_name(text(name)).with_value(Some(text(value))));
        let topic = CreatableTopic::default()
            .with_name(topic_name(name))
            .with_num_partitions(partitions)
            .with_replication_factor(1)
            .with_configs(configs.collect());
        let response = self.call(7, &CreateTopicsRequest::default().with_topics(vec![topic])).await;
        response.topics[0].error_code
    }

    pub async fn produce(&mut self, topic: &str, partition: i32, records: Bytes) -> PartitionProduceResponse {
        let request = produce_request(topic, partition, records);
        let response = self.call(9, &request).await;
        response.responses[0].partition_responses[0].clone()
    }

    pub async fn topic_id(&mut self, name: &str) -> Uuid {
        let topic = MetadataRequestTopic::default().with_name(Some(topic_name(name)));
        let response = self.call(12, &MetadataRequest::default().with_topics(Some(vec![topic]))).await;
        response.topics[0].topic_id
    }

    /// Fetches one partition without waiting.
    pub async fn fetch(&mut self, topic: &str, partition: i32, offset: i64) -> PartitionData {
        let response = self.call(12, &fetch_request(topic, &[(partition, offset)], 0)).await;
        response.responses[0].partitions[0].clone()
    }
}

pub fn produce_request(topic: &str, partition: i32, records: Bytes) -> ProduceRequest {
    let data = PartitionProduceData::default().with_index(partition).with_records(Some(records));
    let topic = TopicProduceData::default().with_name(topic_name(topic)).with_partition_data(vec![data]);
    ProduceRequest::default().with_acks(-1).with_timeout_ms(1000).with_topic_data(vec![topic])
}

pub fn fetch_request(topic: &str, partitions: &[(i32, i64)], max_wait_ms: i32) -> FetchRequest {
    let partitions = partitions.iter().map(|&(partition, offset)| {
        FetchPartition::default().with_partition(partition).with_fetch_offset(offset).with_partition_max_bytes(1 << 20)
    });
    let topic = FetchTopic::default().with_topic(topic_name(topic)).with_partitions(partitions.collect());
    FetchRequest::default()
        .with_max_wait_ms(max_wait_ms)
        .with_min_bytes(1)
        .with_max_bytes(50 << 20)
        .with_topics(vec![topic])
}

/// Who writes a batch: producer id, epoch, sequence of its first record.
pub type Producer = (i64, i16, i32);

/// A batch of records without keys at one timestamp.
pub fn batch_of(values: &[&[u8]], timestamp: i64, producer: Option<Producer>) -> Bytes {
    build_batch(None, values, timestamp, producer)
}

/// A batch of one record with a key.
pub fn keyed_batch(key: &[u8], value: &[u8], timestamp: i64) -> Bytes {
    build_batch(Some(key), &[value], timestamp, None)
}

fn build_batch(key: Option<&[u8]>, values: &[&[u8]], timestamp: i64, producer: Option<Producer>) -> Bytes {
    let mut records = Vec::new();
    for (delta, value) in values.iter().enumerate() {
        let mut record = vec![0]; // attributes
        put_varint(&mut record, 0); // timestamp delta
        put_varint(&mut record, i64::try_from(delta).unwrap());
        put_varint(&mut record, key.map_or(-1, |key| i64::try_from(key.len()).unwrap()));
        record.extend_from_slice(key.unwrap_or_default());
        put_varint(&mut record, i64::try_from(value.len()).unwrap());
        record.extend_from_slice(value);
        put_varint(&mut record, 0); // no headers
        put_varint(&mut records, i64::try_from(record.len()).unwrap());
        records.extend_from_slice(&record);
    }
    let count = i32::try_from(values.len()).unwrap();
    let (producer_id, epoch, sequence) = producer.unwrap_or((-1, -1, -1));
    let mut covered = Vec::new();
    covered.put_i16(0);
    covered.put_i32(count - 1);
    covered.put_i64(timestamp);
    covered.put_i64(timestamp);
    covered.put_i64(producer_id);
    covered.put_i16(epoch);
    covered.put_i32(sequence);
    covered.put_i32(count);
    covered.extend_from_slice(&records);
    let mut batch = BytesMut::new();
    batch.put_i64(0);
    batch.put_i32(i32::try_from(covered.len() + 9).unwrap());
    batch.put_i32(-1);
    batch.put_i8(2);
    batch.put_u32(crc32c::crc32c(&covered));
    batch.extend_from_slice(&covered);
    batch.freeze()
}

/// A batch of one record.
pub fn batch(value: &[u8]) -> Bytes {
    batch_of(&[value], 1, None)
}

fn put_varint(out: &mut Vec<u8>, value: i64) {
    let mut value = u64::from_ne_bytes(((value << 1) ^ (value >> 63)).to_ne_bytes());
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
}

fn get_varint(bytes: &mut &[u8]) -> i64 {
    let (mut value, mut shift) = (0_u64, 0);
    loop {
        let byte = bytes.get_u8();
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return i64::from_ne_bytes((value >> 1).to_ne_bytes()) ^ -i64::from(value & 1 == 1);
        }
    }
}

/// The records of fetched batches: offset and value. Every batch must be whole and intact.
pub fn records(data: &PartitionData) -> Vec<(i64, Vec<u8>)> {
    let mut found = Vec::new();
    let mut bytes = data.records.as_deref().unwrap_or_default();
    while !bytes.is_empty() {
        let base_offset = (&bytes[..8]).get_i64();
        let size = usize::try_from((&bytes[8..12]).get_i32()).unwrap() + 12;
        let (batch, rest) = bytes.split_at(size);
        bytes = rest;
        assert_eq!(crc32c::crc32c(&batch[21..]), (&batch[17..21]).get_u32());
        let mut batch = &batch[61..];
        while !batch.is_empty() {
            let length = usize::try_from(get_varint(&mut batch)).unwrap();
            let (mut record, others) = batch.split_at(length);
            batch = others;
            record.advance(1);
            get_varint(&mut record);
            let offset = base_offset + get_varint(&mut record);
            assert_eq!(get_varint(&mut record), -1);
            let length = usize::try_from(get_varint(&mut record)).unwrap();
            found.push((offset, record[..length].to_vec()));
        }
    }
    found
}
