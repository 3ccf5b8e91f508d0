//! The broker is killed again and again while it is loaded, and nothing that it acknowledged may be missing afterwards.
//!
//! The broker is a separate process: this test binary, started with a variable. `KIB_KILLS` sets how often it is killed
//! (25), `KIB_KILLS_SEED` repeats the choices of an earlier run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

#[path = "../common/mod.rs"]
mod common;
mod link;
mod passing;
mod process;
mod random;
mod writer;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use common::{fetch_request, records, text, topic_name};
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig, CreateTopicsRequest};
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::{InitProducerIdRequest, MetadataRequest, OffsetFetchRequest};
use link::{Broker, Link};
use passing::Passed;
use process::BrokerProcess;
use random::Random;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use writer::Written;

const TOPIC: &str = "kept";
const PARTITIONS: i32 = 3;
const PRODUCERS: usize = 2;
const NOT_FOUND: i16 = 3;

/// What all tasks share.
#[derive(Clone)]
pub struct Load {
    broker: Broker,
    /// Acknowledgements so far.
    acknowledged: Arc<AtomicU64>,
    finish: watch::Receiver<bool>,
}

impl Load {
    fn acknowledge(&self) {
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
    }

    fn finishing(&self) -> bool {
        *self.finish.borrow()
    }
}

/// The load: producers, readers, a committing group, and topics that are created and deleted.
struct Tasks {
    writers: JoinSet<Written>,
    readers: JoinSet<(i32, Vec<Vec<u8>>)>,
    commits: JoinHandle<(i64, u64)>,
    passing: JoinHandle<Passed>,
}

impl Tasks {
    async fn start(load: &Load, random: &mut Random) -> Self {
        let (mut writers, mut readers) = (JoinSet::new(), JoinSet::new());
        for _ in 0..PRODUCERS {
            let id = producer_id(load).await;
            for partition in 0..PARTITIONS {
                writers.spawn(writer::write(load.clone(), id, partition, random.fork()));
            }
        }
        for partition in 0..PARTITIONS {
            readers.spawn(read_on(load.clone(), partition));
        }
        let commits = tokio::spawn(commit_on(load.clone()));
        let passing = tokio::spawn(passing::create_and_delete(load.clone(), random.fork()));
        Self { writers, readers, commits, passing }
    }

    /// Waits for `count` more acknowledgements, so that a kill is in the middle of later requests.
    async fn acknowledge_some(&mut self, load: &Load, process: &mut BrokerProcess, count: u64) {
        let enough = load.acknowledged.load(Ordering::Relaxed) + count;
        let begun = Instant::now();
        while load.acknowledged.load(Ordering::Relaxed) < enough {
            assert!(!process.has_ended(), "the broker ended by itself");
            assert!(begun.elapsed() < common::PATIENCE, "acknowledgements have stopped");
            assert!(!self.commits.is_finished() && !self.passing.is_finished(), "a task has given up");
            if let Some(ended) = self.writers.try_join_next() {
                panic!("a writer has given up: {ended:?}");
            }
            if let Some(ended) = self.readers.try_join_next() {
                panic!("a reader has given up: {ended:?}");
            }
            tokio::task::yield_now().await;
        }
    }
}

#[test]
fn the_process_that_is_killed() {
    if let Some(folder) = process::folder_to_serve() {
        process::serve(&folder);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_by_kills() {
    let kills: u64 = std::env::var("KIB_KILLS").map_or(25, |text| text.parse().unwrap());
    let seed: u64 = std::env::var("KIB_KILLS_SEED").map_or_else(|_| random::seed(), |text| text.parse().unwrap());
    eprintln!("KIB_KILLS={kills} KIB_KILLS_SEED={seed}");
    let mut random = Random::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let (publish, broker) = watch::channel(None);
    let (finish, finishing) = watch::channel(false);
    let load = Load { broker: Broker(broker), acknowledged: Arc::default(), finish: finishing };

    let mut process = BrokerProcess::spawn(folder.path());
    publish.send_replace(Some(process.listening().await));
    create_kept_topic(&load).await;
    let mut tasks = Tasks::start(&load, &mut random).await;
    let mut kills_at_start = 0;
    for _ in 0..kills {
        tasks.acknowledge_some(&load, &mut process, random.below(300)).await;
        random.moment(3000);
        publish.send_replace(None);
        process.kill();
        while random.below(6) == 0 {
            // Before or while it reads the folder.
            process = BrokerProcess::spawn(folder.path());
            random.moment(40_000);
            process.kill();
            kills_at_start += 1;
        }
        process = BrokerProcess::spawn(folder.path());
        publish.send_replace(Some(process.listening().await));
    }

    finish.send_replace(true);
    let mut written = Vec::new();
    while let Some(ended) = tasks.writers.join_next().await {
        written.push(ended.unwrap());
    }
    let committed = tasks.commits.await.unwrap();
    let passing = tasks.passing.await.unwrap();
    let mut seen: BTreeMap<i32, Vec<Vec<u8>>> = BTreeMap::new();
    while let Some(ended) = tasks.readers.join_next().await {
        let (partition, values) = ended.unwrap();
        seen.insert(partition, values);
    }
    let resent: u64 = written.iter().map(|writer| writer.resent).sum();
    let records: usize = written.iter().map(|writer| writer.offsets.len()).sum();
    let state = format!(
        "{kills} kills under load and {kills_at_start} while it started: {records} records acknowledged, {resent} \
         batches sent again, {} offsets committed, {} topics created",
        committed.1, passing.created
    );
    // Otherwise it was no load, and the kills have shown nothing.
    assert!(resent >= kills, "{state}");
    assert!(committed.1 > kills && passing.created > kills / 4, "{state}");

    check(&load, &written, &seen, committed.0, &passing).await;
    process.kill();
    // Once more after it has cleaned up, in which nothing may get lost either.
    let mut process = BrokerProcess::spawn(folder.path());
    publish.send_replace(Some(process.listening().await));
    check(&load, &written, &seen, committed.0, &passing).await;
    assert_eq!(std::fs::read_dir(folder.path().join("topics")).unwrap().count(), 1 + passing.left.len());
    process.kill();
    eprintln!("{state}");
}

async fn create_kept_topic(load: &Load) {
    let config = CreatableTopicConfig::default().with_name(text("segment.bytes")).with_value(Some(text("1048576")));
    let topic = CreatableTopic::default()
        .with_name(topic_name(TOPIC))
        .with_num_partitions(PARTITIONS)
        .with_replication_factor(1)
        .with_configs(vec![config]);
    let mut link = Link::connect(&load.broker).await;
    let response = link.call(7, &CreateTopicsRequest::default().with_topics(vec![topic])).await.unwrap();
    assert_eq!(response.topics[0].error_code, 0);
}

async fn producer_id(load: &Load) -> i64 {
    let mut link = Link::connect(&load.broker).await;
    let request = InitProducerIdRequest::default().with_transactional_id(None);
    let response = link.call(4, &request).await.unwrap();
    assert_eq!((response.error_code, response.producer_epoch), (0, 0));
    response.producer_id.0
}

/// Reads a partition from its beginning as it grows; returns its values in order. Offsets must have no gap, and what
/// was read once stays: an offset that the reader has passed never comes to be beyond the end.
async fn read_on(load: Load, partition: i32) -> (i32, Vec<Vec<u8>>) {
    let mut values = Vec::new();
    let mut link = Link::connect(&load.broker).await;
    loop {
        // Asked before the fetch: when the last ones are written, a fetch that finds nothing more has found all.
        let finishing = load.finishing();
        let offset = i64::try_from(values.len()).unwrap();
        let request = fetch_request(TOPIC, &[(partition, offset)], 50);
        let Some(response) = link.call(12, &request).await else {
            link = Link::connect(&load.broker).await;
            continue;
        };
        let data = &response.responses[0].partitions[0];
        assert_eq!(data.error_code, 0, "partition {partition}, offset {offset}");
        let found = records(data);
        if found.is_empty() && finishing {
            return (partition, values);
        }
        for (found, value) in found {
            let expected = i64::try_from(values.len()).unwrap();
            assert!(found <= expected, "partition {partition}: {found} follows on {expected}");
            if found == expected {
                values.push(value);
            }
        }
    }
}

/// Commits one offset after the other; returns the last one and how many. What was acknowledged is there after each
/// connection, or what was sent after it.
async fn commit_on(load: Load) -> (i64, u64) {
    let (mut sent, mut acknowledged, mut count) = (-1, -1, 0);
    let mut link = Link::connect(&load.broker).await;
    while !load.finishing() || sent != acknowledged {
        if sent == acknowledged {
            sent += 1;
        }
        let partition = OffsetCommitRequestPartition::default()
            .with_partition_index(1)
            .with_committed_offset(sent)
            .with_committed_metadata(Some(text("")));
        let topic = OffsetCommitRequestTopic::default().with_name(topic_name(TOPIC)).with_partitions(vec![partition]);
        let request = OffsetCommitRequest::default()
            .with_group_id(text("committer").into())
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topic]);
        if let Some(response) = link.call(7, &request).await {
            assert_eq!(response.topics[0].partitions[0].error_code, 0);
            acknowledged = sent;
            count += 1;
            load.acknowledge();
            continue;
        }
        loop {
            link = Link::connect(&load.broker).await;
            if let Some(found) = committed_offset(&mut link).await {
                assert!(found == acknowledged || found == sent, "{found}, not {acknowledged} or {sent}");
                break;
            }
        }
    }
    (acknowledged, count)
}

/// -1 where there is none; `None` when the connection ended.
async fn committed_offset(link: &mut Link) -> Option<i64> {
    let request = OffsetFetchRequest::default().with_group_id(text("committer").into()).with_topics(None);
    let response = link.call(7, &request).await?;
    assert_eq!(response.error_code, 0);
    let partition = response.topics.first().and_then(|topic| topic.partitions.first());
    Some(partition.map_or(-1, |partition| partition.committed_offset))
}

/// Compares what a broker serves with what was acknowledged.
async fn check(load: &Load, written: &[Written], seen: &BTreeMap<i32, Vec<Vec<u8>>>, committed: i64, passing: &Passed) {
    for partition in 0..PARTITIONS {
        let found = read_all(load, TOPIC, partition).await;
        assert_eq!(found.len(), seen[&partition].len(), "records of partition {partition}");
        for (index, (offset, value)) in found.iter().enumerate() {
            assert_eq!(*offset, i64::try_from(index).unwrap(), "an offset of partition {partition}");
            assert!(*value == seen[&partition][index], "a reader has seen another record at {partition}/{offset}");
        }
        let mut of_producers: HashMap<i64, Vec<i64>> = HashMap::new();
        for (offset, value) in found {
            let (producer, index) = writer::identify(&value);
            let offsets = of_producers.entry(producer).or_default();
            // In order, once, without a gap.
            assert_eq!(index, offsets.len(), "{partition}/{offset} of producer {producer}");
            assert!(value == writer::value(producer, partition, index), "{partition}/{offset} was never sent");
            offsets.push(offset);
        }
        for writer in written.iter().filter(|writer| writer.partition == partition) {
            let found = of_producers.remove(&writer.producer_id).unwrap_or_default();
            assert!(found == writer.offsets, "other offsets than acknowledged: {partition}, {}", writer.producer_id);
        }
        assert!(of_producers.is_empty(), "records of an unknown producer");
    }
    let mut link = Link::connect(&load.broker).await;
    assert_eq!(committed_offset(&mut link).await, Some(committed));
    let topics = link.call(12, &MetadataRequest::default().with_topics(None)).await.unwrap().topics;
    let made = topics.iter().filter(|topic| !topic.is_internal);
    let mut names: Vec<_> = made.map(|topic| topic.name.as_ref().unwrap().to_string()).collect();
    names.sort_unstable();
    let mut expected: Vec<_> = passing.left.keys().cloned().chain([TOPIC.to_owned()]).collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for (topic, sent) in &passing.left {
        sent.check(read_all(load, topic, 0).await);
    }
}

async fn read_all(load: &Load, topic: &str, partition: i32) -> Vec<(i64, Vec<u8>)> {
    let mut link = Link::connect(&load.broker).await;
    let mut found: Vec<(i64, Vec<u8>)> = Vec::new();
    loop {
        let offset = found.last().map_or(0, |(offset, _)| offset + 1);
        let response = link.call(12, &fetch_request(topic, &[(partition, offset)], 0)).await.unwrap();
        let data = &response.responses[0].partitions[0];
        assert_eq!(data.error_code, 0);
        if offset == data.high_watermark {
            return found;
        }
        let more = records(data);
        assert!(!more.is_empty(), "nothing between {offset} and {}", data.high_watermark);
        found.extend(more.into_iter().filter(|(found, _)| *found >= offset));
    }
}
