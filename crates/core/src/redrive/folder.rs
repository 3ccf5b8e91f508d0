//! The dead letters of a work folder.

use std::path::Path;

use super::letter::{Content, Letter, LetterSource, Place, Sent};
use super::selection::{Condition, LetterFacts};
use crate::pipeline::PipelineError;
use crate::pipeline::sink::{KeptLetters, ListedLetter, SentLetter, SentLetters};
use crate::run::error::error_chain;

pub(super) struct FolderLetters<'a> {
    /// `None`: there never was one.
    kept: Option<KeptLetters>,
    sent: Option<SentLetters>,
    conditions: &'a [Condition],
    /// Also those that were sent before.
    again: bool,
}

impl<'a> FolderLetters<'a> {
    /// `writes`: what is sent is to be marked.
    pub(super) fn open(
        folder: &Path,
        conditions: &'a [Condition],
        again: bool,
        writes: bool,
    ) -> Result<Self, PipelineError> {
        let kept = KeptLetters::open(folder)?;
        let sent = match (&kept, writes) {
            (None, _) => None,
            (Some(_), true) => Some(SentLetters::open(folder)?),
            (Some(_), false) => Some(SentLetters::read(folder)?),
        };
        Ok(Self { kept, sent, conditions, again })
    }

    fn content(&self, kept: &KeptLetters, listed: &ListedLetter) -> Content {
        let ListedLetter { topic, partition, offset, reason, file } = listed;
        let facts = LetterFacts { topic: Some(topic), partition: Some(*partition), offset: Some(*offset), reason };
        if !self.conditions.iter().all(|condition| condition.allows(facts)) {
            return Content::NotSelected;
        }
        if !self.again && self.sent.as_ref().is_some_and(|sent| sent.contains(listed)) {
            return Content::AlreadySent;
        }
        let Some(file) = file else { return Content::WithoutValue };
        match kept.read(file) {
            Ok((value, fields)) => Content::Record { value, fields },
            Err(error) => Content::Unusable(error_chain(&error)),
        }
    }
}

impl LetterSource for FolderLetters<'_> {
    fn next(&mut self) -> Result<Option<Letter>, PipelineError> {
        let Some(kept) = &mut self.kept else { return Ok(None) };
        let Some(listed) = kept.next()? else { return Ok(None) };
        let content = match &self.kept {
            Some(kept) => self.content(kept, &listed),
            None => return Ok(None),
        };
        Ok(Some(Letter {
            topic: Some(listed.topic.clone()),
            partition: Some(listed.partition),
            offset: Some(listed.offset),
            reason: listed.reason.clone(),
            content,
            place: Place::Folder(listed),
        }))
    }

    fn check_marks(&mut self, _letters: &[Letter]) -> Result<(), PipelineError> {
        Ok(self.sent.as_mut().map_or(Ok(()), SentLetters::open_table)?)
    }

    fn mark(&mut self, sent: &[Sent<'_>]) -> Result<(), PipelineError> {
        let Some(table) = &mut self.sent else { return Ok(()) };
        let rows: Vec<SentLetter<'_>> = sent
            .iter()
            .filter_map(|sent| {
                let Place::Folder(letter) = &sent.letter.place else { return None };
                let Sent { topic, partition, offset, redrive_count, .. } = *sent;
                Some(SentLetter { letter, topic, partition, offset, redrive_count })
            })
            .collect();
        Ok(table.append(&rows)?)
    }

    fn finish(&mut self) -> Result<(), PipelineError> {
        Ok(self.sent.take().map_or(Ok(()), SentLetters::close)?)
    }
}
