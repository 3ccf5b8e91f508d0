//! Admin requests for features that one broker without security does not have: answered as by Kafka, never by a closed
//! connection.

mod offsets_topic;

use std::collections::BTreeMap;

use embedded_broker::{Broker, BrokerConfig};
use kafka_protocol::messages::alter_client_quotas_request::{AlterClientQuotasRequest, EntityData, EntryData, OpData};
use kafka_protocol::messages::alter_partition_reassignments_request::{
    AlterPartitionReassignmentsRequest, ReassignablePartition, ReassignableTopic,
};
use kafka_protocol::messages::alter_replica_log_dirs_request::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic, AlterReplicaLogDirsRequest,
};
use kafka_protocol::messages::alter_user_scram_credentials_request::{
    AlterUserScramCredentialsRequest, ScramCredentialDeletion, ScramCredentialUpsertion,
};
use kafka_protocol::messages::create_acls_request::{AclCreation, CreateAclsRequest};
use kafka_protocol::messages::delete_acls_request::{DeleteAclsFilter, DeleteAclsRequest};
use kafka_protocol::messages::describe_client_quotas_request::{ComponentData, DescribeClientQuotasRequest};
use kafka_protocol::messages::describe_configs_request::{DescribeConfigsRequest, DescribeConfigsResource};
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResult;
use kafka_protocol::messages::describe_producers_request::{DescribeProducersRequest, TopicRequest};
use kafka_protocol::messages::describe_producers_response::PartitionResponse;
use kafka_protocol::messages::describe_user_scram_credentials_request::{
    DescribeUserScramCredentialsRequest, UserName,
};
use kafka_protocol::messages::elect_leaders_request::{ElectLeadersRequest, TopicPartitions};
use kafka_protocol::messages::list_partition_reassignments_request::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsTopics,
};
use kafka_protocol::messages::{
    BrokerId, DescribeAclsRequest, DescribeTransactionsRequest, InitProducerIdRequest, ListConfigResourcesRequest,
    ListTransactionsRequest, ProducerId, TransactionalId,
};

use crate::common::*;

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_reassigned_to_this_broker_only() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 2, &[]).await;
    let topic =
        ListPartitionReassignmentsTopics::default().with_name(topic_name("images")).with_partition_indexes(vec![0, 9]);
    for topics in [None, Some(vec![topic])] {
        let request = ListPartitionReassignmentsRequest::default().with_topics(topics);
        let response = client.call(0, &request).await;
        assert_eq!((response.error_code, response.topics.len()), (0, 0));
    }
    let to = |index, replicas: Option<&[i32]>| {
        let replicas = replicas.map(|ids| ids.iter().map(|&id| BrokerId(id)).collect());
        ReassignablePartition::default().with_partition_index(index).with_replicas(replicas)
    };
    // What a Kafka 4.1 of one broker answers.
    let cases = [
        ("images", to(0, Some(&[1])), 0),
        ("images", to(1, None), 85),
        ("images", to(9, Some(&[1])), 3),
        ("images", to(0, Some(&[2])), 39),
        ("images", to(0, Some(&[1, 2])), 39),
        ("images", to(0, Some(&[])), 39),
        ("images", to(0, Some(&[1, 1])), 39),
        ("nothing", to(0, Some(&[1])), 3),
        ("nothing", to(0, None), 3),
    ];
    for version in 0..=1 {
        let topics = cases.iter().map(|(name, partition, _)| {
            ReassignableTopic::default().with_name(topic_name(name)).with_partitions(vec![partition.clone()])
        });
        let request = AlterPartitionReassignmentsRequest::default().with_topics(topics.collect());
        let response = client.call(version, &request).await;
        assert_eq!(response.error_code, 0);
        let codes: Vec<_> = response.responses.iter().map(|topic| topic.partitions[0].error_code).collect();
        assert_eq!(codes, cases.each_ref().map(|(_, _, code)| *code));
    }
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_partition_needs_an_election() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 2, &[]).await;
    for version in 0..=2 {
        let wanted = |name: &str, partitions: &[i32]| {
            TopicPartitions::default().with_topic(topic_name(name)).with_partitions(partitions.to_vec())
        };
        let topics = Some(vec![wanted("images", &[0, 1, 9]), wanted("nothing", &[0])]);
        let request = ElectLeadersRequest::default().with_topic_partitions(topics);
        let response = client.call(version, &request).await;
        let codes = response.replica_election_results.iter().map(|topic| {
            let codes: Vec<_> = topic.partition_result.iter().map(|partition| partition.error_code).collect();
            (topic.topic.to_string(), codes)
        });
        let expected = [("images".to_owned(), vec![84, 84, 3]), ("nothing".to_owned(), vec![3])];
        assert_eq!((response.error_code, codes.collect::<Vec<_>>()), (0, expected.to_vec()));
        // No partition needs an election, so none is listed.
        let all = client.call(version, &request.clone().with_topic_partitions(None)).await;
        assert_eq!(all.error_code, 0);
        assert!(all.replica_election_results.iter().all(|topic| topic.partition_result.is_empty()));
        if version > 0 {
            let response = client.call(version, &request.with_election_type(2)).await;
            assert_eq!(response.error_code, 42);
            assert_eq!(response.replica_election_results[0].partition_result[0].error_code, 42);
        }
    }
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_stay_in_the_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 2, &[]).await;
    let own = folder.path().to_str().unwrap();
    for version in 1..=2 {
        for (path, codes) in [(own, [0, 3]), ("/nowhere", [57, 57])] {
            let topic = AlterReplicaLogDirTopic::default().with_name(topic_name("images")).with_partitions(vec![0, 9]);
            let dir = AlterReplicaLogDir::default().with_path(text(path)).with_topics(vec![topic]);
            let response = client.call(version, &AlterReplicaLogDirsRequest::default().with_dirs(vec![dir])).await;
            let found: Vec<_> = response.results[0].partitions.iter().map(|partition| partition.error_code).collect();
            assert_eq!(found, codes);
        }
    }
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_control_credentials_and_quotas_are_answered_as_by_a_kafka_without_them() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    for version in 1..=3 {
        let (describing, creating, filtering) =
            (DescribeAclsRequest::default(), AclCreation::default(), DeleteAclsFilter::default());
        let pattern = 3; // literal
        let described = client.call(version, &describing.with_pattern_type_filter(pattern)).await;
        assert_eq!((described.error_code, described.resources.len()), (54, 0));
        let creations = vec![creating.with_resource_pattern_type(pattern); 2];
        let created = client.call(version, &CreateAclsRequest::default().with_creations(creations)).await;
        assert_eq!(created.results.iter().map(|result| result.error_code).collect::<Vec<_>>(), [54, 54]);
        let filters = vec![filtering.with_pattern_type_filter(pattern); 2];
        let deleted = client.call(version, &DeleteAclsRequest::default().with_filters(filters)).await;
        assert_eq!(deleted.filter_results.iter().map(|result| result.error_code).collect::<Vec<_>>(), [54, 54]);
    }
    for users in [None, Some(vec![])] {
        let request = DescribeUserScramCredentialsRequest::default().with_users(users);
        let response = client.call(0, &request).await;
        assert_eq!((response.error_code, response.results.len()), (0, 0));
    }
    let users = ["a", "b", "b"].map(|name| UserName::default().with_name(text(name))).to_vec();
    let response = client.call(0, &DescribeUserScramCredentialsRequest::default().with_users(Some(users))).await;
    let answered = response.results.iter().map(|result| (result.user.to_string(), result.error_code));
    assert_eq!(answered.collect::<Vec<_>>(), [("a".to_owned(), 91), ("b".to_owned(), 92)]);
    let request = AlterUserScramCredentialsRequest::default()
        .with_deletions(vec![ScramCredentialDeletion::default().with_name(text("a")).with_mechanism(1)])
        .with_upsertions(vec![ScramCredentialUpsertion::default().with_name(text("b")).with_mechanism(1)]);
    let response = client.call(0, &request).await;
    assert_eq!(response.results.iter().map(|result| result.error_code).collect::<Vec<_>>(), [91, 33]);

    let component = |kind: &str, match_type, name: Option<&str>| {
        let component = ComponentData::default().with_entity_type(text(kind)).with_match_type(match_type);
        component.with_match(name.map(text))
    };
    // What Kafka 4.1 answers.
    let cases = [
        (vec![], 0),
        (vec![component("user", 0, Some("a"))], 0),
        (vec![component("ip", 2, None)], 0),
        (vec![component("user", 2, None), component("client-id", 1, None)], 0),
        (vec![component("user", 0, None)], 42),
        (vec![component("user", 1, Some("x"))], 42),
        (vec![component("user", 2, Some("x"))], 42),
        (vec![component("user", 3, None)], 42),
        (vec![component("", 2, None)], 42),
        (vec![component("strange", 2, None)], 35),
        (vec![component("user", 2, None), component("user", 2, None)], 42),
        (vec![component("ip", 2, None), component("user", 2, None)], 42),
    ];
    for version in 0..=1 {
        for (components, code) in &cases {
            let request = DescribeClientQuotasRequest::default().with_components(components.clone());
            let response = client.call(version, &request).await;
            assert_eq!(response.error_code, *code, "{components:?}");
            assert_eq!(response.entries, (*code == 0).then(Vec::new));
        }
        let entry = |remove| {
            let entity = EntityData::default().with_entity_type(text("user")).with_entity_name(Some(text("a")));
            let op = OpData::default().with_key(text("producer_byte_rate")).with_value(1.0).with_remove(remove);
            EntryData::default().with_entity(vec![entity]).with_ops(vec![op])
        };
        let request = AlterClientQuotasRequest::default().with_entries(vec![entry(false), entry(true)]);
        let response = client.call(version, &request).await;
        assert_eq!(response.entries.iter().map(|entry| entry.error_code).collect::<Vec<_>>(), [42, 0]);
        assert_eq!(response.entries[0].entity[0].entity_name, Some(text("a")));
    }
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_listed_as_none() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    for version in 0..=2 {
        let request = ListTransactionsRequest::default();
        let response = client.call(version, &request.clone()).await;
        assert_eq!((response.error_code, response.transaction_states.len()), (0, 0));
        let states = ["Ongoing", "Strange", "Dead", "ongoing"].map(text).to_vec();
        let request = request.with_state_filters(states).with_producer_id_filters(vec![ProducerId(1)]);
        let response = client.call(version, &request).await;
        assert_eq!(response.unknown_state_filters, ["Strange", "ongoing"].map(text));
    }
    let ids = ["id", ""].map(|id| TransactionalId(text(id))).to_vec();
    let response = client.call(0, &DescribeTransactionsRequest::default().with_transactional_ids(ids)).await;
    assert_eq!(response.transaction_states.iter().map(|state| state.error_code).collect::<Vec<_>>(), [105, 42]);
    broker.shutdown().await;
}

async fn producers_of(client: &mut Client, name: &str, index: i32) -> PartitionResponse {
    let topic = TopicRequest::default().with_name(topic_name(name)).with_partition_indexes(vec![index]);
    let response = client.call(0, &DescribeProducersRequest::default().with_topics(vec![topic])).await;
    response.topics[0].partitions[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn idempotent_producers_are_described_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 2, &[]).await;
    let id = client.call(4, &InitProducerIdRequest::default().with_transactional_id(None)).await.producer_id.0;
    assert_eq!(client.produce("images", 0, batch_of(&[b"a", b"b"], 1000, Some((id, 0, 0)))).await.error_code, 0);
    assert_eq!(client.produce("images", 0, batch_of(&[b"c"], 1002, Some((id, 0, 2)))).await.error_code, 0);
    client.produce("images", 1, batch(b"nobody")).await;
    assert_eq!(producers_of(&mut client, "images", 9).await.error_code, 3);
    assert_eq!(producers_of(&mut client, "nothing", 0).await.error_code, 3);
    assert_eq!(producers_of(&mut client, "no name", 0).await.error_code, 17);
    assert_eq!(producers_of(&mut client, "images", 1).await.active_producers, []);
    let before = producers_of(&mut client, "images", 0).await.active_producers;
    let described = before.iter().map(|producer| {
        (producer.producer_id.0, producer.producer_epoch, producer.last_sequence, producer.last_timestamp)
    });
    assert_eq!(described.collect::<Vec<_>>(), [(id, 0, 2, 1002)]);
    assert_eq!((before[0].coordinator_epoch, before[0].current_txn_start_offset), (-1, -1));
    broker.shutdown().await;
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(producers_of(&mut client, "images", 0).await.active_producers, before);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_settings_is_listed_by_kind() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    client.create_topic("labels", 1, &[]).await;
    let (topics, brokers, loggers) = ([("images", 2), ("labels", 2)], [("1", 4)], [("1", 8)]);
    let all = [&loggers[..], &brokers, &topics].concat();
    type Case<'a> = (&'a [i8], i16, &'a [(&'a str, i8)]);
    let cases: [Case<'_>; 8] = [
        (&[], 0, &all),
        (&[2], 0, &topics),
        (&[4], 0, &brokers),
        (&[8], 0, &loggers),
        (&[16], 0, &[]),
        (&[32], 0, &[]),
        (&[1], 35, &[]),
        (&[2, 64], 35, &[]),
    ];
    for (kinds, code, expected) in cases {
        let request = ListConfigResourcesRequest::default().with_resource_types(kinds.to_vec());
        let response = client.call(1, &request).await;
        let found = response.config_resources.iter().map(|found| (found.resource_name.as_str(), found.resource_type));
        assert_eq!((response.error_code, found.collect::<Vec<_>>()), (code, expected.to_vec()), "{kinds:?}");
    }
    // Version 0 asks for subscriptions of clients' metrics.
    let response = client.call(0, &ListConfigResourcesRequest::default()).await;
    assert_eq!((response.error_code, response.config_resources.len()), (0, 0));
    broker.shutdown().await;
}

async fn describe(client: &mut Client, kind: i8, name: &str) -> DescribeConfigsResult {
    let resource = DescribeConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(name))
        .with_configuration_keys(None);
    let request = DescribeConfigsRequest::default().with_resources(vec![resource]).with_include_synonyms(true);
    client.call(4, &request).await.results.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_describes_what_it_was_started_with_and_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let config = BrokerConfig { group_max_size: 7, max_connections: 90, ..config_for(folder.path()) };
    let broker = Broker::start(config).await.unwrap();
    let mut client = Client::connect(broker.bootstrap_server()).await;
    let described = describe(&mut client, 4, "1").await;
    assert!(described.configs.iter().all(|setting| setting.read_only));
    let settings: BTreeMap<_, _> = described
        .configs
        .iter()
        .map(|setting| (setting.name.as_str(), (setting.value.as_deref().unwrap(), setting.config_source)))
        .collect();
    let listener = format!("PLAINTEXT://{}", broker.bootstrap_server());
    let data = folder.path().to_str().unwrap();
    for (name, expected) in [
        ("advertised.listeners", (listener.as_str(), 4)),
        ("listeners", (listener.as_str(), 4)),
        ("log.dirs", (data, 4)),
        ("log.dir", (data, 4)),
        ("broker.id", ("1", 5)),
        ("node.id", ("1", 5)),
        ("message.max.bytes", ("16777216", 5)),
        ("group.max.size", ("7", 4)),
        ("max.connections", ("90", 4)),
        ("group.min.session.timeout.ms", ("6000", 5)),
        ("socket.request.max.bytes", ("104857600", 5)),
        ("min.insync.replicas", ("1", 5)),
        ("group.coordinator.rebalance.protocols", ("classic", 5)),
    ] {
        assert_eq!(settings.get(name), Some(&expected), "{name}");
    }
    // Groups, loggers and client metrics have no settings here, which is not an error.
    for (kind, name, code) in [
        (32, "group", 0),
        (32, "", 42),
        (16, "metrics", 0),
        (16, "", 42),
        (8, "1", 0),
        (8, "7", 42),
        (8, "", 42),
        (1, "x", 42),
    ] {
        let described = describe(&mut client, kind, name).await;
        assert_eq!((described.error_code, described.configs.len()), (code, 0), "{kind} {name}");
    }
    broker.shutdown().await;
}
