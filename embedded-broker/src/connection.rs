//! One client's connection: reads requests, has them answered in order, writes the responses.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::api::{self, Client};
use crate::send::send;
use crate::state::State;
use crate::wire::Wire;

/// Small requests are read through a buffer of this size; larger ones go straight to where they stay.
const READ_BUFFER_BYTES: usize = 8 * 1024;
/// How a produce request begins: its API key is 0.
const PRODUCE: &[u8] = &[0, 0];

/// Why a connection was closed by the broker.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("nothing came for {0:?}")]
    Idle(std::time::Duration),
    #[error("a request of {0} bytes did not arrive in time")]
    Unfinished(usize),
    #[error("a request of {0} bytes is not accepted")]
    FrameSize(i32),
    #[error("{0}")]
    Request(#[from] api::Malformed),
}

/// A request, and the memory it was read into.
#[derive(Debug)]
struct Frame {
    bytes: Bytes,
    memory: Option<OwnedSemaphorePermit>,
}

/// Serves a client until it goes, stays silent for too long, or sends what cannot be answered.
pub(crate) async fn run(stream: TcpStream, peer: SocketAddr, state: &Arc<State>) -> Result<(), Ended> {
    stream.set_nodelay(true)?;
    let wire = &*state.wire;
    let client = Client { host: peer.ip().to_string() };
    let mut stream = BufReader::with_capacity(READ_BUFFER_BYTES, stream);
    while let Some(Frame { bytes, memory }) = read_frame(&mut stream, wire, || state.frame_limit()).await? {
        wire.count_request(bytes.len() + 4);
        // Records are held on to until they are written, which ends. Other requests may wait for another client, and
        // that client must not wait for memory.
        let memory = memory.filter(|_| bytes.starts_with(PRODUCE));
        let answer = api::answer(state, &client, bytes).await?;
        drop(memory);
        if let Some(answer) = answer {
            wire.count_sent(send(stream.get_mut(), answer.parts, wire.max_idle).await?);
        }
    }
    Ok(())
}

/// The next request; `None` when the client has gone between two. The limit is asked for when the request comes: a
/// topic may have been given a larger one since.
async fn read_frame<S: AsyncRead + Unpin>(
    stream: &mut BufReader<S>,
    wire: &Wire,
    limit: impl Fn() -> usize,
) -> Result<Option<Frame>, Ended> {
    let begun = timeout(wire.max_idle, stream.fill_buf()).await.map_err(|_| Ended::Idle(wire.max_idle))?;
    if begun?.is_empty() {
        return Ok(None);
    }
    let length = timeout(wire.request_patience, stream.read_i32()).await.map_err(|_| Ended::Unfinished(4))??;
    let size = usize::try_from(length).ok().filter(|&size| size <= limit()).ok_or(Ended::FrameSize(length))?;
    let memory = wire.memory_for(size).await;
    let reading = read_exactly(stream, size);
    let bytes = timeout(wire.patience_for(size), reading).await.map_err(|_| Ended::Unfinished(size))??;
    Ok(Some(Frame { bytes, memory }))
}

/// Reads into a buffer of its own, which records stay in until they are written: nothing is copied or cleared first.
async fn read_exactly<S: AsyncRead + Unpin>(stream: &mut BufReader<S>, size: usize) -> io::Result<Bytes> {
    let mut bytes = BytesMut::with_capacity(size);
    while bytes.len() < size {
        // The next request's bytes are kept out of this one.
        let room = size - bytes.len();
        if stream.read_buf(&mut (&mut bytes).limit(room)).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(bytes.freeze())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::config::BrokerConfig;

    const LIMIT: usize = 1 << 20;

    fn wire() -> Wire {
        Wire::new(&BrokerConfig { max_request_bytes_in_flight: LIMIT, ..BrokerConfig::default() })
    }

    #[tokio::test]
    async fn requests_are_told_apart_however_they_arrive() {
        let (mut near, far) = tokio::io::duplex(5);
        let mut far = BufReader::with_capacity(7, far);
        let sizes = [0, 1, 3, 100, 100_000, 2];
        let sending = tokio::spawn(async move {
            for size in sizes {
                near.write_all(&i32::try_from(size).unwrap().to_be_bytes()).await.unwrap();
                near.write_all(&vec![u8::try_from(size % 251).unwrap(); size]).await.unwrap();
            }
        });
        let wire = wire();
        for size in sizes {
            let frame = read_frame(&mut far, &wire, || LIMIT).await.unwrap().unwrap();
            assert_eq!(frame.bytes, vec![u8::try_from(size % 251).unwrap(); size]);
        }
        assert!(read_frame(&mut far, &wire, || LIMIT).await.unwrap().is_none());
        sending.await.unwrap();
    }

    #[tokio::test]
    async fn a_sender_that_stalls_is_given_up_and_its_memory_goes_to_the_next() {
        let mut wire = wire();
        wire.request_patience = Duration::from_millis(50);
        let size = LIMIT - 1;
        let head = i32::try_from(size).unwrap().to_be_bytes();
        let (mut stalled, far) = tokio::io::duplex(LIMIT * 2);
        let mut far = BufReader::new(far);
        stalled.write_all(&[&head[..], b"some"].concat()).await.unwrap();
        let (mut honest, other) = tokio::io::duplex(LIMIT * 2);
        let mut other = BufReader::new(other);
        honest.write_all(&[&head[..], &vec![1; size]].concat()).await.unwrap();
        let (first, second) =
            tokio::join!(read_frame(&mut far, &wire, || LIMIT), read_frame(&mut other, &wire, || LIMIT));
        assert!(matches!(first, Err(Ended::Unfinished(of)) if of == size));
        assert_eq!(second.unwrap().unwrap().bytes.len(), size);
    }

    #[tokio::test]
    async fn silence_ends_a_connection() {
        let mut wire = wire();
        wire.max_idle = Duration::from_millis(10);
        let (_near, far) = tokio::io::duplex(10);
        let ended = read_frame(&mut BufReader::new(far), &wire, || LIMIT).await.unwrap_err();
        assert!(matches!(ended, Ended::Idle(_)));
    }
}
