//! Sends letters in groups, and marks each group once it is acknowledged.

use std::sync::Arc;

use parking_lot::Mutex;

use super::letter::{Content, Letter, LetterSource, Sent};
use super::targets::{Target, Targets};
use super::{LETTERS_LISTED_MAX, RedrivePlan, RedriveReport, RedriveSource, RedrivenLetter};
use crate::kafka::confirmed_producer::{ConfirmedProducer, OutgoingRecord, SendOutcome};
use crate::kafka::control::Control;
use crate::kafka::error::{ClientError, is_denial};
use crate::kafka::record_fields::RecordFields;
use crate::kafka::record_limit::PRODUCER_BYTES_MAX;
use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::pipeline::codec::headers::REDRIVE_COUNT;
use crate::pipeline::sink::dead_letter_headers::redrive_count;
use crate::run::context::RunContext;

/// Letters of a group; a crash repeats one group at most.
const GROUP: usize = 64;
/// Memory of a group; a larger letter is one by itself.
const GROUP_BYTES: usize = 16 * 1024 * 1024;

/// Letters that are about to be sent.
#[derive(Default)]
struct Group {
    letters: Vec<Letter>,
    targets: Vec<Target>,
    bytes: usize,
}

struct Redrive<'a> {
    context: &'a RunContext,
    plan: &'a RedrivePlan,
    targets: Targets<'a>,
    /// `None`: nothing is to be sent.
    producer: Option<ConfirmedProducer>,
    report: &'a Mutex<Option<RedriveReport>>,
}

/// Sends all letters of `source` that `plan` selects.
pub(super) fn all(
    context: &Arc<RunContext>,
    plan: &RedrivePlan,
    servers: &str,
    control: &Control,
    source: &mut dyn LetterSource,
    report: &Mutex<Option<RedriveReport>>,
) -> Result<(), PipelineError> {
    let dead_letter_topic = match &plan.source {
        RedriveSource::Topic { topic, .. } => Some(topic.as_str()),
        RedriveSource::Folder(_) => None,
    };
    let producer = match plan.dry_run {
        true => None,
        false => Some(ConfirmedProducer::new(context, servers, &plan.client, PRODUCER_BYTES_MAX, "redrive")?),
    };
    let targets = Targets::new(plan, control, dead_letter_topic);
    Redrive { context, plan, targets, producer, report }.run(source)
}

impl Redrive<'_> {
    fn run(mut self, source: &mut dyn LetterSource) -> Result<(), PipelineError> {
        let mut group = Group::default();
        let mut left = self.plan.count.unwrap_or(u64::MAX);
        while left > 0 && !self.context.stop.is_requested() {
            let Some(letter) = source.next()? else { break };
            let Some(letter) = self.select(letter) else { continue };
            match self.targets.of(&letter)? {
                Ok(target) => group.add(letter, target),
                Err(problem) => self.fail(&letter, problem),
            }
            left -= 1;
            if group.letters.len() >= GROUP || group.bytes >= GROUP_BYTES {
                self.send(std::mem::take(&mut group), source)?;
            }
        }
        self.send(group, source)
    }

    fn count(&self, change: impl FnOnce(&mut RedriveReport)) {
        if let Some(report) = self.report.lock().as_mut() {
            change(report);
        }
    }

    /// The letter, if it is to be sent.
    fn select(&self, letter: Letter) -> Option<Letter> {
        self.count(|report| report.found += 1);
        let count = match &letter.content {
            Content::AlreadySent => {
                self.count(|report| report.already_sent += 1);
                return None;
            }
            Content::NotSelected => {
                self.count(|report| report.not_selected += 1);
                return None;
            }
            Content::WithoutValue => {
                self.count(|report| report.without_value += 1);
                self.list(&letter, |listed| listed.problem = Some("it has no value to send".to_owned()));
                return None;
            }
            Content::Unusable(problem) => {
                self.count(|report| report.selected += 1);
                self.fail(&letter, problem.clone());
                return None;
            }
            Content::Record { fields, .. } => redrive_count(fields),
        };
        if !self.plan.conditions.iter().all(|condition| condition.allows_name(letter.name())) {
            self.count(|report| report.not_selected += 1);
            return None;
        }
        if self.plan.max_redrives.is_some_and(|max| count >= max) {
            self.count(|report| report.over_max_redrives += 1);
            return None;
        }
        self.count(|report| report.selected += 1);
        Some(letter)
    }

    fn fail(&self, letter: &Letter, problem: String) {
        self.context.notify(Notice::warning(format!("Not sent again: {}: {problem}", shown(letter))));
        self.count(|report| report.failed += 1);
        self.list(letter, |listed| listed.problem = Some(problem));
    }

    fn list(&self, letter: &Letter, change: impl FnOnce(&mut RedrivenLetter)) {
        let redrive_count = match &letter.content {
            Content::Record { fields, .. } => redrive_count(fields) + 1,
            _ => 0,
        };
        let mut listed = RedrivenLetter {
            topic: letter.topic.clone(),
            partition: letter.partition,
            offset: letter.offset,
            name: letter.name().map(str::to_owned),
            reason: letter.reason.clone(),
            redrive_count,
            to_topic: None,
            to_partition: None,
            to_offset: None,
            problem: None,
        };
        change(&mut listed);
        self.count(|report| match report.letters.len() < LETTERS_LISTED_MAX {
            true => report.letters.push(listed),
            false => report.not_listed += 1,
        });
    }

    fn send(&mut self, group: Group, source: &mut dyn LetterSource) -> Result<(), PipelineError> {
        let Group { letters, targets, .. } = group;
        let Some(producer) = self.producer.as_mut().filter(|_| !letters.is_empty()) else {
            for (letter, target) in letters.iter().zip(targets) {
                self.list(letter, |listed| listed.to_topic = Some(target.topic));
            }
            return Ok(());
        };
        source.check_marks(&letters)?;
        let fields: Vec<RecordFields> = letters.iter().map(counted).collect();
        let records: Vec<OutgoingRecord<'_>> = letters
            .iter()
            .zip(&targets)
            .zip(&fields)
            .map(|((letter, Target { topic, partition }), fields)| OutgoingRecord {
                topic,
                partition: *partition,
                // Its old time could be past the topic's retention already.
                timestamp_millis: None,
                value: value_of(letter),
                fields,
            })
            .collect();
        let outcomes = producer.send(&records)?;
        self.settle(&letters, &targets, outcomes, source)
    }

    /// Marks what was acknowledged, and reports the rest.
    fn settle(
        &self,
        letters: &[Letter],
        targets: &[Target],
        outcomes: Vec<SendOutcome>,
        source: &mut dyn LetterSource,
    ) -> Result<(), PipelineError> {
        let mut sent = Vec::with_capacity(letters.len());
        let mut denied = None;
        for ((letter, target), outcome) in letters.iter().zip(targets).zip(outcomes) {
            match outcome {
                Ok((partition, offset)) => {
                    let Content::Record { fields, .. } = &letter.content else { continue };
                    let redrive_count = redrive_count(fields) + 1;
                    sent.push(Sent { letter, topic: &target.topic, partition, offset, redrive_count });
                }
                Err(error) => {
                    let code = error.rdkafka_error_code();
                    let reason = code.map_or_else(|| error.to_string(), |code| code.to_string());
                    self.fail(letter, format!("{}: {reason}", target.topic));
                    let what = || format!("write to the topic {}", target.topic);
                    denied = denied.or(code.filter(|code| is_denial(*code)).map(|code| (what(), code)));
                }
            }
        }
        source.mark(&sent)?;
        for Sent { letter, topic, partition, offset, .. } in sent {
            self.count(|report| report.sent += 1);
            self.list(letter, |listed| {
                listed.to_topic = Some(topic.to_owned());
                (listed.to_partition, listed.to_offset) = (Some(partition), Some(offset));
            });
        }
        match denied {
            // The others would be refused too.
            Some((what, code)) => Err(ClientError::Denied { what, code }.into()),
            None => Ok(()),
        }
    }
}

impl Group {
    fn add(&mut self, letter: Letter, target: Target) {
        self.bytes += letter.size_bytes();
        self.letters.push(letter);
        self.targets.push(target);
    }
}

fn value_of(letter: &Letter) -> Option<&[u8]> {
    match &letter.content {
        Content::Record { value, .. } => value.as_deref(),
        _ => None,
    }
}

/// Key and headers with the count of this time.
fn counted(letter: &Letter) -> RecordFields {
    let Content::Record { fields, .. } = &letter.content else { return RecordFields::default() };
    let mut fields = fields.clone();
    let count = redrive_count(&fields) + 1;
    fields.set_text(REDRIVE_COUNT, &count.to_string());
    fields
}

fn shown(letter: &Letter) -> String {
    match (&letter.topic, letter.partition, letter.offset) {
        (Some(topic), Some(partition), Some(offset)) => format!("{topic} [{partition}] at offset {offset}"),
        _ => match &letter.place {
            super::letter::Place::Topic { partition, offset } => {
                format!("dead letter [{partition}] at offset {offset}")
            }
            super::letter::Place::Folder(listed) => listed.file.clone().unwrap_or_default(),
        },
    }
}
