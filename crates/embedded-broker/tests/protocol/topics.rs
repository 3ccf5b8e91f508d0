//! Creating, describing, enlarging and deleting topics over the wire.

use std::collections::BTreeMap;

use crate::common::*;
use embedded_broker::{Broker, BrokerConfig};
use kafka_protocol::messages::create_partitions_request::{
    CreatePartitionsAssignment, CreatePartitionsRequest, CreatePartitionsTopic,
};
use kafka_protocol::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use kafka_protocol::messages::delete_topics_request::{DeleteTopicState, DeleteTopicsRequest};
use kafka_protocol::messages::describe_configs_request::{DescribeConfigsRequest, DescribeConfigsResource};
use kafka_protocol::messages::describe_log_dirs_request::{DescribableLogDirTopic, DescribeLogDirsRequest};
use kafka_protocol::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{
    BrokerId, DescribeClusterRequest, DescribeTopicPartitionsRequest, FetchRequest, FindCoordinatorRequest,
    MetadataRequest,
};

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
    for version in 0..=13 {
        // Before version 4 a client cannot forbid the creation of topics.
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
async fn a_topic_created_again_is_empty_and_waiting_fetches_get_an_error() {
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
    // As with Kafka it is not in the response to the request that creates it, but in the next one.
    let made = metadata_of(&mut client, 9, "images", true).await;
    assert_eq!((made.error_code, made.partitions.len()), (3, 0));
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
    for version in 4..=6 {
        assert_eq!(client.call(version, &request).await.coordinators[0].port, port);
        // There are no share groups.
        assert_eq!(client.call(version, &request.clone().with_key_type(2)).await.coordinators[0].error_code, 42);
    }
    for version in 0..=2 {
        let response = client.call(version, &DescribeClusterRequest::default()).await;
        assert_eq!((response.error_code, response.brokers[0].port), (0, port));
        let request = DescribeClusterRequest::default().with_include_cluster_authorized_operations(true);
        assert_eq!(client.call(version, &request).await.cluster_authorized_operations, 0b1_1111_1010_0000);
    }
    for (endpoint_type, expected) in [(2, 114), (9, 115)] {
        let request = DescribeClusterRequest::default().with_endpoint_type(endpoint_type);
        assert_eq!(client.call(1, &request).await.error_code, expected);
    }
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_described_a_page_at_a_time() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    for (name, partitions) in [("b", 3), ("a", 2), ("c", 1)] {
        assert_eq!(client.create_topic(name, partitions, &[]).await, 0);
    }
    let named = |names: &[&str]| names.iter().map(|name| TopicRequest::default().with_name(topic_name(name))).collect();
    let at = |name: &str, index| Some(Cursor::default().with_topic_name(topic_name(name)).with_partition_index(index));
    // Topics, the cursor's name and index, the limit; then what comes: names, errors, indexes, and the next cursor.
    let cases = [
        (vec![], None, 2000, "a 0 [0, 1]; b 0 [0, 1, 2]; c 0 [0]", None),
        (vec![], None, 4, "a 0 [0, 1]; b 0 [0, 1]", Some(("b", 2))),
        (vec![], at("b", 2), 4, "b 0 [2]; c 0 [0]", None),
        // The answer is full when the next topic's turn comes.
        (vec![], None, 2, "a 0 [0, 1]; b 0 []", Some(("b", 0))),
        (vec![], at("bb", 0), 0, "c 0 [0]", None),
        (named(&["c", "a", "c"]), None, 2000, "a 0 [0, 1]; c 0 [0]", None),
        (named(&["c", "none", "no/name"]), None, 9, "c 0 [0]; no/name 17 []; none 3 []", None),
        (named(&["a", "b"]), at("b", 1), 9, "b 0 [1, 2]", None),
        (named(&["a", "b"]), at("b", 7), 9, "b 0 []", None),
        (named(&["a"]), at("b", 0), 9, "a 42 []", None),
        (named(&["a"]), at("a", -1), 9, "a 42 []", None),
    ];
    for (topics, cursor, limit, expected, next) in cases {
        let request = DescribeTopicPartitionsRequest::default().with_topics(topics).with_cursor(cursor);
        let response = client.call(0, &request.with_response_partition_limit(limit)).await;
        let answered = response.topics.iter().map(|topic| {
            let indexes: Vec<_> = topic.partitions.iter().map(|partition| partition.partition_index).collect();
            format!("{} {} {indexes:?}", topic.name.as_ref().unwrap().as_str(), topic.error_code)
        });
        assert_eq!(answered.collect::<Vec<_>>().join("; "), expected);
        let cursor = response.next_cursor.map(|cursor| (cursor.topic_name.to_string(), cursor.partition_index));
        assert_eq!(cursor, next.map(|(name, index)| (name.to_owned(), index)));
    }
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_topics_are_refused_as_by_kafka() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 2, &[]).await;
    let topic = |name: &str, partitions, replicas| {
        let topic = CreatableTopic::default().with_name(topic_name(name));
        topic.with_num_partitions(partitions).with_replication_factor(replicas)
    };
    let assigned = |topic: CreatableTopic, assignments: &[(i32, &[i32])]| {
        let assignments = assignments.iter().map(|&(index, brokers)| {
            let brokers = brokers.iter().map(|&id| BrokerId(id)).collect();
            CreatableReplicaAssignment::default().with_partition_index(index).with_broker_ids(brokers)
        });
        topic.with_assignments(assignments.collect())
    };
    let nothing = CreatableTopicConfig::default().with_name(text("retention.ms")).with_value(None);
    for (refused, expected) in [
        (topic("images", 1, 1), 36),
        (topic("", 1, 1), 17),
        (topic("..", 1, 1), 17),
        (topic("new", 0, 1), 37),
        (topic("new", -2, 1), 37),
        (topic("new", 20_000, 1), 37),
        (topic("new", 1, 0), 38),
        (topic("new", 1, 2), 38),
        (topic("new", 1, 1).with_configs(vec![nothing]), 40),
        (assigned(topic("new", 1, -1), &[(0, &[1])]), 42),
        (assigned(topic("new", -1, 1), &[(0, &[1])]), 42),
        (assigned(topic("new", -1, -1), &[(0, &[9])]), 39),
        (assigned(topic("new", -1, -1), &[(0, &[])]), 39),
        (assigned(topic("new", -1, -1), &[(0, &[1, 1])]), 39),
        (assigned(topic("new", -1, -1), &[(1, &[1])]), 39),
        (assigned(topic("new", -1, -1), &[(0, &[1]), (0, &[1])]), 39),
    ] {
        let response = client.call(7, &CreateTopicsRequest::default().with_topics(vec![refused.clone()])).await;
        assert_eq!(response.topics[0].error_code, expected, "{refused:?}");
        assert!(response.topics[0].error_message.as_ref().is_some_and(|sentence| !sentence.is_empty()));
    }
    let twice = CreateTopicsRequest::default().with_topics(vec![topic("new", 1, 1); 2]);
    assert!(client.call(7, &twice).await.topics.iter().all(|topic| topic.error_code == 42));
    let by_hand = assigned(topic("new", -1, -1), &[(1, &[1]), (0, &[1])]);
    let request = CreateTopicsRequest::default().with_topics(vec![by_hand]);
    let checked = client.call(7, &request.clone().with_validate_only(true)).await;
    assert_eq!((checked.topics[0].error_code, checked.topics[0].num_partitions), (0, 2));
    assert_eq!(metadata_of(&mut client, 13, "new", false).await.error_code, 3);
    assert_eq!(client.call(7, &request).await.topics[0].error_code, 0);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_partitions_are_refused_as_by_kafka() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 2, &[]).await;
    let grown = |count, assignments: Option<&[i32]>| {
        let assignments = assignments.map(|brokers| {
            let each = |&id| CreatePartitionsAssignment::default().with_broker_ids(vec![BrokerId(id)]);
            brokers.iter().map(each).collect()
        });
        CreatePartitionsTopic::default().with_name(topic_name("images")).with_count(count).with_assignments(assignments)
    };
    for (wanted, expected) in [
        (grown(2, None), 37),
        (grown(1, None), 37),
        (grown(0, None), 37),
        (grown(20_000, None), 37),
        (grown(4, Some(&[1])), 39),
        (grown(3, Some(&[])), 39),
        (grown(3, Some(&[9])), 39),
        (grown(3, Some(&[1])), 0),
    ] {
        let request = CreatePartitionsRequest::default().with_topics(vec![wanted.clone()]).with_validate_only(true);
        assert_eq!(client.call(3, &request).await.results[0].error_code, expected, "{wanted:?}");
    }
    let twice = CreatePartitionsRequest::default().with_topics(vec![grown(3, None); 2]);
    assert!(client.call(3, &twice).await.results.iter().all(|result| result.error_code == 42));
    assert_eq!(metadata_of(&mut client, 13, "images", false).await.partitions.len(), 2);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_are_refused_as_by_kafka() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 2, &[]).await;
    let id = metadata_of(&mut client, 13, "images", false).await.topic_id;
    let state = DeleteTopicState::default;
    let name = Some(topic_name("images"));
    for (wanted, expected) in [
        (vec![state().with_name(name.clone()).with_topic_id(id)], 42),
        (vec![state().with_name(None)], 42),
        (vec![state().with_name(name.clone()); 2], 42),
        (vec![state().with_name(Some(topic_name("none")))], 3),
        (vec![state().with_name(None).with_topic_id(uuid::Uuid::from_u128(9))], 100),
    ] {
        let response = client.call(6, &DeleteTopicsRequest::default().with_topics(wanted)).await;
        assert!(response.responses.iter().all(|topic| topic.error_code == expected), "{response:?}");
    }
    assert_eq!(metadata_of(&mut client, 13, "images", false).await.error_code, 0);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_are_found_in_every_version_that_knows_how() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    client.produce("images", 0, batch_of(&[b"a", b"b"], 100, None)).await;
    client.produce("images", 0, batch_of(&[b"c"], 50, None)).await;
    for version in 1..=10 {
        // The time, the first version that knows it, and the offset.
        for (timestamp, first_version, offset) in
            [(-1, 1, 3), (-2, 1, 0), (-3, 7, 0), (-4, 8, 0), (-5, 9, -1), (-6, 99, -1), (60, 1, 0), (101, 1, -1)]
        {
            let partition = ListOffsetsPartition::default().with_timestamp(timestamp);
            let topic = ListOffsetsTopic::default().with_name(topic_name("images")).with_partitions(vec![partition]);
            let response = client.call(version, &ListOffsetsRequest::default().with_topics(vec![topic])).await;
            let found = &response.topics[0].partitions[0];
            let expected = if version < first_version { (35, -1) } else { (0, offset) };
            assert_eq!((found.error_code, found.offset), expected, "version {version}, time {timestamp}");
        }
    }
    for (epoch, expected) in [(-1, 0), (0, 0), (5, 75), (-5, 74)] {
        let partition = ListOffsetsPartition::default().with_timestamp(-1).with_current_leader_epoch(epoch);
        let topic = ListOffsetsTopic::default().with_name(topic_name("images")).with_partitions(vec![partition]);
        let response = client.call(10, &ListOffsetsRequest::default().with_topics(vec![topic])).await;
        assert_eq!(response.topics[0].partitions[0].error_code, expected);
    }
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_each_partition_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 2, &[]).await;
    client.create_topic("others", 1, &[]).await;
    let records = batch(b"value");
    client.produce("images", 1, records.clone()).await;
    for version in 1..=4 {
        let topic = DescribableLogDirTopic::default().with_topic(topic_name("images")).with_partitions(vec![1, 0, 7]);
        for (asked, expected) in [(Some(vec![topic]), 1), (None, 2), (Some(Vec::new()), 0)] {
            let response = client.call(version, &DescribeLogDirsRequest::default().with_topics(asked)).await;
            let [dir] = &response.results[..] else { panic!("one folder") };
            assert_eq!((dir.error_code, dir.log_dir.as_str()), (0, folder.path().to_str().unwrap()));
            assert_eq!(dir.topics.len(), expected);
            if let Some(topic) = dir.topics.first() {
                let sizes: Vec<_> =
                    topic.partitions.iter().map(|each| (each.partition_index, each.partition_size)).collect();
                assert_eq!(sizes, [(0, 0), (1, i64::try_from(records.len()).unwrap())]);
            }
        }
    }
    broker.shutdown().await;
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    let response = client.call(4, &DescribeLogDirsRequest::default().with_topics(None)).await;
    assert_eq!((response.error_code, response.results.len()), (0, 0));
    broker.shutdown().await;
}
