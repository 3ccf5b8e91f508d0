//! Record batches that no client creates, by Kafka's own protocol (<https://kafka.apache.org/protocol>).

use std::io::{Read, Write};
use std::net::TcpStream;

/// A batch of `count` records with this `codec` (0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd) and these bytes in place of
/// its records. Everything else about it is valid.
pub fn batch(codec: i16, count: i32, records: &[u8]) -> Vec<u8> {
    let mut covered = Vec::new();
    covered.extend(codec.to_be_bytes());
    covered.extend((count - 1).to_be_bytes());
    covered.extend([1_i64.to_be_bytes(), 1_i64.to_be_bytes(), (-1_i64).to_be_bytes()].concat());
    covered.extend((-1_i16).to_be_bytes());
    covered.extend((-1_i32).to_be_bytes());
    covered.extend(count.to_be_bytes());
    covered.extend(records);
    let mut batch = 0_i64.to_be_bytes().to_vec();
    batch.extend((covered.len() as i32 + 9).to_be_bytes());
    batch.extend((-1_i32).to_be_bytes());
    batch.push(2);
    batch.extend(crc32c(&covered).to_be_bytes());
    batch.extend(covered);
    batch
}

/// A frame that claims to hold 3 GB.
pub const ZSTD_BOMB: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0x5e, 0xd0, 0xb2, 0, 0, 0, 0, 1, 0, 0];

/// Appends a batch to a partition. Panics unless the broker accepts it.
pub fn produce(servers: &str, topic: &str, partition: i32, batch: &[u8]) {
    let text = |text: &str| [&(text.len() as i16).to_be_bytes()[..], text.as_bytes()].concat();
    let mut request = Vec::new();
    // Produce, version 3; correlation id; client id; no transaction; acks=all; 10 s.
    request.extend([0_i16.to_be_bytes(), 3_i16.to_be_bytes()].concat());
    request.extend(7_i32.to_be_bytes());
    request.extend(text("test"));
    request.extend([(-1_i16).to_be_bytes(), (-1_i16).to_be_bytes()].concat());
    request.extend(10_000_i32.to_be_bytes());
    request.extend(1_i32.to_be_bytes());
    request.extend(text(topic));
    request.extend([1_i32.to_be_bytes(), partition.to_be_bytes(), (batch.len() as i32).to_be_bytes()].concat());
    request.extend(batch);
    let mut stream = TcpStream::connect(servers).unwrap();
    stream.write_all(&(request.len() as i32).to_be_bytes()).unwrap();
    stream.write_all(&request).unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut response = vec![0; i32::from_be_bytes(length) as usize];
    stream.read_exact(&mut response).unwrap();
    // Correlation id, one topic and its name, one partition and its number.
    let error = &response[4 + 4 + 2 + topic.len() + 4 + 4..][..2];
    assert_eq!(error, [0, 0], "the broker refuses the batch");
}

fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}
