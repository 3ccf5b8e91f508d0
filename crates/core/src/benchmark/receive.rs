//! The consumer of a transport run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Statistics, TopicPartitionList};

use super::counters::{Counters, UNCOUNTED};
use super::payloads::Pool;
use super::send::{Facts, HEADER};
use super::statistics::{ClientStatistics, Totals};
use crate::kafka::client::ClientEvents;
use crate::kafka::closing;
use crate::pipeline::PipelineError;
use crate::run::context::RunContext;
use crate::run::stage::spawn_stage;

const POLL: Duration = Duration::from_millis(20);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The members of a run's group.
pub(super) struct Receivers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    statistics: Arc<ClientStatistics>,
}

struct Shared {
    counters: Arc<Counters>,
    pool: Arc<Pool>,
    partitions: usize,
    began: Instant,
    /// Partitions that each member holds; `None` before it was given any, be they none.
    assigned: Mutex<Vec<Option<BTreeSet<i32>>>>,
    joined_after: Mutex<Option<Duration>>,
    wants_pause: AtomicBool,
    paused: AtomicUsize,
    is_over: AtomicBool,
}

struct MemberContext {
    index: usize,
    events: ClientEvents,
    shared: Arc<Shared>,
    statistics: Arc<ClientStatistics>,
    rebalances: AtomicUsize,
}

impl ClientContext for MemberContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.shared.counters.error(|| format!("{error}: {reason}"));
        self.events.on_error(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        self.statistics.take(&statistics);
    }
}

impl ConsumerContext for MemberContext {
    /// The client itself must not be asked for its assignment here: once the last partitions are given up a client that
    /// closes has nobody left who answers, and it would be waited for without an end.
    fn post_rebalance(&self, _client: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        self.rebalances.fetch_add(1, Ordering::AcqRel);
        let mut assigned = self.shared.assigned.lock();
        match (rebalance, &mut assigned[self.index]) {
            (Rebalance::Assign(given), own) => own.get_or_insert_default().extend(partitions(given)),
            // Giving up partitions is no answer to having joined.
            (_, None) => {}
            (Rebalance::Revoke(taken), Some(own)) => {
                let taken: BTreeSet<i32> = partitions(taken).collect();
                own.retain(|partition| !taken.contains(partition));
            }
            (Rebalance::Error(_), Some(own)) => own.clear(),
        }
        let held: Option<usize> = assigned.iter().map(|own| own.as_ref().map(BTreeSet::len)).sum();
        // While members still join, the first of them may hold all.
        let is_joined = held == Some(self.shared.partitions);
        *self.shared.joined_after.lock() = is_joined.then(|| self.shared.began.elapsed());
    }
}

/// The partitions of a list; all are of the run's topic.
fn partitions(list: &TopicPartitionList) -> impl Iterator<Item = i32> {
    list.elements().into_iter().map(|element| element.partition())
}

impl Receivers {
    pub(super) fn start(
        context: &Arc<RunContext>,
        config: &ClientConfig,
        topic: &str,
        partitions: usize,
        members: usize,
        counters: &Arc<Counters>,
        pool: &Arc<Pool>,
    ) -> Result<Self, PipelineError> {
        let shared = Arc::new(Shared {
            counters: Arc::clone(counters),
            pool: Arc::clone(pool),
            partitions,
            began: Instant::now(),
            assigned: Mutex::new(vec![None; members]),
            joined_after: Mutex::new(None),
            wants_pause: AtomicBool::new(false),
            paused: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        });
        let statistics = Arc::new(ClientStatistics::default());
        let mut receivers =
            Self { shared: Arc::clone(&shared), threads: Vec::new(), statistics: Arc::clone(&statistics) };
        for index in 0..members {
            let name = format!("bench-consumer-{}", index + 1);
            let member = MemberContext {
                index,
                events: ClientEvents::new(context, &name),
                shared: Arc::clone(&shared),
                statistics: Arc::clone(&statistics),
                rebalances: AtomicUsize::new(0),
            };
            let (config, topic, shared) = (config.clone(), topic.to_owned(), Arc::clone(&shared));
            let thread = spawn_stage(context, name.clone(), move || receive(&shared, &config, &topic, member, &name))?;
            receivers.threads.push(thread);
        }
        Ok(receivers)
    }

    /// How long joining took, once all partitions are held.
    pub(super) fn joined_after(&self) -> Option<Duration> {
        *self.shared.joined_after.lock()
    }

    /// Stops or goes on receiving; the members stay in the group.
    pub(super) fn pause(&self, wants_pause: bool) {
        self.shared.wants_pause.store(wants_pause, Ordering::Release);
    }

    /// Whether all members have paused.
    pub(super) fn are_paused(&self) -> bool {
        self.shared.paused.load(Ordering::Acquire) == self.threads.len()
    }

    /// What the members report, until now.
    pub(super) fn settled(&self) -> Totals {
        self.statistics.settled()
    }

    /// Leaves the group.
    pub(super) fn stop(self) {
        self.shared.is_over.store(true, Ordering::Release);
        for thread in self.threads {
            // A panic has been reported by the thread itself.
            let _ = thread.join();
        }
    }
}

fn receive(
    shared: &Shared,
    config: &ClientConfig,
    topic: &str,
    member: MemberContext,
    name: &str,
) -> Result<(), PipelineError> {
    let client: BaseConsumer<MemberContext> = config
        .create_with_context(member)
        .map_err(|source| PipelineError::Kafka { doing: "make the consumer", source })?;
    client.subscribe(&[topic]).map_err(|source| PipelineError::Kafka { doing: "subscribe to the topic", source })?;
    let (mut is_paused, mut paused_at) = (false, 0);
    while !shared.is_over.load(Ordering::Acquire) {
        let wants_pause = shared.wants_pause.load(Ordering::Acquire);
        let rebalances = client.context().rebalances.load(Ordering::Acquire);
        if wants_pause != is_paused {
            (is_paused, paused_at) = (wants_pause, rebalances);
            set_paused(shared, &client, is_paused);
        } else if is_paused && rebalances != paused_at {
            // What was assigned since is not paused.
            paused_at = rebalances;
            if let Err(error) = client.assignment().and_then(|held| client.pause(&held)) {
                shared.counters.error(|| format!("pausing failed: {error}"));
            }
        }
        match client.poll(POLL) {
            None => {}
            Some(Ok(message)) => count(shared, &message),
            Some(Err(error)) => on_error(shared, topic, &error)?,
        }
    }
    closing::close(name, client, || CLOSE_TIMEOUT);
    Ok(())
}

fn set_paused(shared: &Shared, client: &BaseConsumer<MemberContext>, is_paused: bool) {
    let done = client.assignment().and_then(|held| if is_paused { client.pause(&held) } else { client.resume(&held) });
    match done {
        Ok(()) if is_paused => {
            shared.paused.fetch_add(1, Ordering::AcqRel);
        }
        Ok(()) => {
            shared.paused.fetch_sub(1, Ordering::AcqRel);
        }
        Err(error) => shared.counters.error(|| format!("pausing failed: {error}")),
    }
}

fn count(shared: &Shared, message: &BorrowedMessage<'_>) {
    let counters = &shared.counters;
    let now = counters.now();
    let header = message.headers().and_then(|headers| headers.try_get(0)).filter(|header| header.key == HEADER);
    let facts = header.and_then(|header| Facts::from_bytes(header.value?));
    let image_bytes = facts.as_ref().and_then(|facts| shared.pool.image_bytes.get(facts.index).copied());
    let (Some(Facts { sequence, intended, .. }), Some(image_bytes)) = (facts, image_bytes) else {
        return counters.error(|| "a record on the topic is not of this run".to_owned());
    };
    if !counters.advance(message.partition(), message.offset()) {
        return;
    }
    if sequence == UNCOUNTED {
        return counters.received_uncounted(message.partition());
    }
    counters.received(sequence, intended, now, image_bytes, message.partition());
}

fn on_error(shared: &Shared, topic: &str, error: &KafkaError) -> Result<(), PipelineError> {
    match error.rdkafka_error_code() {
        Some(code @ (RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::GroupAuthorizationFailed)) => {
            Err(PipelineError::Denied { what: format!("read the topic {topic} with a group of this name"), code })
        }
        // The topic is young: its metadata is still on its way.
        Some(RDKafkaErrorCode::UnknownTopicOrPartition) => Ok(()),
        _ => {
            shared.counters.error(|| error.to_string());
            Ok(())
        }
    }
}
