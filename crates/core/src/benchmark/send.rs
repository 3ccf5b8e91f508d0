//! The producers of a transport run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rdkafka::Statistics;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, PurgeConfig, ThreadedProducer};

use super::counters::{Counters, UNCOUNTED};
use super::in_flight::{InFlight, in_flight_bytes};
use super::payloads::{Playback, Pool};
use super::record_tag::{DeliveryTag, HEADER, HeaderTag};
use super::setup::RunSetup;
use super::statistics::ClientStatistics;
use crate::configuration::LoadShape;
use crate::kafka::error::ClientError;
use crate::kafka::events::{ClientEvents, fatal_reason};
use crate::kafka::record_fields::append_millis;
use crate::kafka::statistics::round_trip;
use crate::metrics::SentRecord;
use crate::run::cancellation::Cancellation;

/// After this long without an acknowledgement, records in flight are abandoned.
const STALLED: Duration = Duration::from_secs(30);
/// The client does not report when its queue is no longer full: sending is retried after this.
const QUEUE_FULL_BACKOFF: Duration = Duration::from_micros(200);
/// Below this, spin instead of sleeping.
const SPIN: Duration = Duration::from_micros(100);

/// One producer: sends its share of the records, and counts their outcomes. Methods return early when the run is stopped.
pub(super) struct Sender {
    client: ThreadedProducer<DeliveryContext>,
    topic: String,
    shared: Arc<Shared>,
    /// Counts the records of all producers, to send the images in turn.
    next: Arc<AtomicUsize>,
    share: Share,
}

/// Which of a run's records a producer sends: in turn with the others, from the one of its index on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) index: usize,
    pub(super) producers: usize,
}

struct Shared {
    counters: Arc<Counters>,
    pool: Arc<Pool>,
    keys: Vec<Option<String>>,
    in_flight: InFlight,
    statistics: Arc<ClientStatistics>,
    is_ready: AtomicBool,
    stop: Cancellation,
}

struct DeliveryContext {
    events: ClientEvents,
    shared: Arc<Shared>,
    /// Its place among the producers.
    index: usize,
}

/// When records are to be sent.
#[derive(Clone)]
pub(super) enum Schedule {
    /// As soon as there is room.
    FullSpeed,
    /// This many images per second.
    Constant(f64),
    /// A load that changes.
    Shaped(LoadShape),
    /// At the capture times of the images.
    Replayed(Arc<Playback>),
}

/// What is sent next, and when.
#[derive(Clone, Copy, Default)]
struct Turn {
    /// When it is due after the start; `None` at full speed.
    due: Option<Duration>,
    /// The image of the pool; `None`: the next one of all producers.
    image: Option<usize>,
}

impl Schedule {
    /// What record `number`, from 0, is.
    fn turn(&self, number: u64) -> Turn {
        match self {
            Self::FullSpeed => Turn::default(),
            Self::Constant(rate_per_s) => {
                let due = Duration::try_from_secs_f64(number as f64 / rate_per_s).unwrap_or(Duration::MAX);
                Turn { due: Some(due), image: None }
            }
            Self::Shaped(shape) => Turn { due: shape.due(number), image: None },
            Self::Replayed(playback) => match playback.entry(number) {
                Some((image, due)) => Turn { due: Some(due), image: Some(image) },
                None => Turn::default(),
            },
        }
    }
}

/// When to stop.
#[derive(Clone, Copy)]
pub(super) enum Until {
    Elapsed(Duration),
    Count(u64),
}

impl ClientContext for DeliveryContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.shared.counters.error(|| format!("{error}: {reason}"));
        self.events.on_error(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        let state = statistics.eos.as_ref().map(|eos| eos.idemp_state.as_str());
        if state == Some("Assigned") && !self.shared.is_ready.swap(true, Ordering::AcqRel) {
            self.shared.stop.notify();
        }
        let windows = statistics.brokers.values().filter_map(|broker| broker.rtt.as_ref());
        self.shared.counters.stages.reported(self.index, round_trip(windows));
        self.shared.statistics.take(&statistics);
    }
}

impl ProducerContext for DeliveryContext {
    // Three numbers in one, so that a record needs no allocation.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, packed: usize) {
        let (message, error) = match result {
            Ok(message) => (message, None),
            Err((error, message)) => (message, Some(error)),
        };
        self.shared.in_flight.give_back(message.payload_len() as u64);
        let DeliveryTag { is_counted, index, intended } = DeliveryTag::unpack(packed);
        let counters = &self.shared.counters;
        if error.is_none() {
            let record = SentRecord {
                is_counted,
                position: (message.partition(), message.offset()),
                handed_over: intended,
                acknowledged: counters.now(),
                append_millis: append_millis(message.timestamp()),
            };
            counters.stages.acknowledged(self.index, record);
        }
        match error {
            Some(error) => {
                counters.error(|| error.to_string());
                if is_counted {
                    counters.failed.add_one();
                }
            }
            None if is_counted => {
                counters.acknowledged(intended, self.shared.pool.image_bytes[index], message.partition());
            }
            None => counters.acknowledged_uncounted(message.partition()),
        }
    }
}

impl Sender {
    pub(super) fn new(
        setup: &RunSetup<'_>,
        counters: &Arc<Counters>,
        pool: &Arc<Pool>,
        statistics: &Arc<ClientStatistics>,
        (share, next): (Share, &Arc<AtomicUsize>),
        stop: &Cancellation,
    ) -> Result<Self, ClientError> {
        let config = &setup.producer;
        let is_idempotent = config.get("enable.idempotence") == Some("true");
        let shared = Arc::new(Shared {
            counters: Arc::clone(counters),
            pool: Arc::clone(pool),
            keys: pool.keys(setup.run.configuration.key),
            in_flight: InFlight::new(in_flight_bytes(share.producers).max(pool.max_value_bytes() as u64), stop),
            statistics: Arc::clone(statistics),
            is_ready: AtomicBool::new(!is_idempotent),
            stop: stop.clone(),
        });
        let name = if share.producers == 1 { "producer".to_owned() } else { format!("producer {}", share.index + 1) };
        let events = ClientEvents::new(setup.run.context, &name);
        let delivery = DeliveryContext { events, shared: Arc::clone(&shared), index: share.index };
        let client = config
            .create_with_context(delivery)
            .map_err(|source| ClientError::Call { doing: "create the producer", source })?;
        Ok(Self { client, topic: setup.run.name.clone(), shared, next: Arc::clone(next), share })
    }

    /// Connects, and waits for the producer's id, until `deadline`. If this fails, sending connects by itself.
    pub(super) fn connect(&self, deadline: Instant) {
        let _ = self.client.client().fetch_metadata(Some(&self.topic), Duration::from_secs(5));
        self.shared.stop.wait_until(Some(deadline), || self.shared.is_ready.load(Ordering::Acquire));
    }

    /// One uncounted record to each partition.
    pub(super) fn probe(&self, partitions: i32) -> Result<(), ClientError> {
        for partition in 0..partitions {
            self.send(Some(partition), UNCOUNTED, (self.shared.counters.now(), None))?;
        }
        self.flush()
    }

    /// Sends its share until `until` is reached, which is that of all producers. `is_counted`: whether these records are counted.
    pub(super) fn run(&self, until: Until, schedule: &Schedule, is_counted: bool) -> Result<(), ClientError> {
        let counters = &self.shared.counters;
        let begin = counters.now();
        for number in (self.share.index as u64..).step_by(self.share.producers) {
            let Turn { due, image } = schedule.turn(number);
            let intended = match due {
                Some(due) => begin.saturating_add(due),
                None => counters.now(),
            };
            let is_enough = match until {
                Until::Elapsed(span) => intended.saturating_sub(begin) >= span,
                Until::Count(count) => number >= count,
            };
            if is_enough || !self.wait_for(intended) {
                break;
            }
            let sequence = if is_counted { counters.next_sequence() } else { UNCOUNTED };
            if !self.send(None, sequence, (intended, image))? {
                break;
            }
            if is_counted {
                if due.is_some() {
                    counters.lateness.record(counters.now().saturating_sub(intended));
                }
                counters.producer_span.open(intended);
                counters.sent.add_one();
            }
        }
        Ok(())
    }

    /// Waits until the clock of the counters shows `intended`. False: stopped.
    fn wait_for(&self, intended: Duration) -> bool {
        let Shared { counters, stop, .. } = &*self.shared;
        loop {
            let left = intended.saturating_sub(counters.now());
            if left.is_zero() {
                return !stop.is_requested();
            }
            if left <= SPIN {
                std::hint::spin_loop();
            } else if stop.wait_timeout(left - SPIN) {
                return false;
            }
        }
    }

    /// `image`: of the pool; `None` for the next one of all producers. False: stopped.
    fn send(
        &self,
        partition: Option<i32>,
        sequence: u64,
        (intended, image): (Duration, Option<usize>),
    ) -> Result<bool, ClientError> {
        let Shared { pool, keys, in_flight, stop, .. } = &*self.shared;
        let index = image.unwrap_or_else(|| self.next.fetch_add(1, Ordering::Relaxed) % pool.values.len());
        let value = &pool.values[index];
        if !in_flight.add(value.len() as u64) {
            return Ok(false);
        }
        let tag = HeaderTag { sequence, intended, index }.to_bytes();
        let headers = OwnedHeaders::new_with_capacity(1).insert(Header { key: HEADER, value: Some(&tag[..]) });
        let packed = DeliveryTag { is_counted: sequence != UNCOUNTED, index, intended }.pack();
        let mut record: BaseRecord<'_, str, [u8], usize> =
            BaseRecord::with_opaque_to(&self.topic, packed).payload(&value[..]).headers(headers);
        (record.partition, record.key) = (partition, keys[index].as_deref());
        loop {
            let (error, refused) = match self.client.send(record) {
                Ok(()) => return Ok(true),
                Err(refused) => refused,
            };
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                return Err(ClientError::Call { doing: "send a record", source: error });
            }
            if stop.wait_timeout(QUEUE_FULL_BACKOFF) {
                in_flight.give_back(value.len() as u64);
                return Ok(false);
            }
            record = refused;
        }
    }

    /// Waits until all records are acknowledged or have failed.
    pub(super) fn flush(&self) -> Result<(), ClientError> {
        let (mut last_progress, mut last_count) = (Instant::now(), self.client.in_flight_count());
        while self.client.in_flight_count() > 0 {
            if let Some(reason) = fatal_reason::<DeliveryContext, _>(&self.client) {
                return Err(ClientError::FatalProducer { reason });
            }
            let _ = self.client.flush(Duration::from_millis(50));
            let count = self.client.in_flight_count();
            if count != last_count {
                (last_progress, last_count) = (Instant::now(), count);
            }
            if self.shared.stop.is_requested() || last_progress.elapsed() > STALLED {
                self.client.purge(PurgeConfig::default().queue().inflight());
                let _ = self.client.flush(Duration::from_secs(1));
                break;
            }
        }
        Ok(())
    }
}
