//! The topic of committed offsets, and groups that have only these.

use kafka_protocol::messages::delete_records_request::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use kafka_protocol::messages::delete_topics_request::{DeleteTopicState, DeleteTopicsRequest};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_delete_request::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use kafka_protocol::messages::{
    DeleteGroupsRequest, DescribeGroupsRequest, DescribeTopicPartitionsRequest, FindCoordinatorRequest, GroupId,
    ListGroupsRequest, MetadataRequest,
};

use super::describe;
use crate::common::*;

const INTERNAL: &str = "__consumer_offsets";

async fn metadata(client: &mut Client, name: Option<&str>, create: bool) -> Vec<MetadataResponseTopic> {
    let topics = name.map(|name| vec![MetadataRequestTopic::default().with_name(Some(topic_name(name)))]);
    let request = MetadataRequest::default().with_topics(topics).with_allow_auto_topic_creation(create);
    client.call(12, &request).await.topics
}

#[tokio::test(flavor = "multi_thread")]
async fn the_topic_of_committed_offsets_is_there_once_a_group_has_asked_for_its_coordinator() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    let named = |topics: &[MetadataResponseTopic]| -> Vec<(String, bool, usize)> {
        let named = |topic: &MetadataResponseTopic| {
            (topic.name.as_ref().unwrap().to_string(), topic.is_internal, topic.partitions.len())
        };
        topics.iter().map(named).collect()
    };
    assert_eq!(named(&metadata(&mut client, None, false).await), [("images".to_owned(), false, 1)]);
    let missing = metadata(&mut client, Some(INTERNAL), false).await;
    assert_eq!((missing[0].error_code, missing[0].is_internal), (3, true));
    client.call(4, &FindCoordinatorRequest::default().with_coordinator_keys(vec![text("group")])).await;
    let all = metadata(&mut client, None, false).await;
    assert_eq!(named(&all), [(INTERNAL.to_owned(), true, 1), ("images".to_owned(), false, 1)]);
    let id = all[0].topic_id;
    let described = client.call(0, &DescribeTopicPartitionsRequest::default()).await;
    assert!(described.topics[0].is_internal && !described.topics[1].is_internal);
    let settings = describe(&mut client, 2, INTERNAL).await;
    let given: Vec<_> = settings.configs.iter().filter(|setting| setting.config_source == 1).collect();
    let given: Vec<_> = given.iter().map(|setting| (&*setting.name, setting.value.as_deref().unwrap())).collect();
    let expected = [("cleanup.policy", "compact"), ("compression.type", "producer"), ("segment.bytes", "104857600")];
    assert_eq!(given, expected);
    // Clients cannot write to it, empty it or delete it, and find nothing in it.
    assert_eq!(client.produce(INTERNAL, 0, batch(b"value")).await.error_code, 17);
    assert_eq!(records(&client.fetch(INTERNAL, 0, 0).await), []);
    let topic = DeleteRecordsTopic::default()
        .with_name(topic_name(INTERNAL))
        .with_partitions(vec![DeleteRecordsPartition::default()]);
    let response = client.call(2, &DeleteRecordsRequest::default().with_topics(vec![topic])).await;
    assert_eq!(response.topics[0].partitions[0].error_code, 17);
    let topic = DeleteTopicState::default().with_name(Some(topic_name(INTERNAL)));
    let response = client.call(6, &DeleteTopicsRequest::default().with_topics(vec![topic])).await;
    assert_eq!(response.responses[0].error_code, 42);
    assert_eq!(client.create_topic(INTERNAL, 1, &[]).await, 36);
    assert_eq!(broker.stats().topics, 1);
    // It takes no space on the disk, and exists after a restart where a group has committed offsets.
    assert_eq!(std::fs::read_dir(folder.path().join("topics")).unwrap().count(), 1);
    commit(&mut client, "group", "images").await;
    broker.shutdown().await;
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    let all = metadata(&mut client, None, false).await;
    assert_eq!((all.len(), all[0].topic_id), (2, id));
    broker.shutdown().await;
    // A request for it by name creates it, where requests create topics.
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(metadata(&mut client, Some(INTERNAL), true).await[0].error_code, 3);
    assert_eq!(metadata(&mut client, Some(INTERNAL), true).await[0].error_code, 0);
    broker.shutdown().await;
}

async fn commit(client: &mut Client, group: &str, topic: &str) {
    let partition = OffsetCommitRequestPartition::default().with_committed_offset(1);
    let topic = OffsetCommitRequestTopic::default().with_name(topic_name(topic)).with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default()
        .with_group_id(GroupId(text(group)))
        .with_generation_id_or_member_epoch(-1)
        .with_topics(vec![topic]);
    let response = client.call(8, &request).await;
    assert_eq!(response.topics[0].partitions[0].error_code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_whose_last_offset_is_gone_is_known_until_it_is_deleted() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    for by_topic in [false, true] {
        client.create_topic("images", 1, &[]).await;
        commit(&mut client, "group", "images").await;
        if by_topic {
            let topic = DeleteTopicState::default().with_name(Some(topic_name("images")));
            client.call(6, &DeleteTopicsRequest::default().with_topics(vec![topic])).await;
        } else {
            let topic = OffsetDeleteRequestTopic::default()
                .with_name(topic_name("images"))
                .with_partitions(vec![OffsetDeleteRequestPartition::default()]);
            let request = OffsetDeleteRequest::default().with_group_id(GroupId(text("group"))).with_topics(vec![topic]);
            // As often as one likes.
            for _ in 0..2 {
                let response = client.call(0, &request).await;
                assert_eq!((response.error_code, response.topics[0].partitions[0].error_code), (0, 0));
            }
        }
        assert_eq!(client.call(4, &ListGroupsRequest::default()).await.groups.len(), 1);
        let request = DescribeGroupsRequest::default().with_groups(vec![GroupId(text("group"))]);
        let described = &client.call(6, &request).await.groups[0];
        assert_eq!((described.error_code, described.group_state.as_str()), (0, "Empty"));
        let request = DeleteGroupsRequest::default().with_groups_names(vec![GroupId(text("group"))]);
        for code in [0, 69] {
            assert_eq!(client.call(2, &request).await.results[0].error_code, code);
        }
        assert!(client.call(4, &ListGroupsRequest::default()).await.groups.is_empty());
    }
    broker.shutdown().await;
}
