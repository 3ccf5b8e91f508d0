//! Records in and out, over the wire.

use std::time::{Duration, Instant};

use crate::common::*;
use bytes::Bytes;
use kafka_protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use kafka_protocol::messages::{
    ApiVersionsRequest, DeleteRecordsRequest, DeleteTopicsRequest, FetchRequest, InitProducerIdRequest,
    MetadataRequest, ProduceRequest,
};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn records_come_back_as_they_were_sent_in_every_version() {
    let folder = tempfile::tempdir().unwrap();
    for broker in [start_in(folder.path()).await, start_in_memory().await] {
        let mut client = Client::connect(broker.bootstrap_server()).await;
        assert_eq!(client.create_topic("images", 1, &[]).await, 0);
        let id = client.topic_id("images").await;
        let mut sent = Vec::new();
        for version in 3..=13 {
            let value = vec![u8::try_from(version).unwrap(); 1000];
            let mut request = produce_request("images", 0, batch_of(&[&value, b"x"], 1, None));
            if version >= 13 {
                (request.topic_data[0].topic_id, request.topic_data[0].name) = (id, topic_name(""));
            }
            let response = client.call(version, &request).await;
            assert_eq!(response.responses[0].topic_id, if version >= 13 { id } else { Uuid::nil() });
            let partition = &response.responses[0].partition_responses[0];
            assert_eq!((partition.error_code, partition.base_offset), (0, i64::try_from(sent.len()).unwrap()));
            for value in [value, b"x".to_vec()] {
                sent.push((i64::try_from(sent.len()).unwrap(), value));
            }
        }
        for version in 4..=17 {
            let request = fetch_request("images", &[(0, 0), (7, 0)], 0);
            let request = if version >= 13 { by_id(request, id) } else { request };
            let response = client.call(version, &request).await;
            assert_eq!(response.responses[0].topic_id, if version >= 13 { id } else { Uuid::nil() });
            let found = &response.responses[0].partitions;
            assert_eq!((found[0].high_watermark, found[0].last_stable_offset), (22, 22));
            assert_eq!(records(&found[0]), sent, "version {version}");
            assert_eq!((found[1].error_code, found[1].high_watermark), (3, -1));
        }
        // From the middle of a batch on, the whole batch comes.
        assert_eq!(records(&client.fetch("images", 0, 3).await), sent[2..]);
        assert_eq!(client.fetch("images", 0, 22).await.error_code, 0);
        assert_eq!(client.fetch("images", 0, 23).await.error_code, 1);
        broker.shutdown().await;
    }
}

/// The same fetch with the topic's id in place of its name.
fn by_id(mut request: FetchRequest, id: Uuid) -> FetchRequest {
    for topic in &mut request.topics {
        (topic.topic, topic.topic_id) = (topic_name(""), id);
    }
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topics_id_is_not_that_of_the_next_one_with_its_name() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    let old = client.topic_id("images").await;
    let names = vec![topic_name("images")];
    client.call(5, &DeleteTopicsRequest::default().with_topic_names(names)).await;
    client.create_topic("images", 1, &[]).await;
    let new = client.topic_id("images").await;
    assert_ne!(old, new);
    for (id, code) in [(old, 100), (Uuid::nil(), 100), (new, 0)] {
        let mut request = produce_request("images", 0, batch(b"value"));
        request.topic_data[0].topic_id = id;
        request.topic_data[0].name = topic_name("");
        let response = client.call(13, &request).await;
        assert_eq!(response.responses[0].partition_responses[0].error_code, code);
        let response = client.call(13, &by_id(fetch_request("images", &[(0, 0)], 0), id)).await;
        assert_eq!(response.responses[0].partitions[0].error_code, code);
    }
    let response = client.call(13, &by_id(fetch_request("images", &[(1, 0)], 0), new)).await;
    assert_eq!(response.responses[0].partitions[0].error_code, 3);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fetches_go_on_with_no_session_and_with_no_other_epoch() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    client.produce("images", 0, batch(b"value")).await;
    // Ending a session, or beginning one, is a full fetch; there is none to continue.
    for (id, epoch, code) in [(0, -1, 0), (0, 0, 0), (7, -1, 0), (7, 0, 0), (7, 1, 70), (0, 1, 70), (7, -2, 70)] {
        let request = fetch_request("images", &[(0, 0)], 0).with_session_id(id).with_session_epoch(epoch);
        let response = client.call(12, &request).await;
        assert_eq!((response.error_code, response.session_id), (code, 0), "{id} {epoch}");
        assert_eq!(response.responses.len(), usize::from(code == 0), "{id} {epoch}");
    }
    for (epoch, code) in [(-1, 0), (0, 0), (1, 75), (-2, 74)] {
        let mut request = fetch_request("images", &[(0, 0)], 0);
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        let response = client.call(12, &request).await;
        assert_eq!(response.responses[0].partitions[0].error_code, code, "{epoch}");
    }
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_too_large_is_refused_and_its_neighbour_is_not() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("small", 2, &[("max.message.bytes", "2000")]).await;
    client.create_topic("usual", 1, &[]).await;
    let mut request = produce_request("small", 0, batch(&[1; 2000]));
    let fitting = produce_request("small", 1, batch(&[1; 1000]));
    request.topic_data[0].partition_data.extend(fitting.topic_data[0].partition_data.clone());
    request.topic_data.extend(produce_request("usual", 0, batch(&[1; 2000])).topic_data);
    let response = client.call(9, &request).await;
    let codes: Vec<_> = response
        .responses
        .iter()
        .flat_map(|topic| topic.partition_responses.iter().map(|partition| partition.error_code))
        .collect();
    assert_eq!(codes, [10, 0, 0]);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_or_foreign_batch_is_refused() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    let good = batch(b"value");
    let mut damaged = good.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(client.produce("images", 0, Bytes::from(damaged)).await.error_code, 2);
    assert_eq!(client.produce("images", 0, good.slice(..40)).await.error_code, 2);
    let mut old = good.to_vec();
    old[16] = 1;
    assert_eq!(client.produce("images", 0, Bytes::from(old)).await.error_code, 87);
    assert_eq!(client.produce("images", 9, good.clone()).await.error_code, 3);
    assert_eq!(client.produce("nothing", 0, good.clone()).await.error_code, 3);
    let transactional = produce_request("images", 0, good.clone()).with_transactional_id(Some(text("mine").into()));
    let response = client.call(9, &transactional).await;
    assert_eq!(response.responses[0].partition_responses[0].error_code, 53);
    let response = client.call(9, &produce_request("images", 0, good.clone()).with_acks(2)).await;
    assert_eq!(response.responses[0].partition_responses[0].error_code, 21);
    assert_eq!(client.produce("images", 0, good).await.base_offset, 0);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unacknowledged_records_get_no_response_and_arrive() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    client.send(9, &produce_request("images", 0, batch(b"quiet")).with_acks(0)).await;
    // The next response on the connection is the fetch's, and requests are served in order.
    assert_eq!(records(&client.fetch("images", 0, 0).await), [(0, b"quiet".to_vec())]);
    // A refusal cannot be answered either: the connection ends, as with Kafka.
    client.send(9, &produce_request("nothing", 0, batch(b"lost")).with_acks(0)).await;
    assert!(client.receive_frame().await.is_none());
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_requests_are_answered_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    let mut sent = Vec::new();
    for _ in 0..50 {
        sent.push(client.send(9, &produce_request("images", 0, batch(&[7; 10_000]))).await);
    }
    for (offset, correlation_id) in (0..).zip(sent) {
        let response = client.receive::<ProduceRequest>(9, correlation_id).await;
        assert_eq!(response.responses[0].partition_responses[0].base_offset, offset);
    }
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_fetch_is_woken_by_a_record_and_blocks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    for broker in [start_in(folder.path()).await, start_in_memory().await] {
        let mut writer = Client::connect(broker.bootstrap_server()).await;
        let mut reader = Client::connect(broker.bootstrap_server()).await;
        writer.create_topic("images", 2, &[]).await;
        let begun = Instant::now();
        let request = fetch_request("images", &[(0, 0), (1, 0)], 30_000);
        let correlation_id = reader.send(12, &request).await;
        assert_eq!(writer.produce("images", 1, batch(b"news")).await.error_code, 0);
        let response = reader.receive::<FetchRequest>(12, correlation_id).await;
        assert!(begun.elapsed() < Duration::from_secs(10), "the fetch waited for its time to be up");
        assert_eq!(records(&response.responses[0].partitions[1]), [(0, b"news".to_vec())]);
        // Without news it ends when its time is up, and not before.
        let begun = Instant::now();
        let response = reader.call(12, &fetch_request("images", &[(0, 0), (1, 1)], 100)).await;
        assert!(begun.elapsed() >= Duration::from_millis(100));
        assert!(response.responses[0].partitions.iter().all(|found| records(found).is_empty()));
        // A fetch that requests more than one record continues to wait until it has them.
        let correlation_id = reader.send(12, &request.clone().with_min_bytes(1000)).await;
        writer.produce("images", 0, batch(&[1; 100])).await;
        writer.produce("images", 0, batch(&[1; 1000])).await;
        let response = reader.receive::<FetchRequest>(12, correlation_id).await;
        let found: usize = response.responses[0].partitions.iter().map(|found| records(found).len()).sum();
        assert!(found >= 2);
        broker.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_does_not_wait_for_more_than_a_full_segment_has() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[("segment.bytes", "1048576")]).await;
    for _ in 0..3 {
        client.produce("images", 0, batch(&[7; 600_000])).await;
    }
    let wanting = |offset, wait_ms| fetch_request("images", &[(0, offset)], wait_ms).with_min_bytes(30_000_000);
    for offset in [0, 1] {
        let begun = Instant::now();
        let response = client.call(12, &wanting(offset, 30_000)).await;
        assert!(begun.elapsed() < Duration::from_secs(10), "the fetch waited for its time to be up");
        let offsets: Vec<_> = records(&response.responses[0].partitions[0]).iter().map(|(offset, _)| *offset).collect();
        assert_eq!(offsets, [offset]);
    }
    // The last segment may get more.
    let begun = Instant::now();
    let response = client.call(12, &wanting(2, 100)).await;
    assert!(begun.elapsed() >= Duration::from_millis(100));
    assert_eq!(records(&response.responses[0].partitions[0]).len(), 1);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_keeps_to_its_limits_and_lets_every_partition_have_a_turn() {
    let folder = tempfile::tempdir().unwrap();
    for broker in [start_in(folder.path()).await, start_in_memory().await] {
        let mut client = Client::connect(broker.bootstrap_server()).await;
        client.create_topic("images", 2, &[]).await;
        for partition in [0, 1] {
            for _ in 0..10 {
                client.produce("images", partition, batch(&[7; 10_000])).await;
            }
        }
        // A batch larger than every limit is sent alone.
        let mut served = [0, 0];
        for _ in 0..50 {
            let request = fetch_request("images", &[(0, 0), (1, 0)], 0).with_max_bytes(1);
            let response = client.call(12, &request).await;
            let counts: Vec<_> = response.responses[0].partitions.iter().map(|found| records(found).len()).collect();
            assert_eq!(counts.iter().sum::<usize>(), 1);
            served[0] += counts[0];
            served[1] += counts[1];
        }
        assert!(served[0] > 5 && served[1] > 5, "{served:?}");
        // The limit over all holds, and so does that of each partition.
        let response = client.call(12, &fetch_request("images", &[(0, 0), (1, 0)], 0).with_max_bytes(35_000)).await;
        let bytes: usize = response.responses[0].partitions.iter().map(|f| f.records.as_ref().unwrap().len()).sum();
        assert!((30_000..=35_000).contains(&bytes), "{bytes}");
        let mut request = fetch_request("images", &[(0, 2), (1, 0)], 0);
        for partition in &mut request.topics[0].partitions {
            partition.partition_max_bytes = 25_000;
        }
        let response = client.call(12, &request).await;
        let offsets: Vec<Vec<_>> = response.responses[0]
            .partitions
            .iter()
            .map(|found| records(found).iter().map(|(offset, _)| *offset).collect())
            .collect();
        assert_eq!(offsets, [[2, 3], [0, 1]]);
        broker.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_producers_duplicates_are_recognised_and_gaps_refused() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    let id = client.call(4, &InitProducerIdRequest::default().with_transactional_id(None)).await.producer_id.0;
    let other = client.call(4, &InitProducerIdRequest::default().with_transactional_id(None)).await.producer_id.0;
    assert_ne!(id, other);
    let at = |sequence| batch_of(&[b"a", b"b"], 1, Some((id, 0, sequence)));
    assert_eq!(client.produce("images", 0, at(0)).await.base_offset, 0);
    assert_eq!(client.produce("images", 0, at(2)).await.base_offset, 2);
    let again = client.produce("images", 0, at(0)).await;
    assert_eq!((again.error_code, again.base_offset), (0, 0));
    assert_eq!(client.produce("images", 0, at(6)).await.error_code, 45);
    assert_eq!(records(&client.fetch("images", 0, 0).await).len(), 4);
    let transactional = InitProducerIdRequest::default().with_transactional_id(Some(text("mine").into()));
    assert_eq!(client.call(4, &transactional).await.error_code, 53);
    broker.shutdown().await;
}

async fn offset_at(client: &mut Client, version: i16, timestamp: i64) -> (i16, i64, i64) {
    let partition = ListOffsetsPartition::default().with_timestamp(timestamp);
    let topic = ListOffsetsTopic::default().with_name(topic_name("images")).with_partitions(vec![partition]);
    let response = client.call(version, &ListOffsetsRequest::default().with_topics(vec![topic])).await;
    let found = &response.topics[0].partitions[0];
    (found.error_code, found.offset, found.timestamp)
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_are_found_by_time_and_records_can_be_deleted() {
    let folder = tempfile::tempdir().unwrap();
    for broker in [start_in(folder.path()).await, start_in_memory().await] {
        let mut client = Client::connect(broker.bootstrap_server()).await;
        client.create_topic("images", 1, &[]).await;
        assert_eq!(offset_at(&mut client, 7, -3).await, (0, -1, -1));
        for timestamp in [1000, 3000, 2000] {
            client.produce("images", 0, batch_of(&[b"a", b"b"], timestamp, None)).await;
        }
        for version in 1..=8 {
            assert_eq!(offset_at(&mut client, version, -1).await, (0, 6, -1));
            assert_eq!(offset_at(&mut client, version, -2).await, (0, 0, -1));
            assert_eq!(offset_at(&mut client, version, 1).await, (0, 0, 1000));
            assert_eq!(offset_at(&mut client, version, 1001).await, (0, 2, 3000));
            assert_eq!(offset_at(&mut client, version, 3001).await, (0, -1, -1));
        }
        assert_eq!(offset_at(&mut client, 7, -3).await, (0, 2, 3000));
        let partition = DeleteRecordsPartition::default().with_offset(3);
        let topic = DeleteRecordsTopic::default().with_name(topic_name("images")).with_partitions(vec![partition]);
        let response = client.call(2, &DeleteRecordsRequest::default().with_topics(vec![topic])).await;
        assert_eq!(
            (response.topics[0].partitions[0].error_code, response.topics[0].partitions[0].low_watermark),
            (0, 3)
        );
        assert_eq!(offset_at(&mut client, 1, -2).await, (0, 3, -1));
        assert_eq!(client.fetch("images", 0, 2).await.error_code, 1);
        assert_eq!(client.fetch("images", 0, 3).await.log_start_offset, 3);
        broker.shutdown().await;
    }
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(offset_at(&mut client, 1, -2).await, (0, 3, -1));
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_announced_and_unknown_ones_answered_in_the_oldest() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    for version in 0..=4 {
        let response = client.call(version, &ApiVersionsRequest::default()).await;
        assert_eq!(response.error_code, 0);
        assert!(response.api_keys.iter().any(|api| (api.api_key, api.min_version, api.max_version) == (1, 4, 17)));
    }
    // Version 99: the header is that of the newest known, the body does not matter.
    let mut frame = vec![0, 0, 0, 12, 0, 18, 0, 99, 0, 0, 0, 5, 0xff, 0xff, 0, 0];
    tokio::io::AsyncWriteExt::write_all(&mut client.stream, &frame).await.unwrap();
    let answer = client.receive_frame().await.unwrap();
    assert_eq!(answer[..6], [0, 0, 0, 5, 0, 35]);
    // The connection stays open.
    frame[7] = 0;
    assert_eq!(client.call(9, &MetadataRequest::default().with_topics(None)).await.brokers.len(), 1);
    broker.shutdown().await;
}
