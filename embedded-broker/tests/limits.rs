//! Bounds on what clients may take, and the counts that show it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::{Duration, Instant};

use common::*;
use embedded_broker::{Broker, BrokerConfig, Stats};
use tokio::io::AsyncWriteExt;

/// Waits until the broker's counts are as wanted.
async fn stats_when(broker: &Broker, wanted: impl Fn(&Stats) -> bool) -> Stats {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let stats = broker.stats();
        if wanted(&stats) {
            return stats;
        }
        assert!(Instant::now() < deadline, "{stats:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_are_closed_at_once_and_counted() {
    let broker = Broker::start(BrokerConfig { max_connections: 2, ..BrokerConfig::default() }).await.unwrap();
    let mut first = Client::connect(broker.bootstrap_server()).await;
    let mut second = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(first.create_topic("images", 3, &[]).await, 0);
    assert_eq!(second.produce("images", 0, batch(b"value")).await.error_code, 0);
    for _ in 0..2 {
        let mut third = Client::connect(broker.bootstrap_server()).await;
        assert!(third.receive_frame().await.is_none());
    }
    let stats = broker.stats();
    assert_eq!((stats.connections, stats.connections_refused), (2, 2));
    assert_eq!((stats.topics, stats.partitions, stats.groups), (1, 3, 0));
    drop(first);
    stats_when(&broker, |stats| stats.connections == 1).await;
    let mut third = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(records(&third.fetch("images", 0, 0).await).len(), 1);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_bytes_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    // A response is counted once it has been sent, which the client may notice first.
    let before = stats_when(&broker, |stats| stats.bytes_out > 0).await;
    assert_eq!((before.requests, before.log_bytes, before.storage_refusal), (1, 0, None));
    let sent = batch(&[7; 500_000]);
    client.produce("images", 0, sent.clone()).await;
    client.fetch("images", 0, 0).await;
    let after = stats_when(&broker, |stats| stats.bytes_out >= before.bytes_out + sent.len() as u64).await;
    assert_eq!((after.requests, after.log_bytes), (3, sent.len() as u64));
    let in_and_out = [after.bytes_in - before.bytes_in, after.bytes_out - before.bytes_out];
    assert!(in_and_out.iter().all(|&bytes| (500_000..501_000).contains(&bytes)), "{in_and_out:?}");
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_connection_is_closed_and_a_busy_one_is_not() {
    let connections_max_idle = Duration::from_millis(300);
    let broker = Broker::start(BrokerConfig { connections_max_idle, ..BrokerConfig::default() }).await.unwrap();
    let mut silent = Client::connect(broker.bootstrap_server()).await;
    let mut busy = Client::connect(broker.bootstrap_server()).await;
    busy.create_topic("images", 1, &[]).await;
    // A fetch that waits longer than that is no silence.
    let waiting = fetch_request("images", &[(0, 0)], 1000);
    let (silence, response) = tokio::join!(silent.receive_frame(), busy.call(12, &waiting));
    assert!(silence.is_none());
    assert_eq!(response.responses[0].partitions[0].error_code, 0);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_do_not_fit_together_are_served_one_after_another() {
    let config = BrokerConfig { max_request_bytes_in_flight: 1024 * 1024, ..BrokerConfig::default() };
    let broker = Broker::start(config).await.unwrap();
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 4, &[]).await;
    let address = broker.bootstrap_server();
    let producing = (0..4).map(|partition| {
        tokio::spawn(async move {
            let mut client = Client::connect(address).await;
            for size in [700_000, 900_000, 3_000_000, 10] {
                let value = vec![u8::try_from(partition).unwrap(); size];
                assert_eq!(client.produce("images", partition, batch(&value)).await.error_code, 0);
            }
        })
    });
    for producing in producing.collect::<Vec<_>>() {
        producing.await.unwrap();
    }
    for partition in 0..4 {
        assert_eq!(client.fetch("images", partition, 4).await.high_watermark, 4);
    }
    // Who has begun a large request and not ended it holds up no small one.
    let mut unfinished = Client::connect(address).await;
    unfinished.stream.write_all(&3_000_000_i32.to_be_bytes()).await.unwrap();
    assert_eq!(client.produce("images", 0, batch(b"small")).await.error_code, 0);
    drop(unfinished);
    assert_eq!(client.produce("images", 0, batch(&[1; 3_000_000])).await.error_code, 0);
    broker.shutdown().await;
}
