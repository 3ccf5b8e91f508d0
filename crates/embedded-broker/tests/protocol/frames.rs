//! Bytes that are not a request close their connection and nothing else.

use crate::common::*;
use tokio::io::AsyncWriteExt;

/// Sends bytes on a new connection; returns whether the broker closes it without a response.
async fn is_refused(address: std::net::SocketAddr, bytes: &[u8]) -> bool {
    let mut client = Client::connect(address).await;
    // The broker may close before all is written.
    let _ = client.stream.write_all(bytes).await;
    client.receive_frame().await.is_none()
}

fn framed(body: &[u8]) -> Vec<u8> {
    [&u32::try_from(body.len()).unwrap().to_be_bytes(), body].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_frames_close_only_their_connection() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    let header = |key: u8, version: u8| vec![0, key, 0, version, 0, 0, 0, 1, 0xff, 0xff];
    let bad: Vec<Vec<u8>> = vec![
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        (-1_i32).to_be_bytes().to_vec(),
        i32::MAX.to_be_bytes().to_vec(),
        framed(b""),
        framed(&[0, 3]),
        // An unknown API, an unsupported one, and an unsupported version.
        framed(&[0x7f, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff]),
        framed(&header(17, 0)),
        framed(&header(3, 99)),
        framed(&header(0, 2)),
        // A client id longer than the frame, and more tags in the header than there are bytes.
        framed(&[0, 3, 0, 1, 0, 0, 0, 1, 0x7f, 0xff]),
        framed(&[&header(3, 9)[..], &[0xff, 0xff, 0xff, 0xff, 0x0f]].concat()),
        // Arrays that claim to have billions of items.
        framed(&[&header(3, 1)[..], &[0x7f, 0xff, 0xff, 0xff]].concat()),
        framed(&[&header(3, 9)[..], &[0, 0xff, 0xff, 0xff, 0xff, 0x0f]].concat()),
        // A name that is not UTF-8.
        framed(&[&header(3, 1)[..], &[0, 0, 0, 1, 0, 2, 0xff, 0xfe]].concat()),
        // A body that is cut short.
        framed(&[&header(1, 4)[..], &[0; 10]].concat()),
    ];
    for bytes in &bad {
        assert!(is_refused(broker.bootstrap_server(), bytes).await, "{bytes:?}");
    }
    // A frame that never ends delays no other client.
    let mut unfinished = Client::connect(broker.bootstrap_server()).await;
    unfinished.stream.write_all(&[0, 0, 1, 0, 0, 3]).await.unwrap();
    assert_eq!(client.produce("images", 0, batch(b"value")).await.error_code, 0);
    assert_eq!(records(&client.fetch("images", 0, 0).await).len(), 1);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_single_changed_byte_of_a_request_is_survived() {
    let broker = start_in_memory().await;
    let mut client = Client::connect(broker.bootstrap_server()).await;
    client.create_topic("images", 1, &[]).await;
    let mut body = bytes::BytesMut::new();
    let request = produce_request("images", 0, batch(b"value"));
    let header = kafka_protocol::messages::RequestHeader::default().with_request_api_version(9);
    kafka_protocol::protocol::Encodable::encode(&header, &mut body, 2).unwrap();
    kafka_protocol::protocol::Encodable::encode(&request, &mut body, 9).unwrap();
    for at in 0..body.len() {
        let mut bytes = framed(&body);
        for change in [0x01, 0x80, 0xff] {
            bytes[4 + at] = body[at] ^ change;
            let mut other = Client::connect(broker.bootstrap_server()).await;
            other.stream.write_all(&bytes).await.unwrap();
            other.stream.shutdown().await.unwrap();
            // An answer or none: the broker is done with the connection either way.
            while other.receive_frame().await.is_some() {}
        }
    }
    assert_eq!(client.produce("images", 0, batch(b"value")).await.error_code, 0);
    broker.shutdown().await;
}
