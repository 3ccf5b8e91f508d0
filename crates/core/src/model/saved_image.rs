//! An image that was saved, and its record.

use std::sync::Arc;

use super::objects::LabelledObject;

/// An image that is durable in the work folder, with its row.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedImage {
    /// Its path as `annotation.csv` has it: `output_images/NAME`.
    pub path_in_csv: String,
    /// The name that it was sent under, with its folders; `None` if the record has none, or that is not known.
    pub file_name: Option<Box<str>>,
    /// Its label, as tables have it: see [`escape_formula`](crate::pipeline::sink::escape_formula).
    pub annotation: String,
    /// Size of its file.
    pub size_bytes: u64,
    /// The topic of its record; empty if that is not known.
    pub topic: Arc<str>,
    /// Its record; `None` if it is not known, because the row of the image was lost and added again.
    pub record: Option<SavedRecord>,
    /// When it was sent, by the sender's clock, microseconds since 1970-01-01 UTC; `None` if the record does not
    /// have it.
    pub sent_at_micros: Option<i64>,
    /// From sending to being durable: by the monotonic clock for this run's own records; for others by the difference of
    /// the two clocks, `None` if that is negative or the time of sending is not known.
    pub latency_micros: Option<u64>,
    /// SHA-256 of the bytes that were saved.
    pub sha256: [u8; 32],
    /// Whether those are the bytes that were sent, by the record's header; `None` without the header.
    pub bytes_as_sent: Option<bool>,
    /// The objects on it; empty if the record has none.
    pub objects: Arc<[LabelledObject]>,
}

/// The record that an image came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedRecord {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// When it was received, by this machine's clock, microseconds since 1970-01-01 UTC.
    pub received_at_micros: i64,
}
