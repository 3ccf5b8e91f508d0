//! The consumers of a transport run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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
use super::record_tag::{HEADER, HeaderTag};
use super::setup::RunSetup;
use super::statistics::{ClientStatistics, Totals};
use crate::kafka::closing;
use crate::kafka::error::ClientError;
use crate::kafka::events::ClientEvents;
use crate::kafka::record_fields::append_millis;
use crate::run::cancellation::Cancellation;
use crate::run::error::RunError;
use crate::run::stage::Stage;

const POLL: Duration = Duration::from_millis(20);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The members of one of a run's groups. They leave it when dropped.
pub(super) struct Receivers {
    shared: Arc<Shared>,
    members: usize,
    statistics: Arc<ClientStatistics>,
    _threads: Stage,
}

struct Shared {
    counters: Arc<Counters>,
    pool: Arc<Pool>,
    /// The index of the group.
    group: usize,
    partitions: usize,
    began: Instant,
    /// Notified when the members have joined or paused.
    run: Cancellation,
    /// Partitions that each member holds; `None` before its first assignment, which may be empty.
    assigned: Mutex<Vec<Option<BTreeSet<i32>>>>,
    joined_after: Mutex<Option<Duration>>,
    wants_pause: AtomicBool,
    paused: AtomicUsize,
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
    /// Do not call `assignment()` here: during close it deadlocks.
    fn post_rebalance(&self, _client: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        self.rebalances.fetch_add(1, Ordering::AcqRel);
        let mut assigned = self.shared.assigned.lock();
        match (rebalance, &mut assigned[self.index]) {
            (Rebalance::Assign(given), own) => own.get_or_insert_default().extend(partitions(given)),
            // A revocation does not mean that the member has joined.
            (_, None) => {}
            (Rebalance::Revoke(taken), Some(own)) => {
                let taken: BTreeSet<i32> = partitions(taken).collect();
                own.retain(|partition| !taken.contains(partition));
            }
            (Rebalance::Error(_), Some(own)) => own.clear(),
        }
        let held: Option<usize> = assigned.iter().map(|own| own.as_ref().map(BTreeSet::len)).sum();
        // While other members still join, the first may hold all partitions.
        let is_joined = held == Some(self.shared.partitions);
        drop(assigned);
        *self.shared.joined_after.lock() = is_joined.then(|| self.shared.began.elapsed());
        self.shared.run.notify();
    }
}

/// The partitions of a list; all are of the run's topic.
fn partitions(list: &TopicPartitionList) -> impl Iterator<Item = i32> {
    list.elements().into_iter().map(|element| element.partition())
}

impl Receivers {
    /// Starts the members, which join the group of this index. `stop`: the run's, notified when they have joined or
    /// paused.
    pub(super) fn start(
        setup: &RunSetup<'_>,
        group: usize,
        counters: &Arc<Counters>,
        pool: &Arc<Pool>,
        stop: &Cancellation,
    ) -> Result<Self, RunError> {
        let members = setup.plan.consumers;
        let mut threads = Stage::new(setup.run.context);
        let shared = Arc::new(Shared {
            counters: Arc::clone(counters),
            pool: Arc::clone(pool),
            group,
            partitions: setup.run.partitions(),
            began: Instant::now(),
            run: stop.clone(),
            assigned: Mutex::new(vec![None; members]),
            joined_after: Mutex::new(None),
            wants_pause: AtomicBool::new(false),
            paused: AtomicUsize::new(0),
        });
        let statistics = Arc::new(ClientStatistics::default());
        let mut config = setup.consumer.clone();
        config.set("group.id", setup.group_name(group));
        for index in 0..members {
            let name = match setup.plan.groups {
                1 => format!("bench-consumer-{}", index + 1),
                _ => format!("bench-group-{}-consumer-{}", group + 1, index + 1),
            };
            let context = MemberContext {
                index,
                events: ClientEvents::new(setup.run.context, &name),
                shared: Arc::clone(&shared),
                statistics: Arc::clone(&statistics),
                rebalances: AtomicUsize::new(0),
            };
            let member = Member {
                name: name.clone(),
                topic: setup.run.name.clone(),
                config: config.clone(),
                shared: Arc::clone(&shared),
                stop: threads.cancellation().clone(),
            };
            threads.spawn(name, move || member.receive(context))?;
        }
        Ok(Self { shared, members, statistics, _threads: threads })
    }

    /// How long joining took, once all partitions are held.
    pub(super) fn joined_after(&self) -> Option<Duration> {
        *self.shared.joined_after.lock()
    }

    /// Pauses or resumes receiving; the members stay in the group.
    pub(super) fn pause(&self, wants_pause: bool) {
        self.shared.wants_pause.store(wants_pause, Ordering::Release);
    }

    /// Whether all members have paused.
    pub(super) fn are_paused(&self) -> bool {
        self.shared.paused.load(Ordering::Acquire) == self.members
    }

    /// The totals of the members' clients in their latest reports.
    pub(super) fn current(&self) -> Totals {
        self.statistics.current()
    }

    /// The totals of the members' clients until now.
    pub(super) fn settled(&self) -> Totals {
        self.statistics.settled(&self.shared.run)
    }
}

/// One member, on its own thread.
struct Member {
    name: String,
    topic: String,
    config: ClientConfig,
    shared: Arc<Shared>,
    stop: Cancellation,
}

impl Member {
    fn receive(self, context: MemberContext) -> Result<(), ClientError> {
        let Self { name, topic, config, shared, stop } = self;
        let client: BaseConsumer<MemberContext> = config
            .create_with_context(context)
            .map_err(|source| ClientError::Call { doing: "create the consumer", source })?;
        client.subscribe(&[&topic]).map_err(|source| ClientError::Call { doing: "subscribe to the topic", source })?;
        let (mut is_paused, mut paused_at) = (false, 0);
        while !stop.is_requested() {
            let wants_pause = shared.wants_pause.load(Ordering::Acquire);
            let rebalances = client.context().rebalances.load(Ordering::Acquire);
            if wants_pause != is_paused {
                (is_paused, paused_at) = (wants_pause, rebalances);
                set_paused(&shared, &client, is_paused);
            } else if is_paused && rebalances != paused_at {
                // Partitions assigned since then are not paused.
                paused_at = rebalances;
                if let Err(error) = client.assignment().and_then(|held| client.pause(&held)) {
                    shared.counters.error(|| format!("pausing failed: {error}"));
                }
            }
            match client.poll(POLL) {
                None => {}
                Some(Ok(message)) => count(&shared, &message),
                Some(Err(error)) => on_error(&shared, &topic, &error)?,
            }
        }
        closing::close(&name, client, || CLOSE_TIMEOUT);
        Ok(())
    }
}

fn set_paused(shared: &Shared, client: &BaseConsumer<MemberContext>, is_paused: bool) {
    let done = client.assignment().and_then(|held| if is_paused { client.pause(&held) } else { client.resume(&held) });
    match done {
        Ok(()) if is_paused => {
            shared.paused.fetch_add(1, Ordering::AcqRel);
            shared.run.notify();
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
    let tag = header.and_then(|header| HeaderTag::from_bytes(header.value?));
    let image_bytes = tag.as_ref().and_then(|tag| shared.pool.image_bytes.get(tag.index).copied());
    let (Some(HeaderTag { sequence, intended, .. }), Some(image_bytes)) = (tag, image_bytes) else {
        return counters.error(|| "a record on the topic is not of this run".to_owned());
    };
    let group = shared.group;
    if !counters.groups[group].advance(message.partition(), message.offset()) {
        return;
    }
    if sequence == UNCOUNTED {
        return counters.received_uncounted(group, message.partition());
    }
    if counters.received(group, sequence, (intended, now), image_bytes, message.partition()) {
        let position = (message.partition(), message.offset());
        counters.passed(position, [intended, now], append_millis(message.timestamp()));
    }
}

fn on_error(shared: &Shared, topic: &str, error: &KafkaError) -> Result<(), ClientError> {
    match error.rdkafka_error_code() {
        Some(code @ (RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::GroupAuthorizationFailed)) => {
            Err(ClientError::Denied { what: format!("read the topic {topic} with a group of this name"), code })
        }
        // The topic is new: its metadata has not reached every broker yet.
        Some(RDKafkaErrorCode::UnknownTopicOrPartition) => Ok(()),
        _ => {
            shared.counters.error(|| error.to_string());
            Ok(())
        }
    }
}
