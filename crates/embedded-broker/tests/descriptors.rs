//! Few descriptors: many partitions, connections and readers all the same.
//!
//! The broker is a separate process whose limit is 256, soft and hard: this test binary, started with a variable.
//! `KIB_DESCRIPTORS_PARTITIONS` sets the number of partitions (300).

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod common;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use common::*;
use embedded_broker::Broker;
use kafka_protocol::messages::fetch_request::FetchRequest;
use kafka_protocol::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use kafka_protocol::messages::{DeleteTopicsRequest, FetchResponse};
use tokio::net::TcpStream;

const FOLDER: &str = "KIB_DESCRIPTORS_FOLDER";
const LIMIT: usize = 256;
/// What the rest of the process has open: clients, windows, files.
const OTHERS: usize = 40;
/// Partitions a request names.
const AT_ONCE: i32 = 500;

#[test]
fn the_process_with_few_descriptors() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut others: Vec<File> = (0..OTHERS).map(|_| File::open("/dev/null").unwrap()).collect();
    let broker = runtime.block_on(Broker::start(config_for(&folder))).unwrap();
    eprintln!("listening on {}", broker.bootstrap_server());
    for line in std::io::stdin().lines().map_while(Result::ok) {
        match line.as_str() {
            "take all" => {
                others.extend(std::iter::from_fn(|| File::open("/dev/null").ok()));
                eprintln!("taken {}", others.len());
            }
            "stop" => {
                runtime.block_on(broker.shutdown());
                return;
            }
            _ => panic!("{line}"),
        }
    }
}

struct BrokerProcess {
    child: Child,
    said: BufReader<ChildStderr>,
    address: SocketAddr,
}

impl BrokerProcess {
    fn spawn(folder: &Path) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", &format!(r#"ulimit -n {LIMIT} && exec "$0" "$@""#)])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "the_process_with_few_descriptors", "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        let mut process = Self { child, said, address: ([127, 0, 0, 1], 0).into() };
        process.address = process.answer("listening on ").parse().unwrap();
        process
    }

    /// What it prints after `word`.
    fn answer(&mut self, word: &str) -> String {
        let mut said = String::new();
        for line in self.said.by_ref().lines().map_while(Result::ok) {
            if let Some(answer) = line.strip_prefix(word) {
                return answer.to_owned();
            }
            said.push_str(&line);
            said.push('\n');
        }
        panic!("it ended:\n{said}");
    }

    fn ask(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    fn stop(mut self) {
        self.ask("stop");
        assert!(self.child.wait().unwrap().success());
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for BrokerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes a record of `size` bytes to each partition.
async fn produce_everywhere(client: &mut Client, topic: &str, partitions: i32, size: usize) {
    let records = batch(&vec![7; size]);
    let step = if size > 10_000 { 50 } else { AT_ONCE };
    for first in (0..partitions).step_by(step.try_into().unwrap()) {
        let data = (first..partitions.min(first + step))
            .map(|index| PartitionProduceData::default().with_index(index).with_records(Some(records.clone())));
        let topic = TopicProduceData::default().with_name(topic_name(topic)).with_partition_data(data.collect());
        let request = ProduceRequest::default().with_acks(-1).with_timeout_ms(1000).with_topic_data(vec![topic]);
        let response = client.call(9, &request).await;
        for partition in &response.responses[0].partition_responses {
            assert_eq!(partition.error_code, 0, "{partition:?}");
        }
    }
}

/// How many records each partition has, read with fetches that name all partitions.
async fn count_everywhere(client: &mut Client, topic: &str, partitions: i32, expected: i64) {
    let mut next: HashMap<i32, i64> = (0..partitions).map(|partition| (partition, 0)).collect();
    while !next.is_empty() {
        let positions: Vec<_> = next.iter().map(|(&partition, &offset)| (partition, offset)).collect();
        let request: FetchRequest = fetch_request(topic, &positions, 0);
        let response: FetchResponse = client.call(12, &request).await;
        let mut found = 0;
        for data in &response.responses[0].partitions {
            assert_eq!(data.error_code, 0, "partition {}", data.partition_index);
            assert_eq!(data.high_watermark, expected, "partition {}", data.partition_index);
            let Some((last, _)) = records(data).pop() else { continue };
            found += 1;
            next.insert(data.partition_index, last + 1);
        }
        assert!(found > 0, "a fetch brings something as long as there is something");
        next.retain(|_, offset| *offset < expected);
    }
}

async fn delete(client: &mut Client, topic: &str) {
    let request = DeleteTopicsRequest::default().with_topic_names(vec![topic_name(topic)]).with_timeout_ms(1000);
    assert_eq!(client.call(5, &request).await.responses[0].error_code, 0);
}

/// Waits until the disk has this many topics.
async fn topics_left(folder: &Path, count: usize) {
    let begun = Instant::now();
    while std::fs::read_dir(folder.join("topics")).unwrap().count() != count {
        assert!(begun.elapsed() < 10 * PATIENCE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_partitions_are_created_written_read_and_deleted_with_few_descriptors() {
    let partitions: i32 = std::env::var("KIB_DESCRIPTORS_PARTITIONS").map_or(300, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let say = |what: &str| eprintln!("{what}: {:?}", begun.elapsed());
    let process = BrokerProcess::spawn(folder.path());
    let mut client = Client::connect(process.address).await;
    assert_eq!(client.create_topic("many", partitions, &[]).await, 0);
    say("created");
    for _ in 0..2 {
        produce_everywhere(&mut client, "many", partitions, 100).await;
    }
    say("written");
    count_everywhere(&mut client, "many", partitions, 2).await;
    say("read");
    // Large pieces go out of their files: no response may keep all of them.
    assert_eq!(client.create_topic("large", 150, &[]).await, 0);
    produce_everywhere(&mut client, "large", 150, 100_000).await;
    count_everywhere(&mut client, "large", 150, 1).await;
    say("large records");
    process.kill();
    let process = BrokerProcess::spawn(folder.path());
    say("started after a kill");
    let mut client = Client::connect(process.address).await;
    count_everywhere(&mut client, "many", partitions, 2).await;
    delete(&mut client, "large").await;
    topics_left(folder.path(), 1).await;
    produce_everywhere(&mut client, "many", partitions, 100).await;
    process.stop();
    say("stopped");
    let process = BrokerProcess::spawn(folder.path());
    say("started after a stop");
    let mut client = Client::connect(process.address).await;
    count_everywhere(&mut client, "many", partitions, 3).await;
    delete(&mut client, "many").await;
    topics_left(folder.path(), 0).await;
    say("deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_descriptors_are_refused_and_those_that_are_served_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let process = BrokerProcess::spawn(folder.path());
    let mut client = Client::connect(process.address).await;
    assert_eq!(client.create_topic("images", 200, &[]).await, 0);
    let mut crowd = Vec::new();
    for _ in 0..2 * LIMIT {
        crowd.push(TcpStream::connect(process.address).await.unwrap());
    }
    produce_everywhere(&mut client, "images", 200, 100).await;
    count_everywhere(&mut client, "images", 200, 1).await;
    assert_eq!(client.create_topic("more", 200, &[]).await, 0);
    delete(&mut client, "images").await;
    // Silent connections are closed for active ones.
    let begun = Instant::now();
    while let mut other = Client::connect(process.address).await
        && (other.try_send(9, &produce_request("more", 0, batch(b"value"))).await.is_none()
            || other.receive_frame().await.is_none())
    {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(crowd);
    process.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_gets_by_when_the_rest_of_the_process_takes_every_descriptor() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = BrokerProcess::spawn(folder.path());
    let mut client = Client::connect(process.address).await;
    for topic in ["first", "second"] {
        assert_eq!(client.create_topic(topic, 100, &[]).await, 0);
    }
    produce_everywhere(&mut client, "first", 100, 100).await;
    process.ask("take all");
    let taken: usize = process.answer("taken ").parse().unwrap();
    assert!(taken > LIMIT / 2, "{taken}");
    // Files that are open already make room for others.
    produce_everywhere(&mut client, "second", 100, 100).await;
    for topic in ["first", "second"] {
        count_everywhere(&mut client, topic, 100, 1).await;
    }
    // A client that connects is served or refused, and not left waiting.
    let mut other = Client::connect(process.address).await;
    if other.try_send(9, &produce_request("first", 0, batch(b"value"))).await.is_some() {
        other.receive_frame().await;
    }
    for (topic, left) in [("first", 1), ("second", 0)] {
        delete(&mut client, topic).await;
        topics_left(folder.path(), left).await;
    }
    assert_eq!(client.create_topic("third", 3, &[]).await, 0);
    process.stop();
}
