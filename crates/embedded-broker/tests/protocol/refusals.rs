//! Unsupported features, and how clients learn of it.

use std::collections::BTreeMap;

use crate::common::*;
use kafka_protocol::messages::add_partitions_to_txn_request::{AddPartitionsToTxnRequest, AddPartitionsToTxnTopic};
use kafka_protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequest, TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use kafka_protocol::messages::{
    AddOffsetsToTxnRequest, ApiVersionsRequest, ConsumerGroupHeartbeatRequest, EndTxnRequest, FindCoordinatorRequest,
    InitProducerIdRequest,
};
use tokio::io::AsyncWriteExt;

/// The protocol's TRANSACTIONAL_ID_AUTHORIZATION_FAILED: clients treat it as final.
const NO_TRANSACTIONS: i16 = 53;

#[tokio::test(flavor = "multi_thread")]
async fn every_request_about_a_transaction_is_refused_by_the_protocols_own_error() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    for version in 1..=6 {
        let request = FindCoordinatorRequest::default().with_key_type(1);
        let code = if version < 4 {
            client.call(version, &request.with_key(text("id"))).await.error_code
        } else {
            client.call(version, &request.with_coordinator_keys(vec![text("id")])).await.coordinators[0].error_code
        };
        assert_eq!(code, NO_TRANSACTIONS);
    }
    for version in 0..=5 {
        let request = InitProducerIdRequest::default().with_transactional_id(Some(text("id").into()));
        assert_eq!(client.call(version, &request).await.error_code, NO_TRANSACTIONS);
    }
    for version in 0..=3 {
        let topic = AddPartitionsToTxnTopic::default().with_name(topic_name("images")).with_partitions(vec![0, 1]);
        let request = AddPartitionsToTxnRequest::default()
            .with_v3_and_below_transactional_id(text("id").into())
            .with_v3_and_below_topics(vec![topic]);
        let response = client.call(version, &request).await;
        let partitions = &response.results_by_topic_v3_and_below[0].results_by_partition;
        assert_eq!(partitions.len(), 2);
        assert!(partitions.iter().all(|partition| partition.partition_error_code == NO_TRANSACTIONS));
    }
    for version in 0..=4 {
        let request = AddOffsetsToTxnRequest::default().with_transactional_id(text("id").into());
        assert_eq!(client.call(version, &request).await.error_code, NO_TRANSACTIONS);
    }
    for version in 0..=5 {
        let request = EndTxnRequest::default().with_transactional_id(text("id").into());
        assert_eq!(client.call(version, &request).await.error_code, NO_TRANSACTIONS);
        let topic = TxnOffsetCommitRequestTopic::default()
            .with_name(topic_name("images"))
            .with_partitions(vec![TxnOffsetCommitRequestPartition::default()]);
        let request = TxnOffsetCommitRequest::default().with_transactional_id(text("id").into());
        let response = client.call(version, &request.with_topics(vec![topic])).await;
        assert_eq!(response.topics[0].partitions[0].error_code, NO_TRANSACTIONS);
    }
    let request = produce_request("images", 0, batch(b"value")).with_transactional_id(Some(text("id").into()));
    let response = client.call(9, &request).await;
    assert_eq!(response.responses[0].partition_responses[0].error_code, NO_TRANSACTIONS);
    assert_eq!(records(&client.fetch("images", 0, 0).await), []);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_the_newer_group_protocol_are_refused_at_once() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    for version in 0..=1 {
        let request = ConsumerGroupHeartbeatRequest::default()
            .with_group_id(text("group").into())
            .with_member_id(text("member"))
            .with_subscribed_topic_names(Some(vec![topic_name("images")]));
        let response = client.call(version, &request).await;
        assert_eq!(response.error_code, 35);
        assert!(response.error_message.unwrap().contains("group.protocol=classic"));
    }
    broker.shutdown().await;
}

/// The APIs and versions announced, by the API's number.
async fn announced(client: &mut Client, version: i16) -> BTreeMap<i16, (i16, i16)> {
    let request = ApiVersionsRequest::default();
    let request = match version {
        3.. => request.with_client_software_name(text("test")).with_client_software_version(text("1")),
        _ => request,
    };
    let response = client.call(version, &request).await;
    assert_eq!(response.error_code, 0);
    assert!(response.supported_features.is_empty() && response.finalized_features.is_empty());
    response.api_keys.iter().map(|api| (api.api_key, (api.min_version, api.max_version))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_announced_closes_the_connection_as_in_kafka() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    let apis = announced(&mut client, 0).await;
    for version in 1..=4 {
        assert_eq!(announced(&mut client, version).await, apis);
    }
    // Compression of librdkafka 2.0 hangs on the first version of Produce.
    assert_eq!(apis[&0].0, 0);
    // Neither the newer group protocols nor what only clusters and secured brokers have.
    for absent in [17, 36, 38, 55, 57, 69, 76, 78] {
        assert!(!apis.contains_key(&absent), "{absent}");
    }
    let mut refused = vec![(-1, 0), (999, 0), (69, 0), (76, 0), (4, 0), (0, 2)];
    for (&api, &(first, last)) in apis.iter().filter(|(api, _)| **api != 18) {
        refused.extend([(api, first - 1), (api, last + 1)]);
    }
    for (api, version) in refused {
        let mut other = Client::connect(broker.bootstrap_server()).await;
        let mut frame = vec![0, 0, 0, 40];
        frame.extend_from_slice(&i16::to_be_bytes(api));
        frame.extend_from_slice(&i16::to_be_bytes(version));
        frame.extend_from_slice(&[0, 0, 0, 1, 0xff, 0xff]);
        frame.resize(44, 0);
        other.stream.write_all(&frame).await.unwrap();
        assert!(other.receive_frame().await.is_none(), "{api} {version}");
    }
    // But for the one API whose versions a client has to guess.
    for version in [-1_i16, 5, 99] {
        let mut other = Client::connect(broker.bootstrap_server()).await;
        let mut frame = vec![0, 0, 0, 20, 0, 18];
        frame.extend_from_slice(&version.to_be_bytes());
        frame.extend_from_slice(&[0, 0, 0, 7, 0xff, 0xff]);
        frame.resize(24, 0);
        other.stream.write_all(&frame).await.unwrap();
        let answer = other.receive_frame().await.unwrap();
        // Correlation id, error 35, and one API: 18, versions 0 to 4.
        assert_eq!(&answer[..], [0, 0, 0, 7, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4]);
    }
    broker.shutdown().await;
}
