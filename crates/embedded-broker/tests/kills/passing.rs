//! Topics that come and go under the same few names while the broker is killed.

use std::collections::BTreeMap;

use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreateTopicsRequest};
use kafka_protocol::messages::delete_topics_request::DeleteTopicsRequest;

use crate::common::{batch, fetch_request, produce_request, records, topic_name};
use crate::link::Link;
use crate::random::Random;
use crate::{Load, NOT_FOUND};

const NAMES: u64 = 3;
const EXISTS: i16 = 36;

/// What is known at the end.
#[derive(Debug, Default)]
pub struct Passed {
    /// The topics that were not deleted, with their records.
    pub left: BTreeMap<String, Sent>,
    /// How many were created.
    pub created: u64,
}

/// The records of one topic, each with whether it was acknowledged. They are not sent again.
#[derive(Debug, Default)]
pub struct Sent(Vec<(Vec<u8>, bool)>);

impl Sent {
    /// All that were acknowledged are there, those that were not may be, in order, once, and nothing of the topics that
    /// had the same name before.
    pub fn check(&self, found: Vec<(i64, Vec<u8>)>) {
        let mut sent = self.0.iter();
        for (offset, value) in found {
            let passed_over = sent.by_ref().take_while(|(sent, _)| *sent != value);
            let lost = passed_over.filter(|(_, acknowledged)| *acknowledged).count();
            assert_eq!(lost, 0, "acknowledged records are missing before offset {offset}");
            let known = self.0.iter().any(|(sent, _)| *sent == value);
            assert!(known, "not of this topic: {}", String::from_utf8_lossy(&value));
        }
        assert!(sent.all(|(_, acknowledged)| !acknowledged), "acknowledged records are missing at the end");
    }
}

/// Creates, fills, reads and deletes topics until the load ends.
pub async fn create_and_delete(load: Load, mut random: Random) -> Passed {
    let mut passed = Passed::default();
    let mut link = Link::connect(&load.broker).await;
    while !load.finishing() {
        let name = format!("passing-{}", random.below(NAMES));
        if let Some(sent) = passed.left.remove(&name) {
            sent.check(read(&load, &mut link, &name).await);
            // One that has been deleted may be found missing only if it was not known to be.
            deleted(&load, &mut link, &name).await;
        }
        created(&load, &mut link, &name).await;
        passed.created += 1;
        let mut sent = Sent::default();
        for index in 0..random.below(5) {
            let value = format!("{name} {} {index}", passed.created).into_bytes();
            let answer = link.call(9, &produce_request(&name, 0, batch(&value))).await;
            if let Some(answer) = &answer {
                assert_eq!(answer.responses[0].partition_responses[0].error_code, 0, "{name} exists");
                load.acknowledge();
            } else {
                link = Link::connect(&load.broker).await;
            }
            sent.0.push((value, answer.is_some()));
        }
        passed.left.insert(name, sent);
    }
    passed
}

async fn created(load: &Load, link: &mut Link, name: &str) {
    let mut tried = false;
    loop {
        let topic =
            CreatableTopic::default().with_name(topic_name(name)).with_num_partitions(1).with_replication_factor(1);
        if let Some(response) = link.call(7, &CreateTopicsRequest::default().with_topics(vec![topic])).await {
            let error = response.topics[0].error_code;
            assert!(error == 0 || (tried && error == EXISTS), "creating {name}: {error}");
            return load.acknowledge();
        }
        tried = true;
        *link = Link::connect(&load.broker).await;
    }
}

async fn deleted(load: &Load, link: &mut Link, name: &str) {
    let mut tried = false;
    loop {
        let request = DeleteTopicsRequest::default().with_topic_names(vec![topic_name(name)]);
        if let Some(response) = link.call(5, &request).await {
            let error = response.responses[0].error_code;
            assert!(error == 0 || (tried && error == NOT_FOUND), "deleting {name}: {error}");
            return load.acknowledge();
        }
        tried = true;
        *link = Link::connect(&load.broker).await;
    }
}

/// All of a topic of few records.
async fn read(load: &Load, link: &mut Link, name: &str) -> Vec<(i64, Vec<u8>)> {
    loop {
        if let Some(response) = link.call(12, &fetch_request(name, &[(0, 0)], 0)).await {
            let data = &response.responses[0].partitions[0];
            assert_eq!(data.error_code, 0, "{name} exists");
            return records(data);
        }
        *link = Link::connect(&load.broker).await;
    }
}
