//! One client's connection: reads requests, answers them in order, writes the responses.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{BufMut, Bytes};
use kafka_protocol::messages::ApiKey;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::api::{self, Client};
use crate::connections::Admitted;
use crate::memory::{FREE_BYTES, Held};
use crate::send::send;
use crate::state::State;
use crate::traffic::Traffic;

/// Small requests are read through a buffer of this size; larger ones go straight to their final place.
const READ_BUFFER_BYTES: usize = 8 * 1024;
/// How a produce request begins: its API key.
const PRODUCE: [u8; 2] = (ApiKey::Produce as i16).to_be_bytes();

/// Why a connection was closed by the broker.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CloseReason {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("no request for {0:?}")]
    Idle(Duration),
    #[error("a request of {0} bytes did not arrive in time")]
    Unfinished(usize),
    #[error("a request of {0} bytes arrived too slowly while others waited for its memory")]
    Slow(usize),
    #[error("it was idle, and another connection needed its place")]
    Displaced,
    #[error("a request of {0} bytes is not accepted")]
    FrameSize(i32),
    #[error("{0}")]
    Request(#[from] api::RequestError),
}

/// A request, and the memory it was read into.
#[derive(Debug)]
struct Frame {
    bytes: Bytes,
    memory: Held,
}

/// Serves a client until it disconnects, is silent for too long, or sends a request that cannot be answered.
pub(crate) async fn run(
    stream: TcpStream,
    peer: SocketAddr,
    state: &Arc<State>,
    admitted: &Admitted,
) -> Result<(), CloseReason> {
    stream.set_nodelay(true)?;
    let traffic = &*state.traffic;
    let client = Client { host: peer.ip().to_string() };
    let mut stream = BufReader::with_capacity(READ_BUFFER_BYTES, stream);
    while let Some(Frame { bytes, memory }) = read_frame(&mut stream, traffic, || state.frame_limit()).await? {
        admitted.request_arrived();
        traffic.count_request(bytes.len() + 4);
        // Writing records takes bounded time, so they keep their memory. Other requests may wait for another client,
        // and that client must not wait for memory.
        let memory = Some(memory).filter(|_| bytes.starts_with(&PRODUCE));
        let answer = api::answer(state, &client, bytes).await?;
        drop(memory);
        if let Some(answer) = answer {
            traffic.count_sent(send(stream.get_mut(), answer.parts, traffic).await?);
        }
        admitted.request_answered();
    }
    Ok(())
}

/// The next request; `None` when the client has disconnected between two. The limit is read when the request begins: a
/// topic may have got a larger one since.
async fn read_frame<S: AsyncRead + Unpin>(
    stream: &mut BufReader<S>,
    traffic: &Traffic,
    limit: impl Fn() -> usize,
) -> Result<Option<Frame>, CloseReason> {
    let begun = timeout(traffic.max_idle, stream.fill_buf()).await.map_err(|_| CloseReason::Idle(traffic.max_idle))?;
    if begun?.is_empty() {
        return Ok(None);
    }
    let read = async {
        let length =
            timeout(traffic.request_patience, stream.read_i32()).await.map_err(|_| CloseReason::Unfinished(4))??;
        let size =
            usize::try_from(length).ok().filter(|&size| size <= limit()).ok_or(CloseReason::FrameSize(length))?;
        read_exactly(stream, size, traffic).await
    };
    let frame = read.await.inspect_err(|ended| {
        if matches!(ended, CloseReason::Unfinished(_) | CloseReason::Slow(_)) {
            traffic.requests_given_up.fetch_add(1, Ordering::Relaxed);
        }
    })?;
    Ok(Some(frame))
}

/// Reads into a new buffer, in which records stay until they are written. The buffer grows as the bytes arrive: a
/// length that a client claims takes no memory.
async fn read_exactly<S: AsyncRead + Unpin>(
    stream: &mut BufReader<S>,
    size: usize,
    traffic: &Traffic,
) -> Result<Frame, CloseReason> {
    let mut memory = traffic.memory.begin();
    let mut bytes = Vec::with_capacity(size.min(FREE_BYTES));
    let mut capacity = size.min(FREE_BYTES);
    let window = traffic.window.min(traffic.request_patience);
    let soon = window / 8;
    let mut tick = pin!(sleep(window));
    let mut deadline = Instant::now() + traffic.patience_for(size);
    let (mut received_before, mut looked_at) = (0, Instant::now());
    while bytes.len() < size {
        if bytes.len() == capacity {
            let asked = Instant::now();
            capacity = memory.enlarge(capacity, size).await;
            bytes.reserve_exact(capacity - bytes.len());
            // The client did not cause the wait: only what it sends from now on is judged.
            let waited = asked.elapsed();
            deadline += waited;
            if waited >= soon {
                (received_before, looked_at) = (bytes.len(), Instant::now());
                tick.as_mut().reset(looked_at + soon);
            }
        }
        // Bytes of the next request stay in the stream.
        let room = capacity - bytes.len();
        let mut room = (&mut bytes).limit(room);
        tokio::select! {
            biased;
            read = stream.read_buf(&mut room) => if read? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            },
            () = &mut tick => {
                let now = Instant::now();
                if now >= deadline {
                    return Err(CloseReason::Unfinished(size));
                }
                let received = bytes.len() - received_before;
                if !memory.is_empty() && traffic.is_slow(received, now - looked_at) && memory.is_wanted(window / 2) {
                    return Err(CloseReason::Slow(size));
                }
                (received_before, looked_at) = (bytes.len(), now);
                tick.as_mut().reset(now + window);
            }
        }
    }
    Ok(Frame { bytes: Bytes::from(bytes), memory })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::config::BrokerConfig;

    const LIMIT: usize = 1 << 20;

    fn traffic() -> Traffic {
        Traffic::new(&BrokerConfig { max_request_bytes_in_flight: LIMIT, ..BrokerConfig::default() })
    }

    #[tokio::test]
    async fn requests_are_separated_however_they_arrive() {
        let (mut near, far) = tokio::io::duplex(5);
        let mut far = BufReader::with_capacity(7, far);
        let sizes = [0, 1, 3, 100, 100_000, 2];
        let sending = tokio::spawn(async move {
            for size in sizes {
                near.write_all(&i32::try_from(size).unwrap().to_be_bytes()).await.unwrap();
                near.write_all(&vec![u8::try_from(size % 251).unwrap(); size]).await.unwrap();
            }
        });
        let traffic = traffic();
        for size in sizes {
            let frame = read_frame(&mut far, &traffic, || LIMIT).await.unwrap().unwrap();
            assert_eq!(frame.bytes, vec![u8::try_from(size % 251).unwrap(); size]);
        }
        assert!(read_frame(&mut far, &traffic, || LIMIT).await.unwrap().is_none());
        sending.await.unwrap();
    }

    #[tokio::test]
    async fn a_claimed_length_takes_no_memory_and_what_does_not_arrive_is_given_up() {
        let mut traffic = traffic();
        traffic.request_patience = Duration::from_millis(50);
        let (mut stalled, far) = tokio::io::duplex(LIMIT * 2);
        let mut far = BufReader::new(far);
        let head = 100_i32.to_be_bytes();
        stalled.write_all(&[&head[..], b"some"].concat()).await.unwrap();
        assert!(matches!(read_frame(&mut far, &traffic, || LIMIT).await, Err(CloseReason::Unfinished(100))));
        assert_eq!(traffic.requests_given_up.load(Ordering::Relaxed), 1);
        // The request claims nine tenths of all memory, and less of it has arrived than is free.
        let size = LIMIT / 10 * 9;
        let (mut claiming, far) = tokio::io::duplex(LIMIT * 2);
        let mut far = BufReader::new(far);
        claiming.write_all(&i32::try_from(size).unwrap().to_be_bytes()).await.unwrap();
        claiming.write_all(&vec![1; FREE_BYTES - 1]).await.unwrap();
        let reading = read_frame(&mut far, &traffic, || LIMIT);
        let honest = async {
            assert_eq!(traffic.memory.used(), 0);
            let (mut honest, other) = tokio::io::duplex(LIMIT * 2);
            let mut other = BufReader::new(other);
            honest
                .write_all(&[&i32::try_from(size).unwrap().to_be_bytes()[..], &vec![1; size]].concat())
                .await
                .unwrap();
            read_frame(&mut other, &traffic, || LIMIT).await.unwrap().unwrap()
        };
        tokio::select! {
            biased;
            _ = reading => panic!("it has not arrived"),
            frame = honest => assert_eq!((frame.bytes.len(), traffic.memory.used()), (size, size)),
        }
        assert_eq!(traffic.memory.used(), 0);
    }

    #[tokio::test]
    async fn a_sender_that_stalls_loses_its_memory_to_one_that_does_not() {
        let mut traffic = traffic();
        traffic.window = Duration::from_millis(50);
        let size = LIMIT - 1;
        let head = i32::try_from(size).unwrap().to_be_bytes();
        let (mut stalled, far) = tokio::io::duplex(LIMIT * 2);
        let mut far = BufReader::new(far);
        stalled.write_all(&[&head[..], &vec![1; size - 1]].concat()).await.unwrap();
        let (mut honest, other) = tokio::io::duplex(LIMIT * 2);
        let mut other = BufReader::new(other);
        honest.write_all(&[&head[..], &vec![1; size]].concat()).await.unwrap();
        let (first, second) =
            tokio::join!(read_frame(&mut far, &traffic, || LIMIT), read_frame(&mut other, &traffic, || LIMIT));
        assert!(matches!(first, Err(CloseReason::Slow(of)) if of == size));
        assert_eq!(second.unwrap().unwrap().bytes.len(), size);
        assert_eq!(traffic.requests_given_up.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_sender_that_had_to_wait_for_memory_is_not_called_slow_for_it() {
        let mut traffic = traffic();
        traffic.window = Duration::from_millis(400);
        let mut all = traffic.memory.begin();
        assert_eq!(all.enlarge(LIMIT, LIMIT).await, LIMIT);
        let size = LIMIT / 4;
        // What it sends fits the pipe only piece by piece: after each there is nothing to read for a moment.
        let (mut honest, far) = tokio::io::duplex(FREE_BYTES);
        let mut far = BufReader::new(far);
        let message = [&i32::try_from(size).unwrap().to_be_bytes()[..], &vec![1; size]].concat();
        let sending = async { honest.write_all(&message).await.unwrap() };
        let reading = read_frame(&mut far, &traffic, || LIMIT);
        let releasing = async {
            sleep(traffic.window * 2).await;
            drop(all);
        };
        // Another one waits all the time.
        let mut other = traffic.memory.begin();
        tokio::select! {
            biased;
            _ = other.enlarge(LIMIT, LIMIT * 4) => panic!("there is no memory for it"),
            (frame, ..) = async { tokio::join!(reading, sending, releasing) } => {
                assert_eq!(frame.unwrap().unwrap().bytes.len(), size);
            }
        }
    }

    #[tokio::test]
    async fn silence_ends_a_connection() {
        let mut traffic = traffic();
        traffic.max_idle = Duration::from_millis(10);
        let (_near, far) = tokio::io::duplex(10);
        let ended = read_frame(&mut BufReader::new(far), &traffic, || LIMIT).await.unwrap_err();
        assert!(matches!(ended, CloseReason::Idle(_)));
    }
}
