//! An image on its way from the store to the committer.

use super::files::TempFile;
use super::row_index::Known;

/// An image that waits for [`Committer::commit`](super::Committer::commit). Its temporary file is removed if it is
/// dropped before.
#[derive(Debug)]
pub struct Prepared {
    pub(super) name: String,
    /// The name that it was sent under.
    pub(super) file_name: Option<Box<str>>,
    pub(super) annotation: String,
    pub(super) known: Known,
    pub(super) sha256: [u8; 32],
    pub(super) size_bytes: u64,
    pub(super) bytes_at: BytesAt,
}

/// Where the bytes of a [`Prepared`] image are.
#[derive(Debug)]
pub(super) enum BytesAt {
    /// In a temporary file, durably.
    Temp(TempFile),
    /// In `output_images`, under this name.
    Saved(String),
}

impl Prepared {
    /// The label as it is written to the table.
    pub(crate) fn annotation(&self) -> &str {
        &self.annotation
    }

    pub(crate) fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// Adds the rest of the image's description: its objects, as JSON, and when label and objects were sent, in
    /// microseconds since 1970-01-01 UTC. Of two descriptions of an image the one that was sent last counts.
    #[must_use]
    pub(crate) fn described(self, objects_json: &str, sent_at_micros: Option<i64>) -> Self {
        Self { known: self.known.described(objects_json, sent_at_micros), ..self }
    }

    /// The name that it was sent under, if its record has one.
    pub(crate) fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }
}
