//! One client's connection: reads requests, has them answered in order, writes the responses.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::api::{self, Answer, Client};
use crate::files;
use crate::log::Part;
use crate::state::State;

/// Room is made for this much of a request before the rest of it is believed in.
const FIRST_READ_BYTES: usize = 4 * 1024 * 1024;
/// File content is read and sent in pieces of this size: small enough to stay in the processor's cache.
const PIECE_BYTES: usize = 256 * 1024;
const READ_BUFFER_BYTES: usize = 8 * 1024;

/// Why a connection was closed by the broker.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("a request of {0} bytes is not accepted")]
    FrameSize(i32),
    #[error("{0}")]
    Request(#[from] api::Malformed),
}

/// Serves a client until it goes, or sends what cannot be answered.
pub(crate) async fn run(stream: TcpStream, peer: SocketAddr, state: &Arc<State>) -> Result<(), Ended> {
    stream.set_nodelay(true)?;
    let client = Client { host: peer.ip().to_string() };
    let mut stream = BufReader::with_capacity(READ_BUFFER_BYTES, stream);
    let mut piece = Vec::new();
    while let Some(frame) = read_frame(&mut stream, state.frame_limit()).await? {
        if let Some(answer) = api::answer(state, &client, frame).await? {
            write_answer(stream.get_mut(), answer, &mut piece).await?;
        }
    }
    Ok(())
}

/// The next request; `None` when the client has gone between two.
async fn read_frame(stream: &mut BufReader<TcpStream>, limit: usize) -> Result<Option<Bytes>, Ended> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length).await {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let length = i32::from_be_bytes(length);
    let size = usize::try_from(length).ok().filter(|&size| size <= limit).ok_or(Ended::FrameSize(length))?;
    let mut frame = BytesMut::with_capacity(size.min(FIRST_READ_BYTES));
    while frame.len() < size {
        if frame.len() == frame.capacity() {
            frame.reserve(size - frame.len());
        }
        let wanted = (size - frame.len()).min(frame.capacity() - frame.len());
        // `take` keeps the next request's bytes out of this one.
        if (&mut *stream).take(wanted as u64).read_buf(&mut frame).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
    Ok(Some(frame.freeze()))
}

async fn write_answer(stream: &mut TcpStream, answer: Answer, piece: &mut Vec<u8>) -> io::Result<()> {
    for part in answer.parts {
        match part {
            Part::Bytes(mut bytes) => {
                while bytes.has_remaining() {
                    stream.write_buf(&mut bytes).await?;
                }
            }
            Part::File { file, mut position, mut length } => {
                while length > 0 {
                    let size = length.min(PIECE_BYTES);
                    if piece.len() < size {
                        piece.resize(size, 0);
                    }
                    files::blocking(|| files::read_exact_at(&file, &mut piece[..size], position))?;
                    stream.write_all(&piece[..size]).await?;
                    position += size as u64;
                    length -= size;
                }
            }
        }
    }
    Ok(())
}
