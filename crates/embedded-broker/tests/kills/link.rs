//! A connection to a broker that may be killed at any moment.

use std::net::SocketAddr;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::common::PATIENCE;

/// Where the broker listens; nothing while there is none.
#[derive(Clone)]
pub struct Broker(pub watch::Receiver<Option<SocketAddr>>);

pub struct Link {
    stream: TcpStream,
    next_correlation_id: i32,
    next_answered: i32,
}

impl Link {
    /// Waits for a broker that takes the connection.
    pub async fn connect(broker: &Broker) -> Self {
        let mut broker = broker.0.clone();
        let connect = async {
            loop {
                let address = broker.wait_for(Option::is_some).await.unwrap().unwrap();
                if let Ok(stream) = TcpStream::connect(address).await {
                    stream.set_nodelay(true).unwrap();
                    return Self { stream, next_correlation_id: 0, next_answered: 0 };
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, connect).await.expect("no broker takes a connection")
    }

    /// Sends a request; `None` when the connection has ended.
    pub async fn send<R: Request>(&mut self, version: i16, request: &R) -> Option<()> {
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.next_correlation_id);
        self.next_correlation_id += 1;
        let mut frame = BytesMut::new();
        frame.put_i32(0);
        header.encode(&mut frame, R::header_version(version)).unwrap();
        request.encode(&mut frame, version).unwrap();
        let length = i32::try_from(frame.len() - 4).unwrap();
        frame[..4].copy_from_slice(&length.to_be_bytes());
        let sending = self.stream.write_all(&frame);
        tokio::time::timeout(PATIENCE, sending).await.expect("a request is not taken").ok()
    }

    /// Receives the response to the oldest request without one; `None` when the connection has ended.
    pub async fn receive<R: Request>(&mut self, version: i16) -> Option<R::Response> {
        let receive = async {
            let mut length = [0; 4];
            self.stream.read_exact(&mut length).await.ok()?;
            let mut frame = vec![0; usize::try_from(i32::from_be_bytes(length)).unwrap()];
            self.stream.read_exact(&mut frame).await.ok()?;
            Some(Bytes::from(frame))
        };
        let mut frame = tokio::time::timeout(PATIENCE, receive).await.expect("no response came")?;
        let header = ResponseHeader::decode(&mut frame, R::Response::header_version(version)).unwrap();
        assert_eq!(header.correlation_id, self.next_answered);
        self.next_answered += 1;
        Some(R::Response::decode(&mut frame, version).unwrap())
    }

    pub async fn call<R: Request>(&mut self, version: i16, request: &R) -> Option<R::Response> {
        self.send(version, request).await?;
        self.receive::<R>(version).await
    }
}
