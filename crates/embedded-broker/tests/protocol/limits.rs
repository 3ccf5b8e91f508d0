//! Bounds on what clients may take, and the counts that show it.

use std::time::{Duration, Instant};

use crate::common::*;
use embedded_broker::{Broker, BrokerConfig, Stats};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::{JoinGroupRequest, LeaveGroupRequest};
use kafka_protocol::protocol::StrBytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Waits until the broker's counts are as expected.
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
async fn connections_that_never_send_a_request_make_room_for_others() {
    let broker = Broker::start(BrokerConfig { max_connections: 20, ..BrokerConfig::default() }).await.unwrap();
    let address = broker.bootstrap_server();
    let mut used = Client::connect(address).await;
    assert_eq!(used.create_topic("images", 1, &[]).await, 0);
    let mut silent = Vec::new();
    for _ in 0..19 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // Some have begun a request.
        stream.write_all(&[0; 3][..silent.len() % 4]).await.unwrap();
        silent.push(stream);
    }
    stats_when(&broker, |stats| stats.connections == 20).await;
    // For a moment after they came they may still be about to; then every new client takes the place of one of them.
    for value in 0..19_u8 {
        let begun = Instant::now();
        let mut client = loop {
            let mut client = Client::connect(address).await;
            let request = produce_request("images", 0, batch(&[value]));
            if client.try_send(9, &request).await.is_some() && client.receive_frame().await.is_some() {
                break client;
            }
            assert!(begun.elapsed() < PATIENCE);
        };
        assert_eq!(client.produce("images", 0, batch(&[value])).await.error_code, 0);
        silent.push(client.stream);
    }
    let stats = broker.stats();
    assert_eq!((stats.connections, stats.connections_displaced), (20, 19));
    assert_eq!(used.fetch("images", 0, 38).await.high_watermark, 38);
    broker.shutdown().await;
}

/// What a hostile client sends of a request of 16 MiB.
#[derive(Clone, Copy)]
enum Hostile {
    /// Its length.
    Claims,
    /// Its length, and then a byte a second.
    Drips,
    /// This much of it, fast, and then a byte a second.
    Stalls(usize),
}

/// Keeps the broker busy until it is aborted, reconnecting whenever it is disconnected.
async fn attack(address: std::net::SocketAddr, how: Hostile) {
    loop {
        let Ok(mut stream) = TcpStream::connect(address).await else { continue };
        let mut open = stream.write_all(&(16_i32 << 20).to_be_bytes()).await.is_ok();
        if let Hostile::Stalls(bytes) = how {
            open = open && stream.write_all(&vec![0; bytes]).await.is_ok();
        }
        while open {
            tokio::time::sleep(Duration::from_secs(1)).await;
            open = matches!(how, Hostile::Claims) || stream.write_all(&[0]).await.is_ok();
        }
    }
}

/// A producer and a consumer make progress against `count` hostile clients.
async fn honest_clients_proceed(count: usize, how: Hostile, config: BrokerConfig) -> Stats {
    let broker = Broker::start(config).await.unwrap();
    let address = broker.bootstrap_server();
    let mut producer = Client::connect(address).await;
    assert_eq!(producer.create_topic("images", 1, &[]).await, 0);
    let mut hostile = JoinSet::new();
    for _ in 0..count {
        hostile.spawn(attack(address, how));
    }
    stats_when(&broker, |stats| stats.connections > count).await;
    let mut consumer = Client::connect(address).await;
    for (offset, size) in
        [1_000_000, 5_000_000, 100_000, 3_000_000, 200, 70_000].into_iter().cycle().take(12).enumerate()
    {
        let offset = i64::try_from(offset).unwrap();
        assert_eq!(producer.produce("images", 0, batch(&vec![1; size])).await.error_code, 0);
        let fetched = records(&consumer.fetch("images", 0, offset).await);
        assert_eq!(fetched.first().map(|(at, value)| (*at, value.len())), Some((offset, size)));
    }
    let stats = broker.stats();
    hostile.shutdown().await;
    stats_when(&broker, |stats| stats.request_memory_bytes == 0).await;
    broker.shutdown().await;
    stats
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_claim_large_requests_and_send_nothing_keep_nobody_waiting() {
    for (count, how) in [(40, Hostile::Claims), (200, Hostile::Claims), (40, Hostile::Drips), (200, Hostile::Drips)] {
        let stats = honest_clients_proceed(count, how, BrokerConfig::default()).await;
        assert_eq!((stats.request_memory_bytes, stats.requests_given_up), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_send_much_of_a_request_and_stall_lose_its_memory() {
    let bytes = 32 * 1024 * 1024;
    let config = BrokerConfig { max_request_bytes_in_flight: bytes, ..BrokerConfig::default() };
    let tries = [(40, 300_000), (40, 2_000_000)]
        .map(|(count, sent)| tokio::spawn(honest_clients_proceed(count, Hostile::Stalls(sent), config.clone())));
    for stats in tries {
        let stats = stats.await.unwrap();
        assert!(stats.request_memory_bytes <= bytes && stats.request_memory_bytes > bytes / 4, "{stats:?}");
    }
}

/// Joins a separate group with this much data; returns the error and the member's id.
async fn join(client: &mut Client, group: &str, bytes: usize) -> (i16, StrBytes) {
    let protocol = JoinGroupRequestProtocol::default().with_name(text("range")).with_metadata(vec![1; bytes].into());
    let request = JoinGroupRequest::default()
        .with_group_id(text(group).into())
        .with_session_timeout_ms(6000)
        .with_rebalance_timeout_ms(6000)
        .with_protocol_type(text("consumer"))
        .with_protocols(vec![protocol]);
    let response = client.call(3, &request).await;
    (response.error_code, response.member_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_group_members_send_is_kept_within_a_bound() {
    const GROUP_MAX_SIZE_REACHED: i16 = 81;
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    let mut joined = Vec::new();
    loop {
        let group = format!("large-{}", joined.len());
        match join(&mut client, &group, 1_000_000).await {
            (0, member_id) => joined.push((group, member_id)),
            (error, _) => {
                assert_eq!(error, GROUP_MAX_SIZE_REACHED);
                break;
            }
        }
    }
    assert!((30..34).contains(&joined.len()), "{}", joined.len());
    // An ordinary member finds room, and a large one does when another has left.
    assert_eq!(join(&mut client, "ordinary", 1000).await.0, 0);
    let (group, member_id) = joined.pop().unwrap();
    let leave = LeaveGroupRequest::default().with_group_id(text(&group).into()).with_member_id(member_id);
    assert_eq!(client.call(2, &leave).await.error_code, 0);
    assert_eq!(join(&mut client, "another", 900_000).await.0, 0);
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
    // A fetch that waits longer than that does not count as silence.
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
    // An unfinished large request does not delay a small one.
    let mut unfinished = Client::connect(address).await;
    unfinished.stream.write_all(&3_000_000_i32.to_be_bytes()).await.unwrap();
    assert_eq!(client.produce("images", 0, batch(b"small")).await.error_code, 0);
    drop(unfinished);
    assert_eq!(client.produce("images", 0, batch(&[1; 3_000_000])).await.error_code, 0);
    broker.shutdown().await;
}
