//! What two starts of the program say to each other: each proves that it knows the token before paths are sent.
//!
//! ```text
//! later start                      window
//! NAME nonce          ──────────>
//!                     <──────────  nonce proof
//! proof paths as JSON ──────────>
//!                     <──────────  taken
//! ```

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

const NAME: &str = "kafka-image-bench/1";
const TAKEN: &str = "taken";
/// The longest greeting, and the longest list of paths.
const GREETING_BYTES_MAX: u64 = 256;
const PATHS_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// How a connection has ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Handshake {
    /// The window has taken what was asked for.
    Taken,
    /// It was only asked whether there is a window.
    Asked,
    /// The window cannot take more at the moment.
    Busy,
    /// The other side does not know the token, or speaks of something else.
    Refused,
}

/// 256 random bits.
pub(super) fn random_text() -> io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(hex::encode(bytes))
}

/// `side` keeps the proof of one side from being sent back by the other.
fn proof(token: &str, side: &str, parts: [&str; 2]) -> String {
    let mut hash = Sha256::new();
    for part in [token, side].into_iter().chain(parts) {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

fn line(from: &mut impl BufRead, bytes_max: u64) -> io::Result<String> {
    let mut line = String::new();
    from.take(bytes_max).read_line(&mut line)?;
    match line.strip_suffix('\n') {
        Some(line) => Ok(line.to_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn strange() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "another program answers")
}

/// Hands `paths` over to the window at the other end, or only asks whether it is the one.
///
/// # Errors
/// It is not, it does not answer, or it has too much to do.
pub(super) fn ask(mut stream: impl Read + Write, token: &str, paths: Option<&[PathBuf]>) -> io::Result<()> {
    let own = random_text()?;
    stream.write_all(format!("{NAME} {own}\n").as_bytes())?;
    let mut reader = BufReader::new(stream);
    let answer = line(&mut reader, GREETING_BYTES_MAX)?;
    let (other, given) = answer.split_once(' ').ok_or_else(strange)?;
    if given != proof(token, "window", [&own, other]) {
        return Err(strange());
    }
    let Some(paths) = paths else { return Ok(()) };
    let paths = serde_json::to_string(paths)?;
    let request = format!("{} {paths}\n", proof(token, "start", [other, &paths]));
    reader.get_mut().write_all(request.as_bytes())?;
    if line(&mut reader, GREETING_BYTES_MAX)? == TAKEN { Ok(()) } else { Err(strange()) }
}

/// Answers a later start; `take` takes its paths, or not.
///
/// # Errors
/// The connection breaks, or the other side waits too long.
pub(super) fn serve(
    stream: impl Read + Write,
    token: &str,
    take: impl FnOnce(Vec<PathBuf>) -> bool,
) -> io::Result<Handshake> {
    let mut reader = BufReader::new(stream);
    let greeting = line(&mut reader, GREETING_BYTES_MAX)?;
    let Some(other) = greeting.strip_prefix(NAME).and_then(|rest| rest.strip_prefix(' ')) else {
        return Ok(Handshake::Refused);
    };
    let own = random_text()?;
    let answer = format!("{own} {}\n", proof(token, "window", [other, &own]));
    reader.get_mut().write_all(answer.as_bytes())?;
    let request = match line(&mut reader, PATHS_BYTES_MAX) {
        Ok(request) => request,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Handshake::Asked),
        Err(error) => return Err(error),
    };
    let Some((given, paths)) = request.split_once(' ') else { return Ok(Handshake::Refused) };
    if given != proof(token, "start", [&own, paths]) {
        return Ok(Handshake::Refused);
    }
    let Ok(paths) = serde_json::from_str(paths) else { return Ok(Handshake::Refused) };
    if !take(paths) {
        return Ok(Handshake::Busy);
    }
    reader.get_mut().write_all(format!("{TAKEN}\n").as_bytes())?;
    Ok(Handshake::Taken)
}
