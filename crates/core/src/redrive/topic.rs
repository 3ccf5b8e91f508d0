//! The letters of a dead letter topic: of this program's consumers, or of Kafka Connect.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};

use super::letter::{Content, Letter, LetterSource, Place, Sent};
use super::positions::{Positions, TopicPlace};
use super::selection::Condition;
use super::topic_lock::TopicLock;
use crate::kafka::client::consumer_config;
use crate::kafka::closing;
use crate::kafka::error::ClientError;
use crate::kafka::events::ClientEvents;
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
    positions: Positions,
    /// Letters that cannot be read, and were not reported yet.
    unreadable: VecDeque<Letter>,
    conditions: &'a [Condition],
    again: bool,
    writes: bool,
    last_progress: Instant,
    last_look: Instant,
    // Released after the last commit.
    _lock: Option<TopicLock>,
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
        // Before it is asked what was sent.
        let lock = writes.then(|| {
            let cluster = client.client().fetch_cluster_id(timeout);
            TopicLock::take(cluster.as_deref().unwrap_or(servers), place.topic, place.group)
        });
        let mut letters = Self {
            context: Arc::clone(context),
            topic: place.topic.to_owned(),
            patience: patience.clone(),
            timeout,
            config,
            client: Some(client),
            positions: Positions::default(),
            unreadable: VecDeque::new(),
            conditions,
            again,
            writes,
            last_progress: Instant::now(),
            last_look: Instant::now(),
            _lock: lock.transpose()?,
        };
        letters.positions = Positions::find(letters.client()?, patience, place, again)?;
        // Before anything is sent: what cannot be marked would be sent again by each redrive.
        letters.commit()?;
        letters.assign()?;
        Ok(letters)
    }

    fn client(&self) -> Result<&BaseConsumer<ClientEvents>, ClientError> {
        self.client.as_ref().ok_or_else(|| RunError::Stopped.into())
    }

    /// Has the client read the partitions that are not at their end.
    fn assign(&self) -> Result<(), ClientError> {
        let assigned = self.positions.assign(self.client()?);
        assigned.map_err(|source| ClientError::Call { doing: "read from the dead letter topic", source })
    }

    fn take(&mut self, letter: Letter, partition: i32, offset: i64) -> Option<Letter> {
        let was_sent = self.positions.read(partition, offset)?;
        if was_sent && !self.again {
            return Some(Letter { content: Content::AlreadySent, ..letter });
        }
        if matches!(letter.content, Content::WithoutValue) {
            self.positions.done(partition, offset);
        }
        Some(letter)
    }

    /// Searches for letters that cannot be read, and continues after them.
    fn pass_damage(&mut self) -> Result<(), ClientError> {
        let failed = |source| ClientError::Call { doing: "look for damage", source };
        let inspector = Inspector::open(&self.config, &self.topic).map_err(failed)?;
        for (partition, Range { start: next, end }) in self.positions.unread() {
            let stop = &self.context.stop;
            match inspector.damage_at(partition, next, end, &|| stop.is_requested()).map_err(failed)? {
                Ok(Damage { from, to, reason }) => {
                    let to = to.min(end);
                    let problem = format!("it cannot be read: {reason}");
                    self.unreadable.extend((from..to).map(|offset| unusable(partition, offset, &problem)));
                    self.positions.skip_to(partition, to);
                    self.last_progress = Instant::now();
                }
                Err(Finding::End) => self.positions.end(partition),
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
        let offsets = self.positions.to_commit()?;
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
        self.positions.committed();
        Ok(())
    }

    fn group(&self) -> &str {
        self.config.get("group.id").unwrap_or_default()
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
            if self.positions.all_read() {
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
                    self.positions.end(partition);
                }
                Polled::Unreadable => self.pass_damage()?,
                Polled::Error(error) => self.judge(&error)?,
            }
        }
    }

    fn check_marks(&mut self, letters: &[Letter]) -> Result<(), PipelineError> {
        let places = letters.iter().filter_map(|letter| match letter.place {
            Place::Topic { partition, offset } => Some((partition, offset)),
            Place::Folder(_) => None,
        });
        if self.writes { Ok(self.positions.check(places)?) } else { Ok(()) }
    }

    fn mark(&mut self, sent: &[Sent<'_>]) -> Result<(), PipelineError> {
        for sent in sent {
            if let Place::Topic { partition, offset } = sent.letter.place {
                self.positions.done(partition, offset);
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
