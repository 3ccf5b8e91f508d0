//! A record that could not be decoded.

use crate::kafka::record_fields::RecordFields;

/// A record that could not be decoded.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// When it was found.
    pub time: jiff::Timestamp,
    /// Its topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// What is wrong with it.
    pub cause: DeadLetterCause,
    /// Why it could not be decoded.
    pub reason: String,
    /// Its value; `None` for a tombstone, and for a record that could not be read.
    pub value: Option<Vec<u8>>,
    /// Its key and headers.
    pub fields: RecordFields,
    /// The time that Kafka has of it, milliseconds since 1970-01-01 UTC.
    pub timestamp_millis: Option<i64>,
    /// The name under which its sender lists it as processed, if a run of this program sent it: the next producer of
    /// this work folder sends it again.
    pub listed_name: Option<String>,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetterCause {
    /// It was read, and holds no image.
    Undecodable,
    /// The client cannot read its batch: neither value nor key nor headers are known.
    Unreadable,
}
