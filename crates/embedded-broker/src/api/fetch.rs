//! Fetching records. The response is assembled here rather than by the encoder, which would copy the records: they go
//! from the file to the connection in small pieces.

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiKey, FetchRequest, TopicName};
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use super::request::{Answer, Outcome, Request, RequestError};
use crate::files;
use crate::group::copied;
use crate::handles;
use crate::layout::{Fixed, Layout, Numbers, Structs, Text, always, layout, since, until};
use crate::log::{Part, Partition, Reading};
use crate::state::State;

/// First version with compact lengths and tagged fields.
const FLEXIBLE_SINCE: i16 = 12;
/// First version that names topics by their ids.
const TOPIC_IDS_SINCE: i16 = 13;
/// Epochs of a full fetch: without a session, or to begin one. Later ones continue a session.
const FULL_FETCH_EPOCHS: [i32; 2] = [-1, 0];
/// Maximum wait; a client that requests a longer one is answered after this and asks again.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Maximum bytes of a partition's records that are read into memory while too many files are open.
const CROWDED_PART_BYTES: usize = 32 * 1024;
/// Maximum bytes of such a response.
const CROWDED_BYTES: usize = 4 * 1024 * 1024;

/// One requested partition.
struct Target {
    index: i32,
    partition: Result<Arc<Partition>, ResponseError>,
    offset: i64,
    max_bytes: usize,
}

struct AskedTopic {
    name: TopicName,
    id: Uuid,
    targets: Vec<Target>,
}

/// What was read for each target, topic by topic.
struct Found {
    readings: Vec<Vec<Result<Reading, ResponseError>>>,
    bytes: usize,
    /// Answered without a wait: an error, or records of a segment before the last, as in Kafka.
    is_final: bool,
}

impl Found {
    fn is_enough(&self, min_bytes: usize) -> bool {
        self.is_final || self.bytes >= min_bytes
    }
}

pub(super) const FETCH: Layout = layout(
    12,
    &[
        until(14, Fixed(4)),
        always(Fixed(13)),
        since(7, Fixed(8)),
        always(Structs(&[
            until(12, Text),
            since(13, Fixed(16)),
            always(Structs(&[
                always(Fixed(4)),
                since(9, Fixed(4)),
                always(Fixed(8)),
                since(12, Fixed(4)),
                since(5, Fixed(8)),
                always(Fixed(4)),
            ])),
        ])),
        since(7, Structs(&[until(12, Text), since(13, Fixed(16)), always(Numbers)])),
        since(11, Text),
    ],
);

pub(super) async fn answer(state: &State, mut request: Request) -> Outcome {
    let asked = request.decode()?;
    let (version, correlation_id) = (request.version, request.correlation_id);
    drop(request);
    fetch(state, asked, version, correlation_id).await
}

/// Answers a fetch once there is enough to send or the time is up.
async fn fetch(state: &State, asked: FetchRequest, version: i16, correlation_id: i32) -> Outcome {
    if !FULL_FETCH_EPOCHS.contains(&asked.session_epoch) {
        // The broker never creates sessions, so there is none to continue: every fetch must be a full one.
        let response = Encoder::new(version, correlation_id, ResponseError::FetchSessionIdNotFound.code());
        return response.finish(&[], Vec::new(), version).map(Some);
    }
    let max_bytes = usize::try_from(asked.max_bytes).unwrap_or(0);
    let min_bytes = usize::try_from(asked.min_bytes).unwrap_or(0).min(max_bytes);
    let wait = Duration::from_millis(u64::try_from(asked.max_wait_ms).unwrap_or(0)).min(MAX_WAIT);
    let topics = resolve(state, asked, version);
    let mut found = collect(state, &topics, max_bytes);
    if !found.is_enough(min_bytes) && !wait.is_zero() {
        let deadline = Instant::now() + wait;
        let waiting = Waiting { topics: &topics, waiter: Arc::default() };
        loop {
            waiting.register();
            // Read again after registering, so that nothing that arrived in between is missed.
            found = collect(state, &topics, max_bytes);
            if found.is_enough(min_bytes) || tokio::time::timeout_at(deadline, waiting.waiter.notified()).await.is_err()
            {
                break;
            }
        }
    }
    Encoder::new(version, correlation_id, 0).finish(&topics, found.readings, version).map(Some)
}

fn resolve(state: &State, asked: FetchRequest, version: i16) -> Vec<AskedTopic> {
    let mut topics = Vec::with_capacity(asked.topics.len());
    for wanted in asked.topics {
        let (topic, unknown) = if version < TOPIC_IDS_SINCE {
            (state.topics.get(&wanted.topic), ResponseError::UnknownTopicOrPartition)
        } else {
            (state.topics.get_by_id(wanted.topic_id.as_u128()), ResponseError::UnknownTopicId)
        };
        let targets = wanted.partitions.iter().map(|wanted| {
            let partition = topic.as_ref().and_then(|topic| topic.partition(wanted.partition));
            Target {
                index: wanted.partition,
                partition: match partition {
                    // Epoch 0 is the only one; -1 stands for any.
                    Some(partition) => match wanted.current_leader_epoch {
                        -1 | 0 => Ok(partition),
                        1.. => Err(ResponseError::UnknownLeaderEpoch),
                        _ => Err(ResponseError::FencedLeaderEpoch),
                    },
                    None if topic.is_some() => Err(ResponseError::UnknownTopicOrPartition),
                    None => Err(unknown),
                },
                offset: wanted.fetch_offset,
                max_bytes: usize::try_from(wanted.partition_max_bytes).unwrap_or(0),
            }
        });
        // A copy, so that the whole request is not kept as long as the fetch waits.
        let name = TopicName(copied(&wanted.topic));
        topics.push(AskedTopic { targets: targets.collect(), name, id: wanted.topic_id });
    }
    topics
}

/// Reads the available records of each target, at most `max_bytes` in all; the first batch is sent whatever its size.
fn collect(state: &State, topics: &[AskedTopic], max_bytes: usize) -> Found {
    let places: Vec<_> =
        topics.iter().enumerate().flat_map(|(at, topic)| (0..topic.targets.len()).map(move |of| (at, of))).collect();
    let mut readings: Vec<Vec<Option<Result<Reading, ResponseError>>>> =
        topics.iter().map(|topic| topic.targets.iter().map(|_| None).collect()).collect();
    let (mut bytes, mut is_final) = (0, false);
    // The first partition may take all the space, so another one is read first each time. The numbers are mixed, so
    // that clients that fetch in turn do not always get the same one.
    let turn = (state.next_fetch() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let first = (turn as usize).checked_rem(places.len()).unwrap_or(0);
    files::blocking(|| {
        for &(at, of) in places[first..].iter().chain(&places[..first]) {
            let target = &topics[at].targets[of];
            let mut room = max_bytes.saturating_sub(bytes);
            // With too many files open, nothing but the first part keeps its file until it is sent.
            let is_crowded = bytes > 0 && handles::are_crowded();
            if is_crowded {
                room = room.min(CROWDED_PART_BYTES).min(CROWDED_BYTES.saturating_sub(bytes));
            }
            let first_max_bytes = if bytes == 0 { usize::MAX } else { room };
            let reading = match &target.partition {
                Ok(partition) => partition.read(target.offset, target.max_bytes.min(room), first_max_bytes),
                Err(error) => Err(*error),
            };
            let reading = if is_crowded { reading.and_then(loaded) } else { reading };
            match &reading {
                Ok(reading) => {
                    bytes += reading.slice.bytes;
                    is_final |= reading.is_behind;
                }
                Err(_) => is_final = true,
            }
            readings[at][of] = Some(reading);
        }
    });
    let unread = || Err(ResponseError::UnknownServerError);
    let readings = readings
        .into_iter()
        .map(|of_topic| of_topic.into_iter().map(|reading| reading.unwrap_or_else(unread)).collect());
    Found { readings: readings.collect(), bytes, is_final }
}

/// Loads the records into memory.
fn loaded(mut reading: Reading) -> Result<Reading, ResponseError> {
    reading.slice.load().map_err(|error| {
        tracing::error!("cannot read from a log: {error}");
        ResponseError::KafkaStorageError
    })?;
    Ok(reading)
}

/// Registered with every partition of a fetch, until it is dropped.
struct Waiting<'a> {
    topics: &'a [AskedTopic],
    waiter: Arc<Notify>,
}

impl Waiting<'_> {
    fn partitions(&self) -> impl Iterator<Item = &Arc<Partition>> {
        self.topics.iter().flat_map(|topic| &topic.targets).filter_map(|target| target.partition.as_ref().ok())
    }

    fn register(&self) {
        for partition in self.partitions() {
            partition.register(&self.waiter);
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        for partition in self.partitions() {
            partition.unregister(&self.waiter);
        }
    }
}

/// Writes a fetch response.
struct Encoder {
    parts: Vec<Part>,
    /// Written since the last records.
    bytes: BytesMut,
    flexible: bool,
}

impl Encoder {
    fn new(version: i16, correlation_id: i32, error_code: i16) -> Self {
        let mut encoder = Self { parts: Vec::new(), bytes: BytesMut::new(), flexible: version >= FLEXIBLE_SINCE };
        encoder.bytes.put_i32(0); // the length, known at the end
        encoder.bytes.put_i32(correlation_id);
        encoder.tags();
        encoder.bytes.put_i32(0); // throttle time
        if version >= 7 {
            encoder.bytes.put_i16(error_code);
            encoder.bytes.put_i32(0); // no session
        }
        encoder
    }

    fn finish(
        mut self,
        topics: &[AskedTopic],
        readings: Vec<Vec<Result<Reading, ResponseError>>>,
        version: i16,
    ) -> Result<Answer, RequestError> {
        self.length(topics.len());
        for (topic, readings) in topics.iter().zip(readings) {
            if version < TOPIC_IDS_SINCE {
                self.text(topic.name.as_bytes());
            } else {
                self.bytes.put_slice(topic.id.as_bytes());
            }
            self.length(topic.targets.len());
            for (target, reading) in topic.targets.iter().zip(readings) {
                self.partition(target.index, reading, version);
            }
            self.tags();
        }
        self.tags();
        self.parts.push(Part::Bytes(self.bytes.freeze()));
        prefix_length(self.parts).ok_or_else(|| RequestError::Response(ApiKey::Fetch, "it is too long".to_owned()))
    }

    fn partition(&mut self, index: i32, reading: Result<Reading, ResponseError>, version: i16) {
        let error = super::code(&reading);
        let (slice, start_offset, end_offset) = match reading {
            Ok(reading) => (reading.slice, reading.start_offset, reading.end_offset),
            Err(_) => (Default::default(), -1, -1),
        };
        self.bytes.put_i32(index);
        self.bytes.put_i16(error);
        self.bytes.put_i64(end_offset); // high watermark
        self.bytes.put_i64(end_offset); // last stable offset
        if version >= 5 {
            self.bytes.put_i64(start_offset);
        }
        self.length(0); // aborted transactions
        if version >= 11 {
            self.bytes.put_i32(-1); // no other replica to read from
        }
        self.length(slice.bytes);
        if !slice.parts.is_empty() {
            self.parts.push(Part::Bytes(self.bytes.split().freeze()));
            self.parts.extend(slice.parts);
        }
        self.tags();
    }

    fn length(&mut self, length: usize) {
        if self.flexible {
            self.varint(length + 1);
        } else {
            self.bytes.put_i32(i32::try_from(length).unwrap_or(i32::MAX));
        }
    }

    fn text(&mut self, text: &[u8]) {
        if self.flexible {
            self.varint(text.len() + 1);
        } else {
            self.bytes.put_i16(i16::try_from(text.len()).unwrap_or(i16::MAX));
        }
        self.bytes.put_slice(text);
    }

    fn tags(&mut self) {
        if self.flexible {
            self.bytes.put_u8(0);
        }
    }

    fn varint(&mut self, mut value: usize) {
        while value >= 0x80 {
            self.bytes.put_u8((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.put_u8(value as u8);
    }
}

/// Writes the response's length into its first four bytes; `None` if it exceeds 31 bits.
fn prefix_length(mut parts: Vec<Part>) -> Option<Answer> {
    let total: usize = parts
        .iter()
        .map(|part| match part {
            Part::Bytes(bytes) => bytes.len(),
            Part::File { length, .. } => *length,
        })
        .sum();
    let length = i32::try_from(total.checked_sub(4)?).ok()?;
    if let Some(Part::Bytes(first)) = parts.first_mut() {
        let mut head = BytesMut::from(&first[..]);
        head[..4].copy_from_slice(&length.to_be_bytes());
        *first = Bytes::from(head);
    }
    Some(Answer { parts })
}
