//! Sends a response: bytes in memory together, and records from files without a copy where the system supports it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice};
use std::pin::pin;

use bytes::{Buf, Bytes};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::files;
use crate::log::Part;
use crate::traffic::{Response, Traffic};

/// Pieces of files up to this size are read and sent together with their neighbours: one packet instead of three.
const SMALL_FILE_BYTES: usize = 32 * 1024;
/// Bytes that are collected before they are sent.
const RUN_BYTES: usize = 256 * 1024;
/// File content is copied in pieces of this size: small enough to stay in the processor's cache.
const PIECE_BYTES: usize = 256 * 1024;

/// Sends all parts in order; returns the number of bytes. Fails where the client reads nothing for too long.
pub(crate) async fn send(stream: &mut TcpStream, parts: Vec<Part>, traffic: &Traffic) -> io::Result<usize> {
    let in_memory = parts.iter().map(|part| if let Part::Bytes(bytes) = part { bytes.len() } else { 0 }).sum();
    let response = &traffic.count_response(in_memory);
    let mut run = Run::default();
    let mut sent = 0;
    for part in parts {
        match part {
            Part::Bytes(bytes) => run.push(bytes),
            Part::File { file, position, length } if length <= SMALL_FILE_BYTES => {
                let mut content = vec![0; length];
                files::blocking(|| files::read_exact_at(&file, &mut content, position))?;
                run.push(content.into());
            }
            Part::File { file, position, length } => {
                sent += run.send(stream, response).await?;
                send_file(stream, &file, position, length, response).await?;
                sent += length;
            }
        }
        if run.bytes >= RUN_BYTES {
            sent += run.send(stream, response).await?;
        }
    }
    Ok(sent + run.send(stream, response).await?)
}

/// Bytes that are sent together.
#[derive(Debug, Default)]
struct Run {
    pieces: VecDeque<Bytes>,
    bytes: usize,
}

impl Run {
    fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.bytes += piece.len();
            self.pieces.push_back(piece);
        }
    }

    async fn send(&mut self, stream: &mut TcpStream, response: &Response<'_>) -> io::Result<usize> {
        let bytes = self.bytes;
        while self.has_remaining() {
            patiently(response, stream.write_buf(self)).await?;
        }
        Ok(bytes)
    }
}

impl Buf for Run {
    fn remaining(&self) -> usize {
        self.bytes
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |piece| piece)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let pairs = slices.iter_mut().zip(&self.pieces);
        pairs.map(|(slice, piece)| *slice = IoSlice::new(piece)).count()
    }

    fn advance(&mut self, mut count: usize) {
        self.bytes -= count;
        while let Some(piece) = self.pieces.front_mut() {
            if count < piece.len() {
                piece.advance(count);
                break;
            }
            count -= piece.len();
            self.pieces.pop_front();
        }
    }
}

/// Waits for the client to read, as long as that does not keep memory from others.
async fn patiently<T>(response: &Response<'_>, sending: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let begun = Instant::now();
    let mut sending = pin!(sending);
    loop {
        match timeout(response.window(), &mut sending).await {
            Ok(sent) => return sent,
            Err(_) if response.is_given_up(begun.elapsed()) => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the client has stopped reading its response"));
            }
            Err(_) => {}
        }
    }
}

/// Lets the system send file content straight from its page cache.
#[cfg(target_os = "linux")]
async fn send_file(
    stream: &mut TcpStream,
    file: &File,
    mut position: u64,
    mut length: usize,
    response: &Response<'_>,
) -> io::Result<()> {
    use rustix::io::Errno;

    while length > 0 {
        // This reads from the disk what is not in the page cache.
        let mut some = || files::blocking(|| rustix::fs::sendfile(&*stream, file, Some(&mut position), length));
        let sending = stream.async_io(tokio::io::Interest::WRITABLE, || Ok(some()?));
        match patiently(response, sending).await {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(sent) => length -= sent,
            Err(error) => match Errno::from_io_error(&error) {
                Some(Errno::INTR) => {}
                // Not every file system supports this.
                Some(Errno::INVAL | Errno::NOSYS) => return copy_file(stream, file, position, length, response).await,
                _ => return Err(error),
            },
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
use copy_file as send_file;

/// Sends file content piece by piece.
async fn copy_file(
    stream: &mut TcpStream,
    file: &File,
    mut position: u64,
    mut length: usize,
    response: &Response<'_>,
) -> io::Result<()> {
    let mut piece = vec![0; length.min(PIECE_BYTES)];
    while length > 0 {
        let size = length.min(PIECE_BYTES);
        files::blocking(|| files::read_exact_at(file, &mut piece[..size], position))?;
        let mut left = &piece[..size];
        while !left.is_empty() {
            patiently(response, stream.write_buf(&mut left)).await?;
        }
        position += size as u64;
        length -= size;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::config::BrokerConfig;
    use crate::handles::{Handle, Slot};

    fn traffic() -> Traffic {
        Traffic::new(&BrokerConfig::default())
    }

    async fn connected() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (near, far) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        (near.unwrap(), far.unwrap().0)
    }

    fn file_of(content: &[u8]) -> Arc<Handle> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        // The file stays open though the cache no longer has it.
        Slot::default().put(file)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn parts_arrive_in_order_however_large_they_are() {
        let content: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
        let file = file_of(&content);
        let part = |position: usize, length| Part::File { file: Arc::clone(&file), position: position as u64, length };
        let mut parts =
            vec![Part::Bytes(Bytes::from_static(b"head")), part(5, 2_000_000), part(7, 100), part(9, 40_000)];
        let mut expected = [b"head", &content[5..2_000_005], &content[7..107], &content[9..40_009]].concat();
        for at in 0..200 {
            parts.push(Part::Bytes(Bytes::copy_from_slice(&content[at..at + at * 50])));
            expected.extend_from_slice(&content[at..at + at * 50]);
        }
        let (mut near, mut far) = connected().await;
        let sending = tokio::spawn(async move { send(&mut near, parts, &traffic()).await });
        let mut received = Vec::new();
        far.read_to_end(&mut received).await.unwrap();
        assert!(received == expected);
        assert_eq!(sending.await.unwrap().unwrap(), expected.len());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn copying_sends_the_same_and_a_short_file_is_an_error() {
        let file = file_of(&[7; 1_000_000]);
        let (mut near, mut far) = connected().await;
        let copied = Arc::clone(&file);
        let sending =
            tokio::spawn(async move { copy_file(&mut near, &copied, 1, 999_999, &traffic().count_response(0)).await });
        let mut received = Vec::new();
        far.read_to_end(&mut received).await.unwrap();
        assert!(received == vec![7; 999_999]);
        sending.await.unwrap().unwrap();
        let (mut near, mut far) = connected().await;
        let sending =
            tokio::spawn(async move { send_file(&mut near, &file, 999_999, 2, &traffic().count_response(0)).await });
        far.read_to_end(&mut received).await.unwrap();
        assert_eq!(sending.await.unwrap().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_that_takes_nothing_is_given_up() {
        let file = file_of(&vec![7; 30_000_000]);
        let (mut near, _far) = connected().await;
        let parts = vec![Part::File { file, position: 0, length: 30_000_000 }];
        let mut traffic = traffic();
        (traffic.window, traffic.max_idle) = (Duration::from_millis(5), Duration::from_millis(50));
        let error = send(&mut near, parts, &traffic).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn responses_that_nobody_takes_are_given_up_when_they_hold_too_much_memory() {
        let limit = 40_000_000;
        let config = BrokerConfig { max_request_bytes_in_flight: limit, ..BrokerConfig::default() };
        let mut traffic = Traffic::new(&config);
        traffic.window = Duration::from_millis(50);
        let large = || vec![Part::Bytes(vec![7; 30_000_000].into())];
        let (mut first, _first_far) = connected().await;
        let (mut second, _second_far) = connected().await;
        // A single slow client is waited for; with a second one the bound is exceeded, and one of them is disconnected.
        let mut sending = Box::pin(send(&mut first, large(), &traffic));
        assert!(timeout(traffic.window * 4, &mut sending).await.is_err());
        assert_eq!(traffic.response_bytes(), 30_000_000);
        let given_up = tokio::select! {
            ended = &mut sending => ended,
            ended = send(&mut second, large(), &traffic) => ended,
        };
        assert_eq!(given_up.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(traffic.response_bytes() <= limit);
        // A response that holds little is left alone.
        let (mut third, mut third_far) = connected().await;
        let reading = tokio::spawn(async move { third_far.read_to_end(&mut Vec::new()).await });
        assert_eq!(send(&mut third, vec![Part::Bytes(Bytes::from_static(b"small"))], &traffic).await.unwrap(), 5);
        drop(third);
        assert_eq!(reading.await.unwrap().unwrap(), 5);
    }
}
