//! A dead letter, wherever it is kept.

use super::selection::LetterFacts;
use crate::kafka::record_fields::RecordFields;
use crate::pipeline::PipelineError;
use crate::pipeline::codec::headers::FILE_NAME;
use crate::pipeline::sink::ListedLetter;

pub(super) struct Letter {
    /// Where the record came from, as far as the letter names it.
    pub(super) topic: Option<String>,
    pub(super) partition: Option<i32>,
    pub(super) offset: Option<i64>,
    /// Why it became a dead letter.
    pub(super) reason: String,
    pub(super) content: Content,
    pub(super) place: Place,
}

/// Where a letter is kept.
pub(super) enum Place {
    Folder(ListedLetter),
    Topic { partition: i32, offset: i64 },
}

pub(super) enum Content {
    /// It was sent again before.
    AlreadySent,
    /// It does not meet the conditions.
    NotSelected,
    /// There is nothing to send.
    WithoutValue,
    /// Its files cannot be read.
    Unusable(String),
    /// The record as it was.
    Record { value: Option<Vec<u8>>, fields: RecordFields },
}

impl Letter {
    pub(super) fn facts(&self) -> LetterFacts<'_> {
        let Self { topic, partition, offset, reason, .. } = self;
        LetterFacts { topic: topic.as_deref(), partition: *partition, offset: *offset, reason }
    }

    /// The name of the image, from the record's headers.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.content {
            Content::Record { fields, .. } => fields.text(FILE_NAME),
            _ => None,
        }
    }

    pub(super) fn size_bytes(&self) -> usize {
        match &self.content {
            Content::Record { value, fields } => value.as_ref().map_or(0, Vec::len) + fields.size_bytes(),
            _ => 0,
        }
    }
}

/// A letter that was sent again.
pub(super) struct Sent<'a> {
    pub(super) letter: &'a Letter,
    pub(super) topic: &'a str,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) redrive_count: u32,
}

/// Where letters come from.
pub(super) trait LetterSource {
    /// The next letter; `None`: there were no more when the redrive began.
    fn next(&mut self) -> Result<Option<Letter>, PipelineError>;

    /// Whether it can be marked that these letters were sent. Called before they are: otherwise each redrive would send
    /// them once more.
    fn check_marks(&mut self, letters: &[Letter]) -> Result<(), PipelineError>;

    /// Marks letters as sent, durably.
    fn mark(&mut self, sent: &[Sent<'_>]) -> Result<(), PipelineError>;

    /// After the last letter, unless something failed.
    fn finish(&mut self) -> Result<(), PipelineError>;
}
