//! The size of a topic's logs on the brokers' disks: one `DescribeLogDirs` request a broker, which librdkafka does not have.
//!
//! Version 1, which brokers from 2.0 on understand: <https://kafka.apache.org/protocol.html#The_Messages_DescribeLogDirs>.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

const DESCRIBE_LOG_DIRS: i16 = 35;
const VERSION: i16 = 1;
const CORRELATION_ID: i32 = 1;
const CLIENT_ID: &str = "kafka-image-bench";
const TIMEOUT: Duration = Duration::from_secs(2);
/// A response on one topic is small; what claims to be larger is refused.
const RESPONSE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bytes of the logs of `topic` (its name, and how many partitions it has) on all of these brokers; `None` if one of them has no log directory, as it keeps records in memory.
///
/// # Errors
/// A broker does not answer, or not in this form.
pub(super) fn of_topic<'a>(
    brokers: impl Iterator<Item = (&'a str, u16)>,
    topic: (&str, i32),
) -> io::Result<Option<u64>> {
    let mut sum = 0_u64;
    for broker in brokers {
        let Some(bytes) = of_broker(broker, topic)? else { return Ok(None) };
        sum = sum.saturating_add(bytes);
    }
    Ok(Some(sum))
}

/// The same of each topic, by its name.
///
/// # Errors
/// A broker does not answer, or not in this form.
pub(crate) fn of_all_topics<'a>(
    brokers: impl Iterator<Item = (&'a str, u16)>,
) -> io::Result<Option<HashMap<String, u64>>> {
    let mut sums: HashMap<String, u64> = HashMap::new();
    for broker in brokers {
        let response = ask(broker, &request(None)?)?;
        let has_directory = each_log(&response, |topic, bytes| {
            let sum = sums.entry(String::from_utf8_lossy(topic).into_owned()).or_default();
            *sum = sum.saturating_add(bytes);
        })?;
        if !has_directory {
            return Ok(None);
        }
    }
    Ok(Some(sums))
}

fn of_broker(broker: (&str, u16), topic: (&str, i32)) -> io::Result<Option<u64>> {
    log_bytes(&ask(broker, &request(Some(topic))?)?, topic.0)
}

fn ask(broker: (&str, u16), request: &[u8]) -> io::Result<Vec<u8>> {
    let mut connection = connect(broker)?;
    connection.write_all(request)?;
    let mut length = [0; 4];
    connection.read_exact(&mut length)?;
    let length = usize::try_from(i32::from_be_bytes(length)).ok().filter(|length| *length <= RESPONSE_BYTES_MAX);
    let mut response = vec![0; length.ok_or_else(malformed)?];
    connection.read_exact(&mut response)?;
    Ok(response)
}

fn connect(broker: (&str, u16)) -> io::Result<TcpStream> {
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in broker.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(connection) => {
                connection.set_read_timeout(Some(TIMEOUT))?;
                connection.set_write_timeout(Some(TIMEOUT))?;
                return Ok(connection);
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// Asks for a topic and its partitions, or for all.
fn request(topic: Option<(&str, i32)>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    body.extend(DESCRIBE_LOG_DIRS.to_be_bytes());
    body.extend(VERSION.to_be_bytes());
    body.extend(CORRELATION_ID.to_be_bytes());
    put_text(&mut body, CLIENT_ID)?;
    match topic {
        None => body.extend((-1_i32).to_be_bytes()),
        Some((topic, partitions)) => {
            body.extend(1_i32.to_be_bytes());
            put_text(&mut body, topic)?;
            body.extend(partitions.to_be_bytes());
            (0..partitions).for_each(|partition| body.extend(partition.to_be_bytes()));
        }
    }
    let length = i32::try_from(body.len()).map_err(|_| malformed())?;
    Ok([&length.to_be_bytes()[..], &body].concat())
}

fn put_text(body: &mut Vec<u8>, text: &str) -> io::Result<()> {
    body.extend(i16::try_from(text.len()).map_err(|_| malformed())?.to_be_bytes());
    body.extend(text.as_bytes());
    Ok(())
}

/// Adds up what a response says; `None` if it has no log directory.
fn log_bytes(response: &[u8], topic: &str) -> io::Result<Option<u64>> {
    let mut sum = 0_u64;
    let has_directory = each_log(response, |of, bytes| {
        if of == topic.as_bytes() {
            sum = sum.saturating_add(bytes);
        }
    })?;
    Ok(has_directory.then_some(sum))
}

/// Calls `add` with the topic and the bytes of each log of a response. False: it has no log directory.
fn each_log(response: &[u8], mut add: impl FnMut(&[u8], u64)) -> io::Result<bool> {
    let mut rest = Fields(response);
    let (_correlation, _throttle_ms, directories) = (rest.int32()?, rest.int32()?, rest.int32()?);
    for _ in 0..directories {
        let error = rest.int16()?;
        if error != 0 {
            return Err(io::Error::other(format!("DescribeLogDirs: error code {error}")));
        }
        rest.text()?;
        for _ in 0..rest.int32()? {
            let topic = rest.text()?;
            for _ in 0..rest.int32()? {
                let (_partition, size, _lag, is_future) = (rest.int32()?, rest.int64()?, rest.int64()?, rest.byte()?);
                // One that replaces another is being copied.
                if is_future == 0 {
                    add(topic, u64::try_from(size).unwrap_or(0));
                }
            }
        }
    }
    Ok(directories > 0)
}

/// The fields of a response that are not read yet.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn fixed<const LENGTH: usize>(&mut self) -> io::Result<[u8; LENGTH]> {
        self.take(LENGTH)?.try_into().map_err(|_| malformed())
    }

    fn byte(&mut self) -> io::Result<u8> {
        self.fixed().map(|[byte]| byte)
    }

    fn int16(&mut self) -> io::Result<i16> {
        self.fixed().map(i16::from_be_bytes)
    }

    fn int32(&mut self) -> io::Result<i32> {
        self.fixed().map(i32::from_be_bytes)
    }

    fn int64(&mut self) -> io::Result<i64> {
        self.fixed().map(i64::from_be_bytes)
    }

    fn text(&mut self) -> io::Result<&'a [u8]> {
        let length = self.int16()?;
        self.take(usize::try_from(length).map_err(|_| malformed())?)
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the response to DescribeLogDirs is malformed")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a broker writes it: one directory that holds two partitions of the topic, one of another, and a copy in the making.
    fn response() -> Vec<u8> {
        let mut bytes = Vec::new();
        [1_i32, 0, 1].into_iter().for_each(|field| bytes.extend(field.to_be_bytes()));
        bytes.extend(0_i16.to_be_bytes());
        put_text(&mut bytes, "/data").unwrap();
        bytes.extend(2_i32.to_be_bytes());
        for (topic, sizes) in [("t", &[(1_000_i64, 0), (234, 0), (99, 1)][..]), ("other", &[(7, 0)])] {
            put_text(&mut bytes, topic).unwrap();
            bytes.extend((sizes.len() as i32).to_be_bytes());
            for (partition, (size, is_future)) in (0_i32..).zip(sizes) {
                bytes.extend(partition.to_be_bytes());
                bytes.extend(size.to_be_bytes());
                bytes.extend(0_i64.to_be_bytes());
                bytes.push(*is_future);
            }
        }
        bytes
    }

    #[test]
    fn the_logs_of_the_topic_are_added_up() {
        assert_eq!(log_bytes(&response(), "t").unwrap(), Some(1_234));
        let mut all = Vec::new();
        assert!(each_log(&response(), |topic, bytes| all.push((topic.to_vec(), bytes))).unwrap());
        assert_eq!(all, [(b"t".to_vec(), 1_000), (b"t".to_vec(), 234), (b"other".to_vec(), 7)]);
        let none: Vec<u8> = [1_i32, 0, 0].into_iter().flat_map(i32::to_be_bytes).collect();
        assert_eq!(log_bytes(&none, "t").unwrap(), None, "records in memory");
    }

    #[test]
    fn a_damaged_response_is_an_error() {
        let whole = response();
        for length in 0..whole.len() {
            assert!(log_bytes(&whole[..length], "t").is_err(), "{length}");
        }
        let mut refused = whole;
        refused[13] = 29;
        assert!(log_bytes(&refused, "t").unwrap_err().to_string().contains("error code 29"));
    }
}
