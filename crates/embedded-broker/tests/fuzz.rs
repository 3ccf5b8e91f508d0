//! Ten thousand random and mutated requests: no panic, no growth, no hang, and other clients are served all the time.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use common::*;
use embedded_broker::{Broker, BrokerConfig};
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Encodable, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const FRAMES: usize = 10_000;
const SENDERS: usize = 8;
/// What the process may have grown by: topics that mutated requests did create, and the clients' side of it.
const MAX_GROWTH_KIB: usize = 128 * 1024;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Xorshift: the same frames in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// Adds a request in all versions that can hold it; the broker may support fewer.
fn add<R: Request + Encodable>(seeds: &mut Vec<Vec<u8>>, request: &R) {
    for version in R::VERSIONS.min..=R::VERSIONS.max {
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_client_id(Some(text("fuzz")));
        let mut frame = BytesMut::new();
        frame.put_i32(0);
        header.encode(&mut frame, R::header_version(version)).unwrap();
        if request.encode(&mut frame, version).is_ok() {
            let length = u32::try_from(frame.len() - 4).unwrap();
            frame[..4].copy_from_slice(&length.to_be_bytes());
            seeds.push(frame.to_vec());
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let s = &mut seeds;
    add(s, &produce_request("images", 0, batch_of(&[b"a", b"bc"], 1, Some((1, 0, 0)))));
    add(s, &fetch_request("images", &[(0, 0), (1, 0)], 5));
    let partition = ListOffsetsPartition::default().with_timestamp(-1);
    let topic = ListOffsetsTopic::default().with_name(topic_name("images")).with_partitions(vec![partition]);
    add(s, &ListOffsetsRequest::default().with_topics(vec![topic]));
    let topic = MetadataRequestTopic::default().with_name(Some(topic_name("images")));
    add(s, &MetadataRequest::default().with_topics(Some(vec![topic])));
    let topic = OffsetCommitRequestTopic::default().with_name(topic_name("images"));
    let topic = topic.with_partitions(vec![OffsetCommitRequestPartition::default()]);
    add(s, &OffsetCommitRequest::default().with_group_id(text("g").into()).with_topics(vec![topic]));
    let protocol = JoinGroupRequestProtocol::default().with_name(text("range")).with_metadata(b"data"[..].into());
    let join = JoinGroupRequest::default().with_group_id(text("g").into()).with_session_timeout_ms(6000);
    let join = join.with_rebalance_timeout_ms(10).with_protocol_type(text("consumer"));
    add(s, &join.with_protocols(vec![protocol]));
    let assignment = SyncGroupRequestAssignment::default().with_member_id(text("m"));
    add(s, &SyncGroupRequest::default().with_group_id(text("g").into()).with_assignments(vec![assignment]));
    let topic = CreatableTopic::default().with_name(topic_name("made")).with_num_partitions(1);
    add(s, &CreateTopicsRequest::default().with_topics(vec![topic.with_replication_factor(1)]));
    add_all_defaults(s);
    seeds
}

fn add_all_defaults(s: &mut Vec<Vec<u8>>) {
    macro_rules! add_defaults {
        ($($request:ident),*) => { $(add(s, &$request::default());)* };
    }
    add_defaults!(
        ApiVersionsRequest,
        ProduceRequest,
        FetchRequest,
        OffsetFetchRequest,
        FindCoordinatorRequest,
        HeartbeatRequest,
        LeaveGroupRequest,
        DescribeGroupsRequest,
        ListGroupsRequest,
        DeleteTopicsRequest,
        DeleteRecordsRequest,
        InitProducerIdRequest,
        OffsetForLeaderEpochRequest,
        DescribeConfigsRequest,
        AlterConfigsRequest,
        IncrementalAlterConfigsRequest,
        CreatePartitionsRequest,
        DeleteGroupsRequest,
        OffsetDeleteRequest,
        DescribeClusterRequest,
        DescribeTopicPartitionsRequest,
        DescribeLogDirsRequest,
        AddPartitionsToTxnRequest,
        AddOffsetsToTxnRequest,
        EndTxnRequest,
        TxnOffsetCommitRequest,
        ConsumerGroupHeartbeatRequest,
        SaslHandshakeRequest,
        DescribeAclsRequest,
        CreateAclsRequest,
        DeleteAclsRequest,
        AlterReplicaLogDirsRequest,
        ElectLeadersRequest,
        AlterPartitionReassignmentsRequest,
        ListPartitionReassignmentsRequest,
        DescribeClientQuotasRequest,
        AlterClientQuotasRequest,
        DescribeUserScramCredentialsRequest,
        AlterUserScramCredentialsRequest,
        DescribeProducersRequest,
        DescribeTransactionsRequest,
        ListTransactionsRequest,
        ListConfigResourcesRequest
    );
}

/// The bytes of one attempt: a request that was tampered with, or noise.
fn attempt(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut frame = seeds[random.below(seeds.len())].clone();
    match random.below(8) {
        // As it is.
        0 => {}
        // Bits flipped behind the length, mostly behind the header too.
        1 | 2 => {
            for _ in 0..=random.below(4) {
                let from = if random.below(4) == 0 { 4 } else { 14.min(frame.len() - 1) };
                let at = from + random.below(frame.len() - from);
                frame[at] ^= 1 << random.below(8);
            }
        }
        // Bytes replaced by extreme ones, as lengths and counts.
        3 => {
            let at = 4 + random.below(frame.len() - 4);
            for byte in frame.iter_mut().skip(at).take(1 + random.below(5)) {
                *byte = [0, 1, 0x7f, 0x80, 0xff][random.below(5)];
            }
        }
        // Cut short, with the right length.
        4 => {
            frame.truncate(4 + random.below(frame.len() - 4));
            let length = u32::try_from(frame.len() - 4).unwrap();
            frame[..4].copy_from_slice(&length.to_be_bytes());
        }
        // A length that lies.
        5 => {
            let lie = random.next().to_be_bytes();
            let from = random.below(4);
            frame[from..4].copy_from_slice(&lie[from..4]);
        }
        // The head of one and the tail of another.
        6 => {
            let other = &seeds[random.below(seeds.len())];
            frame.truncate(4 + random.below(frame.len() - 4));
            frame.extend_from_slice(&other[random.below(other.len())..]);
            let length = u32::try_from(frame.len() - 4).unwrap();
            frame[..4].copy_from_slice(&length.to_be_bytes());
        }
        // Noise, now and then behind a header that is believed.
        _ => {
            frame.truncate(if random.below(2) == 0 { 4 } else { 14.min(frame.len()) });
            frame.extend((0..random.below(300)).map(|_| random.next().to_be_bytes()[0]));
            let length = u32::try_from(frame.len() - 4).unwrap();
            frame[..4].copy_from_slice(&length.to_be_bytes());
        }
    }
    frame
}

/// Sends attempts, each on a new connection. It does not wait long for a response: a fetch may take a minute.
async fn send_attempts(address: SocketAddr, seeds: Arc<Vec<Vec<u8>>>, mut random: Random, count: usize) {
    let mut received = vec![0; 4096];
    for _ in 0..count {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // The broker may close before all is written.
        let _ = stream.write_all(&attempt(&mut random, &seeds)).await;
        let _ = stream.shutdown().await;
        let drain = async { while stream.read(&mut received).await.is_ok_and(|size| size > 0) {} };
        let _ = tokio::time::timeout(Duration::from_millis(20), drain).await;
    }
}

/// Produces and fetches until it is stopped; returns how often.
async fn behave(address: SocketAddr, stop: Arc<AtomicBool>) -> usize {
    let mut client = Client::connect(address).await;
    let mut rounds = 0;
    // The seeds do not know this topic's name.
    assert_eq!(client.create_topic("honest", 1, &[]).await, 0);
    while !stop.load(Ordering::Relaxed) {
        let produced = client.produce("honest", 0, batch(b"value")).await;
        assert_eq!((produced.error_code, produced.base_offset), (0, i64::try_from(rounds).unwrap()));
        assert_eq!(records(&client.fetch("honest", 0, produced.base_offset).await).len(), 1);
        rounds += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    rounds
}

/// Memory of this process; 0 where the system does not report it.
fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_mutated_requests_harm_nobody() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        usual(panic);
    }));
    // Fetches that wait outlive their clients for a while.
    let broker = Broker::start(BrokerConfig { max_connections: FRAMES, ..BrokerConfig::default() }).await.unwrap();
    let address = broker.bootstrap_server();
    let seeds = Arc::new(seeds());
    assert!(seeds.len() > 150, "{}", seeds.len());
    let stop = Arc::<AtomicBool>::default();
    let behaving = tokio::spawn(behave(address, Arc::clone(&stop)));
    // The first tenth brings the process to its usual size.
    let mut before = 0;
    for (round, count) in [(1, FRAMES / 10), (2, FRAMES - FRAMES / 10)] {
        let seed = |sender: u64| Random(0x9e37_79b9_7f4a_7c15 ^ (sender << 8 | round));
        let sending = (0..SENDERS as u64)
            .map(|sender| tokio::spawn(send_attempts(address, Arc::clone(&seeds), seed(sender), count / SENDERS)));
        for sending in sending.collect::<Vec<_>>() {
            sending.await.unwrap();
        }
        if round == 1 {
            before = resident_kib();
        }
    }
    stop.store(true, Ordering::Relaxed);
    assert!(behaving.await.unwrap() > 0);
    let grown = resident_kib().saturating_sub(before);
    assert!(grown < MAX_GROWTH_KIB, "{before} KiB grew by {grown} KiB");
    assert!(!broker.has_ended());
    let requests = broker.stats().requests;
    assert!(requests > FRAMES as u64 / 2, "{requests}");
    tokio::time::timeout(PATIENCE, broker.shutdown()).await.expect("the broker does not end");
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}
