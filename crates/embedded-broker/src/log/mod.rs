//! A partition: its log, the producers that write to it, and the fetches that wait for it.

pub(crate) mod batch;
mod checkpoint;
mod config;
mod file_log;
mod index;
mod latest_timestamps;
mod memory_log;
mod partition;
mod producers;
mod records;
mod recovery;
mod segment;
mod space;
mod walk;
mod writer;

#[cfg(test)]
mod concurrency_tests;
#[cfg(test)]
mod full_disk_tests;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod test_batches;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::ResponseError;

use crate::files;
use crate::handles::Handle;
pub(crate) use config::LogConfig;
pub(crate) use partition::Partition;
pub(crate) use records::any_without_key;
pub(crate) use space::{LogSpace, SpaceUsage};

/// A part of a response: bytes in memory, or bytes that are read while the response is sent.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// In memory.
    Bytes(Bytes),
    /// In a file whose bytes at this place never change.
    File {
        /// The segment.
        file: Arc<Handle>,
        /// Where the bytes begin.
        position: u64,
        /// Their number.
        length: usize,
    },
}

/// Whole batches for the response to a fetch.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    /// The batches, in order.
    pub parts: Vec<Part>,
    /// Their length.
    pub bytes: usize,
    /// There is a batch, but it exceeds the limit for the first.
    pub withheld: bool,
}

impl Slice {
    /// Reads what is in files, so that they can be closed.
    pub(crate) fn load(&mut self) -> io::Result<()> {
        for part in &mut self.parts {
            if let Part::File { file, position, length } = part {
                let mut content = vec![0; *length];
                files::read_exact_at(file, &mut content, *position)?;
                *part = Part::Bytes(content.into());
            }
        }
        Ok(())
    }
}

/// The result of a read: the records and the log's bounds.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The records.
    pub slice: Slice,
    /// First offset that may be read.
    pub start_offset: i64,
    /// Offset of the next record.
    pub end_offset: i64,
    /// The records end with a segment that is not the last: a read returns records of one segment only.
    pub is_behind: bool,
}

/// The place of an appended batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Appended {
    /// Offset of its first record.
    pub base_offset: i64,
    /// First offset that may be read.
    pub start_offset: i64,
    /// The batch's time, in milliseconds since 1970, where the topic's settings give records the broker's time.
    pub append_time: Option<i64>,
}

/// Why a batch was not appended: Kafka's error and a sentence for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub error: ResponseError,
    pub sentence: Cow<'static, str>,
}

impl From<batch::Refusal> for Refused {
    fn from((error, sentence): batch::Refusal) -> Self {
        Self { error, sentence: sentence.into() }
    }
}

impl From<String> for Refused {
    /// A storage error.
    fn from(sentence: String) -> Self {
        Self { error: ResponseError::KafkaStorageError, sentence: sentence.into() }
    }
}
