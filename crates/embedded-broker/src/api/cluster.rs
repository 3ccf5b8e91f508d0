//! The cluster as clients see it: the broker, topics and their partitions, the coordinator.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_cluster_response::{DescribeClusterBroker, DescribeClusterResponse};
use kafka_protocol::messages::find_coordinator_response::{Coordinator, FindCoordinatorResponse};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{
    MetadataResponse, MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{BrokerId, DescribeClusterRequest, FindCoordinatorRequest, MetadataRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use super::{text, transactions};
use crate::files;
use crate::layout::{Fixed, Layout, Structs, Text, Texts, always, between, layout, since, until};
use crate::state::{BROKER_ID, State};
use crate::topics::{self, Topic};

/// The key type of transactions.
const TRANSACTION: i8 = 1;
/// Every client may do everything: the operations on the cluster and on a topic, a bit for each of the protocol's
/// numbers.
const CLUSTER_OPERATIONS: i32 = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;
pub(super) const TOPIC_OPERATIONS: i32 = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;
/// The endpoint types: brokers, or controllers, of which none can be reached.
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

fn host(state: &State) -> StrBytes {
    text(state.address.ip().to_string())
}

fn port(state: &State) -> i32 {
    i32::from(state.address.port())
}

pub(super) const METADATA: Layout = layout(
    9,
    &[
        always(Structs(&[since(10, Fixed(16)), always(Text)])),
        since(4, Fixed(1)),
        between(8, 10, Fixed(1)),
        since(8, Fixed(1)),
    ],
);

/// The broker and the requested topics, or all topics.
pub(super) fn metadata(state: &State, asked: MetadataRequest, version: i16) -> MetadataResponse {
    let names_all = match &asked.topics {
        None => true,
        // Version 0 has no null.
        Some(topics) => version == 0 && topics.is_empty(),
    };
    let may_create = asked.allow_auto_topic_creation && state.config.auto_create_topics;
    let topic_operations = asked.include_topic_authorized_operations.then_some(TOPIC_OPERATIONS);
    let cluster_operations = asked.include_cluster_authorized_operations.then_some(CLUSTER_OPERATIONS);
    let mut topics: Vec<_> = if names_all {
        state.topics.all().iter().map(|topic| describe(topic)).collect()
    } else {
        let asked = asked.topics.unwrap_or_default();
        asked.into_iter().map(|topic| find(state, topic, may_create)).collect()
    };
    if let Some(operations) = topic_operations {
        for topic in topics.iter_mut().filter(|topic| topic.error_code == 0) {
            topic.topic_authorized_operations = operations;
        }
    }
    let broker = MetadataResponseBroker::default()
        .with_node_id(BrokerId(BROKER_ID))
        .with_host(host(state))
        .with_port(port(state));
    let response = match cluster_operations {
        Some(operations) => MetadataResponse::default().with_cluster_authorized_operations(operations),
        None => MetadataResponse::default(),
    };
    response
        .with_brokers(vec![broker])
        .with_cluster_id(Some(state.cluster_id.clone()))
        .with_controller_id(BrokerId(BROKER_ID))
        .with_topics(topics)
}

fn find(state: &State, asked: MetadataRequestTopic, may_create: bool) -> MetadataResponseTopic {
    let Some(name) = asked.name else {
        return match state.topics.get_by_id(asked.topic_id.as_u128()) {
            Some(topic) => describe(&topic),
            None => MetadataResponseTopic::default()
                .with_topic_id(asked.topic_id)
                .with_error_code(ResponseError::UnknownTopicId.code()),
        };
    };
    if let Some(topic) = state.topics.get(&name) {
        return describe(&topic);
    }
    // As with Kafka, a topic that this request creates is not in its response: the client asks again.
    let error = if may_create { create(state, &name) } else { topics::why_missing(&name) };
    MetadataResponseTopic::default()
        .with_is_internal(topics::is_internal(&name))
        .with_name(Some(name))
        .with_error_code(error.code())
}

/// Creates a topic; returns the error that the client gets until it asks again.
fn create(state: &State, name: &str) -> ResponseError {
    if topics::is_internal(name) {
        state.topics.ensure_consumer_offsets();
        return ResponseError::UnknownTopicOrPartition;
    }
    match files::blocking(|| state.topics.create(name, state.config.default_partitions, &BTreeMap::new())) {
        Ok(_) => {
            tracing::info!("created topic {name} at a client's request");
            ResponseError::UnknownTopicOrPartition
        }
        // Another client created it first.
        Err((ResponseError::TopicAlreadyExists, _)) => ResponseError::UnknownTopicOrPartition,
        Err((error, _)) => error,
    }
}

fn describe(topic: &Topic) -> MetadataResponseTopic {
    let partitions = (0..topic.partition_count()).map(|index| {
        MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(BrokerId(BROKER_ID))
            .with_leader_epoch(0)
            .with_replica_nodes(vec![BrokerId(BROKER_ID)])
            .with_isr_nodes(vec![BrokerId(BROKER_ID)])
    });
    MetadataResponseTopic::default()
        .with_name(Some(TopicName(text(topic.name.as_str()))))
        .with_topic_id(Uuid::from_u128(topic.id))
        .with_is_internal(topic.is_internal())
        .with_partitions(partitions.collect())
}

pub(super) const DESCRIBE_CLUSTER: Layout = layout(0, &[always(Fixed(1)), since(1, Fixed(1)), since(2, Fixed(1))]);

/// The broker, as admin clients ask for it.
pub(super) fn describe_cluster(state: &State, asked: &DescribeClusterRequest) -> DescribeClusterResponse {
    let response = DescribeClusterResponse::default().with_cluster_id(state.cluster_id.clone());
    let refused = |error: ResponseError, sentence: &str| {
        let response = DescribeClusterResponse::default().with_endpoint_type(asked.endpoint_type);
        response.with_error_code(error.code()).with_error_message(Some(text(sentence)))
    };
    match asked.endpoint_type {
        BROKERS => {}
        CONTROLLERS => {
            let sentence = "The request was sent to an endpoint of type BROKER, but it wanted CONTROLLER";
            return refused(ResponseError::MismatchedEndpointType, sentence);
        }
        _ => return refused(ResponseError::UnsupportedEndpointType, "Unsupported endpoint type"),
    }
    let response = match asked.include_cluster_authorized_operations {
        true => response.with_cluster_authorized_operations(CLUSTER_OPERATIONS),
        false => response,
    };
    let broker = DescribeClusterBroker::default()
        .with_broker_id(BrokerId(BROKER_ID))
        .with_host(host(state))
        .with_port(port(state));
    response.with_controller_id(BrokerId(BROKER_ID)).with_brokers(vec![broker])
}

pub(super) const FIND_COORDINATOR: Layout = layout(3, &[until(3, Text), since(1, Fixed(1)), since(4, Texts)]);

/// The broker coordinates every group. A request for the coordinator of a transaction gets a final error.
pub(super) fn find_coordinator(state: &State, asked: FindCoordinatorRequest, version: i16) -> FindCoordinatorResponse {
    let error = match asked.key_type {
        0 => None,
        TRANSACTION => Some(transactions::REFUSAL),
        _ => Some(ResponseError::InvalidRequest),
    };
    if error.is_none() {
        state.topics.ensure_consumer_offsets();
    }
    let code = error.map_or(0, |error| error.code());
    let node = if error.is_some() { -1 } else { BROKER_ID };
    let (host, port) = if error.is_some() { (StrBytes::default(), -1) } else { (host(state), port(state)) };
    if version < 4 {
        return FindCoordinatorResponse::default()
            .with_error_code(code)
            .with_error_message(None)
            .with_node_id(BrokerId(node))
            .with_host(host)
            .with_port(port);
    }
    let coordinators = asked.coordinator_keys.into_iter().map(|key| {
        Coordinator::default()
            .with_key(key)
            .with_error_code(code)
            .with_error_message(None)
            .with_node_id(BrokerId(node))
            .with_host(host.clone())
            .with_port(port)
    });
    FindCoordinatorResponse::default().with_coordinators(coordinators.collect())
}
