//! What is known of an image that was saved.

use std::sync::Arc;

use super::objects::LabelledObject;

/// An image that is durable in the work folder, with its row.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedImage {
    /// Its path as `annotation.csv` has it: `output_images/NAME`.
    pub path_in_csv: String,
    /// Its label, as it stands in a table: see [`defuse`](crate::pipeline::sink::defuse).
    pub annotation: String,
    /// Size of its file.
    pub size_bytes: u64,
    /// The topic of its record; empty where that is not known.
    pub topic: Arc<str>,
    /// Its record; `None` where it is not known, because the row of the image was lost and made anew.
    pub record: Option<SavedRecord>,
    /// When it was sent, by the sender's clock, microseconds since 1970-01-01 UTC; `None` where the record does not
    /// tell.
    pub sent_at_micros: Option<i64>,
    /// From sending to being durable. Of this run's own records by the monotonic clock; of others by the difference of
    /// the two clocks, `None` where that is negative or the record does not tell.
    pub latency_micros: Option<u64>,
    /// SHA-256 of the bytes that were saved.
    pub sha256: [u8; 32],
    /// Whether those are the bytes that were sent, by the record's header; `None` where it has none.
    pub bytes_as_sent: Option<bool>,
    /// What is on it; empty where the record does not tell.
    pub objects: Arc<[LabelledObject]>,
}

/// The record that an image came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedRecord {
    /// Where it stands.
    pub partition: i32,
    /// Where it stands.
    pub offset: i64,
    /// When it was received, by this machine's clock, microseconds since 1970-01-01 UTC.
    pub received_at_micros: i64,
}
