//! Creating, describing, enlarging and deleting topics over the wire.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeMap;

use common::*;
use embedded_broker::{Broker, BrokerConfig};
use kafka_protocol::messages::create_partitions_request::{CreatePartitionsRequest, CreatePartitionsTopic};
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreateTopicsRequest};
use kafka_protocol::messages::delete_topics_request::{DeleteTopicState, DeleteTopicsRequest};
use kafka_protocol::messages::describe_configs_request::{DescribeConfigsRequest, DescribeConfigsResource};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{DescribeClusterRequest, FetchRequest, FindCoordinatorRequest, MetadataRequest};

async fn metadata_of(client: &mut Client, version: i16, name: &str, create: bool) -> MetadataResponseTopic {
    let topic = MetadataRequestTopic::default().with_name(Some(topic_name(name)));
    let request = MetadataRequest::default().with_topics(Some(vec![topic])).with_allow_auto_topic_creation(create);
    client.call(version, &request).await.topics[0].clone()
}

async fn configs_of(client: &mut Client, version: i16, kind: i8, name: &str) -> BTreeMap<String, String> {
    let resource = DescribeConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(name))
        .with_configuration_keys(None);
    let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
    let response = client.call(version, &request).await;
    assert_eq!(response.results[0].error_code, 0);
    let settings = response.results[0].configs.iter();
    settings.map(|setting| (setting.name.to_string(), setting.value.clone().unwrap().to_string())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_created_described_enlarged_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    for version in 2..=7 {
        let topic = CreatableTopic::default()
            .with_name(topic_name(&format!("images-{version}")))
            .with_num_partitions(3)
            .with_replication_factor(-1);
        let response = client.call(version, &CreateTopicsRequest::default().with_topics(vec![topic])).await;
        assert_eq!(response.topics[0].error_code, 0);
    }
    assert_eq!(client.create_topic("images-2", 1, &[]).await, 36);
    assert_eq!(client.create_topic("no/name", 1, &[]).await, 17);
    assert_eq!(client.create_topic("none", 0, &[]).await, 37);
    assert_eq!(client.create_topic("none", 1, &[("max.message.bytes", "many")]).await, 40);
    assert_eq!(client.create_topic("large", 1, &[("max.message.bytes", "9000000"), ("retention.ms", "5")]).await, 0);
    for version in 0..=12 {
        // Before version 4 a client cannot say that nothing is to be created.
        let create = version < 4;
        let topic = metadata_of(&mut client, version, "images-7", create).await;
        assert_eq!((topic.error_code, topic.partitions.len()), (0, 3));
        if !create {
            assert_eq!(metadata_of(&mut client, version, "nothing", false).await.error_code, 3);
        }
    }
    for version in 1..=4 {
        let configs = configs_of(&mut client, version, 2, "large").await;
        assert_eq!((configs["max.message.bytes"].as_str(), configs["retention.ms"].as_str()), ("9000000", "5"));
        let configs = configs_of(&mut client, version, 2, "images-2").await;
        assert_eq!(configs["max.message.bytes"], BrokerConfig::default().message_max_bytes.to_string());
        assert!(configs_of(&mut client, version, 4, "1").await.contains_key("message.max.bytes"));
    }
    for (version, count, expected) in [(0, 5, 0), (3, 5, 37), (3, 6, 0)] {
        let topic = CreatePartitionsTopic::default().with_name(topic_name("images-7")).with_count(count);
        let request = CreatePartitionsRequest::default().with_topics(vec![topic.with_assignments(None)]);
        assert_eq!(client.call(version, &request).await.results[0].error_code, expected);
    }
    assert_eq!(metadata_of(&mut client, 9, "images-7", false).await.partitions.len(), 6);
    assert_eq!(client.produce("images-7", 5, batch(b"value")).await.error_code, 0);
    for version in 1..=5 {
        let request =
            DeleteTopicsRequest::default().with_topic_names(vec![topic_name(&format!("images-{}", version + 1))]);
        assert_eq!(client.call(version, &request).await.responses[0].error_code, 0);
        assert_eq!(client.call(version, &request).await.responses[0].error_code, 3);
    }
    let id = metadata_of(&mut client, 12, "images-7", false).await.topic_id;
    let request =
        DeleteTopicsRequest::default().with_topics(vec![DeleteTopicState::default().with_name(None).with_topic_id(id)]);
    assert_eq!(client.call(6, &request).await.responses[0].error_code, 0);
    assert_eq!(client.call(6, &request).await.responses[0].error_code, 100);
    let left = client.call(9, &MetadataRequest::default().with_topics(None)).await.topics;
    assert_eq!(left.len(), 1);
    assert_eq!(std::fs::read_dir(folder.path().join("topics")).unwrap().count(), 1);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_created_again_is_empty_and_who_waits_for_the_old_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    let mut reader = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    client.produce("images", 0, batch(b"old")).await;
    let correlation_id = reader.send(12, &fetch_request("images", &[(0, 1)], 30_000)).await;
    let request = DeleteTopicsRequest::default().with_topic_names(vec![topic_name("images")]);
    assert_eq!(client.call(5, &request).await.responses[0].error_code, 0);
    let response = reader.receive::<FetchRequest>(12, correlation_id).await;
    assert_eq!(response.responses[0].partitions[0].error_code, 3);
    client.create_topic("images", 1, &[]).await;
    assert_eq!(client.produce("images", 0, batch(b"new")).await.base_offset, 0);
    assert_eq!(records(&client.fetch("images", 0, 0).await), [(0, b"new".to_vec())]);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_topic_creates_it_where_both_sides_want_that() {
    let config = BrokerConfig { default_partitions: 2, ..BrokerConfig::default() };
    let broker = Broker::start(config.clone()).await.unwrap();
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(metadata_of(&mut client, 9, "images", false).await.error_code, 3);
    assert_eq!(metadata_of(&mut client, 9, "images", true).await.partitions.len(), 2);
    assert_eq!(metadata_of(&mut client, 9, "no name", true).await.error_code, 17);
    broker.shutdown().await;
    let broker = Broker::start(BrokerConfig { auto_create_topics: false, ..config }).await.unwrap();
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(metadata_of(&mut client, 9, "images", true).await.error_code, 3);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_says_where_it_is() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    let port = i32::from(broker.bootstrap_server().port());
    for version in 0..=3 {
        let request = FindCoordinatorRequest::default().with_key(text("group"));
        let response = client.call(version, &request).await;
        assert_eq!((response.error_code, response.host.as_str(), response.port), (0, "127.0.0.1", port));
    }
    let request = FindCoordinatorRequest::default().with_coordinator_keys(vec![text("group")]);
    assert_eq!(client.call(4, &request).await.coordinators[0].port, port);
    assert_eq!(client.call(4, &request.with_key_type(1)).await.coordinators[0].error_code, 53);
    for version in 0..=1 {
        let response = client.call(version, &DescribeClusterRequest::default()).await;
        assert_eq!((response.error_code, response.brokers[0].port), (0, port));
    }
    broker.shutdown().await;
}
