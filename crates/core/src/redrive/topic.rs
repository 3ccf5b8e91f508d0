//! The letters of a dead letter topic: of this program's consumers, or of Kafka Connect.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::Offset;

use super::letter::{Content, Letter, LetterSource, Place, Sent};
use super::selection::Condition;
use super::sent_offsets::SentOffsets;
use crate::kafka::client::consumer_config;
use crate::kafka::closing;
use crate::kafka::control::TopicMetadata;
use crate::kafka::error::ClientError;
use crate::kafka::events::ClientEvents;
use crate::kafka::group_state::bounds_of;
use crate::kafka::inspector::{Damage, Finding, Inspector, is_unreadable};
use crate::kafka::patience::Patience;
use crate::kafka::record_fields::RecordFields;
use crate::model::client_settings::ClientSettings;
use crate::pipeline::PipelineError;
use crate::pipeline::sink::dead_letter_headers::{origin, without_description};
use crate::run::context::RunContext;
use crate::run::error::{RunError, SettingsError};

const POLL: Duration = Duration::from_millis(50);
/// After this long without a letter, unreadable ones are searched for.
const LOOK_INTERVAL: Duration = Duration::from_secs(3);
const CLOSING_PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct TopicLetters<'a> {
    context: Arc<RunContext>,
    topic: String,
    patience: Patience,
    timeout: Duration,
    config: ClientConfig,
    // Taken out when it is closed.
    client: Option<BaseConsumer<ClientEvents>>,
    parts: BTreeMap<i32, Part>,
    /// Letters that cannot be read, and were not reported yet.
    unreadable: VecDeque<Letter>,
    conditions: &'a [Condition],
    again: bool,
    writes: bool,
    last_progress: Instant,
    last_look: Instant,
}

/// A partition.
struct Part {
    /// The next offset to read, and the end when the redrive began.
    next: i64,
    end: i64,
    sent: SentOffsets,
    /// Whether more is done than was committed.
    is_ahead: bool,
}

/// The topic and the group that remembers what was sent.
pub(super) struct TopicPlace<'a> {
    pub(super) topic: &'a str,
    pub(super) group: &'a str,
    pub(super) metadata: &'a TopicMetadata,
}

impl<'a> TopicLetters<'a> {
    /// `writes`: what is sent is to be marked. `again`: also what was sent before.
    pub(super) fn open(
        context: &Arc<RunContext>,
        (servers, settings): (&str, &ClientSettings),
        (patience, timeout): (&Patience, Duration),
        place: &TopicPlace<'_>,
        conditions: &'a [Condition],
        (again, writes): (bool, bool),
    ) -> Result<Self, PipelineError> {
        let mut config = consumer_config(servers, settings, place.group, 1, place.metadata.max_message_bytes);
        config
            .remove("group.instance.id")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("allow.auto.create.topics", "false")
            .set("queued.max.messages.kbytes", "16384");
        let client: BaseConsumer<ClientEvents> = config
            .create_with_context(ClientEvents::new(context, "redrive"))
            .map_err(|source| ClientError::Call { doing: "make the client that reads dead letters", source })?;
        let mut letters = Self {
            context: Arc::clone(context),
            topic: place.topic.to_owned(),
            patience: patience.clone(),
            timeout,
            config,
            client: Some(client),
            parts: BTreeMap::new(),
            unreadable: VecDeque::new(),
            conditions,
            again,
            writes,
            last_progress: Instant::now(),
            last_look: Instant::now(),
        };
        letters.find_positions(place)?;
        // Before anything is sent: what cannot be marked would be sent again by each redrive.
        letters.commit()?;
        letters.assign()?;
        Ok(letters)
    }

    fn client(&self) -> Result<&BaseConsumer<ClientEvents>, ClientError> {
        self.client.as_ref().ok_or_else(|| RunError::Stopped.into())
    }

    fn find_positions(&mut self, place: &TopicPlace<'_>) -> Result<(), ClientError> {
        let count = i32::try_from(place.metadata.partitions).unwrap_or(i32::MAX);
        let numbers: Vec<i32> = (0..count).collect();
        let client = self.client()?;
        let mut parts = BTreeMap::new();
        let what = || format!("read the topic {} as the consumer group {}", place.topic, place.group);
        let failed = |source| ClientError::Call { doing: "ask which dead letters were sent", source }.or_denied(what);
        let (bounds, committed) = self.patience.retry(|attempt| {
            let mut wanted = TopicPartitionList::with_capacity(numbers.len());
            wanted.add_partition_range(place.topic, 0, count - 1);
            let bounds = bounds_of(client, place.topic, &numbers, attempt).map_err(failed)?;
            Ok((bounds, client.committed_offsets(wanted, attempt).map_err(failed)?))
        })?;
        for number in numbers {
            let Some(bounds) = bounds.get(&number) else {
                let reason = format!("no broker leads its partition {number}");
                return Err(ClientError::Topic { topic: place.topic.to_owned(), reason });
            };
            let committed = committed.find_partition(place.topic, number);
            let mut sent = match committed.as_ref().map(|found| (found.offset(), found.metadata())) {
                // Beyond the end: the topic was created anew.
                Some((Offset::Offset(offset), note)) if offset <= bounds.end => SentOffsets::read(offset, note),
                _ => SentOffsets::read(bounds.start, ""),
            };
            // What is no longer on the topic is done.
            sent.add(sent.next()..bounds.start);
            let next = if self.again { bounds.start } else { sent.next() };
            parts.insert(number, Part { next, end: bounds.end, sent, is_ahead: true });
        }
        self.parts = parts;
        Ok(())
    }

    /// Has the client read the partitions that are not at their end.
    fn assign(&self) -> Result<(), ClientError> {
        let mut assignment = TopicPartitionList::new();
        let open = self.parts.iter().filter(|(_, part)| part.next < part.end);
        let added = open.map(|(&partition, part)| {
            assignment.add_partition_offset(&self.topic, partition, Offset::Offset(part.next))
        });
        let added: KafkaResult<()> = added.collect();
        let client = self.client()?;
        let assigned = added.and_then(|()| client.assign(&assignment));
        assigned.map_err(|source| ClientError::Call { doing: "read from the dead letter topic", source })
    }

    /// Goes to `next`, the next letter; the offsets before it hold none, and count as done.
    fn pass(&mut self, partition: i32, next: i64) {
        if let Some(part) = self.parts.get_mut(&partition).filter(|part| part.next < next) {
            part.sent.add(part.next..next);
            part.is_ahead = true;
            part.next = next;
        }
    }

    /// Nothing is left to read; what was not seen does not count as done.
    fn end(&mut self, partition: i32) {
        if let Some(part) = self.parts.get_mut(&partition) {
            part.next = part.end;
        }
    }

    fn take(&mut self, letter: Letter, partition: i32, offset: i64) -> Option<Letter> {
        let part = self.parts.get(&partition).filter(|part| offset >= part.next)?;
        if offset >= part.end {
            self.end(partition);
            return None;
        }
        // In between are marks of transactions, and what was compacted.
        self.pass(partition, offset);
        let part = self.parts.get_mut(&partition)?;
        part.next = offset + 1;
        if !self.again && part.sent.contains(offset) {
            return Some(Letter { content: Content::AlreadySent, ..letter });
        }
        if matches!(letter.content, Content::WithoutValue) {
            part.sent.add(offset..offset + 1);
            part.is_ahead = true;
        }
        Some(letter)
    }

    /// Searches for letters that cannot be read, and continues after them.
    fn pass_damage(&mut self) -> Result<(), ClientError> {
        let failed = |source| ClientError::Call { doing: "look for damage", source };
        let inspector = Inspector::open(&self.config, &self.topic).map_err(failed)?;
        let open: Vec<(i32, i64, i64)> = self
            .parts
            .iter()
            .filter(|(_, part)| part.next < part.end)
            .map(|(&n, part)| (n, part.next, part.end))
            .collect();
        for (partition, next, end) in open {
            let stop = &self.context.stop;
            match inspector.damage_at(partition, next, end, &|| stop.is_requested()).map_err(failed)? {
                Ok(Damage { from, to, reason }) => {
                    let to = to.min(end);
                    let problem = format!("it cannot be read: {reason}");
                    self.unreadable.extend((from..to).map(|offset| unusable(partition, offset, &problem)));
                    if let Some(part) = self.parts.get_mut(&partition) {
                        part.next = to;
                    }
                    self.last_progress = Instant::now();
                }
                Err(Finding::End) => self.end(partition),
                Err(_) => {}
            }
        }
        self.last_look = Instant::now();
        self.assign()
    }

    fn judge(&self, error: &KafkaError) -> Result<(), ClientError> {
        use RDKafkaErrorCode as Code;
        match error.rdkafka_error_code() {
            Some(code @ (Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed)) => {
                Err(ClientError::Denied { what: format!("read the topic {}", self.topic), code })
            }
            Some(code @ (Code::UnknownTopicOrPartition | Code::UnknownTopic)) => {
                Err(ClientError::Topic { topic: self.topic.clone(), reason: code.to_string() })
            }
            _ => {
                tracing::debug!("while reading dead letters: {error}");
                Ok(())
            }
        }
    }

    fn poll(&self) -> Result<Polled, ClientError> {
        Ok(match self.client()?.poll(POLL) {
            None => Polled::Nothing,
            Some(Ok(message)) => Polled::Letter(self.letter(&message), message.partition(), message.offset()),
            Some(Err(KafkaError::PartitionEOF(partition))) => Polled::End(partition),
            Some(Err(error)) if is_unreadable(&error) => Polled::Unreadable,
            Some(Err(error)) => Polled::Error(error),
        })
    }

    /// A poll without a letter.
    fn wait(&mut self) -> Result<(), ClientError> {
        if !self.context.reachability.is_up() {
            self.last_progress = Instant::now();
        } else if self.last_progress.elapsed() > self.timeout {
            let reason = format!("no dead letter arrives from it for {} s", self.timeout.as_secs_f64());
            return Err(ClientError::TimedOut { topic: self.topic.clone(), reason });
        } else if self.last_progress.max(self.last_look).elapsed() > LOOK_INTERVAL {
            self.pass_damage()?;
        }
        Ok(())
    }

    fn letter(&self, message: &BorrowedMessage<'_>) -> Letter {
        let place = Place::Topic { partition: message.partition(), offset: message.offset() };
        let fields = RecordFields::of(message);
        let origin = origin(&fields);
        let is_unreadable = origin.as_ref().is_some_and(|origin| origin.is_unreadable);
        let mut letter = Letter {
            topic: origin.as_ref().map(|origin| origin.topic.clone()),
            partition: origin.as_ref().and_then(|origin| origin.partition),
            offset: origin.as_ref().and_then(|origin| origin.offset),
            reason: origin.map(|origin| origin.reason).unwrap_or_default(),
            content: Content::NotSelected,
            place,
        };
        if self.conditions.iter().all(|condition| condition.allows(letter.facts())) {
            letter.content = match (message.payload(), is_unreadable) {
                (None, true) => Content::WithoutValue,
                (value, _) => Content::Record { value: value.map(<[u8]>::to_vec), fields: without_description(fields) },
            };
        }
        letter
    }

    /// Commits what is done.
    fn commit(&mut self) -> Result<(), ClientError> {
        if !self.writes {
            return Ok(());
        }
        let mut offsets = TopicPartitionList::new();
        for (&partition, part) in self.parts.iter().filter(|(_, part)| part.is_ahead) {
            let note = part.sent.note().map_err(|_| self.too_scattered(partition))?;
            offsets.add_partition(&self.topic, partition).set_metadata(note);
            let set = offsets.set_partition_offset(&self.topic, partition, Offset::Offset(part.sent.next()));
            set.map_err(|source| ClientError::Call { doing: "commit which dead letters were sent", source })?;
        }
        if offsets.count() == 0 {
            return Ok(());
        }
        let client = self.client()?;
        self.patience.retry(|_| {
            let committed = client.commit(&offsets, CommitMode::Sync);
            let failed = |source| ClientError::Call { doing: "commit which dead letters were sent", source };
            let what = || format!("commit offsets of {} as the group {}", self.topic, self.group());
            committed.map_err(|source| match source.rdkafka_error_code() {
                Some(RDKafkaErrorCode::UnknownMemberId | RDKafkaErrorCode::IllegalGeneration) => {
                    let group = self.group();
                    SettingsError(format!(
                        "the group {group} has consumers at the moment; give another one with --group"
                    ))
                    .into()
                }
                _ => failed(source).or_denied(what),
            })
        })?;
        self.parts.values_mut().for_each(|part| part.is_ahead = false);
        Ok(())
    }

    fn group(&self) -> &str {
        self.config.get("group.id").unwrap_or_default()
    }

    fn too_scattered(&self, partition: i32) -> ClientError {
        let reason = format!(
            "the selected letters are too scattered over partition {partition} of {}: Kafka has no room to note which of them \
             were sent; select more of them, or fewer with --count",
            self.topic
        );
        SettingsError(reason).into()
    }
}

/// What a poll brings.
enum Polled {
    Nothing,
    Letter(Letter, i32, i64),
    End(i32),
    Unreadable,
    Error(KafkaError),
}

fn unusable(partition: i32, offset: i64, problem: &str) -> Letter {
    Letter {
        topic: None,
        partition: None,
        offset: None,
        reason: String::new(),
        content: Content::Unusable(problem.to_owned()),
        place: Place::Topic { partition, offset },
    }
}

impl LetterSource for TopicLetters<'_> {
    fn next(&mut self) -> Result<Option<Letter>, PipelineError> {
        // Sending the letters before may have taken a whole downtime, which is no time without a letter.
        self.last_progress = Instant::now();
        loop {
            if let Some(letter) = self.unreadable.pop_front() {
                return Ok(Some(letter));
            }
            if self.parts.values().all(|part| part.next >= part.end) {
                return Ok(None);
            }
            if self.context.stop.is_requested() {
                return Err(RunError::Stopped.into());
            }
            match self.poll()? {
                Polled::Nothing => self.wait()?,
                Polled::Letter(letter, partition, offset) => {
                    self.last_progress = Instant::now();
                    if let Some(letter) = self.take(letter, partition, offset) {
                        return Ok(Some(letter));
                    }
                }
                Polled::End(partition) => {
                    self.last_progress = Instant::now();
                    self.end(partition);
                }
                Polled::Unreadable => self.pass_damage()?,
                Polled::Error(error) => self.judge(&error)?,
            }
        }
    }

    fn check_marks(&mut self, letters: &[Letter]) -> Result<(), PipelineError> {
        let mut sent: BTreeMap<i32, SentOffsets> =
            self.parts.iter().map(|(&partition, part)| (partition, part.sent.clone())).collect();
        for letter in letters {
            if let Place::Topic { partition, offset } = letter.place
                && let Some(sent) = sent.get_mut(&partition)
            {
                sent.add(offset..offset + 1);
            }
        }
        match sent.iter().find(|(_, sent)| sent.note().is_err()) {
            Some((&partition, _)) if self.writes => Err(self.too_scattered(partition).into()),
            _ => Ok(()),
        }
    }

    fn mark(&mut self, sent: &[Sent<'_>]) -> Result<(), PipelineError> {
        for sent in sent {
            if let Place::Topic { partition, offset } = sent.letter.place
                && let Some(part) = self.parts.get_mut(&partition)
            {
                part.sent.add(offset..offset + 1);
                part.is_ahead = true;
            }
        }
        Ok(self.commit()?)
    }

    fn finish(&mut self) -> Result<(), PipelineError> {
        Ok(self.commit()?)
    }
}

impl Drop for TopicLetters<'_> {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            closing::close("redrive", client, || CLOSING_PATIENCE);
        }
    }
}
