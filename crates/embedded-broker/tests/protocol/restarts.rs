//! What a restart keeps, what it cuts, and which process may serve a folder.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::common::*;
use embedded_broker::{Broker, BrokerConfig, StartError};
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::{DeleteTopicsRequest, InitProducerIdRequest, MetadataRequest, OffsetFetchRequest};

fn log_files(folder: &Path) -> Vec<PathBuf> {
    let topic = std::fs::read_dir(folder.join("topics")).unwrap().next().unwrap().unwrap().path();
    let entries = std::fs::read_dir(topic.join("0")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "log")).collect()
}

/// Leaves a topic with five records in the folder, after an orderly end; returns its log.
async fn log_of_five_records(folder: &Path) -> PathBuf {
    let broker = start_in(folder).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    for _ in 0..5 {
        client.produce("images", 0, batch(&[7; 1000])).await;
    }
    broker.shutdown().await;
    log_files(folder).pop().unwrap()
}

/// As a kill would leave the folder: no last flush, no checkpoint, no orderly end.
async fn drop_and_reopen(broker: Broker, folder: &Path) -> Broker {
    drop(broker);
    reopen(folder).await
}

async fn reopen(folder: &Path) -> Broker {
    let begun = std::time::Instant::now();
    loop {
        match Broker::start(config_for(folder)).await {
            Ok(broker) => return broker,
            Err(StartError::Locked { .. }) if begun.elapsed() < PATIENCE => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_topics_and_committed_offsets_survive() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 2, &[("max.message.bytes", "5000")]).await;
    for number in 0..10_u8 {
        client.produce("images", 1, batch(&[number; 100])).await;
    }
    let partition = OffsetCommitRequestPartition::default()
        .with_partition_index(1)
        .with_committed_offset(7)
        .with_committed_metadata(Some(text("note")));
    let topic = OffsetCommitRequestTopic::default().with_name(topic_name("images")).with_partitions(vec![partition]);
    let commit = OffsetCommitRequest::default()
        .with_group_id(text("group").into())
        .with_generation_id_or_member_epoch(-1)
        .with_topics(vec![topic]);
    assert_eq!(client.call(8, &commit).await.topics[0].partitions[0].error_code, 0);
    let before = client.call(12, &MetadataRequest::default().with_topics(None)).await;
    for orderly in [true, false] {
        broker = if orderly {
            broker.shutdown().await;
            reopen(folder.path()).await
        } else {
            drop_and_reopen(broker, folder.path()).await
        };
        let mut client = Client::connect(broker.bootstrap_server()).await;
        let after = client.call(12, &MetadataRequest::default().with_topics(None)).await;
        assert_eq!((&after.topics, &after.cluster_id), (&before.topics, &before.cluster_id));
        let found = records(&client.fetch("images", 1, 0).await);
        assert_eq!(found, (0..10_u8).map(|number| (i64::from(number), vec![number; 100])).collect::<Vec<_>>());
        assert_eq!(client.produce("images", 1, batch(&[1; 6000])).await.error_code, 10);
        let request = OffsetFetchRequest::default().with_group_id(text("group").into()).with_topics(None);
        let committed = client.call(7, &request).await;
        let committed = &committed.topics[0].partitions[0];
        assert_eq!((committed.partition_index, committed.committed_offset), (1, 7));
        assert_eq!(committed.metadata.as_deref(), Some("note"));
    }
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(client.produce("images", 1, batch(b"next")).await.base_offset, 10);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_tail_is_cut_and_nothing_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = log_of_five_records(folder.path()).await;
    let whole = std::fs::metadata(&path).unwrap().len();
    let unfinished = batch(&[8; 1000]);
    let mut wrong_crc = batch(&[9; 500]).to_vec();
    wrong_crc[7] = 5; // its offset is right
    wrong_crc[80] ^= 1;
    for tail in [&unfinished[..700], &unfinished[..30], &[0; 4096], &wrong_crc] {
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(tail).unwrap();
        let broker = start_in(folder.path()).await;
        assert_eq!(std::fs::metadata(&path).unwrap().len(), whole);
        let mut client = Client::connect(broker.bootstrap_server()).await;
        let found = client.fetch("images", 0, 0).await;
        assert_eq!((records(&found).len(), found.high_watermark), (5, 5));
        broker.shutdown().await;
    }
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(client.produce("images", 0, batch(b"next")).await.base_offset, 5);
    assert_eq!(records(&client.fetch("images", 0, 0).await).len(), 6);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_before_the_checkpoint_is_left_alone_and_offsets_are_not_reused() {
    let folder = tempfile::tempdir().unwrap();
    let path = log_of_five_records(folder.path()).await;
    let mut bytes = std::fs::read(&path).unwrap();
    let third = bytes.len() / 5 * 2;
    bytes[third + 16] = 0; // no longer format v2
    std::fs::write(&path, &bytes).unwrap();
    let broker = start_in(folder.path()).await;
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(client.produce("images", 0, batch(b"next")).await.base_offset, 5);
    assert_eq!(records(&client.fetch("images", 0, 0).await).len(), 2);
    // A reader in the gap continues with the next batch, also after another start, with the index or without it.
    let offsets = |found: Vec<(i64, Vec<u8>)>| found.into_iter().map(|(offset, _)| offset).collect::<Vec<_>>();
    assert_eq!(offsets(records(&client.fetch("images", 0, 2).await)), [3, 4, 5]);
    broker.shutdown().await;
    for has_index in [true, false] {
        if !has_index {
            std::fs::remove_file(path.with_extension("index")).unwrap();
        }
        let broker = start_in(folder.path()).await;
        let mut client = Client::connect(broker.bootstrap_server()).await;
        assert_eq!(records(&client.fetch("images", 0, 0).await).len(), 2);
        assert_eq!(offsets(records(&client.fetch("images", 0, 2).await)), [3, 4, 5]);
        broker.shutdown().await;
        assert!(path.with_extension("index").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_are_recognised_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    let id = client.call(4, &InitProducerIdRequest::default().with_transactional_id(None)).await.producer_id.0;
    let at = |sequence: i32| batch_of(&[b"a"], 1, Some((id, 0, sequence)));
    for sequence in 0..3 {
        client.produce("images", 0, at(sequence)).await;
    }
    // First without a checkpoint, then with one, then with one that later batches follow.
    for (round, orderly) in [(0, false), (1, true), (2, false)] {
        broker = if orderly {
            broker.shutdown().await;
            reopen(folder.path()).await
        } else {
            drop_and_reopen(broker, folder.path()).await
        };
        let mut client = Client::connect(broker.bootstrap_server()).await;
        let again = client.produce("images", 0, at(2 + round)).await;
        assert_eq!((again.error_code, again.base_offset), (0, i64::from(2 + round)));
        assert_eq!(client.produce("images", 0, at(9)).await.error_code, 45);
        assert_eq!(client.produce("images", 0, at(3 + round)).await.base_offset, i64::from(3 + round));
        assert!(client.call(4, &InitProducerIdRequest::default().with_transactional_id(None)).await.producer_id.0 > id);
    }
    // Without a checkpoint the producers are read from the log.
    broker.shutdown().await;
    std::fs::remove_file(log_files(folder.path())[0].with_file_name("checkpoint")).unwrap();
    broker = reopen(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(client.produce("images", 0, at(5)).await.base_offset, 5);
    assert_eq!(client.produce("images", 0, at(9)).await.error_code, 45);
    assert_eq!(client.produce("images", 0, at(6)).await.base_offset, 6);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reached_bound_refuses_records_until_a_topic_is_deleted_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = || BrokerConfig { max_data_bytes: Some(50_000), ..config_for(folder.path()) };
    let broker = Broker::start(config()).await.unwrap();
    let mut client = Client::connect(broker.bootstrap_server()).await;
    for topic in ["old", "new"] {
        client.create_topic(topic, 1, &[]).await;
    }
    for offset in 0..4 {
        assert_eq!(client.produce("old", 0, batch(&[1; 10_000])).await.base_offset, offset);
    }
    let refused = client.produce("new", 0, batch(&[1; 10_000])).await;
    assert_eq!(refused.error_code, 56);
    assert!(refused.error_message.unwrap().contains("50000 bytes"));
    broker.shutdown().await;
    let broker = Broker::start(config()).await.unwrap();
    let mut client = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(client.produce("new", 0, batch(&[1; 10_000])).await.error_code, 56);
    assert_eq!(client.produce("new", 0, batch(b"small")).await.error_code, 0);
    assert_eq!(records(&client.fetch("old", 0, 3).await).len(), 1);
    let request = DeleteTopicsRequest::default().with_topic_names(vec![topic_name("old")]);
    assert_eq!(client.call(5, &request).await.responses[0].error_code, 0);
    assert_eq!(std::fs::read_dir(folder.path().join("topics")).unwrap().count(), 1);
    for offset in 1..5 {
        assert_eq!(client.produce("new", 0, batch(&[1; 10_000])).await.base_offset, offset);
    }
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_broker_serves_a_folder_and_its_successor_listens_where_it_did() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(last_address(folder.path()), None);
    let first = start_in(folder.path()).await;
    let address = first.bootstrap_server();
    assert_eq!(last_address(folder.path()), Some(address));
    match Broker::start(config_for(folder.path())).await {
        Err(StartError::Locked { address: found, data_dir }) => {
            assert_eq!((found, data_dir.as_path()), (Some(address), folder.path()));
        }
        other => panic!("{other:?}"),
    }
    // The attempt has disturbed nothing.
    assert_eq!(last_address(folder.path()), Some(address));
    let _ = Client::connect(address).await;
    first.shutdown().await;
    assert_eq!(last_address(folder.path()), Some(address));
    let second = start_in(folder.path()).await;
    assert_eq!(second.bootstrap_server(), address);
    second.shutdown().await;
    // The port is in use: any other will do.
    let taken = tokio::net::TcpListener::bind(address).await.unwrap();
    let third = start_in(folder.path()).await;
    assert_ne!(third.bootstrap_server(), address);
    assert_eq!(last_address(folder.path()), Some(third.bootstrap_server()));
    third.shutdown().await;
    drop(taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_loopback_addresses_are_served() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let started = Broker::start(BrokerConfig { listen, ..BrokerConfig::default() }).await;
    assert!(matches!(started, Err(StartError::NotLoopback(address)) if address == listen));
    let broker = start_in_memory().await;
    let listen = broker.bootstrap_server();
    let started = Broker::start(BrokerConfig { listen, ..BrokerConfig::default() }).await;
    assert!(matches!(started, Err(StartError::Bind { address, .. }) if address == listen));
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_connections_and_waiting_fetches() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    client.send(12, &fetch_request("images", &[(0, 0)], 30_000)).await;
    tokio::time::timeout(PATIENCE, broker.shutdown()).await.expect("the broker did not stop");
    assert_eq!(client.receive_frame().await, None);
}

#[tokio::test]
async fn a_runtime_with_one_thread_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    client.produce("images", 0, batch(b"value")).await;
    assert_eq!(records(&client.fetch("images", 0, 0).await), [(0, b"value".to_vec())]);
    broker.shutdown().await;
}
