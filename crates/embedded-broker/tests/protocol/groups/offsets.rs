//! Committed offsets.

use bytes::Bytes;
use embedded_broker::{Broker, BrokerConfig};
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_delete_request::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopic};
use kafka_protocol::messages::{DescribeGroupsRequest, GroupId, HeartbeatRequest, OffsetFetchRequest};

use super::member::Member;
use super::{VERSION, group};
use crate::common::*;

#[tokio::test(flavor = "multi_thread")]
async fn committed_offsets_are_found_in_every_version() {
    let broker = start_in_memory().await;
    let mut member = Member::new(&broker).await;
    member.client.create_topic("images", 2, &[]).await;
    // A consumer outside the group's members commits without an id.
    assert_eq!(member.commit(42).await, 0);
    for version in 2..=9 {
        let partition = OffsetCommitRequestPartition::default().with_committed_offset(i64::from(version));
        let unknown = OffsetCommitRequestPartition::default().with_partition_index(7);
        let topic = OffsetCommitRequestTopic::default()
            .with_name(topic_name("images"))
            .with_partitions(vec![partition, unknown]);
        let request = OffsetCommitRequest::default()
            .with_group_id(group())
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topic]);
        let response = member.client.call(version, &request).await;
        let codes: Vec<_> = response.topics[0].partitions.iter().map(|partition| partition.error_code).collect();
        assert_eq!(codes, [0, 3]);
    }
    for version in 1..=7 {
        let topic =
            OffsetFetchRequestTopic::default().with_name(topic_name("images")).with_partition_indexes(vec![0, 1]);
        let request = OffsetFetchRequest::default().with_group_id(group()).with_topics(Some(vec![topic]));
        let response = member.client.call(version, &request).await;
        let offsets: Vec<_> =
            response.topics[0].partitions.iter().map(|partition| partition.committed_offset).collect();
        assert_eq!(offsets, [9, -1]);
    }
    let asked = OffsetFetchRequestGroup::default().with_group_id(group()).with_topics(None);
    for version in 8..=9 {
        let request = OffsetFetchRequest::default().with_groups(vec![asked.clone()]);
        let response = member.client.call(version, &request).await;
        let found = &response.groups[0].topics[0].partitions[0];
        assert_eq!((found.committed_offset, found.metadata.as_deref()), (9, Some("")));
    }
    broker.shutdown().await;
}

/// Protocol data of a consumer that subscribes to a topic.
fn subscription(topic: &str) -> Bytes {
    let mut data = vec![0, 1, 0, 0, 0, 1, 0, u8::try_from(topic.len()).unwrap()];
    data.extend_from_slice(topic.as_bytes());
    data.into()
}

async fn delete_offsets(client: &mut Client, topics: &[&str]) -> (i16, Vec<i16>) {
    let topics = topics.iter().map(|name| {
        let partitions = [0, 7].map(|index| OffsetDeleteRequestPartition::default().with_partition_index(index));
        OffsetDeleteRequestTopic::default().with_name(topic_name(name)).with_partitions(partitions.to_vec())
    });
    let request = OffsetDeleteRequest::default().with_group_id(group()).with_topics(topics.collect());
    let response = client.call(0, &request).await;
    let partitions = response.topics.iter().flat_map(|topic| &topic.partitions);
    (response.error_code, partitions.map(|partition| partition.error_code).collect())
}

async fn committed(client: &mut Client) -> Vec<(String, i64)> {
    let request = OffsetFetchRequest::default().with_group_id(group()).with_topics(None);
    let topics = client.call(7, &request).await.topics;
    topics.iter().map(|topic| (topic.name.to_string(), topic.partitions[0].committed_offset)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_are_deleted_unless_a_member_subscribes_to_their_topic() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut member = Member::new(&broker).await;
    let mut observer = Client::connect(broker.bootstrap_server()).await;
    for topic in ["images", "other"] {
        observer.create_topic(topic, 1, &[]).await;
    }
    assert_eq!(delete_offsets(&mut observer, &["images"]).await, (69, vec![]));
    for topic in ["images", "other"] {
        let partition = OffsetCommitRequestPartition::default().with_committed_offset(3);
        let topic = OffsetCommitRequestTopic::default().with_name(topic_name(topic)).with_partitions(vec![partition]);
        let request = OffsetCommitRequest::default()
            .with_group_id(group())
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topic]);
        assert_eq!(observer.call(8, &request).await.topics[0].partitions[0].error_code, 0);
    }
    member.metadata = subscription("images");
    member.be_alone().await;
    // 86: subscribed, 3: no such partition.
    assert_eq!(delete_offsets(&mut observer, &["images", "other"]).await, (0, vec![86, 3, 0, 3]));
    assert_eq!(committed(&mut observer).await, [("images".to_owned(), 3)]);
    broker.shutdown().await;
    let broker = start_in(folder.path()).await;
    let mut observer = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(committed(&mut observer).await, [("images".to_owned(), 3)]);
    assert_eq!(delete_offsets(&mut observer, &["images"]).await, (0, vec![0, 3]));
    assert_eq!(committed(&mut observer).await, []);
    // The group is known for a while longer, as one whose last member has left.
    assert_eq!(delete_offsets(&mut observer, &["images"]).await, (0, vec![0, 3]));
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_out_of_range_is_refused() {
    let config = BrokerConfig { group_max_size: 1, ..BrokerConfig::default() };
    let broker = Broker::start(config).await.unwrap();
    let (mut first, mut second) = (Member::new(&broker).await, Member::new(&broker).await);
    for timeout_ms in [-1, 5_999, 1_800_001] {
        let request = first.join_request().with_session_timeout_ms(timeout_ms);
        assert_eq!(first.client.call(VERSION, &request).await.error_code, 26);
    }
    first.be_alone().await;
    assert_eq!(second.client.call(VERSION, &second.join_request()).await.error_code, 81);
    // Who commits as a member must be one, of this generation.
    first.client.create_topic("images", 1, &[]).await;
    assert_eq!((second.commit(1).await, first.commit(1).await), (25, 0));
    second.id = text("nobody");
    assert_eq!(second.commit(1).await, 25);
    let nameless = HeartbeatRequest::default();
    assert_eq!(first.client.call(4, &nameless).await.error_code, 24);
    let request = DescribeGroupsRequest::default().with_groups(vec![GroupId(text("unknown"))]);
    let response = first.client.call(6, &request).await;
    assert_eq!((response.groups[0].error_code, response.groups[0].group_state.as_str()), (69, "Dead"));
    broker.shutdown().await;
}

/// The Java consumer joins again after "unknown member", and stops at "the group id does not exist".
#[tokio::test(flavor = "multi_thread")]
async fn a_member_from_before_a_restart_is_asked_to_join_again() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut member = Member::new(&broker).await;
    member.client.create_topic("images", 1, &[]).await;
    member.be_alone().await;
    broker.shutdown().await;
    let broker = start_in(folder.path()).await;
    member.client = Client::connect(broker.bootstrap_server()).await;
    for version in 2..=9 {
        assert_eq!(member.commit_as(version, 1).await, 25, "version {version}");
    }
    assert_eq!(member.heartbeat().await, 25);
    member.id = text("");
    member.be_alone().await;
    assert_eq!(member.commit_as(9, 1).await, 0);
    broker.shutdown().await;
}
