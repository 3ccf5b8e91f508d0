//! An idempotent producer on one partition, which does what real ones do: five batches in flight, and all that are
//! unanswered sent again with the same sequence numbers when a connection ends.

use std::collections::VecDeque;

use kafka_protocol::messages::ProduceRequest;

use crate::common::{batch_of, produce_request};
use crate::link::Link;
use crate::random::Random;
use crate::{Load, TOPIC};

const BATCHES_IN_FLIGHT: usize = 5;
const LARGEST_VALUE_BYTES: usize = 6000;

/// What a producer has had acknowledged in a partition.
#[derive(Debug)]
pub struct Written {
    pub producer_id: i64,
    pub partition: i32,
    /// The offset of each record, by its index (which is its sequence number as well).
    pub offsets: Vec<i64>,
    /// How many batches were sent once more.
    pub resent: u64,
}

/// The record of that index: who and which, then bytes that follow from these, so that none can stand for another.
pub fn value(producer_id: i64, partition: i32, index: usize) -> Vec<u8> {
    let mut value = format!("{producer_id} {index} {partition} ").into_bytes();
    let mut random = Random::new(
        u64::try_from(index).unwrap() << 20 ^ producer_id.unsigned_abs() << 8 ^ u64::from(partition.unsigned_abs()),
    );
    let size = usize::try_from(random.below(LARGEST_VALUE_BYTES as u64)).unwrap();
    let step = u8::try_from(random.below(256)).unwrap() | 1;
    let mut byte = 0_u8;
    value.extend((0..size).map(|_| {
        byte = byte.wrapping_add(step);
        byte
    }));
    value
}

/// The producer id and the index in a value.
pub fn identify(value: &[u8]) -> (i64, usize) {
    let mut parts =
        value.split(|&byte| byte == b' ').map(|part| std::str::from_utf8(part).expect("not a value of ours"));
    (parts.next().unwrap().parse().unwrap(), parts.next().unwrap().parse().unwrap())
}

struct Unanswered {
    first: usize,
    count: usize,
}

pub async fn write(load: Load, producer_id: i64, partition: i32, mut random: Random) -> Written {
    let mut written = Written { producer_id, partition, offsets: Vec::new(), resent: 0 };
    let mut unanswered: VecDeque<Unanswered> = VecDeque::new();
    let mut next = 0;
    'connections: loop {
        let mut link = Link::connect(&load.broker).await;
        let mut sent = 0;
        if !unanswered.is_empty() {
            written.resent += u64::try_from(unanswered.len()).unwrap();
        }
        loop {
            while sent < BATCHES_IN_FLIGHT && (sent < unanswered.len() || !load.finishing()) {
                if sent == unanswered.len() {
                    let count = usize::try_from(1 + random.below(12)).unwrap();
                    unanswered.push_back(Unanswered { first: next, count });
                    next += count;
                }
                let batch = &unanswered[sent];
                let values: Vec<_> = (batch.first..batch.first + batch.count)
                    .map(|index| value(producer_id, partition, index))
                    .collect();
                let values: Vec<_> = values.iter().map(Vec::as_slice).collect();
                let sequence = i32::try_from(batch.first).unwrap();
                let records = batch_of(&values, 1, Some((producer_id, 0, sequence)));
                sent += 1;
                if link.send(9, &produce_request(TOPIC, partition, records)).await.is_none() {
                    continue 'connections;
                }
            }
            if unanswered.is_empty() {
                return written;
            }
            let Some(response) = link.receive::<ProduceRequest>(9).await else { continue 'connections };
            let response = &response.responses[0].partition_responses[0];
            let batch = unanswered.pop_front().unwrap();
            sent -= 1;
            assert_eq!(response.error_code, 0, "producer {producer_id}, partition {partition}, record {}", batch.first);
            assert_eq!(written.offsets.len(), batch.first);
            written.offsets.extend((response.base_offset..).take(batch.count));
            load.acknowledge();
        }
    }
}
