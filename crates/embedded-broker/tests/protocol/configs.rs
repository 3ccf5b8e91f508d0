//! The settings of topics and of the broker over the wire: shown, changed, refused, kept.

use std::collections::BTreeMap;

use crate::common::*;
use embedded_broker::{Broker, BrokerConfig};
use kafka_protocol::messages::alter_configs_request::{
    AlterConfigsRequest, AlterConfigsResource, AlterableConfig as Replacement,
};
use kafka_protocol::messages::describe_configs_request::{DescribeConfigsRequest, DescribeConfigsResource};
use kafka_protocol::messages::describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsResult};
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource as IncrementalResource, AlterableConfig, IncrementalAlterConfigsRequest,
};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

/// A setting, what is done to it, and the value.
type Change<'a> = (&'a str, i8, Option<&'a str>);

async fn describe(client: &mut Client, version: i16, kind: i8, name: &str) -> DescribeConfigsResult {
    let resource = DescribeConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(name))
        .with_configuration_keys(None);
    let request = DescribeConfigsRequest::default().with_resources(vec![resource]).with_include_synonyms(true);
    let request = if version >= 3 { request.with_include_documentation(true) } else { request };
    client.call(version, &request).await.results.remove(0)
}

async fn setting(client: &mut Client, topic: &str, name: &str) -> DescribeConfigsResourceResult {
    let described = describe(client, 4, TOPIC, topic).await;
    described.configs.into_iter().find(|setting| *setting.name == *name).unwrap()
}

async fn value(client: &mut Client, topic: &str, name: &str) -> String {
    setting(client, topic, name).await.value.unwrap().to_string()
}

fn resource(kind: i8, name: &str, changes: &[Change<'_>]) -> IncrementalResource {
    let changes = changes.iter().map(|&(name, operation, value)| {
        let change = AlterableConfig::default().with_name(text(name)).with_config_operation(operation);
        change.with_value(value.map(text))
    });
    let resource = IncrementalResource::default().with_resource_type(kind).with_resource_name(text(name));
    resource.with_configs(changes.collect())
}

/// Changes settings one by one; returns the error and its sentence.
async fn alter(client: &mut Client, kind: i8, name: &str, changes: &[Change<'_>]) -> (i16, String) {
    let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource(kind, name, changes)]);
    let response = client.call(1, &request).await.responses.remove(0);
    assert_eq!((response.resource_type, &*response.resource_name), (kind, name));
    (response.error_code, response.error_message.unwrap_or_default().to_string())
}

fn replacement(kind: i8, name: &str, values: &[(&str, Option<&str>)]) -> AlterConfigsRequest {
    let values = values
        .iter()
        .map(|&(name, value)| Replacement::default().with_name(text(name)).with_value(value.map(text)))
        .collect();
    let resource = AlterConfigsResource::default().with_resource_type(kind).with_resource_name(text(name));
    AlterConfigsRequest::default().with_resources(vec![resource.with_configs(values)])
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_shown_with_where_they_come_from() {
    let config = BrokerConfig { log_retention_ms: Some(70_000), ..BrokerConfig::default() };
    let broker = Broker::start(config).await.unwrap();
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[("retention.ms", " 5 ")]).await;
    for version in 1..=4 {
        let described = describe(&mut client, version, TOPIC, "images").await;
        assert!(described.configs.iter().all(|setting| !setting.read_only));
        let settings: BTreeMap<_, _> =
            described.configs.into_iter().map(|setting| (setting.name.to_string(), setting)).collect();
        let retention = &settings["retention.ms"];
        assert_eq!((retention.value.as_deref(), retention.config_source), (Some("5"), 1));
        let synonyms: Vec<_> = retention
            .synonyms
            .iter()
            .map(|synonym| (&*synonym.name, synonym.value.as_deref().unwrap(), synonym.source))
            .collect();
        let expected = [("retention.ms", "5", 1), ("log.retention.ms", "70000", 4), ("log.retention.ms", "-1", 5)];
        assert_eq!(synonyms, expected);
        let unset = [
            ("segment.bytes", "268435456"),
            ("retention.bytes", "-1"),
            ("segment.ms", "9223372036854775807"),
            ("flush.messages", "9223372036854775807"),
            ("flush.ms", "9223372036854775807"),
            ("cleanup.policy", "delete"),
            ("compression.type", "producer"),
            ("message.timestamp.type", "CreateTime"),
            ("min.insync.replicas", "1"),
            ("unclean.leader.election.enable", "false"),
        ];
        for (name, value) in unset {
            assert_eq!((settings[name].value.as_deref(), settings[name].config_source), (Some(value), 5), "{name}");
        }
        if version >= 3 {
            assert_eq!((retention.config_type, settings["cleanup.policy"].config_type), (5, 7));
            assert!(retention.documentation.as_ref().is_some_and(|sentence| !sentence.is_empty()));
        }
    }
    let broker_wide = describe(&mut client, 4, BROKER, "1").await;
    let retention = broker_wide.configs.iter().find(|setting| &*setting.name == "log.retention.ms").unwrap();
    assert_eq!((retention.value.as_deref(), retention.config_source, retention.read_only), (Some("70000"), 4, true));
    for (kind, name, expected) in [(TOPIC, "none", 3), (TOPIC, "no name", 17), (BROKER, "7", 42), (99, "group", 42)] {
        let described = describe(&mut client, 4, kind, name).await;
        assert_eq!(described.error_code, expected, "{name}");
        assert!(described.error_message.is_some_and(|sentence| !sentence.is_empty()));
    }
    // Only what was requested.
    let resource = DescribeConfigsResource::default().with_resource_type(TOPIC).with_resource_name(text("images"));
    let resource = resource.with_configuration_keys(Some(vec![text("segment.ms"), text("color")]));
    let response = client.call(4, &DescribeConfigsRequest::default().with_resources(vec![resource])).await;
    assert_eq!(response.results[0].configs.len(), 1);
    assert!(response.results[0].configs[0].synonyms.is_empty());
    assert_eq!(response.results[0].configs[0].documentation, None);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_changed_one_by_one_and_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 2, &[("segment.ms", "9000")]).await;
    for version in 0..=1 {
        let retention = if version == 0 { "1000" } else { "2000" };
        let changes = [("retention.ms", SET, Some(retention)), ("flush.ms", SET, Some("50"))];
        let request =
            IncrementalAlterConfigsRequest::default().with_resources(vec![resource(TOPIC, "images", &changes)]);
        let dry = client.call(version, &request.clone().with_validate_only(true)).await;
        assert_eq!(dry.responses[0].error_code, 0);
        assert_ne!(value(&mut client, "images", "retention.ms").await, retention);
        assert_eq!(client.call(version, &request).await.responses[0].error_code, 0);
        assert_eq!(value(&mut client, "images", "retention.ms").await, retention);
    }
    let deleted =
        alter(&mut client, TOPIC, "images", &[("flush.ms", DELETE, None), ("segment.ms", DELETE, None)]).await;
    assert_eq!(deleted.0, 0);
    // Lists grow and shrink.
    let replicas = "leader.replication.throttled.replicas";
    for (operation, items, expected) in [(SET, "0:1", "0:1"), (APPEND, "0:1,1:1", "0:1,1:1"), (SUBTRACT, "0:1", "1:1")]
    {
        assert_eq!(alter(&mut client, TOPIC, "images", &[(replicas, operation, Some(items))]).await.0, 0);
        assert_eq!(value(&mut client, "images", replicas).await, expected);
    }
    broker.shutdown().await;
    broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(value(&mut client, "images", "retention.ms").await, "2000");
    assert_eq!(value(&mut client, "images", replicas).await, "1:1");
    let segment = setting(&mut client, "images", "segment.ms").await;
    assert_eq!((segment.value.as_deref(), segment.config_source), (Some("9223372036854775807"), 5));
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_settings_of_a_topic_are_replaced_at_once() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[("segment.ms", "9000")]).await;
    for version in 0..=2 {
        let retention = (version + 1).to_string();
        let request = replacement(TOPIC, "images", &[("retention.ms", Some(&retention))]);
        let dry = client.call(version, &request.clone().with_validate_only(true)).await;
        assert_eq!(dry.responses[0].error_code, 0);
        assert_ne!(value(&mut client, "images", "retention.ms").await, retention);
        assert_eq!(client.call(version, &request).await.responses[0].error_code, 0);
        assert_eq!(value(&mut client, "images", "retention.ms").await, retention);
        assert_eq!(setting(&mut client, "images", "segment.ms").await.config_source, 5);
    }
    let none = "Null value not supported for : retention.ms";
    for (kind, name, values, code, reason) in [
        (TOPIC, "images", &[("retention.ms", None)][..], 42, none),
        (
            TOPIC,
            "images",
            &[("segment.ms", Some("5")), ("color", Some("blue"))],
            40,
            "Unknown topic config name: color",
        ),
        (TOPIC, "none", &[], 3, "The topic 'none' does not exist."),
        (BROKER, "1", &[("log.retention.ms", Some("5"))], 42, "Cannot update these configs dynamically"),
        (99, "images", &[], 42, "resource type 99"),
    ] {
        let response = client.call(2, &replacement(kind, name, values)).await.responses.remove(0);
        assert_eq!(response.error_code, code, "{reason}");
        let sentence = response.error_message.unwrap();
        assert!(sentence.contains(reason), "{sentence}");
    }
    // What was refused has changed nothing.
    assert_eq!(value(&mut client, "images", "retention.ms").await, "3");
    assert_eq!(setting(&mut client, "images", "segment.ms").await.config_source, 5);
    assert_eq!(client.call(2, &replacement(TOPIC, "images", &[])).await.responses[0].error_code, 0);
    assert_eq!(value(&mut client, "images", "retention.ms").await, "-1");
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_in_kafkas_words_and_changes_nothing() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[("retention.ms", "7")]).await;
    let cases: &[(i8, &str, &[Change<'_>], i16, &str)] = &[
        (TOPIC, "images", &[("color", SET, Some("blue"))], 40, "Unknown topic config name: color"),
        (
            TOPIC,
            "images",
            &[("retention.ms", SET, Some("-2"))],
            40,
            "Invalid value -2 for configuration retention.ms: Value must be at least -1",
        ),
        // The good one is not taken when another is bad.
        (
            TOPIC,
            "images",
            &[("retention.ms", SET, Some("77")), ("segment.ms", SET, Some("x"))],
            40,
            "Invalid value x for configuration segment.ms: Not a number of type LONG",
        ),
        (TOPIC, "images", &[("cleanup.policy", APPEND, Some("squash"))], 40, "String must be one of: compact, delete"),
        (
            TOPIC,
            "images",
            &[("retention.ms", APPEND, Some("5"))],
            40,
            "Can't APPEND to key retention.ms because its type is not LIST.",
        ),
        (
            TOPIC,
            "images",
            &[("retention.ms", SUBTRACT, Some("5"))],
            40,
            "Can't SUBTRACT to key retention.ms because its type is not LIST.",
        ),
        (TOPIC, "images", &[("retention.ms", 9, Some("5"))], 42, "Unknown alter config operation 9"),
        (TOPIC, "images", &[("retention.ms", SET, None)], 42, "Null value not supported for : retention.ms"),
        (
            TOPIC,
            "images",
            &[("retention.ms", SET, Some("1")), ("retention.ms", SET, Some("2"))],
            42,
            "Error due to duplicate config keys",
        ),
        (TOPIC, "none", &[("retention.ms", SET, Some("5"))], 3, "The topic 'none' does not exist."),
        (TOPIC, "no name", &[("retention.ms", SET, Some("5"))], 17, "Topic name is invalid: 'no name' contains"),
        (TOPIC, "", &[("retention.ms", SET, Some("5"))], 42, "Default topic resources are not allowed."),
        (BROKER, "1", &[("log.retention.ms", SET, Some("5"))], 42, "Cannot update these configs dynamically"),
        (BROKER, "7", &[("log.retention.ms", SET, Some("5"))], 42, "Unexpected broker id, expected 1, but received 7"),
        (99, "images", &[], 42, "resource type 99"),
    ];
    for (kind, name, changes, code, reason) in cases {
        let (refused, sentence) = alter(&mut client, *kind, name, changes).await;
        assert_eq!(refused, *code, "{sentence}");
        assert!(sentence.contains(reason), "{sentence}");
    }
    let twice = vec![resource(TOPIC, "images", &[("retention.ms", SET, Some("1"))]); 2];
    let response = client.call(1, &IncrementalAlterConfigsRequest::default().with_resources(twice)).await;
    assert!(response.responses.iter().all(|response| response.error_code == 42));
    assert_eq!(value(&mut client, "images", "retention.ms").await, "7");
    // A topic is not created with such settings either.
    for (name, bad) in [("color", "blue"), ("segment.bytes", "1000"), ("message.timestamp.type", "BrokerTime")] {
        assert_eq!(client.create_topic("other", 1, &[(name, bad)]).await, 40, "{name}");
    }
    assert_eq!(alter(&mut client, TOPIC, "images", &[("color", DELETE, None)]).await.0, 0);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_limit_for_batches_holds_for_a_producer_that_is_already_there() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    let mut producer = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    let large = batch(&[7; 100_000]);
    assert_eq!(producer.produce("images", 0, large.clone()).await.error_code, 0);
    let limit = |bytes| [("max.message.bytes", SET, Some(bytes))];
    assert_eq!(alter(&mut client, TOPIC, "images", &limit("50000")).await.0, 0);
    assert_eq!(producer.produce("images", 0, large.clone()).await.error_code, 10);
    assert_eq!(producer.produce("images", 0, batch(b"small")).await.base_offset, 1);
    // Also beyond what any topic took before.
    assert_eq!(alter(&mut client, TOPIC, "images", &limit("130000000")).await.0, 0);
    assert_eq!(producer.produce("images", 0, batch(&vec![7; 120_000_000])).await.error_code, 0);
    assert_eq!(alter(&mut client, TOPIC, "images", &[("max.message.bytes", DELETE, None)]).await.0, 0);
    assert_eq!(producer.produce("images", 0, large).await.base_offset, 3);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_with_settings_nobody_knows_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[("retention.ms", "7")]).await;
    broker.shutdown().await;
    let topic = std::fs::read_dir(folder.path().join("topics")).unwrap().next().unwrap().unwrap().path().join("topic");
    let written = std::fs::read_to_string(&topic).unwrap();
    std::fs::write(&topic, format!("{written}config.color=blue\nconfig.remote.storage.enable=true\n")).unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(value(&mut client, "images", "remote.storage.enable").await, "false");
    assert_eq!(alter(&mut client, TOPIC, "images", &[("retention.ms", SET, Some("8"))]).await.0, 0);
    assert_eq!(value(&mut client, "images", "retention.ms").await, "8");
    let kept = std::fs::read_to_string(&topic).unwrap();
    assert!(kept.contains("config.color=blue") && kept.contains("config.retention.ms=8"), "{kept}");
    broker.shutdown().await;
}
