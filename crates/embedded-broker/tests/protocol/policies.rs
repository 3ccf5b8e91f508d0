//! Settings of topics that other clients count on: compaction, whose time records have, how many replicas acknowledge.

use crate::common::*;
use bytes::{Buf, Bytes};
use kafka_protocol::messages::ListOffsetsRequest;
use kafka_protocol::messages::delete_records_request::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};

const NOT_ENOUGH_REPLICAS: i16 = 19;

async fn set(client: &mut Client, topic: &str, name: &str, value: &str) -> i16 {
    let change = AlterableConfig::default().with_name(text(name)).with_value(Some(text(value)));
    let resource = AlterConfigsResource::default().with_resource_type(2).with_resource_name(text(topic));
    let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource.with_configs(vec![change])]);
    client.call(1, &request).await.responses[0].error_code
}

/// The latest timestamps, the first one's and the attributes of the batches fetched.
fn times(data: &PartitionData) -> Vec<(i64, i64, i16)> {
    let mut bytes = data.records.clone().unwrap_or_default();
    let mut found = Vec::new();
    while bytes.has_remaining() {
        let size = usize::try_from((&bytes[8..12]).get_i32()).unwrap() + 12;
        let batch = bytes.split_to(size);
        found.push(((&batch[35..43]).get_i64(), (&batch[27..35]).get_i64(), (&batch[21..23]).get_i16()));
    }
    found
}

async fn offset_at(client: &mut Client, topic: &str, timestamp: i64) -> (i64, i64) {
    let partition = ListOffsetsPartition::default().with_timestamp(timestamp);
    let topic = ListOffsetsTopic::default().with_name(topic_name(topic)).with_partitions(vec![partition]);
    let response = client.call(7, &ListOffsetsRequest::default().with_topics(vec![topic])).await;
    let found = &response.topics[0].partitions[0];
    (found.offset, found.timestamp)
}

#[tokio::test(flavor = "multi_thread")]
async fn records_get_the_brokers_time_where_the_topic_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for (in_files, broker) in [(true, start_in(folder.path()).await), (false, start_in_memory().await)] {
        let mut client = Client::connect(broker.bootstrap_server()).await;
        assert_eq!(client.create_topic("images", 1, &[("message.timestamp.type", "LogAppendTime")]).await, 0);
        let sent = |sequence| batch_of(&[b"a", b"b"], 1000, Some((1, 0, sequence)));
        let first = client.produce("images", 0, sent(0)).await;
        let stamped = first.log_append_time_ms;
        assert!(first.error_code == 0 && stamped > 1_600_000_000_000, "{first:?}");
        let second = client.produce("images", 0, sent(2)).await;
        assert!(second.log_append_time_ms >= stamped);
        // A batch that comes again has the time that it got at first.
        let again = client.produce("images", 0, sent(0)).await;
        assert_eq!((again.base_offset, again.log_append_time_ms), (0, stamped));
        // The CRC fits, as `records` demands; the producer's time is what it was.
        let fetched = client.fetch("images", 0, 0).await;
        assert_eq!(records(&fetched).len(), 4);
        assert_eq!(times(&fetched), [(stamped, 1000, 8), (second.log_append_time_ms, 1000, 8)]);
        assert_eq!(offset_at(&mut client, "images", 1000).await, (0, stamped));
        assert_eq!(offset_at(&mut client, "images", stamped + 3_600_000).await, (-1, -1));
        // From the next batch on it is the producer's again, and the other way round.
        assert_eq!(set(&mut client, "images", "message.timestamp.type", "CreateTime").await, 0);
        let own = client.produce("images", 0, batch_of(&[b"c"], 2000, None)).await;
        assert_eq!(own.log_append_time_ms, -1);
        assert_eq!(times(&client.fetch("images", 0, 4).await), [(2000, 2000, 0)]);
        assert_eq!(set(&mut client, "images", "message.timestamp.type", "LogAppendTime").await, 0);
        assert!(client.produce("images", 0, batch_of(&[b"d"], 3000, None)).await.log_append_time_ms >= stamped);
        // A producer must not claim it.
        let mut claimed = batch_of(&[b"e"], 3000, None).to_vec();
        claimed[22] |= 8;
        let crc = crc32c::crc32c(&claimed[21..]);
        claimed[17..21].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(client.produce("images", 0, Bytes::from(claimed)).await.error_code, 32);
        broker.shutdown().await;
        if in_files {
            let broker = start_in(folder.path()).await;
            let mut client = Client::connect(broker.bootstrap_server()).await;
            let fetched = client.fetch("images", 0, 0).await;
            assert_eq!((records(&fetched).len(), times(&fetched)[0]), (6, (stamped, 1000, 8)));
            assert_eq!(offset_at(&mut client, "images", 1000).await, (0, stamped));
            let again = client.produce("images", 0, sent(0)).await;
            assert_eq!((again.base_offset, again.log_append_time_ms), (0, stamped));
            assert!(client.produce("images", 0, batch_of(&[b"f"], 1, None)).await.log_append_time_ms >= stamped);
            broker.shutdown().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stamped_log_is_whole_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[("message.timestamp.type", "LogAppendTime")]).await;
    for _ in 0..3 {
        client.produce("images", 0, batch(b"value")).await;
    }
    // As a kill leaves it: no checkpoint, so that the next start verifies every CRC.
    let log = std::fs::read_dir(folder.path().join("topics")).unwrap().next().unwrap().unwrap().path().join("0");
    let copy = tempfile::tempdir().unwrap();
    let topic = copy.path().join("topics").join(log.parent().unwrap().file_name().unwrap());
    std::fs::create_dir_all(topic.join("0")).unwrap();
    std::fs::copy(log.parent().unwrap().join("topic"), topic.join("topic")).unwrap();
    for entry in std::fs::read_dir(&log).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "log") {
            std::fs::copy(&path, topic.join("0").join(path.file_name().unwrap())).unwrap();
        }
    }
    broker.shutdown().await;
    let broker = start_in(copy.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(records(&client.fetch("images", 0, 0).await).len(), 3);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compacted_topic_keeps_everything_and_wants_keys() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    for (name, policy) in [("table", "compact"), ("windows", "compact,delete")] {
        assert_eq!(client.create_topic(name, 1, &[("cleanup.policy", policy), ("retention.ms", "1")]).await, 0);
        assert_eq!(client.produce(name, 0, batch(b"no key")).await.error_code, 87);
        for _ in 0..3 {
            assert_eq!(client.produce(name, 0, keyed_batch(b"key", b"value", 1)).await.error_code, 0);
        }
        let topic = DeleteRecordsTopic::default()
            .with_name(topic_name(name))
            .with_partitions(vec![DeleteRecordsPartition::default().with_offset(1)]);
        let response = client.call(2, &DeleteRecordsRequest::default().with_topics(vec![topic])).await;
        // What is only compacted is not deleted either, as in Kafka.
        let code = if policy == "compact" { 44 } else { 0 };
        assert_eq!(response.topics[0].partitions[0].error_code, code);
    }
    let fetched = client.fetch("table", 0, 0).await;
    assert_eq!(times(&fetched).len(), 3);
    assert_eq!(client.create_topic("usual", 1, &[]).await, 0);
    assert_eq!(set(&mut client, "usual", "cleanup.policy", "compact").await, 0);
    assert_eq!(client.produce("usual", 0, batch(b"no key")).await.error_code, 87);
    assert_eq!(set(&mut client, "usual", "cleanup.policy", "delete").await, 0);
    assert_eq!(client.produce("usual", 0, batch(b"no key")).await.error_code, 0);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_is_not_for_topics_that_are_only_compacted() {
    let folder = tempfile::tempdir().unwrap();
    let config = embedded_broker::BrokerConfig {
        retention_check_interval: std::time::Duration::from_millis(5),
        log_retention_ms: Some(1),
        ..config_for(folder.path())
    };
    let broker = embedded_broker::Broker::start(config).await.unwrap();
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("table", 1, &[("cleanup.policy", "compact")]).await;
    client.create_topic("windows", 1, &[("cleanup.policy", "compact,delete")]).await;
    for name in ["table", "windows"] {
        assert_eq!(client.produce(name, 0, keyed_batch(b"key", b"value", 1)).await.error_code, 0);
    }
    // When the one is empty, the other has been checked as well: topics are checked by name.
    let is_empty = async {
        while client.fetch("windows", 0, 1).await.log_start_offset == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, is_empty).await.expect("nothing was deleted");
    assert_eq!(client.fetch("table", 0, 0).await.log_start_offset, 0);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_replicas_than_there_are_refuse_who_waits_for_all_of_them() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    let settings = [("min.insync.replicas", "2"), ("compression.type", "zstd")];
    assert_eq!(client.create_topic("images", 1, &settings).await, 0);
    let mut send = async |acks: i16| {
        let request = produce_request("images", 0, batch(b"value")).with_acks(acks);
        let response = client.call(9, &request).await;
        response.responses[0].partition_responses[0].clone()
    };
    let refused = send(-1).await;
    assert_eq!(refused.error_code, NOT_ENOUGH_REPLICAS);
    assert!(refused.error_message.unwrap().contains("min.isr requirement of 2"));
    assert_eq!((send(1).await.error_code, send(1).await.base_offset), (0, 1));
    client.send(9, &produce_request("images", 0, batch(b"quiet")).with_acks(0)).await;
    assert_eq!(records(&client.fetch("images", 0, 0).await).len(), 3);
    assert_eq!(set(&mut client, "images", "min.insync.replicas", "1").await, 0);
    assert_eq!(client.produce("images", 0, batch(b"value")).await.error_code, 0);
    broker.shutdown().await;
}
